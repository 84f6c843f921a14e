"""`sijin serve` runs pages and worker together, starts a dead worker again, and ends both when it is ended."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = """
import django; django.setup()
from sijin.people import jobs
from sijin.people.models import Account
from tests.cli.long_task import count
account = Account.objects.filter(username="a").first() or Account.objects.create_user("a")
print(jobs.start(account, "count", count, die={die}).pk)
"""


def until(answer, seconds: float = 150):
    """Return the first true answer within `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := answer():
            return found
        time.sleep(0.3)
    raise AssertionError(f"not within {seconds} s")


@pytest.fixture
def house(tmp_path, lay_out):
    """A served house in a folder of its own: its environment, its process, its address."""
    lay_out(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env |= {"SIJIN_DATA": str(tmp_path), "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "sijin.web.settings"}
    command = [sys.executable, "-m", "sijin.cli.main", "serve", "--port", str(port), "--processes", "1"]
    process = subprocess.Popen(command, env=env, cwd=ROOT)
    try:
        yield env, process, f"http://127.0.0.1:{port}/healthz"
    finally:
        process.kill()
        process.wait()


def healthy(url: str) -> bool:
    """Say whether the pages answer."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.read() == b"ok"
    except OSError:
        return False


def said(env: dict, code: str) -> str:
    """Run `code` in the house's environment and return what it prints."""
    return subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def state(env: dict, job: str) -> str:
    """Return how far a job is, as the store says: a process of Django's for each look would starve the worker."""
    with sqlite3.connect(Path(env["SIJIN_DATA"]) / "sijin.sqlite3") as store:
        return store.execute("SELECT state FROM people_job WHERE id = ?", [int(job)]).fetchone()[0]


def children(pid: int) -> list[int]:
    """Return the processes that `pid` has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_pages_and_worker_live_and_end_together(house) -> None:
    env, process, url = house
    until(lambda: healthy(url))

    # A job that kills its worker is shown as failed, and the next job finds a new worker.
    dying = said(env, START.format(die=True))
    until(lambda: state(env, dying) == "failed")
    living = said(env, START.format(die=False))
    until(lambda: state(env, living) == "done")

    ours = children(process.pid)
    assert len(ours) == 2
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert not healthy(url)
    assert [pid for pid in ours if Path(f"/proc/{pid}").exists()] == []
