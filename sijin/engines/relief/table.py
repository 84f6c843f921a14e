"""A table of firms against all rules: one row per firm and rule, firms in their order, rules in theirs.

Firms are taken in portions, so that the memory needed beside the answer does not grow with their number.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

import polars as pl

from sijin.engines.relief.amounts import amount, injury_rate
from sijin.engines.relief.cells import Fault
from sijin.engines.relief.conditions import holds, is_sme, lacking, within
from sijin.engines.relief.fields import DERIVED, FIELDS, spoken
from sijin.engines.relief.reading import duplicates, read_table
from sijin.engines.relief.rules import Rule, RuleBook, rules_from

PORTION = 50_000
STATUSES = ("due", "claimed", "missed", "no", "unknown", "faulty")
NO, UNKNOWN = STATUSES.index("no"), STATUSES.index("unknown")
REASONS = (
    *("counted", "partial", "defers", "nothing", "below_limit", "not_issued", "region", "better", "needs:region"),
    *(f"{word}:{name}" for name in (*FIELDS, *DERIVED) for word in ("no", "needs") if name != "region"),
)
CODED: dict[str, pl.DataType] = {  # one portion's rows, before codes become words
    "row": pl.UInt32(),
    "firm": pl.String(),
    "rule": pl.UInt16(),
    "status": pl.UInt8(),
    "reason": pl.UInt16(),
    "months": pl.Int32(),
    "base": pl.Int64(),
    "rate": pl.Int64(),
    "yuan": pl.Int64(),
}
Codes = dict[str, int]
Progress = Callable[[int, int], None]
Firms = pl.DataFrame | Mapping[str, Any]


def assess(
    firms: Firms, on: date, rules: RuleBook | Mapping[str, Any], *, progress: Progress = lambda done, total: None
) -> pl.DataFrame:
    """Compute what every rule gives every firm on a day.

    Parameters
    ----------
    firms
        A table, or a dict of columns, of the fields of `FIELDS`; only `firm` must be there.
    rules
        A book of rules, or the plain values from which one is read.
    progress
        Hears of (firms done, firms in all).

    Returns
    -------
    pl.DataFrame
        ``row`` (of the firm, from 0), ``firm``, ``rule``, ``status``, ``reason`` (see `Line`), ``periods``, ``base``
        (yuan, or a count), ``rate``, ``yuan``, ``deadline``, ``evidence``. A firm with cells that cannot be taken has,
        in place of a row for each rule, a row for each fault: no rule, status ``faulty``, reason ``code:field``.
    """
    book = rules if isinstance(rules, RuleBook) else rules_from(rules)
    reasons = {reason: code for code, reason in enumerate(REASONS)}
    return _joined(list(_portions(firms, on, book, reasons, progress)), book, reasons)


def examine(firms: Firms, rules: RuleBook) -> list[Fault]:
    """Return every fault of a table of firms, by row and field, without computing anything."""
    raw = firms if isinstance(firms, pl.DataFrame) else pl.DataFrame(firms, strict=False)
    again, names = duplicates(raw), [rule.id for rule in rules.rules]
    found = list(again)
    for first in range(0, len(raw), PORTION):
        found += read_table(raw.slice(first, PORTION), first, names)[1]
    return sorted(found, key=lambda fault: fault.row)


def _portions(firms: Firms, on: date, book: RuleBook, reasons: Codes, progress: Progress) -> Iterator[pl.DataFrame]:
    raw = firms if isinstance(firms, pl.DataFrame) else pl.DataFrame(firms, strict=False)
    again = duplicates(raw)
    names = [rule.id for rule in book.rules]
    for first in range(0, max(1, len(raw)), PORTION):
        typed, faults = read_table(raw.slice(first, PORTION), first, names)
        repeated = [fault for fault in again if first <= fault.row < first + PORTION]
        if repeated:
            rows = pl.Series([fault.row for fault in repeated], dtype=pl.UInt32)
            typed = typed.filter(~pl.col("row").is_in(rows.implode()))
            faults = sorted(faults + repeated, key=lambda fault: fault.row)
        yield _assessed(typed, faults, on, book, reasons)
        progress(min(first + PORTION, len(raw)), len(raw))


def _assessed(typed: pl.DataFrame, faults: list[Fault], on: date, book: RuleBook, reasons: Codes) -> pl.DataFrame:
    """Return one portion's rows, with codes for words, and money in fen."""
    known = typed.with_columns(is_sme(book).alias("sme"), injury_rate(book))
    rows = [_rows(known, on, rule, at, reasons) for at, rule in enumerate(book.rules)]
    for group in dict.fromkeys(rule.group for rule in book.rules if rule.group):
        members = [at for at, rule in enumerate(book.rules) if rule.group == group]
        for at, part in zip(members, _best([rows[at] for at in members], reasons), strict=True):
            rows[at] = part
    if faults:
        rows.append(_faulty(faults, reasons))
    return pl.concat(rows).sort("row", "rule", maintain_order=True)


