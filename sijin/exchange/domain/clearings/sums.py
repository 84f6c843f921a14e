"""Sums of a clearing: by kind, by county with its floor, and what first come, first served would have given."""

from collections import defaultdict
from typing import Any

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import reads
from sijin.exchange.domain.clearings.posing import Posed
from sijin.exchange.domain.clearings.solved import Solved
from sijin.ledger.models import NeedItem
from sijin.people.models import Account

TINY = 1e-6  # a quantity that misses a floor by less keeps it


def of(by: Account, campaign: Campaign, posed: Posed, solved: list[Solved]) -> dict[str, Any]:
    """Return the figures of a clearing as plain values; quantities are in the market's unit, costs in points."""
    plain = sum(_plain(one) for one in solved) + 0.0
    stated = NeedItem.objects.filter(need__campaign=campaign).values("need")
    return {
        "items": len(posed.items),
        "needs": len({item.need_id for item in posed.items.values()}),
        "offers": len(posed.offers),
        "pairs": len(posed.pairs),
        "running": len(posed.running),
        "unstated": reads.lacking(by, campaign).exclude(pk__in=stated).count(),
        "loosened": posed.loosened,
        "plain": round(plain, 4),
        "greedy": {"cost": round(sum(_greedy(posed, one) for one in solved), 4)},
        "kinds": [row for one in solved if (row := _kind(posed, one))],
        "counties": [row for one in solved for row in _counties(posed, one)],
    }


def _plain(one: Solved) -> float:
    """Return the cost without the price of changes, which first come, first served does not pay either."""
    given = sum(count * one.cost[item, offer] for item, offer, count in one.given)
    unmet = sum(count * one.penalty[need] for need, count, _why in one.answer.unmet.iter_rows())
    return (given + unmet) / one.market.parts


def _kind(posed: Posed, one: Solved) -> dict[str, Any] | None:
    market = one.market
    if not market.items:
        return None
    wanted = sum(market.count(posed.left[key], posed.items[key].unit) for key in market.items)
    there = sum(market.count(posed.free[key], posed.offers[key].unit) for key in market.offers)
    unmet = sum(one.answer.unmet["quantity"])
    return {
        "kind": market.kind,
        "unit": market.unit,
        "wanted": wanted / market.parts,
        "there": there / market.parts,
        "met": (wanted - unmet) / market.parts,
        "share": 1 - unmet / wanted if wanted else 1.0,
        "items": len(market.items),
        "unmet": len(one.answer.unmet),
        "cost": _plain(one),
        "greedy": _greedy(posed, one),
    }


def _counties(posed: Posed, one: Solved) -> list[dict[str, Any]]:
    """Return for each county what it wants of this market and gets, and whether its floor could be kept."""
    market, unmet = one.market, dict(one.answer.unmet.select("need", "quantity").iter_rows())
    wanted, lacking, names = defaultdict(int), defaultdict(int), {}
    for key in market.items:
        county = posed.items[key].need.site.county
        names[county.pk] = county.name
        wanted[county.pk] += market.count(posed.left[key], posed.items[key].unit)
        lacking[county.pk] += round(unmet.get(key, 0))
    return [
        {
            "county": key,
            "name": names[key],
            "kind": market.kind,
            "unit": market.unit,
            "wanted": wanted[key] / market.parts,
            "met": (wanted[key] - lacking[key]) / market.parts,
            "share": 1 - lacking[key] / wanted[key] if wanted[key] else 1.0,
            "kept": wanted[key] - lacking[key] >= one.floor * wanted[key] - TINY,
        }
        for key in sorted(names)
    ]


def _greedy(posed: Posed, one: Solved) -> float:
    """Serve the needs of a market as they came, each with the best that is left; return the cost in points."""
    market, by_item, cost = one.market, defaultdict(list), 0.0
    free = {key: market.count(posed.free[key], posed.offers[key].unit) for key in market.offers}
    for (item, offer), price in one.cost.items():
        by_item[item].append((price, offer))
    for key in sorted(market.items, key=lambda key: (posed.items[key].need.raised_at, key)):
        left = market.count(posed.left[key], posed.items[key].unit)
        for price, offer in sorted(by_item[key]):
            taken = min(left, free[offer])
            left, free[offer] = left - taken, free[offer] - taken
            cost += taken * price / market.parts
        cost += left * one.penalty[key] / market.parts
    return cost
