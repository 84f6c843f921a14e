"""The verbs of a need. Each checks the policy and the transition table, runs in one transaction, appends one event."""

import hashlib
import secrets
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Team
from sijin.ledger.domain import clock, events
from sijin.ledger.models import ConfirmLink, Evidence, HandOver, Measure, Need, NeedItem
from sijin.ledger.script import simplified
from sijin.ledger.transitions import TABLE
from sijin.people.models import Account, Unit
from sijin.people.policy import may, require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Site

VERDICTS = ("satisfied", "basic", "dissatisfied")
LINK_DAYS = 14


@transaction.atomic
def raise_need(
    by: Account,
    team: Team,
    site: Site,
    title: str,
    text: str = "",
    *,
    category: str = "",
    client_uuid: uuid.UUID | None = None,
    items: list[dict[str, Any]] | None = None,
    at: datetime | None = None,
    generated: bool = False,
    report_rows: list[int] | None = None,
) -> Need:
    """Write a new need into the ledger; the same `client_uuid` gives the need that is already there."""
    client_uuid = client_uuid or uuid.uuid4()
    if found := Need.objects.filter(client_uuid=client_uuid).first():
        return found
    if not may(by, "raise", Need) or not may(by, "view", team):
        raise NotAllowed(_("You cannot raise a need for this team."))
    if not title.strip():
        raise RuleBroken(_("A need must have a title."), field="title")
    campaign = team.campaign
    last = Need.objects.filter(campaign=campaign).aggregate(last=Max("number"))["last"]
    number = f"{campaign.code}-{int(last.rsplit('-', 1)[1]) + 1 if last else 1:06d}"
    need = Need.objects.create(
        client_uuid=client_uuid,
        campaign=campaign,
        number=number,
        title=title.strip(),
        text=text,
        search=simplified(f"{title}\n{text}"),
        door=site.door,
        category=category,
        site=site,
        team=team,
        raised_by=by,
        raised_at=at or campaign.now(),
        generated=generated,
        report_rows=report_rows or [],
    )
    NeedItem.objects.bulk_create(NeedItem(need=need, **item) for item in items or [])
    events.append(need, "raise", by, need.raised_at, change={"state": [None, need.state], "title": [None, need.title]})
    return need


@transaction.atomic
def apply(
    need: Need, verb: str, by: Account | None, *, version: int | None = None, at: datetime | None = None, **facts: Any
) -> Need:
    """Do `verb` on `need`: the one way in which a need changes.

    Raises
    ------
    NotAllowed
        The policy does not give the verb, or the same hands would handle, verify and close.
    Stale
        `version` is not the row's any more.
    RuleBroken
        The verb does not start from the need's state, or a required fact is missing.
    """
    transition = TABLE[verb]
    need = Need.objects.select_for_update().get(pk=need.pk)
    if by is not None:
        require(by, "verify" if verb == "refuse" else verb, need)
    elif verb != "confirm":
        raise NotAllowed(_("Only the served party may act without an account, and only to confirm."))
    if version is not None and version != need.version:
        raise Stale(
            _("This need was changed by someone else in the meantime."),
            expected=version,
            found=need.version,
            diff=events.since(need, version),
        )
    if need.state not in transition.sources:
        raise RuleBroken(_("%(verb)s is not possible now.") % {"verb": verb}, state=need.state, verb=verb)
    at = at or need.campaign.now()
    before = {name: getattr(need, name) for name in TRACKED}
    for name in transition.requires:
        if name != "evidence" and not facts.get(name) and not (name == "klass" and need.klass):
            raise RuleBroken(_("%(fact)s is required.") % {"fact": name}, field=name)
    EFFECTS.get(verb, _nothing)(need, by, at, facts)
    if transition.target:
        need.state = transition.target
    change = {
        name: [_plain(old), _plain(getattr(need, name))] for name, old in before.items() if getattr(need, name) != old
    }
    change |= {
        name: _plain(value)
        for name, value in facts.items()
        if name in ("aspect", "measure", "workdays", "item", "quantity")
    }
    events.append(need, verb, by, at, str(facts.get("note", ""))[:500], change)
    if verb in clock.KINDS:
        clock.refresh(need, at)
    need.version += 1
    need.save()
    return need


RECORDED = frozenset({"aspect", "measure", "workdays", "item", "quantity"})
TRACKED = ("state", "klass", "lead_unit_id", "paused", "review_on", "verdict", "dissatisfied", "supervised_at")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else getattr(value, "pk", value)


