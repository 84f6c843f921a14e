"""`sijin serve`: the pages, the API and the background jobs."""

import subprocess
import sys
from typing import Annotated

import typer
from django.core.management import call_command

from sijin.cli.terminal import console, prepare


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 for every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at.")] = 8000,
    threads: Annotated[int, typer.Option(help="Requests answered at the same time.")] = 8,
) -> None:
    """Serve the pages and the API, and run the background jobs, until Ctrl-C.

    Example: sijin serve --host 0.0.0.0 --port 8080
    """
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
