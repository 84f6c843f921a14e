"""The need's clock: turns its events into the deadline engine's and stores what lists filter and sort by."""

from datetime import date, datetime
from functools import cache
from pathlib import Path

import yaml
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.engines import deadlines
from sijin.engines.calendars import china
from sijin.ledger.models import Need

PROFILES = Path(__file__).parents[1] / "profiles.yaml"
KINDS: dict[str, deadlines.Kind] = {
    "hand_over": "start",
    "classify": "rerate",
    "pause": "pause",
    "resume": "resume",
    "extend": "extend",
    "send_back": "withdraw",
    "redo": "redo",
    "close": "stop",
    "explain": "stop",
    "park": "withdraw",
}


@cache
def profiles() -> dict[str, deadlines.Profile]:
    """Return the shipped rule profiles by name."""
    with PROFILES.open(encoding="utf-8") as file:
        return deadlines.profiles_from(yaml.safe_load(file))


def profile_of(need: Need) -> deadlines.Profile:
    """Return the rule profile of the need's campaign."""
    return profiles()[need.campaign.profile]


def local(at: datetime) -> date:
    """Return the day in Asia/Shanghai."""
    return timezone.localtime(at).date()


def clock_events(need: Need) -> list[deadlines.ClockEvent]:
    """Read the events of the chain that move the clock, oldest first (one query)."""
    found, klass = [], 0
    for event in need.events.filter(verb__in=KINDS).order_by("sequence"):
        klass = event.change.get("klass", [None, klass])[1] or klass
        found.append(
            deadlines.ClockEvent(
                KINDS[event.verb], local(event.at), klass, int(event.change.get("workdays", 0)), event.verb
            )
        )
    return found


def read(need: Need, at: datetime | None = None) -> deadlines.Result:
    """Assess the need's clock at `at` (the campaign's present by default)."""
    return deadlines.assess(profile_of(need), clock_events(need), china(), local(at or need.campaign.now()))


def refresh(need: Need, at: datetime) -> None:
    """Store due date and the day from which the light is yellow; the caller saves."""
    result = read(need, at)
    need.due, need.soon_from = result.due, result.soon_from


def receive_due(need: Need, at: datetime) -> date:
    """Return the day until which the lead unit must have received the need."""
    return china().add_workdays(local(at), profile_of(need).receive)


def may_extend(need: Need, at: datetime, workdays: int) -> str | None:
    """Return in words why the extension is refused, or None."""
    profile = profile_of(need)
    words = {
        "no_clock": _("No deadline is running."),
        "too_long": _("At most %(days)s working days can be added.") % {"days": profile.extension},
        "used_up": _("It was extended before; once is the limit."),
        "too_late": _("It must be asked at least %(days)s working day before the deadline.")
        % {"days": profile.ask_before},
    }
    code = deadlines.may_extend(profile, clock_events(need), china(), local(at), workdays)
    return words[code] if code else None


def light(need: Need, today: date) -> str:
    """Return the light from the stored dates: done, held, late, soon, ok or none; needs no query."""
    if need.state in (Need.State.CLOSED, Need.State.UNSOLVABLE):
        return "done"
    if need.paused or need.state == Need.State.PARKED:
        return "held"
    if need.due is None or need.soon_from is None:
        return "none"
    return "late" if today > need.due else "soon" if today >= need.soon_from else "ok"
