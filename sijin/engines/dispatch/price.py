"""What one team costs as it stands: the objective of `plan`, team by team, without any solver.

Used to price a change by hand before it is made, and as an independent check of what the solver reports.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sijin.engines.dispatch.problem import CITY_STAFF, EXPERT, Rules


@dataclass(frozen=True)
class Person:
    """A member: level of the home unit, skills, whether leading now, kilometres from home to base (None: unknown).

    ``unit``, ``grade`` and ``name`` are looked at by the rules that count them; ``levels`` are those of the skills.
    """

    level: str
    skills: frozenset[str]
    leads: bool = False
    km: float | None = None
    unit: str = ""
    grade: str = ""
    name: str = ""
    levels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A site: kilometres from the base, days per week, priority, wanted skills, whether it lies in another county."""

    km: float
    workload: float = 1.0
    priority: float = 1.0
    skills: tuple[str, ...] = ()
    other_county: bool = False


def wanted(places: Iterable[Place], own: Sequence[str] = ()) -> list[str]:
    """Return the skills that a team wants itself (`own`) or for its sites, the most worked-for first."""
    weight: dict[str, float] = defaultdict(float)
    for skill in own:
        weight[skill] += 1.0
    for place in places:
        for skill in place.skills:
            weight[skill] += max(place.workload * place.priority, 0.05)
    return sorted(weight, key=lambda skill: (-weight[skill], skill))


def price(
    people: Sequence[Person],
    places: Sequence[Place],
    rules: Rules,
    *,
    city: bool = True,
    size: int | None = None,
    mean_sites: float | None = None,
    skills: Sequence[str] = (),
    apart: Sequence[Collection[str]] = (),
    units_apart: Sequence[tuple[str, str]] = (),
) -> dict[str, float]:
    """Return the team's cost by part, in kilometre-equivalents.

    Parameters
    ----------
    city : whether the quota of city staff holds for this team
    size : the size wanted, when it is not the rules'
    mean_sites : sites per team over the campaign; None leaves the balance out
    skills : what the team wants whatever its sites want
    apart : sets of names of whom a team has at most one
    units_apart : pairs of units that share no team
    """
    size = size or rules.size_wanted
    slots = wanted(places, skills)
    others = sum(person.level not in CITY_STAFF for person in people)
    allowed = math.floor((1 - rules.city_share) * size + 1e-9)
    load = sum(place.workload for place in places)
    balance = 0.0
    if mean_sites is not None:
        least, most = math.floor(mean_sites / rules.balance), math.ceil(mean_sites * rules.balance)
        balance = rules.imbalance * (max(least - len(places), 0) + max(len(places) - most, 0))
    short, below = max(size - len(people), 0), max(min(rules.size_min, size) - len(people), 0)
    grades, units = Counter(person.grade for person in people), Counter(person.unit for person in people)
    juniors = max(grades["junior"] - rules.junior_most, 0) if rules.junior_most is not None else 0
    crowd = sum(max(n - rules.unit_most, 0) for n in units.values()) if rules.unit_most is not None else 0
    close = sum(max(sum(person.name in names for person in people) - 1, 0) for names in apart)
    close += sum(min(units[one], units[other]) for one, other in units_apart)
    return {
        "site_travel": rules.site_km * sum(p.km * max(p.workload * p.priority, 0.05) for p in places),
        "home_travel": rules.home_km * sum(person.km or 0.0 for person in people),
        "uncovered": seated(people, slots, rules),
        "imbalance": balance + rules.overload * max(load - rules.days_per_week, 0.0),
        "size": rules.seat * (short + below + max(len(people) - size, 0)),
        "quota": rules.quota * max(others - allowed, 0) if city and rules.city_share > 0 else 0.0,
        "leader": 0.0 if any(person.leads for person in people) else rules.leader,
        "other_county": rules.other_county * sum(place.other_county for place in places),
        "senior": rules.senior * max(rules.senior_least - grades["senior"], 0),
        "junior": rules.junior * juniors,
        "crowd": rules.crowd * crowd,
        "apart": rules.apart * close,
    }


def seated(people: Sequence[Person], slots: Sequence[str], rules: Rules) -> float:
    """Return the least cost of the wanted skills that nobody holds a seat for, and of beginners who hold one.

    Members beside the leader hold at most one seat each (dynamic programming over the seats taken).
    """
    best = {0: 0.0}
    for person in people:
        if person.leads:
            continue
        able = [(n, person.levels.get(skill, EXPERT)) for n, skill in enumerate(slots) if skill in person.skills]
        reached = dict(best)
        for taken, cost in best.items():
            for n, level in able:
                seat = taken | 1 << n
                if seat != taken:
                    reached[seat] = min(reached.get(seat, math.inf), cost + rules.novice * (EXPERT - level))
        best = reached
    return min(cost + rules.skill * (len(slots) - taken.bit_count()) for taken, cost in best.items())
