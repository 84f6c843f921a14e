"""A table of firms read column by column: money in fen, percent in millionths; cells that cannot be taken are named."""

from collections.abc import Collection
from decimal import Decimal
from functools import reduce

import polars as pl

from sijin.engines.relief.cells import DAY, FALSE, INDUSTRY, NEARLY, NUMBER, PLACES, REGION, SEPARATOR, TRUE, Fault
from sijin.engines.relief.fields import FIELDS, PROVINCES, Field, Kind, field_of

TYPES: dict[Kind, pl.DataType] = {
    **dict.fromkeys(PLACES, pl.Int64()),
    Kind.FLAG: pl.Boolean(),
    Kind.DATE: pl.Date(),
}
Read = tuple[pl.Series, pl.Series]  # the values; the codes of faults, null where a cell can be taken


def read_table(raw: pl.DataFrame, first: int, rules: Collection[str]) -> tuple[pl.DataFrame, list[Fault]]:
    """Return the good rows of a table as counted values, and every fault of the others.

    The result has all fields (null where not known) and `row`, counted on from `first`.
    """
    asked = {column: field for column in raw.columns if (field := field_of(column)) is not None}
    columns, codes = {}, {}
    for column, field in asked.items():
        columns[column], codes[column] = _read(raw[column], field, rules)
    if "firm" not in columns:
        columns["firm"] = pl.Series("firm", [None] * len(raw), dtype=pl.String)
        codes["firm"] = pl.Series(["missing"] * len(raw), dtype=pl.String)
    else:
        missing = columns["firm"].is_null()
        if missing.any():
            codes["firm"] = pl.select(pl.when(missing).then(pl.lit("missing"))).to_series()
    faults = _faults(raw, columns["firm"], codes, first)
    typed = pl.DataFrame({name: values for name, values in columns.items()})
    typed = typed.with_columns(pl.int_range(first, first + len(raw), dtype=pl.UInt32).alias("row"))
    if faults:
        bad = pl.Series([fault.row for fault in faults], dtype=pl.UInt32).unique()
        typed = typed.filter(~pl.col("row").is_in(bad.implode()))
    lacking = [
        pl.lit(None, dtype=TYPES.get(field.kind, pl.String())).alias(name)
        for name, field in FIELDS.items()
        if name not in columns
    ]
    return typed.with_columns(lacking), faults


def _faults(raw: pl.DataFrame, firms: pl.Series, codes: dict[str, pl.Series], first: int) -> list[Fault]:
    found = []
    for column, code in codes.items():
        if code.null_count() == len(code):
            continue
        for row in code.is_not_null().arg_true():
            value = raw[column][row] if column in raw.columns else None
            told = "" if value is None else str(value)
            found.append(Fault(first + row, firms[row] or "", column, code[row], told))
    return sorted(found, key=lambda fault: fault.row)


def duplicates(raw: pl.DataFrame) -> list[Fault]:
    """Name each row whose firm stands in an earlier row."""
    if "firm" not in raw.columns:
        return []
    firms = raw["firm"].cast(pl.String).str.strip_chars()
    again = firms.is_not_null() & (firms != "") & ~firms.is_first_distinct()
    return [Fault(row, firms[row], "firm", "duplicate", firms[row]) for row in again.arg_true()]


