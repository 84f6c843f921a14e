"""The first seats of a dispatch solved apart: locks, ties and regions hold, nobody is left out beside an empty seat;
each flow that keeps the rules of counts is no dearer than the one before."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from sijin.engines.dispatch import Locks, Problem, Ties
from sijin.engines.dispatch.climb import climb
from sijin.engines.dispatch.draft import Draft, Offers
from sijin.engines.dispatch.joint import Joint
from sijin.engines.dispatch.muster import mustered
from sijin.engines.dispatch.parties import GENERAL, LEADER, Party, Seat, parties_of
from tests.engines.test_formation import NO_SITES, town


def posed(problem: Problem) -> tuple[Joint, list[Party]]:
    teams = problem.table("teams")
    wanted = [list(own) for own in teams["skills"]]
    parties, _ = parties_of(problem, {skill for own in wanted for skill in own})
    return Joint(problem, parties, wanted, (teams["lat"].to_numpy(), teams["lon"].to_numpy())), parties


def seats_of(problem: Problem, region: np.ndarray, named: np.ndarray) -> dict[int, Seat]:
    joint, parties = posed(problem)
    return mustered(joint, climb(joint).prices, parties, region, named)


def test_locks_ties_and_regions_hold_and_no_wanted_seat_is_given_twice() -> None:
    problem = replace(
        town(80, 16, 2), ties=Ties([("p0", "p1"), ("p2", "p3", "p4")]), locks=Locks({"p9": "t0", "p10": "t0"})
    )
    region, named = np.arange(16) // 8, np.full(80, -1)
    named[[0, 20, 21, 22]] = [1, 0, 0, 1]
    found = seats_of(problem, region, named)
    assert len(found) == 80
    assert found[9][0] == found[10][0] == 0
    assert found[0][0] == found[1][0] and found[2][0] == found[3][0] == found[4][0]
    assert [region[found[n][0]] for n in (0, 20, 21, 22)] == [1, 0, 0, 1]
    wanted = [seat for seat in found.values() if seat[1] != GENERAL]
    assert len(wanted) == len(set(wanted))
    held = np.bincount([team for team, _ in found.values()], minlength=16)
    assert held.max() <= 5
    people = problem.table("officials")
    able = {n: {*skills, GENERAL, *([LEADER] if leads else [])}
            for n, (skills, leads) in enumerate(people.select("skills", "can_lead").iter_rows())}  # fmt: skip
    assert all(kind in able[n] for n, (_, kind) in found.items())


def test_who_lives_far_from_every_empty_seat_finds_one() -> None:
    """Five hundred people of one home and as many seats: their teams are more than are noted for anybody."""
    count, teams = 500, 100
    dice = np.random.default_rng(0)
    officials = {
        "official": [f"p{n}" for n in range(count)], "unit": ["u"] * count, "level": ["city"] * count,
        "lat": [37.0] * count, "lon": [122.0] * count, "skills": pl.Series([[]] * count, dtype=pl.List(pl.String)),
        "can_lead": [n % 5 == 0 for n in range(count)],
    }  # fmt: skip
    place = {"team": [f"t{n}" for n in range(teams)], "lat": 37 + dice.random(teams), "lon": 122 + dice.random(teams)}
    problem = Problem(officials, NO_SITES, place)
    found = seats_of(problem, np.zeros(teams, np.int64), np.full(count, -1))
    assert len(found) == count
    assert sum(kind == LEADER for _, kind in found.values()) == teams


@pytest.mark.parametrize("seed", range(4))
def test_flows_that_keep_the_rules_of_counts_are_never_dearer(seed: int) -> None:
    problem = replace(town(60, 12, seed), rules=replace(town(60, 12, 0).rules, city_share=0.6))
    joint, parties = posed(problem)
    source = np.arange(len(parties))
    draft = Draft(joint, joint.many, joint.group[joint.first[:-1]], joint.out)
    ways = [(p, t, int(k)) for p in source for t in range(12) for k in joint.way[joint.ways[p] : joint.ways[p + 1]]]
    party, team, kind = (np.array(column) for column in zip(*ways, strict=True))
    half = np.linalg.norm(joint.home[joint.first[party]] - joint.at[joint.place[team]], axis=1) / 2
    offers = Offers(party, team, kind, 0.5 * 2 * 6371 * np.arcsin(half))
    dice, costs = np.random.default_rng(seed), []
    for told in [np.zeros((len(draft.team), len(joint.groups))), *[None] * 6]:
        taken = draft.solve(offers, draft.roles(dice) if told is None else told)
        held = np.bincount(team, taken, 12)
        rules = problem.rules
        cost = float(offers.cost @ taken) - float(joint.worth[kind] @ (taken * (kind != joint.kinds[GENERAL])))
        cost += rules.seat * float(np.maximum(5 - held, 0).sum() + np.maximum(4 - held, 0).sum())
        for key, (sign, limit, most) in joint.counts.items():
            member = draft.member[key][draft.group[party]]
            cost += float((most * np.maximum(sign * (np.bincount(team, taken * member, 12) - limit), 0)).sum())
        costs.append(cost)
    assert all(after <= before + 0.1 for before, after in pairwise(costs[1:]))
    assert costs[-1] < costs[0] - 40
