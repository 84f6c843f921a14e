"""Reads of one site: what its page shows."""

from datetime import date, timedelta
from functools import cache
from typing import Any

import yaml
from django.db.models import Count, Max, Prefetch, Q, QuerySet
from django.utils import timezone

from sijin.dispatch.models import Campaign, Posting
from sijin.exchange.models import Match, Offer
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.domain import boundaries
from sijin.places.models import Door, Site
from sijin.visits.domain.rounds import LONG
from sijin.visits.models import Visit


def posted() -> Prefetch:
    """Return the present postings with their teams, for `prefetch_related`; they stand in `posted`."""
    return Prefetch("postings", Posting.objects.filter(until=None).select_related("team"), to_attr="posted")


def with_facts(account: Account) -> QuerySet[Site]:
    """Return the sites that `account` sees, each with its profile, region and team joined."""
    return (
        visible(account, Site)
        .select_related("county", "town", "region", *PROFILES.values())
        .prefetch_related(posted(), "contacts")
    )


PROFILES = {door.value: door.value for door in Door}  # the profile of a door is the relation of the same name


def needs_of(account: Account, site: Site) -> QuerySet[Need]:
    """Return the site's needs: running ones first, by deadline."""
    rows = visible(account, Need).filter(site=site).select_related("campaign", "lead_unit", "team")
    return rows.annotate(ended=Count("pk", filter=Q(state__in=ENDED))).order_by("ended", "due", "-raised_at")


def visits_of(account: Account, site: Site) -> dict[str, Any]:
    """Return how often the site was visited and when last (one query)."""
    return visible(account, Visit).filter(site=site).aggregate(count=Count("pk"), last=Max("at"))


def offers_of(account: Account, site: Site) -> QuerySet[Offer]:
    """Return what the site itself offers."""
    return visible(account, Offer).filter(site=site, withdrawn_at=None).select_related("region")


def matches_of(account: Account, site: Site) -> QuerySet[Match]:
    """Return the matches for the site's needs."""
    return visible(account, Match).filter(item__need__site=site).select_related("item__need", "offer")


WIDTH, MARGIN = 320.0, 4.0  # of the small map, in its own units
SCALE = 0.79  # cosine of 37.2° north: a degree of longitude beside one of latitude


@cache
def outline() -> dict[str, Any]:
    """Return the counties as paths of a small map: {"paths": [(name, d)], "height", "west", "north", "unit"}."""
    features = yaml.safe_load(boundaries())["features"]
    rings = [(f["properties"]["name"], _rings(f["geometry"])) for f in features]
    points = [point for _name, parts in rings for ring in parts for point in ring]
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    unit = (WIDTH - 2 * MARGIN) / ((east - west) * SCALE)
    place = {"west": west, "north": north, "unit": unit, "height": round((north - south) * unit + 2 * MARGIN)}
    paths = [(name, " ".join(_path(place, ring) for ring in parts)) for name, parts in rings]
    return {"paths": paths, "width": round(WIDTH), **place}


def _path(place: dict[str, Any], ring: list[list[float]]) -> str:
    return "M" + " ".join(f"{x},{y}" for x, y in (_at(place, *point) for point in ring)) + "Z"


def _rings(geometry: dict[str, Any]) -> list[list[list[float]]]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [polygon[0] for polygon in polygons]


def _at(place: dict[str, Any], lon: float, lat: float) -> tuple[float, float]:
    unit = place["unit"]
    return round(MARGIN + (lon - place["west"]) * SCALE * unit, 1), round(MARGIN + (place["north"] - lat) * unit, 1)


def locate(site: Site) -> dict[str, Any]:
    """Return the small map with the site's pin at (`x`, `y`)."""
    place = outline()
    x, y = _at(place, site.lon, site.lat)
    return {**place, "x": x, "y": y}


def unvisited(last: Any, now: Any) -> bool:
    """Say whether a last visit lies too long back."""
    return last is None or last <= now - timedelta(days=LONG)


def today_of(campaign: Campaign) -> date:
    """Return the campaign's present day."""
    return timezone.localtime(campaign.now()).date()
