"""The ledger as a spreadsheet: its columns, what stands in each cell, which cells an office may edit and by which verb.

Values are plain (text, whole numbers, dates); writing them into a workbook and reading them back is `ledger.files`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sijin.engines.calendars import china
from sijin.ledger.categories import category_name
from sijin.ledger.domain import clock, columns
from sijin.ledger.models import Need

Value = str | int | date | None
SHAPES = {"late": "■", "soon": "▲", "ok": "●", "held": "◆", "done": "✓", "none": "○"}
LONGEST = 32_000  # characters of a cell; a workbook's cell holds 32,767
VERDICTS: dict[str, Any] = {
    "satisfied": gettext_lazy("Satisfied"),
    "basic": gettext_lazy("Basically satisfied"),
    "dissatisfied": gettext_lazy("Dissatisfied"),
}
FIXED = gettext_lazy("This column cannot be changed from a spreadsheet; it was left out.")
BY_VERBS = gettext_lazy("This column follows from what is done with the need; do it on the need's page.")


@dataclass(frozen=True)
class SheetColumn:
    """One column: key, head, width in characters, cell, and the verb that an edit of the cell becomes."""

    key: str
    label: Any
    width: int
    value: Callable[[Need, date], Value]
    verb: str = ""
    why_not: Any = FIXED
    hidden: bool = False


def _day(at: Any) -> date | None:
    return timezone.localtime(at).date() if at else None


def _light(need: Need, today: date) -> str:
    light = clock.light(need, today)
    words = {
        "late": _("Overdue"),
        "soon": _("Due soon"),
        "ok": _("On time"),
        "held": _("On hold"),
        "done": _("Finished"),
        "none": _("No deadline"),
    }
    return f"{SHAPES[light]} {words[light]}"


def _left(need: Need, today: date) -> int | None:
    if need.due is None or clock.light(need, today) in ("done", "held"):
        return None
    return china().workdays_between(today, need.due)


def co_names(need: Need) -> str:
    """Return the co-handlers in one cell; `need` was loaded with them."""
    return "、".join(given.unit.name for given in need.co_handed)


def last_measure(need: Need) -> str:
    """Return the measure that was entered last; `need` was loaded with its measures."""
    return need.measures_so_far[-1].text if need.measures_so_far else ""


COLUMNS: dict[str, SheetColumn] = {
    c.key: c
    for c in (
        SheetColumn("number", gettext_lazy("Number"), 20, lambda n, t: n.number),
        SheetColumn("title", gettext_lazy("Title"), 24, lambda n, t: n.title),
        SheetColumn("door", gettext_lazy("Kind of door"), 5, lambda n, t: str(n.get_door_display())),
        SheetColumn("site", gettext_lazy("Site"), 17, lambda n, t: n.site.name),
        SheetColumn("county", gettext_lazy("District or county"), 7, lambda n, t: n.site.county.name),
        SheetColumn("town", gettext_lazy("Town or street"), 10, lambda n, t: n.site.town.name if n.site.town else ""),
        SheetColumn("category", gettext_lazy("Category"), 10, lambda n, t: category_name(n.category)),
        SheetColumn(
            "klass",
            gettext_lazy("Class of the problem"),
            12,
            lambda n, t: str(n.get_klass_display() or ""),
            verb="classify",
        ),
        SheetColumn(
            "lead", gettext_lazy("Lead"), 15, lambda n, t: n.lead_unit.name if n.lead_unit else "", verb="hand_over"
        ),
        SheetColumn("co", gettext_lazy("Assisting"), 15, lambda n, t: co_names(n), verb="hand_over"),
        SheetColumn("state", gettext_lazy("State"), 8, lambda n, t: str(n.get_state_display()), why_not=BY_VERBS),
        SheetColumn("light", gettext_lazy("Light"), 8, _light, why_not=BY_VERBS),
        SheetColumn("due", gettext_lazy("Due date"), 13, lambda n, t: n.due, why_not=BY_VERBS),
        SheetColumn("left", gettext_lazy("Working days left"), 7, _left, why_not=BY_VERBS),
        SheetColumn("measure", gettext_lazy("Work measure"), 22, lambda n, t: last_measure(n), verb="carry_out"),
        SheetColumn("text", gettext_lazy("Description"), 30, lambda n, t: n.text),
        SheetColumn("team", gettext_lazy("Team"), 16, lambda n, t: n.team.name),
        SheetColumn("raised", gettext_lazy("Found on"), 13, lambda n, t: _day(n.raised_at)),
        SheetColumn("wanted", gettext_lazy("Wanted by"), 13, lambda n, t: n.wanted_by),
        SheetColumn(
            "verdict",
            gettext_lazy("Verdict"),
            9,
            lambda n, t: str(VERDICTS.get(n.verdict, n.verdict)),
            why_not=BY_VERBS,
        ),
        SheetColumn("closed", gettext_lazy("Closed on"), 13, lambda n, t: _day(n.closed_at), why_not=BY_VERBS),
        SheetColumn("version", gettext_lazy("Version"), 6, lambda n, t: n.version, hidden=True),
    )
}
SERIAL = gettext_lazy("No.")
REASON = gettext_lazy("Reason")


def rows_for(rows: QuerySet[Need]) -> QuerySet[Need]:
    """Load what the cells of `rows` need."""
    return columns.loaded(rows, ("co", "measure"))


def cells(need: Need, today: date) -> dict[str, Value]:
    """Return a need's cells by column, as plain values."""
    return {key: clean(column.value(need, today)) for key, column in COLUMNS.items()}


def clean(value: Value) -> Value:
    """Return `value` as a workbook can hold it: text without control characters and not longer than a cell."""
    if isinstance(value, str):
        kept = "".join(c for c in value if c in "\n\t" or (ord(c) >= 32 and not 0xD800 <= ord(c) <= 0xDFFF))
        return kept.replace("\ufffe", "").replace("\uffff", "")[:LONGEST]
    return value


def as_text(value: Any) -> str:
    """Return any cell as text by which two cells are compared: dates as 2020-03-04, whole numbers without a point."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "date") and callable(value.date):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
    return text.strip()


def languages() -> Iterator[None]:
    """Go through the languages in which a head or a choice may be written."""
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            yield


@cache
def heads() -> dict[str, str]:
    """Return the column of each head, in every language of the pages."""
    found: dict[str, str] = {}
    for _each in languages():
        found |= {str(column.label): key for key, column in COLUMNS.items()}
        found[str(SERIAL)] = "serial"
        found[str(REASON)] = "reason"
    return found


@cache
def classes() -> dict[str, int]:
    """Return the class of each word for it, in every language, and of its bare digit."""
    found: dict[str, int] = {str(value): value for value in Need.Klass.values}
    found |= dict(zip("①②③④", Need.Klass.values, strict=True))
    for _each in languages():
        found |= {str(Need.Klass(value).label): value for value in Need.Klass.values}
    return found
