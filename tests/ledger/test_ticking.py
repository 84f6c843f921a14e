"""What time does by itself: supervision, reviews, links; and that doing it again changes nothing."""

from datetime import timedelta

import pytest

from sijin.ledger.domain import needs
from sijin.ledger.domain.audit import audit
from sijin.ledger.domain.ticking import Ticked, tick, to_supervise
from sijin.ledger.models import ConfirmLink, Need
from tests.conftest import at
from tests.ledger.lives import handed_over, verified


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_an_overdue_need_goes_under_supervision_once(world) -> None:
    handed_over(world)  # due on 26 March
    office, other = world.accounts["campaign_office"], world.other
    assert tick(world.campaign, at(3, 26)) == Ticked(0, 0, 0)
    world.campaign.cutoff = at(3, 27)
    assert list(to_supervise(office, world.campaign)) == [world.need]
    assert list(to_supervise(other, world.campaign)) == []
    assert tick(world.campaign) == Ticked(1, 0, 0)
    need = Need.objects.get(pk=world.need.pk)
    event = need.events.last()
    assert (need.supervised_at, event.verb, event.actor) == (at(3, 27), "supervise", None)
    assert event.note.endswith("省委经济运行应急保障指挥部工作专班")
    assert tick(world.campaign) == Ticked(0, 0, 0)
    assert list(to_supervise(office, world.campaign)) == []


def test_a_paused_need_is_not_overdue(world) -> None:
    need = handed_over(world)
    needs.apply(need, "pause", world.accounts["department_handler"], note="等材料", at=at(3, 9))
    assert tick(world.campaign, at(5, 1)) == Ticked(0, 0, 0)


def test_a_parked_need_comes_back_on_its_review_date(world) -> None:
    office = world.accounts["campaign_office"]
    need = needs.apply(world.need, "classify", office, klass=4)
    needs.apply(need, "park", office, note="暂无政策", review_on=at(4, 1).date(), at=at(3, 6))
    assert tick(world.campaign, at(3, 31)) == Ticked(0, 0, 0)
    assert tick(world.campaign, at(4, 1)) == Ticked(0, 1, 0)
    need.refresh_from_db()
    assert (need.state, need.review_on) == ("found", None)


def test_links_that_nobody_used_end(world) -> None:
    need = verified(world)
    needs.confirm_link(need, world.accounts["team_leader"], at=at(3, 10))
    assert tick(world.campaign, at(3, 24)) == Ticked(0, 0, 0)
    assert tick(world.campaign, at(3, 24) + timedelta(minutes=1)) == Ticked(0, 0, 1)
    link = ConfirmLink.objects.get()
    assert (link.ended, link.ended_at) == ("expired", at(3, 24))
    assert list(audit()) == []
