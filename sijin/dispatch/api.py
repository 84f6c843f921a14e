"""Campaigns, teams and postings over HTTP."""

from datetime import date, datetime
from typing import Literal

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema
from ninja.pagination import paginate

from sijin.dispatch.domain.wording import reason
from sijin.dispatch.models import Campaign, Membership, Posting, Team
from sijin.people.policy import require, visible
from sijin.people.wire import Key, Named, Words
from sijin.places.models import Door

router = Router(tags=["dispatch"])
TeamLevel = Literal[*Team.Level.values]


class CampaignOut(Schema):
    """One run, with its present: a replayed campaign stands still at its cut-off."""

    id: int
    code: str = Field(examples=["weihai-2020"])
    name: str
    start: date
    end: date | None
    doors: list[Door]
    profile: str = Field(description="The rule profile of its deadlines")
    now: datetime = Field(description="The campaign's present")
    day: int = Field(description="The number of the day, the day of the start being 1", examples=[84])


class TeamOut(Schema):
    """A work group."""

    id: int
    number: str
    name: str
    level: TeamLevel
    size_wanted: int
    members: int = Field(description="How many it has")
    sites: int = Field(description="How many sites it is responsible for now")
    version: int


class MemberOut(Schema):
    """An official in a team, with the reason of the choice."""

    official: Named
    unit: str
    leads: bool
    reason: str

    @staticmethod
    def resolve_unit(membership: Membership) -> str:
        """Name the official's home unit."""
        return membership.official.unit.name

    @staticmethod
    def resolve_reason(membership: Membership) -> str:
        """Word the reason in the reader's language."""
        return reason(membership.why, membership.reason)


class PostingOut(Schema):
    """A team's responsibility for a site."""

    id: int
    team: Named
    site: Named
    door: Door
    since: date
    until: date | None
    kilometres: float
    reason: str
    by_hand: bool

    @staticmethod
    def resolve_door(posting: Posting) -> str:
        """Name the door of the site."""
        return posting.site.door

    @staticmethod
    def resolve_reason(posting: Posting) -> str:
        """Word the reason in the reader's language."""
        return reason(posting.why, posting.reason)


class TeamDetail(TeamOut):
    """A team with its members, the leader first, and its present postings."""

    memberships: list[MemberOut]
    postings: list[PostingOut]


def _counted(rows: QuerySet[Team]) -> QuerySet[Team]:
    return rows.annotate(
        members=Count("memberships", distinct=True),
        sites=Count("postings", filter=Q(postings__until=None), distinct=True),
    )


@router.get("/campaigns", response=list[CampaignOut], summary="List campaigns")
@paginate
def campaigns(request: HttpRequest) -> QuerySet[Campaign]:
    """List the campaigns, the latest first."""
    require(request.user, "view", Campaign)
    return visible(request.user, Campaign)


@router.get("/campaigns/{id}", response=CampaignOut, summary="One campaign")
def campaign(request: HttpRequest, id: Key) -> Campaign:
    """Return one campaign."""
    return get_object_or_404(visible(request.user, Campaign), pk=id)


@router.get("/teams", response=list[TeamOut], summary="List teams")
@paginate
def teams(
    request: HttpRequest,
    campaign: Key | None = None,
    level: TeamLevel | None = None,
    q: Words = "",
    order: Literal["number", "name", "-number", "-name"] = "number",
) -> QuerySet[Team]:
    """List the teams that the account sees."""
    require(request.user, "view", Team)
    rows = visible(request.user, Team).filter(Q(name__icontains=q) | Q(number__icontains=q))
    if campaign is not None:
        rows = rows.filter(campaign=campaign)
    if level:
        rows = rows.filter(level=level)
    return _counted(rows).order_by(order, "pk")


@router.get("/teams/{id}", response=TeamDetail, summary="One team")
def team(request: HttpRequest, id: Key) -> Team:
    """Return one team with its members and its present postings."""
    rows = visible(request.user, Team).prefetch_related(
        Prefetch(
            "memberships", Membership.objects.select_related("official__unit").order_by("-leads", "pk"), "memberships_"
        ),
        Prefetch(
            "postings", visible(request.user, Posting).filter(until=None).select_related("team", "site"), "postings_"
        ),
    )
    found = get_object_or_404(_counted(rows), pk=id)
    return {
        **{name: getattr(found, name) for name in TeamOut.model_fields},
        "memberships": found.memberships_,
        "postings": found.postings_,
    }


@router.get("/postings", response=list[PostingOut], summary="List postings")
@paginate
def postings(
    request: HttpRequest,
    team: Key | None = None,
    site: Key | None = None,
    current: bool | None = None,
    order: Literal["since", "-since", "team", "site"] = "team",
) -> QuerySet[Posting]:
    """List the postings that the account sees; `current` leaves out those that have ended."""
    require(request.user, "view", Posting)
    rows = visible(request.user, Posting).select_related("team", "site")
    given = {"team": team, "site": site, "until__isnull": current}
    return rows.filter(**{name: value for name, value in given.items() if value is not None}).order_by(order, "pk")
