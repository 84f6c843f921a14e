"""Plans: a draft changes nothing, approving makes it run, a change makes it stale, one undo takes it back."""

from datetime import date

import pytest

from sijin.dispatch.domain import changes, differences, moves, plans, pricing
from sijin.dispatch.domain.wording import reason
from sijin.dispatch.models import Campaign, DispatchChange, DispatchPlan, Membership, Posting, Team
from sijin.people.refusals import NotAllowed, RuleBroken, Stale


def seats() -> dict[str, tuple[str, bool]]:
    rows = Membership.objects.values_list("official__name", "team__number", "leads")
    return {name: (team, leads) for name, team, leads in rows}


def posts() -> dict[str, str]:
    return dict(Posting.objects.filter(until=None).values_list("site__name", "team__number"))


@pytest.fixture
def planned(field):
    field.plan = plans.solve(field.office, field.campaign, time_limit=5)
    return field


def test_a_draft_changes_nothing_and_carries_its_proof_and_reasons(planned) -> None:
    plan = planned.plan
    assert plan.state == "draft" and not Membership.objects.exists() and not Posting.objects.exists()
    assert plan.bound <= plan.cost and plan.gap < 0.01 and plan.made_at == planned.campaign.cutoff
    assert sum(plan.parts.values()) == pytest.approx(plan.cost, abs=0.01)
    seat = plan.seats.get(official__name="丁")
    assert (seat.team.number, seat.skill, seat.why["code"]) == ("市01", "agriculture", "skill")
    assert "农业技术" in reason(seat.why)
    assert plan.seats.get(official__name="乙").team.number == "省01"


def test_approval_makes_it_run_and_one_undo_takes_it_back(planned) -> None:
    plans.approve(planned.office, planned.plan)
    assert seats() == {
        "甲": ("省01", True), "乙": ("省01", False), "丙": ("市01", True), "丁": ("市01", False), "戊": ("市02", True),
        "己": ("市02", False),
    }  # fmt: skip
    assert posts()["茶村"] == "市01" and posts()["数厂"] == "市02"
    assert Posting.objects.first().since == date(2020, 3, 20)
    assert Team.objects.get(number="市01").lat is not None
    with pytest.raises(RuleBroken):
        plans.approve(planned.office, planned.plan)
    changes.undo(planned.office, planned.campaign)
    assert seats() == {} and posts() == {} and Team.objects.get(number="市01").lat is None
    with pytest.raises(RuleBroken):
        changes.undo(planned.office, planned.campaign)
    assert list(DispatchChange.objects.values_list("kind", flat=True)) == ["undo", "approve"]


def test_planning_again_changes_nothing_without_a_cause(planned) -> None:
    plans.approve(planned.office, planned.plan)
    again = plans.solve(planned.office, planned.campaign, time_limit=5, seed=9)
    assert differences.of(again).parts == []
    Membership.objects.filter(official__name="己").delete()
    third = differences.shown(plans.solve(planned.office, planned.campaign, time_limit=5))
    moves_ = [move for part in third.parts for move in part.moves]
    assert [(move.subject.name, move.before, move.after.number) for move in moves_] == [("己", None, "市02")]
    assert third.leaving == [] and third.sites == 0


def test_a_plan_is_stale_after_a_move_and_other_drafts_are_put_away(planned) -> None:
    other = plans.solve(planned.office, planned.campaign, time_limit=5)
    plans.approve(planned.office, planned.plan)
    other.refresh_from_db()
    assert other.state == "discarded"
    late = plans.solve(planned.office, planned.campaign, time_limit=5)
    moves.lock(planned.office, planned.campaign, planned.people["丁"], True)
    with pytest.raises(Stale):
        plans.approve(planned.office, late)
    plans.discard(planned.office, late)
    late.refresh_from_db()
    assert late.state == "discarded"


def test_locks_hold_against_the_solver(planned) -> None:
    plans.approve(planned.office, planned.plan)
    office, campaign = planned.office, planned.campaign
    moves.move(office, campaign, planned.people["丁"], planned.teams["市02"], expected=planned.teams["市01"].pk)
    moves.lock(office, campaign, planned.people["丁"], True)
    again = plans.solve(office, campaign, time_limit=5)
    assert again.seats.get(official__name="丁").team.number == "市02"
    assert again.seats.get(official__name="丁").why["code"] == "locked"


def test_a_site_that_moves_ends_its_posting_and_begins_another(planned) -> None:
    plans.approve(planned.office, planned.plan)
    Campaign.objects.update(cutoff=planned.campaign.cutoff.replace(day=25))
    campaign = Campaign.objects.get()
    moves.move(
        planned.office, campaign, planned.sites["海村"], planned.teams["市01"], expected=planned.teams["市02"].pk
    )
    history = Posting.objects.filter(site__name="海村").order_by("since").values_list("team__number", "since", "until")
    assert list(history) == [
        ("市02", date(2020, 3, 20), date(2020, 3, 25)),
        ("市01", date(2020, 3, 25), None),
    ]


def test_the_policy_holds_for_every_verb(planned) -> None:
    for verb in (
        lambda: plans.solve(planned.leader, planned.campaign, time_limit=1),
        lambda: plans.approve(planned.leader, planned.plan),
        lambda: plans.discard(planned.leader, planned.plan),
        lambda: changes.undo(planned.leader, planned.campaign),
        lambda: pricing.preview(planned.leader, planned.campaign, [planned.people["丁"]], planned.teams["市01"]),
        lambda: moves.lock(planned.leader, planned.campaign, planned.people["丁"], True),
        lambda: moves.move(
            planned.leader, planned.campaign, planned.people["丁"], planned.teams["市01"], expected=None
        ),
    ):
        with pytest.raises(NotAllowed):
            verb()
    assert DispatchPlan.objects.get().state == "draft" and not DispatchChange.objects.exists()


def test_what_stops_the_solver_is_said_and_nothing_is_kept(field) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int, words: str) -> None:
        raise Stop

    with pytest.raises(Stop):
        plans.solve(field.office, field.campaign, time_limit=5, progress=stop)
    Team.objects.all().delete()
    with pytest.raises(RuleBroken):
        plans.solve(field.office, field.campaign, time_limit=5)
    assert not DispatchPlan.objects.exists()
