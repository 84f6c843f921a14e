"""Reads of the exchange: offers by filter, needs that still lack something, matches that wait for an account."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import kinds
from sijin.exchange.domain.matches import ACTIVE, NEXT
from sijin.exchange.models import Agreement, Match, MatchmakingEvent, Offer
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Event, Need, NeedItem
from sijin.ledger.script import simplified
from sijin.people.digits import is_number
from sijin.people.models import Account
from sijin.people.policy import scope_of, visible, within

S = Match.State


@dataclass(frozen=True)
class Filter:
    """What a list of offers is narrowed to; empty values narrow nothing."""

    kind: str = ""
    q: str = ""
    tags: tuple[str, ...] = ()  # any of them
    place: str = ""  # a county or town, by the region's code
    on: date | None = None  # the window holds this day
    free: bool = False
    certificate: str = ""  # yes, no, unknown
    withdrawn: bool = False


def offers(account: Account, campaign: Campaign, wanted: Filter | None = None) -> QuerySet[Offer]:
    """Return the offers that `account` sees and `wanted` names, with what a row shows already joined."""
    wanted = wanted or Filter()
    rows = visible(account, Offer).filter(campaign=campaign, withdrawn_at__isnull=not wanted.withdrawn)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    for word in simplified(wanted.q).split():
        rows = rows.filter(Q(search__icontains=word) | Q(code__iexact=word))
    if wanted.tags:
        any_of = Q(pk__in=[])
        for tag in wanted.tags:
            any_of |= Q(search__contains=f"#{simplified(tag)}#")
        rows = rows.filter(any_of)
    if wanted.place:
        here = Q(region__code=wanted.place) | Q(region__parent__code=wanted.place) | Q(site__county__code=wanted.place)
        rows = rows.filter(here)
    if wanted.on:
        rows = rows.filter(Q(since=None) | Q(since__lte=wanted.on), Q(until=None) | Q(until__gte=wanted.on))
    if wanted.free:
        rows = rows.filter(quantity__gt=F("promised"))
    if wanted.certificate:
        rows = rows.filter(certificate={"yes": True, "no": False}.get(wanted.certificate))
    return rows.select_related("region", "unit_of_provider", "site", "campaign").order_by("kind", "item", "code")


def named(account: Account) -> QuerySet[Offer]:
    """Return the offers that may be named to `account` as fitting a need: those it sees, or may know by name alone."""
    verb = "view" if scope_of(account, "view", Offer._meta.label) else "name"
    return within(account, verb, Offer.objects.all())


def counted(rows: QuerySet[Offer]) -> dict[str, int]:
    """Return how many offers `rows` holds, of how many providers, and how many have something free (one query)."""
    return rows.order_by().aggregate(
        offers=Count("pk"),
        providers=Count("provider", distinct=True),
        free=Count("pk", filter=Q(quantity__gt=F("promised"))),
    )


def outstanding_items() -> QuerySet[NeedItem]:
    """Return need items with `left`: what is neither received nor promised; only those of which something is left."""
    number = DecimalField(max_digits=16, decimal_places=2)
    promised = (
        Match.objects.filter(item=OuterRef("pk"), state__in=ACTIVE)
        .order_by()
        .values("item")
        .annotate(n=Sum("quantity"))
        .values("n")
    )
    left = F("quantity") - F("received") - Coalesce(Subquery(promised), Value(Decimal(0)), output_field=number)
    return NeedItem.objects.annotate(left=left).filter(left__gt=0).order_by("pk")


def lacking(account: Account, campaign: Campaign, *, kind: str = "", q: str = "") -> QuerySet[Need]:
    """Return the open needs that lack something an offer could give, most urgent first; `unmet` holds their items.

    A need that states no item counts, after the others, when its category asks for a kind that somebody offers now.
    """
    table = kinds.table()["kinds"]
    asking = Q(pk__in=[])
    for code in [kind] if kind in table else table:
        there = Exists(offers(account, campaign, Filter(kind=code, free=True)).order_by())
        if kind:  # by its words too; over all kinds that would read every need's text a hundred times
            for said in table[code].get("asks", ()):
                asking |= Q(search__contains=said)
        asking |= Q(category__in=table[code]["categories"]) & (there if not kind else Q())
    stated = NeedItem.objects.filter(need=OuterRef("pk"))
    items = outstanding_items().filter(need=OuterRef("pk"))
    if kind:
        items = items.filter(kind=kind)
    rows = (
        visible(account, Need)
        .filter(campaign=campaign)
        .exclude(state__in=(*ENDED, Need.State.PARKED))
        .annotate(states=Exists(items))
        .filter(Q(states=True) | (~Exists(stated) & asking))
    )
    for word in simplified(q).split():
        rows = rows.filter(Q(search__icontains=word) | Q(number__icontains=word) | Q(site__name__icontains=word))
    unmet = Prefetch("items", outstanding_items(), to_attr="unmet")
    rows = rows.select_related("site__county", "lead_unit", "campaign").prefetch_related(unmet)
    return rows.order_by("-states", F("due").asc(nulls_last=True), "pk")


def needs_called(account: Account, campaign: Campaign, words: str) -> list[Need]:
    """Return the need with this key or number, else the open ones whose text holds the words (at most ten)."""
    rows = visible(account, Need).filter(campaign=campaign).select_related("site__county", "campaign", "lead_unit")
    if not words:
        return []
    exact = rows.filter(Q(number__iexact=words) | (Q(pk=int(words)) if is_number(words) else Q(pk=-1)))
    if found := list(exact[:2]):
        return found[:1]
    for word in simplified(words).split():
        rows = rows.filter(Q(search__icontains=word) | Q(site__name__icontains=word))
    return list(rows.exclude(state__in=ENDED).order_by("due", "pk")[:10])


def offers_called(account: Account, campaign: Campaign, words: str) -> list[Offer]:
    """Return the offer with this key or code, else those whose text holds the words (at most ten)."""
    rows = visible(account, Offer).filter(campaign=campaign).select_related("region", "site", "campaign")
    if not words:
        return []
    exact = rows.filter(Q(code__iexact=words) | (Q(pk=int(words)) if is_number(words) else Q(pk=-1)))
    if found := list(exact[:2]):
        return found[:1]
    for word in simplified(words).split():
        rows = rows.filter(search__icontains=word)
    return list(rows.order_by("withdrawn_at", "item", "pk")[:10])


def matches(account: Account, campaign: Campaign) -> QuerySet[Match]:
    """Return the matches that `account` sees, with what a row shows already joined."""
    rows = visible(account, Match).filter(offer__campaign=campaign)
    return rows.select_related("item__need__site", "item__need__campaign", "offer__campaign", "made_by").order_by(
        "expires_on", "-made_at", "-pk"
    )


def waiting_for(account: Account, campaign: Campaign) -> QuerySet[Match]:
    """Return the matches whose next step is this account's to do.

    The provider's own department agrees and delivers; where the provider has none, the office and the lead unit do. Who
    made a match never confirms its receipt.
    """
    mine = Q(offer__unit_of_provider=None)
    if account.unit_id:
        mine |= Q(offer__unit_of_provider=account.unit_id)
    waiting = Q(pk__in=[])
    for state, verb in NEXT.items():
        if scope_of(account, verb, Match._meta.label):
            here = Q(state=state, pk__in=within(account, verb, Match.objects.all()).order_by().values("pk"))
            waiting |= here & ~Q(made_by=account) if verb == "confirm" else here & mine
    return matches(account, campaign).filter(waiting)


def promised(account: Account, need: Need) -> QuerySet[Match]:
    """Return what is promised to `need` or has arrived, of what `account` sees."""
    rows = visible(account, Match).filter(item__need=need).exclude(state=S.RELEASED)
    return rows.select_related("item", "offer").order_by("pk")


def history(match: Match) -> QuerySet[Event]:
    """Return the steps of a match out of its need's chain, oldest first."""
    return (
        Event.objects.filter(need=match.item.need_id, verb="match", change__match=match.pk)
        .select_related("actor")
        .order_by("sequence")
    )


def agreements(account: Account, campaign: Campaign, until: date | None = None) -> QuerySet[Agreement]:
    """Return the agreements signed until `until` (the campaign's present by default) that `account` sees."""
    until = until or timezone.localtime(campaign.now()).date()
    rows = visible(account, Agreement).filter(campaign=campaign, signed_on__lte=until)
    return rows.select_related("event", "site", "offer").prefetch_related("needs").order_by("event", "signed_on", "pk")


def events_held(account: Account, campaign: Campaign) -> QuerySet[MatchmakingEvent]:
    """Return the matchmaking events of the campaign."""
    return visible(account, MatchmakingEvent).filter(campaign=campaign)


def totals(rows: QuerySet[Agreement]) -> dict[str, Any]:
    """Return how many agreements `rows` holds and the value of their orders in yuan (one query)."""
    money = DecimalField(max_digits=18, decimal_places=2)
    return rows.order_by().aggregate(
        count=Count("pk"), amount=Coalesce(Sum("amount"), Value(Decimal(0)), output_field=money)
    )
