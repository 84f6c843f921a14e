"""What a team sheet says: leader and members, sites, the week's round; for one team or for all that a reader sees."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from sijin.dispatch.domain.board import SKILLS, fetched
from sijin.dispatch.domain.skills import skill_names
from sijin.dispatch.domain.teams import OfMember, of_members
from sijin.dispatch.domain.ties import bonds_of
from sijin.dispatch.domain.weeks import TeamWeek, weeks_of
from sijin.dispatch.domain.wording import reason
from sijin.dispatch.models import Campaign, Posting, Team
from sijin.people.models import Account
from sijin.people.policy import require, visible
from sijin.places.models import Region

PART = 40  # teams read at once


@dataclass(frozen=True)
class TeamSheet:
    """One team's sheet; members and sites come with their reasons in words."""

    team: Team
    members: list[OfMember]
    postings: list[tuple[Posting, str]]
    week: TeamWeek

    @property
    def generated(self) -> bool:
        """Whether a member or a site is made up."""
        people = any(member.seat.official.generated for member in self.members)
        return people or any(posting.site.generated for posting, _why in self.postings)

    @staticmethod
    def skills(codes: list[str]) -> list[str]:
        """Return the names of skills."""
        names = skill_names()
        return [names.get(code, code) for code in codes]


def teams_of(by: Account, campaign: Campaign, county: str = "") -> QuerySet[Team]:
    """Return the campaign's teams that `by` sees, of a county (its key, or "none") or all, by number."""
    require(by, "view", Team)
    rows = visible(by, Team).filter(campaign=campaign)
    if county == "none":
        rows = rows.filter(county=None)
    elif county:
        rows = rows.filter(county=int(county)) if county.isdecimal() and len(county) < 10 else rows.none()
    return rows.order_by("number")


@dataclass(frozen=True)
class CountyTeams:
    """How many teams of a county the reader sees; a team without a county stands under none."""

    county: Region | None
    teams: int


def by_county(by: Account, campaign: Campaign) -> list[CountyTeams]:
    """Return the counties of the teams that `by` sees, with their number (two queries)."""
    counts = dict(teams_of(by, campaign).order_by().values_list("county").annotate(n=Count("pk")))
    found = [CountyTeams(county, counts[county.pk]) for county in Region.objects.filter(pk__in=counts).order_by("code")]
    return [*found, *([CountyTeams(None, counts[None])] if None in counts else [])]


def sheets_of(
    by: Account, teams: QuerySet[Team], monday: date, tell: Callable[[int], None] = lambda done: None
) -> Iterator[TeamSheet]:
    """Yield the sheets of teams of one campaign, as far as `by` sees them (nine queries for 40 teams, and one)."""
    keys = list(teams.values_list("pk", flat=True))
    rows = visible(by, Team).select_related("campaign", "county", "unit").order_by("number")
    rows = rows.prefetch_related(*fetched(by, *SKILLS), "postings__site__county")
    bonds = None
    for first in range(0, len(keys), PART):
        part = list(rows.filter(pk__in=keys[first : first + PART]))
        bonds = bonds or bonds_of(part[0].campaign)
        for n, (team, week) in enumerate(zip(part, weeks_of(by, part, monday), strict=True)):
            tell(first + n)
            yield TeamSheet(
                team,
                of_members(by, list(team.memberships.all()), bonds, team.campaign.sent_on()),
                [(posting, reason(posting.why, posting.reason)) for posting in team.postings.all()],
                week,
            )
