"""The one clock: a pure function of (profile, events, calendar, now) to due date, light and time paused.

Conventions: the day of the start is not counted; a pause stands still for the working days after the pause day up to
and including the resume day, so that pausing and resuming on one day moves nothing; re-rating computes the new limit
from the same start and keeps the history; doing it again starts a fresh clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sijin.engines.calendars import WorkCalendar
from sijin.engines.profiles import Profile, profiles_from

__all__ = ["ClockEvent", "Kind", "Light", "Profile", "Result", "assess", "may_extend", "profiles_from"]

Light = Literal["ok", "soon", "late", "held", "done", "none"]
Kind = Literal["start", "rerate", "plan", "pause", "resume", "extend", "redo", "withdraw", "stop"]


@dataclass(frozen=True)
class ClockEvent:
    """Something that moves the clock, on a day of Asia/Shanghai.

    `workdays` belongs to an extension; `until` to a plan: the date that the unit set itself.
    """

    kind: Kind
    on: date
    klass: int = 0
    workdays: int = 0
    reason: str = ""
    until: date | None = None


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


@dataclass
class _Clock:
    """Where the clock stands while the events run over it."""

    profile: Profile
    calendar: WorkCalendar
    start: date | None = None
    klass: int = 0
    extra: int = 0
    paused_for: int = 0
    paused_on: date | None = None
    planned: date | None = None
    stopped: bool = False

    def take(self, event: ClockEvent) -> None:
        """Move by one event."""
        kind = event.kind
        if kind in ("start", "redo"):
            self.start, self.klass = event.on, event.klass or self.klass
            self.extra, self.paused_for, self.paused_on, self.planned, self.stopped = 0, 0, None, None, False
        elif kind == "rerate":
            self.klass = event.klass
        elif kind == "plan" and self.planned is None:
            self.planned = event.until  # the first plan counts: a later one would be an extension without approval
        elif kind == "pause" and self.paused_on is None:
            self.paused_on = event.on
        elif kind == "resume" and self.paused_on is not None:
            self.paused_for += self.calendar.workdays_between(self.paused_on, event.on)
            self.paused_on = None
        elif kind == "extend":
            self.extra += event.workdays
        elif kind == "withdraw":
            self.start, self.extra, self.paused_for, self.paused_on, self.planned = None, 0, 0, None, None
        elif kind == "stop":
            self.stopped = True

    def due(self, today: date) -> date | None:
        """Return the due date as things stand on `today`; a running pause has held it up until then."""
        if self.start is None or not self.klass:
            return None
        limit = self.profile.solve[self.klass - 1]
        standing = 0
        if self.paused_on is not None:
            standing = self.calendar.workdays_between(self.paused_on, max(today, self.paused_on))
        more = self.extra + self.paused_for + standing
        if limit is not None:
            return self.calendar.add_workdays(self.start, limit + more)
        if self.profile.plan_days is None:
            return None
        return self.calendar.add_workdays(self.planned or self.start + timedelta(days=self.profile.plan_days), more)


def assess(profile: Profile, events: Sequence[ClockEvent], calendar: WorkCalendar, today: date) -> Result:
    """Run the clock over `events` (in order of time) and read it on `today`."""
    clock = _Clock(profile, calendar)
    history: list[tuple[date, str, date | None]] = []
    for event in events:
        clock.take(event)
        history.append((event.on, event.reason or event.kind, clock.due(today)))
    final = clock.due(today)
    soon_from = calendar.back(final, profile.soon) if final else None
    remaining = calendar.workdays_between(today, final) if final else None
    light: Light
    if clock.stopped:
        light = "done"
    elif clock.paused_on is not None or (clock.start and clock.klass == 4 and final is None):
        light = "held"
    elif final is None or soon_from is None:
        light = "none"
    else:
        light = "late" if today > final else "soon" if today >= soon_from else "ok"
    estimated = bool(final and calendar.estimated(final))
    return Result(final, light, clock.paused_for, soon_from, remaining, estimated, tuple(history))


def may_extend(
    profile: Profile, events: Sequence[ClockEvent], calendar: WorkCalendar, asked_on: date, workdays: int
) -> str | None:
    """Return why an extension by `workdays`, asked on `asked_on`, is refused, as a code; None when it is possible."""
    now = assess(profile, events, calendar, asked_on)
    if now.due is None or now.remaining is None:
        return "no_clock"
    if profile.extensions == 0:
        return "never"
    if not 1 <= workdays <= profile.extension:
        return "too_long"
    since = max((at for at, event in enumerate(events) if event.kind in ("start", "redo")), default=0)
    if sum(event.kind == "extend" for event in events[since:]) >= profile.extensions:
        return "used_up"
    return "too_late" if now.remaining < profile.ask_before else None
