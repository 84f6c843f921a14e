"""A day before which no portfolio is over: the longest path, and the work that desks must do between two days.

Every task has a head (what must come before it) and a tail (what must come after). For a trial makespan each task has a
window; where the work that must lie between two days is more than a desk can do there, the trial is refuted and the
bound is one more (destructive improvement, Klein and Scholl 1999; energetic reasoning, Erschler and Lopez 1990,
Baptiste, Le Pape and Nuijten 1999).
"""

import numpy as np

from sijin.engines.approvals.portfolio import Ints, Portfolio
from sijin.engines.dispatch.compiled import compiled

POINTS = 160  # days tried as the begin, and as the end, of an interval


@compiled
def overfull(days: Ints, work: Ints, head: Ints, last: Ints, begins: Ints, ends: Ints, room: int) -> bool:
    """Tell whether some interval must hold more than the desk can do; `last`: (n,) the day a task must be over."""
    for a in begins:
        for b in ends:
            if b <= a:
                continue
            must = 0
            most = room * (b - a)
            for i in range(len(days)):
                inside = min(days[i], b - a, head[i] + days[i] - a, b - last[i] + days[i])
                if inside > 0:
                    must += inside * work[i]
            if must > most:
                return True
    return False


def makespan(posed: Portfolio, only: int | None = None) -> int:
    """Return the bound; `only`: look at the intervals of this desk alone, for a quick and looser one."""
    head, tail = posed.heads(), posed.tails()
    low = int((head + posed.days + tail).max())
    desks = []
    for k, room in enumerate(posed.capacity.tolist()):
        users = np.flatnonzero((posed.demand[:, k] > 0) & (posed.days > 0))
        if len(users):
            demand = posed.demand[users, k]
            low = max(low, _sums(head[users], tail[users], posed.days[users] * demand, room))
            if only in (None, k):
                desks.append((posed.days[users], demand, head[users], tail[users], room))
    for desk in desks:
        low = _refuted(low, *desk)
    return low


def _sums(head: Ints, tail: Ints, work: Ints, room: int) -> int:
    """Return the best of: a head, the work of all tasks with no less head and no less tail, a tail."""
    best = 0
    order = np.argsort(-head, kind="stable")
    for least in _some(np.unique(tail)):
        of = order[tail[order] >= least]
        ends = head[of] + -(-np.cumsum(work[of]) // room) + least
        best = max(best, int(ends.max()))
    return best


def _refuted(low: int, days: Ints, demand: Ints, head: Ints, tail: Ints, room: int) -> int:
    """Return the first makespan from `low` on that the desk's intervals do not refute (doubling and halving)."""

    def refuted(trial: int) -> bool:
        last = trial - tail
        begins = _some(np.unique(np.concatenate([head, last - days])))
        ends = _some(np.unique(np.concatenate([last, head + days])))
        return bool(overfull(days, demand, head, last, begins, ends, room))

    if not refuted(low):
        return low
    step = 1
    while refuted(low + step):
        low, step = low + step, 2 * step
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if refuted(middle) else (low, middle)
    return high


def _some(points: Ints) -> Ints:
    """Return at most ``POINTS`` of them: fewer intervals refute less, but never wrongly."""
    if len(points) <= POINTS:
        return points
    return points[np.linspace(0, len(points) - 1, POINTS).astype(np.int64)]
