"""The rules of a campaign's dispatch, read from data, and the findings where the teams depart from them.

A finding never refuses anything: it names the team, the rule and the figures, and stays until the teams change.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sijin.dispatch.domain.skills import skill_names
from sijin.dispatch.models import Campaign, Membership, Posting, Team
from sijin.engines.dispatch import Rules
from sijin.engines.dispatch.seats import CITY_STAFF

SOURCE = Path(__file__).parents[1] / "rules.yaml"
LEADING = {"size_wanted": ("size", "wanted"), "size_min": ("size", "least"), "size_max": ("size", "most")}


@dataclass(frozen=True)
class Finding:
    """One departure from a rule: its code, the team (None for the campaign), and the figures to say it with."""

    code: str
    team: Team | None
    values: dict[str, Any]

    @property
    def text(self) -> str:
        """Word the finding in the reader's language."""
        values = self.values
        if self.code == "short":
            seats = values["wanted"] - values["people"]
            return ngettext("%(n)d seat short of %(of)d", "%(n)d seats short of %(of)d", seats) % {
                "n": seats,
                "of": values["wanted"],
            }
        if self.code == "skills":
            names = skill_names()
            return _("no one with %(skills)s") % {"skills": "、".join(names.get(s, s) for s in values["skills"])}
        return {
            "over": _("%(people)s people, %(wanted)s wanted"),
            "leader": _("no leader"),
            "cannot_lead": _("the leader is not marked as able to lead"),
            "leader_title": _("leader's title %(title)s is below the level asked for"),
            "title_unknown": _("leader's title is not known"),
            "city_share": _("city staff %(city)s of %(people)s, half at least"),
            "load": _("%(load)s days a week, %(limit)s at most"),
            "no_sites": _("no sites"),
            "provincial": _("%(teams)s provincial teams with %(people)s people, %(meant_teams)s with %(meant)s meant"),
        }[self.code] % values  # fmt: skip

    @property
    def note(self) -> bool:
        """Say whether this only tells what is not known, rather than what is wrong."""
        return self.code == "title_unknown"


