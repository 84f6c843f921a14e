"""Investors as leads: enter, correct, advance, shelve, take up, log a contact; the board by stage; the last one undone.

A lead goes from stage to stage in order, none is left out; signing needs the amount. A shelved lead keeps its stage.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.works.domain.taking_back import last_standing
from sijin.works.models import Lead, LeadChange, LeadContact

ORDER = tuple(Lead.Stage.values)
CORRECTABLE = ("firm", "purpose", "amount", "contact", "next_step", "next_on", "unit", "team")
DATES = ("next_on", "shelved_on")
NEXT = ("next_step", "next_on")


@dataclass(frozen=True)
class Column:
    """A stage of the board: the leads in it, and how many came at least as far (shelved ones too)."""

    stage: str
    name: str
    leads: tuple[Lead, ...]
    reached: int
    share: int  # of all leads, in percent
    amount: Decimal  # hoped for of those in it


@transaction.atomic
def enter(
    by: Account, campaign: Campaign, firm: str, purpose: str, *, client_uuid: UUID | None = None,
    at: datetime | None = None, **facts: Any
) -> Lead:  # fmt: skip
    """Enter a lead; `facts` give region or site, and what `CORRECTABLE` names. The same `client_uuid` is one lead."""
    require(by, "keep", Lead)
    uuid = client_uuid or uuid4()
    if there := Lead.objects.filter(client_uuid=uuid).first():
        require(by, "keep", there)
        return there
    site = facts.get("site")
    if site is not None and not may(by, "view", site):
        raise NotAllowed(_("This site is not yours to see."))
    region = site.region if site is not None else facts.pop("region", None)
    facts.pop("region", None)
    if region is None:
        raise RuleBroken(_("Say where it is."), field="place")
    at = at or campaign.now()
    lead = Lead(campaign=campaign, firm=firm.strip(), purpose=purpose.strip(), region=region, client_uuid=uuid,
                made_by=by, made_at=at, **facts)  # fmt: skip
    _check(lead)
    lead.save()
    require(by, "keep", lead)
    return _log(lead, "enter", by, at, {"stage": [None, lead.stage]})


@transaction.atomic
def correct(by: Account, lead: Lead, *, version: int, at: datetime, **facts: Any) -> Lead:
    """Change what is known of a lead. Stale when `version` is not the row's any more; `diff` is [yours, theirs]."""
    lead = _locked(by, lead, None)
    if unknown := sorted(set(facts) - set(CORRECTABLE)):
        raise TypeError(f"unknown facts of a lead: {', '.join(unknown)}")
    if version != lead.version:
        pairs = {name: [_plain(value), _plain(getattr(lead, name))] for name, value in facts.items()}
        diff = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        raise Stale(_("This lead was changed by someone else in the meantime."), found=lead.version, diff=diff)
    return _change(lead, "correct", by, at, **facts)


@transaction.atomic
def advance(by: Account, lead: Lead, stage: str, *, version: int, at: datetime) -> Lead:
    """Take a lead to the next stage; where it is already it stays, and changes nothing.

    Raises
    ------
    RuleBroken
        A stage between would be left out (`facts["before"]`), or the lead is shelved, or it signs without an amount.
    """
    lead = _locked(by, lead, None)
    if stage == lead.stage and lead.shelved_on is None:
        return lead
    _same(lead, version)
    if stage not in ORDER:
        raise RuleBroken(_("There is no such stage."), field="stage")
    if lead.shelved_on is not None:
        raise RuleBroken(_("This lead is shelved: take it up again first."))
    here, to = ORDER.index(lead.stage), ORDER.index(stage)
    if to < here:
        raise RuleBroken(_("It is further than that: take the last change back instead."), field="stage")
    if to > here + 1:
        between = "、".join(str(Lead.Stage(code).label) for code in ORDER[here + 1 : to])
        words = _("%(stage)s comes after %(before)s.")
        raise RuleBroken(words % {"stage": Lead.Stage(stage).label, "before": between}, field="stage", before=between)
    return _change(lead, "advance", by, at, stage=stage)


