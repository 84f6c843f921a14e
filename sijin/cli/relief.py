"""`sijin relief`: what firms are owed, from a list in a file; works on the file alone, without the store."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from django.utils import translation
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from sijin.cli.terminal import console, errors, give_up
from sijin.engines import relief as engine
from sijin.exchange.domain.relief import book, words
from sijin.exchange.files import firms as lists
from sijin.exchange.files import relief as sheets
from sijin.people.refusals import RuleBroken

SHOWN = 20  # faults that are named on the terminal
ENDINGS = (".xlsx", ".csv", ".parquet")


def relief(
    firms: Annotated[Path, typer.Argument(help="The list of firms: .xlsx, .csv or .parquet.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where the sheets are written: .xlsx, .csv, .parquet.")
    ],
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of this day; today if left out.")
    ] = None,
    bad: Annotated[Path | None, typer.Option("--errors", help="Where rows that cannot be taken go (.xlsx).")] = None,
    language: Annotated[str, typer.Option(help="Of the sheets: zh-hans, zh-hant or en.")] = "zh-hans",
) -> None:
    """Compute which relief rules apply to each firm, how much, by when, what to bring, and why not the others.

    Rows that cannot be taken are named and left out. Leaves with 1 when no row could be taken.

    Example: sijin relief firms.xlsx --on 2020-03-15 -o sheets.xlsx --errors bad.xlsx
    """
    for path in (output, bad):
        if path is not None and not path.absolute().parent.is_dir():
            give_up(f"There is no folder {path.absolute().parent} to write to.")
    if output.suffix.lower() not in ENDINGS:
        give_up(f"The sheets are written as one of {', '.join(ENDINGS)}.")
    day, rules = (on or datetime.now()).date(), book.book()
    with translation.override("en"):
        try:
            given = lists.read(firms.read_bytes(), firms.name)
        except OSError as error:
            give_up(f"The list cannot be read: {error}")
        except RuleBroken as refusal:
            give_up(refusal.message, 1)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=errors, transient=True) as bar, translation.override(language):
        task = bar.add_task("Checking", total=None)
        faults = engine.examine(given.table, rules)
        bar.update(task, description="Computing", total=max(1, given.table.height))
        lines = engine.assess(given.table, day, rules, progress=_told(bar, task))
        bar.update(task, description="Writing", total=len(lines), completed=0)
        try:
            sheets.write_lines(output, lines, rules, day, _told(bar, task))
        except RuleBroken as refusal:
            give_up(refusal.message, 1)
        if bad is not None and faults:
            sheets.write_faults(bad, given.table, faults, given.first_row)
    _show(given, lines, faults, day)
    console.print(f"Written: {output}" + (f"; rows to mend: {bad}" if bad is not None and faults else ""))
    if given.table.height and lines["rule"].null_count() == len(lines):
        raise typer.Exit(1)


def _told(bar: Progress, task: TaskID) -> sheets.Tell:
    return lambda done, total: bar.update(task, completed=done, total=total)


def _show(given: lists.Firms, lines: pl.DataFrame, faults: list[engine.Fault], day: date) -> None:
    if given.ignored:
        errors.print(f"Columns that no rule asks for were left out: {', '.join(given.ignored)}", markup=False)
    with translation.override("en"):
        for fault in faults[:SHOWN]:
            errors.print(f"row {fault.row + given.first_row}, {words.told(fault)}", markup=False)
    if len(faults) > SHOWN:
        errors.print(f"… and {len(faults) - SHOWN:,} more cells")
    shown = Table("rule", "firms", "yuan", "not enough known")
    due, unknown = pl.col("status") == "due", pl.col("status") == "unknown"
    sums = (
        lines.drop_nulls("rule")
        .group_by("rule")
        .agg(due.sum().alias("firms"), pl.col("yuan").filter(due).sum().alias("yuan"), unknown.sum().alias("unknown"))
        .sort("rule")
    )
    for rule, count, yuan, lacking in sums.iter_rows():
        if count or lacking:
            shown.add_row(rule, f"{count:,}", f"{yuan:,.2f}", f"{lacking:,}")
    console.print(shown)
    bad_rows = len({fault.row for fault in faults})
    console.print(
        f"{given.table.height - bad_rows:,} firms as of {day.isoformat()}:"
        f" {sums['yuan'].sum() or 0:,.2f} yuan may be had; {bad_rows:,} rows come back"
    )
