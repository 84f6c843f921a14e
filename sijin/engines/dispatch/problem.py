"""What a dispatch is asked to decide: officials, sites, teams, rules — plain Polars tables — and the checks on them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

OFFICIALS = {
    "official": pl.String,
    "unit": pl.String,
    "level": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "skills": pl.List(pl.String),
    "can_lead": pl.Boolean,
}
SITES = {
    "site": pl.String,
    "door": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "skills": pl.List(pl.String),
    "workload": pl.Float64,
    "priority": pl.Float64,
    "county": pl.String,
}
TEAMS = {
    "team": pl.String,
    "level": pl.String,
    "size": pl.Int64,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "county": pl.String,
    "unit": pl.String,
}
OPTIONAL: dict[str, Any] = {
    "skills": [], "can_lead": False, "workload": 1.0, "priority": 1.0, "county": None, "unit": None, "size": None,
    "level": "city", "lat": None, "lon": None, "door": "",
}  # fmt: skip
LEVELS = ("province", "city", "county", "town")
Table = pl.DataFrame | Mapping[str, Any]


@dataclass(frozen=True)
class Rules:
    """Bounds and prices. Prices are in kilometre-equivalents, so that every part of the objective has one unit.

    A soft rule may be bent at its price, and every bend is reported by name; nothing is refused for it.
    """

    size_wanted: int = 5
    size_min: int = 4
    size_max: int = 5
    city_share: float = 0.5  # least share of city-unit staff in a city team
    days_per_week: float = 5.0  # load that a team can carry
    balance: float = 1.3  # numbers of sites from mean / balance to mean × balance are free of charge
    home_km: float = 0.5  # per kilometre from an official's home to the team's base
    site_km: float = 1.0  # per kilometre from the base to a site, per day of its weekly workload
    skill: float = 25.0  # a wanted skill without a member of its own
    seat: float = 50.0  # a seat below or above the size wanted
    quota: float = 60.0  # a person missing to the share of city staff
    leader: float = 400.0  # a team without anyone who can lead
    overload: float = 30.0  # a day per week beyond the load
    imbalance: float = 10.0  # a site more or fewer than balance allows
    other_county: float = 15.0  # a site served from another county
    change: float = 12.0  # a person or site moved against the running plan
    unplaced: float = 1000.0  # an official who goes nowhere


@dataclass(frozen=True)
class Locks:
    """What must stay: {official: team} and {site: team}."""

    officials: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Previous:
    """The running plan, against which changes are priced: {official: team}, {site: team}, {team: (lat, lon)}.

    `leaders` are the officials who lead; with none named, a change of leader inside a team is free.
    """

    officials: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    leaders: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the input: table, row number (from 0), field, and what was expected."""

    table: str
    row: int
    field: str
    expected: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.table} row {self.row}, {self.field}: {self.value or 'empty'} — expected {self.expected}"


