"""The office sets the rules: on or off, firm or at a price; what would be bent is seen before; only it may."""

import re

import pytest
from django.utils import translation

from sijin.dispatch.domain import plans, rule_book, ties
from sijin.dispatch.domain.outlook import outlook
from sijin.dispatch.domain.rules import rules_of, shipped
from sijin.dispatch.forms import RulesForm
from sijin.dispatch.models import DispatchChange, DispatchPlan, Membership, Tie
from sijin.people.models import Account, Official, Role
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from tests.web.test_access import signed_in

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def running(field):
    plans.approve(field.office, plans.solve(field.office, field.campaign, time_limit=5))
    field.client = signed_in(field.office)
    return field


def asked(campaign, **changes) -> dict[str, str]:
    """Return what a browser sends of the rules as they stand, with changes (None: left out, as an unticked box)."""
    form = RulesForm(campaign=campaign)
    data = {name: form.initial[name] for name in form.fields}
    data = {name: "on" if value is True else value for name, value in data.items() if value not in (False, None)}
    return {name: value for name, value in (data | changes).items() if value is not None}


def test_every_rule_says_what_it_asks_for(field) -> None:
    with translation.override("zh-hans"):
        said = {line.rule.code: line.said for line in rule_book.lines(field.campaign)}
    assert said["size"] == "每组 4 至 5 人" and said["city_share"] == "市派组市直人员不少于 50%"
    on = {line.rule.code for line in rule_book.lines(field.campaign) if line.on}
    assert {"senior", "junior", "unit_most", "novice"}.isdisjoint(on) and {"size", "leader", "load"} <= on
    codes = {rule.code for rule in rule_book.BOOK if rule.hard}
    assert codes == {"size", "city_share", "leader", "skills", "senior", "junior", "unit_most", "apart", "placed"}


def test_a_page_sent_back_unchanged_changes_nothing(running) -> None:
    path = f"/dispatch/campaigns/{running.campaign.pk}/rules/"
    assert running.client.post(path, asked(running.campaign)).status_code == 302
    running.campaign.refresh_from_db()
    assert running.campaign.chosen == {} and not DispatchChange.objects.filter(kind="rules").exists()


def test_only_what_departs_from_the_profile_is_kept(running) -> None:
    path = f"/dispatch/campaigns/{running.campaign.pk}/rules/"
    sent = asked(
        running.campaign, senior_on="on", senior_senior_least=1, senior_hard="1", junior_on="on", junior_junior_most=2,
        junior_price=15, load_on=None, city_share_city_share=60,
    )  # fmt: skip
    assert running.client.post(path, sent).status_code == 302
    running.campaign.refresh_from_db()
    assert running.campaign.chosen == {
        "senior_least": 1, "junior_most": 2, "junior": 15.0, "overload": 0, "city_share": 0.6, "hard": ["senior"],
    }  # fmt: skip
    rules = rules_of(running.campaign)
    assert (rules.senior_least, rules.overload, rules.hard) == (1, 0, {"senior"})
    noted = DispatchChange.objects.get(kind="rules")
    assert noted.before == {"chosen": {}} and noted.after == {"chosen": running.campaign.chosen}
    again = asked(running.campaign)
    assert again["senior_hard"] == "1" and again["city_share_city_share"] == "60" and "load_on" not in again
    assert (
        running.client.post(path, again).status_code == 302 and DispatchChange.objects.filter(kind="rules").count() == 1
    )
    assert running.client.post(f"{path}reset/").status_code == 302
    running.campaign.refresh_from_db()
    assert running.campaign.chosen == {} and rules_of(running.campaign) == shipped(running.campaign)


def test_a_switched_off_rule_takes_any_numbers_and_a_wrong_number_is_named(running) -> None:
    path = f"/dispatch/campaigns/{running.campaign.pk}/rules/"
    fine = asked(running.campaign, senior_senior_least="", senior_price="x")
    assert running.client.post(path, fine).status_code == 302
    for wrong in (
        {"senior_on": "on", "senior_senior_least": ""},
        {"senior_on": "on", "senior_senior_least": "0"},
        {"senior_on": "on", "senior_senior_least": "1.5"},
        {"city_share_city_share": "101"},
        {"skills_price": "-1"},
        {"skills_price": "10001"},
        {"size_size_min": "6"},
        {"size_size_max": "4"},
    ):
        answer = running.client.post(path, asked(running.campaign, **wrong))
        body = answer.content.decode()
        assert answer.status_code == 422 and body.count('class="wrong"') == 1, wrong
        kept = next(value for name, value in wrong.items() if name != "senior_on")
        assert not kept or f'value="{kept}"' in body
    running.campaign.refresh_from_db()
    assert running.campaign.chosen == {}


