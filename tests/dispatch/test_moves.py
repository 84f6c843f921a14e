"""Moves by hand: priced before they are made, refused when stale or locked, undone in turn."""

import pytest

from sijin.dispatch.domain import changes, moves, plans
from sijin.dispatch.domain.rules import checks
from sijin.dispatch.models import Membership, Posting
from sijin.people.refusals import RuleBroken, Stale


@pytest.fixture
def running(field):
    plans.approve(field.office, plans.solve(field.office, field.campaign, time_limit=5))
    return field


def total(campaign) -> float:
    """Price all teams as they stand."""
    ground = moves.Field(campaign)
    return sum(sum(ground.standing(team).values()) for team in ground.teams.values())


def test_a_move_costs_what_the_preview_said(running) -> None:
    tea, target = running.people["丁"], running.teams["市02"]
    seen = moves.preview(running.office, running.campaign, tea, target)
    assert {finding.code for finding in seen.appear} == {"short", "skills"} and not seen.forbidden
    before = total(running.campaign)
    moves.move(running.office, running.campaign, tea, target, expected=running.teams["市01"].pk, reason="临时支援")
    assert total(running.campaign) - before == pytest.approx(sum(seen.parts.values()), abs=0.05)
    member = Membership.objects.get(official=tea)
    assert (member.team.number, member.by_hand, member.reason) == ("市02", True, "临时支援")
    site = running.sites["海村"]
    seen = moves.preview(running.office, running.campaign, site, running.teams["市01"])
    before = total(running.campaign)
    moves.move(running.office, running.campaign, site, running.teams["市01"], expected=target.pk)
    assert total(running.campaign) - before == pytest.approx(sum(seen.parts.values()), abs=0.05)
    assert seen.km == Posting.objects.get(site=site, until=None).kilometres > 20


def test_undo_takes_changes_back_one_after_the_other(running) -> None:
    office, campaign, tea = running.office, running.campaign, running.people["丁"]
    moves.move(office, campaign, tea, running.teams["市02"], expected=running.teams["市01"].pk)
    moves.move(office, campaign, tea, None, expected=running.teams["市02"].pk)
    assert not Membership.objects.filter(official=tea).exists()
    changes.undo(office, campaign)
    assert Membership.objects.get(official=tea).team.number == "市02"
    changes.undo(office, campaign)
    assert Membership.objects.get(official=tea).team.number == "市01" and Membership.objects.get(official=tea).why


def test_what_was_moved_meanwhile_or_is_locked_stays(running) -> None:
    office, campaign, tea = running.office, running.campaign, running.people["丁"]
    with pytest.raises(Stale):
        moves.move(office, campaign, tea, running.teams["市02"], expected=running.teams["省01"].pk)
    moves.lock(office, campaign, tea, True)
    with pytest.raises(RuleBroken):
        moves.move(office, campaign, tea, running.teams["市02"], expected=running.teams["市01"].pk)
    moves.lock(office, campaign, tea, False)
    with pytest.raises(RuleBroken):
        moves.move(office, campaign, tea, running.teams["市01"], expected=running.teams["市01"].pk)
    assert Membership.objects.get(official=tea).team.number == "市01"


def test_the_lead_passes_to_another_member(running) -> None:
    member = Membership.objects.get(official__name="丁")
    moves.lead(running.office, member)
    assert Membership.objects.get(leads=True, team__number="市01").official.name == "丁"
    assert {f.code for f in checks(running.campaign).by_team[running.teams["市01"].pk]} >= {"cannot_lead"}
    changes.undo(running.office, running.campaign)
    assert Membership.objects.get(leads=True, team__number="市01").official.name == "丙"


def test_the_best_fits_come_first_and_stay_within_the_level(running) -> None:
    moves.move(running.office, running.campaign, running.people["己"], None, expected=running.teams["市02"].pk)
    found = moves.fits(running.office, running.campaign, running.people["己"])
    assert [seen.target.number for seen in found] == ["市02", "市01"] and found[0].cost < 0 < found[1].cost
    moves.move(running.office, running.campaign, running.people["乙"], None, expected=running.teams["省01"].pk)
    assert [seen.target.number for seen in moves.fits(running.office, running.campaign, running.people["乙"])] == [
        "省01"
    ]
