"""What a shuttle is asked to do: its rules, the checks on its tables, and the parties that ride.

Rows with a fault are left out and named; the rest is planned. Where nothing can be planned `Faulty` is raised.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sijin.engines.dispatch.problem import Fault, Faulty
from sijin.engines.faults import FAULTS, Sieve, Table
from sijin.engines.shuttle.arrays import Floats

HOUR, MINUTE = 3600.0, 60.0
SHOWN = 50  # cells of a matrix that are named one by one


@dataclass(frozen=True)
class Rules:
    """The rules of a bus; the defaults are those of the notice of 2020-02-19 for workers' return.

    A bus carries at most ``load`` of its seats, and nobody in its last ``free_rows`` rows of ``row_seats`` seats.
    ``drivers`` take turns and each drives ``driver_hours`` on one trip at most (None: as long as it takes). Nobody
    drives in ``night`` (hours of the day; None: any time). With people on board a bus stops for ``rest_minutes`` after
    every ``rest_hours`` of driving (None: never). ``ride_hours`` is the longest ride, from the first boarding of a trip
    to the destination. ``stop_seconds`` and ``person_seconds`` are the time at a stop. ``home`` says which end of a
    trip must lie in the bus's province: "either", "origin", "destination" or None. With ``returns`` the empty way back
    to the depot is paid. ``waiting`` is the price of one person who does not get a seat (None: more than any bus, so
    that as few as can be wait), ``change`` that of one person whose bus changes when a plan is made anew.
    """

    load: float = 0.5
    free_rows: int = 2
    row_seats: int = 4
    drivers: int = 2
    driver_hours: float | None = 8.0
    night: tuple[float, float] | None = (2.0, 5.0)
    rest_hours: float | None = 2.0
    rest_minutes: float = 20.0
    ride_hours: float | None = None
    stop_seconds: float = 0.0
    person_seconds: float = 0.0
    multi_trip: bool = False
    home: str | None = None
    returns: bool = True
    waiting: float | None = None
    change: float = 50.0
    symmetric: bool = False

    def room(self, seats: int) -> int:
        """Return how many people a bus with so many seats may carry."""
        return min(math.floor(self.load * seats + 1e-9), seats - self.free_rows * self.row_seats)


@dataclass(frozen=True)
class Given:
    """The tables as they are planned: rows without fault, `faults` for the others, matrices with inf for holes."""

    stops: pl.DataFrame
    vehicles: pl.DataFrame
    places: tuple[Any, ...]
    seconds: Floats
    metres: Floats
    rules: Rules
    faults: pl.DataFrame
    beyond: tuple[int, ...]  # rows of `stops` that no bus can fetch, see `lost`
    lost: tuple[str, ...]  # why, in words


def rules_of(rules: Rules | Mapping[str, Any] | None) -> Rules:
    """Return rules from a dict; Faulty names what is none."""
    try:
        made = rules if isinstance(rules, Rules) else Rules(**(rules or {}))
    except TypeError as error:
        raise Faulty([Fault("rules", 0, str(error).split("'")[-2], "the name of a rule")]) from error
    faults = [Fault("rules", 0, name, expected, str(getattr(made, name))) for name, expected in _wrong(made)]
    if faults:
        raise Faulty(faults)
    return made


def _wrong(rules: Rules) -> Iterator[tuple[str, str]]:
    if not 0 < rules.load <= 1:
        yield "load", "a share of the seats above 0, at most 1"
    for name in ("free_rows", "row_seats", "rest_minutes", "stop_seconds", "person_seconds", "change"):
        if not 0 <= getattr(rules, name) < math.inf:
            yield name, "a number of at least 0"
    for name in ("driver_hours", "rest_hours", "ride_hours", "waiting"):
        value = getattr(rules, name)
        if value is not None and not 0 < value < math.inf:
            yield name, "a number above 0, or empty"
    if rules.drivers < 1:
        yield "drivers", "at least 1"
    if rules.night is not None and not all(0 <= hour <= 24 for hour in rules.night):
        yield "night", "two hours of the day"
    if rules.home not in (None, "either", "origin", "destination"):
        yield "home", "either, origin, destination or empty"


def read(stops: Table, vehicles: Table, places: Any, duration: ArrayLike, distance: ArrayLike, rules: Rules) -> Given:
    """Read the tables; Faulty where a whole table cannot be used."""
    names = tuple(places)
    sieve, holes = Sieve(), pl.DataFrame(schema=FAULTS)
    matrices: list[Floats] = []
    for name, matrix in (("duration", duration), ("distance", distance)):
        made = _square(name, matrix, len(names))
        holes = holes.vstack(_holes(name, made, names, rules.symmetric))
        matrices.append(np.where(np.isfinite(made) & (made >= 0), made, np.inf))
    if len(set(names)) < len(names):
        raise Faulty([Fault("places", 0, "places", "names of their own")])
    fleet = _vehicles(sieve, vehicles, names, rules)
    asked = _stops(sieve, stops, names, fleet)
    seconds, metres = matrices
    return Given(asked, fleet, names, seconds, metres, rules, holes.vstack(sieve.faults), (), ())


def _square(name: str, matrix: ArrayLike, size: int) -> Floats:
    try:
        made = np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise Faulty([Fault(name, 0, name, "a square of numbers")]) from error
    if made.shape != (size, size):
        expected = f"a square of {size} × {size}, one row for each place"
        raise Faulty([Fault(name, 0, name, expected, " × ".join(map(str, made.shape)))])
    return made


def _holes(name: str, matrix: Floats, names: tuple[Any, ...], symmetric: bool) -> pl.DataFrame:
    """Name the cells that are no way, and those that differ from their mirror where they must not."""
    bad = ~np.isfinite(matrix) | (matrix < 0)
    np.fill_diagonal(bad, False)
    rows = [
        (name, int(i), str(names[j]), str(matrix[i, j]), f"a number of at least 0, from {names[i]} to {names[j]}")
        for i, j in np.argwhere(bad)[:SHOWN]
    ]
    if bad.sum() > SHOWN:
        rows.append((name, int(np.argwhere(bad)[SHOWN][0]), "", f"{bad.sum() - SHOWN} more", "numbers of at least 0"))
    if symmetric:
        other = np.argwhere(np.triu(~bad & ~bad.T & ~np.isclose(matrix, matrix.T, rtol=1e-9, atol=1e-6)))
        for i, j in other[:SHOWN]:
            told = f"{matrix[j, i]:g} as on the way back, from {names[i]} to {names[j]}"
            rows.append((name, int(i), str(names[j]), f"{matrix[i, j]:g}", told))
    return pl.DataFrame(rows, schema=FAULTS, orient="row")


def _optional(frame: pl.DataFrame, defaults: dict[str, Any]) -> pl.DataFrame:
    missing = [pl.lit(value).alias(name) for name, value in defaults.items() if name not in frame.columns]
    return frame.with_columns(missing)


def _known(column: pl.Series, names: set[Any]) -> pl.Series:
    return pl.Series([value in names for value in column], dtype=pl.Boolean)


def _vehicles(sieve: Sieve, table: Table, names: tuple[Any, ...], rules: Rules) -> pl.DataFrame:
    columns = ("type", "count", "seats", "fixed", "per_km")
    try:
        rows = sieve.read("vehicles", table, columns, ("type",)).with_row_index("row")
    except ValueError as error:
        raise Faulty([Fault("vehicles", 0, "columns", str(error))]) from error
    rows = _optional(rows, {"depot": None, "province": None})
    rows = sieve.named("vehicles", rows, "type")
    for column in ("count", "fixed", "per_km"):
        rows = sieve.numbers("vehicles", rows, column, 0.0, "a number of at least 0")
    least = rules.free_rows * rules.row_seats
    rows = sieve.numbers("vehicles", rows, "seats", 0.0, "a number of seats")
    few = pl.lit(pl.Series([rules.room(int(seats)) < 1 for seats in rows["seats"]], dtype=pl.Boolean))
    expected = f"seats beside the {least} that stay free, and a load of one at least"
    rows = sieve.drop("vehicles", rows, "seats", few, expected)
    known = pl.lit(_known(rows["depot"], {None, *names}))
    rows = sieve.drop("vehicles", rows, "depot", ~known, "a place of the matrix, or empty: where the trip begins")
    rows = rows.filter(pl.col("count") >= 1)
    if not len(rows):
        found = [Fault(*(str(f[0]), int(f[1]), str(f[2]), str(f[4]), str(f[3]))) for f in sieve.faults.iter_rows()]
        raise Faulty(found or [Fault("vehicles", 0, "count", "at least one bus")])
    room = [rules.room(int(seats)) for seats in rows["seats"]]
    return rows.with_columns(pl.col("count", "seats").cast(pl.Int64), pl.Series("room", room, dtype=pl.Int64))


def _stops(sieve: Sieve, table: Table, names: tuple[Any, ...], fleet: pl.DataFrame) -> pl.DataFrame:
    columns = ("stop", "place", "people")
    try:
        rows = sieve.read("stops", table, columns, ("stop", "place")).with_row_index("row")
    except ValueError as error:
        raise Faulty([Fault("stops", 0, "columns", str(error))]) from error
    depots = fleet["depot"].drop_nulls()
    default = depots[0] if len(depots) else None
    blank = {"earliest": None, "latest": None, "arrive_by": None, "province": None, "destination_province": None}
    rows = _optional(rows, blank | {"destination": default, "waiting": None})
    rows = sieve.named("stops", rows, "stop")
    for column in ("place", "destination"):
        rows = sieve.drop("stops", rows, column, pl.col(column).is_null(), "a place; it is empty")
        known = pl.lit(_known(rows[column], set(names)))
        rows = sieve.drop("stops", rows, column, ~known, "a place that the matrix has")
    whole = pl.col("people").is_finite() & (pl.col("people") >= 1) & (pl.col("people") == pl.col("people").floor())
    rows = sieve.drop("stops", rows, "people", ~whole | (pl.col("people") > 1e6), "a number of people, 1 or more")
    times = {"earliest": 0.0, "latest": math.inf, "arrive_by": math.inf}
    for column, blank_time in times.items():
        number = pl.col(column).cast(pl.Float64, strict=False)
        wrong = pl.col(column).is_not_null() & (number.is_null() | number.is_nan())
        rows = sieve.drop("stops", rows, column, wrong, "seconds from midnight of the first day, or empty")
        rows = rows.with_columns(number.fill_null(blank_time))
    turned = pl.col("latest") < pl.col("earliest")
    rows = sieve.drop("stops", rows, "latest", turned, "a time not before the earliest")
    negative = pl.col("waiting").cast(pl.Float64, strict=False).fill_null(0.0) < 0
    rows = sieve.drop("stops", rows, "waiting", negative, "a price of at least 0 for a person, or empty")
    return rows.with_columns(pl.col("people").cast(pl.Int64), pl.col("waiting").cast(pl.Float64))
