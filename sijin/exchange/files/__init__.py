"""Offers in and out as xlsx: a template with drop-down lists, an export that can be read in again, rows that come back.

`read` gives rows as typed; `domain.sheet` turns them into facts or into faults.
"""

import io
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from sijin.exchange.domain import kinds
from sijin.exchange.domain.sheet import COLUMNS, REQUIRED
from sijin.exchange.models import Offer
from sijin.people.refusals import RuleBroken

MAX_ROWS = 5_000
MAX_BYTES = 5 * 1024 * 1024
NOTES = (
    "每行一条资源；带*的列必填。",
    "“编号”“版本”由系统填写：导出的表改后再导入，即按编号更新；新增的行这两列留空。",
    "“类别”从下拉表选择；“出口资质”“有产能”“有渠道”填 是 / 否，不清楚则留空。",
    "日期写成 2020-03-10；“地点”写区市或镇街名称；“可达公里”留空表示不限距离。",
    "读不懂的行会随错误说明退回，其余行照常保留。",
)


Columns = Sequence[tuple[str, str, int, str]]  # field, heading, width, example


def template() -> bytes:
    """Return the empty sheet with one example, drop-down lists and a page of notes."""
    return _offers([[example for _name, _heading, _width, example in COLUMNS]])


def export(offers: Iterable[Offer]) -> bytes:
    """Return the offers as a sheet that can be changed and read in again."""
    return _offers([[_shown(offer, name) for name, *_rest in COLUMNS] for offer in offers])


def returned(bad: list[dict[str, Any]]) -> bytes:
    """Return the rows that were not taken, as typed, with what is wrong in a last column."""
    return _offers([[*row["cells"], "；".join(row["faults"])] for row in bad], faults=True)


def _offers(rows: list[list[Any]], faults: bool = False) -> bytes:
    flags = {name: ["是", "否"] for name in ("certificate", "has_capacity", "has_channel")}
    return written("资源", COLUMNS, REQUIRED, rows, {"kind": kinds.chinese(), **flags}, NOTES, faults)


def _shown(offer: Offer, name: str) -> Any:
    value = getattr(offer, name)
    if name == "kind":
        return kinds.table()["kinds"].get(value, {}).get("name", value)
    if name == "tags":
        return "、".join(value)
    if name == "site":
        return offer.site.code if offer.site else ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal | int):
        return float(value) if isinstance(value, Decimal) else value
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def written(
    name: str,
    columns: Columns,
    required: Collection[str],
    rows: list[list[Any]],
    lists: dict[str, list[str]],
    notes: Sequence[str],
    faults: bool = False,
) -> bytes:
    """Return a sheet that can be filled in: heads, rows, drop-down lists where answers are few, a page of notes."""
    if faults and rows:  # a column that the sheet did not have is not given back as an empty one
        typed = [[*row[:-1], *[""] * (len(columns) + 1 - len(row))] for row in rows]
        there = [at for at in range(len(columns)) if any(cells[at] is not None for cells in typed)]
        rows = [[*(cells[at] for at in there), row[-1]] for cells, row in zip(typed, rows, strict=True)]
        columns = [columns[at] for at in there]
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#F3EFE7", "border": 1, "valign": "vcenter"})
        wrong = book.add_format({"font_color": "#B5301F", "text_wrap": True})
        sheet = book.add_worksheet(name)
        for column, (field, heading, width, _example) in enumerate(columns):
            sheet.set_column(column, column, width)
            sheet.write(0, column, f"{heading}*" if field in required else heading, head)
            if field in lists:
                sheet.data_validation(1, column, MAX_ROWS, column, {"validate": "list", "source": lists[field]})
        if faults:
            sheet.set_column(len(columns), len(columns), 60, wrong)
            sheet.write(0, len(columns), "错误说明", head)
        for number, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                sheet.write(number, column, cell)
        sheet.freeze_panes(1, 4)
        sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
        page = book.add_worksheet("填表说明")
        page.set_column(0, 0, 90)
        for number, note in enumerate(notes):
            page.write(number, 0, note)
    return kept.getvalue()


def read(content: bytes) -> list[dict[str, Any]]:
    """Return the rows of a sheet of offers: [{"row": number in the sheet, "cells": as typed}]."""
    return rows_of(table_of(content), COLUMNS, REQUIRED)


def table_of(content: bytes) -> list[list[Any]]:
    """Return the cells of the first sheet of a workbook; RuleBroken when it is none."""
    if len(content) > MAX_BYTES:
        raise RuleBroken(
            _("The sheet is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024 // 1024}, field="sheet"
        )
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise RuleBroken(_("This is not a readable xlsx sheet."), field="sheet") from error


def heads_of(table: list[list[Any]]) -> list[str]:
    """Return the headings of a table, without the marks of what is required."""
    return [str(cell).strip().rstrip("*") for cell in table[0]] if table else []


def rows_of(table: list[list[Any]], columns: Columns, required: Collection[str]) -> list[dict[str, Any]]:
    """Return [{"row": number in the sheet, "cells": as typed}]; RuleBroken when it is not such a sheet at all.

    A cell of a column that the sheet does not have is None, an empty one is "".
    """
    heads = heads_of(table)
    if lost := [heading for name, heading, *_rest in columns if name in required and heading not in heads]:
        raise RuleBroken(_("The sheet lacks the columns: %(names)s") % {"names": "、".join(lost)}, field="sheet")
    if len(table) - 1 > MAX_ROWS:
        raise RuleBroken(_("The sheet has more than %(limit)s rows.") % {"limit": MAX_ROWS}, field="sheet")
    places = [heads.index(heading) if heading in heads else None for _name, heading, *_rest in columns]
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        typed = [None if at is None else _text(cells[at]) if at < len(cells) else "" for at in places]
        if any(typed):
            rows.append({"row": number, "cells": typed})
    return rows


def _text(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
