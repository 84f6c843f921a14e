"""Verbs and reads of the ledger."""
