"""How late a portfolio with due days must be: the longest path, and what each desk can finish by when.

All that a task with a due day waits for at a desk is one order of work, each work in one order only. Whatever the desk
does, the i-th order it finishes is not finished before the i shortest ones could be, and the least that these days can
be late is what they are in the order of the due days (a bound on total tardiness, Chu 1992). Weights are taken in
layers: what a layer adds to every task at least so heavy, times the bound for these.

Where all is late, weight × days late is weight × finish less what is fixed, and no desk, be it one clerk as fast as all
of them, has a lesser sum of weight × finish than in turn of weight for work (Smith 1956). That holds for any set of
orders; those that would count less than they are late for sure are left out, one round after the other.
"""

import numpy as np

from sijin.engines.approvals.portfolio import NONE, Ints, Portfolio


def least(posed: Portfolio, weight: Ints) -> int:
    """Return the bound on the sum of weight × days late."""
    due = np.flatnonzero((posed.due >= 0) & (weight > 0))
    if not len(due):
        return 0
    head = posed.heads()
    surely = np.maximum(0, head + posed.days - posed.due)
    sure = np.where((posed.due >= 0) & (weight > 0), weight * surely, 0)
    owner, rest = _orders(posed, weight)
    total, below, turned = 0, 0, 0
    for k, room in enumerate(posed.capacity.tolist()):
        users = np.flatnonzero((posed.demand[:, k] > 0) & (posed.days > 0) & (owner >= 0))
        if len(users):
            turned = max(turned, _turned(posed, weight, users, owner, rest, sure, k, room, int(head[users].min())))
    for level in np.unique(weight[due]):
        heavy = due[weight[due] >= level]
        late = int(surely[heavy].sum())
        for k, room in enumerate(posed.capacity.tolist()):
            users = np.flatnonzero((posed.demand[:, k] > 0) & (posed.days > 0) & (owner >= 0))
            users = users[np.isin(owner[users], heavy)]
            if len(users):
                late = max(late, _late(posed, users, owner[users], rest[users], k, room, int(head[users].min())))
        total += (int(level) - below) * late
        below = int(level)
    return max(total, turned)


def in_turn(posed: Portfolio, weight: Ints) -> Ints:
    """Return a key by which the orders are done one after the other, most weight for a day of work first (Smith 1956).

    Where far more is asked of the desks than they can do in time, this is close to the least sum of weight × days late.
    """
    owner, _rest = _orders(posed, weight)
    share = posed.days[:, None] * posed.demand / np.maximum(posed.capacity, 1)[: posed.demand.shape[1]]
    fullest = share.sum(0)
    work = (share * (fullest / max(float(fullest.max(initial=0.0)), 1.0))).sum(1)
    owned = owner >= 0
    asked = np.bincount(owner[owned], weights=work[owned], minlength=len(owner))
    due = np.unique(owner[owned])
    first = due[np.argsort(-weight[due] / np.maximum(asked[due], 1e-6), kind="stable")]
    rank = np.full(len(owner), len(first), np.int64)
    rank[first] = np.arange(len(first))
    head = posed.heads()
    return np.where(owned, rank[owner], len(first)) * (int(head.max()) + 1) + head


def _turned(
    posed: Portfolio, weight: Ints, users: Ints, owner: Ints, rest: Ints, sure: Ints, k: int, room: int, begin: int
) -> int:
    """Return how late all orders are, weighted, were those of this desk done in turn; `sure`: (n,) at the least."""
    orders, at = np.unique(owner[users], return_inverse=True)
    work = np.bincount(at, weights=posed.days[users] * posed.demand[users, k])
    tail = np.full(len(orders), np.iinfo(np.int64).max)
    np.minimum.at(tail, at, rest[users])
    by_turn = np.argsort(-weight[orders] / work, kind="stable")
    least, best = float(sure.sum()), 0.0
    while len(by_turn):
        finish = begin + np.cumsum(work[by_turn]) / room + tail[by_turn]
        late = weight[orders[by_turn]] * (finish - posed.due[orders[by_turn]])
        known = sure[orders[by_turn]]
        best = max(best, least + float((late - known).sum()))
        if (late >= known).all():
            break
        by_turn = by_turn[late >= known]
    return int(np.ceil(best - 1e-6))


def _orders(posed: Portfolio, weight: Ints) -> tuple[Ints, Ints]:
    """Return the task with a due day whose order each task is in, and the time from its finish to that one's."""
    links = posed.links()
    owner, rest = np.full(len(posed.days), NONE, np.int64), np.zeros(len(posed.days), np.int64)
    for i in range(len(owner) - 1, -1, -1):
        if posed.due[i] >= 0 and weight[i] > 0:
            owner[i] = i
            continue
        for arc in range(links.first[i], links.first[i + 1]):
            j = links.after[arc]
            if owner[j] >= 0:
                owner[i], rest[i] = owner[j], links.lag[arc] + posed.days[j] + rest[j]
                break
    return owner, rest


def _late(posed: Portfolio, users: Ints, owner: Ints, rest: Ints, k: int, room: int, begin: int) -> int:
    """Return how many days the orders of a desk are late together, at the least."""
    orders, at = np.unique(owner, return_inverse=True)
    work = np.bincount(at, weights=posed.days[users] * posed.demand[users, k]).astype(np.int64)
    tail = np.full(len(orders), np.iinfo(np.int64).max)
    np.minimum.at(tail, at, rest)
    finish = begin - (-np.cumsum(np.sort(work)) // room)
    return int(np.maximum(0, finish - np.sort(posed.due[orders] - tail)).sum())
