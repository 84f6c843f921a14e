"""Relief as workbooks: the lines of many firms, the rows that come back, and the empty list to fill in."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from django.utils.translation import gettext as _

from sijin.engines.relief import FIELDS, Fault, Kind, RuleBook
from sijin.engines.relief.fields import field_of
from sijin.exchange.domain.relief import book, words
from sijin.people.refusals import RuleBroken

MOST_LINES = 1_000_000  # of an xlsx sheet, its head left out
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
GIVEN = ("due", "claimed", "missed")
Tell = Callable[[int, int], None]


def write_lines(
    path: Path, lines: pl.DataFrame, rules: RuleBook, on: date, tell: Tell = lambda done, total: None
) -> None:
    """Write the lines of many firms: a sum for each firm, what it may have, and why not the rest.

    As .xlsx with three sheets, or all lines as they are as .csv or .parquet, which hold any number.
    """
    if path.suffix.lower() == ".parquet":
        lines.write_parquet(path)
        return
    if path.suffix.lower() == ".csv":
        lines.write_csv(path, include_bom=True)
        return
    if len(lines) > MOST_LINES:
        told = _("%(count)s lines do not fit into a workbook; write to .parquet or .csv") % {"count": f"{len(lines):,}"}
        raise RuleBroken(told)
    given = lines.filter(pl.col("status").is_in(GIVEN))
    others = lines.filter(pl.col("status").is_in(("no", "unknown")))
    with xlsxwriter.Workbook(path, OPTIONS) as target:
        looks = styles(target)
        _sums(target, looks, lines, on)
        _given(target, looks, given, rules, lambda done: tell(done, len(lines)))
        _others(target, looks, others, rules, lambda done: tell(len(given) + done, len(lines)))


def styles(target: xlsxwriter.Workbook) -> dict[str, Any]:
    """Return the looks of cells: heads, yuan, days, what is wrong."""
    return {
        "head": target.add_format({"bold": True, "bg_color": "#F3EFE7", "border": 1, "valign": "vcenter"}),
        "yuan": target.add_format({"num_format": "#,##0.00"}),
        "day": target.add_format({"num_format": "yyyy-mm-dd"}),
        "wrong": target.add_format({"font_color": "#B5301F"}),
    }


def page(
    target: xlsxwriter.Workbook, looks: dict[str, Any], name: str, heads: list[tuple[str, int]]
) -> xlsxwriter.worksheet.Worksheet:
    """Add a sheet with its head, frozen and repeated on paper (A4, landscape)."""
    sheet = target.add_worksheet(name)
    for column, (_heading, width) in enumerate(heads):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.write_row(0, 0, [heading for heading, _width in heads], looks["head"])
    return sheet


def _sums(target: xlsxwriter.Workbook, looks: dict[str, Any], lines: pl.DataFrame, on: date) -> None:
    yuan = pl.col("yuan")
    of = {status: yuan.filter(pl.col("status") == status).sum() for status in GIVEN}
    sums = (
        lines.filter(pl.col("rule").is_not_null())
        .group_by("firm", maintain_order=True)
        .agg(
            *(total.cast(pl.Float64).alias(status) for status, total in of.items()),
            (pl.col("status") == "due").sum().alias("rules"),
            (pl.col("status") == "unknown").sum().alias("unknown"),
        )
    )
    heads = [
        (book.field_name("firm"), 16),
        (_("May be had, yuan"), 18),
        (_("Claimed, yuan"), 16),
        (_("Too late to claim, yuan"), 18),
        (_("Rules that apply"), 12),
        (_("Not enough known"), 12),
        (_("As of"), 12),
    ]
    sheet = page(target, looks, _("Sums"), heads)
    for row, (firm, due, claimed, missed, rules, unknown) in enumerate(sums.iter_rows(), start=1):
        sheet.write_string(row, 0, firm)
        for column, amount in enumerate((due, claimed, missed), start=1):
            sheet.write_number(row, column, amount, looks["yuan"])
        sheet.write_number(row, 4, rules)
        sheet.write_number(row, 5, unknown)
        sheet.write_datetime(row, 6, on, looks["day"])


def _given(
    target: xlsxwriter.Workbook,
    looks: dict[str, Any],
    lines: pl.DataFrame,
    rules: RuleBook,
    tell: Callable[[int], None],
) -> None:
    heads = [
        (book.field_name("firm"), 16), (_("Rule"), 36), (_("Id"), 14), (_("Document"), 26), (_("Months"), 20),
        (_("Calculation base"), 16), (_("Relief rate"), 10), (_("Yuan"), 16), (_("State"), 14),
        (_("Note"), 22), (_("Deadline"), 12), (_("What to bring"), 44),
    ]  # fmt: skip
    sheet = page(target, looks, _("What may be had"), heads)
    told, of = words.statuses(), {rule.id: rule for rule in rules.rules}
    periods = {text: book.periods(text) for text in lines["periods"].unique().drop_nulls()}
    for row, line in enumerate(lines.iter_rows(named=True), start=1):
        rule = of[line["rule"]]
        reason = line["reason"]
        note = words.reason(rule, reason, {}, [rule.formula.base]) if reason != "counted" else ""
        texts = [line["firm"], book.rule_name(rule), rule.id, rule.document, periods.get(line["periods"], "")]
        sheet.write_row(row, 0, texts)
        for column, name in ((5, "base"), (6, "rate"), (7, "yuan")):
            if line[name] is not None:
                sheet.write_number(row, column, line[name], None if name == "rate" else looks["yuan"])
        sheet.write_row(row, 8, [told[line["status"]], note])
        if line["deadline"] is not None:
            sheet.write_datetime(row, 10, line["deadline"], looks["day"])
        sheet.write_string(row, 11, "；".join(book.evidence(rule)))
        if row % 5000 == 0:
            tell(row)


def _others(
    target: xlsxwriter.Workbook,
    looks: dict[str, Any],
    lines: pl.DataFrame,
    rules: RuleBook,
    tell: Callable[[int], None],
) -> None:
    heads = [(book.field_name("firm"), 16), (_("Rule"), 36), (_("Id"), 14), (_("State"), 14), (_("Why"), 60)]
    sheet = page(target, looks, _("Why not the others"), heads)
    told, of = words.statuses(), {rule.id: rule for rule in rules.rules}
    said: dict[tuple[str, str], str] = {}
    for row, (firm, rule, status, reason) in enumerate(
        lines.select("firm", "rule", "status", "reason").iter_rows(), start=1
    ):
        why = said.get((rule, reason)) or said.setdefault((rule, reason), words.short_reason(of[rule], reason))
        sheet.write_row(row, 0, [firm, book.rule_name(of[rule]), rule, told[status], why])
        if row % 5000 == 0:
            tell(row)


def write_faults(path: Path, firms: pl.DataFrame, faults: Iterable[Fault], first_row: int = 2) -> None:
    """Write the rows that were not taken, as they came, with the row's number and what is wrong in the last columns."""
    by_row: dict[int, list[str]] = {}
    for fault in faults:
        by_row.setdefault(fault.row, []).append(words.told(fault))
    told = [(column, 14) for column in map(heading, firms.columns)]
    with xlsxwriter.Workbook(path, OPTIONS) as target:
        looks = styles(target)
        sheet = page(target, looks, _("Rows to mend"), [*told, (_("Row"), 8), (_("What is wrong"), 80)])
        for row, (at, wrong) in enumerate(sorted(by_row.items()), start=1):
            sheet.write_row(row, 0, ["" if cell is None else str(cell) for cell in firms.row(at)])
            sheet.write_number(row, len(told), at + first_row)
            sheet.write_string(row, len(told) + 1, "；".join(wrong), looks["wrong"])


