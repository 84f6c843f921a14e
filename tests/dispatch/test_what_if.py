"""What-if: other people, sites and rules beside what runs; the answer adds up, nothing of the campaign is touched."""

from dataclasses import replace

import pytest

from sijin.dispatch.domain import plans, scenarios, ties, what_if
from sijin.dispatch.domain.assessing import Answer, assess
from sijin.dispatch.models import DispatchChange, DispatchPlan, Membership, Posting, Team, WhatIf
from sijin.engines import dispatch
from sijin.people.models import Account, Job, Official, Role
from sijin.people.refusals import NotAllowed, RuleBroken
from tests.web.test_access import signed_in


def quiet(done: int, total: int, words: str) -> None:
    pass


def everything() -> tuple:
    """Return all that a what-if must leave alone."""
    return (
        sorted(Membership.objects.values_list("official", "team", "leads", "locked")),
        sorted(Posting.objects.values_list("site", "team", "since", "until")),
        sorted(Team.objects.values_list("pk", "size_wanted", "lat", "lon", "version")),
        Official.objects.count(),
        DispatchPlan.objects.count(),
        DispatchChange.objects.count(),
    )


@pytest.fixture
def running(field):
    plans.approve(field.office, plans.solve(field.office, field.campaign, time_limit=5))
    field.client = signed_in(field.office)
    return field


def solved(field, change: dict) -> dict:
    asked = what_if.ask(field.office, field.campaign, [change], seconds=5)
    what_if.answer(field.office, asked, quiet)
    return asked.results["columns"][-1]


def test_grades_and_ties_are_asked_about_too(running) -> None:
    pair = [running.people[name] for name in "丙己"]
    ties.tie(running.office, running.campaign, "together", officials=pair, reason="师徒")
    ties.tie(running.office, running.campaign, "apart", units=[pair[0].unit, running.people["甲"].unit], reason="x")
    Official.objects.filter(name="丙").update(grade="senior")
    before = plans.pose(running.campaign)
    fewer = scenarios.made(running.campaign, before, {"kind": "fewer", "count": 4, "unit": pair[0].unit_id}, 1)
    assert before.problem.ties.together and before.problem.ties.units_apart
    assert not fewer.problem.ties.together and not fewer.problem.ties.units_apart  # nobody is left to be tied
    column = solved(running, {"kind": "rule", "rule": "senior_least", "value": 1.0})
    assert column["parts"]["rules_bent"] >= 80  # two of the three teams can have no senior
    asked = scenarios.made(running.campaign, before, {"kind": "rule", "rule": "junior_most", "value": 0.0}, 1)
    assert asked.problem.rules.junior_most == 0 and isinstance(asked.problem.rules.junior_most, int)


def test_an_assessment_is_the_solvers_own_account(running) -> None:
    posed = plans.pose(running.campaign)
    plan = dispatch.plan(replace(posed.problem, previous=posed.previous), time_limit=5)
    found = assess(posed.problem, Answer.of(plan))
    assert found.cost == pytest.approx(plan.cost - plan.parts["changes"], abs=0.1)
    for part, value in found.parts.items():
        assert value == pytest.approx(plan.parts[part], abs=0.1), part


def test_answers_stand_side_by_side_and_nothing_is_touched(running) -> None:
    before = everything()
    changes = [
        {"kind": "fewer", "count": 1},
        {"kind": "more", "count": 1, "skill": "data", "county": running.west.pk},
        {"kind": "size", "count": 3},
        {"kind": "sites", "count": 2, "county": running.east.pk, "door": "village"},
    ]
    asked = what_if.ask(running.office, running.campaign, changes, seconds=5)
    steps = []
    what_if.answer(running.office, asked, lambda done, total, words: steps.append((done, total)))
    columns = WhatIf.objects.get().results["columns"]
    assert [column["kind"] for column in columns] == ["running", "anew", *["scenario"] * 4]
    runs, anew, fewer, _more, size, sites = columns
    assert anew["cost"] == pytest.approx(runs["cost"], abs=0.1) and anew["moved"] == 0  # what runs is the best
    assert fewer["seats_short"] == runs["seats_short"] + 1
    assert size["seats_short"] == 3  # six people for nine seats
    assert sites["cost"] > anew["cost"]
    assert sum(anew["parts"].values()) == pytest.approx(anew["cost"], abs=0.3)
    assert everything() == before
    assert steps == sorted(steps) and {total for _done, total in steps} == {5000}


