"""Complements over HTTP: what solves a need, why or why not, and what a clerk says of it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Query, Schema
from ninja.pagination import paginate

from sijin.dispatch.models import Campaign
from sijin.exchange.api.matches import StepIn
from sijin.exchange.api.routes import router
from sijin.exchange.domain import complements, suggestions
from sijin.exchange.models import Complement, Offer
from sijin.ledger.models import Need
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken
from sijin.people.wire import Key


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
