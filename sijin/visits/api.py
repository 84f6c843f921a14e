"""Visits over HTTP: for phones that send what they kept while they had no signal."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status
from ninja.pagination import paginate

from sijin.dispatch.models import Posting
from sijin.ledger.wire import ItemIn
from sijin.people.policy import require, visible
from sijin.people.wire import Key, Moment, Named, Words
from sijin.visits import domain
from sijin.visits.models import Visit

router = Router(tags=["visits"])


class VisitOut(Schema):
    """One visit of a team to a site."""

    id: int
    client_uuid: uuid.UUID
    team: Named
    site: Named
    at: datetime
    met: str
    said: str
    lat: float | None
    lon: float | None
    took_nothing: bool
    needs: list[int] = Field(description="Keys of the needs that it raised")

    @staticmethod
    def resolve_needs(visit: Visit) -> list[int]:
        """List the needs' keys."""
        return [need.pk for need in visit.needs.all()]


class Finding(Schema):
    """Something that came up; it becomes a need."""

    title: str = Field(min_length=1, max_length=120, examples=["复工缺少熟练缝纫工 30 名"])
    text: str = Field("", max_length=10_000)
    category: str = Field("", max_length=20)
    items: list[ItemIn] = Field([], max_length=50)


class VisitIn(Schema):
    """A visit as the phone kept it."""

    client_uuid: uuid.UUID = Field(description="Made by the phone; sending it again changes nothing")
    site: Key = Field(description="A site that the account's team is posted to")
    at: Moment | None = Field(None, description="When; the present by default")
    met: str = Field("", max_length=120)
    said: str = Field("", max_length=10_000)
    took_nothing: bool = Field(description="The statement that nothing was taken; a visit is not kept without it")
    findings: list[Finding] = Field([], max_length=30)
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None


@router.get("/visits", response=list[VisitOut], summary="List visits")
@paginate
def visits(
    request: HttpRequest,
    team: Key | None = None,
    site: Key | None = None,
    q: Words = "",
    order: Literal["at", "-at"] = "-at",
) -> QuerySet[Visit]:
    """List the visits that the account sees, the latest first."""
    require(request.user, "view", Visit)
    rows = visible(request.user, Visit).select_related("team", "site").prefetch_related("needs")
    given = {"team": team, "site": site}
    rows = rows.filter(said__icontains=q, **{name: key for name, key in given.items() if key is not None})
    return rows.order_by(order, "-pk")


@router.get("/visits/{id}", response=VisitOut, summary="One visit")
def visit(request: HttpRequest, id: Key) -> Visit:
    """Return one visit."""
    rows = visible(request.user, Visit).select_related("team", "site").prefetch_related("needs")
    return get_object_or_404(rows, pk=id)


@router.post("/visits", response={200: VisitOut, 201: VisitOut}, summary="Record a visit")
def record(request: HttpRequest, payload: VisitIn) -> Status:
    """Record a visit: 201; the same `client_uuid` again answers 200 with the visit kept before."""
    require(request.user, "record", Visit)
    known = visible(request.user, Visit).filter(client_uuid=payload.client_uuid, recorded_by=request.user).first()
    if known is not None:
        return Status(200, visit(request, known.pk))
    postings = visible(request.user, Posting).filter(until=None).select_related("site", "team__campaign")
    posting = get_object_or_404(postings, site=payload.site)
    facts = payload.model_dump(exclude={"site"})
    made = domain.record(request.user, posting.team, posting.site, **facts)
    return Status(201, visit(request, made.pk))
