"""What a week of visits is asked to decide (base, sites, days, hours), the checks on it, and what the answer says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sijin.engines.dispatch.problem import Fault, Faulty
from sijin.engines.distances import matrix

SITES: dict[str, Any] = {
    "site": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "minutes": pl.Float64,  # of one visit
    "visits": pl.Int64,  # in the week, those already made among them
    "opens": pl.Float64,  # minute of the day; a visit lies wholly between the two
    "closes": pl.Float64,
    "priority": pl.Float64,  # what a visit that is left out weighs
    "fixed": pl.List(pl.Date),  # days on which a visit is promised
    "visited": pl.List(pl.Date),  # days of visits made; those of other weeks keep the distance only
}
DEFAULTS: dict[str, Any] = {
    "minutes": 120.0, "visits": 1, "opens": 0.0, "closes": 1440.0, "priority": 1.0, "fixed": [], "visited": [],
}  # fmt: skip
MOST_VISITS = 5  # of one site in a week
Table = pl.DataFrame | Mapping[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Hours:
    """A working day (minutes from midnight) and how fast a team travels.

    Whoever is on the road after `lunch_latest` rests `lunch` minutes, beginning between `lunch_from` and
    `lunch_latest`; a visit is not interrupted. Roads are `detour` times as long as the straight line; their minutes are
    rounded up to a multiple of `step`, when it is not 0. Visits of more than `full` minutes in one day cost `over` km
    for each hour beyond, so that work is spread over the days where the way there is short.
    """

    start: float = 510.0
    end: float = 1050.0
    lunch: float = 60.0
    lunch_from: float = 690.0
    lunch_latest: float = 780.0
    kmh: float = 40.0
    detour: float = 1.3
    step: float = 0.0
    full: float = 1440.0
    over: float = 0.0

    def crowding(self, minutes: float) -> float:
        """Return the price, in km, of a day with so many minutes of visits."""
        return self.over * max(0.0, minutes - self.full) / 60


@dataclass(frozen=True)
class Problem:
    """One team's week.

    ``sites`` is a table (or a dict of columns) of SITES; only site, lat and lon must be there. ``days`` are the working
    days; on those in ``closed`` only fixed visits are made. ``travel`` is a square matrix of minutes, the base first,
    then the sites in their order; without it, minutes come from straight lines. ``drop`` is the price of a visit left
    out, in km, per priority.
    """

    base: tuple[float, float]
    sites: Table
    days: tuple[date, ...]
    hours: Hours = field(default_factory=Hours)
    closed: frozenset[date] = frozenset()
    travel: Floats | None = None
    drop: float = 1000.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "sites", _typed(self.sites))

    @property
    def table(self) -> pl.DataFrame:
        """The sites with all columns."""
        assert isinstance(self.sites, pl.DataFrame)
        return self.sites


class Reason(NamedTuple):
    """A code and the figures that go with it, for a stop or for a visit that was left out.

    Stops: ``fixed``, ``alone`` (the only one of its day), ``on_the_way`` (``km`` more than the day without it, beside
    ``near``), ``adds`` (``km`` more, over half of the way there and back). Left out: ``far`` (``minutes`` needed alone,
    ``hours`` there are), ``window`` (its opening hours), ``days`` (more visits than ``open`` days), ``fixed`` (no room
    on the day promised), ``spread`` (room only on a day next to another visit), ``time`` (no room; ``minutes`` of a
    visit), ``dear`` (more km than it weighs).
    """

    code: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Stop:
    """One visit: minutes from midnight, km and minutes of the way to it."""

    site: str
    arrive: float
    start: float
    leave: float
    km: float
    travel: float
    why: Reason


@dataclass(frozen=True)
class Day:
    """A day's round in its order, out from the base and back; `lunch` is when the rest begins, if there is one."""

    date: date
    stops: tuple[Stop, ...] = ()
    out: float = 0.0
    back: float = 0.0
    back_km: float = 0.0
    back_travel: float = 0.0
    lunch: float | None = None

    @property
    def km(self) -> float:
        """Kilometres of the whole round."""
        return sum(stop.km for stop in self.stops) + self.back_km

    @property
    def travel(self) -> float:
        """Minutes on the road."""
        return sum(stop.travel for stop in self.stops) + self.back_travel

    @property
    def on_site(self) -> float:
        """Minutes at sites."""
        return sum(stop.leave - stop.start for stop in self.stops)


