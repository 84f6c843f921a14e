"""The sites behind the four doors, over HTTP."""

from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Schema
from ninja.pagination import paginate

from sijin.dispatch.models import Posting
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Need
from sijin.ledger.script import simplified
from sijin.people.policy import require, visible
from sijin.people.wire import Key, Named, Words
from sijin.places.models import Door, Region, Site
from sijin.works.api.routes import router

Place = Annotated[str, Query(max_length=20, description="Code of a county, functional area or town (bureau's system)")]


class PlaceOut(Schema):
    """A region by its full name: system, year and code."""

    system: Region.System
    year: int
    code: str
    name: str


class SiteOut(Schema):
    """The thing behind a door."""

    id: int
    code: str
    door: Door
    name: str
    county: PlaceOut
    town: PlaceOut | None
    lat: float
    lon: float
    approximate: bool = Field(description="The coordinates are those of a larger place around it")
    generated: bool = Field(description="Made for the demonstration, not stated by a report")
    version: int


class SiteDetail(SiteOut):
    """A site with what is known of it, who is responsible, and how many needs the account sees there."""

    profile: dict[str, Any] = Field(description="What is known, by the site's door")
    team: Named | None = Field(description="The team posted to it now, if the account may see it")
    needs_open: int
    needs_all: int


@router.get("/sites", response=list[SiteOut], summary="List sites")
@paginate
def sites(
    request: HttpRequest,
    door: Door | None = None,
    county: Place = "",
    town: Place = "",
    q: Words = "",
    order: Literal["code", "name", "-code", "-name"] = "code",
) -> QuerySet[Site]:
    """List the sites that the account sees."""
    require(request.user, "view", Site)
    rows = visible(request.user, Site).select_related("county", "town")
    given = {"door": door, "county__code": county, "town__code": town}
    rows = rows.filter(**{name: value for name, value in given.items() if value})
    for word in simplified(q).split():
        rows = rows.filter(name__icontains=word)
    return rows.order_by(order, "pk")


@router.get("/sites/{id}", response=SiteDetail, summary="One site")
def site(request: HttpRequest, id: Key) -> dict[str, Any]:
    """Return one site with its profile, its team and the count of its needs."""
    rows = visible(request.user, Site).select_related("county", "town", *Door.values)
    found = get_object_or_404(rows, pk=id)
    posting = visible(request.user, Posting).filter(site=found, until=None).select_related("team").first()
    needs = visible(request.user, Need).filter(site=found)
    profile = getattr(found, found.door, None)
    return {
        **{name: getattr(found, name) for name in SiteOut.model_fields},
        "profile": model_to_dict(profile, exclude=["id", "site"]) if profile else {},
        "team": posting.team if posting else None,
        "needs_open": needs.exclude(state__in=ENDED).count(),
        "needs_all": needs.count(),
    }
