"""How quickly the board answers at full size: the server alone, and a real Chromium that drags people between teams.

    .venv/bin/python -m benchmarks.dispatch.board            # the demo in var/pages, made when it is not there
    SIJIN_DATA=… .venv/bin/python -m benchmarks.dispatch.board --drags 60

It works on a copy of the store, served as `sijin serve` does. A drag answers when the team under the pointer shows what
it would cost; a drop when the panel shows the move by part; a move when both teams are drawn anew.
"""

import argparse
import gc
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
SOURCE = Path(os.environ.get("SIJIN_DATA", ROOT / "var" / "pages"))
LIMIT = 200  # milliseconds in which a drag has to answer
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WATCH = """
window.seen = { drag: [], drop: [], move: [] };
const over = new Map();
let dropped = 0, pressed = 0;
document.addEventListener("dragover", (e) => {
  const team = e.target.closest?.(".team");
  if (team && !over.has(team)) over.set(team, performance.now());
}, true);
document.addEventListener("drop", () => { dropped = performance.now(); over.clear(); }, true);
document.addEventListener("submit", (e) => { if (e.target.closest(".preview")) pressed = performance.now(); }, true);
document.addEventListener("DOMContentLoaded", () => {
  new MutationObserver(() => {
    over.forEach((since, team) => {
      if (since && team.querySelector(".price")) { seen.drag.push(performance.now() - since); over.set(team, 0); }
    });
    if (!dropped || !document.querySelector("#why .preview")) return;
    seen.drop.push(performance.now() - dropped);
    dropped = 0;
  }).observe(document.body, { childList: true, subtree: true });
});
document.addEventListener("moved", () => { seen.move.push(performance.now() - pressed); });
"""
FRAMES = """(distance) => new Promise((done) => {
  const frames = []; let last = performance.now(); const end = last + 4000;
  const step = (now) => {
    frames.push(now - last); last = now;
    scrollBy(0, distance);
    if (scrollY + innerHeight >= document.documentElement.scrollHeight - 5) distance = -distance;
    if (scrollY <= 0) distance = Math.abs(distance);
    now < end ? requestAnimationFrame(step) : done(frames.slice(1));
  };
  requestAnimationFrame(step);
})"""


def told(name: str, values: list[float]) -> str:
    """Return a row of the table."""
    p95 = statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
    return f"| {name} | {len(values)} | {statistics.median(values):.0f} | {p95:.0f} | {max(values):.0f} |"


def of_the_server(times: int) -> list[str]:
    """Time the answers in-process, through the whole middleware."""
    from django.test import Client

    from sijin.dispatch.models import Membership, Team
    from sijin.people.models import Account

    client = Client()
    client.force_login(Account.objects.get(username="office"), backend="django.contrib.auth.backends.ModelBackend")
    members = list(Membership.objects.order_by("pk").values_list("official", "team"))
    teams = list(Team.objects.order_by("number").values_list("pk", flat=True))
    chance = random.Random(1)
    asked = {
        "server: the board": lambda official, team: "/dispatch/",
        "server: prices of 8 teams in view": lambda official, team: (
            f"/dispatch/move/prices.json?pick=official:{official}:{team}&"
            + "&".join(f"team={key}" for key in chance.sample(teams, 8))
        ),
        "server: prices of 30 teams": lambda official, team: (
            f"/dispatch/move/prices.json?pick=official:{official}:{team}&"
            + "&".join(f"team={key}" for key in chance.sample(teams, 30))
        ),
        "server: a move by part": lambda official, team: (
            f"/dispatch/move/preview/?pick=official:{official}:{team}&team={chance.choice(teams)}"
        ),
        "server: the best teams": lambda official, team: f"/dispatch/fits/official/{official}/",
    }
    rows = []
    for name, address in asked.items():
        spent = []
        for _ in range(times):
            url = address(*chance.choice(members))
            began = time.perf_counter()
            answer = client.get(url)
            spent.append(1000 * (time.perf_counter() - began))
            assert answer.status_code == 200, url
        rows.append(told(name, spent))
    return rows


