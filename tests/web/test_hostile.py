"""Pages asked with values that nobody's browser would send: every answer is a page, none is a fault of ours.

Values are dealt out: a field gets another one than its neighbours. What breaks databases and calendars comes to every
field from the office twice, from two other roles once; of the milder values each field gets one. With SIJIN_BOTH=1
every value goes to every field.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from tests.web.routes import PAGES
from tests.web.test_access import addresses, read, signed_in
from tests.web.test_fuzz import Undone

SHARP = ("9" * 30, "0001-01-01", "9999-12-31", "\x00", "²")  # what breaks databases and calendars
OTHERS = (
    "",
    "x",
    "-1",
    "0",
    "1e999",
    "NaN",
    "null",
    "2020-02-30",
    "2020-03-05T25:61",
    "a" * 5_000,
    "%_\\'\"<>",
    "\u202e\ud83d\ude37𝟘",
    "[" * 3_000,
)
ALL = bool(os.environ.get("SIJIN_BOTH"))
ROUNDS = [(value,) for value in OTHERS] if ALL else [OTHERS[n:] + OTHERS[:n] for n in (0,)]
CASES = [("campaign_office", (value,)) for value in SHARP] if ALL else []
CASES += [] if ALL else [("campaign_office", SHARP[n:] + SHARP[:n]) for n in (0, 2)]
for role in ("team_leader", "department_handler"):
    CASES += [(role, (value,)) for value in SHARP] if ALL else [(role, SHARP)]
CASES += [("campaign_office", values) for values in ROUNDS]
TYPED: dict[str, set[str]] = {}  # role → the names of all inputs on its pages, read once


def asked_names() -> set[str]:
    """Return the names of all query parameters that views and forms of the rooms read."""
    sources = [path.read_text(encoding="utf-8") for path in Path(settings.ROOT, "sijin").rglob("*.py")]
    found = set(re.findall(r'GET(?:\.get|\.getlist)?[\[(]"(\w+)"', "\n".join(sources)))
    assert {"page", "q", "tab"} <= found
    return found


def typed_names(client: Client, worlds, role: str) -> set[str]:
    """Return the names of all inputs on the pages that the role reads."""
    if role not in TYPED:
        found = set()
        for route, rule in PAGES.items():
            if rule.read:
                for address, _ in addresses(worlds, rule, "own", role, route):
                    found |= set(re.findall(r' name="([\w-]+)"', read(client.get(address)).decode("utf-8", "replace")))
        TYPED[role] = found - {"csrfmiddlewaretoken"}
    return TYPED[role]


def dealt(names: Iterable[str], values: tuple[str, ...]) -> dict[str, str]:
    """Give each name the next of `values`."""
    texts = [value.encode("utf-16", "surrogatepass").decode("utf-16") for value in values]
    return {name: texts[n % len(texts)] for n, name in enumerate(sorted(names))}


@pytest.mark.parametrize(("role", "values"), CASES, ids=range(len(CASES)))
def test_no_value_breaks_a_page(worlds, role: str, values: tuple[str, ...], record_property) -> None:
    client = signed_in(worlds.accounts[role])
    client.raise_request_exception = False
    query, form = dealt(asked_names(), values), dealt(typed_names(client, worlds, role), values)
    broken, asked = [], 0
    for route, rule in PAGES.items():
        for address, _ in list(addresses(worlds, rule, "own", role, route))[: 2 if values[0] in SHARP else 1]:
            if rule.read and not rule.each:
                asked += 1
                status = client.get(address.split("?")[0], query).status_code
                broken += [("GET", address, status)] if status >= 500 else []
            if rule.do:
                asked += 1
                try:
                    with transaction.atomic():
                        status = client.post(address, form).status_code
                        raise Undone
                except Undone:
                    broken += [("POST", address, status)] if status >= 500 else []
    assert not broken, "\n".join(map(str, broken))
    record_property("count: hostile requests to pages", asked)
