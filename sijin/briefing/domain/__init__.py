"""Reads and verbs of the briefing: the ledger as it stood, figures with their rows, briefs."""
