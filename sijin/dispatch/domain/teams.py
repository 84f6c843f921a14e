"""One team's page: members, the skills its sites want and it has, sites with distances, what its work brought."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Count, Q

from sijin.dispatch.domain.board import fetched
from sijin.dispatch.domain.rules import Charge, Finding, Member, of_team, profile_of, rules_of
from sijin.dispatch.domain.skills import skill_names
from sijin.dispatch.domain.wording import reason
from sijin.dispatch.models import Membership, Posting, Team
from sijin.people.models import Account
from sijin.people.policy import may, visible
from sijin.places.models import Door

ENDED = ("closed", "unsolvable")  # states of a need that is finished


@dataclass
class TeamPage:
    """What the page shows."""

    team: Team
    members: list[tuple[Membership, str]]  # with the reason in words
    postings: list[tuple[Posting, str]]
    findings: list[Finding]
    skills: list[dict[str, Any]]  # name, how many members have it, how many sites want it
    load: float
    limit: float
    counts: dict[str, int]
    points: dict[str, Any]


def page_of(by: Account, team: Team) -> TeamPage:
    """Return a team's page for a reader who may see the team (nine queries)."""
    rows = visible(by, Team).select_related("campaign", "county", "unit")
    found = rows.prefetch_related(*fetched(by, "official__skills")).get(pk=team.pk)
    members, postings = list(found.memberships.all()), list(found.postings.all())
    charges = [Charge(posting.site.workload, tuple(posting.site.skills)) for posting in postings]
    rules = rules_of(team.campaign)
    return TeamPage(
        found,
        [(member, reason(member.why, member.reason)) for member in members],
        [(posting, reason(posting.why, posting.reason)) for posting in postings],
        list(of_team(found, [Member.of(member) for member in members], charges, profile_of(team.campaign), rules)),
        _skills(members, postings),
        round(sum(charge.workload for charge in charges), 1),
        rules.days_per_week,
        _counts(by, found),
        {
            "base": [found.lon, found.lat] if found.lat is not None else None,
            "sites": [
                [posting.site.lon, posting.site.lat, posting.site.name, posting.site.door, posting.kilometres]
                for posting in postings
            ],
            "hues": list(Door.values),
        },
    )


def _skills(members: list[Membership], postings: list[Posting]) -> list[dict[str, Any]]:
    names, rows = skill_names(), {}
    for member in members:
        for skill in member.official.skills.all():
            rows.setdefault(skill.code, {"name": skill.name, "have": 0, "want": 0})["have"] += 1
    for posting in postings:
        for code in posting.site.skills:
            rows.setdefault(code, {"name": names.get(code, code), "have": 0, "want": 0})["want"] += 1
    return sorted(rows.values(), key=lambda row: (-row["want"], -row["have"], row["name"]))


def _counts(by: Account, team: Team) -> dict[str, int]:
    """Count needs and visits as far as `by` sees them. Their rooms stand above this one: they are asked for by name."""
    found: dict[str, int] = {}
    need, visit = apps.get_model("ledger.Need"), apps.get_model("visits.Visit")
    if may(by, "view", need):
        counted = Count("pk", filter=~Q(state__in=ENDED))
        found |= visible(by, need).filter(team=team).order_by().aggregate(needs=Count("pk"), open=counted)
    if may(by, "view", visit):
        found["visits"] = visible(by, visit).filter(team=team).count()
    return found
