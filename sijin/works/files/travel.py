"""Travel times from a file: two squares (minutes, kilometres) with the places on both sides, or a list of pairs."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from sijin.exchange.files import MAX_BYTES
from sijin.people.refusals import RuleBroken
from sijin.works.domain.shuttles.tables import MOST, Cells, Read
from sijin.works.domain.shuttles.travel import Travel

FROM, TO, MINUTES, KM = "起点", "终点", "分钟", "公里"
Table = list[list[Any]]


def read(content: bytes, name: str) -> Read:
    """Return what an .xlsx or .csv file says. RuleBroken when it is no such table at all; odd cells are faults."""
    if len(content) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        raise RuleBroken(_("The sheet is larger than %(limit)s MB.") % {"limit": limit}, field="sheet")
    sheets = _csv(content) if name.lower().endswith(".csv") else _xlsx(content)
    first = next(iter(sheets.values()), [])
    heads = [str(cell).strip().rstrip("*") for cell in first[0]] if first else []
    if FROM in heads and TO in heads:
        return _pairs(first, heads)
    if MINUTES in sheets and KM in sheets:
        return _squares(sheets[MINUTES], sheets[KM])
    words = _("Expected the sheets “%(minutes)s” and “%(km)s”, or the columns %(columns)s.")
    told = {"minutes": MINUTES, "km": KM, "columns": "、".join((FROM, TO, MINUTES, KM))}
    raise RuleBroken(words % told, field="sheet")


def template(travel: Travel) -> bytes:
    """Return the two squares for the places of a plan, filled in as they would be taken by great circle."""
    kept = io.BytesIO()
    names = [place.name for place in travel.places]
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "bg_color": "#F3EFE7", "border": 1})
        for title, grid, factor in ((MINUTES, travel.seconds, 60), (KM, travel.metres, 1000)):
            sheet = book.add_worksheet(title)
            sheet.set_column(0, 0, 18)
            sheet.write(0, 0, f"{title}（行为起点，列为终点）", head)
            for n, name in enumerate(names, start=1):
                sheet.write_string(0, n, name, head)
                sheet.write_string(n, 0, name, head)
                for m, cell in enumerate(grid[n - 1], start=1):
                    sheet.write_number(n, m, round(float(cell) / factor))
            sheet.freeze_panes(1, 1)
    return kept.getvalue()


def _xlsx(content: bytes) -> dict[str, Table]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (CalamineError, OSError, ValueError) as error:
        raise RuleBroken(_("This is not a readable xlsx or csv file."), field="sheet") from error


def _csv(content: bytes) -> dict[str, Table]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            rows: Table = list(csv.reader(io.StringIO(content.decode(encoding))))
        except (UnicodeDecodeError, csv.Error):
            continue
        return {"csv": rows}
    raise RuleBroken(_("This is not a readable xlsx or csv file."), field="sheet")


def _pairs(table: Table, heads: Sequence[str]) -> Read:
    if lost := [name for name in (MINUTES, KM) if name not in heads]:
        raise RuleBroken(_("The sheet lacks the columns: %(names)s") % {"names": "、".join(lost)}, field="sheet")
    at = {name: heads.index(name) for name in (FROM, TO, MINUTES, KM)}
    rows = [[*row, *[""] * (len(heads) - len(row))] for row in table[1:]]
    ends = [(_name(row[at[FROM]]), _name(row[at[TO]])) for row in rows]
    places = list(dict.fromkeys(name for pair in ends for name in pair if name))
    _not_too_many(places)
    index = {name: n for n, name in enumerate(places)}
    read = Read(places, _empty(len(places)), _empty(len(places)))
    for number, (row, (first, second)) in enumerate(zip(rows, ends, strict=True), start=2):
        if not first and not second:
            continue
        if not first or not second:
            read.faults.append(_("Row %(row)s: one end of the way is empty.") % {"row": number})
            continue
        for name, cells in ((MINUTES, read.minutes), (KM, read.km)):
            cells[index[first]][index[second]] = _number(row[at[name]], number, name, read.faults)
    return read


def _squares(minutes: Table, km: Table) -> Read:
    places = [_name(cell) for cell in minutes[0][1:] if _name(cell)] if minutes else []
    _not_too_many(places)
    read = Read(places, _empty(len(places)), _empty(len(places)))
    for title, table, cells in ((MINUTES, minutes, read.minutes), (KM, km, read.km)):
        columns = {_name(cell): n for n, cell in enumerate(table[0]) if n and _name(cell)} if table else {}
        rows = {_name(row[0]): n for n, row in enumerate(table) if n and row and _name(row[0])}
        for kind, found in ((_("row"), rows), (_("column"), columns)):
            if lost := [place for place in places if place not in found]:
                told = {"sheet": title, "kind": kind, "places": "、".join(lost[:8])}
                read.faults.append(_("Sheet “%(sheet)s”: no %(kind)s for %(places)s.") % told)
        for a, first in enumerate(places):
            for b, second in enumerate(places):
                if first in rows and second in columns and a != b:
                    row = table[rows[first]]
                    cell = row[columns[second]] if columns[second] < len(row) else ""
                    cells[a][b] = _number(cell, rows[first] + 1, f"{title} {second}", read.faults)
    return read


def _number(cell: Any, row: int, column: str, faults: list[str]) -> float | None:
    text = str(cell).strip()
    if not text:
        return None
    try:
        found = float(text.replace(",", ""))
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e6:
        words = _("Row %(row)s, column “%(column)s”: found “%(found)s”, expected a number of zero or more.")
        faults.append(words % {"row": row, "column": column, "found": text[:40]})
        return None
    return found


def _name(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _empty(size: int) -> Cells:
    return [[0.0 if a == b else None for b in range(size)] for a in range(size)]


def _not_too_many(places: list[str]) -> None:
    if len(places) > MOST:
        raise RuleBroken(_("The table has more than %(most)s places.") % {"most": MOST}, field="sheet")
