"""Expert requests: the promise of three days, who is named, what an offer can send, when they came."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from sijin.exchange.domain import matches
from sijin.exchange.domain.experts import candidates, requests, visits
from sijin.exchange.domain.experts.promise import Promise
from sijin.exchange.models import ExpertVisit, Match, Offer
from sijin.ledger.domain import needs
from sijin.ledger.domain.events import audit
from sijin.ledger.models import Need, NeedItem
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from tests.conftest import at

DAYS = st.dates(date(2019, 1, 1), date(2026, 12, 31))


@settings(max_examples=60)
@given(asked=DAYS, came=st.integers(0, 30), later=st.integers(0, 30))
def test_a_promise_is_kept_up_to_the_third_calendar_day_and_flagged_from_the_fourth(asked, came, later) -> None:
    day = asked + timedelta(days=came)
    promise = Promise(asked, 3, day, day + timedelta(days=later))
    assert (promise.state, promise.over) == (("kept", 0) if came <= 3 else ("late", came - 3))
    waiting = Promise(asked, 3, None, day)
    assert (waiting.state, waiting.left, waiting.over) == ("open" if came <= 3 else "over", 3 - came, max(0, came - 3))
    assert waiting.light == ("ok", "ok", "soon", "soon", "late")[min(came, 4)]
    assert Promise(asked, 3, None, day, ended=True).state == "unmet"


def test_the_promise_is_said_in_words() -> None:
    with translation.override("zh-hans"):
        said = [Promise(date(2020, 3, 10), 3, None, date(2020, 3, day)).words for day in (10, 13, 14)]
        came = [Promise(date(2020, 3, 10), 3, date(2020, 3, day), date(2020, 3, 20)).words for day in (13, 14)]
    assert said == ["还剩3天", "今天到期", "超期1天"] and came == ["按期", "超期1天到场"]


@pytest.fixture
def tea(world):
    """A village's request of 5 March, an offer of one expert, an official of agriculture."""
    world.office, world.leader = world.accounts["campaign_office"], world.accounts["team_leader"]
    world.tea = needs.raise_need(
        world.leader, world.teams[0], world.sites[0], "茶园缺乏专业的管理和种植技术", at=at(3, 5)
    )
    needs.apply(world.tea, "hand_over", world.office, klass=1, lead_unit=world.units[0], at=at(3, 5))
    world.offer = Offer.objects.create(
        code="e1", campaign=world.campaign, provider="果茶站", kind="expert", item="茶园管理指导", unit="人次",
        quantity=1, tags=["茶园"],
    )  # fmt: skip
    return world


def test_requests_are_the_needs_that_ask_and_stand_by_urgency(tea) -> None:
    item = needs.raise_need(tea.leader, tea.teams[0], tea.sites[0], "苹果园", at=at(3, 1))
    NeedItem.objects.create(need=item, kind="expert", item="农技专家", unit="人次", quantity=1)
    found = requests.requests(tea.office, tea.campaign)
    assert [one.need.title for one in found] == ["苹果园", tea.tea.title], "the other needs ask for no expert"
    assert [one.promise.words for one in found] and [one.promise.over for one in found] == [1, 0]
    assert [one.need.pk for one in requests.requests(tea.other, tea.campaign)] == []
    counts = requests.counted(found)
    assert (counts["over"], counts["open"], counts["unnamed"], counts["measured"]) == (1, 1, 2, 1)


def test_an_offer_is_promised_by_a_match_and_given_back(tea) -> None:
    assert [one.offer for one in candidates.candidates(tea.office, tea.tea)] == [tea.offer.pk]
    visit = visits.assign(tea.office, tea.tea, offer=tea.offer, expected_on=date(2020, 3, 7), at=at(3, 5))
    assert (Offer.objects.get().promised, visit.match.state) == (1, "agreed")
    other = needs.raise_need(tea.leader, tea.teams[0], tea.sites[0], "果园请专家", at=at(3, 5))
    with pytest.raises(RuleBroken):
        visits.assign(tea.office, other, offer=tea.offer, expected_on=date(2020, 3, 7), at=at(3, 5))
    visits.withdraw(tea.office, visit, version=1, at=at(3, 5))
    assert Offer.objects.get().promised == 0 and requests.request_of(tea.office, tea.tea).coming == []
    again = visits.assign(tea.office, other, offer=tea.offer, expected_on=date(2020, 3, 7), at=at(3, 5))
    assert (Offer.objects.get().promised, again.match.item.quantity) == (1, Decimal(1))
    assert list(audit()) == []


