"""From a published plan to what comes of it: guests of an event, agreements, reserved capacity, deliveries, the funnel.

Agreements and matches are made by the exchange's own verbs; nothing here writes them in another way.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext as _

from sijin.exchange.domain import agreements, matches
from sijin.exchange.domain.kinds import factor
from sijin.exchange.domain.pool.board import shares_of
from sijin.exchange.domain.pool.partners import FEN, Partner, partners
from sijin.exchange.models import Agreement, Delivery, Guest, Match, MatchmakingEvent, Offer, PoolDay, PoolPlan
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken
from sijin.places.models import Site

NAMESPACE = uuid.UUID("5b0f2f0a-0c1d-4e34-9d5a-2c1f6a9d7e21")
S = PoolPlan.State
HELD = (S.PUBLISHED, S.REPLACED)  # states of a plan that was told to its makers


@dataclass
class Terms:
    """What one firm and one partner firm agree on: the partner's lines of the plan together."""

    site: Site
    name: str
    parts: list[Partner]

    @property
    def amount(self) -> Decimal:
        """Return the value of the orders, in yuan."""
        return sum((part.amount for part in self.parts), Decimal(0))

    @property
    def products(self) -> list[str]:
        """Return what is made, in the order of the orders."""
        return list(dict.fromkeys(product for part in self.parts for product in part.products))

    @property
    def needs(self) -> list[Need]:
        """Return the needs that the orders answer, each once."""
        found = {s.order.need_id: s.order.need for part in self.parts for s in part.shares if s.order.need_id}
        return list(found.values())

    @property
    def offer(self) -> Offer | None:
        """Return the partner's offer, when it posted one."""
        return next((part.maker.offer for part in self.parts if part.maker.offer_id), None)

    @property
    def generated(self) -> bool:
        """Say whether a line or an order of it is generated."""
        return any(part.maker.generated or s.order.generated for part in self.parts for s in part.shares)


def terms_of(plan: PoolPlan) -> list[Terms]:
    """Return what the plan would have firms agree on, by firm with orders and by value."""
    by_firm: dict[tuple[int, str], list[Partner]] = defaultdict(list)
    for part in partners(shares_of(plan)):
        by_firm[part.site.pk, part.maker.name].append(part)
    found = [Terms(parts[0].site, name, parts) for (_site, name), parts in by_firm.items()]
    return sorted(found, key=lambda one: (one.site.code, -one.amount, one.name))


@transaction.atomic
def hold(by: Account, plan: PoolPlan, name: str, held_on: date, **facts: Any) -> MatchmakingEvent:
    """Write down a matchmaking event and invite the partners of a published plan to it."""
    _published(plan)
    event = agreements.hold(by, plan.campaign, name, held_on, plan=plan, **facts)
    firms = {one.name: one.parts[0].maker for one in terms_of(plan)}
    Guest.objects.bulk_create(Guest(event=event, maker=maker, name=name) for name, maker in firms.items())
    return event


@transaction.atomic
def invite(by: Account, event: MatchmakingEvent, name: str) -> Guest:
    """Invite one more firm."""
    require(by, "hold", event)
    name = name.strip()[:120]
    if not name:
        raise RuleBroken(_("Say which firm is invited."), field="name")
    if Guest.objects.filter(event=event, name=name).exists():
        raise RuleBroken(_("This firm is invited already."), field="name")
    return Guest.objects.create(event=event, name=name)


@transaction.atomic
def count_guests(by: Account, event: MatchmakingEvent, came: Collection[int]) -> None:
    """Write down which guests came (their keys); the others did not."""
    require(by, "hold", event)
    event.guests.filter(pk__in=came).update(came=True)
    event.guests.exclude(pk__in=came).update(came=False)


@transaction.atomic
def sign(by: Account, event: MatchmakingEvent, signed_on: date, *, source: str = "") -> list[Agreement]:
    """Sign with every partner of the event's plan that did not stay away; who signed before is left as it is."""
    if event.plan is None:
        raise RuleBroken(_("This event was not held for a plan of the pool."))
    _published(event.plan)
    absent = set(event.guests.filter(came=False).values_list("name", flat=True))
    found = []
    for one in terms_of(event.plan):
        if one.name in absent:
            continue
        found.append(
            agreements.sign(
                by,
                event,
                one.name,
                one.site,
                one.amount.quantize(FEN),
                signed_on,
                subject="、".join(one.products)[:120],
                offer=one.offer,
                needs=one.needs,
                client_uuid=uuid.uuid5(NAMESPACE, f"{event.pk}-{one.site.pk}-{one.name}"),
                source=source,
                generated=one.generated,
            )
        )
    return found


