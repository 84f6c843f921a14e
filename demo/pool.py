"""The capacity pool in the demo: the makers' lines, the orders of 迪尚, the plan that pairs them, what comes of it.

Only that there are 25 makers, that eight signed and that the orders came to 200 million yuan is the report's; how much
each maker can make, at which price and where, and what the orders are, is generated. Who signs and for how much is
read out of the plan that the engine makes of it, through the same verbs as the pages.
"""

import csv
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from demo.cast import Cast
from demo.generated.roster import SEED
from sijin.exchange.domain.pool import keeping, plans, settle
from sijin.exchange.models import Agreement, Delivery, MatchmakingEvent, Offer, PoolDay, PoolOrder
from sijin.ledger.models import Need

ORDERS = Path(__file__).with_name("generated") / "pool_orders.csv"
HOLDER = "E001"  # 迪尚: orders yes, capacity no
START = date(2020, 3, 9)
SECONDS = 10  # the plan of this size is proven within a second or two
SHIFT = 8  # hours a day
DELIVERED = (date(2020, 4, 15), date(2020, 5, 6), date(2020, 5, 25))
PRICES = {"防护服": 70, "隔离衣": 24, "口罩": 1.2}  # yuan a piece, before the draw
PLACES = (  # of Shandong; weeks and yuan a piece on the way, in units of the product's price
    ("烟台市", 1, 0.002), ("青岛市", 1, 0.003), ("潍坊市", 1, 0.004), ("日照市", 1, 0.004), ("淄博市", 1, 0.006),
    ("临沂市", 1, 0.006), ("济南市", 1, 0.007), ("泰安市", 1, 0.007), ("济宁市", 1, 0.008), ("德州市", 1, 0.009),
)  # fmt: skip
OWN = {"防护服": (Decimal(2000), Decimal(60)), "隔离衣": (Decimal(4000), Decimal(20))}  # pieces an hour, yuan
OWN_HOURS = 112


def lines_of(cast: Cast, offers: dict[str, Offer]) -> None:
    """Write down a line for every offer of capacity, and the holder's own line."""
    dice = random.Random(SEED + 17)
    for key, offer in offers.items():
        if offer.kind != "capacity":
            continue
        place, weeks, way = dice.choice(PLACES)
        rates = {
            product: (offer.quantity / SHIFT, Decimal(str(round(PRICES[product] * dice.uniform(0.96, 1.04), 2))))
            for product in offer.tags
        }
        dearest = max(price for _count, price in rates.values())
        keeping.keep_maker(
            cast.office, cast.campaign, key, name=offer.provider, line="", place=place, offer=offer, hours=Decimal(56),
            windows=[[START.isoformat(), "2020-08-30"]], lead=1, setup=Decimal(4), min_lot=20_000, ship_weeks=weeks,
            ship_cost=round(dearest * Decimal(str(way)), 4), certificate=offer.certificate, rates=rates,
            source="generated", generated=True,
        )  # fmt: skip
    site = cast.sites[HOLDER]
    keeping.keep_maker(
        cast.office, cast.campaign, "own-01", name=site.name, line="自有产线", place="威海市", site=site, rates=OWN,
        hours=Decimal(OWN_HOURS), setup=Decimal(4), certificate=True, source="generated", generated=True,
    )  # fmt: skip


def orders_of(cast: Cast) -> None:
    """Write down the orders of the firm that has too many."""
    with ORDERS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            keeping.keep_order(
                cast.office, cast.campaign, row["code"], site=cast.sites[HOLDER], product=row["product"],
                destination=row["destination"], certificate=True, at_home=row["at_home"] == "是",
                quantity=int(row["quantity"]), unit_price=Decimal(row["unit_price"]),
                release=date.fromisoformat(row["release"]), due=date.fromisoformat(row["due"]),
                max_partners=int(row["max_partners"]), source="generated", generated=True,
            )  # fmt: skip


def agreements_of(cast: Cast, need: Need, at: datetime) -> MatchmakingEvent:
    """Plan the pool for `need`, hold the event of the report with the plan's partners, and sign what the plan says."""
    for order in PoolOrder.objects.filter(campaign=cast.campaign, site__code=HOLDER):
        keeping.keep_order(cast.office, cast.campaign, order.code, version=order.version, need=need)
    plan = plans.solve(cast.office, cast.campaign, start=START, time_limit=SECONDS, seed=1, at=at)
    plan = plans.publish(cast.office, plan, at=at)
    event = settle.hold(
        cast.office,
        plan,
        "全省防护服出口对接会",
        at.date(),
        place="威海",
        note="会议在威海召开为报道所述，日期为生成",
        source="report",
    )
    settle.count_guests(cast.office, event, event.guests.values_list("pk", flat=True))
    source = "8家与2亿元合计为报道所述，由谁承接、金额多少由排产方案得出"
    settle.sign(cast.office, event, at.date(), source=source)
    return event


def deliver(cast: Cast, event: MatchmakingEvent, on: date) -> None:
    """Write down what has arrived by `on` of every agreement: what the plan's days say, after its time on the way."""
    for agreement in Agreement.objects.filter(event=event).order_by("pk"):
        arrived = Decimal(0)
        days = PoolDay.objects.filter(share__plan=event.plan, share__maker__name=agreement.provider)
        for day in days.select_related("share__order", "share__maker"):
            if day.day + timedelta(weeks=day.share.maker.ship_weeks) <= on:
                arrived += day.quantity * day.share.order.unit_price
        before = sum(Delivery.objects.filter(agreement=agreement).values_list("amount", flat=True), Decimal(0))
        if arrived > before:
            settle.deliver(cast.office, agreement, on, arrived - before)
