"""What a dispatch is asked to decide: officials, sites, teams as Polars tables, with rules, ties and locks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

OFFICIALS = {
    "official": pl.String,
    "unit": pl.String,
    "level": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "skills": pl.List(pl.String),
    "skill_levels": pl.List(pl.Int64),  # of each skill, 1 (some) to 3 (expert); empty: expert in all
    "can_lead": pl.Boolean,
    "grade": pl.String,  # senior | junior | empty
    "free_from": pl.Date,  # first day on which the official can be sent; empty: any
    "free_until": pl.Date,  # last day
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
    "skills": pl.List(pl.String),  # wanted whatever its sites want
}
OPTIONAL: dict[str, Any] = {
    "skills": [], "can_lead": False, "workload": 1.0, "priority": 1.0, "county": None, "unit": None, "size": None,
    "level": "city", "lat": None, "lon": None, "door": "", "skill_levels": [], "grade": "", "free_from": None,
    "free_until": None,
}  # fmt: skip
LEVELS = ("province", "city", "county", "town")
CITY_STAFF = ("city", "province")  # levels that count as city-unit staff in a city team
GRADES = ("", "senior", "junior")
EXPERT = 3  # the highest level of a skill
RULES = ("size", "city_share", "leader", "skills", "senior", "junior", "unit_most", "apart", "load", "placed")
Table = pl.DataFrame | Mapping[str, Any]


@dataclass(frozen=True)
class Rules:
    """Bounds and prices. Prices are in kilometre-equivalents, so that every part of the objective has one unit.

    A soft rule may be bent at its price, and every bend is reported by name; nothing is refused for it. The rules named
    in ``hard`` (of RULES) may not be bent: when they clash, `Clash` says which.
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
    change: float = 6.0  # a person or site moved against the running plan
    unplaced: float = 1000.0  # an official who goes nowhere
    senior_least: int = 0  # seniors that a team has at least
    senior: float = 40.0  # a senior missing
    junior_most: int | None = None  # juniors that a team has at most
    junior: float = 40.0  # a junior too many
    unit_most: int | None = None  # officials of one home unit in a team
    crowd: float = 40.0  # one more of them
    apart: float = 80.0  # a person in a team with another who is to be kept apart
    novice: float = 0.0  # per level below expert, in the seat of a wanted skill
    on: date | None = None  # the day of the dispatch; who is not free on it stays out
    hard: frozenset[str] = frozenset()


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
class Ties:
    """Who goes with whom. `together` are officials who sit in one team; `apart` of whom a team has at most one.

    `units_together` are units whose officials sit in one team, `units_apart` pairs of units that share none.
    """

    together: Sequence[Sequence[str]] = ()
    apart: Sequence[Sequence[str]] = ()
    units_together: Sequence[str] = ()
    units_apart: Sequence[tuple[str, str]] = ()


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
    officials. ``previous`` is the running plan: every change against it costs ``rules.change``. ``locks`` must stay.
    """

    officials: Table
    sites: Table
    teams: Table
    rules: Rules = field(default_factory=Rules)
    previous: Previous | None = None
    locks: Locks | None = None
    ties: Ties = field(default_factory=Ties)

    def __post_init__(self) -> None:
        object.__setattr__(self, "previous", self.previous or Previous())
        object.__setattr__(self, "locks", self.locks or Locks())
        for name, columns in (("officials", OFFICIALS), ("sites", SITES), ("teams", TEAMS)):
            object.__setattr__(self, name, _typed(name, getattr(self, name), columns))

    @property
    def running(self) -> Previous:
        """The running plan; empty when there is none."""
        assert self.previous is not None
        return self.previous

    @property
    def locked(self) -> Locks:
        """What must stay; empty when nothing must."""
        assert self.locks is not None
        return self.locks

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
