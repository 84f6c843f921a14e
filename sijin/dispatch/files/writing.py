"""Writes workbooks: the roster's template, the rows that could not be taken, a roster from plain rows."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from sijin.dispatch.domain.sheets import SHEETS, Book, Column, Fault, Sheet
from sijin.dispatch.domain.skills import skill_names

ROWS = 5_000  # rows that dropdowns reach
RED, FAINT, LINE = "#B5301F", "#F3EFE7", "#E7E3DA"


def template() -> bytes:
    """Return the empty roster: dropdowns, notes on the headers, an example row that is not imported."""
    out = _Out()
    notes = out.book.add_worksheet(_("How to fill it in"))
    _how_to(out, notes)
    for sheet in SHEETS:
        page = out.sheet(sheet)
        for n, column in enumerate(sheet.columns):
            example = f"示例 {column.example}" if n == 0 else column.example
            page.write(1, n, example, out.formats["example"])
    return out.content()


def rejected(book: Book, faults: Iterable[Fault]) -> bytes:
    """Return a workbook of the rows that could not be taken, each with its reasons in a last column."""
    reasons: dict[tuple[str, int], list[str]] = {}
    for fault in faults:
        reasons.setdefault((fault.sheet, fault.row), []).append(f"{fault.column}: {fault.expected}")
    out = _Out()
    for sheet in SHEETS:
        bad = [line for line in book.lines.get(sheet.key, []) if (sheet.name, line.number) in reasons]
        if not bad:
            continue
        page = out.sheet(sheet, further=["原因"])
        for r, line in enumerate(bad, start=1):
            cells = [line.typed.get(column.key, "") for column in sheet.columns]
            for c, cell in enumerate([*cells, "；".join(reasons[sheet.name, line.number])]):
                _write(out, page, r, c, cell)
    return out.content()


def filled(rows: dict[str, list[dict[str, Any]]]) -> bytes:
    """Return a roster with `rows` by sheet key; each row is {column key: cell}."""
    out = _Out()
    for sheet in SHEETS:
        page = out.sheet(sheet)
        for r, row in enumerate(rows.get(sheet.key, []), start=1):
            for c, column in enumerate(sheet.columns):
                _write(out, page, r, c, row.get(column.key, ""))
    return out.content()


class _Out:
    """A workbook under construction."""

    def __init__(self) -> None:
        self.kept = BytesIO()
        self.book = xlsxwriter.Workbook(self.kept, {"in_memory": True, "strings_to_formulas": False})
        style = {"font_name": "Microsoft YaHei", "font_size": 10}
        self.formats = {
            "head": self.book.add_format({**style, "bold": True, "bg_color": FAINT, "bottom": 1, "bottom_color": LINE}),
            "must": self.book.add_format(
                {**style, "bold": True, "bg_color": FAINT, "bottom": 1, "bottom_color": LINE, "font_color": RED}
            ),
            "example": self.book.add_format({**style, "italic": True, "font_color": "#626973"}),
            "text": self.book.add_format({**style, "text_wrap": True, "valign": "top"}),
            "date": self.book.add_format({**style, "num_format": "yyyy-mm-dd"}),
        }

    def content(self) -> bytes:
        """Return the finished file."""
        self.book.close()
        return self.kept.getvalue()

    def sheet(self, sheet: Sheet, further: list[str] | None = None) -> Any:
        """Add a sheet with its headers, notes, widths and dropdowns."""
        page = self.book.add_worksheet(sheet.name)
        page.freeze_panes(1, 1)
        for n, column in enumerate(sheet.columns):
            page.write(0, n, column.header, self.formats["must" if column.required else "head"])
            page.set_column(n, n, 12 + 10 * (column.most > 80 or column.kind in ("words", "skills")))
            if note := _note(column):
                page.write_comment(0, n, note, {"x_scale": 1.6})
            if allowed := _allowed(column):
                page.data_validation(1, n, ROWS, n, {
                    "validate": "list", "source": allowed, "error_type": "warning",
                    "error_title": column.header, "error_message": "、".join(allowed)[:255]})  # fmt: skip
        for n, header in enumerate(further or [], start=len(sheet.columns)):
            page.write(0, n, header, self.formats["must"])
            page.set_column(n, n, 60)
        return page


def _allowed(column: Column) -> list[str]:
    if column.kind == "yes":
        return ["是", "否"]
    return list(column.choices) if column.kind == "choice" else []


def _note(column: Column) -> str:
    parts = [str(column.note)] if column.note else []
    if column.kind in ("words", "skills") and not column.choices:
        parts.append("、".join(skill_names().values()) if "skills" in column.key else "")
    if column.kind == "words" and column.choices:
        parts.append("、".join(column.choices))
    return "\n".join(part for part in parts if part)


def _how_to(out: _Out, page: Any) -> None:
    page.set_column(0, 0, 90, out.formats["text"])
    lines = [
        _("Red headers must be filled. Rows that begin with 示例 are examples and are not imported."),
        _("Importing the same code again changes the row; what is the same stays as it is."),
        _("Before anything is written you see what is new, what changes and which rows cannot be taken."),
        _("Rows that cannot be taken come back in a workbook with the reason; mend and import only them."),
        _("A place is found by the names people use. When a name fits several places, add county and town."),
        _("A column that you leave out says nothing: what is known stays. An empty cell says that there is nothing."),
        _("特长: a level behind the colon, 农业技术:3、信息数据:1 (3 精通, 2 熟练, 1 了解)."),
        _("职级层次: 骨干 and 新手 are counted by the rules of the campaign, such as at least one 骨干 in a team."),
        _("可派开始, 可派截止: outside these days nobody is placed; the next plan takes them out of their team."),
        _("同组要求: 须同组 or 不得同组, people by code or name, or units; every row says why."),
    ]
    for n, line in enumerate(lines):
        page.write(n, 0, line, out.formats["text"])


def _write(out: _Out, page: Any, row: int, column: int, cell: Any) -> None:
    if hasattr(cell, "isoformat"):
        page.write_datetime(row, column, cell, out.formats["date"])
    elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
        page.write_number(row, column, cell)
    else:
        page.write_string(row, column, "" if cell is None else str(cell))
