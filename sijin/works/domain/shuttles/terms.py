"""What a shuttle keeps to: the sets of rules it starts from, hours of boarding and arriving, travel, provinces."""

from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from sijin.engines.dispatch.problem import Faulty
from sijin.engines.shuttle import Rules
from sijin.engines.shuttle.problem import rules_of
from sijin.people.refusals import RuleBroken
from sijin.places.models import Region, Site

HOUR = 3600.0
DAY_HOURS = 8.0  # that one driver may be at the wheel in 24 hours (see shuttles.yaml)
ENGINE = tuple(one.name for one in fields(Rules))


@cache
def table() -> dict[str, Any]:
    """Return `shuttles.yaml`."""
    path = Path(__file__).parents[2] / "shuttles.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Hours:
    """Hours of the clock: when people board and arrive, and how long drivers rest before the first boarding."""

    arrive_from: float = 8
    arrive_by: float = 20
    board_from: float = 6
    board_until: float = 22
    layover: float = 8


@dataclass(frozen=True)
class Terms:
    """All that a plan keeps to; stored with it, so that a change while it runs keeps to the same."""

    rules: Rules
    hours: Hours
    preset: str = "day"

    def plain(self) -> dict[str, Any]:
        """Return it as it is stored."""
        rules = {name: getattr(self.rules, name) for name in ENGINE}
        hours = {one.name: getattr(self.hours, one.name) for one in fields(Hours)}
        return {**rules, "hours": hours, "preset": self.preset}


def terms_of(preset: str = "day", **changes: Any) -> Terms:
    """Return the terms of a set of rules with `changes` (fields of Rules or Hours). RuleBroken names one that is none.

    Without `ride_hours` there is no longest ride.
    """
    known = table()["presets"]
    if preset not in known:
        raise RuleBroken(_("There is no such set of rules."), field="preset")
    hours_ = {one.name for one in fields(Hours)}
    rules = {**known[preset]["rules"], **{name: value for name, value in changes.items() if name not in hours_}}
    hours = {**table()["hours"], **{name: value for name, value in changes.items() if name in hours_}}
    return _checked(rules, hours, preset)


def read_terms(stored: dict[str, Any]) -> Terms:
    """Return the terms of a plan that was stored."""
    rules = {name: value for name, value in stored.items() if name in ENGINE}
    return _checked(rules, stored.get("hours", {}), stored.get("preset", "day"))


def _checked(rules: dict[str, Any], hours: dict[str, Any], preset: str) -> Terms:
    night = rules.get("night")
    try:
        made = rules_of({**rules, "night": None if night is None else (float(night[0]), float(night[1]))})
    except Faulty as faulty:
        first = faulty.faults[0]
        words = _("This rule cannot be kept: %(field)s is %(found)s.")
        raise RuleBroken(words % {"field": first.field, "found": first.value}, field=first.field) from faulty
    clock = Hours(**{name: float(value) for name, value in hours.items()})
    if not 0 <= clock.arrive_from < clock.arrive_by <= 24:
        words = _("Buses arrive between two hours of one day, the first before the second.")
        raise RuleBroken(words, field="arrive_by")
    if not 0 <= clock.board_from < clock.board_until <= 24:
        words = _("People board between two hours of one day, the first before the second.")
        raise RuleBroken(words, field="board_until")
    return Terms(made, clock, preset)


def days_ahead(terms: Terms) -> int:
    """Return how many days before the arrival a plan's clock begins: enough for the longest ride."""
    ride = terms.rules.ride_hours
    return 5 if ride is None else int(ride // 24) + 2


def wheel_hours(rules: Rules) -> float:
    """Return the most hours that a bus can be driven in any 24 hours under the rules of night and rests."""
    night = 0.0 if rules.night is None else (rules.night[1] - rules.night[0]) % 24
    if rules.rest_hours is None:
        return 24 - night
    return (24 - night) * rules.rest_hours / (rules.rest_hours + rules.rest_minutes / 60)


def cautions(terms: Terms) -> list[str]:
    """Return in words where these rules leave the notice or the hours of drivers."""
    told, notice, rules = [], terms_of("day").rules, terms.rules
    if rules.load > notice.load:
        told.append(_("The notice allows %(most)s %% of the seats.") % {"most": round(notice.load * 100)})
    if rules.free_rows < notice.free_rows:
        told.append(_("The notice keeps the last %(rows)s rows free.") % {"rows": notice.free_rows})
    if rules.drivers < notice.drivers:
        told.append(_("The notice asks for two drivers."))
    if not _stands(rules, *(notice.night or (2, 5))):
        told.append(_("The notice forbids driving from 2 to 5 o’clock."))
    if rules.home is None:
        told.append(_("The notice wants one end of the trip in the province of the bus."))
    long = rules.driver_hours is None or rules.driver_hours > DAY_HOURS
    if long and wheel_hours(rules) > DAY_HOURS * rules.drivers:
        told.append(_("On a long way these drivers could be at the wheel for more than 8 hours a day each."))
    return told


def _stands(rules: Rules, first: float, last: float) -> bool:
    """Say whether nobody drives between two hours of the night."""
    if rules.night is None:
        return False
    begin, end = rules.night
    return (first - begin) % 24 + (last - first) <= (end - begin) % 24


def room(rules: Rules, seats: int) -> int:
    """Return how many people may ride on a bus of so many seats."""
    return max(rules.room(seats), 0)


def province_of_plate(plate: str) -> str:
    """Return the province of a plate; RuleBroken when its first character is none."""
    found = table()["provinces"].get(plate[:1])
    if found is None:
        raise RuleBroken(_("A plate begins with the character of a province, such as 鲁."), field="plate")
    return str(found[1])


def province_of_region(region: Region) -> str:
    """Return the province that a region's code lies in, nothing where the code says none."""
    return next((name for code, name in table()["provinces"].values() if region.code.startswith(str(code))), "")


def province_of_site(site: Site) -> str:
    """Return the province of a site (reads its county)."""
    return province_of_region(site.county)


def same_province(name: str) -> str:
    """Return what two spellings of a province have in common: 山东 and 山东省."""
    return name[:2]


def with_rules(terms: Terms, **changes: Any) -> Terms:
    """Return the terms with some rules of the engine changed."""
    return replace(terms, rules=replace(terms.rules, **changes))
