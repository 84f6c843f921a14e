"""Offers: who may make and change them, versions, promised quantities, the form that keeps what was typed."""

from decimal import Decimal

import pytest
from django.test import Client

from sijin.exchange.domain import matches, offers, reads
from sijin.exchange.models import Offer
from sijin.ledger.models import NeedItem
from sijin.people.refusals import NotAllowed, RuleBroken, Stale

FACTS = {"provider": "口罩厂", "kind": "goods", "item": "口罩", "unit": "只", "quantity": Decimal(100)}
TYPED = {"provider": "口罩厂", "kind": "goods", "item": "口罩", "unit": "只", "quantity": "100"}


def client_of(account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def office(world):
    return world.accounts["campaign_office"]


@pytest.fixture
def offer(world, office) -> Offer:
    return offers.make(office, world.campaign, **FACTS, tags=["防疫", "防疫", " "])


def test_an_offer_is_found_by_item_provider_and_tag_in_either_script(world, office, offer) -> None:
    other = offers.make(office, world.campaign, **{**FACTS, "item": "隔离衣", "provider": "服装厂"}, tags=["隔离衣"])
    found = lambda **wanted: list(reads.offers(office, world.campaign, reads.Filter(**wanted)))  # noqa: E731
    assert offer.code == f"R{offer.pk:06d}" and offer.tags == ["防疫"]
    assert found(q="隔離衣") == [other] == found(tags=("隔離衣",)) == found(q="服装")
    assert found(tags=("防",)) == [], "a tag is found whole, not by a part of it"
    assert found(tags=("防疫", "隔离衣")) == [offer, other] and found(kind="funds") == []


def test_filters_know_window_place_certificate_and_what_is_free(world, office, offer) -> None:
    offers.edit(office, offer, version=1, since="2020-03-10", until="2020-03-20", region=world.county, certificate=True)
    Offer.objects.update(promised=100)
    shown = lambda **wanted: reads.offers(office, world.campaign, reads.Filter(**wanted)).count()  # noqa: E731
    assert [shown(on=day) for day in ("2020-03-09", "2020-03-10", "2020-03-20", "2020-03-21")] == [0, 1, 1, 0]
    assert (shown(place="371002"), shown(place="371000"), shown(place="371082")) == (1, 1, 0)
    assert (shown(certificate="yes"), shown(certificate="no"), shown(certificate="unknown")) == (1, 0, 0)
    assert (shown(free=True), shown(withdrawn=True)) == (0, 0)
    assert reads.counted(reads.offers(office, world.campaign)) == {"offers": 1, "providers": 1, "free": 0}


def test_a_stale_change_is_refused_with_the_difference(office, offer) -> None:
    offers.edit(office, offer, version=1, quantity=Decimal(120))
    with pytest.raises(Stale) as refusal:
        offers.edit(office, offer, version=1, quantity=Decimal(90), item="口罩")
    assert refusal.value.facts["diff"] == {"quantity": ["90", "120"]}
    assert Offer.objects.get().quantity == 120
    assert [change.verb for change in offer.changes.all()] == ["make", "edit"]
    assert offer.changes.last().change == {"quantity": ["100", "120"]}


def test_less_than_is_promised_and_another_unit_are_refused(world, office, offer) -> None:
    item = NeedItem.objects.create(need=world.need, kind="goods", item="口罩", unit="只", quantity=80)
    matches.reserve(office, item, offer, Decimal(80))
    for change in ({"quantity": Decimal(79)}, {"unit": "箱"}, {"kind": "funds"}):
        with pytest.raises(RuleBroken):
            offers.edit(office, offer, version=2, **change)
    assert offers.edit(office, offer, version=2, quantity=Decimal(80)).free == 0


def test_what_is_withdrawn_is_neither_listed_nor_reserved_and_can_come_back(world, office, offer) -> None:
    item = NeedItem.objects.create(need=world.need, kind="goods", item="口罩", unit="只", quantity=80)
    offers.withdraw(office, offer, version=1)
    assert reads.offers(office, world.campaign).count() == 0
    with pytest.raises(RuleBroken):
        matches.reserve(office, item, offer, Decimal(1))
    with pytest.raises(Stale):
        offers.restore(office, offer, version=1)
    offers.restore(office, offer, version=2)
    assert matches.reserve(office, item, offer, Decimal(1)).quantity == 1


def test_a_department_offers_in_its_own_name_only(world, office, offer) -> None:
    handler = world.accounts["department_handler"]
    mine = offers.make(handler, world.campaign, **FACTS)
    assert mine.unit_of_provider == world.units[0]
    with pytest.raises(NotAllowed):
        offers.make(handler, world.campaign, **FACTS, unit_of_provider=world.units[1])
    with pytest.raises(NotAllowed):
        offers.edit(handler, offer, version=1, item="手套")
    for role in ("team_leader", "leader", "site_contact", "administrator"):
        with pytest.raises(NotAllowed):
            offers.make(world.accounts[role], world.campaign, **FACTS)
    assert Offer.objects.count() == 2


@pytest.mark.parametrize(
    "wrong", [{"quantity": Decimal(0)}, {"item": " "}, {"unit": ""}, {"provider": ""}, {"kind": "x"}], ids=str
)
def test_nonsense_is_refused(world, office, wrong) -> None:
    with pytest.raises(RuleBroken):
        offers.make(office, world.campaign, **{**FACTS, **wrong})
    with pytest.raises(RuleBroken):
        offers.make(office, world.campaign, **FACTS, since="2020-03-10", until="2020-03-09")
    assert Offer.objects.count() == 0


def test_the_form_keeps_what_was_typed_and_names_what_is_wrong(office, world) -> None:
    answer = client_of(office).post("/exchange/offers/new/", {**TYPED, "quantity": "viele", "until": "2020-03-09"})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="viele"' in page and 'value="口罩厂"' in page and "errorlist" in page
    assert Offer.objects.count() == 0
    answer = client_of(office).post("/exchange/offers/new/", {**TYPED, "tags": "防疫，隔离衣", "certificate": "false"})
    made = Offer.objects.get()
    assert answer.headers["Location"] == f"/exchange/offers/{made.pk}/"
    assert made.tags == ["防疫", "隔离衣"] and made.certificate is False and made.has_channel is None


def test_who_was_slower_sees_the_difference_and_may_save_again(office, offer) -> None:
    client, typed = client_of(office), {**TYPED, "version": 1, "quantity": "90"}
    offers.edit(office, offer, version=1, quantity=Decimal(120))
    answer = client.post(f"/exchange/offers/{offer.pk}/edit/", typed)
    page = answer.content.decode()
    assert answer.status_code == 409 and 'value="90"' in page and "120" in page and 'name="version" value="2"' in page
    answer = client.post(f"/exchange/offers/{offer.pk}/edit/", {**typed, "version": 2})
    assert answer.status_code == 302 and Offer.objects.get().quantity == 90


def test_a_department_may_not_open_the_form_of_anothers_offer(world, offer) -> None:
    client = client_of(world.accounts["department_handler"])
    assert client.get(f"/exchange/offers/{offer.pk}/").status_code == 200
    assert client.get(f"/exchange/offers/{offer.pk}/edit/").status_code == 403
    posted = client.post(f"/exchange/offers/{offer.pk}/withdraw/", {"version": 1})
    assert posted.status_code == 403 and Offer.objects.get().withdrawn_at is None
