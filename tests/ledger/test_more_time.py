"""Asking for more time, and what is decided about it."""

from datetime import datetime

import pytest

from sijin.ledger.domain import needs
from sijin.ledger.models import Need
from sijin.people.refusals import NotAllowed, RuleBroken
from tests.conftest import at
from tests.ledger.lives import in_progress

IN_TIME = at(3, 20)


class TestMoreTime:
    """It is asked for in time, the office decides, the served party is told why."""

    def asked(self, world, when: datetime = IN_TIME, days: int = 5) -> Need:
        handler = world.accounts["department_handler"]
        return needs.apply(in_progress(world), "ask_extension", handler, note="设备未到", workdays=days, at=when)

    def test_asking_moves_nothing_and_granting_moves_the_clock(self, world) -> None:
        need = self.asked(world)
        assert (need.due.isoformat(), need.extension_asked) == ("2020-03-26", 5)
        facts = {"note": "情况属实", "told": "电话告知企业"}
        need = needs.apply(need, "extend", world.accounts["campaign_office"], at=at(3, 26), **facts)
        assert (need.due.isoformat(), need.extension_asked) == ("2020-04-02", None)
        assert need.events.last().change["told"] == "电话告知企业"

    def test_less_may_be_granted_and_not_more(self, world) -> None:
        need, office = self.asked(world), world.accounts["campaign_office"]
        with pytest.raises(RuleBroken):
            needs.apply(need, "extend", office, note="x", told="x", workdays=6, at=at(3, 20))
        need = needs.apply(need, "extend", office, note="x", told="x", workdays=2, at=at(3, 20))
        assert need.due.isoformat() == "2020-03-30"

    def test_the_served_party_must_be_told(self, world) -> None:
        with pytest.raises(RuleBroken) as refusal:
            needs.apply(self.asked(world), "extend", world.accounts["campaign_office"], note="x", at=at(3, 20))
        assert refusal.value.facts["field"] == "told"

    def test_refused_it_stays_and_may_be_asked_again(self, world) -> None:
        need = needs.apply(self.asked(world), "refuse_extension", world.accounts["campaign_office"], note="应按期")
        assert (need.due.isoformat(), need.extension_asked) == ("2020-03-26", None)
        again = {"note": "还缺件", "workdays": 2, "at": at(3, 23)}
        need = needs.apply(need, "ask_extension", world.accounts["department_handler"], **again)
        assert need.extension_asked == 2

    @pytest.mark.parametrize(("when", "days"), [(at(3, 26), 5), (at(3, 27), 5), (at(3, 20), 11)])
    def test_too_late_or_too_long_is_refused(self, world, when, days) -> None:
        with pytest.raises(RuleBroken) as refusal:
            self.asked(world, when, days)
        assert refusal.value.facts["field"] == "workdays"

    def test_nobody_grants_themselves_time(self, world) -> None:
        need = self.asked(world)
        with pytest.raises(NotAllowed):
            needs.apply(need, "extend", world.accounts["department_handler"], note="x", told="x")
        with pytest.raises(NotAllowed):
            needs.apply(need, "ask_extension", world.accounts["team_leader"], note="x", workdays=1)
        with pytest.raises(RuleBroken):  # one request at a time
            needs.apply(need, "ask_extension", world.accounts["department_handler"], note="x", workdays=1, at=at(3, 20))

    def test_without_a_request_nothing_is_granted(self, world) -> None:
        with pytest.raises(RuleBroken):
            needs.apply(in_progress(world), "extend", world.accounts["campaign_office"], note="x", told="x")
