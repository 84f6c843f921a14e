"""`sijin serve`: the pages, the API and the background jobs, as processes that this one watches over."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

import typer
from django.core.management import call_command

from sijin.cli.terminal import console, prepare
from sijin.people import jobs

LOOK = 0.25  # seconds between two looks at the processes
GRACE = 15.0  # seconds that a process has to finish what it does, before it is asked again and then killed
REST = 2.0  # seconds before a worker that died is started again, so that a broken one does not spin
PR_SET_PDEATHSIG = 1  # prctl(2): have the kernel send a signal when the parent dies


@dataclass
class Child:
    """One process under watch; `returns` says whether it is started again when it ends."""

    command: list[str]
    returns: bool
    before: Callable[[], object] = lambda: None
    process: subprocess.Popen | None = None
    again_at: float = field(default=0.0)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches only the watcher, which ends its children in order."""
        self.before()
        self.process = subprocess.Popen(self.command, start_new_session=True, preexec_fn=_end_with_parent)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None


def _end_with_parent() -> None:
    """Ask Linux to end this process when the watcher is killed; elsewhere nothing is asked."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def watch(children: list[Child]) -> int:
    """Run `children` until a signal comes or one that does not return has ended; give the exit code."""
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: stopped.append(number))
    for child in children:
        child.start()
    while not stopped:
        time.sleep(LOOK)
        for child in children:
            if child.alive:
                continue
            if not child.returns:
                end(children)
                return child.process.returncode or 1
            if not child.again_at:
                child.again_at = time.monotonic() + REST
                console.print(f"A worker ended ({child.process.returncode}); another one starts.")
            elif time.monotonic() > child.again_at:
                child.again_at = 0.0
                child.start()
    end(children)
    return 0


def end(children: list[Child]) -> None:
    """End all processes: asked once to finish what they do, then asked to drop it, then killed."""
    for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0)):
        alive = [child.process for child in children if child.alive]
        for process in alive:
            process.send_signal(number)
        until = time.monotonic() + patience
        while any(process.poll() is None for process in alive) and time.monotonic() < until:
            time.sleep(0.05)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 for every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at.")] = 8000,
    processes: Annotated[int, typer.Option(help="Processes that answer requests.")] = min(4, os.cpu_count() or 1),
    threads: Annotated[int, typer.Option(help="Requests that each of them answers at the same time.")] = 8,
    workers: Annotated[int, typer.Option(help="Background jobs that run at the same time.")] = 1,
) -> None:
    """Serve the pages and the API, and run the background jobs, until Ctrl-C.

    Example: sijin serve --host 0.0.0.0 --port 8080
    """
    prepare()
    call_command("collectstatic", verbosity=0, interactive=False)
    web = [sys.executable, "-m", "gunicorn", "sijin.web.wsgi", "--bind", f"{host}:{port}", "--log-level", "warning"]
    web += ["--workers", str(processes), "--threads", str(threads), "--timeout", "120", "--graceful-timeout", "10"]
    worker = [sys.executable, "-m", "django", "db_worker", "--no-reload", "--no-startup-delay", "--verbosity", "0"]
    children = [Child(web, returns=False)]
    children += [Child(worker, returns=True, before=jobs.abandon) for _ in range(workers)]
    console.print(f"Sijin serves at [bold]http://{host}:{port}[/bold] — stop with Ctrl-C")
    raise typer.Exit(watch(children))
