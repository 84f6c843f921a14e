"""Verbs of an expert's visit: assign, withdraw, come, not_come. Each is an event in the need's chain.

An expert out of an offer is promised by a match, so that no offer sends more people than it has: assigning reserves
and agrees it, withdrawing releases it, coming delivers it where the account may.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.exchange.domain import matches
from sijin.exchange.domain.experts.candidates import called
from sijin.exchange.domain.experts.requests import KIND
from sijin.exchange.domain.kinds import factor
from sijin.exchange.domain.words import day as day_word
from sijin.exchange.models import ExpertVisit, Match, Offer
from sijin.ledger.domain import events
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Account, Official
from sijin.people.policy import may, require
from sijin.people.refusals import RuleBroken, Stale

ONE = Decimal(1)


@transaction.atomic
def assign(
    by: Account,
    need: Need,
    *,
    offer: Offer | None = None,
    official: Official | None = None,
    expected_on: date,
    reason: str = "",
    at: datetime | None = None,
) -> ExpertVisit:
    """Name who comes to `need` on `expected_on`: one of an offer of kind expert, or an official.

    Raises
    ------
    RuleBroken
        The need has ended; the day lies before today; the offer has nobody free; the official goes elsewhere that day.
    """
    require(by, "assign_expert", need)
    need = Need.objects.select_for_update().get(pk=need.pk)
    at = at or need.campaign.now()
    if need.state in ENDED or need.state == Need.State.PARKED:
        raise RuleBroken(_("The need is not open any more."), state=need.state)
    if expected_on < timezone.localtime(at).date():
        raise RuleBroken(_("The day of the visit lies before today."), field="expected_on")
    if (offer is None) == (official is None):
        raise RuleBroken(_("Choose who comes."), field="who")
    visit = ExpertVisit(need=need, expected_on=expected_on, reason=reason[:300], assigned_by=by, assigned_at=at)
    if offer is not None:
        _out_of(by, visit, offer, at)
    else:
        _official(by, visit, official)
    visit.save()
    _log(visit, need, "assign", by, at, _("expected on %(day)s") % {"day": day_word(expected_on)})
    return visit


def _out_of(by: Account, visit: ExpertVisit, offer: Offer, at: datetime) -> None:
    """Promise one of the offer's people by a match that is agreed at once."""
    if offer.kind != KIND:
        raise RuleBroken(_("This is no offer of experts."), field="who")
    item = _item(visit.need, offer)
    match = matches.reserve(by, item, offer, ONE, at=at)
    visit.offer, visit.match = offer, matches.step(by, match, "agree", at=at)
    visit.expert = f"{offer.provider} · {offer.item}"[:200]


def _item(need: Need, offer: Offer) -> NeedItem:
    """Return the item of the need that one more expert is counted on; it is written down, or raised by one."""
    items = [item for item in need.items.filter(kind=KIND).order_by("pk") if factor(item.unit, offer.unit)]
    if missing := next((item for item in items if matches.outstanding(item) >= ONE), None):
        return missing
    if same := next((item for item in items if (item.item, item.unit) == (offer.item[:80], offer.unit)), None):
        same.quantity += ONE - max(Decimal(0), matches.outstanding(same))
        same.save(update_fields=["quantity"])
        return same
    return NeedItem.objects.create(need=need, kind=KIND, item=offer.item[:80], unit=offer.unit, quantity=ONE)


def _official(by: Account, visit: ExpertVisit, official: Official) -> None:
    require(by, "view", official)
    official = Official.objects.select_for_update(of=("self",)).select_related("unit").get(pk=official.pk)
    there = ExpertVisit.objects.filter(official=official, withdrawn_at=None)
    if there.filter(need=visit.need, came_on=None).exists():
        raise RuleBroken(_("This official is named for the need already."), field="who")
    if busy := there.filter(expected_on=visit.expected_on, came_on=None).select_related("need__site").first():
        told = {"site": busy.need.site, "day": day_word(visit.expected_on)}
        raise RuleBroken(_("On %(day)s this official goes to %(site)s: choose another day.") % told, field="who")
    if not official.free(visit.expected_on):
        words = _("This official cannot be sent on %(day)s.") % {"day": day_word(visit.expected_on)}
        raise RuleBroken(words, field="expected_on")
    visit.official, visit.expert = official, called(official)


