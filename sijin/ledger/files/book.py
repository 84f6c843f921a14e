"""Writes a workbook in the form of the house: title, frozen head, print set-up, hidden sheets for bringing it back.

The first sheet is for people. `_sijin` says what the workbook is, `_was` repeats every cell as exported, `_lists`
holds the choices of the drop-downs. Cells of text are written as text and formatted as text: nothing in them is ever a
formula, neither here nor after somebody edits it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.translation import get_language

from sijin.ledger.domain import sheets
from sijin.ledger.domain.sheets import Value

META, WAS, LISTS = "_sijin", "_was", "_lists"
HEAD_ROW = 2  # the third row: title, subtitle, head
LINE, MOST_LINES = 15, 12  # points; a longer text is cut off on paper and read in the cell
WIDE_FROM = 0x2E7F  # from here on a character takes the room of two
FORM = 1  # of the layout; raised when an older workbook could be misread


@dataclass(frozen=True)
class Head:
    """One column of a workbook."""

    key: str
    label: str
    width: int
    hidden: bool = False
    editable: bool = False
    choices: Sequence[str] = ()
    hint: str = ""


@dataclass(frozen=True)
class Book:
    """A workbook: its title lines, its columns, and what `_sijin` says of it."""

    title: str
    subtitle: str
    heads: Sequence[Head]
    meta: dict[str, str]
    sheet: str
    footer: str = ""
    printed: Sequence[str] = ()  # the columns up to the last of these go on paper; none: all
    made: datetime | None = None  # a local time
    spare: int = 0  # empty rows under the last one that keep the drop-downs


def write(path: Path, book: Book, rows: Iterable[tuple[dict[str, Value], dict[str, Value] | None]]) -> int:
    """Write `rows`, each (cells to show, cells as exported or None), to `path`; return how many there were."""
    with xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": _date_form()}) as out:
        out.set_properties({"title": book.title, "created": book.made} if book.made else {"title": book.title})
        formats = _formats(out)
        sheet, meta = out.add_worksheet(book.sheet), out.add_worksheet(META)
        was, lists = out.add_worksheet(WAS), out.add_worksheet(LISTS)
        for hidden in (meta, was, lists):
            hidden.very_hidden()
        for n, (key, value) in enumerate({"form": str(FORM), **book.meta}.items()):
            meta.write_string(n, 0, key)
            meta.write_string(n, 1, value)
        ranges = _choices(lists, book.heads)
        _lay_out(sheet, book, formats)
        _title(sheet, book, formats)
        was.write_row(0, 0, [head.key for head in book.heads])
        count = 0
        for count, (cells, before) in enumerate(rows, start=1):
            sheet.set_row(HEAD_ROW + count, LINE * _lines(cells, book.heads))
            for column, head in enumerate(book.heads):
                value = count if head.key == "serial" else cells.get(head.key)
                _cell(sheet, HEAD_ROW + count, column, value, formats, head)
                if before is not None:
                    text = sheets.as_text(before.get(head.key))
                    was.write_string(count, column, text) if text else None
        _guide(sheet, book, ranges, count + book.spare)
    return count


def _lines(cells: dict[str, Value], heads: Sequence[Head]) -> int:
    """Return how many lines the row needs: not every program works out the height of wrapped text by itself."""
    most = 1
    for head in heads:
        text = cells.get(head.key)
        if isinstance(text, str) and 2 * len(text) > head.width:
            wide = sum(2 if ord(character) > WIDE_FROM else 1 for character in text)
            most = max(most, -(-wide // (head.width - 1)) + text.count("\n"))
    return min(most, MOST_LINES)


def _date_form() -> str:
    return 'yyyy"年"m"月"d"日"' if (get_language() or "zh").startswith("zh") else "yyyy-mm-dd"


def _formats(out: xlsxwriter.Workbook) -> dict[str, Any]:
    cell = {"valign": "top", "border": 1, "border_color": "#D9D4C8", "font_size": 10, "text_wrap": True}
    return {
        "title": out.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"}),
        "subtitle": out.add_format({"font_size": 10, "font_color": "#626973", "valign": "vcenter"}),
        "head": out.add_format(
            {**cell, "bold": True, "bg_color": "#F3EFE7", "align": "center", "valign": "vcenter", "num_format": "@"}
        ),
        "head_edit": out.add_format(
            {**cell, "bold": True, "bg_color": "#F6E3DF", "align": "center", "valign": "vcenter", "num_format": "@"}
        ),
        "text": out.add_format({**cell, "num_format": "@"}),
        "number": out.add_format({**cell, "align": "right", "num_format": "0"}),
        "date": out.add_format({**cell, "align": "left", "num_format": _date_form()}),
    }


def _choices(lists: Any, heads: Sequence[Head]) -> dict[str, str]:
    """Write the choices side by side, row by row, and return the range of each column's."""
    chosen = [head for head in heads if head.choices]
    for row in range(max((len(head.choices) for head in chosen), default=0)):
        for column, head in enumerate(chosen):
            if row < len(head.choices):
                lists.write_string(row, column, head.choices[row])
    letters = "ABCDEFGHIJ"
    return {head.key: f"={LISTS}!${letters[n]}$1:${letters[n]}${len(head.choices)}" for n, head in enumerate(chosen)}


