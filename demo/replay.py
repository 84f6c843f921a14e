"""Replays the Weihai 2020 campaign through the same domain functions that the pages use; no back doors.

What the report states is loaded from `report/`. The report names seven provincial teams of five; their members are
roles, not persons. City teams and the bulk of the ledger are not generated yet (see CHANGELOG).
"""

import csv
import io
import uuid
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.db import transaction
from PIL import Image, ImageDraw

from sijin.dispatch.models import Campaign, Membership, Posting, Team
from sijin.ledger.domain import evidence, needs
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Account, Official, Role, Unit
from sijin.places.domain import load_weihai, region
from sijin.places.models import Door, Region, Site
from sijin.visits.domain import record

REPORT = Path(__file__).with_name("report")
CODE = "weihai-2020"
PASSWORD = "sijin-demo-2020"
TZ = ZoneInfo("Asia/Shanghai")
NAMESPACE = uuid.UUID("5a1d2020-0304-4000-8000-000000000000")


def exists() -> bool:
    """Say whether the demo campaign is there."""
    return Campaign.objects.filter(code=CODE).exists()


def rows(name: str) -> list[dict[str, str]]:
    """Read one table of the report's facts."""
    with (REPORT / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def photo(words: str) -> bytes:
    """Draw a picture that says that it is generated; it stands for the photo of an answer."""
    image, kept = Image.new("RGB", (480, 320), "#E7E3DA"), io.BytesIO()
    ImageDraw.Draw(image).text((24, 150), f"generated demo evidence {words}", fill="#1F2328")
    image.save(kept, "JPEG")
    return kept.getvalue()


@transaction.atomic
def run() -> None:
    """Make the campaign anew when it is not there; a second run changes nothing."""
    if exists():
        return
    load_weihai()
    city = region("371000")
    campaign = Campaign.objects.create(
        code=CODE,
        name="威海“四进”攻坚行动",
        start=date(2020, 3, 4),
        doors=Door.values,
        cutoff=datetime(2020, 5, 26, 18, tzinfo=TZ),
    )
    office = account("office", Role.CAMPAIGN_OFFICE, display_name="四进办")
    account("leader", Role.LEADER, display_name="领导")
    account("auditor", Role.AUDITOR, display_name="审计")
    leaders = {row["number"]: team(campaign, row, city) for row in rows("provincial_teams.csv")}
    sites = {row["code"]: site(row, leaders[row["team"]][0]) for row in rows("sites.csv")}
    with (REPORT / "needs.yaml").open(encoding="utf-8") as file:
        for story in yaml.safe_load(file):
            posted = sites[story["site"]]
            drive(story, posted, *leaders[posted.postings.get().team.number], office, city)


def account(name: str, role: Role, **fields: Any) -> Account:
    """Make one demo account with the demo password."""
    return Account.objects.create_user(name, password=PASSWORD, role=role, **fields)


def team(campaign: Campaign, row: dict[str, str], city: Region) -> tuple[Team, Account]:
    """Make a provincial team of a leader and four members, given as roles; return it with its leader's account."""
    unit = Unit.objects.create(code=row["number"], name=row["unit"], level="province")
    made = Team.objects.create(
        campaign=campaign, number=row["number"], name=f"省派威海{row['unit']}工作组", level="province", unit=unit
    )
    officials = [
        Official.objects.create(
            code=f"{row['number']}-{n}", name="组长" if n == 1 else f"成员{n}", unit=unit, can_lead=n == 1, home=city
        )
        for n in range(1, 6)
    ]
    for official in officials:
        Membership.objects.create(team=made, official=official, leads=official.can_lead)
    name = f"team{row['number'][1:]}"
    return made, account(name, Role.TEAM_LEADER, official=officials[0], display_name=f"{made.name}组长")


def site(row: dict[str, str], team: Team) -> Site:
    """Make one site of the report and post its team to it."""
    place = region(row["region"])
    town = place.parent if place.level == "village" else None
    county = town.parent if town else place
    made = Site.objects.create(
        code=row["code"],
        door=row["door"],
        name=row["name"],
        region=place,
        town=town,
        county=county,
        lat=place.lat,
        lon=place.lon,
        approximate=True,
        source=row["source"],
    )
    Posting.objects.create(team=team, site=made, since=team.campaign.start + timedelta(1), reason="报告所述")
    return made


def drive(story: dict[str, Any], site: Site, team: Team, leader: Account, office: Account, city: Region) -> Need:
    """Take one need of the report from the visit that found it to where the report left it."""
    found = datetime.combine(story["day"], datetime.min.time(), TZ) + timedelta(hours=10)
    visit = record(
        leader,
        team,
        site,
        client_uuid=uuid.uuid5(NAMESPACE, story["title"]),
        at=found,
        said=story["title"],
        took_nothing=True,
        findings=[{"title": story["title"], "category": story["category"], "report_rows": story["rows"]}],
    )
    need = visit.needs.get()
    NeedItem.objects.bulk_create(
        NeedItem(need=need, kind="goods", item=item, unit=unit, quantity=quantity)
        for item, unit, quantity in story.get("items", ())
    )
    unit, _ = Unit.objects.get_or_create(
        name=story["lead"], defaults={"code": f"c{Unit.objects.count():03d}", "level": "city", "region": city}
    )
    handler = unit.accounts.first() or account(
        f"dept{unit.pk:02d}", Role.DEPARTMENT_HANDLER, unit=unit, display_name=f"{unit.name}承办人"
    )
    need = needs.apply(need, "hand_over", office, at=found + timedelta(hours=5), klass=story["klass"], lead_unit=unit)
    need = needs.apply(need, "receive", handler, at=found + timedelta(hours=23))
    facts = {"measure": story["measure"], "aspect": story["aspect"]}
    need = needs.apply(need, "carry_out", handler, at=found + timedelta(hours=25), **facts)
    if story["end"] != "closed":
        return need
    answered = found + timedelta(days=3)
    evidence.add(need, handler, "办理现场.jpg", photo(need.number), verb="answer", at=answered)
    need = needs.apply(need, "answer", handler, at=answered, note=story["measure"])
    need = needs.apply(need, "verify", leader, at=answered + timedelta(days=1), note="现场核验")
    token = needs.confirm_link(need, leader, at=answered + timedelta(days=1))
    need = needs.confirm_by_link(token, "satisfied", at=answered + timedelta(days=2))
    for item in need.items.all():
        need = needs.apply(need, "take_in", leader, at=answered, item=item, quantity=item.quantity)
    return needs.apply(need, "close", office, at=answered + timedelta(days=3))
