"""The linear relaxation of a pool: the least that it can cost, and what an hour of each maker is worth in each week.

The partner's 0/1 of a way is replaced by share / top: the least that it can be. This is as strong as a column and a row
for it, at half the size. Spans of weeks (see `windows`) come in as rows when they are broken.
"""

import time
from collections.abc import Callable
from typing import Any

import highspy
import numpy as np

from sijin.engines import milp
from sijin.engines.pooling.problem import Flags, Floats, Ints, Posed
from sijin.engines.pooling.windows import Spans, broken, inside

TIGHT = 1e-7  # hours by which a span may be broken
AT_ONCE = 6  # spans of a maker that come in at a time
IDLE = 200  # rows that are not tight and are left in for all that
ROUNDS = 1_000


class Relaxation:
    """The programme in the solver; `solve` gives the best shares, `prices` what hours are worth."""

    def __init__(self, posed: Posed, tick: Callable[[], bool | None] | None = None) -> None:
        self.posed = posed
        self.spans: Spans = (np.empty(0, np.int64),) * 3
        self.scale = max(float(posed.penalty.mean()), 1e-9)
        self.share = np.zeros(len(posed.order))
        self.value = -np.inf
        # An undecided way has its part of the setting up; a locked one has all of it, which is taken off the hours.
        self._burden = posed.hours + np.where(posed.must, 0.0, posed.setup / posed.top)
        self._setup = np.where(posed.must, posed.setup, 0.0)
        self._span_at = self._way_at = np.empty(0, np.int64)  # the coefficients of the rows of spans
        self._raised: list[BaseException] = []
        self._solver, self._rows = self._loaded()
        self._add(first_spans(posed))
        if tick is not None:
            milp.watch(self._solver, tick, self._raised)

    def _loaded(self) -> tuple[Any, int]:
        """Return a solver with all but the rows of spans, and how many rows that is."""
        posed, inf = self.posed, milp.INF
        ways, orders = len(posed.order), len(posed.quantity)
        gone, counted = np.flatnonzero(posed.change > 0), np.flatnonzero(posed.counted)
        place = np.full(orders, -1)
        place[counted] = np.arange(len(counted))
        limited = np.flatnonzero((place[posed.order] >= 0) & ~posed.must)
        locked = np.bincount(posed.order, posed.must, orders)[counted]
        late, away, one = np.arange(orders), np.arange(len(gone)), orders + len(counted)
        programme = milp.Programme(
            cost=np.concatenate([posed.cost, posed.penalty, posed.change[gone]]) / self.scale,
            rows=np.concatenate([
                posed.order, late, orders + place[posed.order[limited]], one + away, one + away
            ]),
            cols=np.concatenate([np.arange(ways), ways + late, limited, gone, ways + orders + away]),
            values=np.concatenate([np.ones(ways + orders), 1.0 / posed.top[limited], np.ones(2 * len(gone))]),
            row_lo=np.concatenate([np.ones(orders), np.full(len(counted), -inf), posed.before[gone]]),
            row_hi=np.concatenate([np.ones(orders), posed.most[counted] - locked, np.full(len(gone), inf)]),
            lo=np.concatenate([np.where(posed.must, posed.lot, 0.0), np.zeros(orders + len(gone))]),
            hi=np.concatenate([posed.top, np.ones(orders), np.full(len(gone), inf)]),
        )  # fmt: skip
        return milp.loaded(programme), one + len(gone)

    def _add(self, spans: Spans) -> None:
        """Add rows for spans."""
        posed, had = self.posed, len(self.spans[0])
        maker, first, last = spans
        span, way = inside(posed, np.arange(len(posed.order)), spans)
        room = posed.room[maker, last + 1] - posed.room[maker, first]
        room -= np.bincount(span, self._setup[way], len(maker))
        order = np.argsort(span, kind="stable")
        span, way = span[order], way[order]
        starts = np.searchsorted(span, np.arange(len(maker))).astype(np.int32)
        self._solver.addRows(
            len(maker), np.full(len(maker), -milp.INF), room, len(way), starts, way.astype(np.int32), self._burden[way]
        )
        self.spans = tuple(np.concatenate(pair) for pair in zip(self.spans, spans, strict=True))  # type: ignore[assignment]
        self._span_at = np.concatenate([self._span_at, span + had])
        self._way_at = np.concatenate([self._way_at, way])

    def _drop(self, idle: Ints) -> None:
        """Take out rows of spans; they come back when they are broken."""
        self._solver.deleteRows(len(idle), (self._rows + idle).astype(np.int32))
        kept = np.ones(len(self.spans[0]), bool)
        kept[idle] = False
        place, still = np.cumsum(kept) - 1, kept[self._span_at]
        self._span_at, self._way_at = place[self._span_at[still]], self._way_at[still]
        self.spans = tuple(column[kept] for column in self.spans)  # type: ignore[assignment]

    def solve(self, until: float) -> bool:
        """Solve, with rows for the spans that the answer breaks, again and again; return whether none is left.

        Every round has prices that prove a bound. Rows that are not tight are taken out again (few ever are).
        """
        posed, ways = self.posed, len(self.posed.order)
        for _ in range(ROUNDS):
            self._solver.setOptionValue("time_limit", self._solver.getRunTime() + max(until - time.monotonic(), 0.01))
            self._solver.run()
            if self._raised:
                raise self._raised[0]
            if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return False
            point = self._solver.getSolution()
            self.share = np.clip(np.asarray(point.col_value)[:ways], 0.0, posed.top)
            self.value = float(self._solver.getInfo().objective_function_value) * self.scale
            dual = np.maximum(-np.asarray(point.row_dual)[self._rows :] * self.scale, 0.0)
            self._duals = (dual, self._span_at, self._way_at, self.spans)
            spans = broken(posed, self._burden * self.share + self._setup, TIGHT, most=AT_ONCE)
            if not len(spans[0]):
                return True
            status = np.array(self._solver.getBasis().row_status[self._rows :])
            idle = np.flatnonzero(status == highspy.HighsBasisStatus.kBasic)
            if len(idle) > IDLE:
                self._drop(idle)
            self._add(spans)
        return False

    def prices(self) -> tuple[Floats, float]:
        """Return what an hour of each way is worth (yuan), and what all hours are worth together, by the last duals."""
        posed = self.posed
        dual, span_at, way_at, (maker, first, last) = self._duals
        hour = np.bincount(way_at, dual[span_at], len(posed.order)).astype(np.float64)
        return hour, float(dual @ (posed.room[maker, last + 1] - posed.room[maker, first]))


