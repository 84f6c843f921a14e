"""Moves by hand: priced before they are made, refused when stale or locked, undone in turn."""

import pytest

from sijin.dispatch.domain import changes, moves, plans, pricing
from sijin.dispatch.domain.findings import checks
from sijin.dispatch.models import Membership, Posting
from sijin.people.refusals import RuleBroken, Stale


@pytest.fixture
def running(field):
    plans.approve(field.office, plans.solve(field.office, field.campaign, time_limit=5))
    return field


def total(campaign) -> float:
    """Price all teams as they stand."""
    ground = pricing.Field(campaign)
    return sum(sum(ground.standing(team).values()) for team in ground.teams.values())


def test_a_move_costs_what_the_preview_said(running) -> None:
    tea, target = running.people["丁"], running.teams["市02"]
    seen = pricing.preview(running.office, running.campaign, [tea], target)
    assert {finding.code for finding in seen.appear} == {"short", "skills"} and not seen.forbidden
    before = total(running.campaign)
    moves.move(running.office, running.campaign, tea, target, expected=running.teams["市01"].pk, reason="临时支援")
    assert total(running.campaign) - before == pytest.approx(sum(seen.parts.values()), abs=0.05)
    member = Membership.objects.get(official=tea)
    assert (member.team.number, member.by_hand, member.reason) == ("市02", True, "临时支援")
    site = running.sites["海村"]
    seen = pricing.preview(running.office, running.campaign, [site], running.teams["市01"])
    before = total(running.campaign)
    moves.move(running.office, running.campaign, site, running.teams["市01"], expected=target.pk)
    assert total(running.campaign) - before == pytest.approx(sum(seen.parts.values()), abs=0.05)
    assert seen.km == Posting.objects.get(site=site, until=None).kilometres > 20


def test_several_move_together_at_the_price_that_was_said(running) -> None:
    office, campaign, target = running.office, running.campaign, running.teams["市02"]
    subjects = [running.people["丙"], running.people["丁"], running.sites["茶村"]]
    alone = [pricing.preview(office, campaign, [subject], target).cost for subject in subjects]
    seen = pricing.preview(office, campaign, subjects, target)
    assert seen.cost != pytest.approx(sum(alone), abs=1)  # they are priced together, not one by one
    before, source = total(campaign), running.teams["市01"].pk
    change = moves.move_all(office, campaign, [(subject, source) for subject in subjects], target, reason="支援")
    assert total(campaign) - before == pytest.approx(sum(seen.parts.values()), abs=0.05)
    assert change.subject == "丙、丁、茶村 → 市02"
    assert Membership.objects.filter(team=target, leads=True).count() == 1
    assert Posting.objects.get(site=running.sites["茶村"], until=None).team == target
    changes.undo(office, campaign)
    assert total(campaign) == pytest.approx(before, abs=0.05)


def test_one_that_is_stale_or_locked_stops_all(running) -> None:
    office, campaign, target = running.office, running.campaign, running.teams["市02"]
    source = running.teams["市01"].pk
    with pytest.raises(Stale):
        moves.move_all(office, campaign, [(running.people["丁"], source), (running.people["丙"], None)], target)
    moves.lock_all(office, campaign, [running.people["丁"], running.sites["茶村"]], True)
    with pytest.raises(RuleBroken, match="丁"):
        moves.move_all(office, campaign, [(running.people["丁"], source), (running.people["丙"], source)], target)
    assert not Membership.objects.filter(team=target, official__name__in=["丙", "丁"]).exists()


def test_undoing_a_lock_keeps_the_day_since_when_a_team_is_responsible(running) -> None:
    posting = Posting.objects.get(site=running.sites["茶村"], until=None)
    Posting.objects.filter(pk=posting.pk).update(since="2020-03-05")
    moves.lock(running.office, running.campaign, running.sites["茶村"], True)
    assert Posting.objects.get(pk=posting.pk).locked
    changes.undo(running.office, running.campaign)
    kept = Posting.objects.get(site=running.sites["茶村"])
    assert (kept.pk, kept.locked, str(kept.since), kept.until) == (posting.pk, False, "2020-03-05", None)


def test_all_teams_are_priced_as_one_by_one(running) -> None:
    teams = [running.teams["市01"], running.teams["市02"], running.teams["省01"]]
    person = running.people["丁"]
    found = pricing.prices(running.office, running.campaign, [person], teams)
    assert found[0].forbidden and found[0].cost == 0
    for team, seen in zip(teams[1:], found[1:], strict=True):
        assert seen.cost == pricing.preview(running.office, running.campaign, [person], team).cost


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
    found = pricing.fits(running.office, running.campaign, running.people["己"])
    assert [seen.target.number for seen in found] == ["市02", "市01"] and found[0].cost < 0 < found[1].cost
    moves.move(running.office, running.campaign, running.people["乙"], None, expected=running.teams["省01"].pk)
    assert [seen.target.number for seen in pricing.fits(running.office, running.campaign, running.people["乙"])] == [
        "省01"
    ]
