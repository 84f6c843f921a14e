"""Why a rule gives what it gives, or nothing, in the reader's language; and what is wrong with a cell."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from sijin.engines.relief import FIELDS, Condition, Fault, Kind, Rule
from sijin.engines.relief.fields import field_of, spoken
from sijin.exchange.domain.relief import book

LISTED = 3  # missing figures that are named; the others are counted


def statuses() -> dict[str, str]:
    """Return the words of the statuses of a line."""
    return {
        "due": _("May be had"),
        "claimed": _("Claimed"),
        "missed": _("Too late to claim"),
        "no": _("Not eligible"),
        "unknown": _("Not enough known"),
        "faulty": _("Figures to mend"),
    }


def reason(rule: Rule, code: str, known: Mapping[str, Any], lacks: Iterable[str] = ()) -> str:
    """Say why: a line's reason with the firm's figure and what the rule expects."""
    what, _colon, name = code.partition(":")
    if what == "no":
        return _("%(field)s is %(value)s; the rule asks for %(expected)s") % {
            "field": book.field_name(name),
            "value": _value(name, known),
            "expected": _or(expected(test) for test in rule.where if test.field == name),
        }
    if what in ("needs", "partial"):
        missing = names(lacks) if lacks else book.field_name(name)
        told = (
            _("Not enough known: needs %(fields)s") if what == "needs" else _("Not counted yet, not known: %(fields)s")
        )
        return told % {"fields": missing}
    return {
        "counted": "",
        "defers": _("Puts off what is due; nothing is spared"),
        "nothing": _("The figures give 0.00 yuan"),
        "below_limit": _("Sales are so low that no tax is due anyway"),
        "not_issued": _("Not issued yet on this day: known from %(day)s") % {"day": book.day(rule.issued)},
        "region": _("Holds for %(regions)s only") % {"regions": _regions(rule)},
        "better": _("Another rule of its kind gives more; only one may be had"),
    }[what]


def short_reason(rule: Rule, code: str) -> str:
    """Say why not, without the firm's own figure."""
    what, _colon, name = code.partition(":")
    if what != "no":
        return reason(rule, code, {})
    return _("%(field)s: the rule asks for %(expected)s") % {
        "field": book.field_name(name),
        "expected": _or(expected(test) for test in rule.where if test.field == name),
    }


def names(columns: Iterable[str]) -> str:
    """List columns in words, at most a few of them."""
    when: dict[str, list[str]] = {}
    for column in columns:
        base, period = book.split(column)
        when.setdefault(base, []).append(period)
    told = [_spanned(base, [period for period in periods if period]) for base, periods in when.items()]
    listed = ("、" if book.in_chinese() else "; ").join(told[:LISTED])
    if len(told) > LISTED:
        return _("%(listed)s and %(count)s more") % {"listed": listed, "count": len(told) - LISTED}
    return listed


def _spanned(base: str, periods: list[str]) -> str:
    """Name a field, and its months as spans."""
    months = [period for period in periods if "q" not in period]
    quarters = [book.period_name(period) for period in periods if "q" in period]
    spans = ("、" if book.in_chinese() else ", ").join(
        [book.periods(spoken(months)), *quarters] if months else quarters
    )
    if not spans:
        return book.field_name(base)
    return f"{book.field_name(base)}（{spans}）" if book.in_chinese() else f"{book.field_name(base)} ({spans})"


def expected(test: Condition) -> str:
    """Say what a condition asks for."""
    if test.any_of:
        return _or(_and(_named(part) for part in way) for way in test.any_of)
    if test.field == "sme":
        return _("medium, small or micro size") if test.among == (True,) else _("large size")
    if test.among:
        words = dict(book.choices(test.field))
        return _or(words[str(value).lower() if isinstance(value, bool) else value] for value in test.among)
    if test.starts:
        return _("a code of %(codes)s") % {"codes": ", ".join(test.starts)}
    if test.starts_not:
        return _("a code not of %(codes)s") % {"codes": ", ".join(test.starts_not)}
    mark = "%" if test.field in FIELDS and FIELDS[test.field].kind is Kind.PERCENT else ""
    if test.at_most is not None:
        return _("at most %(most)s") % {"most": f"{test.at_most}{mark}"}
    if test.at_least is not None:
        return _("at least %(least)s") % {"least": f"{test.at_least}{mark}"}
    return _("%(first)s to %(last)s") % {
        "first": book.day(test.since) if test.since else "…",
        "last": book.day(test.until) if test.until else "…",
    }


def _named(test: Condition) -> str:
    if test.field == "sme" or test.among:
        return expected(test)
    return _("%(field)s %(expected)s") % {"field": book.field_name(test.field), "expected": expected(test)}


def _value(name: str, known: Mapping[str, Any]) -> str:
    if name == "sme":
        return _("large") if known.get("sme") is False else _("medium, small or micro")
    value = known.get(name)
    if FIELDS[name].kind in (Kind.CHOICE, Kind.FLAG):
        return dict(book.choices(name)).get(str(value).lower() if isinstance(value, bool) else str(value), str(value))
    mark = "%" if FIELDS[name].kind is Kind.PERCENT else ""
    return f"{value.normalize():f}{mark}" if isinstance(value, Decimal) else f"{value}{mark}"


def _or(words: Iterable[str]) -> str:
    return ("或" if book.in_chinese() else " or ").join(words)


def _and(words: Iterable[str]) -> str:
    return ("且" if book.in_chinese() else " and ").join(words)


def _regions(rule: Rule) -> str:
    if rule.regions:
        return ", ".join(f"{code}…" for code in rule.regions)
    return _("places but %(codes)s") % {"codes": ", ".join(f"{code}…" for code in rule.except_regions)}


def fault(column: str, code: str) -> str:
    """Say what was expected in a cell."""
    asked = field_of(column)
    limit = f"{asked.most:,}" if asked else ""
    if code == "choice" and asked:
        return _("expected one of: %(choices)s") % {
            "choices": ", ".join(words for _c, words in book.choices(asked.name))
        }
    return {
        "missing": _("expected the firm's code"),
        "duplicate": _("this firm stands in an earlier row"),
        "number": _("expected a number"),
        "whole": _("expected a whole number"),
        "decimals": _("expected at most %(n)s decimals") % {"n": 4 if asked and asked.kind is Kind.PERCENT else 2},
        "negative": _("expected a number that is not negative"),
        "too_large": _("expected at most %(limit)s") % {"limit": limit},
        "region": _("expected a region code of 6 to 12 digits, for example 371002"),
        "industry": _("expected an industry code of two to four digits, for example C2221"),
        "date": _("expected a date such as 2020-03-10"),
        "flag": _("expected yes or no"),
        "rule": _("expected ids of rules, for example %(example)s") % {"example": "SI-SME, EL-1"},
        "site": _("expected the code of an enterprise that you see"),
    }[code]


def told(found: Fault) -> str:
    """Say where a fault stands, what stands there and what was expected."""
    return _("%(column)s: “%(value)s” — %(expected)s") % {
        "column": book.field_name(found.field),
        "value": found.value or "—",
        "expected": fault(found.field, found.code),
    }
