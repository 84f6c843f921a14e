"""Suggestions: the rows of the report that pair people, makers and donors; explained in words; few queries."""

from decimal import Decimal

import pytest
from django.utils import translation

from sijin.exchange.domain import offers, suggestions
from sijin.exchange.models import Offer
from sijin.ledger.domain.needs import raise_need
from sijin.ledger.models import NeedItem
from sijin.places.models import Site


@pytest.fixture
def office(world):
    return world.accounts["campaign_office"]


def made(world, **facts) -> Offer:
    plain = {"provider": "提供方", "kind": "goods", "item": "电脑", "unit": "台", "quantity": Decimal(5)}
    return offers.make(world.accounts["campaign_office"], world.campaign, **{**plain, **facts})


def providers(found: list[suggestions.Suggestion]) -> list[str]:
    return [one.offer.provider for one in found]


def test_a_need_for_skilled_people_meets_a_provincial_college(world, office) -> None:
    need = raise_need(world.accounts["team_leader"], world.teams[0], world.sites[0], "缺技能型人才", category="labor")
    people = {"kind": "labor", "unit": "人"}
    for n in range(6):
        made(world, provider=f"市场{n}", item="一线工人", region=world.county, **people)
        made(world, provider=f"职校{n}", item="技能人才", region=world.county, **people)
    made(world, provider="省属高校", item="应届毕业生", tags=["技能型人才"], **people)
    found = suggestions.offers_for(office, need)
    assert "省属高校" in providers(found[:3]) and not any("市场" in name for name in providers(found))


def test_makers_complement_the_firm_with_orders(world, office) -> None:
    site = world.sites[0]
    need = raise_need(
        world.accounts["team_leader"], world.teams[0], site, "防护服产能不足，外贸订单排到八月", category="capacity"
    )
    make = {"kind": "capacity", "unit": "件/日", "item": "防护服产能", "tags": ["防护服"], "quantity": Decimal(500)}
    orders = {"has_capacity": False, "has_channel": True}
    made(world, provider="自己", site=site, **{**make, "kind": "channel", "unit": "万件", **orders})
    made(world, provider="自己的产能", site=site, **make, has_capacity=True, has_channel=False)
    for name, capacity, channel, certificate in (
        ("无资质", True, False, False),
        ("有资质", True, False, True),
        ("两样都有", True, True, True),
        ("两样都无", False, False, True),
        ("也只有订单", False, True, True),
        ("不清楚", None, None, True),
    ):
        made(world, provider=name, **make, has_capacity=capacity, has_channel=channel, certificate=certificate)
    # The firm's own spare capacity would contradict its lack: what it says last of itself counts.
    Offer.objects.filter(provider="自己的产能").update(has_capacity=False, has_channel=True)
    found = suggestions.offers_for(office, need)
    assert providers(found) == ["有资质", "无资质"]
    with translation.override("en"):
        assert "no export certificate" in suggestions.offers_for(office, need)[1].missing


def test_donors_are_found_for_each_item_and_say_what_is_missing(world, office) -> None:
    for item, quantity in (("电脑", 2), ("彩色打印机", 1)):
        NeedItem.objects.create(need=world.need, kind="goods", item=item, unit="台", quantity=quantity)
    made(world, provider="甲", item="計算機", quantity=Decimal(1), region=world.county, conditions="自提")
    made(world, provider="乙", item="彩色打印机")
    with translation.override("en"):
        found = {one.offer.provider: one for one in suggestions.offers_for(office, world.need)}
    assert {name: one.item.item for name, one in found.items()} == {"甲": "电脑", "乙": "彩色打印机"}
    assert found["甲"].fit.quantity == 1 and "covers 50 %" in found["甲"].reasons
    assert "1 台 still lacking" in found["甲"].missing and "condition: 自提" in found["甲"].missing
    assert "no limit of distance" in found["乙"].reasons and found["乙"].missing == []


def test_what_is_promised_elsewhere_is_not_lacking_any_more(world, office) -> None:
    from sijin.exchange.domain import matches

    item = NeedItem.objects.create(need=world.need, kind="goods", item="电脑", unit="台", quantity=2)
    offer = made(world)
    matches.reserve(office, item, offer, Decimal(1))
    assert suggestions.offers_for(office, world.need)[0].fit.quantity == 1
    matches.reserve(office, item, offer, Decimal(1))
    assert suggestions.offers_for(office, world.need) == []


def test_needs_for_an_offer_are_those_that_the_reader_sees(world, office) -> None:
    offer = made(world)
    for need in (world.need, world.need_other):
        NeedItem.objects.create(need=need, kind="goods", item="电脑", unit="台", quantity=2)
    assert {one.need for one in suggestions.needs_for(office, offer)} == {world.need, world.need_other}
    assert {one.need for one in suggestions.needs_for(world.accounts["team_leader"], offer)} == {world.need}
    assert suggestions.needs_for(world.accounts["department_handler"], offer) == []


def test_nearer_offers_stand_first_and_far_ones_out_of_reach_are_left_out(world, office) -> None:
    NeedItem.objects.create(need=world.need, kind="goods", item="电脑", unit="台", quantity=2)
    far = Site.objects.create(
        code="far", door="enterprise", name="远", region=world.county, county=world.county, lat=36.9, lon=121.5
    )
    made(world, provider="远", site=far)
    made(world, provider="近", site=world.sites[1])
    made(world, provider="够不着", site=far, reach_km=50)
    assert providers(suggestions.offers_for(office, world.need)) == ["近", "远"]


def test_two_hundred_offers_cost_a_handful_of_queries(world, office, django_assert_max_num_queries) -> None:
    NeedItem.objects.create(need=world.need, kind="goods", item="电脑", unit="台", quantity=2)
    Offer.objects.bulk_create(
        Offer(
            code=f"b{n}",
            campaign=world.campaign,
            provider=f"厂{n}",
            kind="goods",
            item="电脑",
            unit="台",
            quantity=n + 1,
        )
        for n in range(200)
    )
    with django_assert_max_num_queries(5):
        assert len(suggestions.offers_for(office, world.need)) == suggestions.LIMIT
    with django_assert_max_num_queries(6):
        assert len(suggestions.needs_for(office, Offer.objects.select_related("campaign").first())) == 1
