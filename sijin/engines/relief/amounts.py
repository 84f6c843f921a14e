"""Formulas over a table of firms in whole fen: 64-bit integers, no floating point, rounded half up."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import add

import polars as pl

from sijin.engines.relief.fields import month_column, months_of, quarter_column, quarter_of
from sijin.engines.relief.rules import Formula, Rule, RuleBook

FINE = 100_000_000  # a rate is counted in hundred-millionths
MOST = 10_000_000_000_000  # fen of any amount
WIDEST = 2**63 - 1
INJURY = "injury_millionths"
NOUGHT = pl.lit(0, dtype=pl.Int64)


@dataclass(frozen=True)
class Amount:
    """Expressions: fen of the base and of the relief, the rate, the months counted as bits, and three truths.

    ``below``: in some period no tax is due anyway; ``short``: something is not known; ``needs``: its field.
    """

    base: pl.Expr
    rate: pl.Expr
    yuan: pl.Expr
    months: pl.Expr
    counted: pl.Expr
    below: pl.Expr
    short: pl.Expr
    needs: pl.Expr


def injury_rate(book: RuleBook) -> pl.Expr:
    """Return a firm's injury rate in millionths: as given, or that of its class."""
    classes = {name: int(rate * 1_000_000) for name, rate in book.injury.items()}
    by_class = pl.col("injury_class").replace_strict(classes, default=None, return_dtype=pl.Int64)
    return pl.coalesce(pl.col("injury_rate"), by_class).alias(INJURY)


def amount(rule: Rule, known: Collection[str]) -> Amount:
    """Return what a rule's formula gives; `known` are the columns of the table."""
    op = rule.formula.op
    if op == "monthly":
        return _monthly(rule, known)
    if op == "tax":
        return _tax(rule, known)
    return _once(rule)


