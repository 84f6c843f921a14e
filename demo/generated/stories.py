"""What happens: the needs that the report tells of, and the generated visits with what they find."""

import io
import random
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from PIL import Image, ImageDraw

from demo import exchange, experts, pool, soil
from demo.cast import REPORT, Cast
from demo.generated.course import Course, Hands, course, weekdays
from sijin.ledger.domain import evidence, needs
from sijin.ledger.models import Need, NeedItem
from sijin.places.models import Site
from sijin.visits.domain import record

NAMESPACE = uuid.UUID("5a1d2020-0304-4000-8000-000000000000")
TZ = ZoneInfo("Asia/Shanghai")
FINDINGS = (0, 1, 1, 1, 2, 2, 3)  # how many needs a visit brings: 1.43 on average
MET = {"enterprise": "企业负责人", "project": "项目负责人", "village": "村“两委”成员", "community": "社区书记"}


@cache
def templates() -> dict[str, Any]:
    """Read what generated needs and offers are about."""
    with Path(__file__).with_name("stories.yaml").open(encoding="utf-8") as file:
        return yaml.safe_load(file)


@cache
def photo(words: str) -> bytes:
    """Draw a picture that says that it is generated; it stands for the photo of an answer."""
    image, kept = Image.new("RGB", (320, 200), "#E7E3DA"), io.BytesIO()
    ImageDraw.Draw(image).text((16, 90), f"generated demo evidence: {words}", fill="#1F2328")
    image.save(kept, "JPEG")
    return kept.getvalue()


def visits_by_day(cast: Cast, first: date, last: date, count: int, dice: random.Random) -> dict[date, list[Site]]:
    """Spread `count` visits over the working days, denser in the first weeks; no site twice before every site once."""
    days = weekdays(first, last)
    generated = [site for site in cast.sites.values() if site.generated]
    order = dice.sample(generated, min(count, len(generated)))
    drawn = order + dice.choices(generated, k=count - len(order))
    weights = [3.0 if n < 12 else 1.6 if n < 30 else 1.0 for n in range(len(days))]
    plan: dict[date, list[Site]] = {}
    for site, day in zip(drawn, sorted(dice.choices(days, weights, k=count)), strict=True):
        plan.setdefault(day, []).append(site)
    return plan


def visit(cast: Cast, sites: list[Site], day: date, dice: random.Random) -> Iterator[Course]:
    """Record one day's visits; yield the course of every need that they raise."""
    for site in sites:
        team = cast.posted[site.pk]
        leader = cast.leaders[team.pk]
        at = datetime.combine(day, datetime.min.time(), TZ) + timedelta(minutes=dice.randint(8 * 60 + 30, 17 * 60))
        choice = [need for need in templates()["needs"] if need["door"] == site.door]
        drawn = [_drawn(story, dice) for story in _distinct(choice, dice.choice(FINDINGS), dice)]
        said = "；".join(story["title"] for story in drawn) or "生产生活平稳，宣讲政策，暂无需求"
        kept = record(
            leader,
            team,
            site,
            client_uuid=uuid.UUID(int=dice.getrandbits(128), version=4),
            at=at,
            recorded_at=at,
            met=MET[site.door],
            said=said,
            took_nothing=True,
            generated=True,
            findings=[
                {"title": story["title"], "category": story["category"], "items": story["items"]} for story in drawn
            ],
        )
        raised = {need.title: need for need in kept.needs.all()} if drawn else {}
        for story in drawn:
            need = raised[story["title"]]
            yield _course(cast, need, story, site, dice, at)
            if any(item["kind"] == "expert" for item in story["items"]):
                yield experts.course_of(cast, need, leader, at)


def _distinct(choice: list[dict[str, Any]], count: int, dice: random.Random) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    while len(found) < count:
        story = dice.choices(choice, [need["share"] for need in choice])[0]
        found[story["title"]] = story
    return list(found.values())


