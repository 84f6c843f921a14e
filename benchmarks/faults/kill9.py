"""Kills the real server with SIGKILL in the middle of many transitions, again and again, and looks for what was lost.

    .venv/bin/python benchmarks/faults/kill9.py                                       # SQLite
    bash scripts/throwaway_postgres.sh .venv/bin/python benchmarks/faults/kill9.py    # PostgreSQL

Clients raise, classify and hand over needs by HTTP. A transition is acknowledged when its answer has arrived; after the
restart every acknowledged one must be in its need's chain, and at the end `sijin audit` must find nothing.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 4
SEED = """
import json, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from sijin.people import tokens
from tests.conftest import build
world = build()
office = world.accounts["campaign_office"]
print(json.dumps({
    "key": tokens.issue(office, office, "kill -9")[1],
    "team": world.teams[0].pk, "site": world.sites[0].pk, "unit": world.units[0].pk,
}))
"""


@dataclass
class House:
    """One installation of its own: its folder, its database, what its clients must know."""

    folder: Path
    port: int
    environment: dict[str, str]
    facts: dict[str, Any] = field(default_factory=dict)
    database: str = ""
    server: subprocess.Popen | None = None

    def run(self, *command: str) -> str:
        """Run Python in the house's environment and return what it prints."""
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:] + done.stdout[-2000:])
        return done.stdout

    def start(self) -> float:
        """Start the server as people run it, in a process group of its own; return the seconds until it answers."""
        began = time.monotonic()
        command = [sys.executable, "-m", "gunicorn", "sijin.web.wsgi", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--workers", "2", "--threads", "4", "--log-level", "critical"]
        self.server = subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True)
        while time.monotonic() - began < 120:
            try:
                if Caller(self).ask("GET", "/healthz")[0] == 200:
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server does not answer")

    def kill(self) -> None:
        """Kill the whole process group at once: no handler runs, nothing is flushed."""
        if self.server is not None:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()
            self.server = None


class Caller:
    """One connection to the API."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.line = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return (status, answer); OSError or HTTPException when no whole answer came."""
        headers = {"Content-Type": "application/json"}
        if key := self.house.facts.get("key"):
            headers["Authorization"] = f"Bearer {key}"
        self.line.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.line.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content.startswith((b"{", b"[")) else content


@dataclass
class Round:
    """What the clients know after one kill: acknowledged (need, sequence, verb), and what they never heard of."""

    acknowledged: list[tuple[int, int, str]] = field(default_factory=list)
    unheard: int = 0
    refused: list[Any] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def heard(self, need: dict[str, Any], verb: str) -> int:
        """Note an acknowledged transition; return how many there are."""
        with self.lock:
            self.acknowledged.append((need["id"], len(need["events"]), verb))
            return len(self.acknowledged)


def client(house: House, told: Round, most: int, enough: threading.Event) -> None:
    """Raise needs, rate each three times, hand it over, until `most` are acknowledged or the line is cut."""
    caller, facts, need, step = Caller(house), house.facts, None, 0
    while not enough.is_set():
        if step % 5 == 0:
            path, verb = "/api/needs", "raise"
            body = {"client_uuid": str(uuid.uuid4()), "team": facts["team"], "site": facts["site"], "title": "缺口罩"}
        elif step % 5 < 4:
            path, verb = f"/api/needs/{need['id']}/classify", "classify"
            body = {"version": need["version"], "klass": step % 5}
        else:
            path, verb = f"/api/needs/{need['id']}/hand_over", "hand_over"
            body = {"version": need["version"], "klass": 2, "lead_unit": facts["unit"]}
        try:
            status, answer = caller.ask("POST", path, body)
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            told.unheard += 1
            return
        if status not in (200, 201):
            told.refused.append((status, answer))
            return
        need = answer["need"] if verb != "raise" else answer
        if told.heard(need, verb) >= most:
            enough.set()
        step += 1


