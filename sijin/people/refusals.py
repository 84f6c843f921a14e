"""What a domain function answers when it will not do what was asked. The web layer turns each into its HTTP status."""

from typing import Any


class Refused(Exception):
    """Base of all refusals; its text is shown to the person as it is."""

    status = 422

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class NotAllowed(Refused):
    """The permission policy does not give this verb on this row to this account."""

    status = 403


class Stale(Refused):
    """The row was changed by someone else since it was read; `facts["diff"]` shows what differs."""

    status = 409


class RuleBroken(Refused):
    """A rule of the domain forbids it now: a wrong state, missing evidence, a quantity that is not there."""

    status = 422
