"""Posting: every site to one team, near its base and within its load; and where a team without a base should have one.

Bases are found first (balanced Lloyd iterations inside each county: sites to bases by min-cost flow, bases to the
middle of their sites). The posting itself is then a generalised assignment for these bases, with a proven bound.
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from ortools.graph.python import min_cost_flow

from sijin.engines.dispatch.assign import Assignment, Band, Progress, assign
from sijin.engines.dispatch.problem import Problem
from sijin.engines.distances import matrix
from sijin.engines.milp import INF, Floats, Ints

CANDIDATES = 16  # nearest bases that a site may go to in an iteration
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


def post(problem: Problem, *, time_limit: float, seed: int, progress: Progress | None) -> Posted:
    """Place the bases and assign the sites."""
    locks, previous = problem.locked, problem.running
    sites, teams, rules = problem.table("sites"), problem.table("teams"), problem.rules
    numbers = {team: n for n, team in enumerate(teams["team"])}
    lat, lon = bases(problem)
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
    mean = len(sites) / max(len(teams), 1)
    band = Band(math.floor(mean / rules.balance), math.ceil(mean * rules.balance), rules.imbalance)
    limit = np.full(len(teams), rules.days_per_week)
    use = np.repeat(work[:, None], len(teams), axis=1)
    solved = assign(
        cost,
        use,
        limit,
        time_limit=time_limit,
        seed=seed,
        overload_price=rules.overload,
        band=band,
        progress=progress,
    )
    load = np.bincount(solved.agent, work, minlength=len(teams)).astype(np.float64)
    moved = known[solved.agent[known] != running[known]] if len(sites) else known
    count = np.bincount(solved.agent, minlength=len(teams))
    outside = (
        float(np.maximum(band.least - count, 0).sum() + np.maximum(count - band.most, 0).sum()) if len(sites) else 0.0
    )
    crossings = int(crossing[np.arange(len(sites)), solved.agent].sum())
    return Posted(solved.agent, lat, lon, km, load, limit, solved, moved, outside, crossings)


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
