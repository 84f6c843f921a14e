"""The frame in a reader's hands: keys, menus, search as one types, the question before a loss, paper."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, PHONE, WIDE, laid_out


def test_the_keys_lead_everywhere(visitor) -> None:
    page = visitor("campaign_office")
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/ledger/**")
    rows = page.locator("[data-href]")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator(".here")).to_have_count(1)
    expect(rows.first).to_have_class(re.compile("here"))
    address = rows.first.get_attribute("data-href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("g")  # the list is open: keys are not commands
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url(re.compile(r"/$"))


def test_search_suggests_while_one_types_and_stays_quiet_in_fields(visitor) -> None:
    page = visitor("campaign_office")
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("企业0")
    suggestion = page.locator("#suggestions a").filter(has_text="企业0").first
    expect(suggestion).to_be_visible()
    assert page.url.endswith("/")  # j, k, g typed into a field are letters
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    expect(page.locator("main")).to_contain_text("企业0")


def test_the_menu_closes_by_escape_and_by_a_click_elsewhere(visitor) -> None:
    page = visitor("campaign_office", PHONE)
    page.goto("/jobs/")
    menu = page.locator("details.user")
    menu.locator("summary").click()
    expect(menu.get_by_text("退出")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_text("退出")).to_be_hidden()
    menu.locator("summary").click()
    page.mouse.click(60, 640)
    expect(menu.get_by_text("退出")).to_be_hidden()
    menu.locator("summary").click()
    menu.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("How far are my jobs?")


def test_what_takes_something_away_asks_once(visitor) -> None:
    page = visitor("administrator", PHONE)
    page.goto("/accounts/?q=leader&role=leader")
    page.locator("tr[data-href] a").first.click()
    assert laid_out(page) == []
    form = page.locator("form[action$='/active/']")
    form.locator("button").click()
    page.locator("#ask").get_by_text("否，返回").click()
    expect(form.locator("button")).to_have_text("停用账号")
    form.locator("button").click()
    page.locator("#ask").get_by_text("是，执行").click()
    expect(page.locator("#notices")).to_contain_text("账号已停用")
    page.locator("form[action$='/active/'] button").click()
    expect(page.locator("#notices")).to_contain_text("账号已恢复")


def test_a_lost_connection_is_said_and_nothing_typed_is_lost(visitor, watch) -> None:
    watch.allow(re.compile("ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)"))
    page = visitor("campaign_office")
    page.goto("/search/")
    page.context.set_offline(True)
    page.keyboard.press("Escape")
    page.fill("#find", "企业")
    expect(page.locator("#notices")).to_contain_text("连不上服务器")
    assert page.input_value("#find") == "企业"


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_the_pages_of_sign_in_are_ours_and_fit(visitor, width: int) -> None:
    stranger, member = visitor(width=width), visitor("auditor", width)
    for path in ("/account/login/", "/account/password/reset/"):
        stranger.goto(path)
        assert laid_out(stranger) == []
    again = "/account/reauthenticate/?next=/account/mfa/totp/activate/"
    for path in ("/account/mfa/", "/account/password/change/", "/account/logout/", again):
        member.goto(path)
        assert laid_out(member) == [], path
    member.fill("[name=password]", PASSWORD)
    member.locator("main button.btn").first.click()
    member.wait_for_url("**/totp/activate/")
    expect(member.locator("img.qr")).to_be_visible()
    assert laid_out(member) == []


def test_paper_shows_the_content_alone(visitor) -> None:
    page = visitor("campaign_office")
    page.emulate_media(media="print")
    page.goto("/ledger/")
    for gone in (".rail", ".strip", "details.user"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    sheets = page.evaluate("[...document.styleSheets].map((s) => s.href).filter((h) => h && h.endsWith('/print.css'))")
    assert len(sheets) == 1
