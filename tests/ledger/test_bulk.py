"""One verb on many needs: each is asked by itself, what is refused is named, nothing runs twice."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from sijin.ledger.domain import bulk, needs
from sijin.ledger.domain.events import audit
from sijin.ledger.domain.filters import Filter
from sijin.ledger.models import BulkAction, Event, HandOver, Need
from sijin.people.models import Job
from sijin.people.refusals import NotAllowed, RuleBroken
from tests.conftest import at
from tests.web.test_access import signed_in


def found(world, count: int) -> list[Need]:
    """Raise `count` needs of the first team."""
    leader = world.accounts["team_leader"]
    return [needs.raise_need(leader, world.teams[0], world.sites[0], f"缺工{n}", at=at(3, 5)) for n in range(count)]


def picked(rows: list[Need]) -> list[str]:
    return [f"{need.pk}:{need.version}" for need in rows]


def facts(world) -> dict[str, object]:
    return {"klass": 2, "lead_unit": world.units[0].pk, "co_units": [world.units[1].pk, world.units[2].pk]}


def choose(client: Client, verb: str, **given: object) -> str:
    """Send the bulk bar and return the address of the action's page."""
    return client.post("/ledger/bulk/", {"verb": verb, "back": "tab=all", **given}).headers["Location"]


def test_many_are_handed_over_with_lead_and_co_units(world) -> None:
    rows = found(world, 5)
    client = signed_in(world.accounts["campaign_office"])
    address = choose(client, "hand_over", pick=picked(rows))
    assert "交办：5 件" in client.get(address).content.decode()
    answer = client.post(address, facts(world), follow=True)
    assert "办成 5 件，未办成 0 件" in answer.content.decode()
    for need in Need.objects.filter(pk__in=[row.pk for row in rows]):
        assert (need.state, need.klass, need.lead_unit_id, need.version) == ("handed_over", 2, world.units[0].pk, 2)
        assert need.hand_overs.filter(leads=False).count() == 2
    assert Event.objects.filter(verb="hand_over").count() == 5
    assert list(audit()) == []


