"""Recording a visit: what it brings, what is refused, and that twice counts once."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from sijin.dispatch.models import Posting
from sijin.ledger.models import Need
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.visits import domain
from sijin.visits.models import PlannedVisit, Visit, VisitPhoto
from tests.conftest import at
from tests.visits.sendings import photo


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def recorded(world, by="team_member", **facts) -> Visit:
    """Record a visit of the first team to the first site."""
    facts = {"client_uuid": uuid.uuid4(), "said": "谈了复工", "took_nothing": True} | facts
    return domain.record(world.accounts[by], world.teams[0], world.sites[0], **facts)


def test_findings_become_needs_with_class_items_and_time(world) -> None:
    item = {"kind": "labor", "item": "焊工", "quantity": Decimal(3), "unit": "人"}
    visit = recorded(
        world,
        at=at(3, 5, 9),
        findings=[
            {"title": "缺工", "text": "招不到", "category": "labor", "klass": 2, "items": [item]},
            {"title": "缺土"},
        ],
    )
    first, second = visit.needs.order_by("number")
    assert (first.title, first.klass, first.category, first.raised_at) == ("缺工", 2, "labor", at(3, 5, 9))
    assert list(first.items.values_list("item", "quantity", "unit")) == [("焊工", Decimal(3), "人")]
    assert (second.klass, second.state, second.door) == (None, "found", "enterprise")


def test_the_same_uuid_counts_once_and_says_whether_it_differs(world) -> None:
    key = uuid.uuid4()
    facts = {"client_uuid": key, "findings": [{"title": "缺工"}], "photos": [("a.jpg", photo())]}
    first = recorded(world, **facts)
    again = recorded(world, **facts)
    other = recorded(world, **{**facts, "said": "另一番话"})
    assert (first.arrival, again.arrival, other.arrival) == ("new", "again", "differing")
    assert {first.pk, again.pk, other.pk} == {first.pk}
    assert (Visit.objects.get().said, Need.objects.count(), VisitPhoto.objects.count()) == ("谈了复工", 3, 1)


def test_a_uuid_of_someone_else_is_not_given_out(world) -> None:
    key = uuid.uuid4()
    recorded(world, client_uuid=key)
    with pytest.raises(NotAllowed):
        domain.record(world.other, world.teams[1], world.sites[1], client_uuid=key, took_nothing=True)


def test_what_fails_leaves_nothing(world) -> None:
    before = Need.objects.count()
    with pytest.raises(RuleBroken) as refusal:
        recorded(world, findings=[{"title": "缺工"}, {"title": " "}])
    assert refusal.value.facts["finding"] == 1
    with pytest.raises(RuleBroken) as refusal:
        recorded(world, findings=[{"title": "缺工"}], photos=[("报告.jpg", b"MZ\x90\x00" * 20)])
    assert refusal.value.facts["field"] == "photos" and "报告.jpg" in refusal.value.message
    assert (Visit.objects.count(), Need.objects.count()) == (0, before)


def test_what_was_taken_is_refused_by_the_database_too(world) -> None:
    with pytest.raises(RuleBroken) as refusal:
        recorded(world, took_nothing=False)
    assert refusal.value.facts["field"] == "took_nothing"
    visit = recorded(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(took_nothing=False)


@pytest.mark.parametrize(
    ("when", "reason", "field"),
    [
        (at(3, 5, 11), "", "at"),  # the campaign stands at 10:00
        (at(3, 3), "没有信号", "at"),  # before it began
        (at(3, 4), "", "late_reason"),
        (at(3, 4), "  ", "late_reason"),
        (at(3, 4), "没有信号", None),
        (at(3, 5, 9), "", None),
    ],
)
def test_the_time_must_be_believable(world, when, reason, field) -> None:
    if field is None:
        assert recorded(world, at=when, late_reason=reason).late_reason == reason
        return
    with pytest.raises(RuleBroken) as refusal:
        recorded(world, at=when, late_reason=reason)
    assert refusal.value.facts["field"] == field


def test_too_long_ago_is_for_a_note(world) -> None:
    world.campaign.cutoff = at(3, 15)
    world.campaign.save()
    world.teams[0].refresh_from_db()
    recorded(world, at=at(3, 8), late_reason="没有信号")
    with pytest.raises(RuleBroken):
        recorded(world, at=at(3, 7), late_reason="没有信号")


def test_two_teams_at_one_site_on_one_day_never_go_unsaid(world) -> None:
    recorded(world, at=at(3, 5, 9))
    Posting.objects.filter(site=world.sites[0]).update(until="2020-03-05")
    Posting.objects.create(team=world.teams[1], site=world.sites[0], since="2020-03-05")
    facts = {"client_uuid": uuid.uuid4(), "took_nothing": True}
    with pytest.raises(RuleBroken) as refusal:
        domain.record(world.other, world.teams[1], world.sites[0], **facts)
    assert "第0组" in refusal.value.message and "09:00" in refusal.value.message
    kept = domain.record(world.other, world.teams[1], world.sites[0], same_day_reason="企业请求", **facts)
    assert kept.same_day_reason == "企业请求"


def test_a_planned_visit_of_another_team_is_named_too(world) -> None:
    office = world.accounts["campaign_office"]
    day = at(3, 5).date()
    _own, others = domain.plan(world.accounts["team_leader"], world.teams[0], world.sites[0], day)
    assert others == []
    _theirs, others = domain.plan(office, world.teams[1], world.sites[0], day)
    assert [other.team for other in others] == [world.teams[0]]
    with pytest.raises(RuleBroken) as refusal:
        recorded(world)
    assert refusal.value.facts["field"] == "same_day_reason" and "第1组" in refusal.value.message
    recorded(world, same_day_reason="分头")
    assert list(PlannedVisit.objects.values_list("team", flat=True)) == [world.teams[1].pk]
    clash = domain.clashes(office, world.campaign, day, day)
    assert [(row["site"].pk, len(row["rows"])) for row in clash] == [(world.sites[0].pk, 2)]


def test_a_plan_opens_the_site_to_the_team_and_cancelling_shuts_it(world) -> None:
    office, day = world.accounts["campaign_office"], at(3, 5).date()
    with pytest.raises(NotAllowed):
        domain.record(world.other, world.teams[1], world.sites[0], client_uuid=uuid.uuid4(), took_nothing=True)
    planned, _others = domain.plan(office, world.teams[1], world.sites[0], day)
    assert world.sites[0].pk in [stop.site.pk for stop in domain.today(world.other, world.campaign).stops]
    with pytest.raises(NotAllowed):
        domain.cancel(world.accounts["team_member"], planned)
    domain.cancel(world.other, planned)
    with pytest.raises(NotAllowed):
        domain.record(world.other, world.teams[1], world.sites[0], client_uuid=uuid.uuid4(), took_nothing=True)


@pytest.mark.parametrize("days", [-1, 61])
def test_a_plan_is_for_the_coming_days(world, days: int) -> None:
    with pytest.raises(RuleBroken):
        domain.plan(
            world.accounts["team_leader"], world.teams[0], world.sites[0], at(3, 5).date() + timedelta(days=days)
        )


def test_only_members_of_the_team_take_part(world) -> None:
    own, stranger = world.accounts["team_leader"].official, world.other.official
    assert list(recorded(world, participants=[own]).participants.all()) == [own]
    with pytest.raises(RuleBroken):
        recorded(world, participants=[own, stranger])


def test_photos_lose_their_metadata_and_the_same_one_counts_once(world) -> None:
    visit = recorded(world, photos=[("a.jpg", photo()), ("again.jpg", photo()), ("b.jpg", photo("blue"))])
    kept = [row.file.read() for row in visit.photos.all()]
    assert b"SECRET-CAMERA" in photo()
    assert len(kept) == 2 and not any(b"SECRET-CAMERA" in content for content in kept)
    with pytest.raises(RuleBroken):
        domain.add_photo(world.accounts["team_member"], visit, "a.pdf", b"%PDF-1.4 x")


def test_amending_keeps_what_stood_there_and_refuses_stale_hands(world) -> None:
    member = world.accounts["team_member"]
    visit = recorded(world, findings=[{"title": "缺工"}])
    changed = domain.amend(member, visit, version=1, said="谈了贷款", findings=[{"title": "缺钱"}])
    assert (changed.version, changed.needs.count()) == (2, 2)
    assert changed.corrections.get().change["said"] == ["谈了复工", "谈了贷款"]
    assert domain.listed(member, world.campaign, q="贷款").count() == 1
    with pytest.raises(Stale) as refusal:
        domain.amend(member, visit, version=1, said="谈了税")
    assert refusal.value.facts["diff"]["said"] == ["谈了复工", "谈了贷款"]
    assert Visit.objects.get().said == "谈了贷款"


def test_only_the_recorder_amends_and_only_for_a_day_then_notes_follow(world) -> None:
    member, leader = world.accounts["team_member"], world.accounts["team_leader"]
    visit = recorded(world)
    with pytest.raises(NotAllowed):
        domain.amend(leader, visit, version=1, said="改")
    Visit.objects.filter(pk=visit.pk).update(recorded_at=at(3, 4, 9))
    with pytest.raises(RuleBroken):
        domain.amend(member, visit, version=1, said="改")
    with pytest.raises(NotAllowed):
        domain.add_note(world.other, visit, "别人的话")
    domain.add_note(leader, visit, "实为下午")
    assert visit.corrections.get().note == "实为下午" and Visit.objects.get().said == "谈了复工"


def test_the_traditional_script_finds_the_simplified(world) -> None:
    recorded(world, said="企業負責人談復工", met="負責人")
    found = domain.listed(world.accounts["team_member"], world.campaign, q="负责人谈复工")
    assert found.get().said == "企業負責人談復工"


def test_half_a_position_is_none(world) -> None:
    assert (recorded(world, lat=37.5).lat, recorded(world, lat=37.5, lon=122.0).lon) == (None, 122.0)


def test_nobody_else_visits_where_the_team_does_not_go(world) -> None:
    with pytest.raises(NotAllowed):
        recorded(world, by="campaign_office")
    with pytest.raises(NotAllowed):
        domain.record(
            world.accounts["team_leader"], world.teams[0], world.sites[1], client_uuid=uuid.uuid4(), took_nothing=True
        )
