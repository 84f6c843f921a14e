"""How a team works and travels, read from the campaign's dispatch rules: hours of a day, workload as visits a week."""

import math
from dataclasses import dataclass

from sijin.dispatch.domain.rules import profile_of
from sijin.dispatch.models import Campaign
from sijin.engines import rounds

FULL = 5  # working days of an ordinary week, to which a site's workload refers
GRID = 5  # minutes to which visits are rounded up


@dataclass(frozen=True)
class Pace:
    """How a team works and travels: the hours of its day, and how workload becomes visits."""

    hours: rounds.Hours
    on_site: float  # hours at the sites of a day of workload
    longest: float  # hours of one visit

    def asked(self, workload: float, days: int) -> tuple[int, float]:
        """Return visits in a week of so many working days, and minutes of one visit."""
        minutes = workload * self.on_site * 60 * min(days, FULL) / FULL
        visits = min(math.ceil(minutes / (self.longest * 60) - 1e-9), rounds.MOST_VISITS, days)
        if visits <= 0:
            return 0, GRID
        return visits, math.ceil(min(minutes / visits, self.longest * 60) / GRID - 1e-9) * GRID


def pace_of(campaign: Campaign) -> Pace:
    """Return how the campaign's teams work, from its dispatch rules."""
    given = profile_of(campaign)["week"]
    hours = rounds.Hours(
        start=_minute(given["from"]),
        end=_minute(given["to"]),
        lunch=given["lunch"],
        lunch_from=_minute(given["lunch_from"]),
        lunch_latest=_minute(given["lunch_latest"]),
        kmh=given["kmh"],
        detour=given["detour"],
        step=given["step"],
        full=60.0 * given["full"],
        over=given["over"],
    )
    return Pace(hours, given["on_site"], given["longest"])


def _minute(clock: str) -> float:
    hour, minute = clock.split(":")
    return 60.0 * int(hour) + int(minute)
