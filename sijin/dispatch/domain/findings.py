"""Where the teams depart from the campaign's rules, team by team, in words.

A finding never refuses anything: it names the team, the rule and the figures, and stays until the teams change.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sijin.dispatch.domain.rules import profile_of, rules_of
from sijin.dispatch.domain.skills import skill_names
from sijin.dispatch.domain.ties import NONE, Bonds, bonds_of
from sijin.dispatch.models import Campaign, Membership, Posting, Team, Tie
from sijin.engines.dispatch import Rules
from sijin.engines.dispatch.problem import CITY_STAFF
from sijin.people.models import Account, Official
from sijin.people.policy import may


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
        values = {name: "、".join(v) if isinstance(v, list) else v for name, v in values.items()}
        if "share" in values:
            values["share"] = f"{100 * values['share']:g}"
        return {
            "over": _("%(people)s people, %(wanted)s wanted"),
            "leader": _("no leader"),
            "cannot_lead": _("the leader is not marked as able to lead"),
            "leader_title": _("leader's title %(title)s is below the level asked for"),
            "title_unknown": _("leader's title is not known"),
            "city_share": _("city staff %(city)s of %(people)s, %(share)s %% at least"),
            "load": _("%(load)s days a week, %(limit)s at most"),
            "no_sites": _("no sites"),
            "senior": _("%(people)s seniors, %(wanted)s at least"),
            "junior": _("%(people)s juniors, %(limit)s at most"),
            "unit_most": _("%(people)s people of %(unit)s, %(limit)s at most"),
            "apart": _("%(names)s are to be kept apart"),
            "together": _("%(names)s belong to the same team as %(own)s"),
            "away": _("not free on the day: %(names)s"),
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
    tied: bool = False  # whether anyone is tied together or apart
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


@dataclass(frozen=True, slots=True)
class Member:
    """What the rules ask of a member."""

    leads: bool
    can_lead: bool
    title: str
    level: str
    skills: frozenset[str]
    unit: str = ""
    unit_code: str = ""
    grade: str = ""
    key: int = 0
    name: str = ""
    free: bool = True

    @classmethod
    def of(cls, membership: Membership, day: date) -> "Member":
        """Read a membership whose official, unit and skills are fetched; `day` is the one they are to be free on."""
        person = membership.official
        unit = person.unit
        return cls(
            membership.leads, person.can_lead, person.title, unit.level, frozenset(person.levels), unit.name, unit.code,
            person.grade, person.pk, person.name, person.free(day),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Charge:
    """What the rules ask of a site: days a week, wanted skills."""

    workload: float
    skills: tuple[str, ...]


def checks(campaign: Campaign, teams: list[Team] | None = None, rules: Rules | None = None) -> Checks:
    """Compare the teams as they stand with the campaign's rules or with others (four queries, three with `teams`)."""
    found, profile, rules = Checks(), profile_of(campaign), rules or rules_of(campaign)
    people, sites, bonds = _members(campaign), _charges(campaign), bonds_of(campaign)
    found.members, found.tied = people, bool(bonds.rows)
    for team in campaign.teams.order_by("number") if teams is None else teams:
        members = people.get(team.pk, [])
        found.teams[team.level] += 1
        found.people[team.level] += len(members)
        found.seats_short += max(team.size_wanted - len(members), 0)
        found.findings += of_team(team, members, sites.get(team.pk, []), profile, rules, bonds)
    meant = profile.get("provincial")
    have = (found.teams["province"], found.people["province"])
    if meant and found.teams["province"] and have != (meant["teams"], meant["people"]):
        values = {"teams": have[0], "people": have[1], "meant_teams": meant["teams"], "meant": meant["people"]}
        found.findings.append(Finding("provincial", None, values))
    return found


MEMBER = (
    "leads", "official__can_lead", "official__title", "official__unit__level", "official__unit__name",
    "official__unit__code", "official__grade", "official", "official__name", "official__free_from",
    "official__free_until",
)  # fmt: skip


def told(by: Account, findings: list[Finding]) -> list[Finding]:
    """Leave out what the reader may not know: grades are for those who see officials, ties for those who see ties."""
    hidden = set() if may(by, "view", Official) else {"senior", "junior"}
    hidden |= set() if may(by, "view", Tie) else {"apart", "together"}
    return [finding for finding in findings if finding.code not in hidden]


