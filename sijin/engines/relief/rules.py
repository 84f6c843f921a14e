"""Relief rules as data: what a rule says, for whom, when and how much; read from plain values and checked.

A formula is one of a closed set, which both paths of the engine interpret; nothing in the data is code:

- `monthly`: for each month and each rate, base × rate × share, rounded to the fen, added up;
- `tax`: for each month or quarter filed, tax at the old rate less tax at the new one, each rounded, where sales without
  tax pass the limit under which no tax is due anyway: `gross × r ÷ (1 + r)`;
- `once`: one amount × rate, rounded, at most `cap`;
- `each`: a count × yuan (or × an amount of the firm's) × `times`, at most `cap`;
- `defers`: puts off what is due; no yuan is saved.

Rounding is half up, to the fen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from sijin.engines.relief.fields import DERIVED, FIELDS, MONTH, Kind, months_between

Op = Literal["monthly", "tax", "once", "each", "defers"]
OPS = ("monthly", "tax", "once", "each", "defers")
LEVELS = ("large", "medium", "small")
FINEST = 6  # decimals of a rate


@dataclass(frozen=True)
class Condition:
    """One thing that must hold: of `field`, one of the tests; or one of the lists of `any_of`, all of it."""

    field: str
    among: tuple[str | bool, ...] = ()
    starts: tuple[str, ...] = ()
    starts_not: tuple[str, ...] = ()
    at_most: Decimal | None = None
    at_least: Decimal | None = None
    since: date | None = None
    until: date | None = None
    any_of: tuple[tuple["Condition", ...], ...] = ()


@dataclass(frozen=True)
class Formula:
    """How much. `rates` are numbers, or names of rates of the book; `shares` by month where they differ."""

    op: Op
    base: str = ""
    rates: tuple[Decimal | str, ...] = ()
    share: Decimal = Decimal(1)
    shares: Mapping[str, Decimal] = field(default_factory=dict)
    old: Decimal = Decimal(0)
    new: Decimal = Decimal(0)
    month_limit: Decimal = Decimal(0)
    quarter_limit: Decimal = Decimal(0)
    yuan: Decimal | None = None
    amount: str = ""
    times: int = 1
    cap: Decimal | None = None


@dataclass(frozen=True)
class Rule:
    """One rule, in one version: an extension is a rule of its own, issued on its own day.

    ``months`` are the months to which it belongs (none: it belongs to no month). It is known from ``issued`` on;
    ``until`` is the last day on which it can be applied for (none: no end is stated). ``automatic``: nobody needs to
    apply. ``mark`` S: read in the source named; K: from general knowledge, to be confirmed. ``assumed`` names fields
    that the source does not state. Of the rules of one ``group`` a firm gets the best.
    """

    id: str
    name: str
    name_en: str
    authority: str
    document: str
    source: str
    mark: str
    summary: str
    summary_en: str
    issued: date
    where: tuple[Condition, ...]
    formula: Formula
    months: tuple[str, ...] = ()
    until: date | None = None
    regions: tuple[str, ...] = ()
    except_regions: tuple[str, ...] = ()
    automatic: bool = False
    evidence: tuple[str, ...] = ()
    evidence_en: tuple[str, ...] = ()
    group: str = ""
    assumed: tuple[str, ...] = ()

    @property
    def deadline(self) -> date | None:
        """The last day to apply or, where no such day is stated, the last day to which the rule belongs."""
        if self.until or not self.months:
            return self.until
        year, month = int(self.months[-1][:4]), int(self.months[-1][5:])
        after = date(year + month // 12, month % 12 + 1, 1)
        return date.fromordinal(after.toordinal() - 1)

    def closed(self, on: date) -> bool:
        """Say whether it can no longer be applied for on a day."""
        return self.until is not None and on > self.until


@dataclass(frozen=True)
class Sector:
    """How large is large in a sector: for each level, the least staff, revenue and assets (yuan); all must be met."""

    name: str
    starts: tuple[str, ...]
    large: Mapping[str, int]
    medium: Mapping[str, int]
    small: Mapping[str, int]


@dataclass(frozen=True)
class RuleBook:
    """The rules, the rates that they name, injury rates by class, and the sectors by which a firm's size is told."""

    rules: tuple[Rule, ...]
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    injury: Mapping[str, Decimal] = field(default_factory=dict)
    sectors: tuple[Sector, ...] = ()

    def __getitem__(self, name: str) -> Rule:
        return next(rule for rule in self.rules if rule.id == name)


