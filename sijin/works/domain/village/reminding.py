"""Telling those who serve a village that a stage is due, or the next step with a lead: once each; see `sijin tick`."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign, Membership
from sijin.exchange.domain.words import day as day_word
from sijin.people.models import Account
from sijin.people.notices import Message, Words, tell, wording
from sijin.works.models import Lead, VillageWork, WorkStage

STAGE_DUE, LEAD_DUE = "village-stage-due", "lead-due"


@transaction.atomic
def remind(campaign: Campaign, at: datetime | None = None) -> int:
    """Tell the team and who began it of every present stage whose day came, and of every next step; return how many."""
    at = at or campaign.now()
    today = timezone.localtime(at).date()
    stages, leads = _stages(campaign, today), _leads(campaign, today)
    messages = [
        Message(account, STAGE_DUE, _of_stage(stage), reverse("works:village_work", args=[stage.work_id]))
        for stage in stages
        for account in _readers(stage.work)
    ]
    messages += [
        Message(account, LEAD_DUE, _of_lead(lead), reverse("works:lead", args=[lead.pk]))
        for lead in leads
        for account in _readers(lead)
    ]
    tell(messages, at)
    WorkStage.objects.filter(pk__in=[stage.pk for stage in stages]).update(reminded_at=at)
    Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(reminded_at=at)
    return len(stages) + len(leads)


def _stages(campaign: Campaign, today: date) -> list[WorkStage]:
    open_ = VillageWork.objects.filter(campaign=campaign, shelved_on=None)
    now = open_.annotate(now=Min("stages__number", filter=Q(stages__done_on=None)))
    rows = WorkStage.objects.select_for_update(of=("self",)).filter(
        work__in=open_, done_on=None, planned_on__lte=today, reminded_at=None
    )
    firsts = dict(now.values_list("pk", "now"))
    found = rows.select_related("work__site", "work__region", "work__made_by").order_by("pk")
    return [stage for stage in found if firsts[stage.work_id] == stage.number]


def _leads(campaign: Campaign, today: date) -> list[Lead]:
    rows = Lead.objects.select_for_update(of=("self",)).filter(
        campaign=campaign, shelved_on=None, next_on__lte=today, reminded_at=None
    )
    return list(rows.exclude(stage=Lead.Stage.LANDED).select_related("made_by").order_by(F("next_on"), "pk"))


def _readers(row: VillageWork | Lead) -> Iterable[Account]:
    theirs = Q(team=row.team_id) if row.team_id else Q(pk=None)
    if row.site_id:
        theirs |= Q(team__postings__site=row.site_id, team__postings__until=None)
    team = Membership.objects.filter(theirs)
    people = Account.objects.filter(official__in=team.values("official"), is_active=True)
    return list({account.pk: account for account in [*people, row.made_by]}.values())


def _of_stage(stage: WorkStage) -> dict[str, Any]:
    day = stage.planned_on.isoformat() if stage.planned_on else ""
    return {"place": str(stage.work.place), "title": stage.work.title, "stage": stage.name, "day": day}


def _of_lead(lead: Lead) -> dict[str, Any]:
    return {"firm": lead.firm, "step": lead.next_step, "day": lead.next_on.isoformat() if lead.next_on else ""}


@wording(STAGE_DUE)
def _stage_due(values: dict[str, Any]) -> Words:
    told = {**values, "day": day_word(date.fromisoformat(values["day"]))}
    return Words(_("%(title)s: %(stage)s was planned for %(day)s.") % told, [values["place"]])


@wording(LEAD_DUE)
def _lead_due(values: dict[str, Any]) -> Words:
    told = {**values, "day": day_word(date.fromisoformat(values["day"]))}
    return Words(_("%(firm)s: the next step is due on %(day)s.") % told, [values["step"]])
