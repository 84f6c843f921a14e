"""A list of firms out of xlsx, csv or parquet, with headings in Chinese, in English or as the engine names them."""

import io
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

import polars as pl
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from sijin.engines.relief import Kind
from sijin.engines.relief.fields import field_of
from sijin.exchange.domain.relief import book
from sijin.people.refusals import RuleBroken


@dataclass(frozen=True)
class Firms:
    """A table with the engine's columns, the headings that nobody asks for, and the sheet's row of its first line."""

    table: pl.DataFrame
    ignored: tuple[str, ...] = ()
    first_row: int = 2


def read(content: bytes, name: str) -> Firms:
    """Read a list by the ending of its name; RuleBroken says why it cannot be read."""
    kind = PurePath(name).suffix.lower()
    try:
        if kind == ".csv":
            raw = pl.read_csv(io.BytesIO(_in_utf8(content)), infer_schema=False, truncate_ragged_lines=True)
        elif kind == ".parquet":
            raw = pl.read_parquet(io.BytesIO(content))
        elif kind == ".xlsx":
            raw = _sheet(content)
        else:
            raise RuleBroken(_("Expected a list of firms as .xlsx, .csv or .parquet."), field="sheet")
    except (CalamineError, pl.exceptions.PolarsError, OSError, ValueError, IndexError) as error:
        raise RuleBroken(_("This is not a readable list: %(name)s") % {"name": name}, field="sheet") from error
    return _meant(raw)


def _in_utf8(content: bytes) -> bytes:
    """Office programs in China save csv in GB 18030."""
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030").encode()
    return content.removeprefix(b"\xef\xbb\xbf")


def _sheet(content: bytes) -> pl.DataFrame:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    heads = [str(cell).strip() for cell in rows[0]] if rows else []
    kept = [n for n, head in enumerate(heads) if head]
    columns = {heads[n]: [_text(row[n]) if n < len(row) else None for row in rows[1:]] for n in kept}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _text(cell: Any) -> str | None:
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(round(cell, 6))
    return str(cell).strip() or None


def _meant(raw: pl.DataFrame) -> Firms:
    """Give the columns the engine's names, and choices their codes; wholly empty rows are left out at the end."""
    meant: dict[str, str] = {}
    ignored = []
    for heading in raw.columns:
        column = book.column_of(heading)
        if column is None or column in meant.values():
            ignored.append(heading)
        else:
            meant[heading] = column
    if "firm" not in meant.values():
        raise RuleBroken(
            _("The list lacks the column %(column)s.") % {"column": book.field_name("firm")}, field="sheet"
        )
    table = raw.select(pl.col(heading).alias(column) for heading, column in meant.items())
    for column in table.columns:
        field = field_of(column)
        if field is not None and field.kind is Kind.CHOICE and table[column].dtype == pl.String:
            codes = {words: code for words, code in book.choice_codes(field.name).items() if words != code}
            table = table.with_columns(pl.col(column).str.strip_chars().replace(codes))
    full = pl.any_horizontal(pl.col(column).is_not_null() for column in table.columns)
    last = table.select(full.arg_true().max()).item()
    return Firms(table.head(0 if last is None else last + 1), tuple(ignored))
