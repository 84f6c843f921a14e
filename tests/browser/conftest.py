"""Real Chromium against the server as `sijin serve` runs it, background jobs and all, with a store of its own.

The server is a process beside the test run, because SQLite's in-memory database has one connection for all threads and
because the ledger's triggers refuse the emptying of tables on which Django's live server rests. A page that writes an
error to its console, or throws one, fails its test. Without Chromium the tests are skipped and say so; where CI is
set they fail instead.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in the thread of the test run
ROOT = Path(__file__).parents[2]
WIDE, PHONE = 1440, 390
HEIGHT = {WIDE: 900, PHONE: 844}
PASSWORD = "a-long-password-1"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (409|422)")
LAYOUT = """() => {
  const seen = (e) => e.offsetParent !== null || e.getClientRects().length > 0;
  const called = (e) => (e.labels && [...e.labels].some((l) => l.textContent.trim())) || e.getAttribute('aria-label')
    || e.getAttribute('aria-labelledby') || e.title;
  const spoken = (e) => e.textContent.trim() || e.getAttribute('aria-label') || e.title || e.value
    || e.querySelector('img[alt]:not([alt=""])');
  const where = (e) => e.outerHTML.slice(0, 140);
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  return {
    wide: document.documentElement.scrollWidth - innerWidth,
    heads: all('h1').length,
    nameless: all('input:not([type=hidden]), select, textarea').filter((e) => !called(e)).map(where),
    mute: all('button, a[href], summary').filter((e) => !spoken(e) && !e.closest('[aria-hidden=true]')).map(where),
    blind: all('img:not([alt])').map(where),
    language: document.documentElement.lang,
  };
}"""


@dataclass
class Served:
    """The running server: its address and log, a session key by username, the pages that are read, sample rows."""

    url: str
    log: Path
    sessions: dict[str, str]
    pages: list[tuple[str, str, list[int]]]
    samples: dict[str, int]


@dataclass
class Watch:
    """What a page complained about; `allowed` are the complaints that a test expects."""

    faults: list[str] = field(default_factory=list)
    allowed: list[re.Pattern[str]] = field(default_factory=list)

    def on(self, page: Page) -> None:
        """Listen to the page's console and to what it throws."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))

    def allow(self, pattern: re.Pattern[str]) -> None:
        """Expect complaints like this one."""
        self.allowed.append(pattern)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"{message.location.get('url', '')}: {message.text}")

    def unexpected(self) -> list[str]:
        """Return the complaints that no test expects."""
        return [fault for fault in self.faults if not any(pattern.search(fault) for pattern in self.allowed)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> str:
    """The path of Chromium; skip, or fail under CI, when there is none."""
    if connection.vendor != "sqlite":
        pytest.skip("browser tests have a store of their own: they run once, with the tests on SQLite")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return found
    words = "Chromium is not installed: browser tests were not run"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(words)
    pytest.skip(words)


@pytest.fixture(scope="package")
def served(
    chromium: str, tmp_path_factory: pytest.TempPathFactory, lay_out: Callable[[Path], None]
) -> Iterator[Served]:
    """A server with the small campaign of `seed.py`."""
    data = tmp_path_factory.mktemp("served")
    lay_out(data)
    with serving("tests.browser.seed", data) as running:
        yield running


@contextmanager
def serving(seed: str, data: Path) -> Iterator[Served]:
    """Fill a store in `data` by the module `seed` and serve it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SIJIN_DEBUG")},
        "DJANGO_SETTINGS_MODULE": "sijin.web.settings",
        "SIJIN_DATA": str(data),
        "PYTHONPATH": str(ROOT),
    }
    seeding = [sys.executable, "-m", seed]
    made = subprocess.run(seeding, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180)
    assert made.returncode == 0, made.stderr[-3000:]
    told: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    log = (data / "server.log").open("w")
    command = [sys.executable, "-m", "sijin.cli.main", "serve", "--port", str(port), "--processes", "1"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", server)
        yield Served(url=f"http://127.0.0.1:{port}", log=data / "server.log", **told)
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def _wait_for(url: str, server: subprocess.Popen[bytes], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert server.poll() is None, "the server did not start"
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


@pytest.fixture(scope="package")
def chrome(chromium: str) -> Iterator[Browser]:
    """Chromium, started once."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The complaints of all pages of a test; any that is not expected fails it."""
    found = Watch()
    yield found
    assert not found.unexpected(), "\n".join(found.unexpected())


@pytest.fixture
def visitor(chrome: Browser, served: Served, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Give `visitor(username="", width=WIDE)`: a page of its own browser context, signed in when a name is given."""
    contexts = []

    def open_page(username: str = "", width: int = WIDE) -> Page:
        context = chrome.new_context(
            base_url=served.url,
            viewport={"width": width, "height": HEIGHT[width]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation={"latitude": 37.31, "longitude": 122.0},
            reduced_motion="reduce",
        )
        context.set_default_timeout(30_000)  # three workers share two cores
        contexts.append(context)
        if username:
            context.add_cookies([{"name": "sessionid", "value": served.sessions[username], "url": served.url}])
        page = context.new_page()
        watch.on(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def last_error(served: Served) -> str:
    """Return the last trace in the server's log."""
    return "Traceback" + served.log.read_text(encoding="utf-8").rpartition("Traceback")[2]


WIDEST = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.scrollWidth > innerWidth + 1)
  .slice(-3)
  .map((element) => element.outerHTML.slice(0, 120))"""


def laid_out(page: Page) -> list[str]:
    """Return what is wrong with the page as it stands: sideways scrolling, heads, names of inputs, buttons, images."""
    found = page.evaluate(LAYOUT)
    faults = [f"{kind}: {html}" for kind in ("nameless", "mute", "blind") for html in found[kind]]
    if found["wide"] > 0:
        widest = page.evaluate(WIDEST)
        faults.append(f"scrolls sideways by {found['wide']} px: {widest}")
    if found["heads"] != 1:
        faults.append(f"has {found['heads']} h1")
    if not found["language"]:
        faults.append("names no language")
    return faults
