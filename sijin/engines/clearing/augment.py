"""Compiled loops of the clearing: shortest augmenting paths that keep prices and quantities optimal after any change.

Needs i and offers j in one network: an edge e takes x[e] of at most cap[e] from offer[e] to need[e] at cost[e] a unit,
u[i] stays unmet at pen[i] a unit, slack[j] is not used. Prices pi[i] (of a unit at a need) and v[j] >= 0 (of a unit of
an offer) prove the optimum: no edge with room costs less than pi - v, none in use more. All numbers are whole.

`take` routes what a need is still owed (Edmonds and Karp 1972, with Dijkstra's search on reduced costs); `give` does
the same backwards for an offer that has room again and still a price. Both only look at what lies nearer than the end
of the path, so that a small change costs little however large the market. Import this module late: it loads Numba.
"""

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch.compiled import compiled

Ints = NDArray[np.int64]
FAR = 1 << 60


@compiled
def _up(heap: Ints, place: Ints, dist: Ints, k: int) -> None:
    node = heap[k]
    d = dist[node]
    while k > 0:
        above = (k - 1) >> 1
        if dist[heap[above]] <= d:
            break
        heap[k] = heap[above]
        place[heap[k]] = k
        k = above
    heap[k] = node
    place[node] = k


@compiled
def _pop(heap: Ints, place: Ints, dist: Ints, size: int) -> int:
    """Take the nearest node from the top; the heap is one shorter then."""
    top = heap[0]
    place[top] = -2  # done
    size -= 1
    if size > 0:
        node = heap[size]
        d, k = dist[node], 0
        while True:
            below = 2 * k + 1
            if below >= size:
                break
            if below + 1 < size and dist[heap[below + 1]] < dist[heap[below]]:
                below += 1
            if dist[heap[below]] >= d:
                break
            heap[k] = heap[below]
            place[heap[k]] = k
            k = below
        heap[k] = node
        place[node] = k
    return int(top)


@compiled
def _reach(
    heap: Ints, place: Ints, dist: Ints, size: int, seen: Ints, count: int, node: int, d: int
) -> tuple[int, int]:
    """Note that `node` can be reached at `d`; return the new sizes of the heap and of the list of those seen."""
    if dist[node] == FAR:
        seen[count] = node
        count += 1
        heap[size] = node
        dist[node] = d
        _up(heap, place, dist, size)
        return size + 1, count
    dist[node] = d
    _up(heap, place, dist, place[node])
    return size, count


@compiled
def take(
    queue: Ints, start: Ints, offer: Ints, need: Ints, cost: Ints, cap: Ints, ostart: Ints, oedge: Ints, pen: Ints,
    x: Ints, u: Ints, slack: Ints, pi: Ints, v: Ints, owed: Ints, dist: Ints, prev: Ints, heap: Ints, place: Ints,
    seen: Ints,
) -> None:  # fmt: skip
    """Route what the needs of `queue` are owed, one after the other. Every offer with room has the price nought."""
    n = len(pi)
    for first in queue:
        while owed[first] > 0:
            size, count, best, end = 0, 0, FAR, -1
            size, count = _reach(heap, place, dist, size, seen, count, first, 0)
            while size > 0:
                d = dist[heap[0]]
                if d >= best:
                    break
                node = _pop(heap, place, dist, size)
                size -= 1
                if node < n:
                    out = d + pen[node] - pi[node]
                    if out < best:
                        best, end = out, node
                    for e in range(start[node], start[node + 1]):
                        if x[e] < cap[e]:
                            j = offer[e]
                            at = d + cost[e] + v[j] - pi[node]
                            if at < best and at < dist[n + j]:
                                prev[n + j] = e
                                if slack[j] > 0:
                                    best, end = at, n + j
                                    if dist[n + j] == FAR:
                                        seen[count] = n + j
                                        count += 1
                                        place[n + j] = -2
                                    dist[n + j] = at
                                else:
                                    size, count = _reach(heap, place, dist, size, seen, count, n + j, at)
                else:
                    j = node - n
                    for z in range(ostart[j], ostart[j + 1]):
                        e = oedge[z]
                        if x[e] > 0:
                            i = need[e]
                            at = d - (cost[e] + v[j] - pi[i])
                            if at < best and at < dist[i]:
                                prev[i] = e
                                size, count = _reach(heap, place, dist, size, seen, count, i, at)
            amount, node = owed[first], end
            if node >= n:
                amount = min(amount, slack[node - n])
            while node != first:
                e = prev[node]
                amount = min(amount, cap[e] - x[e] if node >= n else x[e])
                node = need[e] if node >= n else n + offer[e]
            if end >= n:
                slack[end - n] -= amount
            else:
                u[end] += amount
            node = end
            while node != first:
                e = prev[node]
                if node >= n:
                    x[e] += amount
                    node = need[e]
                else:
                    x[e] -= amount
                    node = n + offer[e]
            owed[first] -= amount
            for k in range(count):
                node = seen[k]
                if dist[node] < best:
                    if node < n:
                        pi[node] += best - dist[node]
                    else:
                        v[node - n] += best - dist[node]
                dist[node] = FAR


