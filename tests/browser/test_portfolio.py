"""The portfolio as the office uses it: desks taken over, planned, a step locked, what moved read, A3 paper."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, laid_out


def solve(page: Page, button: str) -> None:
    """Give the solver a second and go to what it made, past the bar."""
    form = page.locator("form.solve")
    form.locator("[name=seconds]").fill("1")
    form.get_by_role("button", name=button).click()
    page.wait_for_url(re.compile(r"/jobs/\d+/"))
    page.locator(".job a[data-next]").click(timeout=30_000)
    page.wait_for_url(re.compile(r"/portfolio/plans/\d+/"))


def test_a_step_is_locked_the_rest_moves_and_the_gantt_is_printed(visitor, served, tmp_path) -> None:
    page = visitor("campaign_office")
    page.goto("/sites/portfolio/")
    expect(page.locator(".tiles .tile").first).to_be_visible()
    expect(page.locator(".answer")).to_contain_text("没有开复工")
    assert laid_out(page) == []
    page.goto("/sites/portfolio/plan/")
    page.get_by_role("button", name="各按1件登记").click()
    solve(page, "重新求解")
    expect(page.locator(".proof")).to_contain_text("下界")
    for summary in page.locator("details.county summary").all():
        summary.click()

    # by keyboard: the bar, its reason, its lock
    bar = page.locator(".pbar[aria-label*='施工许可证']").first
    bar.focus()
    page.keyboard.press("l")
    on = page.locator("#why input[name=on]")
    expect(on).to_be_focused()
    on.fill("2020-12-01")
    page.keyboard.press("Enter")
    expect(page.locator("#why")).to_contain_text("锁定在12月1日")
    expect(page.locator(".solver")).to_contain_text("请重新求解")
    solve(page, "重新求解")
    expect(page.locator("#moved")).to_contain_text("锁定在12月1日")
    assert laid_out(page) == []
    page.locator("form[action$='/approve/'] button").click()
    expect(page.locator(".top .light")).to_contain_text("已批准")

    page.goto(page.url.split("?")[0] + "sheet/")
    page.pdf(path=tmp_path / "gantt.pdf", prefer_css_page_size=True)
    paper = (tmp_path / "gantt.pdf").read_bytes()
    boxes = re.findall(rb"/MediaBox ?\[ ?0 0 ([\d.]+) ([\d.]+)", paper)
    assert boxes and all((round(float(w)), round(float(h))) == (1191, 842) for w, h in boxes)  # A3, landscape

    phone = visitor("campaign_office", PHONE)
    for path in ("/sites/portfolio/", "/sites/portfolio/plan/", "/sites/portfolio/plan/?by=desk"):
        phone.goto(path)
        assert laid_out(phone) == [], path
