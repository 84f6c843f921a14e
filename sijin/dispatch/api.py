"""Campaigns, teams and postings over HTTP."""

from datetime import date, datetime, time
from typing import Annotated, Literal

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema
from ninja.pagination import paginate
from pydantic import BeforeValidator

from sijin.dispatch.domain import weeks
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


Clock = Annotated[  # JSON Schema's own "time" carries a zone
    str,
    BeforeValidator(lambda at: f"{at:%H:%M}" if isinstance(at, time) else at),
    Field(pattern=r"^\d\d:\d\d$", examples=["08:55"], description="Asia/Shanghai"),
]


class StopOut(Schema):
    """One visit of a day, with the way to it from the place before."""

    site: Named
    door: Door
    start: Clock
    leave: Clock | None = Field(description="Unknown of a visit that was made")
    kilometres: float
    minutes: float = Field(description="On the way to it")
    visited: bool
    promised: bool = Field(description="Planned for this day by the team")
    reason: str

    @staticmethod
    def resolve_door(stop: weeks.Stop) -> str:
        """Name the door of the site."""
        return stop.site.door

    @staticmethod
    def resolve_kilometres(stop: weeks.Stop) -> float:
        """Round to a hundred metres."""
        return round(stop.km, 1)

    @staticmethod
    def resolve_minutes(stop: weeks.Stop) -> float:
        """Give the minutes of the way."""
        return round(stop.travel, 1)

    @staticmethod
    def resolve_promised(stop: weeks.Stop) -> bool:
        """Say whether the day was promised."""
        return stop.why.code == "fixed"

    @staticmethod
    def resolve_reason(stop: weeks.Stop) -> str:
        """Word the reason in the reader's language."""
        return stop.words


class DayOut(Schema):
    """A day's round, out from the base and back."""

    date: date
    worked: bool
    out: Clock | None
    lunch: Clock | None
    back: Clock | None
    kilometres: float = Field(validation_alias="km")
    stops: list[StopOut]


class LeftOut(Schema):
    """Visits that do not fit."""

    site: Named
    count: int
    day: date | None = Field(description="When they were promised for a day")
    reason: str = Field(validation_alias="words")


class WeekOut(Schema):
    """A team's week: rounds of at least kilometres, with a proven bound."""

    team: Named
    monday: date
    base: tuple[float, float] | None = Field(description="Latitude and longitude")
    base_known: bool = Field(description="Else it is the middle of the sites")
    kilometres: float = Field(validation_alias="km")
    gap: float | None = Field(description="Proven: 0.01 is at most 1 % from the best")
    days: list[DayOut]
    left: list[LeftOut]

    @staticmethod
    def resolve_gap(week: weeks.TeamWeek) -> float | None:
        """Give the gap of the plan, none when there was nothing to plan."""
        return round(week.solved.gap, 4) if week.solved else None


Monday = Annotated[date | None, Query(alias="from", description="Any day of the week; the present week without it")]


@router.get("/teams/{id}/week", response=WeekOut, summary="A team's week")
def team_week(request: HttpRequest, id: Key, monday: Monday = None) -> weeks.TeamWeek:
    """Return which sites a team visits on which day of the week of `from` (else the present one), in which order."""
    found = get_object_or_404(visible(request.user, Team).select_related("campaign"), pk=id)
    asked = monday.isoformat() if monday else ""
    return weeks.week_of(request.user, found, weeks.monday_of(found.campaign, asked))


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