def times(value: pl.Expr, rate: Decimal | Fraction, more: pl.Expr | None = None) -> pl.Expr:
    """Return value × rate (× `more`, in millionths), rounded half up to a whole fen."""
    share = Fraction(rate) / (1 if more is None else 1_000_000)
    top, below = share.numerator, share.denominator
    widest = MOST if more is None else MOST * 100_000
    wide = 2 * widest * top + below > WIDEST
    product = value.cast(pl.Int128) if wide else value
    product = product * top if more is None else product * more * top
    if below == 1:
        return product.cast(pl.Int64)
    return ((2 * product + below) // (2 * below)).cast(pl.Int64)


def series(name: str, month: str, known: Collection[str]) -> tuple[pl.Expr, str]:
    """Return a series in a month, and a key that is the same for months that are read from the same column."""
    own = month_column(name, month)
    if own not in known:
        return pl.col(name), name
    return pl.coalesce(own, name), own


def _monthly(rule: Rule, known: Collection[str]) -> Amount:
    formula = rule.formula
    rates_known = pl.col(INJURY).is_not_null() if "injury" in formula.rates else pl.lit(True)
    alike: dict[tuple[str, Decimal], list[int]] = {}
    values: dict[str, pl.Expr] = {}
    for at, month in enumerate(rule.months):
        value, key = series(formula.base, month, known)
        values[key] = value
        alike.setdefault((key, formula.shares.get(month, formula.share)), []).append(at)
    bases, yuan, bits, all_known = [], [], [], []
    for (key, share), months in alike.items():
        value, there = values[key], values[key].is_not_null()
        part = reduce(add, (_part(value, rate, share) for rate in formula.rates))
        bases.append((value * len(months)).fill_null(0))
        yuan.append((part * len(months)).fill_null(0))
        bits.append(pl.when(there).then(pl.lit(sum(1 << at for at in months), dtype=pl.Int32)).otherwise(0))
        all_known.append(there)
    months_seen = reduce(add, bits)
    sum_of_rates = sum((Fraction(rate) for rate in formula.rates if isinstance(rate, Decimal)), Fraction(0))
    rate = pl.lit(int(sum_of_rates * Fraction(formula.share) * FINE), dtype=pl.Int64)
    if "injury" in formula.rates:
        rate = rate + (pl.col(INJURY) * int(formula.share * 100))
    return Amount(
        base=reduce(add, bases),
        rate=pl.lit(None, dtype=pl.Int64) if formula.shares else rate,
        yuan=_capped(reduce(add, yuan), formula),
        months=months_seen,
        counted=(months_seen > 0) & rates_known,
        below=pl.lit(False),
        short=~(reduce(lambda a, b: a & b, all_known) & rates_known),
        needs=pl.when(rates_known).then(pl.lit(formula.base)).otherwise(pl.lit("injury_class")),
    )


def _part(value: pl.Expr, rate: Decimal | str, share: Decimal) -> pl.Expr:
    if isinstance(rate, Decimal):
        return times(value, rate * share)
    return times(value, share, pl.col(INJURY))


def _once(rule: Rule) -> Amount:
    formula = rule.formula
    bits = pl.lit((1 << len(rule.months)) - 1, dtype=pl.Int32)
    if formula.op == "defers":
        nothing = pl.lit(None, dtype=pl.Int64)
        return Amount(nothing, nothing, NOUGHT, bits, pl.lit(True), pl.lit(False), pl.lit(False), pl.lit(""))
    value = pl.col(formula.base)
    needs = pl.lit(formula.base)
    if formula.op == "each":
        each = pl.col(formula.amount) if formula.amount else pl.lit(int((formula.yuan or 0) * 100), dtype=pl.Int64)
        yuan = value * each * formula.times
        base, rate = value * 100, each * (FINE // 100 * formula.times)
        if formula.amount:
            needs = pl.when(value.is_null()).then(needs).otherwise(pl.lit(formula.amount))
    else:
        total = sum((rate for rate in formula.rates if isinstance(rate, Decimal)), Decimal(0))
        yuan, base, rate = times(value, total), value, pl.lit(int(total * FINE), dtype=pl.Int64)
    there = yuan.is_not_null()
    return Amount(base, rate, _capped(yuan, formula), bits, there, pl.lit(False), ~there, needs)


def _capped(yuan: pl.Expr, formula: Formula) -> pl.Expr:
    return yuan if formula.cap is None else pl.min_horizontal(yuan, pl.lit(int(formula.cap * 100), dtype=pl.Int64))


def _tax(rule: Rule, known: Collection[str]) -> Amount:
    """Both ways of filing; a firm's own is chosen in the end."""
    by_month = _filed(rule, known, {month: (month,) for month in rule.months}, whole=True)
    quarters = dict.fromkeys(quarter_of(month) for month in rule.months)
    inside = {quarter: tuple(m for m in months_of(quarter) if m in rule.months) for quarter in quarters}
    by_quarter = _filed(rule, known, inside, whole=False)
    filing = pl.col("filing")
    base, yuan, bits, below, short = (
        pl.when(filing == "month").then(a).when(filing == "quarter").then(b)
        for a, b in zip(by_month, by_quarter, strict=True)
    )
    formula = rule.formula
    return Amount(
        base=base,
        rate=pl.lit(int((formula.old - formula.new) * FINE), dtype=pl.Int64),
        yuan=_capped(yuan, formula),
        months=bits,
        counted=(bits > 0).fill_null(False),
        below=below.fill_null(False),
        short=short.fill_null(True),
        needs=pl.when(filing.is_null()).then(pl.lit("filing")).otherwise(pl.lit("sales")),
    )


def _filed(rule: Rule, known: Collection[str], periods: dict[str, tuple[str, ...]], whole: bool) -> list[pl.Expr]:
    """Return base, yuan, months as bits, whether some period lies below the limit, whether some is not known."""
    formula = rule.formula
    limit = formula.month_limit if whole else formula.quarter_limit
    most = int(limit * (1 + formula.new) * 100)
    sums: list[list[pl.Expr]] = [[], [], []]
    belows, shorts = [], []
    for period, months in periods.items():
        added = reduce(add, (series("sales", month, known)[0] for month in months))
        total = added if whole else _quarter(period, known)
        sales = total if whole or len(months) == 3 else added
        below = (total <= most).fill_null(False)
        taxed = ~below & total.is_not_null() & sales.is_not_null()
        saved = times(sales, _of_gross(formula.old)) - times(sales, _of_gross(formula.new))
        bits = pl.lit(sum(1 << rule.months.index(month) for month in months), dtype=pl.Int32)
        for kept, value in zip(sums, (sales, saved, bits), strict=True):
            kept.append(pl.when(taxed).then(value).otherwise(0))
        belows.append(below)
        shorts.append(~below & ~taxed)
    return [*(reduce(add, kept) for kept in sums), pl.any_horizontal(belows), pl.any_horizontal(shorts)]


def _quarter(quarter: str, known: Collection[str]) -> pl.Expr:
    added = reduce(add, (series("sales", month, known)[0] for month in months_of(quarter)))
    column = quarter_column(quarter)
    return pl.coalesce(column, added) if column in known else added


def _of_gross(rate: Decimal) -> Fraction:
    """Return the share of an amount with tax that is tax."""
    return Fraction(rate) / (1 + Fraction(rate))
