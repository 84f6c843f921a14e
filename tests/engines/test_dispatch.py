"""The dispatch engine: brute force agrees on tiny cases, bounds hold, rules are kept or named, reasons are true."""

import itertools
import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sijin.engines import dispatch
from sijin.engines.dispatch import Faulty, Infeasible, Locks, Previous, Problem, Rules
from sijin.engines.distances import kilometres

SKILLS = ("tea", "tax", "data")


def cheapest(cost, use, capacity) -> float:
    """Try every assignment; infinity when none keeps the capacities."""
    jobs, agents = cost.shape
    best = math.inf
    for choice in itertools.product(range(agents), repeat=jobs):
        load = np.zeros(agents)
        for job, agent in enumerate(choice):
            load[agent] += use[job, agent]
        if (load <= capacity + 1e-9).all():
            best = min(best, sum(cost[job, agent] for job, agent in enumerate(choice)))
    return best


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_assign_agrees_with_brute_force(data) -> None:
    jobs, agents = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 3))
    whole = st.integers(0, 20)
    cost = np.array(data.draw(st.lists(whole, min_size=jobs * agents, max_size=jobs * agents)), float)
    use = np.array(data.draw(st.lists(st.integers(0, 9), min_size=jobs * agents, max_size=jobs * agents)), float)
    capacity = np.array(data.draw(st.lists(st.integers(0, 20), min_size=agents, max_size=agents)), float)
    cost, use = cost.reshape(jobs, agents), use.reshape(jobs, agents)
    best = cheapest(cost, use, capacity)
    if math.isinf(best):
        with pytest.raises(Infeasible):
            dispatch.assign(cost, use, capacity, time_limit=5)
        return
    found = dispatch.assign(cost, use, capacity, time_limit=5)
    assert found.cost == pytest.approx(best) and found.bound == pytest.approx(best)
    assert found.cost == pytest.approx(cost[np.arange(jobs), found.agent].sum())


def test_a_large_assignment_keeps_its_capacities_and_its_bound() -> None:
    dice = np.random.default_rng(3)
    use = dice.integers(5, 25, (200, 40)).astype(float)
    cost = 111 - use + dice.integers(-10, 10, (200, 40))
    capacity = np.floor(0.8 * use.sum(axis=0) / 40)
    found = dispatch.assign(cost, use, capacity, time_limit=4)
    load = np.bincount(found.agent, use[np.arange(200), found.agent], minlength=40)
    assert (load <= capacity + 1e-9).all() and not found.over.any()
    assert found.bound <= found.cost and found.gap < 0.03
    code, values = found.why[0]
    assert code in ("cheapest", "displaced")
    assert values["more"] == pytest.approx(cost[0, int(values["next"])] - cost[0, found.agent[0]])


def test_assign_names_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="do not fit together"):
        dispatch.assign(np.ones((2, 2)), np.ones((2, 3)), np.ones(2))
    with pytest.raises(ValueError, match="job 1 may go to no agent"):
        dispatch.assign(np.array([[1.0], [np.inf]]), np.ones((2, 1)), np.ones(1))


def tiny(people, teams, sites, **rules) -> Problem:
    """People are (level, skills, can_lead, lon), teams lon, sites (lon, skills); all stand on one parallel."""
    return Problem(
        officials={
            "official": [f"p{n}" for n in range(len(people))],
            "unit": [f"u{n % 2}" for n in range(len(people))],
            "level": [row[0] for row in people],
            "lat": [37.0] * len(people),
            "lon": [row[3] for row in people],
            "skills": pl.Series([list(row[1]) for row in people], dtype=pl.List(pl.String)),
            "can_lead": [row[2] for row in people],
        },
        sites={
            "site": [f"s{n}" for n in range(len(sites))],
            "door": ["village"] * len(sites),
            "lat": [37.0] * len(sites),
            "lon": [row[0] for row in sites],
            "skills": pl.Series([list(row[1]) for row in sites], dtype=pl.List(pl.String)),
        },
        teams={"team": [f"t{n}" for n in range(len(teams))], "lat": [37.0] * len(teams), "lon": list(teams)},
        rules=Rules(**rules),
    )


