"""The production board read out of a plan: every maker's runs by day, how full its weeks are, until when it is booked.

Works in days from the plan's start; a run begins and ends where its hours do, so that two orders of one day stand side
by side. What is drawn where in pixels is the page's matter.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from sijin.exchange.domain.pool.problem import WEEK, is_free, is_own
from sijin.exchange.models import PoolDay, PoolMaker, PoolPlan, PoolShare


@dataclass
class Run:
    """One stretch of days in which a maker makes one order; `since` and `until` are days from the start, with parts."""

    share: PoolShare
    since: float
    until: float
    first: date
    last: date
    quantity: int


@dataclass
class Row:
    """A maker's line of the board."""

    maker: PoolMaker
    own: bool
    runs: list[Run] = field(default_factory=list)
    weeks: list[float | None] = field(default_factory=list)  # share of the week's hours in use; None: not free
    undated: list[PoolShare] = field(default_factory=list)  # moved by hand, not solved since
    booked_until: date | None = None
    quantity: int = 0
    value: Decimal = Decimal(0)  # yuan, at the orders' prices

    @property
    def busy(self) -> float:
        """Return the share of its free hours that is in use."""
        free = [week for week in self.weeks if week is not None]
        return sum(free) / len(free) if free else 0.0


@dataclass
class Board:
    """All makers that have something to do in a plan, the firm's own lines first."""

    plan: PoolPlan
    rows: list[Row]
    weeks: list[date]
    last: date | None  # the last day of all
    days: dict[int, list[tuple[date, int]]] = field(default_factory=dict)  # of each share, by its key


def shares_of(plan: PoolPlan) -> list[PoolShare]:
    """Return the plan's shares with what a page shows of them (two queries)."""
    rows = plan.shares.select_related("order__site", "maker__site", "maker__offer").prefetch_related("maker__rates")
    return list(rows)


def board(plan: PoolPlan, shares: list[PoolShare] | None = None) -> Board:
    """Read the board (three queries)."""
    shares = shares_of(plan) if shares is None else shares
    days: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for share, day, quantity in PoolDay.objects.filter(share__plan=plan).values_list("share", "day", "quantity"):
        days[share].append((day, quantity))
    last = max((day for rows in days.values() for day, _quantity in rows), default=None)
    count = max(plan.weeks, 0 if last is None else (last - plan.start) // WEEK + 1)
    rows: dict[int, Row] = {}
    for share in shares:
        row = rows.setdefault(share.maker_id, Row(share.maker, is_own(share.order, share.maker)))
        row.quantity += share.quantity
        row.value += share.quantity * share.order.unit_price
        if not days[share.pk]:
            row.undated.append(share)
    for row in rows.values():
        _fill(row, [share for share in shares if share.maker_id == row.maker.pk], days, plan.start, count)
    ordered = sorted(rows.values(), key=lambda row: (not row.own, -row.value, row.maker.code))
    return Board(plan, ordered, [plan.start + n * WEEK for n in range(count)], last, dict(days))


def _fill(row: Row, shares: list[PoolShare], days: dict[int, list[tuple[date, int]]], start: date, count: int) -> None:
    """Lay a maker's days one after the other."""
    made = {rate.product: float(rate.per_hour) for rate in row.maker.rates.all()}
    day_hours = float(row.maker.hours) / 7
    used: dict[date, float] = defaultdict(float)  # share of the day
    steps = sorted(
        ((day, share.order.due, share.pk, share, quantity) for share in shares for day, quantity in days[share.pk]),
        key=lambda step: step[:3],
    )
    before: Run | None = None
    for day, _due, _pk, share, quantity in _as_it_goes(steps):
        part = quantity / (made.get(share.order.product) or quantity) / day_hours
        begin = (day - start).days + min(used[day], 1.0)
        used[day] += part
        end = (day - start).days + min(used[day], 1.0)
        if before is not None and before.share.pk == share.pk and (day - before.last).days <= 1:
            before.until, before.last, before.quantity = end, day, before.quantity + quantity
        else:
            before = Run(share, begin, end, day, day, quantity)
            row.runs.append(before)
    row.booked_until = max((run.last for run in row.runs), default=None)
    for n in range(count):
        first = start + n * WEEK
        if not is_free(row.maker, first):
            row.weeks.append(None)
        else:
            row.weeks.append(min(1.0, sum(used[first + timedelta(days=k)] for k in range(7)) / 7))


Step = tuple[date, date, int, PoolShare, int]


def _as_it_goes(steps: list[Step]) -> list[Step]:
    """Within a day, put what goes on from the day before first, so that a run is not cut in two."""
    found: list[Step] = []
    for _day, group in groupby(steps, key=lambda step: step[0]):
        going = found[-1][2] if found else 0
        found += sorted(group, key=lambda step: (step[2] != going, step[1], step[2]))
    return found
