"""Faults of tables as a table: what engines that keep the good rows return for the bad ones."""

from collections.abc import Mapping
from typing import Any

import polars as pl

FAULTS = {"table": pl.String, "row": pl.Int64, "field": pl.String, "value": pl.String, "expected": pl.String}
Table = pl.DataFrame | Mapping[str, Any]
MOST = 1e12  # of a quantity or a cost


class Sieve:
    """Reads tables, keeps their good rows, and has a fault (``FAULTS``) for every other one."""

    def __init__(self) -> None:
        self._faults: list[pl.DataFrame] = []
        self._given: dict[str, pl.DataFrame] = {}  # as they came, to show what stood there

    @property
    def faults(self) -> pl.DataFrame:
        """Every fault: table, row (from 0, of the table given), field, value, what was expected."""
        return pl.concat([pl.DataFrame(schema=FAULTS), *self._faults])

    def read(self, name: str, table: Table, columns: tuple[str, ...], keys: tuple[str, ...] = ()) -> pl.DataFrame:
        """Return a table with its `columns` as numbers, but for the `keys`; ValueError where one is missing."""
        given = frame(table)
        missing = [column for column in columns if column not in given.columns]
        if missing:
            raise ValueError(f"{name}: there is no column {', '.join(missing)}; columns are {', '.join(given.columns)}")
        self._given[name] = given
        return given.with_columns(
            pl.col(column).cast(pl.Float64, strict=False) for column in columns if column not in keys
        )

    def drop(self, name: str, frame: pl.DataFrame, field: str, bad: pl.Expr, expected: str) -> pl.DataFrame:
        """Keep the rows that are not `bad`; note the others."""
        wrong = frame.select(bad.fill_null(True).alias("bad"))["bad"]
        if not wrong.any():
            return frame
        found = frame.filter(wrong)
        given = self._given[name]
        value = (given if field in given.columns else found)[field]
        if field in given.columns:
            value = value.gather(found["row"])
        self._faults.append(
            found.select(
                pl.lit(name).alias("table"),
                pl.col("row").cast(pl.Int64),
                pl.lit(field).alias("field"),
                value.cast(pl.String, strict=False).fill_null("").alias("value"),
                pl.lit(expected).alias("expected"),
            )
        )
        return frame.filter(~wrong)

    def numbers(self, name: str, frame: pl.DataFrame, field: str, least: float, expected: str) -> pl.DataFrame:
        """Keep the rows whose `field` is a number of at least `least`."""
        column = pl.col(field)
        bad = ~column.is_finite() | (column < least) | (column.abs() > MOST) | column.is_null()
        return self.drop(name, frame, field, bad, expected)

    def named(self, name: str, frame: pl.DataFrame, key: str) -> pl.DataFrame:
        """Keep the rows with a name of their own."""
        frame = self.drop(name, frame, key, pl.col(key).is_null(), "a name of its own")
        return self.drop(name, frame, key, ~pl.col(key).is_first_distinct(), "a name that no other row has")


def frame(table: Table) -> pl.DataFrame:
    """Return a table as a frame."""
    return table if isinstance(table, pl.DataFrame) else pl.DataFrame(dict(table))
