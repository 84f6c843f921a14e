"""Faults of tables as a table: what engines that keep the good rows return for the bad ones."""

import polars as pl

FAULTS = {"table": pl.String, "row": pl.Int64, "field": pl.String, "value": pl.String, "expected": pl.String}
