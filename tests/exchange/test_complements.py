"""Complements in the product: a clerk's word, two needs, why not, the nightly search, the resident index, new kinds."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import yaml
from django.utils import translation

from sijin.engines.embedding import Kept
from sijin.exchange import jobs, market
from sijin.exchange.domain import complements, kinds, nightly, offers, reads, resident, suggestions
from sijin.exchange.models import Complement, Offer
from sijin.ledger import semantic
from sijin.ledger.domain import needs
from sijin.ledger.domain.audit import audit
from sijin.ledger.models import Event, NeedItem
from sijin.people.jobs import start
from sijin.people.models import Job
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from tests.conftest import at
from tests.engines.test_embedding import Senses
from tests.exchange.test_offers import client_of
from tests.exchange.test_suggestions import made, providers

V = Complement.Verdict


@pytest.fixture
def office(world):
    return world.accounts["campaign_office"]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No index outlives the store of a test."""
    resident._held.clear()
    yield
    resident._held.clear()


@pytest.fixture
def market_(world, office):
    """One need of two computers, three offers of them."""
    world.item = NeedItem.objects.create(need=world.need, kind="goods", item="电脑", unit="台", quantity=2)
    world.offers = [made(world, provider=name, region=world.county) for name in ("甲", "乙", "丙")]
    needs.apply(world.need, "hand_over", office, klass=1, lead_unit=world.units[0])
    return world


def test_what_is_turned_down_is_gone_for_this_need_and_comes_back_when_taken_back(market_, office) -> None:
    need, (first, *_rest) = market_.need, market_.offers
    said = complements.refuse(office, need, first, "far", "路不通")
    assert providers(suggestions.offers_for(office, need)) == ["乙", "丙"]
    assert need.pk not in {one.need.pk for one in suggestions.needs_for(office, first)}
    with translation.override("en"):
        assert "Too far（路不通）" in suggestions.why_not(office, need, first).sentence
    assert complements.refuse(office, need, first, "far") == said
    with pytest.raises(RuleBroken):
        complements.accept(office, need, first)
    with pytest.raises(Stale):
        complements.undo(office, said, version=said.version - 1)
    complements.undo(office, said, version=said.version)
    assert "甲" in providers(suggestions.offers_for(office, need))
    steps = Event.objects.filter(need=need, change__complement=said.pk).values_list("change__step", flat=True)
    assert list(steps) == ["refuse", "undo"] and list(audit()) == []


def test_what_was_accepted_or_failed_moves_the_providers_other_offers(market_, office) -> None:
    other = needs.raise_need(market_.accounts["team_leader"], market_.teams[0], market_.sites[0], "也缺电脑")
    NeedItem.objects.create(need=other, kind="goods", item="电脑", unit="台", quantity=2)
    assert providers(suggestions.offers_for(office, other)) == ["甲", "乙", "丙"]
    complements.accept(office, market_.need, market_.offers[2])
    complements.refuse(office, market_.need, market_.offers[0], "gone")
    found = suggestions.offers_for(office, other)
    assert providers(found) == ["丙", "乙", "甲"]
    with translation.override("en"):
        again = {one.offer.provider: one for one in suggestions.offers_for(office, other)}
    assert "well received before" in again["丙"].reasons
    assert "turned down before for reasons of the provider" in again["甲"].missing
    complements.undo(office, Complement.objects.get(offer=market_.offers[0]))
    complements.refuse(office, market_.need, market_.offers[0], "far")  # says nothing of the provider
    assert providers(suggestions.offers_for(office, other)) == ["丙", "甲", "乙"]


def test_who_may_judge(market_) -> None:
    handler, leader = market_.accounts["department_handler"], market_.accounts["team_leader"]
    said = complements.accept(handler, market_.need, market_.offers[0])
    assert (said.verdict, said.by) == (V.ACCEPTED, handler)
    for who, need in ((leader, market_.need), (handler, market_.need_other)):
        with pytest.raises(NotAllowed):
            complements.refuse(who, need, market_.offers[1], "far")
    assert Complement.objects.count() == 1
    with pytest.raises(RuleBroken):
        complements.refuse(handler, market_.need, market_.offers[1], "no such reason")


