"""The joint bound of a formation that was solved in parts: every party priced against every team of every region.

For any prices of the teams' rows, what the rows are worth plus what each party would cost at its best team is a bound
on the whole formation (Lagrangian relaxation of the rows); `climb` looks for the prices. Rules about units and people
apart have the price nought here, which can only lower the bound.
"""

import copy
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from sijin.engines.dispatch.columns import Key
from sijin.engines.dispatch.halves import halved, sphere, tree
from sijin.engines.dispatch.parties import GENERAL, LEADER, Array, Party, sizes
from sijin.engines.dispatch.problem import EXPERT, Problem
from sijin.engines.dispatch.seats import FIRM, Seating
from sijin.engines.distances import EARTH_KM
from sijin.engines.milp import INF

ROOM = 64  # teams noted for a party
SPARSE = 4  # teams taken together for each party that stands for several
LEAST = 2_000  # parties that are looked at in any case
MARGIN = 1.5  # beyond its best team, up to which a party's teams are noted
REACH = 7.0  # and as many times the temperature
NOWHERE = -1e15  # the price of a kind of seat that a team has not
MORE = "*generals"  # the seat of a second general among people who stay together
PARTS = 8  # in which parties are priced; fixed, so that sums do not depend on the number of threads
Prices = dict[Key, Array]