@dataclass(frozen=True)
class Left:
    """A visit that does not fit; `day` when it was promised for one."""

    site: str
    day: date | None
    why: Reason


@dataclass(frozen=True)
class Week:
    """The answer of `plan`: ``cost`` = ``km`` + ``crowding`` of full days + prices of the visits left out.

    ``method`` is exact, columns or given; ``gap`` is relative (0.01 = 1 %), ``seconds`` wall time.
    """

    days: tuple[Day, ...]
    left: tuple[Left, ...]
    km: float
    crowding: float
    cost: float
    bound: float
    gap: float
    seconds: float
    method: str


@dataclass(frozen=True)
class Posed:
    """The problem in plain numbers: index 0 of `km` and `minutes` is the base, site i has index i + 1."""

    problem: Problem
    km: list[list[float]]
    minutes: list[list[float]]
    names: tuple[str, ...]
    stay: tuple[float, ...]
    opens: tuple[float, ...]
    closes: tuple[float, ...]
    price: tuple[float, ...]  # of one visit left out
    visits: tuple[int, ...]
    fixed: tuple[frozenset[date], ...]
    visited: tuple[frozenset[date], ...]

    def wanted(self, site: int) -> int:
        """Return how many visits are to be placed on days that are not fixed."""
        made = len(self.visited[site].intersection(self.problem.days))
        return max(0, self.visits[site] - made - len(self.fixed[site]))

    def free(self, site: int) -> list[int]:
        """Return the days (by number) on which a visit may be placed that is not fixed."""
        shut = self.problem.closed | self.fixed[site] | self.visited[site]
        return [n for n, day in enumerate(self.problem.days) if day not in shut]

    def runs(self, site: int) -> list[tuple[list[int], int]]:
        """Return (numbers of days, most visits on them) that keep a site's visits from filling days in a row.

        n visits a week do not stand on n days in a row (two never on neighbouring days), unless the week has no more
        than n days; what is fixed or was visited stands where it stands.
        """
        count, days = self.visits[site], self.problem.days
        if count < 2 or len(days) <= count:
            return []
        standing, free = self.fixed[site] | self.visited[site], set(self.free(site))
        found = []
        for first in sorted({day - timedelta(back) for day in days for back in range(count)}):
            window = [first + timedelta(n) for n in range(count)]
            inside = [n for n, day in enumerate(days) if day in window and n in free]
            already = sum(day in standing for day in window)
            if inside and len(inside) + already == count:  # else the run cannot be filled anyway
                found.append((inside, count - 1 - already))
        return found


def posed(problem: Problem) -> Posed:
    """Return the problem in plain numbers, after `validate`."""
    validate(problem)
    table, hours = problem.table, problem.hours
    if problem.travel is not None:
        minutes = np.asarray(problem.travel, dtype=np.float64)
        km = minutes * hours.kmh / 60
    else:
        lat = [problem.base[0], *table["lat"]]
        lon = [problem.base[1], *table["lon"]]
        km = matrix(lat, lon, lat, lon) * hours.detour
        minutes = km * 60 / hours.kmh
        if hours.step:
            minutes = np.ceil(minutes / hours.step - 1e-9) * hours.step
    visited = tuple(frozenset(days or ()) for days in table["visited"].to_list())
    return Posed(
        problem,
        km.tolist(),
        minutes.tolist(),
        tuple(table["site"]),
        tuple(table["minutes"]),
        tuple(table["opens"]),
        tuple(table["closes"]),
        tuple(problem.drop * priority for priority in table["priority"]),
        tuple(table["visits"]),
        tuple(frozenset(days or ()) - made for days, made in zip(table["fixed"].to_list(), visited, strict=True)),
        visited,
    )


