"""Pages of accounts and jobs."""
