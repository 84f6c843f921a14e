"""Cells of a sheet as they are typed: readers that return a value, or say in a ValueError what was expected.

`read_row` gathers the facts of a row, or its faults: each names the column, what stands there and what was expected.
"""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from django.utils.translation import gettext as _

from sijin.exchange.domain.imports import Kept

YES_NO = {"是": True, "否": False, "yes": True, "no": False}


class Rows(Protocol):
    """A kind of row: its columns (field, heading, width, example), which are required, how a cell is read."""

    columns: Sequence[tuple[str, str, int, str]]
    required: Collection[str]

    def value(self, name: str, text: str) -> Any:
        """Return the value of one cell; ValueError says what was expected."""
        ...


def read_row(rows: Rows, cells: Sequence[str | None], *, partial: bool = False) -> Kept:
    """Return the facts of one row, or its faults.

    A cell of a column that the sheet does not have (None) is read as an empty one; with `partial` its fact is left
    out, so that what is known of it stays.
    """
    kept = Kept()
    for (name, heading, *_rest), text in zip(rows.columns, cells, strict=True):
        if text is None and partial:
            continue
        text = text or ""
        try:
            if not text and name in rows.required:
                raise ValueError(_("a value"))
            kept.facts[name] = rows.value(name, text)
        except ValueError as expected:
            found = {"column": heading, "found": text or _("nothing"), "expected": expected}
            kept.faults.append(_("column “%(column)s”: found “%(found)s”, expected %(expected)s") % found)
    return kept


def known(rows: dict[str, Any], text: str, expected: str) -> Any:
    """Return the row of this code; ValueError says what was expected."""
    if text not in rows:
        raise ValueError(expected)
    return rows[text]


def whole(least: int, most: int = 1_000_000) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` to `most`."""

    def read(text: str) -> int:
        text = text.replace(",", "")
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(_("a whole number from %(least)s to %(most)s") % {"least": least, "most": f"{most:,}"})
        return int(text)

    return read


def number(
    *, least: int | None = None, above: int | None = None, most: int = 10_000_000, places: int = 4
) -> Callable[[str], Decimal]:
    """Return a reader of decimals within bounds, with at most `places` decimals."""

    def read(text: str) -> Decimal:
        try:
            found = Decimal(text.replace(",", ""))
        except InvalidOperation:
            raise ValueError(_("a number")) from None
        low = found.is_finite() and (above is None or found > above) and (least is None or found >= least)
        if not low or found > most or found != round(found, places):
            bound = _("above zero") if above is not None else _("zero or more")
            told = {"bound": bound, "most": f"{most:,}", "places": places}
            raise ValueError(_("a number %(bound)s, at most %(most)s, with at most %(places)s decimals") % told)
        return found

    return read


def day(text: str) -> date:
    """Read 2020-03-10 or 2020/03/10."""
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise ValueError(_("a date like 2020-03-10")) from None


def yes_no(text: str) -> bool:
    """Read 是 or 否."""
    if text.lower() not in YES_NO:
        raise ValueError(_("是 or 否"))
    return YES_NO[text.lower()]


def phone(text: str) -> str:
    """Read a telephone number."""
    if not re.fullmatch(r"[0-9+\- ]{5,20}", text):
        raise ValueError(_("a telephone number"))
    return text


def short(most: int) -> Callable[[str], str]:
    """Return a reader of text of at most so many characters."""

    def read(text: str) -> str:
        if len(text) > most:
            raise ValueError(_("at most %(most)s characters") % {"most": most})
        return text

    return read
