"""Suggestions: for a need the offers that fit, for an offer the needs that fit, best first, each explained in words.

One query reads the candidates of the kinds at hand; `fit.judge` ranks them in memory.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sijin.exchange.domain import fit, kinds
from sijin.exchange.domain.reads import lacking, outstanding_items
from sijin.exchange.models import Offer
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Site

LIMIT = 6
PAIRED = {"capacity", "channel"}  # kinds under the complement rule


@dataclass(frozen=True)
class Suggestion:
    """One pair with the judgement on it: what speaks for it and what is missing, in the reader's language."""

    need: Need
    item: NeedItem | None  # None: the need states no item yet
    offer: Offer
    fit: fit.Fit
    reasons: list[str]
    missing: list[str]

    @property
    def unit(self) -> str:
        """Return the unit in which `fit.quantity` is counted."""
        return self.item.unit if self.item else self.offer.unit


def offers_for(account: Account, need: Need, limit: int = LIMIT) -> list[Suggestion]:
    """Return the best offers for what `need` still lacks (four queries); equal ones in the order of their codes."""
    items = getattr(need, "unmet", None)
    if items is None:
        items = list(outstanding_items().filter(need=need))
    stated = bool(items) or need.items.exists()
    wanted = {item.kind for item in items} if stated else set(kinds.kinds_asked_by(need.category))
    if not wanted:
        return []
    today = timezone.localtime(need.campaign.now()).date()
    traits = traits_of(need.campaign_id, [need.site_id]) if wanted & PAIRED else {}
    found = []
    for offer in _candidates(account, need.campaign_id, wanted, today):
        for item in items if stated else [None]:
            want = _want(need, item, offer.kind, traits)
            if judged := fit.judge(want, have(offer), today):
                found.append(_explained(need, item, offer, judged, want))
    return sorted(found, key=lambda s: (*s.fit.order, s.offer.code))[:limit]


def needs_for(account: Account, offer: Offer, limit: int = LIMIT) -> list[Suggestion]:
    """Return the needs that `offer` fits best (five queries)."""
    if offer.withdrawn_at or offer.free <= 0:
        return []
    today = timezone.localtime(offer.campaign.now()).date()
    rows = list(lacking(account, offer.campaign, kind=offer.kind))
    traits = traits_of(offer.campaign_id, [need.site_id for need in rows]) if offer.kind in PAIRED else {}
    there = have(offer)
    found = []
    for need in rows:
        for item in [item for item in need.unmet if item.kind == offer.kind] or ([None] if not need.unmet else []):
            want = _want(need, item, offer.kind, traits)
            if judged := fit.judge(want, there, today):
                found.append(_explained(need, item, offer, judged, want))
    return sorted(found, key=lambda s: (*s.fit.order, s.need.due or date.max, s.need.pk))[:limit]


def traits_of(campaign: int, sites: Iterable[int]) -> dict[int, tuple[bool | None, bool | None]]:
    """Return {site: (has capacity, has channel)} from what the sites offer themselves (one query)."""
    rows = Offer.objects.filter(campaign=campaign, site__in=sites, withdrawn_at=None).exclude(
        has_capacity=None, has_channel=None
    )
    rows = rows.order_by("pk").values_list("site", "has_capacity", "has_channel")
    return {site: (capacity, channel) for site, capacity, channel in rows}


def have(offer: Offer) -> fit.Have:
    """Return the offer as plain values."""
    place = offer.site or offer.region
    return fit.Have(
        kind=offer.kind,
        text=offer.item,
        unit=offer.unit,
        free=offer.free,
        tags=tuple(offer.tags),
        point=_point(place),
        reach_km=offer.reach_km,
        since=offer.since,
        until=offer.until,
        site=offer.site_id,
        traits=(offer.has_capacity, offer.has_channel),
        certificate=offer.certificate,
    )


def _candidates(account: Account, campaign: int, wanted: set[str], today: date) -> QuerySet[Offer]:
    return (
        visible(account, Offer)
        .filter(Q(until=None) | Q(until__gte=today), campaign=campaign, kind__in=wanted, withdrawn_at=None)
        .filter(quantity__gt=F("promised"))
        .select_related("region", "site", "unit_of_provider")
    )


def _want(need: Need, item: NeedItem | None, kind: str, traits: dict[int, tuple[bool | None, bool | None]]) -> fit.Want:
    text = item.item if item else need.title
    return fit.Want(
        kind=item.kind if item else kind,
        text=text,
        unit=item.unit if item else None,
        missing=item.left if item else None,
        point=_point(need.site),
        due=need.due,
        site=need.site_id,
        traits=traits.get(need.site_id, (None, None)) if kind in PAIRED else (None, None),
        certificate=fit.wants_certificate(f"{need.title}{text}"),
    )


def _point(place: "Site | object | None") -> tuple[float, float] | None:
    lat, lon = getattr(place, "lat", None), getattr(place, "lon", None)
    return None if lat is None or lon is None else (lat, lon)


def _explained(need: Need, item: NeedItem | None, offer: Offer, judged: fit.Fit, want: fit.Want) -> Suggestion:
    return Suggestion(need, item, offer, judged, _reasons(offer, judged, want), _missing(item, offer, judged, want))


def _reasons(offer: Offer, judged: fit.Fit, want: fit.Want) -> list[str]:
    """Say what speaks for the pair."""
    words = [_("same kind: %(kind)s") % {"kind": kinds.name(offer.kind)}]
    if judged.same:
        words.append(_("named in the need: %(tags)s") % {"tags": "、".join(judged.same)})
    elif judged.likeness == 1.0:
        words.append(_("same item"))
    else:
        words.append(_("item alike %(share)s %%") % {"share": round(100 * judged.likeness)})
    if want.traits != (None, None):
        makes = _("it has the capacity, the site has the orders")
        words.append(makes if offer.has_capacity else _("it has the channel, the site has the capacity"))
    if judged.kilometres is not None:
        words.append(_("%(km)s km away") % {"km": round(judged.kilometres)})
    elif offer.reach_km is None:
        words.append(_("no limit of distance"))
    if judged.covers is not None:
        words.append(_("covers %(share)s %%") % {"share": int(100 * judged.covers)})
    if offer.until:
        words.append(_("until %(day)s") % {"day": day(offer.until)})
    if want.certificate and offer.certificate:
        words.append(_("export certificate held"))
    return words


def _missing(item: NeedItem | None, offer: Offer, judged: fit.Fit, want: fit.Want) -> list[str]:
    """Say what is missing, or has to be seen to."""
    words = []
    if want.certificate and offer.certificate is False:
        words.append(_("no export certificate"))
    if want.certificate and offer.certificate is None:
        words.append(_("export certificate not known"))
    if item is not None and judged.quantity < item.left:
        lack = {"quantity": plain(item.left - judged.quantity), "unit": item.unit}
        words.append(_("%(quantity)s %(unit)s still lacking") % lack)
    if want.due and offer.since and offer.since > want.due:
        words.append(_("begins after the deadline, on %(day)s") % {"day": day(offer.since)})
    if offer.conditions:
        words.append(_("condition: %(words)s") % {"words": offer.conditions})
    return words


def day(value: date) -> str:
    """Return 3月20日 (or 20 Mar in English)."""
    return f"{value.month}月{value.day}日" if (get_language() or "zh").startswith("zh") else f"{value.day} {value:%b}"


def plain(quantity: Decimal) -> str:
    """Return a quantity without idle zeros."""
    return f"{quantity.normalize():f}"
