"""A proven lower bound on what a shuttle costs: every party bears a share of its trip that no plan can undercut.

Two shares are reckoned and the better sum taken. *Radial* (Haimovich and Rinnooy Kan 1985): a trip goes at least from
its start over its farthest party to the destination, and the seats a party takes are its share of that. *Legs*: a bus
leaves everyone by one leg, to the next stop or the destination, and start, return and fixed price are shared by seats.
Who is dearer than the price of waiting counts with that. Proven, but far below the optimum where trips have many stops.
"""

from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from sijin.engines.shuttle.arrays import Floats, Singles
from sijin.engines.shuttle.posing import Posed


def bound(posed: Posed) -> float:
    """Return a lower bound on the cost of any plan of the task."""
    task = posed.task
    if len(task.people) == 0:
        return 0.0
    return max(0.0, *(_summed(posed, _shared(posed, shares)) for shares in (_radial(posed), _legs(posed))))


def _summed(posed: Posed, shares: Floats) -> float:
    """Return the sum of shares, and for people beyond all seats what waiting costs more than a share, at the least."""
    task = posed.task
    short = 0 if task.multi else max(0, int(task.people.sum()) - int((task.room * task.fleet).sum()))
    more = float((posed.waiting - shares / task.people).min())
    return float(shares.sum()) + short * max(more, 0.0)


def _shared(posed: Posed, shares: Floats) -> Floats:
    """Return each party's least share over the kinds that may carry it, or its price of waiting."""
    task = posed.task
    may = (task.allowed[:, None] >> np.arange(len(task.room))) & 1
    fit = (may == 1) & (task.people[:, None] <= task.room[None, :])
    least = np.where(fit, shares, np.inf).min(axis=1)
    made: Floats = np.minimum(least, task.people * posed.waiting)
    return made * (1 - 1e-6)  # ways are kept in single precision


def _radial(posed: Posed) -> Floats:
    task = posed.task
    count = len(task.people)
    ways, ways_back = _graph(task.metres), _graph(task.metres.T)
    ends, onto = np.unique(task.goal, return_inverse=True)
    to = dijkstra(ways_back, indices=ends)[onto, np.arange(count)]
    shares = np.zeros((count, len(task.room)))
    for kind in range(len(task.room)):
        way, fixed = to.copy(), 0.0
        if not task.multi:
            fixed = float(task.fixed[kind])
            if task.metres[task.home[kind]].any():
                way += dijkstra(ways, indices=int(task.home[kind]))[:count]
            if task.metres[:, task.back[kind]].any():
                way += dijkstra(ways_back, indices=int(task.back[kind]))[task.goal]
        shares[:, kind] = task.people / task.room[kind] * (fixed + task.rate[kind] * way)
    return shares


def _graph(metres: Singles) -> Any:
    """Return a complete graph whose ways of no length are ways too (a dense one would take them for none)."""
    size, ways = len(metres), metres.astype(np.float64)
    nowhere = ~metres.any(axis=0) & ~metres.any(axis=1)  # where buses without a depot begin: no way leads through it
    ways[nowhere, :] = ways[:, nowhere] = np.inf
    ends = np.tile(np.arange(size), size)
    return csr_array((ways.ravel(), ends, np.arange(0, size * size + 1, size)), shape=(size, size))


def _legs(posed: Posed) -> Floats:
    task = posed.task
    count = len(task.people)
    ways = np.asarray(task.metres, dtype=np.float64)
    out = ways[:count, :count].copy()
    np.fill_diagonal(out, np.inf)
    out[task.goal[:, None] != task.goal[None, :]] = np.inf
    leg = np.minimum(out.min(axis=1), ways[np.arange(count), task.goal])
    shares = np.zeros((count, len(task.room)))
    for kind in range(len(task.room)):
        trip = 0.0
        if not task.multi:
            start = float(ways[task.home[kind], :count].min())
            trip = float(task.fixed[kind]) + float(task.rate[kind]) * (
                start + float(ways[task.goal, task.back[kind]].min())
            )
        shares[:, kind] = task.people / task.room[kind] * trip + task.rate[kind] * leg
    return shares
