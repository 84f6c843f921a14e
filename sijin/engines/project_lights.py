"""Lights of construction projects, as two cities give them: pure functions over plain months and shares.

Yinchuan (2025) lights the start and the progress behind plan; Ouhai (May 2020) lights each month and counts streaks.
The numbers are data (`ledger/project_lights.yaml`), with their source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

Light = Literal["green", "yellow", "red"]
Month = Literal["on_time", "ahead", "missed", "made_up"]
Honour = Literal["horse", "snail"]


@dataclass(frozen=True)
class Rules:
    """Thresholds of one city. Points are percentage points of the year's plan; months are calendar months."""

    name: str
    title: str
    source: str
    mark: str
    red_after_months: int | None = None
    yellow_behind: float | None = None
    red_behind: float | None = None
    streak: int | None = None


def rules_from(data: Mapping[str, Mapping[str, Any]]) -> dict[str, Rules]:
    """Read the rules of each city; ValueError names the entry and the field that is wrong."""
    found = {}
    known = {field.name for field in fields(Rules)} - {"name"}
    for name, entry in data.items():
        for field in entry:
            if field not in known:
                raise ValueError(f"project lights {name}, field {field}: expected one of {', '.join(sorted(known))}")
        if entry.get("mark") not in ("S", "K"):
            raise ValueError(f"project lights {name}, field mark: expected S or K, got {entry.get('mark')!r}")
        for field in ("red_after_months", "yellow_behind", "red_behind", "streak"):
            value = entry.get(field)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value <= 0):
                raise ValueError(f"project lights {name}, field {field}: expected a number above zero, got {value!r}")
        found[name] = Rules(name=name, **entry)
    return found


def start_light(rules: Rules, planned: date, started: date | None, today: date) -> Light:
    """Light a project's start: green when started as planned, yellow when due and not started, red after some months.

    The months are counted from the planned one, which is the first. A start after the planned month is yellow: it
    was made up, not kept.
    """
    behind = _months(planned, started or today)
    if started is not None:
        return "green" if behind <= 0 else "yellow"
    if behind < 0:
        return "green"
    return "red" if rules.red_after_months is not None and behind + 1 >= rules.red_after_months else "yellow"


def progress_light(rules: Rules, planned_share: float, done_share: float) -> Light:
    """Light the progress: shares in percent of the plan; yellow from `yellow_behind` points, red above `red_behind`."""
    behind = planned_share - done_share
    if rules.red_behind is not None and behind > rules.red_behind:
        return "red"
    return "yellow" if rules.yellow_behind is not None and behind >= rules.yellow_behind else "green"


def month_light(month: Month) -> Light:
    """Light one month: green on time or ahead, red when missed, yellow once a missed one was made up (never green)."""
    return {"on_time": "green", "ahead": "green", "missed": "red", "made_up": "yellow"}[month]  # type: ignore[return-value]


def honour(rules: Rules, months: Sequence[Month]) -> Honour | None:
    """Return the horse for a streak of green months up to the last, the snail for a streak of red ones, or None."""
    if rules.streak is None or len(months) < rules.streak:
        return None
    lights = {month_light(month) for month in months[-rules.streak :]}
    return {"green": "horse", "red": "snail"}.get(lights.pop()) if len(lights) == 1 else None  # type: ignore[return-value]


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
