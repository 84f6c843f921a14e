"""One firm with what is known of it, and the path of the engine that computes it in Decimal, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sijin.engines.relief.cells import Fault, Faulty, Wrong, read
from sijin.engines.relief.fields import (
    SERIES,
    field_of,
    month_column,
    months_of,
    quarter_column,
    quarter_of,
    spoken,
)
from sijin.engines.relief.rules import LEVELS, Condition, Formula, Rule, RuleBook, Sector

FEN = Decimal("0.01")
Known = bool | None  # yes, no, or not known


@dataclass(frozen=True)
class Firm:
    """What is known of a firm: {column: value}, in yuan, percent, whole numbers, dates."""

    firm: str
    known: Mapping[str, Any]

    @staticmethod
    def of(row: Mapping[str, Any], book: RuleBook, at: int = 0) -> "Firm":
        """Read a row of a table of firms; Faulty names every cell that cannot be taken."""
        rules = {rule.id: rule for rule in book.rules}
        firm, known, faults = str(row.get("firm") or "").strip(), {}, []
        if not firm:
            faults.append(Fault(at, "", "firm", "missing"))
        for column, value in row.items():
            asked = field_of(column)
            if asked is None:
                continue
            try:
                found = read(asked, value, rules)
            except Wrong as wrong:
                faults.append(Fault(at, firm, column, str(wrong), str(value)))
            else:
                if found is not None:
                    known[column] = found
        if faults:
            raise Faulty(faults)
        return Firm(firm, known)

    def in_month(self, series: str, month: str) -> Decimal | None:
        """Return a series in a month, or None when it is not known."""
        value: Decimal | None = self.known.get(month_column(series, month), self.known.get(series))
        return value

    def quarter_sales(self, quarter: str) -> Decimal | None:
        """Return the sales of a quarter: as given, or its three months when all are known."""
        given: Decimal | None = self.known.get(quarter_column(quarter))
        if given is not None:
            return given
        months = [self.in_month("sales", month) for month in months_of(quarter)]
        return None if None in months else sum((m for m in months if m is not None), Decimal(0))


@dataclass(frozen=True)
class Step:
    """One product: of which period, base × rate = yuan; for tax, yuan = tax at the old rate − tax at the new one."""

    period: str
    base: Decimal
    rate: Decimal
    yuan: Decimal
    old: Decimal | None = None
    new: Decimal | None = None


@dataclass(frozen=True)
class Line:
    """What one rule gives one firm.

    ``status``: due (it may have it), claimed (it had it), missed (it could have had it; the last day is past), no,
    unknown. ``reason``: counted, partial (some months are not known), defers, nothing (the figures give 0.00),
    below_limit (no tax is due anyway), not_issued, region, better (another rule of its group gives more), no:field (a
    condition does not hold), needs:field (it is not known). ``lacks`` names every field or column that is not known.
    """

    firm: str
    rule: str
    status: str
    reason: str
    periods: str = ""
    base: Decimal | None = None
    rate: Decimal | None = None
    yuan: Decimal | None = None
    deadline: date | None = None
    steps: tuple[Step, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass
class _Sum:
    """An amount on its way: what was counted, what could not be."""

    steps: list[Step] = field(default_factory=list)
    months: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    below: bool = False  # some month needs no relief, for no tax is due
    base: Decimal = Decimal(0)
    rate: Decimal | None = None


def rounded(yuan: Decimal) -> Decimal:
    """Round to the fen, half up."""
    return yuan.quantize(FEN, ROUND_HALF_UP)


def assess_one(firm: Firm, on: date, book: RuleBook) -> list[Line]:
    """Return what each rule gives one firm on a day, in the order of the rules, every product named."""
    lines = [_line(firm, on, book, rule) for rule in book.rules]
    best: dict[str, tuple[Decimal, int]] = {}
    for at, (rule, line) in enumerate(zip(book.rules, lines, strict=True)):
        if rule.group and line.yuan and line.status in ("due", "claimed", "missed"):
            best[rule.group] = max(best.get(rule.group, (Decimal(-1), 0)), (line.yuan, -at))
    return [
        Line(line.firm, line.rule, "no", "better", yuan=Decimal("0.00"), deadline=line.deadline)
        if rule.group in best and line.yuan and best[rule.group][1] != -at
        else line
        for at, (rule, line) in enumerate(zip(book.rules, lines, strict=True))
    ]


def _line(firm: Firm, on: date, book: RuleBook, rule: Rule) -> Line:
    def no(reason: str) -> Line:
        return Line(firm.firm, rule.id, "no", reason, yuan=Decimal("0.00"), deadline=rule.deadline)

    if on < rule.issued:
        return no("not_issued")
    region = firm.known.get("region")
    where = _within(region, rule)
    held = [(condition, holds(condition, firm, book)) for condition in rule.where]
    if where is False:
        return no("region")
    for condition, truth in held:
        if truth is False:
            return no(f"no:{condition.field}")
    lacks = [] if where else ["region"]
    lacks += [_lacking(condition, firm, book) for condition, truth in held if truth is None]
    found = _amount(firm, book, rule)
    if lacks:
        needs = tuple(dict.fromkeys([*lacks, *found.lacks]))
        return Line(firm.firm, rule.id, "unknown", f"needs:{lacks[0]}", deadline=rule.deadline, lacks=needs)
    return _weighed(firm, on, rule, found)


def _weighed(firm: Firm, on: date, rule: Rule, found: _Sum) -> Line:
    """Word an amount whose conditions hold."""
    lacks, deadline = tuple(found.lacks), rule.deadline
    if found.lacks and not found.steps and not found.below:
        field_ = found.lacks[0]
        needs = next((series for series in SERIES if field_.startswith(f"{series}_")), field_)
        return Line(firm.firm, rule.id, "unknown", f"needs:{needs}", deadline=deadline, lacks=lacks)
    yuan = sum((step.yuan for step in found.steps), Decimal("0.00"))
    if rule.formula.cap is not None:
        yuan = min(yuan, rounded(rule.formula.cap))
    defers = rule.formula.op == "defers"
    if not yuan and not defers:
        return Line(
            firm.firm, rule.id, "no", "below_limit" if found.below else "nothing",
            yuan=Decimal("0.00"), deadline=deadline, lacks=lacks,
        )  # fmt: skip
    claimed = rule.id in firm.known.get("claimed", ())
    status = "claimed" if claimed else "missed" if rule.closed(on) else "due"
    reason = "defers" if defers else "partial" if found.lacks else "counted"
    return Line(
        firm.firm, rule.id, status, reason, spoken(found.months), None if defers else found.base, found.rate, yuan,
        deadline, tuple(found.steps), lacks,
    )  # fmt: skip


def _within(region: str | None, rule: Rule) -> Known:
    if not rule.regions and not rule.except_regions:
        return True
    if region is None:
        return None
    inside = not rule.regions or region.startswith(rule.regions)
    return inside and not region.startswith(rule.except_regions or ("!",))


def holds(condition: Condition, firm: Firm, book: RuleBook) -> Known:
    """Say whether a condition holds: yes, no, or not known."""
    if condition.any_of:
        return _any(_all(holds(test, firm, book) for test in way) for way in condition.any_of)
    value: Any = is_sme(firm, book) if condition.field == "sme" else firm.known.get(condition.field)
    if value is None:
        return None
    if condition.among:
        return value in condition.among
    if condition.starts:
        return _starts(str(value), condition.starts)
    if condition.starts_not:
        found = _starts(str(value), condition.starts_not)
        return None if found is None else not found
    if condition.at_most is not None:
        return bool(Decimal(value) <= condition.at_most)
    if condition.at_least is not None:
        return bool(Decimal(value) >= condition.at_least)
    return not (condition.since and value < condition.since) and not (condition.until and value > condition.until)


def _starts(value: str, starts: tuple[str, ...]) -> Known:
    """Say whether a code begins so; a code that is too short to tell is not known."""
    if value.startswith(starts):
        return True
    return None if any(start.startswith(value) for start in starts) else False


def _lacking(condition: Condition, firm: Firm, book: RuleBook) -> str:
    """Return the field for want of which a condition cannot be decided."""
    for way in condition.any_of:
        for test in way:
            if holds(test, firm, book) is None:
                return test.field
    return condition.field


def is_sme(firm: Firm, book: RuleBook) -> Known:
    """Say whether a firm is of medium, small or micro size: as stated, or by its sector's thresholds."""
    scale = firm.known.get("scale")
    if scale is not None:
        return bool(scale != "large")
    large = _reaches(firm, book, "large")
    return None if large is None else not large