def test_two_needs_that_solve_each_other_are_found_both_ways(world, office) -> None:
    busy, idle = (
        needs.raise_need(account, world.teams[n], world.sites[n], title, category=category)
        for n, (account, title, category) in enumerate(
            (
                (world.accounts["team_leader"], "防护服订单排到八月，产能不足", "capacity"),
                (world.other, "隔离衣生产线闲置，没有订单", "capacity"),
            )
        )
    )
    needs.raise_need(world.other, world.teams[1], world.sites[1], "缺普工三十人", category="labor")
    (pair,) = suggestions.needs_solving(office, busy)
    assert (pair.other, pair.kinds) == (idle, ("capacity", "channel"))
    assert [one.other for one in suggestions.needs_solving(office, idle)] == [busy]
    maker = made(world, provider="厂", kind="capacity", item="防护服、隔离衣产能", unit="件/日")
    assert [one.need for one in suggestions.needs_for(office, maker)] == [busy]  # the idle one lacks orders
    assert suggestions.needs_solving(world.accounts["team_leader"], busy) == []  # the other is not theirs to see
    complements.refuse(office, busy, idle, "other")
    assert suggestions.needs_solving(office, busy) == []
    with pytest.raises(RuleBroken):
        complements.accept(office, busy, busy)


def test_every_pair_is_weighed_as_if_each_held_enough(market_, office) -> None:
    made(market_, provider="丁", item="口罩", unit="只")
    small = made(market_, provider="戊", quantity=Decimal("0.1"), region=market_.county)
    items = list(reads.outstanding_items().filter(pk=market_.item.pk))
    ((item, found),) = suggestions.weighed(items, list(Offer.objects.all()), at(3, 5).date())
    assert item == market_.item and [key for key, *_rest in found] == [*(one.pk for one in market_.offers), small.pk]
    assert len({score for _key, score, *_rest in found}) == 1


def test_why_not_names_what_is_broken(market_, office) -> None:
    need, offer = market_.need, market_.offers[0]
    with translation.override("en"):
        answer = suggestions.why_not(office, need, offer)
        assert answer.stands and "1. of 3" in answer.sentence and all(holds for holds, _words in answer.conditions)
        mask = made(market_, provider="丁", kind="goods", item="口罩", unit="只")
        assert "hardly a word" in suggestions.why_not(office, need, mask).sentence
        assert "cannot be counted as 台" in suggestions.why_not(office, need, mask).sentence
        money = made(market_, provider="戊", kind="funds", item="贷款", unit="万元")
        assert "Goods is asked for, this is Funds" in suggestions.why_not(office, need, money).sentence
        old = offers.withdraw(office, offer, version=offer.version)
        assert "withdrawn" in suggestions.why_not(office, need, old).sentence
        assert "ask for anything" in suggestions.why_not(office, market_.need_other, mask).sentence


def test_the_nightly_search_notes_what_is_new_once(market_, office) -> None:
    done = nightly.ask(office, market_.campaign)
    assert (done.new, done.pairs) == (3, 3) and nightly.search(market_.campaign).new == 0
    assert [one.offer for one in complements.new_ones(office, market_.campaign)] == market_.offers
    assert {one.new for one in suggestions.offers_for(office, market_.need)} == {True}
    complements.refuse(office, market_.need, market_.offers[0], "far")
    late = made(market_, provider="丁", region=market_.county)
    assert nightly.search(market_.campaign).new == 1
    assert {one.offer for one in complements.new_ones(office, market_.campaign)} == {*market_.offers[1:], late}
    offers.withdraw(office, late, version=late.version)
    nightly.search(market_.campaign)
    assert late not in {one.offer for one in complements.new_ones(office, market_.campaign)}
    market_.campaign.cutoff = at(3, 6)
    market_.campaign.save()
    assert list(complements.new_ones(office, market_.campaign)) == []
    with pytest.raises(NotAllowed):
        nightly.ask(market_.accounts["department_handler"], market_.campaign)


