"""The rounds engine: brute force agrees on tiny weeks, an independent check passes every answer, reasons are true."""

import itertools
import math
import time
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sijin.engines import rounds
from sijin.engines.dispatch import Faulty
from sijin.engines.rounds import Hours, Problem

MONDAY = date(2020, 3, 9)
WEEK = tuple(MONDAY + timedelta(n) for n in range(5))
BASE = (37.5, 122.1)


def around(count: int, seed: int = 0, spread: float = 0.1, **columns) -> dict:
    """Return `count` sites scattered around the base; a plain value holds for every one of them."""
    dice = np.random.default_rng(seed)
    return {
        "site": [f"s{n}" for n in range(count)],
        "lat": BASE[0] + dice.normal(0, spread, count),
        "lon": BASE[1] + dice.normal(0, spread, count),
    } | {name: value if isinstance(value, list) else [value] * count for name, value in columns.items()}


# --- brute force: every set of days for every site, every order of every day, every place for the rest


def shortest(problem: Problem, sites: tuple[int, ...]) -> float:
    """Return the least km of a day with these sites, infinity when no order of them fits."""
    if not sites:
        return 0.0
    return min(
        (
            _km(problem, order)
            for order in itertools.permutations(sites)
            if any(_fits(problem, order, rest) for rest in (None, *range(2 * len(order) + 1)))
        ),
        default=math.inf,
    )


def _km(problem: Problem, order: tuple[int, ...]) -> float:
    stops = [0, *(site + 1 for site in order), 0]
    return sum(problem.travel[a][b] for a, b in itertools.pairwise(stops)) * problem.hours.kmh / 60


def _fits(problem: Problem, order: tuple[int, ...], rest: int | None) -> bool:
    """Walk through the day; the rest is taken at the given moment, counted as arrivals and departures."""
    hours, table, moment, rested = problem.hours, problem.table, 0, None
    now, place = hours.start, 0

    def pause() -> None:
        nonlocal now, moment, rested
        if moment == rest:
            rested = max(now, hours.lunch_from)
            now = rested + hours.lunch
        moment += 1

    pause()
    for site in order:
        now += problem.travel[place][site + 1]
        pause()
        now = max(now, table["opens"][site]) + table["minutes"][site]
        place = site + 1
        if now > min(table["closes"][site], hours.end):
            return False
        pause()
    now += problem.travel[place][0]
    if hours.lunch and (now if rested is None else rested) > hours.lunch_latest:
        return False
    return now <= hours.end


def in_a_row(count: int, on: set[date], standing: set[date], days: int) -> bool:
    """Say whether visits fill as many days in a row as there are visits, and not only the standing ones do."""
    runs = [{first + timedelta(n) for n in range(count)} for first in on | standing]
    return 2 <= count < days and any(run <= on | standing and not run <= standing for run in runs)


def cheapest(problem: Problem) -> float:
    """Return the least cost of any week."""
    days, options = problem.days, []
    for row in problem.table.iter_rows(named=True):
        made = set(row["visited"])
        fixed = set(row["fixed"]) - made
        wanted = max(0, row["visits"] - len(made & set(days)) - len(fixed))
        free = [day for day in days if day not in made | fixed | problem.closed]
        weight, own = problem.drop * row["priority"], []
        for placed in range(min(wanted, len(free)) + 1):
            for on in itertools.combinations(free, placed):
                for kept in itertools.chain.from_iterable(
                    itertools.combinations(sorted(fixed), n) for n in range(len(fixed) + 1)
                ):
                    if not in_a_row(row["visits"], {*on}, made | fixed, len(days)):
                        left = weight * (wanted - placed + 10 * (len(fixed) - len(kept)))
                        own.append(({*on, *kept}, left))
        options.append(own)
    known: dict[tuple[int, ...], float] = {}
    best = math.inf
    for choice in itertools.product(*options):
        cost = sum(left for _on, left in choice)
        for day in days:
            sites = tuple(n for n, (on, _left) in enumerate(choice) if day in on)
            if sites not in known:
                minutes = sum(problem.table["minutes"][site] for site in sites)
                price = problem.hours.over * max(0, minutes - problem.hours.full) / 60
                known[sites] = shortest(problem, sites) + price
            cost += known[sites]
        best = min(best, cost)
    return best


