"""The search over all open needs of a campaign: what can solve each is noted, and what was not known before is new.

It runs every night (`sijin tick`) and when the office asks; run again on the same day it finds nothing new. Each need
is its own transaction, so that a stop loses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sijin.dispatch.models import Campaign
from sijin.engines import complements as engine
from sijin.exchange.domain import complements, resident, suggestions
from sijin.exchange.models import Complement, Offer
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import require

Report = Callable[[int, int], None]
KEPT = 3  # offers, and as many other needs, that are noted for a need
LIKE = 0.3  # likeness of words below which a pair is shown when asked for, but not noted as found


@dataclass(frozen=True)
class Searched:
    """How many needs were looked at, how many pairs stand, how many of them are new."""

    needs: int
    pairs: int
    new: int


def ask(by: Account, campaign: Campaign, report: Report | None = None) -> Searched:
    """Search on an account's word."""
    require(by, "find", Complement)
    return search(campaign, report=report)


def search(campaign: Campaign, at: datetime | None = None, report: Report | None = None) -> Searched:
    """Look through the offers and the other needs for every open need, at `at` (the campaign's present by default).

    The clock may see everything: what it notes is shown to each by the policy.
    """
    now = at or campaign.now()
    offers, needs = resident.offers(campaign).current(), resident.needs(campaign).current()
    keys = list(resident.open_needs(Need.objects.filter(campaign=campaign)).values_list("pk", flat=True))
    pairs = new = 0
    for n, pk in enumerate(keys):
        if report:
            report(n, len(keys))
        need = Need.objects.select_related("site", "campaign").get(pk=pk)
        found = [*_offers(need, offers), *_needs(need, needs)]
        with transaction.atomic():
            new += complements.noted(need, found, now)
        pairs += len(found)
    if report:
        report(len(keys), len(keys))
    return Searched(len(keys), pairs, new)


def _offers(need: Need, finder: engine.Finder) -> list[tuple[Offer, float]]:
    given = suggestions.asked(need)
    best: dict[int, float] = {}
    for _item, want in given.wants:
        for hit in finder.ask(want, KEPT):
            if hit.likeness >= LIKE:
                best[hit.key] = max(best.get(hit.key, 0.0), hit.score)
    rows = Offer.objects.in_bulk(list(best))
    ranked = sorted(best.items(), key=lambda one: (-one[1], one[0]))[:KEPT]
    return [(rows[key], score) for key, score in ranked if key in rows]


def _needs(need: Need, finder: engine.Finder) -> list[tuple[Need, float]]:
    found = [one for one in suggestions.mutual_hits(need, finder) if one.likeness >= LIKE]
    rows = Need.objects.in_bulk([hit.key[0] for hit in found])
    best: dict[int, float] = {}
    for hit in found:
        best.setdefault(hit.key[0], hit.score)
    return [(rows[key], score) for key, score in list(best.items())[:KEPT] if key in rows]
