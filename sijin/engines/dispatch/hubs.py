"""The formation as a programme over hubs, for the rules that make a network: seats, skills, sizes, city staff.

Officials who live at one point and are of one kind are interchangeable, so hubs (pool, home, rules of counts, seat)
stand between officials and teams instead of an arc for each pair; only a running plan or a lock gives an official arcs
of their own.
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
from sijin.engines.dispatch.faults import bundles
from sijin.engines.dispatch.parties import GENERAL, LEADER, sizes
from sijin.engines.dispatch.problem import CITY_STAFF, EXPERT, Problem
from sijin.engines.dispatch.seats import FIRM
from sijin.engines.distances import kilometres
from sijin.engines.milp import INF

COLUMNS = 150_000  # hub-seat columns up to which all are held at once
SHARED = 4  # people to a home and kind for which hubs are quicker under rules of grades and ties
TIED = 30  # people apart or together up to which they are
NEAREST = 30  # teams that a hub begins with when they are not
Array = NDArray[Any]
Pool = tuple[str, str, str]
Counts = tuple[str, ...]  # the rules of counts for which somebody counts
Hub = tuple[Pool, float | None, float | None, Counts, str]  # pool, home, rules of counts, seat
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
        self.rule: dict[int, str] = {}  # column of a bent rule → rule
        self.ties: dict[tuple[Any, ...], int] = {}  # rows that keep people apart or together in a team
        self.together = bundles(problem)
        self._teams()
        self._officials()
        self.index()

    def _teams(self) -> None:
        """One row per leader's seat, wanted skill, size and quota, with the price of bending each."""
        rows, rules, price_of = self.rows, self.rules, self._price
        self.seats: dict[Seat, int] = {}
        self.size: list[int] = []
        self.counts: list[dict[str, int]] = []  # by team: the rows of its rules of counts
        for t, (size, level) in enumerate(zip(sizes(self.problem), self.teams["level"], strict=True)):
            for rule, skill in [("leader", LEADER), *(("skills", skill) for skill in sorted(self.wanted[t]))]:
                self.seats[t, skill] = rows.row(1, 1)
                price = price_of(rule, rules.leader if skill == LEADER else rules.skill)
                self._bend(rule, rows.column(price, [(self.seats[t, skill], 1.0)], hi=1), t)
            self.size.append(rows.row(size, size))
            least, most = min(rules.size_min, size), max(rules.size_max, size)
            below = price_of("size", 2 * rules.seat)
            for price, sign, room in (
                (rules.seat, 1.0, size - least),
                (below, 1.0, least),
                (rules.seat, -1.0, most - size),
            ):
                self._bend("size", rows.column(price, [(self.size[t], sign)], hi=room), t)
            own: dict[str, int] = {}
            if level == "city" and rules.city_share > 0:  # counted in whole people: shares would be met in halves
                most_county = math.floor((1 - rules.city_share) * size + 1e-9)
                own["quota"] = self._count("city_share", t, -INF, most_county, rules.quota)
            if rules.senior_least > 0:
                own["senior"] = self._count("senior", t, rules.senior_least, INF, rules.senior)
            if rules.junior_most is not None:
                own["junior"] = self._count("junior", t, -INF, rules.junior_most, rules.junior)
            self.counts.append(own)

    def _price(self, rule: str, price: float) -> float:
        return FIRM if rule in self.rules.hard else price

    def _bend(self, rule: str, column: int, team: int) -> None:
        """Note a column that bends a rule of a team."""
        self.bends[column], self.rule[column] = team, rule

    def _count(self, rule: str, team: int, lo: float, hi: float, price: float) -> int:
        """Add a row that counts people of a team, with the price of each that is missing or too many."""
        row = self.rows.row(lo, hi)
        column = self.rows.column(self._price(rule, price), [(row, 1.0 if lo > -INF else -1.0)])
        self._bend(rule, column, team)
        return row

    def _tied(self, name: str, team: int) -> list[tuple[int, float]]:
        """Return the rows of `team` that keep an official apart from some and together with others."""
        found: list[tuple[int, float]] = []
        for n, group in enumerate(self.problem.ties.apart):
            if name in group:
                if ("apart", n, team) not in self.ties:
                    self.ties["apart", n, team] = self._count("apart", team, -INF, 1, self.rules.apart)
                found.append((self.ties["apart", n, team], 1.0))
        for n, group in enumerate(self.together):  # as many of the first as of each other
            for other in group[1:] if name == group[0] else [name] if name in group else []:
                key = ("together", n, team, other)
                if key not in self.ties:
                    self.ties[key] = self.rows.row(0, 0)
                found.append((self.ties[key], 1.0 if name == group[0] else -1.0))
        return found

    def clash(self, values: Array) -> dict[str, float]:
        """Return by how much hard rules are bent, by rule."""
        found: dict[str, float] = defaultdict(float)
        for column in np.flatnonzero((values > 1e-6) & (np.array(self.rows.cost[: len(values)]) >= FIRM)).tolist():
            found[self.rule.get(column, "placed")] += float(values[column])
        return dict(found)

    def _entries(self, seat: Seat, counts: Counts) -> list[tuple[int, float]]:
        team, kind = seat
        entries = [(self.size[team], 1.0)]
        if kind != GENERAL:
            entries.append((self.seats[seat], 1.0))
        own = self.counts[team]
        return entries + [(own[rule], 1.0) for rule in counts if rule in own]

    def _officials(self) -> None:
        rows = self.rows
        hubs: dict[Hub, int] = {}
        leaders, tied = self.previous.leaders, tied_people(self.problem)
        graded = self.rules.senior_least > 0 or self.rules.junior_most is not None
        columns = self.officials.select(
            "official", "level", "lat", "lon", "skills", "can_lead", "grade", "skill_levels"
        )
        for n, (name, level, lat, lon, skills, can_lead, grade, known) in enumerate(columns.iter_rows()):
            own = rows.row(1, 1)
            counts = (*(() if level in CITY_STAFF else ("quota",)), *((grade,) if graded and grade else ()))
            kinds = [*([LEADER] if can_lead else []), *sorted(set(skills)), GENERAL]
            levels = dict(zip(skills, known or [EXPERT] * len(skills), strict=True))
            short = {kind: self.rules.novice * (EXPERT - levels.get(kind, EXPERT)) for kind in kinds}
            if name in self.locks.officials:
                for kind in kinds:
                    self._arc(n, own, (self.numbers[self.locks.officials[name]], kind), (lat, lon), counts, short[kind])
                continue
            self.left[rows.column(self._price("placed", self.rules.unplaced), [(own, 1.0)], hi=1)] = n
            running = self.numbers.get(self.previous.officials.get(name, ""))
            price = self.rules.change if running is not None else 0.0
            if name in tied:
                for team in sorted({team for pool in self.pools.of_official(n) for team in self.pools.teams[pool]}):
                    for kind in kinds:
                        switched = team == running and bool(leaders) and (kind == LEADER) != (name in leaders)
                        moved = running is not None and team != running
                        cost = self.rules.change * (switched or moved) + short[kind]
                        self._arc(n, own, (team, kind), (lat, lon), counts, cost)
                continue
            for pool in self.pools.of_official(n):
                if running in self.pools.teams[pool]:
                    for kind in kinds:
                        changed = bool(leaders) and (kind == LEADER) != (name in leaders)
                        self._arc(n, own, (running, kind), (lat, lon), counts, price * changed + short[kind])
                for kind in kinds:
                    hub: Hub = (pool, lat, lon, counts, kind)
                    if hub not in hubs:
                        hubs[hub] = rows.row(0, 0)
                    column = rows.column(price + short[kind], [(own, 1.0), (hubs[hub], -1.0)], hi=1, whole=True)
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
        self, n: int, own: int, seat: Seat, home: tuple[float | None, float | None], counts: Counts, price: float
    ) -> None:
        if seat[1] == GENERAL or seat in self.seats:
            cost = price + self.rules.home_km * float(self._km(*home)[seat[0]])
            entries = [(own, 1.0), *self._entries(seat, counts), *self._tied(self.officials["official"][n], seat[0])]
            column = self.rows.column(cost, entries, hi=1, whole=True)
            self.direct[column] = (n, seat)

    def _open(self, hub: Hub, teams: Array) -> None:
        """Add the columns from `hub` to its seat in each of `teams`."""
        _, lat, lon, counts, kind = hub
        km, row = self._km(lat, lon), self.hubs[hub]
        self.open[hub] = np.setdiff1d(self.open[hub], teams, assume_unique=True)
        most = float(self.rules.size_max) if kind == GENERAL else 1.0
        for team in teams.tolist():
            entries = [(row, 1.0), *self._entries((team, kind), counts)]
            column = self.rows.column(self.rules.home_km * float(km[team]), entries, hi=most, whole=True)
            self.to_seat[column] = (hub, (team, kind))

    def grow(self, duals: Array) -> float:
        """Add the columns that would better the relaxation; return the least reduced cost of those left out before."""
        least, worth = 0.0, {}
        for hub, teams in self.open.items():
            if not len(teams):
                continue
            _, lat, lon, counts, kind = hub
            earned = np.array(
                [sum(duals[row] * value for row, value in self._entries((t, kind), counts)) for t in teams.tolist()]
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


def network_of(problem: Problem) -> bool:
    """Say whether hubs are quicker: the rules make a network, or nearly one and people share their homes."""
    rules, ties = problem.rules, problem.ties
    if rules.unit_most is not None or rules.on or ties.units_apart:
        return False
    tied = len(tied_people(problem))
    if rules.senior_least == 0 and rules.junior_most is None and not (tied or rules.hard or rules.novice):
        return True
    homes = problem.table("officials").select("lat", "lon", "level", "grade").unique().height
    return tied <= TIED and homes * SHARED <= problem.table("officials").height


def tied_people(problem: Problem) -> set[str]:
    """Return the officials whom ties keep apart or together."""
    return {name for group in problem.ties.apart for name in group} | {
        name for group in bundles(problem) for name in group
    }


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
