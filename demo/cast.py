"""Who and what takes part in the demo campaign: accounts, units, teams, sites — the report's and the generated."""

import csv
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from demo.generated import roster
from sijin.dispatch.domain import plans
from sijin.dispatch.domain.skills import skill_names
from sijin.dispatch.models import Campaign, Membership, Posting, Team
from sijin.people.models import Account, Mastery, Official, Role, Skill, Unit
from sijin.places.domain import load_weihai
from sijin.places.models import (
    CommunityProfile,
    Door,
    EnterpriseProfile,
    ProjectProfile,
    Region,
    Site,
    VillageProfile,
)

REPORT = Path(__file__).with_name("report")
PASSWORD = "sijin-demo-2020"
PLAN_SECONDS = 20  # the posting takes all of its share and gains little after the first seconds; see tests/demo
TZ = ZoneInfo("Asia/Shanghai")
PROFILES = {
    "enterprise": EnterpriseProfile,
    "project": ProjectProfile,
    "village": VillageProfile,
    "community": CommunityProfile,
}


@dataclass
class Cast:
    """Everything a story needs at hand, so that the replay asks the database for nothing twice."""

    campaign: Campaign
    office: Account
    regions: dict[str, Region]
    units: dict[str, Unit] = field(default_factory=dict)  # by name
    handlers: dict[int, Account] = field(default_factory=dict)  # by unit key
    leaders: dict[int, Account] = field(default_factory=dict)  # by team key
    sites: dict[str, Site] = field(default_factory=dict)  # by code
    posted: dict[int, Team] = field(default_factory=dict)  # the team of each site key


