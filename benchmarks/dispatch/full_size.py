"""The Weihai dispatch at full size: the engine beside "nearest team with room", priced by the same independent checker.

    python -m benchmarks.dispatch.full_size [--seconds 20] [--seeds 3]

Generated roster (demo/generated): 2,400 officials, 490 teams, 1,530 sites. Both get the same bases, and the same rules.
"""

import argparse
import time
from collections import defaultdict
from statistics import mean

import numpy as np
import polars as pl

import sijin.cli  # noqa: F401  starts Django: the generated roster reads the divisions' tables
from demo.generated import roster
from sijin.engines import dispatch
from sijin.engines.distances import kilometres, matrix
from sijin.places.domain import DATA

Teams = dict[str, tuple[list[tuple[str, bool]], list[str]]]


def problem(seed: int) -> dispatch.Problem:
    """Return the generated campaign as the engine takes it; a town without a point stands in its county's middle."""
    table = pl.read_csv(DATA / "towns.csv", infer_schema_length=0).filter(pl.col("nbs2023_code").is_not_null())
    towns = table.select(
        "nbs2023_code", pl.col("lat", "lon").cast(pl.Float64), pl.col("nbs2023_code").str.head(6).alias("county")
    )
    middles = towns.group_by("county").agg(pl.col("lat", "lon").mean())
    middle = {county: (lat, lon) for county, lat, lon in middles.iter_rows()}
    point = {code: middle[county] if lat is None else (lat, lon) for code, lat, lon, county in towns.iter_rows()}
    drawn = roster.make(seed)
    levels = {unit["code"]: unit["level"] for unit in drawn.units}
    people = []
    for p in drawn.officials:
        home = middle.get(p["home"], (37.2, 122.1))
        people.append((p["code"], p["unit"], levels[p["unit"]], *home, p["skills"], p["can_lead"]))
    sites = []
    for s in drawn.sites:
        lat, lon = point[s["region"][:9]]
        sites.append((s["code"], s["door"], lat + s["moved"][0], lon + s["moved"][1], s["skills"], s["workload"], 1.0,
                      s["region"][:6]))  # fmt: skip
    teams = [(t["number"], "city", 5, None, None, t["county"], None) for t in drawn.teams]
    frames = [
        pl.DataFrame(rows, schema={name: types[name] for name in names.split()}, orient="row")
        for rows, types, names in (
            (people, dispatch.OFFICIALS, "official unit level lat lon skills can_lead"),
            (sites, dispatch.SITES, "site door lat lon skills workload priority county"),
            (teams, dispatch.TEAMS, "team level size lat lon county unit"),
        )
    ]
    return dispatch.Problem(*frames)


def priced(posed: dispatch.Problem, bases: pl.DataFrame, teams: Teams) -> float:
    """Price every team as it stands; this is not the solver's own account."""
    people = {row["official"]: row for row in posed.table("officials").iter_rows(named=True)}
    sites = {row["site"]: row for row in posed.table("sites").iter_rows(named=True)}
    counties = dict(posed.table("teams").select("team", "county").iter_rows())
    total, each = 0.0, len(sites) / len(counties)
    for team, lat, lon, _load in bases.iter_rows():
        members, posts = teams.get(team, ([], []))
        total += sum(dispatch.price(
            [dispatch.Person(people[p]["level"], frozenset(people[p]["skills"]), leads,
                             float(kilometres(people[p]["lat"], people[p]["lon"], lat, lon))) for p, leads in members],
            [dispatch.Place(float(kilometres(sites[s]["lat"], sites[s]["lon"], lat, lon)), sites[s]["workload"],
                            skills=tuple(sites[s]["skills"]), other_county=sites[s]["county"] != counties[team])
             for s in posts],
            posed.rules, mean_sites=each,
        ).values())  # fmt: skip
    return total


def greedy(posed: dispatch.Problem, bases: pl.DataFrame) -> Teams:
    """Send every site, then every leader, then everyone to the nearest base that has room."""
    names, points = bases["team"].to_list(), bases.select("lat", "lon").to_numpy()
    teams: Teams = {name: ([], []) for name in names}
    sites, people = posed.table("sites"), posed.table("officials").sort("can_lead", descending=True)
    room = np.full(len(names), int(np.ceil(len(sites) / len(names) * posed.rules.balance)))
    for site, km in zip(sites["site"], matrix(sites["lat"], sites["lon"], points[:, 0], points[:, 1]), strict=True):
        at = int(np.argmin(np.where(room > 0, km, np.inf)))
        room[at] -= 1
        teams[names[at]][1].append(site)
    seats, led = np.full(len(names), posed.rules.size_wanted), np.zeros(len(names), bool)
    away = matrix(people["lat"], people["lon"], points[:, 0], points[:, 1])
    for (official, can_lead), km in zip(people.select("official", "can_lead").iter_rows(), away, strict=True):
        leads = can_lead and not led.all()
        at = int(np.argmin(np.where((seats > 0) & (~led if leads else True), km, np.inf)))
        seats[at] -= 1
        led[at] |= leads
        teams[names[at]][0].append((official, leads))
    return teams


def main() -> None:
    """Run all seeds and print one line each."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=20)
    asked.add_argument("--seeds", type=int, default=3)
    given = asked.parse_args()
    gaps, ratios = [], []
    print("seed  objective     bound    gap %  seconds  checker  greedy    greedy/ours")
    for seed in range(given.seeds):
        posed = problem(roster.SEED + seed)
        plan = dispatch.plan(posed, time_limit=given.seconds, seed=seed)
        teams: Teams = defaultdict(lambda: ([], []))
        for official, team, role in plan.members.select("official", "team", "role").iter_rows():
            teams[team][0].append((official, role == "leader"))
        for site, team in plan.postings.select("site", "team").iter_rows():
            teams[team][1].append(site)
        ours = priced(posed, plan.bases, teams)
        began = time.monotonic()
        other = priced(posed, plan.bases, greedy(posed, plan.bases))
        gaps.append(plan.gap)
        ratios.append(other / ours)
        print(f"{seed:4d}  {plan.cost:9,.1f} {plan.bound:9,.1f} {100 * plan.gap:8.3f} {plan.seconds:8.1f}"
              f" {'agrees' if abs(ours - plan.cost) < 0.01 * len(posed.table('teams')) else 'DIFFERS':>8}"
              f" {other:9,.1f} {other / ours:10.2f}  ({time.monotonic() - began:.1f} s)")  # fmt: skip
    print(f"mean gap {100 * mean(gaps):.3f} %, greedy costs {mean(ratios):.2f} times as much")


if __name__ == "__main__":
    main()
