"""Relief: golden numbers, both paths equal to the fen, what is not known is said, every bad cell is named."""

from copy import deepcopy
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sijin.engines import relief
from sijin.engines.relief.fields import spoken
from sijin.engines.relief.firm import Line

DATA = yaml.safe_load(Path("sijin/exchange/relief_rules.yaml").read_text(encoding="utf-8"))
BOOK = relief.rules_from(DATA)
REPORT_DAY, JUNE = date(2020, 5, 26), date(2020, 6, 30)
SPRING = ["02", "03", "04", "05", "06"]
PAPER_MAKER: dict[str, Any] = {
    "firm": "E003",
    "region": "371002",
    "industry": "C2221",
    "employer": "enterprise",
    "scale": "medium",
    "injury_class": "2",
    "taxpayer": "general",
    "tariff": "large_industrial",
    "land_tax_relief": 386_000,
    "property_tax_relief": 255_000,
    **{f"insurance_base_2020_{month}": 2_600_000 for month in SPRING},
    **{f"electricity_2020_{month}": 1_800_000 for month in SPRING},
}


def one(row: dict[str, Any], on: date = REPORT_DAY) -> dict[str, Line]:
    return {line.rule: line for line in relief.assess_one(relief.Firm.of(row, BOOK), on, BOOK)}


def table(rows: list[dict[str, Any]], on: date = REPORT_DAY) -> pl.DataFrame:
    return relief.assess(pl.DataFrame(rows, infer_schema_length=None), on, BOOK)


def total(row: dict[str, Any], on: date = REPORT_DAY) -> Decimal:
    by_table = table([row], on).filter(pl.col("status") == "due")["yuan"].sum()
    by_one = sum((line.yuan for line in one(row, on).values() if line.status == "due" and line.yuan), Decimal(0))
    assert by_one == by_table
    return by_one


@pytest.mark.parametrize("on", [REPORT_DAY, JUNE, date(2020, 7, 15)])
def test_the_paper_maker_of_the_report(on: date) -> None:
    assert total(PAPER_MAKER, on) == Decimal("3314000.00")
    lines = one(PAPER_MAKER, on)
    assert lines["SI-SME"].yuan == Decimal("2223000.00") and lines["SI-SME"].periods == "2020-02…2020-06"
    assert lines["EL-1"].yuan == Decimal("450000.00")
    assert lines["TAX-LAND"].yuan + lines["TAX-PROPERTY"].yuan == Decimal("641000.00")


def test_as_a_large_firm_half_of_february_to_june_once_the_extension_is_issued() -> None:
    large = PAPER_MAKER | {"scale": "large"}
    lines = one(large, JUNE)
    assert lines["SI-LARGE"].yuan == Decimal("666900.00") and lines["SI-LARGE"].periods == "2020-02…2020-04"
    assert lines["SI-LARGE-EXT"].yuan == Decimal("444600.00") and lines["SI-LARGE-EXT"].periods == "2020-05…2020-06"
    assert total(large, date(2020, 6, 22)) == total(large, JUNE) == Decimal("2202500.00")
    # The day before the extension was issued, nobody could promise more than February to April.
    assert total(large, date(2020, 6, 21)) == Decimal("1757900.00")


def test_an_agency_gets_nothing() -> None:
    agency = PAPER_MAKER | {"employer": "agency"}
    assert total(agency) == 0
    assert {line.status for line in one(agency).values()} == {"no"}


def test_value_added_tax_of_one_month() -> None:
    shop = {"firm": "a", "region": "371002", "employer": "household", "taxpayer": "small", "filing": "month"}
    (step,) = one(shop | {"sales_2020_03": "103,000"})["VAT-1"].steps
    assert (step.old, step.new, step.yuan) == (Decimal("3000.00"), Decimal("1019.80"), Decimal("1980.20"))
    # 101,000 ÷ 1.01 is exactly the limit, under which no tax is due anyway; a fen more is taxed.
    assert one(shop | {"sales": 101_000})["VAT-1"].reason == "below_limit"
    assert one(shop | {"sales_2020_03": "101000.01"})["VAT-1"].yuan == Decimal("1941.75")


def test_a_quarter_filed_needs_its_months_where_only_part_of_it_is_covered() -> None:
    shop = {"firm": "a", "region": "370602", "employer": "enterprise", "taxpayer": "small", "filing": "quarter"}
    line = one(shop | {"sales_2020_q2": 400_000}, JUNE)["VAT-1"]
    assert (line.status, line.reason) == ("unknown", "needs:sales")
    assert {"sales_2020_04", "sales_2020_05"} <= set(line.lacks)
    months = {f"sales_2020_{month}": 150_000 for month in ("04", "05", "06", "07", "08", "09")}
    lines = one(shop | months, JUNE)
    assert lines["VAT-1"].periods == "2020-04…2020-05"
    assert [step.period for step in lines["VAT-2"].steps] == ["2020-q2", "2020-q3"]
    assert one(shop | months | {"sales_2020_q3": 303_000}, JUNE)["VAT-2"].periods == "2020-06"


