"""Verbs and reads of a soil sample: take, hand over, report, and each taken back; withdraw and restore.

Each is an event in the chain of the need for which the sample was taken.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import kinds
from sijin.exchange.domain.soil import custody
from sijin.exchange.domain.soil.fitness import KIND
from sijin.exchange.models import CustodyStep, Offer, SoilSample
from sijin.ledger.domain import events
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.places.models import Region

DEEPEST = Decimal(100)  # metres: deeper is a drilling, not a sampling of earth for filling
V = SoilSample.Verdict
TAKEN, UNDER_WAY, REPORTED, WITHDRAWN = "taken", "under_way", "reported", "withdrawn"


@dataclass(frozen=True)
class Result:
    """What the laboratory found: for which use, dry density in g/cm³, moisture in %, further (name, value, unit)."""

    verdict: str
    use: str
    density: Decimal | None = None
    moisture: Decimal | None = None
    figures: tuple[tuple[str, Decimal, str], ...] = ()


def wants_earth(need: Need) -> bool:
    """Say whether `need` is one of land and soil: by an item, else by its words and category."""
    if need.items.exists():
        return need.items.filter(kind=KIND).exists()
    return KIND in kinds.asked(need.search, need.category)


@transaction.atomic
def take(
    by: Account,
    need: Need,
    *,
    region: Region,
    depth: Decimal,
    taken_at: datetime,
    taken_by: str,
    offer: Offer | None = None,
    place: str = "",
    lat: float | None = None,
    lon: float | None = None,
    source: str = "",
    generated: bool = False,
    at: datetime | None = None,
) -> SoilSample:
    """Write down that a sample was taken for `need`, of its own ground or of the spoil site `offer`.

    Raises
    ------
    RuleBroken
        The need asks for no earth; the offer is none; depth or time make no sense. `facts["field"]` names the field.
    """
    require(by, "sample_soil", need)
    need = Need.objects.select_for_update().get(pk=need.pk)
    at = at or need.campaign.now()
    if not wants_earth(need):
        raise RuleBroken(_("This need asks for no land or earth."), field="need")
    if offer is not None and (offer.kind != KIND or offer.campaign_id != need.campaign_id):
        raise RuleBroken(_("This offer is no spoil site of the campaign."), field="offer")
    if depth is None or not 0 < depth <= DEEPEST:
        words = _("The depth lies above 0 and up to %(most)s metres.") % {"most": DEEPEST}
        raise RuleBroken(words, field="depth")
    if taken_at > at:
        raise RuleBroken(_("The sampling cannot lie after now."), field="taken_at")
    if not taken_by.strip():
        raise RuleBroken(_("Say who took it, by role."), field="taken_by")
    if (lat is None) != (lon is None):
        lat = lon = None
    sample = SoilSample.objects.create(
        code=f"new-{need.pk}-{SoilSample.objects.filter(need=need).count()}", need=need, offer=offer, region=region,
        place=place.strip(), lat=lat, lon=lon, depth=depth, taken_at=taken_at, taken_by=taken_by.strip(), made_by=by,
        made_at=at, source=source, generated=generated,
    )  # fmt: skip
    sample.code = f"T{sample.pk:06d}"
    sample.save(update_fields=["code"])
    told = _("%(depth)s m deep in %(place)s") % {"depth": _plain(depth), "place": where(sample)}
    return _log(sample, "take", by, at, told)


@transaction.atomic
def hand_over(
    by: Account,
    sample: SoilSample,
    *,
    receiver: str,
    on: datetime,
    signed: str,
    giver: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> SoilSample:
    """Hand the sample on: from who holds it to `receiver`, who signs; without `giver` the holder is meant."""
    sample = _locked(by, sample, version)
    at = at or sample.need.campaign.now()
    _unjudged(sample)
    steps = chain(sample)
    step = custody.Hand(giver.strip() or custody.holder(sample.taken_by, steps), receiver.strip(), on)
    custody.follows(sample.taken_by, sample.taken_at, steps, step, at)
    if not signed.strip():
        raise RuleBroken(_("Say who signed the receipt, by role."), field="signed")
    CustodyStep.objects.create(
        sample=sample,
        number=len(steps) + 1,
        giver=step.giver,
        receiver=step.receiver,
        at=on,
        signed=signed.strip(),
        by=by,
    )
    return _keep(sample, "hand_over", by, at, f"{step.giver} → {step.receiver}")


@transaction.atomic
def undo_hand_over(
    by: Account, sample: SoilSample, *, version: int | None = None, at: datetime | None = None
) -> SoilSample:
    """Take the last hand-over back: it was written down by mistake."""
    sample = _locked(by, sample, version)
    _unjudged(sample)
    step = sample.custody.order_by("number").last()
    if step is None:
        raise RuleBroken(_("It was not handed over yet."))
    told = f"{step.giver} → {step.receiver}"
    step.delete()
    return _keep(sample, "undo_hand_over", by, at or sample.need.campaign.now(), told)


@transaction.atomic
def report(
    by: Account,
    sample: SoilSample,
    result: Result,
    *,
    on: datetime,
    version: int | None = None,
    at: datetime | None = None,
) -> SoilSample:
    """Write down what the laboratory found: whoever holds the sample last is the laboratory."""
    sample = _locked(by, sample, version)
    at = at or sample.need.campaign.now()
    _unjudged(sample)
    steps = chain(sample)
    if not steps:
        raise RuleBroken(_("The sample was not handed to a laboratory yet."), field="verdict")
    if result.verdict not in V.values or result.verdict == V.NONE:
        raise RuleBroken(_("Say what the laboratory found."), field="verdict")
    if not result.use.strip():
        raise RuleBroken(_("Say for which use it was judged."), field="use")
    if result.density is not None and not 0 < result.density < 5:
        raise RuleBroken(_("The density of earth lies between 0 and 5 g/cm³."), field="density")
    if result.moisture is not None and not 0 <= result.moisture <= 500:
        raise RuleBroken(_("The moisture lies between 0 and 500 %."), field="moisture")
    if any(not name.strip() or not unit.strip() for name, _value, unit in result.figures):
        raise RuleBroken(_("A figure has a name, a value and a unit."), field="figures")
    if not custody.last(sample.taken_at, steps) <= on <= at:
        raise RuleBroken(_("The result lies after the last hand-over, and not after now."), field="on")
    sample.verdict, sample.use, sample.reported_at = result.verdict, result.use.strip(), on
    sample.density, sample.moisture = result.density, result.moisture
    sample.figures = [[name.strip(), _plain(value), unit.strip()] for name, value, unit in result.figures]
    sample.laboratory = custody.holder(sample.taken_by, steps)
    told = f"{sample.use}: {sample.get_verdict_display()}"
    return _keep(sample, "report", by, at, told, verdict=sample.verdict, use=sample.use)


@transaction.atomic
def undo_report(
    by: Account, sample: SoilSample, *, version: int | None = None, at: datetime | None = None
) -> SoilSample:
    """Take the result back, to write it down anew."""
    sample = _locked(by, sample, version)
    if not sample.verdict:
        raise RuleBroken(_("There is no result yet."))
    before = sample.verdict
    sample.verdict = sample.use = sample.laboratory = ""
    sample.density = sample.moisture = sample.reported_at = None
    sample.figures = []
    return _keep(sample, "undo_report", by, at or sample.need.campaign.now(), "", verdict=[before, ""])


@transaction.atomic
def withdraw(by: Account, sample: SoilSample, *, version: int | None = None, at: datetime | None = None) -> SoilSample:
    """Set a sample aside: it was spoiled, or written down by mistake. It can be put back."""
    sample = _locked(by, sample, version, withdrawn=False)
    sample.withdrawn_at = at or sample.need.campaign.now()
    return _keep(sample, "withdraw", by, sample.withdrawn_at, "")


@transaction.atomic
def restore(by: Account, sample: SoilSample, *, version: int | None = None, at: datetime | None = None) -> SoilSample:
    """Put a sample back that was set aside."""
    sample = _locked(by, sample, version, withdrawn=True)
    sample.withdrawn_at = None
    return _keep(sample, "restore", by, at or sample.need.campaign.now(), "")


def listed(account: Account, campaign: Campaign) -> QuerySet[SoilSample]:
    """Return the samples that `account` sees, the latest first, with what a row shows joined."""
    rows = visible(account, SoilSample).filter(need__campaign=campaign)
    rows = rows.select_related("need__site", "offer", "region__parent", "made_by")
    return rows.prefetch_related(Prefetch("custody", CustodyStep.objects.order_by("number")))


def chain(sample: SoilSample) -> list[custody.Hand]:
    """Return the hand-overs of a sample in their order."""
    return [custody.Hand(step.giver, step.receiver, step.at) for step in sample.custody.all()]


def state(sample: SoilSample) -> str:
    """Return taken, under_way (it left the first hands), reported or withdrawn."""
    if sample.withdrawn_at:
        return WITHDRAWN
    if sample.verdict:
        return REPORTED
    return UNDER_WAY if sample.custody.all() else TAKEN


def state_word(code: str) -> str:
    """Return the word of a state in the reader's language."""
    return {
        TAKEN: _("Sampled"),
        UNDER_WAY: _("On its way to the laboratory"),
        REPORTED: _("Judged"),
        WITHDRAWN: _("Set aside"),
    }[code]