def test_the_search_runs_as_a_job_of_the_office(market_, office, settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    job = start(office, "search", jobs.search, campaign=market_.campaign.pk)
    jobs.search.func(job.pk, campaign=market_.campaign.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE and job.result["url"] == "/exchange/complements/"
    assert Complement.objects.filter(lasts=True).count() == 3


def test_the_resident_index_follows_what_is_written(market_, office, monkeypatch) -> None:
    monkeypatch.setattr(suggestions, "FEW", 0)
    need, (first, second, third) = market_.need, market_.offers
    assert providers(suggestions.offers_for(office, need)) == ["甲", "乙", "丙"]
    held = resident.offers(market_.campaign).finder
    offers.withdraw(office, first, version=1)
    offers.edit(office, second, version=1, quantity=Decimal("0.5"))
    added = made(market_, provider="丁", region=market_.county)
    found = suggestions.offers_for(office, need)
    assert set(providers(found)[:2]) == {"丙", "丁"}
    assert (found[2].offer.provider, found[2].fit.quantity) == ("乙", Decimal("0.5"))
    assert resident.offers(market_.campaign).finder is held  # followed, not made anew
    complements.refuse(office, need, third, "far")
    assert providers(suggestions.offers_for(office, need)) == ["丁", "乙"]
    assert [one.need for one in suggestions.needs_for(office, added)] == [need]
    Offer.objects.filter(pk=added.pk).delete()
    assert providers(suggestions.offers_for(office, need)) == ["乙"]


def test_the_index_over_needs_follows_their_chains(world, office, monkeypatch) -> None:
    monkeypatch.setattr(suggestions, "FEW", 0)
    leader = world.accounts["team_leader"]
    busy = needs.raise_need(leader, world.teams[0], world.sites[0], "防护服产能不足", category="capacity")
    assert suggestions.needs_solving(office, busy) == []
    idle = needs.raise_need(world.other, world.teams[1], world.sites[1], "防护服产线闲置，没有订单")
    assert [one.other for one in suggestions.needs_solving(office, busy)] == [idle]
    needs.apply(idle, "hand_over", office, klass=4, lead_unit=world.units[1])
    assert [one.other for one in suggestions.needs_solving(office, busy)] == [idle]
    needs.apply(idle, "explain", office, note="转产", told="电话")
    assert suggestions.needs_solving(office, busy) == []


@pytest.fixture
def with_a_new_kind(tmp_path, monkeypatch) -> Iterator[None]:
    """A kind that only the data knows: machine hours by the machine."""
    table = yaml.safe_load(market.KINDS.read_text(encoding="utf-8"))
    table["kinds"]["hours"] = {
        "name": "机时", "english": "Machine hours", "units": ["小时"], "categories": [], "asks": ["借机时"],
        "complements": ["hours"], "attributes": ["item", "unit", "quantity", "machine"], "filters": {"machine": "out"},
    }  # fmt: skip
    table["attributes"]["machine"] = {
        "name": "机型", "english": "Machine", "values": {"绣花机": ["绣花机"], "裁床": ["裁床"]},
    }  # fmt: skip
    file = tmp_path / "kinds.yaml"
    file.write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(market, "KINDS", file)
    caches = (market.table, market.rules, market._learned)
    for cached in caches:
        cached.cache_clear()
    yield
    monkeypatch.undo()
    for cached in caches:
        cached.cache_clear()


def test_a_new_kind_needs_no_code(with_a_new_kind, world, office) -> None:
    need = needs.raise_need(world.accounts["team_leader"], world.teams[0], world.sites[0], "想借机时，裁床二十小时")
    facts = {"kind": "hours", "unit": "小时", "region": world.county}
    right, wrong = (
        made(world, provider=name, item=item, **facts) for name, item in (("甲", "裁床机时"), ("乙", "绣花机机时"))
    )
    assert [one.offer for one in suggestions.offers_for(office, need)] == [right]
    assert [one.need for one in suggestions.needs_for(office, right)] == [need]
    with translation.override("en"):
        assert "Machine: 裁床 is wanted, 绣花机 is offered." in suggestions.why_not(office, need, wrong).sentence
    shown = client_of(office).get(f"/exchange/offers/{right.pk}/").content.decode()
    assert "机时" in shown and need.title in shown


def test_every_kind_states_what_it_is_and_none_is_lost() -> None:
    codes = set(kinds.codes())
    wanted = {"capacity", "channel", "labor", "jobs", "expert", "goods", "land", "funds", "policy", "venue"}
    assert wanted | {"investment", "equipment", "transport"} <= codes
    known = market.table()["attributes"]
    for code, kind in market.rules().kinds.items():
        assert {"item", "unit"} <= set(kind.attributes) <= set(known), code
        assert kinds.name(code) and kinds.attributes(code)
    assert {"capacity", "labor"} <= {code for code in codes if market.rules().kinds[code].complements}


def test_pages_take_a_clerks_word_and_answer(market_, office) -> None:
    client, need, (first, second, _third) = client_of(office), market_.need, market_.offers
    nightly.search(market_.campaign)
    assert client.get("/exchange/complements/").content.decode().count('class="pair"') == 3
    back = f"/ledger/needs/{need.pk}/"
    typed = {"need": need.pk, "offer": first.pk, "verdict": "refuse", "reason": "far", "note": "过不去", "next": back}
    answer = client.post("/exchange/complements/judge/", typed)
    assert (answer.status_code, answer["Location"]) == (302, back)
    shown = client.get(f"/exchange/fitting/{need.pk}/").content.decode()
    assert "过不去" in shown and f"/exchange/complements/{Complement.objects.get(offer=first).pk}/undo/" in shown
    client.post("/exchange/complements/judge/", {"need": need.pk, "offer": second.pk, "verdict": "accept"})
    assert Complement.objects.get(offer=second).verdict == V.ACCEPTED
    undo = Complement.objects.get(offer=first)
    client.post(f"/exchange/complements/{undo.pk}/undo/", {"version": undo.version})
    undo.refresh_from_db()
    assert undo.verdict == V.OPEN
    why = client.get("/exchange/complements/why/", {"need": need.number, "offer": first.code})
    assert why.context["answer"].stands
    several = client.get("/exchange/complements/why/", {"need": need.number, "offer": "电脑"})
    assert len(several.context["offers"]) == 3 and "answer" not in several.context
    none = client.get("/exchange/complements/why/", {"need": need.number, "offer": "没有这种"})
    assert none.context["nothing"]
    assert client.post("/exchange/complements/judge/", {"need": need.pk, "verdict": "accept"}).status_code == 422


def test_the_api_gives_reasons_and_takes_a_word(market_, office) -> None:
    client, need, first = client_of(office), market_.need, market_.offers[0]
    found = client.get(f"/api/complements/needs/{need.pk}/offers").json()
    assert [one["offer"] for one in found] == [one.pk for one in market_.offers] and found[0]["reasons"]
    assert client.get(f"/api/complements/offers/{first.pk}/needs").json()[0]["need"] == need.pk
    assert client.get(f"/api/complements/needs/{need.pk}/needs").json() == []
    asked = {"offer": first.pk, "verdict": "refuse", "reason": "far"}
    said = client.post(f"/api/complements/needs/{need.pk}", asked, content_type="application/json").json()
    assert (said["verdict"], said["offer"]) == ("refused", first.pk)
    why = client.get(f"/api/complements/needs/{need.pk}/why/{first.pk}").json()
    assert not why["stands"] and [one for one in why["conditions"] if not one["holds"]]
    stale = client.post(f"/api/complements/{said['id']}/undo", {"version": 99}, content_type="application/json")
    assert stale.status_code == 409
    version = {"version": said["version"]}
    undone = client.post(f"/api/complements/{said['id']}/undo", version, content_type="application/json").json()
    assert undone["verdict"] == ""
    nightly.search(market_.campaign)
    assert client.get("/api/complements").json()["total"] == 3


def test_meaning_is_read_where_an_embedding_is_installed(market_, office, monkeypatch, settings, tmp_path) -> None:
    kept = Kept(Senses(), tmp_path / "v")
    monkeypatch.setattr(semantic, "_sound", lambda: kept)
    assert resident.prepare(market_.campaign) == 0  # turned off
    resident._held.clear()
    settings.SEMANTIC = True
    before = kept.count()
    resident.prepare(market_.campaign)
    assert kept.missing(["电脑"]) == 0 and kept.count() > before
    assert resident.prepare(market_.campaign) == 0  # nothing is read twice
    found = suggestions.offers_for(office, market_.need)
    assert {one.offer.pk for one in found} == {one.pk for one in market_.offers}
    assert nightly.search(market_.campaign).pairs >= len(found)