def bound_at(posed: Posed, hour: Floats, worth: float) -> tuple[float, Floats, Floats, Flags]:
    """Return a proven bound from prices of hours, each order's least cost at them, and its shares and ways.

    Lagrangian relaxation of the hours: every order alone, exactly, with its lots and partners. The bound holds for any
    prices; at those of the relaxation it is no less than the relaxation.
    """
    from sijin.engines.pooling import patterns

    share, cost = np.zeros(len(posed.order)), np.zeros(len(posed.quantity))
    taken = np.zeros(len(posed.order), bool)
    low = np.where(posed.must, posed.lot, 0.0)
    patterns.best(
        posed.start, posed.most, posed.penalty, posed.cost + posed.hours * hour, posed.setup * hour,
        posed.lot, low, posed.top, posed.must, posed.before, posed.change, share, taken, cost,
    )  # fmt: skip
    return float(cost.sum() + posed.change @ posed.before) - worth, cost, share, taken


def by_maker(posed: Posed) -> tuple[Ints, Ints]:
    """Return the ways sorted by maker, and where each maker's begin."""
    order = np.argsort(posed.maker, kind="stable")
    return order, np.searchsorted(posed.maker[order], np.arange(len(posed.room) + 1))


def first_spans(posed: Posed) -> Spans:
    """Return for every maker the weeks from the first to the last in which there may be work."""
    makers = np.unique(posed.maker)
    first, last = np.full(len(posed.room), posed.room.shape[1]), np.zeros(len(posed.room), np.int64)
    np.minimum.at(first, posed.maker, posed.first)
    np.maximum.at(last, posed.maker, posed.last)
    return makers, first[makers], last[makers]
