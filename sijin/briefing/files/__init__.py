"""Documents and workbooks of the briefing."""