def seated_cost(problem: Problem, wanted: list[list[str]]) -> float:
    """Try every seat for everyone: the least cost of a formation under the rules as they are documented."""
    rules, people = problem.rules, problem.table("officials").rows(named=True)
    teams = problem.table("teams").rows(named=True)
    seats = [(t, kind) for t in range(len(teams)) for kind in ("*lead", "*general", *wanted[t])]
    options = []
    for person in people:
        able = {"*general", *person["skills"], *(["*lead"] if person["can_lead"] else [])}
        fit = [seat for seat in seats if seat[1] in able]
        options.append([None, *fit])
    best = math.inf
    for choice in itertools.product(*options):
        taken = [seat for seat in choice if seat and seat[1] != "*general"]
        if len(taken) != len(set(taken)):
            continue
        cost = rules.unplaced * choice.count(None)
        for t, team in enumerate(teams):
            own = [person for person, seat in zip(people, choice, strict=True) if seat and seat[0] == t]
            if len(own) > rules.size_max:
                cost = math.inf
                break
            cost += sum(rules.home_km * float(kilometres(p["lat"], p["lon"], team["lat"], team["lon"])) for p in own)
            short = max(rules.size_wanted - len(own), 0)
            below = max(rules.size_min - len(own), 0)
            cost += rules.seat * (short + below + max(len(own) - rules.size_wanted, 0))
            cost += rules.leader * ((t, "*lead") not in taken)
            cost += rules.skill * sum((t, skill) not in taken for skill in wanted[t])
            others = sum(person["level"] != "city" for person in own)
            allowed = math.floor((1 - rules.city_share) * rules.size_wanted + 1e-9)
            cost += rules.quota * max(others - allowed, 0) * (rules.city_share > 0)
        best = min(best, cost)
    return best


person = st.tuples(
    st.sampled_from(["city", "county"]),
    st.sets(st.sampled_from(SKILLS[:2]), max_size=1),
    st.booleans(),
    st.sampled_from([122.0, 122.2, 122.4]),
)


