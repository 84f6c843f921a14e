"""Orders spread over makers with spare hours: the cheapest split, its bound, and the board of every maker."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from sijin.engines.faults import Table
from sijin.engines.pooling.annealing import Annealing, ready
from sijin.engines.pooling.board import boards, booked, dated
from sijin.engines.pooling.choices import choices
from sijin.engines.pooling.incumbent import Incumbent
from sijin.engines.pooling.part import Part
from sijin.engines.pooling.prices import prices
from sijin.engines.pooling.problem import Floats, Posed, Rules, pose, rules_of
from sijin.engines.pooling.reasons import late
from sijin.engines.pooling.relaxation import Relaxation, bound_at, first_spans
from sijin.engines.pooling.tables import Checked
from sijin.engines.pooling.windows import Spans

Progress = Callable[[int, int, str], bool | None]
FEW, WHOLE = 80, 4_000  # ways up to which all partners are decided in one programme, at once or after an annealing
RELAXING = 0.4  # of the time, for the relaxation at most
EARLY, LAST = 0.6, 0.1  # of the time: for the annealing before all is decided at once; for the last shares after it
TURNS = 3  # times that a plan is cooled down
SIMPLEX = 40_000  # ways up to which the relaxation is solved; beyond, prices are found step by step
SEARCHING = 0.97  # of the time; the rest is for the boards
CLOSE = 1e-6  # gap at which the search ends


@dataclass(frozen=True)
class Pooled:
    """The answer of `pool`.

    ``shares`` (order, maker, quantity, cost, first_week, last_week, reason, why, cheaper): what is made in time, where;
    cost is yuan for a unit, made and sent; for the reasons see `choices`. ``board`` (maker, day, order, quantity,
    hours): what is worked on each day, always the order due first. ``makers`` (maker, booked_until, hours, capacity).
    ``late`` (order, quantity, reason, why …): what is not made in time. ``cost`` = sum of ``parts`` (made, late,
    change); ``bound`` is proven for the whole, set-up hours included; ``gap`` is relative (0.01 = 1 %). ``why`` says in
    words how the search ended. ``faults`` names every row that was left out; ``complete`` is False where the time ended
    or the caller stopped before the search did.
    """

    shares: pl.DataFrame
    board: pl.DataFrame
    makers: pl.DataFrame
    late: pl.DataFrame
    cost: float
    bound: float
    gap: float
    seconds: float
    why: str
    parts: dict[str, float]
    faults: pl.DataFrame
    complete: bool
    trace: tuple[tuple[float, float, float], ...] = field(repr=False)  # seconds, cost, bound


def pool(
    orders: Table,
    makers: Table,
    capacity: Table,
    rates: Table,
    links: Table,
    rules: Rules | Mapping[str, Any] | None = None,
    *,
    time_limit: float = 30.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Pooled:
    """Split orders over makers at the least cost, each order over few makers, everybody within the hours they have.

    Parameters
    ----------
    orders : order, product, quantity, release, due (weeks), max_partners (empty: any number), value (yuan, of the whole
        order); optional: certificate (that a maker must hold), min_lot, penalty (yuan for a unit late or short)
    makers : maker, min_lot (least share of an order), lead (weeks from release to the start), setup (hours before the
        first unit of an order); optional: certificates (a list, or a text with commas)
    capacity : maker, week, hours; a week without a row has none
    rates : maker, product, hours and cost (yuan) for one unit
    links : order, maker, ship_weeks, cost (yuan for one unit sent): who may make what
    rules : `Rules`, or a dict of its fields
    time_limit : seconds for the search
    seed : the same seed gives the same plan, as long as the time does not end the search
    progress : called with (done, total, words); return True to stop with the best plan so far

    A unit is in time if it is made in the weeks from release + lead up to due - ship_weeks, both included; whatever is
    not is late or short at a penalty (see `Rules.late`). A maker works on one order at a time and may interrupt it.
    Set-up hours are in the model, once for an order and maker.

    Returns
    -------
    `Pooled`. Rows with faults are left out and named in ``faults``; the rest is solved.

    Raises
    ------
    ValueError
        A table has not the columns it must have, or a rule is none.
    """
    began = time.monotonic()
    given = rules_of(rules)
    checked = Checked(orders, makers, capacity, rates, links)
    posed, pairs = pose(checked, given)
    search = _Search(posed, began, time_limit, seed, progress)
    search.run()
    return _told(checked, posed, pairs, given, search, began)


class _Search:
    """The steps of the search, with the best plan and the best bound so far."""

    def __init__(self, posed: Posed, began: float, limit: float, seed: int, progress: Progress | None) -> None:
        self.posed, self.began, self.limit, self.seed, self._progress = posed, began, limit, seed, progress
        self.until = began + SEARCHING * limit
        self.stopped = self.finished = False
        self.best = Incumbent(posed)
        self.bound = min(0.0, self.best.value)
        self.trace: list[tuple[float, float, float]] = []

    @property
    def gap(self) -> float:
        """The relative distance of the best plan from the bound."""
        return max(self.best.value - self.bound, 0.0) / max(abs(self.best.value), 1e-9)

    def tell(self, words: str = "searching") -> bool:
        """Report; return whether to stop."""
        passed = time.monotonic() - self.began
        if not self.trace or self.trace[-1][1:] != (self.best.value, self.bound):
            self.trace.append((passed, self.best.value, self.bound))
        if self._progress is not None and not self.stopped:
            share = 1.0 if self.limit <= 0 else min(passed / self.limit, 1.0)
            text = f"{words}: cost {self.best.value:,.0f}, gap {self.gap:.2%}"
            self.stopped = self._progress(int(100 * share), 100, text) is True
        return self.stopped or time.monotonic() >= self.until

    def lift(self, bound: float) -> None:
        """Take a better bound."""
        self.bound = max(self.bound, min(bound, self.best.value))

    def run(self) -> None:
        """Relax, exchange orders, decide exactly what is small enough."""
        posed = self.posed
        if not len(posed.order) or self.best.value <= 0:
            self.bound, self.finished = self.best.value, True
            return
        self._ready()
        self.lift(bound_at(posed, np.zeros(len(posed.order)), 0.0)[0])
        if self.tell():
            return
        hour, worth, share, spans = self._relaxed()
        self.lift(bound_at(posed, hour, worth)[0])
        self.best.rounded(share)
        annealing = Annealing(posed, self.best, hour, spans, self.seed)
        if len(posed.order) <= FEW:
            self._whole(spans)
        elif len(posed.order) <= WHOLE:
            annealing.run(EARLY * self.limit, TURNS, self.until, self.tell)
            self._whole(spans)
        else:
            annealing.run(self.until - time.monotonic() - LAST * self.limit, TURNS, self.until, self.tell)
        self.finished = self.gap <= CLOSE or (not self.stopped and time.monotonic() < self.until)

    def _relaxed(self) -> tuple[Floats, float, Floats, Spans]:
        """Return what hours are worth, of each way and all together, shares of all ways, and spans that are tight."""
        posed = self.posed
        if len(posed.order) <= SIMPLEX:
            relax = Relaxation(posed, lambda: self.tell("relaxation"))
            relax.solve(time.monotonic() + RELAXING * self.limit)
            if relax.value > -np.inf:
                return *relax.prices(), relax.share, relax.spans
        return *prices(posed, lambda: self.tell("prices of hours")), first_spans(posed)

    def _ready(self) -> None:
        """Compile the loops where that was never done; it is not counted as the search's time."""
        now = time.monotonic()
        if len(self.posed.order) > FEW:
            ready()
        self.until += time.monotonic() - now

    def _whole(self, spans: Spans) -> None:
        """Decide all partners in one programme."""
        if self.gap <= CLOSE or self.tell("deciding all at once"):
            return
        posed, best = self.posed, self.best
        every = np.ones(len(posed.order), bool)
        part = Part(posed, best.share, best.taken, every, ~every)
        found = part.solve(spans, until=self.until, seed=self.seed, tick=self.tell)
        if found is not None:
            best.offer(found.share, found.taken)
            self.lift(found.bound)


