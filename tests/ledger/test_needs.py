"""A need's life: found to closed, by three pairs of hands, with evidence and the served party's word."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from sijin.ledger.domain import clock, evidence, needs, reads
from sijin.ledger.domain.events import audit
from sijin.ledger.models import Need, NeedItem
from sijin.ledger.transitions import TABLE
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from tests.conftest import at
from tests.ledger.lives import answered, closed, confirmed, handed_over, in_progress, photo, verified


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


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


def test_a_second_dissatisfaction_is_not_counted_as_solved_and_supervision_is_dated(world) -> None:
    need = confirmed(world, "dissatisfied")
    assert (need.state, need.supervised_at) == ("confirmed", None)
    need = needs.apply(need, "redo", world.accounts["campaign_office"], note="重办", at=at(3, 12))
    assert (need.state, need.verdict, need.answered_by, need.due.isoformat()) == ("in_progress", "", None, "2020-04-02")


def test_re_rating_keeps_the_start_and_the_history(world) -> None:
    office = world.accounts["campaign_office"]
    need = handed_over(world, 2)
    need = needs.apply(need, "classify", office, klass=1, at=at(3, 9))
    assert need.due.isoformat() == "2020-03-12"
    need = needs.apply(need, "classify", office, klass=3, at=at(3, 10))
    assert [line[2].isoformat() for line in clock.read(need).history] == ["2020-03-26", "2020-03-12", "2020-04-17"]
    ratings = need.events.filter(verb="classify").order_by("sequence").values_list("change", flat=True)
    assert [change["klass"] for change in ratings] == [[2, 1], [1, 3]]


def test_the_kept_clock_equals_the_chain(world) -> None:
    handler = world.accounts["department_handler"]
    need = in_progress(world)
    need = needs.apply(need, "pause", handler, note="等材料", at=at(3, 9))
    need = needs.apply(need, "resume", handler, note="材料到", at=at(3, 11))
    assert need.clock == clock.from_chain(need)
    Need.objects.filter(pk=need.pk).update(clock=None, head="", links=0)  # as rows of an older version are
    need = needs.apply(need, "pause", handler, note="再等", at=at(3, 12))
    assert need.clock == clock.from_chain(need) and need.links == need.events.count()
    assert list(audit()) == []


def test_explaining_needs_the_served_party_told_and_never_counts_as_solved(world) -> None:
    office = world.accounts["campaign_office"]
    need = in_progress(world, 3)
    with pytest.raises(RuleBroken) as refusal:
        needs.apply(need, "explain", office, note="政策不支持")
    assert refusal.value.facts["field"] == "told"
    need = needs.apply(need, "explain", office, note="政策不支持", told="当面说明", at=at(3, 12))
    assert (need.state, need.closed_at, clock.light(need, need.due)) == ("unsolvable", None, "done")
    steps = {step["label"]: step["count"] for step in reads.funnel(office, world.campaign)}
    assert steps[Need.State.CLOSED.label] == 0 and steps[Need.State.HANDED_OVER.label] == 1


def test_parking_needs_a_later_review_date_and_class_4(world) -> None:
    office = world.accounts["campaign_office"]
    with pytest.raises(RuleBroken):
        needs.apply(handed_over(world, 2), "park", office, note="x", review_on=at(5, 1).date(), at=at(3, 6))
    need = needs.apply(world.need, "classify", office, klass=4, at=at(3, 6))
    with pytest.raises(RuleBroken) as refusal:
        needs.apply(need, "park", office, note="x", review_on=at(3, 6).date(), at=at(3, 6))
    assert refusal.value.facts["field"] == "review_on"
    need = needs.apply(need, "park", office, note="x", review_on=at(5, 6).date(), at=at(3, 6))
    assert clock.light(need, at(3, 7).date()) == "held"


def test_looking_back_waits_thirty_days_and_a_recurrence_opens_it_again(world) -> None:
    office = world.accounts["campaign_office"]
    need = closed(world)
    with pytest.raises(RuleBroken):
        needs.apply(need, "look_back", office, note="未反复", at=at(4, 10))
    kept = needs.apply(need, "look_back", office, note="未反复", at=at(4, 11))
    assert kept.state == "closed" and kept.looked_back_at
    with pytest.raises(RuleBroken):
        needs.apply(kept, "look_back", office, note="未反复", at=at(4, 12))
    again = needs.apply(kept, "recur", office, note="又漏水", at=at(4, 13))
    assert (again.state, again.closed_by, again.verdict) == ("in_progress", None, "")
    assert again.due.isoformat() == "2020-05-06"  # 15 working days from 13 April, over the holiday and its make-up day
    assert list(audit()) == []


def test_who_handled_earlier_cannot_verify_or_close_later(world) -> None:
    need = verified(world)
    need = needs.confirm_by_link(needs.confirm_link(need, world.accounts["team_leader"]), "dissatisfied")
    need = needs.apply(need, "redo", world.accounts["campaign_office"], note="重办")
    need = needs.apply(need, "answer", world.accounts["department_handler"], note="再办")
    promoted = world.accounts["department_handler"]  # now a team leader, and the former answer is another's
    promoted.role, promoted.official = "team_leader", world.accounts["team_leader"].official
    Need.objects.filter(pk=need.pk).update(answered_by=world.other)
    with pytest.raises(NotAllowed):
        needs.apply(need, "verify", promoted, note="看过")


def test_an_answer_waits_while_the_clock_is_paused(world) -> None:
    handler = world.accounts["department_handler"]
    need = needs.apply(in_progress(world), "pause", handler, note="等材料", at=at(3, 9))
    evidence.add(need, handler, "a.jpg", photo())
    with pytest.raises(RuleBroken):
        needs.apply(need, "answer", handler, note="已办", at=at(3, 9))


@pytest.mark.parametrize("verb", ["pause", "resume", "send_back", "redo", "refuse"])
def test_a_reason_of_blanks_is_no_reason(world, verb: str) -> None:
    need = {"redo": confirmed, "refuse": answered}.get(verb, in_progress)(world)
    if verb == "resume":
        need = needs.apply(need, "pause", world.accounts["department_handler"], note="等")
    if verb == "send_back":
        Need.objects.filter(pk=need.pk).update(state="received")
    by = {"redo": "campaign_office", "refuse": "team_leader"}.get(verb, "department_handler")
    with pytest.raises(RuleBroken) as refusal:
        needs.apply(need, verb, world.accounts[by], note="  ")
    assert refusal.value.facts["field"] == "note"


def test_a_delivery_is_taken_in_once(world) -> None:
    item = NeedItem.objects.create(need=world.need, kind="goods", item="电脑", unit="台", quantity=2)
    leader = world.accounts["team_leader"]
    need = needs.apply(in_progress(world), "take_in", leader, item=item, quantity=Decimal(1), source="match:7")
    with pytest.raises(RuleBroken):
        needs.apply(need, "take_in", leader, item=item, quantity=Decimal(1), source="match:7")
    needs.apply(need, "take_in", leader, item=item, quantity=Decimal(1), source="match:8")
    item.refresh_from_db()
    assert item.received == 2


def test_a_stale_write_says_what_changed_and_what_was_typed(world) -> None:
    office = world.accounts["campaign_office"]
    handed_over(world, 2)
    with pytest.raises(Stale) as refusal:
        needs.apply(world.need, "hand_over", office, klass=1, lead_unit=world.units[1], version=1)
    rows = {row["name"]: (row["yours"], row["theirs"]) for row in refusal.value.facts["diff"]}
    assert rows["lead_unit"] == ("市局1", "市局0")
    assert rows["klass"][0].startswith("1") and rows["klass"][1].startswith("2")
    assert rows["due"] == ("—", "2020-03-26")
    assert rows["state"] == (str(Need.State.FOUND.label), str(Need.State.HANDED_OVER.label))
    assert {row["by"] for row in refusal.value.facts["diff"]} == {"campaign_office"}


def test_a_stale_write_after_a_mere_note_says_so(world) -> None:
    handler = world.accounts["department_handler"]
    need = in_progress(world)
    needs.apply(need, "progress", handler, note="已联系厂家")
    with pytest.raises(Stale) as refusal:
        needs.apply(need, "progress", handler, note="x", version=need.version)
    assert [(row["name"], row["theirs"]) for row in refusal.value.facts["diff"]] == [("progress", "已联系厂家")]


def test_without_an_account_only_the_served_party_and_the_clock_act(world) -> None:
    for verb in TABLE.keys() - {"confirm", "supervise", "unpark"}:
        with pytest.raises(NotAllowed):
            needs.apply(world.need, verb, None, note="x")
    with pytest.raises(RuleBroken):
        needs.apply(world.need, "supervise", None, note="x")


def test_a_verb_costs_few_queries(world, django_assert_max_num_queries) -> None:
    need = in_progress(world)
    with django_assert_max_num_queries(5):  # savepoint twice, the row, the event, the row written
        needs.apply(need, "progress", world.accounts["department_handler"], note="x")
    with django_assert_max_num_queries(5):
        needs.apply(need, "pause", world.accounts["department_handler"], note="x")