def test_one_more_holder_covers_what_is_missing(running) -> None:
    running.sites["海村"].skills = ["law"]
    running.sites["海村"].save()
    column = solved(running, {"kind": "more", "count": 1, "skill": "law", "county": running.east.pk})
    anew = WhatIf.objects.get().results["columns"][1]
    assert anew["uncovered"] == {"law": 1} and column["uncovered"] == {}
    assert column["losers"] == [] or all(loser["rise"] >= 1 for loser in column["losers"])


def test_people_are_taken_from_where_was_asked(running) -> None:
    posed = plans.pose(running.campaign)
    left = scenarios.made(running.campaign, posed, {"kind": "fewer", "count": 2, "county": running.west.pk}, seed=1)
    gone = {str(running.people[name].pk) for name in ("丙", "己")}
    assert set(posed.problem.table("officials")["official"]) - set(left.problem.table("officials")["official"]) == gone
    assert not gone & left.previous.officials.keys() and not gone & left.previous.leaders
    unit = running.people["甲"].unit_id
    left = scenarios.made(running.campaign, posed, {"kind": "fewer", "count": 1, "unit": unit}, seed=1)
    assert len(left.problem.table("officials")) == 5
    again = scenarios.made(running.campaign, posed, {"kind": "fewer", "count": 1, "unit": unit}, seed=1)
    assert left.problem.table("officials").equals(again.problem.table("officials"))
    with pytest.raises(RuleBroken, match="2"):
        scenarios.made(running.campaign, posed, {"kind": "fewer", "count": 3, "county": running.west.pk}, seed=1)


def test_a_rule_is_changed_for_the_question_alone(running) -> None:
    column = solved(running, {"kind": "rule", "rule": "home_km", "value": 0.0})
    assert column["parts"]["home_travel"] == 0
    assert plans.pose(running.campaign).problem.rules.home_km == 0.5


def test_a_scenario_that_cannot_be_is_said_and_the_others_are_answered(running) -> None:
    changes = [{"kind": "fewer", "count": 500}, {"kind": "size", "count": 2}]
    asked = what_if.ask(running.office, running.campaign, changes, seconds=5)
    what_if.answer(running.office, asked, quiet)
    impossible, other = asked.results["columns"][2:]
    assert "6" in impossible["error"] and other["cost"] > 0
    body = running.client.get(f"/dispatch/what-if/{asked.pk}/").content.decode()
    assert impossible["error"] in body and body.count("<li><b>") >= 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "nothing"}, "kind"),
        ({"kind": "fewer"}, "count"),
        ({"kind": "more", "count": 1, "county": 1}, "skill"),
        ({"kind": "size", "count": 1}, "count"),
        ({"kind": "rule", "rule": "unplaced", "value": 1}, "rule"),
        ({"kind": "rule", "rule": "city_share", "value": 2.0}, "value"),
        ({"kind": "sites", "count": 1}, "county"),
    ],
)
def test_what_is_not_complete_names_its_field(change: dict, field: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        scenarios.checked(change)
    assert refusal.value.facts["field"] == field


def test_which_skill_to_ask_for(running) -> None:
    running.sites["海村"].skills = ["law"]
    running.sites["海村"].save()
    Team.objects.filter(number="市02").update(size_wanted=3)  # a seat to fill, and for a skill of its own
    asked = what_if.ask_one_more(running.office, running.campaign, seconds=3)
    before = everything()
    what_if.answer(running.office, asked, quiet)
    prices = {(skill, county): saved for skill, county, saved, _low, _high in asked.results["prices"]}
    assert set(prices) == {
        (skill, county) for skill in ("", "agriculture", "data", "law") for county in (running.west.pk, running.east.pk)
    }
    assert prices["law", running.east.pk] > prices["", running.east.pk]
    assert all(low <= saved <= high for _skill, _county, saved, low, high in asked.results["prices"])
    assert everything() == before
    shown = running.client.get("/dispatch/what-if/").content.decode()
    assert "法律政法" in shown and "荣成市" in shown and f"/dispatch/what-if/{asked.pk}/" in shown


def test_prices_of_the_running_plan_are_shown_when_it_has_them(running) -> None:
    DispatchPlan.objects.update(shadow=[])
    empty = running.client.get("/dispatch/what-if/").content.decode()
    assert 'class="heat"' not in empty
    DispatchPlan.objects.update(shadow=[["law", str(running.east.pk), 41.7], ["data", str(running.west.pk), 3.0]])
    shown = running.client.get("/dispatch/what-if/").content.decode()
    assert 'class="num heat5">42<' in shown.replace('"  ', '"').replace('" >', '">') and "法律政法" in shown


def test_a_cancelled_question_keeps_nothing(running) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int, words: str) -> None:
        raise Stop

    asked = what_if.ask(running.office, running.campaign, [{"kind": "size", "count": 2}], seconds=5)
    with pytest.raises(Stop):
        what_if.answer(running.office, asked, stop)
    assert WhatIf.objects.get().results == {}


