"""The formation under all its rules: brute force agrees, the checker agrees, clashes are named, ties and locks hold."""

import itertools
import math
from dataclasses import replace
from datetime import date
from unittest import mock

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sijin.engines import dispatch
from sijin.engines.dispatch import Clash, Faulty, Locks, Previous, Problem, Rules, Ties, hubs
from sijin.engines.distances import kilometres

SKILLS = ("tea", "tax", "data")
NO_SITES = {"site": pl.Series([], dtype=pl.String), "door": [], "lat": [], "lon": []}


@st.composite
def problems(draw) -> Problem:
    """Two teams, up to six officials, every rule in play."""
    count = draw(st.integers(1, 6))
    each = lambda strategy: draw(st.lists(strategy, min_size=count, max_size=count))  # noqa: E731
    skills = each(st.sets(st.sampled_from(SKILLS), max_size=2).map(sorted))
    names = [f"p{n}" for n in range(count)]
    officials = {
        "official": names,
        "unit": each(st.sampled_from(["u", "v"])),
        "level": each(st.sampled_from(["city", "county"])),
        "lat": [37.0] * count,
        "lon": each(st.sampled_from([122.0, 122.1, 122.3])),
        "skills": pl.Series(skills, dtype=pl.List(pl.String)),
        "skill_levels": pl.Series([draw(st.lists(st.integers(1, 3), min_size=len(s), max_size=len(s))) for s in skills],
                                  dtype=pl.List(pl.Int64)),
        "can_lead": each(st.booleans()),
        "grade": each(st.sampled_from(["", "senior", "junior"])),
    }  # fmt: skip
    wanted = [draw(st.sets(st.sampled_from(SKILLS), max_size=2).map(sorted)) for _ in range(2)]
    teams = {
        "team": ["a", "b"], "lat": [37.0, 37.0], "lon": [122.0, 122.3],
        "skills": pl.Series(wanted, dtype=pl.List(pl.String)),
    }  # fmt: skip
    size = draw(st.integers(1, 3))
    rules = Rules(
        size_wanted=size, size_min=max(size - 1, 1), size_max=size + draw(st.integers(0, 1)),
        city_share=draw(st.sampled_from([0.0, 0.5])), senior_least=draw(st.integers(0, 1)),
        junior_most=draw(st.sampled_from([None, 0, 1])), unit_most=draw(st.sampled_from([None, 1, 2])),
        novice=draw(st.sampled_from([0.0, 3.0])), unplaced=200.0,
    )  # fmt: skip
    pairs = list(itertools.combinations(names, 2))
    together = draw(st.lists(st.sampled_from(pairs), max_size=1)) if pairs and rules.size_max > 1 else []
    apart = draw(st.lists(st.sampled_from(pairs), max_size=2, unique=True)) if pairs else []
    both = {"u", "v"} <= set(officials["unit"]) and draw(st.booleans())
    ties = Ties(together, [pair for pair in apart if pair not in together], units_apart=[("u", "v")] if both else ())
    tied = {name for pair in together for name in pair}
    lock = draw(st.sampled_from([{}, *({name: "b"} for name in names if name not in tied)]))
    running = {name: draw(st.sampled_from(["a", "b"])) for name in names} if draw(st.booleans()) else {}
    return Problem(officials, NO_SITES, teams, rules, Previous(running), Locks(lock), ties)


def team_cost(problem: Problem, team: dict, members: list[dict]) -> float:
    """Return the least cost of one team over all choices of its leader."""
    lon, best = team["lon"], math.inf
    for leader in [None, *(n for n, person in enumerate(members) if person["can_lead"])]:
        people = [
            dispatch.Person(
                p["level"], frozenset(p["skills"]), n == leader, float(kilometres(37.0, p["lon"], 37.0, lon)),
                p["unit"], p["grade"], p["official"], dict(zip(p["skills"], p["skill_levels"], strict=True)),
            )
            for n, p in enumerate(members)
        ]  # fmt: skip
        ties = problem.ties
        parts = dispatch.price(people, [], problem.rules, skills=team["skills"], apart=ties.apart,
                               units_apart=ties.units_apart)  # fmt: skip
        best = min(best, sum(parts.values()))
    return best


