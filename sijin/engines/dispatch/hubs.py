"""The formation as a programme over hubs, for the rules that make a network: seats, skills, sizes, city staff.

Officials who live at one point and are of one kind are interchangeable, so hubs (pool, home, counts as city staff,
seat) stand between officials and teams instead of an arc for each pair; only a running plan or a lock gives an official
arcs of their own.
"""

import math
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sijin.engines import milp
from sijin.engines.dispatch.problem import CITY_STAFF, Problem
from sijin.engines.dispatch.seats import GENERAL, LEADER, sizes
from sijin.engines.distances import kilometres
from sijin.engines.milp import INF

COLUMNS = 80_000  # hub-seat columns up to which all are held at once
NEAREST = 30  # teams that a hub begins with when they are not
Array = NDArray[Any]
Pool = tuple[str, str, str]
Hub = tuple[Pool, float | None, float | None, bool, str]  # pool, home, counts as city staff, seat
Seat = tuple[int, str]  # team position, LEADER | GENERAL | skill


@dataclass
class _Rows:
    """A programme under construction, column by column."""

    cost: list[float] = field(default_factory=list)
    hi: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    triplets: list[tuple[int, int, float]] = field(default_factory=list)
    row_lo: list[float] = field(default_factory=list)
    row_hi: list[float] = field(default_factory=list)

    def row(self, lo: float, hi: float) -> int:
        self.row_lo.append(lo)
        self.row_hi.append(hi)
        return len(self.row_lo) - 1

    def column(self, cost: float, entries: list[tuple[int, float]], hi: float = INF, whole: bool = False) -> int:
        self.cost.append(cost)
        self.hi.append(hi)
        self.whole.append(whole)
        column = len(self.cost) - 1
        self.triplets += [(row, column, value) for row, value in entries]
        return column

    def programme(self, whole: bool = True) -> milp.Programme:
        rows, cols, values = (np.array(part) for part in zip(*self.triplets, strict=True))
        return milp.Programme(
            np.array(self.cost, np.float64), rows, cols, values.astype(np.float64),
            np.array(self.row_lo), np.array(self.row_hi), np.zeros(len(self.cost)), np.array(self.hi),
            np.array(self.whole) if whole else None,
        )  # fmt: skip


