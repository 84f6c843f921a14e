"""A need's life: found to closed, by three pairs of hands, with evidence and the served party's word."""

import io
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from PIL import Image

from sijin.ledger.domain import clock, evidence, needs
from sijin.ledger.domain.events import audit
from sijin.ledger.models import Event, Evidence, Need, NeedItem
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from tests.conftest import at


def photo() -> bytes:
    """Return a JPEG with EXIF data in it."""
    image, kept = Image.new("RGB", (80, 60), "red"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    image.save(kept, "JPEG", exif=exif)
    return kept.getvalue()


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def answered(world, need: Need | None = None) -> Need:
    """Drive the need to where it waits for verification."""
    office, handler = world.accounts["campaign_office"], world.accounts["department_handler"]
    need = needs.apply(need or world.need, "hand_over", office, klass=2, lead_unit=world.units[0], at=at(3, 5))
    need = needs.apply(need, "receive", handler, at=at(3, 6))
    need = needs.apply(need, "carry_out", handler, measure="协调", at=at(3, 7))
    evidence.add(need, handler, "a.jpg", photo(), verb="answer")
    return needs.apply(need, "answer", handler, note="已办", at=at(3, 9))


def test_the_whole_way_to_closed(world) -> None:
    need = answered(world)
    assert need.due.isoformat() == "2020-03-26"
    need = needs.apply(need, "verify", world.accounts["team_leader"], note="看过", at=at(3, 10))
    token = needs.confirm_link(need, world.accounts["team_leader"], at=at(3, 10))
    need = needs.confirm_by_link(token, "satisfied", "谢谢", at=at(3, 11))
    need = needs.apply(need, "close", world.accounts["campaign_office"], at=at(3, 12))
    assert (need.state, need.look_back_on.isoformat()) == ("closed", "2020-04-11")
    assert clock.light(need, need.due) == "done"
    assert list(audit()) == []
    with pytest.raises(RuleBroken):
        needs.confirm_by_link(token, "satisfied")


def test_no_answer_without_evidence(world) -> None:
    office, handler = world.accounts["campaign_office"], world.accounts["department_handler"]
    need = needs.apply(world.need, "hand_over", office, klass=2, lead_unit=world.units[0])
    need = needs.apply(need, "receive", handler)
    need = needs.apply(need, "carry_out", handler, measure="协调")
    with pytest.raises(RuleBroken):
        needs.apply(need, "answer", handler, note="已办")
    assert Need.objects.get(pk=need.pk).state == "in_progress"


def test_dissatisfaction_forbids_closing_and_the_second_calls_supervision(world) -> None:
    office, leader, handler = (world.accounts[r] for r in ("campaign_office", "team_leader", "department_handler"))
    need = answered(world)
    for round_ in (1, 2):
        need = needs.apply(need, "verify", leader, note="看过")
        need = needs.confirm_by_link(needs.confirm_link(need, leader), "dissatisfied")
        assert (need.dissatisfied, need.supervised_at is not None) == (round_, round_ == 2)
        with pytest.raises(RuleBroken):
            needs.apply(need, "close", office)
        need = needs.apply(need, "redo", office, note="重办")
        if round_ == 1:
            need = needs.apply(need, "answer", handler, note="再办")


def test_who_handled_cannot_verify(world) -> None:
    need = answered(world)
    leader = world.accounts["team_leader"]
    Need.objects.filter(pk=need.pk).update(answered_by=leader)
    with pytest.raises(NotAllowed):
        needs.apply(need, "verify", leader, note="看过")
    with pytest.raises(DatabaseError), transaction.atomic():
        Need.objects.filter(pk=need.pk).update(verified_by=leader)


def test_part_of_what_was_asked_for_keeps_it_open(world) -> None:
    item = NeedItem.objects.create(need=world.need, kind="goods", item="电脑", unit="台", quantity=2)
    need = needs.apply(answered(world), "verify", world.accounts["team_leader"], note="看过")
    need = needs.confirm_by_link(needs.confirm_link(need, world.accounts["team_leader"]), "satisfied")
    need = needs.apply(need, "take_in", world.accounts["team_leader"], item=item, quantity=Decimal(1))
    with pytest.raises(RuleBroken):
        needs.apply(need, "close", world.accounts["campaign_office"])
    with pytest.raises(RuleBroken):
        needs.apply(need, "take_in", world.accounts["team_leader"], item=item, quantity=Decimal(2))
    need = needs.apply(need, "take_in", world.accounts["team_leader"], item=item, quantity=Decimal(1))
    assert needs.apply(need, "close", world.accounts["campaign_office"]).state == "closed"


def test_stale_writes_are_refused(world) -> None:
    office = world.accounts["campaign_office"]
    needs.apply(world.need, "classify", office, klass=2, version=1)
    with pytest.raises(Stale):
        needs.apply(world.need, "classify", office, klass=3, version=1)
    assert Need.objects.get(pk=world.need.pk).klass == 2


def test_a_pause_moves_the_deadline_and_holds_the_light(world) -> None:
    office, handler = world.accounts["campaign_office"], world.accounts["department_handler"]
    need = needs.apply(world.need, "hand_over", office, klass=2, lead_unit=world.units[0], at=at(3, 5))
    need = needs.apply(need, "pause", handler, note="等材料", at=at(3, 9))
    assert clock.light(need, need.due) == "held"
    need = needs.apply(need, "resume", handler, note="材料到", at=at(3, 11))
    assert need.due.isoformat() == "2020-03-30"


def test_raising_twice_counts_once(world) -> None:
    again = needs.raise_need(
        world.accounts["team_leader"], world.teams[0], world.sites[0], "x", client_uuid=world.need.client_uuid
    )
    assert again.pk == world.need.pk and Need.objects.count() == 2


@pytest.mark.parametrize("change", ["update", "delete"])
def test_events_cannot_be_changed_even_by_sql(world, change: str) -> None:
    event = Event.objects.filter(need=world.need)
    with pytest.raises(DatabaseError), transaction.atomic():
        event.update(note="x") if change == "update" else event._raw_delete("default")
    assert list(audit()) == []


def test_audit_sees_a_state_changed_behind_the_chain(world) -> None:
    Need.objects.filter(pk=world.need.pk).update(state="handed_over")
    assert [fault["need"] for fault in audit()] == [world.need.pk]


def test_images_lose_their_metadata_and_programs_are_refused(world) -> None:
    kept = evidence.add(world.need, world.accounts["team_leader"], "p.jpg", photo())
    assert b"SECRET-CAMERA" in photo() and b"SECRET-CAMERA" not in kept.file.read()
    with pytest.raises(RuleBroken):
        evidence.add(world.need, world.accounts["team_leader"], "invoice.pdf", b"MZ\x90\x00" + b"0" * 500)
    assert Evidence.objects.count() == 1