class Joint:
    """All parties and all teams of a problem, laid out for the compiled loops.

    Parties' people are from first[p] to first[p + 1] in ``home, group, leads, running``; their ways to sit, one kind of
    seat after the other, from ways[p] to ways[p + 1] in ``way, novice``. ``many`` bundles are alike; leaving one out
    costs ``out``; ``pools_of`` are the pools of teams that may take it, ``locked`` the one team that must.
    """

    first: Array
    home: Array
    group: Array
    leads: Array
    running: Array
    ways: Array
    way: Array
    novice: Array
    many: Array
    out: Array
    pools_of: Array
    locked: Array

    def __init__(
        self, problem: Problem, parties: list[Party], wanted: list[list[str]], base: tuple[Array, Array]
    ) -> None:
        rules, teams = problem.rules, problem.table("teams")
        self.rules, self.count = rules, len(teams)
        self.size = np.array(sizes(problem), np.float64)
        skills = sorted({skill for own in wanted for skill in own})
        more = [MORE] if any(len(party.people) > 1 for party in parties) else []
        self.kinds = {kind: n for n, kind in enumerate([LEADER, *skills, GENERAL, *more])}
        self.names = list(self.kinds)
        self.priced = [n for n, kind in enumerate(self.names) if kind not in (GENERAL, MORE)]  # seats that are wanted
        self._teams(teams.select("level", "unit").rows(), wanted, base)
        self._rows(teams["level"].to_list())
        self._parties(parties)
        self._lay()

    def _teams(self, rows: list[tuple[Any, ...]], wanted: list[list[str]], base: tuple[Array, Array]) -> None:
        self.pools: dict[tuple[str, str, str], int] = {}
        self.pool_of = np.empty(self.count, np.int64)
        for t, (level, unit) in enumerate(rows):
            key = ("unit" if unit else "level", "province" if level == "province" else "local", unit or "")
            self.pool_of[t] = self.pools.setdefault(key, len(self.pools))
        self.seats = np.zeros((self.count, len(self.kinds)))
        self.seats[:, [self.kinds[kind] for kind in (LEADER, GENERAL, MORE) if kind in self.kinds]] = 1.0
        for t, own in enumerate(wanted):
            self.seats[t, [self.kinds[skill] for skill in own]] = 1.0
        self.base = base

    def _lay(self) -> None:
        """Order the teams by the tree."""
        self.span, self.order = tree(*self.base)
        self.place = np.empty(self.count, np.int64)
        self.place[self.order] = np.arange(self.count)
        self.at = np.ascontiguousarray(sphere(*self.base)[self.order])
        self.middle, self.radius = np.empty((len(self.span), 3)), np.empty(len(self.span))
        for k, (begin, end) in enumerate(self.span):
            middle = self.at[begin:end].mean(axis=0)
            self.middle[k] = middle / max(float(np.linalg.norm(middle)), 1e-12)
            away = np.linalg.norm(self.at[begin:end] - self.middle[k], axis=1).max()
            self.radius[k] = 2 * EARTH_KM * np.arcsin(min(away / 2, 1.0)) + 1e-3
        self.pool = self.pool_of[self.order]
        self.lock = np.where(self.locked >= 0, self.place[self.locked], -1)
        self.run = np.where(self.running >= 0, self.place[self.running], -1)
        self.where = np.full(len(self.many), -1)

    def coarser(self, width: int) -> tuple["Joint", Array]:
        """Return the same with up to `width` teams that lie together made one, and which one each team is in.

        Of the parties every so many stand for all.
        """
        lat, lon = self.base
        member = np.empty(self.count, np.int64)
        count = 0
        for pool in range(len(self.pools)):
            for own in halved(np.flatnonzero(self.pool_of == pool), lat, lon, width):
                member[own] = count
                count += 1

        def summed(values: Array) -> Array:
            return np.bincount(member, values, count)

        made = copy.copy(self)
        held = summed(np.ones(self.count))
        made.count, made.base = count, (summed(lat) / held, summed(lon) / held)
        made.pool_of = np.zeros(count, np.int64)
        made.pool_of[member] = self.pool_of
        made.seats = np.stack([summed(column) for column in self.seats.T], axis=1)
        made.tight = summed(self.tight) == held
        made.size, made.low, made.high = summed(self.size), summed(self.low), summed(self.high)
        made.counts = {
            key: (sign, summed(limit), summed(most) / held) for key, (sign, limit, most) in self.counts.items()
        }
        made.locked = np.where(self.locked >= 0, member[self.locked], -1)
        made.running = np.where(self.running >= 0, member[self.running], -1)
        every = max(1, min(width // SPARSE, len(self.many) // LEAST))
        made._some(np.arange(0, len(self.many), every))
        made._lay()
        return made, member

    def _some(self, kept: Array) -> None:
        """Let the parties `kept` stand for all."""
        if len(kept) == len(self.many):
            return
        heads = np.diff(self.first)
        before = float((self.many * heads).sum())
        people = _runs(self.first, kept)
        seats = _runs(self.ways, kept)
        self.first = np.append(0, np.cumsum(heads[kept]))
        self.ways = np.append(0, np.cumsum(np.diff(self.ways)[kept]))
        self.home, self.group, self.leads, self.running = (
            own[people] for own in (self.home, self.group, self.leads, self.running)
        )
        self.way, self.novice = self.way[seats], self.novice[seats]
        self.locked, self.pools_of, self.out = self.locked[kept], self.pools_of[kept], self.out[kept]
        self.many = self.many[kept] * before / float((self.many[kept] * heads[kept]).sum())
        self.parts = np.linspace(0, len(kept), PARTS + 1).astype(np.int64)

    def _rows(self, levels: list[str]) -> None:
        """Note the rules of counts: sign, limit per team, price of bending, who counts."""
        rules, count = self.rules, self.count

        def hard(rule: str, price: float) -> float:
            return max(price, FIRM) if rule in rules.hard else price

        city = np.array([level == "city" for level in levels], bool)
        self.counts: dict[Key, tuple[float, Array, Array]] = {}
        if rules.city_share > 0 and city.any():
            limit = np.floor((1 - rules.city_share) * self.size + 1e-9)
            self.counts["quota",] = (1.0, limit, np.where(city, hard("city_share", rules.quota), 0.0))
        if rules.senior_least > 0:
            self.counts["senior",] = (
                -1.0, np.full(count, float(rules.senior_least)), np.full(count, hard("senior", rules.senior))
            )  # fmt: skip
        if rules.junior_most is not None:
            self.counts["junior",] = (
                1.0, np.full(count, float(rules.junior_most)), np.full(count, hard("junior", rules.junior))
            )  # fmt: skip
        seat = {kind: hard("skills", rules.skill) for kind in self.kinds}
        seat[LEADER] = hard("leader", rules.leader)
        self.worth = np.array([seat[kind] for kind in self.kinds])
        self.below = hard("size", 2 * rules.seat)
        self.low = np.minimum(rules.size_min, self.size)
        self.high = np.maximum(rules.size_max, self.size)
        self.tight = self.seats[:, self.priced].sum(axis=1) + 1 >= self.high  # a second general costs a wanted seat

    def _parties(self, parties: list[Party]) -> None:
        rules = self.rules
        price = FIRM if "placed" in rules.hard else rules.unplaced
        groups: dict[tuple[Key, ...], int] = {}
        known: dict[Any, list[tuple[str, ...]]] = {}
        at, group, pools, lock, run, leads = [], [], [], [], [], []
        way: list[int] = []
        novice: list[float] = []
        first, ways, many, out = [0], [0], [], []
        for party in parties:
            for person in party.people:
                keys: list[Key] = [] if person.city else [("quota",)]
                keys += [(person.grade,)] if person.grade else []
                group.append(groups.setdefault(tuple(k for k in keys if k in self.counts), len(groups)))
                at.append((person.lat, person.lon))
                run.append(person.running)
                leads.append(-1 if person.leads is None else int(person.leads))
            first.append(len(at))
            locks = [person.lock for person in party.people if person.lock >= 0]
            lock.append(locks[0] if locks else -1)
            open_to = set.intersection(*({self.pools.get(p, -1) for p in person.pools} for person in party.people))
            both = sorted(n for n in open_to if n >= 0)[:2]
            pools.append([*both, *[-1] * (2 - len(both))])
            able = tuple((person.can_lead, person.skills) for person in party.people)
            if able not in known:
                known[able] = Seating._kinds(party)
            for kinds in known[able]:
                way += [
                    self.kinds[MORE if kind == GENERAL and GENERAL in kinds[:n] else kind]
                    for n, kind in enumerate(kinds)
                ]
                novice += [
                    rules.novice * (EXPERT - dict(person.skills).get(kind, EXPERT))
                    for person, kind in zip(party.people, kinds, strict=True)
                ]
            ways.append(len(way))
            many.append(float(len(party.bundles)))
            out.append(np.inf if locks else price * len(party.people))
        self.first, self.group, self.locked = (np.array(x, np.int64) for x in (first, group, lock))
        self.pools_of, self.running, self.leads = (
            np.array(pools, np.int64).reshape(-1, 2),
            np.array(run, np.int64),
            np.array(leads, np.int64),
        )
        self.ways, self.way, self.novice = np.array(ways), np.array(way, np.int64), np.array(novice)
        self.many, self.out = np.array(many), np.array(out)
        lat, lon = (np.array([x[n] for x in at], np.float64) for n in (0, 1))
        unknown = np.isnan(lat)
        self.home = sphere(np.where(unknown, 0.0, lat), np.where(unknown, 0.0, lon))
        self.home[unknown] = 0.0
        self.groups = list(groups)
        self.parts = np.linspace(0, len(many), PARTS + 1).astype(np.int64)

    # prices

    def laid(self, prices: Prices) -> tuple[Array, Array]:
        """Return the price per team and group of people, and per team and kind of seat, in the order of the tiles."""
        size = prices["size",]
        base = np.stack(
            [size + sum((prices[key] for key in keys), np.zeros(self.count)) for keys in self.groups], axis=1
        )
        kind = np.stack([prices[row_of(k)] if k != GENERAL else np.zeros(self.count) for k in self.kinds], axis=1)
        kind = np.where(self.seats > 0, kind, NOWHERE)
        return np.ascontiguousarray(base[self.order]), np.ascontiguousarray(kind[self.order])

    def clipped(self, prices: Prices) -> Prices:
        """Return prices for all rows, within what bending them costs."""
        nought = np.zeros(self.count)
        found: Prices = {("size",): np.clip(prices.get(("size",), nought), -FIRM, self.below)}
        spare = np.where(self.tight, FIRM + found["size",], 0.0)  # what bending a wanted seat costs beyond its price
        for n in self.priced:
            key, held = row_of(self.names[n]), self.seats[:, n] > 0
            found[key] = np.minimum(np.where(held, prices.get(key, nought), 0.0), self.worth[n])
            spare = np.minimum(spare, np.where(held, self.worth[n] - found[key], INF))
        if MORE in self.kinds:
            found[row_of(MORE)] = -spare  # the lower, the more it proves
        for key, (sign, _, most) in self.counts.items():
            found[key] = -sign * np.clip(-sign * prices.get(key, nought), 0.0, most)
        return found

    def rows_worth(self, prices: Prices) -> float:
        """Return what the rows are worth at these prices, ways out of them among it."""
        size, price = self.size, prices["size",]
        total = size * price + (size - self.low) * np.minimum(0, self.rules.seat - price)
        total += self.low * np.minimum(0, self.below - price) + (self.high - size) * np.minimum(
            0, self.rules.seat + price
        )
        value = float(total.sum())
        for n in self.priced:
            value += float((prices[row_of(self.names[n])] * self.seats[:, n]).sum())
        for key, (_, limit, most) in self.counts.items():
            value += float((prices[key] * np.where(most > 0, limit, 0.0)).sum())
        return value

    def bound(self, prices: Prices) -> float:
        """Return the bound that `prices` (clipped) prove; note each party's best team and its reduced cost there."""
        base, kind = self.laid(prices)
        self.best = np.empty(len(self.many))
        self.each(lambda a, b: loops().price(a, b, *self._posed(base, kind), self.best, self.where))
        return self.rows_worth(prices) + float((self.many * np.minimum(self.best, self.out)).sum())

    def _posed(self, base: Array, kind: Array) -> Any:
        return (
            self.first, self.home, self.group, self.pools_of, self.lock, self.ways, self.way, self.novice, self.run,
            self.leads, self.rules.home_km, self.rules.change, self.at, self.pool, self.span, self.middle, self.radius,
            base, kind, self._highest(base), self._highest(kind),
        )  # fmt: skip

    def _highest(self, prices: Array) -> Array:
        """Return the highest prices of each node of the tree."""
        found = np.empty((len(self.span), prices.shape[1]))
        leaves = len(self.span) // 2
        found[leaves:] = np.maximum.reduceat(prices, self.span[leaves:, 0])
        while leaves:
            above = leaves // 2
            found[above:leaves] = np.maximum(
                found[2 * above + 1 : 2 * leaves : 2], found[2 * above + 2 : 2 * leaves + 1 : 2]
            )
            leaves = above
        return found

    def each(self, do: Callable[[int, int], Any]) -> list[Any]:
        """Do something for every part of the parties, on two threads; the loops hold no lock."""
        with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            return list(pool.map(do, self.parts[:-1].tolist(), self.parts[1:].tolist()))

    def noted(self, prices: Prices, margin: float) -> tuple[Array, Array, Array]:
        """Return for each party the teams within `margin` of its best one, what stands there, and how many."""
        base, kind = self.laid(prices)
        count = len(self.many)
        team, cost = np.zeros((count, ROOM), np.int32), np.zeros((count, ROOM), np.float32)
        held = np.zeros(count, np.int32)
        self.each(
            lambda a, b: loops().collect(a, b, *self._posed(base, kind), self.best, margin, team, cost, held)
        )  # fmt: skip
        return team, cost, held


def _runs(starts: Array, kept: Array) -> Array:
    """Return the positions from starts[k] to starts[k + 1] for all k of `kept`, one after the other."""
    lengths = starts[kept + 1] - starts[kept]
    shift = starts[kept] - np.concatenate(([0], np.cumsum(lengths)[:-1]))
    return np.repeat(shift, lengths) + np.arange(int(lengths.sum()))


def loops() -> Any:
    """Return the compiled loops; they are made, or fetched from the disk, when they are first called."""
    from sijin.engines.dispatch import auction

    return auction


def row_of(kind: str) -> Key:
    """Return the row of a kind of seat."""
    return {LEADER: ("leader",), MORE: ("general",)}.get(kind, ("skill", kind))
