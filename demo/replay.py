"""Replays the Weihai 2020 campaign through the same domain functions that the pages use; no back doors.

What the report states is loaded from `report/`, everything else is generated from a fixed seed and marked so.
The replay goes through the calendar from 2020-03-04 to 05-26: each day's visits are recorded, and every need takes the
steps that fall on that day; on Fridays the office issues its brief. It runs in one transaction: a replay that was
interrupted leaves nothing behind.
"""

import heapq
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from demo import cast, chain, employment, exchange, field, mutual, portfolio, projects, returning, shuttles, village
from demo.generated import course, roster, stories
from sijin.briefing.domain import briefs
from sijin.dispatch.models import Campaign

CODE = "weihai-2020"
TZ = ZoneInfo("Asia/Shanghai")
START, END = date(2020, 3, 4), date(2020, 5, 26)
CUTOFF = datetime(2020, 5, 26, 18, tzinfo=TZ)
VISITS = 3_650  # generated ones, spread over the working days; together they raise a little more than 5,000 needs
BRIEF_DAY = 4  # a brief every Friday, and one on the last day
Progress = Callable[[int, int, str], None]


def exists() -> bool:
    """Say whether the demo campaign is there."""
    return Campaign.objects.filter(code=CODE).exists()


@transaction.atomic
def run(progress: Progress = lambda done, total, words: None, visits: int = VISITS) -> None:
    """Make the campaign when it is not there; a second run changes nothing. `progress` hears of every day.

    `visits` is the number of generated visits; people, teams and sites are always there in full.
    """
    if exists():
        return
    total = (END - START).days + 1
    progress(0, total, "places, people, sites")
    played = cast.gather(CODE, START, CUTOFF)
    exchange.offers_of(played, stories.templates()["offers"])
    exchange.figures_of_firms(played)
    chain.supplies_of(played)
    _count_anew()
    dice = random.Random(roster.SEED)
    queue: list[tuple[datetime, int, course.Course]] = []
    number = 0
    for steps in stories.of_the_report(played):
        number = _enqueue(queue, number, steps)
    number = _enqueue(queue, number, chain.task_of(played))
    number = _enqueue(queue, number, projects.register_of(played))
    number = _enqueue(queue, number, mutual.pair_of(played))
    number = _enqueue(queue, number, field.visit_of(played))
    number = _enqueue(queue, number, village.course_of(played))
    plan = stories.visits_by_day(played, START + timedelta(6), END, visits, dice)
    for day in _days():
        for steps in stories.visit(played, plan.get(day, []), day, dice):
            number = _enqueue(queue, number, steps)
        evening = datetime.combine(day, datetime.min.time(), TZ) + timedelta(hours=18)
        while queue and queue[0][0] <= min(evening, CUTOFF):
            steps = heapq.heappop(queue)[2]
            number = _enqueue(queue, number, steps)
        if day.weekday() == BRIEF_DAY or day == END:
            briefs.issue_daily(played.office, played.campaign, day)
            _count_anew()
        progress((day - START).days + 1, total, day.isoformat())
    returning.workers_of(played)
    shuttles.buses_of(played)
    employment.market_of(played)
    exchange.clear_market(played)
    portfolio.plan_of(played, portfolio.SECONDS if visits >= VISITS else 1.0)


def _count_anew() -> None:
    """Tell PostgreSQL what this transaction has written so far; its planner would take all tables for empty."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _days() -> Iterator[date]:
    for n in range((END - START).days + 1):
        yield START + timedelta(days=n)


def _enqueue(queue: list[tuple[datetime, int, course.Course]], number: int, steps: course.Course) -> int:
    """Take the course to its next step and queue it under that step's time; a course that has ended is dropped."""
    at = next(steps, None)
    if at is not None:
        heapq.heappush(queue, (at, number, steps))
    return number + 1
