"""The pool's problem read out of the models: which order may go to which maker, in which weeks, at which cost.

Weeks are counted from a Monday. A maker's week counts when one of its windows holds all of it; an order is made from
the first whole week of its release to the last that ends by its due day. Who may not make an order is kept with why.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import pairs
from sijin.exchange.domain.suggestions import traits_of
from sijin.exchange.models import PoolMaker, PoolOrder

WEEK = timedelta(days=7)
MOST_WEEKS = 260  # that a plan reaches; what is due later is planned as if it were due then
YEARS = range(2000, 2101)  # of days that make sense
AFTER = 12  # weeks past the last due one, in which what is late could still be made
ALONE_WEEKS = 104  # how far a firm's own board may reach when nobody helps


@dataclass(frozen=True)
class Change:
    """What a scenario makes otherwise; the rows themselves stay as they are."""

    kind: str = ""  # one of PoolScenario.Kind; empty: nothing
    maker: int | None = None
    percent: int = 0


@dataclass(frozen=True)
class Held:
    """A share that a plan before had: of it a re-plan keeps what is locked, and prices what moves."""

    order: int
    maker: int
    quantity: int
    locked: bool


@dataclass
class Posed:
    """A campaign's pool with everything that the engine takes; rows are named by their keys."""

    start: date
    weeks: int
    orders: dict[int, PoolOrder]
    makers: dict[int, PoolMaker]
    quantity: dict[int, int]  # pieces of each order, as the scenario has it
    held: list[Held] = field(default_factory=list)
    open: dict[tuple[int, int], Decimal] = field(default_factory=dict)  # (order, maker) → yuan for each piece
    barred: dict[tuple[int, int], str] = field(default_factory=dict)  # (order, maker) → code of the reason
    hours: dict[tuple[int, int], float] = field(default_factory=dict)  # (maker, week) → hours
    alone: bool = False

    def rate(self, order: int, maker: int) -> Any:
        """Return the maker's rate for what is ordered, or None."""
        return self.makers[maker].made.get(self.orders[order].product)

    def first_week(self, order: int) -> int:
        """Return the first whole week in which the order may be made."""
        return max(0, -((self.start - self.orders[order].release) // WEEK))

    def last_week(self, order: int) -> int:
        """Return the last week by whose end the order must have arrived."""
        if self.alone:
            return self.weeks - 1
        return min((self.orders[order].due + timedelta(days=1) - self.start) // WEEK, self.weeks) - 1


def monday(day: date) -> date:
    """Return the Monday on or after `day`."""
    return day + timedelta(days=-day.weekday() % 7)


def pose(campaign: Campaign, start: date, *, change: Change | None = None, held: list[Held] | None = None) -> Posed:
    """Read the problem out of the models (four queries)."""
    change = change or Change()
    orders = {order.pk: order for order in live_orders(campaign)}
    makers = {maker.pk: maker for maker in live_makers(campaign)}
    if change.kind == "drop":
        makers.pop(change.maker, None)
    for maker in makers.values():
        maker.made = {rate.product: rate for rate in maker.rates.all()}
        if change.kind == "certificate" and maker.pk == change.maker:
            maker.certificate = True
    raised = 100 + (change.percent if change.kind == "more" else 0)
    quantity = {pk: -(-order.quantity * raised // 100) for pk, order in orders.items()}
    alone = change.kind == "alone"
    last = max((order.due for order in orders.values()), default=start)
    weeks = ALONE_WEEKS if alone else min(max(1, (last + timedelta(days=1) - start) // WEEK), MOST_WEEKS)
    kept = [one for one in held or [] if one.order in orders and one.maker in makers]
    posed = Posed(start, weeks, orders, makers, quantity, kept, alone=alone)
    _open(campaign, posed)
    return posed


def live_orders(campaign: Campaign) -> Any:
    """Return the orders that are in the pool."""
    return campaign.pool_orders.filter(withdrawn_at=None).select_related("site", "need").order_by("pk")


def live_makers(campaign: Campaign) -> Any:
    """Return the makers that are in the pool, with their rates and offers; a withdrawn offer takes its maker along."""
    rows = campaign.pool_makers.filter(withdrawn_at=None).exclude(offer__withdrawn_at__isnull=False)
    return rows.select_related("site", "offer").prefetch_related("rates").order_by("pk")


def stamp(campaign: Campaign) -> str:
    """Return a digest of the orders and makers as they are: it changes with any of them (two queries)."""
    rows = [
        *(("o", *row) for row in campaign.pool_orders.order_by("pk").values_list("pk", "version")),
        *(("m", *row) for row in campaign.pool_makers.order_by("pk").values_list(
            "pk", "version", "offer__withdrawn_at", "offer__has_capacity", "offer__has_channel"
        )),
    ]  # fmt: skip
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _open(campaign: Campaign, posed: Posed) -> None:
    """Decide for every order and maker; weeks without hours are left out."""
    traits = traits_of(campaign.pk, {order.site_id for order in posed.orders.values()})
    for maker in posed.makers.values():
        free = (week for week in range(posed.weeks + AFTER) if posed.alone or is_free(maker, posed.start + week * WEEK))
        posed.hours |= {(maker.pk, week): float(maker.hours) for week in free}
    for order in posed.orders.values():
        want = traits.get(order.site_id, (None, None))
        for maker in posed.makers.values():
            reason = _reason(posed, order, maker, want)
            if reason:
                posed.barred[order.pk, maker.pk] = reason
                continue
            shipping = Decimal(0) if is_own(order, maker) else maker.ship_cost
            posed.open[order.pk, maker.pk] = maker.made[order.product].price + shipping


def _reason(posed: Posed, order: PoolOrder, maker: PoolMaker, want: tuple[bool | None, bool | None]) -> str:
    """Return why the maker may not make the order; empty when it may."""
    own = is_own(order, maker)
    if order.product not in maker.made:
        return "product"
    if own and not order.at_home and not posed.alone:
        return "given_away"
    if not own and posed.alone:
        return "alone"
    if not own and maker.offer is not None:
        have = (maker.offer.has_capacity, maker.offer.has_channel)
        if have[0] is False:
            return "no_capacity"
        if not pairs.complementary(want, have):
            return "not_complementary"
    if order.certificate and not own and maker.certificate is not True:
        return "certificate_unknown" if maker.certificate is None else "certificate"
    return "" if posed.alone or _in_time(posed, order, maker, own) else "time"


def _in_time(posed: Posed, order: PoolOrder, maker: PoolMaker, own: bool) -> bool:
    first = posed.first_week(order.pk) + maker.lead
    last = posed.last_week(order.pk) - (0 if own else maker.ship_weeks)
    return any((maker.pk, week) in posed.hours for week in range(first, last + 1))


def is_free(maker: PoolMaker, first: date) -> bool:
    """Say whether a window of the maker holds all of the week that begins on `first`."""
    last = first + timedelta(days=6)
    return not maker.windows or any(
        date.fromisoformat(begin) <= first and last <= date.fromisoformat(end) for begin, end in maker.windows
    )


def is_own(order: PoolOrder, maker: PoolMaker) -> bool:
    """Say whether the maker is a line of the firm that holds the order."""
    return maker.site_id is not None and maker.site_id == order.site_id
