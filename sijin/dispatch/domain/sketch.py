"""A round as a small drawing: base, sites, the way between them, one scale for all days of a week. North is up."""

from dataclasses import dataclass
from math import cos, hypot, radians

from sijin.dispatch.domain.weeks import Day, TeamWeek
from sijin.places.models import Site

WIDTH, HEIGHT, MARGIN = 220.0, 132.0, 15.0
APART = 18.0  # least distance between two numbers
KM_PER_DEGREE = 111.2  # of latitude
LEAST = 0.4  # km that the drawing spans at least
BARS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)  # km of the scale

Point = tuple[float, float]


@dataclass(frozen=True)
class Mark:
    """A number on the drawing, or a dot for a site that is not on that day's way; coordinates as written into SVG."""

    x: str
    y: str
    door: str
    name: str
    number: int = 0
    visited: bool = False


@dataclass(frozen=True)
class Sketch:
    """What the drawing of one day shows."""

    base: tuple[str, str]
    way: str  # points of a polyline
    stops: list[Mark]
    others: list[Mark]


class Scale:
    """Turns degrees into the drawing's own units."""

    def __init__(self, week: TeamWeek) -> None:
        assert week.base is not None
        sites = [*week.sites, *(stop.site for day in week.days for stop in day.round)]
        points = [week.base, *((site.lat, site.lon) for site in sites)]
        lats, lons = [lat for lat, _lon in points], [lon for _lat, lon in points]
        self.middle = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
        self.narrow = cos(radians(self.middle[0]))
        tall = max((max(lats) - min(lats)) * KM_PER_DEGREE, LEAST)
        wide = max((max(lons) - min(lons)) * KM_PER_DEGREE * self.narrow, LEAST)
        self.per_km = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / tall)
        bar = max((km for km in BARS if km * self.per_km <= WIDTH / 3), default=BARS[0])
        self.bar_km = f"{bar:g}"
        self.bar = f"{bar * self.per_km:.1f}"

    def at(self, lat: float, lon: float) -> Point:
        """Return the place of a point."""
        east = (lon - self.middle[1]) * KM_PER_DEGREE * self.narrow * self.per_km
        north = (lat - self.middle[0]) * KM_PER_DEGREE * self.per_km
        return WIDTH / 2 + east, HEIGHT / 2 - north


def sketches(week: TeamWeek) -> tuple[list[Sketch | None], Scale | None]:
    """Return the drawing of every day (None for a day without a visit) and their common scale."""
    if week.base is None:
        return [None] * len(week.days), None
    scale = Scale(week)
    return [_sketch(week, day, scale) if day.round else None for day in week.days], scale


def _sketch(week: TeamWeek, day: Day, scale: Scale) -> Sketch:
    assert week.base is not None
    sites = [stop.site for stop in day.round]
    base, *places = _apart([scale.at(*week.base), *(scale.at(site.lat, site.lon) for site in sites)])
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in (base, *places, base))
    here = {site.pk for site in sites}
    return Sketch(
        _written(base),
        way,
        [
            Mark(*_written(place), stop.site.door, stop.site.name, stop.number, stop.visited)
            for place, stop in zip(places, day.round, strict=True)
        ],
        [_dot(site, scale) for site in week.sites if site.pk not in here],
    )


def _dot(site: Site, scale: Scale) -> Mark:
    return Mark(*_written(scale.at(site.lat, site.lon)), site.door, site.name)


def _apart(points: list[Point]) -> list[Point]:
    """Push numbers that would cover each other apart; the first point, the base, stays where it is."""
    moved = [*points]
    for _step in range(40):
        still = True
        for a in range(len(moved)):
            for b in range(a + 1, len(moved)):
                (ax, ay), (bx, by) = moved[a], moved[b]
                far = hypot(bx - ax, by - ay)
                if far >= APART:
                    continue
                still = False
                dx, dy = ((bx - ax) / far, (by - ay) / far) if far > 0.1 else (1.0, 0.3 * (b - a))
                push = (APART - far) / 2 + 0.1
                if a:
                    moved[a] = _inside(ax - dx * push, ay - dy * push)
                moved[b] = _inside(bx + dx * push * (1 if a else 2), by + dy * push * (1 if a else 2))
        if still:
            break
    return moved


def _inside(x: float, y: float) -> Point:
    edge = APART / 2
    return min(max(x, edge), WIDTH - edge), min(max(y, edge), HEIGHT - edge)


def _written(point: Point) -> tuple[str, str]:
    return f"{point[0]:.1f}", f"{point[1]:.1f}"
