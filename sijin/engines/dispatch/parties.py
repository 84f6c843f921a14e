"""Who is alike: officials gathered into parties, by all that the rules in force look at."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from sijin.engines.dispatch.faults import bundles
from sijin.engines.dispatch.problem import CITY_STAFF, EXPERT, Problem

LEADER, GENERAL = "*leader", "*general"
Array = NDArray[Any]
Seat = tuple[int, str]  # team position, LEADER | GENERAL | skill


def sizes(problem: Problem) -> list[int]:
    """Return the size wanted of each team."""
    return [size or problem.rules.size_wanted for size in problem.table("teams")["size"]]


@dataclass(frozen=True)
class Person:
    """What the programme knows of an official; equal persons are interchangeable."""

    pools: tuple[tuple[str, str, str], ...]
    lat: float | None
    lon: float | None
    city: bool
    unit: str  # only when a rule looks at it
    grade: str
    skills: tuple[tuple[str, int], ...]  # wanted ones, with level
    can_lead: bool
    running: int  # team position in the running plan, or -1
    leads: bool | None  # in the running plan; None when it names no leaders
    lock: int  # team position, or -1
    apart: tuple[int, ...]  # the sets of which a team takes at most one


@dataclass(frozen=True)
class Party:
    """Bundles of officials (by position) that are alike; a bundle is one official, or people who stay together."""

    people: tuple[Person, ...]
    bundles: tuple[tuple[int, ...], ...]

    @property
    def locked(self) -> bool:
        """Whether they may sit in one team only."""
        return any(person.lock >= 0 for person in self.people)

    @property
    def alone(self) -> bool:
        """Whether each of them is free to sit without the others, in any team."""
        return len(self.people) == 1 and not self.locked


def parties_of(problem: Problem, wanted: set[str]) -> tuple[list[Party], list[int]]:
    """Group officials who are alike; return the parties and who is not free on the day."""
    table, rules = problem.table("officials"), problem.rules
    numbers = {team: n for n, team in enumerate(problem.table("teams")["team"])}
    previous, locks = problem.running, problem.locked.officials
    watched = {u for pair in problem.ties.units_apart for u in pair}
    if rules.unit_most is not None:
        watched |= {unit for unit, people in Counter(table["unit"]).items() if people > rules.unit_most}
    apart: dict[str, list[int]] = defaultdict(list)
    for n, group in enumerate(problem.ties.apart):
        for name in group:
            apart[name].append(n)
    own = {unit for unit in problem.table("teams")["unit"] if unit}  # units that send a team of their own
    people: dict[str, tuple[int, Person]] = {}
    away = []
    graded = rules.senior_least > 0 or rules.junior_most is not None
    for n, row in enumerate(table.iter_rows(named=True)):
        if rules.on and not ((row["free_from"] or rules.on) <= rules.on <= (row["free_until"] or rules.on)):
            away.append(n)
            continue
        name = row["official"]
        levels = row["skill_levels"] or [EXPERT] * len(row["skills"])
        group = "province" if row["level"] == "province" else "local"
        people[name] = (n, Person(
            pools=(*([("unit", group, row["unit"])] if row["unit"] in own else []), ("level", group, "")),
            lat=row["lat"], lon=row["lon"], city=row["level"] in CITY_STAFF,
            unit=row["unit"] if row["unit"] in watched else "",
            grade=row["grade"] if graded else "",
            skills=tuple(sorted((s, level if rules.novice else EXPERT)
                                for s, level in dict(zip(row["skills"], levels, strict=True)).items() if s in wanted)),
            can_lead=row["can_lead"],
            running=numbers.get(previous.officials.get(name, ""), -1),
            leads=(name in previous.leaders) if previous.leaders and name in previous.officials else None,
            lock=numbers.get(locks.get(name, ""), -1),
            apart=tuple(apart.get(name, ())),
        ))  # fmt: skip
    gathered: dict[tuple[Person, ...], list[tuple[int, ...]]] = defaultdict(list)
    tied: set[str] = set()
    for names in bundles(problem):
        known = [people[name] for name in names if name in people]
        if known:
            gathered[tuple(person for _, person in known)].append(tuple(n for n, _ in known))
            tied.update(names)
    for name, (n, person) in people.items():
        if name not in tied:
            gathered[person,].append((n,))
    return [Party(alike, tuple(found)) for alike, found in gathered.items()], away
