"""The rules that the office may set for a campaign: each in words, with its numbers, its price, and what a bend counts.

A choice is kept in the campaign as {field of the engine's Rules: value} with "hard" for the rules that may not be bent;
only what departs from the campaign's profile is kept, so that a mended profile still reaches it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.domain.changes import Kind, noted
from sijin.dispatch.domain.rules import rules_of, shipped
from sijin.dispatch.models import Campaign
from sijin.engines.dispatch import Rules
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale

MOST_PRICE = 10_000.0


@dataclass(frozen=True)
class Number:
    """A number of a rule: the engine's field, what it says, its bounds, its value when it is first switched on."""

    name: str
    words: Any
    least: float
    most: float
    usual: float | None = None
    kind: str = "count"  # count | percent | decimal


@dataclass(frozen=True)
class Rule:
    """One rule: its words, what it means, its numbers, the field of its price and what one bend of it is.

    `code` is the engine's name of the rule where it may be hard. `off` are the values that switch it off.
    """

    code: str
    words: Any
    meaning: Any
    price: str
    bend: Any
    numbers: tuple[Number, ...] = ()
    hard: bool = False
    off: Mapping[str, Any] = field(default_factory=dict)
    usual: float = 0.0  # its price when it is first switched on and the profile gives none
    findings: tuple[str, ...] = ()  # codes of the findings that tell of it
    parts: tuple[str, ...] = ()  # parts of the price that charge for it

    def on(self, rules: Rules) -> bool:
        """Say whether the rule is in force."""
        return not self.off or any(getattr(rules, name) != value for name, value in self.off.items())

    def said(self, rules: Rules) -> str:
        """Say the rule with its numbers in the reader's language."""
        return self.said_with({number.name: shown(number, getattr(rules, number.name)) for number in self.numbers})

    def said_with(self, figures: Mapping[str, str]) -> str:
        """Say the rule with these figures in the place of its numbers."""
        return str(self.words) % figures if self.numbers else str(self.words)


BOOK = (
    Rule("size", _("From %(size_min)s to %(size_max)s people in a team"),
         _("How many each team wants is in the roster; below the least a seat costs three times its price."),
         "seat", _("a seat short or too many"), (
             Number("size_min", _("at least"), 1, 50), Number("size_max", _("at most"), 1, 50)),
         hard=True, findings=("short", "over"), parts=("size",)),
    Rule("leader", _("Every team has a leader"), _("Someone who is marked as able to lead has the leader's seat."),
         "leader", _("a team without a leader"), hard=True, off={"leader": 0}, usual=400,
         findings=("leader", "cannot_lead"), parts=("leader",)),
    Rule("senior", _("At least %(senior_least)s seniors in a team"),
         _("Seniors are those with 骨干 in the column 职级层次 of the roster."),
         "senior", _("a senior missing"), (Number("senior_least", _("at least"), 1, 20, 1),),
         hard=True, off={"senior_least": 0}, usual=40, findings=("senior",), parts=("senior",)),
    Rule("junior", _("At most %(junior_most)s juniors in a team"),
         _("Juniors are those with 新手 in the column 职级层次 of the roster."),
         "junior", _("a junior too many"), (Number("junior_most", _("at most"), 0, 20, 2),),
         hard=True, off={"junior_most": None}, usual=40, findings=("junior",), parts=("junior",)),
    Rule("unit_most", _("At most %(unit_most)s people of one unit in a team"),
         _("So that a team does not become the outpost of one department; a team that a unit sends is meant too."),
         "crowd", _("a person of the unit too many"), (Number("unit_most", _("at most"), 1, 20, 2),),
         hard=True, off={"unit_most": None}, usual=40, findings=("unit_most",), parts=("crowd",)),
    Rule("city_share", _("At least %(city_share)s %% city staff in a city team"),
         _("People of units of the city or the province."),
         "quota", _("a person missing to the share"), (Number("city_share", _("at least"), 1, 100, 0.5, "percent"),),
         hard=True, off={"city_share": 0}, usual=60, findings=("city_share",), parts=("quota",)),
    Rule("skills", _("Every skill that the sites want has a seat in the team"),
         _("One person holds the seat of one skill; the leader holds none."),
         "skill", _("a wanted skill without a holder"), hard=True, off={"skill": 0}, usual=25,
         findings=("skills",), parts=("uncovered",)),
    Rule("novice", _("Experts rather than beginners in the seats of wanted skills"),
         _("Levels are 1 to 3 in the column 特长 of the roster; without one a person is taken for an expert."),
         "novice", _("a level below expert in such a seat"), off={"novice": 0}, usual=5, parts=("uncovered",)),
    Rule("apart", _("Who is to be kept apart is in different teams"),
         _("People and units that are tied apart below. Who is tied together always stays together."),
         "apart", _("a person too close to another"), hard=True, off={"apart": 0}, usual=80,
         findings=("apart",), parts=("apart",)),
    Rule("load", _("At most %(days_per_week)s days a week for a team's sites"),
         _("The sum of what its sites ask for. It cannot be firm: sites have to go somewhere."),
         "overload", _("a day a week beyond"), (Number("days_per_week", _("at most"), 0.5, 7, 5, "decimal"),),
         off={"overload": 0}, usual=30, findings=("load",), parts=("imbalance",)),
    Rule("balance", _("About as many sites for every team"),
         _("From the mean divided by this number to the mean times it is free."),
         "imbalance", _("a site more or fewer"), (Number("balance", _("within a factor of"), 1, 5, 1.3, "decimal"),),
         off={"imbalance": 0}, usual=10, parts=("imbalance",)),
    Rule("other_county", _("Sites are served from their own county"), _("A team with a county is based there."),
         "other_county", _("a site of another county"), off={"other_county": 0}, usual=15, parts=("other_county",)),
    Rule("home", _("Near home"), _("From each person's home to the base of the team, in a straight line."),
         "home_km", _("a kilometre from home"), off={"home_km": 0}, usual=0.5, parts=("home_travel",)),
    Rule("site", _("Near the sites"), _("From the base to each site, for each day of its weekly workload."),
         "site_km", _("a kilometre to a site"), off={"site_km": 0}, usual=1, parts=("site_travel",)),
    Rule("placed", _("Everyone who is free has a team"), _("Firm, it refuses a plan that leaves someone out."),
         "unplaced", _("a person without a team"), hard=True, parts=("unplaced",)),
    Rule("change", _("What runs stays as it is"), _("A plan anew moves a person or site only where that saves more."),
         "change", _("a person or site moved"), off={"change": 0}, usual=12),
)  # fmt: skip
BY_CODE = {rule.code: rule for rule in BOOK}


