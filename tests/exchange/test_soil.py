"""Soil samples: hands and times follow each other, the last hand reports, spoil sites are proposed by the result."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sijin.exchange.domain import matches, suggestions
from sijin.exchange.domain.clearings import solving
from sijin.exchange.domain.reads import outstanding_items
from sijin.exchange.domain.soil import custody, samples, spoil
from sijin.exchange.domain.soil.custody import Hand
from sijin.exchange.models import Match, Offer, SoilSample
from sijin.ledger.domain import needs
from sijin.ledger.domain.events import audit
from sijin.ledger.models import NeedItem
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from tests.conftest import SHANGHAI, at
from tests.exchange.test_offers import client_of

START = datetime(2020, 3, 9, 9, tzinfo=SHANGHAI)
HANDS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd"), st.integers(-5, 30)), max_size=6)


@given(HANDS)
def test_only_chains_without_gap_and_without_a_step_back_in_time_can_be_built(told) -> None:
    now, kept = START + timedelta(hours=20), []
    for giver, receiver, hours in told:
        step = Hand(giver, receiver, START + timedelta(hours=hours))
        try:
            custody.follows("a", START, kept, step, now)
        except RuleBroken:
            assert not custody.unbroken("a", START, [*kept, step]) or step.at > now
        else:
            kept.append(step)
    times, holders = [START, *(step.at for step in kept)], ["a", *(step.receiver for step in kept)]
    assert times == sorted(times) and times[-1] <= now
    assert [step.giver for step in kept] == holders[:-1] and custody.holder("a", kept) == holders[-1]


@pytest.fixture
def earth(world):
    """A need of earth, two spoil sites, a sample of the nearer one that went to the laboratory."""
    world.office, world.leader = world.accounts["campaign_office"], world.accounts["team_leader"]
    world.site = world.sites[0]
    world.need = needs.raise_need(
        world.leader, world.teams[0], world.site, "回填土不足", category="factor", at=at(3, 5, 8)
    )
    NeedItem.objects.create(need=world.need, kind="land", item="回填土", unit="立方米", quantity=3000)
    made = {"campaign": world.campaign, "kind": "land", "item": "回填土", "region": world.county}
    world.near = Offer.objects.create(code="l1", provider="近处余土点", unit="立方米", quantity=5000, **made)
    world.far = Offer.objects.create(code="l2", provider="远处余土点", unit="万立方米", quantity=2, **made)
    Offer.objects.create(code="l3", provider="一块地", **made | {"item": "回填土地块"}, unit="亩", quantity=20)
    world.near.refresh_from_db()
    world.far.refresh_from_db()
    world.taken = {
        "region": world.county, "place": "东侧", "depth": Decimal("1.5"), "taken_at": at(3, 5, 9), "taken_by": "采样员",
    }  # fmt: skip
    world.sample = samples.take(world.office, world.need, offer=world.near, at=at(3, 5), **world.taken)
    return world


def handed(earth) -> SoilSample:
    return samples.hand_over(
        earth.office, earth.sample, receiver="检测中心", on=at(3, 5, 10), signed="收样员", at=at(3, 5)
    )


def judged(earth, verdict: str) -> SoilSample:
    result = samples.Result(verdict, "场地回填", Decimal("1.72"), Decimal("14.5"), (("CBR", Decimal(8), "%"),))
    return samples.report(earth.office, handed(earth), result, on=at(3, 5, 10), at=at(3, 5))


def proposed(earth) -> list[tuple[str, str]]:
    return [(one.offer.code, one.verdict) for one in spoil.proposals(earth.office, earth.need)]


def test_a_sample_says_place_depth_time_and_goes_from_hand_to_hand(earth) -> None:
    with pytest.raises(RuleBroken) as refusal:
        samples.report(earth.office, earth.sample, samples.Result("suitable", "回填"), on=at(3, 5), at=at(3, 5))
    assert refusal.value.facts["field"] == "verdict", "a sample that was never handed over has no laboratory"
    for wrong, field in (
        ({"receiver": "采样员"}, "receiver"),
        ({"giver": "路人"}, "giver"),
        ({"on": at(3, 5, 8)}, "at"),
        ({"on": at(3, 6)}, "at"),
        ({"signed": " "}, "signed"),
    ):
        facts = {"receiver": "检测中心", "on": at(3, 5, 10), "signed": "收样员", "at": at(3, 5)} | wrong
        with pytest.raises(RuleBroken) as refusal:
            samples.hand_over(earth.office, earth.sample, **facts)
        assert refusal.value.facts["field"] == field
    sample = judged(earth, "suitable")
    assert (sample.laboratory, samples.state(sample), sample.figures) == ("检测中心", "reported", [["CBR", "8", "%"]])
    with pytest.raises(RuleBroken):
        samples.hand_over(earth.office, sample, receiver="仓库", on=at(3, 5), signed="保管员", at=at(3, 5))
    steps = [event.change["step"] for event in earth.need.events.filter(verb="sample")]
    assert steps == ["take", "hand_over", "report"] and list(audit()) == []


def test_each_step_is_taken_back_in_turn_and_stale_ones_are_refused(earth) -> None:
    sample = judged(earth, "unsuitable")
    with pytest.raises(RuleBroken):
        samples.undo_hand_over(earth.office, sample)
    with pytest.raises(Stale):
        samples.undo_report(earth.office, sample, version=1)
    sample = samples.undo_hand_over(earth.office, samples.undo_report(earth.office, sample, version=3), version=4)
    assert (samples.state(sample), samples.chain(sample), sample.laboratory) == ("taken", [], "")
    sample = samples.withdraw(earth.office, sample)
    with pytest.raises(RuleBroken):
        samples.withdraw(earth.office, sample)
    assert samples.state(samples.restore(earth.office, sample)) == "taken"


def test_spoil_sites_are_ranked_by_what_is_known_of_them(earth) -> None:
    assert sorted(proposed(earth)) == [("l1", ""), ("l2", "")], "land by its area is no earth"
    one = spoil.proposals(earth.office, earth.need)[0]
    assert one.reasons and "尚未取样" in one.words
    judged(earth, "suitable")
    assert proposed(earth) == [("l1", "suitable"), ("l2", "")]
    assert {one.offer.code: one.cubic for one in spoil.proposals(earth.office, earth.need)}["l2"] == 20_000


def test_what_is_not_suitable_is_proposed_nowhere_and_said_in_words(earth) -> None:
    sample = judged(earth, "unsuitable")
    assert proposed(earth) == [("l2", "")]
    out = spoil.ruled_out(earth.office, earth.need)
    assert [one.offer.code for one in out] == ["l1"] and "用于场地回填：不适用" in out[0].words
    found = [one.offer.code for one in suggestions.offers_for(earth.office, earth.need)]
    assert "l1" not in found and "l2" in found
    assert suggestions.needs_for(earth.office, earth.near) == []
    assert "不适用" in suggestions.why_not(earth.office, earth.need, earth.near).sentence
    items = list(outstanding_items().filter(need=earth.need).select_related("need__site"))
    weighed = list(suggestions.weighed(items, [earth.near, earth.far], at(3, 5).date()))
    assert [key for key, *_rest in weighed[0][1]] == [earth.far.pk]
    theirs = spoil.ruled_out(earth.other, earth.need_other)[0].words
    assert "不适用" in theirs and sample.code not in theirs, "who may not see the sample learns only what it comes to"
    samples.undo_report(earth.office, sample)
    assert sorted(proposed(earth)) == [("l1", ""), ("l2", "")]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"depth": Decimal(0)}, "depth"),
        ({"depth": Decimal(101)}, "depth"),
        ({"taken_at": at(3, 6)}, "taken_at"),
        ({"taken_by": " "}, "taken_by"),
    ],
)
def test_a_sample_that_makes_no_sense_is_refused_with_its_field(earth, facts, field) -> None:
    with pytest.raises(RuleBroken) as refusal:
        samples.take(earth.office, earth.need, at=at(3, 5), **earth.taken | facts)
    assert refusal.value.facts["field"] == field


def test_samples_are_for_needs_of_earth_and_their_own_people(earth) -> None:
    with pytest.raises(RuleBroken):
        samples.take(earth.office, earth.need_other, at=at(3, 5), **earth.taken)
    with pytest.raises(NotAllowed):
        samples.take(earth.other, earth.need, at=at(3, 5), **earth.taken)
    assert not samples.listed(earth.other, earth.campaign).exists()
    assert list(samples.listed(earth.leader, earth.campaign)) == [earth.sample]


def test_the_page_hands_over_reports_and_keeps_what_was_typed(earth) -> None:
    client, address = client_of(earth.leader), f"/exchange/soil/{earth.sample.pk}/"
    handed = {"version": 1, "receiver": "检测中心", "on": "2020-03-05T10:00", "signed": "收样员"}
    answer = client.post(f"{address}hand-over/", handed | {"on": "2020-03-05T08:00"})
    assert answer.status_code == 422 and "不能早于" in answer.content.decode() and "收样员" in answer.content.decode()
    client.post(f"{address}hand-over/", handed)
    told = {"version": 2, "verdict": "unsuitable", "use": "回填", "on": "2020-03-05T10:00", "figures": "CBR，x，%"}
    answer = client.post(f"{address}result/", told)
    assert answer.status_code == 422 and "第1行" in answer.content.decode()
    client.post(f"{address}result/", told | {"figures": "CBR，3，%"})
    page = client.get(f"/exchange/soil/needs/{earth.need.pk}/").content.decode()
    assert "不予推荐" in page and "用于回填：不适用" in page
    assert earth.sample.code in client.get("/exchange/soil/").content.decode()


def test_what_is_not_suitable_cannot_be_reserved_by_hand_either(earth) -> None:
    item = earth.need.items.get()
    judged(earth, "unsuitable")
    with pytest.raises(RuleBroken, match="2020-03-05") as refused:
        matches.reserve(earth.office, item, earth.near, Decimal(10), at=at(3, 9))
    assert refused.value.facts["field"] == "offer"
    earth.near.refresh_from_db()
    assert earth.near.promised == 0 and not Match.objects.filter(item=item).exists()
    assert matches.reserve(earth.office, item, earth.far, Decimal(10), at=at(3, 9)).offer == earth.far


def test_a_clearing_made_before_the_sample_names_the_site_and_publishes_the_others(earth) -> None:
    NeedItem.objects.create(need=earth.need, kind="goods", item="铁锹", unit="把", quantity=2)
    made = {"campaign": earth.campaign, "region": earth.county, "kind": "goods", "quantity": 5}
    Offer.objects.create(code="l4", provider="五金店", item="铁锹", unit="把", **made)
    draft = solving.solve(earth.office, earth.campaign, floor=0, time_limit=5)
    assert draft.rows.filter(offer=earth.near, quantity__gt=0).exists()
    judged(earth, "unsuitable")
    draft.rows.update(need_version=earth.need.__class__.objects.get(pk=earth.need.pk).version)
    client, address = client_of(earth.office), f"/exchange/clearing/{draft.pk}/"
    refused = client.post(f"{address}publish/", {"which": "all"})
    page = refused.content.decode()
    assert refused.status_code == 409 and "近处余土点" in page and "不适用" in page and not Match.objects.exists()
    client.post(f"{address}publish/", {"which": "standing"})
    assert [match.offer.code for match in Match.objects.all()] == ["l4"]
