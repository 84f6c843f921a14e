"""Factories of the pool's tests: a firm with orders, four lines that could make them, one of its own."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sijin.exchange.domain.pool import keeping, plans
from sijin.exchange.models import Offer, PoolMaker, PoolOrder, PoolPlan

START = date(2020, 3, 9)


def line(world: SimpleNamespace, code: str, price: str = "10", *, product: str = "防护服", **facts: Any) -> PoolMaker:
    """A line that makes 100 pieces an hour, 40 hours a week."""
    facts = {"name": f"厂{code}", "hours": Decimal(40), "certificate": True, **facts}
    rates = facts.pop("rates", {product: (Decimal(100), Decimal(price))})
    return keeping.keep_maker(world.office, world.campaign, code, rates=rates, **facts)[0]


def order(
    world: SimpleNamespace, code: str, quantity: int = 4_000, due: date = date(2020, 3, 22), **facts: Any
) -> PoolOrder:
    """An order of the first site for two weeks' time, 20 yuan a piece."""
    usual = {"site": world.sites[0], "product": "防护服", "unit_price": Decimal(20), "release": START}
    return keeping.keep_order(
        world.office, world.campaign, code, quantity=quantity, due=due, **{**usual, "max_partners": 3, **facts}
    )[0]


def offer(world: SimpleNamespace, code: str, **facts: Any) -> Offer:
    """An offer of spare capacity."""
    facts = {"unit": "件/日", "quantity": 800, "has_capacity": True, "has_channel": False, **facts}
    return Offer.objects.create(
        code=code, campaign=world.campaign, provider=f"厂{code}", kind="capacity", item="防护服产能", **facts
    )


def stocked(world: SimpleNamespace) -> SimpleNamespace:
    """Two orders that take three lines; the dearest line and the uncertified one stay idle."""
    world.office = world.accounts["campaign_office"]
    world.lines = {
        "own": line(world, "own", "5", name="企业0", site=world.sites[0], hours=Decimal(20)),
        "a": line(world, "a", "8", offer=offer(world, "a")),
        "b": line(world, "b", "9"),
        "c": line(world, "c", "15"),
        "d": line(world, "d", "1", certificate=False),
    }
    world.orders = [order(world, "o1", 8_000), order(world, "o2", 10_000, date(2020, 3, 29), at_home=False)]
    return world


def solved(world: SimpleNamespace, **facts: Any) -> PoolPlan:
    """The plan of what there is."""
    return plans.solve(world.office, world.campaign, **{"start": START, "time_limit": 5, **facts})


def taken(plan: PoolPlan) -> dict[tuple[str, str], int]:
    """Return {(order, maker): pieces} by their codes."""
    return {(s.order.code, s.maker.code): s.quantity for s in plan.shares.select_related("order", "maker")}