def _told(checked: Checked, posed: Posed, pairs: pl.DataFrame, rules: Rules, search: _Search, began: float) -> Pooled:
    """Read the best plan."""
    best = search.best
    made = boards(posed, rules, posed.rounded(best.share), best.taken)
    share = made.share
    orders, makers = checked.orders["order"], checked.makers["maker"]
    used = np.flatnonzero(share > 0)
    why = choices(posed, share, best.taken, used)
    shares = pl.DataFrame({
        "order": orders[posed.order[used]], "maker": makers[posed.maker[used]],
        "quantity": share[used] * posed.quantity[posed.order[used]],
        "cost": posed.cost[used] / posed.quantity[posed.order[used]],
        "first_week": posed.first[used] + posed.week, "last_week": posed.last[used] + posed.week,
        "reason": pl.Series([code for code, _, _ in why], dtype=pl.String),
        "why": pl.Series([words for _, words, _ in why], dtype=pl.String),
        "cheaper": pl.Series([count for _, _, count in why], dtype=pl.Int64),
    })  # fmt: skip
    board = made.rows.with_columns(
        maker=makers[made.rows["maker"].to_numpy()], order=orders[made.rows["order"].to_numpy()]
    )
    parts = posed.price(share)
    parts["change"] += posed.lost
    cost = sum(parts.values())
    bound = min(search.bound + posed.lost, cost)
    return Pooled(
        shares=shares,
        board=dated(board, rules, "day"),
        makers=booked(made.rows, makers, posed.room, rules),
        late=late(checked, posed, pairs, share, best.taken),
        cost=cost,
        bound=bound,
        gap=max(cost - bound, 0.0) / max(abs(cost), 1e-9),
        seconds=time.monotonic() - began,
        why=_why(search),
        parts=parts,
        faults=checked.faults,
        complete=search.finished,
        trace=tuple(search.trace),
    )


def _why(search: _Search) -> str:
    if search.finished:
        return "no plan is better than the bound says" if search.gap <= CLOSE else "the search is over"
    return "stopped by the caller" if search.stopped else "the time is over"
