"""Verbs of orders and makers: write one down or change it, take it out, put it back. Each raises the row's version."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.pool.problem import YEARS
from sijin.exchange.models import PoolMaker, PoolOrder
from sijin.ledger.script import simplified
from sijin.people.models import Account
from sijin.people.policy import may, require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale

ORDER = (
    "site", "need", "product", "destination", "certificate", "at_home", "quantity", "unit_price", "release", "due",
    "max_partners",
)  # fmt: skip
MAKER = (
    "name", "line", "site", "offer", "place", "hours", "windows", "lead", "setup", "min_lot", "ship_weeks", "ship_cost",
    "certificate",
)  # fmt: skip
MOST_YUAN = 10**13  # what an agreement can hold
Row = PoolOrder | PoolMaker


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
    _hold(campaign)
    order = PoolOrder.objects.select_for_update(of=("self",)).filter(campaign=campaign, code=code).first()
    marks = {name: facts.pop(name) for name in ("source", "generated") if name in facts}
    if "product" in facts:
        facts["product"] = simplified(facts["product"]).strip()
    if order is None:
        order = PoolOrder(campaign=campaign, code=_code(code), **marks)
        _checked_order(by, order, facts)
        order.save()
        return order, "created"
    if not _different(order, facts, ORDER):
        return order, "same"
    _fresh(order, version, facts, ORDER)
    _checked_order(by, order, facts)
    return _next(order), "changed"


def _checked_order(by: Account, order: PoolOrder, facts: dict[str, Any]) -> None:
    _set(order, facts, ORDER)
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
    _hold(campaign)
    maker = PoolMaker.objects.select_for_update(of=("self",)).filter(campaign=campaign, code=code).first()
    marks = {name: facts.pop(name) for name in ("source", "generated") if name in facts}
    rates = {simplified(product).strip(): rate for product, rate in rates.items()}
    made = maker is None
    if maker is None:
        maker = PoolMaker(campaign=campaign, code=_code(code), **marks)
    there = {} if made else {rate.product: (rate.per_hour, rate.price) for rate in maker.rates.all()}
    wanted = {**there, **rates} if only_add else rates
    if not made and wanted == there and not _different(maker, facts, MAKER):
        return maker, "same"
    if not made:
        _fresh(maker, version, facts, MAKER)
    _checked_maker(by, maker, facts, wanted)
    maker = _next(maker) if not made else maker
    maker.save()
    for product, (per_hour, price) in wanted.items():
        maker.rates.update_or_create(product=product, defaults={"per_hour": per_hour, "price": price})
    maker.rates.exclude(product__in=wanted).delete()
    return maker, "created" if made else "changed"


def _checked_maker(by: Account, maker: PoolMaker, facts: dict[str, Any], rates: dict[str, Any]) -> None:
    _set(maker, facts, MAKER)
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


@transaction.atomic
def withdraw(by: Account, row: Row, *, version: int) -> Row:
    """Take an order or a maker out of the pool: the next plan does not know it."""
    row = _locked(by, row, version)
    if row.withdrawn_at:
        raise RuleBroken(_("It was taken out before."))
    row.withdrawn_at = row.campaign.now()
    return _next(row)


@transaction.atomic
def restore(by: Account, row: Row, *, version: int) -> Row:
    """Put an order or a maker back into the pool."""
    row = _locked(by, row, version)
    if not row.withdrawn_at:
        raise RuleBroken(_("It was not taken out."))
    row.withdrawn_at = None
    return _next(row)


def _locked(by: Account, row: Row, version: int) -> Row:
    _hold(row.campaign)
    row = type(row).objects.select_for_update().get(pk=row.pk)
    require(by, "keep", row)
    if row.version != version:
        raise Stale(_("It was changed by someone else in the meantime."), found=row.version)
    return row


def _hold(campaign: Campaign) -> None:
    """Let nobody publish a plan while its rows change: publishing holds the same row."""
    Campaign.objects.select_for_update().get(pk=campaign.pk)


def _code(code: str) -> str:
    code = code.strip()
    if not code:
        raise RuleBroken(_("Give it a code."), field="code")
    return code


def _different(row: Row, facts: dict[str, Any], fields: tuple[str, ...]) -> dict[str, list[Any]]:
    """Return {field: [what is wanted, what is there]} of all that differs."""
    pairs = {name: (facts[name], getattr(row, name)) for name in fields if name in facts}
    return {name: [_plain(new), _plain(old)] for name, (new, old) in pairs.items() if _plain(new) != _plain(old)}


def _fresh(row: Row, version: int | None, facts: dict[str, Any], fields: tuple[str, ...]) -> None:
    if version != row.version:
        words = _("It was changed by someone else in the meantime.")
        raise Stale(words, found=row.version, diff=_different(row, facts, fields))


def _set(row: Row, facts: dict[str, Any], fields: tuple[str, ...]) -> None:
    for name in fields:
        if name in facts:
            setattr(row, name, facts[name])


def _next(row: Any) -> Any:
    row.version += 1
    row.save()
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value.pk) if hasattr(value, "pk") else value
