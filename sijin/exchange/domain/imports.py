"""Taking in a sheet: good rows are kept, bad rows come back; the same sheet changes nothing."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import offers
from sijin.exchange.models import ChainFirm, JobPost, JobWish, Offer, OfferImport, PoolMaker, PoolOrder
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import Refused, Stale

NEEDED: dict[str, tuple[str, type[Model]]] = {  # what a sheet writes, and the verb that this takes
    OfferImport.Of.OFFERS: ("offer", Offer),
    OfferImport.Of.ORDERS: ("keep", PoolOrder),
    OfferImport.Of.MAKERS: ("keep", PoolMaker),
    OfferImport.Of.CHAIN: ("keep", ChainFirm),
    OfferImport.Of.POSTS: ("keep", JobPost),
    OfferImport.Of.WISHES: ("keep", JobWish),
}
NAMESPACE = uuid.UUID("0d3c5f0e-6a53-4c43-9f6f-6b1f5a6d4f10")


@dataclass
class Kept:
    """What was read from one row: facts of an offer, or the faults that keep it out."""

    facts: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


Parse = Callable[[list[str]], Kept]
Write = Callable[[Account, Campaign, dict[str, Any]], str]  # `created`, `changed` or `same`
Progress = Callable[[int, int], None]
S = TypeVar("S", bound=Model)


def begin(
    by: Account,
    campaign: Campaign,
    name: str,
    content: bytes,
    rows: list[dict[str, Any]],
    of: str = OfferImport.Of.OFFERS,
) -> OfferImport:
    """Keep the rows of a sheet as typed, so that they can be taken in at once or by a job."""
    require(by, "make", OfferImport)
    require(by, *NEEDED[of])
    digest = hashlib.sha256(content).hexdigest()
    return OfferImport.objects.create(
        of=of, campaign=campaign, made_by=by, made_at=campaign.now(), name=name[:200], digest=digest, rows=rows
    )


@transaction.atomic
def take(sheet: S, parse: Parse, progress: Progress = lambda done, total: None, write: Write | None = None) -> S:
    """Take in every good row of `sheet`; a sheet that was finished before is left as it is.

    A sheet of another room has the same fields. `write` writes one row's facts and says what became of it; without
    it they are an offer's.
    """
    if sheet.finished_at:
        return sheet
    by, total = sheet.made_by, len(sheet.rows)
    for done, row in enumerate(sheet.rows, start=1):
        kept = parse(row["cells"])
        if not kept.faults:
            try:
                with transaction.atomic():
                    done_to = (
                        write(by, sheet.campaign, kept.facts) if write else _offer(sheet, by, row["row"], kept.facts)
                    )
                setattr(sheet, done_to, getattr(sheet, done_to) + 1)
            except Stale as stale:
                kept.faults.append(_stale(stale))
            except Refused as refusal:
                kept.faults.append(refusal.message)
        if kept.faults:
            sheet.bad.append({**row, "faults": kept.faults})
        progress(done, total)
    sheet.finished_at = sheet.campaign.now()
    sheet.save()
    return sheet


def _offer(sheet: OfferImport, by: Account, number: int, facts: dict[str, Any]) -> str:
    """Make a new offer of a row without a code, change the offer of a row with one."""
    code, version = facts.pop("code"), facts.pop("version")
    if not code:
        key = uuid.uuid5(NAMESPACE, f"{sheet.digest}:{number}")
        known = Offer.objects.filter(client_uuid=key).exists()
        offers.make(by, sheet.campaign, client_uuid=key, source=sheet.name, **facts)
        return "same" if known else "created"
    offer = Offer.objects.filter(campaign=sheet.campaign, code=code).first()
    if offer is None:
        raise Refused(_("There is no offer with the code %(code)s.") % {"code": code})
    after = offers.edit(by, offer, version=version or 0, **facts)
    return "same" if after.version == offer.version else "changed"


def _stale(stale: Stale) -> str:
    words = "；".join(f"{name}: {mine} / {theirs}" for name, (mine, theirs) in stale.facts.get("diff", {}).items())
    return f"{stale.message} {words}".strip()