class Faulty(ValueError):
    """The input cannot be solved as it is; `faults` names every row and field in one pass."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults[:20])) + ("; …" if len(faults) > 20 else ""))
        self.faults = faults


@dataclass(frozen=True)
class Problem:
    """Officials, sites, teams (tables, or dicts of columns; see OFFICIALS, SITES, TEAMS for names and types), rules.

    A team without a point takes its base among the sites of its county. A team with a unit takes only that unit's
    officials.
    """

    officials: Table
    sites: Table
    teams: Table
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        for name, columns in (("officials", OFFICIALS), ("sites", SITES), ("teams", TEAMS)):
            object.__setattr__(self, name, _typed(name, getattr(self, name), columns))

    def table(self, name: str) -> pl.DataFrame:
        """Return `officials`, `sites` or `teams` with all its columns."""
        found = getattr(self, name)
        assert isinstance(found, pl.DataFrame)
        return found


def table(columns: Mapping[str, Any], types: dict[str, Any]) -> pl.DataFrame:
    """Return columns as a table of `types` (OFFICIALS, SITES or TEAMS), also when there are no rows to tell them by."""
    return pl.DataFrame(dict(columns), schema={name: kind for name, kind in types.items() if name in columns})


def _typed(name: str, table: Table, columns: dict[str, Any]) -> pl.DataFrame:
    frame = table if isinstance(table, pl.DataFrame) else pl.DataFrame(dict(table))
    key = next(iter(columns))
    faults = [Fault(name, 0, column, "a column of this name") for column in columns if column not in frame.columns]
    faults = [fault for fault in faults if fault.field == key or fault.field not in OPTIONAL]
    if faults:
        raise Faulty(faults)
    try:
        return frame.select(
            (pl.col(c) if c in frame.columns else pl.lit(OPTIONAL[c])).cast(kind).fill_null(OPTIONAL.get(c)).alias(c)
            if OPTIONAL.get(c) is not None
            else (pl.col(c) if c in frame.columns else pl.lit(None)).cast(kind).alias(c)
            for c, kind in columns.items()
        )
    except (pl.exceptions.InvalidOperationError, pl.exceptions.SchemaError) as error:
        raise Faulty([Fault(name, 0, "", f"columns of the types {columns}", str(error).splitlines()[0])]) from error


def validate(problem: Problem, locks: Locks | None = None) -> None:
    """Raise Faulty naming every fault by table, row and field."""
    faults = [
        *_keys(problem),
        *_points(problem),
        *_values(problem),
        *_locks(problem, locks or Locks()),
        *_rules(problem),
    ]
    if faults:
        raise Faulty(faults)


def _keys(problem: Problem) -> Iterator[Fault]:
    for name in ("officials", "sites", "teams"):
        table = problem.table(name)
        key = table.columns[0]
        if not len(table) and name == "teams":
            yield Fault(name, 0, key, "at least one team")
        seen: set[str] = set()
        for row, value in enumerate(table[key]):
            if not value:
                yield Fault(name, row, key, "a name of its own")
            elif value in seen:
                yield Fault(name, row, key, "a name that no other row has", value)
            seen.add(value)


def _points(problem: Problem) -> Iterator[Fault]:
    for name in ("officials", "sites", "teams"):
        table = problem.table(name)
        for column, most in (("lat", 90.0), ("lon", 180.0)):
            for row, value in enumerate(table[column]):
                if value is None and name == "sites":
                    yield Fault(name, row, column, "degrees")
                elif value is not None and not abs(value) <= most:
                    yield Fault(name, row, column, f"degrees between -{most:g} and {most:g}", f"{value:g}")
    for row, (lat, lon) in enumerate(problem.table("teams").select("lat", "lon").iter_rows()):
        if (lat is None) != (lon is None):
            yield Fault("teams", row, "lat" if lat is None else "lon", "both degrees or neither")


def _values(problem: Problem) -> Iterator[Fault]:
    for row, (workload, priority) in enumerate(problem.table("sites").select("workload", "priority").iter_rows()):
        if not 0 <= workload <= 7:
            yield Fault("sites", row, "workload", "days per week between 0 and 7", f"{workload:g}")
        if not priority >= 0:
            yield Fault("sites", row, "priority", "a number of at least 0", f"{priority:g}")
    for name in ("officials", "teams"):
        for row, level in enumerate(problem.table(name)["level"]):
            if level not in LEVELS:
                yield Fault(name, row, "level", " | ".join(LEVELS), level)
    for row, size in enumerate(problem.table("teams")["size"]):
        if size is not None and size < 1:
            yield Fault("teams", row, "size", "at least 1", str(size))


def _locks(problem: Problem, locks: Locks) -> Iterator[Fault]:
    teams = set(problem.table("teams")["team"])
    for name, given in (("officials", locks.officials), ("sites", locks.sites)):
        known = {value: row for row, value in enumerate(problem.table(name).to_series(0))}
        for key, team in given.items():
            if key not in known:
                yield Fault(name, 0, "lock", "a name in this table", key)
            elif team not in teams:
                yield Fault(name, known[key], "lock", "a team of this problem", team)


def _rules(problem: Problem) -> Iterator[Fault]:
    rules = problem.rules
    if not 1 <= rules.size_min <= rules.size_wanted <= rules.size_max:
        yield Fault("rules", 0, "size", "size_min ≤ size_wanted ≤ size_max", f"{rules.size_min}/{rules.size_max}")
    if not 0 <= rules.city_share <= 1:
        yield Fault("rules", 0, "city_share", "a share between 0 and 1", f"{rules.city_share:g}")