@transaction.atomic
def shelve(by: Account, lead: Lead, *, because: str, version: int, at: datetime) -> Lead:
    """Let a lead rest, and say why; it keeps its stage."""
    lead = _locked(by, lead, version)
    if lead.shelved_on is not None:
        raise RuleBroken(_("This lead is shelved already."))
    if not because.strip():
        raise RuleBroken(_("Say why it is shelved."), field="because")
    day = timezone.localtime(at).date()
    return _change(lead, "shelve", by, at, shelved_on=day, because=because.strip()[:200])


@transaction.atomic
def resume(by: Account, lead: Lead, *, version: int, at: datetime) -> Lead:
    """Take a shelved lead up again where it stood."""
    lead = _locked(by, lead, version)
    if lead.shelved_on is None:
        raise RuleBroken(_("This lead is not shelved."))
    return _change(lead, "resume", by, at, shelved_on=None, because="")


@transaction.atomic
def log_contact(
    by: Account, lead: Lead, *, on: date, how: str, said: str, at: datetime, next_step: str | None = None,
    next_on: date | None = None, client_uuid: UUID | None = None, version: int | None = None
) -> LeadContact:  # fmt: skip
    """Write down who was spoken to and what was said, and what is next; the same `client_uuid` is one contact.

    `version` is that of the lead in which the next step was read: one that is handed in as it was read changes nothing.
    Stale when it is another one, and someone else has set it since; `diff` is [yours, theirs].
    """
    lead = _locked(by, lead, None)
    uuid = client_uuid or uuid4()
    if there := LeadContact.objects.filter(client_uuid=uuid, lead=lead).first():
        return there
    if how not in LeadContact.How.values:
        raise RuleBroken(_("Say how they were spoken to."), field="how")
    if not said.strip():
        raise RuleBroken(_("Say what was said."), field="said")
    if on > timezone.localtime(at).date():
        raise RuleBroken(_("The day cannot lie after today."), field="on")
    facts = {} if next_step is None else _wanted(lead, version, next_step.strip()[:200], next_on)
    made = LeadContact.objects.create(lead=lead, on=on, how=how, said=said.strip(), by=by, at=at, client_uuid=uuid)
    if facts:
        _change(lead, "next", by, at, **facts)
    return made


def _wanted(lead: Lead, version: int | None, next_step: str, next_on: date | None) -> dict[str, Any]:
    """Return what is to be written of the next step: nothing where it is as it was read."""
    facts = {"next_step": next_step, "next_on": next_on}
    there = {name: _plain(getattr(lead, name)) for name in NEXT}
    read, newer = dict(there), 0 if version is None else max(0, lead.version - version)
    for change in lead.changes.order_by("-pk")[:newer]:  # each change is one version
        read |= {name: change.change[name][0] for name in NEXT if name in change.change}
    mine = {name: _plain(value) for name, value in facts.items()}
    if mine in (read, there):
        return {}
    if read != there:
        diff = {name: [mine[name], there[name]] for name in NEXT if mine[name] != there[name]}
        raise Stale(_("Someone else set the next step in the meantime."), found=lead.version, diff=diff)
    return facts


@transaction.atomic
def undo(by: Account, lead: Lead, *, version: int, at: datetime) -> Lead:
    """Take the last change back that was not taken back yet; what was said stays."""
    lead = _locked(by, lead, version)
    last = last_change(lead)
    if last is None:
        raise RuleBroken(_("There is nothing to take back."))
    for name, (old, _new) in last.change.items():
        _put_back(lead, name, old)
    if "next_on" in last.change:
        lead.reminded_at = None
    _check(lead)
    lead.version += 1
    lead.save()
    return _log(lead, "undo", by, at, {name: [new, old] for name, (old, new) in last.change.items()})


def last_change(lead: Lead) -> LeadChange | None:
    """Return the change that `undo` would take back: how the lead was entered stays."""
    return last_standing(lead.changes.all(), "enter")


def listed(account: Account) -> QuerySet[Lead]:
    """Return the leads that `account` sees, by the day of what is next, with their last contact."""
    rows = visible(account, Lead).select_related("region__parent", "site", "team", "unit")
    return rows.annotate(spoken_on=Max("contacts__on"), spoken=Count("contacts"))