def cheapest(problem: Problem) -> float:
    """Try every way to spread the officials over the teams."""
    people, rules = problem.table("officials").rows(named=True), problem.rules
    teams = problem.table("teams").rows(named=True)
    running, locks = problem.running.officials, problem.locked.officials
    best = math.inf
    for where in itertools.product([None, 0, 1], repeat=len(people)):
        of = {person["official"]: team for person, team in zip(people, where, strict=True)}
        if any(of[one] != of[other] for one, other in problem.ties.together):
            continue
        if any(of[name] != [t["team"] for t in teams].index(team) for name, team in locks.items()):
            continue
        groups = [[p for p, team in zip(people, where, strict=True) if team == t] for t in range(2)]
        if any(len(group) > rules.size_max for group in groups):
            continue
        cost = rules.unplaced * where.count(None)
        cost += sum(
            rules.change
            for name, team in of.items()
            if team is not None and name in running and name not in locks and running[name] != teams[team]["team"]
        )
        cost += sum(team_cost(problem, team, group) for team, group in zip(teams, groups, strict=True))
        best = min(best, cost)
    return best


@settings(max_examples=500, deadline=None)
@given(problems())
def test_brute_force_agrees_with_all_rules_in_play(problem: Problem) -> None:
    agrees(problem)


@settings(max_examples=200, deadline=None)
@given(problems())
def test_brute_force_agrees_where_people_share_their_homes(problem: Problem) -> None:
    """The same with hubs, which know no rules of units."""
    rules, ties = replace(problem.rules, unit_most=None), replace(problem.ties, units_apart=())
    with mock.patch.object(hubs, "SHARED", 0):
        problem = replace(problem, rules=rules, ties=ties)
        assert hubs.network_of(problem)
        agrees(problem)


def agrees(problem: Problem) -> None:
    best = cheapest(problem)
    found = dispatch.plan(problem, time_limit=10)
    assert found.cost == pytest.approx(best, rel=2e-4, abs=1e-3)
    assert found.bound <= found.cost + 1e-6
    assert sum(found.parts.values()) == pytest.approx(found.cost, abs=1e-2)
    of = dict(found.members.select("official", "team").iter_rows())
    assert all(of.get(one) == of.get(other) for one, other in problem.ties.together)
    assert all(of[name] == team for name, team in problem.locked.officials.items())


def town(people: int, teams: int, seed: int, **rules) -> Problem:
    """A town's worth of officials and teams that want three skills each."""
    dice = np.random.default_rng(seed)
    officials = {
        "official": [f"p{n}" for n in range(people)], "unit": [f"u{n % (people // 8)}" for n in range(people)],
        "level": dice.choice(["city", "county"], people, p=[0.7, 0.3]),
        "lat": 37 + 0.3 * dice.random(people), "lon": 122 + 0.4 * dice.random(people),
        "skills": pl.Series([list(dice.choice(SKILLS, 1)) for _ in range(people)], dtype=pl.List(pl.String)),
        "can_lead": dice.random(people) < 0.4, "grade": dice.choice(["senior", "", "junior"], people),
    }  # fmt: skip
    wanted = pl.Series([list(SKILLS)] * teams, dtype=pl.List(pl.String))
    point = {"lat": 37 + 0.3 * dice.random(teams), "lon": 122 + 0.4 * dice.random(teams)}
    columns = {"team": [f"t{n}" for n in range(teams)], **point, "skills": wanted, "county": ["c"] * teams}
    return Problem(officials, NO_SITES, columns, Rules(senior_least=1, junior_most=2, unit_most=1, **rules))


