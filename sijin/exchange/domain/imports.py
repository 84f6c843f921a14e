"""Taking in a sheet of offers: good rows are kept, bad rows come back; the same sheet changes nothing."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import offers
from sijin.exchange.models import Offer, OfferImport
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import Refused, Stale

NAMESPACE = uuid.UUID("0d3c5f0e-6a53-4c43-9f6f-6b1f5a6d4f10")


@dataclass
class Kept:
    """What was read from one row: facts of an offer, or the faults that keep it out."""

    facts: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


Parse = Callable[[list[str]], Kept]
Progress = Callable[[int, int], None]


def begin(by: Account, campaign: Campaign, name: str, content: bytes, rows: list[dict[str, Any]]) -> OfferImport:
    """Keep the rows of a sheet as typed, so that they can be taken in at once or by a job."""
    require(by, "make", OfferImport)
    require(by, "offer", Offer)
    digest = hashlib.sha256(content).hexdigest()
    return OfferImport.objects.create(
        campaign=campaign, made_by=by, made_at=campaign.now(), name=name[:200], digest=digest, rows=rows
    )


@transaction.atomic
def take(sheet: OfferImport, parse: Parse, progress: Progress = lambda done, total: None) -> OfferImport:
    """Take in every good row of `sheet`; a sheet that was finished before is left as it is."""
    if sheet.finished_at:
        return sheet
    by, total = sheet.made_by, len(sheet.rows)
    for done, row in enumerate(sheet.rows, start=1):
        kept = parse(row["cells"])
        if not kept.faults:
            try:
                with transaction.atomic():
                    _take_row(sheet, by, row["row"], kept.facts)
            except Refused as refusal:
                kept.faults.append(refusal.message)
        if kept.faults:
            sheet.bad.append({**row, "faults": kept.faults})
        progress(done, total)
    sheet.finished_at = sheet.campaign.now()
    sheet.save()
    return sheet


def _take_row(sheet: OfferImport, by: Account, number: int, facts: dict[str, Any]) -> None:
    """Make a new offer of a row without a code, change the offer of a row with one."""
    code, version = facts.pop("code"), facts.pop("version")
    if not code:
        key = uuid.uuid5(NAMESPACE, f"{sheet.digest}:{number}")
        known = Offer.objects.filter(client_uuid=key).exists()
        offers.make(by, sheet.campaign, client_uuid=key, source=sheet.name, **facts)
        sheet.same, sheet.created = sheet.same + known, sheet.created + (not known)
        return
    offer = Offer.objects.filter(campaign=sheet.campaign, code=code).first()
    if offer is None:
        raise Refused(_("There is no offer with the code %(code)s.") % {"code": code})
    try:
        after = offers.edit(by, offer, version=version or 0, **facts)
    except Stale as stale:
        words = "；".join(f"{name}: {mine} / {theirs}" for name, (mine, theirs) in stale.facts["diff"].items())
        raise Stale(f"{stale.message} {words}") from stale
    changed = after.version != offer.version
    sheet.same, sheet.changed = sheet.same + (not changed), sheet.changed + changed
