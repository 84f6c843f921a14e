"""Pages of the exchange: the board in place, what a refused step shows, who sees what, queries and size."""

from decimal import Decimal

import pytest

from sijin.exchange.domain import agreements, matches
from sijin.exchange.models import Agreement, Match, Offer
from sijin.ledger.domain import needs
from sijin.ledger.models import NeedItem
from sijin.people.models import Role
from tests.conftest import at
from tests.exchange.test_offers import client_of

SEES_OTHERS = {"campaign_office", "leader", "auditor"}
PAGES = (
    "/exchange/",
    "/exchange/?show=offers&kind=goods&q=电脑",
    "/exchange/offers/",
    "/exchange/offers/?q=电脑&free=1&certificate=unknown&place=371002",
    "/exchange/matches/?tab=open",
    "/exchange/agreements/",
)


@pytest.fixture
def market(world):
    world.office = world.accounts["campaign_office"]
    for need in (world.need, world.need_other):
        item = NeedItem.objects.create(need=need, kind="goods", item="电脑", unit="台", quantity=5)
        needs.apply(need, "hand_over", world.office, klass=1, lead_unit=world.units[0 if need == world.need else 1])
        world.item = item if need == world.need else world.item if hasattr(world, "item") else item
        world.item_other = item
    world.offer = Offer.objects.create(
        code="o1", campaign=world.campaign, provider="捐赠方", kind="goods", item="电脑", unit="台", quantity=8,
        region=world.county, search="电脑",
    )  # fmt: skip
    world.match = matches.reserve(world.office, world.item, world.offer, Decimal(2))
    world.match_other = matches.reserve(world.office, world.item_other, world.offer, Decimal(1))
    event = agreements.hold(world.office, world.campaign, "对接会", at(3, 5).date())
    agreements.sign(
        world.office, event, "厂甲", world.sites[1], Decimal("12.50"), at(3, 5).date(), subject="别家的协议"
    )
    return world


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("page", [*PAGES, "offer"])
def test_pages_show_only_what_the_role_sees(market, role: str, page: str) -> None:
    answer = client_of(market.accounts[role]).get(f"/exchange/offers/{market.offer.pk}/" if page == "offer" else page)
    assert answer.status_code in (200, 403, 404)
    shown = answer.content.decode()
    if role in SEES_OTHERS and page in ("/exchange/matches/?tab=open", "offer"):
        assert "别组的需求" in shown
    if role not in SEES_OTHERS:
        for secret in ("别组的需求", "企业1", "别家的协议", "12.50"):
            assert secret not in shown


@pytest.mark.parametrize("role", Role.values)
def test_the_match_and_the_fragment_of_another_are_not_there(market, role: str) -> None:
    client, status = client_of(market.accounts[role]), 200 if role in SEES_OTHERS else 404
    assert client.get(f"/exchange/matches/{market.match_other.pk}/").status_code == status
    answer = client.get(f"/exchange/fitting/{market.need_other.pk}/")
    assert answer.status_code == (status if role in SEES_OTHERS or role in NAMED else 403)
    posted = client.post(f"/exchange/matches/{market.match_other.pk}/agree/", {"version": 1})
    assert posted.status_code == (302 if role == "campaign_office" else 403 if role in SEES_OTHERS else 404)
    assert Match.objects.get(pk=market.match_other.pk).state == ("agreed" if role == "campaign_office" else "reserved")


NAMED = ("team_leader", "team_member", "department_handler", "site_contact")  # to whom offers that fit are named


@pytest.mark.parametrize("page", [*PAGES, "offer", "match", "fitting"])
def test_pages_stay_within_their_queries_and_size(market, page: str, django_assert_max_num_queries) -> None:
    for n in range(60):
        Offer.objects.create(
            code=f"x{n}", campaign=market.campaign, provider=f"厂{n}", kind="goods", item="电脑", unit="台", quantity=9
        )
        NeedItem.objects.create(need=market.need, kind="goods", item="电脑", unit="台", quantity=n + 1)
    address = {
        "offer": f"/exchange/offers/{market.offer.pk}/",
        "match": f"/exchange/matches/{market.match.pk}/",
        "fitting": f"/exchange/fitting/{market.need.pk}/",
    }.get(page, page)
    client = client_of(market.office)
    client.get(address)
    with django_assert_max_num_queries(16 if page == "fitting" else 15):  # what fits, and what is promised already
        answer = client.get(address)
    assert answer.status_code == 200 and len(answer.content) < 100_000


