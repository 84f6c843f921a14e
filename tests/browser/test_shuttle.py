"""A shuttle in the hands of the office: one drops out, the change is looked at and taken, the bus sheet is printed."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import laid_out


def test_a_worker_drops_out_the_change_is_taken_and_the_sheet_printed(visitor, served) -> None:
    page = visitor("campaign_office")
    page.goto(f"/sites/shuttles/{served.samples['bus_plan']}/")
    expect(page.locator(".shuttle-sums .first")).to_contain_text("14")
    page.locator("#shuttle-map canvas").first.wait_for()
    assert laid_out(page) == []
    card = page.locator(".bus-card").first
    plate = card.locator("button.plate").inner_text()
    card.locator("button.plate").click()
    expect(card).to_have_class(re.compile("here"))
    card.locator("summary", has_text="名单").click()
    who = card.locator(".roster li").first
    name = who.locator("span").inner_text().split()[-1]
    who.locator("input").check()
    expect(page.locator("#ticked")).to_contain_text("1")
    page.locator("#replan button").click()
    change = page.locator(".difference")
    expect(change).to_contain_text(name)
    expect(change).to_contain_text("退出")
    expect(page.locator(".shuttle-sums .first")).to_contain_text("13")
    assert laid_out(page) == []
    change.get_by_role("button", name="采纳调整").click()
    expect(page.locator(".notice.success")).to_contain_text("调整已采纳")
    expect(page.locator("main")).to_contain_text(name)  # among those who dropped out
    page.locator(".bus-card", has=page.locator("button", has_text=plate)).get_by_role("link", name="车次单").click()
    sheet = page.locator(".bus-sheet")
    expect(sheet).to_have_count(1)
    expect(sheet).to_contain_text(plate)
    expect(sheet).not_to_contain_text(name)
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    assert paper[:4] == b"%PDF" and set(re.findall(rb"/MediaBox \[0 0 (\d+)\S* (\d+)", paper)) == {(b"594", b"841")}