@dataclass
class Checks:
    """Totals and findings of a campaign's teams."""

    teams: Counter[str] = field(default_factory=Counter)  # by level
    people: Counter[str] = field(default_factory=Counter)  # by level
    seats_short: int = 0
    findings: list[Finding] = field(default_factory=list)
    members: dict[int, list["Member"]] = field(default_factory=dict)  # by team

    @property
    def short(self) -> list[Finding]:
        """Return the teams below their size."""
        return [finding for finding in self.findings if finding.code == "short"]

    @property
    def by_team(self) -> dict[int, list[Finding]]:
        """Return the findings of each team."""
        found: dict[int, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            if finding.team is not None:
                found[finding.team.pk].append(finding)
        return found

    @property
    def of_campaign(self) -> list[Finding]:
        """Return the findings that are about no single team."""
        return [finding for finding in self.findings if finding.team is None]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Return how many teams each rule is bent by, most first."""
        return Counter(finding.code for finding in self.findings if finding.team is not None).most_common()

    @property
    def total_people(self) -> int:
        """Return everyone who is in a team."""
        return sum(self.people.values())

    @property
    def total_teams(self) -> int:
        """Return all teams."""
        return sum(self.teams.values())


@cache
def _table() -> dict[str, Any]:
    with SOURCE.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def profiles() -> dict[str, str]:
    """Return the names of the rule profiles by code."""
    return {code: profile["name"] for code, profile in _table()["profiles"].items()}


@cache
def deadline_profiles() -> dict[str, str]:
    """Return the titles of the ledger's deadline profiles by code; only its data is read, the ledger stands above."""
    with (SOURCE.parents[1] / "ledger" / "profiles.yaml").open(encoding="utf-8") as file:
        return {code: profile["title"] for code, profile in yaml.safe_load(file).items()}


def profile_of(campaign: Campaign) -> dict[str, Any]:
    """Return the campaign's dispatch rules with their sources and marks."""
    table = _table()
    return table["profiles"].get(campaign.team_rules) or table["profiles"][table["default"]]


def rules_of(campaign: Campaign) -> Rules:
    """Return the campaign's dispatch rules as the engine takes them."""
    profile = profile_of(campaign)
    prices = {name: value for name, value in profile["prices"].items() if name not in ("mark", "source")}
    sizes = {name: profile[part][key] for name, (part, key) in LEADING.items()}
    return Rules(
        city_share=profile["city_share"]["least"],
        days_per_week=profile["load"]["days_per_week"],
        balance=profile["load"]["balance"],
        **sizes,
        **prices,
    )


@dataclass(frozen=True, slots=True)
class Member:
    """What the rules ask of a member."""

    leads: bool
    can_lead: bool
    title: str
    level: str
    skills: frozenset[str]
    unit: str = ""

    @classmethod
    def of(cls, membership: Membership) -> "Member":
        """Read a membership whose official, unit and skills are fetched."""
        person = membership.official
        skills = frozenset(skill.code for skill in person.skills.all())
        return cls(membership.leads, person.can_lead, person.title, person.unit.level, skills, person.unit.name)


@dataclass(frozen=True, slots=True)
class Charge:
    """What the rules ask of a site: days a week, wanted skills."""

    workload: float
    skills: tuple[str, ...]


def checks(campaign: Campaign, teams: list[Team] | None = None) -> Checks:
    """Compare the teams as they stand with the campaign's rules (three queries, one fewer with `teams` given)."""
    found, profile, rules = Checks(), profile_of(campaign), rules_of(campaign)
    people, sites = _members(campaign), _charges(campaign)
    found.members = people
    for team in campaign.teams.order_by("number") if teams is None else teams:
        members = people.get(team.pk, [])
        found.teams[team.level] += 1
        found.people[team.level] += len(members)
        found.seats_short += max(team.size_wanted - len(members), 0)
        found.findings += of_team(team, members, sites.get(team.pk, []), profile, rules)
    meant = profile.get("provincial")
    have = (found.teams["province"], found.people["province"])
    if meant and found.teams["province"] and have != (meant["teams"], meant["people"]):
        values = {"teams": have[0], "people": have[1], "meant_teams": meant["teams"], "meant": meant["people"]}
        found.findings.append(Finding("provincial", None, values))
    return found


def _members(campaign: Campaign) -> dict[int, list[Member]]:
    skills: dict[int, set[str]] = defaultdict(set)
    facts: dict[int, tuple[int, bool, bool, str, str, str]] = {}
    columns = (
        "team",
        "leads",
        "official__can_lead",
        "official__title",
        "official__unit__level",
        "official__unit__name",
    )
    seated = Membership.objects.filter(team__campaign=campaign)
    for pk, skill, *of_member in seated.values_list("pk", "official__skills__code", *columns):
        facts[pk] = tuple(of_member)
        skills[pk] |= {skill} if skill else set()
    found: dict[int, list[Member]] = defaultdict(list)
    for pk, (team, *of_member, unit) in facts.items():
        found[team].append(Member(*of_member, frozenset(skills[pk]), unit))
    return found


def _charges(campaign: Campaign) -> dict[int, list[Charge]]:
    found: dict[int, list[Charge]] = defaultdict(list)
    posted = Posting.objects.filter(team__campaign=campaign, until=None)
    for team, workload, skills in posted.values_list("team", "site__workload", "site__skills"):
        found[team].append(Charge(workload, tuple(skills)))
    return found


def of_team(
    team: Team, people: list[Member], sites: list[Charge], profile: dict[str, Any], rules: Rules
) -> Iterator[Finding]:
    """Yield the findings of one team with these members and sites; asks nothing of the database."""
    if len(people) < team.size_wanted:
        yield Finding("short", team, {"people": len(people), "wanted": team.size_wanted})
    elif len(people) > max(team.size_wanted, rules.size_max):
        yield Finding("over", team, {"people": len(people), "wanted": team.size_wanted})
    yield from _of_leader(team, people, profile)
    city = sum(member.level in CITY_STAFF for member in people)
    if team.level == Team.Level.CITY and people and city < rules.city_share * len(people):
        yield Finding("city_share", team, {"city": city, "people": len(people)})
    load = round(sum(site.workload for site in sites), 1)
    if load > rules.days_per_week:
        yield Finding("load", team, {"load": load, "limit": rules.days_per_week})
    if not sites:
        yield Finding("no_sites", team, {})
    have = {code for member in people for code in member.skills}
    missing = sorted({skill for site in sites for skill in site.skills} - have)
    if missing:
        yield Finding("skills", team, {"skills": missing})


def _of_leader(team: Team, people: list[Member], profile: dict[str, Any]) -> Iterator[Finding]:
    leader = next((member for member in people if member.leads), None)
    if leader is None:
        yield Finding("leader", team, {})
        return
    if not leader.can_lead:
        yield Finding("cannot_lead", team, {})
    titles = profile["leader"].get("titles", {}).get(team.level, [])
    if titles and not leader.title:
        yield Finding("title_unknown", team, {})
    elif titles and not any(title in leader.title for title in titles):
        yield Finding("leader_title", team, {"title": leader.title})
