"""Sites and people decided together: the bound holds for every posting and formation, plans cost what they say."""

import itertools
import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sijin.engines import dispatch
from sijin.engines.dispatch import Locks, Previous, Problem, Rules, Ties, asking, fees, formation, posting
from sijin.engines.dispatch.linked import Link, asks_anything
from sijin.engines.dispatch.seats import Seating
from sijin.engines.distances import kilometres
from tests.engines.test_formation import cheapest

SKILLS = ("tea", "tax", "data")


@st.composite
def problems(draw) -> Problem:
    """Two teams, up to five officials and three sites, all rules in play."""
    count, places = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    each = lambda strategy, n=count: draw(st.lists(strategy, min_size=n, max_size=n))  # noqa: E731
    wishes = lambda most, n: pl.Series(  # noqa: E731
        each(st.sets(st.sampled_from(SKILLS), max_size=most).map(sorted), n), dtype=pl.List(pl.String)
    )
    names = [f"p{n}" for n in range(count)]
    officials = {
        "official": names, "unit": each(st.sampled_from(["u", "v"])),
        "level": each(st.sampled_from(["city", "county"])), "lat": [37.0] * count,
        "lon": each(st.sampled_from([122.0, 122.1, 122.3])), "skills": wishes(2, count),
        "can_lead": each(st.booleans()), "grade": each(st.sampled_from(["", "senior", "junior"])),
    }  # fmt: skip
    officials["skill_levels"] = officials["skills"].list.eval(pl.lit(3)).cast(pl.List(pl.Int64))
    sites = {
        "site": [f"s{n}" for n in range(places)], "door": ["village"] * places, "lat": [37.0] * places,
        "lon": each(st.sampled_from([122.0, 122.1, 122.3]), places), "skills": wishes(2, places),
        "workload": each(st.sampled_from([0.5, 2.0, 4.0]), places),
        "priority": each(st.sampled_from([1.0, 2.0]), places),
        "county": each(st.sampled_from([None, "x"]), places),
    }  # fmt: skip
    teams = {
        "team": ["a", "b"],
        "lat": [37.0, 37.0],
        "lon": [122.0, 122.3],
        "skills": wishes(1, 2),
        "county": ["x", "y"],
    }
    size = draw(st.integers(1, 3))
    rules = Rules(
        size_wanted=size, size_min=max(size - 1, 1), size_max=size + draw(st.integers(0, 1)),
        city_share=draw(st.sampled_from([0.0, 0.5])), senior_least=draw(st.integers(0, 1)),
        junior_most=draw(st.sampled_from([None, 0, 1])), unit_most=draw(st.sampled_from([None, 1, 2])),
        skill=draw(st.sampled_from([3.0, 25.0])), unplaced=200.0,
    )  # fmt: skip
    pairs = list(itertools.combinations(names, 2))
    together = draw(st.lists(st.sampled_from(pairs), max_size=1)) if pairs and rules.size_max > 1 else []
    apart = draw(st.lists(st.sampled_from(pairs), max_size=1)) if pairs else []
    ties = Ties(together, [pair for pair in apart if pair not in together])
    lock = draw(st.sampled_from([{}, {"s0": "b"}]))
    running = {site: draw(st.sampled_from(["a", "b"])) for site in sites["site"]} if draw(st.booleans()) else {}
    return Problem(officials, sites, teams, rules, Previous(sites=running), Locks(sites=lock), ties)


def least(problem: Problem) -> float:
    """Try every posting and, for each, every formation."""
    sites, teams = problem.table("sites").rows(named=True), problem.table("teams").rows(named=True)
    bare = problem.table("sites").clear()
    best, formed = math.inf, {}
    for at in itertools.product(range(2), repeat=len(sites)):
        if any(teams[at[int(name[1:])]]["team"] != team for name, team in problem.locked.sites.items()):
            continue
        wanted = [set(team["skills"]) for team in teams]
        for site, t in zip(sites, at, strict=True):
            wanted[t] |= set(site["skills"])
        key = tuple(map(frozenset, wanted))
        if key not in formed:
            asked = pl.Series("skills", [sorted(own) for own in wanted], dtype=pl.List(pl.String))
            owing = problem.table("teams").with_columns(asked)
            formed[key] = cheapest(replace(problem, sites=bare, teams=owing, previous=Previous(), locks=Locks()))
        best = min(best, posted(problem, at) + formed[key])
    return best


