"""Pages asked with values that nobody's browser would send: every answer is a page, none is a fault of ours."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from tests.web.routes import PAGES
from tests.web.test_access import addresses, read, signed_in
from tests.web.test_fuzz import Undone

VALUES = (
    "",
    "x",
    "-1",
    "0",
    "9" * 30,
    "1e999",
    "NaN",
    "null",
    "0001-01-01",
    "9999-12-31",
    "2020-02-30",
    "2020-03-05T25:61",
    "a" * 5_000,
    "%_\\'\"<>",
    "\u202e\ud83d\ude37𝟘",
    "\x00",
    "[" * 3_000,
)


def asked_names() -> set[str]:
    """Return the names of all query parameters that views and forms of the rooms read."""
    sources = [path.read_text(encoding="utf-8") for path in Path(settings.ROOT, "sijin").rglob("*.py")]
    found = set(re.findall(r'GET(?:\.get|\.getlist)?[\[(]"(\w+)"', "\n".join(sources)))
    assert {"page", "q", "tab"} <= found
    return found


@pytest.mark.parametrize("role", ["campaign_office", "team_leader", "department_handler"])
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_no_value_breaks_a_page(worlds, value: str, role: str, record_property) -> None:
    client = signed_in(worlds.accounts[role])
    client.raise_request_exception = False
    text = value.encode("utf-16", "surrogatepass").decode("utf-16")
    query = dict.fromkeys(asked_names(), text)
    broken, asked, names = [], 0, set()
    for route, rule in PAGES.items():
        if rule.read:
            for address, _ in addresses(worlds, rule, "own", role, route):
                answer = client.get(address.split("?")[0], query)
                broken += [(address, answer.status_code)] if answer.status_code >= 500 else []
                names |= set(re.findall(r' name="([\w-]+)"', read(client.get(address)).decode("utf-8", "replace")))
                asked += 1
    names -= {"csrfmiddlewaretoken"}
    for route, rule in PAGES.items():
        if rule.do:
            for address, _ in addresses(worlds, rule, "own", role, route):
                try:
                    with transaction.atomic():
                        answer = client.post(address, dict.fromkeys(names, text))
                        raise Undone
                except Undone:
                    broken += [(address, "POST", answer.status_code)] if answer.status_code >= 500 else []
                asked += 1
    assert not broken, "\n".join(map(str, broken))
    record_property("count: hostile requests to pages", asked)