def _drawn(story: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    words = {name: dice.choice(options) for name, options in templates()["words"].items()}
    items = []
    if story.get("items"):
        kind, item, unit, least, most = story["items"]
        items = [{"kind": kind, "item": item, "unit": unit, "quantity": Decimal(dice.randint(least, most))}]
    return {**story, "title": story["title"].format(**words), "items": items}


def _course(cast: Cast, need: Need, story: dict[str, Any], site: Site, dice: random.Random, at: datetime) -> Course:
    klass = dice.choices((1, 2, 3, 4), story["classes"])[0]
    area = "市" if klass >= 3 or dice.random() < 0.3 else site.county.name
    unit = cast.units[f"{area}{story['lead']}"]
    hands = Hands(cast.office, cast.leaders[cast.posted[site.pk].pk], cast.handlers[unit.pk], unit)
    return course(need, story, klass, hands, dice, photo(story["category"]), at)


def of_the_report(cast: Cast) -> Iterator[Course]:
    """Yield the course of every need that the report tells of."""
    with (REPORT / "needs.yaml").open(encoding="utf-8") as file:
        for story in yaml.safe_load(file):
            yield _told(cast, story)


def _told(cast: Cast, story: dict[str, Any]) -> Course:
    """Take one need of the report from the visit that found it to where the report left it."""
    site = cast.sites[story["site"]]
    team = cast.posted[site.pk]
    leader, unit = cast.leaders[team.pk], cast.units[story["lead"]]
    handler = cast.handlers[unit.pk]
    at = datetime.combine(story["day"], datetime.min.time(), TZ) + timedelta(hours=10)
    yield at
    visit = record(
        leader,
        team,
        site,
        client_uuid=uuid.uuid5(NAMESPACE, story["title"]),
        at=at,
        recorded_at=at,
        said=story["title"],
        took_nothing=True,
        findings=[{"title": story["title"], "category": story["category"], "report_rows": story["rows"]}],
    )
    need = visit.needs.get()
    NeedItem.objects.bulk_create(
        NeedItem(need=need, kind="goods", item=item, unit=unit_name, quantity=quantity)
        for item, unit_name, quantity in story.get("items", ())
    )
    yield (at := at + timedelta(hours=5))
    need = needs.apply(need, "hand_over", cast.office, at=at, klass=story["klass"], lead_unit=unit)
    came = (
        datetime.combine(story["experts"], datetime.min.time(), TZ) + timedelta(hours=9) if "experts" in story else at
    )
    named = experts.name_those_of_the_report(cast, need, 22, came, at) if "experts" in story else []
    yield (at := at + timedelta(hours=18))
    need = needs.apply(need, "receive", handler, at=at)
    yield (at := at + timedelta(hours=2))
    need = needs.apply(need, "carry_out", handler, at=at, measure=story["measure"], aspect=story["aspect"])
    if named:
        yield came
        experts.come(cast, named, leader, came, story["measure"])
        card, told = experts.advise(cast, need, named[0], leader, came)
    if soil.told_of(need):
        yield from soil.course_of(cast, need, at)
    if story["end"] != "closed":
        return
    yield (at := at + timedelta(days=2))
    event = pool.agreements_of(cast, need, at) if 9 in story["rows"] else None
    evidence.add(need, handler, "办理现场.jpg", photo(need.number), verb="answer", at=at)
    need = needs.apply(need, "answer", handler, at=at, note=story["measure"])
    yield (at := at + timedelta(days=1))
    need = needs.apply(need, "verify", leader, at=at, note="现场核验")
    token = needs.confirm_link(need, leader, at=at)
    exchange.donate(cast, need, leader, at)
    yield (at := at + timedelta(days=1))
    need = needs.confirm_by_link(token, "satisfied", at=at)
    yield (at := at + timedelta(days=1))
    needs.apply(need, "close", cast.office, at=at)
    if site.door == "enterprise":
        exchange.plans_of(cast, site, at)
    if named:
        at = datetime.combine(told["followed"], datetime.min.time(), TZ) + timedelta(hours=15)
        yield at
        experts.follow_up(card, told, leader, at)
    if event is not None:
        for day in pool.DELIVERED:
            yield datetime.combine(day, datetime.min.time(), TZ) + timedelta(hours=16)
            pool.deliver(cast, event, day)
