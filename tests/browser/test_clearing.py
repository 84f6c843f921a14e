"""The clearing as the office uses it: run, open a shadow price to its rows, publish."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, laid_out


def test_a_clearing_is_run_its_price_opened_and_its_matches_published(visitor) -> None:
    office = visitor("campaign_office")
    office.goto("/exchange/clearing/")
    assert laid_out(office) == []
    office.select_option("[name=kind]", "expert")
    office.locator('form[action$="/clearing/run/"] button').click()
    office.locator("a[data-next]").click(timeout=60_000)  # shown when the job is done
    office.wait_for_url(re.compile(r"/exchange/clearing/\d+/$"))
    page = office.url

    # the short board names the thing, and opens to who competes for it and who offers it
    office.locator("a.scarce", has_text="茶园技术员").click()
    office.wait_for_url(re.compile(r"/prices/\d+/$"))
    assert laid_out(office) == []
    expect(office.locator("main")).to_contain_text("慈口观村")
    expect(office.locator("main")).to_contain_text("茶叶研究所")
    phone = visitor("leader", PHONE)
    for address in (office.url, page):
        phone.goto(address)
        assert laid_out(phone) == []

    office.goto(page)
    office.get_by_role("button", name=re.compile("发布 1 项匹配")).click()
    expect(office.locator("#notices")).to_contain_text("已预留 1 项匹配")
    office.goto("/exchange/matches/?tab=open")
    expect(office.locator("table")).to_contain_text("茶园技术员")
