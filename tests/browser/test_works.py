"""Works in the hands of the office: a milestone out of order, a provisional acceptance whose day is missed, paper."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, laid_out

REFUSED = re.compile("422")


def step(page: Page, name: str):
    """Return the list entry of a step or milestone, its changes unfolded."""
    row = page.locator("li").filter(has=page.locator("b", has_text=re.compile(f"^{name}$"))).last
    row.locator("summary").first.click()
    return row


def test_a_milestone_out_of_order_is_refused_with_what_comes_first(visitor, watch, served) -> None:
    watch.allow(REFUSED)
    page = visitor("campaign_office")
    page.goto(f"/sites/projects/{served.samples['key_project']}/")
    step(page, "单机调试").get_by_role("button", name="完成", exact=True).click()
    expect(page.locator("body")).to_contain_text("软件安装完成之前，不能登记单机调试完成")
    for name in ("基础完成", "设备安装"):
        step(page, name).get_by_role("button", name="完成", exact=True).click()
        expect(page.locator(".stages li.done").last).to_contain_text(name)
    expect(page.locator(".stages li.now")).to_contain_text("软件安装")
    assert laid_out(page) == []


def test_a_provisional_acceptance_is_taken_missed_and_withdrawn(visitor, watch, served) -> None:
    watch.allow(REFUSED)
    page = visitor("campaign_office")
    here = f"/sites/projects/{served.samples['key_project']}/approvals/"
    page.goto(here)
    expect(page.locator(".stuck")).to_contain_text("卡在")
    expect(page.locator(".timeline")).to_have_count(3)
    row = step(page, "建设工程规划许可证")
    offered = row.locator("form").filter(has_text="不动产权证")
    offered.locator("[name=on]").fill("2020-02-03")
    offered.get_by_role("button").click()
    row = page.locator("li").filter(has=page.locator("b", has_text="建设工程规划许可证")).last
    expect(row).to_contain_text("逾期")  # twenty working days after 3 February ended before today
    page.goto("/sites/projects/promises/")
    expect(page.locator("main")).to_contain_text("智能终端产业园")
    page.goto(here)
    row = step(page, "建设工程规划许可证")
    row.get_by_role("button", name="发证").click()
    expect(page.locator(".notice.error")).to_contain_text("证号")
    row = step(page, "建设工程规划许可证")
    row.get_by_role("button", name="撤回受理").click()
    page.click("#ask button[value=yes]")
    expect(page.locator(".time")).to_contain_text("已撤回受理")
    page.goto("/sites/projects/promises/")
    expect(page.locator("main")).not_to_contain_text("智能终端产业园")


def test_the_approvals_are_read_on_a_phone_and_printed(visitor, served) -> None:
    page = visitor("campaign_office", PHONE)
    page.goto(f"/sites/projects/{served.samples['key_project']}/approvals/")
    assert laid_out(page) == []
    page.emulate_media(media="print")
    expect(page.locator(".timeline").first).to_be_visible()
    assert page.pdf(format="A4")[:4] == b"%PDF"


def test_a_switch_moves_the_bars_at_once_and_keeps_the_focus(visitor, served) -> None:
    page = visitor("campaign_office")
    page.goto(f"/sites/projects/{served.samples['new_project']}/approvals/")
    relaxed = page.locator(".timeline").last.locator("figcaption")
    parallel, best = page.locator(".timeline").nth(1).locator("figcaption .num").inner_text(), relaxed.inner_text()
    taken = page.locator("[name=take]:checked")
    assert taken.count() > 0
    while taken.count():
        switch = taken.first.get_attribute("id")
        page.click(f"#{switch}")
        expect(page.locator(f"#{switch}")).not_to_be_checked()
        expect(page.locator(".switches h3")).to_contain_text("按所选")
        assert page.evaluate("document.activeElement.id") == switch
    expect(relaxed.locator(".num")).to_have_text(parallel)  # no promise is left: the second timeline
    page.locator(".switches h3 a").click()
    expect(relaxed).to_have_text(best)
