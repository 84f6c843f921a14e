"""A small campaign with a history: needs found, closed, sent back, parked and late on known days."""

from types import SimpleNamespace

import pytest

from sijin.ledger.domain import evidence, needs
from sijin.people.models import Account
from tests.conftest import at
from tests.ledger.test_needs import photo


@pytest.fixture
def history(world, settings, tmp_path) -> SimpleNamespace:
    """Four needs of the first group beside the one that `world` raised, and one of the other; now is 3 April."""
    settings.MEDIA_ROOT = tmp_path
    world.campaign.cutoff = at(4, 3, 18)
    world.campaign.save()
    world.campaign.refresh_from_db()
    world.office, world.handler = world.accounts["campaign_office"], world.accounts["department_handler"]
    world.leader = world.accounts["team_leader"]
    world.done = finish(world, raised(world, "三天办结", 6), 6)
    world.late = hand_over(world, raised(world, "逾期未办", 9), 9)
    world.parked = raised(world, "暂不具备条件", 10)
    needs.apply(world.parked, "classify", world.office, at=at(3, 10, 11), klass=4)
    needs.apply(world.parked, "park", world.office, at=at(3, 10, 12), note="以后再办", review_on=at(5, 10).date())
    world.grumbled = finish(world, raised(world, "先不满意后办好", 11), 11, verdicts=("dissatisfied", "basic"))
    return world


def raised(world: SimpleNamespace, title: str, day: int, site: int = 0, **facts):
    """Raise a need at ten o'clock on a day of March."""
    by = world.leader if site == 0 else world.other
    return needs.raise_need(by, world.teams[site], world.sites[site], title, at=at(3, day), **facts)


def hand_over(world: SimpleNamespace, need, day: int):
    """Hand the need over on a day of March, have it received and begun."""
    need = needs.apply(need, "hand_over", world.office, at=at(3, day, 14), klass=1, lead_unit=world.units[0])
    need = needs.apply(need, "receive", world.handler, at=at(3, day, 15))
    return needs.apply(need, "carry_out", world.handler, at=at(3, day, 16), measure="现场协调")


def finish(world: SimpleNamespace, need, day: int, verdicts: tuple[str, ...] = ("satisfied",)):
    """Take the need from its hand-over on `day` to its end; each verdict takes three days."""
    need = hand_over(world, need, day)
    evidence.add(need, world.handler, "办理.jpg", photo(), verb="answer", at=at(3, day, 17))
    for n, verdict in enumerate(verdicts):
        need = needs.apply(need, "answer", world.handler, at=at(3, day + 3 * n + 1), note="已落实")
        need = needs.apply(need, "verify", world.leader, at=at(3, day + 3 * n + 2), note="属实")
        token = needs.confirm_link(need, world.leader, at=at(3, day + 3 * n + 2, 11))
        need = needs.confirm_by_link(token, verdict, at=at(3, day + 3 * n + 2, 12))
        if verdict == "dissatisfied":
            need = needs.apply(need, "redo", world.office, at=at(3, day + 3 * n + 2, 15), note="重办")
    return needs.apply(need, "close", world.office, at=at(3, day + 3 * len(verdicts)))


@pytest.fixture
def office(history) -> Account:
    """The campaign office of the history."""
    return history.office
