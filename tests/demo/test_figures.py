"""The report's figures are computed: taking one row away from under a figure changes it."""

import pytest

from demo import figures, replay
from sijin.dispatch.models import Membership, Team
from sijin.ledger.domain.events import audit
from sijin.ledger.models import Need
from sijin.visits.models import Visit


@pytest.fixture
def campaign(db, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    replay.run()


def test_every_figure_equals_the_report_and_the_chains_are_whole(campaign) -> None:
    assert [row for row in figures.compare() if not row["equal"]] == []
    assert list(audit()) == []


def test_a_second_run_changes_nothing(campaign) -> None:
    before = Need.objects.count()
    replay.run()
    assert Need.objects.count() == before


def test_every_report_problem_is_a_need_that_ended_only_with_evidence_and_a_verdict(campaign) -> None:
    covered = {row for need in Need.objects.all() for row in need.report_rows}
    assert {6, 8, 9, 10, 11, 15, 16, 17, 18, 22, 23, 24, 25, 26, 30, 31, 32, 33} <= covered
    for need in Need.objects.filter(state="closed"):
        assert need.evidence.exists() and need.verdict == "satisfied"


def broken(what: str) -> list[str]:
    """Return the figures of `what` that no longer equal the report."""
    return [row["what"] for row in figures.compare() if row["what"].startswith(what) and not row["equal"]]


def test_one_person_fewer_is_seen(campaign) -> None:
    Membership.objects.filter(leads=False).first().delete()
    assert broken("people in") == ["people in provincial teams", "people in each provincial team"]


def test_one_team_fewer_is_seen(campaign) -> None:
    Team.objects.filter(number="省07").update(level="city")
    assert broken("provincial teams") == ["provincial teams"]


def test_the_first_arrival_is_read_from_the_visits(campaign) -> None:
    Visit.objects.filter(at__date="2020-03-05").delete()
    assert broken("provincial teams arrive") == ["provincial teams arrive"]