def posted(problem: Problem, at: tuple[int, ...]) -> float:
    """Price the sites of each team with `dispatch.price`; and what moves."""
    sites, teams, total = problem.table("sites").rows(named=True), problem.table("teams").rows(named=True), 0.0
    for t, team in enumerate(teams):
        places = [
            dispatch.Place(
                float(kilometres(s["lat"], s["lon"], team["lat"], team["lon"])), s["workload"], s["priority"],
                other_county=s["county"] is not None and s["county"] != team["county"],
            )
            for s, chosen in zip(sites, at, strict=True) if chosen == t
        ]  # fmt: skip
        parts = dispatch.price([], places, problem.rules, mean_sites=len(sites) / len(teams))
        total += sum(parts[name] for name in ("site_travel", "imbalance", "other_county"))
    running = problem.running.sites
    return total + problem.rules.change * sum(
        s["site"] in running and running[s["site"]] != teams[t]["team"] for s, t in zip(sites, at, strict=True)
    )


@settings(max_examples=200, deadline=None)
@given(problems())
def test_the_bound_holds_for_every_posting_and_formation_and_the_plan_costs_what_it_says(problem: Problem) -> None:
    best, found = least(problem), dispatch.plan(problem, time_limit=4)
    assert found.bound <= best + 1e-4
    assert found.cost == pytest.approx(best, abs=1e-2 + 2e-4 * best)
    assert found.bound <= found.cost + 1e-6
    assert sum(found.parts.values()) == pytest.approx(found.cost, abs=1e-2)
    assert found.cost == pytest.approx(priced(problem, found), abs=1e-2)
    team = dict(found.postings.select("site", "team").iter_rows())
    assert all(team[site] == kept for site, kept in problem.locked.sites.items())


def priced(problem: Problem, found: dispatch.Plan) -> float:
    """Price every team as it stands."""
    people = {row["official"]: row for row in problem.table("officials").rows(named=True)}
    wishes = dict(problem.table("sites").select("site", "skills").iter_rows())
    at = dict(found.postings.select("site", "team").iter_rows())
    total = problem.rules.unplaced * len(found.unplaced)
    names = problem.table("teams")["team"].to_list()
    total += posted(problem, tuple(names.index(at[site]) for site in wishes))
    for team in problem.table("teams").rows(named=True):
        mine = found.members.filter(pl.col("team") == team["team"]).select("official", "role")
        own = [
            dispatch.Person(p["level"], frozenset(p["skills"]), role == "leader",
                            float(kilometres(p["lat"], p["lon"], team["lat"], team["lon"])), p["unit"], p["grade"],
                            p["official"])
            for name, role in mine.iter_rows()
            for p in [people[name]]
        ]  # fmt: skip
        asked = [
            dispatch.Place(0.0, 0.0, skills=tuple(wishes[site])) for site, name in at.items() if name == team["team"]
        ]
        parts = dispatch.price(own, asked, problem.rules, skills=team["skills"], apart=problem.ties.apart)
        total += sum(parts.values())
    return total


