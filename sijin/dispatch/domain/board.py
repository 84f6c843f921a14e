"""Reads of the dispatch: the board with its teams, who and what is in no team, plans, points of the map."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Prefetch, Q, QuerySet, Window, prefetch_related_objects

from sijin.dispatch.domain.findings import Charge, Checks, Finding, Member, checks, of_team, told
from sijin.dispatch.domain.reach import people_of, sites_of
from sijin.dispatch.domain.rules import profile_of, rules_of
from sijin.dispatch.domain.skills import skill_names
from sijin.dispatch.domain.ties import bonds_of
from sijin.dispatch.domain.wording import away_words
from sijin.dispatch.models import Campaign, DispatchPlan, Membership, Posting, Team
from sijin.people.models import HELD, Account, Official
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
    skills: list[tuple[str, str]]  # that members have, with their names
    units: list[str]  # that members are from
    filters: dict[str, str] = field(default_factory=dict)


SKILLS = (Prefetch("official__masteries", HELD.queryset),)  # of members, to be prefetched


def fetched(by: Account, *further: str | Prefetch) -> tuple[Prefetch, Prefetch]:
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
    skill: str = "",
    unit: str = "",
    q: str = "",
    warned: str = "",
    page: str = "1",
) -> Board:
    """Return one page of the board.

    `skill` and `unit` keep the teams with a member who has this skill, who is from this unit (its name); `warned` those
    that bend a rule: any ("1"), the one of this code, or those with something locked ("locked").
    """
    everyone = list(visible(by, Team).filter(campaign=campaign).select_related("county").order_by("-level", "number"))
    found = checks(campaign, everyone)
    found.findings = told(by, found.findings)
    by_team, members = found.by_team, found.members
    locked = warned == "locked"
    named = set(_named(by, campaign, q, locked).values_list("pk", flat=True)) if q.split() or locked else None
    kept = [
        team
        for team in everyone
        if (not level or team.level == level)
        and (not county or str(team.county_id or "") == county)
        and (not skill or any(skill in member.skills for member in members.get(team.pk, [])))
        and (not unit or any(unit == member.unit for member in members.get(team.pk, [])))
        and (locked or _bends(by_team.get(team.pk, []), warned))
        and (named is None or team.pk in named)
    ]
    turned = Paginator(kept, PAGE).get_page(page)
    rows = _rows(by, list(turned), by_team, campaign.sent_on())
    counties = sorted({team.county for team in everyone if team.county}, key=lambda region: region.code)
    there = [member for team in everyone for member in members.get(team.pk, [])]
    names = known_names({code for member in there for code in member.skills})
    units = sorted({member.unit for member in there})
    filters = {"county": county, "level": level, "skill": skill, "unit": unit, "q": q, "warned": warned}
    return Board(turned, rows, found, counties, names, units, filters)


def rows(by: Account, campaign: Campaign, keys: Iterable[int]) -> list[Row]:
    """Return these teams as the board shows them (six queries)."""
    teams = list(visible(by, Team).filter(campaign=campaign, pk__in=keys))
    prefetch_related_objects(teams, *fetched(by, *SKILLS))
    profile, rules, bonds, day = profile_of(campaign), rules_of(campaign), bonds_of(campaign), campaign.sent_on()
    found = {}
    for team in teams:
        charges = [Charge(posting.site.workload, tuple(posting.site.skills)) for posting in team.postings.all()]
        members = [Member.of(member, day) for member in team.memberships.all()]
        found[team.pk] = told(by, list(of_team(team, members, charges, profile, rules, bonds)))
    return [_row(team, found[team.pk], day) for team in teams]


def _rows(by: Account, teams: list[Team], findings: dict[int, list[Finding]], day: date) -> list[Row]:
    prefetch_related_objects(teams, *fetched(by))
    return [_row(team, findings.get(team.pk, []), day) for team in teams]


def _row(team: Team, findings: list[Finding], day: date) -> Row:
    members = list(team.memberships.all())
    for member in members:
        member.away = away_words(member.official, day)
    return Row(team, members, list(team.postings.all()), findings)


def known_names(codes: set[str]) -> list[tuple[str, str]]:
    """Return (code, name) of skills in the order of their names; one that is not shipped is its own name."""
    names = skill_names()
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1])


def _bends(findings: list[Finding], warned: str) -> bool:
    codes = {finding.code for finding in findings if not finding.note}
    return not warned or (bool(codes) if warned == "1" else warned in codes)


def _named(by: Account, campaign: Campaign, q: str, locked: bool) -> QuerySet[Team]:
    """Return the teams that hold every word of `q` in their own name, a member's, a unit's or a site's."""
    rows = visible(by, Team).filter(campaign=campaign)
    if locked:
        people = Membership.objects.filter(locked=True).values("team")
        posts = Posting.objects.filter(until=None, locked=True).values("team")
        rows = rows.filter(Q(pk__in=people) | Q(pk__in=posts))
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


def counted(rows: QuerySet, day: date | None = None) -> tuple[list[Any], int]:
    """Return the first of `rows` that the left column shows, and how many there are (one query).

    People are told with when they are away, where that is so on `day`.
    """
    shown = list(rows.annotate(of_all=Window(Count("pk")))[:LOOSE])
    for row in shown:
        if day and isinstance(row, Official):
            row.away = away_words(row, day)
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
    counts = Counter(code for member in row.members for code in member.official.levels)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
