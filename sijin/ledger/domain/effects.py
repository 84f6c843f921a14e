"""What each verb of the regular way does to a need, beyond the state that the transition table gives.

An effect has the locked need, the account (None: the served party or the clock), the time and the facts; it changes the
need and its rows or refuses. Policy, table, event and saving are `transition.apply`'s.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from sijin.ledger.domain import clock
from sijin.ledger.models import ConfirmLink, Evidence, Measure, Need
from sijin.people.models import Account
from sijin.people.refusals import NotAllowed, RuleBroken

Effect = Callable[[Need, Account | None, datetime, dict[str, Any]], None]
VERDICTS = ("satisfied", "basic", "dissatisfied")
HANDLING = ("carry_out", "answer", "co_answer", "note_result", "progress")  # who did one of these is a handler


def nothing(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Change nothing: the event alone is the record."""


def classify(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Rate or re-rate; the clock keeps its start and its history."""
    if facts["klass"] not in Need.Klass.values:
        raise RuleBroken(_("There are four classes, 1 to 4."), field="klass")
    need.klass = facts["klass"]


def carry_out(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Write down a measure with its date; without one it is due when the need is."""
    today, due = clock.local(at), facts.get("measure_due")
    if due and due < today:
        raise RuleBroken(_("A measure is due today or later."), field="measure_due")
    Measure.objects.create(
        need=need,
        aspect=facts.get("aspect") or Measure.Aspect.OTHER,
        text=facts["measure"],
        unit_id=need.lead_unit_id,
        due=due or need.due or today,
    )


def note_result(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Write a measure's result beside it."""
    measure = need.measures.filter(pk=getattr(facts["done_measure"], "pk", None)).first()
    if measure is None:
        raise RuleBroken(_("This measure is not one of this need."), field="done_measure")
    measure.result, measure.result_at = facts["result"][:300], at
    measure.save(update_fields=["result", "result_at"])


def answer(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Answer with evidence, while the clock runs."""
    if need.paused:
        raise RuleBroken(_("The clock is paused: resume it before you answer."))
    if not facts.get("evidence") and not Evidence.objects.filter(need=need).exists():
        raise RuleBroken(_("An answer needs evidence: add a photo or a document first."), field="evidence")
    need.answered_by = by
    need.verified_by = None


def _handled(need: Need, by: Account | None, *more: str) -> bool:
    return need.events.filter(verb__in=(*HANDLING, *more), actor=by).exists()


def verify(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Verify, by hands that never handled this need."""
    if by is None or by.pk == need.answered_by_id or _handled(need, by):
        raise NotAllowed(_("Who handled a need cannot verify it."))
    need.verified_by = by


def confirm(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Take the served party's verdict; open links end, a second dissatisfaction calls supervision."""
    if facts["verdict"] not in VERDICTS:
        raise RuleBroken(_("Unknown verdict."), field="verdict")
    need.verdict = facts["verdict"]
    ConfirmLink.objects.filter(need=need, used_at=None, ended_at=None).update(
        ended_at=at, ended=ConfirmLink.End.ANSWERED
    )
    if need.verdict == "dissatisfied":
        need.dissatisfied += 1
        if need.dissatisfied >= 2 and need.supervised_at is None:
            need.supervised_at = at


def redo(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Begin anew: who answers and who verifies is open again, and the clock is a fresh one."""
    need.answered_by = need.verified_by = None
    need.verdict = ""


def close(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Close what the served party calls solved, by a third pair of hands, when all that was asked for is there."""
    if need.verdict == "dissatisfied":
        raise RuleBroken(_("The served party is dissatisfied: the need must be done again."))
    if by is None or by.pk in (need.answered_by_id, need.verified_by_id) or _handled(need, by, "verify"):
        raise NotAllowed(_("Who handled or verified a need cannot close it."))
    if need.items.filter(received__lt=F("quantity")).exists():
        raise RuleBroken(_("Not everything that was asked for has been received."))
    need.closed_by, need.closed_at = by, at
    need.look_back_on = clock.local(at) + timedelta(days=clock.profile_of(need).look_back)
    need.looked_back_at = None


def explain(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """End honestly: not solvable, and the served party was told why and how."""
    need.paused = False
    need.extension_asked = need.extension_asked_on = None


def take_in(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Count what arrived, never more than is missing; a `source` (say, a match) is counted once."""
    source = facts.get("source")
    if source and need.events.filter(verb="take_in", change__source=source).exists():
        raise RuleBroken(_("This delivery was taken in before."), field="source")
    item = need.items.select_for_update().filter(pk=getattr(facts["item"], "pk", None)).first()
    if item is None or not 0 < facts["quantity"] <= item.quantity - item.received:
        raise RuleBroken(_("No more can be received than is still missing."), field="quantity")
    item.received += facts["quantity"]
    item.save(update_fields=["received"])


def look_back(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Look back, once the time has come: still solved."""
    if need.looked_back_at:
        raise RuleBroken(_("It was looked back on before."))
    if need.look_back_on and clock.local(at) < need.look_back_on:
        raise RuleBroken(_("Too early to look back: from %(day)s.") % {"day": need.look_back_on.isoformat()})
    need.looked_back_at = at


def recur(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    """Open again what came back; it is done again under a fresh clock."""
    redo(need, by, at, facts)
    need.looked_back_at = at
    need.closed_by = need.closed_at = need.look_back_on = None
