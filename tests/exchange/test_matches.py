"""Matches: never over-committed, given back on release, counted as received only when confirmed by others."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from sijin.exchange import domain
from sijin.exchange.domain import matches, reads
from sijin.exchange.models import Match, Offer
from sijin.ledger.domain import needs
from sijin.ledger.domain.events import audit
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Account
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from tests.conftest import at


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


def test_every_step_stands_in_the_needs_chain_with_who_and_when(market) -> None:
    leader = market.accounts["team_leader"]
    match = domain.reserve(market.office, market.item, market.offer, Decimal(2), at=at(3, 5, 11))
    match = domain.step(market.office, match, "agree", at=at(3, 5, 12), note="电话确认")
    match = domain.step(market.office, match, "deliver", at=at(3, 5, 13))
    match = domain.confirm(leader, match, at=at(3, 5, 14))
    steps = [(e.change["step"], e.actor, e.at) for e in reads.history(match)]
    assert steps == [
        ("reserve", market.office, at(3, 5, 11)),
        ("agree", market.office, at(3, 5, 12)),
        ("deliver", market.office, at(3, 5, 13)),
        ("confirm", leader, at(3, 5, 14)),
    ]
    assert [e.verb for e in market.need.events.all()][-5:] == ["match", "match", "match", "take_in", "match"]
    assert reads.history(match)[1].note.endswith("电话确认") and list(audit()) == []


def test_partial_receipt_keeps_the_need_open_and_the_rest_goes_on(market) -> None:
    printer = NeedItem.objects.create(need=market.need, kind="goods", item="彩色打印机", unit="台", quantity=1)
    match = domain.reserve(market.office, market.item, market.offer, Decimal(2))
    for verb in ("agree", "deliver"):
        match = domain.step(market.office, match, verb)
    with pytest.raises(RuleBroken):
        domain.confirm(market.accounts["team_leader"], match, received=Decimal(3))
    match = domain.confirm(market.accounts["team_leader"], match, received=Decimal(1))
    rest = Match.objects.get(rest_of=match)
    assert (match.state, match.quantity, rest.state, rest.quantity) == ("confirmed", 1, "agreed", 1)
    assert NeedItem.objects.get(pk=market.item.pk).received == 1 and Offer.objects.get().promised == 2
    assert matches.outstanding(NeedItem.objects.get(pk=market.item.pk)) == 0
    assert market.need in reads.lacking(market.office, market.campaign), "the printer is still lacking"
    domain.step(market.office, rest, "release")
    assert Offer.objects.get().promised == 1 and matches.outstanding(NeedItem.objects.get(pk=market.item.pk)) == 1
    assert matches.outstanding(printer) == 1


def test_more_than_is_missing_is_not_promised(market) -> None:
    Offer.objects.update(quantity=50)
    domain.reserve(market.office, market.item, market.offer, Decimal(1))
    with pytest.raises(RuleBroken):
        domain.reserve(market.office, market.item, market.offer, Decimal(2))
    assert domain.reserve(market.office, market.item, market.offer, Decimal(1)).quantity == 1


def test_units_convert_and_what_is_taken_is_rounded_against_the_offer(market) -> None:
    item = NeedItem.objects.create(need=market.need, kind="funds", item="贷款额度", unit="元", quantity=12_345)
    offer = Offer.objects.create(
        code="o2", campaign=market.campaign, provider="银行", kind="funds", item="贷款额度", unit="万元", quantity=2
    )
    match = domain.reserve(market.office, item, offer, Decimal(12_345))
    assert match.taken == Decimal("1.24") and Offer.objects.get(code="o2").promised == Decimal("1.24")
    domain.step(market.office, match, "release")
    assert Offer.objects.get(code="o2").promised == 0


def test_a_reservation_lapses_after_five_working_days_and_an_agreed_one_does_not(market) -> None:
    lapses = domain.reserve(market.office, market.item, market.offer, Decimal(1), at=at(3, 5))
    kept = domain.reserve(market.office, market.item, market.offer, Decimal(1), at=at(3, 5))
    domain.step(market.office, kept, "agree", at=at(3, 6))
    assert lapses.expires_on.isoformat() == "2020-03-12"
    assert domain.expire(market.campaign, at(3, 12, 23)) == 0
    assert domain.expire(market.campaign, at(3, 13, 1)) == 1
    assert domain.expire(market.campaign, at(3, 13, 1)) == 0
    lapses.refresh_from_db()
    last = reads.history(lapses).last()
    assert lapses.state == "released" and Offer.objects.get().promised == 1
    assert last.actor is None and last.change["step"] == "release"


def test_an_ended_need_gives_its_promises_back_but_takes_no_new_ones(market) -> None:
    match = domain.reserve(market.office, market.item, market.offer, Decimal(1))
    Need.objects.filter(pk=market.need.pk).update(state="unsolvable")
    with pytest.raises(RuleBroken):
        domain.reserve(market.office, market.item, market.offer, Decimal(1))
    assert domain.step(market.office, match, "release").state == "released"


def test_a_need_without_items_gets_the_item_with_the_reservation(market) -> None:
    need = market.need_other
    match = matches.reserve_unlisted(market.office, need, market.offer, Decimal(2))
    assert [(i.item, i.unit, i.quantity) for i in need.items.all()] == [("电脑", "台", 2)] and match.quantity == 2
    with pytest.raises(RuleBroken):
        matches.reserve_unlisted(market.office, need, market.offer, Decimal(1))
    with pytest.raises(RuleBroken):
        matches.reserve_unlisted(market.office, market.need, Offer.objects.get(), Decimal(99))
    assert market.need.items.count() == 1, "what was refused leaves no item behind"


def test_a_site_does_not_supply_itself(market) -> None:
    Offer.objects.update(site=market.need.site)
    with pytest.raises(RuleBroken):
        domain.reserve(market.office, market.item, Offer.objects.get(), Decimal(1))


def test_only_provider_lead_unit_and_office_take_the_steps_and_only_the_team_confirms(market) -> None:
    lead = market.accounts["department_handler"]
    provider = Account.objects.create(username="provider", role="department_handler", unit=market.units[1])
    stranger = Account.objects.create(username="stranger", role="department_handler", unit=market.units[2])
    Offer.objects.update(unit_of_provider=market.units[1])
    match = domain.reserve(lead, market.item, market.offer, Decimal(1))
    for account in (stranger, market.accounts["team_leader"], market.accounts["leader"], market.other):
        with pytest.raises(NotAllowed):
            domain.step(account, match, "agree")
    waits = {name: set(reads.waiting_for(account, market.campaign)) for name, account in
             {"provider": provider, "lead": lead, "stranger": stranger, "office": market.office}.items()}  # fmt: skip
    assert waits == {"provider": {match}, "lead": set(), "stranger": set(), "office": set()}
    match = domain.step(provider, match, "agree")
    match = domain.step(lead, match, "deliver")
    for account in (provider, lead, market.office, market.other):
        with pytest.raises(NotAllowed):
            domain.confirm(account, match)
    assert set(reads.waiting_for(market.accounts["team_member"], market.campaign)) == {match}
    assert set(reads.waiting_for(market.other, market.campaign)) == set()
    domain.confirm(market.accounts["team_member"], match)
    with pytest.raises(NotAllowed):
        domain.reserve(stranger, market.item, market.offer, Decimal(1))


def test_the_last_hundredths_of_an_offer_can_be_promised(market) -> None:
    item = NeedItem.objects.create(need=market.need, kind="funds", item="贷款额度", unit="万元", quantity=5)
    offer = Offer.objects.create(
        code="o3", campaign=market.campaign, provider="银行", kind="funds", item="贷款额度", unit="万元", quantity=1
    )
    held = [domain.reserve(market.office, item, offer, Decimal(part)) for part in ("0.34", "0.34", "0.32")]
    assert Offer.objects.get(code="o3").promised == 1
    for match in held:
        domain.step(market.office, match, "release")
    assert Offer.objects.get(code="o3").promised == 0
