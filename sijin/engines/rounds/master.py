"""Which round on which day: a programme over the rounds of a day, solved whole or as its linear relaxation.

Columns are (day, set of sites); rows give every site its visits, a promised visit its day, a day one round, and keep a
site's visits from filling days in a row.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sijin.engines import milp
from sijin.engines.rounds.day import Route
from sijin.engines.rounds.problem import Posed

PROMISED = 10.0  # times as dear as another is a visit left out that was promised for a day
MANY, FEW = 1_500, 800  # columns past which a first choice is made, and among how many
Column = tuple[int, int]  # day, set of sites (a bit mask)


@dataclass(frozen=True)
class Rows:
    """Where the rows of each kind begin; `runs` are (site, numbers of days) in the order of their rows."""

    day: int
    fixed: dict[tuple[int, int], int]  # (site, day) → row
    runs: list[tuple[int, list[int], int]]  # site, days, row
    high: NDArray[np.float64]
    low: NDArray[np.float64]

    def touched(self, site: int, day: int) -> list[int]:
        """Return the rows in which a visit of the site on the day counts."""
        own = self.fixed.get((site, day))
        return [site if own is None else own, *(row for at, days, row in self.runs if at == site and day in days)]


def rows(posed: Posed) -> Rows:
    """Return the rows of a problem: sites, days, promised visits, runs."""
    sites, days = len(posed.names), posed.problem.days
    low = [float(posed.wanted(site)) for site in range(sites)] + [0.0] * len(days)
    high = [*low[:sites], *[1.0] * len(days)]
    fixed, runs = {}, []
    for site in range(sites):
        for n, day in enumerate(days):
            if day in posed.fixed[site]:
                fixed[site, n] = len(low)
                low.append(1.0)
                high.append(1.0)
        for inside, most in posed.runs(site):
            runs.append((site, inside, len(low)))
            low.append(-milp.INF)
            high.append(float(most))
    return Rows(sites, fixed, runs, np.array(high), np.array(low))


def open_to(posed: Posed, day: int) -> int:
    """Return the sites (a bit mask) that may be visited on a day."""
    date = posed.problem.days[day]
    mask = 0
    for site in range(len(posed.names)):
        free = date not in posed.problem.closed and date not in posed.visited[site] and posed.wanted(site) > 0
        if free or date in posed.fixed[site]:
            mask |= 1 << site
    return mask


@dataclass(frozen=True)
class Chosen:
    """A set of sites for every day, the value and the proven bound."""

    masks: list[int]
    cost: float
    bound: float


@dataclass(frozen=True)
class Relaxed:
    """The linear relaxation: its value, the duals of its rows, what each column costs after them."""

    cost: float
    duals: NDArray[np.float64]
    reduced: NDArray[np.float64]


def programme(posed: Posed, frame: Rows, columns: list[Column], routes: Mapping[int, Route]) -> milp.Programme:
    """Return the programme over `columns`; behind them stand the visits left out."""
    sites = len(posed.names)
    cost, row, col = [], [], []
    touched = {(site, day): frame.touched(site, day) for site in range(sites) for day in range(len(posed.problem.days))}
    for n, (day, mask) in enumerate(columns):
        cost.append(routes[mask].cost)
        inside = [frame.day + day, *(r for site in routes[mask].order for r in touched[site, day])]
        row += inside
        col += [n] * len(inside)
    most = [1.0] * len(columns)
    for site in range(sites):
        row.append(site)
        col.append(len(cost))
        cost.append(posed.price[site])
        most.append(float(posed.wanted(site)))
    for (site, _day), own in frame.fixed.items():
        row.append(own)
        col.append(len(cost))
        cost.append(PROMISED * posed.price[site])
        most.append(1.0)
    return milp.Programme(
        np.array(cost), np.array(row, np.int64), np.array(col, np.int64), np.ones(len(row)), frame.low, frame.high,
        np.zeros(len(cost)), np.array(most), np.ones(len(cost), bool),
    )  # fmt: skip


def relax(whole: milp.Programme, *, time_limit: float, seed: int) -> Relaxed | None:
    """Solve the linear relaxation; None when the time ended before."""
    answer = milp.solve(replace(whole, integer=None), time_limit=time_limit, seed=seed)
    if not answer.feasible or not len(answer.duals):
        return None
    spent = np.bincount(whole.cols, whole.values * answer.duals[whole.rows], minlength=len(whole.cost))
    return Relaxed(answer.objective, answer.duals, whole.cost - spent)


def choose(
    posed: Posed,
    frame: Rows,
    columns: list[Column],
    routes: Mapping[int, Route],
    *,
    time_limit: float,
    seed: int,
    tick: Callable[[], None] | None = None,
) -> Chosen:
    """Choose a round for every day. Leaving everything out is always possible.

    With many columns, those that are cheap after the relaxation's prices are chosen among first; a column that costs
    more than the gap which that leaves is in no better week, so that the last programme proves the best of all.
    """
    began = time.monotonic()
    whole = programme(posed, frame, columns, routes)
    nothing = np.where(np.arange(len(whole.cost)) < len(columns), 0.0, whole.hi)
    best, bound = nothing, -milp.INF

    def solved(free: NDArray[np.bool_]) -> float:
        """Solve over the free columns, keep a better point, return the bound."""
        nonlocal best
        left = max(time_limit - (time.monotonic() - began), 0.1)
        answer = milp.solve(
            milp.part(whole, free, np.zeros(len(free))), time_limit=left, seed=seed, start=best[free], tick=tick
        )
        if answer.feasible and answer.objective < whole.cost @ best - 1e-9:
            best = np.zeros(len(free))
            best[free] = answer.values
        return answer.bound

    relaxed = relax(whole, time_limit=time_limit, seed=seed) if len(columns) > MANY else None
    if relaxed is None:
        bound = solved(np.ones(len(whole.cost), bool))
    else:
        out = np.arange(len(whole.cost)) >= len(columns)
        first = out | (relaxed.reduced <= np.partition(relaxed.reduced, FEW)[FEW])
        proven = solved(first)
        value = float(whole.cost @ best)
        rest = out | (relaxed.reduced <= value - relaxed.cost + 1e-6)
        if (rest & ~first).any():
            proven = solved(rest)
            value = float(whole.cost @ best)
        bound = max(relaxed.cost, min(value, proven))
    masks = [0] * len(posed.problem.days)
    for (day, mask), taken in zip(columns, best, strict=False):
        if taken > 0.5:
            masks[day] = mask
    return Chosen(masks, float(whole.cost @ best), bound)
