"""A small dispatch: two city teams and a provincial one, officials and sites that are in no team yet."""

from datetime import date
from types import SimpleNamespace

import pytest

from sijin.dispatch.models import Campaign, Team
from sijin.people.models import Account, Official, Role, Skill, Unit
from sijin.places.models import Region, Site
from tests.conftest import at


@pytest.fixture
def field(db) -> SimpleNamespace:
    """Tea is wanted in the west, data in the east; one person knows each; the provincial unit has two people."""
    city = Region.objects.create(system="nbs", year=2023, code="371000", name="威海市", level="city")
    west = Region.objects.create(
        system="nbs", year=2023, code="371083", name="乳山市", level="county", parent=city, lat=36.9, lon=121.5
    )
    east = Region.objects.create(
        system="nbs", year=2023, code="371082", name="荣成市", level="county", parent=city, lat=37.0, lon=121.8
    )
    campaign = Campaign.objects.create(
        code="c", name="行动", start=date(2020, 3, 4), doors=["enterprise", "village"], cutoff=at(3, 20)
    )
    made = SimpleNamespace(campaign=campaign, west=west, east=east, people={}, sites={}, teams={})
    made.office = Account.objects.create(username="office", role=Role.CAMPAIGN_OFFICE, display_name="四进办")
    made.leader = Account.objects.create(username="leader", role=Role.LEADER)
    tea, data = (Skill.objects.create(code=code, name=name) for code, name in
                 (("agriculture", "农业技术"), ("data", "信息数据")))  # fmt: skip
    units = {
        "tea": Unit.objects.create(code="p1", name="山东省农业农村厅", level="province"),
        "city": Unit.objects.create(code="c1", name="市税务局", level="city", region=city),
    }
    for number, level, county, unit in (("省01", "province", None, units["tea"]), ("市01", "city", west, None),
                                        ("市02", "city", east, None)):  # fmt: skip
        made.teams[number] = Team.objects.create(
            campaign=campaign, number=number, name=f"{number}组", level=level, county=county, unit=unit, size_wanted=2
        )
    rows = (
        ("甲", "tea", True, None, [tea]),
        ("乙", "tea", False, None, [tea]),
        ("丙", "city", True, west, []),
        ("丁", "city", False, east, [tea]),
        ("戊", "city", True, east, []),
        ("己", "city", False, west, [data]),
    )
    for name, unit, lead, home, skills in rows:
        person = Official.objects.create(
            code=name, name=name, unit=units[unit], can_lead=lead, home=home, title="处长" if lead else ""
        )
        person.skills.set(skills)
        made.people[name] = person
    for name, county, lon, skills in (("茶村", west, 121.5, ["agriculture"]), ("数厂", east, 121.8, ["data"]),
                                      ("海村", east, 121.81, [])):  # fmt: skip
        made.sites[name] = Site.objects.create(
            code=name, door="enterprise" if name == "数厂" else "village", name=name, region=county, county=county,
            lat=county.lat, lon=lon, skills=skills,
        )  # fmt: skip
    return made
