"""Grades, levels, days on which people are free, ties: one price for all of them, in findings, moves, differences."""

from datetime import date

import pytest
from django.utils import translation

from sijin.dispatch.domain import checks, differences, moves, plans, pricing, ties
from sijin.dispatch.domain.assessing import Answer, assess
from sijin.dispatch.models import DispatchChange, Membership, Tie
from sijin.people.models import Account, Mastery, Official, Role
from sijin.people.refusals import NotAllowed, RuleBroken


@pytest.fixture
def running(field):
    plans.approve(field.office, plans.solve(field.office, field.campaign, time_limit=5))
    return field


def choose(field, **chosen) -> None:
    field.campaign.chosen = chosen
    field.campaign.save()


def graded(field, **grades: str) -> None:
    for name, grade in grades.items():
        Official.objects.filter(name=name).update(grade=grade)


def found(field, number: str) -> dict[str, str]:
    with translation.override("zh-hans"):
        return {f.code: f.text for f in checks(field.campaign).findings if f.team and f.team.number == number}


def mates(field, name: str) -> str:
    return Membership.objects.get(official__name=name).team.number


def test_what_the_models_know_is_what_the_engine_is_asked(field) -> None:
    person = field.people["己"]
    Mastery.objects.filter(official=person).update(level=1)
    Official.objects.filter(pk=person.pk).update(grade="junior", free_from="2020-03-01", free_until="2020-06-30")
    Official.objects.filter(name="戊").update(free_from="2020-03-21", free_note="休假")  # a day after the present
    field.teams["市01"].skills = ["law"]
    field.teams["市01"].save()
    field.sites["茶村"].priority = 3
    field.sites["茶村"].save()
    ties.tie(field.office, field.campaign, "apart", officials=[field.people["丙"], person], reason="回避")
    ties.tie(field.office, field.campaign, "together", units=[field.people["甲"].unit], reason="整建制")
    choose(field, senior_least=1, junior_most=0, unit_most=3, novice=4.0, hard=["junior"])
    posed = plans.pose(field.campaign)
    row = posed.problem.table("officials").filter(official=str(person.pk)).row(0, named=True)
    assert (row["skills"], row["skill_levels"], row["grade"]) == (["data"], [1], "junior")
    assert (row["free_from"], row["free_until"]) == (date(2020, 3, 1), date(2020, 6, 30))
    assert posed.away == (field.people["戊"].pk,)
    assert str(field.people["戊"].pk) not in posed.problem.table("officials")["official"].to_list()
    assert posed.problem.table("teams").filter(team="市01")["skills"].to_list() == [["law"]]
    assert 3.0 in posed.problem.table("sites")["priority"].to_list()
    apart = [str(field.people["丙"].pk), str(person.pk)]
    assert [sorted(group) for group in posed.problem.ties.apart] == [sorted(apart)]
    unit = sorted(str(field.people[name].pk) for name in "甲乙")
    assert [sorted(group) for group in posed.problem.ties.together] == [unit]
    rules = posed.problem.rules
    assert (rules.senior_least, rules.junior_most, rules.unit_most, rules.novice) == (1, 0, 3, 4.0)
    assert rules.hard == {"junior"} and rules.senior == 40


def test_a_plan_keeps_the_rules_and_costs_what_the_prices_say(field) -> None:
    graded(field, 甲="senior", 丙="senior", 戊="senior", 丁="junior", 己="junior")
    choose(field, senior_least=1, junior_most=1, novice=5.0, unit_most=1)
    Mastery.objects.filter(official__name="丁").update(level=1)
    ties.tie(field.office, field.campaign, "apart", officials=[field.people["丁"], field.people["戊"]], reason="回避")
    posed = plans.pose(field.campaign)
    answer = plans.searched(posed, time_limit=5, seed=0)
    team = dict(answer.members.select("official", "team").iter_rows())
    assert team[str(field.people["丁"].pk)] != team[str(field.people["戊"].pk)]
    priced = assess(posed.problem, Answer.of(answer))
    assert priced.cost == pytest.approx(answer.cost, abs=0.5)  # the engine rounds no kilometres
    assert priced.detail["senior"] == priced.detail["junior"] == priced.detail["apart"] == 0
    assert priced.detail["crowd"] > 0  # both of a city team are from one unit, and there is no other


