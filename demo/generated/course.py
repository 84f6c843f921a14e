"""The course of one generated need, from the visit that found it to wherever it stands at the cut-off.

A course is a generator: it yields the time of its next step and, when resumed, takes that step through the same domain
functions as the pages. The replay keeps all courses in one queue, so that steps happen in the order of the calendar.
"""

import random
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from demo import exchange
from sijin.engines.calendars import china
from sijin.ledger.domain import evidence, needs
from sijin.ledger.models import Need
from sijin.people.models import Account, Unit

Course = Generator[datetime, None, None]


@dataclass(frozen=True)
class Hands:
    """Who acts on a need: the office hands over and closes, the handler answers, the leader verifies."""

    office: Account
    leader: Account
    handler: Account
    unit: Unit


def daytime(at: datetime) -> datetime:
    """Return `at`, or the morning after when `at` falls into the night."""
    if at.hour >= 19:
        return (at + timedelta(days=1)).replace(hour=9)
    return at.replace(hour=9) if at.hour < 8 else at


def working(at: datetime, hour: int | None = None) -> datetime:
    """Return `at`, or the morning of the next working day when `at` falls on a day off or in the night."""
    at = daytime(at)
    while not china().is_workday(at.date()):
        at = (at + timedelta(days=1)).replace(hour=9)
    return at if hour is None else at.replace(hour=hour)


def course(
    need: Need, story: dict[str, Any], klass: int, hands: Hands, dice: random.Random, photo: bytes, found: datetime
) -> Course:
    """Drive `need`, found at `found`; see the module."""
    at = working(found + timedelta(hours=dice.uniform(1, 20)))
    yield at
    if klass == Need.Klass.LATER and dice.random() < 0.5:
        need = needs.apply(need, "classify", hands.office, at=at, klass=klass)
        review = (at + timedelta(days=60)).date()
        needs.apply(need, "park", hands.office, at=at, note="条件暂不具备，定期复核", review_on=review)
        return
    need = needs.apply(need, "hand_over", hands.office, at=at, klass=klass, lead_unit=hands.unit)
    if dice.random() < 0.03:
        at = working(at + timedelta(hours=dice.uniform(2, 30)))
        yield at
        need = needs.apply(need, "send_back", hands.handler, at=at, note="不属于本单位职责，建议重新交办")
        at = working(at + timedelta(hours=dice.uniform(1, 10)))
        yield at
        need = needs.apply(
            need, "hand_over", hands.office, at=at, klass=klass, lead_unit=hands.unit, note="经核实仍由该单位牵头"
        )
    at = working(at + timedelta(hours=dice.uniform(0.5, 30)))
    yield at
    need = needs.apply(need, "receive", hands.handler, at=at)
    at = working(at + timedelta(hours=dice.uniform(1, 40)))
    yield at
    facts = {"measure": story["measure"], "aspect": story["aspect"]}
    need = needs.apply(need, "carry_out", hands.handler, at=at, **facts)
    if klass >= Need.Klass.PROVINCE and dice.random() < 0.25:
        at = working(at + timedelta(days=dice.uniform(5, 20)))
        yield at
        needs.apply(need, "explain", hands.office, at=at, note="现行政策不支持", told="已向对方当面说明")
        return
    if dice.random() < 0.04:
        at = working(at + timedelta(hours=dice.uniform(1, 20)))
        yield at
        need = needs.apply(need, "pause", hands.handler, at=at, note="等待对方补充材料")
        at = working(at + timedelta(days=dice.uniform(1, 8)))
        yield at
        need = needs.apply(need, "resume", hands.handler, at=at, note="材料已补齐")
    deal = None
    if own := exchange.asked(need):
        at = working(at + timedelta(hours=own.uniform(1, 12)))
        yield at
        if deal := exchange.deal(need, hands.handler, hands.office, at):
            lapses = own.random() < exchange.LAPSES
            at = working(at + timedelta(days=9) if lapses else at + timedelta(hours=own.uniform(2, 40)))
            yield at
            deal = deal.lapse(at) if lapses else deal.agree(at)
    yield from _answered(need, story, hands, dice, photo, at, deal)


def _answer_day(need: Need, dice: random.Random, at: datetime) -> datetime:
    """Return when the answer comes: mostly before the deadline, one in fourteen after it."""
    left = (need.due - at.date()).days if need.due else dice.randint(5, 40)
    share = dice.betavariate(1.6, 3.8) if dice.random() > 0.07 else dice.uniform(1.05, 1.8)
    return working(at + timedelta(days=max(0.2, left * share)))


def _answered(
    need: Need,
    story: dict[str, Any],
    hands: Hands,
    dice: random.Random,
    photo: bytes,
    at: datetime,
    deal: exchange.Deal | None,
) -> Course:
    rounds = 0
    while True:
        rounds += 1
        at = _answer_day(need, dice, at)
        yield at
        if rounds == 1:
            evidence.add(need, hands.handler, "办理现场.jpg", photo, verb="answer", at=at)
            if deal:
                deal.deliver(at)
        need = needs.apply(need, "answer", hands.handler, at=at, note=f"{story['measure']}，已落实")
        at = working(at + timedelta(hours=dice.uniform(2, 26)))
        yield at
        if rounds == 1 and dice.random() < 0.03:
            need = needs.apply(need, "refuse", hands.leader, at=at, note="现场查看尚未落实")
            continue
        if deal:
            deal = deal.confirm(hands.leader, at)
        need = needs.apply(need, "verify", hands.leader, at=at, note="到现场核验属实")
        token = needs.confirm_link(need, hands.leader, at=at)
        at = daytime(at + timedelta(hours=dice.uniform(2, 40)))
        yield at
        grumbles = rounds == 1 and dice.random() < 0.03
        verdict = "dissatisfied" if grumbles else "satisfied" if dice.random() < 0.9 else "basic"
        need = needs.confirm_by_link(token, verdict, at=at)
        at = daytime(at + timedelta(hours=dice.uniform(1, 16)))  # the campaign office has no days off
        yield at
        if verdict != "dissatisfied":
            break
        need = needs.apply(need, "redo", hands.office, at=at, note="服务对象不满意，退回重办")
    for item in need.items.all():
        if missing := item.quantity - item.received:
            need = needs.apply(need, "take_in", hands.leader, at=at, item=item, quantity=missing)
    need = needs.apply(need, "close", hands.office, at=at)
    if dice.random() < 0.85:
        at = working(at + timedelta(days=dice.uniform(30, 36)), 10)
        yield at
        needs.apply(need, "look_back", hands.office, at=at, note="回访未反复")


def weekdays(start: date, end: date) -> list[date]:
    """Return the working days from `start` to `end`, both included."""
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    return [day for day in days if china().is_workday(day)]
