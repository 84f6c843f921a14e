"""Compiled: the best partners and shares of each order by itself, when an hour of every maker has a price.

An order takes at most so many ways, each at no less than its lot and no more than its top; what is left is short.
Every set of ways is tried; once the set is fixed, the cheapest fill up first. Orders with too many sets are only
relaxed, which is still a bound. Import this module late: it loads Numba.
"""

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
SETS = 20_000  # of an order, tried one by one
EPS = 1e-9


@compiled
def _filled(
    own: Ints, size: int, slope: Floats, fixed: Floats, low: Floats, top: Floats, before: Floats, change: Floats,
    penalty: float, share: Floats,
) -> float:  # fmt: skip
    """Fill one set of ways (`own[:size]`) into `share`; return its cost, changes counted against having nothing."""
    left, cost = 1.0, 0.0
    for k in range(size):
        e = own[k]
        share[k] = low[e]
        left -= low[e]
        cost += fixed[e] + slope[e] * low[e] - change[e] * min(low[e], before[e])
    if left < -EPS:
        return np.inf
    left = max(left, 0.0)
    while left > EPS:
        best, least, room = -1, penalty, 0.0
        for k in range(size):
            e = own[k]
            if share[k] < top[e] - EPS:
                kept = share[k] < before[e] - EPS
                price = slope[e] - (change[e] if kept else 0.0)
                if price < least:
                    best, least = k, price
                    room = (min(before[e], top[e]) if kept else top[e]) - share[k]
        if best < 0:
            break
        room = min(room, left)
        share[best] += room
        left -= room
        cost += least * room
    return cost + penalty * left


@compiled
def _sets(n: int, most: int) -> float:
    """Return how many sets of at most `most` out of `n` there are."""
    found, term = 1.0, 1.0
    for k in range(1, min(n, most) + 1):
        term = term * (n - k + 1) / k
        found += term
    return found


@compiled
def best(
    start: Ints, most: Ints, penalty: Floats, slope: Floats, fixed: Floats, low: Floats, floor: Floats, top: Floats,
    must: Flags, before: Floats, change: Floats, share: Floats, taken: Flags, cost: Floats,
) -> None:  # fmt: skip
    """Write for each order the best shares, the ways taken, and the cost.

    `low` is the least share of a way that is taken, `floor` of any (a lock); `change` is counted as if every way had
    nothing, so that the whole of ``change @ before`` has to be added.
    """
    for o in range(len(start) - 1):
        begin, end = start[o], start[o + 1]
        ways = np.empty(end - begin, np.int64)
        count, need = 0, 0
        for e in range(begin, end):
            share[e] = 0.0
            taken[e] = False
            if must[e]:  # those that must be in stand at the front
                ways[count] = ways[need]
                ways[need] = e
                need += 1
                count += 1
            elif top[e] > EPS and slope[e] - (change[e] if before[e] > 0 else 0.0) < penalty[o]:
                ways[count] = e
                count += 1
        ways = ways[:count]
        own = (slope[ways], fixed[ways], low[ways], top[ways], before[ways], change[ways])
        size_most = max(min(most[o], count), need)
        work, kept, kept_ways = np.zeros(count), np.zeros(count), np.empty(count, np.int64)
        plain = size_most == count
        for k in range(need, count):
            plain = plain and own[1][k] == 0 and own[2][k] == 0
        if plain or _sets(count - need, size_most - need) > SETS:
            low_all, spread = floor[ways], own[0].copy()
            for k in range(count):
                if not must[ways[k]]:
                    spread[k] += own[1][k] / max(own[3][k], EPS)
                    own[1][k] = 0.0
            cost[o] = _filled(
                np.arange(count), count, spread, own[1], low_all, own[3], own[4], own[5], penalty[o], work
            )
            for k in range(count):
                share[ways[k]] = work[k]
                taken[ways[k]] = work[k] > 0 or must[ways[k]]
            continue
        least, least_size = np.inf, 0
        for size in range(need, size_most + 1):
            pick = np.arange(size)
            while True:
                value = _filled(pick, size, own[0], own[1], own[2], own[3], own[4], own[5], penalty[o], work)
                if value < least:
                    least, least_size = value, size
                    kept[:size] = work[:size]
                    kept_ways[:size] = pick
                k = size - 1
                while k >= need and pick[k] == count - size + k:
                    k -= 1
                if k < need:
                    break
                pick[k] += 1
                for later in range(k + 1, size):
                    pick[later] = pick[later - 1] + 1
        cost[o] = least
        for k in range(least_size):
            share[ways[kept_ways[k]]] = kept[k]
            taken[ways[kept_ways[k]]] = True
