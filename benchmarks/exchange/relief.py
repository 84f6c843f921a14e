"""Relief for a million firms: all rules by the table, beside the one-firm path, a plain loop in Decimal, and DuckDB.

    python -m benchmarks.exchange.relief [--firms 1000000] [--sample 2000]

The firms are made up from a fixed seed: eight industries, five places, all fields, sales and electricity by month.
Three peers: our own one-firm path on a sample (all rules; every line is compared to the fen); and for five rules, on
firms whose size is stated, a loop in Decimal written by hand and, where it is installed, DuckDB with DECIMAL (sums
compared to the fen).
"""

import argparse
import resource
import time
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from sijin.engines import relief

RULES = Path(__file__).resolve().parents[2] / "sijin" / "exchange" / "relief_rules.yaml"
ON = date(2020, 6, 30)
FIVE = ("SI-SME", "SI-LARGE", "MI-SD", "EL-1", "TAX-LAND")
INJURY = {"1": "0.002", "2": "0.004", "3": "0.007", "4": "0.009", "5": "0.011", "6": "0.013", "7": "0.016"}
INJURY["8"] = "0.019"
INTENSIVE = ("25", "26", "30", "31", "32", "44")
FEN = Decimal("0.01")


def made_up(count: int, seed: int = 1) -> pl.DataFrame:
    """Make up firms of which all is known."""
    dice = np.random.default_rng(seed)

    def yuan(least: int, most: int) -> pl.Series:
        return pl.Series(dice.integers(least * 100, most * 100, count)).cast(pl.Decimal(20, 2)) / 100

    def one_of(*values: str, p: list[float] | None = None) -> pl.Series:
        return pl.Series(dice.choice(values, count, p=p))

    days = np.array("2020-02-01", dtype="M8[D]") + dice.integers(0, 60, count)
    return pl.DataFrame(
        {
            "firm": pl.Series(np.arange(count)).cast(pl.String),
            "region": one_of("371002", "371082", "370602", "420102", "350102"),
            "industry": one_of("C2221", "C2511", "5211", "6110", "6210", "7010", "4700", "C1830"),
            "employer": one_of("enterprise", "household", "agency", "other", p=[0.8, 0.1, 0.05, 0.05]),
            "staff": dice.integers(1, 1500, count),
            "revenue": yuan(10_000, 600_000_000),
            "assets": yuan(100_000, 1_000_000_000),
            "hard_hit": dice.random(count) < 0.1,
            "insurance_base": yuan(3000, 3_000_000),
            "injury_class": pl.Series(dice.integers(1, 9, count)).cast(pl.String),
            "medical_base": yuan(3000, 3_000_000),
            "taxpayer": one_of("small", "general"),
            "filing": one_of("month", "quarter"),
            "tariff": one_of("large_industrial", "general", "other"),
            "landlord": one_of("municipal_firm", "other", "none"),
            "rent": yuan(1000, 100_000),
            "water": yuan(10, 10_000),
            "land_tax_relief": yuan(0, 100_000),
            "property_tax_relief": yuan(0, 100_000),
            "restarted": pl.Series(days).cast(pl.Date),
            "new_hires": dice.integers(0, 20, count),
            "key_supplier": dice.random(count) < 0.01,
            "key_supply_grant": yuan(0, 800_000),
            "layoff_rate": pl.Series(dice.integers(0, 2500, count)).cast(pl.Decimal(10, 2)) / 100,
            "unemployment_premium": yuan(0, 100_000),
            "insured_staff": dice.integers(1, 1500, count),
            "unemployment_benefit": yuan(900, 1500),
            **{f"sales_2020_{month:02d}": yuan(0, 1_000_000) for month in range(1, 13)},
            **{f"electricity_2020_{month:02d}": yuan(0, 1_000_000) for month in range(2, 13)},
        }
    )


def peak() -> float:
    """Return the most memory that the process had, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `work` gives and the seconds it took."""
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def one_by_one(firms: pl.DataFrame, lines: pl.DataFrame, book: relief.RuleBook) -> float:
    """Return the seconds of the one-firm path; its lines must be those of the table."""
    told, seconds = timed(
        lambda: [
            (line.rule, line.status, line.reason, line.base, line.rate, line.yuan)
            for row in firms.iter_rows(named=True)
            for line in relief.assess_one(relief.Firm.of(row, book), ON, book)
        ]
    )
    shown = lines.head(len(told)).select("rule", "status", "reason", "base", "rate", "yuan")
    if list(shown.iter_rows()) != told:
        raise SystemExit("The two paths differ.")
    return seconds


def by_hand(rows: list[dict[str, Any]]) -> dict[str, Decimal]:
    """Five rules as one would write them down without an engine."""
    sums = dict.fromkeys(FIVE, Decimal(0))

    def rounded(yuan: Decimal) -> Decimal:
        return yuan.quantize(FEN, ROUND_HALF_UP)

    for row in rows:
        employer, shandong, hubei = row["employer"], row["region"][:2] == "37", row["region"][:2] == "42"
        if employer == "agency":
            continue
        rates = (Decimal("0.16"), Decimal("0.007"), Decimal(INJURY[row["injury_class"]]))
        if not hubei and row["scale"] != "large" and employer != "other":
            for _month in range(5):
                sums["SI-SME"] += sum(rounded(row["insurance_base"] * rate) for rate in rates)
        if not hubei and (employer == "other" or (row["scale"] == "large" and employer == "enterprise")):
            for _month in range(3):
                sums["SI-LARGE"] += sum(rounded(row["insurance_base"] * rate / 2) for rate in rates)
        if shandong:
            for _month in range(10):
                sums["MI-SD"] += rounded(row["medical_base"] * Decimal("0.01"))
            sums["TAX-LAND"] += row["land_tax_relief"]
        if row["tariff"] != "other" and not row["industry"].lstrip("C").startswith(INTENSIVE):
            for month in ("02", "03", "04", "05", "06"):
                sums["EL-1"] += rounded(row[f"electricity_2020_{month}"] * Decimal("0.05"))
    return sums


