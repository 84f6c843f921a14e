"""The need's clock: turns its events into the deadline engine's and stores what lists filter and sort by.

The clock's own events are kept in `Need.clock` beside the chain, so that a verb need not read the chain; `sijin audit`
compares the two.
"""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

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
    "carry_out": "plan",
    "pause": "pause",
    "resume": "resume",
    "extend": "extend",
    "ask_extension": "extend",  # only where the profile asks for no approval
    "send_back": "withdraw",
    "redo": "redo",
    "recur": "redo",
    "close": "stop",
    "explain": "stop",
    "park": "withdraw",
}
Entry = list[Any]  # one clock event as it is stored: kind, day, class, working days, verb, the plan's own date


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


def entry(verb: str, at: datetime, change: dict[str, Any], klass: int) -> Entry | None:
    """Return what the event of `verb` means to the clock, or None; `klass` is the class as it stands after it."""
    kind = KINDS.get(verb)
    until = change.get("measure_due")
    if kind is None or (kind == "plan" and until is None) or (verb == "ask_extension" and not change.get("granted")):
        return None
    return [kind, local(at).isoformat(), klass, int(change.get("workdays") or 0), verb, until]


def _event(kept: Entry) -> deadlines.ClockEvent:
    kind, on, klass, workdays, verb, until = kept
    return deadlines.ClockEvent(
        kind, date.fromisoformat(on), klass, workdays, verb, date.fromisoformat(until) if until else None
    )


def from_chain(need: Need) -> list[Entry]:
    """Read the clock's events out of the chain, oldest first (one query)."""
    found, klass = [], 0
    for verb, at, change in need.events.filter(verb__in=KINDS).order_by("sequence").values_list("verb", "at", "change"):
        klass = change.get("klass", [None, klass])[1] or klass
        if kept := entry(verb, at, change, klass):
            found.append(kept)
    return found


def clock_events(need: Need) -> list[deadlines.ClockEvent]:
    """Return the events that move the clock, oldest first (reads the chain when the need keeps none yet)."""
    if need.clock is None:
        need.clock = from_chain(need)
    return [_event(kept) for kept in need.clock]


def read(need: Need, at: datetime | None = None) -> deadlines.Result:
    """Assess the need's clock at `at` (the campaign's present by default)."""
    return deadlines.assess(profile_of(need), clock_events(need), china(), local(at or need.campaign.now()))


def move(need: Need, verb: str, at: datetime, change: dict[str, Any]) -> None:
    """Take one event into the clock and store due date and the day from which the light is yellow; the caller saves."""
    kept = entry(verb, at, change, need.klass or 0)
    if kept is None:
        return
    clock_events(need)
    need.clock = [*need.clock, kept]
    result = read(need, at)
    need.due, need.soon_from = result.due, result.soon_from


def receive_due(need: Need, at: datetime) -> date:
    """Return the day until which the lead unit must have received the need."""
    return china().add_workdays(local(at), profile_of(need).receive)


def co_due(need: Need, at: datetime) -> date | None:
    """Return the day until which a co-handler answers the lead unit; None where the profile has no such limit."""
    limit = profile_of(need).co_answer
    return None if limit is None else china().add_workdays(local(at), limit)


def may_send_back(need: Need, given_at: datetime, at: datetime, before: int) -> str | None:
    """Return in words why a need given at `given_at` and sent back `before` times may not be sent back at `at`."""
    profile = profile_of(need)
    if profile.objections is not None and before >= profile.objections:
        return _("It was sent back %(times)s times and decided anew: the assignment is final.") % {"times": before}
    last = china().add_workdays(local(given_at), profile.send_back)
    if local(at) > last:
        return _("It could be sent back within %(days)s working days, until %(last)s.") % {
            "days": profile.send_back,
            "last": last.isoformat(),
        }
    return None


def may_extend(need: Need, asked_on: date, workdays: int) -> str | None:
    """Return in words why an extension asked on `asked_on` is refused, or None."""
    profile = profile_of(need)
    words = {
        "no_clock": _("No deadline is running."),
        "never": _("The rules of this campaign know no extension."),
        "too_long": _("At most %(days)s working days can be added.") % {"days": profile.extension},
        "used_up": _("It was extended before; %(times)s time is the limit.") % {"times": profile.extensions},
        "too_late": _("It must be asked at least %(days)s working day before the deadline.")
        % {"days": profile.ask_before},
    }
    code = deadlines.may_extend(profile, clock_events(need), china(), asked_on, workdays)
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


def receive_light(need: Need, today: date) -> str:
    """Return the light of the receipt that is still to come: late, soon, ok; none when nothing is to be received."""
    if need.state != Need.State.HANDED_OVER or need.receive_due is None:
        return "none"
    return "late" if today > need.receive_due else "soon" if today == need.receive_due else "ok"
