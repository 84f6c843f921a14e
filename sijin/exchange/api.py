"""Offers and matches over HTTP."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status
from ninja.pagination import paginate

from sijin.dispatch.models import Campaign
from sijin.exchange import domain
from sijin.exchange.domain import complements, suggestions
from sijin.exchange.domain.clearings import posing, publishing, reads
from sijin.exchange.jobs import CLEARING, clear_market
from sijin.exchange.models import Clearing, ClearingPrice, Complement, Match, Offer, ProposedMatch
from sijin.ledger.models import Need, NeedItem
from sijin.people import jobs
from sijin.people.api import JobOut
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken
from sijin.people.wire import Key, Quantity, Version, Words

router = Router(tags=["exchange"])
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


class SuggestionOut(Schema):
    """An offer for a need, or a need for an offer, with the reasons in words."""

    need: int = Field(description="Key of the need")
    item: int | None = Field(description="Key of the need's item; none where it states no item")
    offer: int = Field(description="Key of the offer")
    score: float = Field(description="0 to 1; comparable for one need")
    quantity: Decimal = Field(description="How much could be reserved")
    unit: str
    kilometres: float | None
    reasons: list[str]
    missing: list[str]
    new: bool = Field(description="Whether the last search found it first")
    verdict: str = Field(description="accepted, or empty")

    @staticmethod
    def of(one: suggestions.Suggestion) -> dict[str, Any]:
        """Return what is said of a suggestion."""
        return {
            "need": one.need.pk,
            "item": one.item.pk if one.item else None,
            "offer": one.offer.pk,
            "score": one.fit.score,
            "quantity": one.fit.quantity,
            "unit": one.unit,
            "kilometres": one.fit.kilometres,
            "reasons": one.reasons,
            "missing": one.missing,
            "new": one.new,
            "verdict": one.said.verdict if one.said else "",
        }


class MutualOut(Schema):
    """Another need that solves a need."""

    need: int
    other: int = Field(description="Key of the other need")
    lacks: str = Field(description="Kind that the need lacks")
    other_lacks: str = Field(description="Kind that the other need lacks")
    score: float
    kilometres: float | None
    reasons: list[str]


class ConditionOut(Schema):
    """One condition on a pair."""

    holds: bool
    words: str


class AnswerOut(Schema):
    """Why an offer stands among the suggestions for a need, or why it does not."""

    stands: bool
    sentence: str
    conditions: list[ConditionOut]


class ComplementOut(Schema):
    """What was found or said of a pair."""

    id: int
    need: int = Field(alias="need_id")
    offer: int | None = Field(alias="offer_id")
    other: int | None = Field(alias="other_id")
    score: float
    found_at: datetime | None
    verdict: str
    reason: str
    note: str
    version: int


class JudgeIn(Schema):
    """A clerk's word on a pair: an offer or another need, accepted or turned down."""

    offer: Key | None = None
    other: Key | None = None
    verdict: Literal["accept", "refuse"]
    reason: str = Field("", max_length=12, description="A code of the kinds' refusals; needed to turn down")
    note: str = Field("", max_length=200)


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


class ClearingOut(Schema):
    """All open needs and offers of the divisible kinds matched at once; costs are points."""

    id: int
    state: Literal[*Clearing.State.values]
    made_at: datetime
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
        for one in reads.scarcest(found, limit)
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


def _need(request: HttpRequest, key: int) -> Need:
    return get_object_or_404(visible(request.user, Need).select_related("campaign", "site"), pk=key)


def _offer(request: HttpRequest, key: int) -> Offer:
    return get_object_or_404(visible(request.user, Offer).select_related("campaign", "site", "region"), pk=key)


Limit = Annotated[int, Query(ge=1, le=50)]


@router.get("/complements", response=list[ComplementOut], summary="New complements")
@paginate
def new_complements(request: HttpRequest) -> QuerySet[Complement]:
    """List what the search found on the campaign's day and nobody judged yet, the best first."""
    require(request.user, "view", Complement)
    campaign = visible(request.user, Campaign).first()
    return complements.new_ones(request.user, campaign) if campaign else Complement.objects.none()


@router.get("/complements/needs/{id}/offers", response=list[SuggestionOut], summary="Offers that meet a need")
def offers_for(request: HttpRequest, id: Key, limit: Limit = 6) -> list[dict[str, Any]]:
    """Return the best offers for what the need still lacks, with reasons."""
    require(request.user, "view", Offer)
    return [SuggestionOut.of(one) for one in suggestions.offers_for(request.user, _need(request, id), limit)]


@router.get("/complements/needs/{id}/needs", response=list[MutualOut], summary="Needs that solve a need")
def needs_solving(request: HttpRequest, id: Key, limit: Limit = 6) -> list[dict[str, Any]]:
    """Return other open needs that have what this one lacks and lack what it has."""
    found = suggestions.needs_solving(request.user, _need(request, id), limit)
    return [
        {
            "need": one.need.pk,
            "other": one.other.pk,
            "lacks": one.kinds[0],
            "other_lacks": one.kinds[1],
            "score": one.score,
            "kilometres": one.kilometres,
            "reasons": one.reasons,
        }
        for one in found
    ]


@router.get("/complements/offers/{id}/needs", response=list[SuggestionOut], summary="Needs that an offer meets")
def needs_for(request: HttpRequest, id: Key, limit: Limit = 6) -> list[dict[str, Any]]:
    """Return the needs that the offer fits best, of those that the account sees."""
    return [SuggestionOut.of(one) for one in suggestions.needs_for(request.user, _offer(request, id), limit)]


@router.get("/complements/needs/{id}/why/{offer}", response=AnswerOut, summary="Why, or why not")
def why_not(request: HttpRequest, id: Key, offer: Key) -> dict[str, Any]:
    """Say whether the offer is suggested for the need, and how each condition stands."""
    answer = suggestions.why_not(request.user, _need(request, id), _offer(request, offer))
    held = [{"holds": holds, "words": words} for holds, words in answer.conditions]
    return {"stands": answer.stands, "sentence": answer.sentence, "conditions": held}


@router.post("/complements/needs/{id}", response=ComplementOut, summary="Accept or turn down")
def judge(request: HttpRequest, id: Key, payload: JudgeIn) -> Complement:
    """Say of an offer, or of another need, that it solves the need or why it does not."""
    require(request.user, "judge", Complement)
    need = _need(request, id)
    if (payload.offer is None) == (payload.other is None):
        raise RuleBroken(_("Name an offer or another need."), field="offer")
    solution = _offer(request, payload.offer) if payload.offer is not None else _need(request, payload.other)
    if payload.verdict == "accept":
        return complements.accept(request.user, need, solution, payload.note)
    return complements.refuse(request.user, need, solution, payload.reason, payload.note)


@router.post("/complements/{id}/undo", response=ComplementOut, summary="Take back what was said")
def undo(request: HttpRequest, id: Key, payload: StepIn) -> Complement:
    """Take back what was said of a pair. A stale `version` answers 409."""
    found = get_object_or_404(visible(request.user, Complement), pk=id)
    return complements.undo(request.user, found, version=payload.version)