def heading(column: str) -> str:
    """Return a column's heading with its unit in brackets."""
    unit = book.unit(column)
    return f"{book.field_name(column)}（{unit}）" if unit else book.field_name(column)


def write_template(target: Any) -> None:
    """Write the empty list, with drop-down lists and a page on every column."""
    with xlsxwriter.Workbook(target, OPTIONS | {"constant_memory": False, "in_memory": True}) as made:
        looks = styles(made)
        asked = book.columns()
        sheet = page(made, looks, _("Firms"), [(heading(column), 16) for column in asked])
        for at, column in enumerate(asked):
            field = field_of(column)
            if field is not None and field.kind in (Kind.CHOICE, Kind.FLAG):
                source = [told for _code, told in book.choices(column)]
                sheet.data_validation(1, at, 5000, at, {"validate": "list", "source": source})
        notes = page(made, looks, _("Notes"), [(_("Column"), 30), (_("Unit"), 12), (_("What to write"), 70)])
        for row, name in enumerate(FIELDS, start=1):
            told = book.hint(name)
            if FIELDS[name].kind is Kind.SERIES:
                told = (
                    f"{told} {_('The same every month: in this column; otherwise in the months of their own.')}".strip()
                )
            notes.write_row(row, 0, [book.field_name(name), book.unit(name), told])