def test_what_is_refused_is_named_and_the_rest_is_done(world) -> None:
    office = world.accounts["campaign_office"]
    good, stale, wrong = found(world, 3)
    needs.apply(wrong, "hand_over", office, klass=2, lead_unit=world.units[1])
    wrong.refresh_from_db()
    client = signed_in(office)
    address = choose(client, "hand_over", pick=picked([good, stale, wrong]))
    needs.apply(stale, "classify", office, klass=3)
    page = client.get(address).content.decode()
    assert "其间别人改过" in page and "所处状态不能办" in page
    client.post(address, facts(world))
    page = client.get(address).content.decode()
    assert "办成 1 件，未办成 2 件" in page and "409" in page
    assert Need.objects.get(pk=good.pk).state == "handed_over"
    assert Need.objects.get(pk=stale.pk).state == "found"
    assert Need.objects.get(pk=wrong.pk).lead_unit == world.units[1]
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}refused/").content))
    cells = [cell.value for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert {stale.number, wrong.number} <= set(cells) and good.number not in cells


def test_all_of_the_filter_means_all_pages(world) -> None:
    rows = found(world, 45)
    client = signed_in(world.accounts["campaign_office"])
    address = choose(client, "hand_over", all="1", back="tab=all&q=缺工", pick=picked(rows[:2]))
    client.post(address, facts(world))
    assert Need.objects.filter(state="handed_over").count() == 45
    assert Need.objects.get(pk=world.need.pk).state == "found"


def test_a_second_confirmation_changes_nothing(world) -> None:
    rows = found(world, 2)
    client = signed_in(world.accounts["campaign_office"])
    address = choose(client, "hand_over", pick=picked(rows))
    client.post(address, facts(world))
    assert client.post(address, facts(world)).status_code == 409
    assert HandOver.objects.filter(leads=True).count() == 2


def test_a_form_with_an_error_is_shown_again_with_what_was_typed(world) -> None:
    client = signed_in(world.accounts["campaign_office"])
    address = choose(client, "hand_over", pick=picked(found(world, 1)))
    answer = client.post(address, {"klass": 2, "note": "请尽快办理"})
    assert answer.status_code == 422 and "请尽快办理" in answer.content.decode()
    same = {"klass": 2, "lead_unit": world.units[0].pk, "co_units": [world.units[0].pk]}
    assert "主办单位不能同时是协办单位" in client.post(address, same).content.decode()
    assert BulkAction.objects.get().state == "waiting"
    address = choose(client, "supervise", pick=picked([world.need]))
    assert client.post(address, {"note": ""}).status_code == 422


def test_departments_receive_in_bulk_only_what_they_lead(world) -> None:
    office, handler = world.accounts["campaign_office"], world.accounts["department_handler"]
    mine, theirs = found(world, 2)
    mine = needs.apply(mine, "hand_over", office, klass=2, lead_unit=world.units[0])
    theirs = needs.apply(theirs, "hand_over", office, klass=2, lead_unit=world.units[1], co_units=[world.units[0]])
    client = signed_in(handler)
    address = choose(client, "receive", pick=[*picked([mine, theirs]), f"{world.need_other.pk}:1", "x:1", "7"])
    assert [pk for pk, _version in BulkAction.objects.get().rows] == [mine.pk, theirs.pk]
    client.post(address, {})
    assert Need.objects.get(pk=mine.pk).state == "received"
    assert Need.objects.get(pk=theirs.pk).state == "handed_over"


def test_supervision_and_looking_back_in_bulk(world) -> None:
    office = world.accounts["campaign_office"]
    late, early = (needs.apply(n, "hand_over", office, klass=1, lead_unit=world.units[0]) for n in found(world, 2))
    Need.objects.filter(pk=late.pk).update(due="2020-03-04", soon_from="2020-03-03")
    action = bulk.choose(office, world.campaign, "supervise", picked=[(late.pk, 2), (early.pk, 2)])
    bulk.run(bulk.confirm(action, office, {"note": "请抓紧"}))
    assert Need.objects.get(pk=late.pk).supervised_at and not Need.objects.get(pk=early.pk).supervised_at
    assert [outcome for _pk, outcome, _why in action.results] in ([], ["done", "refused"])
    assert [outcome for _pk, outcome, _why in BulkAction.objects.get().results] == ["done", "refused"]


def test_who_may_not_is_refused_before_anything_is_kept(world) -> None:
    with pytest.raises(NotAllowed):
        bulk.choose(world.accounts["leader"], world.campaign, "hand_over", picked=[(world.need.pk, 1)])
    with pytest.raises(RuleBroken):
        bulk.choose(world.accounts["campaign_office"], world.campaign, "close", picked=[(world.need.pk, 1)])
    handler = signed_in(world.accounts["department_handler"])
    assert handler.post("/ledger/bulk/", {"verb": "hand_over", "pick": f"{world.need.pk}:1"}).status_code == 403
    assert BulkAction.objects.count() == 0


def test_nothing_ticked_goes_back_with_a_word(world) -> None:
    client = signed_in(world.accounts["campaign_office"])
    answer = client.post("/ledger/bulk/", {"verb": "hand_over", "back": "tab=late"}, follow=True)
    assert "请先勾选" in answer.content.decode() and answer.redirect_chain[0][0] == "/ledger/?tab=late"


def test_an_action_is_its_accounts_own(world) -> None:
    office = world.accounts["campaign_office"]
    action = bulk.choose(office, world.campaign, "hand_over", picked=[(world.need.pk, 1)])
    for role in ("department_handler", "leader", "team_leader"):
        assert signed_in(world.accounts[role]).get(f"/ledger/bulk/{action.pk}/").status_code == 404
        assert signed_in(world.accounts[role]).get(f"/ledger/bulk/{action.pk}/refused/").status_code == 404
        assert signed_in(world.accounts[role]).post(f"/ledger/bulk/{action.pk}/", facts(world)).status_code == 404


def test_many_are_done_by_a_job_that_can_be_stopped(world, monkeypatch, django_capture_on_commit_callbacks) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    rows = found(world, 5)
    client = signed_in(world.accounts["campaign_office"])
    address = choose(client, "hand_over", pick=picked(rows))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(address, facts(world))
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    assert (job.state, job.result["url"]) == ("done", address)
    assert Need.objects.filter(state="handed_over").count() == 5


def test_a_stopped_run_keeps_what_was_done_and_says_so(world) -> None:
    office = world.accounts["campaign_office"]
    rows = found(world, 4)
    action = bulk.choose(office, world.campaign, "hand_over", picked=[(need.pk, 1) for need in rows])
    action = bulk.confirm(action, office, {"klass": 1, "lead_unit": world.units[0].pk})

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        bulk.run(action, stop)
    kept = BulkAction.objects.get()
    assert kept.state == "running" and [row[:2] for row in kept.results] == [[need.pk, "done"] for need in rows[:2]]
    assert Need.objects.filter(state="handed_over").count() == 2
    assert not kept.interrupted
    BulkAction.objects.update(made_at=timezone.now() - timedelta(minutes=11), results=kept.results[:1])
    client = signed_in(office)
    page = client.get(f"/ledger/bulk/{action.pk}/").content.decode()
    assert "还有 3 件" in page and "继续办剩下的" in page
    client.post(f"/ledger/bulk/{action.pk}/")
    kept.refresh_from_db()
    assert [row[:2] for row in kept.results] == [[need.pk, "done"] for need in rows]  # the second was done before
    assert kept.state == "done" and Event.objects.filter(verb="hand_over").count() == 4


def test_all_of_a_filter_never_reaches_beyond_what_is_seen(world) -> None:
    handler = world.accounts["department_handler"]
    needs.apply(world.need, "hand_over", world.accounts["campaign_office"], klass=2, lead_unit=world.units[0])
    needs.apply(world.need_other, "hand_over", world.accounts["campaign_office"], klass=2, lead_unit=world.units[1])
    action = bulk.choose(handler, world.campaign, "receive", all_of=Filter(tab="all"))
    assert [pk for pk, _version in action.rows] == [world.need.pk]
