"""The loop as people walk it: from sign-in over a visit on a phone to a need that is closed and counted.

Forms are found by the address that they post to, so that the pages may change their looks.
"""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, PHONE, Served, laid_out
from tests.browser.seed import picture

TITLE = "缺熟练缝纫工三十名"
OTHER = "口罩原料断供"
OPEN_UP = "(e) => { for (; e; e = e.parentElement) if (e.matches('details')) e.open = true; }"


def verb(page: Page, path: str, name: str, **facts: Any) -> None:
    """Do one verb on the need at `path` as its page offers it: by a button, or by a link to the form of the verb."""
    page.goto(path)
    address = f"{path}{name}/"
    form = page.locator(f'form[action="{address}"]').first
    if not form.count():
        link = page.locator(f'a[href="{address}"]').first
        link.evaluate(OPEN_UP)
        link.click()
        form.wait_for()
    for field, value in facts.items():
        _fill(form.locator(f'[name="{field}"]').first, value)
    with (
        page.expect_event("load"),
        page.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith(address)) as sent,
    ):
        form.locator("button:not([type=button])").first.click()
    assert sent.value.status < 400, sent.value.text()
    page.wait_for_url(lambda url: not url.endswith(address))


def _fill(field: Locator, value: Any) -> None:
    if isinstance(value, bytes):
        field.set_input_files({"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": value})
    elif field.get_attribute("type") == "radio":
        field.page.locator(f'[name="{field.get_attribute("name")}"][value="{value}"]').check()
    elif field.evaluate("e => e.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


def test_from_sign_in_to_closed(served: Served, visitor) -> None:
    # the team leader signs in through the form, on a phone
    phone = visitor(width=PHONE)
    phone.goto("/visits/")
    assert "/account/login/" in phone.url
    phone.fill("input[name=login]", "team_leader")
    phone.fill("input[name=password]", PASSWORD)
    phone.locator("input[name=password]").press("Enter")
    phone.wait_for_url("**/visits/")
    assert laid_out(phone) == []

    # and records a visit with two needs
    phone.locator('a[href*="/visits/new/?site="]').first.click()
    phone.fill("[name=met]", "企业负责人")
    phone.click("#forth")
    phone.fill("[name=said]", "复工以后缺人，也缺原料。")
    phone.fill('[name="findings-0-title"]', TITLE)
    phone.fill('[name="findings-0-items-0-item"]', "缝纫工")
    phone.fill('[name="findings-0-items-0-quantity"]', "30")
    phone.fill('[name="findings-0-items-0-unit"]', "人")
    phone.click('[data-add="finding"]')
    phone.fill('[name="findings-1-title"]', OTHER)
    assert laid_out(phone) == []
    phone.click("#forth")
    phone.check("[name=took_nothing]")
    phone.click("#save")
    phone.wait_for_url("**/saved/**")
    expect(phone.get_by_role("link", name=OTHER)).to_be_visible()
    phone.get_by_role("link", name=TITLE).click()
    phone.wait_for_url("**/ledger/**")
    need = re.search(r"/ledger/(\d+)/", phone.url)
    assert need is not None
    path = need[0]

    # the dispatch board opens; the office hands over
    office = visitor("campaign_office")
    office.goto("/dispatch/")
    assert laid_out(office) == []
    office.goto("/")
    before, _rows = closed(office)
    verb(office, path, "hand_over", klass="2", lead_unit=str(served.samples["unit"]))

    # the department receives, works and answers with a photo
    handler = visitor("department_handler")
    verb(handler, path, "receive")
    verb(handler, path, "carry_out", measure="组织线上招聘")
    verb(handler, path, "answer", note="招到三十人", evidence=picture())

    # the team saw it; the served party says by link, without an account, that it is done
    verb(phone, path, "verify", note="到厂看过")
    verb(phone, path, "ask_confirm")
    link = re.search(r"https?://[^\s\"'<>]+/confirm/[\w-]+/", phone.content())
    assert link is not None
    served_party = visitor(width=PHONE)
    served_party.goto(link[0])
    assert laid_out(served_party) == []
    expect(served_party.get_by_text(TITLE).first).to_be_visible()
    served_party.locator("[name=verdict][value=satisfied]").check(force=True)
    served_party.locator("form.verdict button, form:has([name=verdict]) button").first.click()
    expect(served_party.locator("[name=verdict]")).to_have_count(0)
    assert 'name="verdict"' not in served_party.context.request.get(link[0]).text()  # it works once

    # the things that were asked for arrived; the office closes, and the overview counts it
    phone.goto(f"{path}take_in/")
    item = phone.locator("[name=item] option", has_text="缝纫工").first.get_attribute("value")
    verb(phone, path, "take_in", item=item, quantity="30")
    verb(office, path, "close")
    office.goto("/")
    after, rows = closed(office)
    assert after == before + 1
    office.goto(rows)
    expect(office.get_by_text(TITLE).first).to_be_visible()

    # and corrects the day's brief, which counts the need among the closed and opens to it
    office.goto("/briefs/")
    assert laid_out(office) == []
    office.fill("form.issue [name=reason]", "补录当日办结")  # the day's brief was issued before: this one corrects it
    office.locator("form.issue button").click()
    office.locator("a[data-next]").click(timeout=60_000)  # shown when the job is done
    office.wait_for_url(re.compile(r"/briefs/\d+/"))
    assert laid_out(office) == []
    counted, rows = closed(office)
    assert counted == after
    office.goto(rows)
    expect(office.get_by_text(TITLE).first).to_be_visible()


def closed(page: Page) -> tuple[int, str]:
    """Return how many needs the overview or a brief counts as closed, and where the rows behind the figure are."""
    figure = page.locator('a[href*="/figures/closed"]').first
    return int(figure.inner_text().replace(",", "")), figure.get_attribute("href") or ""
