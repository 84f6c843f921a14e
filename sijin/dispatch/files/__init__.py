"""Workbooks in and out of the dispatch: the roster's template, its reading, the rows that come back, a plan."""
