"""How far apart two places are, as the crow flies."""

from math import asin, cos, radians, sin, sqrt

EARTH = 6371.0088  # km, mean radius (IUGG 1980)


def kilometres(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Return the great-circle distance in km between two points given in degrees (haversine formula)."""
    north, east = radians(to_lat - lat) / 2, radians(to_lon - lon) / 2
    return 2 * EARTH * asin(sqrt(sin(north) ** 2 + cos(radians(lat)) * cos(radians(to_lat)) * sin(east) ** 2))