def test_rules_that_someone_else_set_meanwhile_are_stale(running) -> None:
    sent = asked(running.campaign, load_on=None)
    rule_book.choose(running.office, running.campaign, {"skills": {"on": False}})
    path = f"/dispatch/campaigns/{running.campaign.pk}/rules/"
    assert running.client.post(path, sent).status_code == 409
    with pytest.raises(Stale):
        rule_book.choose(running.office, running.campaign, None, mark="other")


def test_more_seconds_are_offered_where_the_rules_need_them(running) -> None:
    assert 'name="seconds" value="20"' in running.client.get("/dispatch/").content.decode()
    rule_book.choose(running.office, running.campaign, {"junior": {"on": True, "price": 40.0, "junior_most": 2}})
    assert 'name="seconds" value="90"' in running.client.get("/dispatch/").content.decode()


def test_a_draft_made_under_other_rules_is_stale_and_moves_can_still_be_undone(running) -> None:
    plan = plans.solve(running.office, running.campaign, time_limit=5)
    rule_book.choose(running.office, running.campaign, {"load": {"on": False}})
    with pytest.raises(Stale):
        plans.approve(running.office, plan)
    assert running.client.post("/dispatch/undo/").status_code == 302  # the approval before it, not the rules
    assert not Membership.objects.exists() and DispatchPlan.objects.filter(state="draft").exists()


def test_what_runs_is_held_against_rules_before_they_are_set(running) -> None:
    Official.objects.filter(name__in="丙丁").update(grade="junior")
    settings = {"senior": {"on": True, "hard": True, "price": 40.0, "senior_least": 1},
                "junior": {"on": True, "price": 10.0, "junior_most": 1}}  # fmt: skip
    found = outlook(running.office, running.campaign, rule_book.choice(running.campaign, settings))
    effects = {effect.rule.code: effect for effect in found.effects}
    assert (effects["senior"].bent, effects["senior"].before, effects["senior"].charge) == (3, 0, 120)
    assert (effects["junior"].bent, effects["junior"].charge) == (1, 10)
    assert [team.number for team in effects["junior"].teams] == ["市01"]
    assert [effect.rule.code for effect in found.mend] == ["senior"]
    assert found.cost == pytest.approx(found.before + 130, abs=1)
    assert len(found.short) == 1 and re.search(r"0.*3", found.short[0])
    running.campaign.refresh_from_db()
    assert running.campaign.chosen == {}
    with pytest.raises(NotAllowed):
        outlook(running.leader, running.campaign, {})


def test_the_page_previews_what_is_typed(running, django_assert_max_num_queries) -> None:
    path = f"/dispatch/campaigns/{running.campaign.pk}/rules/"
    with django_assert_max_num_queries(15):
        body = running.client.get(path).content.decode()
    assert "每组有组长" in body and 'hx-trigger="load"' in body and len(body) < 100_000
    now = running.client.get(f"{path}preview/", **HTMX).content.decode()
    assert "现行规则" in now and "<html" not in now
    sent = asked(running.campaign, senior_on="on", senior_senior_least=1, senior_hard="1")
    typed = running.client.post(f"{path}preview/", sent, **HTMX).content.decode()
    assert "按所填，尚未保存" in typed and "每组至少 1 名骨干" in typed and "刚性" in typed
    whole = running.client.post(f"{path}preview/", sent).content.decode()
    assert "<html" in whole and 'name="senior_senior_least" value="1"' in whole
    wrong = asked(running.campaign, senior_on="on", senior_senior_least="")
    assert "有些数字不能采用" in running.client.post(f"{path}preview/", wrong, **HTMX).content.decode()
    running.campaign.refresh_from_db()
    assert running.campaign.chosen == {}


