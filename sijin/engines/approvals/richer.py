"""What one more unit of each resource brings: planned again with it, beside what no plan with it can beat."""

import time
from dataclasses import replace

import numpy as np
import polars as pl

from sijin.engines.approvals import bound as bounds
from sijin.engines.approvals import lateness
from sijin.engines.approvals.islands import Islands
from sijin.engines.approvals.portfolio import NONE, Ints, Portfolio
from sijin.engines.approvals.replan import Replan

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
    lines = []
    for place, k in enumerate(used):
        seconds = (until - time.monotonic()) / (len(used) - place)
        gains = _Gains(replace(posed.richer(k), previous=none), start, weight, scale, seed)
        gains.search(k, seconds)
        lines.append((str(posed.resources[k]), int(posed.capacity[k]), *gains.told))
    return pl.DataFrame(lines, schema=SCHEMA, orient="row")


class _Gains:
    """What a portfolio that is richer by one unit saves against a plan of the poorer one."""

    def __init__(self, richer: Portfolio, start: Ints, weight: Ints, scale: int, seed: int) -> None:
        self.richer, self.start, self.weight, self.scale, self.seed = richer, start, weight, scale, seed
        self.plain = self._priced(start)
        self.best = self.plain
        self.told: tuple[int, int, float, float] = (0, 0, 0.0, 0.0)

    def _priced(self, start: Ints) -> tuple[int, int]:
        """Return the makespan of a plan, and its makespan + weight × days late in parts."""
        finish = start + self.richer.days
        late = np.maximum(0, finish - self.richer.due) * (self.richer.due >= 0)
        cost = int((self.weight * late).sum()) if len(self.weight) else 0
        return int(finish.max()), self.scale * int(finish.max()) + cost

    def search(self, resource: int, seconds: float) -> None:
        """Look for the shortest plan and, where days late cost something, for the cheapest one too."""
        shortest = bounds.makespan(self.richer, resource)
        cheapest = self.scale * shortest + (lateness.least(self.richer, self.weight) if len(self.weight) else 0)
        nothing = np.zeros(len(self.start), np.int64)  # one for each: the compiled search looks at all
        aims = [(nothing, 1, shortest, 0), (self.weight, self.scale, cheapest, 1)][: 1 + bool(len(self.weight))]
        for weight, scale, goal, part in aims:
            if self.best[part] > goal and seconds / len(aims) > WORTH:
                self._try(weight, scale, goal, part, time.monotonic() + seconds / len(aims))
        days, most = self.plain[0] - self.best[0], max(0, self.plain[0] - shortest)
        cost, all_ = self.plain[1] - self.best[1], max(0, self.plain[1] - cheapest)
        self.told = (days, most, cost / self.scale, all_ / self.scale)

    def _try(self, weight: Ints, scale: int, goal: int, part: int, until: float) -> None:
        """Search for a plan of less makespan (`part` 0) or cost (1); locks take the way of a re-plan."""

        def priced(start: Ints) -> int:
            return self._priced(start)[part]

        if (self.richer.locked >= 0).any():
            found = [self.start]

            def go_on(start: Ints | None) -> bool:
                if start is not None:
                    found[0] = start
                return time.monotonic() < until and priced(found[0]) > goal

            Replan(self.richer, self.seed).climb(priced, go_on, self.start)
            self._keep(found[0])
            return
        islands = Islands(self.richer, weight, scale, self.seed)
        for island in islands.islands:
            island.plant(0, self.start.copy())
        islands.live(lambda start, cost: time.monotonic() < until and cost > goal, SHORT)
        self._keep(islands.best[0])

    def _keep(self, start: Ints) -> None:
        """Keep what a plan has of the best: its makespan or its cost."""
        made = self._priced(start)
        self.best = (min(self.best[0], made[0]), min(self.best[1], made[1]))
