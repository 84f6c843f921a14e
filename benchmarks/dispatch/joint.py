"""Sites and people decided together: a plan's gap to the bound that holds for every posting and every formation.

    python -m benchmarks.dispatch.joint [--sites 1500 6000] [--seconds 30] [--seeds 3] [--rounds 490] [--peers]

Officials and teams are those of `formation` (2,400 in 490 teams with a base and three skills of their own, a senior
at least and two juniors at most, 85 pairs together, 85 apart). Sites are generated: each lies about 3 km from the base
of a team drawn by lot, half of them want one of the same twelve skills, workloads are drawn evenly from half to one and
a half of their mean and make up 80 % of what all teams can carry, priorities are 1, 1.5 or 2 (60, 30, 10 %). Every plan
is priced team by team with `dispatch.price`. "One after the other" posts the sites without a look at skills and then
forms the teams, in the same seconds. The weeks of the teams are those of the posting, by `engines.rounds`. The peer is
HiGHS on the whole programme of both, two threads, the same seconds.
"""

import argparse
import time
from dataclasses import replace
from datetime import date, timedelta
from statistics import mean

import numpy as np
import polars as pl

import sijin.cli  # noqa: F401  starts Django: the pace of a week is in the rules of dispatch
from benchmarks.dispatch.formation import SKILLS
from benchmarks.dispatch.formation import problem as people_and_teams
from sijin.dispatch.domain.paces import pace_of
from sijin.dispatch.models import Campaign
from sijin.engines import dispatch, milp, rounds
from sijin.engines.dispatch import formation, posting
from sijin.engines.dispatch.linked import Link
from sijin.engines.dispatch.openings import begin
from sijin.engines.dispatch.relaxed import FIRST
from sijin.engines.dispatch.seats import Seating
from sijin.engines.dispatch.sketch import sketch
from sijin.engines.distances import kilometres

LOAD = 0.8  # of what all teams can carry
NEAR = 0.03  # degrees of latitude by which a site lies from a base, one standard deviation
DOORS = ("firm", "project", "village", "community")
DAYS = tuple(date(2020, 3, 9) + timedelta(n) for n in range(5))


def problem(sites: int, seed: int, officials: int = 2400, teams: int = 490) -> dispatch.Problem:
    """Return a generated campaign with sites; see the module."""
    posed = people_and_teams(officials, teams, seed)
    dice = np.random.default_rng([seed, sites])
    bases = posed.table("teams").select("lat", "lon").to_numpy()
    near = bases[dice.integers(0, teams, sites)] + dice.normal(0, NEAR, (sites, 2)) * [1, 1.25]
    work, wants = dice.uniform(0.5, 1.5, sites), dice.random(sites) < 0.5
    table = {
        "site": [f"s{n}" for n in range(sites)],
        "door": dice.choice(DOORS, sites),
        "lat": near[:, 0],
        "lon": near[:, 1],
        "skills": pl.Series([[str(dice.choice(SKILLS))] if own else [] for own in wants], dtype=pl.List(pl.String)),
        "workload": work * (LOAD * teams * posed.rules.days_per_week / work.sum()),
        "priority": dice.choice([1.0, 1.5, 2.0], sites, p=[0.6, 0.3, 0.1]),
    }
    return replace(posed, sites=table)


def priced(posed: dispatch.Problem, found: dispatch.Plan) -> float:
    """Price every team of a plan as it stands, members and sites; this is not the solver's own account."""
    people = {row["official"]: row for row in posed.table("officials").iter_rows(named=True)}
    sites = {row["site"]: row for row in posed.table("sites").iter_rows(named=True)}
    each = len(sites) / len(posed.table("teams"))
    members, posts = (dict(table.group_by("team", maintain_order=True).agg(pl.all()).rows_by_key("team", named=True))
                      for table in (found.members, found.postings))  # fmt: skip
    total = posed.rules.unplaced * len(found.unplaced)
    sets = [set(group) for group in posed.ties.apart]
    for team, lat, lon, skills in posed.table("teams").select("team", "lat", "lon", "skills").iter_rows():
        own = members.get(team, [{"official": [], "role": []}])[0]
        group = [
            dispatch.Person(people[name]["level"], frozenset(people[name]["skills"]), role == "leader",
                            float(kilometres(people[name]["lat"], people[name]["lon"], lat, lon)),
                            people[name]["unit"], people[name]["grade"], name)
            for name, role in zip(own["official"], own["role"], strict=True)
        ]  # fmt: skip
        places = [
            dispatch.Place(float(kilometres(sites[name]["lat"], sites[name]["lon"], lat, lon)), sites[name]["workload"],
                           sites[name]["priority"], tuple(sites[name]["skills"]))
            for name in posts.get(team, [{"site": []}])[0]["site"]
        ]  # fmt: skip
        apart = [group_ for group_ in sets if sum(person.name in group_ for person in group) > 1]
        parts = dispatch.price(group, places, posed.rules, mean_sites=each, skills=skills, apart=apart)
        total += sum(parts.values())
    where = dict(found.members.select("official", "team").iter_rows())
    assert all(where.get(one) == where.get(other) for one, other in posed.ties.together)
    return total