def test_the_campaigns_page_tells_the_rules_to_all_and_only_the_office_sets_them(running) -> None:
    rule_book.choose(
        running.office, running.campaign, {"senior": {"on": True, "hard": True, "price": 40.0, "senior_least": 2}}
    )
    ties.tie(
        running.office, running.campaign, "apart", officials=[running.people[n] for n in "丙己"], reason="暗中的理由"
    )
    member = Account.objects.create(
        username="m", role=Role.TEAM_MEMBER, official=Membership.objects.filter(team__number="市01").first().official
    )
    page = f"/dispatch/campaigns/{running.campaign.pk}/"
    for account in (running.leader, member):
        client = signed_in(account)
        body = client.get(page).content.decode()
        assert "每组至少 2 名骨干" in body and "刚性" in body and "办公室设定" in body and f"{page}rules/" not in body
        for path in (f"{page}rules/", f"{page}rules/preview/", "/dispatch/rosters/roster.xlsx"):
            assert client.get(path).status_code == 403
        for path in (
            f"{page}rules/",
            f"{page}rules/reset/",
            f"{page}ties/",
            f"/dispatch/ties/{Tie.objects.get().pk}/untie/",
        ):
            assert client.post(path).status_code in (403, 404)
    assert Tie.objects.exists()


def test_a_member_learns_no_grades_and_no_ties(running) -> None:
    one = Membership.objects.get(team__number="市01", leads=True).official
    mate = Membership.objects.get(team__number="市01", leads=False).official
    Official.objects.filter(pk=mate.pk).update(grade="junior", free_until="2020-03-31")
    mate.masteries.update(level=1)
    ties.tie(running.office, running.campaign, "apart", officials=[one, mate], reason="暗中的理由")
    running.campaign.chosen = {"junior_most": 0}
    running.campaign.save()
    member = signed_in(Account.objects.create(username="m", role=Role.TEAM_MEMBER, official=mate))
    page = f"/dispatch/teams/{running.teams['市01'].pk}/"
    reader = signed_in(Account.objects.create(username="r", role=Role.AUDITOR))
    for path in (page, "/dispatch/"):
        body = member.get(path).content.decode()
        for secret in ("新手", "暗中的理由", "不得同组", "（了解）", "可派至"):
            assert secret not in body, (path, secret)
        assert "新手 1 名，至多 0 名" in reader.get(path).content.decode()
    told = reader.get(page).content.decode()
    for words in ("新手", "暗中的理由", "不得同组：", "（了解）", "可派至3月31日"):
        assert words in told
    panel = running.client.get(f"/dispatch/officials/{mate.pk}/").content.decode()
    assert "新手" in panel and "暗中的理由" in panel and "可派至3月31日" in panel


def test_ties_are_made_and_taken_away_on_the_page(running) -> None:
    path = f"/dispatch/campaigns/{running.campaign.pk}/"
    wrong = running.client.post(f"{path}ties/", {"kind": "apart", "officials": "丙、无此人", "reason": "亲属"})
    body = wrong.content.decode()
    assert wrong.status_code == 422 and "没有 无此人" in body and 'value="丙、无此人"' in body
    sent = {"kind": "apart", "officials": "丙，己", "reason": "亲属"}
    assert running.client.post(f"{path}ties/", sent).status_code == 302
    assert "不得同组：丙、己" in running.client.get(f"{path}rules/").content.decode()
    assert running.client.post(f"/dispatch/ties/{Tie.objects.get().pk}/untie/").status_code == 302
    assert not Tie.objects.exists()
    assert running.client.post(f"{path}ties/", {"kind": "apart", "officials": "丙", "reason": "x"}).status_code == 422


def test_who_is_away_is_said_on_the_board_and_in_the_panel(running) -> None:
    person = Membership.objects.get(team__number="市02", leads=False).official
    Official.objects.filter(pk=person.pk).update(free_from="2020-04-01", free_note="学习")
    board = running.client.get("/dispatch/").content.decode()
    assert "不可派" in board and "3月31日前不可派（学习）" in board
    panel = running.client.get(f"/dispatch/officials/{person.pk}/").content.decode()
    assert "3月31日前不可派（学习）" in panel and "方案不编入" in panel
    filtered = running.client.get("/dispatch/?warned=away").content.decode()
    assert "市02组" in filtered and "市01组" not in filtered
    Membership.objects.filter(official=person).delete()
    assert "3月31日前不可派（学习）" in running.client.get("/dispatch/loose/official/").content.decode()


def test_a_choice_of_a_rule_out_of_bounds_is_refused_with_its_field(field) -> None:
    with pytest.raises(RuleBroken) as refused:
        rule_book.choose(field.office, field.campaign, {"senior": {"on": True, "price": 5.0, "senior_least": 99}})
    assert refused.value.facts["field"] == "senior_senior_least"
    with pytest.raises(NotAllowed):
        rule_book.choose(field.leader, field.campaign, None)