class Hubs:
    """The programme and what its columns mean."""

    def __init__(
        self,
        problem: Problem,
        wanted: list[list[str]],
        base: tuple[Array, Array],
    ) -> None:
        self.problem, self.rules, self.rows = problem, problem.rules, _Rows()
        self.officials, self.teams = problem.table("officials"), problem.table("teams")
        self.base, self.locks, self.previous = base, problem.locked, problem.running
        self.numbers = {team: n for n, team in enumerate(self.teams["team"])}
        self.wanted = [set(skills) for skills in wanted]
        self.pools = _Pools(self.officials, self.teams)
        self.began = time.monotonic()
        self.to_hub: dict[int, tuple[int, Hub]] = {}  # column → official, hub
        self.to_seat: dict[int, tuple[Hub, Seat]] = {}  # column → hub, seat
        self.direct: dict[int, tuple[int, Seat]] = {}  # column → official, seat
        self.bends: dict[int, int] = {}  # column of a bent rule → team
        self.left: dict[int, int] = {}  # column of staying out → official
        self._teams()
        self._officials()
        self.index()

    def _teams(self) -> None:
        """One row per leader's seat, wanted skill, size and quota, with the price of bending each."""
        rows, rules = self.rows, self.rules
        self.seats: dict[Seat, int] = {}
        self.size: list[int] = []
        self.quota: list[int | None] = []
        for t, (size, level) in enumerate(zip(sizes(self.problem), self.teams["level"], strict=True)):
            for skill, price in [(LEADER, rules.leader), *((skill, rules.skill) for skill in sorted(self.wanted[t]))]:
                self.seats[t, skill] = rows.row(1, 1)
                self.bends[rows.column(price, [(self.seats[t, skill], 1.0)], hi=1)] = t
            self.size.append(rows.row(size, size))
            least, most = min(rules.size_min, size), max(rules.size_max, size)
            for price, sign, room in ((1, 1.0, size - least), (2, 1.0, least), (1, -1.0, most - size)):
                self.bends[rows.column(price * rules.seat, [(self.size[t], sign)], hi=room)] = t
            quota = None
            if level == "city" and rules.city_share > 0:  # counted in whole people: shares would be met in halves
                quota = rows.row(-INF, math.floor((1 - rules.city_share) * size + 1e-9))
                self.bends[rows.column(rules.quota, [(quota, -1.0)])] = t
            self.quota.append(quota)

    def _entries(self, seat: Seat, city_staff: bool) -> list[tuple[int, float]]:
        team, kind = seat
        entries = [(self.size[team], 1.0)]
        if kind != GENERAL:
            entries.append((self.seats[seat], 1.0))
        quota = self.quota[team]
        if quota is not None and not city_staff:
            entries.append((quota, 1.0))
        return entries

    def _officials(self) -> None:
        rows = self.rows
        hubs: dict[Hub, int] = {}
        leaders = self.previous.leaders
        columns = self.officials.select("official", "level", "lat", "lon", "skills", "can_lead")
        for n, (name, level, lat, lon, skills, can_lead) in enumerate(columns.iter_rows()):
            own = rows.row(1, 1)
            city_staff = level in CITY_STAFF
            kinds = [*([LEADER] if can_lead else []), *sorted(set(skills)), GENERAL]
            if name in self.locks.officials:
                for kind in kinds:
                    self._arc(n, own, (self.numbers[self.locks.officials[name]], kind), (lat, lon), city_staff, 0.0)
                continue
            self.left[rows.column(self.rules.unplaced, [(own, 1.0)], hi=1)] = n
            running = self.numbers.get(self.previous.officials.get(name, ""))
            price = self.rules.change if running is not None else 0.0
            for pool in self.pools.of_official(n):
                if running in self.pools.teams[pool]:
                    for kind in kinds:
                        changed = bool(leaders) and (kind == LEADER) != (name in leaders)
                        self._arc(n, own, (running, kind), (lat, lon), city_staff, price * changed)
                for kind in kinds:
                    hub: Hub = (pool, lat, lon, city_staff, kind)
                    if hub not in hubs:
                        hubs[hub] = rows.row(0, 0)
                    column = rows.column(price, [(own, 1.0), (hubs[hub], -1.0)], hi=1, whole=True)
                    self.to_hub[column] = (n, hub)
        self.hubs = hubs
        self.open: dict[Hub, Array] = {}
        for hub in hubs:
            pool, *_, kind = hub
            self.open[hub] = np.array(
                [t for t in self.pools.teams[pool] if kind == GENERAL or (t, kind) in self.seats], dtype=np.int64
            )
        self.priced_out = sum(map(len, self.open.values())) > COLUMNS
        for hub, teams in self.open.items():
            near = teams
            if self.priced_out and len(teams) > NEAREST:
                near = teams[np.argsort(self._km(hub[1], hub[2])[teams], kind="stable")[:NEAREST]]
            self._open(hub, near)

    def _arc(
        self, n: int, own: int, seat: Seat, home: tuple[float | None, float | None], city_staff: bool, price: float
    ) -> None:
        if seat[1] == GENERAL or seat in self.seats:
            cost = price + self.rules.home_km * float(self._km(*home)[seat[0]])
            column = self.rows.column(cost, [(own, 1.0), *self._entries(seat, city_staff)], hi=1, whole=True)
            self.direct[column] = (n, seat)

    def _open(self, hub: Hub, teams: Array) -> None:
        """Add the columns from `hub` to its seat in each of `teams`."""
        _, lat, lon, city_staff, kind = hub
        km, row = self._km(lat, lon), self.hubs[hub]
        self.open[hub] = np.setdiff1d(self.open[hub], teams, assume_unique=True)
        most = float(self.rules.size_max) if kind == GENERAL else 1.0
        for team in teams.tolist():
            entries = [(row, 1.0), *self._entries((team, kind), city_staff)]
            column = self.rows.column(self.rules.home_km * float(km[team]), entries, hi=most, whole=True)
            self.to_seat[column] = (hub, (team, kind))

    def grow(self, duals: Array) -> float:
        """Add the columns that would better the relaxation; return the least reduced cost of those left out before."""
        least, worth = 0.0, {}
        for hub, teams in self.open.items():
            if not len(teams):
                continue
            _, lat, lon, city_staff, kind = hub
            earned = np.array(
                [sum(duals[row] * value for row, value in self._entries((t, kind), city_staff)) for t in teams.tolist()]
            )
            reduced = self.rules.home_km * self._km(lat, lon)[teams] - duals[self.hubs[hub]] - earned
            least = min(least, float(reduced.min()))
            worth[hub] = teams[reduced < -1e-7]
        for hub, teams in worth.items():
            self._open(hub, teams)
        self.index()
        return least

    def index(self) -> None:
        """Note for each column its team and its official (-1 for none) and whether it must be whole."""
        count = len(self.rows.cost)
        self.team, self.official = np.full(count, -1), np.full(count, -1)
        self.hub = np.full(count, -1)
        self.whole = np.array(self.rows.whole)
        for column, (n, hub) in self.to_hub.items():
            self.official[column], self.hub[column] = n, self.hubs[hub]
        for column, (hub, seat) in self.to_seat.items():
            self.team[column], self.hub[column] = seat[0], self.hubs[hub]
        for column, (n, seat) in self.direct.items():
            self.official[column], self.team[column] = n, seat[0]
        for column, t in self.bends.items():
            self.team[column] = t
        for column, n in self.left.items():
            self.official[column] = n

    def touched(self, values: Array, split: NDArray[np.bool_], teams: Array) -> Array:
        """Return the officials that a part of `values` is undecided about, or who sit in `teams`, or nowhere."""
        seated = np.isin(self.team, teams) & (values > 1e-6)
        hubs = np.unique(self.hub[(seated | split) & (self.hub >= 0)])
        mine = (np.isin(self.hub, hubs) & (self.official >= 0) & (values > 1e-6)) | (
            (self.official >= 0) & (seated | split)
        )
        left = np.isin(np.arange(len(values)), list(self.left)) & (values > 1e-6)
        return np.unique(self.official[mine | left])

    def free(self, teams: Array, people: Array) -> NDArray[np.bool_]:
        """Return the columns that `teams` and `people` decide together."""
        of_team, of_person = np.isin(self.team, teams), np.isin(self.official, people)
        return (of_team & (self.official < 0)) | (of_person & (self.team < 0)) | (of_team & of_person)

    def around(self, centre: int, count: int) -> Array:
        """Return the `count` teams nearest to `centre`, itself among them."""
        km = kilometres(self.base[0][centre], self.base[1][centre], self.base[0], self.base[1])
        return np.argsort(km, kind="stable")[:count]

    def wider(self, teams: Array) -> Array:
        """Return `teams` with their neighbours."""
        if not len(teams):
            return np.arange(len(self.teams))
        return np.unique(np.concatenate([self.around(int(t), 4) for t in teams]))

    def _km(self, lat: float | None, lon: float | None) -> Array:
        """Return the kilometres from a home to every base; an unknown home is near to all."""
        if lat is None or lon is None:
            return np.zeros(len(self.teams))
        return kilometres(lat, lon, self.base[0], self.base[1])

    def read(self, values: Array) -> dict[int, Seat]:
        """Turn column values into seats: the officials of a hub take its seats in the order of the tables."""
        waiting: dict[Hub, list[int]] = defaultdict(list)
        seats: dict[Hub, list[Seat]] = defaultdict(list)
        found = {n: seat for column, (n, seat) in self.direct.items() if values[column] > 0.5}
        for column, (n, hub) in self.to_hub.items():
            if values[column] > 0.5:
                waiting[hub].append(n)
        for column, (hub, seat) in self.to_seat.items():
            seats[hub] += [seat] * round(values[column])
        for hub, officials in waiting.items():
            found |= dict(zip(sorted(officials), sorted(seats[hub]), strict=True))
        return found


class _Pools:
    """Which teams an official may go to: the teams of their own unit, and those of their level that name no unit."""

    def __init__(self, officials: pl.DataFrame, teams: pl.DataFrame) -> None:
        self.teams: dict[Pool, list[int]] = defaultdict(list)
        for t, (level, unit) in enumerate(teams.select("level", "unit").iter_rows()):
            group = "province" if level == "province" else "local"
            self.teams["unit" if unit else "level", group, unit or ""].append(t)
        self.people = [
            ("province" if level == "province" else "local", unit)
            for level, unit in officials.select("level", "unit").iter_rows()
        ]

    def of_official(self, n: int) -> list[Pool]:
        """Return the keys of the pools that official `n` belongs to."""
        group, unit = self.people[n]
        return [pool for pool in (("unit", group, unit), ("level", group, "")) if pool in self.teams]