def test_the_page_asks_and_answers(running, django_capture_on_commit_callbacks, django_assert_max_num_queries) -> None:
    wrong = running.client.post(
        "/dispatch/what-if/", {"seconds": 5, "s1-kind": "fewer", "s2-kind": "size", "s2-count": 4}
    )
    body = wrong.content.decode()
    assert wrong.status_code == 422 and "errorlist" in body and 'value="4"' in body and not WhatIf.objects.exists()
    assert running.client.post("/dispatch/what-if/", {"seconds": 5}).status_code == 422
    assert running.client.post("/dispatch/what-if/", {"seconds": "x", "s1-kind": "size"}).status_code == 422
    facts = {"seconds": 5, "s1-kind": "size", "s1-count": 3, "s2-kind": "rule", "s2-rule": "skill", "s2-value": "80"}
    with django_capture_on_commit_callbacks(execute=True):
        answer = running.client.post("/dispatch/what-if/", facts)
    asked = WhatIf.objects.get()
    assert answer.url == f"/dispatch/what-if/{asked.pk}/"
    job = Job.objects.get()
    assert job.state == Job.State.DONE and job.result["url"] == answer.url and asked.job == job
    with django_assert_max_num_queries(15):
        answer = running.client.get(f"/dispatch/what-if/{asked.pk}/")
    body = answer.content.decode()
    assert "每组 3 人" in body and 'id="what-if-chart"' in body and len(answer.content) < 100_000
    for _n in range(12):
        what_if.ask(
            running.office,
            running.campaign,
            [{"kind": "more", "count": 1, "skill": "law", "county": running.east.pk}] * 4,
            seconds=5,
        )
    with django_assert_max_num_queries(15):
        listed = running.client.get("/dispatch/what-if/").content.decode()
    assert "每组 3 人" in listed
    assert running.client.post(f"/dispatch/what-if/{asked.pk}/discard/").status_code == 302
    assert not WhatIf.objects.filter(pk=asked.pk).exists()


def test_readers_read_and_others_see_nothing(running) -> None:
    asked = what_if.ask(running.office, running.campaign, [{"kind": "size", "count": 3}], seconds=5)
    what_if.answer(running.office, asked, quiet)
    reader = signed_in(running.leader)
    assert "每组 3 人" in reader.get(f"/dispatch/what-if/{asked.pk}/").content.decode()
    page = reader.get("/dispatch/what-if/").content.decode()
    assert "每组 3 人" in page and 'id="ask-form"' not in page
    for path in ("", "one-more/", f"{asked.pk}/discard/"):
        assert reader.post(f"/dispatch/what-if/{path}").status_code == 403, path
    with pytest.raises(NotAllowed):
        what_if.ask(running.leader, running.campaign, [{"kind": "size", "count": 3}], seconds=5)
    with pytest.raises(NotAllowed):
        what_if.answer(running.leader, asked, quiet)
    member = Account.objects.create(username="m", role=Role.TEAM_MEMBER, official=running.people["甲"])
    client = signed_in(member)
    assert client.get("/dispatch/what-if/").status_code == 403
    found = client.get(f"/dispatch/what-if/{asked.pk}/")
    assert found.status_code == 404 and "每组" not in found.content.decode()
