"""What the running dispatch bends and pays under rules that are only looked at: nothing is solved, nothing is kept."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import ngettext

from sijin.dispatch.domain.assessing import assess
from sijin.dispatch.domain.findings import checks
from sijin.dispatch.domain.plans import as_it_runs, pose
from sijin.dispatch.domain.rule_book import BOOK, Rule
from sijin.dispatch.domain.rules import rules_of
from sijin.dispatch.models import Campaign, Team
from sijin.engines.dispatch import Rules
from sijin.people.models import Account, Official
from sijin.people.policy import require

NAMED = 8  # teams that are named for each rule


@dataclass
class Effect:
    """One rule: as it would be, how many teams bend it now and then, and what they pay for it."""

    rule: Rule
    said: str
    on: bool
    hard: bool
    bent: int
    before: int
    charge: float
    teams: list[Team] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """Return by how many teams more it would be bent."""
        return self.bent - self.before


@dataclass
class Outlook:
    """All rules that are in force or bent, what the dispatch costs under them, and where there are too few people."""

    effects: list[Effect]
    cost: float
    before: float
    short: list[str]

    @property
    def mend(self) -> list[Effect]:
        """Return the firm rules that are bent as it runs: the next plan has to mend them."""
        return [effect for effect in self.effects if effect.hard and effect.bent]


def outlook(by: Account, campaign: Campaign, chosen: Mapping[str, Any]) -> Outlook:
    """Hold the running dispatch against rules chosen otherwise (about twenty queries)."""
    require(by, "change", campaign)
    now, then = rules_of(campaign), rules_of(campaign, chosen)
    bent = {name: _bent(campaign, rules) for name, rules in (("now", now), ("then", then))}
    posed = pose(campaign)
    runs = as_it_runs(campaign, posed)
    old = assess(replace(posed.problem, rules=now), runs)
    new = old if now == then else assess(replace(posed.problem, rules=then), runs)
    effects, charged = [], set()
    for rule in BOOK:
        teams = list({team.pk: team for code in rule.findings for team in bent["then"][code]}.values())
        before = len({team.pk for code in rule.findings for team in bent["now"][code]})
        charge = sum(new.detail.get(part, 0.0) for part in rule.parts if part not in charged)
        charged |= set(rule.parts)
        if rule.on(then) or before:
            hard = rule.code in then.hard
            effects.append(
                Effect(rule, rule.said(then), rule.on(then), hard, len(teams), before, round(charge), teams[:NAMED])
            )
    return Outlook(effects, round(new.cost), round(old.cost), _short(campaign, posed.problem.table("officials"), then))


def _bent(campaign: Campaign, rules: Rules) -> dict[str, list[Team]]:
    found: dict[str, list[Team]] = defaultdict(list)
    for finding in checks(campaign, rules=rules).findings:
        if finding.team is not None:
            found[finding.code].append(finding.team)
    return found


def _short(campaign: Campaign, people: Any, rules: Rules) -> list[str]:
    """Say where no plan can keep a rule, because there are too few people of a kind, or too many."""
    teams, found = campaign.teams.count(), []
    have = dict(people["grade"].value_counts().iter_rows())
    seniors, juniors = have.get(Official.Grade.SENIOR, 0), have.get(Official.Grade.JUNIOR, 0)
    if seniors < (wanted := teams * rules.senior_least):
        words = ngettext("%(n)d senior for %(wanted)d seats", "%(n)d seniors for %(wanted)d seats", seniors)
        found.append(words % {"n": seniors, "wanted": wanted})
    if rules.junior_most is not None and juniors > (most := teams * rules.junior_most):
        words = ngettext("%(n)d junior, room for %(most)d", "%(n)d juniors, room for %(most)d", juniors)
        found.append(words % {"n": juniors, "most": most})
    leaders = int(people["can_lead"].sum())
    if rules.leader and leaders < teams:
        words = ngettext(
            "%(n)d person who can lead %(teams)d teams", "%(n)d people who can lead %(teams)d teams", leaders
        )
        found.append(words % {"n": leaders, "teams": teams})
    return found
