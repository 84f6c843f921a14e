"""The working calendar: against another package for all published years, and its own arithmetic."""

from datetime import date, timedelta

import holidays
from hypothesis import given
from hypothesis import strategies as st

from sijin.engines.calendars import china

days = st.dates(date(2015, 1, 1), date(2026, 12, 31))
KNOWN_DIFFERENCES: frozenset[date] = frozenset()  # none between chinesecalendar 1.11 and holidays 0.109


def test_every_day_of_2015_to_2026_agrees_with_the_holidays_package() -> None:
    other = holidays.country_holidays("CN", years=range(2015, 2027))
    day, different = date(2015, 1, 1), set()
    while day <= date(2026, 12, 31):
        if other.is_working_day(day) != china().is_workday(day):
            different.add(day)
        day += timedelta(days=1)
    assert different == KNOWN_DIFFERENCES


@given(days, st.integers(1, 60))
def test_adding_and_counting_working_days_agree(day: date, count: int) -> None:
    later = china().add_workdays(day, count)
    assert china().is_workday(later)
    assert china().workdays_between(day, later) == count
    assert china().back(later, count) == (day if china().is_workday(day) else china().back(day, 1))


@given(days, days)
def test_working_days_between_are_those_that_are_worked(a: date, b: date) -> None:
    first, last = min(a, b), min(max(a, b), min(a, b) + timedelta(days=90))
    worked = [n for n in range(1, (last - first).days + 1) if china().is_workday(first + timedelta(days=n))]
    assert china().workdays_between(first, last) == len(worked)
