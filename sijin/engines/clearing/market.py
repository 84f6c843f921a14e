"""The market as it stands: who needs and offers how much, which pairs fit, what goes where, and prices that prove it.

Parts of the market that have no pair in common are solved apart. A large part goes to LEMON's network simplex (pylmcf);
small ones, and whatever changes later, to the augmenting paths of `augment`.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pylmcf
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Tell = Callable[[int, int], bool]
FAR = 1 << 60
LARGE = 2_000  # needs of a part from which the network simplex is quicker
BEYOND = 4  # times the dearest penalty: what a unit costs by which a floor is missed


@dataclass
class Terms:
    """What a market is about. Edges are in the order of needs and offers; all numbers are whole.

    ``group`` is the floor that each need is under, -1 for none, and ``room`` how much of a group may stay unmet.
    """

    need: Ints
    offer: Ints
    cost: Ints
    cap: Ints
    wanted: Ints
    penalty: Ints
    stock: Ints
    group: Ints
    room: Ints


class Market:
    """Terms, and an answer to them: ``x`` of each edge, ``u`` unmet of each need, prices ``pi`` and ``v``.

    ``lift`` is what its floor adds to the penalty of a group's needs; ``missed`` by how much a floor cannot be kept.
    """

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        n, m = len(terms.wanted), len(terms.stock)
        self.start = np.searchsorted(terms.need, np.arange(n + 1))
        self.oedge = np.argsort(terms.offer, kind="stable")
        self.ostart = np.searchsorted(terms.offer[self.oedge], np.arange(m + 1))
        self.x, self.u = np.zeros(len(terms.need), np.int64), np.zeros(n, np.int64)
        self.slack, self.v = terms.stock.copy(), np.zeros(m, np.int64)
        self.lift, self.missed = np.zeros(len(terms.room), np.int64), np.zeros(len(terms.room), np.int64)
        self.pi = np.zeros(n, np.int64)
        self.floored = np.zeros(len(terms.room), bool)  # whose floor has been looked at
        self.complete = True

    # solving

    def solve(self, until: float, tell: Tell) -> None:
        """Solve everything anew; after `until` (of the monotonic clock) what is left gets a first answer only."""
        self._all(until, tell)
        while self.complete and (broken := self._broken()).any():
            self.floored |= broken
            self._all(until, tell)

    def _broken(self) -> NDArray[np.bool_]:
        """Return the groups whose floor is not kept and has not been looked at."""
        held = self.terms.group >= 0
        unmet = np.bincount(self.terms.group[held], self.u[held], len(self.terms.room))
        return (unmet > self.terms.room) & ~self.floored

    def _under(self, needs: Ints) -> Ints:
        """Return the group of each of `needs` whose floor is looked at, -1 for none."""
        group = self.terms.group[needs]
        held = group >= 0
        if held.any():
            held[held] = self.floored[group[held]]
        return np.where(held, group, -1)

    def _all(self, until: float, tell: Tell) -> None:
        terms = self.terms
        self.x[:], self.u[:], self.v[:], self.slack[:] = 0, 0, 0, terms.stock
        self.lift[:], self.missed[:] = 0, 0
        self.pi = self._least(np.arange(len(terms.wanted)))
        parts, done, small = self._parts(), 0, []
        for needs, offers in parts:
            if len(needs) >= LARGE or (self._under(needs) >= 0).any():
                if time.monotonic() > until or tell(done, len(terms.wanted)):
                    self.complete = False
                    break
                self._simplex(needs, offers)
            else:
                small.append(needs)
            done += len(needs)
        if self.complete and small:
            self._routed(np.concatenate(small), until, tell)
        if not self.complete:
            self._greedily()

    def _parts(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield needs and offers that hang together, by shared pairs or a shared floor; the largest parts first."""
        terms, n, m = self.terms, len(self.terms.wanted), len(self.terms.stock)
        tied = np.flatnonzero(self._under(np.arange(n)) >= 0)
        one = np.concatenate([terms.need, tied])
        other = np.concatenate([n + terms.offer, n + m + terms.group[tied]])
        size = n + m + len(terms.room)
        graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(size, size))
        count, label = connected_components(graph, directed=False)
        order = np.argsort(label[:n], kind="stable")
        needs = np.split(order, np.searchsorted(label[:n][order], np.arange(1, count)))
        across = np.argsort(label[n : n + m], kind="stable")
        offers = np.split(across, np.searchsorted(label[n : n + m][across], np.arange(1, count)))
        for k in np.argsort([-len(part) for part in needs], kind="stable"):
            if len(needs[k]):
                yield needs[k], offers[k]

    def _simplex(self, needs: Ints, offers: Ints) -> None:
        """Solve one part by network simplex: needs, offers, floors, then the sink for what stays unmet.

        What offers take and the sink takes are upper bounds ("geq": out less in is at least the supply), not edges to
        one node where all must end: the spanning tree stays flat, and a part of 30,000 needs takes a third of the time.
        """
        terms = self.terms
        n, m = len(needs), len(offers)
        edges = _runs(self.start[needs], self.start[needs + 1] - self.start[needs])
        place = np.full(len(terms.stock), -1)
        place[offers] = n + np.arange(m)
        row = np.repeat(np.arange(n), self.start[needs + 1] - self.start[needs])
        own = self._under(needs)
        groups = np.unique(own[own >= 0])
        sink, of_group = n + m + len(groups), n + m + np.arange(len(groups))
        aside = np.where(own >= 0, n + m + np.searchsorted(groups, own), sink)  # where what stays unmet goes
        penalty, wanted = terms.penalty[needs], terms.wanted[needs]
        dear = BEYOND * (int(penalty.max(initial=0)) + int(np.abs(terms.cost[edges]).max(initial=0)) + 1)
        least = min(int(terms.cost[edges].min(initial=0)), 0) - 1  # all cost something, or more than is wanted flows
        tails = [row, np.arange(n), of_group, of_group]
        heads = [place[terms.offer[edges]], aside, np.full(len(groups), sink), np.full(len(groups), sink)]
        every, room = int(wanted.sum()), terms.room[groups]
        caps = [terms.cap[edges], wanted, room, np.full(len(groups), every)]
        nought = np.zeros(len(groups), np.int64)
        costs = [terms.cost[edges] - least, penalty - least, nought, np.full(len(groups), dear)]
        tail, head, cap, cost = (np.concatenate(x).astype(np.int64) for x in (tails, heads, caps, costs))
        order = np.lexsort((head, tail))
        graph = pylmcf.Graph(sink + 1, tail[order].copy(), head[order].copy())
        graph.set_edge_capacities(cap[order].copy())
        graph.set_edge_costs(cost[order].copy())
        graph.set_supply_type("geq")
        never_full = -every - int(room.sum()) - 1  # so that the sink's price is nought
        graph.set_node_supply(np.concatenate([wanted, -terms.stock[offers], nought, [never_full]]).astype(np.int64))
        graph.solve()
        flow = np.empty(len(tail), np.int64)
        flow[order] = graph.result()
        price = graph.potentials()
        price = np.abs(price - price[sink])
        self.x[edges], self.u[needs] = flow[: len(edges)], flow[len(edges) : len(edges) + n]
        self.slack[offers] -= np.bincount(place[terms.offer[edges]] - n, self.x[edges], m).astype(np.int64)
        self.v[offers] = price[n : n + m]
        self.lift[groups], self.missed[groups] = price[of_group], flow[len(flow) - len(groups) :]
        self.pi[needs] = self._least(needs)

    def _routed(self, needs: Ints, until: float, tell: Tell) -> None:
        """Route what these needs want by augmenting paths."""
        owed = np.zeros(len(self.terms.wanted), np.int64)
        owed[needs] = self.terms.wanted[needs]
        self._take(needs, owed, until, tell)

    def _take(self, needs: Ints, owed: Ints, until: float, tell: Tell) -> None:
        from sijin.engines.clearing import augment

        done, terms = 0, self.terms
        room = self._room()
        for some in np.array_split(needs, len(needs) // LARGE + 1):
            if time.monotonic() > until or tell(done, len(needs)):
                self.complete = False
                return
            augment.take(
                some, self.start, terms.offer, terms.need, terms.cost, terms.cap, self.ostart, self.oedge, self.pen,
                self.x, self.u, self.slack, self.pi, self.v, owed, *room,
            )  # fmt: skip
            done += len(some)

    def _room(self) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """Return the arrays in which paths are sought, made once."""
        if not hasattr(self, "_sought"):
            nodes = len(self.terms.wanted) + len(self.terms.stock)
            prev, heap, place, seen = (np.zeros(nodes, np.int64) for _ in range(4))
            self._sought = (np.full(nodes, FAR), prev, heap, place, seen)
        return self._sought

    def _greedily(self) -> None:
        """Give what nobody has decided yet to the cheapest pairs first, for want of time."""
        from sijin.engines.clearing import augment

        used = np.bincount(self.terms.need, self.x, len(self.terms.wanted)).astype(np.int64)
        owed = self.terms.wanted - used - self.u
        edges = np.flatnonzero(owed[self.terms.need] > 0)
        edges = edges[np.argsort(self.terms.cost[edges] - self.pen[self.terms.need[edges]], kind="stable")]
        edges = edges[self.terms.cost[edges] < self.pen[self.terms.need[edges]]]
        augment.greedy(edges, self.terms.offer, self.terms.need, self.terms.cap, self.x, self.slack, owed)
        self.u += owed
        self.pi = self._least(np.arange(len(self.terms.wanted)))

    # what changed

    def change(self, terms: Terms, until: float, tell: Tell) -> None:
        """Go on from this answer under other numbers for the same needs, offers and edges.

        Prices stay, and so does all that flows but what no longer may: an offer or a need that falls lets go of only
        the excess. What is then free and what is owed is brought together along shortest paths (successive shortest
        paths from a pseudoflow, Ahuja, Magnanti and Orlin 1993, 9.7). An edge that a pair's own limit fills must not
        be among those of a quantity that falls.
        """
        before, self.terms = self.terms, terms
        fresh = (before.penalty != terms.penalty) | (before.group != terms.group)  # needs that are asked anew
        moved = np.flatnonzero((before.cost != terms.cost) | (before.cap != terms.cap))
        beyond = terms.cost[moved] + self.v[terms.offer[moved]] - self.pi[terms.need[moved]]
        fresh[terms.need[moved[self.x[moved] > terms.cap[moved]]]] = True
        wrong = moved[((self.x[moved] > 0) & (beyond > 0)) | ((self.x[moved] < terms.cap[moved]) & (beyond < 0))]
        self._mend(wrong, before.cost, fresh)
        self.slack += terms.stock - before.stock
        owed = np.maximum(terms.wanted - before.wanted, 0)
        self._ask_anew(np.flatnonzero(fresh), owed)
        self._let_go(np.where(fresh, 0, before.wanted - terms.wanted), owed)
        self._give(np.flatnonzero((self.slack > 0) & (self.v > 0)), owed)
        self._take(np.flatnonzero(owed), owed, until, tell)
        if not self.complete:
            self._greedily()
        elif len(terms.room) and (self._broken().any() or self._loose()):
            self.solve(until, tell)

    def _ask_anew(self, needs: Ints, owed: Ints) -> None:
        """Take all that `needs` have from them, and owe them what they want."""
        edges = _runs(self.start[needs], self.start[needs + 1] - self.start[needs])
        edges = edges[self.x[edges] > 0]
        np.add.at(self.slack, self.terms.offer[edges], self.x[edges])
        self.x[edges], self.u[needs], owed[needs] = 0, 0, self.terms.wanted[needs]
        self.pi[needs] = self._least(needs)

    def _let_go(self, less: Ints, owed: Ints) -> None:
        """Free what needs that want `less` have too much of; owe the needs what offers no longer have for them."""
        from sijin.engines.clearing import augment

        terms = self.terms
        needs = np.flatnonzero(less > 0)
        unmet = np.minimum(self.u[needs], less[needs])
        self.u[needs] -= unmet
        counts = self.start[needs + 1] - self.start[needs]
        edges, first = _runs(self.start[needs], counts), np.append(0, np.cumsum(counts))
        augment.release(less[needs] - unmet, first, edges, terms.offer, self.x, self.slack)
        offers = np.flatnonzero(self.slack < 0)
        counts = self.ostart[offers + 1] - self.ostart[offers]
        edges, first = self.oedge[_runs(self.ostart[offers], counts)], np.append(0, np.cumsum(counts))
        augment.release(-self.slack[offers], first, edges, terms.need, self.x, owed)
        self.slack[offers] = 0

    def _mend(self, edges: Ints, before: Ints, fresh: NDArray[np.bool_]) -> None:
        """Take the new costs of `edges` into account; note in `fresh` the needs for which that does not go locally."""
        from sijin.engines.clearing import augment

        terms, cost = self.terms, self.terms.cost.copy()
        cost[edges] = before[edges]  # until it is an edge's turn
        augment.mend(
            edges, terms.cost, self.start, terms.offer, terms.need, cost, terms.cap, self.ostart, self.oedge, self.pen,
            self.x, self.slack, self.pi, self.v, fresh, *self._room(),
        )  # fmt: skip

    def _loose(self) -> bool:
        """Say whether a floor has a price and is no longer just kept."""
        held = self.terms.group >= 0
        unmet = np.bincount(self.terms.group[held], self.u[held], len(self.terms.room))
        return bool(((self.lift > 0) & (unmet != self.terms.room + self.missed)).any() or self.missed.any())

    def _give(self, offers: Ints, owed: Ints) -> None:
        from sijin.engines.clearing import augment

        terms = self.terms
        augment.give(
            offers, self.start, terms.offer, terms.need, terms.cost, terms.cap, self.ostart, self.oedge, self.pen,
            self.x, self.u, self.slack, self.pi, self.v, owed, *self._room(),
        )  # fmt: skip

    # what it says

    @property
    def pen(self) -> Ints:
        """What a unit unmet costs, with what floors add."""
        if not len(self.terms.room):
            return self.terms.penalty
        return self.terms.penalty + np.where(self.terms.group >= 0, self.lift[self.terms.group], 0)

    def _least(self, needs: Ints) -> Ints:
        """Return the least that one more unit costs each of `needs` at the present prices."""
        counts = self.start[needs + 1] - self.start[needs]
        least = self.pen[needs].copy()
        some = counts > 0
        if some.any():
            edges = _runs(self.start[needs[some]], counts[some])
            at = self.terms.cost[edges] + self.v[self.terms.offer[edges]]
            at = np.where(self.x[edges] < self.terms.cap[edges], at, FAR)
            first = np.concatenate(([0], np.cumsum(counts[some])[:-1]))
            least[some] = np.minimum(least[some], np.minimum.reduceat(at, first))
        return least

    @property
    def total(self) -> int:
        """What everything costs, what stays unmet at its own penalty."""
        return int((self.terms.cost * self.x).sum() + (self.terms.penalty * self.u).sum())

    @property
    def proven(self) -> int:
        """What the prices prove of every answer (the dual's value)."""
        terms = self.terms
        over = np.maximum(self.pi[terms.need] - terms.cost - self.v[terms.offer], 0)
        value = int((self.pi * terms.wanted).sum()) - int((self.v * terms.stock).sum()) - int((over * terms.cap).sum())
        return value - int((self.lift * (terms.room + self.missed)).sum())

    def worth(self) -> Ints:
        """Return by how much one more unit of each offer would lower the total: exactly, not only a price."""
        from sijin.engines.clearing import augment

        terms, room = self.terms, self._room()
        augment.worth(
            self.start, terms.offer, terms.need, terms.cost, terms.cap, self.ostart, self.oedge, self.x, self.u,
            self.pi, self.v, room[0], *room[2:],
        )  # fmt: skip
        found: Ints = self.v - room[0][len(self.pi) :]
        room[0][:] = FAR
        return found

    def dearer(self) -> Ints:
        """Return by how much one more unit wanted by each need would raise the total."""
        from sijin.engines.clearing import augment

        terms, room = self.terms, self._room()
        augment.dearer(
            self.start, terms.offer, terms.need, terms.cost, terms.cap, self.ostart, self.oedge, self.pen, self.x,
            self.slack, self.pi, self.v, room[0], *room[2:],
        )  # fmt: skip
        found: Ints = self.pi + room[0][: len(self.pi)]
        room[0][:] = FAR
        return found


def _runs(starts: Ints, counts: Ints) -> Ints:
    """Return the positions from each start on, as many as its count, one run after the other."""
    shift = starts - np.concatenate(([0], np.cumsum(counts)[:-1])) if len(starts) else starts
    return np.asarray(np.repeat(shift, counts) + np.arange(int(counts.sum())), np.int64)
