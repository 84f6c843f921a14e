"""Which offers fit which items, by the one judge of the exchange, and what a unit between them costs."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from sijin.engines.complements import UNSAID
from sijin.exchange import market
from sijin.exchange.domain import pairs as judged
from sijin.exchange.domain.clearings import terms
from sijin.exchange.domain.suggestions import PAIRED, traits_of
from sijin.exchange.models import Complement, Offer
from sijin.ledger.models import NeedItem

STEP = 50  # items between two reports
ENOUGH = 1e12  # more than one of anything, in whichever unit
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

    So a cost depends on no quantity, and one unit more of anything changes nothing but what goes where. What a clerk
    turned down for a need is not proposed for it.
    """
    if not (items and offers):
        return []
    finder = market.finder()
    finder.add([judged.have(offer, free=ENOUGH) for offer in offers])
    sites = {item.need.site_id for item in items if item.kind in PAIRED}
    traits = traits_of(items[0].need.campaign_id, sites) if sites else {}
    refused = _refused(items)
    made = []
    for n, item in enumerate(items):
        if n % STEP == 0:
            tell(n, len(items))
        own = traits.get(item.need.site_id, UNSAID) if item.kind in PAIRED else UNSAID
        wanted = judged.want(item.need, item, (), today, own, refused[item.need_id])
        hits = finder.ask(replace(wanted, missing=1.0), len(offers))
        made += [Pair(item.pk, hit.key, terms.pair(hit.score, hit.grade), hit.km) for hit in hits]
    return made


def _refused(items: list[NeedItem]) -> dict[int, frozenset[int]]:
    """Return the offers that clerks turned down, by need."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = Complement.objects.filter(need__in={item.need_id for item in items}, verdict=Complement.Verdict.REFUSED)
    for need, offer in rows.exclude(offer=None).values_list("need", "offer"):
        found[need].add(offer)
    return defaultdict(frozenset, {need: frozenset(own) for need, own in found.items()})
