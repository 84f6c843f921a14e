"""Offers and matches over HTTP."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Schema, Status
from ninja.pagination import paginate

from sijin.exchange import domain
from sijin.exchange.api.routes import router
from sijin.exchange.models import Match, Offer
from sijin.ledger.models import Need, NeedItem
from sijin.people.policy import require, visible
from sijin.people.wire import Key, Quantity, Version, Words

MatchState = Literal[*Match.State.values]


Step = Literal[*domain.STEPS, "confirm"]


class OfferOut(Schema):
    """What can meet a need."""

    id: int
    code: str
    provider: str
    kind: str
    item: str
    unit: str
    quantity: Decimal
    promised: Decimal = Field(description="How much of it is promised; never more than the quantity")
    free: Decimal = Field(description="How much is still free")
    since: date | None
    until: date | None
    conditions: str
    version: int

    @staticmethod
    def resolve_free(offer: Offer) -> Decimal:
        """Return what is not promised."""
        return offer.quantity - offer.promised


class MatchOut(Schema):
    """A need's item and an offer, with a quantity."""

    id: int
    need: int = Field(description="Key of the need")
    item: int = Field(description="Key of the need's item")
    offer: int = Field(description="Key of the offer")
    quantity: Decimal
    state: MatchState
    made_at: datetime
    version: int

    @staticmethod
    def resolve_need(match: Match) -> int:
        """Give the need's key."""
        return match.item.need_id

    @staticmethod
    def resolve_item(match: Match) -> int:
        """Give the item's key."""
        return match.item_id

    @staticmethod
    def resolve_offer(match: Match) -> int:
        """Give the offer's key."""
        return match.offer_id


class MatchIn(Schema):
    """A promise to make."""

    item: Key = Field(description="An item of a need that the account sees")
    offer: Key
    quantity: Quantity


class StepIn(Schema):
    """The version of the match that was read."""

    version: Version


def _matches(request: HttpRequest) -> QuerySet[Match]:
    return visible(request.user, Match).select_related("item")


@router.get("/offers", response=list[OfferOut], summary="List offers")
@paginate
def offers(
    request: HttpRequest,
    kind: Annotated[str, Query(max_length=20)] = "",
    free: Annotated[bool, Query(description="Leave out what is wholly promised")] = False,
    q: Words = "",
    order: Literal["code", "until", "-quantity"] = "code",
) -> QuerySet[Offer]:
    """List the offers that the account sees."""
    require(request.user, "view", Offer)
    rows = visible(request.user, Offer).filter(item__icontains=q, withdrawn_at=None)
    if kind:
        rows = rows.filter(kind=kind)
    if free:
        rows = rows.filter(promised__lt=F("quantity"))
    return rows.order_by(order, "pk")


@router.get("/offers/{id}", response=OfferOut, summary="One offer")
def offer(request: HttpRequest, id: Key) -> Offer:
    """Return one offer."""
    return get_object_or_404(visible(request.user, Offer), pk=id)


@router.get("/matches", response=list[MatchOut], summary="List matches")
@paginate
def matches(
    request: HttpRequest, offer: Key | None = None, need: Key | None = None, state: MatchState | None = None
) -> QuerySet[Match]:
    """List the matches that the account sees, the latest first."""
    require(request.user, "view", Match)
    given = {"offer": offer, "item__need": need, "state": state}
    return _matches(request).filter(**{name: value for name, value in given.items() if value is not None})


@router.get("/matches/{id}", response=MatchOut, summary="One match")
def match(request: HttpRequest, id: Key) -> Match:
    """Return one match."""
    return get_object_or_404(_matches(request), pk=id)


@router.post("/matches", response={201: MatchOut}, summary="Reserve")
def reserve(request: HttpRequest, payload: MatchIn) -> Status:
    """Promise a quantity of an offer to an item; 422 when that much is no longer free."""
    items = NeedItem.objects.filter(need__in=visible(request.user, Need)).select_related("need")
    item = get_object_or_404(items, pk=payload.item)
    offer = get_object_or_404(visible(request.user, Offer).select_related("campaign"), pk=payload.offer)
    return Status(201, domain.reserve(request.user, item, offer, payload.quantity))


@router.post("/matches/{id}/{step}", response=MatchOut, summary="Take a match one step on")
def step(request: HttpRequest, id: Key, step: Step, payload: StepIn) -> Match:
    """Agree, deliver, confirm the receipt, or release what was reserved. A stale `version` answers 409."""
    found = get_object_or_404(_matches(request), pk=id)
    if step == "confirm":
        return domain.confirm(request.user, found, version=payload.version)
    return domain.step(request.user, found, step, version=payload.version)
