"""Who is good at what: names of skills, the skills that a text asks for, and who can help with it."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db.models import Q
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign, Membership, Team
from sijin.engines.dispatch.problem import EXPERT
from sijin.engines.script import simplified
from sijin.people.models import HELD, Account, Mastery, Official, Skill
from sijin.people.policy import require, visible

SOURCE = Path(__file__).parents[1] / "skills.yaml"
OWN, OF_UNIT, WORD = 3.0, 2.0, 0.5  # weight of a skill of one's own, of one's unit, of a word found in unit or title


@cache
def table() -> dict[str, dict[str, Any]]:
    """Return the shipped skills: code → name, words, units."""
    with SOURCE.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def skill_names() -> dict[str, str]:
    """Return the names of the shipped skills by code."""
    return {code: row["name"] for code, row in table().items()}


def levelled(levels: dict[str, int]) -> list[str]:
    """Name skills in the reader's language, each that is not mastered with its level, the best mastered first."""
    names = skill_names()
    ordered = sorted(levels.items(), key=lambda item: -item[1])
    return [
        names.get(code, code) + (f"（{Mastery.Level(level).label}）" if level < EXPERT else "")
        for code, level in ordered
    ]


def skill_code(words: str) -> str:
    """Return the code of the skill called `words`; a skill that is not shipped is its own code."""
    named = simplified(words.strip())
    return next((code for code, row in table().items() if named in (code, row["name"])), named)


def asked_for(text: str) -> dict[str, float]:
    """Return the skills that a text asks for, each with the number of its words that were found."""
    plain = simplified(text)
    found = {
        code: float(sum(word in plain for word in row["words"]) + 2 * (row["name"] in plain or code == plain))
        for code, row in table().items()
    }
    return {code: count for code, count in sorted(found.items(), key=lambda item: -item[1]) if count}


@dataclass
class Helper:
    """An official who can help: score, why, and the team where to find them."""

    official: Official
    team: Team | None
    score: float
    skills: list[str] = field(default_factory=list)
    unit_knows: list[str] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """Word why this person can help."""
        names, parts = skill_names(), []
        if self.skills:
            parts.append(_("good at %(skills)s") % {"skills": "、".join(names.get(s, s) for s in self.skills)})
        if self.unit_knows:
            parts.append(_("the home unit works on %(skills)s") % {
                "skills": "、".join(names.get(s, s) for s in self.unit_knows)})  # fmt: skip
        return "；".join(parts)


@dataclass
class HelpingTeam:
    """A team with the members who can help, the best first."""

    team: Team
    score: float
    helpers: list[Helper]


@dataclass
class Help:
    """The answer to "who can help with …": the skills that were understood, teams and people, the best first."""

    skills: dict[str, float]
    teams: list[HelpingTeam]
    people: list[Helper]


def who_can_help(by: Account, campaign: Campaign, text: str = "", *, skills: list[str] | None = None) -> Help:
    """Rank teams and officials by how well they fit a text or given skills (three queries).

    Officials outside any team come in the list of people alone. A team's score is that of its best member and a tenth
    of the others', so that one expert goes before many who know a little.
    """
    require(by, "view", Official)
    wanted = {code: 1.0 for code in skills or []} or asked_for(text)
    if not wanted:
        return Help({}, [], [])
    most = max(wanted.values())
    seats = {
        seat.official_id: seat.team
        for seat in Membership.objects.filter(team__in=visible(by, Team).filter(campaign=campaign))
        .select_related("team")
    }  # fmt: skip
    found = []
    fits = Q(skills__code__in=wanted)
    for code in wanted:
        for name in table().get(code, {}).get("units", []):
            fits |= Q(unit__name__contains=name)
    candidates = visible(by, Official).filter(pk__in=Official.objects.filter(fits).values("pk"))
    for official in candidates.select_related("unit", "home").prefetch_related(HELD):
        levels = official.levels
        own = levels.keys() & wanted.keys()
        unit = {
            code
            for code in wanted
            if any(name in official.unit.name for name in table().get(code, {}).get("units", []))
        }
        score = sum(OWN * levels[code] / EXPERT * wanted[code] / most for code in own) + sum(
            OF_UNIT * wanted[code] / most for code in unit
        )
        if score:
            known = sorted(own, key=lambda code: -wanted[code]), sorted(unit, key=lambda code: -wanted[code])
            found.append(Helper(official, seats.get(official.pk), round(score, 2), *known))
    found.sort(key=lambda helper: (-helper.score, helper.official.code))
    teams = _teams(found)
    rank = {ranked.team.pk: n for n, ranked in enumerate(teams)}
    found.sort(key=lambda helper: (-helper.score, rank[helper.team.pk] if helper.team else len(rank)))
    return Help(wanted, teams, found)


def _teams(found: list[Helper]) -> list[HelpingTeam]:
    of_team: dict[int, list[Helper]] = defaultdict(list)
    for helper in found:
        if helper.team is not None:
            of_team[helper.team.pk].append(helper)
    teams = [
        HelpingTeam(
            people[0].team, round(people[0].score + 0.1 * sum(helper.score for helper in people[1:]), 2), people
        )
        for people in of_team.values()
        if people[0].team is not None
    ]
    return sorted(teams, key=lambda team: (-team.score, team.team.number))


def known_skills() -> dict[str, str]:
    """Return the names of all skills by code, shipped and imported (one query)."""
    return {**dict(Skill.objects.values_list("code", "name")), **skill_names()}
