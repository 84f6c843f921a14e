"""A part of a pool decided exactly: some ways open, some only in their shares, the rest as it is."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sijin.engines import milp
from sijin.engines.pooling.problem import Flags, Floats, Ints, Posed
from sijin.engines.pooling.windows import Spans, broken, inside

CLEAN = 1e-7  # parts of an order, below which a share is none
ROUNDS = 100
SLACK = 1e-6  # hours by which the solver may overrun a span


@dataclass(frozen=True)
class Decided:
    """Shares of all ways, the ways that are partners, the whole cost, and a bound on it while the rest stays."""

    share: Floats
    taken: Flags
    value: float
    bound: float
    spans: Spans


class Part:
    """The integer programme of a part: columns share and partner of the open ways, share of the held, short, gone."""

    def __init__(self, posed: Posed, share: Floats, taken: Flags, open_ways: Flags, held: Flags) -> None:
        self.posed, self.share, self.taken = posed, share, taken
        self.ways = np.flatnonzero(open_ways | held)
        self.orders = np.unique(posed.order[self.ways])
        self.gone = self.ways[posed.change[self.ways] > 0]
        self.fixed_in = held & taken | open_ways & posed.must
        partners = np.bincount(posed.order, open_ways | taken, len(posed.quantity))
        needs = (partners > posed.most)[posed.order] | (posed.lot > 0) | (posed.setup > 0)
        self.partners = np.flatnonzero(open_ways & needs & ~posed.must)
        self.x = np.full(len(share), -1)
        self.x[self.ways] = np.arange(len(self.ways))
        self.y = np.full(len(share), -1)
        self.y[self.partners] = len(self.ways) + np.arange(len(self.partners))
        self.short = len(self.ways) + len(self.partners)
        rest = share.copy()
        rest[self.ways] = 0.0
        self.outside = posed.hours * rest + posed.setup * (taken & (self.x < 0))
        self.left = 1.0 - np.bincount(posed.order, rest, len(posed.quantity))[self.orders]

    def programme(self, spans: Spans) -> milp.Programme:
        """Return the programme with rows for `spans`."""
        posed, ways, partners, orders = self.posed, self.ways, self.partners, self.orders
        place = np.full(len(posed.quantity), -1)
        place[orders] = np.arange(len(orders))
        blocks: list[tuple[Ints, Ints, Floats, Any, Any]] = []  # rows, cols, values, low, high

        def block(rows: Ints, cols: Ints, values: Floats, low: Any, high: Any) -> None:
            blocks.append((rows, cols, values, low, high))

        inf, o = milp.INF, len(orders)
        block(
            np.concatenate([place[posed.order[ways]], np.arange(o)]),
            np.concatenate([self.x[ways], self.short + np.arange(o)]), np.ones(len(ways) + o), self.left, self.left,
        )  # fmt: skip
        counted = np.unique(posed.order[partners])
        place[:] = -1
        place[counted] = np.arange(len(counted))
        limited = partners[place[posed.order[partners]] >= 0]
        others = np.bincount(posed.order, self.fixed_in | (self.taken & (self.x < 0)), len(posed.quantity))[counted]
        block(
            place[posed.order[limited]], self.y[limited], np.ones(len(limited)), np.full(len(counted), -inf),
            (posed.most[counted] - others).astype(float),
        )  # fmt: skip
        n = len(partners)
        two = np.concatenate([np.arange(n), np.arange(n)])
        pair = np.concatenate([self.x[partners], self.y[partners]])
        block(two, pair, np.concatenate([np.ones(n), -posed.top[partners]]), np.full(n, -inf), np.zeros(n))
        lots = partners[posed.lot[partners] > 0]
        m = len(lots)
        block(
            np.concatenate([np.arange(m), np.arange(m)]), np.concatenate([self.x[lots], self.y[lots]]),
            np.concatenate([np.ones(m), -posed.lot[lots]]), np.zeros(m), np.full(m, inf),
        )  # fmt: skip
        g = len(self.gone)
        block(
            np.concatenate([np.arange(g), np.arange(g)]),
            np.concatenate([self.x[self.gone], self.short + o + np.arange(g)]), np.ones(2 * g),
            posed.before[self.gone], np.full(g, inf),
        )  # fmt: skip
        block(*self._span_rows(spans))
        counts = np.cumsum([0] + [len(item[3]) for item in blocks])
        low = np.maximum(posed.low, np.where(self.fixed_in, posed.lot, 0.0))[ways]
        return milp.Programme(
            cost=self._costs() / self.scale,
            rows=np.concatenate([rows + shift for (rows, *_), shift in zip(blocks, counts[:-1], strict=True)]),
            cols=np.concatenate([item[1] for item in blocks]),
            values=np.concatenate([item[2] for item in blocks]),
            row_lo=np.concatenate([item[3] for item in blocks]),
            row_hi=np.concatenate([item[4] for item in blocks]),
            lo=np.concatenate([low, np.zeros(n + o + g)]),
            hi=np.concatenate([posed.top[ways], np.ones(n), np.full(o + g, inf)]),
            integer=np.concatenate([np.zeros(len(ways), bool), np.ones(n, bool), np.zeros(o + g, bool)]),
        )  # fmt: skip

    def _costs(self) -> Floats:
        """Return yuan for each column."""
        posed = self.posed
        return np.concatenate([
            posed.cost[self.ways], np.zeros(len(self.partners)), posed.penalty[self.orders], posed.change[self.gone]
        ])  # fmt: skip

    @property
    def scale(self) -> float:
        """Yuan in one unit of the programme's cost."""
        return max(float(self.posed.penalty[self.orders].mean()), 1e-9)

    def _span_rows(self, spans: Spans) -> tuple[Ints, Ints, Floats, Floats, Floats]:
        posed = self.posed
        row, way = inside(posed, self.ways, spans)
        outer = np.flatnonzero(self.outside > 0)
        used_row, used = inside(posed, outer, spans)
        mine = np.flatnonzero(self.fixed_in & (self.x >= 0))
        in_row, in_way = inside(posed, mine, spans)
        k = len(spans[0])
        taken = np.bincount(used_row, self.outside[used], k) + np.bincount(in_row, posed.setup[in_way], k)
        room = posed.room[spans[0], spans[2] + 1] - posed.room[spans[0], spans[1]] - taken
        partner = (self.y[way] >= 0) & (posed.setup[way] > 0)
        return (
            np.concatenate([row, row[partner]]),
            np.concatenate([self.x[way], self.y[way[partner]]]),
            np.concatenate([posed.hours[way], posed.setup[way[partner]]]),
            np.full(k, -milp.INF),
            np.maximum(room, 0.0),
        )

    def start(self) -> Floats:
        """Return the plan as it stands, as a point of the programme."""
        posed = self.posed
        made = np.bincount(posed.order, self.share * (self.x >= 0), len(posed.quantity))[self.orders]
        gone = np.maximum(posed.before[self.gone] - self.share[self.gone], 0.0)
        return np.concatenate([
            self.share[self.ways], self.taken[self.partners].astype(float), np.maximum(self.left - made, 0.0), gone
        ])  # fmt: skip

    def solve(
        self, spans: Spans, *, until: float, seed: int, tick: Callable[[], bool | None] | None
    ) -> Decided | None:  # fmt: skip
        """Solve, adding the spans that an answer breaks; None when the time ends before an answer breaks none.

        The bound is that of the last round, which is proven whether or not its answer breaks a span.
        """
        posed = self.posed
        makers = np.unique(posed.maker[self.ways])
        own = np.isin(spans[0], makers)
        spans = tuple(column[own] for column in spans)  # type: ignore[assignment]
        bound, started = -np.inf, self.start()
        outer = posed.total(self.share) - float(self._costs() @ started)  # of all that is not in the part
        for _ in range(ROUNDS):
            left = until - time.monotonic()
            if left <= 0.01:
                break
            answer = milp.solve(
                self.programme(spans), time_limit=left, seed=seed, start=started, tick=tick
            )  # fmt: skip
            bound = max(bound, answer.bound * self.scale + outer)
            if not answer.feasible:
                break
            share, taken = self._read(answer.values)
            work = posed.hours * share + posed.setup * taken
            found = broken(posed, work, SLACK, makers)
            if not len(found[0]):
                return Decided(share, taken, answer.objective * self.scale + outer, bound, spans)
            spans = tuple(np.concatenate(pair) for pair in zip(spans, found, strict=True))  # type: ignore[assignment]
        return None if bound == -np.inf else Decided(self.share, self.taken, np.inf, bound, spans)

    def _read(self, values: Floats) -> tuple[Floats, Flags]:
        share, taken = self.share.copy(), self.taken.copy()
        share[self.ways] = np.clip(values[: len(self.ways)], 0.0, self.posed.top[self.ways])
        taken[self.ways] = share[self.ways] > CLEAN
        if len(self.partners):
            taken[self.partners] = values[self.y[self.partners]] > 0.5
        taken[self.fixed_in] = True
        share[(self.x >= 0) & ~taken] = 0.0
        return share, taken
