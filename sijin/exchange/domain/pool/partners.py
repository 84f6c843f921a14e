"""Partners: who takes how much of a firm's orders in a plan and why, and why not the others, best first."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sijin.exchange.domain.pool.problem import Posed, is_own
from sijin.exchange.domain.pool.words import barred_words
from sijin.exchange.domain.words import day
from sijin.exchange.models import PoolMaker, PoolShare
from sijin.places.models import Site

FEN = Decimal("0.01")
# of those without a share: who could make something, then who lacks least, last who makes nothing of it
ORDER = ("", "time", "certificate_unknown", "certificate", "no_capacity", "not_complementary", "alone", "given_away")


@dataclass
class Partner:
    """A maker beside a firm with orders: its shares, what they are worth, why it is or is not taken."""

    site: Site
    maker: PoolMaker
    shares: list[PoolShare] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    booked_until: date | None = None
    rank: tuple[int, float] = (0, 0.0)

    @property
    def amount(self) -> Decimal:
        """Return what its shares are worth at the orders' prices, in yuan."""
        total = sum((share.quantity * share.order.unit_price for share in self.shares), Decimal(0))
        return total.quantize(FEN)

    @property
    def products(self) -> dict[str, int]:
        """Return {product: pieces}."""
        found: dict[str, int] = defaultdict(int)
        for share in self.shares:
            found[share.order.product] += share.quantity
        return dict(found)


def partners(shares: list[PoolShare]) -> list[Partner]:
    """Return the other firms' makers that have a share, by firm with orders and by value; own lines are left out."""
    found: dict[tuple[int, int], Partner] = {}
    for share in shares:
        if not is_own(share.order, share.maker):
            key = (share.order.site_id, share.maker_id)
            found.setdefault(key, Partner(share.order.site, share.maker)).shares.append(share)
    return sorted(found.values(), key=lambda one: (one.site.code, -one.amount, one.maker.code))


def ranked(posed: Posed, shares: list[PoolShare], until: dict[int, date | None]) -> list[Partner]:
    """Return every maker beside every firm with orders: partners first, then who could be one, then the others.

    `until` says until when each maker is booked.
    """
    taken = {(one.site.pk, one.maker.pk): one for one in partners(shares)}
    sites = {order.site_id: order.site for order in posed.orders.values()}
    found = []
    for site in sites.values():
        orders = [order.pk for order in posed.orders.values() if order.site_id == site.pk]
        dearest, prices = _dearest(posed, orders, shares), _prices(posed, set(orders))
        for maker in posed.makers.values():
            if maker.site_id == site.pk:
                continue
            one = taken.get((site.pk, maker.pk)) or Partner(site, maker)
            one.booked_until = until.get(maker.pk)
            if one.shares:
                _speak_for(one, prices)
            else:
                _speak_against(posed, one, orders, dearest)
            found.append(one)
    return sorted(found, key=lambda one: (one.site.code, one.rank, one.maker.code))


def _dearest(posed: Posed, orders: list[int], shares: list[PoolShare]) -> dict[str, Decimal]:
    """Return {product: yuan a piece of the dearest partner that was taken}."""
    found: dict[str, Decimal] = {}
    for share in shares:
        unit = posed.open.get((share.order_id, share.maker_id))
        if share.order_id in orders and unit is not None and not is_own(share.order, share.maker):
            found[share.order.product] = max(unit, found.get(share.order.product, unit))
    return found


def _prices(posed: Posed, orders: set[int]) -> dict[str, list[tuple[Decimal, int]]]:
    """Return {product: [(yuan a piece, maker)]} of the other firms' makers, cheapest first."""
    found: dict[str, set[tuple[Decimal, int]]] = defaultdict(set)
    for (order, maker), unit in posed.open.items():
        if order in orders and not is_own(posed.orders[order], posed.makers[maker]):
            found[posed.orders[order].product].add((unit, maker))
    return {product: sorted(units) for product, units in found.items()}


def _speak_for(one: Partner, prices: dict[str, list[tuple[Decimal, int]]]) -> None:
    one.rank = (0, -float(one.amount))
    for product in one.products:
        units = prices.get(product, [])
        place = next((n for n, (_unit, maker) in enumerate(units, 1) if maker == one.maker.pk), None)
        if place is not None:
            told = {"product": product, "unit": _yuan(units[place - 1][0]), "place": place, "of": len(units)}
            one.reasons.append(_("%(product)s at %(unit)s yuan a piece, number %(place)s of %(of)s by price") % told)
    if one.maker.certificate:
        one.reasons.append(_("export certificate held"))
    if one.maker.offer is not None and one.maker.offer.has_capacity and one.maker.offer.has_channel is False:
        one.reasons.append(_("it has the capacity, the site has the orders"))
    count = one.maker.ship_weeks
    one.reasons.append(ngettext("one week on the way", "%(weeks)s weeks on the way", count) % {"weeks": count})
    if one.booked_until:
        one.reasons.append(_("booked until %(day)s") % {"day": day(one.booked_until)})


def _speak_against(posed: Posed, one: Partner, orders: list[int], dearest: dict[str, Decimal]) -> None:
    """Say why a maker has no share: it may not, or it is dearer, or there is enough without it."""
    own = {order: posed.open.get((order, one.maker.pk)) for order in orders}
    could = {posed.orders[order].product: unit for order, unit in own.items() if unit is not None}
    if could:
        one.rank = (1, float(min(could.values())))
        for product, unit in could.items():
            over = unit - dearest.get(product, unit)
            told = {"product": product, "unit": _yuan(unit), "over": _yuan(over)}
            one.missing.append(
                _("%(product)s at %(unit)s yuan a piece: %(over)s dearer than the dearest that is needed") % told
                if over > 0
                else _("not needed for %(product)s: there is enough without it") % told
            )
        return
    codes = {posed.barred.get((order, one.maker.pk), "product") for order in orders}
    code = next((code for code in ORDER if code in codes), "product")
    one.rank = (2, float((*ORDER, "product").index(code)))
    one.missing.append(barred_words(code))


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"
