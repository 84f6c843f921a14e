"""The smaller limits: worked cases of each profile that has them, and hours counted in office hours."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sijin.engines.calendars import china
from sijin.engines.deadlines import profiles_from
from sijin.engines.milestones import Mark, add_hours, add_months, milestones

TZ = ZoneInfo("Asia/Shanghai")
DATA = yaml.safe_load((Path(__file__).parents[2] / "sijin/ledger/profiles.yaml").read_text(encoding="utf-8"))
PROFILES = profiles_from(DATA)


def at(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2020, month, day, hour, minute, tzinfo=TZ)


def read(profile: str, marks: list[tuple[str, datetime]], now: datetime) -> dict[str, tuple[date, str]]:
    found = milestones(PROFILES[profile], [Mark(kind, when) for kind, when in marks], china(), now)
    return {one.kind: (one.due.date(), one.light) for one in found}


def test_quanzhou_hands_over_on_the_day_and_decides_an_objection_on_the_day() -> None:
    raised, given_, back = ("raised", at(3, 5)), ("handed_over", at(3, 5, 16)), ("sent_back", at(3, 6))
    assert read("quanzhou-2022", [raised], at(3, 5, 18)) == {"hand_over": (date(2020, 3, 5), "soon")}
    assert read("quanzhou-2022", [raised], at(3, 6)) == {"hand_over": (date(2020, 3, 5), "late")}
    assert read("quanzhou-2022", [raised, given_, back], at(3, 6, 18)) == {"redecide": (date(2020, 3, 6), "soon")}
    again = read("quanzhou-2022", [raised, given_, back, ("handed_over", at(3, 6, 17))], at(3, 6, 18))
    assert again["redecide"] == (date(2020, 3, 6), "done")
    assert again["receive"] == (date(2020, 3, 9), "ok")


def test_2115_contacts_within_two_hours_and_has_an_opinion_after_a_day() -> None:
    marks = [("raised", at(3, 5)), ("handed_over", at(3, 5, 16))]
    found = milestones(PROFILES["shandong-2115-2023"], [Mark(k, t) for k, t in marks], china(), at(3, 5, 17))
    due = {one.kind: one.due for one in found}
    assert due["contact"] == at(3, 6, 10)  # an hour is left of Thursday, the other is Friday's first
    assert due["opinion"].date() == date(2020, 3, 6)
    met = read("shandong-2115-2023", [*marks, ("contacted", at(3, 6, 9, 30)), ("measure", at(3, 9))], at(3, 9))
    assert met["contact"][1] == "done" and met["opinion"][1] == "late"


def test_xinyang_plans_in_seven_days_and_reports_every_month_until_it_is_answered() -> None:
    marks = [("raised", at(3, 5)), ("handed_over", at(3, 5)), ("received", at(3, 6))]
    waiting = read("xinyang", marks, at(3, 10))
    assert waiting["plan"] == (date(2020, 3, 12), "ok")
    assert waiting["progress"] == (date(2020, 4, 5), "ok")
    planned = [*marks, ("planned", at(3, 31))]
    assert read("xinyang", planned, at(4, 1))["plan"] == (date(2020, 3, 12), "late")
    assert read("xinyang", planned, at(4, 1))["progress"] == (date(2020, 4, 30), "ok")
    assert read("xinyang", [*planned, ("progressed", at(4, 20))], at(5, 21))["progress"] == (
        date(2020, 5, 20),
        "late",
    )
    assert "progress" not in read("xinyang", [*planned, ("answered", at(4, 2))], at(4, 3))


def test_a_hotline_runs_round_the_clock_and_an_office_does_not() -> None:
    friday_night = at(3, 6, 23)
    assert add_hours(china(), friday_night, 2, round_the_clock=True) == at(3, 7, 1)
    assert add_hours(china(), friday_night, 2) == at(3, 9, 11)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2025, 12, 1)).map(lambda d: d.replace(tzinfo=TZ)), st.integers(1, 40)
)
def test_office_hours_end_within_office_hours_and_never_before_the_clock(start: datetime, hours: int) -> None:
    end = add_hours(china(), start, hours)
    assert end - start >= timedelta(hours=hours)
    assert china().is_workday(end.date()) and 9 <= end.hour <= 17


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2020, 1, 31), 1, date(2020, 2, 29)),
        (date(2020, 12, 31), 1, date(2021, 1, 31)),
        (date(2020, 11, 30), 3, date(2021, 2, 28)),
        (date(2020, 3, 5), 1, date(2020, 4, 5)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


def test_a_need_without_events_has_no_limits() -> None:
    assert milestones(PROFILES["quanzhou-2022"], [], china(), at(3, 5)) == ()
