"""What a unit costs, from `clearing.yaml`: of a pair, and of what stays unmet. Whole points, one scale for all."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sijin.ledger.models import Need

SOURCE = Path(__file__).parents[2] / "clearing.yaml"


@cache
def table() -> dict[str, Any]:
    """Return the whole file: kinds, points of a pair and of what stays unmet, first values of a run."""
    with SOURCE.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def pair(score: float, grade: int) -> int:
    """Return what a unit costs between a need and an offer of this score (0 to 1) and grade of certificate."""
    points = table()["pair"]
    return round(points["poor"] * (1 - min(1.0, max(0.0, score)))) + points["certificate"][grade]


def unmet(need: Need, today: date) -> int:
    """Return what a unit costs that `need` goes without on `today`."""
    points = table()["unmet"]
    cost = points["base"]
    if need.due and need.due < today:
        cost += points["late"]
    elif need.due and need.due <= today + timedelta(days=points["soon_days"]):
        cost += points["soon"]
    if need.supervised_at:
        cost += points["urged"]
    if need.dissatisfied:
        cost += points["unhappy"]
    if need.klass == Need.Klass.AT_ONCE:
        cost += points["at_once"]
    return cost + round(points["place"] * min(3.0, max(0.0, need.site.priority - 1)))