@settings(max_examples=50, deadline=None)
@given(
    people=st.lists(person, min_size=1, max_size=5),
    sites=st.lists(
        st.tuples(st.sampled_from([122.0, 122.5]), st.sets(st.sampled_from(SKILLS[:2]), max_size=2)), max_size=2
    ),
    share=st.sampled_from([0.0, 0.5]),
)
def test_plan_agrees_with_brute_force(people, sites, share) -> None:
    problem = tiny(people, [122.0, 122.5], sites, size_wanted=2, size_min=1, size_max=3, city_share=share)
    found = dispatch.plan(problem, time_limit=5)
    formed: dict[str, float] = {}

    def all_in(at: tuple[int, ...]) -> float:
        wanted = dispatch_demand(problem, at)
        if (key := str(wanted)) not in formed:
            formed[key] = seated_cost(problem, wanted)
        return posted_cost(problem, at) + formed[key]

    best = min(all_in(at) for at in itertools.product(range(2), repeat=len(sites)))
    assert found.cost == pytest.approx(best, abs=1e-2, rel=2e-4)
    assert found.bound == pytest.approx(found.cost, rel=1e-3, abs=1e-3)
    assert sum(found.parts.values()) == pytest.approx(found.cost, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(
    people=st.lists(person, min_size=1, max_size=8),
    sites=st.lists(
        st.tuples(st.sampled_from([122.0, 122.5]), st.sets(st.sampled_from(SKILLS[:2]), max_size=2)), max_size=5
    ),
)
def test_an_independent_checker_prices_the_plan_the_same(people, sites) -> None:
    problem = tiny(people, [122.0, 122.5], sites, size_wanted=3, size_min=2, size_max=4)
    found = dispatch.plan(problem, time_limit=5)
    assert found.cost == pytest.approx(checked(problem, found), abs=1e-3)


def checked(problem: Problem, found: dispatch.Plan) -> float:
    """Price every team as it stands, and everyone who stays out."""
    officials = {row["official"]: row for row in problem.table("officials").rows(named=True)}
    sites = {row["site"]: row for row in problem.table("sites").rows(named=True)}
    total = problem.rules.unplaced * len(found.unplaced)
    for team in problem.table("teams").rows(named=True):
        seats = found.members.filter(pl.col("team") == team["team"]).rows(named=True)
        posts = found.postings.filter(pl.col("team") == team["team"]).rows(named=True)
        members = [
            dispatch.Person(
                officials[row["official"]]["level"],
                frozenset(officials[row["official"]]["skills"]),
                row["role"] == "leader",
                float(kilometres(37.0, officials[row["official"]]["lon"], 37.0, team["lon"])),
            )
            for row in seats
        ]
        places = [
            dispatch.Place(
                float(kilometres(37.0, sites[row["site"]]["lon"], 37.0, team["lon"])),
                skills=tuple(sites[row["site"]]["skills"]),
            )
            for row in posts
        ]
        mean = len(sites) / len(problem.table("teams"))
        parts = dispatch.price(members, places, problem.rules, mean_sites=mean if sites else None)
        total += sum(parts.values())
    return total


def dispatch_demand(problem: Problem, at: tuple[int, ...]) -> list[list[str]]:
    weight: list[dict[str, float]] = [{}, {}]
    for n, skills in zip(at, problem.table("sites")["skills"], strict=True):
        for skill in skills:
            weight[n][skill] = weight[n].get(skill, 0) + 1
    return [sorted(found, key=lambda skill: (-found[skill], skill)) for found in weight]


def posted_cost(problem: Problem, at: tuple[int, ...]) -> float:
    """Price where the sites go."""
    rules, teams = problem.rules, problem.table("teams").rows(named=True)
    sites = problem.table("sites").rows(named=True)
    mean = len(sites) / len(teams)
    least, most = math.floor(mean / rules.balance), math.ceil(mean * rules.balance)
    cost = sum(
        rules.site_km * float(kilometres(s["lat"], s["lon"], teams[t]["lat"], teams[t]["lon"])) * s["workload"]
        for s, t in zip(sites, at, strict=True)
    )
    for t in range(len(teams)):
        count = at.count(t)
        if sites:
            cost += rules.imbalance * (max(least - count, 0) + max(count - most, 0))
        load = sum(s["workload"] for s, chosen in zip(sites, at, strict=True) if chosen == t)
        cost += rules.overload * max(load - rules.days_per_week, 0)
    return cost


def test_the_tea_village_gets_the_tea_person_and_the_reason_says_so() -> None:
    people = [("city", {"tea"}, False, 122.4), ("city", {"data"}, False, 122.4), ("city", set(), True, 122.0)]
    people += [("city", set(), True, 122.0)]
    problem = tiny(people, [122.0, 122.4], [(122.0, {"tea"}), (122.4, {"data"})], size_wanted=2, size_min=2, size_max=2)
    found = dispatch.plan(problem, time_limit=5)
    of = dict(found.members.select("official", "team").iter_rows())
    assert (of["p0"], of["p1"]) == ("t0", "t1")
    code, values = found.why["officials"]["p0"]
    assert code == "skill" and values["skills"] == ["tea"] and values["sites"] == 1
    assert found.why["sites"]["s0"].code == "nearest_with_skill"


def test_locks_hold_and_a_running_plan_is_left_only_for_its_price() -> None:
    people = [("city", set(), True, 122.0), ("city", set(), True, 122.5)]
    problem = tiny(people, [122.0, 122.5], [(122.0, set()), (122.5, set())], size_wanted=1, size_min=1, size_max=1)
    locked = dispatch.plan(replace(problem, locks=Locks({"p0": "t1"}, {"s0": "t1"})), time_limit=5)
    assert dict(locked.members.select("official", "team").iter_rows()) == {"p0": "t1", "p1": "t0"}
    assert locked.why["officials"]["p0"].code == "locked" and locked.why["sites"]["s0"].code == "locked"
    running = Previous({"p0": "t1", "p1": "t0"}, {"s0": "t1", "s1": "t0"})
    dear = replace(problem, rules=replace(problem.rules, change=1e4), previous=running)
    kept = dispatch.plan(dear, time_limit=5)
    assert dict(kept.members.select("official", "team").iter_rows()) == running.officials
    assert kept.measures["moved_people"] == kept.measures["moved_sites"] == 0
    cheap = dispatch.plan(replace(dear, rules=replace(problem.rules, change=0.1)), time_limit=5)
    assert cheap.measures["moved_people"] == 2 and cheap.why["officials"]["p0"].values["left"] == "t1"


def test_dropping_out_disturbs_nobody_else_and_the_bound_closes() -> None:
    dice = np.random.default_rng(7)
    people = [
        ("city" if dice.random() < 0.7 else "county", set(dice.choice(SKILLS, 1)), bool(dice.random() < 0.4),
         122.0 + 0.1 * int(dice.integers(6)))
        for _ in range(150)
    ]  # fmt: skip
    bases = [122.0 + 0.02 * n for n in range(30)]
    sites = [(122.0 + 0.6 * dice.random(), set(dice.choice(SKILLS, 1))) for _ in range(90)]
    problem = tiny(people, bases, sites)
    first = dispatch.plan(problem, time_limit=8)
    assert first.gap < 0.01
    gone = {"p3", "p50", "p99"}
    fewer = Problem(
        problem.table("officials").filter(~pl.col("official").is_in(list(gone))), problem.sites, problem.teams
    )
    seats = {o: t for o, t in first.members.select("official", "team").iter_rows() if o not in gone}
    led = frozenset(first.members.filter(pl.col("role") == "leader")["official"]) - gone
    running = Previous(seats, dict(first.postings.select("site", "team").iter_rows()), leaders=led)
    again = dispatch.plan(replace(fewer, previous=running), time_limit=8)
    now = set(again.members.filter(pl.col("role") == "leader")["official"])
    assert len(now - led) <= len(gone) and again.measures["switched_leads"] <= len(gone)
    assert sum(again.parts.values()) == pytest.approx(again.cost, abs=1e-2)
    assert again.gap < 0.01 and again.measures["moved_people"] <= 2 * len(gone) and not again.unplaced
    assert again.measures["moved_sites"] == 0


def test_every_fault_is_named_in_one_pass() -> None:
    problem = Problem(
        officials={"official": ["a", "a"], "unit": ["u", "u"], "level": ["city", "moon"], "lat": [95.0, 37.0],
                   "lon": [122.0, 122.0]},
        sites={"site": ["s"], "door": ["village"], "lat": [None], "lon": [122.0], "workload": [9.0]},
        teams={"team": ["t"], "lat": [37.0], "lon": [None]},
    )  # fmt: skip
    with pytest.raises(Faulty) as caught:
        dispatch.validate(replace(problem, locks=Locks({"nobody": "t"}, {"s": "nowhere"})))
    named = {(fault.table, fault.row, fault.field) for fault in caught.value.faults}
    assert named == {
        ("officials", 1, "official"), ("officials", 1, "level"), ("officials", 0, "lat"), ("sites", 0, "lat"),
        ("sites", 0, "workload"), ("teams", 0, "lon"), ("officials", 0, "lock"), ("sites", 0, "lock"),
    }  # fmt: skip
    with pytest.raises(Faulty, match="official"):
        Problem(officials={"unit": []}, sites={"site": []}, teams={"team": ["t"]})


def test_units_send_their_own_team_and_rules_that_are_bent_are_named() -> None:
    people = [("province", set(), True, 122.0)] * 2 + [("county", {"tax"}, False, 122.0)] * 2
    rules = {"size_wanted": 2, "size_min": 1, "size_max": 2}
    problem = tiny(people, [122.0, 122.5], [(122.0, {"tea"}), (122.5, {"tea"})], **rules)
    teams = problem.table("teams").with_columns(level=pl.Series(["province", "city"]), unit=pl.Series(["u0", None]))
    found = dispatch.plan(Problem(problem.officials, problem.sites, teams, problem.rules), time_limit=5)
    of = dict(found.members.select("official", "team").iter_rows())
    assert of == {"p0": "t0", "p2": "t1", "p3": "t1"} and found.unplaced == ("p1",)
    bent = {(bend.code, bend.team) for bend in found.bent}
    assert {("size", "t0"), ("leader", "t1"), ("city_share", "t1"), ("skills", "t0"), ("skills", "t1")} == bent


class Enough(Exception):
    """Stands for a person who asks to stop."""


def test_progress_is_told_and_may_stop_the_search() -> None:
    problem = tiny([("city", set(), True, 122.0)], [122.0], [(122.0, set())], size_wanted=1, size_min=1)
    heard = []
    dispatch.plan(problem, time_limit=5, progress=lambda done, total, words: heard.append((done <= total, words)))
    assert {words for _, words in heard} >= {"posting", "formation"} and all(fine for fine, _ in heard)

    def stop(done: int, total: int, words: str) -> None:
        raise Enough

    with pytest.raises(Enough):
        dispatch.plan(problem, time_limit=5, progress=stop)


def test_standard_output_stays_clean() -> None:
    script = (
        "import json, numpy as np; from sijin.engines import dispatch;"
        "print(json.dumps(dispatch.assign(np.ones((1, 1)), np.ones((1, 1)), np.ones(1)).cost))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == 1.0