def _nothing(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    pass


def _classify(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    need.klass = facts["klass"]


def _hand_over(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    need.klass = facts.get("klass") or need.klass
    need.lead_unit = facts["lead_unit"]
    units: list[tuple[Unit, bool]] = [
        (facts["lead_unit"], True),
        *((unit, False) for unit in facts.get("co_units", ())),
    ]
    HandOver.objects.bulk_create(HandOver(need=need, unit=u, leads=lead, given_at=at, given_by=by) for u, lead in units)
    need.receive_due = clock.receive_due(need, at)


def _receive(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    need.hand_overs.filter(leads=True, received_at=None, sent_back_at=None).update(received_at=at)


def _send_back(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    need.hand_overs.filter(sent_back_at=None).update(sent_back_at=at, reason=facts["note"])
    need.lead_unit = None
    need.receive_due = None


def _carry_out(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    Measure.objects.create(
        need=need,
        aspect=facts.get("aspect") or Measure.Aspect.OTHER,
        text=facts["measure"],
        unit=need.lead_unit,
        due=facts.get("measure_due") or need.due or timezone.localtime(at).date(),
    )


def _answer(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    if not Evidence.objects.filter(need=need).exists():
        raise RuleBroken(_("An answer needs evidence: add a photo or a document first."), field="evidence")
    need.answered_by = by
    need.verified_by = None


def _verify(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    if by == need.answered_by:
        raise NotAllowed(_("Who handled a need cannot verify it."))
    need.verified_by = by


def _confirm(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    if facts["verdict"] not in VERDICTS:
        raise RuleBroken(_("Unknown verdict."), field="verdict")
    need.verdict = facts["verdict"]
    if need.verdict == "dissatisfied":
        need.dissatisfied += 1
        if need.dissatisfied >= 2:
            need.supervised_at = at


def _redo(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    need.answered_by = need.verified_by = None
    need.verdict = ""


def _close(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    if need.verdict == "dissatisfied":
        raise RuleBroken(_("The served party is dissatisfied: the need must be done again."))
    if by in (need.answered_by, need.verified_by):
        raise NotAllowed(_("Who handled or verified a need cannot close it."))
    if need.items.filter(received__lt=F("quantity")).exists():
        raise RuleBroken(_("Not everything that was asked for has been received."))
    need.closed_by, need.closed_at = by, at
    need.look_back_on = timezone.localtime(at).date() + timedelta(days=clock.profile_of(need).look_back)


def _take_in(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    item = need.items.filter(pk=getattr(facts["item"], "pk", None)).first()
    if item is None or not 0 < facts["quantity"] <= item.quantity - item.received:
        raise RuleBroken(_("No more can be received than is still missing."), field="quantity")
    item.received += facts["quantity"]
    item.save(update_fields=["received"])


def _pause(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    if need.paused:
        raise RuleBroken(_("The clock is already paused."))
    need.paused = True


def _resume(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    if not need.paused:
        raise RuleBroken(_("The clock is not paused."))
    need.paused = False


def _extend(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    if refusal := clock.may_extend(need, at, int(facts["workdays"])):
        raise RuleBroken(refusal, field="workdays")


def _park(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    if need.klass != Need.Klass.LATER:
        raise RuleBroken(_("Only class 4 needs can be parked."))
    need.review_on = facts["review_on"]


def _unpark(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    need.review_on = None


def _supervise(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    overdue = need.due and timezone.localtime(at).date() > need.due
    if not overdue and need.dissatisfied < 2:
        raise RuleBroken(_("Supervision is for needs that are overdue or were twice unsatisfactory."))
    need.supervised_at = at


def _look_back(need: Need, by: Account | None, at: datetime, facts: dict[str, Any]) -> None:
    if need.look_back_on and timezone.localtime(at).date() < need.look_back_on:
        raise RuleBroken(_("Too early to look back."))
    need.looked_back_at = at


Effect = Callable[[Need, Account | None, datetime, dict[str, Any]], None]
EFFECTS: dict[str, Effect] = {
    "classify": _classify,
    "hand_over": _hand_over,
    "receive": _receive,
    "send_back": _send_back,
    "carry_out": _carry_out,
    "answer": _answer,
    "verify": _verify,
    "confirm": _confirm,
    "redo": _redo,
    "close": _close,
    "take_in": _take_in,
    "pause": _pause,
    "resume": _resume,
    "extend": _extend,
    "park": _park,
    "unpark": _unpark,
    "supervise": _supervise,
    "look_back": _look_back,
}


@transaction.atomic
def confirm_link(need: Need, by: Account, at: datetime | None = None, version: int | None = None) -> str:
    """Make a one-time link token for the served party and return it; only its hash is stored."""
    need = apply(need, "ask_confirm", by, at=at, version=version)
    token = secrets.token_urlsafe(24)
    made = at or need.campaign.now()
    ConfirmLink.objects.create(
        need=need, token_hash=_hash(token), made_by=by, made_at=made, expires_at=made + timedelta(days=LINK_DAYS)
    )
    return token


def link_for(token: str, at: datetime | None = None) -> ConfirmLink:
    """Return the usable link of `token`; RuleBroken when unknown, used or expired."""
    link = ConfirmLink.objects.select_related("need__site", "need__campaign").filter(token_hash=_hash(token)).first()
    if link is None or link.used_at or link.expires_at < (at or link.need.campaign.now()):
        raise RuleBroken(_("This link is unknown, has been used or has expired."))
    return link


@transaction.atomic
def confirm_by_link(token: str, verdict: str, comment: str = "", at: datetime | None = None) -> Need:
    """Take the served party's verdict through a one-time link; the link is used up."""
    link = link_for(token, at)
    used = ConfirmLink.objects.filter(pk=link.pk, used_at=None).update(
        used_at=at or link.need.campaign.now(), comment=comment[:300]
    )
    if not used:
        raise RuleBroken(_("This link has been used."))
    return apply(link.need, "confirm", None, at=at, verdict=verdict, note=comment)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
