"""The market read out of the models: what each item lacks and each offer has free, what fits, what is fixed or runs.

What the running proposals reserved and nobody has agreed to yet is given out anew, at the price of a change.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.clearings import pairs, terms
from sijin.exchange.domain.clearings.pairs import Pair
from sijin.exchange.domain.kinds import choices, factor, name
from sijin.exchange.domain.pairs import placed
from sijin.exchange.domain.reads import outstanding_items
from sijin.exchange.models import ClearingLock, Match, Offer
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.people.refusals import RuleBroken
from sijin.places.models import Region

Key = tuple[int, int]  # item, offer


@dataclass
class Posed:
    """The market of a campaign on a day. Quantities are in the units of the rows.

    `left` and `free` are what is given out; `lacks` and `has` what the rows say, without what runs and may move.
    """

    today: date
    items: dict[int, NeedItem]
    offers: dict[int, Offer]
    left: dict[int, Decimal]
    free: dict[int, Decimal]
    lacks: dict[int, Decimal]
    has: dict[int, Decimal]
    pairs: list[Pair] = field(default_factory=list)
    running: dict[Key, Match] = field(default_factory=dict)
    kept: dict[Key, Decimal] = field(default_factory=dict)  # locked, in the item's unit
    loosened: list[int] = field(default_factory=list)  # locks that cannot be held in full, by key


def pose(
    account: Account, campaign: Campaign, kinds: Collection[str], tell: pairs.Tell = lambda done, total: None
) -> Posed:
    """Read the market that `account` sees (eight queries)."""
    today = timezone.localtime(campaign.now()).date()
    running = movable(account, campaign, kinds)
    items = _items(account, campaign, kinds, running)
    offers = _offers(account, campaign, kinds, running, today)
    running = {key: match for key, match in running.items() if key[0] in items and key[1] in offers}
    posed = Posed(
        today, items, offers,
        left={key: item.left for key, item in items.items()}, free={key: offer.free for key, offer in offers.items()},
        lacks={key: item.left for key, item in items.items()}, has={key: offer.free for key, offer in offers.items()},
    )  # fmt: skip
    for (item, offer), match in running.items():
        posed.left[item] += match.quantity
        posed.free[offer] += match.taken
    found = pairs.found(list(items.values()), list(offers.values()), today, tell)
    locks = list(campaign.clearing_locks.filter(item__in=items, offer__in=offers).order_by("pk"))
    never = {(lock.item_id, lock.offer_id) for lock in locks if lock.says == ClearingLock.Says.NEVER}
    fitting = {(pair.item, pair.offer) for pair in found}
    for key, match in running.items():
        if key in fitting or key in never:
            posed.running[key] = match
        else:  # promised before it ceased to fit: it stays promised
            posed.left[key[0]] -= match.quantity
            posed.free[key[1]] -= match.taken
    posed.pairs = [pair for pair in found if (pair.item, pair.offer) not in never]
    _hold(posed, [lock for lock in locks if lock.says == ClearingLock.Says.KEEP], fitting - never)
    return posed


def movable(account: Account, campaign: Campaign, kinds: Collection[str]) -> dict[Key, Match]:
    """Return what clearings reserved and nobody has agreed to yet, one match a pair."""
    rows = (
        visible(account, Match)
        .filter(offer__campaign=campaign, offer__kind__in=kinds, state=Match.State.RESERVED)
        .filter(proposals__isnull=False)
        .distinct()
        .order_by("-pk")
    )
    return {(match.item_id, match.offer_id): match for match in rows}


def open_items(account: Account, campaign: Campaign) -> Q:
    """Return the condition on items of open needs of the campaign that `account` sees."""
    needs = visible(account, Need).filter(campaign=campaign).exclude(state__in=(*ENDED, Need.State.PARKED))
    return Q(need__in=needs.order_by().values("pk"))


def _items(
    account: Account, campaign: Campaign, kinds: Collection[str], running: dict[Key, Match]
) -> dict[int, NeedItem]:
    there = open_items(account, campaign)
    whole = ("need__site__county", "need__campaign")
    rows = list(outstanding_items().filter(there, kind__in=kinds).select_related(*whole))
    known = {item.pk for item in rows}
    others = {item for item, _offer in running} - known
    for item in NeedItem.objects.filter(there, kind__in=kinds, pk__in=others).select_related(*whole):
        item.left = Decimal(0)  # all of it is promised
        rows.append(item)
    return {item.pk: item for item in sorted(rows, key=lambda item: item.pk)}


def _offers(
    account: Account, campaign: Campaign, kinds: Collection[str], running: dict[Key, Match], today: date
) -> dict[int, Offer]:
    rows = visible(account, Offer).filter(
        Q(until=None) | Q(until__gte=today), campaign=campaign, kind__in=kinds, withdrawn_at=None
    )
    rows = rows.filter(Q(quantity__gt=F("promised")) | Q(pk__in={offer for _item, offer in running}))
    rows = placed(rows.select_related("site__county", "region__parent", "campaign").order_by("pk"))
    return {offer.pk: offer for offer in rows}


def _hold(posed: Posed, locks: list[ClearingLock], fitting: set[Key]) -> None:
    """Keep as much of each lock as both sides can, the oldest first."""
    left, free = dict(posed.left), dict(posed.free)
    for lock in locks:
        key = (lock.item_id, lock.offer_id)
        item, offer, most = posed.items[key[0]], posed.offers[key[1]], lock.quantity or Decimal(0)
        rate = factor(item.unit, offer.unit) or Decimal(0)
        held = min(most, left[key[0]], (free[key[1]] / rate).quantize(Decimal("0.01"), "ROUND_DOWN")) if rate else 0
        if key not in fitting or held <= 0:
            held = Decimal(0)
        if held < most:
            posed.loosened.append(lock.pk)
        if held:
            posed.kept[key] = held
            left[key[0]] -= held
            free[key[1]] -= held * rate


def place_of(offer: Offer) -> Region | None:
    """Return the county in which an offer stands; the city where it serves all of it."""
    if offer.site_id:
        return offer.site.county
    if offer.region and offer.region.level == Region.Level.TOWN:
        return offer.region.parent
    return offer.region


def divisible(kinds: Collection[str]) -> list[str]:
    """Return those of `kinds` that can be cleared (none given: all that can be); RuleBroken names any other."""
    able = [kind for kind in terms.table()["kinds"] if kind in dict(choices())]
    if others := [kind for kind in kinds if kind not in able]:
        told = {"kinds": "、".join(name(kind) for kind in others), "able": "、".join(name(kind) for kind in able)}
        raise RuleBroken(_("%(kinds)s cannot be cleared; the divisible kinds are %(able)s.") % told, field="kinds")
    return [kind for kind in able if not kinds or kind in kinds]
