"""Distances over land where the straight line would go over the sea: around the water by places on its shores."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sijin.engines.distances import matrix
from sijin.works.domain.shuttles.terms import table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@cache
def _water() -> tuple[Floats, Floats]:
    """Return lines (n, 2, 2) and shores (m, 2), in degrees: latitude, longitude."""
    told = table()["water"]
    return np.array(told["lines"], dtype=float), np.array(told["shores"], dtype=float)


def around_water(lat: Sequence[float], lon: Sequence[float]) -> Floats:
    """Return km from place to place by great circles that cross no line of water; shape (places, places).

    A way goes over as many of the shores as it must, in the order that is shortest (Floyd–Warshall over places and
    shores, where only shores are gone over).
    """
    _lines, shores = _water()
    points = np.vstack([np.column_stack([lat, lon]), shores])
    km = matrix(points[:, 0], points[:, 1], points[:, 0], points[:, 1])
    km[_wet(points)] = np.inf
    for shore in range(len(lat), len(points)):
        km = np.minimum(km, km[:, shore, None] + km[None, shore, :])
    size = len(lat)
    return km[:size, :size]


def _wet(points: Floats) -> Flags:
    """Say of each pair whether the straight line between them crosses water; a line's end is its shore."""
    found = np.zeros((len(points), len(points)), bool)
    for first, last in _water()[0]:
        side = _turn(first, last, points)  # of the line of water, on which each place lies
        a, b = points[:, None, :], points[None, :, :]
        ends = _cross(b - a, first - a) * _cross(b - a, last - a)
        found |= (side[:, None] * side[None, :] < 0) & (ends < -1e-12)
    return found


def _turn(first: Floats, last: Floats, points: Floats) -> Floats:
    return _cross(last - first, points - first)


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