def board(account: Account) -> tuple[list[Column], list[Lead]]:
    """Return the stages with their leads and the funnel, and the shelved leads (one query)."""
    rows = list(listed(account))
    running = [lead for lead in rows if lead.shelved_on is None]
    columns = []
    for n, (code, name) in enumerate(Lead.Stage.choices):
        leads = tuple(lead for lead in running if lead.stage == code)
        reached = sum(ORDER.index(lead.stage) >= n for lead in rows)
        hoped = sum((lead.amount for lead in leads if lead.amount is not None), Decimal(0))
        columns.append(Column(code, str(name), leads, reached, round(100 * reached / len(rows)) if rows else 0, hoped))
    return columns, [lead for lead in rows if lead.shelved_on is not None]


def next_stage(lead: Lead) -> str | None:
    """Return the stage after the lead's own; None for the last one and while it is shelved."""
    here = ORDER.index(lead.stage)
    return None if lead.shelved_on is not None or here + 1 == len(ORDER) else ORDER[here + 1]


def word(verb: str) -> str:
    """Return what a change is called in the list of changes."""
    return {
        "enter": _("entered"), "correct": _("corrected"), "advance": _("taken further"), "shelve": _("shelved"),
        "resume": _("taken up again"), "next": _("next step set"), "undo": _("taken back"),
    }.get(verb, verb)  # fmt: skip


def _check(lead: Lead) -> None:
    if not lead.firm:
        raise RuleBroken(_("Say which firm it is."), field="firm")
    if not lead.purpose:
        raise RuleBroken(_("Say what it would invest in."), field="purpose")
    if lead.amount is not None and lead.amount <= 0:
        raise RuleBroken(_("It must be above zero."), field="amount")
    if lead.amount is None and lead.stage in (Lead.Stage.SIGNED, Lead.Stage.LANDED):
        raise RuleBroken(_("Write down the amount before it signs."), field="amount")
    there = Lead.objects.filter(campaign=lead.campaign_id, firm=lead.firm, region=lead.region_id)
    if there.exclude(pk=lead.pk).exists():
        words = _("%(firm)s is a lead for %(region)s already.")
        raise RuleBroken(words % {"firm": lead.firm, "region": lead.region}, field="firm")


def _locked(by: Account, lead: Lead, version: int | None) -> Lead:
    lead = Lead.objects.select_for_update(of=("self",)).select_related("region").get(pk=lead.pk)
    require(by, "keep", lead)
    if version is not None:
        _same(lead, version)
    return lead


def _same(lead: Lead, version: int) -> None:
    if version != lead.version:
        raise Stale(_("This lead was changed by someone else in the meantime."), found=lead.version, diff={})


def _change(lead: Lead, verb: str, by: Account, at: datetime, **facts: Any) -> Lead:
    before = {name: _plain(getattr(lead, name)) for name in facts}
    for name, value in facts.items():
        setattr(lead, name, value.strip() if isinstance(value, str) else value)
    _check(lead)
    after = {name: _plain(getattr(lead, name)) for name in facts}
    change = {name: [before[name], after[name]] for name in facts if before[name] != after[name]}
    if not change:
        return lead
    if "next_on" in change:
        lead.reminded_at = None
    lead.version += 1
    lead.save()
    require(by, "keep", lead)
    return _log(lead, verb, by, at, change)


def _log(lead: Lead, verb: str, by: Account, at: datetime, change: dict[str, Any]) -> Lead:
    LeadChange.objects.create(lead=lead, verb=verb, by=by, at=at, change=change)
    return lead


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if hasattr(value, "pk") else value


def _put_back(lead: Lead, name: str, value: Any) -> None:
    if name in ("unit", "team"):
        setattr(lead, f"{name}_id", value)
    elif name in DATES:
        setattr(lead, name, date.fromisoformat(value) if value else None)
    elif name == "amount":
        lead.amount = Decimal(value) if value is not None else None
    else:
        setattr(lead, name, value)
