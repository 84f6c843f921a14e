"""A whole dispatch priced team by team with the engine's own prices: what it costs by part, what it leaves uncovered.

Takes the problem as the solver takes it and anyone's answer to it: what runs and what was solved stand on one scale.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sijin.engines import dispatch
from sijin.engines.dispatch.problem import EXPERT
from sijin.places.distance import kilometres

PARTS = ("site_travel", "home_travel", "uncovered", "imbalance", "rules_bent")  # the last has all other prices in it


@dataclass(frozen=True)
class Answer:
    """Who goes where: {official: (team, leads)}, {site: team}, {team: (lat, lon)}."""

    officials: Mapping[str, tuple[str, bool]]
    sites: Mapping[str, str]
    bases: Mapping[str, tuple[float, float]]

    @classmethod
    def of(cls, plan: dispatch.Plan) -> "Answer":
        """Read a solved plan."""
        members = plan.members.select("official", "team", "role").iter_rows()
        return cls(
            {official: (team, role == "leader") for official, team, role in members},
            dict(plan.postings.select("site", "team").iter_rows()),
            {team: (lat, lon) for team, lat, lon in plan.bases.select("team", "lat", "lon").iter_rows()},
        )


@dataclass
class OfTeam:
    """One team: its price, how many people and sites, the wanted skills that no member has."""

    cost: float
    people: int
    sites: int
    missing: list[str] = field(default_factory=list)


@dataclass
class Assessment:
    """The whole: the objective by part, kilometres, and every team."""

    parts: dict[str, float]
    home_km: float
    site_km: float
    seats_short: int
    unplaced: int
    teams: dict[str, OfTeam]
    detail: dict[str, float] = field(default_factory=dict)  # as `dispatch.price` names the parts, and "unplaced"

    @property
    def cost(self) -> float:
        """Return the objective, without any price of changes."""
        return sum(self.parts.values())

    @property
    def uncovered(self) -> Counter[str]:
        """Return in how many teams each wanted skill is missing."""
        return Counter(skill for team in self.teams.values() for skill in team.missing)


def assess(problem: dispatch.Problem, answer: Answer) -> Assessment:
    """Price an answer to a problem; officials and sites that the problem does not have are left out."""
    rules, teams = problem.rules, problem.table("teams")
    people, homes = _people(problem, answer)
    places, roads = _places(problem, answer)
    mean = sum(map(len, places.values())) / max(len(teams), 1)
    parts: dict[str, float] = dict.fromkeys(PARTS, 0.0)
    found, short, detail = {}, 0, Counter[str]()
    apart = [frozenset(group) for group in problem.ties.apart]
    for name, level, size, own in teams.select("team", "level", "size", "skills").iter_rows():
        members, sites = people.get(name, []), places.get(name, [])
        price = dispatch.price(
            members, sites, rules, city=level == "city", size=size, mean_sites=mean, skills=own, apart=apart,
            units_apart=problem.ties.units_apart,
        )  # fmt: skip
        for part, value in price.items():
            parts[part if part in PARTS else "rules_bent"] += value
            detail[part] += value
        have = {skill for member in members for skill in member.skills}
        missing = [skill for skill in dispatch.wanted(sites, own) if skill not in have]
        found[name] = OfTeam(sum(price.values()), len(members), len(sites), missing)
        short += max((size or rules.size_wanted) - len(members), 0)
    unplaced = len(problem.table("officials")) - sum(map(len, people.values()))
    parts["rules_bent"] += rules.unplaced * unplaced
    detail["unplaced"] += rules.unplaced * unplaced
    return Assessment(parts, homes, roads, short, unplaced, found, dict(detail))


def _people(problem: dispatch.Problem, answer: Answer) -> tuple[dict[str, list[dispatch.Person]], float]:
    found: dict[str, list[dispatch.Person]] = defaultdict(list)
    total = 0.0
    names = ("official", "level", "skills", "lat", "lon", "unit", "grade", "skill_levels")
    for name, level, skills, lat, lon, unit, grade, levels in problem.table("officials").select(names).iter_rows():
        if name in answer.officials:
            team, leads = answer.officials[name]
            km = _km(lat, lon, answer.bases.get(team))
            total += km or 0.0
            known = dict(zip(skills, levels or [EXPERT] * len(skills), strict=True))
            found[team].append(dispatch.Person(level, frozenset(skills), leads, km, unit, grade, name, known))
    return found, total


def _places(problem: dispatch.Problem, answer: Answer) -> tuple[dict[str, list[dispatch.Place]], float]:
    found: dict[str, list[dispatch.Place]] = defaultdict(list)
    total = 0.0
    county = dict(problem.table("teams").select("team", "county").iter_rows())
    columns = problem.table("sites").select("site", "lat", "lon", "workload", "priority", "skills", "county")
    for name, lat, lon, workload, priority, skills, of_site in columns.iter_rows():
        if name in answer.sites:
            team = answer.sites[name]
            km = _km(lat, lon, answer.bases.get(team)) or 0.0
            total += km * workload
            other = bool(of_site and county[team] and of_site != county[team])
            found[team].append(dispatch.Place(km, workload, priority, tuple(skills), other))
    return found, total


def _km(lat: float | None, lon: float | None, base: tuple[Any, Any] | None) -> float | None:
    if lat is None or lon is None or base is None or base[0] is None:
        return None
    return round(kilometres(lat, lon, *base), 2)
