"""Visits over HTTP: for phones that send what they kept while they had no signal."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, File, Query, Router, Schema, Status, UploadedFile
from ninja.pagination import paginate
from pydantic import model_validator

from sijin.dispatch.models import Campaign, Posting, Team
from sijin.ledger.models import Need
from sijin.ledger.wire import ItemIn
from sijin.people.models import Official
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken
from sijin.people.wire import Day, Key, Moment, Named, Version, Words
from sijin.places.models import Door
from sijin.visits import domain
from sijin.visits.models import Visit

router = Router(tags=["visits"])
Minutes = Annotated[int, Field(ge=0, le=1440)]


class VisitRow(Schema):
    """A visit as a row of the list."""

    id: int
    team: Named
    site: Named
    at: datetime
    met: str
    said: str
    needs_count: int = Field(description="How many needs it raised")
    photo_count: int


class VisitOut(Schema):
    """One visit of a team to a site."""

    id: int
    client_uuid: uuid.UUID
    team: Named
    site: Named
    at: datetime
    recorded_at: datetime
    late_reason: str
    same_day_reason: str
    met: str
    said: str
    lat: float | None
    lon: float | None
    minutes: int | None
    people_met: int | None
    minutes_asked: int | None
    participants: list[Named]
    took_nothing: bool
    needs: list[int] = Field(description="Keys of the needs that it raised and that the account sees")
    photos: list[int] = Field(description="Keys of its photos")
    version: int

    @staticmethod
    def resolve_needs(visit: Visit) -> list[int]:
        """List the needs' keys."""
        return [need.pk for need in visit.needs.all()]

    @staticmethod
    def resolve_photos(visit: Visit) -> list[int]:
        """List the photos' keys."""
        return [photo.pk for photo in visit.photos.all()]


class Recorded(VisitOut):
    """A visit as it was kept, and how this sending of it came in."""

    arrival: Literal["new", "again", "differing"] = Field(
        description="`differing`: kept before under this UUID with other content, which still stands"
    )


class Finding(Schema):
    """Something that came up; it becomes a need."""

    title: str = Field(min_length=1, max_length=120, examples=["复工缺少熟练缝纫工 30 名"])
    text: str = Field("", max_length=10_000)
    category: str = Field("", max_length=20)
    klass: Need.Klass | None = None
    items: list[ItemIn] = Field([], max_length=10)


class Told(Schema):
    """What was told at a visit and what it asked of people."""

    met: str = Field("", max_length=120)
    said: str = Field("", max_length=20_000)
    minutes: Minutes | None = Field(None, description="How long it took")
    people_met: Annotated[int, Field(ge=0, le=2000)] | None = None
    minutes_asked: Minutes | None = Field(None, description="Minutes of each person's time")
    participants: list[Key] = Field([], max_length=50, description="Officials of the team who took part")
    findings: list[Finding] = Field([], max_length=20)


class VisitIn(Told):
    """A visit as the phone kept it."""

    client_uuid: uuid.UUID = Field(description="Made by the phone; sending it again changes nothing")
    site: Key = Field(description="A site that the account's team is posted to")
    at: Moment | None = Field(None, description="When; the present by default")
    took_nothing: bool = Field(description="The statement that nothing was taken; a visit is not kept without it")
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    late_reason: str = Field("", max_length=200, description="Why it is recorded on a later day")
    same_day_reason: str = Field("", max_length=200, description="Why a second team came on that day")

    @model_validator(mode="after")
    def position_whole(self) -> "VisitIn":
        """Take a position only whole."""
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon come together")
        return self


class Amendment(Told):
    """What is put right; fields that are left out stay as they are, findings are added."""

    version: Version


class NoteIn(Schema):
    """A note under a visit."""

    note: str = Field(min_length=1, max_length=500)


class NoteOut(Schema):
    """A note or a correction under a visit."""

    id: int
    by: str
    at: datetime
    note: str

    @staticmethod
    def resolve_by(correction: object) -> str:
        """Name who wrote it."""
        return str(correction.by)


