"""Which offers fit which items, by the one judge of the exchange, and what a unit between them costs."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sijin.exchange.domain import fit
from sijin.exchange.domain.clearings import terms
from sijin.exchange.domain.suggestions import PAIRED, _want, have, traits_of
from sijin.exchange.models import Offer
from sijin.ledger.models import NeedItem

STEP = 50  # items between two reports
ENOUGH = Decimal(10**12)  # more than one of anything, in whichever unit
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Pair:
    """An item and an offer that fit, by key; what a unit costs in points, and how far it is."""

    item: int
    offer: int
    cost: int
    kilometres: float | None


def found(items: list[NeedItem], offers: list[Offer], today: date, tell: Tell = lambda done, total: None) -> list[Pair]:
    """Judge every item against every offer of its kind, as if each had enough: how much each gives is for the clearing.

    So a cost depends on no quantity, and one unit more of anything changes nothing but what goes where.
    """
    there = defaultdict(list)
    for offer in offers:
        there[offer.kind].append((offer.pk, replace(have(offer), free=ENOUGH)))
    sites = {item.need.site_id for item in items if item.kind in PAIRED}
    traits = traits_of(items[0].need.campaign_id, sites) if sites else {}
    made = []
    for n, item in enumerate(items):
        if n % STEP == 0:
            tell(n, len(items))
        wanted = replace(_want(item.need, item, item.kind, traits), missing=Decimal(1))
        for key, one in there[item.kind]:
            if judged := fit.judge(wanted, one, today):
                made.append(Pair(item.pk, key, terms.pair(judged.score, judged.grade), judged.kilometres))
    return made
