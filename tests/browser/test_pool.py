"""The capacity pool as the office uses it: plan, drag a share, see its price, lock it, solve again, publish, sign."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Served, laid_out, serving

expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def served(
    chromium: str, tmp_path_factory: pytest.TempPathFactory, lay_out: Callable[[Path], None]
) -> Iterator[Served]:
    """A server with the pool of `seed_pool.py`."""
    data = tmp_path_factory.mktemp("pool")
    lay_out(data)
    with serving("tests.browser.seed_pool", data) as running:
        yield running


def row(page: Page, maker: str) -> Locator:
    return page.locator(".gantt-row", has=page.locator("b", has_text=maker))


def solve(page: Page, button: str) -> None:
    """Press the solver's button and go to what it made, past the bar."""
    page.locator("form.solve", has=page.locator("button", has_text=button)).locator("button").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/"))
    page.locator(".job a[data-next]").click(timeout=60_000)
    page.wait_for_url(re.compile(r"/exchange/pool/plans/\d+/"))


def drag(page: Page, thing: Locator, to: Locator) -> None:
    begin, end = thing.bounding_box(), to.bounding_box()
    assert begin and end
    page.mouse.move(begin["x"] + 12, begin["y"] + 8)
    page.mouse.down()
    page.mouse.move(begin["x"] + 24, begin["y"] + 20, steps=3)
    page.mouse.move(end["x"] + 260, end["y"] + end["height"] / 2, steps=6)
    expect(to).to_have_class(re.compile("over"))
    page.mouse.up()


def test_from_orders_and_lines_to_agreements(visitor) -> None:
    office = visitor("office")
    office.goto("/exchange/pool/")
    solve(office, "排产")
    assert laid_out(office) == []
    expect(row(office, "厂a").locator("a.run", has_text="o2")).to_be_visible()

    # dragged to a line without a share: what it would cost comes first, nothing has moved yet
    drag(office, row(office, "厂a").locator("a.run", has_text="o2").first, row(office, "厂c"))
    expect(office.locator("#why .preview")).to_contain_text("+")
    expect(row(office, "厂c").locator(".undated")).to_have_count(0)
    expect(office.locator("#why .preview button")).to_be_focused()
    office.keyboard.press("Enter")
    expect(row(office, "厂c").locator(".undated")).to_contain_text("o2")
    expect(office.locator("form[action$='/publish/'] button")).to_be_disabled()

    # a lock by a key; solved again, both stay where they are
    office.locator("a.run[aria-label^=o1]").first.focus()
    office.keyboard.press("l")
    office.wait_for_url(re.compile("share="))
    expect(office.locator("a.run.locked")).to_have_count(1)
    solve(office, "重新求解")
    expect(row(office, "厂c").locator("a.run.locked[aria-label^=o2]").first).to_be_visible()
    expect(office.locator("a.run.locked[aria-label^=o1]").first).to_be_visible()

    # by the list instead of the mouse: unlocked, moved back
    row(office, "厂c").locator("a.run").first.click()
    office.locator("#why [data-lock] button").click()
    office.wait_for_url(re.compile("share="))
    expect(row(office, "厂c").locator("a.run.locked")).to_have_count(0)
    value = office.locator("#to-maker option", has_text="厂b").get_attribute("value")
    office.select_option("#to-maker", value)
    office.locator("#why form.to button").click()
    expect(row(office, "厂b").locator(".undated")).to_contain_text("o2")
    solve(office, "重新求解")

    office.locator("form[action$='/publish/'] button").click()
    expect(office.locator(".top .light")).to_contain_text("已发布")
    office.fill("[name=name]", "对接会")
    office.fill("[name=held_on]", "2020-03-06")
    office.locator("form[action$='/event/'] button").click()
    office.wait_for_url(re.compile(r"/agreements/events/\d+/"))
    office.locator("form[action$='/sign/'] button").click()
    office.click("#ask button[value=yes]")
    expect(office.locator(".funnel")).to_contain_text("280,000.00")
    assert laid_out(office) == []

    phone = visitor("office", PHONE)
    for path in ("/exchange/pool/", "/exchange/pool/plans/1/", "/exchange/pool/plans/1/board/", office.url):
        phone.goto(path)
        assert laid_out(phone) == [], path
