"""The `sijin` command: one verb per line of work, each a thin skin over domain functions."""

import json
import os
import subprocess
import sys
from typing import Annotated

import django
import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(no_args_is_help=True, add_completion=False, help="四进 Sijin: dispatch, visit, ledger, match, brief.")
console = Console()


def prepare() -> None:
    """Bring the store to the present schema."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


@app.command()
def serve(host: str = "127.0.0.1", port: int = 8000, threads: int = 8) -> None:
    """Serve the pages and run the background jobs, until interrupted."""
    from django.core.management import call_command

    prepare()
    call_command("collectstatic", verbosity=0, interactive=False)
    worker = subprocess.Popen([sys.executable, "-m", "django", "db_worker"])
    console.print(f"Sijin serves at [bold]http://{host}:{port}[/bold] — stop with Ctrl-C")
    try:
        subprocess.run(
            [sys.executable, "-m", "gunicorn", "sijin.web.wsgi", "--bind", f"{host}:{port}", "--threads", str(threads)],
            check=False,
        )
    except KeyboardInterrupt:
        pass
    finally:
        worker.terminate()


@app.command()
def demo(
    if_missing: Annotated[bool, typer.Option(help="Do nothing when the demo campaign is there.")] = False,
    figures: Annotated[bool, typer.Option(help="Only print the table of figures.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Make the Weihai 2020 campaign and compare the report's figures with the computed ones."""
    from demo import figures as table
    from demo import replay

    prepare()
    if not figures and not (if_missing and replay.exists()):
        with console.status("Making the demo campaign"):
            replay.run()
        console.print(
            "Sign in as [bold]office[/bold], password [bold]sijin-demo-2020[/bold] (more accounts in demo/README.md)"
        )
    rows = table.compare()
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        shown = Table("row", "what", "report", "computed", "equal")
        for row in rows:
            shown.add_row(str(row["row"]), row["what"], row["report"], row["computed"], "yes" if row["equal"] else "NO")
        console.print(shown)
    if not all(row["equal"] for row in rows):
        raise typer.Exit(1)


@app.command()
def audit(as_json: Annotated[bool, typer.Option("--json", help="Print the faults as JSON.")] = False) -> None:
    """Recompute every event chain; exit 1 and name the faults when one is broken."""
    from sijin.ledger.domain.events import audit as check

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


@app.command()
def administrator(username: str) -> None:
    """Make the first administrator; the password is asked for."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from sijin.people.models import Account, Role

    prepare()
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        validate_password(password)
    except ValidationError as error:
        console.print("\n".join(error.messages))
        raise typer.Exit(1) from error
    Account.objects.create_user(username, password=password, role=Role.ADMINISTRATOR)


def run() -> None:
    """Start Django, then the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sijin.web.settings")
    django.setup()
    app()
