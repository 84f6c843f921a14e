"""Every page that is read, at both widths: it opens, writes no error to the console, does not scroll sideways.

The pages and their sample rows are those of the access test (`tests/web/routes.py`), which fails for a route that it
does not know.
"""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, WIDE, Served, laid_out, last_error

READERS = ("campaign_office", "team_leader", "administrator")  # a page must open to one of them


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
    for name, path, answers in served.pages:
        page, status = reader_of(path, pages)
        if status not in (200, 302, *answers):
            faults.append(f"{name} {path}: {status}" + (f"\n{last_error(served)}" if status >= 500 else ""))
        if page is None or name.startswith("api:"):
            continue
        page.goto(path)
        seen += 1
        faults += [f"{name} {path}: {fault}" for fault in laid_out(page)]
    assert not faults, "\n".join(faults)
    assert seen >= 12
