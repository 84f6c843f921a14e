"""Teams in halves that lie together, and points on the unit sphere."""

import numpy as np

from sijin.engines.dispatch.parties import Array

LEAF = 8  # teams of a leaf of the tree


def halved(teams: Array, lat: Array, lon: Array, width: int) -> list[Array]:
    """Halve teams along their longer side until at most `width` are together."""
    if len(teams) <= width:
        return [teams] if len(teams) else []
    wide = np.ptp(lon[teams]) * np.cos(np.radians(float(lat[teams].mean())))
    order = teams[np.argsort(lon[teams] if wide > np.ptp(lat[teams]) else lat[teams], kind="stable")]
    middle = len(order) // 2
    return [*halved(order[:middle], lat, lon, width), *halved(order[middle:], lat, lon, width)]


def sphere(lat: Array, lon: Array) -> Array:
    """Return points on the unit sphere."""
    a, b = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)], axis=1)


def tree(lat: Array, lon: Array) -> tuple[Array, Array]:
    """Return the nodes of a full binary tree over the teams, as spans of the order that is returned with them.

    Each node halves its teams along their longer side; leaves have up to LEAF teams.
    """
    count, levels = len(lat), 0
    while count >> levels > LEAF:
        levels += 1
    order = np.arange(count)
    span = np.zeros((2 ** (levels + 1) - 1, 2), np.int64)
    span[0, 1] = count
    for k in range(2**levels - 1):
        begin, end = span[k]
        own = order[begin:end]
        wide = np.ptp(lon[own]) * np.cos(np.radians(float(lat[own].mean())))
        along = lon[own] if wide > np.ptp(lat[own]) else lat[own]
        order[begin:end] = own[np.argsort(along, kind="stable")]
        middle = (begin + end) // 2
        span[2 * k + 1], span[2 * k + 2] = (begin, middle), (middle, end)
    return span, order
