"""Which offers of earth were found not suitable by their latest sample: they are neither proposed nor reserved."""

from collections.abc import Collection

from sijin.exchange.models import Offer, SoilSample

KIND = "land"


def latest(offers: Collection[int] | None = None) -> dict[int, SoilSample]:
    """Return the latest result of each offer of which a sample was judged, or of `offers` alone (one query)."""
    rows = SoilSample.objects.filter(withdrawn_at=None, offer__isnull=False).exclude(verdict="")
    if offers is not None:
        rows = rows.filter(offer__in=offers)
    return {sample.offer_id: sample for sample in rows.order_by("reported_at", "pk") if sample.offer_id is not None}


def unfit(wanted: Collection[str]) -> frozenset[int]:
    """Return the offers that the latest sample found not suitable; no query unless earth is among what is `wanted`."""
    if KIND not in wanted:
        return frozenset()
    found = latest()
    return frozenset(offer for offer, sample in found.items() if sample.verdict == SoilSample.Verdict.UNSUITABLE)


def failed(offer: Offer) -> SoilSample | None:
    """Return the latest sample of `offer` if it found the earth not suitable; no query for what is no earth."""
    sample = latest({offer.pk}).get(offer.pk) if offer.kind == KIND else None
    return sample if sample is not None and sample.verdict == SoilSample.Verdict.UNSUITABLE else None
