"""What one more unit of each resource brings: planned again with it, beside what no plan with it can beat."""

import time
from dataclasses import replace

import numpy as np
import polars as pl

from sijin.engines.approvals import bound as bounds
from sijin.engines.approvals import lateness
from sijin.engines.approvals.islands import Islands
from sijin.engines.approvals.portfolio import NONE, Ints, Portfolio
from sijin.engines.approvals.replan import Replan, softened

SHORT = 60  # births between two looks at the clock
WORTH = 0.02  # seconds below which no search is begun
SCHEMA = {
    "resource": pl.String, "amount": pl.Int64, "brings": pl.Int64, "at_most": pl.Int64, "saves": pl.Float64,
    "saves_at_most": pl.Float64,
}  # fmt: skip


def more(posed: Portfolio, start: Ints, weight: Ints, scale: int, seed: int, until: float) -> pl.DataFrame:
    """Plan again with one more of each resource that is used.

    Parameters
    ----------
    start : the plan that the gains are measured against.
    weight : of a day late, in parts; empty when nothing can be late.
    scale : parts of a day.
    until : of the monotonic clock; past it nothing is searched and the gains found are 0.

    Returns
    -------
    resource, amount; brings, at_most: days of makespan as found, and as proven that no plan saves more; saves,
    saves_at_most: the same of makespan + weight × days late.
    """
    none = np.full(len(start), NONE, np.int64)
    used = [k for k in range(len(posed.resources)) if (posed.demand[:, k] > 0).any()]
    poorer = Replan(replace(posed, previous=none), seed).placed(start, np.zeros(len(start), np.bool_))
    if poorer is not None and _priced(posed, poorer, weight, scale)[1] < _priced(posed, start, weight, scale)[1]:
        start = poorer  # what can be had without one more is no gain of it
    gains = {k: _Gains(replace(posed.richer(k), previous=none), start, weight, scale, seed, k) for k in used}
    for k in sorted(used, key=lambda k: gains[k].best[1]):  # who gains most at once is searched longest
        gains[k].search((until - time.monotonic()) / 2)
    lines = [(str(posed.resources[k]), int(posed.capacity[k]), *gains[k].told) for k in used]
    return pl.DataFrame(lines, schema=SCHEMA, orient="row")


def _priced(posed: Portfolio, start: Ints, weight: Ints, scale: int) -> tuple[int, int]:
    """Return the makespan of a plan, and its makespan + weight × days late in parts."""
    finish = start + posed.days
    late = np.maximum(0, finish - posed.due) * (posed.due >= 0)
    cost = int((weight * late).sum()) if len(weight) else 0
    return int(finish.max()), scale * int(finish.max()) + cost


class _Gains:
    """What a portfolio that is richer by one unit saves against a plan of the poorer one."""

    def __init__(self, richer: Portfolio, start: Ints, weight: Ints, scale: int, seed: int, resource: int) -> None:
        self.richer, self.start, self.weight, self.scale, self.seed = richer, start, weight, scale, seed
        self.shortest = bounds.makespan(richer, resource)
        self.cheapest = scale * self.shortest + (lateness.least(richer, weight) if len(weight) else 0)
        self.plain = _priced(richer, start, weight, scale)
        self.best = self.plain
        self._place(start)

    @property
    def told(self) -> tuple[int, int, float, float]:
        """What is saved of the makespan, at most of it, of the cost, at most of it."""
        most, saved = max(0, self.plain[0] - self.shortest), max(0, self.plain[1] - self.cheapest)
        days, cost = self.plain[0] - self.best[0], self.plain[1] - self.best[1]
        return days, most, cost / self.scale, saved / self.scale

    def search(self, seconds: float) -> None:
        """Look for the shortest plan and, where days late cost something, for the cheapest one too."""
        nothing = np.zeros(len(self.start), np.int64)  # one for each: the compiled search looks at all
        aims = [(nothing, 1, self.shortest, 0), (self.weight, self.scale, self.cheapest, 1)]
        aims = aims[: 1 + bool(len(self.weight))]
        for weight, scale, goal, part in aims:
            if self.best[part] > goal and seconds / len(aims) > WORTH:
                self._try(weight, scale, goal, time.monotonic() + seconds / len(aims))

    def _try(self, weight: Ints, scale: int, goal: int, until: float) -> None:
        """Search for a plan of less makespan, or of less cost; what is bred is placed again where locks must hold."""
        locked = self.richer.locked >= 0
        posed, heavy = softened(self.richer, weight, scale) if locked.any() else (self.richer, weight)
        islands = Islands(posed, heavy, scale, self.seed)
        for island in islands.islands:
            island.plant(0, self.start.copy())
        islands.live(lambda start, cost: time.monotonic() < until and cost > goal, SHORT)
        self._place(islands.best[0])

    def _place(self, order: Ints) -> None:
        """Keep what a plan in the order of another one saves: each task as early as the richer resource lets it."""
        placed = Replan(self.richer, self.seed).placed(order, np.zeros(len(order), np.bool_))
        if placed is not None:
            made = _priced(self.richer, placed, self.weight, self.scale)
            self.best = (min(self.best[0], made[0]), min(self.best[1], made[1]))
