"""Compiled loops of the joint bound: what each party earns at the teams' prices, over all teams.

A party is one official, or people who sit together; a way is a kind of seat for each of its people. Teams are in a tree
of halves that lie together, with the best prices of each, so that most of them are passed over at a glance. Points are
on the unit sphere. Import this module late: it loads Numba.
"""

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch.compiled import compiled
from sijin.engines.distances import EARTH_KM

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
NOWHERE = -1e15  # the price of a kind of seat that a team has not
LEADER = 0  # its number among the kinds


@compiled
def _arc(point: Floats, other: Floats) -> float:
    """Return the kilometres between two points; an unknown one (all zeros) is near to all."""
    if point[0] == 0.0 and point[1] == 0.0 and point[2] == 0.0:
        return 0.0
    half = 0.25 * ((point[0] - other[0]) ** 2 + (point[1] - other[1]) ** 2 + (point[2] - other[2]) ** 2)
    return float(2 * EARTH_KM * np.arcsin(np.sqrt(min(half, 1.0))))


@compiled
def _chord(point: Floats, other: Floats) -> float:
    """Return less than the kilometres between two points, quickly."""
    if point[0] == 0.0 and point[1] == 0.0 and point[2] == 0.0:
        return 0.0
    near = (point[0] - other[0]) ** 2 + (point[1] - other[1]) ** 2 + (point[2] - other[2]) ** 2
    return float(EARTH_KM * np.sqrt(near))


@compiled
def _standing(
    p: int, t: int, first: Ints, at: Floats, home_km: float, change: float, run: Ints, team_at: Floats
) -> float:
    """Return what party `p` costs in team `t` whatever its seats."""
    cost = 0.0
    for j in range(first[p], first[p + 1]):
        cost += home_km * _arc(at[j], team_at[t])
        if run[j] >= 0 and run[j] != t:
            cost += change
    return cost


@compiled
def _seated(
    p: int, t: int, first: Ints, group: Ints, ways: Ints, way: Ints, novice: Floats, run: Ints, leads: Ints,
    change: float, base: Floats, kind: Floats,
) -> float:  # fmt: skip
    """Return what the best way for party `p` to sit in team `t` costs beyond the prices, less what stands."""
    m = first[p + 1] - first[p]
    standing = 0.0
    for j in range(first[p], first[p + 1]):
        standing -= base[t, group[j]]
    best = np.inf
    for w in range(ways[p], ways[p + 1], m):
        cost = standing
        for n in range(m):
            j = first[p] + n
            cost += novice[w + n] - kind[t, way[w + n]]
            if run[j] == t and leads[j] >= 0 and (leads[j] == 1) != (way[w + n] == LEADER):
                cost += change
        best = min(best, cost)
    return best


@compiled
def _least(
    p: int, k: int, first: Ints, at: Floats, group: Ints, ways: Ints, way: Ints, home_km: float, middle: Floats,
    radius: Floats, high_base: Floats, high_kind: Floats,
) -> float:  # fmt: skip
    """Return less than what party `p` costs beyond the prices in any team of node `k`."""
    m = first[p + 1] - first[p]
    least = 0.0
    for j in range(first[p], first[p + 1]):
        least += home_km * max(_chord(at[j], middle[k]) - radius[k], 0.0) - high_base[k, group[j]]
    seat = np.inf
    for w in range(ways[p], ways[p + 1], m):
        cost = 0.0
        for n in range(m):
            cost -= high_kind[k, way[w + n]]
        seat = min(seat, cost)
    return least + seat


@compiled
def _both(p: int, k: int, first: Ints, at: Floats, middle: Floats, pile: Ints, depth: int) -> int:
    """Put the two halves of node `k` on the pile, the nearer one on top."""
    one, other = 2 * k + 1, 2 * k + 2
    if _chord(at[first[p]], middle[one]) < _chord(at[first[p]], middle[other]):
        one, other = other, one
    pile[depth], pile[depth + 1] = one, other
    return depth + 2


@compiled
def price(
    begin: int, end: int, first: Ints, at: Floats, group: Ints, pools: Ints, lock: Ints, ways: Ints, way: Ints,
    novice: Floats, run: Ints, leads: Ints, home_km: float, change: float, team_at: Floats, pool: Ints,
    span: Ints, middle: Floats, radius: Floats, base: Floats, kind: Floats, high_base: Floats, high_kind: Floats,
    best: Floats, where: Ints,
) -> None:  # fmt: skip
    """Find for the parties from `begin` to `end` the least reduced cost over all teams, and that team (-1 for none).

    ``where`` holds a team to begin with, or -1. Teams are the leaves of a tree: node k has those from span[k, 0] to
    span[k, 1] and halves them between nodes 2 k + 1 and 2 k + 2.
    """
    pile = np.empty(128, np.int64)
    for p in range(begin, end):
        if lock[p] >= 0:
            t = lock[p]
            where[p] = t
            best[p] = _standing(p, t, first, at, home_km, 0.0, run, team_at) + _seated(
                p, t, first, group, ways, way, novice, run, leads, 0.0, base, kind
            )
            continue
        low, found = np.inf, where[p]
        if found >= 0:
            low = _standing(p, found, first, at, home_km, change, run, team_at) + _seated(
                p, found, first, group, ways, way, novice, run, leads, change, base, kind
            )
        depth, pile[0] = 1, 0
        while depth:
            depth -= 1
            k = pile[depth]
            if _least(p, k, first, at, group, ways, way, home_km, middle, radius, high_base, high_kind) >= low:
                continue
            if 2 * k + 1 < len(radius):
                depth = _both(p, k, first, at, middle, pile, depth)
                continue
            for t in range(span[k, 0], span[k, 1]):
                if not _open(pool[t], pools[p, 0], pools[p, 1]):
                    continue
                own = _seated(p, t, first, group, ways, way, novice, run, leads, change, base, kind)
                if own >= low:
                    continue
                own += _standing(p, t, first, at, home_km, change, run, team_at)
                if own < low:
                    low, found = own, t
        best[p], where[p] = low, found


