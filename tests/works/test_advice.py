"""Advice cards: what is said topic by topic, areas in two units, the follow-up and who is told of it, the sheet."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from sijin.ledger.domain.events import audit
from sijin.people.models import Notice
from sijin.people.notices import worded
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.works.domain.advice import cards
from sijin.works.domain.advice.cards import Advice
from sijin.works.domain.advice.reminding import remind
from sijin.works.domain.advice.topics import hectares, hectares_words, plants_words
from sijin.works.files.advice import document
from sijin.works.models import AdviceCard
from tests.conftest import at
from tests.exchange.test_offers import client_of

SAID = [Advice("land", "深翻"), Advice("pruning", "定型修剪", "修枝剪", Decimal(20), "把")]
FACTS = {
    "adviser": "省站高级农艺师", "checked_in_at": at(3, 5, 9), "served": "茶农", "crop": "茶树", "area_mu": Decimal(60),
    "plants": 150_000, "problem": "缺技术", "follow_up_on": date(2020, 3, 5),
}  # fmt: skip


@given(st.decimals(Decimal("0.15"), Decimal(10**7), places=2), st.decimals(Decimal("0.15"), Decimal(10**7), places=2))
def test_mu_become_hectares_within_half_a_hundredth_and_in_order(mu: Decimal, more: Decimal) -> None:
    assert abs(hectares(mu) * 15 - mu) <= Decimal("0.075")
    assert (hectares(mu) <= hectares(more)) or mu > more


def test_areas_and_plants_are_written_as_offices_do() -> None:
    assert [hectares_words(Decimal(mu)) for mu in ("60", "1", "20", "7.5")] == ["4.0", "0.07", "1.33", "0.5"]
    assert [plants_words(count) for count in (150_000, 15_500, 900)] == ["15万", "15,500", "900"]


@pytest.fixture
def card(world) -> AdviceCard:
    world.leader = world.accounts["team_leader"]
    return cards.give(world.leader, world.sites[0], world.campaign, SAID, at=at(3, 5), need=world.need, **FACTS)


def test_what_is_said_stands_by_topic_and_in_the_needs_chain(world, card) -> None:
    assert cards.advice_of(card) == SAID
    event = world.need.events.get(verb="advise")
    assert event.change == {"advice": card.pk, "step": "give"} and "土地、剪枝" in event.note
    assert card.changes.get().change["area_mu"] == [None, "60"] and list(audit()) == []


@pytest.mark.parametrize(
    ("said", "facts", "field"),
    [
        ([], {}, "topics"),
        ([Advice("land", " ")], {}, "topics"),
        ([Advice("magic", "x")], {}, "topics"),
        ([Advice("land", "x"), Advice("land", "y")], {}, "topics"),
        ([Advice("land", "", "有机肥")], {}, "text_land"),
        ([Advice("land", "x", "有机肥", Decimal(-1), "吨")], {}, "quantity_land"),
        ([Advice("land", "x", "", Decimal(1), "吨")], {}, "quantity_land"),
        (SAID, {"area_mu": Decimal(0)}, "area_mu"),
        (SAID, {"plants": 0}, "plants"),
        (SAID, {"checked_in_at": at(3, 6)}, "checked_in_at"),
        (SAID, {"follow_up_on": date(2020, 3, 4)}, "follow_up_on"),
        (SAID, {"problem": ""}, "problem"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(world, said, facts, field) -> None:
    with pytest.raises(RuleBroken) as refusal:
        cards.give(world.accounts["team_leader"], world.sites[0], world.campaign, said, at=at(3, 5), **FACTS | facts)
    assert refusal.value.facts["field"] == field and not AdviceCard.objects.exists()


def test_a_card_is_put_right_with_its_version_and_keeps_what_it_was(world, card) -> None:
    same = cards.correct(world.leader, card, SAID, version=1, at=at(3, 5), **FACTS)
    assert same.version == 1 and card.changes.count() == 1, "nothing changed, nothing is kept"
    cards.correct(world.leader, card, SAID[:1], version=1, at=at(3, 5), **FACTS | {"plants": 140_000})
    with pytest.raises(Stale) as stale:
        cards.correct(world.leader, card, SAID, version=1, at=at(3, 5), **FACTS)
    assert stale.value.facts["diff"] == {"plants": [150_000, 140_000]}
    change = card.changes.last().change
    assert change["plants"] == [150_000, 140_000] and len(change["topics"][1]) == 1


def test_the_follow_up_is_due_told_once_rated_and_can_be_taken_back(world, card) -> None:
    assert list(cards.due(world.leader, date(2020, 3, 4))) == []
    assert list(cards.due(world.leader, date(2020, 3, 5))) == [card]
    assert (remind(world.campaign, at(3, 5)), remind(world.campaign, at(3, 6))) == (1, 0)
    told = Notice.objects.filter(code="advice-due").values_list("account__role", flat=True)
    assert sorted(told) == ["team_leader", "team_member"]
    assert "3月5日到期" in worded(Notice.objects.first()).title
    card = cards.follow_up(world.leader, card, on=date(2020, 3, 5), rating="basic", version=1, at=at(3, 6))
    assert list(cards.due(world.leader, date(2020, 3, 9))) == []
    with pytest.raises(RuleBroken):
        cards.follow_up(world.leader, card, on=date(2020, 3, 9), rating="basic", version=2, at=at(3, 6))
    card = cards.undo_follow_up(world.leader, card, version=2, at=at(3, 6))
    assert (card.rating, card.followed_on) == ("", None)
    card = cards.withdraw(world.leader, card, version=3, at=at(3, 6))
    assert list(cards.listed(world.leader)) == []
    assert cards.restore(world.leader, card, version=4, at=at(3, 6)).withdrawn_at is None


def test_only_the_sites_own_team_and_the_office_advise(world, card) -> None:
    for account in (world.other, world.accounts["site_contact"], world.accounts["leader"]):
        with pytest.raises(NotAllowed):
            cards.withdraw(account, card, version=1)
    with pytest.raises(NotAllowed):
        cards.give(world.leader, world.sites[1], world.campaign, SAID, at=at(3, 5), **FACTS)
    assert list(cards.listed(world.accounts["site_contact"])) == [card] and not cards.listed(world.other).exists()


def test_the_sheet_for_farmers_says_area_plants_topics_and_the_day(card) -> None:
    paper = Document(io.BytesIO(document(card)))
    text = "\n".join(paragraph.text for paragraph in paper.paragraphs)
    assert "60亩（合4.0公顷）" in text and "15万株" in text and "一、土地\n深翻\n二、剪枝" in text
    assert "2020年3月5日回访" in text
    assert [cell.text for cell in paper.tables[0].rows[1].cells] == ["1", "剪枝", "修枝剪", "20把"]


def test_the_page_writes_a_card_keeps_what_was_typed_and_shows_both_units(world) -> None:
    client, site = client_of(world.accounts["team_leader"]), world.sites[0]
    typed = {
        "adviser": "省站", "checked_in_at": "2020-03-05T09:00", "served": "茶农", "crop": "茶树", "area_mu": "60",
        "problem": "缺技术", "text_land": "", "material_land": "有机肥",
    }  # fmt: skip
    answer = client.post(reverse("works:advice_new", args=[site.pk]), typed)
    assert (
        answer.status_code == 422
        and "土地：请写明指导意见" in answer.content.decode()
        and "有机肥" in answer.content.decode()
    )
    client.post(reverse("works:advice_new", args=[site.pk]), typed | {"text_land": "深翻"})
    card = AdviceCard.objects.get()
    page = client.get(reverse("works:advice", args=[card.pk])).content.decode()
    assert "60 亩 = 4.0 公顷" in page and "深翻" in page
    assert "茶树" in client.get(reverse("works:plan", args=[site.pk])).content.decode()
    client.post(
        reverse("works:advice_follow", args=[card.pk]), {"version": 1, "on": "2020-03-05", "rating": "satisfied"}
    )
    assert AdviceCard.objects.get().rating == "satisfied"
