"""Spoil sites for a need of earth: offers in cubic metres, ranked by the finder, beside what their samples say.

An offer whose latest sample is not suitable is never among the proposals, whichever need it was taken for; it is named
apart with the reason. An offer without a result is proposed only as one that is still to be sampled.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from sijin.exchange.domain import pairs, suggestions
from sijin.exchange.domain.kinds import factor
from sijin.exchange.domain.soil.fitness import KIND, latest
from sijin.exchange.domain.words import day
from sijin.exchange.models import Offer, SoilSample
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.distance import kilometres

CUBIC = "立方米"
MOST = 12
ORDER = {SoilSample.Verdict.SUITABLE: 0, SoilSample.Verdict.CONDITIONAL: 1, SoilSample.Verdict.NONE: 2}
V = SoilSample.Verdict


@dataclass(frozen=True)
class Spoil:
    """A spoil site that could give earth: how much is free in m³, why it fits, what its latest sample says."""

    offer: Offer
    cubic: Decimal
    reasons: list[str]
    missing: list[str]
    sample: SoilSample | None
    need: Need
    open: bool = True  # whether the reader may see the sample itself, not only what it comes to

    @property
    def verdict(self) -> str:
        """Return what the latest sample says; empty while there is no result."""
        return self.sample.verdict if self.sample else V.NONE

    @property
    def light(self) -> str:
        """Return the light that shows it."""
        return {V.SUITABLE: "ok", V.CONDITIONAL: "soon", V.UNSUITABLE: "late"}.get(V(self.verdict), "none")

    @property
    def words(self) -> str:
        """Say what is known of its earth."""
        if self.sample is None:
            return _("Not sampled yet: whether its earth is suitable is not known.")
        if not self.open:
            told = {"verdict": self.sample.get_verdict_display(), "use": self.sample.use}
            return _("%(verdict)s for %(use)s, by a sample taken for another need.") % told
        facts = {
            "code": self.sample.code, "depth": f"{self.sample.depth.normalize():f}", "use": self.sample.use,
            "day": day(self.sample.taken_at.date()), "verdict": self.sample.get_verdict_display(),
        }  # fmt: skip
        told = _("%(verdict)s for %(use)s: sample %(code)s of %(day)s, %(depth)s m deep.") % facts
        if self.sample.need_id != self.need.pk:
            told += _(" It was taken for another need.")
        return told


def proposals(account: Account, need: Need) -> list[Spoil]:
    """Return the spoil sites that can be proposed: suitable ones, then those to be treated, then unsampled ones."""
    found = [one for one in suggestions.offers_for(account, need, MOST * 3) if one.offer.kind == KIND]
    found = found or suggestions.offers_of_kind(account, need, KIND, MOST * 2)
    samples = latest({one.offer.pk for one in found})
    seen = _seen(account, samples)
    rate = {one.offer.pk: factor(one.offer.unit, CUBIC) for one in found}
    made: dict[int, Spoil] = {}
    for one in found:
        cubic = rate[one.offer.pk]
        if cubic is None:  # land by its area: no earth
            continue
        sample, open_ = samples.get(one.offer.pk), one.offer.pk in seen
        free = one.offer.free * cubic
        made.setdefault(one.offer.pk, Spoil(one.offer, free, one.reasons, one.missing, sample, need, open_))
    fit = [one for one in made.values() if one.verdict != V.UNSUITABLE]
    return sorted(fit, key=lambda one: ORDER[V(one.verdict)])[:MOST]  # the finder's order within each


def ruled_out(account: Account, need: Need) -> list[Spoil]:
    """Return the spoil sites that are not proposed because of their latest sample, with how far they would be."""
    samples = {key: sample for key, sample in latest().items() if sample.verdict == V.UNSUITABLE}
    seen = _seen(account, samples)
    offers = visible(account, Offer).filter(pk__in=samples, campaign=need.campaign_id, withdrawn_at=None)
    made = []
    for offer in offers.select_related("site", "region").order_by("code"):
        cubic = factor(offer.unit, CUBIC)
        if cubic is None:
            continue
        placed = pairs.at_its_place(offer)
        reasons = []
        if placed.lat is not None and (point := pairs.point_of(need)) is not None:
            reasons.append(_("%(km)s km away") % {"km": round(kilometres(placed.lat, placed.lon, *point))})
        made.append(Spoil(offer, offer.free * cubic, reasons, [], samples[offer.pk], need, offer.pk in seen))
    return made


def _seen(account: Account, samples: dict[int, SoilSample]) -> set[int]:
    """Return the offers whose sample `account` may see."""
    rows = visible(account, SoilSample).filter(pk__in=[sample.pk for sample in samples.values()])
    return {key for key in rows.values_list("offer", flat=True) if key is not None}