def rules_from(data: Mapping[str, Any]) -> RuleBook:
    """Read a book of rules from plain values; ValueError names the rule and the field that is wrong."""
    rates = {name: _number(f"rate {name}", "rate", value) for name, value in data.get("rates", {}).items()}
    injury = {str(name): _number("injury", str(name), value) for name, value in data.get("injury", {}).items()}
    sectors = tuple(_sector(entry) for entry in data.get("sectors", []))
    rules = tuple(_rule(entry, rates) for entry in data["rules"])
    names = [rule.id for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"rule {name}, field id: expected a name that no other rule has")
    return RuleBook(rules, rates, injury, sectors)


def _rule(entry: Mapping[str, Any], rates: Mapping[str, Decimal]) -> Rule:
    name = str(entry.get("id", "?"))
    known = {f.name for f in fields(Rule)}
    for key in entry:
        if key not in known:
            raise _wrong(name, key, f"one of {', '.join(sorted(known))}", entry[key])
    for key in ("id", "name", "name_en", "authority", "document", "source", "summary", "summary_en"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise _wrong(name, key, "words", entry.get(key))
    if entry.get("mark") not in ("S", "K"):
        raise _wrong(name, "mark", "S or K", entry.get("mark"))
    if not isinstance(entry.get("issued"), date):
        raise _wrong(name, "issued", "a date", entry.get("issued"))
    span = entry.get("months", [])
    if span and (len(span) != 2 or not all(MONTH.match(str(m)) for m in span) or not months_between(*span)):
        raise _wrong(name, "months", "the first month and the last", span)
    assumed = entry.get("assumed", [])
    if any(key not in known for key in assumed):
        raise _wrong(name, "assumed", "names of fields of a rule", assumed)
    months = months_between(*span) if span else ()
    formula = _formula(name, entry.get("formula", {}), months, rates)
    lists: dict[str, Any] = {key: tuple(str(v) for v in entry.get(key, ())) for key in _LISTS}
    taken = {*lists, "where", "formula", "months"}
    plain: dict[str, Any] = {key: value for key, value in entry.items() if key not in taken}
    return Rule(
        **plain,
        **lists,
        months=months,
        formula=formula,
        where=tuple(_condition(name, test) for test in entry.get("where", [])),
    )


_LISTS = ("regions", "except_regions", "evidence", "evidence_en", "assumed")


def _condition(rule: str, entry: Mapping[str, Any]) -> Condition:
    if "any_of" in entry:
        ways = tuple(tuple(_condition(rule, test) for test in way) for way in entry["any_of"])
        if not ways or not all(ways):
            raise _wrong(rule, "where", "lists of conditions", entry)
        return Condition(ways[0][0].field, any_of=ways)
    name = entry.get("field")
    tests = set(entry) - {"field"}
    allowed = {"among", "starts", "starts_not", "at_most", "at_least", "since", "until"}
    known = name in DERIVED or (name in FIELDS and FIELDS[str(name)].kind is not Kind.SERIES)
    if not known or not tests or tests - allowed or len(tests - {"since", "until"}) > 1:
        raise _wrong(rule, "where", f"a field of a firm and one of {', '.join(sorted(allowed))}", entry)
    if name in FIELDS and (strange := set(entry.get("among", ())) - {*FIELDS[str(name)].choices, True, False}):
        raise _wrong(rule, "where", f"choices of {name}", strange)
    return Condition(
        field=str(name),
        among=tuple(entry.get("among", ())),
        starts=tuple(entry.get("starts", ())),
        starts_not=tuple(entry.get("starts_not", ())),
        at_most=_number(rule, "at_most", entry["at_most"]) if "at_most" in entry else None,
        at_least=_number(rule, "at_least", entry["at_least"]) if "at_least" in entry else None,
        since=entry.get("since"),
        until=entry.get("until"),
    )


def _formula(rule: str, entry: Mapping[str, Any], months: tuple[str, ...], rates: Mapping[str, Decimal]) -> Formula:
    op = entry.get("op")
    if op not in OPS:
        raise _wrong(rule, "formula.op", f"one of {', '.join(OPS)}", op)
    known = {f.name for f in fields(Formula)}
    for key in entry:
        if key not in known:
            raise _wrong(rule, f"formula.{key}", f"one of {', '.join(sorted(known))}", entry[key])
    kind = FIELDS[entry["base"]].kind if entry.get("base") in FIELDS else None
    wanted = {"monthly": Kind.SERIES, "tax": Kind.SERIES, "once": Kind.MONEY, "each": Kind.COUNT, "defers": None}[op]
    if kind is not wanted:
        raise _wrong(rule, "formula.base", f"a field of kind {wanted.value if wanted else 'none'}", entry.get("base"))
    if op in ("monthly", "tax") and not months:
        raise _wrong(rule, "months", "the first month and the last", None)
    if op == "tax" and entry["base"] != "sales":
        raise _wrong(rule, "formula.base", "sales", entry["base"])
    if op == "each" and (entry.get("yuan") is None) == (not entry.get("amount")):
        raise _wrong(rule, "formula.yuan", "either yuan or the field of an amount", entry)
    named = tuple(_rate(rule, rate, rates) for rate in entry.get("rates", ()))
    shares = {month: _number(rule, "formula.shares", share) for month, share in entry.get("shares", {}).items()}
    if shares and set(shares) != set(months):
        raise _wrong(rule, "formula.shares", "a share for each month", sorted(shares))
    if op in ("monthly", "once") and not named:
        raise _wrong(rule, "formula.rates", "at least one rate", named)
    numbers: dict[str, Any] = {
        key: _number(rule, f"formula.{key}", entry[key])
        for key in ("share", "old", "new", "month_limit", "quarter_limit", "yuan", "cap")
        if entry.get(key) is not None
    }
    return Formula(
        op=op,
        base=entry.get("base", ""),
        rates=named,
        shares=shares,
        amount=entry.get("amount", ""),
        times=int(entry.get("times", 1)),
        **numbers,
    )


def _rate(rule: str, rate: Any, rates: Mapping[str, Decimal]) -> Decimal | str:
    if isinstance(rate, str) and (rate in rates or rate == "injury"):
        return rates.get(rate, rate)
    return _number(rule, "formula.rates", rate)


def _sector(entry: Mapping[str, Any]) -> Sector:
    name = str(entry.get("name", "?"))
    for level in LEVELS:
        least = entry.get(level)
        if not isinstance(least, dict) or not least or set(least) - {"staff", "revenue", "assets"}:
            raise ValueError(f"sector {name}, field {level}: expected least staff, revenue or assets, got {least!r}")
    levels = {level: {key: int(value) for key, value in entry[level].items()} for level in LEVELS}
    return Sector(name, tuple(str(start) for start in entry["starts"]), **levels)


def _number(rule: str, key: str, value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _wrong(rule, key, "a number", value) from None
    exponent = number.as_tuple().exponent
    if not number.is_finite() or number < 0 or not isinstance(exponent, int) or -exponent > FINEST:
        raise _wrong(rule, key, f"a number of at least 0 with at most {FINEST} decimals", value)
    return number


def _wrong(rule: str, key: str, expected: str, value: Any) -> ValueError:
    return ValueError(f"rule {rule}, field {key}: expected {expected}, got {value!r}")