def _read(values: pl.Series, field: Field, rules: Collection[str]) -> Read:
    if field.kind in PLACES:
        return _numbers(values, field)
    if field.kind is Kind.DATE and values.dtype in (pl.Date, pl.Datetime):
        return values.cast(pl.Date), _fine(values)
    if field.kind is Kind.FLAG and values.dtype == pl.Boolean:
        return values, _fine(values)
    if values.dtype == pl.List:
        values = values.list.join(",")
    text = values.cast(pl.String).str.strip_chars()
    text = text.set(text == "", None)
    v = pl.col("v")
    good, taken = {
        Kind.TEXT: (pl.lit(True), v),
        Kind.FLAG: (v.str.to_lowercase().is_in(TRUE + FALSE), v.str.to_lowercase().is_in(TRUE)),
        Kind.CHOICE: (v.is_in(field.choices), v),
        Kind.REGION: (v.str.contains(REGION) & v.str.slice(0, 2).is_in(sorted(PROVINCES)), v),
        Kind.CODE: (v.str.contains(INDUSTRY), v.str.strip_chars_start("ABCDEFGHIJKLMNOPQRST")),
        Kind.DATE: (
            v.str.contains(DAY) & v.str.to_date("%Y-%m-%d", strict=False).is_not_null(),
            v.str.to_date("%Y-%m-%d", strict=False),
        ),
        Kind.LIST: (_known_rules(text, rules), pl.format(",{},", v.str.replace_all(SEPARATOR, ","))),
    }[field.kind]
    code = {Kind.CODE: "industry", Kind.LIST: "rule"}.get(field.kind, field.kind.value)
    return _settled(text, good, taken, code)


def _settled(text: pl.Series, good: pl.Expr, taken: pl.Expr, code: str) -> Read:
    frame = text.alias("v").to_frame().select(
        pl.when(good).then(taken).alias("value"),
        pl.when(pl.col("v").is_not_null() & ~good).then(pl.lit(code)).alias("code"),
    )  # fmt: skip
    return frame["value"], frame["code"]


def _known_rules(text: pl.Series, rules: Collection[str]) -> pl.Expr:
    """Return for each row whether all rules that it names are rules of the book."""
    each = pl.col("v").str.replace_all(SEPARATOR, ",").str.split(",").list
    return each.eval(pl.element().is_in([*rules, ""])).list.all()


def _numbers(values: pl.Series, field: Field) -> Read:
    """Count numbers in the field's smallest unit."""
    places = PLACES[field.kind]
    unit = 10**places
    v, wrong = pl.col("v"), "decimals" if places else "whole"
    frame = values.alias("v").to_frame()
    tests: list[tuple[pl.Expr, str]] = []
    if values.dtype.is_float():
        frame = frame.with_columns(v.fill_nan(None))
        tests += [((v * unit).abs() > 1e17, "too_large"), ((v * unit - (v * unit).round()).abs() > NEARLY, wrong)]
        counted = pl.when((v * unit).abs() <= 1e17).then((v * unit).round()).cast(pl.Int64)
    elif values.dtype.is_integer():
        counted = v.clip(-1, field.most + 1).cast(pl.Int64) * unit
    elif isinstance(values.dtype, pl.Decimal) and values.dtype.scale <= places:
        counted = (v.clip(-1, Decimal(field.most + 1)) * unit).cast(pl.Int64)
    elif values.dtype == pl.Boolean or values.dtype.is_temporal():
        tests.append((v.is_not_null(), "number"))
        counted = pl.lit(None, dtype=pl.Int64)
    else:
        frame = frame.with_columns(v.cast(pl.String).str.replace_all("[, ]", "").str.strip_chars())
        frame = frame.with_columns(pl.when(v != "").then(v))
        tests += [(~v.str.contains(NUMBER), "number"), (~v.str.contains(rf"^-?\d+(\.\d{{0,{places}}}0*)?$"), wrong)]
        exact = v.str.strip_suffix(".").cast(pl.Decimal(38, 10), strict=False) * unit
        counted = exact.round(0).cast(pl.Int64, strict=False)
    frame = frame.with_columns(counted.alias("counted"))
    tests += [(pl.col("counted") < 0, "negative"), (pl.col("counted") > field.most * unit, "too_large")]
    # The first test that holds names the fault.
    code = reduce(
        lambda later, test: pl.when(test[0].fill_null(False)).then(pl.lit(test[1])).otherwise(later),
        reversed(tests),
        pl.lit(None, dtype=pl.String),
    )
    frame = frame.with_columns(code.alias("code"))
    return frame["counted"], frame["code"]


def _fine(values: pl.Series) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