def one_after_the_other(posed: dispatch.Problem, seconds: float, seed: int) -> float:
    """Post the sites by travel, load and number, then form the teams that they ask for; return the cost."""
    began = time.monotonic()
    first = posting.post(posed, time_limit=0.3 * seconds, seed=seed, progress=None)
    left = seconds - (time.monotonic() - began)
    wanted = formation.demand(posed, first.team)
    return first.solved.cost + formation.form(posed, wanted, (first.lat, first.lon), time_limit=left, seed=seed).cost


def whole(posed: dispatch.Problem, seconds: float, seed: int) -> float:
    """Return what HiGHS reaches with the programme of both in `seconds` on two threads; inf for nothing."""
    asks = posting.asked(posed, posting.bases(posed))
    link = Link(posed, asks, seed, seconds, lambda: False)
    link.rounds()
    built = Seating(posed, link.own, link.base, maybe=link.maybe)
    link.lay(built)
    drawn = sketch(built, 2.0, link.offers())
    begin(built, drawn.party, drawn.rows, FIRST)
    answer = milp.solve(built.programme(), time_limit=seconds, threads=2)
    return answer.objective if answer.feasible else float("inf")


def weeks(posed: dispatch.Problem, found: dispatch.Plan, count: int) -> str:
    """Solve the weeks of the first `count` teams; say kilometres, visits left out and whether all are proven."""
    pace, sites = pace_of(Campaign(team_rules="")), {row["site"]: row for row in posed.table("sites").rows(named=True)}
    own: dict[str, list[dict]] = {}
    for site, team in found.postings.select("site", "team").iter_rows():
        own.setdefault(team, []).append(sites[site])
    km, left, gaps, began = 0.0, 0, [], time.monotonic()
    for team, lat, lon, _load in found.bases.head(count).iter_rows():
        if rows := own.get(team):
            asked = [pace.asked(row["workload"], len(DAYS)) for row in rows]
            table = {name: [row[name] for row in rows] for name in ("site", "lat", "lon")}
            table |= {"visits": [visits for visits, _m in asked], "minutes": [float(minutes) for _v, minutes in asked]}
            week = rounds.plan(rounds.Problem((lat, lon), table, DAYS, pace.hours), time_limit=2)
            km, left = km + week.km, left + len(week.left)
            gaps.append(week.gap)
    proven = sum(gap < 1e-6 for gap in gaps)
    return f"{km:,.0f} | {left} | {proven} of {len(gaps)} | {time.monotonic() - began:.1f}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, nargs="+", default=[1500, 6000])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=0, help="teams whose weeks are solved")
    parser.add_argument("--peers", action="store_true")
    given = parser.parse_args()
    print("| sites | seed | objective | joint bound | gap % | seconds | checker | one after the other | HiGHS | "
          "km of the weeks | visits left out | weeks proven | seconds |")  # fmt: skip
    print("|--:" * 13 + "|")
    for sites in given.sites:
        gaps = []
        for seed in range(given.seeds):
            posed = problem(sites, seed)
            found = dispatch.plan(posed, time_limit=given.seconds, seed=seed)
            agrees = abs(priced(posed, found) - found.cost) < 1e-4 * found.cost
            others = [f"{way(posed, given.seconds, seed):,.0f}" if given.peers else ""
                      for way in (one_after_the_other, whole)]  # fmt: skip
            rounds_ = weeks(posed, found, given.rounds) if given.rounds else " | | | "
            print(f"| {sites:,} | {seed} | {found.cost:,.1f} | {found.bound:,.1f} | {100 * found.gap:.2f} | "
                  f"{found.seconds:.1f} | {'agrees' if agrees else 'DIFFERS'} | {' | '.join(others)} | {rounds_} |",
                  flush=True)  # fmt: skip
            gaps.append(found.gap)
        print(f"\nmean gap at {sites:,} sites: {100 * mean(gaps):.2f} %\n", flush=True)


if __name__ == "__main__":
    main()
