"""Telling who made a promise and who serves the project that a promised paper did not come: once; see `sijin tick`."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from sijin.dispatch.models import Campaign, Membership
from sijin.people.models import Account
from sijin.people.notices import Message, tell
from sijin.works.domain.approvals.reading import MISSED
from sijin.works.models import PaperPromise


@transaction.atomic
def remind(campaign: Campaign, at: datetime | None = None) -> int:
    """Tell that the withdrawal of an acceptance is proposed; return how many promises were missed anew."""
    at = at or campaign.now()
    today = timezone.localtime(at).date()
    missed = list(
        PaperPromise.objects.select_for_update(of=("self",))
        .filter(withdrawn_on=None, met_on=None, due__lt=today, told_at=None)
        .filter(item__project__site__postings__team__campaign=campaign, item__project__site__postings__until=None)
        .select_related("item__project__site", "paper", "made_by")
        .order_by("pk")
    )
    messages = [
        Message(account, MISSED, _values(one), reverse("works:approvals", args=[one.item.project_id]))
        for one in missed
        for account in _readers(one)
    ]
    tell(messages, at)
    PaperPromise.objects.filter(pk__in=[one.pk for one in missed]).update(told_at=at)
    return len(missed)


def _readers(one: PaperPromise) -> list[Account]:
    site = one.item.project.site_id
    team = Membership.objects.filter(team__postings__site=site, team__postings__until=None)
    people = Account.objects.filter(official__in=team.values("official"), is_active=True)
    return list({account.pk: account for account in [*people, one.made_by]}.values())


def _values(one: PaperPromise) -> dict[str, Any]:
    return {
        "site": one.item.project.site.name, "item": one.item.name, "paper": one.paper.name,
        "day": one.due.isoformat(),
    }  # fmt: skip
