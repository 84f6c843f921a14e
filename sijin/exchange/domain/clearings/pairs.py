"""Which offers fit which items, by the one judge of the exchange, and what a unit between them costs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sijin.exchange.domain.clearings import terms
from sijin.exchange.domain.suggestions import weighed
from sijin.exchange.models import Offer
from sijin.ledger.models import NeedItem

STEP = 50  # items between two reports
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
    if not (items and offers):
        return []
    made = []
    for n, (item, fitting) in enumerate(weighed(items, offers, today)):
        if n % STEP == 0:
            tell(n, len(items))
        made += [Pair(item.pk, offer, terms.pair(score, grade), km) for offer, score, grade, km in fitting]
    return made
