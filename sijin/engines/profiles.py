"""Rule profiles: the limits of one campaign, city or hotline, read from data and checked field by field.

Working days unless a field says otherwise. A rule that a source does not state is `None`, or is listed in `assumed`
when the software cannot do without a number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

NUMBERS = ("receive", "send_back", "extension", "extensions", "ask_before", "soon", "look_back")
OPTIONAL = (
    "hand_over",
    "redecide",
    "objections",
    "co_answer",
    "contact_hours",
    "opinion",
    "plan_days",
    "progress_months",
)


@dataclass(frozen=True)
class Profile:
    """The limits of one campaign or city, with their source.

    `solve[k]` is the limit of class k+1; `None` means that the class has no limit but a review date, or, where
    `plan_days` is given, the date of the unit's own plan.

    Parameters
    ----------
    receive, send_back
        Within so many working days of the hand-over the unit receives the need, or sends it back with a reason.
    extension, extensions, ask_before, approval
        At most so many working days more, so many times, asked so many working days before the deadline; whether the
        office must approve.
    soon
        The light is yellow from so many working days before the deadline.
    look_back
        Calendar days from closing to the look-back.
    hand_over, redecide
        Working days from finding (from a send-back) to the hand-over; 0 is the same day.
    objections
        How often a need may be sent back in all; after that the assignment is final.
    co_answer
        Working days in which a co-handler answers the lead unit.
    contact_hours, round_the_clock
        Hours to the first contact with the served party; in office hours unless the service runs round the clock.
    opinion
        Working days to the unit's first opinion or measure.
    plan_days, progress_months
        Calendar days to the unit's plan with its own deadline; months between two reports of progress.
    supervised_by
        Who hears of an overdue need, in the words of the source.
    assumed
        Names of the fields that the source does not state.
    """

    name: str
    title: str
    source: str
    mark: str
    receive: int
    send_back: int
    solve: tuple[int | None, int | None, int | None, int | None]
    extension: int
    extensions: int
    ask_before: int
    soon: int
    look_back: int
    hand_over: int | None = None
    redecide: int | None = None
    objections: int | None = None
    co_answer: int | None = None
    contact_hours: int | None = None
    opinion: int | None = None
    plan_days: int | None = None
    progress_months: int | None = None
    approval: bool = True
    round_the_clock: bool = False
    supervised_by: str = ""
    assumed: tuple[str, ...] = ()


def profiles_from(data: Mapping[str, Mapping[str, Any]]) -> dict[str, Profile]:
    """Read profiles from their data file; ValueError names the profile and the field that is wrong."""
    return {name: _profile(name, entry) for name, entry in data.items()}


def _profile(name: str, entry: Mapping[str, Any]) -> Profile:
    known = {field.name for field in fields(Profile)} - {"name"}

    def refuse(field: str, expected: str) -> ValueError:
        return ValueError(f"profile {name}, field {field}: expected {expected}, got {entry.get(field)!r}")

    for field in entry:
        if field not in known:
            raise refuse(field, f"one of {', '.join(sorted(known))}")
    for field in ("title", "source"):
        if not isinstance(entry.get(field), str) or not entry[field].strip():
            raise refuse(field, "words")
    for field in NUMBERS:
        if not _whole(entry.get(field)):
            raise refuse(field, "a whole number of days")
    for field in OPTIONAL:
        if entry.get(field) is not None and not _whole(entry[field]):
            raise refuse(field, "a whole number or null")
    solve = entry.get("solve")
    if not isinstance(solve, list) or len(solve) != 4 or any(x is not None and (not _whole(x) or x < 1) for x in solve):
        raise refuse("solve", "four limits (whole days or null)")
    if entry.get("mark") not in ("S", "K"):
        raise refuse("mark", "S or K")
    for field in ("approval", "round_the_clock"):
        if not isinstance(entry.get(field, True), bool):
            raise refuse(field, "true or false")
    assumed = entry.get("assumed", [])
    if not isinstance(assumed, list) or any(field not in known for field in assumed):
        raise refuse("assumed", "names of fields of a profile")
    given = {field: entry[field] for field in entry if field not in ("solve", "assumed")}
    return Profile(name=name, solve=(solve[0], solve[1], solve[2], solve[3]), assumed=tuple(assumed), **given)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
