"""Verbs of orders and makers: write one down or change it. Each raises the row's version; see also `domain.rows`."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.pool.problem import YEARS
from sijin.exchange.domain.rows import advance, assign, different, fresh, hold
from sijin.exchange.models import PoolMaker, PoolOrder
from sijin.ledger.script import simplified
from sijin.people.models import Account
from sijin.people.policy import may, require
from sijin.people.refusals import NotAllowed, RuleBroken

ORDER = (
    "site", "need", "product", "destination", "certificate", "at_home", "quantity", "unit_price", "release", "due",
    "max_partners",
)  # fmt: skip
MAKER = (
    "name", "line", "site", "offer", "place", "hours", "windows", "lead", "setup", "min_lot", "ship_weeks", "ship_cost",
    "certificate",
)  # fmt: skip
MOST_YUAN = 10**13  # what an agreement can hold


@transaction.atomic
def keep_order(
    by: Account, campaign: Campaign, code: str, *, version: int | None = None, **facts: Any
) -> tuple[PoolOrder, str]:
    """Write an order down under its code; return it with what happened: `created`, `changed` or `same`.

    Raises
    ------
    RuleBroken
        What is said makes no sense together; `facts["field"]` names the field.
    Stale
        The order is there, says something else, and `version` is not its own.
    """
    require(by, "keep", PoolOrder)
    hold(campaign)
    order = PoolOrder.objects.select_for_update(of=("self",)).filter(campaign=campaign, code=code).first()
    marks = {name: facts.pop(name) for name in ("source", "generated") if name in facts}
    if "product" in facts:
        facts["product"] = simplified(facts["product"]).strip()
    if order is None:
        order = PoolOrder(campaign=campaign, code=_code(code), **marks)
        _checked_order(by, order, facts)
        order.save()
        return order, "created"
    if not different(order, facts, ORDER):
        return order, "same"
    fresh(order, version, facts, ORDER)
    _checked_order(by, order, facts)
    return advance(order), "changed"


def _checked_order(by: Account, order: PoolOrder, facts: dict[str, Any]) -> None:
    assign(order, facts, ORDER)
    if order.site_id is None:
        raise RuleBroken(_("Say which firm holds the order."), field="site")
    if not may(by, "view", order.site):
        raise NotAllowed(_("This site is not yours to see."))
    if not order.product:
        raise RuleBroken(_("Say what is ordered."), field="product")
    if order.quantity is None or order.quantity <= 0:
        raise RuleBroken(_("The quantity must be above zero."), field="quantity")
    if order.unit_price is None or order.unit_price < 0:
        raise RuleBroken(_("The price cannot be negative."), field="unit_price")
    if order.value >= MOST_YUAN:
        raise RuleBroken(_("An order worth so much cannot be written down."), field="quantity")
    for name in ("release", "due"):
        if getattr(order, name) is None or getattr(order, name).year not in YEARS:
            told = {"first": YEARS[0], "last": YEARS[-1]}
            raise RuleBroken(_("The days of an order lie between the years %(first)s and %(last)s.") % told, field=name)
    if order.due < order.release:
        raise RuleBroken(_("It would be due before it may be begun."), field="due")
    if order.max_partners < 1:
        raise RuleBroken(_("At least one maker must be allowed."), field="max_partners")
    if order.need is not None and order.need.site_id != order.site_id:
        raise RuleBroken(_("The need belongs to another site."), field="need")


@transaction.atomic
def keep_maker(
    by: Account,
    campaign: Campaign,
    code: str,
    *,
    rates: dict[str, tuple[Decimal, Decimal]],
    version: int | None = None,
    only_add: bool = False,
    **facts: Any,
) -> tuple[PoolMaker, str]:
    """Write a maker down under its code, with {product: (pieces an hour, yuan for each)}; see `keep_order`.

    `only_add` leaves the products that `rates` does not name as they are.
    """
    require(by, "keep", PoolMaker)
    hold(campaign)
    maker = PoolMaker.objects.select_for_update(of=("self",)).filter(campaign=campaign, code=code).first()
    marks = {name: facts.pop(name) for name in ("source", "generated") if name in facts}
    rates = {simplified(product).strip(): rate for product, rate in rates.items()}
    made = maker is None
    if maker is None:
        maker = PoolMaker(campaign=campaign, code=_code(code), **marks)
    there = {} if made else {rate.product: (rate.per_hour, rate.price) for rate in maker.rates.all()}
    wanted = {**there, **rates} if only_add else rates
    if not made and wanted == there and not different(maker, facts, MAKER):
        return maker, "same"
    if not made:
        fresh(maker, version, facts, MAKER)
    _checked_maker(by, maker, facts, wanted)
    maker = advance(maker) if not made else maker
    maker.save()
    for product, (per_hour, price) in wanted.items():
        maker.rates.update_or_create(product=product, defaults={"per_hour": per_hour, "price": price})
    maker.rates.exclude(product__in=wanted).delete()
    return maker, "created" if made else "changed"


def _checked_maker(by: Account, maker: PoolMaker, facts: dict[str, Any], rates: dict[str, Any]) -> None:
    assign(maker, facts, MAKER)
    if not maker.name.strip():
        raise RuleBroken(_("Say which firm it is."), field="name")
    if maker.hours is None or maker.hours <= 0:
        raise RuleBroken(_("The hours of a week must be above zero."), field="hours")
    if maker.hours > 24 * 7:
        raise RuleBroken(_("A week has 168 hours."), field="hours")
    if maker.setup < 0 or maker.ship_cost < 0:
        raise RuleBroken(
            _("Hours of setting up and costs cannot be negative."), field="setup" if maker.setup < 0 else "ship_cost"
        )
    if any(last < first for first, last in maker.windows):
        raise RuleBroken(_("A window ends before it begins."), field="windows")
    if not rates or not all(rates):
        raise RuleBroken(_("Say what it makes."), field="product")
    if any(per_hour <= 0 or price < 0 for per_hour, price in rates.values()):
        raise RuleBroken(_("Pieces an hour must be above zero, a price cannot be negative."), field="per_hour")
    if maker.site is not None and not may(by, "view", maker.site):
        raise NotAllowed(_("This site is not yours to see."))
    if maker.offer is not None and maker.offer.campaign_id != maker.campaign_id:
        raise RuleBroken(_("The offer belongs to another campaign."), field="offer")
    if maker.offer is not None and maker.offer.kind != "capacity":
        raise RuleBroken(_("Only an offer of capacity can be a maker's."), field="offer")
    if maker.offer is not None and PoolMaker.objects.filter(offer=maker.offer).exclude(pk=maker.pk).exists():
        raise RuleBroken(_("Another line stands behind this offer already."), field="offer")


def _code(code: str) -> str:
    code = code.strip()
    if not code:
        raise RuleBroken(_("Give it a code."), field="code")
    return code
