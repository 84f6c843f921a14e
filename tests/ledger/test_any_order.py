"""Any verbs by any accounts in any order: what must always hold, holds."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from sijin.engines.calendars import china
from sijin.ledger.domain import clock, evidence, needs
from sijin.ledger.domain.audit import audit
from sijin.ledger.models import Need, NeedItem
from sijin.ledger.transitions import TABLE, WORKING
from sijin.people.models import Account
from sijin.people.policy import scope_of
from sijin.people.refusals import Refused
from tests.conftest import at, build
from tests.ledger.lives import handler_of, photo

PHOTO = photo((8, 8))
VERDICTS = ("satisfied", "basic", "dissatisfied")
SEEN: set[str] = set()  # states and verbs that some run came to: a machine that goes nowhere proves nothing
STRAIGHT = {
    "found": ("hand_over", "campaign_office"),
    "handed_over": ("receive", "department_handler"),
    "received": ("carry_out", "department_handler"),
    "in_progress": ("answer", "department_handler"),
    "answered": ("verify", "team_leader"),
    "verified": ("confirm", "site_contact"),
    "confirmed": ("close", "campaign_office"),
    "closed": ("recur", "campaign_office"),
    "parked": ("unpark", "campaign_office"),
    "unsolvable": ("explain", "campaign_office"),
}
KLASSES, DAYS = st.integers(1, 4), st.integers(1, 12)


class Ledger(RuleBasedStateMachine):
    """One need in the hands of everybody."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.world = build()
        self.helper = handler_of(self.world.units[1])
        self.need = self.world.need
        self.item = NeedItem.objects.create(need=self.need, kind="goods", item="电脑", unit="台", quantity=2)
        self.state = self.need.state
        self.now = at(3, 5)
        self.people = [*self.world.accounts.values(), self.world.other, self.helper]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def facts(self, klass: int, verdict: str, days: int) -> dict:
        world = self.world
        return {
            "klass": klass,
            "lead_unit": world.units[days % 2],
            "co_units": [world.units[1]],
            "note": "说明",
            "measure": "措施",
            "verdict": verdict,
            "workdays": days,
            "told": "电话",
            "review_on": (self.now + timedelta(days=30)).date(),
            "item": self.item,
            "quantity": Decimal(1),
            "done_measure": self.need.measures.first(),
            "result": "结果",
        }

    def fire(self, verb: str, by, klass: int, verdict: str, days: int) -> None:
        before = Need.objects.get(pk=self.need.pk)
        try:
            after = needs.apply(self.need, verb, by, at=self.now, **self.facts(klass, verdict, days))
        except Refused:
            return  # that a refusal changes nothing, the versions and the chain tell below
        assert after.version == before.version + 1
        if verb in ("pause", "resume") and before.due:
            assert after.due >= before.due
        self.state = after.state
        SEEN.update((verb, after.state))

    @rule(
        verb=st.sampled_from(sorted(TABLE)),
        who=st.integers(0, 10),
        klass=KLASSES,
        verdict=st.sampled_from(VERDICTS),
        days=DAYS,
    )
    def anyone_does_anything(self, verb, who, klass, verdict, days) -> None:
        self.fire(verb, self.people[who % len(self.people)], klass, verdict, days)

    @rule(verb=st.sampled_from(sorted(TABLE)), klass=KLASSES, verdict=st.sampled_from(VERDICTS), days=DAYS)
    def whose_it_is_does_it(self, verb, klass, verdict, days) -> None:
        for by in self.people:
            if scope_of(by, verb, "ledger.Need"):
                self.fire(verb, by, klass, verdict, days)

    @rule(steps=st.integers(2, 9), klass=KLASSES, verdict=st.sampled_from(VERDICTS), days=DAYS)
    def the_next_ones_do_the_next_steps(self, steps: int, klass, verdict, days) -> None:
        for _ in range(steps):
            need = Need.objects.get(pk=self.need.pk)
            verb, role = STRAIGHT[need.state]
            if verb == "answer":
                evidence.add(need, self.people[0], "a.jpg", PHOTO)
            if verb == "close":
                for _ in range(2):
                    self.fire("take_in", self.world.accounts["team_leader"], klass, verdict, days)
            by = self.lead if role == "department_handler" else self.world.accounts[role]
            self.fire(verb, by, klass, verdict, days)

    @property
    def lead(self) -> Account:
        need = Need.objects.get(pk=self.need.pk)
        helper = need.lead_unit_id == self.helper.unit_id
        return self.helper if helper else self.world.accounts["department_handler"]

    @precondition(lambda self: self.state in WORKING)
    @rule(klass=KLASSES, days=DAYS, granted=st.booleans())
    def its_time_is_stretched(self, klass: int, days: int, granted: bool) -> None:
        self.fire("pause", self.lead, klass, "basic", days)
        self.now += timedelta(days=days)
        self.fire("resume", self.lead, klass, "basic", days)
        self.fire("ask_extension", self.lead, klass, "basic", days)
        decided = "extend" if granted else "refuse_extension"
        self.fire(decided, self.world.accounts["campaign_office"], klass, "basic", days)

    @precondition(lambda self: self.state == "verified")
    @rule(days=DAYS)
    def nobody_is_satisfied(self, days: int) -> None:
        self.fire("confirm", self.world.accounts["site_contact"], 2, "dissatisfied", days)
        self.fire("close", self.world.accounts["campaign_office"], 2, "dissatisfied", days)
        self.fire("redo", self.world.accounts["campaign_office"], 2, "dissatisfied", days)

    @precondition(lambda self: self.state in ("found", *WORKING))
    @rule(days=DAYS)
    def it_is_put_aside(self, days: int) -> None:
        self.fire("classify", self.world.accounts["campaign_office"], 4, "basic", days)
        self.fire("park", self.world.accounts["campaign_office"], 4, "basic", days)

    @precondition(lambda self: self.state == "closed")
    @rule(days=DAYS)
    def it_is_looked_back_on(self, days: int) -> None:
        self.now += timedelta(days=25 + days)
        self.fire("look_back", self.world.accounts["campaign_office"], 2, "basic", days)

    @rule()
    def a_photo_is_kept(self) -> None:
        evidence.add(self.need, self.people[0], "a.jpg", PHOTO)

    @rule(hours=st.integers(1, 400))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def what_must_hold(self) -> None:
        need = Need.objects.get(pk=self.need.pk)
        events = list(need.events.order_by("sequence"))
        assert [fault for fault in audit(files=False) if fault["need"]] == []
        assert need.state == next(e.change["state"][1] for e in reversed(events) if "state" in e.change)
        assert need.links == len(events) == need.version
        if need.state == "closed":
            hands = {need.answered_by_id, need.verified_by_id, need.closed_by_id}
            assert len(hands) == 3 and None not in hands
            assert need.evidence.exists() and need.verdict in ("satisfied", "basic")
            assert not need.items.exclude(received=2).exists()
            verbs = [e.verb for e in events]
            assert {"answer", "verify", "confirm", "close"} <= set(verbs)
        if need.verdict == "dissatisfied":
            assert need.state == "confirmed" or need.state == "unsolvable"
        if need.dissatisfied >= 2:
            assert need.supervised_at is not None
        assert not need.paused or need.state in WORKING
        assert need.state != "parked" or (need.klass == 4 and need.review_on)
        assert 0 <= need.items.get().received <= 2
        today = max(self.now.date(), at(3, 5).date())
        if need.due and not need.paused:
            assert clock.read(need, self.now).due == need.due
            assert china().workdays_between(need.soon_from, need.due) == 1
        assert clock.light(need, today) in ("ok", "soon", "late", "held", "done", "none")


@pytest.mark.django_db
def test_any_verbs_by_anyone_in_any_order(settings_files) -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=30,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
    assert set(Need.State.values) | {"pause", "resume", "redo", "recur"} <= SEEN


@pytest.fixture
def settings_files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
