"""Lights of projects as Yinchuan and Ouhai give them, at their thresholds."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from sijin.engines.project_lights import honour, month_light, progress_light, rules_from, start_light

DATA = yaml.safe_load((Path(__file__).parents[2] / "sijin/ledger/project_lights.yaml").read_text(encoding="utf-8"))
RULES = rules_from(DATA)
PLANNED = date(2025, 3, 1)


@pytest.mark.parametrize(
    ("started", "today", "light"),
    [
        (date(2025, 2, 20), date(2025, 6, 1), "green"),
        (date(2025, 3, 31), date(2025, 6, 1), "green"),
        (date(2025, 4, 1), date(2025, 6, 1), "yellow"),
        (None, date(2025, 2, 28), "green"),
        (None, date(2025, 3, 1), "yellow"),
        (None, date(2025, 4, 30), "yellow"),
        (None, date(2025, 5, 1), "red"),
    ],
)
def test_a_start_is_yellow_when_due_and_red_in_the_third_month(started, today, light) -> None:
    assert start_light(RULES["yinchuan-2025"], PLANNED, started, today) == light


@pytest.mark.parametrize(("done", "light"), [(50, "green"), (41, "green"), (40, "yellow"), (20, "yellow"), (19, "red")])
def test_progress_behind_plan_is_yellow_from_ten_points_and_red_above_thirty(done: float, light: str) -> None:
    assert progress_light(RULES["yinchuan-2025"], 50, done) == light


def test_a_missed_month_made_up_is_yellow_and_never_green() -> None:
    assert [month_light(m) for m in ("ahead", "on_time", "missed", "made_up")] == ["green", "green", "red", "yellow"]


def test_a_streak_earns_the_horse_or_the_snail_and_a_made_up_month_breaks_it() -> None:
    rules = RULES["ouhai-2020"]
    assert honour(rules, ["missed", "on_time", "ahead", "on_time"]) == "horse"
    assert honour(rules, ["on_time", "missed", "missed", "missed"]) == "snail"
    assert honour(rules, ["on_time", "made_up", "on_time"]) is None
    assert honour(rules, ["missed", "missed"]) is None
    assert honour(rules, ["made_up", "made_up", "made_up"]) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [({"mark": "X"}, "field mark"), ({"streak": 0}, "field streak"), ({"tempo": 1}, "field tempo")],
)
def test_a_faulty_rule_is_named_with_its_field(change, words) -> None:
    with pytest.raises(ValueError, match=f"ouhai-2020, {words}"):
        rules_from({"ouhai-2020": {**DATA["ouhai-2020"], **change}})
