"""Verbs of the exchange: reserve, agree, deliver, confirm, release; an offer never promises more than it holds."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from sijin.exchange.models import Match, Offer
from sijin.ledger.domain.needs import apply
from sijin.ledger.models import NeedItem
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale

S = Match.State
STEPS = {
    "agree": ((S.RESERVED,), S.AGREED),
    "deliver": ((S.AGREED,), S.DELIVERED),
    "release": ((S.RESERVED, S.AGREED), S.RELEASED),
}


@transaction.atomic
def reserve(by: Account, item: NeedItem, offer: Offer, quantity: Decimal, at: datetime | None = None) -> Match:
    """Promise `quantity` of `offer` to `item`; RuleBroken when that much is no longer free.

    The promise is taken by one conditional update, so that two at once never share the last piece.
    """
    require(by, "reserve", Match)
    require(by, "view", item.need)
    if item.kind != offer.kind or item.unit != offer.unit:
        raise RuleBroken(_("The offer is of another kind or unit than what is asked for."), field="offer")
    if quantity <= 0:
        raise RuleBroken(_("The quantity must be above zero."), field="quantity")
    free = Offer.objects.filter(pk=offer.pk, promised__lte=F("quantity") - quantity)
    if not free.update(promised=F("promised") + quantity, version=F("version") + 1):
        raise RuleBroken(_("The offer does not hold that much any more."), field="quantity")
    made = at or offer.campaign.now()
    return Match.objects.create(item=item, offer=offer, quantity=quantity, made_by=by, made_at=made)


@transaction.atomic
def step(by: Account, match: Match, verb: str, *, version: int | None = None) -> Match:
    """Take a match one step on (`agree`, `deliver`) or give its quantity back (`release`)."""
    match = Match.objects.select_for_update().get(pk=match.pk)
    require(by, verb, match)
    if version is not None and version != match.version:
        raise _stale(match, version)
    sources, target = STEPS[verb]
    if match.state not in sources:
        raise RuleBroken(_("%(verb)s is not possible now.") % {"verb": verb}, state=match.state)
    if target == S.RELEASED:
        Offer.objects.filter(pk=match.offer_id).update(
            promised=F("promised") - match.quantity, version=F("version") + 1
        )
    match.state, match.version = target, match.version + 1
    match.save()
    return match


@transaction.atomic
def confirm(by: Account, match: Match, at: datetime | None = None, *, version: int | None = None) -> Match:
    """Confirm that what was delivered has arrived: the need's item counts it as received."""
    match = Match.objects.select_for_update().select_related("item__need").get(pk=match.pk)
    require(by, "take_in", match.item.need)
    if version is not None and version != match.version:
        raise _stale(match, version)
    if match.state != S.DELIVERED:
        raise RuleBroken(_("Only what was delivered can be confirmed."), state=match.state)
    if by == match.made_by:
        raise NotAllowed(_("Who made the match cannot confirm its receipt."))
    apply(match.item.need, "take_in", by, at=at, item=match.item, quantity=match.quantity)
    match.state, match.version = S.CONFIRMED, match.version + 1
    match.save()
    return match


def _stale(match: Match, version: int) -> Stale:
    """Say what a match has become since `version`."""
    return Stale(
        _("This match was changed by someone else in the meantime."),
        expected=version,
        found=match.version,
        diff={"state": [None, match.state]},
    )