@compiled
def give(
    queue: Ints, start: Ints, offer: Ints, need: Ints, cost: Ints, cap: Ints, ostart: Ints, oedge: Ints, pen: Ints,
    x: Ints, u: Ints, slack: Ints, pi: Ints, v: Ints, owed: Ints, dist: Ints, prev: Ints, heap: Ints, place: Ints,
    seen: Ints,
) -> None:  # fmt: skip
    """Let what the offers of `queue` have free be taken while it is worth something, or lower their prices.

    Needs that are still owed something are ends of the paths like those with something unmet, and mostly the nearest:
    what one change sets free serves another one, and neither has to be carried to where the market ends.
    """
    n = len(pi)
    for first in queue:
        while slack[first] > 0 and v[first] > 0:
            size, count, best, end = 0, 0, v[first], n + first
            size, count = _reach(heap, place, dist, size, seen, count, n + first, 0)
            while size > 0:
                d = dist[heap[0]]
                if d >= best:
                    break
                node = _pop(heap, place, dist, size)
                size -= 1
                if node >= n:
                    j = node - n
                    if d + v[j] < best:
                        best, end = d + v[j], node
                    for z in range(ostart[j], ostart[j + 1]):
                        e = oedge[z]
                        if x[e] < cap[e]:
                            i = need[e]
                            at = d + cost[e] + v[j] - pi[i]
                            if at < best and at < dist[i]:
                                prev[i] = e
                                size, count = _reach(heap, place, dist, size, seen, count, i, at)
                else:
                    if u[node] > 0 or owed[node] > 0:
                        best, end = d, node
                        continue
                    for e in range(start[node], start[node + 1]):
                        if x[e] > 0:
                            j = offer[e]
                            at = d - (cost[e] + v[j] - pi[node])
                            if at < best and at < dist[n + j]:
                                prev[n + j] = e
                                size, count = _reach(heap, place, dist, size, seen, count, n + j, at)
            if end != n + first:
                amount, node = slack[first], end
                waiting = u
                if node < n:
                    if owed[node] > 0:
                        waiting = owed
                    amount = min(amount, waiting[node])
                while node != n + first:
                    e = prev[node]
                    amount = min(amount, x[e] if node >= n else cap[e] - x[e])
                    node = need[e] if node >= n else n + offer[e]
                if end < n:
                    waiting[end] -= amount
                else:
                    slack[end - n] += amount
                node = end
                while node != n + first:
                    e = prev[node]
                    if node >= n:
                        x[e] -= amount
                        node = need[e]
                    else:
                        x[e] += amount
                        node = n + offer[e]
                slack[first] -= amount
            for k in range(count):
                node = seen[k]
                if dist[node] < best:
                    if node < n:
                        pi[node] -= best - dist[node]
                    else:
                        v[node - n] -= best - dist[node]
                dist[node] = FAR


@compiled
def release(amount: Ints, first: Ints, edges: Ints, other: Ints, x: Ints, free: Ints) -> None:
    """Take ``amount[k]`` back from the edges of run k and note it in ``free`` of their `other` ends."""
    for k in range(len(amount)):
        left = amount[k]
        for z in range(first[k], first[k + 1]):
            e = edges[z]
            part = min(left, x[e])
            x[e] -= part
            free[other[e]] += part
            left -= part


