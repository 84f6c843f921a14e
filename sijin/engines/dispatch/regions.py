"""Regions of a dispatch: which teams and sites lie in each, and which people go there.

Surplus and shortfall are evened out first. Inside each region a few teams that lie together are a cluster; a min-cost
flow from people to clusters, by seats, leaders, wanted skills and kilometres, says who goes where. It is coarse: it
knows no rule of counts and no single team. What it gets wrong near a border, the border's own pass puts right.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.graph.python import min_cost_flow

from sijin.engines.dispatch.columns import Key
from sijin.engines.dispatch.faults import bundles
from sijin.engines.dispatch.parties import GENERAL, LEADER, Array, Party, sizes
from sijin.engines.dispatch.problem import Fault, Faulty, Problem
from sijin.engines.dispatch.sketch import node_prices
from sijin.engines.distances import EARTH_KM

By = str | Mapping[str, str]  # a column of the tables, or {team, site, official: region}
CLUSTER = 8  # teams of a cluster
NEAR = 6  # clusters that a person may go to: for a general seat
NEARER = 4  # for a seat of a leader or a skill
SCALE = 10  # of costs to whole numbers
CHUNK = 4_000  # people whose distances are held at a time
REST = "*"  # the region of teams and sites that name none


@dataclass(frozen=True)
class Regions:
    """Names of the regions, and the position of each team's, site's and official's (-1: to be found)."""

    names: tuple[str, ...]
    team: Array
    site: Array
    official: Array


def regions_of(problem: Problem, by: By) -> Regions:
    """Read the regions; raise Faulty where they contradict the locks, the ties or each other."""
    teams, sites, officials = (problem.table(name) for name in ("teams", "sites", "officials"))
    if isinstance(by, str):
        if by not in teams.columns:
            raise Faulty([Fault("teams", 0, by, "a column of this name, or a mapping of teams to regions")])
        own = [value or REST for value in teams[by].to_list()]
        of_site = [value or "" for value in sites[by].to_list()] if by in sites.columns else [""] * len(sites)
        of_official = [""] * len(officials)
    else:
        missing = [n for n, team in enumerate(teams["team"]) if not by.get(team)]
        if missing:
            raise Faulty([Fault("teams", n, "region", "a region for each team", teams["team"][n]) for n in missing])
        own = [by[team] for team in teams["team"]]
        of_site = [by.get(site, "") for site in sites["site"]]
        of_official = [by.get(official, "") for official in officials["official"]]
    names = tuple(sorted(set(own)))
    place = {name: n for n, name in enumerate(names)}
    faults = [
        Fault(table, n, "region", "a region that has teams", name)
        for table, given in (("sites", of_site if not isinstance(by, str) else ()), ("officials", of_official))
        for n, name in enumerate(given)
        if name and name not in place
    ]
    team = np.array([place[name] for name in own], np.int64)
    site = np.array([place.get(name, -1) for name in of_site], np.int64)
    official = np.array([place.get(name, -1) for name in of_official], np.int64)
    found = Regions(names, team, site, official)
    faults += _against(problem, found)
    if faults:
        raise Faulty(faults)
    return found


def _against(problem: Problem, regions: Regions) -> list[Fault]:
    """Name what the regions given contradict: locks to a team elsewhere, people together of two regions, own units."""
    numbers = {team: n for n, team in enumerate(problem.table("teams")["team"])}
    rows = {name: n for n, name in enumerate(problem.table("officials")["official"])}
    sites = {name: n for n, name in enumerate(problem.table("sites")["site"])}
    faults = []
    named = regions.official
    for name, team in problem.locked.officials.items():
        row = rows[name]
        if named[row] >= 0 and named[row] != regions.team[numbers[team]]:
            faults.append(Fault("officials", row, "region", f"the region of team {team}, to which the lock is",
                                regions.names[named[row]]))  # fmt: skip
    for name, team in problem.locked.sites.items():
        row = sites[name]
        regions.site[row] = regions.team[numbers[team]]  # a lock is more than a county
    for together in bundles(problem):
        known = [rows[name] for name in together if name in rows]
        where = {int(named[row]) for row in known} - {-1}
        if len(where) > 1:
            faults.append(Fault("officials", known[0], "together", "people of one region",
                                " | ".join(sorted(regions.names[n] for n in where))))  # fmt: skip
    return faults