@transaction.atomic
def withdraw(
    by: Account, visit: ExpertVisit, *, version: int | None = None, note: str = "", at: datetime | None = None
) -> ExpertVisit:
    """Take somebody off the request again; what was promised is given back to the offer."""
    visit, need = _locked(by, visit, "assign_expert", version)
    if visit.came_on is not None:
        raise RuleBroken(_("Who has come cannot be taken off the request."))
    at = at or need.campaign.now()
    if visit.match is not None and visit.match.state in (Match.State.RESERVED, Match.State.AGREED):
        matches.step(by, visit.match, "release", at=at)
    visit.withdrawn_at = at
    return _keep(visit, "withdraw", by, at, note)


@transaction.atomic
def come(
    by: Account,
    visit: ExpertVisit,
    *,
    on: date,
    note: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> ExpertVisit:
    """Write down that the expert came, and on which day; said again it corrects the day."""
    visit, need = _locked(by, visit, "expert_came", version)
    at = at or need.campaign.now()
    if on > timezone.localtime(at).date():
        raise RuleBroken(_("The visit cannot lie after today."), field="on")
    if on < timezone.localtime(need.raised_at).date():
        raise RuleBroken(_("The visit cannot lie before the request."), field="on")
    match = visit.match
    if match is not None and match.state == Match.State.RELEASED:
        raise RuleBroken(_("The offer's promise was released in the meantime: assign somebody anew."))
    if match is not None and match.state == Match.State.AGREED and may(by, "deliver", match):
        visit.match = matches.step(by, match, "deliver", at=at)
    before, visit.came_on, visit.came_by, visit.note = visit.came_on, on, by, note.strip()[:300]
    return _keep(visit, "come", by, at, visit.note, came=[before and before.isoformat(), on.isoformat()])


@transaction.atomic
def not_come(by: Account, visit: ExpertVisit, *, version: int | None = None, at: datetime | None = None) -> ExpertVisit:
    """Take back that the expert came."""
    visit, need = _locked(by, visit, "expert_came", version)
    if visit.came_on is None:
        raise RuleBroken(_("Nobody wrote down that this expert came."))
    if visit.match is not None and visit.match.state in (Match.State.DELIVERED, Match.State.CONFIRMED):
        raise RuleBroken(_("The match was delivered with it: put the day right instead."))
    before, visit.came_on, visit.came_by, visit.note = visit.came_on, None, None, ""
    return _keep(visit, "not_come", by, at or need.campaign.now(), "", came=[before.isoformat(), None])


def word(step: str) -> str:
    """Return the word of a step in the reader's language."""
    return {
        "assign": _("Expert named"),
        "withdraw": _("Expert taken off"),
        "come": _("Expert came"),
        "not_come": _("Visit taken back"),
    }[step]


def _locked(by: Account, visit: ExpertVisit, verb: str, version: int | None) -> tuple[ExpertVisit, Need]:
    """Return the visit as it is now, under the locks of its match and its need, in the order of all steps."""
    if visit.match_id is not None:
        Match.objects.select_for_update().get(pk=visit.match_id)
    need = Need.objects.select_for_update().get(pk=visit.need_id)
    visit = ExpertVisit.objects.select_related("match__item", "match__offer").get(pk=visit.pk)
    visit.need = need
    require(by, verb, need)
    if version is not None and version != visit.version:
        raise Stale(_("This was changed by someone else in the meantime."), expected=version, found=visit.version)
    if visit.withdrawn_at is not None:
        raise RuleBroken(_("This expert was taken off the request before."))
    return visit, need


def _keep(visit: ExpertVisit, step: str, by: Account, at: datetime, note: str, **change: Any) -> ExpertVisit:
    visit.version += 1
    visit.save()
    told = _("on %(day)s") % {"day": day_word(visit.came_on)} if visit.came_on else ""
    _log(visit, visit.need, step, by, at, told, note, **change)
    return visit


def _log(
    visit: ExpertVisit, need: Need, step: str, by: Account, at: datetime, told: str, note: str = "", **change: Any
) -> None:
    """Append the step to the need's chain; the caller holds the need's row lock."""
    need.refresh_from_db()  # a step of the match has moved the head of the chain
    words = " · ".join(filter(None, (word(step), visit.expert, told)))
    facts = {"expert": visit.pk, "step": step, "expected": visit.expected_on.isoformat(), **change}
    events.append(need, "match", by, at, (f"{words}\n{note}" if note else words)[:500], facts)
    need.save()