def test_rounding_is_half_up_for_each_month_and_rate() -> None:
    row = PAPER_MAKER | {f"insurance_base_2020_{m}": "1000.50" for m in SPRING} | {"injury_rate": "0.45"}
    each = [Decimal("1000.50") * rate for rate in (Decimal("0.16"), Decimal("0.007"), Decimal("0.0045"))]
    assert one(row)["SI-SME"].yuan == 5 * sum(yuan.quantize(Decimal("0.01"), ROUND_HALF_UP) for yuan in each)
    half = PAPER_MAKER | {"water": "0.05", "industry": "6210", "electricity_2020_02": "0.10"}
    assert one(half)["WH-WATER"].yuan == Decimal("0.03")  # 0.005 is 0.01, three times
    assert next(str(step.yuan) for step in one(half)["EL-1"].steps) == "0.01"


def test_what_is_not_known_is_said_and_not_guessed() -> None:
    lines = one({"firm": "a"})
    assert {line.status for line in lines.values()} <= {"unknown", "no"}
    assert lines["SI-SME"].reason == "needs:region" and lines["SI-SME"].yuan is None
    assert lines["SI-SME"].lacks[:3] == ("region", "employer", "sme")
    some = one(PAPER_MAKER | {"electricity_2020_05": None, "electricity_2020_06": ""})["EL-1"]
    assert (some.reason, some.periods, some.yuan) == ("partial", "2020-02…2020-04", Decimal("270000.00"))
    assert some.lacks == ("electricity_2020_05", "electricity_2020_06")
    # What is false decides, whatever else is not known.
    assert one({"firm": "a", "employer": "agency"})["SI-SME"].reason == "no:employer"


@pytest.mark.parametrize(
    ("known", "scale", "sme"),
    [
        ({"industry": "C2221", "staff": 1000, "revenue": 400_000_000}, "large", False),
        ({"industry": "C2221", "staff": 999, "revenue": 400_000_000}, "medium", True),
        ({"industry": "C2221", "staff": 300, "revenue": 19_999_999}, "small", True),
        ({"industry": "2221", "staff": 19}, "micro", True),
        ({"industry": "2221", "staff": 500}, None, True),  # not large, whatever its revenue
        ({"industry": "70", "revenue": 5}, None, None),  # developers and property managers differ
        ({"industry": "8510", "staff": 300}, "large", False),
        ({"scale": "large", "staff": 3}, "large", False),
        ({}, None, None),
    ],
)
def test_size_is_stated_or_told_by_its_sector(known: dict[str, Any], scale: str | None, sme: bool | None) -> None:
    firm = relief.Firm.of({"firm": "a", **known}, BOOK)
    assert relief.scale_of(firm, BOOK) == scale
    reason = one({"firm": "a", "region": "371002", "employer": "enterprise", **known})["SI-SME"].reason
    assert reason == {True: "needs:injury_class", False: "no:sme", None: "needs:sme"}[sme]


def test_claimed_missed_and_not_yet_issued() -> None:
    claimed = PAPER_MAKER | {"claimed": "TAX-LAND, EL-1"}
    assert [one(claimed)[rule].status for rule in ("TAX-LAND", "EL-1", "TAX-PROPERTY")] == ["claimed", "claimed", "due"]
    assert total(claimed) == Decimal("3314000.00") - 386_000 - 450_000
    late = one(PAPER_MAKER, date(2021, 1, 1))
    assert (late["TAX-LAND"].status, late["TAX-LAND"].yuan) == ("missed", Decimal("386000.00"))
    assert one(PAPER_MAKER, date(2020, 2, 19))["SI-SME"].reason == "not_issued"


def test_of_a_group_the_best_counts() -> None:
    row = {"firm": "a", "region": "350102", "employer": "enterprise", "scale": "micro", "hard_hit": True,
           "staff": 12, "layoff_rate": 18, "unemployment_premium": "9000", "insured_staff": 3,
           "unemployment_benefit": 1500}  # fmt: skip
    lines = one(row)
    assert lines["UI-BACK"].reason == "no:layoff_rate"
    assert lines["UI-BACK-SME"].reason == "better" and lines["UI-BACK-SME"].yuan == 0
    assert lines["UI-BACK-HARD"].yuan == Decimal("27000.00")
    assert one(row | {"unemployment_premium": 27_000})["UI-BACK-SME"].status == "due"  # of equals the first


