"""The verbs of a need, gathered: raise, apply, and the served party's confirmation.

Each checks the policy and the transition table, runs in one transaction and appends one event.
"""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign, Team
from sijin.ledger.domain import events
from sijin.ledger.domain.confirmation import confirm_by_link, confirm_link, link_for
from sijin.ledger.domain.transition import apply
from sijin.ledger.models import Need, NeedItem
from sijin.ledger.script import simplified
from sijin.people.models import Account
from sijin.people.policy import may
from sijin.people.refusals import NotAllowed, RuleBroken
from sijin.places.models import Site

__all__ = ["apply", "confirm_by_link", "confirm_link", "link_for", "raise_need"]


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
    if client_uuid and (found := Need.objects.filter(client_uuid=client_uuid).first()):
        return found
    if not may(by, "raise", Need) or not may(by, "view", team):
        raise NotAllowed(_("You cannot raise a need for this team."))
    if not title.strip():
        raise RuleBroken(_("A need must have a title."), field="title")
    campaign = Campaign.objects.select_for_update().get(pk=team.campaign_id)  # numbers are given out one at a time
    last = Need.objects.filter(campaign=campaign).aggregate(last=Max("number"))["last"]
    number = f"{campaign.code}-{int(last.rsplit('-', 1)[1]) + 1 if last else 1:06d}"
    need = Need.objects.create(
        client_uuid=client_uuid or uuid.uuid4(),
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
        clock=[],
    )
    NeedItem.objects.bulk_create(NeedItem(need=need, **item) for item in items or [])
    events.append(need, "raise", by, need.raised_at, change={"state": [None, need.state], "title": [None, need.title]})
    Need.objects.filter(pk=need.pk).update(links=need.links, head=need.head)
    return need
