"""Working days as the engine counts them: 0 is the first one of a plan."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from sijin.engines.calendars import WorkCalendar, china

LOOK = 366  # days after the start in which the busiest window of a pause is looked for


@dataclass(frozen=True)
class Days:
    """Turns days into working days from `today` on, and back."""

    today: date
    calendar: WorkCalendar

    @classmethod
    def since(cls, today: date) -> "Days":
        """Return the working days from `today` on."""
        return cls(today, china())

    @cached_property
    def _first(self) -> int:
        return bisect_left(self.calendar.workdays, self.today)

    @property
    def start(self) -> date:
        """The first working day."""
        return self.day(0)

    def day(self, n: int) -> date:
        """Return the `n`-th working day; the last one known for all that lie past the calendar."""
        days = self.calendar.workdays
        return days[min(self._first + n, len(days) - 1)]

    def on(self, day: date) -> int:
        """Return the number of `day`, or of the next working day; 0 for what lies before the plan."""
        return max(0, bisect_left(self.calendar.workdays, day) - self._first)

    def by(self, day: date) -> int:
        """Return the number of `day`, or of the last working day before it; 0 for what lies before the plan."""
        return max(0, bisect_right(self.calendar.workdays, day) - 1 - self._first)

    def at_most(self, pause: int) -> int:
        """Return how many working days a pause of calendar days takes at most, so that no plan makes it too short."""
        if not pause:
            return 0
        starts = (self.start + timedelta(days=n) for n in range(LOOK))
        return max(self.calendar.workdays_between(day, day + timedelta(days=pause)) for day in starts)
