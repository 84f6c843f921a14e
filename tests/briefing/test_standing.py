"""The ledger as it stood: the present equals the ledger's own reads; for the past, later events are taken back."""

from datetime import date

import polars as pl
import pytest

from sijin.briefing.domain.standing import closing, standing
from sijin.ledger.domain import clock, needs, reads
from sijin.ledger.models import Need
from tests.conftest import at


def stood(history, day: date) -> dict[str, dict]:
    """Return the rows by title as the office saw them at the end of `day`."""
    frame = standing(history.office, history.campaign, closing(history.campaign, day))
    titles = dict(Need.objects.values_list("pk", "title"))
    return {titles[row["pk"]]: row for row in frame.to_dicts()}


def test_the_present_is_the_ledger_itself(history) -> None:
    today = date(2020, 4, 3)
    rows = stood(history, today)
    for need in Need.objects.select_related("campaign"):
        row = rows[need.title]
        assert (row["state"], row["due"], row["light"]) == (need.state, need.due, clock.light(need, today))
    lights = {
        light: {t for t, row in rows.items() if row["light"] == light} for light in ("late", "soon", "ok", "held")
    }
    for light, titles in lights.items():
        assert set(Need.objects.filter(reads.lit(light, today)).values_list("title", flat=True)) == titles
    assert lights["late"] == {"逾期未办"} and lights["held"] == {"暂不具备条件"}


@pytest.mark.parametrize(
    ("day", "state", "light"),
    [
        (6, "in_progress", "ok"),
        (7, "answered", "ok"),
        (8, "confirmed", "ok"),
        (9, "closed", "done"),
        (30, "closed", "done"),
    ],
)
def test_a_need_stands_where_its_events_had_brought_it(history, day: int, state: str, light: str) -> None:
    row = stood(history, date(2020, 3, day))["三天办结"]
    assert (row["state"], row["light"]) == (state, light)
    assert (row["closed"] == date(2020, 3, 9)) == (state == "closed")


def test_what_came_back_was_closed_before_it_did(history) -> None:
    needs.apply(history.done, "recur", history.office, at=at(3, 31), note="又犯")
    assert stood(history, date(2020, 4, 3))["三天办结"]["state"] == "in_progress"
    before = stood(history, date(2020, 3, 30))["三天办结"]
    assert (before["state"], before["closed"], before["light"]) == ("closed", date(2020, 3, 9), "done")
    assert not before["again"] and stood(history, date(2020, 4, 3))["三天办结"]["again"]


def test_a_need_is_not_there_before_it_was_found(history) -> None:
    assert "逾期未办" not in stood(history, date(2020, 3, 8))
    assert "逾期未办" in stood(history, date(2020, 3, 9))


def test_dissatisfaction_and_its_redoing_are_taken_back(history) -> None:
    assert stood(history, date(2020, 3, 12))["先不满意后办好"]["dissatisfied"] == 0
    redone = stood(history, date(2020, 3, 13))["先不满意后办好"]
    assert (redone["dissatisfied"], redone["verdict"], redone["state"], redone["again"]) == (1, "", "in_progress", True)
    assert not stood(history, date(2020, 3, 12))["先不满意后办好"]["again"]
    assert stood(history, date(2020, 3, 17))["先不满意后办好"]["verdict"] == "basic"


def test_a_past_deadline_does_not_know_of_a_later_extension(history) -> None:
    need = needs.apply(history.late, "pause", history.handler, at=at(3, 11), note="等材料")
    before, after = stood(history, date(2020, 3, 10))["逾期未办"], stood(history, date(2020, 3, 11))["逾期未办"]
    assert (before["light"], before["due"]) == ("ok", history.late.due)
    assert after["light"] == "held" and need.paused


def test_supervision_is_seen_from_the_day_it_began(history) -> None:
    needs.apply(history.late, "supervise", history.office, at=at(3, 25), note="逾期督办")
    assert stood(history, date(2020, 3, 24))["逾期未办"]["supervised_at"] is None
    assert stood(history, date(2020, 3, 25))["逾期未办"]["supervised_at"] == at(3, 25)


def test_a_reader_sees_only_what_the_policy_gives(history) -> None:
    at_end = closing(history.campaign, date(2020, 4, 3))
    own = standing(history.leader, history.campaign, at_end)
    assert history.need_other.pk not in own["pk"] and history.need.pk in own["pk"]
    assert standing(history.accounts["administrator"], history.campaign, at_end).height == 0


def test_working_days_are_those_of_the_calendar(history) -> None:
    frame = standing(history.office, history.campaign, closing(history.campaign, date(2020, 4, 3)))
    closed = frame.filter(pl.col("closed").is_not_null()).sort("pk")
    assert closed["workdays"].to_list() == [1, 4]  # Friday 6 to Monday 9; Wednesday 11 to Tuesday 17


@pytest.mark.parametrize(("day", "most"), [(date(2020, 4, 3), 2), (date(2020, 3, 12), 4)])
def test_reading_costs_few_queries(history, day: date, most: int, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(most):
        standing(history.office, history.campaign, closing(history.campaign, day))
