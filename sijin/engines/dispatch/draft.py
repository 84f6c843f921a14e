"""Everyone's seat by one min-cost flow: people → seats → teams → sink, and the rules of counts told seat by seat.

A rule that a team has a senior at least, or two juniors at most, makes no network. It does once it is said which of its
seats a senior has, and which ones juniors may have. So each flow gives the seats the roles that the last one left them,
drawn by lot where there is a choice: none is dearer than the one before, and all teams are moved at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from ortools.graph.python import min_cost_flow

from sijin.engines.dispatch.joint import Joint, Prices
from sijin.engines.dispatch.parties import GENERAL, Array

SCALE = 1000  # of costs to whole numbers
SOFT = (0.03, 0.06, 0.1, 0.14, 0.18, 0.24, 0.3, 0.4, 0.55, 0.75)  # of what a rule costs, while roles are a leaning
KEPT = 0.5  # of what the prices charge, meanwhile
FAR = 1e6  # what costs more than anything


@dataclass(frozen=True)
class Offers:
    """Seats offered to people who sit for themselves: source, team, kind as `Joint` numbers it, cost of one person."""

    source: Array
    team: Array
    kind: Array
    cost: Array

    def beside(self, other: "Offers") -> "Offers":
        """Return these offers and others."""
        return Offers(
            np.concatenate((self.source, other.source)), np.concatenate((self.team, other.team)),
            np.concatenate((self.kind, other.kind)), np.concatenate((self.cost, other.cost)),
        )  # fmt: skip


class Draft:
    """The seats of all teams, each with the group of who sits there (-1: nobody); some are held by who does not move.

    Sources are people who are alike: ``supply`` of them, of a ``group`` of `Joint`, each of whom stays out for ``out``.
    """

    def __init__(self, joint: Joint, supply: Array, group: Array, out: Array) -> None:
        self.joint, self.supply, self.group = joint, supply.astype(np.int64), group
        self.out = np.minimum(out, FAR)
        self.general = joint.kinds[GENERAL]
        wanted = np.zeros(joint.seats.shape, bool)
        wanted[:, joint.priced] = joint.seats[:, joint.priced] > 0
        asked = wanted.sum(axis=1)
        self.high = joint.high.astype(np.int64)
        self.first = np.concatenate(([0], np.cumsum(np.maximum(asked, self.high))))
        self.team = np.repeat(np.arange(joint.count), np.diff(self.first))
        self.kind = np.full(len(self.team), self.general)
        self.at = np.full(joint.seats.shape, -1)
        team, kind = np.nonzero(wanted)
        self.at[team, kind] = self.first[team] + (np.cumsum(wanted, axis=1) - 1)[team, kind]
        self.kind[self.at[team, kind]] = kind
        self.held, self.sits = np.zeros(len(self.team), bool), np.full(len(self.team), -1)
        self.taken = np.zeros(joint.count, np.int64)
        self.member = {
            key: np.array([key in keys for keys in joint.groups], bool) for key in joint.counts
        }  # which groups a rule counts

    def sit(self, team: int, kind: int, group: int, held: bool = False) -> None:
        """Seat a person; `held` if the flow may not move them. A general takes the last seat that is open."""
        self.taken[team] += held
        seat = int(self.at[team, kind])
        if seat < 0:
            own = np.flatnonzero(self.sits[self.first[team] : self.first[team + 1]] < 0)
            if not len(own):  # locked beyond all room
                return
            seat = int(self.first[team] + own[-1])
        self.sits[seat], self.held[seat] = group, held

    def charges(self, prices: Prices) -> Array:
        """Return what the prices of the rules of counts charge per team and group."""
        nothing = np.zeros(self.joint.count)
        return np.stack([-sum((prices[key] for key in keys), nothing) for keys in self.joint.groups], axis=1)

    def roles(self, dice: Generator) -> Array:
        """Say by seat and group what sitting there costs, so that the rules of counts hold where nobody pays."""
        told = np.zeros((len(self.team), len(self.joint.groups)))
        for key, (sign, limit, most) in self.joint.counts.items():
            member = self.member[key]
            counts = (self.sits >= 0) & member[self.sits]
            leaning = dice.random(len(self.team)) + 2 * counts + 4 * np.where(counts, self.held, -1.0 * self.held)
            order = np.lexsort((-leaning, self.team))
            rank = np.empty(len(order), np.int64)
            rank[order] = np.arange(len(order)) - self.first[self.team[order]]
            inside = (rank < limit[self.team]) & (most[self.team] > 0)
            price, whose = (inside, ~member) if sign < 0 else (~inside, member)
            told += np.outer(price * most[self.team], whose)
        return told

    def settle(self, offers: Offers, dice: Generator, prices: Prices | None, firm: int) -> Array:
        """Return how many people take each offer once the rules of counts are kept where that pays.

        With prices the roles are a leaning at first, weak beside what the prices charge, and firm in the end: a rule
        that is kept with little ado is kept early. Without them, as from seats that are good already, they are firm
        from the first of `firm` flows.
        """
        if prices is not None:
            charge = KEPT * self.charges(prices)
            for share in SOFT:
                self.solve(offers, share * self.roles(dice), charge)
        for _ in range(firm):
            taken = self.solve(offers, self.roles(dice))
        return taken

    def solve(self, offers: Offers, told: Array, charge: Array | None = None) -> Array:
        """Seat everyone at least cost; return how many people take each offer, and note who sits where.

        `told` is what a seat costs by seat and group, `charge` by team and group.
        """
        joint, groups, count = self.joint, len(self.joint.groups), self.joint.count
        sources = len(self.supply)
        crowd, seats = sources, sources + count * groups  # generals of a team by group; seats; teams; sink
        teams = seats + len(self.team)
        sink = teams + count
        group = self.group[offers.source]
        general = offers.kind == self.general
        seat = self.at[offers.team, offers.kind]
        cost = offers.cost + np.where(general, 0.0, told[seat, group] - joint.worth[offers.kind])
        if charge is not None:
            cost = cost + charge[offers.team, group]
        room = np.where(general, self.supply[offers.source], np.where(self.held[seat], 0, 1))
        head = np.where(general, crowd + offers.team * groups + group, seats + seat)
        free = np.flatnonzero(~self.held)
        one = np.ones(len(free), np.int64)
        arcs = [(offers.source, head, room, cost)]
        arcs += [(crowd + self.team[free] * groups + g, seats + free, one, told[free, g]) for g in range(groups)]
        arcs.append((seats + free, teams + self.team[free], one, np.zeros(len(free))))
        left = self.taken
        for size, worth in self._steps():
            filled = np.minimum(size, left)
            left = left - filled
            arcs.append((teams + np.arange(count), np.full(count, sink), size - filled, np.full(count, worth)))
        arcs.append((np.arange(sources), np.full(sources, sink), self.supply, self.out))
        flow = min_cost_flow.SimpleMinCostFlow()
        flow.add_arcs_with_capacity_and_unit_cost(*(
            np.concatenate(column).astype(np.int64) for column in
            zip(*((tail, head, room, np.round(SCALE * cost)) for tail, head, room, cost in arcs), strict=True)
        ))  # fmt: skip
        flow.set_nodes_supplies(np.arange(sources), self.supply)
        flow.set_node_supply(sink, -int(self.supply.sum()))
        if flow.solve() != flow.OPTIMAL:
            raise RuntimeError("min-cost flow did not end with an optimum")
        used = np.asarray(flow.flows(np.arange(len(offers.source) + groups * len(free))))
        taken, crowds = used[: len(offers.source)], used[len(offers.source) :].reshape(groups, len(free))
        self.sits[free] = -1
        wanted = (taken > 0) & ~general
        self.sits[seat[wanted]] = group[wanted]
        own, place = np.nonzero(crowds)
        self.sits[free[place]] = own
        return taken

    def _steps(self) -> list[tuple[Array, float]]:
        """Return how many seats of a team are worth how much."""
        joint, seat = self.joint, self.joint.rules.seat
        low, size = joint.low.astype(np.int64), joint.size.astype(np.int64)
        return [(low, -joint.below), (size - low, -seat), (self.high - size, seat)]