@compiled
def _open(pool: int, one: int, other: int) -> bool:
    return pool in (one, other)


@compiled
def collect(
    begin: int, end: int, first: Ints, at: Floats, group: Ints, pools: Ints, lock: Ints, ways: Ints, way: Ints,
    novice: Floats, run: Ints, leads: Ints, home_km: float, change: float, team_at: Floats, pool: Ints,
    span: Ints, middle: Floats, radius: Floats, base: Floats, kind: Floats, high_base: Floats, high_kind: Floats,
    best: Floats, margin: float, team: NDArray[np.int32], cost: Singles, count: NDArray[np.int32],
) -> None:  # fmt: skip
    """Note for each party the teams within `margin` of its best one, as many as there is room for, and what stands."""
    room, pile = team.shape[1], np.empty(128, np.int64)
    reduced = np.empty(room)
    for p in range(begin, end):
        m = first[p + 1] - first[p]
        held, worst = 0, 0
        if lock[p] >= 0:
            team[p, 0], cost[p, 0], count[p] = lock[p], _standing(p, lock[p], first, at, home_km, 0.0, run, team_at), 1
            continue
        high = best[p] + margin * m
        depth, pile[0] = 1, 0
        while depth:
            depth -= 1
            k = pile[depth]
            if _least(p, k, first, at, group, ways, way, home_km, middle, radius, high_base, high_kind) > high:
                continue
            if 2 * k + 1 < len(radius):
                depth = _both(p, k, first, at, middle, pile, depth)
                continue
            for t in range(span[k, 0], span[k, 1]):
                if not _open(pool[t], pools[p, 0], pools[p, 1]):
                    continue
                own = _seated(p, t, first, group, ways, way, novice, run, leads, change, base, kind)
                if own > high:
                    continue
                stands = _standing(p, t, first, at, home_km, change, run, team_at)
                own += stands
                if own > high:
                    continue
                if held < room:
                    team[p, held], cost[p, held], reduced[held] = t, stands, own
                    held += 1
                    if held == room:
                        worst = int(np.argmax(reduced))
                        high = min(high, reduced[worst])
                elif own < reduced[worst]:
                    team[p, worst], cost[p, worst], reduced[worst] = t, stands, own
                    worst = int(np.argmax(reduced))
                    high = min(high, reduced[worst])
        count[p] = held


@compiled
def soften(
    begin: int, end: int, first: Ints, group: Ints, ways: Ints, way: Ints, novice: Floats, many: Floats, out: Floats,
    team: NDArray[np.int32], cost: Singles, count: NDArray[np.int32], base: Floats, kind: Floats, heat: float,
    by_group: Floats, by_kind: Floats,
) -> float:  # fmt: skip
    """Spread each party over the teams noted for it, as a Gibbs measure of temperature `heat` does; staying out is
    one more choice, for ``out``. Add up who sits where; return the sum of the soft minima.
    """
    total = 0.0
    values = np.empty(4096)
    for p in range(begin, end):
        m, n = first[p + 1] - first[p], 0
        low = out[p]
        for c in range(count[p]):
            t = team[p, c]
            stands = float(cost[p, c])
            for j in range(first[p], first[p + 1]):
                stands -= base[t, group[j]]
            for w in range(ways[p], ways[p + 1], m):
                own = stands
                for i in range(m):
                    own += novice[w + i] - kind[t, way[w + i]]
                if n < len(values):
                    values[n] = own
                n += 1
                low = min(low, own)
        if low == np.inf:
            continue
        mass = np.exp((low - out[p]) / heat)
        for i in range(min(n, len(values))):
            gap = (low - values[i]) / heat
            values[i] = np.exp(gap) if gap > -12.0 else 0.0
            mass += values[i]
        total += many[p] * (low - heat * np.log(mass))
        n = 0
        for c in range(count[p]):
            t, here = team[p, c], 0.0
            for w in range(ways[p], ways[p + 1], m):
                if n < len(values) and values[n] > 0.0:
                    share = many[p] * values[n] / mass
                    here += share
                    for i in range(m):
                        by_kind[t, way[w + i]] += share
                n += 1
            if here > 0.0:
                for j in range(first[p], first[p + 1]):
                    by_group[t, group[j]] += here
    return total