def one(request: HttpRequest, key: int) -> Visit:
    """Return the visit if the account sees it."""
    return get_object_or_404(domain.one(request.user, key))


def _people(team: Team, keys: list[int]) -> list[Official]:
    """Return the officials of the team with these keys; RuleBroken when one is not of the team."""
    found = list(Official.objects.filter(pk__in=keys, memberships__team=team))
    if len(found) != len(set(keys)):
        raise RuleBroken(_("Somebody among the participants is not in this team."), field="participants")
    return found


@router.get("/visits", response=list[VisitRow], summary="List visits")
@paginate
def visits(
    request: HttpRequest,
    q: Words = "",
    team: Annotated[str, Query(max_length=60, description="A team's number or part of its name")] = "",
    site: Annotated[str, Query(max_length=60, description="Part of a site's name")] = "",
    door: Door | None = None,
    county: Annotated[str, Query(max_length=60, description="Code of a county or functional area")] = "",
    since: Day | None = None,
    until: Day | None = None,
    raised: Literal["", "yes", "no"] = "",
    order: Literal["at", "-at"] = "-at",
) -> QuerySet[Visit]:
    """List the visits that the account sees with the filters of the page, the latest first."""
    require(request.user, "view", Visit)
    campaign = get_object_or_404(visible(request.user, Campaign)[:1])
    dates: dict[str, date | None] = {"since": since, "until": until}
    chosen = {"q": q, "team": team, "site": site, "door": door or "", "county": county, "raised": raised}
    return domain.listed(request.user, campaign, **chosen, **dates).order_by(order, "-pk")


@router.get("/visits/{id}", response=VisitOut, summary="One visit")
def visit(request: HttpRequest, id: Key) -> Visit:
    """Return one visit."""
    return one(request, id)


@router.post("/visits", response={200: Recorded, 201: Recorded}, summary="Record a visit")
def record(request: HttpRequest, payload: VisitIn) -> Status:
    """Record a visit: 201; the same `client_uuid` again answers 200 with the visit kept before."""
    require(request.user, "record", Visit)
    known = Visit.objects.filter(client_uuid=payload.client_uuid, recorded_by=request.user).select_related("team")
    if earlier := known.select_related("site", "team__campaign").first():
        team, site = earlier.team, earlier.site
    else:
        postings = visible(request.user, Posting).filter(until=None).select_related("site", "team__campaign")
        posting = get_object_or_404(postings, site=payload.site)
        team, site = posting.team, posting.site
    facts = payload.model_dump(exclude={"site", "participants"})
    made = domain.record(request.user, team, site, participants=_people(team, payload.participants), **facts)
    kept = one(request, made.pk)
    kept.arrival = made.arrival
    return Status(201 if made.arrival == "new" else 200, kept)


@router.post("/visits/{id}/amend", response=VisitOut, summary="Put a visit right")
def amend(request: HttpRequest, id: Key, payload: Amendment) -> Visit:
    """Put right one's own visit within a day; a stale `version` answers 409 with what changed since."""
    found = one(request, id)
    facts = payload.model_dump(exclude_unset=True, exclude={"participants"})
    if "participants" in payload.model_fields_set:
        facts["participants"] = _people(found.team, payload.participants)
    domain.amend(request.user, found, **facts)
    return one(request, id)


@router.post("/visits/{id}/note", response={201: NoteOut}, summary="Note under a visit")
def note(request: HttpRequest, id: Key, payload: NoteIn) -> Status:
    """Put a note under a visit: the way to correct it when its day is over."""
    return Status(201, domain.add_note(request.user, one(request, id), payload.note))


@router.post("/visits/{id}/photos", response={201: VisitOut}, summary="Add a photo")
def add_photo(request: HttpRequest, id: Key, file: File[UploadedFile]) -> Status:
    """Add a photo to one's own visit within a day; it loses its metadata, the same picture twice counts once."""
    domain.add_photo(request.user, one(request, id), file.name or "", file.read())
    return Status(201, one(request, id))
