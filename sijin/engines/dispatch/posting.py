"""Posting: every site to one team, near its base and within its load; and where a team without a base should have one.

Bases are found first (balanced Lloyd iterations inside each county: sites to bases by min-cost flow, bases to the
middle of their sites). The posting itself is then a generalised assignment for these bases, with a proven bound.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from ortools.graph.python import min_cost_flow

from sijin.engines.dispatch.assign import Assignment, Band, Progress, assign
from sijin.engines.dispatch.assignment import Clock, Posed
from sijin.engines.dispatch.problem import Problem
from sijin.engines.dispatch.relaxation import relax
from sijin.engines.distances import matrix
from sijin.engines.milp import INF, Floats, Ints

CANDIDATES = 16  # nearest bases that a site may go to in an iteration
CELLS = 4_000_000  # pairs of a site and a team whose costs are held at a time
ROUNDS = 6  # Lloyd iterations; later ones move a base by metres


@dataclass(frozen=True)
class Posted:
    """Team of each site (by position), the teams' bases and loads, and the solved assignment."""

    team: Ints
    lat: Floats
    lon: Floats
    km: Floats  # (sites, teams)
    load: Floats  # days per week of each team
    limit: Floats
    solved: Assignment
    moved: Ints  # sites that leave their team of the running plan
    outside: float  # sites by which teams are outside the band of numbers
    crossings: int  # sites served from another county


@dataclass(frozen=True)
class Asked:
    """What a posting is asked: costs (sites, teams), uses, the load that teams can carry, numbers of sites."""

    lat: Floats
    lon: Floats
    km: Floats
    cost: Floats
    use: Floats
    limit: Floats
    band: Band
    running: Ints  # team of each site in the running plan, or -1
    crossing: Floats


def asked(problem: Problem, base: tuple[Floats, Floats], mean: float | None = None) -> Asked:
    """Return the posting to teams at `base`; ``mean`` is the number of sites a team, when it is not this problem's."""
    locks, previous = problem.locked, problem.running
    sites, teams, rules = problem.table("sites"), problem.table("teams"), problem.rules
    numbers = {team: n for n, team in enumerate(teams["team"])}
    lat, lon = base
    km = matrix(sites["lat"], sites["lon"], lat, lon)
    work, priority = sites["workload"].to_numpy(), sites["priority"].to_numpy()
    cost = rules.site_km * km * np.maximum(work * priority, 0.05)[:, None]
    crossing = _crossings(sites, teams)
    cost += rules.other_county * crossing
    running = np.array([numbers.get(previous.sites.get(site, ""), -1) for site in sites["site"]], dtype=np.int64)
    known = np.flatnonzero(running >= 0)
    cost[known] += rules.change
    cost[known, running[known]] -= rules.change
    for row, site in enumerate(sites["site"]):
        if site in locks.sites:
            kept = numbers[locks.sites[site]]
            own = cost[row, kept]
            cost[row] = INF
            cost[row, kept] = own
    if mean is None:
        mean = len(sites) / max(len(teams), 1)
    band = Band(math.floor(mean / rules.balance), math.ceil(mean * rules.balance), rules.imbalance)
    limit = np.full(len(teams), rules.days_per_week)
    use = np.repeat(work[:, None], len(teams), axis=1)
    return Asked(lat, lon, km, cost, use, limit, band, running, crossing)


def post(
    problem: Problem, *, time_limit: float, seed: int, progress: Progress | None, mean: float | None = None,
    effort: int | None = None,
) -> Posted:  # fmt: skip
    """Place the bases and assign the sites; ``mean`` as in `asked`, ``effort`` as in `assign`."""
    asks = asked(problem, bases(problem), mean)
    solved = assign(
        asks.cost,
        asks.use,
        asks.limit,
        time_limit=time_limit,
        seed=seed,
        overload_price=problem.rules.overload,
        band=asks.band,
        progress=progress,
        effort=effort,
    )
    return posted(problem, asks, solved)