def _lay_out(sheet: Any, book: Book, formats: dict[str, Any]) -> None:
    """Set columns, panes and print: A4 landscape, one page wide, head on every page."""
    for n, head in enumerate(book.heads):
        sheet.set_column(n, n, head.width, formats["text"] if book.spare else None, {"hidden": head.hidden})
    sheet.freeze_panes(HEAD_ROW + 1, min(3, len(book.heads)))
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, HEAD_ROW)
    sheet.set_footer(f"&L{book.footer.replace('&', '&&')}&R&P / &N")


def _title(sheet: Any, book: Book, formats: dict[str, Any]) -> None:
    shown = [n for n, head in enumerate(book.heads) if not head.hidden]
    last = next((n for n, head in enumerate(book.heads) if book.printed and head.key == book.printed[-1]), shown[-1])
    sheet.set_row(0, 30)
    sheet.merge_range(0, 0, 0, last, "", formats["title"])
    sheet.write_string(0, 0, book.title, formats["title"])
    sheet.set_row(1, 18)
    sheet.write_string(1, 0, book.subtitle, formats["subtitle"])
    sheet.set_row(HEAD_ROW, 32)
    for n, head in enumerate(book.heads):
        sheet.write_string(HEAD_ROW, n, head.label, formats["head_edit" if head.editable else "head"])


def _cell(sheet: Any, row: int, column: int, value: Value, formats: dict[str, Any], head: Head) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["date"])
    elif isinstance(value, int):
        sheet.write_number(row, column, value, formats["number"])
    elif value:
        sheet.write_string(row, column, value, formats["text"])
    else:
        sheet.write_blank(row, column, None, formats["text"])


def _guide(sheet: Any, book: Book, ranges: dict[str, str], count: int) -> None:
    """Give the editable columns their drop-downs, the filter arrows and what is printed; this comes last."""
    last = HEAD_ROW + max(count, 1)
    printed = [n for n, head in enumerate(book.heads) if head.key in book.printed] or [len(book.heads) - 1]
    sheet.print_area(0, 0, last, printed[-1])
    sheet.autofilter(HEAD_ROW, 0, last, len(book.heads) - 1)
    for n, head in enumerate(book.heads):
        if not head.editable:
            continue
        rule: dict[str, Any] = {"validate": "any"}
        if head.key in ranges:
            rule = {"validate": "list", "source": ranges[head.key], "error_type": "warning"}
        if head.hint:
            rule |= {"input_title": head.label[:32], "input_message": head.hint[:255]}
        sheet.data_validation(HEAD_ROW + 1, n, last, n, rule)
