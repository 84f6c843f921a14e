"""Needs and offers as the finder's plain values, and what of an offer can be promised to an item, exactly."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from sijin.engines import complements as engine
from sijin.exchange.domain.kinds import factor
from sijin.exchange.market import rules
from sijin.exchange.models import Offer
from sijin.ledger.models import Need, NeedItem
from sijin.ledger.script import simplified

COLUMNS = (
    "pk", "kind", "item", "unit", "quantity", "promised", "since", "until", "reach_km", "site_id", "certificate",
    "has_capacity", "has_channel", "provider", "tags", "conditions",
)  # fmt: skip
MORE = 300  # characters of a need's text that are compared beside its title


@dataclass(frozen=True)
class Fit:
    """What the finder says of a pair. `quantity` is what can be reserved, in the unit of the want (or of the offer)."""

    score: float
    grade: int
    quantity: Decimal
    covers: float | None
    kilometres: float | None
    likeness: float


def placed(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    """Give offers the point from which they come: their site's, else their region's."""
    return offers.annotate(lat=Coalesce("site__lat", "region__lat"), lon=Coalesce("site__lon", "region__lon"))


def at_its_place(offer: Offer) -> Offer:
    """Give one offer the point from which it comes, out of its site or region."""
    place = offer.site or offer.region
    offer.lat, offer.lon = getattr(place, "lat", None), getattr(place, "lon", None)
    return offer


def have(offer: Any, free: float | None = None) -> engine.Offer:
    """Return an offer (a row of `placed`, as an object or a named tuple) as the finder takes it."""
    return engine.Offer(
        key=offer.pk,
        kind=offer.kind,
        names=(offer.item, *offer.tags),
        unit=offer.unit,
        free=float(offer.quantity - offer.promised) if free is None else free,
        since=offer.since.toordinal() if offer.since else None,
        until=offer.until.toordinal() if offer.until else None,
        point=None if offer.lat is None or offer.lon is None else (offer.lat, offer.lon),
        reach_km=offer.reach_km,
        site=offer.site_id,
        certificate=offer.certificate,
        traits=(offer.has_capacity, offer.has_channel),
        provider=offer.provider,
        more=f"{offer.provider} {offer.conditions}",
    )


def want(
    need: Need,
    item: NeedItem | None,
    kinds: tuple[str, ...],
    today: date,
    traits: engine.Traits = engine.UNSAID,
    refused: frozenset[Any] = frozenset(),
) -> engine.Need:
    """Return what `need` lacks as the finder takes it: one item, or, where it states none, its own words."""
    text = item.item if item else f"{need.title} {need.text[:MORE]}"
    return engine.Need(
        text=text,
        kinds=(item.kind,) if item else kinds,
        unit=item.unit if item else None,
        missing=float(item.left) if item else None,
        today=today.toordinal(),
        due=min((day.toordinal() for day in (need.due, need.wanted_by) if day), default=None),
        point=point_of(need),
        site=need.site_id,
        certificate=asks_certificate(f"{need.title}{text}"),
        traits=traits,
        refused=refused,
        exact=item is not None,
    )


def complementary(want: engine.Traits, have: engine.Traits) -> bool:
    """Say whether each has what the other lacks; of a want that says nothing of itself, nothing is asked."""
    if want == engine.UNSAID:
        return True
    return all(mine is None or (theirs is not None and theirs != mine) for mine, theirs in zip(want, have, strict=True))


def lack(need: Need, kind: str, item: NeedItem | None) -> engine.Offer:
    """Return one lack of `need` as a row of an index over needs; its key is (need, kind)."""
    return engine.Offer(
        key=(need.pk, kind),
        kind=kind,
        names=(need.title, *([item.item] if item else [])),
        unit=item.unit if item else "",
        free=float(item.left) if item else 1.0,
        point=point_of(need),
        site=need.site_id,
        more=need.text[:MORE],
    )


def point_of(need: Need) -> tuple[float, float] | None:
    """Return where a need's site lies."""
    lat, lon = need.site.lat, need.site.lon
    return None if lat is None or lon is None else (lat, lon)


def asks_certificate(text: str) -> bool:
    """Say whether `text` speaks of export."""
    words = simplified(text)
    return any(word in words for word in rules().certificate_words)


def fitted(hit: engine.Hit, item: NeedItem | None, offer: Offer) -> Fit:
    """Return what a hit says, with the quantity that can be reserved: exact, never more than is free or missing."""
    quantity = offer.free
    if item is not None:
        quantity = min(offer.free * (factor(offer.unit, item.unit) or 0), item.left)
    down = quantity.quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    return Fit(hit.score, hit.grade, down, hit.covers, hit.km, hit.likeness)