def checked(problem: Problem, found: dispatch.Plan) -> float:
    """Price every team as it stands, and everyone who stays out."""
    people = {row["official"]: row for row in problem.table("officials").rows(named=True)}
    total = problem.rules.unplaced * len(found.unplaced)
    for team in problem.table("teams").rows(named=True):
        seats = found.members.filter(pl.col("team") == team["team"]).rows(named=True)
        members = [
            dispatch.Person(
                p["level"], frozenset(p["skills"]), seat["role"] == "leader",
                float(kilometres(p["lat"], p["lon"], team["lat"], team["lon"])), p["unit"], p["grade"], p["official"],
            )
            for seat in seats
            for p in [people[seat["official"]]]
        ]  # fmt: skip
        total += sum(
            dispatch.price(members, [], problem.rules, skills=team["skills"], apart=problem.ties.apart).values()
        )
    return total


def test_a_town_is_formed_near_its_bound_and_the_checker_agrees() -> None:
    problem = replace(town(400, 80, 1), ties=Ties([("p0", "p1"), ("p2", "p9")], [("p3", "p4", "p5")]))
    found = dispatch.plan(problem, time_limit=6)
    assert found.gap < 0.02 and not found.unplaced
    assert found.cost == pytest.approx(checked(problem, found), abs=0.5)
    of = dict(found.members.select("official", "team").iter_rows())
    assert of["p0"] == of["p1"] and of["p2"] == of["p9"] and len({of["p3"], of["p4"], of["p5"]}) == 3
    costs = [cost for _, cost, _ in found.trace if math.isfinite(cost)]
    assert costs == sorted(costs, reverse=True) and set(found.shadow["skill"]) == set(SKILLS)


def test_who_is_not_free_on_the_day_stays_out() -> None:
    problem = town(40, 8, 2, on=date(2020, 3, 4))
    away = problem.table("officials").with_columns(
        free_from=pl.when(pl.col("official") == "p7").then(pl.lit(date(2020, 3, 9))).otherwise(None),
        free_until=pl.when(pl.col("official") == "p8").then(pl.lit(date(2020, 3, 1))).otherwise(None),
    )
    found = dispatch.plan(replace(problem, officials=away), time_limit=3)
    assert found.away == ("p7", "p8") and not {"p7", "p8"} & set(found.members["official"])


def test_hard_rules_that_clash_are_named_with_what_relaxing_each_would_do() -> None:
    problem = town(40, 8, 3)
    leaders = problem.table("officials").with_columns(can_lead=pl.col("official").is_in(["p0", "p1", "p2"]))
    hard = replace(problem.rules, hard=frozenset({"leader", "skills", "placed"}))
    with pytest.raises(Clash) as caught:
        dispatch.plan(replace(problem, officials=leaders, rules=hard), time_limit=5)
    assert caught.value.rules == ("leader",) and caught.value.relaxed == {"leader": 5.0}
    crowded = replace(problem.rules, size_max=5, hard=frozenset({"placed", "size", "leader"}))
    more = town(60, 8, 3)
    with pytest.raises(Clash) as caught:
        dispatch.plan(replace(more, rules=crowded), time_limit=5)
    assert set(caught.value.rules) == {"placed", "size"} and caught.value.relaxed == {"placed": 20.0, "size": 20.0}


def test_ties_that_contradict_each_other_or_the_locks_are_faults() -> None:
    problem = town(40, 8, 4)
    ties = Ties(
        [("p0", "p1"), ("p1", "p2"), tuple(f"p{n}" for n in range(10, 17))], [("p0", "p2"), ("p5", "nobody")], ["u0"]
    )
    with pytest.raises(Faulty) as caught:
        dispatch.plan(replace(problem, ties=ties, locks=Locks({"p0": "t0", "p2": "t1"})))
    named = {(fault.row, fault.field) for fault in caught.value.faults}
    assert {(0, "together"), (2, "apart"), (0, "apart")} <= named


@pytest.mark.parametrize("rules", [{}, {"hard": frozenset({"placed"})}])
def test_who_asks_to_stop_gets_the_best_plan_so_far(rules: dict) -> None:
    problem = town(400, 80, 5, **rules)
    if not rules:  # without rules of counts: the other formation
        problem = replace(problem, rules=Rules())
    found = dispatch.plan(problem, time_limit=60, progress=lambda done, total, words: True)
    assert found.seconds < 30 and len(found.members) == 400 and found.bound <= found.cost
