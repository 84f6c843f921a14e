"""Posts and what the last run suggests over HTTP. Names and numbers of people stay on the pages."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Schema
from ninja.pagination import paginate

from sijin.dispatch.models import Campaign
from sijin.exchange.api.routes import router
from sijin.exchange.domain.employment import posing, reads, words
from sijin.exchange.models import JobPost, JobSuggestion, JobWish, Shift
from sijin.people.policy import require, visible
from sijin.people.wire import Key, Words


class JobPostOut(Schema):
    """So many openings of one occupation at one place of work."""

    id: int
    code: str
    firm: str
    title: str
    occupation: str = Field(description="Code of the 职业分类大典, four parts")
    number: int = Field(description="Openings in all")
    hired: int
    wage: Decimal = Field(description="Yuan a month")
    shift: Literal[*Shift.values]
    place: str
    version: int

    @staticmethod
    def resolve_place(post: JobPost) -> str:
        """Name the place."""
        return str(post.region)


class JobSuggestionOut(Schema):
    """What the last run says of one person."""

    id: int
    person: int = Field(alias="wish_id", description="Key of the person's row")
    code: str = Field(alias="wish.code", description="The person's code, not the name")
    post: int | None = Field(alias="post_id", description="Key of the post; none where there is no suggestion")
    kilometres: float | None = Field(description="To the post, or to the nearest that suits; a straight line")
    cost: float = Field(description="Points")
    tie: Literal["", "same", "near", "apart"] = Field(description="To the household: at the same place, near, apart")
    why: Literal[*JobSuggestion.Why.values] = Field(description="Why there is none: far, full or none")
    nearest: int | None = Field(alias="nearest_id", description="Key of the nearest post that suits")
    limit_km: int = Field(alias="run.limit_km")


class JobConditionOut(Schema):
    """One condition on a person and a post."""

    holds: bool
    words: str


class JobAnswerOut(Schema):
    """Why a person is suggested for a post, or why not."""

    stands: bool
    sentence: str
    conditions: list[JobConditionOut]


def _campaign(request: HttpRequest) -> Campaign:
    return get_object_or_404(visible(request.user, Campaign)[:1])


@router.get("/employment/posts", response=list[JobPostOut], summary="List posts")
@paginate
def job_posts(request: HttpRequest, q: Words = "") -> QuerySet[JobPost]:
    """List the open posts, by words of the firm, the title, the occupation's code or the place."""
    require(request.user, "view", JobPost)
    rows = reads.posts(request.user, _campaign(request)).filter(withdrawn_at=None)
    return reads.called(request.user, rows, "posts", q) if q else rows


@router.get("/employment/suggestions", response=list[JobSuggestionOut], summary="What the last run suggests")
@paginate
def job_suggestions(
    request: HttpRequest, without: Annotated[bool, Query(description="Those who go without a post")] = False
) -> QuerySet[JobSuggestion]:
    """List what the last run says of the people whom the account sees."""
    require(request.user, "view", JobSuggestion)
    rows = reads.suggestions(request.user, reads.latest(_campaign(request)))
    return rows.filter(post__isnull=without)


@router.get("/employment/people/{id}/why/{post}", response=JobAnswerOut, summary="Why, or why not")
def job_why(request: HttpRequest, id: Key, post: Key) -> dict[str, Any]:
    """Say whether a person is suggested for a post, and how each condition stands."""
    require(request.user, "view", JobWish)
    wish = get_object_or_404(posing.wishes_of(request.user), pk=id)
    found = get_object_or_404(posing.posts_of(request.user).filter(campaign=wish.campaign), pk=post)
    answer = words.why_not(request.user, wish, found, reads.latest(wish.campaign))
    held = [{"holds": holds, "words": told} for holds, told in answer.conditions]
    return {"stands": answer.stands, "sentence": answer.sentence, "conditions": held}
