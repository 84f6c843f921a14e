"""`sijin dispatch`: a roster workbook in, the plan as a workbook out.

It works in a store of its own that is thrown away, so that nobody else's people and sites come into the plan and a
server that runs meanwhile is not disturbed.
"""

import json
import os
import subprocess
import sys
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from django.utils import timezone, translation
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sijin.cli.terminal import console, errors, give_up, prepare
from sijin.dispatch.domain import intake, plans
from sijin.dispatch.domain.apart import Apart
from sijin.dispatch.domain.findings import checks
from sijin.dispatch.domain.pricing import parts_words
from sijin.dispatch.files.plans import workbook
from sijin.dispatch.files.reading import read
from sijin.dispatch.models import Campaign, DispatchPlan
from sijin.people.models import Account, Role
from sijin.people.refusals import Refused, RuleBroken
from sijin.places.domain import load_weihai
from sijin.places.models import Door


class By(StrEnum):
    """What a region is."""

    COUNTY = "county"
    PREFECTURE = "prefecture"


class Engine(StrEnum):
    """Where regions are solved."""

    LOCAL = "local"
    SPARK = "spark"


OWN = "SIJIN_DISPATCH_STORE"  # set in the process that has the store of its own


def dispatch(
    roster: Annotated[Path, typer.Argument(help="The roster workbook (.xlsx); the board gives an empty one.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the plan is written (.xlsx).")],
    time_limit: Annotated[float, typer.Option(min=1, max=3600, help="Seconds that the solver may search.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same plan.")] = 1,
    as_json: Annotated[Path | None, typer.Option("--json", help="Where a report is written as JSON.")] = None,
    by: Annotated[By | None, typer.Option(help="Solve region by region, for campaigns of many thousands.")] = None,
    engine: Annotated[Engine, typer.Option(help="Where regions are solved: on this machine, or on Apache Spark.")] = (
        Engine.LOCAL
    ),
) -> None:
    """Decide who goes where from a workbook: teams, seats, sites, the proof and a reason for every choice.

    Rows that cannot be taken are named and left out. Leaves with 1 when nothing could be planned.

    With --by, equal seeds and limits give equal plans, on this machine or on Spark; --time-limit then says how much
    work is done.

    Example: sijin dispatch roster.xlsx -o plan.xlsx --time-limit 10 --json report.json
    """
    if engine is Engine.SPARK and by is None:
        by = By.COUNTY
    if engine is Engine.SPARK and find_spec("pyspark") is None:
        give_up("Spark is not installed: [bold]pip install 'sijin\\[spark]'[/bold], and Java 17.")
    try:
        content = roster.read_bytes()
    except OSError as error:
        give_up(f"The roster cannot be read: {error}")
    if not output.absolute().parent.is_dir():
        give_up(f"There is no folder {output.absolute().parent} to write to.")
    if OWN not in os.environ:
        report = ["--json", str(as_json)] if as_json else []
        limits = ["--time-limit", str(time_limit), "--seed", str(seed)]
        limits += ["--by", by.value, "--engine", engine.value] if by else []
        raise typer.Exit(_in_a_store_of_its_own([str(roster), "-o", str(output), *limits, *report]))
    prepare()
    with translation.override("en"):
        try:
            apart = Apart(by.value, engine.value) if by else None
            report = _planned(content, output, time_limit, seed, apart)
        except Refused as refusal:
            give_up(refusal.message, 1)
    if as_json:
        as_json.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    _show(report, output)


def _in_a_store_of_its_own(arguments: list[str]) -> int:
    """Run this same command on an empty store in a temporary folder; return how it left."""
    command = [sys.executable, "-m", "sijin.cli.main", "dispatch", *arguments]
    with TemporaryDirectory(prefix="sijin-dispatch-") as folder:
        own = {OWN: "1", "SIJIN_DATA": folder, "DATABASE_URL": f"sqlite:///{folder}/sijin.sqlite3"}
        return subprocess.run(command, env={**os.environ, **own}, check=False).returncode


def _planned(content: bytes, output: Path, time_limit: float, seed: int, apart: Apart | None) -> dict[str, Any]:
    """Take the roster in, plan, approve, write the workbook."""
    load_weihai()
    by = Account.objects.create(username="dispatch", role=Role.CAMPAIGN_OFFICE)
    book = read(content)
    campaign = None
    if not book.lines.get("campaign"):
        campaign = Campaign.objects.create(
            code="roster", name="roster", start=timezone.localdate(), doors=list(Door.values)
        )
    examined = intake.examine(by, campaign, book)
    campaign = intake.take_in(by, examined)
    if campaign is None:
        raise RuleBroken("The sheet 行动 has no row that can be taken: mend it, or leave the sheet out.")
    plan = _solved(by, campaign, time_limit, seed, apart)
    plans.approve(by, plan)
    output.write_bytes(workbook(plan))
    return _report(plan, campaign, examined)


def _solved(by: Account, campaign: Campaign, time_limit: float, seed: int, apart: Apart | None) -> DispatchPlan:
    columns = TextColumn("Planning"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("", total=None)

        def told(done: int, total: int, words: str) -> None:
            bar.update(task, completed=done, total=total, description=words)

        return plans.solve(by, campaign, time_limit=time_limit, seed=seed, progress=told, apart=apart)


def _report(plan: DispatchPlan, campaign: Campaign, examined: intake.Examined) -> dict[str, Any]:
    found = checks(campaign)
    return {
        "cost": plan.cost,
        "bound": plan.bound,
        "gap": plan.gap,
        "seconds": plan.seconds,
        "parts": plan.parts,
        "measures": plan.measures,
        "teams": found.total_teams,
        "people": found.total_people,
        "sites": plan.postings.count(),
        "seats_short": found.seats_short,
        "findings": [
            {"team": finding.team.number if finding.team else None, "code": finding.code, **finding.values}
            for finding in found.findings
        ],
        "faults": [
            {"sheet": fault.sheet, "row": fault.row, "column": fault.column, "value": fault.value,
             "expected": fault.expected}
            for fault in examined.faults
        ],
    }  # fmt: skip


def _show(report: dict[str, Any], output: Path) -> None:
    for fault in report["faults"][:20]:
        errors.print(
            f"{fault['sheet']} {fault['row']} {fault['column']}: {fault['value'] or '—'} — {fault['expected']}"
        )
    if len(report["faults"]) > 20:
        errors.print(f"… and {len(report['faults']) - 20} more cells")
    table = Table("part of the objective", "km-equivalents")
    with translation.override("en"):
        words = parts_words()
    for part, value in report["parts"].items():
        table.add_row(str(words.get(part, part)), f"{value:,.1f}")
    console.print(table)
    console.print(
        f"{report['people']:,} people in {report['teams']:,} teams, {report['sites']:,} sites; objective"
        f" {report['cost']:,.1f}, bound {report['bound']:,.1f}, gap {report['gap']:.2%}, {report['seconds']:.1f} s"
    )
    if report["seats_short"]:
        console.print(f"{report['seats_short']} seats short of the size wanted")
    console.print(f"Written: {output}")