def word(step: str) -> str:
    """Return the word of a step in the reader's language."""
    return {
        "take": _("Sample taken"),
        "hand_over": _("Sample handed over"),
        "undo_hand_over": _("Hand-over taken back"),
        "report": _("Laboratory result"),
        "undo_report": _("Laboratory result taken back"),
        "withdraw": _("Sample set aside"),
        "restore": _("Sample put back"),
    }[step]


def where(sample: SoilSample) -> str:
    """Return where it was taken, in words."""
    return " ".join(filter(None, (sample.region.name, sample.place)))


def _unjudged(sample: SoilSample) -> None:
    if sample.verdict:
        raise RuleBroken(_("The laboratory has judged it: take the result back first."))


def _locked(by: Account, sample: SoilSample, version: int | None, withdrawn: bool = False) -> SoilSample:
    need = Need.objects.select_for_update().get(pk=sample.need_id)
    sample = SoilSample.objects.select_related("need__campaign", "offer", "region").get(pk=sample.pk)
    require(by, "sample_soil", need)
    if version is not None and version != sample.version:
        raise Stale(_("This was changed by someone else in the meantime."), expected=version, found=sample.version)
    if bool(sample.withdrawn_at) != withdrawn:
        raise RuleBroken(_("This sample is set aside.") if sample.withdrawn_at else _("This sample is not set aside."))
    return sample


def _keep(sample: SoilSample, step: str, by: Account, at: datetime, told: str, **change: Any) -> SoilSample:
    sample.version += 1
    sample.save()
    return _log(sample, step, by, at, told, **change)


def _log(sample: SoilSample, step: str, by: Account, at: datetime, told: str, **change: Any) -> SoilSample:
    """Append the step to the need's chain; the caller holds the need's row lock."""
    need = Need.objects.get(pk=sample.need_id)
    words = " · ".join(filter(None, (word(step), sample.code, sample.offer.provider if sample.offer else "", told)))
    events.append(need, "sample", by, at, words[:500], {"sample": sample.pk, "step": step, **change})
    need.save()
    return sample


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
