"""Matches: never over-committed, given back on release, counted as received only when confirmed by others."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from sijin.exchange import domain
from sijin.exchange.models import Offer
from sijin.ledger.domain import needs
from sijin.ledger.models import NeedItem
from sijin.people.refusals import NotAllowed, RuleBroken, Stale


@pytest.fixture
def market(world):
    world.item = NeedItem.objects.create(need=world.need, kind="goods", item="电脑", unit="台", quantity=2)
    world.offer = Offer.objects.create(
        code="o1", campaign=world.campaign, provider="捐赠方", kind="goods", item="电脑", unit="台", quantity=3
    )
    world.office = world.accounts["campaign_office"]
    needs.apply(world.need, "hand_over", world.office, klass=1, lead_unit=world.units[0])
    return world


def test_an_offer_is_never_promised_twice(market) -> None:
    domain.reserve(market.office, market.item, market.offer, Decimal(2))
    with pytest.raises(RuleBroken):
        domain.reserve(market.office, market.item, market.offer, Decimal(2))
    assert Offer.objects.get().promised == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.update(promised=4)


def test_release_gives_back_once(market) -> None:
    match = domain.reserve(market.office, market.item, market.offer, Decimal(2))
    domain.step(market.office, match, "release")
    with pytest.raises(RuleBroken):
        domain.step(market.office, match, "release")
    assert Offer.objects.get().promised == 0


def test_receipt_is_counted_when_someone_else_confirms(market) -> None:
    match = domain.reserve(market.office, market.item, market.offer, Decimal(1))
    with pytest.raises(Stale):
        domain.step(market.office, match, "agree", version=7)
    for verb in ("agree", "deliver"):
        match = domain.step(market.office, match, verb)
    with pytest.raises(NotAllowed):
        domain.confirm(market.office, match)
    domain.confirm(market.accounts["team_leader"], match)
    assert NeedItem.objects.get(pk=market.item.pk).received == 1


def test_another_unit_is_refused_and_a_stranger_may_not_reserve(market) -> None:
    NeedItem.objects.filter(pk=market.item.pk).update(unit="箱")
    with pytest.raises(RuleBroken):
        domain.reserve(market.office, NeedItem.objects.get(pk=market.item.pk), market.offer, Decimal(1))
    with pytest.raises(NotAllowed):
        domain.reserve(market.accounts["leader"], market.item, market.offer, Decimal(1))
