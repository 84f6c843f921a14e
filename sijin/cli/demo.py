"""`sijin demo`: the Weihai 2020 campaign, replayed, and its figures beside the report's."""

import json
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from demo import figures as table
from demo import replay
from sijin.cli.terminal import console, errors, give_up, prepare


def demo(
    if_missing: Annotated[bool, typer.Option("--if-missing", help="Do nothing when the demo is there.")] = False,
    figures: Annotated[bool, typer.Option("--figures", help="Only compare the figures; make nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Make the Weihai 2020 campaign and compare the report's figures with the computed ones.

    Leaves with 1 when a figure differs, with 2 when --figures is asked for before there is a demo.

    Example: sijin demo --figures --json
    """
    prepare()
    if figures and not replay.exists():
        give_up("There is no demo campaign yet: make it with [bold]sijin demo[/bold], then ask for its figures.")
    if not replay.exists():
        _replay()
    elif not (figures or if_missing):
        errors.print("The demo campaign is there already; nothing was made.")
    rows = table.compare()
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        shown = Table("row", "what", "report", "computed", "equal")
        for row in rows:
            shown.add_row(str(row["row"]), row["what"], row["report"], row["computed"], "yes" if row["equal"] else "NO")
        console.print(shown)
        left = "; ".join(f"{row} {room}" for row, room in table.LEFT.items())
        console.print(f"Rows of the acceptance table that wait for a later room: {left}")
    if not all(row["equal"] for row in rows):
        raise typer.Exit(1)


def _replay() -> None:
    columns = TextColumn("Making the demo campaign"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=errors) as bar:
        task = bar.add_task("")
        replay.run(lambda done, total, words: bar.update(task, completed=done, total=total, description=words))
    errors.print(
        "Sign in as [bold]office[/bold], password [bold]sijin-demo-2020[/bold] (more accounts in demo/README.md)"
    )
