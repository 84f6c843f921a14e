"""A dispatch solved apart: the joint bound never passes the optimum, the stitched plan is what the checker says, equal
seeds give equal plans, ties and locks across regions hold or are named."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sijin.engines import dispatch
from sijin.engines.dispatch import Clash, Faulty, Locks, Previous, Problem, Rules, Ties
from sijin.engines.dispatch.joint import Joint
from sijin.engines.dispatch.parties import parties_of
from tests.engines.test_formation import NO_SITES, cheapest, checked, problems, town

HALVES = {"teams": {"a": "east", "b": "west"}}


def parted(problem: Problem, regions: int) -> dict[str, dict[str, str]]:
    """Send teams to regions by their longitude, in strips of equal number."""
    order = problem.table("teams").sort("lon", "team")["team"]
    return {"teams": {team: f"r{n * regions // len(order)}" for n, team in enumerate(order)}}


@settings(max_examples=15, deadline=None)
@given(problems())
def test_the_joint_bound_never_passes_the_optimum(problem: Problem) -> None:
    best = cheapest(problem)
    together = {
        name: "east" for pair in problem.ties.together for name in pair if not set(pair) & set(problem.locked.officials)
    }
    found = dispatch.plan_apart(problem, HALVES | {"officials": together}, workers=1, effort=2)
    assert found.bound <= best + 1e-6
    assert found.cost >= best - 1e-3
    assert sum(found.parts.values()) == pytest.approx(found.cost, abs=1e-2)
    of = dict(found.members.select("official", "team").iter_rows())
    assert all(of.get(one) == of.get(other) for one, other in problem.ties.together)
    assert all(of[name] == team for name, team in problem.locked.officials.items())
    assert len(of) + len(found.unplaced) == len(problem.table("officials"))


@settings(max_examples=50, deadline=None)
@given(problems(), st.integers(0, 2**32 - 1))
def test_any_prices_prove_a_bound(problem: Problem, seed: int) -> None:
    wanted = [list(skills) for skills in problem.table("teams")["skills"]]
    parties, _ = parties_of(problem, {skill for own in wanted for skill in own})
    base = tuple(problem.table("teams")[c].to_numpy() for c in ("lat", "lon"))
    joint, dice = Joint(problem, parties, wanted, base), np.random.default_rng(seed)
    keys = [("size",), ("leader",), *(("skill", s) for own in wanted for s in own), *joint.counts]
    best = cheapest(problem)
    for scale in (0.0, 3.0, 60.0):
        prices = joint.clipped({key: scale * dice.standard_normal(2) for key in keys})
        assert joint.bound(prices) <= best + 1e-6


def test_a_stitched_town_is_what_the_checker_says_and_near_the_joint_bound() -> None:
    problem = replace(town(300, 60, 1), ties=Ties([("p0", "p1"), ("p2", "p9")], [("p3", "p4", "p5")]))
    found = dispatch.plan_apart(problem, parted(problem, 3), workers=1, effort=2)
    assert found.cost == pytest.approx(checked(problem, found), abs=0.5)
    assert 0 <= found.gap < 0.05 and found.measures["regions"] == 3 and not found.unplaced
    whole = dispatch.plan(problem, time_limit=4)
    assert found.bound <= whole.cost + 1e-6 and found.cost < 1.05 * whole.cost
    of = dict(found.members.select("official", "team").iter_rows())
    assert of["p0"] == of["p1"] and of["p2"] == of["p9"] and len({of["p3"], of["p4"], of["p5"]}) == 3
    assert set(found.why["officials"]) == set(of) and set(found.shadow["skill"]) == {"tea", "tax", "data"}
    costs = [cost for _, cost, _ in found.trace if np.isfinite(cost)]
    assert costs[-1] <= costs[0] + 1e-6


@pytest.mark.parametrize("seed", [0, 3])
def test_one_process_and_two_give_the_same_plan(seed: int) -> None:
    problem = town(120, 24, seed)
    one, two = (
        dispatch.plan_apart(problem, parted(problem, 3), workers=workers, effort=1, seed=seed) for workers in (1, 2)
    )
    assert same(one, two)


def same(one: dispatch.Plan, other: dispatch.Plan) -> bool:
    """Say whether two plans are equal in all but the time that they took."""
    return all(
        getattr(one, name).equals(getattr(other, name))
        for name in ("members", "postings", "bases", "shadow")
    ) and all(
        getattr(one, name) == getattr(other, name)
        for name in ("parts", "measures", "cost", "bound", "gap", "why", "bent", "unplaced", "away")
    )  # fmt: skip


def campaign(seed: int) -> Problem:
    """Two counties with sites whose teams have no base yet, and a running plan."""
    dice = np.random.default_rng(seed)
    people, sites = 44, 36
    east = np.arange(people) % 2 == 0
    officials = {
        "official": [f"p{n}" for n in range(people)], "unit": [f"u{n % 5}" for n in range(people)],
        "level": dice.choice(["city", "county"], people, p=[0.7, 0.3]), "lat": 37 + 0.1 * dice.random(people),
        "lon": np.where(east, 122.4, 122.0) + 0.2 * dice.random(people),
        "skills": pl.Series([[s] if s else [] for s in dice.choice(["tea", "tax", ""], people)],
                            dtype=pl.List(pl.String)),
        "can_lead": dice.random(people) < 0.5,
    }  # fmt: skip
    place = {
        "site": [f"s{n}" for n in range(sites)], "door": ["village"] * sites, "lat": 37 + 0.1 * dice.random(sites),
        "lon": np.r_[122.4 + 0.2 * dice.random(sites // 2), 122.0 + 0.2 * dice.random(sites // 2)],
        "county": ["e"] * (sites // 2) + ["w"] * (sites // 2),
        "skills": pl.Series([["tea"] if n % 3 else [] for n in range(sites)], dtype=pl.List(pl.String)),
    }  # fmt: skip
    teams = {"team": [f"t{n}" for n in range(9)], "county": ["e"] * 5 + ["w"] * 4}
    return Problem(officials, place, teams)


def test_sites_are_posted_in_their_region_and_a_running_plan_is_left_only_for_its_price() -> None:
    problem = campaign(1)
    first = dispatch.plan_apart(problem, "county", workers=1, effort=3)
    assert first.gap < 0.05 and len(first.postings) == 36 and first.postings["site"].to_list()[:2] == ["s0", "s1"]
    county = dict(problem.table("teams").select("team", "county").iter_rows())
    assert [county[team] for team in first.postings["team"]] == problem.table("sites")["county"].to_list()
    seats = list(first.members.select("official", "team", "role").iter_rows())
    running = Previous(
        {name: team for name, team, _ in seats}, dict(first.postings.select("site", "team").iter_rows()),
        {team: (lat, lon) for team, lat, lon in first.bases.select("team", "lat", "lon").iter_rows()},
        frozenset(name for name, _, role in seats if role == "leader"),
    )  # fmt: skip
    again = dispatch.plan_apart(replace(problem, previous=running), "county", workers=1, effort=3)
    assert again.measures["moved_people"] <= 2 and again.measures["moved_sites"] == 0
    elsewhere = {"e": "t8", "w": "t0"}  # everyone ran on the other side: whoever is placed there has moved
    other = replace(running, officials={name: elsewhere[county[team]] for name, team, _ in seats}, leaders=frozenset())
    moved = dispatch.plan_apart(replace(problem, previous=other), "county", workers=1, effort=1)
    assert moved.parts["changes"] == pytest.approx(
        problem.rules.change * (moved.measures["moved_people"] + moved.measures["moved_sites"])
    )
    assert sum(moved.parts.values()) == pytest.approx(moved.cost, abs=0.1)


def test_what_a_region_contradicts_is_named() -> None:
    problem = replace(
        town(40, 8, 4), ties=Ties([("p0", "p1"), ("p2", "p3")]), locks=Locks({"p5": "t0"})
    )  # fmt: skip
    by = {"teams": {f"t{n}": "east" if n < 4 else "west" for n in range(8)}}
    given = {"p0": "east", "p1": "west", "p2": "west", "p5": "west", "p9": "nowhere"}
    with pytest.raises(Faulty) as caught:
        dispatch.plan_apart(problem, by | {"officials": given}, workers=1)
    named = {(fault.row, fault.field, fault.value) for fault in caught.value.faults}
    assert named == {(0, "together", "east | west"), (5, "region", "west"), (9, "region", "nowhere")}
    with pytest.raises(Faulty) as caught:
        dispatch.plan_apart(problem, {"teams": {"t0": "east"}}, workers=1)
    assert [fault.value for fault in caught.value.faults] == [f"t{n}" for n in range(1, 8)]
    with pytest.raises(Faulty):
        dispatch.plan_apart(problem, "prefecture", workers=1)
    with pytest.raises(ValueError, match="local or spark"):
        dispatch.plan_apart(problem, by, engine="dask")


def test_people_named_for_a_region_and_their_mates_stay_there() -> None:
    problem = replace(town(40, 8, 4), ties=Ties([("p0", "p1")], [("p2", "p30")]))
    by = {"teams": {f"t{n}": "east" if n < 4 else "west" for n in range(8)}}
    found = dispatch.plan_apart(problem, by | {"officials": {"p0": "east", "p7": "west"}}, workers=1, effort=0.1)
    of = dict(found.members.select("official", "team").iter_rows())
    assert of["p0"] == of["p1"] and len(found.members) + len(found.unplaced) == 40


def test_hard_rules_that_clash_in_all_regions_together_are_named() -> None:
    problem = town(40, 8, 3)
    leaders = problem.table("officials").with_columns(can_lead=pl.col("official").is_in(["p0", "p1", "p2"]))
    hard = replace(problem.rules, hard=frozenset({"leader"}))
    with pytest.raises(Clash) as caught:
        dispatch.plan_apart(replace(problem, officials=leaders, rules=hard), parted(problem, 2), workers=1, effort=1)
    assert caught.value.rules == ("leader",)


def test_progress_rises_and_stopping_gives_a_plan() -> None:
    problem, told = town(120, 24, 5), []

    def stop(done: int, total: int, words: str) -> bool:
        told.append((done, total, words))
        return words == "regions"

    found = dispatch.plan_apart(problem, parted(problem, 3), workers=1, effort=50, progress=stop)
    assert len(found.members) + len(found.unplaced) == 120 and found.bound <= found.cost
    assert found.cost == pytest.approx(checked(problem, found), abs=0.5)
    assert [done for done, *_ in told] == sorted(done for done, *_ in told) and {t for _, t, _ in told} == {1000}
    assert {"prices", "regions", "borders", "reasons"} <= {words for *_, words in told}


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_and_one_person_make_a_plan(count: int) -> None:
    people = {name: column[:count] for name, column in campaign(2).table("officials").to_dict().items()}
    problem = Problem(people, NO_SITES, {"team": ["a", "b"], "lat": [37.0, 37.0], "lon": [122.0, 122.3]}, Rules())
    found = dispatch.plan_apart(problem, HALVES, workers=1)
    assert len(found.members) == count and found.bound <= found.cost + 1e-9
