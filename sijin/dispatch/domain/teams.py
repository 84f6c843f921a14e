"""One team's page: members, the skills its sites want and it has, sites with distances, what its work brought."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Count, Q

from sijin.dispatch.domain.board import SKILLS, fetched
from sijin.dispatch.domain.findings import Charge, Finding, Member, of_team, told
from sijin.dispatch.domain.rules import profile_of, rules_of
from sijin.dispatch.domain.skills import levelled, skill_names
from sijin.dispatch.domain.ties import Bonds, bonds_of
from sijin.dispatch.domain.wording import away_words, facts_of, reason
from sijin.dispatch.models import Membership, Posting, Team, Tie
from sijin.people.models import Account, Official
from sijin.people.policy import may, visible
from sijin.places.models import Door

ENDED = ("closed", "unsolvable")  # states of a need that is finished


@dataclass(frozen=True)
class OfMember:
    """A member with what is said of them: the reason, the skills, and what is for those alone who see officials."""

    seat: Membership
    why: str
    skills: list[str]
    facts: list[str]


@dataclass
class TeamPage:
    """What the page shows."""

    team: Team
    members: list[OfMember]
    postings: list[tuple[Posting, str]]
    findings: list[Finding]
    skills: list[dict[str, Any]]  # name, how many members have it, how many sites want it
    load: float
    limit: float
    counts: dict[str, int]
    points: dict[str, Any]


def page_of(by: Account, team: Team) -> TeamPage:
    """Return a team's page for a reader who may see the team (ten queries)."""
    rows = visible(by, Team).select_related("campaign", "county", "unit")
    found = rows.prefetch_related(*fetched(by, *SKILLS)).get(pk=team.pk)
    members, postings = list(found.memberships.all()), list(found.postings.all())
    charges = [Charge(posting.site.workload, tuple(posting.site.skills)) for posting in postings]
    rules, bonds, day = rules_of(team.campaign), bonds_of(team.campaign), team.campaign.sent_on()
    present = [Member.of(member, day) for member in members]
    findings = list(of_team(found, present, charges, profile_of(team.campaign), rules, bonds))
    return TeamPage(
        found,
        of_members(by, members, bonds, day),
        [(posting, reason(posting.why, posting.reason)) for posting in postings],
        told(by, findings),
        _skills(found, members, postings),
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


def of_members(by: Account, members: list[Membership], bonds: Bonds, day: date) -> list[OfMember]:
    """Return what the reader may know of each member; asks nothing of the database."""
    people, ties = may(by, "view", Official), may(by, "view", Tie)
    found = []
    for seat in members:
        person = seat.official
        facts = facts_of(person, day) if people else away_words(person, day)
        facts += [f"{bond.words}（{bond.reason}）" for bond in bonds.of(person)] if ties else []
        levels = person.levels
        skills = levelled(levels) if people else [skill_names().get(code, code) for code in levels]
        found.append(OfMember(seat, reason(seat.why, seat.reason), skills, facts))
    return found


def _skills(team: Team, members: list[Membership], postings: list[Posting]) -> list[dict[str, Any]]:
    names, rows = skill_names(), {}
    for member in members:
        for held in member.official.masteries.all():
            code = held.skill.code
            rows.setdefault(code, {"name": names.get(code, held.skill.name), "have": 0, "want": 0})["have"] += 1
    for posting in [*postings, None]:
        for code in posting.site.skills if posting else team.skills:
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