def posted(problem: Problem, asks: Asked, solved: Assignment) -> Posted:
    """Return an assignment with its loads and what it bends."""
    sites, count = problem.table("sites"), len(asks.limit)
    load = np.bincount(solved.agent, sites["workload"].to_numpy(), minlength=count).astype(np.float64)
    known = np.flatnonzero(asks.running >= 0)
    moved = known[solved.agent[known] != asks.running[known]] if len(sites) else known
    held = np.bincount(solved.agent, minlength=count)
    outside = np.maximum(asks.band.least - held, 0).sum() + np.maximum(held - asks.band.most, 0).sum()
    crossings = int(asks.crossing[np.arange(len(sites)), solved.agent].sum())
    return Posted(
        solved.agent, asks.lat, asks.lon, asks.km, load, asks.limit, solved, moved,
        float(outside) if len(sites) else 0.0, crossings,
    )  # fmt: skip


def valued(problem: Problem, asks: Asked, team: Ints) -> Assignment:
    """Return sites posted to `team` (by position) as an assignment, with its cost."""
    rules, held = problem.rules, np.bincount(team, minlength=len(asks.limit))
    load = np.bincount(team, problem.table("sites")["workload"].to_numpy(), minlength=len(asks.limit))
    over = np.maximum(load - asks.limit, 0.0)
    over = np.where(over > 1e-9, over, 0.0)
    outside = np.maximum(asks.band.least - held, 0).sum() + np.maximum(held - asks.band.most, 0).sum()
    cost = float(asks.cost[np.arange(len(team)), team].sum() + rules.overload * over.sum())
    cost += asks.band.price * float(outside) if len(team) else 0.0
    return Assignment(team, over, cost, cost, 0.0, 0.0, (), ())


def prices(problem: Problem, asks: Asked) -> tuple[Floats, Floats]:
    """Return what the relaxation says of each team: the price of a day of its room, and of one more of its sites."""
    teams = len(asks.limit)
    if not len(asks.running):
        return np.zeros(teams), np.zeros(teams)
    band, each = asks.band, np.ones(teams)
    posed = Posed(asks.cost, asks.use, asks.limit, problem.rules.overload, False, band.least * each,
                  band.most * each, band.price)  # fmt: skip
    relaxed = relax(posed, Clock(0.0, 0.0, None, effort=1), 0)
    return relaxed.room, relaxed.number


def bound(problem: Problem, base: tuple[Floats, Floats], room: Floats, number: Floats) -> float:
    """Return what these prices prove of the posting of all sites to all teams at `base` (Lagrangian relaxation)."""
    rules, count = problem.rules, len(problem.table("teams"))
    room = np.clip(room, -rules.overload, 0.0)
    number = np.clip(number, -rules.imbalance, rules.imbalance)
    total, mean = float((room * rules.days_per_week).sum()), len(problem.table("sites")) / max(count, 1)
    for rows in np.array_split(
        np.arange(len(problem.table("sites"))), len(problem.table("sites")) * count // CELLS + 1
    ):
        asks = asked(replace(problem, sites=problem.table("sites")[rows]), base, mean)
        total += float((asks.cost - asks.use * room - number).min(axis=1).sum()) if len(rows) else 0.0
    band = asks.band
    return total + float((number * np.where(number > 0, band.least, band.most)).sum())


def _crossings(sites: pl.DataFrame, teams: pl.DataFrame) -> Floats:
    """Return 1 where a site's county is known and not the team's."""
    of_site, of_team = sites["county"].to_list(), teams["county"].to_list()
    codes = {county: n for n, county in enumerate(sorted({c for c in (*of_site, *of_team) if c}))}
    a = np.array([codes.get(c, -1) for c in of_site], dtype=np.int64)[:, None]
    b = np.array([codes.get(c, -1) for c in of_team], dtype=np.int64)[None, :]
    crossing: Floats = ((a != b) & (a >= 0) & (b >= 0)).astype(np.float64)
    return crossing


