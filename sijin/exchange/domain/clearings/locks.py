"""What people fix for the next clearings: a pair that is kept with its quantity, or one that is never proposed."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.exchange.domain.kinds import factor
from sijin.exchange.models import ClearingLock, Offer
from sijin.ledger.models import NeedItem
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken

Says = ClearingLock.Says


@transaction.atomic
def fix(
    by: Account, item: NeedItem, offer: Offer, says: str, quantity: Decimal | None = None, at: datetime | None = None
) -> ClearingLock:
    """Lock (`keep`, with `quantity` in the item's unit) or forbid (`never`) a pair; what was fixed of it before goes.

    RuleBroken when the two are of different kinds or units, or a lock has no quantity.
    """
    require(by, "fix", ClearingLock)
    if says not in Says.values:
        raise RuleBroken(_("A pair is locked or forbidden, nothing else."), field="says")
    if item.kind != offer.kind or factor(item.unit, offer.unit) is None:
        raise RuleBroken(_("The offer is of another kind or unit than what is asked for."), field="offer")
    if says == Says.KEEP and not (quantity and quantity > 0):
        raise RuleBroken(_("The quantity must be above zero."), field="quantity")
    facts = {
        "says": says, "quantity": quantity if says == Says.KEEP else None, "by": by, "at": at or offer.campaign.now()
    }  # fmt: skip
    made, _new = ClearingLock.objects.update_or_create(campaign=offer.campaign, item=item, offer=offer, defaults=facts)
    return made


@transaction.atomic
def lift(by: Account, lock: ClearingLock) -> None:
    """Forget what was fixed of a pair; the next clearing decides freely."""
    require(by, "fix", lock)
    lock.delete()