SQL = """
SELECT
  sum(CASE WHEN NOT hubei AND scale <> 'large' AND employer <> 'other' THEN 5 * (
    round(insurance_base * 0.16, 2) + round(insurance_base * 0.007, 2) + round(insurance_base * injury, 2)) END),
  sum(CASE WHEN NOT hubei AND (employer = 'other' OR (scale = 'large' AND employer = 'enterprise')) THEN 3 * (
    round(insurance_base * 0.08, 2) + round(insurance_base * 0.0035, 2)
    + round(insurance_base * injury * 0.5, 2)) END),
  sum(CASE WHEN shandong THEN 10 * round(medical_base * 0.01, 2) END),
  sum(CASE WHEN tariff <> 'other' AND NOT intensive THEN
    round(electricity_2020_02 * 0.05, 2) + round(electricity_2020_03 * 0.05, 2) + round(electricity_2020_04 * 0.05, 2)
    + round(electricity_2020_05 * 0.05, 2) + round(electricity_2020_06 * 0.05, 2) END),
  sum(CASE WHEN shandong THEN land_tax_relief END)
FROM (
  SELECT *, region LIKE '42%' AS hubei, region LIKE '37%' AS shandong,
    left(ltrim(industry, 'C'), 2) IN ('25', '26', '30', '31', '32', '44') AS intensive,
    list_extract([0.002, 0.004, 0.007, 0.009, 0.011, 0.013, 0.016, 0.019], injury_class::INTEGER)::DECIMAL(5, 3)
      AS injury
  FROM firms WHERE employer <> 'agency')
"""


def by_duckdb(firms: pl.DataFrame) -> tuple[dict[str, Decimal], float]:
    """Five rules in SQL with DECIMAL, two threads."""
    import duckdb

    narrow = {"insurance_base", "medical_base", "land_tax_relief", *(c for c in firms.columns if c.startswith("elec"))}
    table = firms.with_columns(pl.col(column).cast(pl.Decimal(13, 2)) for column in narrow)
    base = duckdb.connect(config={"threads": 2})
    base.register("firms", table.to_arrow())
    found, seconds = timed(lambda: base.execute(SQL).fetchone())
    return dict(zip(FIVE, found, strict=True)), seconds


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--firms", type=int, default=1_000_000)
    arguments.add_argument("--sample", type=int, default=2_000)
    given = arguments.parse_args()
    book = relief.rules_from(yaml.safe_load(RULES.read_text(encoding="utf-8")))
    firms = made_up(given.firms)
    before = peak()
    lines, seconds = timed(lambda: relief.assess(firms, ON, book))
    print(f"{given.firms:,} firms × {len(book.rules)} rules = {len(lines):,} lines as of {ON}")
    print(f"table, all rules: {seconds:.1f} s, peak {peak():.2f} GiB (firms alone {before:.2f} GiB)")
    alone = one_by_one(firms.head(given.sample), lines, book)
    whole = alone * given.firms / given.sample
    print(f"one-firm path: {alone:.2f} s for {given.sample:,}, {whole:,.0f} s extrapolated,", end=" ")
    print(f"ratio {whole / seconds:.0f}")
    del lines

    few = relief.RuleBook(tuple(rule for rule in book.rules if rule.id in FIVE), book.rates, book.injury, book.sectors)
    dice = np.random.default_rng(2)
    stated = firms.with_columns(scale=pl.Series(dice.choice(["large", "medium", "small", "micro"], len(firms))))
    lines, ours = timed(lambda: relief.assess(stated, ON, few))
    sums = dict(lines.filter(status="due").group_by("rule").agg(pl.col("yuan").sum()).iter_rows())
    print(f"five rules, table with a line for each firm and rule: {ours:.2f} s")
    part = stated.head(given.sample * 10)
    loop, seconds = timed(lambda: by_hand(part.to_dicts()))
    part_sums = lines.filter((pl.col("row") < len(part)) & (pl.col("status") == "due")).group_by("rule")
    same = {rule: loop[rule] for rule in FIVE} == dict(part_sums.agg(pl.col("yuan").sum()).iter_rows())
    whole = seconds * len(firms) / len(part)
    print(f"five rules, loop in Decimal, sums only: {whole:.1f} s extrapolated,", end=" ")
    print(f"ratio {whole / ours:.1f}, equal: {same}")
    if find_spec("duckdb") is None:
        print("DuckDB is not installed.")
        return
    found, seconds = by_duckdb(stated)
    print(f"five rules, DuckDB, sums only: {seconds:.2f} s, ratio {seconds / ours:.2f}, equal: {found == sums}")


if __name__ == "__main__":
    main()
