"""The chain of units: lead and co-handlers, sending back, handing on and back, the province."""

import pytest

from sijin.ledger.domain import needs
from sijin.ledger.models import HandOver, Need
from sijin.people.models import Unit
from sijin.people.policy import visible
from sijin.people.refusals import NotAllowed, RuleBroken
from tests.conftest import at
from tests.ledger.lives import handed_over, handler_of, in_progress


@pytest.fixture
def quanzhou(world):
    """The world under the rules of Quanzhou."""
    world.campaign.profile = "quanzhou-2022"
    world.campaign.save()
    return world


def test_lead_and_co_handlers_have_their_own_deadlines(quanzhou) -> None:
    handed_over(quanzhou, co_units=[quanzhou.units[1], quanzhou.units[2], quanzhou.units[0]])
    rows = HandOver.objects.order_by("pk").values_list("unit__code", "leads", "due")
    due = at(3, 10).date()  # three working days after Thursday
    assert list(rows) == [("u0", True, None), ("u1", False, due), ("u2", False, due)]


def test_a_co_handler_answers_for_its_own_unit_once(world) -> None:
    handed_over(world, co_units=[world.units[1]])
    helper, stranger = handler_of(world.units[1]), handler_of(world.units[2])
    with pytest.raises(NotAllowed):
        needs.apply(world.need, "co_answer", stranger, note="x")
    with pytest.raises(NotAllowed):  # the lead unit is no co-handler
        needs.apply(world.need, "co_answer", world.accounts["department_handler"], note="x")
    need = needs.apply(world.need, "co_answer", helper, note="可提供场地", at=at(3, 6))
    row = need.hand_overs.get(unit=world.units[1])
    assert (row.answer, row.answered_by, need.state) == ("可提供场地", helper, "handed_over")
    with pytest.raises(RuleBroken):
        needs.apply(need, "co_answer", helper, note="再说")
    for verb in ("receive", "pause", "send_back"):  # what the lead unit does, a helper may not
        with pytest.raises(NotAllowed):
            needs.apply(need, verb, helper, note="x")


def test_sending_back_is_in_time_with_a_reason_and_then_final(world) -> None:
    office, handler = world.accounts["campaign_office"], world.accounts["department_handler"]
    with pytest.raises(RuleBroken):  # two working days after 5 March are over on the 10th
        needs.apply(handed_over(world), "send_back", handler, note="不归我们", at=at(3, 10))
    need = needs.apply(world.need, "send_back", handler, note="不归我们", at=at(3, 9))
    assert (need.state, need.lead_unit, need.due) == ("found", None, None)
    need = needs.apply(need, "hand_over", office, klass=2, lead_unit=world.units[0], at=at(3, 9))
    need = needs.apply(need, "send_back", handler, note="仍不归我们", at=at(3, 10))
    need = needs.apply(need, "hand_over", office, klass=2, lead_unit=world.units[0], at=at(3, 10))
    with pytest.raises(RuleBroken, match="2"):
        needs.apply(need, "send_back", handler, note="第三次", at=at(3, 11))


def test_in_quanzhou_one_objection_within_a_day_is_decided_and_final(quanzhou) -> None:
    office, handler = quanzhou.accounts["campaign_office"], quanzhou.accounts["department_handler"]
    need = handed_over(quanzhou)
    with pytest.raises(RuleBroken):
        needs.apply(need, "send_back", handler, note="x", at=at(3, 9))
    need = needs.apply(need, "send_back", handler, note="x", at=at(3, 6))
    need = needs.apply(need, "hand_over", office, klass=2, lead_unit=quanzhou.units[0], at=at(3, 6))
    with pytest.raises(RuleBroken):
        needs.apply(need, "send_back", handler, note="x", at=at(3, 6))


def test_handed_on_the_deadline_runs_on_and_the_chain_is_kept(world) -> None:
    handler, county = world.accounts["department_handler"], handler_of(world.units[1])
    need = in_progress(world)
    due = need.due
    need = needs.apply(need, "hand_on", handler, lead_unit=world.units[1], note="请就近办理", at=at(3, 9))
    assert (need.state, need.lead_unit, need.due, need.receive_due) == (
        "handed_over",
        world.units[1],
        due,
        at(3, 10).date(),
    )
    assert visible(handler, Need).filter(pk=need.pk).exists()  # it stays in the chain and in sight
    with pytest.raises(NotAllowed):
        needs.apply(need, "receive", handler)
    with pytest.raises(RuleBroken):  # the office did not give it to this unit
        needs.apply(need, "send_back", county, note="x", at=at(3, 9))
    with pytest.raises(RuleBroken):  # no circles
        needs.apply(
            needs.apply(need, "receive", county, at=at(3, 10)), "hand_on", county, lead_unit=world.units[0], note="x"
        )
    need = needs.apply(need, "hand_back", county, note="无此职能", at=at(3, 10))
    assert (need.state, need.lead_unit, need.due) == ("received", world.units[0], due)
    assert not visible(county, Need).filter(pk=need.pk).exists()
    with pytest.raises(RuleBroken):  # this one came from the office
        needs.apply(need, "hand_back", handler, note="x", at=at(3, 10))


class TestTheProvince:
    """Class 3 goes with its package to the team's home department."""

    @pytest.fixture
    def department(self, world) -> Unit:
        return Unit.objects.create(code="p1", name="省工信厅", level="province")

    def test_only_class_3_and_only_with_a_provincial_department(self, world, department) -> None:
        leader = world.accounts["team_leader"]
        with pytest.raises(RuleBroken):
            needs.apply(in_progress(world, 2), "escalate", leader, note="x", to_unit=department)
        need = needs.apply(world.need, "classify", world.accounts["campaign_office"], klass=3)
        with pytest.raises(RuleBroken) as refusal:
            needs.apply(need, "escalate", leader, note="需省里协调")  # the team has no home department
        assert refusal.value.facts["field"] == "to_unit"
        with pytest.raises(RuleBroken):
            needs.apply(need, "escalate", leader, note="x", to_unit=world.units[1])

    def test_the_home_department_sees_it_and_answers(self, world, department) -> None:
        leader, rear = world.accounts["team_leader"], handler_of(department)
        need = in_progress(world, 3)
        assert not visible(rear, Need).exists()
        need.team.unit = department
        need.team.save()
        need = needs.apply(need, "escalate", leader, note="需省里协调", at=at(3, 9))
        step = need.hand_overs.get(unit=department)
        assert (step.kind, step.leads, step.due, need.state) == ("escalated", False, at(3, 12).date(), "in_progress")
        assert list(visible(rear, Need)) == [need]
        need = needs.apply(need, "co_answer", rear, note="已协调海关", at=at(3, 11))
        assert need.hand_overs.get(unit=department).answer == "已协调海关"
        with pytest.raises(RuleBroken):
            needs.apply(need, "escalate", leader, note="再报")

    def test_a_handler_may_not_go_over_the_teams_head(self, world, department) -> None:
        need = in_progress(world, 3)
        with pytest.raises(NotAllowed):
            needs.apply(need, "escalate", world.accounts["department_handler"], note="x", to_unit=department)
