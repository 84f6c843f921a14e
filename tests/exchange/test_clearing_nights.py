"""What a night drafts by itself: once a kind and day, the older gives way, the office is told, nothing reserved."""

from datetime import timedelta
from decimal import Decimal

import pytest

from sijin.exchange.domain import offers
from sijin.exchange.domain.clearings import nightly, publishing, reads, solving
from sijin.exchange.models import Clearing, Match
from sijin.ledger.models import NeedItem
from sijin.people.models import Account, Notice
from sijin.people.notices import worded
from tests.exchange.test_offers import client_of


@pytest.fixture
def market(world):
    """Ten computers wanted and eight there; two buses wanted and none there; money there and none wanted."""
    world.office = world.accounts["campaign_office"]
    for need in (world.need, world.need_other):
        NeedItem.objects.create(need=need, kind="goods", item="电脑", unit="台", quantity=5)
    NeedItem.objects.create(need=world.need, kind="transport", item="客车", unit="辆", quantity=2)
    plain = {"provider": "捐赠方", "region": world.county}
    world.offer = offers.make(world.office, world.campaign, kind="goods", item="电脑", unit="台",
                              quantity=Decimal(8), **plain)  # fmt: skip
    offers.make(world.office, world.campaign, kind="funds", item="贷款", unit="元", quantity=Decimal(9), **plain)
    return world


def states() -> list[tuple[str, list[str]]]:
    return [(made.state, made.kinds) for made in Clearing.objects.order_by("pk")]


def test_a_night_drafts_each_kind_with_both_sides_once_and_tells_the_office(market) -> None:
    assert [nightly.draft(market.campaign), nightly.draft(market.campaign)] == [1, 0]
    assert states() == [("draft", ["goods"])] and not Match.objects.exists()
    notice = Notice.objects.get()
    assert notice.account == market.office and "电脑" in worded(notice).title
    client = client_of(market.office)
    assert "电脑" in client.get(notice.url).content.decode()
    shown = client.get("/exchange/clearing/").content.decode()
    night = Clearing.objects.get().night
    assert f"自动 · {night.month}月{night.day}日夜" in " ".join(shown.split())
    assert client.get("/api/clearings").json()["items"][0]["night"] == night.isoformat()


def test_the_next_night_replaces_what_nobody_published_and_leaves_what_people_made(market) -> None:
    by_hand = solving.solve(market.office, market.campaign, kinds=["goods"])
    now = market.campaign.now()
    nightly.draft(market.campaign)
    assert nightly.draft(market.campaign, now + timedelta(days=1)) == 1
    assert [state for state, _kinds in states()] == ["draft", "withdrawn", "draft"]
    last = reads.latest(market.office, market.campaign)
    publishing.publish(market.office, last)
    nightly.draft(market.campaign, now + timedelta(days=2))
    assert [state for state, _kinds in states()] == ["draft", "withdrawn", "published", "draft"]
    assert {row.change for row in Clearing.objects.order_by("pk").last().rows.all()} == {"kept"}, (
        "what runs is not moved for nothing"
    )
    by_hand.refresh_from_db()
    assert (by_hand.night, by_hand.version) == (None, 1)


def test_a_draft_that_the_office_put_away_is_not_made_again_that_night(market) -> None:
    nightly.draft(market.campaign)
    publishing.withdraw(market.office, Clearing.objects.get())
    assert nightly.draft(market.campaign) == 0 and len(states()) == 1


def test_what_is_short_is_read_over_all_drafts_of_the_night(market) -> None:
    offers.make(market.office, market.campaign, provider="车队", kind="transport", item="客车", unit="辆",
                quantity=Decimal(1), region=market.county)  # fmt: skip
    assert nightly.draft(market.campaign) == 2
    short = reads.scarcest(*reads.current(market.office, market.campaign))
    assert {one.price.name for one in short} == {"电脑", "客车"} and Notice.objects.count() == 1


def test_without_an_office_nothing_is_drafted(market) -> None:
    Account.objects.filter(role="campaign_office").update(is_active=False)
    assert nightly.draft(market.campaign) == 0 and not Clearing.objects.exists()
