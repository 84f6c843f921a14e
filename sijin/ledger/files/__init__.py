"""Spreadsheets of the ledger, out and in."""