def scale_of(firm: Firm, book: RuleBook) -> str | None:
    """Return a firm's size, as stated or as its sector's thresholds give it; None when too little is known."""
    if firm.known.get("scale"):
        return str(firm.known["scale"])
    for level in LEVELS:
        reached = _reaches(firm, book, level)
        if reached is None:
            return None
        if reached:
            return level
    return "micro"


def sector_of(firm: Firm, book: RuleBook) -> Sector | None:
    """Return the sector by which a firm's size is told."""
    industry = firm.known.get("industry")
    if industry is None:
        return None
    for sector in book.sectors:
        found = _starts(industry, sector.starts) if sector.starts else True
        if found is None:
            return None
        if found:
            return sector
    return None


def _reaches(firm: Firm, book: RuleBook, level: str) -> Known:
    sector = sector_of(firm, book)
    if sector is None:
        return None
    least: Mapping[str, int] = getattr(sector, level)
    return _all(None if firm.known.get(name) is None else firm.known[name] >= least[name] for name in least)


def _all(truths: Any) -> Known:
    found = list(truths)
    return False if False in found else None if None in found else True


def _any(truths: Any) -> Known:
    found = list(truths)
    return True if True in found else None if None in found else False


def _amount(firm: Firm, book: RuleBook, rule: Rule) -> _Sum:
    formula = rule.formula
    if formula.op == "monthly":
        return _monthly(firm, book, rule, formula)
    if formula.op == "tax":
        return _tax(firm, rule, formula)
    found = _Sum(months=list(rule.months))
    if formula.op == "defers":
        return found
    value = firm.known.get(formula.base)
    amount = firm.known.get(formula.amount) if formula.amount else formula.yuan
    if value is None or (formula.op == "each" and amount is None):
        found.lacks += [formula.base] if value is None else []
        found.lacks += [formula.amount] if formula.amount and amount is None else []
        return found
    found.base = Decimal(value)
    if formula.op == "each":
        found.rate = Decimal(amount or 0) * formula.times
    else:
        found.rate = sum((rate for rate in formula.rates if isinstance(rate, Decimal)), Decimal(0))
    found.steps = [Step("", found.base, found.rate, rounded(found.base * found.rate))]
    return found