def test_each_rule_of_make_up_is_found_and_charged(running) -> None:
    team = running.teams["市01"]
    assert found(running, "市01") == {}
    graded(running, 丙="junior", 丁="junior")
    choose(running, senior_least=1, junior_most=0, unit_most=1)
    assert found(running, "市01") == {
        "senior": "骨干 0 名，至少 1 名",
        "junior": "新手 2 名，至多 0 名",
        "unit_most": "市税务局 2 人，同单位至多 1 人",
    }
    ground = pricing.Field(running.campaign)
    price = ground.standing(ground.teams[team.pk])
    assert (price["senior"], price["junior"], price["crowd"]) == (40, 80, 40)
    choose(running, senior_least=1, senior=7.0)
    ground = pricing.Field(running.campaign)
    assert ground.standing(ground.teams[team.pk])["senior"] == 7


def test_a_rule_that_is_off_is_neither_found_nor_charged(running) -> None:
    Membership.objects.filter(team__number="市01", leads=True).update(leads=False)
    assert "leader" in found(running, "市01")
    choose(running, leader=0.0, skill=0.0, overload=0.0)
    Membership.objects.filter(official__name="丁").delete()
    assert found(running, "市01").keys() == {"short"}
    ground = pricing.Field(running.campaign)
    price = ground.standing(ground.teams[running.teams["市01"].pk])
    assert price["leader"] == price["uncovered"] == 0


def test_who_is_away_counts_for_nothing_and_leaves_with_the_next_plan(running) -> None:
    team, person = running.teams[mates(running, "丁")], running.people["丁"]
    before = pricing.Field(running.campaign)
    Official.objects.filter(pk=person.pk).update(free_until="2020-03-19", free_note="轮岗")
    told = found(running, team.number)
    assert told["away"] == "当日不可派：丁" and told["short"] == "缺 1 人（应 2 人）" and "skills" in told
    after = pricing.Field(running.campaign)
    costs = [sum(ground.standing(ground.teams[team.pk]).values()) for ground in (before, after)]
    assert costs[1] > costs[0]
    person.refresh_from_db()
    seen = pricing.preview(running.office, running.campaign, [person], None)
    assert seen.cost == 0  # nothing is lost that was not lost before
    plan = plans.solve(running.office, running.campaign, time_limit=5)
    shown = differences.shown(plan)
    assert person in shown.leaving
    plans.approve(running.office, plan)
    assert not Membership.objects.filter(official=person).exists()


def test_a_locked_person_who_is_away_locks_nothing(running) -> None:
    person = running.people["丁"]
    moves.lock(running.office, running.campaign, person, True)
    Official.objects.filter(pk=person.pk).update(free_from="2020-04-01")
    posed = plans.pose(running.campaign)
    assert str(person.pk) not in posed.locks.officials and str(person.pk) not in posed.previous.officials
    plans.solve(running.office, running.campaign, time_limit=5)


def test_ties_hold_in_plans_findings_and_moves(running) -> None:
    one, other = running.people["丙"], running.people["己"]
    assert mates(running, "丙") != mates(running, "己")
    ties.tie(running.office, running.campaign, "together", officials=[one, other], reason="师徒")
    assert found(running, mates(running, "丙"))["together"] == "己 应与 丙 同组"
    plan = plans.solve(running.office, running.campaign, time_limit=5)
    plans.approve(running.office, plan)
    assert mates(running, "丙") == mates(running, "己")
    assert "together" not in found(running, mates(running, "丙"))
    ties.untie(running.office, Tie.objects.get())
    ties.tie(running.office, running.campaign, "apart", officials=[one, other], reason="亲属")
    team = mates(running, "丙")
    assert found(running, team)["apart"] in ("丙、己 不得同组", "己、丙 不得同组")
    seen = pricing.preview(running.office, running.campaign, [other], None)
    assert seen.parts["apart"] == -80 and "apart" in {finding.code for finding in seen.vanish}