def _members(campaign: Campaign) -> dict[int, list[Member]]:
    skills: dict[int, set[str]] = defaultdict(set)
    facts: dict[int, tuple[Any, ...]] = {}
    seated = Membership.objects.filter(team__campaign=campaign)
    for pk, skill, *of_member in seated.values_list("pk", "official__skills__code", "team", *MEMBER):
        facts[pk] = tuple(of_member)
        skills[pk] |= {skill} if skill else set()
    found, day = defaultdict(list), campaign.sent_on()
    for pk, (team, leads, can_lead, title, level, *unit, grade, key, name, since, until) in facts.items():
        free = (since or day) <= day <= (until or day)
        found[team].append(Member(leads, can_lead, title, level, frozenset(skills[pk]), *unit, grade, key, name, free))
    return found


def _charges(campaign: Campaign) -> dict[int, list[Charge]]:
    found: dict[int, list[Charge]] = defaultdict(list)
    posted = Posting.objects.filter(team__campaign=campaign, until=None)
    for team, workload, skills in posted.values_list("team", "site__workload", "site__skills"):
        found[team].append(Charge(workload, tuple(skills)))
    return found


def of_team(
    team: Team, people: list[Member], sites: list[Charge], profile: dict[str, Any], rules: Rules, bonds: Bonds = NONE
) -> Iterator[Finding]:
    """Yield the findings of one team with these members and sites; asks nothing of the database.

    Whoever is not free on the day is named and counts for no rule, as the solver places nobody who is not.
    """
    away = [member.name for member in people if not member.free]
    people = [member for member in people if member.free]
    if len(people) < team.size_wanted:
        yield Finding("short", team, {"people": len(people), "wanted": team.size_wanted})
    elif len(people) > max(team.size_wanted, rules.size_max):
        yield Finding("over", team, {"people": len(people), "wanted": team.size_wanted})
    if away:
        yield Finding("away", team, {"names": away})
    if rules.leader or "leader" in rules.hard:
        yield from _of_leader(team, people, profile)
    city = sum(member.level in CITY_STAFF for member in people)
    if team.level == Team.Level.CITY and people and city < rules.city_share * len(people):
        yield Finding("city_share", team, {"city": city, "people": len(people), "share": rules.city_share})
    load = round(sum(site.workload for site in sites), 1)
    if load > rules.days_per_week and rules.overload:
        yield Finding("load", team, {"load": load, "limit": rules.days_per_week})
    if not sites:
        yield Finding("no_sites", team, {})
    have = {code for member in people for code in member.skills}
    missing = sorted(({skill for site in sites for skill in site.skills} | set(team.skills)) - have)
    if missing and (rules.skill or "skills" in rules.hard):
        yield Finding("skills", team, {"skills": missing})
    if people:
        yield from _of_make_up(team, people, rules)
        yield from _of_ties(team, people, rules, bonds)


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


def _of_make_up(team: Team, people: list[Member], rules: Rules) -> Iterator[Finding]:
    """Yield where grades or people of one unit are not as the rules count them."""
    grades = Counter(member.grade for member in people)
    if grades[Official.Grade.SENIOR] < rules.senior_least:
        yield Finding("senior", team, {"people": grades[Official.Grade.SENIOR], "wanted": rules.senior_least})
    if rules.junior_most is not None and grades[Official.Grade.JUNIOR] > rules.junior_most:
        yield Finding("junior", team, {"people": grades[Official.Grade.JUNIOR], "limit": rules.junior_most})
    if rules.unit_most is not None:
        for unit, count in sorted(Counter(member.unit for member in people).items()):
            if count > rules.unit_most:
                yield Finding("unit_most", team, {"unit": unit, "people": count, "limit": rules.unit_most})


def _of_ties(team: Team, people: list[Member], rules: Rules, bonds: Bonds) -> Iterator[Finding]:
    """Yield where people are with whom they are kept apart from, or without whom they belong with."""
    own = {member.key: member.name for member in people}
    if rules.apart or "apart" in rules.hard:
        close = [[own[key] for key in group if key in own] for group in bonds.apart()]
        units = {member.unit_code: member.unit for member in people}
        close += [[units[code] for code in pair if code in units] for pair in bonds.units_apart()]
        for names in close:
            if len(names) > 1:
                yield Finding("apart", team, {"names": names})
    for group in bonds.together():
        here = [own[key] for key in group if key in own]
        elsewhere = [name for key, name in group.items() if key not in own]
        if here and elsewhere:
            yield Finding("together", team, {"names": elsewhere, "own": here})
