"""The clock: worked dates, and properties that hold for every shipped profile."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sijin.engines.calendars import china
from sijin.engines.deadlines import ClockEvent, assess, may_extend, profiles_from

DATA = yaml.safe_load((Path(__file__).parents[2] / "sijin/ledger/profiles.yaml").read_text(encoding="utf-8"))
PROFILES = list(profiles_from(DATA).values())
days = st.dates(date(2020, 1, 1), date(2025, 12, 31))


def test_worked_dates() -> None:
    assert china().add_workdays(date(2020, 3, 5), 15) == date(2020, 3, 26)
    assert china().add_workdays(date(2020, 4, 29), 5) == date(2020, 5, 9)


@pytest.mark.parametrize(
    ("day", "worked"),
    [((2020, 4, 26), True), ((2020, 5, 9), True), ((2020, 5, 5), False), ((2020, 1, 31), False), ((2020, 2, 1), False)],
)
def test_make_up_days_and_the_long_spring_festival(day: tuple[int, int, int], worked: bool) -> None:
    assert china().is_workday(date(*day)) is worked


def test_years_without_a_notice_are_marked_estimated() -> None:
    assert china().estimated(date(2027, 3, 1)) and not china().estimated(date(2026, 3, 2))
    assert china().is_workday(date(2027, 3, 1)) and not china().is_workday(date(2027, 3, 6))


@given(st.sampled_from(PROFILES), days, st.integers(1, 4), st.sets(st.integers(1, 80), max_size=12))
def test_a_holiday_never_makes_a_deadline_earlier(profile, start, klass, offsets) -> None:
    events = [ClockEvent("start", start, klass)]
    before = assess(profile, events, china(), start).due
    after = assess(profile, events, china().with_holidays(start + timedelta(n) for n in offsets), start).due
    assert (before is None) == (after is None)
    assert before is None or after >= before


@given(st.sampled_from(PROFILES), days, st.integers(1, 3), st.integers(0, 20), st.integers(0, 30))
def test_pause_and_resume_move_the_deadline_by_exactly_the_pause(profile, start, klass, until_pause, length) -> None:
    paused = start + timedelta(until_pause)
    resumed = paused + timedelta(length)
    plain = [ClockEvent("start", start, klass)]
    events = [*plain, ClockEvent("pause", paused), ClockEvent("resume", resumed)]
    result = assess(profile, events, china(), resumed)
    pause = china().workdays_between(paused, resumed)
    assert result.paused_for == pause
    assert result.due == china().add_workdays(assess(profile, plain, china(), resumed).due, pause)


@given(st.sampled_from(PROFILES), days, st.integers(1, 4), st.integers(1, 4), st.integers(0, 10))
def test_rerating_counts_from_the_same_start_and_keeps_the_history(profile, start, first, second, later) -> None:
    events = [ClockEvent("start", start, first), ClockEvent("rerate", start + timedelta(later), second)]
    result = assess(profile, events, china(), start)
    assert result.due == assess(profile, [ClockEvent("start", start, second)], china(), start).due
    assert [entry[2] for entry in result.history] == [
        assess(profile, events[:1], china(), start).due,
        result.due,
    ]


@given(st.sampled_from(PROFILES), days, st.integers(1, 4), st.integers(0, 60), st.integers(0, 60))
def test_the_light_only_worsens_as_time_passes(profile, start, klass, a, b) -> None:
    order = {"none": 0, "held": 0, "ok": 1, "soon": 2, "late": 3}
    events = [ClockEvent("start", start, klass)]
    early, late = sorted((start + timedelta(a), start + timedelta(b)))
    assert order[assess(profile, events, china(), early).light] <= order[assess(profile, events, china(), late).light]


def test_yellow_on_the_last_working_day_before_and_red_on_the_first_after() -> None:
    profile, events = PROFILES[0], [ClockEvent("start", date(2020, 3, 5), 2)]
    lights = [assess(profile, events, china(), date(2020, 3, day)).light for day in (24, 25, 26, 27)]
    assert lights == ["ok", "soon", "soon", "late"]


def test_an_extension_is_granted_once_in_time_and_within_its_limit() -> None:
    profile, events = PROFILES[0], [ClockEvent("start", date(2020, 3, 5), 2)]
    assert may_extend(profile, events, china(), date(2020, 3, 25), 5) is None
    assert may_extend(profile, events, china(), date(2020, 3, 26), 5) == "too_late"
    assert may_extend(profile, events, china(), date(2020, 3, 10), 11) == "too_long"
    extended = [*events, ClockEvent("extend", date(2020, 3, 10), workdays=5)]
    assert may_extend(profile, extended, china(), date(2020, 3, 10), 5) == "used_up"
    assert assess(profile, extended, china(), date(2020, 3, 10)).due == date(2020, 4, 2)


@given(st.sampled_from(PROFILES), days, st.integers(1, 4), st.lists(st.integers(0, 12), min_size=1, max_size=4))
def test_a_pause_never_moves_a_deadline_earlier_and_several_pauses_add_up(profile, start, klass, lengths) -> None:
    events, day, pauses = [ClockEvent("start", start, klass)], start, 0
    for length in lengths:
        day += timedelta(2)
        before = assess(profile, events, china(), day).due
        events.append(ClockEvent("pause", day))
        for still in range(length + 1):
            standing = assess(profile, events, china(), day + timedelta(still)).due
            assert before is None or standing >= before
        pauses += china().workdays_between(day, day + timedelta(length))
        day += timedelta(length)
        events.append(ClockEvent("resume", day))
    plain = assess(profile, events[:1], china(), day).due
    assert assess(profile, events, china(), day).due == (plain and china().add_workdays(plain, pauses))


@given(st.sampled_from(PROFILES), days, st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_every_rating_leaves_its_line_in_the_history(profile, start, classes) -> None:
    events = [ClockEvent("start", start, classes[0])]
    events += [ClockEvent("rerate", start + timedelta(n), klass) for n, klass in enumerate(classes[1:])]
    result = assess(profile, events, china(), start)
    alone = [assess(profile, [ClockEvent("start", start, klass)], china(), start).due for klass in classes]
    assert [line[2] for line in result.history] == alone
    assert result.due == alone[-1]


@given(st.sampled_from(PROFILES), days, st.integers(1, 4), st.integers(0, 30))
def test_doing_it_again_starts_a_fresh_clock(profile, start, klass, later) -> None:
    again = start + timedelta(later)
    events = [ClockEvent("start", start, klass), ClockEvent("pause", start), ClockEvent("redo", again)]
    fresh = assess(profile, [ClockEvent("start", again, klass)], china(), again)
    assert assess(profile, events, china(), again).due == fresh.due


def test_a_plan_sets_the_deadline_where_the_rules_give_none_and_a_second_plan_does_not_move_it() -> None:
    profile = profiles_from(DATA)["xinyang"]
    start = ClockEvent("start", date(2020, 3, 5), 2)
    assert assess(profile, [start], china(), start.on).due == date(2020, 3, 12)
    plans = [ClockEvent("plan", date(2020, 3, day), until=date(2020, month, 30)) for day, month in ((9, 4), (20, 6))]
    assert assess(profile, [start, *plans], china(), start.on).due == date(2020, 4, 30)
    other = profiles_from(DATA)["quanzhou-2022"]
    assert assess(other, [start, *plans], china(), start.on).due == date(2020, 3, 16)


def test_an_extension_is_counted_anew_after_doing_it_again_and_refused_where_there_is_none() -> None:
    profile = PROFILES[0]
    events = [ClockEvent("start", date(2020, 3, 5), 2), ClockEvent("extend", date(2020, 3, 10), workdays=5)]
    assert may_extend(profile, events, china(), date(2020, 3, 20), 5) == "used_up"
    assert may_extend(profile, [*events, ClockEvent("redo", date(2020, 3, 20))], china(), date(2020, 3, 20), 5) is None
    assert may_extend(replace(profile, extensions=0), events[:1], china(), date(2020, 3, 10), 5) == "never"
    assert may_extend(profile, [], china(), date(2020, 3, 10), 5) == "no_clock"


def test_a_deadline_beyond_the_published_years_is_marked_estimated() -> None:
    result = assess(PROFILES[0], [ClockEvent("start", date(2026, 12, 30), 2)], china(), date(2026, 12, 30))
    assert result.due.year == 2027 and result.estimated
    assert not assess(PROFILES[0], [ClockEvent("start", date(2026, 3, 2), 2)], china(), date(2026, 3, 2)).estimated


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"solve": [1, 2, 3]}, "field solve"),
        ({"solve": [True, 1, 1, 1]}, "field solve"),
        ({"receive": None}, "field receive"),
        ({"receive": True}, "field receive"),
        ({"opinion": -1}, "field opinion"),
        ({"mark": "?"}, "field mark"),
        ({"approval": "yes"}, "field approval"),
        ({"assumed": ["tempo"]}, "field assumed"),
        ({"title": ""}, "field title"),
        ({"tempo": 3}, "field tempo"),
    ],
)
def test_a_faulty_profile_is_named_with_its_field(change, words) -> None:
    with pytest.raises(ValueError, match=f"profile x, {words}"):
        profiles_from({"x": {**DATA["quanzhou-2022"], **change}})
