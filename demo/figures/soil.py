"""Row 17: the project that lacks earth: where its need is routed, and what is known of its samples."""

from demo.figures.figure import Figure, campaign, office
from sijin.exchange.domain.soil import custody, samples, spoil
from sijin.exchange.models import CustodyStep, SoilSample
from sijin.ledger.domain import triage
from sijin.ledger.models import Need
from sijin.people.policy import visible


def _need() -> Need:
    told = visible(office(), Need).filter(campaign=campaign(), generated=False).select_related("site", "campaign")
    return next(need for need in told if 17 in need.report_rows)


def _routed() -> str:
    """Return the first category that triage suggests for the words of the need, and the department that leads it."""
    need = _need()
    first = triage.suggest(office(), f"{need.title} {need.text}", need.door)[0][0]
    return f"{first.code} {first.lead}"


def _samples() -> list[SoilSample]:
    return list(samples.listed(office(), campaign()).filter(need=_need(), withdrawn_at=None))


def _told() -> str:
    """Return the facts that every sample of the need has."""
    held = [
        {
            "place": bool(one.region_id and one.place),
            "depth": one.depth > 0,
            "time": one.taken_at is not None,
            "result": bool(one.verdict and one.use),
        }
        for one in _samples()
    ]
    return " ".join(name for name in ("place", "depth", "time", "result") if held and all(one[name] for one in held))


def _broken() -> str:
    gaps = [one for one in _samples() if not custody.unbroken(one.taken_by, one.taken_at, samples.chain(one))]
    return str(len(gaps))


def _wrongly_proposed() -> str:
    bad = {one.offer_id for one in _samples() if one.verdict == SoilSample.Verdict.UNSUITABLE}
    proposed = [one for one in spoil.proposals(office(), _need()) if one.offer.pk in bad]
    return f"{len(proposed)} of {len(bad)}"


def _first() -> SoilSample:
    return _samples()[-1]


FIGURES = [
    Figure(17, "where the lack of earth is routed", "factor 自然资源和规划局", _routed,
           lambda: Need.objects.filter(pk=_need().pk).update(title="贷款续不上，流动资金紧张", text="")),
    Figure(17, "what every sample has", "place depth time result", _told,
           lambda: SoilSample.objects.filter(pk=_first().pk).update(place="")),
    Figure(17, "samples with a gap in their chain of custody", "0", _broken,
           lambda: CustodyStep.objects.filter(sample=_first(), number=1).update(receiver="旁人")),
    Figure(17, "spoil sites proposed against their sample, of those found not suitable", "0 of 1", _wrongly_proposed,
           lambda: SoilSample.objects.filter(verdict="unsuitable").update(verdict="suitable")),
]  # fmt: skip