@compiled
def mend(
    edges: Ints, now: Ints, start: Ints, offer: Ints, need: Ints, cost: Ints, cap: Ints, ostart: Ints, oedge: Ints,
    pen: Ints, x: Ints, slack: Ints, pi: Ints, v: Ints, anew: NDArray[np.bool_], dist: Ints, prev: Ints, heap: Ints,
    place: Ints, seen: Ints,
) -> None:  # fmt: skip
    """Give `edges` the costs `now`, one after the other, each by a way round that is shorter than the edge is wrong.

    Too dear and in use: from its need another way to its offer; too cheap and with room: from its offer, which takes
    from others, a way to its need. Where what stays unmet or unused comes into it, the edge keeps its cost and the need
    is noted in ``anew``.
    """
    n = len(pi)
    for wrong in edges:
        i, j, before = need[wrong], offer[wrong], cost[wrong]
        cost[wrong] = now[wrong]
        while not anew[i]:
            reach = cost[wrong] + v[j] - pi[i]
            dear = reach > 0
            if reach == 0 or (dear and x[wrong] == 0) or (not dear and x[wrong] == cap[wrong]):
                break
            reach = abs(reach)
            source, goal = (i, n + j) if dear else (n + j, i)
            size, count, aside = 0, 0, False
            size, count = _reach(heap, place, dist, size, seen, count, source, 0)
            while size > 0:
                d = dist[heap[0]]
                if d >= reach or heap[0] == goal:
                    break
                node = _pop(heap, place, dist, size)
                size -= 1
                if node < n:
                    if d + pen[node] - pi[node] < reach:
                        aside = True
                        break
                    for e in range(start[node], start[node + 1]):
                        if x[e] < cap[e] and e != wrong:
                            k = n + offer[e]
                            at = d + cost[e] + v[offer[e]] - pi[node]
                            if at < reach and at < dist[k]:
                                if slack[offer[e]] > 0:
                                    aside = True
                                    break
                                prev[k] = e
                                size, count = _reach(heap, place, dist, size, seen, count, k, at)
                    if aside:
                        break
                else:
                    for z in range(ostart[node - n], ostart[node - n + 1]):
                        e = oedge[z]
                        if x[e] > 0 and e != wrong:
                            k = need[e]
                            at = d - (cost[e] + v[node - n] - pi[k])
                            if at < reach and at < dist[k]:
                                prev[k] = e
                                size, count = _reach(heap, place, dist, size, seen, count, k, at)
            if aside:
                anew[i] = True
                cost[wrong] = before
            elif dist[goal] < reach:
                reach = dist[goal]
                amount, node = x[wrong] if dear else cap[wrong] - x[wrong], goal
                while node != source:
                    e = prev[node]
                    amount = min(amount, cap[e] - x[e] if node >= n else x[e])
                    node = need[e] if node >= n else n + offer[e]
                x[wrong] += -amount if dear else amount
                node = goal
                while node != source:
                    e = prev[node]
                    x[e] += amount if node >= n else -amount
                    node = need[e] if node >= n else n + offer[e]
            for k in range(count):
                node = seen[k]
                if not aside and dist[node] < reach:
                    if node < n:
                        pi[node] += reach - dist[node]
                    else:
                        v[node - n] += reach - dist[node]
                dist[node] = FAR


@compiled
def worth(
    start: Ints, offer: Ints, need: Ints, cost: Ints, cap: Ints, ostart: Ints, oedge: Ints, x: Ints, u: Ints, pi: Ints,
    v: Ints, dist: Ints, heap: Ints, place: Ints, seen: Ints,
) -> None:  # fmt: skip
    """Leave in ``dist[n + j]`` by how much less than v[j] one more unit of offer j would bring."""
    n, size, count = len(pi), 0, 0
    for i in range(n):
        if u[i] > 0:
            size, count = _reach(heap, place, dist, size, seen, count, i, 0)
    for j in range(len(v)):
        size, count = _reach(heap, place, dist, size, seen, count, n + j, v[j])
    while size > 0:
        node = _pop(heap, place, dist, size)
        size -= 1
        d = dist[node]
        if node < n:
            for e in range(start[node], start[node + 1]):
                at = d + cost[e] + v[offer[e]] - pi[node]
                if x[e] < cap[e] and at < dist[n + offer[e]]:
                    size, count = _reach(heap, place, dist, size, seen, count, n + offer[e], at)
        else:
            j = node - n
            for z in range(ostart[j], ostart[j + 1]):
                e = oedge[z]
                at = d - (cost[e] + v[j] - pi[need[e]])
                if x[e] > 0 and at < dist[need[e]]:
                    size, count = _reach(heap, place, dist, size, seen, count, need[e], at)


@compiled
def dearer(
    start: Ints, offer: Ints, need: Ints, cost: Ints, cap: Ints, ostart: Ints, oedge: Ints, pen: Ints, x: Ints,
    slack: Ints, pi: Ints, v: Ints, dist: Ints, heap: Ints, place: Ints, seen: Ints,
) -> None:  # fmt: skip
    """Leave in ``dist[i]`` by how much more than pi[i] one more unit wanted by need i would cost."""
    n, size, count = len(pi), 0, 0
    for j in range(len(v)):
        if slack[j] > 0:
            size, count = _reach(heap, place, dist, size, seen, count, n + j, 0)
    for i in range(n):
        size, count = _reach(heap, place, dist, size, seen, count, i, pen[i] - pi[i])
    while size > 0:
        node = _pop(heap, place, dist, size)
        size -= 1
        d = dist[node]
        if node < n:
            for e in range(start[node], start[node + 1]):
                at = d - (cost[e] + v[offer[e]] - pi[node])
                if x[e] > 0 and at < dist[n + offer[e]]:
                    size, count = _reach(heap, place, dist, size, seen, count, n + offer[e], at)
        else:
            j = node - n
            for z in range(ostart[j], ostart[j + 1]):
                e = oedge[z]
                at = d + cost[e] + v[j] - pi[need[e]]
                if x[e] < cap[e] and at < dist[need[e]]:
                    size, count = _reach(heap, place, dist, size, seen, count, need[e], at)


@compiled
def greedy(order: Ints, offer: Ints, need: Ints, cap: Ints, x: Ints, slack: Ints, owed: Ints) -> None:
    """Give out edge by edge in this order: a first answer when there is no time for the best one."""
    for e in order:
        amount = min(cap[e], slack[offer[e]], owed[need[e]])
        x[e] += amount
        slack[offer[e]] -= amount
        owed[need[e]] -= amount