def _rows(known: pl.DataFrame, on: date, rule: Rule, at: int, reasons: Codes) -> pl.DataFrame:
    """Return the rows of one rule: firms to whom it does not apply, then firms for whom it is computed."""
    judged = known.lazy().with_columns(_verdict(on, rule, reasons).alias("reason"), _claimed(rule))
    no = {code for reason, code in reasons.items() if not reason.startswith("needs:")}
    stands = pl.when(pl.col("reason").is_in(no)).then(pl.lit(NO)).otherwise(pl.lit(UNKNOWN))
    others = (
        judged.filter(pl.col("reason").is_not_null())
        .select("row", "firm", "reason")
        .with_columns(stands.cast(pl.UInt8).alias("status"))
        .with_columns(*_empty(), pl.when(pl.col("status") == NO).then(0).cast(pl.Int64).alias("yuan"))
    )
    given = amount(rule, known.columns)
    counted = (
        judged.filter(pl.col("reason").is_null())
        .select("row", "firm", "claimed", **{f.name: getattr(given, f.name) for f in fields(given)})
        .with_columns(_outcome(on, rule, reasons).alias("reason"))
        .with_columns(_status(on, rule, reasons))
        .with_columns(
            *(pl.when(pl.col("status") < NO).then(pl.col(n)).alias(n) for n in ("months", "base", "rate")),
            pl.when(pl.col("status") < NO).then(pl.col("yuan")).when(pl.col("status") == NO).then(0).alias("yuan"),
        )
    )
    columns = [pl.col(name).cast(kind) for name, kind in CODED.items() if name != "rule"]
    parts = [part.with_columns(rule=pl.lit(at, dtype=pl.UInt16)).select(pl.col("rule"), *columns).select(list(CODED))
             for part in (others, counted)]  # fmt: skip
    return pl.concat(pl.collect_all(parts))


def _verdict(on: date, rule: Rule, reasons: Codes) -> pl.Expr:
    """Return why a rule does not apply, or cannot be told to; null where it does. What is false goes first."""
    if on < rule.issued:
        return _code("not_issued", reasons)
    inside = within(rule)
    no = [(~inside, _code("region", reasons))] if inside is not None else []
    needs = [(inside.is_null(), _code("needs:region", reasons))] if inside is not None else []
    for condition in rule.where:
        truth = holds(condition)
        no.append((~truth, _code(f"no:{condition.field}", reasons)))
        needs.append((truth.is_null(), _needs(lacking(condition), reasons)))
    return _first([*no, *needs], pl.lit(None, dtype=pl.UInt16))


def _outcome(on: date, rule: Rule, reasons: Codes) -> pl.Expr:
    """Return the reason of an amount whose conditions hold."""
    if rule.formula.op == "defers":
        return _code("defers", reasons)
    nothing, short = pl.col("yuan") == 0, pl.col("short")
    return _first(
        [
            (short & ~pl.col("counted") & ~pl.col("below"), _needs(pl.col("needs"), reasons)),
            (nothing & pl.col("below"), _code("below_limit", reasons)),
            (nothing, _code("nothing", reasons)),
            (short, _code("partial", reasons)),
        ],
        _code("counted", reasons),
    )


def _status(on: date, rule: Rule, reasons: Codes) -> pl.Expr:
    reason = pl.col("reason")
    no = reason.is_in([reasons["below_limit"], reasons["nothing"]])
    gives = reason.is_in([reasons[name] for name in ("counted", "partial", "defers")])
    after = STATUSES.index("missed" if rule.closed(on) else "due")
    had = pl.when(pl.col("claimed")).then(STATUSES.index("claimed")).otherwise(after)
    return pl.when(gives).then(had).when(no).then(NO).otherwise(UNKNOWN).cast(pl.UInt8).alias("status")


def _claimed(rule: Rule) -> pl.Expr:
    return pl.col("claimed").str.contains(f",{rule.id},", literal=True).fill_null(False)


def _code(reason: str, reasons: Codes) -> pl.Expr:
    return pl.lit(reasons[reason], dtype=pl.UInt16)


def _needs(field: pl.Expr, reasons: Codes) -> pl.Expr:
    codes = {name.removeprefix("needs:"): code for name, code in reasons.items() if name.startswith("needs:")}
    return field.replace_strict(codes, default=None, return_dtype=pl.UInt16)


