"""What one team costs as it stands: the objective of `plan`, team by team, without any solver.

Used to price a change by hand before it is made, and as an independent check of what the solver reports.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sijin.engines.dispatch.problem import Rules
from sijin.engines.dispatch.seats import CITY_STAFF


@dataclass(frozen=True)
class Person:
    """A member: level of the home unit, skills, whether leading now, kilometres from home to base (None: unknown)."""

    level: str
    skills: frozenset[str]
    leads: bool = False
    km: float | None = None


@dataclass(frozen=True)
class Place:
    """A site: kilometres from the base, days per week, priority, wanted skills, whether it lies in another county."""

    km: float
    workload: float = 1.0
    priority: float = 1.0
    skills: tuple[str, ...] = ()
    other_county: bool = False


def wanted(places: Iterable[Place]) -> list[str]:
    """Return the skills that sites want, the most worked-for first."""
    weight: dict[str, float] = defaultdict(float)
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
) -> dict[str, float]:
    """Return the team's cost by part, in kilometre-equivalents.

    Parameters
    ----------
    city : whether the quota of city staff holds for this team
    size : the size wanted, when it is not the rules'
    mean_sites : sites per team over the campaign; None leaves the balance out
    """
    size = size or rules.size_wanted
    slots = wanted(places)[: max(size - 1, 0)]
    others = sum(person.level not in CITY_STAFF for person in people)
    allowed = math.floor((1 - rules.city_share) * size + 1e-9)
    load = sum(place.workload for place in places)
    balance = 0.0
    if mean_sites is not None:
        least, most = math.floor(mean_sites / rules.balance), math.ceil(mean_sites * rules.balance)
        balance = rules.imbalance * (max(least - len(places), 0) + max(len(places) - most, 0))
    short, below = max(size - len(people), 0), max(min(rules.size_min, size) - len(people), 0)
    return {
        "site_travel": rules.site_km * sum(p.km * max(p.workload * p.priority, 0.05) for p in places),
        "home_travel": rules.home_km * sum(person.km or 0.0 for person in people),
        "uncovered": rules.skill * (len(slots) - covered(people, slots)),
        "imbalance": balance + rules.overload * max(load - rules.days_per_week, 0.0),
        "size": rules.seat * (short + below + max(len(people) - size, 0)),
        "quota": rules.quota * max(others - allowed, 0) if city and rules.city_share > 0 else 0.0,
        "leader": 0.0 if any(person.leads for person in people) else rules.leader,
        "other_county": rules.other_county * sum(place.other_county for place in places),
    }


def covered(people: Sequence[Person], slots: Sequence[str]) -> int:
    """Count the slots that members beside the leader can hold, each at most one (bipartite matching)."""
    able = [person.skills for person in people if not person.leads]
    holder: dict[int, int] = {}

    def seat(member: int, tried: set[int]) -> bool:
        for n, skill in enumerate(slots):
            if skill in able[member] and n not in tried:
                tried.add(n)
                if n not in holder or seat(holder[n], tried):
                    holder[n] = member
                    return True
        return False

    return sum(seat(member, set()) for member in range(len(able)))
