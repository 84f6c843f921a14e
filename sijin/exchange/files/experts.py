"""Expert requests as a workbook: asked, promised, who comes, when they came, whether the promise was kept."""

import io
from collections.abc import Iterable
from typing import Any

import xlsxwriter

from sijin.exchange.domain.experts.requests import Request
from sijin.exchange.files.relief import page, styles

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
HEADS = [
    ("需求编号", 18), ("需求", 34), ("点位", 22), ("区市", 10), ("提出日期", 12), ("承诺到场", 12), ("专家", 44),
    ("预计到场", 12), ("实际到场", 12), ("用时（天）", 10), ("承诺情况", 16),
]  # fmt: skip


def workbook(found: Iterable[Request]) -> bytes:
    """Return the requests as xlsx, a row each expert; a request without one has a row of its own."""
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, OPTIONS) as target:
        looks = styles(target)
        sheet, row = page(target, looks, "专家请求", HEADS), 0
        for one in found:
            for cells in _rows(one):
                row += 1
                for column, cell in enumerate(cells):
                    if cell is None:
                        continue
                    if hasattr(cell, "isoformat"):
                        sheet.write_datetime(row, column, cell, looks["day"])
                    else:
                        sheet.write(row, column, cell, looks["wrong"] if column == 10 and one.promise.over else None)
        sheet.autofilter(0, 0, max(1, row), len(HEADS) - 1)
    return kept.getvalue()


def _rows(one: Request) -> Iterable[list[Any]]:
    need, promise = one.need, one.promise
    about = [need.number, need.title, need.site.name, need.site.county.name, promise.asked, promise.due]
    for coming in one.coming:
        days = (coming.came - promise.asked).days if coming.came else None
        yield [*about, coming.who, coming.expected, coming.came, days, promise.words]
    if not one.coming:
        yield [*about, None, None, None, None, promise.words]