def _first(steps: list[tuple[pl.Expr, pl.Expr]], otherwise: pl.Expr) -> pl.Expr:
    """Return the value of the first step whose test is true."""
    found = otherwise
    for test, value in reversed(steps):
        found = pl.when(test).then(value).otherwise(found)
    return found


def _empty() -> list[pl.Expr]:
    return [pl.lit(None, dtype=CODED[name]).alias(name) for name in ("months", "base", "rate")]


def _best(parts: list[pl.DataFrame], reasons: Codes) -> list[pl.DataFrame]:
    """Of the rules of a group, leave each firm the one that gives most; of equals the first."""
    gives = pl.concat(parts).filter(pl.col("status") < NO)
    best = gives.sort("row", "yuan", "rule", descending=[False, True, False]).unique("row", keep="first")
    worse = gives.join(best, on=["row", "rule"], how="anti").select("row", "rule", pl.lit(True).alias("worse"))
    changed = []
    for part in parts:
        found, is_worse = part.join(worse, on=["row", "rule"], how="left"), pl.col("worse").is_not_null()
        changed.append(
            found.with_columns(
                *(pl.when(is_worse).then(None).otherwise(pl.col(n)).alias(n) for n in ("months", "base", "rate")),
                pl.when(is_worse).then(0).otherwise(pl.col("yuan")).alias("yuan"),
                pl.when(is_worse).then(NO).otherwise(pl.col("status")).cast(pl.UInt8).alias("status"),
                pl.when(is_worse).then(_code("better", reasons)).otherwise(pl.col("reason")).alias("reason"),
            ).select(list(CODED))
        )
    return changed


def _faulty(faults: list[Fault], reasons: Codes) -> pl.DataFrame:
    """Return a row for each fault; `reasons` grows by those that are new."""
    words = [f"{fault.code}:{fault.field}" for fault in faults]
    for reason in words:
        reasons.setdefault(reason, len(reasons))
    columns = {
        "row": [fault.row for fault in faults],
        "firm": [fault.firm for fault in faults],
        "status": [STATUSES.index("faulty")] * len(faults),
        "reason": [reasons[word] for word in words],
    }
    return pl.DataFrame({name: columns.get(name, [None] * len(faults)) for name in CODED}, schema=CODED)


def _joined(parts: list[pl.DataFrame], book: RuleBook, reasons: Codes) -> pl.DataFrame:
    """Put the portions together and turn codes into words and fen into yuan."""
    spans: dict[tuple[int, int], str] = {}
    for part in parts:
        for rule, bits in part.select("rule", "months").drop_nulls().unique().iter_rows():
            months = book.rules[rule].months
            if text := spoken(month for at, month in enumerate(months) if bits >> at & 1):
                spans[rule, bits] = text
    worded = []
    while parts:  # one by one, so that codes and words of all of them do not stand in memory at once
        worded.append(_worded(parts.pop(0), book, list(reasons), spans))
    return pl.concat(worded)


def _worded(part: pl.DataFrame, book: RuleBook, reasons: list[str], spans: dict[tuple[int, int], str]) -> pl.DataFrame:
    texts = sorted(set(spans.values()))
    codes = {rule * 2**12 + bits: text for (rule, bits), text in spans.items()}
    rules = [rule.id for rule in book.rules]
    evidence = ["；".join(rule.evidence) for rule in book.rules]
    kinds = list(dict.fromkeys(evidence))
    deadlines = {at: rule.deadline for at, rule in enumerate(book.rules)}
    rule = pl.col("rule")
    months = rule.cast(pl.Int32) * 2**12 + pl.col("months")
    worded = part.select(
        "row",
        "firm",
        rule,
        pl.col("status"),
        pl.col("reason"),
        months.replace_strict(codes, default=None, return_dtype=pl.Enum(texts)).alias("periods"),
        (pl.col("base").cast(pl.Decimal(20, 2)) / 100).alias("base"),
        (pl.col("rate").cast(pl.Decimal(28, 8)) / 100_000_000).alias("rate"),
        (pl.col("yuan").cast(pl.Decimal(20, 2)) / 100).alias("yuan"),
        rule.replace_strict(deadlines, default=None, return_dtype=pl.Date).alias("deadline"),
        rule.replace_strict({at: kinds.index(words) for at, words in enumerate(evidence)}, default=None,
                            return_dtype=pl.UInt16).alias("evidence"),
    )  # fmt: skip
    enums = {"rule": rules, "status": STATUSES, "reason": reasons, "evidence": kinds}
    return worded.with_columns(worded[name].cat.to(pl.Enum(words)) for name, words in enums.items())
