"""Reads a roster workbook: cells become values of the kinds that the sheets name; what does not is a fault."""

import re
import zipfile
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from sijin.dispatch.domain.sheets import SHEETS, Book, Column, Fault, Line, Sheet
from sijin.engines.script import simplified
from sijin.people.refusals import RuleBroken

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 300 * 1024 * 1024
MOST_ROWS = 50_000
YES, NO = {"是", "√", "y", "yes", "1", "true"}, {"否", "×", "n", "no", "0", "false"}
EXAMPLE = "示例"
LEVELS = {"1": 1, "2": 2, "3": 3, "了解": 1, "熟练": 2, "精通": 3}
WORDS = re.compile(r"[、,,;;\s]+")


def read(content: bytes) -> Book:
    """Read a workbook; RuleBroken when it is none, is too large, or has none of the sheets."""
    if len(content) > MOST_BYTES:
        raise RuleBroken(_("The file is larger than 10 MB."), field="file")
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise RuleBroken(_("The file unpacks to more than 300 MB."), field="file")
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
    except (zipfile.BadZipFile, CalamineError) as error:
        raise RuleBroken(_("This is not an .xlsx workbook."), field="file") from error
    present = {simplified(name).strip(): name for name in workbook.sheet_names}
    book = Book()
    for sheet in SHEETS:
        if sheet.name in present:
            rows = workbook.get_sheet_by_name(present[sheet.name]).to_python(skip_empty_area=False)
            _sheet(book, sheet, rows)
    if not book.lines and not book.faults:
        names = "、".join(sheet.name for sheet in SHEETS)
        raise RuleBroken(_("None of the sheets %(names)s is in this workbook.") % {"names": names}, field="file")
    return book


def _sheet(book: Book, sheet: Sheet, rows: list[list[Any]]) -> None:
    headers = [simplified(str(cell)).strip().rstrip("*") for cell in rows[0]] if rows else []
    places = {column.key: headers.index(column.header) for column in sheet.columns if column.header in headers}
    absent = frozenset(column.key for column in sheet.columns if column.key not in places)
    missing = [column.header for column in sheet.columns if column.required and column.key not in places]
    if missing:
        expected = _("a first row with the columns %(names)s") % {"names": "、".join(missing)}
        book.faults.append(Fault(sheet.name, 1, missing[0], "", expected))
        return
    lines = book.lines.setdefault(sheet.key, [])
    for number, cells in enumerate(rows[1:], start=2):
        if all(str(cell).strip() == "" for cell in cells) or str(cells[0]).strip().startswith(EXAMPLE):
            continue
        if len(lines) >= MOST_ROWS:
            expected = _("at most %(n)s rows in a sheet") % {"n": MOST_ROWS}
            book.faults.append(Fault(sheet.name, number, sheet.columns[0].header, "", expected))
            return
        line = Line(sheet.key, number, absent=absent)
        faults, typed = [], {}
        for column in sheet.columns:
            raw = cells[places[column.key]] if column.key in places and places[column.key] < len(cells) else ""
            value, expected = value_of(column, raw)
            if expected:
                faults.append(Fault(sheet.name, number, column.header, _shown(raw), expected))
            line.values[column.key], typed[column.key] = value, raw
        line.typed, line.faulty = typed, bool(faults)
        book.faults += faults
        lines.append(line)


def _shown(raw: Any) -> str:
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw)[:80]


def value_of(column: Column, raw: Any) -> tuple[Any, str]:
    """Return the value of a cell and, when it has none, what was expected."""
    text = _shown(raw).strip() if not isinstance(raw, str) else raw.strip()
    if text == "":
        return _nothing(column), _("a value") if column.required else ""
    reader = READERS.get(column.kind)
    if reader:
        return reader(raw, text)
    if column.kind == "words":
        return _words(column, text)
    if column.choices:
        chosen = column.choices.get(simplified(text))
        return chosen, "" if chosen is not None else _("one of %(words)s") % {"words": "、".join(column.choices)}
    if len(text) > column.most:
        return None, _("at most %(n)s characters") % {"n": column.most}
    return text, ""


def _nothing(column: Column) -> Any:
    empty: dict[str, Any] = {"yes": False, "words": [], "skills": [], "text": "", "hours": (None, None)}
    return "" if "" in column.choices.values() else empty.get(column.kind)


def _date(raw: Any, text: str) -> tuple[date | None, str]:
    if isinstance(raw, datetime):
        return raw.date(), ""
    if isinstance(raw, date):
        return raw, ""
    parts = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    try:
        if parts:
            return date(*map(int, parts.groups())), ""
    except ValueError:
        pass
    return None, _("a date like 2020-03-04")


def _yes(raw: Any, text: str) -> tuple[bool, str]:
    word = simplified(text).casefold()
    return word in YES, "" if word in YES | NO else _("是 or 否")


def _number(raw: Any, text: str) -> tuple[float | None, str]:
    try:
        value = float(text)
    except ValueError:
        return None, _("a number")
    return (value, "") if abs(value) < 1e12 else (None, _("a number"))


def _count(raw: Any, text: str) -> tuple[int | None, str]:
    value, wrong = _number(raw, text)
    if wrong or value is None or value < 0 or value != int(value) or value > 10**9:
        return None, _("a whole number from 0")
    return int(value), ""


def _money(raw: Any, text: str) -> tuple[Decimal | None, str]:
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None, _("an amount from 0")
    if not value.is_finite() or not 0 <= value < 10**8:
        return None, _("an amount from 0")
    return value.quantize(Decimal("0.01")), ""


def _skills(raw: Any, text: str) -> tuple[list[tuple[str, int | None]], str]:
    """Read words, each with a level behind a colon: 农业技术:3、信息数据:熟练."""
    found: list[tuple[str, int | None]] = []
    for word in filter(None, WORDS.split(text)):
        name, _colon, level = word.replace("：", ":").partition(":")
        if not name or len(name) > 40 or (":" in word.replace("：", ":") and simplified(level) not in LEVELS):
            return [], _("skills divided by 、, a level from 1 to 3 behind a colon: 农业技术:3、信息数据:1")
        found.append((name, LEVELS.get(simplified(level))))
    return found, ""


def _hours(raw: Any, text: str) -> tuple[tuple[time | None, time | None], str]:
    """Read 08:30-17:30; 24:00 is the last minute of the day."""
    parts = re.fullmatch(r"(\d{1,2})[:：](\d{2})\s*[-–—~～至到]+\s*(\d{1,2})[:：](\d{2})", text)
    try:
        if parts:
            hour, minute, to_hour, to_minute = map(int, parts.groups())
            end = time(23, 59) if (to_hour, to_minute) == (24, 0) else time(to_hour, to_minute)
            if time(hour, minute) < end:
                return (time(hour, minute), end), ""
    except ValueError:
        pass
    return (None, None), _("hours like 08:30-17:30")


READERS = {
    "date": _date, "yes": _yes, "number": _number, "count": _count, "money": _money, "skills": _skills, "hours": _hours,
}  # fmt: skip


def _words(column: Column, text: str) -> tuple[list[str], str]:
    words = [word for word in WORDS.split(text) if word]
    if not column.choices:
        return words, "" if all(len(word) <= 40 for word in words) else _("words of at most 40 characters")
    unknown = [word for word in words if simplified(word) not in column.choices]
    if unknown:
        return [], _("words among %(words)s") % {"words": "、".join(column.choices)}
    return [column.choices[simplified(word)] for word in words], ""
