"""A first sketch of the formation: the rules that make a network — seats, leaders, skills, sizes — and no others.

Solved as a min-cost flow in a fraction of a second, again and again while the rules of counts get prices. The node
prices say which of a million seats are worth a column; at the relaxation's prices the flow gives a first answer.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.graph.python import min_cost_flow

from sijin.engines.dispatch.parties import GENERAL, LEADER, Array
from sijin.engines.dispatch.seats import Seating

NEAR = 16  # teams that an offer begins with
FEW = 4  # offers that a seat begins with
SPREAD = 0.7  # of a cost, up to which chance favours a team among those that an offer begins with
MORE = 6  # teams that an offer takes up at a time, when the prices ask for more
LEAN = 1.0  # by which a seat becomes cheaper that the relaxation gives to somebody whole
ROUNDS = 5
STEP = 0.5  # by which the price of a rule moves for each person too many
INERTIA = 0.7  # of that movement
GROWN = 1e-3  # relative change of the bound above which offers take up more teams at once
SCALE = 1000  # of costs to whole numbers
PASSES = 400  # of the search for node prices


@dataclass(frozen=True)
class Sketch:
    """Prices of people (per party) and of rows (per key, per team), as duals of the programme."""

    party: Array
    rows: dict[tuple[Any, ...], Array]
    tight: dict[tuple[Any, ...], Array]  # per rule of counts: the teams in which it has a say
    network: "Network"


def sketch(built: Seating, seconds: float, offers: dict[str, Array] | None = None) -> Sketch:
    """Price the seats of `built`; the rules of counts are priced for as long as `seconds` allow. `offers` as below."""
    net = Network(built)
    if offers:
        net.offer(offers)
    net.refine(seconds)
    return net.priced()


class Network:
    """Sources (a person of a party's bundles) → seats (team, kind) → teams → sink, in OR-Tools' solver."""

    def __init__(self, built: Seating) -> None:
        self.built, count = built, built.count
        rules = built.rules
        names = [LEADER, *built.skills, GENERAL]
        self.kinds = {kind: n for n, kind in enumerate(names)}
        self.exists = np.array([
            built.rows.of[("leader",) if kind == LEADER else ("skill", kind)] >= 0 if kind != GENERAL
            else np.ones(count, bool) for kind in names
        ])  # fmt: skip
        self.owed = self.exists.copy()
        for team, more in enumerate(built.maybe):
            self.owed[[self.kinds[skill] for skill in more], team] = False
        self.exists = self.owed.copy()
        self.worth = np.array([rules.leader, *[rules.skill] * len(built.skills), 0.0])[:, None] * self.owed
        party, supply, source, kind, cost = [], [], [], [], []
        for p, one in enumerate(built.parties):
            reach = np.full(count, np.inf)
            reach[built.reach[p]] = 0.0
            for person in one.people:
                party.append(p)
                supply.append(len(one.bundles))
                for seat in [*([LEADER] if person.can_lead else []), *(skill for skill, _ in person.skills), GENERAL]:
                    source.append(len(party) - 1)
                    kind.append(self.kinds[seat])
                    cost.append((built.cost_of(person, seat) + reach).astype(np.float32))
        self.source_party, self.supply = np.array(party), np.array(supply)
        self.source, self.kind, self.full = np.array(source), np.array(kind), np.stack(cost)
        self.cost = np.where(self.exists[self.kind], self.full, np.float32(np.inf))
        self.leave = np.array([not built.parties[p].locked for p in party])
        near = min(NEAR, count)
        held = np.zeros(self.cost.shape, bool)
        self.dice = np.random.default_rng(0)
        spread = self.cost * (1 - SPREAD * self.dice.random(self.cost.shape, dtype=np.float32))
        np.put_along_axis(held, np.argpartition(spread, near - 1, axis=1)[:, :near], True, axis=1)
        for row in range(len(names)):
            mine = np.flatnonzero(self.kind == row)
            few = min(FEW * (5 if row == self.kinds[GENERAL] else 1), len(mine))
            if few:
                best = np.argpartition(spread[mine], few - 1, axis=0)[:few]
                held[mine[best], np.arange(count)[None, :]] = True
        self.held = held & np.isfinite(self.cost)
        self.side = {key: np.zeros(count) for key in built.side}
        self.drift = {key: np.zeros(count) for key in built.side}
        alike: dict[tuple[Any, ...], int] = {}
        self.group = np.empty(len(party), np.int64)
        persons = [person for one in built.parties for person in one.people]
        for n, person in enumerate(persons):
            keys = tuple(key for key in built.rules_of(person) if key in self.side)
            self.group[n] = alike.setdefault(keys, len(alike))
        self.groups, self.asked = list(alike), 0.0
        size = built.size
        least, most = np.minimum(rules.size_min, size), np.maximum(rules.size_max, size)
        self.steps: tuple[tuple[Array, float], ...] = (
            (least, -2 * rules.seat),
            (size - least, -rules.seat),
            (most - size, rules.seat),
        )
        self.constant = float(self.worth[:-1].sum() - sum((r * p).sum() for r, p in self.steps[:2]))

    def lay(self, built: Seating) -> None:
        """Go on with a seating of the same people in the same teams, who may be asked for other skills."""
        self.built = built

    def offer(self, offers: dict[str, Array]) -> None:
        """Offer seats beside those owed, per skill what each team would give for one; instead of earlier offers."""
        self.exists, self.worth = self.owed.copy(), self.worth * self.owed
        for skill, worth in offers.items():
            row = self.kinds[skill]
            extra = (worth > 0) & ~self.owed[row]
            self.exists[row] |= extra
            self.worth[row] += worth * extra
            mine, teams = np.flatnonzero(self.kind == row), np.flatnonzero(extra)
            if (few := min(FEW, len(mine))) and len(teams):
                best = np.argpartition(self.full[np.ix_(mine, teams)], few - 1, axis=0)[:few]
                self.held[mine[best], teams[None, :]] = True
        self.cost = np.where(self.exists[self.kind], self.full, np.float32(np.inf))
        self.held &= np.isfinite(self.cost)
        self.asked = float((self.worth * ~self.owed).sum())

    def refine(self, seconds: float) -> None:
        """Solve the flow, take up the arcs that it asks for, and price the rules of counts."""
        until = time.monotonic() + seconds
        self.solve()
        last = np.inf
        while abs(last - self.bound) > GROWN * abs(self.bound) and time.monotonic() < until and self.grow():
            last = self.bound
            self.solve()
        for _ in range(ROUNDS):
            if time.monotonic() > until or not (self.grow() or self.bend):
                break
            self.raise_prices(STEP)
            self.solve()

    def solve(self) -> None:
        """Solve the flow over the arcs held, and find the node prices."""
        built, count = self.built, self.built.count
        sources, kinds = len(self.supply), len(self.kinds) - 1
        seats = sources + count  # sources, teams, seats (kind by kind), sink
        sink = seats + kinds * count
        offer, team = np.nonzero(self.held)
        self.extra = np.zeros((len(self.groups), count))
        for n, keys in enumerate(self.groups):
            for key in keys:
                self.extra[n] += self.side[key] * built.side[key].sign
        charged = self.cost[offer, team] + self.extra[self.group[self.source[offer]], team]
        general = self.kind[offer] == self.kinds[GENERAL]
        head = np.where(general, sources + team, seats + self.kind[offer] * count + team)
        tails, heads, caps, costs = (
            [self.source[offer]], [head], [np.where(general, self.supply[self.source[offer]], 1)], [charged],
        )  # fmt: skip
        row, at = np.nonzero(self.exists[:-1])
        tails.append(seats + row * count + at)
        heads.append(sources + at)
        caps.append(np.ones(len(row), np.int64))
        costs.append(-self.worth[row, at])
        for room, worth in self.steps:
            tails.append(sources + np.arange(count))
            heads.append(np.full(count, sink))
            caps.append(room)
            costs.append(np.full(count, worth))
        tails.append(np.arange(sources))
        heads.append(np.full(sources, sink))
        caps.append(self.supply)
        costs.append(np.where(self.leave, built.rules.unplaced, 1e5))
        tail, head, cap, cost = (np.concatenate(part) for part in (tails, heads, caps, costs))
        whole = np.round(SCALE * cost).astype(np.int64)
        flow = min_cost_flow.SimpleMinCostFlow()
        flow.add_arcs_with_capacity_and_unit_cost(tail, head, cap.astype(np.int64), whole)
        flow.set_nodes_supplies(np.arange(sources), self.supply)
        flow.set_node_supply(sink, -int(self.supply.sum()))
        if flow.solve() != flow.OPTIMAL:
            raise RuntimeError("min-cost flow did not end with an optimum")
        used = np.asarray(flow.flows(np.arange(len(tail))))
        seated = used[: len(offer)]
        self.flow = (offer, team, seated)
        held = np.bincount(self.group[self.source[offer]] * count + team, seated, minlength=len(self.groups) * count)
        by_group = held.reshape(-1, count)
        self.excess, self.bend = {}, 0.0
        self.bound = float(whole @ used) / SCALE + self.constant + self.asked
        for key, rule in built.side.items():
            mine = [n for n, keys in enumerate(self.groups) if key in keys]
            self.excess[key] = np.where(
                built.rows.of[key] >= 0, rule.sign * (by_group[mine].sum(axis=0) - rule.limit), 0.0
            )
            self.bound -= float((self.side[key] * rule.sign * np.where(built.rows.of[key] >= 0, rule.limit, 0.0)).sum())
            self.bend += rule.price * np.maximum(self.excess[key], 0).sum()
        price = node_prices(tail, head, cap, whole, used, sink + 1) / SCALE
        price -= price[sink]
        self.source_price = -price[:sources]
        self.team_price = price[sources : sources + count]
        self.seat_price = price[seats : seats + kinds * count].reshape(kinds, count)

    def seated(
        self,
        prices: dict[tuple[Any, ...], Array],
        fixed: list[tuple[int, tuple[str, ...], int]],
        leaning: list[tuple[int, str, int, float]],
    ) -> list[tuple[int, str, int, int]]:
        """Seat everyone at these prices of the rules of counts, bundles standing where `fixed` says.

        `fixed` and the answer are (party, kinds or kind, team), the answer with how many; a bundle that is not in
        `fixed` stays out. `leaning` says which seats to prefer, by how much, where many cost the same.
        """
        wanting = zip(self.source_party[self.source].tolist(), self.kind.tolist(), strict=True)
        offers = {own: n for n, own in enumerate(wanting)}
        for party, seat, team, share in leaning:
            self.cost[offers[party, self.kinds[seat]], team] -= LEAN * share
        for key, rule in self.built.side.items():
            self.side[key] = np.clip(-rule.sign * prices[key], 0.0, rule.price)
        alone = np.array([party.alone for party in self.built.parties])
        self.supply = np.where(alone[self.source_party], self.supply, 0)
        taken = np.zeros(self.built.count, np.int64)
        for _, kinds, team in fixed:
            taken[team] += len(kinds)
            for kind in kinds:
                if kind != GENERAL:
                    self.exists[self.kinds[kind], team] = False
        steps = []
        for room, worth in self.steps:
            filled = np.minimum(room, taken)
            taken = taken - filled
            steps.append((room - filled, worth))
        self.steps = tuple(steps)
        general = self.kind == self.kinds[GENERAL]
        self.held &= self.exists[self.kind] | general[:, None]
        self.cost = np.where(self.exists[self.kind], self.cost, np.inf)
        self.solve()
        while self.grow():
            self.solve()
        offer, at, seated = self.flow
        names = list(self.kinds)
        return [
            (int(self.source_party[self.source[o]]), names[self.kind[o]], int(t), int(n))
            for o, t, n in zip(offer[seated > 0], at[seated > 0], seated[seated > 0], strict=True)
        ]

    def raise_prices(self, step: float) -> None:
        """Raise the prices of rules that are bent, lower those that are kept with room, within what bending costs."""
        for key, price in self.side.items():
            self.drift[key] = INERTIA * self.drift[key] + (1 - INERTIA) * self.excess[key]
            self.side[key] = np.clip(price + step * self.drift[key], 0.0, self.built.side[key].price)

    def priced(self) -> Sketch:
        """Return the prices as duals of the programme."""
        rows: dict[tuple[Any, ...], Array] = {("size",): self.team_price}
        for kind, row in self.kinds.items():
            if kind != GENERAL:
                rows[("leader",) if kind == LEADER else ("skill", kind)] = self.seat_price[row] - self.team_price
        rows |= {key: -self.built.side[key].sign * price for key, price in self.side.items()}
        tight = {key: (price > 0) | (self.excess[key] > -0.5) for key, price in self.side.items()}
        return Sketch(
            np.bincount(self.source_party, self.source_price, minlength=len(self.built.parties)), rows, tight, self
        )

    def grow(self) -> bool:
        """Hold the arcs that the prices ask for; say whether there were any.

        Each offer takes up a few of those that it wants, drawn at random: people of one home want the same ones.
        """
        prices = np.concatenate([self.seat_price, self.team_price[None, :]])
        reduced = self.cost - self.source_price[self.source][:, None] - prices[self.kind]
        reduced += self.extra[self.group[self.source]]
        reduced[self.held | ~np.isfinite(self.cost)] = 0.0
        reduced = np.minimum(reduced, 0.0) * self.dice.random(reduced.shape, dtype=np.float32)
        few = min(MORE, reduced.shape[1]) - 1
        most = np.minimum(np.partition(reduced, few, axis=1)[:, few], -1e-4)
        missing = reduced <= most[:, None]
        self.held |= missing
        return bool(missing.any())


def node_prices(tail: Array, head: Array, cap: Array, cost: Array, flow: Array, nodes: int) -> Array:
    """Return node prices under which no arc with room is worth more than it costs (Bellman and Ford, by arrays)."""
    forth, back = flow < cap, flow > 0
    start = np.concatenate([tail[forth], head[back]])
    end = np.concatenate([head[forth], tail[back]])
    length = np.concatenate([cost[forth], -cost[back]])
    order = np.argsort(end, kind="stable")
    start, end, length = start[order], end[order], length[order]
    if not len(end):  # nobody is alone, and all seats are taken
        return np.zeros(nodes)
    first = np.flatnonzero(np.concatenate(([True], end[1:] != end[:-1])))
    target = end[first]
    price = np.zeros(nodes, np.int64)
    for _ in range(PASSES):
        best = np.minimum.reduceat(price[start] + length, first)
        better = best < price[target]
        if not better.any():
            break
        price[target] = np.minimum(price[target], best)
    return price.astype(np.float64)