def _typed(sites: Table) -> pl.DataFrame:
    given: dict[str, Any] = dict(sites.to_dict(as_series=True)) if isinstance(sites, pl.DataFrame) else dict(sites)
    missing = [name for name in ("site", "lat", "lon") if name not in given]
    if missing:
        raise Faulty([Fault("sites", 0, name, "a column of this name") for name in missing])
    rows = len(given["site"])
    for name, value in DEFAULTS.items():
        given.setdefault(name, [value] * rows)
    try:
        frame = pl.DataFrame({name: given[name] for name in SITES}, schema=SITES, strict=True)
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise Faulty([Fault("sites", 0, "", f"columns of the types {SITES}", str(error).splitlines()[0])]) from error
    return frame.with_columns(pl.col(name).fill_null(pl.lit(value)) for name, value in DEFAULTS.items() if value != [])


def validate(problem: Problem) -> None:
    """Raise Faulty naming every fault by table, row and field."""
    faults = [*_sites(problem), *_days(problem), *_hours(problem)]
    if faults:
        raise Faulty(faults)


def _sites(problem: Problem) -> Iterator[Fault]:
    seen: set[str] = set()
    for row, site in enumerate(problem.table.iter_rows(named=True)):
        name = site["site"]
        if not name or name in seen:
            yield Fault("sites", row, "site", "a name that no other row has", name or "")
        seen.add(name)
        for column, most in (("lat", 90.0), ("lon", 180.0)):
            value = site[column]
            if problem.travel is None and not (value is not None and abs(value) <= most):
                yield Fault("sites", row, column, f"degrees between -{most:g} and {most:g}", _shown(value))
        if not 0 < site["minutes"] <= 1440:
            yield Fault("sites", row, "minutes", "minutes of a visit, at most a day", _shown(site["minutes"]))
        if not 0 <= site["visits"] <= MOST_VISITS:
            yield Fault("sites", row, "visits", f"visits a week, 0 to {MOST_VISITS}", _shown(site["visits"]))
        if not 0 <= site["opens"] < site["closes"] <= 1440:
            yield Fault("sites", row, "opens", "minutes of the day, before closes", _shown(site["opens"]))
        if not 0 < site["priority"] < np.inf:
            yield Fault("sites", row, "priority", "a number above 0", _shown(site["priority"]))
        for day in site["fixed"] or ():
            if day not in problem.days:
                yield Fault("sites", row, "fixed", "one of the days of the week", _shown(day))


def _days(problem: Problem) -> Iterator[Fault]:
    days = list(problem.days)
    for row, day in enumerate(days):
        if row and not days[row - 1] < day <= days[0] + timedelta(6):
            yield Fault("days", row, "date", "a later day of the same seven days", _shown(day))
    points = len(problem.table) + 1
    if problem.travel is None:
        if not all(abs(value) <= most for value, most in zip(problem.base, (90, 180), strict=True)):
            yield Fault("base", 0, "lat", "latitude and longitude in degrees", _shown(problem.base))
    elif np.shape(problem.travel) != (points, points):
        yield Fault("travel", 0, "", f"a square of {points} rows", _shown(np.shape(problem.travel)))
    else:
        for row, column in np.argwhere(~(np.isfinite(problem.travel) & (np.asarray(problem.travel) >= 0))):
            yield Fault("travel", int(row), str(column), "minutes of at least 0", _shown(problem.travel[row, column]))


def _hours(problem: Problem) -> Iterator[Fault]:
    hours = problem.hours
    if not 0 <= hours.start < hours.end <= 1440:
        yield Fault("hours", 0, "start", "minutes of the day, before the end", _shown(hours.start))
    if not 0 <= hours.step <= 60:
        yield Fault("hours", 0, "step", "minutes from 0 to 60", _shown(hours.step))
    for name in ("full", "over"):
        if not 0 <= getattr(hours, name) < np.inf:
            yield Fault("hours", 0, name, "a number of at least 0", _shown(getattr(hours, name)))
    if not (hours.lunch >= 0 and hours.lunch_from <= hours.lunch_latest):
        yield Fault("hours", 0, "lunch_from", "a time not after the latest", _shown(hours.lunch_from))
    for name in ("kmh", "detour"):
        if not 0 < getattr(hours, name) < np.inf:
            yield Fault("hours", 0, name, "a number above 0", _shown(getattr(hours, name)))
    if not 0 < problem.drop < np.inf:
        yield Fault("problem", 0, "drop", "a price above 0", _shown(problem.drop))


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