def test_the_grant_for_key_suppliers_is_capped_and_new_hires_are_counted() -> None:
    row = {"firm": "a", "region": "371002", "employer": "enterprise", "key_supplier": "是", "key_supply_grant": 800_000,
           "restarted": "2020-03-10", "new_hires": 7}  # fmt: skip
    assert one(row)["HIRE-KEY"].yuan == Decimal("500000.00")
    assert one(row)["HIRE"].yuan == Decimal("7000.00")
    assert one(row | {"restarted": "2020-03-11"})["HIRE"].reason == "no:restarted"


def test_rent_of_municipal_premises_is_two_months_free_and_four_at_half() -> None:
    row = {"firm": "a", "region": "371082", "employer": "enterprise", "industry": "H6210", "landlord": "municipal_firm",
           "rent": "10000"}  # fmt: skip
    assert one(row)["WH-RENT"].yuan == Decimal("40000.00")
    assert one(row | {"region": "370602"})["WH-RENT"].reason == "region"
    assert table([row]).filter(rule="WH-RENT")["yuan"].item() == Decimal("40000.00")


money = st.one_of(
    st.none(), st.integers(0, 10**7), st.decimals(0, 10**11, places=2), st.sampled_from(["", "0.05", "1,234.50", "7."]),
    st.integers(0, 10**8).map(lambda fen: fen / 100),
)  # fmt: skip
choice = {field.name: st.none() | st.sampled_from(field.choices) for field in relief.FIELDS.values() if field.choices}
MONTHS = [f"2020_{m:02d}" for m in range(1, 13)]
firms = st.fixed_dictionaries(
    {"firm": st.just("a")},
    optional={
        **choice,
        "region": st.none() | st.sampled_from(["371002", "371082101276", "370602", "420102", "350102", 310101]),
        "industry": st.none() | st.sampled_from(["C2221", "2511", "5211", "H62", "70", "7010", "7291", "47", "8510"]),
        "staff": st.none() | st.sampled_from([0, 9, 19, 30, 31, 300, 999, 1000, "12", 5.0]),
        "revenue": st.none() | st.sampled_from([0, 2_999_999, 20_000_000, 400_000_000, "399999999.99"]),
        "assets": st.none() | st.sampled_from([0, 3_000_000, 800_000_000]),
        **dict.fromkeys(("hard_hit", "key_supplier"), st.sampled_from([None, True, False, "是", "no", 1])),
        "injury_rate": st.none() | st.sampled_from(["0.45", 0.2, 1, "0.0001"]),
        "restarted": st.none() | st.dates(date(2020, 2, 1), date(2020, 3, 20)) | st.just("2020-02-28"),
        "new_hires": st.none() | st.integers(0, 10**6),
        "insured_staff": st.none() | st.integers(0, 10**6),
        "unemployment_benefit": st.none() | st.decimals(0, 3000, places=2),
        "layoff_rate": st.none() | st.sampled_from([0, 5.5, "5.51", 20, 20.0001, 100]),
        "claimed": st.none() | st.lists(st.sampled_from([rule.id for rule in BOOK.rules])).map("，".join),
        **dict.fromkeys(("land_tax_relief", "property_tax_relief", "key_supply_grant", "unemployment_premium"), money),
        **dict.fromkeys(("insurance_base", "medical_base", "sales", "electricity", "rent", "water"), money),
        **{f"{series}_{m}": money for series in ("insurance_base", "electricity", "sales") for m in MONTHS[:8]},
        **{f"sales_2020_q{n}": money for n in (1, 2, 3, 4)},
    },
)  # fmt: skip
SHOWN = ("rule", "status", "reason", "periods", "base", "rate", "yuan", "deadline")


@settings(max_examples=60, deadline=None)
@given(st.lists(firms, min_size=1, max_size=4), st.dates(date(2020, 2, 1), date(2021, 1, 10)))
def test_both_paths_agree_to_the_fen(rows: list[dict[str, Any]], on: date) -> None:
    rows = [row | {"firm": f"f{n}"} for n, row in enumerate(rows)]
    columns = sorted({column for row in rows for column in row})
    # Cells as text, as a spreadsheet gives them; dtypes of their own are compared in the test after this one.
    texts = {c: [None if row.get(c) is None else str(row[c]) for row in rows] for c in columns}
    found = relief.assess(pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String)), on, BOOK)
    told = []
    for row in rows:
        for line in relief.assess_one(relief.Firm.of(row, BOOK), on, BOOK):
            told.append(
                tuple(getattr(line, name) or None if name == "periods" else getattr(line, name) for name in SHOWN)
            )
    assert [tuple(row) for row in found.select(SHOWN).iter_rows()] == told


@settings(max_examples=12, deadline=None)
@given(firms)
def test_the_type_of_a_column_does_not_matter(row: dict[str, Any]) -> None:
    as_typed = {column: value for column, value in row.items() if value is not None}
    as_text = {column: str(value) for column, value in as_typed.items()}
    assert table([as_typed]).equals(table([as_text]))


