"""Reads of the dispatch: the board with its teams, who and what is in no team, plans, points of the map."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Prefetch, Q, QuerySet, Window, prefetch_related_objects

from sijin.dispatch.domain.plans import people_of, sites_of
from sijin.dispatch.domain.rules import Checks, Finding, checks
from sijin.dispatch.models import Campaign, DispatchPlan, Membership, Posting, Team
from sijin.people.models import Account, Official
from sijin.people.policy import visible
from sijin.places.models import Door, Region, Site

PAGE = 20  # teams a page: with members and sites as chips it stays below 100 kB
LOOSE = 30  # people or sites without a team that the left column shows at once


@dataclass
class Row:
    """One team on the board: leader first, sites by door, what it bends."""

    team: Team
    members: list[Membership]
    postings: list[Posting]
    findings: list[Finding]

    @property
    def load(self) -> float:
        """Return the days per week that the sites ask for."""
        return round(sum(posting.site.workload for posting in self.postings), 1)

    @property
    def warnings(self) -> list[Finding]:
        """Return the findings that are more than notes."""
        return [finding for finding in self.findings if not finding.note]


@dataclass
class Board:
    """What the board shows: a page of teams, totals over all that the reader sees."""

    page: Page
    rows: list[Row]
    checks: Checks
    counties: list[Region]
    filters: dict[str, str] = field(default_factory=dict)


def fetched(by: Account, *further: str) -> tuple[Prefetch, Prefetch]:
    """Return what to prefetch for teams: members with their units, sites; `further` is prefetched for the members."""
    members = Membership.objects.select_related("official__unit").prefetch_related(*further)
    postings = visible(by, Posting).filter(until=None).select_related("site__town")
    return (
        Prefetch("memberships", members.order_by("-leads", "official__code")),
        Prefetch("postings", postings.order_by("site__door", "site__code")),
    )


def board(
    by: Account,
    campaign: Campaign,
    *,
    county: str = "",
    level: str = "",
    q: str = "",
    warned: str = "",
    page: str = "1",
) -> Board:
    """Return one page of the board. `warned` keeps the teams that bend a rule: any ("1") or the one of this code."""
    everyone = list(visible(by, Team).filter(campaign=campaign).select_related("county").order_by("-level", "number"))
    found = checks(campaign, everyone)
    by_team = found.by_team
    named = set(_named(by, campaign, q).values_list("pk", flat=True)) if q.split() else None
    kept = [
        team
        for team in everyone
        if (not level or team.level == level)
        and (not county or str(team.county_id or "") == county)
        and _bends(by_team.get(team.pk, []), warned)
        and (named is None or team.pk in named)
    ]
    turned = Paginator(kept, PAGE).get_page(page)
    shown = list(turned)
    prefetch_related_objects(shown, *fetched(by))
    rows = [
        Row(team, list(team.memberships.all()), list(team.postings.all()), by_team.get(team.pk, [])) for team in shown
    ]
    counties = sorted({team.county for team in everyone if team.county}, key=lambda region: region.code)
    filters = {"county": county, "level": level, "q": q, "warned": warned}
    return Board(turned, rows, found, counties, filters)


def _bends(findings: list[Finding], warned: str) -> bool:
    codes = {finding.code for finding in findings if not finding.note}
    return not warned or (bool(codes) if warned == "1" else warned in codes)


def _named(by: Account, campaign: Campaign, q: str) -> QuerySet[Team]:
    """Return the teams that hold every word of `q` in their own name, a member's, a unit's or a site's."""
    rows = visible(by, Team).filter(campaign=campaign)
    for word in q.split():
        people = Membership.objects.filter(Q(official__name__icontains=word) | Q(official__unit__name__icontains=word))
        posts = Posting.objects.filter(until=None, site__name__icontains=word)
        rows = rows.filter(
            Q(number__icontains=word)
            | Q(name__icontains=word)
            | Q(pk__in=people.values("team"))
            | Q(pk__in=posts.values("team"))
        )
    return rows


def loose_people(by: Account, campaign: Campaign, q: str = "") -> QuerySet[Official]:
    """Return the officials of the campaign who are in no team of it, as far as `by` sees them."""
    seated = Membership.objects.filter(team__campaign=campaign).values("official")
    rows = visible(by, Official).filter(pk__in=people_of(campaign).values("pk")).exclude(pk__in=seated)
    for word in q.split():
        rows = rows.filter(Q(name__icontains=word) | Q(unit__name__icontains=word) | Q(code__icontains=word))
    return rows.select_related("unit").order_by("code")


def loose_sites(by: Account, campaign: Campaign, q: str = "") -> QuerySet[Site]:
    """Return the sites of the campaign that no team is responsible for, as far as `by` sees them."""
    posted = Posting.objects.filter(team__campaign=campaign, until=None).values("site")
    rows = visible(by, Site).filter(pk__in=sites_of(campaign).values("pk")).exclude(pk__in=posted)
    for word in q.split():
        rows = rows.filter(Q(name__icontains=word) | Q(code__icontains=word) | Q(town__name__icontains=word))
    return rows.select_related("town", "county").order_by("code")


def counted(rows: QuerySet) -> tuple[list[Any], int]:
    """Return the first of `rows` that the left column shows, and how many there are (one query)."""
    shown = list(rows.annotate(of_all=Window(Count("pk")))[:LOOSE])
    return shown, shown[0].of_all if shown else 0


def plans(by: Account, campaign: Campaign) -> QuerySet[DispatchPlan]:
    """Return the campaign's plans that `by` sees, the latest first."""
    return visible(by, DispatchPlan).filter(campaign=campaign).select_related("made_by", "approved_by")


def points(by: Account, campaign: Campaign) -> dict[str, list[Any]]:
    """Return bases and sites for the map: [lon, lat, name, key, team key, door] (two queries)."""
    teams = (
        visible(by, Team)
        .filter(campaign=campaign, lat__isnull=False)
        .values_list("lon", "lat", "number", "pk", "level")
    )
    posts = visible(by, Posting).filter(team__campaign=campaign, until=None)
    doors = list(Door.values)
    return {
        "bases": [
            [round(lon, 4), round(lat, 4), number, pk, level == "province"] for lon, lat, number, pk, level in teams
        ],
        "sites": [
            [round(lon, 4), round(lat, 4), name, pk, team, doors.index(door)]
            for lon, lat, name, pk, team, door in posts.values_list(
                "site__lon", "site__lat", "site__name", "site", "team", "site__door"
            )
        ],
    }


def skills_of(row: Row) -> list[tuple[str, int]]:
    """Return the skills of a team's members with the number who have each, most first."""
    counts = Counter(skill.code for member in row.members for skill in member.official.skills.all())
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
