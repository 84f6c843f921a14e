"""Verbs of a match: reserve, agree, deliver, confirm, release, expire. An offer never promises more than it holds.

Every step appends an event `match` to the need's chain, so that the need's history shows who did what and when. Locks
are taken in one order (match, need, offer), so that two steps never wait for each other.
"""

from datetime import date, datetime
from decimal import ROUND_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import DecimalField, F, Q, Sum
from django.db.models.functions import Round
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.engines.calendars import china
from sijin.exchange.domain.kinds import factor, table
from sijin.exchange.domain.soil.fitness import failed
from sijin.exchange.models import Match, Offer
from sijin.ledger.domain import events
from sijin.ledger.domain.needs import apply
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale

S = Match.State
HUNDREDTH = Decimal("0.01")
STEPS = {
    "agree": ((S.RESERVED,), S.AGREED),
    "deliver": ((S.AGREED,), S.DELIVERED),
    "release": ((S.RESERVED, S.AGREED), S.RELEASED),
}
NEXT = {S.RESERVED: "agree", S.AGREED: "deliver", S.DELIVERED: "confirm"}
ACTIVE = (S.RESERVED, S.AGREED, S.DELIVERED)


@transaction.atomic
def reserve(by: Account, item: NeedItem, offer: Offer, quantity: Decimal, at: datetime | None = None) -> Match:
    """Promise `quantity` (in the item's unit) of `offer` to `item`; RuleBroken when it is not free or not missing.

    The promise is taken by one conditional update, so that two at once never share the last piece.
    """
    need = Need.objects.select_for_update().get(pk=item.need_id)
    return _reserve(by, need, NeedItem.objects.get(pk=item.pk), offer, quantity, at or need.campaign.now())


@transaction.atomic
def reserve_unlisted(by: Account, need: Need, offer: Offer, quantity: Decimal, at: datetime | None = None) -> Match:
    """Promise `quantity` of `offer` to a need that states no such item yet: the item is written down with it."""
    need = Need.objects.select_for_update().get(pk=need.pk)
    require(by, "reserve", Match)
    require(by, "view", need)
    if need.items.filter(kind=offer.kind, item=offer.item, unit=offer.unit).exists():
        raise RuleBroken(_("The need states this item already: reserve for the item."), field="quantity")
    if quantity <= 0:
        raise RuleBroken(_("The quantity must be above zero."), field="quantity")
    item = NeedItem.objects.create(need=need, kind=offer.kind, item=offer.item[:80], unit=offer.unit, quantity=quantity)
    return _reserve(by, need, item, offer, quantity, at or need.campaign.now())


def _reserve(by: Account, need: Need, item: NeedItem, offer: Offer, quantity: Decimal, at: datetime) -> Match:
    require(by, "reserve", Match)
    require(by, "view", need)
    require(by, "view", offer)
    rate = factor(item.unit, offer.unit)
    if item.kind != offer.kind or rate is None:
        raise RuleBroken(_("The offer is of another kind or unit than what is asked for."), field="offer")
    if (sample := failed(offer)) is not None:
        raise RuleBroken(
            _("The latest soil sample of this site, taken on %(day)s, was found not suitable: it cannot be reserved.")
            % {"day": timezone.localtime(sample.taken_at).date().isoformat()},
            field="offer",
        )
    if quantity <= 0:
        raise RuleBroken(_("The quantity must be above zero."), field="quantity")
    if need.state in ENDED or need.state == Need.State.PARKED:
        raise RuleBroken(_("The need is not open any more."), state=need.state)
    if offer.site_id is not None and offer.site_id == need.site_id:
        raise RuleBroken(_("A site is not matched with itself."), field="offer")
    if quantity > (left := outstanding(item)):
        raise RuleBroken(
            _("Only %(left)s %(unit)s are still missing and not promised yet.")
            % {"left": f"{left.normalize():f}", "unit": item.unit},
            field="quantity",
        )
    taken = (quantity * rate).quantize(HUNDREDTH, ROUND_UP)
    day = timezone.localtime(at).date()
    free = Offer.objects.filter(Q(until=None) | Q(until__gte=day), pk=offer.pk, withdrawn_at=None)
    if (
        not free.annotate(over=_exact(F("quantity") - F("promised") - taken))
        .filter(over__gte=0)
        .update(promised=_exact(F("promised") + taken), version=F("version") + 1, touched=timezone.now())
    ):
        raise RuleBroken(_refusal(offer.pk, day), field="quantity")
    match = Match.objects.create(
        item=item,
        offer=offer,
        quantity=Decimal(quantity),
        taken=taken,
        made_by=by,
        made_at=at,
        expires_on=china().add_workdays(day, table()["reservation_workdays"]),
    )
    _log(match, need, "reserve", by, at)
    return match


def _exact(amount: Any) -> Round:
    """Return an amount to hundredths: SQLite adds in binary fractions, and 1 − 0.32 would be a little under 0.68."""
    return Round(amount, precision=2, output_field=DecimalField(max_digits=16, decimal_places=2))


