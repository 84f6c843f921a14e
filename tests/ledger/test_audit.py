"""What is written stays, and what does not fit is named."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from sijin.ledger import triggers
from sijin.ledger.domain.audit import audit
from sijin.ledger.models import Event, Need
from tests.conftest import at
from tests.ledger.lives import answered, handed_over, in_progress


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.parametrize("change", ["update", "delete"])
def test_events_cannot_be_changed_even_by_sql(world, change: str) -> None:
    event = Event.objects.filter(need=world.need)
    with pytest.raises(DatabaseError), transaction.atomic():
        event.update(note="x") if change == "update" else event._raw_delete("default")
    assert list(audit()) == []


def test_audit_sees_a_state_changed_behind_the_chain(world) -> None:
    Need.objects.filter(pk=world.need.pk).update(state="handed_over")
    assert [fault["need"] for fault in audit()] == [world.need.pk]


class TestAudit:
    """What does not fit is named, whichever way it was done."""

    def faults(self) -> list[str]:
        return [fault["fault"] for fault in audit()]

    def test_a_head_that_is_not_the_chains(self, world) -> None:
        Need.objects.filter(pk=world.need.pk).update(head="0" * 64)
        assert self.faults() == ["the chain does not end where the need says"]

    def test_a_clock_that_is_not_the_chains(self, world) -> None:
        need = handed_over(world)
        need.clock[0][1] = "2020-03-20"
        Need.objects.filter(pk=need.pk).update(clock=need.clock)
        assert self.faults() == ["the clock differs from the chain"]

    def test_a_need_without_events(self, world) -> None:
        copy = Need.objects.get(pk=world.need.pk)
        copy.pk, copy.number, copy.client_uuid = None, "x", uuid.uuid4()
        copy.save()
        assert self.faults() == ["need without events"]

    def test_changed_content_a_cut_link_and_a_missing_event(self, world) -> None:
        need = in_progress(world)
        triggers.remove(connection)
        rows = list(need.events.order_by("sequence"))
        Event.objects.filter(pk=rows[0].pk).update(note="x")
        Event.objects.filter(pk=rows[2].pk).delete()
        Event.objects.filter(pk=rows[3].pk).update(previous="0" * 64)
        found = self.faults()
        triggers.install(connection)
        assert {
            "content was changed",
            "event missing",
            "link to the event before is cut",
            "the database does not guard its rows: trigger ledger_event_no_delete is missing",
        } <= set(found)

    def test_progress_counts_to_the_whole(self, world) -> None:
        answered(world)
        heard = []
        assert list(audit(lambda done, total: heard.append((done, total)))) == []
        assert heard[-1] == (Event.objects.count() + 1, Event.objects.count() + 1)


@pytest.mark.parametrize(
    "change", [{"unit_id": 2}, {"leads": False}, {"given_at": at(3, 1)}, {"given_by_id": 1}, {"kind": "on"}]
)
def test_a_hand_over_stays_what_it_was(world, change) -> None:
    rows = handed_over(world).hand_overs.all()
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows._raw_delete("default")
    assert rows.update(received_at=at(3, 6)) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_events_cannot_be_truncated(world) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE ledger_event CASCADE")