def test_every_bad_cell_is_named_and_good_rows_are_computed() -> None:
    rows = [
        PAPER_MAKER,
        PAPER_MAKER | {"firm": "b", "region": "991002", "electricity_2020_02": -1},
        PAPER_MAKER | {"firm": "E003"},
        PAPER_MAKER | {"firm": " "},
        PAPER_MAKER | {"firm": "c", "employer": "friend", "land_tax_relief": "12.345", "restarted": "2020-02-30"},
        PAPER_MAKER | {"firm": "d", "staff": "2.5", "revenue": "many", "layoff_rate": 101, "claimed": "SI-SME, SI-X"},
        PAPER_MAKER | {"firm": "e", "industry": "paper", "hard_hit": "perhaps", "property_tax_relief": 10**12},
    ]
    texts = pl.DataFrame([{k: str(v) for k, v in row.items()} for row in rows], infer_schema_length=None)
    faults = [(f.row, f.field, f.code) for f in relief.examine(texts, BOOK)]
    assert sorted(faults) == [
        (1, "electricity_2020_02", "negative"),
        (1, "region", "region"),
        (2, "firm", "duplicate"),
        (3, "firm", "missing"),
        (4, "employer", "choice"),
        (4, "land_tax_relief", "decimals"),
        (4, "restarted", "date"),
        (5, "claimed", "rule"),
        (5, "layoff_rate", "too_large"),
        (5, "revenue", "number"),
        (5, "staff", "whole"),
        (6, "hard_hit", "flag"),
        (6, "industry", "industry"),
        (6, "property_tax_relief", "too_large"),
    ]
    found = relief.assess(texts, REPORT_DAY, BOOK)
    assert found.filter(status="due")["yuan"].sum() == Decimal("3314000.00")
    assert set(found.filter(status="faulty")["row"]) == {1, 2, 3, 4, 5, 6}
    assert "negative:electricity_2020_02" in found.filter(row=1)["reason"].to_list()
    for n, row in enumerate(rows):
        if n not in (0, 2):
            with pytest.raises(relief.Faulty) as refused:
                relief.Firm.of({k: str(v) for k, v in row.items()}, BOOK, n)
            assert {(f.row, f.field, f.code) for f in refused.value.faults} == {f for f in faults if f[0] == n}


def test_portions_keep_order_and_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [PAPER_MAKER | {"firm": f"f{n}", "land_tax_relief": n} for n in range(7)] + [PAPER_MAKER | {"firm": "f0"}]
    whole = table(rows)
    monkeypatch.setattr("sijin.engines.relief.table.PORTION", 3)
    heard: list[tuple[int, int]] = []
    parts = relief.assess(
        pl.DataFrame(rows), REPORT_DAY, DATA, progress=lambda done, total: heard.append((done, total))
    )
    assert parts.equals(whole) and heard == [(3, 8), (6, 8), (8, 8)]
    assert whole["row"].to_list() == [n for n in range(7) for _ in BOOK.rules] + [7]
    assert relief.assess({"firm": []}, REPORT_DAY, BOOK).is_empty()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"mark": "X"}, "rule SI-SME, field mark"),
        ({"months": ["2020-06", "2020-02"]}, "rule SI-SME, field months"),
        ({"issued": "soon"}, "rule SI-SME, field issued"),
        ({"formula": {"op": "eval"}}, "rule SI-SME, field formula.op"),
        ({"formula": {"op": "monthly", "base": "staff", "rates": ["0.1"]}}, "rule SI-SME, field formula.base"),
        ({"formula": {"op": "monthly", "base": "rent", "rates": ["x"]}}, "rule SI-SME, field formula.rates"),
        ({"where": [{"field": "colour", "among": ["red"]}]}, "rule SI-SME, field where"),
        ({"where": [{"field": "employer", "among": ["friend"]}]}, "rule SI-SME, field where"),
        ({"colour": "red"}, "rule SI-SME, field colour"),
        ({"id": "SI-LARGE"}, "rule SI-LARGE, field id"),
    ],
)
def test_a_wrong_rule_is_named_with_its_field(change: dict[str, Any], named: str) -> None:
    data = deepcopy(DATA)
    data["rules"][0] |= change
    with pytest.raises(ValueError, match=named):
        relief.rules_from(data)


def test_every_rule_says_where_it_comes_from() -> None:
    for rule in BOOK.rules:
        assert rule.mark in "SK" and rule.source and rule.document and len(rule.evidence) == len(rule.evidence_en) > 0
    assert spoken(["2020-12", "2021-01", "2021-03"]) == "2020-12…2021-01, 2021-03"
