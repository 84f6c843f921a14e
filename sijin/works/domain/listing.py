"""The list of sites: counted in three grouped queries and put in order here, so that no row asks for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from sijin.dispatch.models import Campaign
from sijin.ledger.domain.reads import ENDED, lit
from sijin.ledger.models import Need
from sijin.ledger.script import simplified
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Door, Site
from sijin.visits.models import Visit
from sijin.works.domain.sites import posted, unvisited


@dataclass(frozen=True)
class Filter:
    """What the list of sites is narrowed to; empty values narrow nothing."""

    door: str = ""
    county: str = ""
    q: str = ""
    unvisited: bool = False
    late: bool = False


@dataclass
class Standing:
    """One site of the list: how many needs, and when it was last visited; `site` is filled in for the page shown."""

    pk: int
    code: str
    open: int = 0
    late: int = 0
    all: int = 0
    last_visit: datetime | None = None
    unvisited: bool = True
    site: Site | None = None


def listed(account: Account, campaign: Campaign, wanted: Filter | None = None) -> list[Standing]:
    """Return the sites that `account` sees and `wanted` names, overdue ones first (three queries)."""
    wanted = wanted or Filter()
    found = {pk: Standing(pk, code) for pk, code in _narrowed(account, wanted).values_list("pk", "code")}
    today = timezone.localtime(campaign.now()).date()
    counts = visible(account, Need).filter(campaign=campaign).order_by().values("site")
    for row in counts.annotate(
        all=Count("pk"),
        open=Count("pk", filter=~Q(state__in=ENDED)),
        late=Count("pk", filter=lit("late", today)),
    ):
        if standing := found.get(row["site"]):
            standing.all, standing.open, standing.late = row["all"], row["open"], row["late"]
    visits = visible(account, Visit).filter(campaign=campaign).order_by().values_list("site")
    for pk, last in visits.annotate(last=Max("at")):
        if standing := found.get(pk):
            standing.last_visit, standing.unvisited = last, unvisited(last, campaign.now())
    kept = [s for s in found.values() if (s.late or not wanted.late) and (s.unvisited or not wanted.unvisited)]
    return sorted(kept, key=lambda s: (-s.late, -s.open, s.code))


def _narrowed(account: Account, wanted: Filter) -> QuerySet[Site]:
    rows = visible(account, Site)
    if wanted.door in Door.values:
        rows = rows.filter(door=wanted.door)
    if wanted.county:
        rows = rows.filter(county__code=wanted.county)
    for word in simplified(wanted.q).split():
        rows = rows.filter(Q(name__icontains=word) | Q(code__icontains=word) | Q(town__name__icontains=word))
    return rows


def filled(account: Account, standings: Sequence[Standing]) -> list[Standing]:
    """Return the standings of one page with their sites, regions and teams (two queries)."""
    rows = visible(account, Site).filter(pk__in=[standing.pk for standing in standings])
    sites = {site.pk: site for site in rows.select_related("county", "town").prefetch_related(posted())}
    for standing in standings:
        standing.site = sites.get(standing.pk)
    return [standing for standing in standings if standing.site]
