"""The rules and the fields of a firm, read from `relief_rules.yaml` and `relief_fields.yaml`, and their words."""

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

from sijin.engines.relief import FIELDS, Kind, Rule, RuleBook, rules_from
from sijin.engines.relief.fields import COLUMN, QUARTER, month_column, months_of, quarter_column, quarter_of

ROOM = Path(__file__).parents[2]
YES_NO = {"true": ("是", "Yes"), "false": ("否", "No")}


@cache
def book() -> RuleBook:
    """Return the rules that are shipped."""
    return rules_from(yaml.safe_load((ROOM / "relief_rules.yaml").read_text(encoding="utf-8")))


@cache
def _names() -> dict[str, Any]:
    return yaml.safe_load((ROOM / "relief_fields.yaml").read_text(encoding="utf-8"))


def in_chinese() -> bool:
    """Say whether the reader's language is Chinese."""
    return (get_language() or "zh").startswith("zh")


def _said(entry: dict[str, Any], chinese: str, english: str) -> str:
    return str(entry.get(chinese if in_chinese() else english, ""))


def sections() -> list[tuple[str, str, list[str]]]:
    """Return the sections of the form: (id, heading, fields)."""
    found = []
    for section in _names()["sections"]:
        names = [name for name, entry in _names()["fields"].items() if entry["section"] == section["id"]]
        found.append((section["id"], _said(section, "name", "english"), names))
    return found


def field_name(column: str) -> str:
    """Return how a column is called; a month's column names the month: 2020年3月电费."""
    if column == "sme":
        return _said({"zh": "企业规模", "en": "Size"}, "zh", "en")
    base, when = split(column)
    name = _said(_names()["fields"].get(base, {"name": base, "english": base}), "name", "english")
    if not when:
        return name
    return f"{period_name(when)}{name}" if in_chinese() else f"{name}, {period_name(when)}"


def unit(column: str) -> str:
    """Return the unit of a column; empty when it has none."""
    base, when = split(column)
    words = _said(_names()["fields"].get(base, {}), "unit", "unit_en")
    return words.replace("/月", "").replace(" a month", "") if when else words


def hint(column: str) -> str:
    """Return what helps to fill a field in."""
    return _said(_names()["fields"][column], "hint", "hint_en")


def choices(name: str) -> list[tuple[str, str]]:
    """Return (code, words) of a choice or of yes and no."""
    named = _names()["fields"][name].get("choices", YES_NO if FIELDS[name].kind is Kind.FLAG else {})
    return [(code, words[0] if in_chinese() else words[1]) for code, words in named.items()]


def choice_codes(name: str) -> dict[str, str]:
    """Return {words in either language, or the code: code} of a choice."""
    named = _names()["fields"][name].get("choices", {})
    return {words: code for code, both in named.items() for words in (*both, code)}


def split(column: str) -> tuple[str, str]:
    """Return a column's field and its month or quarter: rent_2020_02 gives ("rent", "2020-02")."""
    if found := COLUMN.match(column):
        return found[1], f"{found[2]}-{found[3]}"
    if found := QUARTER.match(column):
        return "sales", f"{found[1]}-q{found[2]}"
    return column, ""


def period_name(when: str) -> str:
    """Return a month or a quarter in words."""
    year, part = when.split("-")
    if part.startswith("q"):
        return f"{year}年{part[1]}季度" if in_chinese() else f"{year} {part.upper()}"
    return f"{year}年{int(part)}月" if in_chinese() else when


def day(on: date) -> str:
    """Return a day as documents write it."""
    return f"{on.year}年{on.month}月{on.day}日" if in_chinese() else on.isoformat()


def periods(text: str) -> str:
    """Return the months of a line in words: 2020年2月至6月."""
    if not in_chinese() or not text:
        return text.replace("…", " – ")
    spans = []
    for span in text.split(", "):
        first, _dots, last = span.partition("…")
        words = period_name(first)
        if last:
            words += "至" + (period_name(last)[5:] if last[:4] == first[:4] else period_name(last))
        spans.append(words)
    return "、".join(spans)


@cache
def months_asked() -> dict[str, tuple[str, ...]]:
    """Return the months, of each series, for which some rule asks; of sales whole quarters."""
    found: dict[str, set[str]] = {}
    for rule in book().rules:
        if rule.formula.op in ("monthly", "tax"):
            months = set(rule.months)
            if rule.formula.op == "tax":
                months = {m for month in months for m in months_of(quarter_of(month))}
            found.setdefault(rule.formula.base, set()).update(months)
    return {series: tuple(sorted(months)) for series, months in found.items()}


def columns() -> list[str]:
    """Return every column that a sheet may have, in order: fields, each series followed by its months."""
    found: list[str] = []
    for _id, _heading, names in sections():
        for name in names:
            found.append(name)
            months = months_asked().get(name, ())
            found += [month_column(name, month) for month in months]
            if name == "sales":
                found += [quarter_column(quarter) for quarter in dict.fromkeys(map(quarter_of, months))]
    return found


@cache
def _headings() -> dict[str, str]:
    """Return {heading in either language, or the column's own name: column}."""
    found: dict[str, str] = {}
    for name, entry in _names()["fields"].items():
        found |= {entry["name"]: name, entry["english"].lower(): name, name: name}
    return found


def column_of(heading: str) -> str | None:
    """Return the column that a heading means; None for one that nobody asks for. Units in brackets are left out."""
    plain = re.sub(r"[（(][^（()）]*[）)]|\*", "", heading).strip()
    if COLUMN.match(plain) or QUARTER.match(plain):
        return plain
    if found := re.match(r"^(\d{4})年(\d{1,2})月(.+)$", plain):
        base = _headings().get(found[3])
        return month_column(base, f"{found[1]}-{int(found[2]):02d}") if base in months_asked() else None
    if found := re.match(r"^(\d{4})年([1-4])季度含税销售额$", plain):
        return quarter_column(f"{found[1]}-q{found[2]}")
    if found := re.match(r"^Sales with tax, (\d{4}) Q([1-4])$", plain):
        return quarter_column(f"{found[1]}-q{found[2]}")
    if found := re.match(r"^(.+), (\d{4})-(\d{2})$", plain):
        base = _headings().get(found[1].lower())
        return month_column(base, f"{found[2]}-{found[3]}") if base in months_asked() else None
    return _headings().get(plain, _headings().get(plain.lower()))


def rule_name(rule: Rule) -> str:
    """Return a rule's name in the reader's language."""
    return rule.name if in_chinese() else rule.name_en


def summary(rule: Rule) -> str:
    """Return what a rule says, in our own words."""
    return rule.summary if in_chinese() else rule.summary_en


def evidence(rule: Rule) -> tuple[str, ...]:
    """Return what to bring."""
    return rule.evidence if in_chinese() else rule.evidence_en


def assumed(rule: Rule) -> str:
    """Name the fields that the source of a rule does not state; empty when it states all."""
    words = {
        "document": ("文号", "document number"),
        "issued": ("发布日期", "day of issue"),
        "months": ("起止月", "months"),
    }
    return ("、" if in_chinese() else ", ").join(words[name][0 if in_chinese() else 1] for name in rule.assumed)
