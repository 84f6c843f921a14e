"""A genetic search on schedules: two populations, planned from the front and from the end, each born of the other.

A child keeps the days of its father outside a window and takes the order of its mother inside; what was planned from
the front is planned again from the end, so that every birth justifies as well (bi-population genetic algorithm, Debels
and Vanhoucke 2005, 2007). Members are finish times, counted in the direction they were planned in.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sijin.engines.approvals.portfolio import Ints
from sijin.engines.approvals.sgs import falling, serial
from sijin.engines.dispatch.compiled import compiled

Dice = NDArray[np.uint64]
Four = tuple[Ints, Ints, Ints, Ints]
Work = tuple[Ints, Ints, Ints, Ints, Ints]
Members = tuple[Ints, Ints, Ints]  # finish times (size, n), spans (size,), costs (size,)


@compiled
def draw(dice: Dice, most: Any) -> Any:
    """Return a number below `most` (xorshift*, Vigna 2016)."""
    x = dice[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    dice[0] = x
    return np.int64(((x * np.uint64(2685821657736338717)) >> np.uint64(33)) % np.uint64(max(most, 1)))


@compiled
def mate(
    father: Ints, mother: Ints, span: int, other_span: int, narrow: int, wide: int, dice: Dice, key: Ints
) -> None:  # fmt: skip
    """Fill `key`: the father's days, but inside a window of `narrow` to `wide` % of his span the mother's order."""
    shortest = narrow * span // 100
    width = shortest + draw(dice, wide * span // 100 - shortest)
    begin = draw(dice, span + width) - width
    shift = max(begin, 0)
    for i in range(len(key)):
        if father[i] < begin:
            key[i] = father[i]
        elif father[i] > begin + width:
            key[i] = father[i] + other_span + 1
        else:
            key[i] = shift + mother[i]


@compiled
def push(key: Ints, first: Ints, after: Ints, up: bool) -> None:
    """Raise each key to those of the tasks it waits for; `up`: arcs lead to higher numbers."""
    n = len(key)
    for place in range(n):
        i = place if up else n - 1 - place
        for arc in range(first[i], first[i + 1]):
            if key[after[arc]] < key[i]:
                key[after[arc]] = key[i]


@compiled
def nudge(key: Ints, every: int, reach: int, dice: Dice) -> None:
    """Move one key in about `every` by up to `reach`."""
    i = draw(dice, 2 * every)
    while i < len(key):
        key[i] = max(0, key[i] + draw(dice, 2 * reach + 1) - reach)
        i += 1 + draw(dice, 2 * every)


@compiled
def priced(makespan: int, start: Ints, days: Ints, mirrored: bool, due: Ints, weight: Ints, scale: int) -> int:
    """Return ``scale × makespan + weight × days late``; `mirrored`: the starts are counted from the end."""
    cost = scale * makespan
    if len(due):
        for i in range(len(days)):
            finish = makespan - start[i] if mirrored else start[i] + days[i]
            if due[i] >= 0 and finish > due[i]:
                cost += weight[i] * (finish - due[i])
    return cost


@compiled
def evolve(
    births: int, project: Four, forth: Four, back: Four, price: tuple[Ints, Ints, int], work: Work, dice: Dice,
    left: Members, right: Members, best: Ints, best_cost: Ints, custom: tuple[int, ...],
) -> int:  # fmt: skip
    """Let at least `births` children be born into `left` and `right`.

    Parameters
    ----------
    project : days (n,), demand (n, words), room (words,), guard (words,).
    forth, back : first, after, lag, head of the arcs as they are and turned round.
    price : due (n,) or (0,), weight (n,) or (0,), scale.
    work : free (days, words), count, order, key, child (n,).
    left, right : members (size, n), their spans (size,), their costs (size,); changed in place.
    best : (n,) starts; best_cost : (1,); changed in place.
    custom : narrow, wide (% of the span), every, reach (of a nudge), alone (‰ born without a mother).
    """
    days, demand, room, guard = project
    due, weight, scale = price
    free, count, order, key, child = work
    size, n = left[0].shape
    narrow, wide, every, reach, alone = custom
    born = 0
    while born < births:
        for side in range(2):
            backwards = side == 0
            members, spans, costs = left if backwards else right
            heirs, heirs_spans, heirs_costs = right if backwards else left
            first, after, lag, head = back if backwards else forth
            first_other, after_other, _, tail = forth if backwards else back
            for a in range(size):
                x, y = draw(dice, size), draw(dice, size)
                b = x if costs[x] <= costs[y] else y
                f, m = (a, b) if draw(dice, 2) == 0 else (b, a)
                if draw(dice, 1000) < alone:
                    for i in range(n):
                        key[i] = members[a, i]
                else:
                    mate(members[f], members[m], spans[f], spans[m], narrow, wide, dice, key)
                if every > 0:
                    nudge(key, every, reach, dice)
                    push(key, first_other, after_other, backwards)
                falling(key, count, order, backwards)
                span = serial(order, days, demand, room, guard, first, after, lag, head, tail, free, child)
                cost = priced(span, child, days, backwards, due, weight, scale)
                born += 1
                if cost < best_cost[0]:
                    best_cost[0] = cost
                    for i in range(n):
                        best[i] = span - child[i] - days[i] if backwards else child[i]
                heirs_spans[a], heirs_costs[a] = span, cost
                for i in range(n):
                    heirs[a, i] = child[i] + days[i]
    return born
