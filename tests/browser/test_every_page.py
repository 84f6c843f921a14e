"""Every page that is read, at both widths: it opens, writes no error to the console, does not scroll sideways.

The pages and their sample rows are those of the access test (`tests/web/routes.py`), which fails for a route that it
does not know.
"""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PHONE, WIDE, Served, laid_out, last_error

READERS = ("campaign_office", "team_leader", "administrator")  # a page must open to one of them


@pytest.fixture(scope="module")
def opened(chrome: Browser, served: Served) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """Ask for every page once: ({address: (name, reader)} of the whole pages, what did not answer as it should)."""
    whole, faults = {}, []
    contexts = {reader: chrome.new_context(base_url=served.url) for reader in READERS}
    for reader, context in contexts.items():
        context.add_cookies([{"name": "sessionid", "value": served.sessions[reader], "url": served.url}])
    for name, path, answers in served.pages:
        for reader in READERS:
            answer = contexts[reader].request.get(path, max_redirects=0)
            if answer.status not in (403, 404):
                break
        html = "text/html" in answer.headers.get("content-type", "")
        if answer.status not in (302, *answers):
            trace = f"\n{last_error(served)}" if answer.status >= 500 else ""
            faults.append(f"{name} {path}: {answer.status}{trace}")
        elif answer.status == 200 and html and "<html" in answer.text():
            whole[path] = (name, reader)  # neither a file nor a fragment
    for context in contexts.values():
        context.close()
    return whole, faults


def test_every_page_answers(opened: tuple[dict[str, tuple[str, str]], list[str]]) -> None:
    whole, faults = opened
    assert not faults, "\n".join(faults)
    assert len(whole) >= 25


def test_every_page_opens_without_a_complaint(opened, visitor) -> None:
    readers = {reader: visitor(reader, WIDE) for reader in READERS}
    wide = readers[READERS[0]].viewport_size
    faults = []
    for path, (name, reader) in opened[0].items():
        if not name.startswith("api:"):
            page = readers[reader]
            page.set_viewport_size(wide)
            page.goto(path)
            for width in (WIDE, PHONE):  # the same page, made as narrow as a phone
                page.set_viewport_size({**wide, "width": width})
                faults += [f"{name} {path} at {width}: {fault}" for fault in laid_out(page)]
    assert not faults, "\n".join(faults)
