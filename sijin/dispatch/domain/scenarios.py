"""The changes that a what-if asks about, and the campaign's problem with one of them made."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sijin.dispatch.domain.plans import Posed
from sijin.dispatch.domain.reach import people_of, sites_of
from sijin.dispatch.domain.skills import known_skills
from sijin.dispatch.models import Campaign
from sijin.engines import dispatch
from sijin.people.models import Official, Unit
from sijin.people.refusals import RuleBroken
from sijin.places.models import Door, Region

Change = dict[str, Any]
MOST = 4  # scenarios side by side
KINDS = {
    "fewer": gettext_lazy("Fewer people"),
    "more": gettext_lazy("More people with a skill"),
    "size": gettext_lazy("Teams of another size"),
    "rule": gettext_lazy("Another rule or price"),
    "sites": gettext_lazy("More sites"),
}
RULES = {  # what may be asked about, with the least and most that makes sense
    "days_per_week": (gettext_lazy("Days a week for its sites, at most"), 0.5, 7.0),
    "city_share": (gettext_lazy("Share of city staff, at least"), 0.0, 1.0),
    "home_km": (gettext_lazy("Price of a kilometre from home"), 0.0, 100.0),
    "site_km": (gettext_lazy("Price of a kilometre to a site"), 0.0, 100.0),
    "skill": (gettext_lazy("Price of a skill that is missing"), 0.0, 10_000.0),
    "seat": (gettext_lazy("Price of a seat that is short"), 0.0, 10_000.0),
    "quota": (gettext_lazy("Price of a person missing to the city share"), 0.0, 10_000.0),
    "leader": (gettext_lazy("Price of a team without a leader"), 0.0, 10_000.0),
    "overload": (gettext_lazy("Price of a day above the load"), 0.0, 10_000.0),
    "other_county": (gettext_lazy("Price of a site in another county"), 0.0, 10_000.0),
    "change": (gettext_lazy("Price of a change"), 0.0, 1_000.0),
    "senior_least": (gettext_lazy("Seniors in a team, at least"), 0, 20),
    "junior_most": (gettext_lazy("Juniors in a team, at most"), 0, 20),
    "unit_most": (gettext_lazy("People of one unit in a team, at most"), 1, 20),
    "novice": (gettext_lazy("Price of a level below expert in a seat of a skill"), 0.0, 1_000.0),
}


class Names:
    """The names of the skills, counties and units that changes speak of (three queries, however many changes)."""

    def __init__(self, changes: Iterable[Change]) -> None:
        changes = list(changes)
        self.skills = known_skills()
        self.counties = _names(Region, {change.get("county") for change in changes})
        self.units = _names(Unit, {change.get("unit") for change in changes})


def _names(model: type[Unit] | type[Region], keys: set[int | None]) -> dict[int | None, str]:
    wanted = keys - {None}
    return dict(model._default_manager.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def worded(change: Change, names: Names) -> str:
    """Say a change in the reader's language."""
    count, skill = change.get("count", 0), names.skills.get(change.get("skill", ""), change.get("skill", ""))
    county = names.counties.get(change.get("county"), "")
    if change["kind"] == "fewer":
        unit = names.units.get(change.get("unit"))
        whose = unit or (_("living in %(county)s") % {"county": county} if county else _("drawn by lot"))
        return _("%(n)d people fewer, %(whose)s") % {"n": count, "whose": whose}
    if change["kind"] == "more":
        return _("%(n)d more with %(skill)s, living in %(county)s") % {"n": count, "skill": skill, "county": county}
    if change["kind"] == "size":
        return _("teams of %(n)d") % {"n": count}
    if change["kind"] == "sites":
        door = Door(change["door"]).label if change.get("door") else _("sites")
        return _("%(n)d more: %(door)s, in %(county)s") % {"n": count, "door": door, "county": county}
    name = RULES[change["rule"]][0]
    return _("%(rule)s: %(value)s") % {"rule": name, "value": f"{change['value']:g}"}


def checked(change: Change) -> Change:
    """Return the change with only what its kind takes; RuleBroken says what is missing, with its field."""
    kind = change.get("kind")
    if kind not in KINDS:
        raise RuleBroken(_("There is no such change."), field="kind")
    needs = {
        "fewer": ("count",),
        "more": ("count", "skill", "county"),
        "size": ("count",),
        "rule": ("rule", "value"),
        "sites": ("count", "county"),
    }[kind]
    also = {"fewer": ("unit", "county"), "sites": ("door", "skill")}.get(kind, ())
    for name in needs:
        if change.get(name) in (None, ""):
            raise RuleBroken(_("This is needed."), field=name)
    if kind == "size" and not 2 <= change["count"] <= 20:
        raise RuleBroken(_("A team has from 2 to 20 people."), field="count")
    if kind == "rule":
        if change["rule"] not in RULES:
            raise RuleBroken(_("There is no such rule."), field="rule")
        _name, least, most = RULES[change["rule"]]
        if not least <= change["value"] <= most:
            raise RuleBroken(_("From %(least)g to %(most)g.") % {"least": least, "most": most}, field="value")
    return {"kind": kind} | {name: change[name] for name in (*needs, *also) if change.get(name) not in (None, "")}


def made(campaign: Campaign, posed: Posed, change: Change, seed: int) -> Posed:
    """Return the problem with the change made; whoever is gone is gone from what runs and from the locks too."""
    chance = random.Random(seed)
    return {"fewer": _fewer, "more": _more, "size": _size, "rule": _rule, "sites": _sites}[change["kind"]](
        campaign, posed, change, chance
    )


