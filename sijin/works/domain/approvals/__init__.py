"""A project's way through its approvals: how it is laid out, its verbs, and what the engine says of it."""