def rows(name: str) -> list[dict[str, str]]:
    """Read one table of the report's facts."""
    with (REPORT / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def gather(code: str, start: date, cutoff: datetime) -> Cast:
    """Make the campaign with its people, sites and postings."""
    load_weihai()
    regions = {region.code: region for region in Region.objects.filter(system="nbs").select_related("parent__parent")}
    campaign = Campaign.objects.create(
        code=code, name="威海“四进”攻坚行动", start=start, doors=Door.values, cutoff=cutoff
    )
    password = make_password(PASSWORD)  # hashed once: 2,500 demo accounts share it
    for name, role, shown in (
        ("office", Role.CAMPAIGN_OFFICE, "四进办"),
        ("leader", Role.LEADER, "市领导"),
        ("auditor", Role.AUDITOR, "审计"),
        ("admin", Role.ADMINISTRATOR, "系统管理员"),
    ):
        Account.objects.create(username=name, role=role, display_name=shown, password=password)
    made = Cast(campaign, Account.objects.get(username="office"), regions)
    drawn = roster.make()
    skills = {code: Skill.objects.create(code=code, name=name) for code, name in skill_names().items()}
    _units(made, drawn, password)
    _provincial(made, skills, password)
    _city(made, drawn, skills)
    _dispatch(made)
    _accounts(made, password)
    return made


def _units(made: Cast, drawn: roster.Roster, password: str) -> None:
    units = Unit.objects.bulk_create(
        Unit(code=row["code"], name=row["name"], level=row["level"], region=made.regions[row["region"]], generated=True)
        for row in drawn.units
    )
    made.units = {unit.name: unit for unit in units}
    handlers = Account.objects.bulk_create(
        Account(
            username=f"dept-{unit.code[1:]}",
            role=Role.DEPARTMENT_HANDLER,
            unit=unit,
            password=password,
            display_name=f"{unit.name}承办人",
        )
        for unit in units
    )
    made.handlers = {account.unit_id: account for account in handlers}


def _provincial(made: Cast, skills: dict[str, Skill], password: str) -> None:
    """Seven provincial teams of five, as the report names them, with the sites that it tells of; members are roles."""
    city = made.regions["371000"]
    teams: dict[str, Team] = {}
    for row in rows("provincial_teams.csv"):
        unit = Unit.objects.create(code=row["number"], name=row["unit"], level="province")
        team = Team.objects.create(
            campaign=made.campaign,
            number=row["number"],
            name=f"省派威海{row['unit']}工作组",
            level="province",
            unit=unit,
        )
        officials = Official.objects.bulk_create(
            Official(
                code=f"{row['number']}-{n}",
                name=f"{row['unit']}{'组长' if n == 1 else f'成员{n}'}",
                unit=unit,
                can_lead=n == 1,
                home=city,
            )
            for n in range(1, 6)
        )
        for official in officials:
            official.skills.set(skills[code] for code in row["skills"].split())
        accounts = [
            Account(
                username=f"team{row['number'][1:]}" if o.can_lead else o.code,
                role=Role.TEAM_LEADER if o.can_lead else Role.TEAM_MEMBER,
                official=o,
                display_name=o.name,
                password=password,
            )
            for o in officials
        ]
        made.leaders[team.pk] = Account.objects.bulk_create(accounts)[0]
        teams[row["number"]] = team
    for row in rows("sites.csv"):
        site = _site(made, row["code"], row["door"], row["name"], row["region"], source=row["source"])
        site.save()
        made.sites[site.code] = site
        team = teams[row["team"]]
        since = made.campaign.start + timedelta(1)
        Posting.objects.create(team=team, site=site, since=since, reason="报告所述", locked=True)


def _site(made: Cast, code: str, door: str, name: str, region: str, **fields: Any) -> Site:
    place = made.regions[region]
    town = place.parent if place.level == "village" else place if place.level == "town" else None
    county = town.parent if town else place
    moved = fields.pop("moved", (0.0, 0.0))
    return Site(
        code=code,
        door=door,
        name=name,
        region=place,
        town=town,
        county=county,
        lat=round(place.lat + moved[0], 5),
        lon=round(place.lon + moved[1], 5),
        approximate=True,
        **fields,
    )


def _city(made: Cast, drawn: roster.Roster, skills: dict[str, Skill]) -> None:
    by_code = {unit.code: unit for unit in made.units.values()}
    officials = Official.objects.bulk_create(
        Official(
            code=row["code"],
            name=row["name"],
            unit=by_code[row["unit"]],
            title=row["title"],
            can_lead=row["can_lead"],
            home=made.regions[row["home"]],
            grade=row["grade"],
            led=row["led"],
            free_until=row["free_until"],
            free_note=row["free_note"],
            generated=True,
        )
        for row in drawn.officials
    )
    Mastery.objects.bulk_create(
        Mastery(official=official, skill=skills[skill], level=row["levels"][skill])
        for official, row in zip(officials, drawn.officials, strict=True)
        for skill in row["skills"]
    )
    Team.objects.bulk_create(
        Team(
            campaign=made.campaign,
            number=row["number"],
            name=row["name"],
            level=row["level"],
            county=made.regions[row["county"]],
        )
        for row in drawn.teams
    )
    sites = Site.objects.bulk_create(
        _site(
            made,
            row["code"],
            row["door"],
            row["name"],
            row["region"],
            moved=row["moved"],
            workload=row["workload"],
            skills=row["skills"],
            generated=True,
            source="generated",
        )
        for row in drawn.sites
    )
    made.sites |= {site.code: site for site in sites}
    facts = {row["code"]: row["facts"] for row in drawn.sites}
    for door, profile in PROFILES.items():
        profile.objects.bulk_create(profile(site=s, **facts[s.code]) for s in sites if s.door == door)


def _dispatch(made: Cast) -> None:
    """Let the office plan who goes where and approve the plan, through the same functions as the board."""
    start = datetime.combine(made.campaign.start + timedelta(5), datetime.min.time(), TZ) + timedelta(hours=20)
    plan = plans.solve(made.office, made.campaign, time_limit=PLAN_SECONDS, seed=roster.SEED, at=start)
    plans.approve(made.office, plan, at=start, since=made.campaign.start + timedelta(6))
    made.posted = {post.site_id: post.team for post in Posting.objects.select_related("team")}


def _accounts(made: Cast, password: str) -> None:
    """Give every official of the city an account; whoever the plan made leader leads."""
    leads = dict(Membership.objects.filter(leads=True, team__level="city").values_list("official", "team"))
    accounts = Account.objects.bulk_create(
        Account(
            username=official.code,
            role=Role.TEAM_LEADER if official.pk in leads else Role.TEAM_MEMBER,
            official=official,
            display_name=official.name,
            password=password,
        )
        for official in Official.objects.filter(generated=True).order_by("code")
    )
    made.leaders |= {leads[account.official_id]: account for account in accounts if account.official_id in leads}
