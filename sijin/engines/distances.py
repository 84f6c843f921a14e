"""Distances over the ground between points given in degrees. Straight lines on the sphere: roads are longer."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_KM = 6371.0088  # mean radius, IUGG


def kilometres(lat: ArrayLike, lon: ArrayLike, to_lat: ArrayLike, to_lon: ArrayLike) -> NDArray[np.float64]:
    """Return the great-circle distances in km; arguments in degrees broadcast against each other (haversine)."""
    a, b, c, d = (np.radians(np.asarray(given, dtype=np.float64)) for given in (lat, lon, to_lat, to_lon))
    half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def matrix(lat: ArrayLike, lon: ArrayLike, to_lat: ArrayLike, to_lon: ArrayLike) -> NDArray[np.float64]:
    """Return the (from, to) matrix of distances in km."""
    a, b = (np.asarray(given, dtype=np.float64)[:, None] for given in (lat, lon))
    return kilometres(
        a, b, np.asarray(to_lat, dtype=np.float64)[None, :], np.asarray(to_lon, dtype=np.float64)[None, :]
    )
