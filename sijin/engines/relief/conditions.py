"""Conditions over a table of firms: expressions that are true, false, or null where it is not known."""

from functools import reduce
from operator import and_, or_

import polars as pl

from sijin.engines.relief.cells import PLACES
from sijin.engines.relief.fields import FIELDS, Kind
from sijin.engines.relief.rules import Condition, Rule, RuleBook, Sector


def within(rule: Rule) -> pl.Expr | None:
    """Say whether a firm lies where the rule holds; None when it holds everywhere."""
    if not rule.regions and not rule.except_regions:
        return None
    region = pl.col("region")
    inside = _any([region.str.starts_with(start) for start in rule.regions]) if rule.regions else pl.lit(True)
    outside = [region.str.starts_with(start) for start in rule.except_regions]
    return pl.when(region.is_not_null()).then(inside & ~_any(outside) if outside else inside)


def holds(condition: Condition) -> pl.Expr:
    """Return the truth of a condition."""
    if condition.any_of:
        return _any([_all([holds(test) for test in way]) for way in condition.any_of])
    value = pl.col(condition.field)
    if condition.among:
        if FIELDS.get(condition.field, None) is None or FIELDS[condition.field].kind is Kind.FLAG:
            return value if condition.among == (True,) else ~value
        return value.is_in(condition.among)
    if condition.starts:
        return starts(value, condition.starts)
    if condition.starts_not:
        return ~starts(value, condition.starts_not)
    unit = 10 ** PLACES.get(FIELDS[condition.field].kind, 0)
    if condition.at_most is not None:
        return value <= int(condition.at_most * unit)
    if condition.at_least is not None:
        return value >= -int(-condition.at_least * unit // 1)
    after = value >= condition.since if condition.since else pl.lit(True)
    return pl.when(value.is_not_null()).then(after & (value <= condition.until if condition.until else pl.lit(True)))


def lacking(condition: Condition) -> pl.Expr:
    """Return the field for want of which a condition cannot be decided, as text."""
    if not condition.any_of:
        return pl.lit(condition.field)
    tests = [test for way in condition.any_of for test in way]
    return pl.coalesce([pl.when(holds(test).is_null()).then(pl.lit(test.field)) for test in tests])


def starts(value: pl.Expr, beginnings: tuple[str, ...]) -> pl.Expr:
    """Say whether a code begins so; null for a code that is too short to tell."""
    yes = _any([value.str.starts_with(start) for start in beginnings])
    short = sorted({start[:n] for start in beginnings for n in range(1, len(start))})
    return pl.when(yes).then(True).when(value.is_not_null() & ~value.is_in(short)).then(False)


def is_sme(book: RuleBook) -> pl.Expr:
    """Say whether a firm is of medium, small or micro size: as stated, or by its sector's thresholds."""
    large = pl.lit(None, dtype=pl.Boolean)
    for sector in reversed(book.sectors):
        reaches = _all([pl.col(name) >= least * _unit(name) for name, least in sector.large.items()])
        large = pl.when(_in(sector)).then(reaches).when(~_in(sector)).then(large)
    large = pl.when(pl.col("industry").is_not_null()).then(large)
    return pl.when(pl.col("scale").is_not_null()).then(pl.col("scale") != "large").otherwise(~large)


def _in(sector: Sector) -> pl.Expr:
    return starts(pl.col("industry"), sector.starts) if sector.starts else pl.lit(True)


def _unit(name: str) -> int:
    return int(10 ** PLACES[FIELDS[name].kind])


def _all(truths: list[pl.Expr]) -> pl.Expr:
    return reduce(and_, truths)


def _any(truths: list[pl.Expr]) -> pl.Expr:
    return reduce(or_, truths)
