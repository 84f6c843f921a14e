"""`sijin audit`: every event chain, every evidence file and every file of a village work recomputed."""

import json
import time
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sijin.cli.terminal import console, errors, prepare
from sijin.ledger.domain.audit import audit as check
from sijin.works.domain.village import papers


def audit(
    as_json: Annotated[bool, typer.Option("--json", help="Print the faults as JSON: {clean, faults}.")] = False,
    files: Annotated[
        bool, typer.Option(help="Read evidence files and files of works too, not only the chains.")
    ] = True,
) -> None:
    """Recompute every event chain and every evidence file; name the faults.

    Leaves with 0 when all is whole, with 1 when there is a fault.

    Example: sijin audit --json
    """
    prepare()
    started = time.monotonic()
    columns = TextColumn("Auditing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("", total=0)
        faults = list(check(lambda done, total: bar.update(task, completed=done, total=total), files))
        checked = int(bar.tasks[0].completed)
        for file, fault in papers.audit() if files else ():
            checked += 1
            if fault:
                words = f"village work {file.work_id}, {file.name}, version {file.number}: {fault}"
                faults.append({"need": 0, "sequence": 0, "fault": words})
    if as_json:
        print(json.dumps({"clean": not faults, "faults": faults}, ensure_ascii=False))
    else:
        for fault in faults:
            where = f"need {fault['need']}, event {fault['sequence']}: " if fault["need"] else ""
            console.print(f"{where}{fault['fault']}", markup=False)
        words = "All chains are whole" if not faults else f"{len(faults)} faults"
        console.print(f"{words}: {checked:,} events and files in {time.monotonic() - started:.1f} s.")
    if faults:
        raise typer.Exit(1)
