"""Compiled: what every order would do at given prices of hours, softly, and the bound that the prices prove.

An order splits over the weeks of all its ways by a Gibbs measure of their costs (entropic transport: Cuturi 2013); the
hours asked for then answer smoothly to the prices. Import this module late: it loads Numba.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FAR = 30.0  # temperatures above the least cost beyond which nothing is chosen


@compiled
def asked(
    start: Ints, maker: Ints, first: Ints, last: Ints, burden: Floats, cost: Floats, penalty: Floats, hours: Floats,
    price: Floats, heat: Floats, used: Floats, steep: Floats, share: Floats,
) -> float:  # fmt: skip
    """Write the hours asked for (`used`), how steeply they fall with the price, and shares; return the bound proven.

    `hours` and `price` are makers × weeks; `heat` is the temperature of each order (yuan).
    """
    used[:] = 0.0
    steep[:] = 0.0
    total = 0.0
    for m in range(hours.shape[0]):
        for t in range(hours.shape[1]):
            total -= price[m, t] * hours[m, t]
    for o in range(len(start) - 1):
        least = penalty[o]
        for e in range(start[o], start[o + 1]):
            m = maker[e]
            for t in range(first[e], last[e] + 1):
                if hours[m, t] > 0:
                    least = min(least, cost[e] + burden[e] * price[m, t])
        total += least
        sums = math.exp(-min((penalty[o] - least) / heat[o], FAR))
        for e in range(start[o], start[o + 1]):
            m = maker[e]
            for t in range(first[e], last[e] + 1):
                gap = (cost[e] + burden[e] * price[m, t] - least) / heat[o]
                if hours[m, t] > 0 and gap < FAR:
                    sums += math.exp(-gap)
        for e in range(start[o], start[o + 1]):
            m = maker[e]
            share[e] = 0.0
            for t in range(first[e], last[e] + 1):
                gap = (cost[e] + burden[e] * price[m, t] - least) / heat[o]
                if hours[m, t] > 0 and gap < FAR:
                    part = math.exp(-gap) / sums
                    share[e] += part
                    used[m, t] += burden[e] * part
                    steep[m, t] += burden[e] * burden[e] * part * (1.0 - 0.9 * part) / heat[o]
    return total


@compiled
def hourly(maker: Ints, first: Ints, last: Ints, hours: Floats, price: Floats, found: Floats) -> None:
    """Write the least price of an hour in the weeks of each way."""
    for e in range(len(maker)):
        least = np.inf
        for t in range(first[e], last[e] + 1):
            if hours[maker[e], t] > 0:
                least = min(least, price[maker[e], t])
        found[e] = least if least < np.inf else 0.0
