"""The one clock: a pure function of (profile, events, calendar, now) to due date, light and time paused.

Conventions: the day of the start is not counted; a pause stands still for the working days after the pause day up to
and including the resume day, so that pausing and resuming on one day moves nothing; re-rating computes the new limit
from the same start and keeps the history; doing it again starts a fresh clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sijin.engines.calendars import WorkCalendar

Light = Literal["ok", "soon", "late", "held", "done", "none"]
Kind = Literal["start", "rerate", "pause", "resume", "extend", "redo", "withdraw", "stop"]


@dataclass(frozen=True)
class Profile:
    """The limits of one campaign or city, in working days unless said otherwise, with their source.

    `solve[k]` is the limit of class k+1; `None` means that the class has no limit but a review date.
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


@dataclass(frozen=True)
class ClockEvent:
    """Something that moves the clock, on a day of Asia/Shanghai."""

    kind: Kind
    on: date
    klass: int = 0
    workdays: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Result:
    """What the clock says: dates of the day itself; `paused_for` and `remaining` in working days."""

    due: date | None
    light: Light
    paused_for: int
    soon_from: date | None
    remaining: int | None
    estimated: bool
    history: tuple[tuple[date, str, date | None], ...]


def assess(profile: Profile, events: Sequence[ClockEvent], calendar: WorkCalendar, today: date) -> Result:
    """Run the clock over `events` (in order of time) and read it on `today`."""
    start: date | None = None
    klass, extra, paused_for = 0, 0, 0
    paused_on: date | None = None
    stopped = False
    history: list[tuple[date, str, date | None]] = []

    def due() -> date | None:
        limit = profile.solve[klass - 1] if start and klass else None
        if start is None or limit is None:
            return None
        standing = calendar.workdays_between(paused_on, max(today, paused_on)) if paused_on else 0
        return calendar.add_workdays(start, limit + extra + paused_for + standing)

    for event in events:
        if event.kind in ("start", "redo"):
            start, klass, extra, paused_for, paused_on, stopped = event.on, event.klass or klass, 0, 0, None, False
        elif event.kind == "rerate":
            klass = event.klass
        elif event.kind == "pause" and paused_on is None:
            paused_on = event.on
        elif event.kind == "resume" and paused_on is not None:
            paused_for += calendar.workdays_between(paused_on, event.on)
            paused_on = None
        elif event.kind == "extend":
            extra += event.workdays
        elif event.kind == "withdraw":
            start, extra, paused_for, paused_on = None, 0, 0, None
        elif event.kind == "stop":
            stopped = True
        history.append((event.on, event.reason or event.kind, due()))
    final = due()
    soon_from = calendar.back(final, profile.soon) if final else None
    remaining = calendar.workdays_between(today, final) if final else None
    light: Light
    if stopped:
        light = "done"
    elif paused_on is not None or (start and klass == 4 and final is None):
        light = "held"
    elif final is None or soon_from is None:
        light = "none"
    else:
        light = "late" if today > final else "soon" if today >= soon_from else "ok"
    return Result(
        final, light, paused_for, soon_from, remaining, bool(final and calendar.estimated(final)), tuple(history)
    )


def may_extend(
    profile: Profile, events: Sequence[ClockEvent], calendar: WorkCalendar, today: date, workdays: int
) -> str | None:
    """Return why an extension by `workdays` is refused on `today`, as a code, or None when it is possible."""
    now = assess(profile, events, calendar, today)
    if now.due is None or now.remaining is None:
        return "no_clock"
    if not 1 <= workdays <= profile.extension:
        return "too_long"
    if sum(event.kind == "extend" for event in events) >= profile.extensions:
        return "used_up"
    return "too_late" if now.remaining < profile.ask_before else None


def profiles_from(data: Mapping[str, Mapping[str, Any]]) -> dict[str, Profile]:
    """Read profiles from their data file; ValueError names the profile and the field that is wrong."""
    found: dict[str, Profile] = {}
    numbers = ("receive", "send_back", "extension", "extensions", "ask_before", "soon", "look_back")
    for name, entry in data.items():
        for key in numbers:
            if not isinstance(entry.get(key), int) or entry[key] < 0:
                raise ValueError(
                    f"profile {name}, field {key}: expected a whole number of days, got {entry.get(key)!r}"
                )
        solve = entry.get("solve")
        if (
            not isinstance(solve, list)
            or len(solve) != 4
            or any(x is not None and (not isinstance(x, int) or x < 1) for x in solve)
        ):
            raise ValueError(f"profile {name}, field solve: expected four limits (whole days or null), got {solve!r}")
        if entry.get("mark") not in ("S", "K"):
            raise ValueError(f"profile {name}, field mark: expected S or K, got {entry.get('mark')!r}")
        found[name] = Profile(
            name,
            str(entry["title"]),
            str(entry["source"]),
            str(entry["mark"]),
            solve=(solve[0], solve[1], solve[2], solve[3]),
            **{key: entry[key] for key in numbers},
        )
    return found
