"""Soil samples in the demo: taken for the project of the report that lacks earth, through the room's own verbs."""

import heapq
from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import yaml

from demo.cast import REPORT, Cast
from demo.generated.course import Course
from sijin.exchange.domain.soil import samples
from sijin.exchange.models import Offer, SoilSample
from sijin.ledger.models import Need

SOURCE = "勘察、采样为报道所述，地点、深度、交接与结果为生成"
Step = tuple[datetime, int, Callable[[datetime], None]]


@cache
def _stories() -> list[dict[str, Any]]:
    return yaml.safe_load((REPORT / "soil.yaml").read_text(encoding="utf-8"))


def told_of(need: Need) -> bool:
    """Say whether samples are told of for `need`."""
    return any(need.title == story["need"] for story in _stories())


def course_of(cast: Cast, need: Need, began: datetime) -> Course:
    """Take the need's samples, hand them on and report them, in the order of the calendar."""
    steps: list[Step] = []
    for story in _stories():
        if story["need"] == need.title:
            for at, step in _steps(cast, need, story, began):
                heapq.heappush(steps, (at, len(steps), step))
    while steps:
        at, _number, step = heapq.heappop(steps)
        yield at
        step(at)


def _steps(
    cast: Cast, need: Need, story: dict[str, Any], began: datetime
) -> list[tuple[datetime, Callable[[datetime], None]]]:
    made: list[SoilSample] = []

    def when(told: dict[str, Any]) -> datetime:
        day = began.date() + timedelta(days=told["day"])
        return datetime.combine(day, time(told["at"]), began.tzinfo)

    def take(at: datetime) -> None:
        offer = Offer.objects.get(campaign=cast.campaign, provider=story["offer"]) if "offer" in story else None
        facts = {name: story[name] for name in ("place", "taken_by")}
        facts |= {"region": cast.regions[story["region"]], "depth": Decimal(str(story["depth"]))}
        made.append(
            samples.take(cast.office, need, offer=offer, taken_at=at, at=at, source=SOURCE, generated=True, **facts)
        )

    def hand(told: dict[str, Any]) -> Callable[[datetime], None]:
        def step(at: datetime) -> None:
            facts = {"receiver": told["to"], "signed": told["signed"]}
            made[0] = samples.hand_over(cast.office, made[0], on=at, at=at, **facts)

        return step

    def report(at: datetime) -> None:
        told = story["result"]
        figures = tuple((name, Decimal(str(value)), unit) for name, value, unit in told["figures"])
        numbers = (Decimal(str(told[name])) for name in ("density", "moisture"))
        result = samples.Result(told["verdict"], told["use"], *numbers, figures)
        samples.report(cast.office, made[0], result, on=at, at=at)

    return [
        (when(story["taken"]), take),
        *((when(told), hand(told)) for told in story["custody"]),
        (when(story["result"]), report),
    ]