def session() -> str:
    """Return the key of a session of the campaign office."""
    from django.test import Client

    from sijin.people.models import Account

    client = Client()
    client.force_login(Account.objects.get(username="office"), backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


@contextmanager
def served(data: str) -> Iterator[str]:
    """Serve the store in `data`; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "sijin.cli.main", "serve", "--port", str(port), "--processes", "1"]
    environment = {**os.environ, "SIJIN_DATA": data, "DJANGO_SETTINGS_MODULE": "sijin.web.settings"}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def of_the_browser(url: str, key: str, drags: int) -> list[str]:
    """Drag people between teams in Chromium, drop every third and carry the move out; then scroll all teams."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        context = chrome.new_context(base_url=url, viewport={"width": 1440, "height": 900}, locale="zh-CN")
        context.add_cookies([{"name": "sessionid", "value": key, "url": url}])
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto("/dispatch/?level=city")
        total = int(page.locator("#more span").inner_text().split("/")[1].replace(",", ""))
        while page.locator(".team").count() < total:
            page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
            page.wait_for_timeout(30)
        chance = random.Random(2)
        for n in range(drags):
            page.locator(".team").nth(chance.randrange(total - 4)).evaluate("e => e.scrollIntoView({block: 'start'})")
            _drag(page, chance, drop=n % 3 == 0)
        seen: dict[str, list[float]] = page.evaluate("seen")
        frames: list[float] = page.evaluate(FRAMES, 120)
        chrome.close()
    return [
        told("browser: drag, until the team shows its price", seen["drag"]),
        told("browser: drop, until the panel shows the move", seen["drop"]),
        told("browser: move, until both teams are drawn anew", seen["move"]),
        told(f"browser: a frame while {total} teams scroll by", frames),
    ]


def _drag(page: Any, chance: random.Random, drop: bool) -> None:
    shown = page.evaluate(
        """() => [...document.querySelectorAll(".team")].filter((t) => {
          const b = t.getBoundingClientRect(); return b.top >= 0 && b.bottom < innerHeight; }).map((t) => t.id)"""
    )
    source, target = chance.sample(shown, 2)
    begin = page.locator(f"#{source} .chip.person").last.bounding_box()
    end = page.locator(f"#{target}").bounding_box()
    page.mouse.move(begin["x"] + 12, begin["y"] + 10)
    page.mouse.down()
    page.mouse.move(begin["x"] + 24, begin["y"] + 16, steps=2)
    page.mouse.move(end["x"] + 160, end["y"] + end["height"] / 2, steps=6)
    page.locator(f"#{target} .price").wait_for()
    if not drop:
        page.keyboard.press("Escape")
        page.mouse.up()
        page.locator(".price").first.wait_for(state="detached")
        return
    page.mouse.up()
    page.locator("#why .preview button").click()
    page.locator("#why .preview").wait_for(state="detached")
    page.wait_for_timeout(400)  # the counts above the board follow


def main() -> None:
    """Copy the store, measure, print the table and keep it in RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drags", type=int, default=60)
    parser.add_argument("--times", type=int, default=40)
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="sijin-board-") as data:
        if (SOURCE / "sijin.sqlite3").exists():
            for name in ("sijin.sqlite3", "secret_key"):
                if (SOURCE / name).exists():
                    shutil.copy(SOURCE / name, data)
        os.environ |= {"SIJIN_DATA": data, "DJANGO_SETTINGS_MODULE": "sijin.web.settings"}
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from benchmarks.results import keep
        from demo import replay
        from sijin.dispatch.models import Membership, Posting, Team

        settings.ALLOWED_HOSTS = ["*"]
        gc.freeze()  # as the served application does
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        if not replay.exists():
            replay.run(lambda done, total, words: print(f"\rreplay {done}/{total} {words}", end="", file=sys.stderr))
        teams = Team.objects.filter(campaign__code=replay.CODE)
        members = Membership.objects.filter(team__in=teams).count()
        posts = Posting.objects.filter(team__in=teams, until=None).count()
        sizes = f"{teams.count():,} teams, {members:,} members, {posts:,} sites"
        rows = of_the_server(asked.times)
        with served(data) as url:
            rows += of_the_browser(url, session(), asked.drags)
    table = "\n".join(["| what | times | median ms | p95 ms | worst ms |", "|---|--:|--:|--:|--:|", *rows])
    print(sizes, table, sep="\n\n")
    words = f"{sizes}. A drag has to answer within {LIMIT} ms.\n\n{table}"
    keep("The board at full size", f".venv/bin/python -m benchmarks.dispatch.board --drags {asked.drags}", words)


if __name__ == "__main__":
    main()