@transaction.atomic
def reserve(by: Account, plan: PoolPlan, at: datetime | None = None) -> list[Match]:
    """Reserve at every partner with an offer what the plan needs of it, for the need that the orders answer.

    Of an offer by day that is the most that any day takes, of an offer by piece the whole share. What was reserved for
    the same need at the same offer before is not reserved again.

    Raises
    ------
    RuleBroken
        An offer cannot be reserved any more; it is named, and nothing is reserved at the others either.
    """
    _published(plan)
    wanted: dict[tuple[int, str, str], list[tuple[Offer, Decimal]]] = defaultdict(list)
    for part in partners(shares_of(plan)):
        offer, need = part.maker.offer, next((s.order.need for s in part.shares if s.order.need_id), None)
        if offer is None or need is None or (amount := _taken(part, offer)) is None:
            continue
        if not Match.objects.filter(offer=offer, item__need=need, state__in=matches.ACTIVE).exists():
            wanted[need.pk, offer.item, offer.unit].append((offer, min(amount, offer.free)))
    made = []
    for (need_pk, item, unit), rows in wanted.items():
        need = Need.objects.select_for_update().get(pk=need_pk)
        total = sum((amount for _offer, amount in rows), Decimal(0))
        found = need.items.filter(kind="capacity", item=item[:80], unit=unit).first()
        if found is None:
            require(by, "reserve", Match)
            found = NeedItem.objects.create(need=need, kind="capacity", item=item[:80], unit=unit, quantity=total)
        for offer, amount in rows:
            if amount > 0:
                made.append(_reserved(by, found, offer, amount, at))
    return made


def _reserved(by: Account, item: NeedItem, offer: Offer, amount: Decimal, at: datetime | None) -> Match:
    try:
        return matches.reserve(by, item, offer, amount, at)
    except RuleBroken as refusal:
        raise RuleBroken(f"{offer.item} · {offer.provider}：{refusal.message}", offer=offer.pk) from refusal


def _taken(part: Partner, offer: Offer) -> Decimal | None:
    """Return what the shares take of the offer, in its unit; None when the unit says nothing of pieces."""
    if (rate := factor("件", offer.unit)) is not None:
        return sum(part.products.values()) * rate
    if (rate := factor("件/日", offer.unit)) is None:
        return None
    days = PoolDay.objects.filter(share__in=part.shares).values("day").annotate(n=Sum("quantity"))
    return Decimal(days.aggregate(most=Max("n"))["most"] or 0) * rate


@transaction.atomic
def deliver(by: Account, agreement: Agreement, on: date, amount: Decimal, *, note: str = "") -> Delivery:
    """Write down what was delivered of an agreement, in yuan of its orders; never more than was ordered."""
    require(by, "sign", agreement)
    agreement = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    if amount <= 0:
        raise RuleBroken(_("The amount must be above zero."), field="amount")
    if on < agreement.signed_on:
        raise RuleBroken(_("It would be delivered before it was signed."), field="on")
    before = agreement.deliveries.aggregate(n=Sum("amount"))["n"] or Decimal(0)
    if before + amount > agreement.amount:
        left = f"{agreement.amount - before:,.2f}"
        raise RuleBroken(_("Only %(left)s yuan are ordered and not delivered yet.") % {"left": left}, field="amount")
    return Delivery.objects.create(agreement=agreement, on=on, amount=amount, note=note[:120], by=by)


@dataclass(frozen=True)
class Step:
    """One step of the funnel: how many firms, and yuan where it is about money."""

    code: str
    firms: int
    yuan: Decimal | None = None


def funnel(event: MatchmakingEvent, until: date | None = None) -> list[Step]:
    """Return what came of an event until a day: invited, came, signed and ordered, delivered (three queries).

    Firms that signed need not have been invited by the plan, so no share of one step in another is given.
    """
    guests = event.guests.aggregate(invited=Count("pk"), came=Count("pk", filter=Q(came=True)))
    rows = event.agreements.all() if until is None else event.agreements.filter(signed_on__lte=until)
    signed = rows.aggregate(firms=Count("provider", distinct=True), yuan=Sum("amount"))
    sent = Delivery.objects.filter(agreement__event=event)
    sent = sent if until is None else sent.filter(on__lte=until)
    delivered = sent.aggregate(firms=Count("agreement__provider", distinct=True), yuan=Sum("amount"))
    return [
        Step("invited", guests["invited"]),
        Step("came", guests["came"]),
        Step("signed", signed["firms"], signed["yuan"] or Decimal(0)),
        Step("delivered", delivered["firms"], delivered["yuan"] or Decimal(0)),
    ]


def _published(plan: PoolPlan) -> None:
    if plan.state not in HELD:
        raise RuleBroken(_("Publish the plan first."))
