"""Reads of clearings: the scarcest things, the rows behind a price, proposals by filter."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.clearings import words
from sijin.exchange.models import Clearing, ClearingLock, ClearingPrice, Match, Offer, ProposedMatch
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Account
from sijin.people.policy import visible

LIMIT = 5
Side, Why = ClearingPrice.Side, ClearingPrice.Why


@dataclass(frozen=True)
class Scarce:
    """One kind of thing at one place that is short: its dearest price, and all the rows of it."""

    price: ClearingPrice
    rows: int
    waiting: int
    left: Any  # what is missing, where nothing on offer fits

    @property
    def points(self) -> str:
        """Return the price without idle zeros."""
        return words.points(self.price.price)

    @property
    def words(self) -> str:
        """Say what the price means."""
        one = self.price
        return words.price(one.kind, one.name, str(one.place or ""), one.unit, one.price, self.waiting, one.side)


def clearings(account: Account, campaign: Campaign) -> QuerySet[Clearing]:
    """Return the clearings of the campaign, the latest first, with how many rows each has and has published."""
    rows = visible(account, Clearing).filter(campaign=campaign).select_related("made_by", "published_by")
    done = Count("rows", filter=Q(rows__done=True))
    return rows.annotate(proposed=Count("rows"), done=done).order_by("-made_at", "-pk")


def latest(account: Account, campaign: Campaign) -> Clearing | None:
    """Return the clearing that tells best what is short now: the latest that was not withdrawn."""
    rows = visible(account, Clearing).filter(campaign=campaign).exclude(state=Clearing.State.WITHDRAWN)
    return rows.order_by("-made_at", "-pk").first()


def current(account: Account, campaign: Campaign) -> list[Clearing]:
    """Return the latest clearing; of a night, which drafts each kind by itself, all that stand."""
    last = latest(account, campaign)
    if last is None or last.night is None:
        return [last] if last else []
    rows = visible(account, Clearing).filter(campaign=campaign, figures__night=last.night.isoformat())
    return list(rows.exclude(state=Clearing.State.WITHDRAWN))


def scarcest(*clearings: Clearing, limit: int | None = LIMIT, kind: str = "") -> list[Scarce]:
    """Return what is scarcest, first the dearest (one query): the same thing at the same place stands once.

    An offer is scarce when one more unit would save something; where nothing on offer fits, the unmet need stands
    itself, with what going without costs.
    """
    short = Q(side=Side.OFFER, price__gt=0) | Q(side=Side.NEED, why=Why.NO_OFFER, left__gt=0)
    rows = ClearingPrice.objects.filter(short, clearing__in=clearings).select_related("place")
    if kind:
        rows = rows.filter(kind=kind)
    grouped: dict[tuple[Any, ...], list[ClearingPrice]] = {}
    for row in rows.order_by("-price", "kind", "name", "pk"):
        grouped.setdefault(_thing(row), []).append(row)
    made = []
    for own in grouped.values():
        waiting = {item for row in own for item in row.fits[: row.waiting]} if own[0].side == Side.OFFER else own
        made.append(Scarce(own[0], len(own), len(waiting), sum(row.left for row in own)))
    return made if limit is None else made[:limit]


def _thing(row: ClearingPrice) -> tuple[Any, ...]:
    return (row.side, row.kind, row.name, row.place_id, row.unit)


@dataclass(frozen=True)
class Competitor:
    """An item that competes for what is scarce: what it wanted, gets of it and in all, and goes without."""

    item: NeedItem
    price: ClearingPrice
    here: Any
    elsewhere: Any


@dataclass(frozen=True)
class Behind:
    """The rows behind a price: the scarce offers, the needs that compete for them, and what else serves those."""

    price: ClearingPrice
    scarce: Scarce
    offers: list[tuple[Offer, ClearingPrice, Any]]
    needs: list[Competitor]
    others: list[tuple[Offer, ClearingPrice | None, Any]]

    @property
    def words(self) -> str:
        """Say what the price means, or why the need stays unmet."""
        if self.price.side == Side.NEED and self.price.why not in ("", Why.NO_OFFER):
            return words.unmet(self.price)
        return self.scarce.words


def behind(account: Account, price: ClearingPrice, limit: int = 200) -> Behind:
    """Return the rows behind a price, those that go without first (six queries)."""
    clearing = price.clearing
    same = {name: getattr(price, name) for name in ("side", "kind", "name", "place", "unit")}
    own = [row for row in clearing.prices.filter(**same).order_by("-price", "pk") if _alike(row, price)]
    if price.side == Side.OFFER:
        keys = list(dict.fromkeys(item for row in own for item in row.fits))[:limit]
        offers = {row.offer_id for row in own}
    else:
        keys, offers = [row.item_id for row in own][:limit], {key for row in own for key in row.fits}
    prices = {row.item_id: row for row in clearing.prices.filter(side=Side.NEED, item__in=keys)}
    seen = NeedItem.objects.filter(pk__in=keys, need__in=_needs(account)).select_related("need__site__county")
    items = {item.pk: item for item in seen}
    given = list(clearing.rows.filter(item__in=items, quantity__gt=0))
    needs = [
        Competitor(
            items[key], prices[key],
            sum(row.quantity for row in given if row.item_id == key and row.offer_id in offers),
            sum(row.quantity for row in given if row.item_id == key and row.offer_id not in offers),
        )
        for key in keys
        if key in items and key in prices
    ]  # fmt: skip
    needs.sort(key=lambda one: (-bool(one.price.left), -one.price.price, one.item.pk))
    others = {row.offer_id for row in given} - offers
    rows = visible(account, Offer).filter(pk__in=offers | others).select_related("region", "site__county")
    there = {offer.pk: offer for offer in rows}
    priced = {row.offer_id: row for row in clearing.prices.filter(side=Side.OFFER, offer__in=there)}
    taken = _taken(clearing, there)
    waiting = sum(bool(one.price.left) for one in needs)
    return Behind(
        price,
        Scarce(price, len(own), waiting, sum(row.left for row in own)),
        [(there[key], priced[key], taken.get(key, 0)) for key in sorted(offers) if key in there and key in priced],
        needs,
        [(there[key], priced.get(key), taken.get(key, 0)) for key in sorted(others) if key in there],
    )


def _alike(row: ClearingPrice, price: ClearingPrice) -> bool:
    if price.side == Side.OFFER:
        return row.price > 0 or row.pk == price.pk
    return row.why == price.why


def _taken(clearing: Clearing, offers: Any) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for offer, taken in clearing.rows.filter(offer__in=offers, quantity__gt=0).values_list("offer", "taken"):
        found[offer] = found.get(offer, 0) + taken
    return found


def _needs(account: Account) -> Any:
    """Return the keys of the needs that `account` sees."""
    return visible(account, Need).order_by().values("pk")


def proposals(clearing: Clearing, kind: str = "", county: str = "", change: str = "") -> QuerySet[ProposedMatch]:
    """Return the rows of a clearing, narrowed, with what a row shows already joined; changes first."""
    rows = clearing.rows.all()
    if kind:
        rows = rows.filter(kind=kind)
    if county:
        rows = rows.filter(county__code=county)
    if change == "open":
        rows = rows.filter(done=False)
    elif change:
        rows = rows.filter(change=change)
    return rows.select_related("item__need__site", "offer__region", "county", "was", "match").order_by(
        "done", "kind", "county", "item", "pk"
    )


def unmet(clearing: Clearing, kind: str = "") -> QuerySet[ClearingPrice]:
    """Return what stays unmet, the dearest first."""
    rows = clearing.prices.filter(side=Side.NEED, left__gt=0)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.select_related("item__need__site", "place").order_by("-price", "pk")


def changes(clearing: Clearing) -> dict[str, int]:
    """Return how many rows of each change a clearing has."""
    return dict(clearing.rows.order_by().values_list("change").annotate(n=Count("pk")))


def locks(account: Account, campaign: Campaign) -> QuerySet[ClearingLock]:
    """Return what people fixed, the latest first."""
    rows = visible(account, ClearingLock).filter(campaign=campaign)
    return rows.select_related("item__need__site", "offer", "by")


def held(clearing: Clearing) -> QuerySet[Match]:
    """Return the matches of a clearing that withdrawing would give back."""
    return Match.objects.filter(proposals__clearing=clearing, state=Match.State.RESERVED).distinct()
