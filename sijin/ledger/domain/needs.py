"""The verbs of a need, gathered: raise, apply, and the served party's confirmation.

Each checks the policy and the transition table, runs in one transaction and appends one event.
"""

import uuid
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign, Posting, Team
from sijin.ledger.domain import events
from sijin.ledger.domain.confirmation import confirm_by_link, confirm_link, link_for
from sijin.ledger.domain.transition import apply
from sijin.ledger.models import Need, NeedItem
from sijin.ledger.script import simplified
from sijin.people.models import Account
from sijin.people.policy import may, scope_of, visible
from sijin.people.refusals import NotAllowed, RuleBroken
from sijin.places.models import Site

__all__ = ["apply", "confirm_by_link", "confirm_link", "link_for", "raise_need", "serving"]


def serving(by: Account, campaign: Campaign) -> dict[int, tuple[Site, Team]]:
    """Return {key of a site: (site, team)} where `by` may raise a need, by the sites' codes (one query).

    Those are the sites of the teams that `by` sees; who sees no team, as a firm's contact, has the site of its own.
    """
    rows = Posting.objects.filter(team__campaign=campaign, until=None).select_related("site__county", "team__campaign")
    if scope_of(by, "view", Team._meta.label):
        rows = rows.filter(team__in=visible(by, Team).order_by().values("pk"))
    else:
        rows = rows.filter(site__in=visible(by, Site).order_by().values("pk"))
    found: dict[int, tuple[Site, Team]] = {}
    for row in rows.order_by("site__code", "pk"):
        found.setdefault(row.site_id, (row.site, row.team))
    return found


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
    wanted_by: date | None = None,
    at: datetime | None = None,
    generated: bool = False,
    report_rows: list[int] | None = None,
) -> Need:
    """Write a new need into the ledger; the same `client_uuid` gives the need that is already there.

    The policy is asked about the need as it would stand there: a firm's contact may raise for its own site alone, and
    gives it to a team that is posted there; a team raises what it will look after itself.
    """
    if client_uuid and (found := Need.objects.filter(client_uuid=client_uuid).first()):
        return found
    if not may(by, "raise", Need):
        raise NotAllowed(_("You cannot raise a need for this team."))
    if not title.strip():
        raise RuleBroken(_("A need must have a title."), field="title")
    at = at or team.campaign.now()
    if wanted_by and wanted_by < timezone.localtime(at).date():
        raise RuleBroken(_("This day is over."), field="wanted_by")
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
        raised_at=at,
        wanted_by=wanted_by,
        generated=generated,
        report_rows=report_rows or [],
        clock=[],
    )
    posted = may(by, "view", team) or team.postings.filter(site=site, until=None).exists()
    if not posted or not may(by, "raise", need):
        raise NotAllowed(_("You cannot raise a need for this team."))  # takes the row back
    NeedItem.objects.bulk_create(NeedItem(need=need, **item) for item in items or [])
    change: dict[str, Any] = {"state": [None, need.state], "title": [None, need.title]}
    if wanted_by:
        change["wanted_by"] = [None, wanted_by.isoformat()]
    events.append(need, "raise", by, need.raised_at, change=change)
    Need.objects.filter(pk=need.pk).update(links=need.links, head=need.head)
    return need