def _refusal(offer: int, day: date) -> str:
    found = Offer.objects.get(pk=offer)
    if found.withdrawn_at:
        return _("This offer was withdrawn.")
    if found.until and found.until < day:
        return _("This offer has ended.")
    return _("The offer does not hold that much any more: %(free)s %(unit)s are free.") % {
        "free": f"{found.free.normalize():f}",
        "unit": found.unit,
    }


@transaction.atomic
def step(
    by: Account, match: Match, verb: str, *, version: int | None = None, at: datetime | None = None, note: str = ""
) -> Match:
    """Take a match one step on (`agree`, `deliver`) or give its quantity back (`release`)."""
    match = Match.objects.select_for_update().get(pk=match.pk)
    require(by, verb, match)
    return _step(match, verb, by, version, at, note)


def _step(match: Match, verb: str, by: Account | None, version: int | None, at: datetime | None, note: str) -> Match:
    _fresh(match, version)
    sources, target = STEPS[verb]
    if match.state not in sources:
        raise RuleBroken(_("%(verb)s is not possible now.") % {"verb": word(verb)}, state=match.state)
    need = Need.objects.select_for_update().get(pk=match.item.need_id)
    if target == S.RELEASED:
        promised = _exact(F("promised") - match.taken)
        Offer.objects.filter(pk=match.offer_id).update(
            promised=promised, version=F("version") + 1, touched=timezone.now()
        )
    match.state, match.version = target, match.version + 1
    match.save()
    _log(match, need, verb, by, at or need.campaign.now(), note)
    return match


@transaction.atomic
def confirm(
    by: Account,
    match: Match,
    at: datetime | None = None,
    *,
    received: Decimal | None = None,
    version: int | None = None,
    note: str = "",
) -> Match:
    """Confirm that `received` (all, by default) of what was delivered has arrived: the need's item counts it.

    What has not arrived goes on as a match of its own that is still agreed, so that it is delivered later or released.
    """
    match = Match.objects.select_for_update(of=("self",)).select_related("item__need").get(pk=match.pk)
    require(by, "confirm", match)
    _fresh(match, version)
    if match.state != S.DELIVERED:
        raise RuleBroken(_("Only what was delivered can be confirmed."), state=match.state)
    if by == match.made_by:
        raise NotAllowed(_("Who made the match cannot confirm its receipt."))
    received = match.quantity if received is None else received
    if not 0 < received <= match.quantity:
        raise RuleBroken(
            _("Between 0 and %(most)s can be received.") % {"most": f"{match.quantity.normalize():f}"}, field="received"
        )
    need = apply(match.item.need, "take_in", by, at=at, item=match.item, quantity=received)
    if received < match.quantity:
        _split(match, received)
    match.state, match.version = S.CONFIRMED, match.version + 1
    match.save()
    _log(match, need, "confirm", by, at or need.campaign.now(), note)
    return match


def _split(match: Match, received: Decimal) -> None:
    taken = (match.taken * received / match.quantity).quantize(HUNDREDTH, ROUND_UP)
    Match.objects.create(
        item=match.item,
        offer_id=match.offer_id,
        quantity=match.quantity - received,
        taken=match.taken - taken,
        state=S.AGREED,
        made_by_id=match.made_by_id,
        made_at=match.made_at,
        rest_of=match,
    )
    match.quantity, match.taken = received, taken


@transaction.atomic
def expire(campaign: Campaign, at: datetime) -> int:
    """Release every reservation whose last day has passed at `at`; return how many. The daily tick calls it."""
    day = timezone.localtime(at).date()
    lapsed = (
        Match.objects.select_for_update(of=("self",))
        .filter(offer__campaign=campaign, state=S.RESERVED, expires_on__lt=day)
        .order_by("pk")
    )
    note = _("Nobody agreed within %(days)s working days.") % {"days": table()["reservation_workdays"]}
    return len([_step(match, "release", None, None, at, note) for match in lapsed])


def outstanding(item: NeedItem) -> Decimal:
    """Return what of `item` is neither received nor promised (one query)."""
    promised = Match.objects.filter(item=item, state__in=ACTIVE).aggregate(n=Sum("quantity"))["n"]
    return item.quantity - item.received - (promised or 0)


def word(verb: str) -> str:
    """Return the word of a step in the reader's language."""
    return {
        "reserve": _("Reserve"),
        "agree": _("Agree"),
        "deliver": _("Deliver"),
        "confirm": _("Confirm receipt"),
        "release": _("Release"),
    }[verb]


def _fresh(match: Match, version: int | None) -> None:
    if version is not None and version != match.version:
        raise Stale(
            _("This match was changed by someone else in the meantime."),
            expected=version,
            found=match.version,
            diff={"state": [None, match.state]},
        )


def _log(match: Match, need: Need, verb: str, by: Account | None, at: datetime, note: str = "") -> None:
    """Append the step to the need's chain; the caller holds the need's row lock."""
    item = match.item
    change: dict[str, Any] = {
        "match": match.pk,
        "step": verb,
        "offer": match.offer.code,
        "of": item.pk,  # not `item` and `quantity`: those say that something arrived
        "amount": f"{match.quantity.normalize():f}",
    }
    words = f"{word(verb)} · {item.item} {match.quantity.normalize():f} {item.unit} · {match.offer.provider}"
    events.append(need, "match", by, at, f"{words}\n{note}"[:500] if note else words[:500], change)
    need.save()
