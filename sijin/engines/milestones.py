"""The smaller limits on a need's way: hand-over, receipt, first contact, opinion, plan, progress.

A pure function of (profile, marks, calendar, now): each limit that the profile knows gives one milestone with its due
time and light. The deadline of the whole is `deadlines.assess`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from sijin.engines.calendars import WorkCalendar
from sijin.engines.deadlines import Light
from sijin.engines.profiles import Profile

OFFICE = (time(9), time(17))  # hours in which a contact limit runs when the service is not round the clock [K]
MarkKind = Literal[
    "raised", "handed_over", "sent_back", "received", "contacted", "measure", "planned", "progressed", "answered"
]
Limit = Literal["hand_over", "redecide", "receive", "contact", "opinion", "plan", "progress"]


@dataclass(frozen=True)
class Mark:
    """Something that happened, at an aware time of Asia/Shanghai."""

    kind: MarkKind
    at: datetime


@dataclass(frozen=True)
class Milestone:
    """One limit: until when (the end of that day, unless hours were given), when it was met, its light."""

    kind: Limit
    due: datetime
    met: datetime | None
    light: Light


def milestones(profile: Profile, marks: Sequence[Mark], calendar: WorkCalendar, now: datetime) -> tuple[Milestone, ...]:
    """Return the limits of the present round (since the last hand-over), in the order of the way."""
    if not marks:
        return ()
    given = _last(marks, "handed_over")
    returned = _last(marks, "sent_back")
    found: list[Milestone] = []

    def limit(kind: Limit, due: datetime | None, met: datetime | None) -> None:
        if due is not None:
            found.append(Milestone(kind, due, met, _light(due, met, now)))

    if returned is None and profile.hand_over is not None:
        limit("hand_over", _workdays(calendar, marks[0].at, profile.hand_over), _first(marks, "handed_over"))
    if returned is not None and profile.redecide is not None:
        limit("redecide", _workdays(calendar, returned, profile.redecide), _first(marks, "handed_over", returned))
    if given is None or (returned is not None and returned > given):
        return tuple(found)
    answered = _first(marks, "answered", given)
    limit("receive", _workdays(calendar, given, profile.receive), _first(marks, "received", given) or answered)
    if profile.contact_hours is not None:
        due = add_hours(calendar, given, profile.contact_hours, profile.round_the_clock)
        limit("contact", due, _first(marks, "contacted", given) or answered)
    measured = _first(marks, "measure", given) or answered
    if profile.opinion is not None:
        limit("opinion", _workdays(calendar, given, profile.opinion), measured)
    planned = _first(marks, "planned", given) or answered
    if profile.plan_days is not None:
        limit("plan", _end(given.date() + timedelta(days=profile.plan_days), given), planned)
    if profile.progress_months is not None and answered is None:
        last = max(mark.at for mark in marks if mark.kind in ("handed_over", "planned", "progressed", "measure"))
        limit("progress", _end(add_months(last.date(), profile.progress_months), last), None)
    return tuple(found)


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or the last day of that month when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def add_hours(calendar: WorkCalendar, at: datetime, hours: int, round_the_clock: bool = False) -> datetime:
    """Return `at` plus `hours` (a whole number), counted in office hours of working days or round the clock."""
    if round_the_clock:
        return at + timedelta(hours=hours)
    opens, closes = OFFICE
    left = timedelta(hours=hours)
    while True:
        day = at.date()
        start, end = datetime.combine(day, opens, at.tzinfo), datetime.combine(day, closes, at.tzinfo)
        if calendar.is_workday(day) and at < end:
            at = max(at, start)
            if at + left <= end:
                return at + left
            left -= end - at
        at = datetime.combine(day + timedelta(days=1), opens, at.tzinfo)


def _workdays(calendar: WorkCalendar, at: datetime, count: int) -> datetime:
    """Return the end of the `count`-th working day after `at`; of the day itself, or the next worked one, when 0."""
    day = at.date()
    if count == 0 and not calendar.is_workday(day):
        count = 1
    return _end(calendar.add_workdays(day, count), at)


def _end(day: date, like: datetime) -> datetime:
    return datetime.combine(day, time(23, 59, 59), like.tzinfo)


def _first(marks: Sequence[Mark], kind: MarkKind, since: datetime | None = None) -> datetime | None:
    return next((mark.at for mark in marks if mark.kind == kind and (since is None or mark.at >= since)), None)


def _last(marks: Sequence[Mark], kind: MarkKind) -> datetime | None:
    return next((mark.at for mark in reversed(marks) if mark.kind == kind), None)


def _light(due: datetime, met: datetime | None, now: datetime) -> Light:
    if met is not None:
        return "done" if met <= due else "late"
    if now > due:
        return "late"
    return "soon" if now.date() == due.date() else "ok"
