"""Visit rounds: the weeks of all teams of a campaign, beside a nearest-neighbour round and OR-Tools routing.

    python -m benchmarks.dispatch.rounds [--seconds 1] [--teams 100]

The campaign is the generated one (demo/generated), posted by the dispatch engine; sites, workloads and hours are those
of the pages. A second table has weeks with more sites than a team has. Every answer passes `rounds.check`.
"""

import argparse
import time
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from statistics import mean

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.dispatch.full_size import problem as campaign
from demo.generated import roster
from sijin.dispatch.domain.paces import pace_of
from sijin.dispatch.models import Campaign
from sijin.engines import dispatch, rounds
from sijin.engines.rounds.problem import posed as arrays

DAYS = tuple(date(2020, 3, 9) + timedelta(n) for n in range(5))
UNIT = 1000  # whole numbers of OR-Tools for one km
Solver = Callable[[rounds.Problem], list[list[str]]]


def weeks_of_campaign(seed: int) -> list[rounds.Problem]:
    """Return the week of every team that has sites."""
    posed = campaign(seed)
    plan = dispatch.plan(posed, time_limit=20, seed=0)
    pace = pace_of(Campaign(team_rules=""))
    sites = {row["site"]: row for row in posed.table("sites").iter_rows(named=True)}
    own: dict[str, list[dict]] = {}
    for site, team in plan.postings.select("site", "team").iter_rows():
        own.setdefault(team, []).append(sites[site])
    found = []
    for team, lat, lon, _load in plan.bases.iter_rows():
        if rows := own.get(team):
            asked = [pace.asked(row["workload"], len(DAYS)) for row in rows]
            table = {name: [row[name] for row in rows] for name in ("site", "lat", "lon")}
            table |= {"visits": [visits for visits, _m in asked], "minutes": [float(minutes) for _v, minutes in asked]}
            found.append(rounds.Problem((lat, lon), table, DAYS, pace.hours))
    return found


def scattered(count: int, seed: int, minutes: float, visits: int) -> rounds.Problem:
    """Return a week of `count` sites around a base, some 15 km from it."""
    dice = np.random.default_rng(seed)
    table = {
        "site": [f"s{n}" for n in range(count)],
        "lat": 37.2 + dice.normal(0, 0.1, count),
        "lon": 122.1 + dice.normal(0, 0.12, count),
        "minutes": [minutes] * count,
        "visits": [visits] * count,
    }
    return rounds.Problem((37.2, 122.1), table, DAYS, pace_of(Campaign(team_rules="")).hours)


def nearest(posed: rounds.Problem) -> list[list[str]]:
    """Go each day to the nearest site that still wants a visit and fits, until nothing fits."""
    table, wanted = posed.table, dict(posed.table.select("site", "visits").iter_rows())
    points = {row["site"]: (row["lat"], row["lon"]) for row in table.iter_rows(named=True)}
    points["base"] = posed.base
    on: dict[str, list[int]] = {site: [] for site in table["site"]}
    orders: list[list[str]] = []
    for day in range(len(DAYS)):
        order: list[str] = []
        while True:
            here = points[order[-1] if order else "base"]
            open_ = [
                site for site in wanted if wanted[site] > 0 and site not in order and not _run(on, site, day, table)
            ]
            open_.sort(key=lambda site: (points[site][0] - here[0]) ** 2 + (points[site][1] - here[1]) ** 2)
            fitting = next((site for site in open_ if _fits(posed, [*order, site])), None)
            if fitting is None:
                break
            order.append(fitting)
            wanted[fitting] -= 1
            on[fitting].append(day)
        orders.append(order)
    return orders


def _run(on: dict[str, list[int]], site: str, day: int, table) -> bool:
    visits = dict(table.select("site", "visits").iter_rows())[site]
    return 2 <= visits < len(DAYS) and on[site][-visits + 1 :] == list(range(day - visits + 1, day))


def _fits(posed: rounds.Problem, order: list[str]) -> bool:
    try:
        rounds.evaluate(posed, [order, *[[] for _ in DAYS[1:]]])
    except ValueError:
        return False
    return True


