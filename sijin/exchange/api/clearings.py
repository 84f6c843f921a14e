"""Clearings over HTTP: start, read, publish, withdraw; what is short."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Schema, Status
from ninja.pagination import paginate

from sijin.dispatch.models import Campaign
from sijin.exchange.api.routes import router
from sijin.exchange.domain.clearings import posing, publishing, reads
from sijin.exchange.jobs import CLEARING, clear_market
from sijin.exchange.models import Clearing, ClearingPrice, ProposedMatch
from sijin.people import jobs
from sijin.people.api import JobOut
from sijin.people.policy import require, visible
from sijin.people.wire import Key, Version


class ClearingOut(Schema):
    """All open needs and offers of the divisible kinds matched at once; costs are points."""

    id: int
    state: Literal[*Clearing.State.values]
    made_at: datetime
    night: date | None = Field(description="The day whose night drafted it by itself; null: a person asked for it")
    published_at: datetime | None
    kinds: list[str]
    floor: float = Field(description="Least share of each county's quantity of a kind, 0 to 1")
    change: float = Field(description="Points that moving one unit away from what is reserved costs")
    cost: float
    bound: float = Field(description="No answer costs less: proven")
    gap: float = Field(description="0.01 is 1 %")
    seconds: float
    complete: bool = Field(description="False when the time ended before all was decided")
    version: int
    figures: dict[str, Any] = Field(description="Counts, sums by kind and by county, first come first served")


class ProposalOut(Schema):
    """One pair of a clearing."""

    id: int
    item: int = Field(alias="item_id", description="Key of the need's item")
    offer: int = Field(alias="offer_id")
    quantity: Decimal = Field(description="In the item's unit; 0 where a reservation is given back")
    unit: str
    taken: Decimal = Field(description="In the offer's unit")
    cost: float = Field(description="Points a unit")
    change: Literal[*ProposedMatch.Change.values]
    match: int | None = Field(alias="match_id", description="Key of the match once it is published")
    done: bool = Field(description="Whether it is published")


class ScarceOut(Schema):
    """One kind of thing at one place that is short."""

    name: str
    kind: str
    place: str | None
    unit: str
    price: float = Field(description="Points that one more unit would save; of a need: that going without costs")
    side: Literal[*ClearingPrice.Side.values]
    waiting: int = Field(description="Needs that go short of it")
    words: str


class TermsIn(Schema):
    """The terms of a clearing; what is left out takes its first value."""

    kinds: list[Annotated[str, Field(max_length=20)]] = Field([], max_length=20, description="Empty: all divisible")
    floor: float | None = Field(None, ge=0, le=1)
    change: float | None = Field(None, ge=0, le=1000)
    time_limit: float | None = Field(None, ge=2, le=300, description="Seconds")


class PublishIn(Schema):
    """Which rows are published, and the version of the clearing that was read."""

    version: Version
    rows: list[Key] | None = Field(None, max_length=10_000, description="Keys of proposals; none given: all")


def _clearings(request: HttpRequest) -> QuerySet[Clearing]:
    return visible(request.user, Clearing).select_related("campaign")


@router.get("/clearings", response=list[ClearingOut], summary="List clearings")
@paginate
def list_clearings(request: HttpRequest, state: Literal[*Clearing.State.values] | None = None) -> QuerySet[Clearing]:
    """List the clearings, the latest first."""
    require(request.user, "view", Clearing)
    rows = _clearings(request)
    return rows.filter(state=state) if state else rows


@router.post("/clearings", response={202: JobOut}, summary="Clear the market")
def clear(request: HttpRequest, payload: TermsIn) -> Status:
    """Start a clearing as a long job; its result leads to the draft. Nothing is reserved before it is published."""
    require(request.user, "make", Clearing)
    campaign = get_object_or_404(visible(request.user, Campaign)[:1])
    posing.divisible(payload.kinds)
    job = jobs.start(request.user, CLEARING, clear_market, campaign=campaign.pk, terms=payload.dict())
    job.refresh_from_db()
    return Status(202, job)


@router.get("/clearings/{id}", response=ClearingOut, summary="One clearing")
def one_clearing(request: HttpRequest, id: Key) -> Clearing:
    """Return one clearing."""
    return get_object_or_404(_clearings(request), pk=id)


@router.get("/clearings/{id}/proposals", response=list[ProposalOut], summary="What a clearing proposes")
@paginate
def proposals(request: HttpRequest, id: Key, open: bool = False) -> QuerySet[ProposedMatch]:
    """List the pairs of a clearing; with `open` those that are not published yet."""
    return reads.proposals(get_object_or_404(_clearings(request), pk=id), change="open" if open else "")


@router.get("/clearings/{id}/scarce", response=list[ScarceOut], summary="What is short")
def scarce(request: HttpRequest, id: Key, limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> list[dict[str, Any]]:
    """Return the scarcest things by shadow price, the dearest first."""
    found = get_object_or_404(_clearings(request), pk=id)
    return [
        {
            **{name: getattr(one.price, name) for name in ("name", "kind", "unit", "price", "side")},
            "place": str(one.price.place) if one.price.place else None,
            "waiting": one.waiting,
            "words": one.words,
        }
        for one in reads.scarcest(found, limit=limit)
    ]


@router.post("/clearings/{id}/publish", response=ClearingOut, summary="Publish")
def publish(request: HttpRequest, id: Key, payload: PublishIn) -> Clearing:
    """Reserve what a clearing proposes; 409 names the rows whose need, offer or reservation changed since."""
    found = get_object_or_404(_clearings(request), pk=id)
    return publishing.publish(request.user, found, rows=payload.rows, version=payload.version)


@router.post("/clearings/{id}/withdraw", response=ClearingOut, summary="Withdraw")
def withdraw(request: HttpRequest, id: Key) -> Clearing:
    """Put a draft away, or give back what a published clearing reserved and nobody has agreed to."""
    return publishing.withdraw(request.user, get_object_or_404(_clearings(request), pk=id))
