"""What the verbs about time do: pause, resume, extend, park, take up again, supervise."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from sijin.ledger.domain import clock
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken


def pause(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Stop the clock, with a reason that is kept."""
    if need.paused:
        raise RuleBroken(_("The clock is already paused."))
    need.paused = True


def resume(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Let the clock run on; the deadline moves by exactly the pause."""
    if not need.paused:
        raise RuleBroken(_("The clock is not paused."))
    need.paused = False


def ask_extension(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Ask for more time while there is time to ask; the office decides, unless the rules need no approval."""
    if need.extension_asked:
        raise RuleBroken(_("More time was asked for already; the office has not decided yet."))
    days, today = int(facts["workdays"]), clock.local(at)
    if refusal := clock.may_extend(need, today, days):
        raise RuleBroken(refusal, field="workdays")
    if clock.profile_of(need).approval:
        need.extension_asked, need.extension_asked_on = days, today
    else:
        facts["granted"] = True


def extend(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Grant what was asked for, or less; counted from the day on which it was asked."""
    asked, on = need.extension_asked, need.extension_asked_on
    if asked is None or on is None:
        raise RuleBroken(_("Nobody has asked for more time."))
    days = int(facts.get("workdays") or asked)
    if days > asked:
        raise RuleBroken(_("%(days)s working days were asked for.") % {"days": asked}, field="workdays")
    if refusal := clock.may_extend(need, on, days):
        raise RuleBroken(refusal, field="workdays")
    facts["workdays"] = days
    need.extension_asked = need.extension_asked_on = None


def refuse_extension(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Refuse more time; the deadline stays."""
    if need.extension_asked is None:
        raise RuleBroken(_("Nobody has asked for more time."))
    need.extension_asked = need.extension_asked_on = None


def park(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Put aside what cannot be solved for now, until a review date."""
    if need.klass != Need.Klass.LATER:
        raise RuleBroken(_("Only class 4 needs can be parked."))
    if facts["review_on"] <= clock.local(at):
        raise RuleBroken(_("The review date lies after today."), field="review_on")
    need.review_on = facts["review_on"]
    need.paused = False
    need.extension_asked = need.extension_asked_on = None


def unpark(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Take up again; before its review date a person does it, on it the clock does."""
    if by is None and (need.review_on is None or clock.local(at) < need.review_on):
        raise RuleBroken(_("The review date has not come."))
    need.review_on = None


def supervise(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Put it on the supervisors' list: overdue, or twice dissatisfied."""
    if need.supervised_at:
        raise RuleBroken(_("It is under supervision already."))
    if clock.light(need, clock.local(at)) != "late" and need.dissatisfied < 2:
        raise RuleBroken(_("Supervision is for needs that are overdue or were twice unsatisfactory."))
    need.supervised_at = at
