"""A firm helps itself: it posts a need, sees what fits and why, and says at the end that it came and solved it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import HEIGHT, PHONE, REFUSED, WIDE, Served, Watch, laid_out
from tests.browser.seed import picture
from tests.browser.test_the_loop import verb

TITLE = "口罩生产缺熔喷布"


def at_both_widths(page: Page) -> list[str]:
    """Return what is wrong with the page as it stands, on a wide screen and on a phone."""
    faults = []
    for width in (PHONE, WIDE):
        page.set_viewport_size({"width": width, "height": HEIGHT[width]})
        faults += laid_out(page)
    return faults


def step(page: Page, path: str, name: str) -> None:
    """Take the match at `path` a step on, by the button of its page."""
    page.goto(path)
    assert at_both_widths(page) == []
    page.locator(f'form[action="{path}{name}/"] button').click()
    page.wait_for_load_state()


def test_a_firm_posts_a_need_and_confirms_what_came_of_it(served: Served, visitor, watch: Watch) -> None:
    # the firm posts a need from its home; what is missing is said beside its field
    firm = visitor("site_contact")
    firm.goto("/")
    firm.get_by_role("link", name=re.compile("提需求")).click()
    firm.wait_for_url("**/ledger/new/")
    assert at_both_widths(firm) == []
    watch.allow(REFUSED)
    firm.fill("[name=items-0-item]", "熔喷布")
    firm.fill("[name=items-0-quantity]", "2")
    firm.fill("[name=items-0-unit]", "吨")
    firm.locator("button[data-next]").click()
    expect(firm.locator("#id_title_error")).to_be_visible()
    assert at_both_widths(firm) == []
    firm.fill("[name=title]", TITLE)
    expect(firm.locator("[data-suggested] .choice").first).to_be_visible(timeout=60_000)  # the first asked loads triage
    firm.locator("[data-suggested] .choice").first.click()  # the category that the text suggests
    firm.locator("button[data-next]").click()
    firm.wait_for_url(re.compile(r"/ledger/\d+/$"))
    path = re.sub(r"^https?://[^/]+", "", firm.url)

    # and sees the complement with its reasons, but nothing that is the office's to do
    fit = firm.locator("article.fit", has_text="无纺布厂")
    expect(fit).to_contain_text("品名相同")
    expect(fit).to_contain_text("可满足 100%")
    expect(fit.locator("form, a")).to_have_count(0)
    assert at_both_widths(firm) == []

    # the office hands over, reserves what fits, agrees and delivers
    office = visitor("campaign_office")
    verb(office, path, "hand_over", klass="2", lead_unit=str(served.samples["unit"]))
    office.goto(path)
    office.locator("article.fit", has_text="无纺布厂").locator("form.take button").click()
    expect(office.locator("#notices")).to_contain_text("熔喷布")
    link = office.locator(".promised a").first
    expect(link).to_be_visible()
    match = link.get_attribute("href") or ""
    step(office, match, "agree")
    step(office, match, "deliver")

    # the firm sees how far it is and says that it came
    firm.goto(path)
    expect(firm.locator(".promised")).to_contain_text("已交付")
    assert at_both_widths(firm) == []
    firm.locator(".promised").get_by_role("link", name="确认收货").click()
    firm.wait_for_url(f"**{match}")
    step(firm, match, "confirm")
    expect(firm.locator(".track .reached")).to_have_count(4)

    # the department answers, the team looks, the firm confirms, the office closes
    handler = visitor("department_handler")
    verb(handler, path, "receive")
    verb(handler, path, "carry_out", measure="协调熔喷布")
    verb(handler, path, "answer", note="两吨已到厂", evidence=picture())
    verb(visitor("team_leader"), path, "verify", note="到厂看过")
    verb(firm, path, "confirm", verdict="satisfied")
    verb(office, path, "close")
    firm.goto(path)
    expect(firm.locator(".need-light")).to_contain_text("已办结")
