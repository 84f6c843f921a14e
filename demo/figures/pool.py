"""Rows 6, 8 and 9 out of the capacity pool: how far the board reaches, who is paired with whom, what was signed."""

from datetime import date
from decimal import Decimal

from demo.figures.figure import Figure, campaign, office
from sijin.exchange.domain.pool import scenarios, settle
from sijin.exchange.domain.pool.board import board, shares_of
from sijin.exchange.domain.pool.partners import partners
from sijin.exchange.domain.pool.problem import Change, pose
from sijin.exchange.models import Agreement, PoolDay, PoolMaker, PoolOrder, PoolPlan
from sijin.people.policy import visible

HOLDER = "E001"
OWN = "own-01"


def _plan() -> PoolPlan:
    """The plan that holds, as the office sees it."""
    return visible(office(), PoolPlan).select_related("campaign").get(campaign=campaign(), state="published")


def _alone() -> date:
    """The last day of the firm's own line when it makes all of its orders that it can make."""
    told = scenarios.solved(_plan(), Change("alone"))["last"]
    return date.fromisoformat(told)


def _third(day: date) -> str:
    """Say a day as the report says it: month and third of the month."""
    return f"{day.month}月{'上中下'[min((day.day - 1) // 10, 2)]}旬"


def _with_partners() -> date | None:
    """The last day of the firm's own line on the board of the plan."""
    return next((row.booked_until for row in board(_plan()).rows if row.maker.code == OWN), None)


def _earlier() -> str:
    last = _with_partners()
    return str(last is not None and last < _alone())


def _paired() -> str:
    """What those have whom the plan pairs the firm with, over all of them; the firm itself would show as such."""
    found = set()
    for one in partners(shares_of(_plan())):
        itself = one.maker.site_id == one.site.pk
        offer = one.maker.offer
        traits = f"capacity={offer.has_capacity},channel={offer.has_channel}" if offer else "unknown"
        found.add("itself" if itself else f"{traits},certificate={one.maker.certificate}")
    return " ".join(sorted(found))


def _barred() -> str:
    """How many makers may not take part because they lack the certificate, or it is not known, of those who could."""
    posed = pose(campaign(), _plan().start)
    kept_out = {maker for (_order, maker), why in posed.barred.items() if why.startswith("certificate")}
    return str(len(kept_out & {share.maker_id for share in shares_of(_plan())}))


def _signed_as_planned() -> str:
    """What was signed beside what the plan says: agreements that differ, or that only one of them knows."""
    plan = _plan()
    planned = {(one.name, one.amount) for one in settle.terms_of(plan)}
    signed = set(visible(office(), Agreement).filter(event__plan=plan).values_list("provider", "amount"))
    return str(len(planned ^ signed))


def _delivered() -> str:
    """Whether the deliveries so far stay within what was ordered, and there are some."""
    steps = {step.code: step for event in _plan().events.all() for step in settle.funnel(event)}
    return str(Decimal(0) < (steps["delivered"].yuan or 0) <= (steps["signed"].yuan or 0))


def _fewer(order: str) -> object:
    return PoolOrder.objects.filter(code=order).update(withdrawn_at=campaign().now())


FIGURES = [
    Figure(6, "until when the orders fill the firm's own line", "8月中旬", lambda: _third(_alone()),
           lambda: _fewer("DS-01")),
    Figure(6, "the board ends earlier with partners", "True", _earlier,
           lambda: PoolDay.objects.filter(share__maker__code=OWN).delete()),
    Figure(8, "whom the plan pairs the firm with", "capacity=True,channel=False,certificate=True", _paired,
           lambda: PoolMaker.objects.filter(code="maker-13").update(certificate=False)),
    Figure(8, "partners without an export certificate", "0", _barred,
           lambda: PoolMaker.objects.filter(code="maker-13").update(certificate=None)),
    Figure(9, "agreements that are not as the plan says", "0", _signed_as_planned,
           lambda: Agreement.objects.last().delete()),
    Figure(9, "something of the orders is delivered, and no more than was ordered", "True", _delivered,
           lambda: Agreement.objects.all().delete()),
]  # fmt: skip