def routing(posed: rounds.Problem, seconds: float) -> list[list[str]]:
    """Solve with OR-Tools routing: a vehicle for each day, a node for each visit, guided local search."""
    table, hours = posed.table, posed.hours
    visits = [(n, k) for n, count in enumerate(table["visits"]) for k in range(count)]
    given = arrays(posed)  # the same matrices, so that only the search differs
    place = [0, *(n + 1 for n, _k in visits)]
    stay = [0.0, *(table["minutes"][n] for n, _k in visits)]
    manager = pywrapcp.RoutingIndexManager(len(place), len(DAYS), 0)
    model = pywrapcp.RoutingModel(manager)
    km = [[round(UNIT * given.km[a][b]) for b in place] for a in place]
    way = [[round(given.minutes[a][b] + stay[n]) for b in place] for n, a in enumerate(place)]
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(km))
    model.AddDimension(model.RegisterTransitMatrix(way), 600, round(hours.end), False, "time")
    at_sites = model.RegisterUnaryTransitVector([round(minutes) for minutes in stay])
    model.AddDimension(at_sites, 0, 1440, True, "stay")
    clock, full = model.GetDimensionOrDie("time"), model.GetDimensionOrDie("stay")
    solver = model.solver()
    for day in range(len(DAYS)):
        clock.CumulVar(model.Start(day)).SetMin(round(hours.start))
        rest = solver.FixedDurationIntervalVar(
            round(hours.lunch_from), round(hours.lunch_latest), round(hours.lunch), False, f"rest {day}"
        )
        clock.SetBreakIntervalsOfVehicle([rest], day, [round(minutes) for minutes in stay])
        full.SetCumulVarSoftUpperBound(model.End(day), round(hours.full), round(UNIT * hours.over / 60))
    index = {visit: manager.NodeToIndex(node) for node, visit in enumerate(visits, start=1)}
    for visit, node in index.items():
        model.AddDisjunction([node], round(UNIT * posed.drop * table["priority"][visit[0]]))
    for n, count in enumerate(table["visits"]):
        own = [index[n, k] for k in range(count)]
        day, active = [model.VehicleVar(node) for node in own], [model.ActiveVar(node) for node in own]
        for k in range(count - 1):
            solver.Add(day[k + 1] - day[k] + 10 * (2 - active[k] - active[k + 1]) >= 1)
            solver.Add(active[k] >= active[k + 1])
        if 2 <= count < len(DAYS):
            solver.Add(day[-1] - day[0] + 10 * (2 - active[0] - active[-1]) >= count)
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromMilliseconds(int(1000 * seconds))
    answer = None
    for first in ("PARALLEL_CHEAPEST_INSERTION", "PATH_CHEAPEST_ARC", "AUTOMATIC"):  # the first finds none at times
        asked.first_solution_strategy = getattr(routing_enums_pb2.FirstSolutionStrategy, first)
        answer = answer or model.SolveWithParameters(asked)
    orders: list[list[str]] = [[] for _ in DAYS]
    if answer:
        for vehicle in range(len(DAYS)):
            node = answer.Value(model.NextVar(model.Start(vehicle)))
            while not model.IsEnd(node):
                orders[vehicle].append(table["site"][visits[manager.IndexToNode(node) - 1][0]])
                node = answer.Value(model.NextVar(node))
    return orders


def checked(posed: rounds.Problem, week: rounds.Week) -> rounds.Week:
    """Return the week when the independent check passes it."""
    faults = rounds.check(posed, week)
    if faults:
        raise SystemExit(f"the check found: {faults}")
    return week


def run(name: str, problems: Iterable[rounds.Problem], solve: Callable[[rounds.Problem], rounds.Week]) -> list:
    """Solve all and return (week, seconds)."""
    found = []
    for posed in problems:
        began = time.perf_counter()
        week = solve(posed)
        found.append((checked(posed, week), time.perf_counter() - began))
    return found


def row(name: str, answers: list, ours: list) -> None:
    """Print one line: km, what it costs, visits left out, time; ratios over our own."""
    own = [week for week, _s in ours]
    weeks = [week for week, _s in answers]
    cost, km, left = sum(w.cost for w in weeks), sum(w.km for w in weeks), sum(len(w.left) for w in weeks)
    same = [(w, o) for w, o in zip(weeks, own, strict=True) if len(w.left) == len(o.left)]
    ratio = sum(w.km + w.crowding for w, _o in same) / max(sum(o.km + o.crowding for _w, o in same), 1e-9)
    gap = f"{100 * mean(w.gap for w in weeks):.2f} %" if weeks[0].bound else "—"
    ratios = f"{cost / sum(o.cost for o in own):.3f} | {ratio:.3f} ({len(same)})"
    spent = f"{mean(s for _w, s in answers):.3f} / {max(s for _w, s in answers):.2f}"
    print(f"| {name} | {km:,.0f} | {left} | {cost:,.0f} | {ratios} | {gap} | {spent} |", flush=True)


def table(problems: list[rounds.Problem], seconds: float, limit: float) -> None:
    """Print the three side by side."""
    ours = run("ours", problems, lambda posed: rounds.plan(posed, time_limit=limit))
    print("| | km | left out | cost | cost / ours | km + crowding / ours (weeks) | gap | seconds, mean / most |")
    print("|---|---|---|---|---|---|---|---|")
    row("ours", ours, ours)
    row(f"OR-Tools routing, {seconds:g} s",
        run("or", problems, lambda posed: rounds.evaluate(posed, routing(posed, seconds))), ours)  # fmt: skip
    row("nearest neighbour", run("nn", problems, lambda posed: rounds.evaluate(posed, nearest(posed))), ours)


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=1.0, help="for OR-Tools, a week")
    asked.add_argument("--teams", type=int, default=100, help="of the campaign, beside OR-Tools")
    given = asked.parse_args()
    campaign_weeks = weeks_of_campaign(roster.SEED)
    began = time.perf_counter()
    whole = run("all", campaign_weeks, rounds.plan)
    spent = time.perf_counter() - began
    visits = sum(posed.table["visits"].sum() for posed in campaign_weeks)
    slowest, proven = max(s for _w, s in whole), all(week.gap < 1e-6 for week, _s in whole)
    print(f"all {len(whole)} teams, {visits} visits: {spent:.1f} s with the check,", end=" ")
    print(f"the slowest {slowest:.3f} s; all proven: {proven}\n")
    print(f"The first {given.teams} teams:\n")
    table(campaign_weeks[: given.teams], given.seconds, 10)
    for count, minutes, each in ((8, 100, 2), (12, 100, 1), (15, 60, 1), (15, 60, 2), (20, 60, 1)):
        print(f"\n{count} sites, {minutes} minutes, {each} × a week, 5 seeds:\n")
        table([scattered(count, seed, minutes, each) for seed in range(5)], 10 * given.seconds, 20)


if __name__ == "__main__":
    main()
