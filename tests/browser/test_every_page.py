"""Every named page that answers GET, as the campaign office, at both widths: it opens, complains of nothing, fits."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, WIDE, Served, laid_out

NOT_OURS = ("account", "mfa", "socialaccount", "openid_connect", "set_language", "api")
KINDS = {  # which sample row a page's `pk` names; a page not listed takes the sample that its name holds
    "ledger:need": "need",
    "dispatch:team": "team",
    "works:site": "site",
    "visits:photo": "photo",
    "visits:visit": "visit",
    "visits:saved": "visit",
    "visits:amend": "visit",
    "visits:note": "visit",
    "visits:diary": "team",
    "visits:diary_last": "team",
    "exchange:offer": "offer",
    "people:job": "job",
    "people:job_progress": "job",
    "people:job_cancel": "job",
    "people:account": "account",
    "people:account_password": "account",
    "people:account_active": "account",
}
WORDS = {"day": "2020-03-05", "verb": "receive", "key": "closed", "kind": "unit"}
ELSEWHERE = {
    "confirm",  # opened without an account in the test of the loop
    "people:first_run",  # there only while nobody has an account
}
READERS = ("campaign_office", "team_leader", "administrator")  # a page must open to one of them


def named(patterns: list[Any], space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield (name with its namespace, pattern) of every named route of our own rooms."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            if not (pattern.namespace or "").startswith(NOT_OURS):
                yield from named(pattern.url_patterns, inner)
        elif pattern.name and not f"{space}{pattern.name}".startswith(NOT_OURS):
            yield f"{space}{pattern.name}", pattern


def address(name: str, pattern: URLPattern, samples: dict[str, int]) -> str | None:
    """Return the address of the route with sample values; None when no sample fits."""
    values: dict[str, Any] = {}
    for key in pattern.pattern.converters:
        if key in WORDS:
            values[key] = WORDS[key]
        elif key in ("pk", "id") or key in samples:
            kind = KINDS.get(name, key if key in samples else name.split(":")[0].rstrip("s"))
            values[key] = samples.get(kind, 1)
        else:
            return None
    return reverse(name, kwargs=values)


def reader_of(path: str, pages: list[Page]) -> tuple[Page | None, int]:
    """Return the page of the first reader to whom `path` opens (None: a fragment or a file), and the status."""
    status = 0
    for page in pages:
        asked = page.context.request.get(path, max_redirects=0)
        status = asked.status
        if status not in (403, 404):
            html = "text/html" in asked.headers.get("content-type", "")
            return (page if status == 200 and html and "<html" in asked.text() else None), status
    return None, status


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_every_page_opens_without_a_complaint(served: Served, visitor, width: int) -> None:
    pages = [visitor(reader, width) for reader in READERS]
    faults, seen = [], 0
    for name, pattern in named(get_resolver().url_patterns):
        if name in ELSEWHERE:
            continue
        path = address(name, pattern, served.samples)
        if path is None:
            faults.append(f"{name}: no sample for {list(pattern.pattern.converters)}; give one in KINDS or WORDS")
            continue
        page, status = reader_of(path, pages)
        if status not in (200, 302, 405):
            faults.append(f"{name} {path}: {status}")
        if page is None:
            continue
        page.goto(path)
        seen += 1
        faults += [f"{name} {path}: {fault}" for fault in laid_out(page)]
    assert not faults, "\n".join(faults)
    assert seen >= 12
