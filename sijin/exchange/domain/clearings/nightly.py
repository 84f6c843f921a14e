"""The drafts of a night: every divisible kind that has open needs and offers is cleared once a day (`sijin tick`).

A draft reserves nothing, and nobody but a person publishes it. It is worked out with the rights of the office's first
account and marked as the night's; last night's draft of the kind, if nothing of it was published, gives way to it.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.clearings import posing, reads, solving, words
from sijin.exchange.models import Clearing, Offer
from sijin.ledger.models import NeedItem
from sijin.people.models import Account, Role
from sijin.people.notices import Message, Words, tell, wording

SHORT = "clearing-short"  # the notice that names what is short
NAMED = 3  # things that the notice names
Report = Callable[[int, int], None]
S = Clearing.State


def draft(campaign: Campaign, at: datetime | None = None, report: Report = lambda done, total: None) -> int:
    """Draft what is not drafted yet on the day of `at` (the campaign's present by default); return how many.

    Each kind is its own transaction, so that a stop loses nothing; without an account of the office nothing is drafted.
    """
    at = at or campaign.now()
    night = timezone.localtime(at).date()
    office = list(Account.objects.filter(role=Role.CAMPAIGN_OFFICE, is_active=True).order_by("pk"))
    if not office:
        return 0
    kinds = [kind for kind in _kinds(office[0], campaign) if not _of(campaign, night).filter(kinds=[kind]).exists()]
    made = 0
    for n, kind in enumerate(kinds):
        report(n, len(kinds))
        made += _drafted(office[0], campaign, kind, night, at)
    _tell(office, campaign, night, at)
    report(len(kinds), len(kinds))
    return made


def _kinds(by: Account, campaign: Campaign) -> list[str]:
    """Return the divisible kinds of which something is asked for and something offered."""
    asked = NeedItem.objects.filter(posing.open_items(by, campaign)).order_by().values_list("kind").distinct()
    there = Offer.objects.filter(campaign=campaign, withdrawn_at=None).order_by().values_list("kind").distinct()
    both = {kind for (kind,) in asked} & {kind for (kind,) in there}
    return [kind for kind in posing.divisible(()) if kind in both]


def _of(campaign: Campaign, night: date) -> Any:
    return Clearing.objects.filter(campaign=campaign, figures__night=night.isoformat())


def _drafted(by: Account, campaign: Campaign, kind: str, night: date, at: datetime) -> bool:
    found = solving.work_out(by, campaign, kinds=[kind], at=at)
    if not found.posed.items or not found.posed.offers:  # all of it is met, or given away
        return False
    found.clearing.figures |= {"night": night.isoformat(), "told": False}
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=campaign.pk)
        if _of(campaign, night).filter(kinds=[kind]).exists():  # another run was faster
            return False
        made = found.keep()
        older = Clearing.objects.filter(campaign=campaign, kinds=[kind], state=S.DRAFT, figures__has_key="night")
        older.exclude(pk=made.pk).update(state=S.WITHDRAWN, version=F("version") + 1)
    return True


@transaction.atomic
def _tell(office: list[Account], campaign: Campaign, night: date, at: datetime) -> None:
    """Name what is shortest in the drafts of which nobody was told yet, over all kinds."""
    fresh = list(_of(campaign, night).select_for_update().filter(state=S.DRAFT, figures__told=False))
    for clearing in fresh:
        clearing.figures["told"] = True
    Clearing.objects.bulk_update(fresh, ["figures"])
    short = reads.scarcest(*fresh, limit=NAMED)
    if not short:
        return
    values = {
        "day": night.isoformat(),
        "short": [
            {"name": one.price.name, "place": str(one.price.place or ""), "points": words.points(one.price.price)}
            for one in short
        ],
    }
    address = reverse("exchange:clearing_prices", args=[short[0].price.clearing_id])
    tell([Message(account, SHORT, values, address) for account in office], at)


@wording(SHORT)
def _short(values: dict[str, Any]) -> Words:
    named = [" · ".join(filter(None, (one["place"], one["name"]))) for one in values["short"]]
    title = _("Drafted overnight: the short board is %(name)s.") % {"name": named[0]}
    points = [one["points"] for one in values["short"]]
    lines = [
        _("%(name)s: %(points)s points a unit") % {"name": n, "points": p} for n, p in zip(named, points, strict=True)
    ]
    return Words(title, [*lines, _("Nothing is reserved before the office publishes it.")])