def _fewer(campaign: Campaign, posed: Posed, change: Change, chance: random.Random) -> Posed:
    rows = people_of(campaign)
    if change.get("unit"):
        rows = rows.filter(unit=change["unit"])
    if change.get("county"):
        rows = rows.filter(lives_in(change["county"]))
    keys = sorted(map(str, rows.order_by().values_list("pk", flat=True)))
    if len(keys) < change["count"]:
        raise RuleBroken(_("There are only %(n)d people to choose from.") % {"n": len(keys)}, field="count")
    gone = set(chance.sample(keys, change["count"]))
    officials = posed.problem.table("officials").filter(~pl.col("official").is_in(list(gone)))
    return _posed(posed, officials=officials, gone=gone)


def lives_in(county: int) -> Q:
    """Return the condition on officials that live in a county, or are at home there by their unit."""
    return Q(home=county) | Q(home__parent=county) | Q(home=None, unit__region=county)


def _more(campaign: Campaign, posed: Posed, change: Change, chance: random.Random) -> Posed:
    county = Region.objects.get(pk=change["county"])
    new = [
        {
            "official": f"+{n}",
            "unit": "+",
            "level": "city",
            "lat": county.lat,
            "lon": county.lon,
            "skills": [change["skill"]] if change["skill"] else [],
        }
        for n in range(1, change["count"] + 1)
    ]
    return _posed(posed, officials=_longer(posed.problem.table("officials"), new, dispatch.OFFICIALS))


def _size(campaign: Campaign, posed: Posed, change: Change, chance: random.Random) -> Posed:
    """Teams of another size; people for whom there is no seat then are free for other work, at no price."""
    size, rules = change["count"], posed.problem.rules
    teams = posed.problem.table("teams").with_columns(pl.lit(size).alias("size"))
    rules = replace(rules, size_wanted=size, size_min=min(rules.size_min, size), size_max=size, unplaced=0.0)
    return _posed(posed, teams=teams, rules=rules)


def _rule(campaign: Campaign, posed: Posed, change: Change, chance: random.Random) -> Posed:
    least, value = RULES[change["rule"]][1], change["value"]
    value = int(value) if isinstance(least, int) else value  # people are counted whole
    return _posed(posed, rules=replace(posed.problem.rules, **{change["rule"]: value}))


def _sites(campaign: Campaign, posed: Posed, change: Change, chance: random.Random) -> Posed:
    """Sites where some of the county's are already (of the door, if one is named), with their work and skills."""
    table = posed.problem.table("sites").filter(pl.col("county") == str(change["county"]))
    if change.get("door"):
        table = table.filter(pl.col("door") == change["door"])
    if not len(table):
        raise RuleBroken(_("There is no site of this kind in the county to take as an example."), field="county")
    rows = [table.row(chance.randrange(len(table)), named=True) for _n in range(change["count"])]
    new = [row | {"site": f"+{n}"} for n, row in enumerate(rows, 1)]
    if change.get("skill"):
        new = [row | {"skills": [change["skill"]]} for row in new]
    return _posed(posed, sites=_longer(posed.problem.table("sites"), new, dispatch.SITES))


def _longer(table: pl.DataFrame, rows: list[dict[str, Any]], types: dict[str, Any]) -> pl.DataFrame:
    """Return the table with rows added; what they leave out is filled by the problem with its defaults."""
    new = dispatch.table({name: [row.get(name) for row in rows] for name in rows[0]}, types)
    return pl.concat([table, pl.DataFrame(new)], how="diagonal") if rows else table


def _posed(posed: Posed, gone: set[str] = frozenset(), **changed: Any) -> Posed:  # type: ignore[assignment]
    problem, locks, previous = posed.problem, posed.locks, posed.previous
    kept = {name: changed.get(name, problem.table(name)) for name in ("officials", "sites", "teams")}
    rules = changed.get("rules", problem.rules)
    if gone:
        locks = replace(locks, officials={name: team for name, team in locks.officials.items() if name not in gone})
        previous = replace(
            previous,
            officials={name: team for name, team in previous.officials.items() if name not in gone},
            leaders=previous.leaders - gone,
        )
    ties = _among(problem.ties, kept["officials"])
    return Posed(replace(problem, **kept, rules=rules, ties=ties), locks, previous, posed.away)


def _among(ties: dispatch.Ties, officials: pl.DataFrame) -> dispatch.Ties:
    """Return the ties of those who are left."""
    people, units = set(officials["official"]), set(officials["unit"])

    def left(groups: Sequence[Sequence[str]]) -> list[list[str]]:
        rows = [[name for name in group if name in people] for group in groups]
        return [row for row in rows if len(row) > 1]

    pairs = [pair for pair in ties.units_apart if set(pair) <= units]
    return dispatch.Ties(left(ties.together), left(ties.apart), units_apart=pairs)


def counties_of(campaign: Campaign) -> list[Region]:
    """Return the counties that the campaign's sites lie in (one query)."""
    return list(Region.objects.filter(pk__in=sites_of(campaign).values("county")).order_by("code"))


def units_of(campaign: Campaign) -> list[Unit]:
    """Return the units that people of the campaign are from (one query)."""
    seated = Official.objects.filter(memberships__team__campaign=campaign).values("unit")
    return list(Unit.objects.filter(pk__in=seated))