def test_reserving_on_the_board_comes_back_to_the_board(market) -> None:
    client = client_of(market.office)
    typed = {"need": market.need.pk, "offer": market.offer.pk, "item": market.item.pk, "quantity": "3"}
    back = f"/exchange/?need={market.need.pk}"
    answer = client.post("/exchange/reserve/", {**typed, "next": back}, headers={"HX-Request": "true"})
    assert answer.status_code == 302 and answer.headers["Location"] == back
    assert Offer.objects.get(code="o1").promised == 6
    again = client.post("/exchange/reserve/", {**typed, "next": back}, headers={"HX-Request": "true"})
    assert again.status_code == 422 and 'id="board"' in again.content.decode()


def test_a_refused_quantity_comes_back_with_its_reason_in_its_card(market) -> None:
    client, back = client_of(market.office), f"/exchange/?need={market.need.pk}"
    typed = {"need": market.need.pk, "offer": market.offer.pk, "item": market.item.pk, "quantity": "4", "next": back}
    page = client.post("/exchange/reserve/", typed, headers={"HX-Request": "true"})
    shown = page.content.decode()
    assert page.status_code == 422 and "fit refused" in shown and 'value="4"' in shown and "errorlist" in shown
    page = client.post("/exchange/reserve/", typed)
    assert page.status_code == 422 and 'value="4"' in page.content.decode(), "without htmx a page of its own"
    page = client.post("/exchange/reserve/", {**typed, "quantity": "viele"})
    assert page.status_code == 422 and Match.objects.count() == 2


def test_reserving_never_leads_to_another_house(market) -> None:
    typed = {"need": market.need.pk, "offer": market.offer.pk, "item": market.item.pk, "quantity": "1"}
    answer = client_of(market.office).post("/exchange/reserve/", {**typed, "next": "https://elsewhere.example/"})
    assert answer.headers["Location"].startswith("/exchange/matches/")


def test_a_step_on_an_old_version_is_refused_where_it_was_taken(market) -> None:
    client, act = client_of(market.office), f"/exchange/matches/{market.match.pk}"
    assert client.post(f"{act}/agree/", {"version": 1}).headers["Location"] == f"{act}/"
    stale = client.post(f"{act}/deliver/", {"version": 1, "note": "送到门口"})
    assert stale.status_code == 409 and "送到门口" in stale.content.decode()
    from_list = client.post(f"{act}/deliver/", {"version": 1}, headers={"HX-Request": "true"})
    assert from_list.status_code == 409 and from_list.headers["HX-Redirect"] == f"{act}/"
    assert Match.objects.get(pk=market.match.pk).state == "agreed"


def test_the_team_confirms_a_part_on_the_matchs_page(market) -> None:
    for verb in ("agree", "deliver"):
        market.match = matches.step(market.office, market.match, verb)
    client, act = client_of(market.accounts["team_member"]), f"/exchange/matches/{market.match.pk}"
    assert 'name="received"' in client.get(f"{act}/").content.decode()
    wrong = client.post(f"{act}/confirm/", {"version": 3, "received": "7"})
    assert wrong.status_code == 422 and 'value="7"' in wrong.content.decode()
    assert client.post(f"{act}/confirm/", {"version": 3, "received": "1"}).status_code == 302
    assert NeedItem.objects.get(pk=market.item.pk).received == 1 and Match.objects.filter(rest_of=market.match).exists()
    assert 'name="received"' not in client_of(market.office).get(f"{act}/").content.decode()


def test_an_empty_exchange_says_what_will_be_here(world) -> None:
    client = client_of(world.accounts["leader"])
    for page in PAGES:
        answer = client.get(page)
        assert answer.status_code == 200 and 'class="empty"' in answer.content.decode()


def test_agreements_are_summed_and_no_rate_is_shown(market) -> None:
    client = client_of(market.office)
    event = market.campaign.matchmaking_events.get()
    typed = {"event": event.pk, "provider": "厂乙", "site": "s0", "amount": "87.50", "signed_on": "2020-03-05"}
    assert client.post("/exchange/agreements/new/", {**typed, "need": market.need.number}).status_code == 302
    page = client.get("/exchange/agreements/").content.decode()
    assert "100.00" in page and "%" not in page.split("<main")[1].split("</main")[0]
    twice = client.post("/exchange/agreements/new/", typed)
    early = client.post("/exchange/agreements/new/", {**typed, "provider": "厂丙", "signed_on": "2020-03-01"})
    unknown = client.post("/exchange/agreements/new/", {**typed, "provider": "厂丙", "need": "no such"})
    assert [twice.status_code, early.status_code, unknown.status_code] == [422, 422, 422]
    assert Agreement.objects.count() == 2
    assert client_of(market.accounts["leader"]).post("/exchange/agreements/new/", typed).status_code == 403
