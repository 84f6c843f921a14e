"""Betweenness by a sample of starts, compiled (Brandes 2001; Brandes and Pich 2007). Import this module late."""

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch.compiled import compiled

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@compiled
def between(starts: Ints, head: Ints, pivots: Ints, found: Floats) -> None:
    """Add to ``found`` how many shortest ways from each of `pivots` to all others lead through each node.

    The successors of node n are head[starts[n]:starts[n + 1]].
    """
    count = len(starts) - 1
    depth, ways = np.full(count, -1, np.int64), np.zeros(count)
    share, order = np.zeros(count), np.empty(count, np.int64)
    for pivot in pivots:
        size, at = 1, 0
        order[0], depth[pivot], ways[pivot] = pivot, 0, 1.0
        while at < size:
            node = order[at]
            at += 1
            for k in range(starts[node], starts[node + 1]):
                other = head[k]
                if depth[other] < 0:
                    depth[other] = depth[node] + 1
                    order[size] = other
                    size += 1
                if depth[other] == depth[node] + 1:
                    ways[other] += ways[node]
        for k in range(size - 1, -1, -1):
            node = order[k]
            for z in range(starts[node], starts[node + 1]):
                other = head[z]
                if depth[other] == depth[node] + 1:
                    share[node] += ways[node] / ways[other] * (1.0 + share[other])
            if node != pivot:
                found[node] += share[node]
        for k in range(size):
            node = order[k]
            depth[node], ways[node], share[node] = -1, 0.0, 0.0