def _monthly(firm: Firm, book: RuleBook, rule: Rule, formula: Formula) -> _Sum:
    found = _Sum()
    rates = [_rate(firm, book, rate) for rate in formula.rates]
    if None in rates:
        found.lacks.append("injury_class")
    for month in rule.months:
        base = firm.in_month(formula.base, month)
        if base is None:
            found.lacks.append(month_column(formula.base, month))
        elif None not in rates:
            share = formula.shares.get(month, formula.share)
            for rate in rates:
                assert rate is not None
                found.steps.append(Step(month, base, rate * share, rounded(base * rate * share)))
            found.months.append(month)
            found.base += base
    if found.months and not formula.shares:
        found.rate = sum((rate for rate in rates if rate is not None), Decimal(0)) * formula.share
    return found


def _rate(firm: Firm, book: RuleBook, rate: Decimal | str) -> Decimal | None:
    if isinstance(rate, Decimal):
        return rate
    given = firm.known.get("injury_rate")
    if given is not None:
        return Decimal(given) / 100
    return book.injury.get(str(firm.known.get("injury_class")))


def _tax(firm: Firm, rule: Rule, formula: Formula) -> _Sum:
    """Add up what each filed period saves; a period in which no tax is due anyway saves nothing."""
    found = _Sum(rate=formula.old - formula.new)
    filing = firm.known.get("filing")
    if filing is None:
        found.lacks.append("filing")
        return found
    for period, months in _filed(rule, filing):
        months_known = [firm.in_month("sales", month) for month in months]
        whole = filing == "month" or len(months) == len(months_of(period))
        total = months_known[0] if filing == "month" else firm.quarter_sales(period)
        sales = total if whole else None if None in months_known else sum(m for m in months_known if m is not None)
        limit = formula.month_limit if filing == "month" else formula.quarter_limit
        if total is not None and total <= limit * (1 + formula.new):
            found.below = True
        elif total is None or sales is None:
            found.lacks += [month_column("sales", month) for month in months if firm.in_month("sales", month) is None]
            found.lacks += [quarter_column(period)] if filing == "quarter" and total is None else []
        else:
            old, new = (rounded(sales * rate / (1 + rate)) for rate in (formula.old, formula.new))
            found.steps.append(Step(period, Decimal(sales), formula.old - formula.new, old - new, old, new))
            found.months += months
            found.base += sales
    return found


def _filed(rule: Rule, filing: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the periods filed, each with its months that belong to the rule."""
    if filing == "month":
        return [(month, (month,)) for month in rule.months]
    quarters = dict.fromkeys(quarter_of(month) for month in rule.months)
    return [(quarter, tuple(m for m in months_of(quarter) if m in rule.months)) for quarter in quarters]
