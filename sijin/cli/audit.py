"""`sijin audit`: every event chain recomputed."""

import json
from typing import Annotated

import typer

from sijin.cli.terminal import console, prepare
from sijin.ledger.domain.events import audit as check


def audit(as_json: Annotated[bool, typer.Option("--json", help="Print the faults as JSON.")] = False) -> None:
    """Recompute every event chain; name the faults and leave with 1 when one is broken.

    Example: sijin audit --json
    """
    prepare()
    faults = list(check())
    if as_json:
        print(json.dumps({"clean": not faults, "faults": faults}, ensure_ascii=False))
    else:
        for fault in faults:
            console.print(f"need {fault['need']}, event {fault['sequence']}: {fault['fault']}")
        console.print("All chains are whole." if not faults else f"{len(faults)} faults.")
    if faults:
        raise typer.Exit(1)
