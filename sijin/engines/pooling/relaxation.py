"""The linear relaxation of a pool, kept in the solver while partners are decided one after the other.

Of an undecided way the partner's 0/1 is replaced by share / top: the least that it can be. This is as strong as a
column and a row for it, at half the size. Spans of weeks (see `windows`) come in as rows when they are broken.
"""

import time
from collections.abc import Callable
from typing import Any

import highspy
import numpy as np

from sijin.engines import milp
from sijin.engines.pooling.problem import Flags, Floats, Ints, Posed
from sijin.engines.pooling.windows import Spans, broken, inside

OPEN, IN, OUT = 0, 1, 2  # what is decided of a way
TIGHT = 1e-7  # hours by which a span may be broken
DEARER = 2.0  # times the dearest hour: what an hour too many costs while partners are being decided


class Relaxation:
    """The programme in the solver. ``status`` says what is decided; `solve` gives the best shares under it."""

    def __init__(self, posed: Posed, tick: Callable[[], bool | None] | None = None) -> None:
        self.posed, self.status = posed, np.zeros(len(posed.order), np.int8)
        self.spans: Spans = (np.empty(0, np.int64),) * 3
        self.scale = max(float(posed.penalty.mean()) if len(posed.penalty) else 1.0, 1e-9)
        self.share = np.zeros(len(posed.order))
        self.over = np.zeros(len(posed.room))
        self.value = self.bound = -np.inf
        self._span_at = self._way_at = np.empty(0, np.int64)  # the coefficients of the rows of spans
        self._raised: list[BaseException] = []
        self._solver = self._loaded()
        if tick is not None:
            milp.watch(self._solver, tick, self._raised)
        if posed.must.any():
            self.decide(np.flatnonzero(posed.must), IN)

    def _loaded(self) -> Any:
        posed = self.posed
        ways, orders, makers = len(posed.order), len(posed.quantity), len(posed.room)
        self._gone = np.flatnonzero(posed.change > 0)
        self._counted = np.flatnonzero(posed.counted)
        dear = np.zeros(makers)
        np.maximum.at(dear, posed.maker, (posed.penalty[posed.order] + posed.cost) / posed.hours)
        gone, counted = len(self._gone), len(self._counted)
        every = np.arange(ways)
        place = np.full(orders, -1)
        place[self._counted] = np.arange(counted)
        limited = np.flatnonzero(place[posed.order] >= 0)
        inf = milp.INF
        programme = milp.Programme(
            cost=np.concatenate([posed.cost, posed.penalty, posed.change[self._gone], DEARER * dear]) / self.scale,
            rows=np.concatenate([
                posed.order, np.arange(orders), orders + place[posed.order[limited]],
                orders + counted + np.arange(gone), orders + counted + np.arange(gone),
            ]),
            cols=np.concatenate([
                every, ways + np.arange(orders), limited, self._gone, ways + orders + np.arange(gone)
            ]),
            values=np.concatenate([np.ones(ways + orders), 1.0 / posed.top[limited], np.ones(2 * gone)]),
            row_lo=np.concatenate([np.ones(orders), np.full(counted, -inf), posed.before[self._gone]]),
            row_hi=np.concatenate([
                np.ones(orders), posed.most[self._counted].astype(float), np.full(gone, inf)
            ]),
            lo=np.concatenate([posed.low, np.zeros(orders + gone + makers)]),
            hi=np.concatenate([posed.top, np.ones(orders), np.full(gone, inf), np.zeros(makers)]),
        )  # fmt: skip
        self._place, self._rows = place, orders + counted + gone
        solver = milp.loaded(programme)
        every_maker = np.unique(posed.maker)
        first, last = np.full(makers, posed.room.shape[1]), np.zeros(makers, np.int64)
        np.minimum.at(first, posed.maker, posed.first)
        np.maximum.at(last, posed.maker, posed.last)
        self._solver = solver
        self._add((every_maker, first[every_maker], last[every_maker]))
        return solver

    def _burden(self, ways: Ints) -> Floats:
        """Return hours of a way for all of its order: of an undecided one with its part of the setting up."""
        posed = self.posed
        open_ways = self.status[ways] == OPEN
        found: Floats = posed.hours[ways] + np.where(open_ways, posed.setup[ways] / posed.top[ways], 0.0)
        return found

    def _add(self, spans: Spans) -> None:
        """Add rows for spans."""
        posed, had = self.posed, len(self.spans[0])
        span, way = inside(posed, np.arange(len(posed.order)), spans)
        maker, first, last = spans
        count = np.bincount(span, minlength=len(maker)) + 1
        setup = np.bincount(span, posed.setup[way] * (self.status[way] == IN), len(maker))
        # The last coefficient of each row is that of the hours too many.
        at = np.concatenate([span, np.arange(len(maker))])
        order = np.argsort(at, kind="stable")
        cols = np.concatenate([way, self._over_col(maker)])[order].astype(np.int32)
        values = np.concatenate([self._burden(way), -np.ones(len(maker))])[order]
        starts = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int32)
        room = posed.room[maker, last + 1] - posed.room[maker, first] - setup
        self._solver.addRows(len(maker), np.full(len(maker), -milp.INF), room, len(cols), starts, cols, values)
        self.spans = tuple(np.concatenate(pair) for pair in zip(self.spans, spans, strict=True))  # type: ignore[assignment]
        self._span_at = np.concatenate([self._span_at, span + had])
        self._way_at = np.concatenate([self._way_at, way])

    def _over_col(self, maker: Ints) -> Ints:
        found: Ints = len(self.posed.order) + len(self.posed.quantity) + len(self._gone) + maker
        return found

    def decide(self, ways: Ints, status: int) -> None:
        """Set what is decided of `ways`."""
        posed, solver = self.posed, self._solver
        if not len(ways):
            return
        self.status[ways] = status
        index = ways.astype(np.int32)
        lo = np.maximum(posed.lot, posed.low)[ways] if status == IN else posed.low[ways] * (status == OPEN)
        hi = np.zeros(len(ways)) if status == OUT else posed.top[ways]
        solver.changeColsBounds(len(ways), index, lo, hi)
        touched = np.isin(self._way_at, ways[posed.setup[ways] > 0])
        for span, way, value in zip(
            self._span_at[touched], self._way_at[touched], self._burden(self._way_at[touched]), strict=True
        ):
            solver.changeCoeff(int(self._rows + span), int(way), float(value))
        if touched.any():
            self._refill(np.unique(self._span_at[touched]))
        limited = ways[self._place[posed.order[ways]] >= 0]
        for way in limited:
            row = len(posed.quantity) + self._place[posed.order[way]]
            solver.changeCoeff(int(row), int(way), float(1.0 / posed.top[way]) if status == OPEN else 0.0)
        rows = np.unique(self._place[posed.order[limited]])
        partners = np.bincount(posed.order, self.status == IN, len(posed.quantity))[self._counted[rows]]
        left = np.maximum(posed.most[self._counted[rows]] - partners, 0.0)
        if len(rows):
            solver.changeRowsBounds(
                len(rows), (len(posed.quantity) + rows).astype(np.int32), np.full(len(rows), -milp.INF), left
            )

    def _refill(self, rows: Ints) -> None:
        """Take the setting up of partners who are in off the hours of spans."""
        posed = self.posed
        setup = np.bincount(
            self._span_at, posed.setup[self._way_at] * (self.status[self._way_at] == IN), len(self.spans[0])
        )
        maker, first, last = (column[rows] for column in self.spans)
        room = posed.room[maker, last + 1] - posed.room[maker, first] - setup[rows]
        self._solver.changeRowsBounds(
            len(rows), (self._rows + rows).astype(np.int32), np.full(len(rows), -milp.INF), room
        )

    def allow(self, over: bool) -> None:
        """Let makers have hours too many, at more than it costs to leave an order undone; or no longer."""
        makers = np.arange(len(self.posed.room))
        hi = np.full(len(makers), milp.INF if over else 0.0)
        self._solver.changeColsBounds(len(makers), self._over_col(makers).astype(np.int32), np.zeros(len(makers)), hi)

    def work(self, share: Floats) -> Floats:
        """Return the hours of each way at these shares."""
        posed = self.posed
        inside_setup = np.where(self.status == IN, posed.setup, 0.0)
        found: Floats = self._burden(np.arange(len(share))) * share + inside_setup
        return found

    def solve(self, until: float, rounds: int = 1_000) -> bool:
        """Solve, with a row for every span that the answer breaks, again and again; return whether none is left."""
        posed = self.posed
        ways, orders = len(posed.order), len(posed.quantity)
        for _ in range(rounds):
            self._solver.setOptionValue("time_limit", self._solver.getRunTime() + max(until - time.monotonic(), 0.01))
            self._solver.run()
            if self._raised:
                raise self._raised[0]
            info = self._solver.getInfo()
            if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return False
            point = self._solver.getSolution()
            values = np.asarray(point.col_value)
            self.share = np.clip(values[:ways], 0.0, posed.top)
            self.over = values[ways + orders + len(self._gone) :]
            self.value = float(info.objective_function_value) * self.scale
            self.duals = np.asarray(point.row_dual) * self.scale
            self.reduced = np.asarray(point.col_dual)[:ways] * self.scale
            work = self.work(self.share)
            if self.over.any():
                heavy = np.flatnonzero(self.over > 0)
                work[np.isin(posed.maker, heavy)] = 0.0  # looked at again when the hours too many are gone
            spans = broken(posed, work, TIGHT)
            if not len(spans[0]):
                return True
            self._add(spans)
        return False

    def prices(self) -> tuple[Floats, float]:
        """Return what an hour of each way is worth (yuan) by the duals, and what all hours are worth together."""
        posed = self.posed
        dual = np.maximum(-self.duals[self._rows :], 0.0)
        maker, first, last = self.spans
        hour: Floats = np.bincount(self._way_at, dual[self._span_at], len(posed.order)).astype(np.float64)
        return hour, float(dual @ (posed.room[maker, last + 1] - posed.room[maker, first]))


def settled(posed: Posed, share: Floats, status: np.ndarray[Any, np.dtype[np.int8]]) -> Flags:
    """Return the orders whose shares keep to the lots and to the number of partners."""
    used = (share > 1e-7) | (status == IN)
    small = used & (share < posed.lot * (1 - 1e-7) - 1e-9)
    count = np.bincount(posed.order, used, len(posed.quantity))
    found: Flags = (count <= posed.most) & (np.bincount(posed.order, small, len(posed.quantity)) == 0)
    return found
