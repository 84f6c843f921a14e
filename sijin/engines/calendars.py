"""The Chinese working calendar with its make-up days, as a frozen value.

Takes its days from the chinesecalendar package for the years that it covers; beyond them Monday to Friday, marked as
estimated. Reads no clock.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import chinese_calendar

KNOWN = (2004, 2026)  # years that chinesecalendar 1.11 covers
SPAN = (date(2004, 1, 1), date(2045, 12, 31))


@dataclass(frozen=True)
class WorkCalendar:
    """Working days between 2004 and 2045, in order; equal calendars have equal `holidays`."""

    holidays: frozenset[date] = frozenset()
    workdays: tuple[date, ...] = field(default=(), repr=False, compare=False)

    def is_workday(self, day: date) -> bool:
        """Say whether `day` is worked."""
        at = bisect_left(self.workdays, day)
        return at < len(self.workdays) and self.workdays[at] == day

    def add_workdays(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day` (`day` itself is not counted); `day` when `count` is 0.

        Raises
        ------
        OverflowError
            The calendar ends before that day.
        """
        if count == 0:
            return day
        return self._at(bisect_right(self.workdays, day) + count - 1)

    def workdays_between(self, first: date, last: date) -> int:
        """Return the working days after `first` up to and including `last`; negative when `last` is earlier."""
        return bisect_right(self.workdays, last) - bisect_right(self.workdays, first)

    def back(self, day: date, count: int) -> date:
        """Return the `count`-th working day before `day`; OverflowError where the calendar begins later."""
        return self._at(bisect_left(self.workdays, day) - count) if count else day

    def _at(self, place: int) -> date:
        if not 0 <= place < len(self.workdays):
            raise OverflowError(f"the working calendar goes from {SPAN[0]} to {SPAN[1]}")
        return self.workdays[place]

    def with_holidays(self, days: Iterable[date]) -> "WorkCalendar":
        """Return a calendar in which `days` are not worked either."""
        more = self.holidays | frozenset(days)
        return WorkCalendar(more, tuple(d for d in self.workdays if d not in more))

    @staticmethod
    def estimated(day: date) -> bool:
        """Say whether `day` lies past the published calendars."""
        return not KNOWN[0] <= day.year <= KNOWN[1]


@cache
def china() -> WorkCalendar:
    """Return the calendar of mainland China (State Council notices, by way of chinesecalendar)."""
    days, day = [], SPAN[0]
    while day <= SPAN[1]:
        known = KNOWN[0] <= day.year <= KNOWN[1]
        if chinese_calendar.is_workday(day) if known else day.weekday() < 5:
            days.append(day)
        day += timedelta(days=1)
    return WorkCalendar(frozenset(), tuple(days))