@st.composite
def tiny_weeks(draw) -> Problem:
    count, span = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    days = tuple(MONDAY + timedelta(n) for n in sorted(draw(st.sets(st.integers(0, 5), min_size=1, max_size=span))))
    minutes = st.integers(5, 90)
    travel = np.array([[0 if a == b else draw(minutes) for b in range(count + 1)] for a in range(count + 1)], float)
    opens = [draw(st.sampled_from([0, 540, 600, 840])) for _ in range(count)]
    subset = st.lists(st.sampled_from(days), max_size=1)
    near = st.lists(st.sampled_from([MONDAY - timedelta(1), *days]), max_size=1)
    sites = {
        "site": [f"s{n}" for n in range(count)],
        "lat": [0.0] * count,
        "lon": [0.0] * count,
        "minutes": [float(draw(st.sampled_from([30, 60, 120, 180, 240]))) for _ in range(count)],
        "visits": [draw(st.integers(0, 3)) for _ in range(count)],
        "opens": [float(at) for at in opens],
        "closes": [float(draw(st.sampled_from([at + 250, 1440]))) for at in opens],
        "priority": [draw(st.sampled_from([0.5, 1.0, 2.0])) for _ in range(count)],
        "fixed": [draw(subset) for _ in range(count)],
        "visited": [draw(near) for _ in range(count)],
    }
    hours = Hours(
        end=draw(st.sampled_from([900.0, 1050.0])),
        lunch=draw(st.sampled_from([0.0, 60.0])),
        full=draw(st.sampled_from([1440.0, 120.0])),
        over=draw(st.sampled_from([0.0, 30.0])),
    )
    closed = frozenset(draw(subset))
    return Problem((0.0, 0.0), sites, days, hours, closed, travel, drop=draw(st.sampled_from([40.0, 1000.0])))


