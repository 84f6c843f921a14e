"""The rows behind a figure as a workbook: what the figure is, as of when, then one row a line."""

import io
from datetime import date, datetime
from typing import Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.briefing.domain.rows import Behind, columns, listed

WIDEST = 46  # characters


def rows_workbook(
    label: str, shown: str, unit: str, day: date, found: Behind, standing: dict[int, dict[str, Any]] | None = None
) -> bytes:
    """Return an xlsx of the rows in `found`; texts are written as texts, so that none is taken for a formula."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(_("Rows"))
    bold = book.add_format({"bold": True, "bottom": 1})
    heads = [_("No."), *columns(found.model)]
    rows = listed(found.model, found.keys, standing)
    for n, width in enumerate(_widths(heads, [row.cells for row in rows])):
        sheet.set_column(n, n, width)
    head = f"{label}: {shown} {unit} · " + _("as of") + f" {day.isoformat()}"
    sheet.write_string(0, 0, head, book.add_format({"bold": True}))
    note = _("%(count)s more rows are outside what you may see: counted, not listed.") % {"count": found.hidden}
    sheet.write_string(1, 0, note if found.hidden else "")
    for n, head in enumerate(heads):
        sheet.write_string(3, n, head, bold)
    for number, row in enumerate(rows, 1):
        for n, cell in enumerate((number, *row.cells)):
            _write(sheet, 3 + number, n, cell)
    sheet.freeze_panes(4, 0)
    sheet.autofilter(3, 0, 3 + max(len(rows), 1), len(heads) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3)
    sheet.set_footer("&P / &N")
    book.close()
    return kept.getvalue()


def _write(sheet: Any, row: int, column: int, cell: Any) -> None:
    if isinstance(cell, datetime):
        sheet.write_datetime(row, column, timezone.make_naive(timezone.localtime(cell)))
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day))
    elif isinstance(cell, (int, float)):
        sheet.write_number(row, column, cell)
    else:
        sheet.write_string(row, column, "" if cell is None else str(cell))


def _widths(heads: list[str], rows: list[tuple[Any, ...]]) -> list[int]:
    """Return column widths that fit; a Chinese character takes two."""
    widths = [_wide(head) for head in heads]
    for cells in rows[:500]:
        for n, cell in enumerate(cells, 1):
            text = "0000-00-00" if isinstance(cell, date) else str(cell or "")
            widths[n] = max(widths[n], _wide(text))
    return [min(width + 2, WIDEST) for width in widths]


def _wide(text: str) -> int:
    return sum(2 if ord(char) > 255 else 1 for char in text)
