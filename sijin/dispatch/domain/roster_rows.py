"""A campaign's roster as the rows of its workbook: what is exported can be handed in again and changes nothing."""

from datetime import time
from typing import Any

from sijin.dispatch.domain.entries import PROFILE
from sijin.dispatch.domain.reach import people_of, sites_of
from sijin.dispatch.domain.sheets import DOORS, GRADES, KINDS, STAGES, TEAM_LEVELS, UNIT_LEVELS
from sijin.dispatch.domain.skills import skill_names
from sijin.dispatch.domain.tie_rows import named
from sijin.dispatch.models import Campaign, Membership, Posting, Team
from sijin.people.models import HELD, Account, Official, Unit
from sijin.people.policy import require
from sijin.places.models import Region, Site

Row = dict[str, Any]


def rows_of(by: Account, campaign: Campaign) -> dict[str, list[Row]]:
    """Return the rows by sheet key (about ten queries).

    A team stands beside a person or site only where the office has locked it: the others are the next plan's to decide.
    """
    require(by, "import", Campaign)
    people = list(people_of(campaign).select_related("unit", "home__parent").prefetch_related(HELD).order_by("code"))
    teams = list(campaign.teams.select_related("unit", "county").order_by("number"))
    ties = list(campaign.ties.prefetch_related("tied__official", "tied__unit"))
    units = {person.unit_id for person in people} | {team.unit_id for team in teams}
    units |= {row.unit_id for tie in ties for row in tie.tied.all()}
    seats = Membership.objects.filter(team__campaign=campaign, locked=True)
    seated = {key: (team, leads) for key, team, leads in seats.values_list("official", "team__number", "leads")}
    posts = Posting.objects.filter(team__campaign=campaign, until=None, locked=True)
    posted = dict(posts.values_list("site", "team__number"))
    sites = sites_of(campaign).select_related(
        "region", "county", "town", "enterprise", "project", "village", "community"
    )
    return {
        "campaign": [_campaign(campaign)],
        "units": [_unit(unit) for unit in Unit.objects.filter(pk__in=units - {None}).select_related("region")],
        "teams": [_team(team) for team in teams],
        "officials": [_official(person, *seated.get(person.pk, ("", False))) for person in people],
        "sites": [_site(site, posted.get(site.pk, "")) for site in sites.order_by("code")],
        "ties": [
            {"code": tie.code, "kind": _word(KINDS, tie.kind), "reason": tie.reason,
             **{key: "、".join(codes) for key, codes in zip(("officials", "units"), named(tie), strict=True)}}
            for tie in ties
        ],
    }  # fmt: skip


def _word(choices: dict[str, str], value: str) -> str:
    """Return the word of a choice; nothing for an empty one."""
    return next((word for word, kept in choices.items() if kept == value and value), "")


def _yes(value: bool) -> str:
    return "是" if value else ""


def _names(codes: list[str]) -> str:
    names = skill_names()
    return "、".join(names.get(code, code) for code in codes)


def _campaign(campaign: Campaign) -> Row:
    doors = "、".join(_word(DOORS, door) for door in campaign.doors)
    return {"code": campaign.code, "name": campaign.name, "start": campaign.start, "end": campaign.end, "doors": doors}


def _unit(unit: Unit) -> Row:
    county = unit.region.name if unit.region else ""
    return {"code": unit.code, "name": unit.name, "level": _word(UNIT_LEVELS, unit.level), "county": county}


def _team(team: Team) -> Row:
    return {
        "number": team.number, "name": team.name, "level": _word(TEAM_LEVELS, team.level),
        "unit": team.unit.code if team.unit else "", "size": team.size_wanted,
        "county": team.county.name if team.county else "", "skills": _names(team.skills), "lat": _cell(team.lat),
        "lon": _cell(team.lon),
    }  # fmt: skip


def _cell(value: Any) -> Any:
    return "" if value is None else value


def _official(person: Official, team: str, leads: bool) -> Row:
    names, home = skill_names(), person.home
    town = home is not None and home.level == Region.Level.TOWN and home.parent is not None
    return {
        "code": person.code, "name": person.name, "unit": person.unit.code, "title": person.title,
        "can_lead": _yes(person.can_lead),
        "skills": "、".join(f"{names.get(code, code)}:{level}" for code, level in person.levels.items()),
        "grade": _word(GRADES, person.grade), "led": person.led or "", "free_from": _cell(person.free_from),
        "free_until": _cell(person.free_until), "free_note": person.free_note,
        "home_county": (home.parent.name if town else home.name) if home else "",
        "home_town": home.name if town else "", "team": team, "leads": _yes(leads),
    }  # fmt: skip


def _site(site: Site, team: str) -> Row:
    profile = getattr(site, site.door, None)
    facts = {name: _cell(getattr(profile, name)) for name in PROFILE[site.door]} if profile else {}
    if "stage" in facts:
        facts["stage"] = _word(STAGES, facts["stage"])
    if "parties" in facts:
        facts["parties"] = "、".join(facts["parties"])
    known = {} if site.approximate else {"lat": site.lat, "lon": site.lon}
    village = site.region.name if site.region.level == Region.Level.VILLAGE else ""
    return {
        "code": site.code, "door": _word(DOORS, site.door), "name": site.name, "county": site.county.name,
        "town": site.town.name if site.town else "", "village": village, **known, "workload": site.workload,
        "priority": "" if site.priority == 1 else site.priority, "hours": _hours(site.opens, site.closes),
        "skills": _names(site.skills), "team": team, **facts,
    }  # fmt: skip


def _hours(opens: time | None, closes: time | None) -> str:
    if opens is None and closes is None:
        return ""
    return f"{opens or time():%H:%M}-{closes or time(23, 59):%H:%M}"