@settings(max_examples=600, deadline=None)
@given(tiny_weeks())
def test_brute_force_agrees(problem: Problem) -> None:
    week = rounds.plan(problem)
    assert week.method == "exact"
    assert rounds.check(problem, week) == []
    assert week.cost == pytest.approx(cheapest(problem), abs=1e-4)
    assert week.gap == pytest.approx(0, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(tiny_weeks())
def test_rounds_made_by_prices_keep_the_rules_and_a_true_bound(problem: Problem) -> None:
    week, best = rounds.plan(problem, most=-1), cheapest(problem)
    assert week.method == "columns"
    assert rounds.check(problem, week) == []
    assert week.bound <= best + 1e-4 <= week.cost + 2e-4


def test_many_sites_come_with_a_bound() -> None:
    problem = Problem(BASE, around(20, minutes=60.0), WEEK)
    week = rounds.plan(problem, time_limit=10)
    assert week.method == "columns" and rounds.check(problem, week) == [] and week.left == ()
    assert 0 < week.gap < 0.1


def test_a_week_too_large_for_its_time_is_still_a_week() -> None:
    problem = Problem(BASE, around(60, minutes=30.0), WEEK)
    week = rounds.plan(problem, time_limit=1)
    assert rounds.check(problem, week) == [] and sum(len(day.stops) for day in week.days) > 40
    assert {left.why.code for left in week.left} <= {"time", "dear"}


def test_fifteen_sites_twice_a_week_are_proven() -> None:
    problem = Problem(BASE, around(15, seed=1, minutes=60.0, visits=2), WEEK)
    week = rounds.plan(problem)
    assert week.method == "exact" and rounds.check(problem, week) == [] and week.gap < 1e-6


def test_a_usual_week_is_quick() -> None:
    problem = Problem(BASE, around(4, minutes=150.0, visits=2), WEEK)
    rounds.plan(problem)
    began = time.perf_counter()
    for _ in range(10):
        rounds.plan(problem)
    assert (time.perf_counter() - began) / 10 < 0.1


def test_the_same_seed_gives_the_same_week() -> None:
    problem = Problem(BASE, around(6, minutes=90.0, visits=2), WEEK)
    assert rounds.plan(problem, seed=3).days == rounds.plan(problem, seed=3).days


@pytest.mark.parametrize(("visits", "spans"), [(2, {2, 3, 4}), (3, {3, 4})])
def test_visits_are_spread_over_the_week(visits: int, spans: set[int]) -> None:
    week = rounds.plan(Problem(BASE, around(3, minutes=60.0, visits=visits), WEEK))
    for name in ("s0", "s1", "s2"):
        on = [n for n, day in enumerate(week.days) for stop in day.stops if stop.site == name]
        assert len(on) == visits and on[-1] - on[0] in spans


def test_a_short_week_takes_neighbouring_days_rather_than_nothing() -> None:
    week = rounds.plan(Problem(BASE, around(1, minutes=60.0, visits=2), WEEK[:2]))
    assert [len(day.stops) for day in week.days] == [1, 1] and week.left == ()


def test_a_promised_day_is_kept_and_the_others_go_round_it() -> None:
    sites = around(2, minutes=60.0, visits=2, fixed=[[WEEK[2]], []])
    week = rounds.plan(Problem(BASE, sites, WEEK))
    (stop,) = [stop for stop in week.days[2].stops if stop.site == "s0"]
    assert stop.why.code == "fixed"
    on = [n for n, day in enumerate(week.days) if any(stop.site == "s0" for stop in day.stops)]
    assert len(on) == 2 and set(on) <= {0, 2, 4}


def test_what_was_visited_counts_and_keeps_its_distance() -> None:
    sites = around(1, minutes=60.0, visits=2, visited=[[WEEK[1]]])
    week = rounds.plan(Problem(BASE, sites, WEEK, closed=frozenset(WEEK[:2])))
    assert [len(day.stops) for day in week.days[:3]] == [0, 0, 0] and sum(len(day.stops) for day in week.days) == 1


def test_noon_is_kept_free() -> None:
    week = rounds.plan(Problem(BASE, around(3, spread=0.02, minutes=120.0), WEEK[:1]))
    (day,) = week.days
    assert len(day.stops) == 3 and 690 <= day.lunch <= 780 and day.back <= 1050
    assert not any(stop.start < day.lunch + 60 and day.lunch < stop.leave for stop in day.stops)


def test_ways_may_be_rounded_up_to_whole_steps() -> None:
    problem = Problem(BASE, around(4, minutes=100.0, visits=2), WEEK, Hours(step=5.0))
    week = rounds.plan(problem)
    assert rounds.check(problem, week) == []
    stops = [stop for day in week.days for stop in day.stops]
    assert stops and all(stop.start % 5 == 0 and stop.travel % 5 == 0 for stop in stops)
    assert any(stop.km % 5 for stop in stops)


def test_full_days_are_thinned_out_where_the_way_is_short() -> None:
    sites = around(2, spread=0.01, minutes=180.0)
    crowded = rounds.plan(Problem(BASE, sites, WEEK))
    thin = rounds.plan(Problem(BASE, sites, WEEK, Hours(full=240, over=3)))
    assert max(len(day.stops) for day in crowded.days) == 2
    assert max(len(day.stops) for day in thin.days) == 1 and thin.crowding == 0 and thin.km >= crowded.km
    far = Problem(BASE, around(2, spread=0.0, minutes=180.0) | {"lat": [37.65, 37.65]}, WEEK, Hours(full=240, over=3))
    assert max(len(day.stops) for day in rounds.plan(far).days) == 2


def reasons(sites: dict, days=WEEK, **given) -> list[tuple[str, str]]:
    problem = Problem(BASE, sites, days, **given)
    week = rounds.plan(problem)
    assert rounds.check(problem, week) == []
    return [(left.site, left.why.code) for left in week.left]


def test_what_does_not_fit_says_why() -> None:
    far = around(1) | {"lat": [BASE[0] + 1.6]}
    assert reasons(far) == [("s0", "far")]
    assert reasons(around(1, minutes=120.0, opens=480.0, closes=570.0)) == [("s0", "window")]
    assert reasons(around(1, visits=3), days=WEEK[:2]) == [("s0", "days")]
    assert reasons(around(5, minutes=240.0), days=WEEK[:2]).count(("s4", "time")) <= 1
    assert {code for _site, code in reasons(around(5, minutes=240.0), days=WEEK[:2])} == {"time"}
    made = around(1, visits=2, minutes=60.0, visited=[[WEEK[0]]])
    assert reasons(made, closed=frozenset([WEEK[0], *WEEK[2:]])) == [("s0", "spread")]
    assert reasons(around(1, minutes=60.0), drop=0.01) == [("s0", "dear")]
    both = around(3, spread=0.02, minutes=200.0, fixed=[[WEEK[0]]] * 3)
    assert [code for _site, code in reasons(both)] == ["fixed"]
    late = around(2, spread=0.01, minutes=120.0, opens=510.0, closes=640.0)
    assert [code for _site, code in reasons(late, days=WEEK[:1])] == ["window"]


def test_the_more_important_stays() -> None:
    sites = around(3, spread=0.02, minutes=200.0, priority=[1.0, 3.0, 2.0])
    assert [left.site for left in rounds.plan(Problem(BASE, sites, WEEK[:1])).left] == ["s0"]


def test_every_fault_is_named_in_one_pass() -> None:
    sites = {
        "site": ["a", "a", None], "lat": [95.0, None, 0.0], "lon": [0.0, 0.0, 0.0], "minutes": [0.0, 60.0, 60.0],
        "visits": [1, 9, 1], "opens": [0.0, 700.0, 0.0], "closes": [1440.0, 600.0, 1440.0], "priority": [1.0, 0.0, 1.0],
        "fixed": [[], [], [date(2020, 4, 1)]],
    }  # fmt: skip
    with pytest.raises(Faulty) as caught:
        rounds.plan(Problem((91.0, 0.0), sites, (WEEK[1], WEEK[0]), Hours(start=1100, kmh=0)))
    assert {(fault.table, fault.row, fault.field) for fault in caught.value.faults} == {
        ("sites", 0, "lat"), ("sites", 0, "minutes"), ("sites", 1, "site"), ("sites", 1, "lat"), ("sites", 1, "visits"),
        ("sites", 1, "opens"), ("sites", 1, "priority"), ("sites", 2, "site"), ("sites", 2, "fixed"),
        ("days", 1, "date"), ("base", 0, "lat"), ("hours", 0, "start"), ("hours", 0, "kmh"),
    }  # fmt: skip
    with pytest.raises(Faulty, match="a square of 3 rows"):
        rounds.plan(Problem(BASE, around(2), WEEK, travel=np.zeros((2, 2))))
    with pytest.raises(Faulty, match="a column of this name"):
        Problem(BASE, {"site": ["a"]}, WEEK)


def test_nothing_to_do_is_an_answer() -> None:
    week = rounds.plan(Problem(BASE, around(0), WEEK))
    assert (week.cost, week.gap, week.left, [day.stops for day in week.days]) == (0, 0, (), [()] * 5)
    assert rounds.plan(Problem(BASE, around(2), ())).left[0].why.code == "days"


def test_progress_is_told_and_can_end_the_search() -> None:
    told = []
    rounds.plan(Problem(BASE, around(3), WEEK), progress=lambda *facts: told.append(facts))
    assert told and all(0 <= done < total and words == "rounds" for done, total, words in told)

    class Stopped(Exception):
        pass

    def stop(*_facts) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        rounds.plan(Problem(BASE, around(3), WEEK), progress=stop)


def test_a_given_week_is_evaluated() -> None:
    problem = Problem(BASE, around(3, minutes=100.0), WEEK)
    best = rounds.plan(problem)
    own = [[stop.site for stop in day.stops] for day in best.days]
    again = rounds.evaluate(problem, own)
    assert (again.cost, again.days, again.bound) == (best.cost, best.days, 0) and rounds.check(problem, again) == []
    apart = rounds.evaluate(problem, [["s0"], ["s1"], [], [], []])
    assert rounds.check(problem, apart) == [] and [left.site for left in apart.left] == ["s2"]
    with pytest.raises(ValueError, match="2020-03-09"):
        rounds.evaluate(Problem(BASE, around(3, minutes=200.0), WEEK), [["s0", "s1", "s2"], [], [], [], []])


def test_the_check_sees_what_is_wrong() -> None:
    """Answers that were spoilt by hand: each is found out."""
    problem = Problem(BASE, around(3, minutes=100.0, visits=2), WEEK)
    week = rounds.plan(problem)
    assert rounds.check(problem, week) == []
    spoilt = [
        replace(week, cost=week.cost - 1),
        replace(week, bound=week.cost + 1),
        replace(week, days=week.days[:-1]),
    ]
    n, day = next((n, day) for n, day in enumerate(week.days) if len(day.stops) > 1)
    first, *others = day.stops
    for changed in (
        replace(day, stops=(replace(first, leave=first.leave - 30), *others)),
        replace(day, stops=(replace(first, start=first.start - 30, leave=first.leave - 30), *others)),
        replace(day, stops=(replace(first, km=first.km / 2), *others)),
        replace(day, stops=tuple(others)),
        replace(day, lunch=None),
        replace(day, out=day.out - 60),
        replace(day, back=day.back - 30),
    ):
        spoilt.append(replace(week, days=(*week.days[:n], changed, *week.days[n + 1 :])))
    for answer in spoilt:
        assert rounds.check(problem, answer), answer
