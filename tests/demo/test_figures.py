"""The report's figures are computed: taking one row away from under a figure changes it.

The campaign is replayed once, with all its people, teams and sites. Of its visits a thirtieth is played, all with
SIJIN_BOTH=1: they take four minutes.
"""

import os
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import override_settings

from demo import figures, mutual, replay
from demo.figures.figure import Figure
from sijin.dispatch.models import Membership, Team
from sijin.ledger.domain.events import audit
from sijin.ledger.models import Event, Need
from sijin.people.models import Account
from sijin.places.models import Site
from tests.web.test_access import signed_in

SHARE = 1 if os.environ.get("SIJIN_BOTH") else 30
VISITS = replay.VISITS // SHARE


@pytest.fixture(scope="module")
def replayed(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[None]:
    """Replay the campaign once for this module; everything is rolled back at its end."""
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")),
        transaction.atomic(),
    ):
        replay.run(visits=VISITS)
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("replayed", "db")
def test_every_figure_equals_the_report_and_the_chains_are_whole() -> None:
    assert (Membership.objects.count(), Team.objects.count()) == (2435, 497)
    assert Site.objects.count() >= 1500 and Need.objects.count() >= 5000 // SHARE
    assert Event.objects.count() >= 20_000 // SHARE
    assert [row for row in figures.compare() if not row["equal"]] == []
    assert list(audit()) == []


@pytest.mark.usefixtures("replayed", "db")
@pytest.mark.parametrize("figure", figures.FIGURES, ids=lambda figure: f"{figure.row} {figure.what}")
def test_one_row_fewer_changes_the_figure(figure: Figure) -> None:
    assert figure.compute() == figure.report
    figure.take_away()
    assert figure.compute() != figure.report


@pytest.mark.usefixtures("replayed", "db")
def test_a_second_run_changes_nothing() -> None:
    before = Need.objects.count()
    replay.run(visits=VISITS)
    assert Need.objects.count() == before


@pytest.mark.usefixtures("replayed", "db")
def test_every_report_problem_is_a_need_that_ended_only_with_evidence_and_a_verdict() -> None:
    covered = {row for need in Need.objects.all() for row in need.report_rows}
    assert {6, 8, 9, 10, 11, 15, 16, 17, 18, 22, 23, 24, 25, 26, 30, 31, 32, 33} <= covered
    for need in Need.objects.filter(state="closed"):
        assert need.evidence.exists() and need.verdict in ("satisfied", "basic")


def test_rows_are_either_computed_or_left_to_a_later_room() -> None:
    computed = {figure.row for figure in figures.FIGURES}
    assert computed | set(figures.LEFT) == set(range(1, 38))
    assert computed & set(figures.LEFT) == set()


@pytest.mark.usefixtures("replayed", "db")
def test_two_needs_that_solve_each_other_stand_on_each_others_pages() -> None:
    busy, idle = (Need.objects.get(title=title, generated=True) for title, *_more in (mutual.BUSY, mutual.IDLE))
    assert busy.state == idle.state == "received"
    client = signed_in(Account.objects.get(username="office"))
    for need, other in ((busy, idle), (idle, busy)):
        page = client.get(f"/exchange/fitting/{need.pk}/").content.decode()
        card = page.split(f'href="/ledger/{other.pk}/"')[1].split("</header>")[0]
        assert other.title in card and "生成" in card
        assert '<span class="chip">生成</span>' in client.get(f"/ledger/{need.pk}/").content.decode()
