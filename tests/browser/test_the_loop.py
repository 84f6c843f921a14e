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
OPEN_UP = """(form) => {
  for (let e = form; e; e = e.parentElement) {
    if (e.matches('details')) e.open = true;
    if (e.matches('dialog') && !e.open) e.showModal();
    if (e.hidden) e.hidden = false;
  }
}"""


def verb(page: Page, name: str, **facts: Any) -> None:
    """Do one verb of the need on whose page we stand, and wait for the page that comes back."""
    form = page.locator(f'form[action$="/{name}/"]').first
    form.wait_for(state="attached")
    form.evaluate(OPEN_UP)
    for field, value in facts.items():
        _fill(form.locator(f'[name="{field}"]').first, value)
    with page.expect_navigation():
        form.locator("button:not([type=button]), input[type=submit]").first.click()
    assert "/ledger/" in page.url


def _fill(field: Locator, value: Any) -> None:
    if isinstance(value, bytes):
        field.set_input_files({"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": value})
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
    before = closed_count(office)
    office.goto(path)
    unit = office.locator('form[action$="/hand_over/"] [name=lead_unit] option', has_text="市局0").first
    verb(office, "hand_over", klass="2", lead_unit=unit.get_attribute("value"))

    # the department receives, works and answers with a photo
    handler = visitor("department_handler")
    handler.goto(path)
    verb(handler, "receive")
    verb(handler, "carry_out", measure="组织线上招聘")
    verb(handler, "answer", note="招到三十人", evidence=picture())

    # the team saw it; the served party says by link, without an account, that it is done
    phone.goto(path)
    verb(phone, "verify", note="到厂看过")
    verb(phone, "ask_confirm")
    link = re.search(r"https?://[^\s\"'<>]+/confirm/[\w-]+/", phone.content())
    assert link is not None
    served_party = visitor(width=PHONE)
    served_party.goto(link[0])
    assert laid_out(served_party) == []
    expect(served_party.get_by_text(TITLE).first).to_be_visible()
    served_party.locator("[name=verdict][value=satisfied]").check(force=True)
    served_party.locator("form button:not([type=button])").last.click()
    served_party.wait_for_load_state()
    assert served_party.locator("[name=verdict]").count() == 0
    again = served_party.context.request.get(link[0])
    assert again.status == 422

    # the things that were asked for arrived; the office closes, and the overview counts it
    phone.goto(path)
    item = phone.locator('form[action$="/take_in/"] [name=item] option', has_text="缝纫工").first
    verb(phone, "take_in", item=item.get_attribute("value"), quantity="30")
    office.goto(path)
    verb(office, "close")
    office.goto("/ledger/?tab=closed")
    expect(office.get_by_role("link", name=TITLE).first).to_be_visible()
    office.goto("/")
    assert closed_count(office) == before + 1


def closed_count(page: Page) -> int:
    """Return how many needs the overview counts as closed."""
    text = page.locator("main").inner_text()
    found = re.search(r"已?销号\s*(\d[\d,]*)", text)
    assert found is not None, text
    return int(found[1].replace(",", ""))