def one_round(house: House, transitions: int, dice: random.Random) -> Round:
    """Send transitions from all clients and kill the server somewhere in the middle of them."""
    told, enough = Round(), threading.Event()
    middle = dice.randint(transitions // 4, 3 * transitions // 4)
    clients = [threading.Thread(target=client, args=(house, told, transitions, enough)) for _ in range(CLIENTS)]
    for thread in clients:
        thread.start()
    while len(told.acknowledged) < middle and any(thread.is_alive() for thread in clients):
        time.sleep(0.0005)
    house.kill()
    for thread in clients:
        thread.join()
    if told.refused:
        raise RuntimeError(f"a transition was refused: {told.refused[:3]}")
    return told


def lost(house: House, told: Round) -> list[tuple[int, int, str]]:
    """Return the acknowledged transitions that are not in the chains."""
    caller, missing, chains = Caller(house), [], {}
    for need, sequence, verb in told.acknowledged:
        if need not in chains:
            status, answer = caller.ask("GET", f"/api/needs/{need}")
            chains[need] = [event["verb"] for event in answer["events"]] if status == 200 else []
        if chains[need][sequence - 1 : sequence] != [verb]:
            missing.append((need, sequence, verb))
    return missing


def build(database_url: str = "") -> House:
    """Make a house in a folder of its own; on PostgreSQL in a database of its own."""
    folder = Path(tempfile.mkdtemp(prefix="sijin-kill9-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "SIJIN_DATA": str(folder),
        "DJANGO_SETTINGS_MODULE": "sijin.web.settings",
        "SIJIN_API_RATE": "1000000/s",
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("DATABASE_URL", None)
    house = House(folder, port, environment)
    if database_url.startswith("postgres"):
        import psycopg  # only where there is a PostgreSQL: SQLite's users need not have it

        house.database = f"kill9_{os.getpid()}_{port}"
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{house.database}"')
        environment["DATABASE_URL"] = f"{database_url.rsplit('/', 1)[0]}/{house.database}"
    house.facts = json.loads(house.run("-c", SEED).splitlines()[-1])
    return house


def clear(house: House, database_url: str = "") -> None:
    """Take the house down."""
    house.kill()
    if house.database:
        import psycopg  # as above

        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{house.database}" WITH (FORCE)')
    shutil.rmtree(house.folder, ignore_errors=True)


def trial(kills: int, transitions: int, database_url: str = "", seed: int = 20200304) -> dict[str, Any]:
    """Return {rounds, acknowledged, unheard, lost, faults}; `rounds` says of each how it went."""
    dice, house = random.Random(seed), build(database_url)
    total: dict[str, Any] = {"rounds": [], "acknowledged": 0, "unheard": 0, "lost": [], "faults": []}
    try:
        house.start()
        for number in range(1, kills + 1):
            told = one_round(house, transitions, dice)
            back = house.start()
            missing = lost(house, told)
            total["rounds"].append((number, len(told.acknowledged), told.unheard, len(missing), back))
            total["acknowledged"] += len(told.acknowledged)
            total["unheard"] += told.unheard
            total["lost"] += missing
        house.kill()
        total["faults"] = json.loads(house.run("-m", "sijin.cli.main", "audit", "--json"))["faults"]
    finally:
        clear(house, database_url)
    return total


def main() -> None:
    """Print a line a kill and the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--transitions", type=int, default=200)
    asked = parser.parse_args()
    url = os.environ.get("DATABASE_URL", "")
    found = trial(asked.kills, asked.transitions, url)
    print(f"{'kill':>4} {'acknowledged':>12} {'unheard':>7} {'lost':>4} {'back after s':>12}")
    for number, acknowledged, unheard, missing, back in found["rounds"]:
        print(f"{number:>4} {acknowledged:>12} {unheard:>7} {missing:>4} {back:>12.2f}")
    store = "PostgreSQL" if url.startswith("postgres") else "SQLite"
    print(
        f"{store}: {asked.kills} kills, {found['acknowledged']} acknowledged, {len(found['lost'])} lost, "
        f"{found['unheard']} cut off before their answer; audit: {len(found['faults'])} faults"
    )
    sys.exit(bool(found["lost"] or found["faults"]))


if __name__ == "__main__":
    main()
