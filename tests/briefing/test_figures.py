"""Figures: each counts its rows, moves with the cut-off, belongs to its reader, and none is without a source."""

import uuid
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sijin.briefing.domain.composing import compose
from sijin.briefing.domain.definitions import COUNTS, RATES
from sijin.briefing.domain.figures import NoSource, figures
from sijin.briefing.domain.interval import wilson
from sijin.briefing.domain.overview import answer, funnel
from sijin.briefing.domain.scarcity import scarcest
from sijin.briefing.domain.standing import closing
from sijin.ledger.domain import needs
from sijin.ledger.domain.reads import doors
from sijin.ledger.models import Event, Need
from sijin.visits.domain import record
from tests.briefing.conftest import hand_over, raised
from tests.conftest import at


def seen(history, day: date = date(2020, 4, 3), by=None):
    """Return the figures at the end of a day."""
    return figures(by or history.office, history.campaign, closing(history.campaign, day))


def values(found, *keys: str) -> list:
    return [found[key].value for key in keys]


def test_counts_are_those_of_the_ledger(history) -> None:
    found = seen(history)
    assert values(found, "found", "open", "closed", "late", "held", "undated") == [6, 4, 2, 1, 1, 2]
    card = next(
        card for card in doors(history.office, history.campaign, date(2020, 4, 3)) if card["door"] == "enterprise"
    )
    names = ("found", "open", "closed", "ok", "soon", "late", "held")
    assert values(found, *(f"{name}.enterprise" for name in names)) == [card[name] for name in names]


def test_the_lights_of_a_door_add_up_to_its_open_needs(history) -> None:
    found = seen(history)
    assert sum(values(found, "ok", "soon", "late", "held", "undated")) == found["open"].value


def test_every_count_is_the_number_of_its_rows(history) -> None:
    found = seen(history)
    for name in COUNTS:
        assert found[name].value == len(found[name].keys), name


def test_moving_the_cut_off_moves_the_figures(history) -> None:
    early, late = seen(history, date(2020, 3, 10)), seen(history)
    assert values(early, "found", "closed", "late") == [5, 1, 0]
    assert values(late, "found", "closed", "late") == [6, 2, 1]
    assert values(seen(history, date(2020, 3, 9)), "found_today", "closed_today") == [1, 1]


def test_one_row_fewer_is_one_less(history) -> None:
    before = seen(history)["found_week.enterprise"].value, seen(history)["found"].value
    raised(history, "新问题", 31)
    after = seen(history)["found_week.enterprise"].value, seen(history)["found"].value
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)


def test_the_funnel_never_widens(history) -> None:
    counts = [step["all"].value for step in funnel(seen(history))]
    assert counts == sorted(counts, reverse=True) and (counts[0], counts[-1]) == (6, 2)


def test_rates_say_what_they_are_a_share_of(history) -> None:
    found = seen(history)
    satisfied = found["satisfied_rate"]
    assert (satisfied.value, satisfied.n, satisfied.parts) == (0.5, 2, ("satisfied", "asked"))
    assert 0 < satisfied.low < 0.5 < satisfied.high < 1
    assert found["at_once_rate"].value == 0.5 and found["closed_rate"].n == 6
    nothing = seen(history, date(2020, 3, 5))["satisfied_rate"]
    assert (nothing.value, nothing.shown, nothing.n) == (None, "—", 0)


def test_an_open_redoing_counts_as_dissatisfied(history) -> None:
    """A verdict that was bad and taken back for doing again stays in the rate: else only the happy would be left."""
    found = seen(history, date(2020, 3, 13))
    assert values(found, "asked", "satisfied") == [2, 1]


def test_the_median_is_of_working_days(history) -> None:
    assert seen(history)["median_days.klass-1"].value == 2.5
    assert seen(history)["median_days.klass-3"].value is None


def test_a_difference_names_both_days(history) -> None:
    change = seen(history, date(2020, 3, 9))["change.closed"]
    assert (change.value, change.parts) == (1, ("closed", "before.closed"))


@pytest.mark.parametrize(
    "key",
    ["", "nothing", "late.nowhere", "late.unit-x", "late.site-1;drop", "before", "closed.day-2020", "visits.klass-1"],
)
def test_a_key_without_a_definition_is_refused(history, key: str) -> None:
    if key == "closed.day-2020":
        assert seen(history)[key].value == 0
        return
    with pytest.raises(NoSource):
        seen(history)[key]


def test_a_number_without_a_source_cannot_be_inserted(history) -> None:
    found = seen(history)
    assert "".join(part.text for part in compose("逾期{late}件。", found)) == "逾期1件。"
    for text in ("逾期41件。", "逾期４１件。", "逾期{late}件，{invented}件。", "{}件"):
        with pytest.raises(NoSource):
            compose(text, found)


def test_the_answer_is_made_of_figures(history) -> None:
    said = answer(seen(history, date(2020, 3, 12)))
    assert [part.figure.key for part in said if part.figure] == ["found_week", "closed_week", "late"]
    assert all(part.figure or not any(char.isdigit() for char in part.text) for part in said)


def test_what_is_lacking_is_counted_as_of_the_day(history) -> None:
    item = {"kind": "goods", "item": "口罩", "unit": "只", "quantity": Decimal(500)}
    need = hand_over(history, raised(history, "缺口罩", 20, items=[item]), 20)
    needs.apply(need, "take_in", history.leader, at=at(3, 25), item=need.items.get(), quantity=Decimal(200))
    for day, lacking in ((date(2020, 3, 24), 500), (date(2020, 4, 3), 300)):
        found = seen(history, day)
        row = scarcest(found.missing)[0]
        assert (row["item"], row["needs"]) == ("口罩", 1)
        figure = found[f"missing.item-{row['group']}"]
        assert (figure.value, figure.unit, list(figure.keys)) == (lacking, "只", [need.pk])


def test_coverage_counts_the_days_since_the_last_visit(history) -> None:
    when = {"at": at(3, 20), "recorded_at": at(3, 20, 12)}
    record(history.leader, history.teams[0], history.sites[0], client_uuid=uuid.uuid4(), took_nothing=True, **when)
    assert values(seen(history, date(2020, 4, 2)), "sites", "visited", "unvisited") == [2, 1, 1]
    assert values(seen(history, date(2020, 4, 3)), "visited", "unvisited") == [0, 2]
    assert values(seen(history, date(2020, 3, 19)), "visits", "unvisited") == [0, 2]


def test_figures_belong_to_their_reader(history) -> None:
    own = seen(history, by=history.handler)
    assert history.need_other.pk not in own["found"].keys and own["found"].value == 3
    assert own["sites"].value == 0
    assert seen(history, by=history.accounts["administrator"])["found"].value == 0


def test_the_present_needs_no_events(history) -> None:
    """Counting is a read: it writes nothing."""
    before = Event.objects.count(), Need.objects.filter(version__gt=0).count()
    for key in (*COUNTS, *RATES):
        seen(history)[key]
    assert (Event.objects.count(), Need.objects.filter(version__gt=0).count()) == before


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_between_0_and_1(pair: tuple[int, int]) -> None:
    count, n = pair
    low, high = wilson(count, n)
    assert 0 <= low <= count / n + 1e-12 and count / n - 1e-12 <= high <= 1


def test_wilson_of_a_known_case() -> None:
    low, high = wilson(8, 10)  # Newcombe 1998 prints 0.4902 to 0.9433
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    with pytest.raises(ValueError):
        wilson(1, 0)