def sites_by_nearness(problem: Problem, regions: Regions) -> Array:
    """Return the region of each site: its own, or that of the nearest team with a point, or of the nearest site."""
    found = regions.site.copy()
    sites, teams = problem.table("sites"), problem.table("teams")
    open_rows = np.flatnonzero(found < 0)
    if not len(open_rows):
        return found
    here = _sphere(sites["lat"].to_numpy(), sites["lon"].to_numpy())
    bases = teams.select("lat", "lon").to_numpy().astype(np.float64)
    placed = np.flatnonzero(~np.isnan(bases).any(axis=1))
    known = np.flatnonzero(found >= 0)
    points = np.concatenate([_sphere(bases[placed, 0], bases[placed, 1]), here[known]])
    whose = np.concatenate([regions.team[placed], found[known]])
    if not len(whose):
        found[open_rows] = 0
        return found
    for rows in np.array_split(open_rows, len(open_rows) // CHUNK + 1):
        found[rows] = whose[np.argmax(here[rows] @ points.T, axis=1)]
    return found


def balance(
    problem: Problem, regions: Regions, parties: list[Party], wanted: list[list[str]], base: tuple[Array, Array]
) -> Array:
    """Return the region of each official (by position); -1 for who is not free on the day."""
    flow = _Coarse(problem, regions, parties, wanted, base)
    where = flow.solved()
    several = np.array([len(bundle) > 1 for bundle in flow.bundles], bool)
    if several.any():  # a flow may part people who stay together: they are held where most of them went
        flow.fixed = np.where(several, where, flow.fixed)
        where = flow.solved()
    found = np.full(len(problem.table("officials")), -1, np.int64)
    for bundle, region in zip(flow.bundles, where, strict=True):
        found[list(bundle)] = region
    return found


class _Coarse:
    """People to clusters of teams; see the module."""

    def __init__(
        self, problem: Problem, regions: Regions, parties: list[Party], wanted: list[list[str]],
        base: tuple[Array, Array],
    ) -> None:  # fmt: skip
        self.rules, self.regions = problem.rules, regions
        self.size = np.array(sizes(problem), np.int64)
        self._clusters(problem, wanted, base)
        self.bundles = [bundle for party in parties for bundle in party.bundles]
        self.party = np.repeat(np.arange(len(parties)), [len(party.bundles) for party in parties])
        self.parties = parties
        self.fixed = np.array([regions.official[list(bundle)].max(initial=-1) for bundle in self.bundles], np.int64)

    def _clusters(self, problem: Problem, wanted: list[list[str]], base: tuple[Array, Array]) -> None:
        levels = problem.table("teams").select("level", "unit").rows()
        pools: dict[Any, list[int]] = defaultdict(list)
        for t, (level, unit) in enumerate(levels):
            group = "province" if level == "province" else "local"
            pools[int(self.regions.team[t]), ("unit" if unit else "level", group, unit or "")].append(t)
        self.cluster = np.empty(len(levels), np.int64)
        self.pool: list[Any] = []
        self.region: list[int] = []
        lat, lon = base
        for (region, pool), members in pools.items():
            for own in _halved(np.array(members), lat, lon):
                self.cluster[own] = len(self.pool)
                self.pool.append(pool)
                self.region.append(region)
        count = len(self.pool)
        held = np.bincount(self.cluster, minlength=count)
        self.point = np.stack([np.bincount(self.cluster, x, count) / held for x in _sphere(lat, lon).T], axis=1)
        self.point /= np.maximum(np.linalg.norm(self.point, axis=1), 1e-12)[:, None]
        names = [LEADER, *sorted({skill for own in wanted for skill in own})]
        self.kinds = {kind: n for n, kind in enumerate(names)}
        self.seats = np.zeros((len(names), count), np.int64)
        self.seats[0] = held
        for t, own_skills in enumerate(wanted):
            for skill in own_skills:
                self.seats[self.kinds[skill], self.cluster[t]] += 1
        rules = self.rules
        least, most = np.minimum(rules.size_min, self.size), np.maximum(rules.size_max, self.size)
        per = [np.bincount(self.cluster, x, count).astype(np.int64) for x in (least, self.size - least, most - self.size)]
        self.steps = list(zip(per, (-2 * rules.seat, -rules.seat, rules.seat), strict=True))

    def _near(self) -> tuple[Array, Array]:
        """Return for each party its nearest clusters and the kilometres to them, of those that may take it."""
        homes = np.array([[np.nan if x is None else x for x in (p.people[0].lat, p.people[0].lon)] for p in self.parties])
        few = min(NEAR, len(self.pool))
        at, km = np.zeros((len(homes), few), np.int64), np.full((len(homes), few), np.inf)
        alike: dict[Any, list[int]] = defaultdict(list)
        fixed = np.full(len(self.parties), -1)
        fixed[self.party] = self.fixed
        for p, party in enumerate(self.parties):
            alike[frozenset.intersection(*(frozenset(x.pools) for x in party.people)), int(fixed[p])].append(p)
        region = np.array(self.region)
        for (pools, only), members in alike.items():
            open_to = np.array([pool in pools for pool in self.pool]) & ((region == only) if only >= 0 else True)
            those = np.flatnonzero(open_to)
            for mine in np.array_split(np.array(members), len(members) // CHUNK + 1):
                here = homes[mine]
                dot = _sphere(here[:, 0], here[:, 1]) @ self.point[those].T
                away = EARTH_KM * np.sqrt(np.maximum(2 - 2 * np.nan_to_num(dot, nan=1.0), 0))
                n = min(few, len(those))
                if n:
                    order = np.argsort(away, axis=1, kind="stable")[:, :n] if n == len(those) else _least(away, n)
                    at[mine, :n] = those[order]
                    km[mine, :n] = np.take_along_axis(away, order, axis=1)
        return at, km

    def solved(self) -> Array:
        """Solve the flow; return the region of each bundle. Who stays out goes to the nearest region that may."""
        rules, count, kinds = self.rules, len(self.pool), len(self.kinds)
        at, km = self._near()
        sources, seats = len(self.bundles), len(self.bundles) + count
        sink = seats + kinds * count
        supply = np.array([len(bundle) for bundle in self.bundles], np.int64)
        tails, heads, costs = [], [], []
        change = self._change(at)
        for kind, able in self._able():
            near = NEAR if kind == GENERAL else NEARER
            mine = np.flatnonzero(able[self.party])
            p = self.party[mine]
            here, away = at[p, :near], rules.home_km * km[p, :near] + change[p, :near]
            ok = np.isfinite(away)
            tails.append(np.repeat(mine, here.shape[1])[ok.ravel()])
            node = here + (sources if kind == GENERAL else seats + self.kinds[kind] * count)
            heads.append(node[ok])
            costs.append(away[ok])
        caps = [supply[tail] for tail in tails]
        locked = np.array([next((x.lock for x in party.people if x.lock >= 0), -1) for party in self.parties])
        row, where = np.nonzero(self.seats)
        worth = np.array([rules.leader, *[rules.skill] * (kinds - 1)])
        tails += [seats + row * count + where]
        heads += [sources + where]
        caps += [self.seats[row, where]]
        costs += [-worth[row]]
        for room, price in self.steps:
            tails.append(sources + np.arange(count))
            heads.append(np.full(count, sink))
            caps.append(room)
            costs.append(np.full(count, price))
        tails.append(np.arange(sources))
        heads.append(np.full(sources, sink))
        caps.append(supply)
        costs.append(np.full(sources, min(rules.unplaced, 1e4)))
        tail, head, cap, cost = (np.concatenate(x) for x in (tails, heads, caps, costs))
        flow = min_cost_flow.SimpleMinCostFlow()
        flow.add_arcs_with_capacity_and_unit_cost(tail, head, cap, np.round(SCALE * cost).astype(np.int64))
        flow.set_nodes_supplies(np.arange(sources), supply)
        flow.set_node_supply(sink, -int(supply.sum()))
        if flow.solve() != flow.OPTIMAL:
            raise RuntimeError("min-cost flow did not end with an optimum")
        flows = np.asarray(flow.flows(np.arange(len(tail))))
        self.network = tail, head, cap, np.round(SCALE * cost).astype(np.int64), flows, sink
        arcs = int(sum(len(x) for x in tails[: -len(self.steps) - 2]))
        used = flows[:arcs]
        region, own = np.array(self.region), (head[:arcs] - sources) % count
        best = np.where(np.isfinite(km[:, 0]), region[at[:, 0]], 0)[self.party]
        order = np.argsort(used, kind="stable")  # the cluster that takes most of a bundle comes last
        order = order[used[order] > 0]
        best[tail[order]] = region[own[order]]
        best = np.where(self.fixed >= 0, self.fixed, best)
        bound = locked[self.party]
        return np.asarray(np.where(bound >= 0, self.regions.team[bound], best))

    def prices(self) -> dict[Key, Array]:
        """Return what seats are worth by the flow that was solved: the same for all teams of a cluster."""
        *network, sink = self.network
        price = node_prices(*network, sink + 1) / SCALE
        count = len(self.pool)
        price -= price[sink]
        size = price[len(self.bundles) : len(self.bundles) + count]
        seat = price[len(self.bundles) + count : sink].reshape(len(self.kinds), count) - size
        found: dict[Key, Array] = {("size",): size[self.cluster]}
        for kind, n in self.kinds.items():
            found[("leader",) if kind == LEADER else ("skill", kind)] = seat[n][self.cluster]
        return found

    def _able(self) -> list[tuple[str, Array]]:
        """Return for each kind of seat which parties have someone for it."""
        found = [(GENERAL, np.ones(len(self.parties), bool))]
        for kind in self.kinds:
            found.append((kind, np.array([
                any(x.can_lead if kind == LEADER else any(skill == kind for skill, _ in x.skills) for x in party.people)
                for party in self.parties
            ], bool)))  # fmt: skip
        return found

    def _change(self, at: Array) -> Array:
        """Return what leaving the cluster of the running plan costs."""
        running = np.array([max(x.running for x in party.people) for party in self.parties])
        own = np.where(running >= 0, self.cluster[running], -1)
        return np.where((own[:, None] >= 0) & (own[:, None] != at), self.rules.change, 0.0)


def _halved(teams: Array, lat: Array, lon: Array) -> list[Array]:
    """Halve teams along their longer side until at most CLUSTER are together."""
    if len(teams) <= CLUSTER:
        return [teams]
    wide = np.ptp(lon[teams]) * np.cos(np.radians(float(lat[teams].mean())))
    order = teams[np.argsort(lon[teams] if wide > np.ptp(lat[teams]) else lat[teams], kind="stable")]
    middle = len(order) // 2
    return [*_halved(order[:middle], lat, lon), *_halved(order[middle:], lat, lon)]


def _least(values: Array, few: int) -> Array:
    """Return the columns of the `few` least values of each row, in rising order."""
    some = np.argpartition(values, few - 1, axis=1)[:, :few]
    return np.take_along_axis(some, np.argsort(np.take_along_axis(values, some, axis=1), axis=1, kind="stable"), axis=1)


def _sphere(lat: Array, lon: Array) -> Array:
    a, b = np.radians(np.asarray(lat, np.float64)), np.radians(np.asarray(lon, np.float64))
    return np.stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)], axis=1)
