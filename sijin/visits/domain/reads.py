"""Reads of the visits: the list with its filters, coverage, a team's diary. Each says what it costs."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from sijin.dispatch.models import Campaign, Posting, Team
from sijin.ledger.models import Need
from sijin.ledger.script import simplified
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Door, Site
from sijin.visits.domain.rounds import last_visit, span
from sijin.visits.models import Correction, Visit, VisitPhoto


def listed(
    account: Account,
    campaign: Campaign,
    *,
    q: str = "",
    team: str = "",
    site: str = "",
    door: str = "",
    county: str = "",
    since: date | None = None,
    until: date | None = None,
    raised: str = "",
) -> QuerySet[Visit]:
    """Return visits, newest first, with what a row shows: `needs_count`, `photo_count`, site, team (one query).

    `team` is a number or a part of the name, `site` a part of the name, `county` a region's code, `raised` is `yes`
    (visits that raised needs), `no` or empty. Words of `q` are sought in what was said, site, county and team.
    """
    rows = visible(account, Visit).filter(campaign=campaign)
    for word in simplified(q).split():
        places = Q(site__name__icontains=word) | Q(site__county__name__icontains=word)
        rows = rows.filter(Q(search__icontains=word) | places | Q(team__name__icontains=word))
    if team := simplified(team).strip():
        rows = rows.filter(Q(team__number=team) | Q(team__name__icontains=team))
    if site := simplified(site).strip():
        rows = rows.filter(site__name__icontains=site)
    if door in Door.values:
        rows = rows.filter(site__door=door)
    if county:
        rows = rows.filter(site__county__code=county)
    if since:
        rows = rows.filter(at__gte=span(since)[0])
    if until:
        rows = rows.filter(at__lt=span(until)[1])
    if raised in ("yes", "no"):
        raising = Visit.needs.through.objects.values("visit")
        rows = rows.filter(pk__in=raising) if raised == "yes" else rows.exclude(pk__in=raising)
    return rows.select_related("site__county", "site__town", "team").annotate(
        needs_count=_count(Visit.needs.through.objects), photo_count=_count(VisitPhoto.objects)
    )


def _count(rows: Any) -> Coalesce:
    counted = rows.filter(visit=OuterRef("pk")).order_by().values("visit").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def one(account: Account, key: int) -> QuerySet[Visit]:
    """Return the visit with `key`, if `account` may see it, with all that its page shows (seven queries)."""
    return (
        visible(account, Visit)
        .filter(pk=key)
        .select_related("site__county", "site__town", "team", "campaign", "recorded_by")
        .prefetch_related(
            "photos",
            "participants",
            Prefetch("corrections", Correction.objects.select_related("by")),
            Prefetch("needs", visible(account, Need).select_related("lead_unit").order_by("number")),
        )
    )


def coverage(account: Account, campaign: Campaign, days: int) -> QuerySet[Site]:
    """Return the campaign's sites that were not visited within the last `days` days; each has `last` (a time or None).

    A site counts while a team is posted to it; the longest unvisited come first, those never visited before all. One
    query; `.count()` and `.values("door").annotate(n=Count("pk"))` narrow it further in the database.
    """
    before = campaign.now() - timedelta(days=days)
    posted = Posting.objects.filter(team__campaign=campaign, until=None)
    return (
        visible(account, Site)
        .filter(pk__in=posted.values("site"))
        .select_related("county", "town")
        .annotate(last=last_visit())
        .filter(Q(last=None) | Q(last__lt=before))
        .order_by(F("last").asc(nulls_first=True), "code")
    )


def diary(account: Account, team: Team, day: date) -> dict[str, Any]:
    """Return a team's day: its visits in the order of the clock, and what they asked of people (six queries)."""
    start, end = span(day)
    visits = (
        visible(account, Visit)
        .filter(team=team, at__gte=start, at__lt=end)
        .order_by("at", "pk")
        .select_related("site__county", "site__town", "recorded_by")
        .prefetch_related(
            "photos", "participants", Prefetch("needs", visible(account, Need).order_by("number")), "corrections__by"
        )
    )
    sums = visits.order_by().aggregate(minutes=Sum("minutes"), people=Sum("people_met"))
    return {
        "visits": visits,
        "minutes": sums["minutes"],
        "people": sums["people"],
        "before": _day(visible(account, Visit).filter(team=team, at__lt=start).aggregate(at=Max("at"))["at"]),
        "after": _day(visible(account, Visit).filter(team=team, at__gte=end).aggregate(at=Min("at"))["at"]),
    }


def _day(at: datetime | None) -> date | None:
    return timezone.localtime(at).date() if at else None
