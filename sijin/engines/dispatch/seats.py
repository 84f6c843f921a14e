"""The formation as a programme: what its rows and columns mean, and how its values become seats.

Officials who are alike — same home, skills, level, grade, place in the running plan — are one party, and a column
sends some of them to one kind of seat of one team; people who stay together are a party that takes all its seats by
one column. Every rule is a row of counts with a priced way out, so that there is always an answer.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sijin.engines import milp
from sijin.engines.dispatch.columns import Blocks, Key, Rows, Side
from sijin.engines.dispatch.parties import GENERAL, LEADER, Array, Party, Person, Seat, parties_of, sizes
from sijin.engines.dispatch.problem import EXPERT, Problem
from sijin.engines.distances import kilometres
from sijin.engines.milp import INF

BEST = 12  # seats that a party opens at a time, at least
ROOM = 4_000  # seats that all parties that ask for more open at a time, if that is more
FIRM = 1e5  # what bending a hard rule, or a limit that has no price, costs in the search


@dataclass
class Choice:
    """One way for a party to sit: its kinds of seats, the rows it counts in, cost per team, teams not opened."""

    combo: int
    keys: Counter[Key]
    cost: Array
    teams: Array


class Seating:
    """The programme and what its columns mean.

    Columns with ``party >= 0`` seat people (or, with ``team == -1``, leave them out); the others bend a rule of
    ``team`` and name it in ``bends``.
    """

    def __init__(
        self, problem: Problem, wanted: list[list[str]], base: tuple[Array, Array], also: Collection[str] = (),
        maybe: list[set[str]] | None = None,
    ) -> None:  # fmt: skip
        """Lay out rows and people; skills that are wanted nowhere count only when they are named in ``also``.

        ``maybe`` are skills that each team may be asked for beside those `wanted`: ways out that cost nothing.
        """
        self.problem, self.rules = problem, problem.rules
        self.officials, self.teams = problem.table("officials"), problem.table("teams")
        self.base, self.count = base, len(self.teams)
        self.size = np.array(sizes(problem))
        self.wanted = [set(skills) for skills in wanted]
        self.maybe = [more - own for more, own in zip(maybe, self.wanted, strict=True)] if maybe else []
        self.wanted = [own | more for own, more in zip(self.wanted, self.maybe or self.wanted, strict=True)]
        self.skills = sorted(set(also).union(*self.wanted))
        self.parties, self.away = parties_of(problem, set(self.skills))
        self.blocks, self.rows = Blocks.empty(), Rows(self.count)
        self.posts = np.empty(0, np.int64)  # columns that send a site to a team, where the posting is part of it
        self.combos: list[tuple[str, ...]] = []
        self.bends: list[tuple[str, str, Key]] = []  # rule, what of it, its rows; by -2 - combo
        self._team_rows()
        self.party_row = np.array([self.rows.single(len(p.bundles), len(p.bundles)) for p in self.parties], np.int64)
        self._parties()

    # rows and the ways out of them

    def _team_rows(self) -> None:
        rules, size, rows = self.rules, self.size, self.rows
        level = np.array([level == "city" for level in self.teams["level"]], bool)
        least, most = np.minimum(rules.size_min, size), np.maximum(rules.size_max, size)
        self.side: dict[Key, Side] = {}
        rows.per_team(("size",), size, size)
        if any(len(party.people) > 1 for party in self.parties):
            # where more who stay together sit as generals than there is room for, whole wanted seats stay empty
            taken = 1 + np.array([len(own) for own in self.wanted])
            rows.per_team(("general",), -INF, 0, taken + 1 >= most)
        self._bend("size", "short", ("size",), 1.0, rules.seat, size - least)
        self._bend("size", "over", ("size",), -1.0, rules.seat, most - size)
        self._bend("size", "below", ("size",), 1.0, 2 * rules.seat, least, "size" in rules.hard)
        self._bend("size", "above", ("size",), -1.0, FIRM, np.full(self.count, INF))
        rows.per_team(("leader",), 1, 1)
        self._bend("leader", "", ("leader",), 1.0, rules.leader, 1)
        for skill in self.skills:
            rows.per_team(("skill", skill), 1, 1, np.array([skill in own for own in self.wanted], bool))
            self._bend("skills", skill, ("skill", skill), 1.0, rules.skill, 1)
            if self.maybe:
                open_ = np.array([skill in more for more in self.maybe], np.float64)
                self._bend("unasked", skill, ("skill", skill), 1.0, 0.0, open_)
        if rules.city_share > 0 and level.any():  # counted in whole people: shares would be met in halves
            self._count(
                ("quota",), "city_share", 1.0, np.floor((1 - rules.city_share) * size + 1e-9), rules.quota, level
            )
        if rules.senior_least > 0:
            self._count(("senior",), "senior", -1.0, rules.senior_least, rules.senior)
        if rules.junior_most is not None:
            self._count(("junior",), "junior", 1.0, rules.junior_most, rules.junior)
        self._apart_rows()

    def _apart_rows(self) -> None:
        rules, rows = self.rules, self.rows
        if rules.unit_most is not None:
            for unit, people in Counter(self.officials["unit"]).items():
                if people > rules.unit_most:
                    self._count(("crowd", unit), "unit_most", 1.0, rules.unit_most, rules.crowd)
        for n in range(len(self.problem.ties.apart)):
            self._count(("apart", n), "apart", 1.0, 1, rules.apart)
        most = float(max(rules.size_max, self.size.max(initial=1)))
        for n in range(len(self.problem.ties.units_apart)):  # either side may sit in a team, not both
            for side, (lo, hi) in enumerate(((-INF, 0.0), (-INF, most))):
                rows.per_team(("units", n, side), lo, hi)
                self._bend("apart", f"u{n}", ("units", n, side), -1.0, rules.apart, INF)
            pair = [(rows.of["units", n, 0], -most), (rows.of["units", n, 1], most)]
            self._columns(
                np.zeros(self.count), np.ones(self.count), -1, np.arange(self.count), self.named("", ""), pair
            )

    def _count(
        self, key: Key, rule: str, sign: float, limit: Any, price: float, where: NDArray[np.bool_] | None = None
    ) -> None:
        """Add a rule of counts: at most (sign 1) or at least (sign -1) `limit` in each team."""
        limits = np.broadcast_to(np.asarray(limit, np.float64), self.count)
        self.rows.per_team(
            key,
            limits if sign < 0 else np.full(self.count, -INF),
            limits if sign > 0 else np.full(self.count, INF),
            where,
        )
        what = str(key[1]) if len(key) > 1 else ""
        self._bend(rule, what, key, -sign, price, INF)
        self.side[key] = Side(sign, limits, FIRM if rule in self.rules.hard else price)

    def _bend(self, rule: str, what: str, key: Key, sign: float, price: float, room: Any, hard: bool = False) -> None:
        """Add the priced way out of the rows of `key`: one column per team."""
        rows = self.rows.of[key]
        teams = np.flatnonzero((rows >= 0) & (np.broadcast_to(room, self.count) > 0))
        if hard or rule in self.rules.hard:
            price = max(price, FIRM) if what not in ("short", "over") else price
        hi = np.broadcast_to(np.asarray(room, np.float64), self.count)[teams]
        entries = [(rows[teams], sign)]
        if ("general",) in self.rows.of and (rule in ("leader", "skills", "unasked") or what == "above"):
            entries.append((self.rows.of["general",][teams], -1.0))
        self._columns(np.full(len(teams), price), hi, -1, teams, self.named(rule, what, key), entries)

    def named(self, rule: str, what: str, key: Key = ()) -> int:
        """Return the number, -2 or less, that stands for columns of this meaning."""
        if (rule, what, key) not in self.bends:
            self.bends.append((rule, what, key))
        return -2 - self.bends.index((rule, what, key))

    def _columns(
        self, cost: Array, hi: Array, party: int, teams: Array, combo: int, entries: list[tuple[Array, float]]
    ) -> None:
        count = len(cost)
        self.blocks.add(cost, hi, np.full(count, party), teams, np.full(count, combo), entries)

    # people

    def _parties(self) -> None:
        self.choices: list[list[Choice]] = []
        self.reach: list[Array] = []  # party → teams that may take it
        known: dict[tuple[str, ...], int] = {}
        home: dict[tuple[float | None, float | None], Array] = {}
        for person in {person for party in self.parties for person in party.people}:
            if (person.lat, person.lon) not in home:
                home[person.lat, person.lon] = self._km(person.lat, person.lon)
        self.home = home
        for p, party in enumerate(self.parties):
            if not party.locked:
                price = FIRM if "placed" in self.rules.hard else self.rules.unplaced
                self._columns(
                    np.array([price * len(party.people)]), np.array([float(len(party.bundles))]), p, np.array([-1]), -1,
                    [(self.party_row[[p]], 1.0)],
                )  # fmt: skip
            reach = self._reach(party)
            self.reach.append(reach)
            self.choices.append([])
            for kinds in self._kinds(party):
                teams = reach
                for kind in set(kinds) - {GENERAL, LEADER}:
                    teams = teams[self.rows.of["skill", kind][teams] >= 0]
                combo = known.setdefault(kinds, len(known))
                if combo == len(self.combos):
                    self.combos.append(kinds)
                self.choices[p].append(Choice(combo, self._keys(party, kinds), self._cost(party, kinds), teams))

    def _reach(self, party: Party) -> Array:
        """Return the teams that may take the party."""
        locks = [person.lock for person in party.people if person.lock >= 0]
        if locks:
            return np.array(locks[:1])
        return np.array(sorted(set.intersection(*(
            {t for pool in person.pools for t in self._pool(pool)} for person in party.people
        ))), dtype=np.int64)  # fmt: skip

    def _pool(self, pool: tuple[str, str, str]) -> list[int]:
        if not hasattr(self, "_pools"):
            self._pools: dict[tuple[str, str, str], list[int]] = defaultdict(list)
            for t, (level, unit) in enumerate(self.teams.select("level", "unit").iter_rows()):
                group = "province" if level == "province" else "local"
                self._pools["unit" if unit else "level", group, unit or ""].append(t)
        return self._pools.get(pool, [])

    @staticmethod
    def _kinds(party: Party) -> list[tuple[str, ...]]:
        """Return the ways in which a bundle can sit: a kind of seat for each of its people."""
        able = [
            [*([LEADER] if person.can_lead else []), *(skill for skill, _ in person.skills), GENERAL]
            for person in party.people
        ]
        ways = itertools.product(*able)
        return [way for way in ways if max(Counter(k for k in way if k != GENERAL).values(), default=1) == 1]

    def open(self, p: int, choice: Choice, teams: Array) -> None:
        """Add the columns of party `p` in this choice of seats for `teams`."""
        if not len(teams):
            return
        inside = np.zeros(self.count, bool)
        inside[teams] = True
        choice.teams = choice.teams[~inside[choice.teams]]
        entries = [(self.rows.of[key][teams], float(n)) for key, n in choice.keys.items()]
        entries.append((np.full(len(teams), self.party_row[p]), 1.0))
        bundles = len(self.parties[p].bundles)
        most = float(bundles) if set(self.combos[choice.combo]) == {GENERAL} else 1.0
        self._columns(choice.cost[teams], np.full(len(teams), most), p, teams, choice.combo, entries)

    def hold(self, wanted: list[tuple[int, tuple[str, ...], int]]) -> None:
        """Open the columns of (party, kinds, team) that are not open yet."""
        at = {(p, self.combos[choice.combo]): choice for p, own in enumerate(self.choices) for choice in own}
        for p, kinds, team in wanted:
            choice = at[p, kinds]
            if team in choice.teams:
                self.open(p, choice, np.array([team]))

    def _cost(self, party: Party, kinds: tuple[str, ...]) -> Array:
        """Return the cost of one bundle in each team."""
        costs = [self.cost_of(person, kind) for person, kind in zip(party.people, kinds, strict=True)]
        return np.asarray(np.sum(costs, axis=0))

    def cost_of(self, person: Person, kind: str) -> Array:
        """Return the cost of a person in one kind of seat of each team."""
        rules = self.rules
        cost = rules.home_km * self.home[person.lat, person.lon]
        cost = cost + rules.novice * (EXPERT - dict(person.skills).get(kind, EXPERT))
        if person.running >= 0 and person.lock < 0:
            price = np.full(self.count, rules.change)
            switched = person.leads is not None and person.leads != (kind == LEADER)
            price[person.running] = rules.change * switched
            cost = cost + price
        return cost

    def _keys(self, party: Party, kinds: tuple[str, ...]) -> Counter[Key]:
        """Return the rows that a bundle counts in, with how often."""
        found: Counter[Key] = Counter()
        for person, kind in zip(party.people, kinds, strict=True):
            found["size",] += 1
            if kind != GENERAL:
                found[("leader",) if kind == LEADER else ("skill", kind)] += 1
            found.update(key for key in self.rules_of(person) if key in self.rows.of)
        if (generals := kinds.count(GENERAL)) > 1:
            found["general",] = generals - 1
        return found

    def rules_of(self, person: Person) -> list[Key]:
        """Return the keys of the rows in which a person counts besides size and seat; not every key has rows."""
        keys: list[Key] = [] if person.city else [("quota",)]
        if person.grade:
            keys.append((person.grade,))
        if person.unit:
            keys.append(("crowd", person.unit))
            for n, (one, other) in enumerate(self.problem.ties.units_apart):
                keys += [("units", n, side) for side, unit in enumerate((one, other)) if unit == person.unit]
        return [*keys, *(("apart", n) for n in person.apart)]

    def _km(self, lat: float | None, lon: float | None) -> Array:
        """Return the kilometres from a home to every base; an unknown home is near to all."""
        if lat is None or lon is None:
            return np.zeros(self.count)
        return kilometres(lat, lon, self.base[0], self.base[1])

    def possible(self) -> int:
        """Return how many columns there could be."""
        return sum(len(choice.teams) for own in self.choices for choice in own)

    def kept(self, tight: dict[Key, Array]) -> NDArray[np.bool_]:
        """Return the rows that the relaxation begins with: all but the rules of counts where they have no say."""
        kept = np.ones(len(self.rows.lo), bool)
        for key, teams in tight.items():
            rows = self.rows.of[key]
            kept[rows[(rows >= 0) & ~teams]] = False
        return kept

    # growth

    def grow(self, duals: Array, margin: float = 0.0) -> tuple[float, int]:
        """Open the columns whose reduced cost is below `margin`.

        Returns what the bound must give way for those left out until now (0 or less), and how many were opened.
        """
        return self._grow({key: np.where(rows >= 0, duals[rows], 0.0) for key, rows in self.rows.of.items()},
                          duals[self.party_row], margin)  # fmt: skip

    def _grow(self, worth: dict[Key, Array], prices: Array, margin: float) -> tuple[float, int]:
        missing, opened = 0.0, self.blocks.count
        asking: list[tuple[int, list[Array]]] = []
        for p, party in enumerate(self.parties):
            reduced = list(self.reduced(p, worth, float(prices[p])))
            least = min((float(own.min()) for own in reduced if len(own)), default=INF)
            missing += len(party.bundles) * min(least, 0.0)
            if least < margin - 1e-7:
                asking.append((p, reduced))
        few = max(BEST, ROOM // max(len(asking), 1))  # a few parties that ask again and again get many at once
        for p, reduced in asking:
            every = np.concatenate(reduced)
            most = margin - 1e-7
            if len(every) > few:
                most = min(most, float(np.partition(every, few)[few]))
            for choice, own in zip(self.choices[p], reduced, strict=True):
                self.open(p, choice, choice.teams[own < most])
        return missing, self.blocks.count - opened

    def reduced(self, p: int, worth: dict[Key, Array], price: float) -> Iterator[Array]:
        """Yield, choice by choice, the reduced costs of the teams not yet opened."""
        for choice in self.choices[p]:
            reduced = choice.cost[choice.teams] - price
            for key, n in choice.keys.items():
                reduced -= n * worth[key][choice.teams]
            yield reduced

    # reading

    def programme(self) -> milp.Programme:
        """Return the whole programme as it stands, and note what each column is."""
        b = self.blocks
        cost, hi, self.party, self.team, self.combo = (
            np.concatenate(parts) for parts in (b.cost, b.hi, b.party, b.team, b.combo)
        )
        self.sends = np.zeros(len(cost), bool)
        self.sends[self.posts] = True
        self.whole = (self.party >= 0) & (self.team >= 0) | (self.combo == self.named("", "")) | self.sends
        rows, cols, values = (np.concatenate(parts) for parts in (b.rows, b.cols, b.values))
        return milp.Programme(
            cost, rows, cols, values, np.array(self.rows.lo, np.float64), np.array(self.rows.hi, np.float64),
            np.zeros(len(cost)), hi, self.whole,
        )  # fmt: skip

    def narrow(self, kept: NDArray[np.bool_], programme: milp.Programme) -> milp.Programme:
        """Forget all columns but those `kept`, at the end of growth; return the programme of the rest."""
        place = np.cumsum(kept) - 1
        inside = kept[programme.cols]
        self.party, self.team, self.combo, self.whole, self.sends = (
            part[kept] for part in (self.party, self.team, self.combo, self.whole, self.sends)
        )
        return replace(
            programme, cost=programme.cost[kept], rows=programme.rows[inside], cols=place[programme.cols[inside]],
            values=programme.values[inside], lo=programme.lo[kept], hi=programme.hi[kept],
            integer=self.whole,
        )  # fmt: skip

    def read(self, values: Array) -> dict[int, Seat]:
        """Turn column values into seats: the bundles of a party take its seats in the order of the tables."""
        found: dict[int, Seat] = {}
        taken = [0] * len(self.parties)
        for column in np.flatnonzero((values > 0.5) & (self.party >= 0) & (self.team >= 0)):
            p = int(self.party[column])
            for _ in range(round(values[column])):
                bundle = self.parties[p].bundles[taken[p]]
                taken[p] += 1
                for n, kind in zip(bundle, self.combos[self.combo[column]], strict=True):
                    found[n] = (int(self.team[column]), kind)
        return found

    def clash(self, values: Array) -> dict[str, float]:
        """Return by how much hard rules are bent, by rule."""
        found: dict[str, float] = defaultdict(float)
        b, party, combo = (np.concatenate(part) for part in (self.blocks.cost, self.blocks.party, self.blocks.combo))
        for column in np.flatnonzero((values > 1e-6) & (b[: len(values)] >= FIRM)):
            rule = "placed" if party[column] >= 0 else self.bends[-2 - combo[column]][0]
            found[rule] += float(values[column])
        return dict(found)
