"""A clearing as a workbook: proposed matches, prices from the scarcest on, what stays unmet and why."""

import io
from collections.abc import Iterable
from typing import Any

import xlsxwriter

from sijin.exchange.domain import kinds
from sijin.exchange.domain.clearings import reads, words
from sijin.exchange.models import Clearing

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def workbook(clearing: Clearing) -> bytes:
    """Return the clearing's three tables as xlsx."""
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, OPTIONS) as book:
        _sheet(
            book, "配置方案",
            [("需求编号", 20), ("需求", 36), ("点位", 24), ("区市", 12), ("类别", 12), ("事项", 20), ("数量", 12),
             ("单位", 8), ("资源编号", 12), ("提供方", 24), ("公里", 8), ("每单位代价（分）", 14), ("变动", 10),
             ("原预留", 10), ("已发布", 8)],
            (_match(row) for row in reads.proposals(clearing)),
        )  # fmt: skip
        _sheet(
            book, "短板",
            [("类别", 12), ("事项", 24), ("地点", 14), ("单位", 8), ("多一单位可省（分）", 16), ("说明", 60),
             ("供给笔数", 10), ("未满足需求数", 12)],
            ([kinds.name(one.price.kind), one.price.name, str(one.price.place or ""), one.price.unit, one.price.price,
              one.words, one.rows, one.waiting] for one in reads.scarcest(clearing, limit=None)),
        )  # fmt: skip
        _sheet(
            book, "未满足",
            [("需求编号", 20), ("需求", 36), ("点位", 24), ("区市", 12), ("类别", 12), ("事项", 20), ("需要", 12),
             ("缺", 12), ("单位", 8), ("原因", 60)],
            ([one.item.need.number, one.item.need.title, one.item.need.site.name, str(one.place), kinds.name(one.kind),
              one.name, float(one.quantity), float(one.left), one.unit, words.unmet(one)]
             for one in reads.unmet(clearing)),
        )  # fmt: skip
    return kept.getvalue()


def _match(row: Any) -> list[Any]:
    need = row.item.need
    return [
        need.number, need.title, need.site.name, row.county.name, kinds.name(row.kind), row.item.item,
        float(row.quantity), row.unit, row.offer.code, row.offer.provider,
        None if row.kilometres is None else round(row.kilometres, 1), row.cost, row.get_change_display(),
        float(row.was.quantity) if row.was else None, "是" if row.done else "",
    ]  # fmt: skip


def _sheet(book: Any, name: str, heads: list[tuple[str, int]], rows: Iterable[list[Any]]) -> None:
    head = book.add_format({"bold": True, "bg_color": "#F3EFE7", "border": 1, "valign": "vcenter"})
    sheet, number = book.add_worksheet(name), 0
    for column, (words_of, width) in enumerate(heads):
        sheet.set_column(column, column, width)
        sheet.write(0, column, words_of, head)
    for number, cells in enumerate(rows, start=1):
        for column, cell in enumerate(cells):
            sheet.write(number, column, cell)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(1, number), len(heads) - 1)