@settings(max_examples=100, deadline=None)
@given(problems(), st.integers(0, 1_000))
def test_any_prices_prove_a_bound(problem: Problem, seed: int) -> None:
    """Prices drawn by lot prove little, but never too much."""
    dice, asks = np.random.default_rng(seed), posting.asked(problem, posting.bases(problem))
    own = problem.table("teams")["skills"].to_list()
    built = Seating(problem, own, (asks.lat, asks.lon), also=fees.skills_of(problem))
    rows = {**built.rows.of, **{("skill", skill): None for skill in SKILLS}}
    fee, below = fees.priced(built, fees.guessed(problem), {key: dice.normal(0, 20, 2) for key in rows})
    ask = asking.Ask.of(problem, asks, fee)
    prices = asking.Prices(dice.normal(20, 20, len(asks.cost)), *dice.normal(0, 10, (3, 2)))
    best = least(problem)
    assert below + asking.proven(ask, prices) <= best + 1e-4
    found, proven, _ = asking.relaxed(ask, 1.0)
    assert below + proven <= best + 1e-4
    assert below + asking.climbed(ask, found, lambda: best - below, 1.0, lambda: False) <= best + 1e-4


def test_a_town_is_decided_near_its_bound_and_better_than_one_after_the_other() -> None:
    """People are scarce, so sites go where their skill is wanted already."""
    problem = town(seed=3)
    found = dispatch.plan(problem, time_limit=6)
    assert found.gap < 0.05
    assert found.cost == pytest.approx(priced(problem, found), abs=0.5)
    base = (found.bases["lat"].to_numpy(), found.bases["lon"].to_numpy())
    first = posting.post(problem, time_limit=2, seed=0, progress=None)
    then = formation.form(problem, formation.demand(problem, first.team), base, time_limit=3, seed=0)
    assert found.cost < 0.98 * (first.solved.cost + then.cost)


@pytest.mark.parametrize("many", [False, True])
def test_without_time_for_a_relaxation_there_is_a_plan_with_its_gap(many: bool) -> None:
    problem = town(seed=2)
    if many:  # so many to a home that hubs hold
        at_home = problem.table("officials").with_columns(lat=37.1, lon=122.1, grade=pl.lit(""))
        problem = replace(problem, officials=at_home, rules=Rules())
    found = dispatch.plan(problem, time_limit=0.01)
    assert found.bound <= found.cost == pytest.approx(priced(problem, found), abs=0.5)
    assert len(found.postings) == 60 and len(found.members) + len(found.unplaced) == 100


def town(seed: int) -> Problem:
    """Twenty teams with two skills of their own, sixty sites, a hundred people."""
    dice = np.random.default_rng(seed)
    skills = [f"k{n}" for n in range(8)]
    drawn = lambda rows, n: pl.Series(  # noqa: E731
        [list(dice.choice(skills, n, replace=False)) for _ in range(rows)], dtype=pl.List(pl.String)
    )
    point = lambda rows: {"lat": 37 + 0.2 * dice.random(rows), "lon": 122 + 0.25 * dice.random(rows)}  # noqa: E731
    return Problem(
        {"official": [f"p{n}" for n in range(100)], "unit": [f"u{n % 9}" for n in range(100)],
         "level": dice.choice(["city", "county"], 100), **point(100), "skills": drawn(100, 1),
         "can_lead": dice.random(100) < 0.4, "grade": dice.choice(["senior", "", "junior"], 100)},
        {"site": [f"s{n}" for n in range(60)], "door": ["village"] * 60, **point(60), "skills": drawn(60, 1),
         "workload": dice.uniform(0.8, 1.8, 60)},
        {"team": [f"t{n}" for n in range(20)], **point(20), "skills": drawn(20, 2)},
        Rules(senior_least=1, junior_most=3, city_share=0.0),
    )  # fmt: skip


def test_a_link_is_not_needed_where_teams_want_whatever_sites_want() -> None:
    problem = town(seed=1)
    every = pl.Series("skills", [[f"k{n}" for n in range(8)]] * 20, dtype=pl.List(pl.String))
    assert asks_anything(problem)
    assert not asks_anything(replace(problem, teams=problem.table("teams").with_columns(every)))
    assert Link(problem, posting.asked(problem, posting.bases(problem)), 0, 1.0, lambda: False).skills
