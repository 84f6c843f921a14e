"""The judgement on one pair: hard conditions, the complement rule, ranking, exact conversion of units."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sijin.exchange.domain import fit, kinds

TODAY = date(2020, 3, 10)
WANT = fit.Want("goods", "电脑", unit="台", missing=Decimal(10), point=(37.5, 122.1), due=date(2020, 3, 20))
HAVE = fit.Have("goods", "电脑", "台", Decimal(6), point=(37.5, 122.1))
HAS_ORDERS, HAS_CAPACITY = (False, True), (True, False)


def test_the_same_item_at_the_same_place_covers_what_is_free() -> None:
    judged = fit.judge(WANT, HAVE, TODAY)
    assert judged.quantity == 6 and judged.covers == 0.6 and judged.kilometres == 0 and judged.likeness == 1


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "funds"},
        {"text": "口罩"},
        {"unit": "只"},
        {"free": Decimal(0)},
        {"until": date(2020, 3, 9)},
        {"point": (37.0, 121.5), "reach_km": 40},
    ],
    ids=str,
)
def test_what_cannot_be_paired_is_not_suggested(change: dict) -> None:
    assert fit.judge(WANT, HAVE, TODAY) is not None
    assert fit.judge(WANT, replace(HAVE, **change), TODAY) is None


def test_nobody_is_paired_with_oneself() -> None:
    assert fit.judge(replace(WANT, site=1), replace(HAVE, site=2), TODAY) is not None
    assert fit.judge(replace(WANT, site=1), replace(HAVE, site=1), TODAY) is None


@pytest.mark.parametrize("traits", [(True, True), (False, False), (False, True), (None, None), (True, None)], ids=str)
def test_who_has_orders_is_paired_only_with_who_has_capacity_and_no_channel(traits) -> None:
    want = replace(WANT, traits=HAS_ORDERS)
    assert fit.judge(want, replace(HAVE, traits=HAS_CAPACITY), TODAY) is not None
    assert fit.judge(want, replace(HAVE, traits=traits), TODAY) is None


def test_who_lacks_the_certificate_ranks_below_even_when_nearer_and_larger() -> None:
    want = replace(WANT, certificate=True)
    poor = replace(HAVE, free=Decimal(1), point=(36.9, 121.6))
    held, unknown = (fit.judge(want, replace(poor, certificate=c), TODAY) for c in (True, None))
    lacking = fit.judge(want, replace(HAVE, certificate=False), TODAY)
    assert held.order < unknown.order < lacking.order and lacking.score > held.score


def test_a_certificate_counts_for_nothing_when_it_is_not_wanted() -> None:
    orders = {fit.judge(WANT, replace(HAVE, certificate=c), TODAY).order for c in (True, None, False)}
    assert len(orders) == 1


def test_nearer_larger_and_in_time_rank_first() -> None:
    here = fit.judge(WANT, HAVE, TODAY)
    for worse in ({"point": (37.2, 121.9)}, {"free": Decimal(3)}, {"since": date(2020, 4, 1)}):
        assert fit.judge(WANT, replace(HAVE, **worse), TODAY).order > here.order


@pytest.mark.parametrize(
    ("text", "item", "tags", "least", "most"),
    [
        ("電腦", "电脑", (), 1, 1),
        ("计算机", "电脑", (), 1, 1),
        ("缺技能型人才", "应届毕业生", ("技能型人才",), 1, 1),
        ("技能人才", "技能型人才（应届毕业生）", (), 0.1, 0.9),
        ("口罩", "测温枪", ("防疫",), 0, 0),
    ],
)
def test_likeness_sees_through_script_and_synonyms(text, item, tags, least, most) -> None:
    assert least <= fit.likeness(text, item, tags)[0] <= most


def test_units_convert_exactly_or_not_at_all() -> None:
    assert kinds.factor("亿元", "万元") == 10_000 and kinds.factor("公斤", "吨") == Decimal("0.001")
    assert kinds.factor("台", "台") == 1 and kinds.factor("台", "万元") is None
    judged = fit.judge(
        replace(WANT, unit="吨", missing=Decimal(1)), replace(HAVE, unit="公斤", free=Decimal(250)), TODAY
    )
    assert judged.quantity == Decimal("0.25")


@given(free=st.decimals("0.01", 10**6, places=2), missing=st.decimals("0.01", 10**6, places=2))
def test_more_than_is_free_or_missing_is_never_proposed(free: Decimal, missing: Decimal) -> None:
    judged = fit.judge(replace(WANT, missing=missing), replace(HAVE, free=free), TODAY)
    assert judged.quantity == min(free, missing) and 0 <= judged.score <= 1


def test_every_kind_that_the_demo_asks_for_is_known() -> None:
    asked = {"labor", "funds", "goods", "transport", "land", "expert"}
    assert asked <= {code for code, _name in kinds.choices()}
    assert kinds.code_of("物资") == kinds.code_of("goods") == "goods" and kinds.code_of("别的") is None