def test_units_are_kept_apart_and_together(field) -> None:
    city = field.people["丙"].unit
    lone = Official.objects.create(code="庚", name="庚", unit=field.people["甲"].unit)
    ties.tie(field.office, field.campaign, "apart", units=[city, lone.unit], reason="上下级")
    bonds = ties.bonds_of(field.campaign)
    assert bonds.units_apart() == [("c1", "p1")] and bonds.of(lone)[0].words.endswith("市税务局、山东省农业农村厅")
    assert plans.pose(field.campaign).problem.ties.units_apart == [("c1", "p1")]


def test_ties_say_why_and_do_not_contradict(field) -> None:
    one, other, third = (field.people[name] for name in "丙丁戊")
    for facts, at in (
        ({"officials": [one], "reason": "x"}, "officials"),
        ({"officials": [one, other], "reason": " "}, "reason"),
        ({"reason": "x"}, "officials"),
        ({"officials": [one], "units": [one.unit], "reason": "x"}, "officials"),
        ({"units": [one.unit], "reason": "x"}, "units"),
    ):
        with pytest.raises(RuleBroken) as refused:
            ties.tie(field.office, field.campaign, "apart", **facts)
        assert refused.value.facts["field"] == at
    ties.tie(field.office, field.campaign, "together", officials=[one, other], reason="x")
    ties.tie(field.office, field.campaign, "together", officials=[other, third], reason="x")
    with translation.override("zh-hans"), pytest.raises(RuleBroken, match="丙、戊 既须同组又不得同组"):
        ties.tie(field.office, field.campaign, "apart", officials=[one, third], reason="x")
    assert list(Tie.objects.values_list("code", flat=True)) == ["T01", "T02"]
    assert DispatchChange.objects.filter(kind="ties").count() == 2
    reader = Account.objects.create(username="r", role=Role.LEADER)
    with pytest.raises(NotAllowed):
        ties.tie(reader, field.campaign, "apart", officials=[one, third], reason="x")
    with pytest.raises(NotAllowed):
        ties.untie(reader, Tie.objects.first())


def test_firm_rules_that_clash_are_said_in_words(field) -> None:
    graded(field, 丙="senior")
    choose(field, senior_least=1, hard=["senior"])
    with translation.override("zh-hans"), pytest.raises(RuleBroken) as refused:
        plans.solve(field.office, field.campaign, time_limit=5)
    assert refused.value.message.startswith("这些刚性规则不能同时满足：每组至少 1 名骨干。")
    assert "若放宽“每组至少 1 名骨干”：缺 2 名骨干。" in refused.value.message
    assert refused.value.facts["rules"] == ["senior"]


def test_what_the_solver_cannot_take_is_said_with_names(field) -> None:
    one, other = field.people["丙"], field.people["戊"]
    plans.approve(field.office, plans.solve(field.office, field.campaign, time_limit=5))
    for person in (one, other):
        moves.lock(field.office, field.campaign, person, True)
    assert mates(field, "丙") != mates(field, "戊")
    ties.tie(field.office, field.campaign, "together", officials=[one, other], reason="x")
    with translation.override("zh-hans"), pytest.raises(RuleBroken) as refused:
        plans.solve(field.office, field.campaign, time_limit=5)
    assert "须同组：市01、市02（应为：人数不超过一个组，且锁定在同一组）" in refused.value.message
    assert "丙" in refused.value.message or "戊" in refused.value.message
    assert refused.value.facts["kind"] == "faulty"


def test_levels_price_a_beginner_in_a_seat(running) -> None:
    choose(running, novice=5.0)
    Mastery.objects.filter(official__name="丁").update(level=1)
    ground = pricing.Field(running.campaign)
    team = ground.teams[running.teams[mates(running, "丁")].pk]
    assert ground.standing(team)["uncovered"] == 10