def shown(number: Number, value: float | None) -> str:
    """Return a number as it is said and typed: a share in percent."""
    if value is None:
        value = number.usual or 0.0
    return f"{100 * value:g}" if number.kind == "percent" else f"{value:g}"


@dataclass(frozen=True)
class Line:
    """A rule as a campaign has it."""

    rule: Rule
    said: str
    on: bool
    hard: bool
    price: float
    own: bool  # set otherwise than the profile


def lines(campaign: Campaign) -> list[Line]:
    """Return every rule as the campaign has it."""
    rules, profile = rules_of(campaign), shipped(campaign)
    return [
        Line(
            rule,
            rule.said(rules),
            rule.on(rules),
            rule.code in rules.hard,
            getattr(rules, rule.price),
            rule.code in rules.hard or any(getattr(rules, name) != getattr(profile, name) for name in _fields(rule)),
        )
        for rule in BOOK
    ]


def choice(campaign: Campaign, settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what is kept of `settings` by rule code: {"on", "hard", "price", and its numbers by field}.

    A rule that is not named stays as it is. RuleBroken names the `field` ("code_name") that is out of bounds.
    """
    profile, now = shipped(campaign), rules_of(campaign)
    values = {name: getattr(now, name) for rule in BOOK for name in _fields(rule)}
    hard = set(now.hard)
    for code, given in settings.items():
        rule = BY_CODE[code]
        hard.discard(code)
        if rule.off and not given["on"]:
            values |= rule.off
            continue
        if rule.hard and given.get("hard"):
            hard.add(code)
        values[rule.price] = _within(rule, "price", given["price"], 0.0, MOST_PRICE)
        for number in rule.numbers:
            scale = 100 if number.kind == "percent" else 1
            least, most = number.least, number.most
            value = _within(rule, number.name, given[number.name], least, most) / scale
            values[number.name] = value if number.kind != "count" else int(value)
    if not values["size_min"] <= profile.size_wanted <= values["size_max"]:
        name = "size_size_min" if values["size_min"] > profile.size_wanted else "size_size_max"
        raise RuleBroken(
            gettext("A team wants %(n)d people: that must lie between the two.") % {"n": profile.size_wanted},
            field=name,
        )
    kept = {name: value for name, value in values.items() if value != getattr(profile, name)}
    return kept | ({"hard": sorted(hard)} if hard else {})


def _fields(rule: Rule) -> tuple[str, ...]:
    return (rule.price, *(number.name for number in rule.numbers))


def _within(rule: Rule, name: str, value: float | None, least: float, most: float) -> float:
    if value is None or not least <= value <= most:
        raise RuleBroken(
            gettext("From %(least)g to %(most)g.") % {"least": least, "most": most}, field=f"{rule.code}_{name}"
        )
    return float(value)


def mark_of(campaign: Campaign) -> str:
    """Return a short name of exactly this choice of rules: another choice has another."""
    kept = json.dumps([campaign.team_rules, campaign.chosen], sort_keys=True)
    return hashlib.sha256(kept.encode()).hexdigest()[:16]


@transaction.atomic
def choose(
    by: Account, campaign: Campaign, settings: Mapping[str, Mapping[str, Any]] | None, *, mark: str = ""
) -> Campaign:
    """Set the campaign's rules (None: the profile's); plans made from now on keep to them, what runs stays.

    `mark` is of the rules as they were shown; others by now are Stale.
    """
    require(by, "change", campaign)
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if mark and mark != mark_of(campaign):
        raise Stale(gettext("Someone else set the rules in the meantime; look at them again."))
    before, campaign.chosen = campaign.chosen, {} if settings is None else choice(campaign, settings)
    if campaign.chosen == before:
        return campaign
    campaign.save(update_fields=["chosen"])
    changed = [line.said for line in lines(campaign) if line.own] or [gettext("as the profile has them")]
    noted(by, campaign, Kind.RULES, "；".join(changed), {"chosen": before}, {"chosen": campaign.chosen})
    return campaign