def test_who_comes_ends_the_wait_and_can_be_put_right(tea) -> None:
    visit = visits.assign(tea.office, tea.tea, offer=tea.offer, expected_on=date(2020, 3, 7), at=at(3, 5))
    for wrong in (date(2020, 3, 4), date(2020, 3, 9)):
        with pytest.raises(RuleBroken):
            visits.come(tea.office, visit, on=wrong, at=at(3, 8))
    visit = visits.come(tea.office, visit, on=date(2020, 3, 8), note="剪枝", version=1, at=at(3, 8))
    assert Match.objects.get().state == "delivered"
    assert requests.request_of(tea.office, tea.tea).promise.state == "kept"
    with pytest.raises(Stale):
        visits.come(tea.office, visit, on=date(2020, 3, 7), version=1, at=at(3, 9))
    with pytest.raises(RuleBroken):
        visits.not_come(tea.office, visit, at=at(3, 9))
    visits.come(tea.office, visit, on=date(2020, 3, 9), at=at(3, 9))
    assert requests.request_of(tea.office, tea.tea).promise.over == 1
    matches.confirm(tea.leader, Match.objects.get(), at=at(3, 9))
    steps = [event.change["step"] for event in tea.tea.events.filter(verb="match", change__has_key="expert")]
    assert steps == ["assign", "come", "come"] and list(audit()) == []


def test_an_official_goes_to_one_place_a_day(tea) -> None:
    official = tea.leader.official
    visit = visits.assign(tea.office, tea.tea, official=official, expected_on=date(2020, 3, 7), at=at(3, 5))
    with pytest.raises(RuleBroken):
        visits.assign(tea.office, tea.need, official=official, expected_on=date(2020, 3, 7), at=at(3, 5))
    visits.come(tea.leader, visit, on=date(2020, 3, 6), at=at(3, 6))
    visit = visits.not_come(tea.leader, ExpertVisit.objects.get(), at=at(3, 6))
    assert visit.came_on is None and requests.request_of(tea.office, tea.tea).promise.came is None


def test_who_may_name_and_who_may_say_that_they_came(tea) -> None:
    visit = visits.assign(tea.office, tea.tea, offer=tea.offer, expected_on=date(2020, 3, 7), at=at(3, 5))
    for role in ("team_leader", "site_contact", "leader", "administrator"):
        with pytest.raises(NotAllowed):
            visits.withdraw(tea.accounts[role], visit, at=at(3, 5))
    with pytest.raises(NotAllowed):
        visits.come(tea.other, visit, on=date(2020, 3, 5), at=at(3, 5))
    visits.withdraw(tea.accounts["department_handler"], visit, at=at(3, 5))


def test_a_delivered_match_is_a_visit_too(tea) -> None:
    NeedItem.objects.create(need=tea.tea, kind="expert", item="茶园管理指导", unit="人次", quantity=1)
    match = matches.reserve(tea.office, tea.tea.items.get(), tea.offer, Decimal(1), at=at(3, 5))
    for step in ("agree", "deliver"):
        match = matches.step(tea.office, match, step, at=at(3, 9))
    one = requests.request_of(tea.office, tea.tea)
    assert (one.promise.came, one.promise.state, one.who) == (date(2020, 3, 9), "late", "果茶站 · 茶园管理指导")


def test_the_page_names_who_comes_from_the_choice(tea, django_assert_max_num_queries) -> None:
    client = Client()
    client.force_login(tea.office, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/exchange/experts/{tea.tea.pk}/"
    assert "茶园管理指导" in client.get(address).content.decode()
    answer = client.post(f"{address}assign/", {"who": f"offer-{tea.offer.pk}", "expected_on": "2020-03-01"})
    assert answer.status_code == 422 and not ExpertVisit.objects.exists()
    client.post(f"{address}assign/", {"who": f"offer-{tea.offer.pk}", "expected_on": "2020-03-07"})
    visit = ExpertVisit.objects.get()
    assert visit.reason and visit.expected_on == date(2020, 3, 7)
    client.post(f"/exchange/experts/visits/{visit.pk}/come/", {"version": 1, "on": "2020-03-05"})
    with django_assert_max_num_queries(18):
        page = client.get("/exchange/experts/").content.decode()
    assert tea.tea.title in page and "按期" in page
    assert client.get("/exchange/experts/export/").content.startswith(b"PK")
    Need.objects.filter(pk=tea.tea.pk).update(title="改名")
    assert client.get("/exchange/experts/?state=over").status_code == 200