def bases(problem: Problem) -> tuple[Floats, Floats]:
    """Return each team's base: its own point, its running base, the middle of its locked sites, or a place sought."""
    locks, previous = problem.locked, problem.running
    sites, teams = problem.table("sites"), problem.table("teams")
    lat, lon = (teams[c].fill_null(float("nan")).to_numpy().astype(np.float64) for c in ("lat", "lon"))
    points = sites.select("lat", "lon").to_numpy().astype(np.float64).reshape(-1, 2)
    work = np.maximum(sites["workload"].to_numpy(), 0.05)
    locked = np.array([locks.sites.get(site, "") for site in sites["site"]], dtype=object)
    for n, team in enumerate(teams["team"]):
        if np.isnan(lat[n]) and team in previous.bases:
            lat[n], lon[n] = previous.bases[team]
        elif np.isnan(lat[n]) and (locked == team).any():
            own = locked == team
            lat[n], lon[n] = np.average(points[own], axis=0, weights=work[own])
    counties, of_site = teams["county"].to_list(), np.array(sites["county"].to_list(), dtype=object)
    for county in sorted({c or "" for n, c in enumerate(counties) if np.isnan(lat[n])}):
        open_teams = np.array([n for n, c in enumerate(counties) if np.isnan(lat[n]) and (c or "") == county])
        free = np.flatnonzero((locked == "") & ((of_site == county) if county else True))
        if not len(free):
            free = np.arange(len(points))
        found = _sought(points[free], work[free], len(open_teams)) if len(free) else np.zeros((len(open_teams), 2))
        lat[open_teams], lon[open_teams] = found[:, 0], found[:, 1]
    return lat, lon


def _sought(points: Floats, work: Floats, count: int) -> Floats:
    """Place `count` bases among `points` (lat, lon) so that each has about the same work near it."""
    order = _swept(points)
    share = np.cumsum(work[order]) / work.sum()
    part = np.minimum((share * count - 1e-9).astype(np.int64), count - 1)
    centres = np.array(
        [
            np.average(points[order][part == n], axis=0, weights=work[order][part == n]) if (part == n).any()
            else points[order][min(int(len(points) * n / count), len(points) - 1)]
            for n in range(count)
        ]
    )  # fmt: skip
    for _ in range(ROUNDS):
        near = _balanced(points, centres)
        for n in range(count):
            own = near == n
            if own.any():
                centres[n] = np.average(points[own], axis=0, weights=work[own])
    return centres


def _swept(points: Floats) -> Ints:
    """Order points along a boustrophedon of latitude bands, so that a run of them lies together."""
    bands = max(1, round(math.sqrt(len(points) / 4)))
    rank = np.argsort(np.argsort(points[:, 0], kind="stable"), kind="stable")
    band = rank * bands // len(points)
    along = np.where(band % 2 == 0, points[:, 1], -points[:, 1])
    return np.lexsort((along, band))


def _balanced(points: Floats, centres: Floats) -> Ints:
    """Assign points to near centres, to each the mean number rounded up or down, at least distance (min-cost flow)."""
    metres = np.round(1000 * matrix(points[:, 0], points[:, 1], centres[:, 0], centres[:, 1])).astype(np.int64)
    count, places = metres.shape
    least = count // places
    kept = np.argsort(metres, axis=1, kind="stable")[:, : min(places, CANDIDATES)]
    tails, heads = np.repeat(np.arange(count), kept.shape[1]), kept.ravel()
    last, sink = count + places, count + places + 1  # `last` takes what finds no room near by
    far = int(metres.max()) + 1
    flow = min_cost_flow.SimpleMinCostFlow()
    add = flow.add_arcs_with_capacity_and_unit_cost
    add(tails, count + heads, np.ones_like(tails), metres[tails, heads])
    add(np.arange(count), np.full(count, last), np.ones(count, np.int64), np.full(count, far))
    to_sink = (count + np.arange(places), np.full(places, sink))
    add(*to_sink, np.full(places, least), np.full(places, -far))  # filled first: no base stays empty
    add(*to_sink, np.full(places, int(least * places < count)), np.zeros(places, np.int64))
    flow.add_arc_with_capacity_and_unit_cost(last, sink, count, 0)
    flow.set_nodes_supplies(np.arange(count), np.ones(count, np.int64))
    flow.set_node_supply(sink, -count)
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("min-cost flow did not end with an optimum")
    used = np.flatnonzero(np.asarray(flow.flows(np.arange(len(tails)))) > 0)
    near: Ints = metres.argmin(axis=1)
    near[tails[used]] = heads[used]
    return near
