"""What the verbs along the chain of units do: hand over and on, receive, send back, co-answer, escalate."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from sijin.ledger.domain import clock
from sijin.ledger.models import HandOver, Need
from sijin.people.models import Account, Unit
from sijin.people.refusals import RuleBroken


def hand_over(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Give the need to a lead unit and its co-handlers, each with its own deadline."""
    klass = facts.get("klass") or need.klass
    if klass not in Need.Klass.values:
        raise RuleBroken(_("There are four classes, 1 to 4."), field="klass")
    need.klass = klass
    need.lead_unit = lead = facts["lead_unit"]
    co_units = [unit for unit in facts.get("co_units") or () if unit.pk != lead.pk]
    co_due = clock.co_due(need, at) if co_units else None
    rows = [HandOver(need=need, unit=lead, given_at=at, given_by=by)]
    rows += [HandOver(need=need, unit=unit, leads=False, given_at=at, given_by=by, due=co_due) for unit in co_units]
    HandOver.objects.bulk_create(rows)
    need.receive_due = clock.receive_due(need, at)


def receive(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Note when the lead unit received it."""
    need.hand_overs.filter(leads=True, received_at=None, sent_back_at=None).update(received_at=at)


def _present(need: Need) -> HandOver:
    """Return the hand-over by which the lead unit has the need (one query)."""
    found = need.hand_overs.filter(leads=True, sent_back_at=None).order_by("-given_at", "-pk").first()
    if found is None:
        raise RuleBroken(_("No unit has this need."))
    return found


def send_back(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Return the need to the office: in time, with a reason, and not more often than the rules allow."""
    given = _present(need)
    if given.kind == HandOver.Kind.ON:
        raise RuleBroken(_("Another unit handed this on to you: hand it back there."))
    before = need.events.filter(verb="send_back").count()
    if refusal := clock.may_send_back(need, given.given_at, at, before):
        raise RuleBroken(refusal, field="note")
    need.hand_overs.filter(sent_back_at=None).update(sent_back_at=at, reason=facts["note"][:300])
    need.lead_unit = None
    need.receive_due = None
    _forget_time(need)


def hand_on(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Give the need to a unit above or below; it is led there, and the deadline runs on."""
    unit: Unit = facts["lead_unit"]
    if need.hand_overs.filter(unit=unit, leads=True, sent_back_at=None).exists():
        raise RuleBroken(_("This unit is in the chain already."), field="lead_unit")
    _refuse_while_paused(need)
    HandOver.objects.create(
        need=need, unit=unit, given_at=at, given_by=by, kind=HandOver.Kind.ON, from_unit_id=need.lead_unit_id
    )
    need.lead_unit = unit
    need.receive_due = clock.receive_due(need, at)


def hand_back(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Return the need to the unit that handed it on; the office is not troubled, the deadline runs on."""
    given = _present(need)
    if given.kind != HandOver.Kind.ON:
        raise RuleBroken(_("The office gave this to you: send it back there."))
    if refusal := clock.may_send_back(need, given.given_at, at, 0):
        raise RuleBroken(refusal, field="note")
    _refuse_while_paused(need)
    given.sent_back_at, given.reason = at, facts["note"][:300]
    given.save(update_fields=["sent_back_at", "reason"])
    need.lead_unit_id = given.from_unit_id
    need.receive_due = None


def co_answer(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Answer the lead unit as a co-handler, or the team as the provincial department."""
    asked = need.hand_overs.filter(unit_id=by.unit_id if by else None, leads=False, answered_at=None, sent_back_at=None)
    if not asked.update(answered_at=at, answered_by=by, answer=facts["note"]):
        raise RuleBroken(_("Nothing is asked of your unit, or it has answered."))


def escalate(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Ask the provincial home department for what only the province can do (class 3)."""
    if need.klass != Need.Klass.PROVINCE:
        raise RuleBroken(_("Only class 3 needs go to the province."))
    unit = facts.get("to_unit") or need.team.unit
    if unit is None or unit.level != Unit.Level.PROVINCE:
        raise RuleBroken(
            _("This team has no home department in the province: name the provincial department."), field="to_unit"
        )
    if need.hand_overs.filter(unit=unit, sent_back_at=None).exists():
        raise RuleBroken(_("This unit is in the chain already."), field="to_unit")
    facts["to_unit"] = unit
    HandOver.objects.create(
        need=need,
        unit=unit,
        leads=False,
        given_at=at,
        given_by=by,
        kind=HandOver.Kind.ESCALATED,
        from_unit_id=need.lead_unit_id,
        due=clock.co_due(need, at) or need.due,
    )


def _refuse_while_paused(need: Need) -> None:
    if need.paused:
        raise RuleBroken(_("The clock is paused: resume it first."))


def _forget_time(need: Need) -> None:
    """Let a request for time and a pause end with the clock that they belonged to."""
    need.paused = False
    need.extension_asked = need.extension_asked_on = None
