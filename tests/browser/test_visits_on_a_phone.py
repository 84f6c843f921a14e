"""What is typed on a phone stays: over a reload, a sending that fails, a wrong field; and it counts once."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, REFUSED, laid_out
from tests.browser.seed import picture

GONE = re.compile("ERR_FAILED|ERR_INTERNET_DISCONNECTED")
PHOTO = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": picture()}


def begun(visitor, said: str) -> Page:
    """Open the form as a member of the team and type two findings and a photo."""
    page = visitor("team_member", PHONE)
    page.goto("/visits/new/")
    page.select_option("[name=site]", label="慈口观村")
    page.fill("[name=same_day_reason]", "补充走访") if page.locator("[name=same_day_reason]").is_visible() else None
    page.click("#forth")
    page.fill("[name=said]", said)
    page.fill('[name="findings-0-title"]', f"{said}一")
    page.click('[data-add="item"]')
    page.fill('[name="findings-0-items-1-item"]', "水泵")
    page.fill('[name="findings-0-items-1-quantity"]', "2")
    page.fill('[name="findings-0-items-1-unit"]', "台")
    page.click('[data-add="finding"]')
    page.fill('[name="findings-1-title"]', f"{said}二")
    page.set_input_files("#id_album", PHOTO)
    expect(page.locator(".thumbs img")).to_have_count(1)
    return page


def send(page: Page) -> None:
    """Go to the last step, say that nothing was taken, and send."""
    while page.locator("#forth").is_visible():
        page.click("#forth")
    page.check("[name=took_nothing]")
    page.click("#save")


def test_a_reload_loses_nothing(visitor) -> None:
    page = begun(visitor, "灌溉井坏了")
    expect(page.locator("#kept")).not_to_be_empty()
    page.wait_for_url("**draft=**")
    key = page.input_value("[name=client_uuid]")
    page.reload()
    expect(page.locator('[name="findings-1-title"]')).to_have_value("灌溉井坏了二")
    assert page.input_value("[name=said]") == "灌溉井坏了"
    assert page.input_value('[name="findings-0-items-1-item"]') == "水泵"
    assert page.input_value("[name=client_uuid]") == key
    expect(page.locator(".thumbs img")).to_have_count(1)
    page.goto("/visits/")
    expect(page.locator("#unsent li")).to_have_count(1)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#unsent button").last.click()
    expect(page.locator("#unsent")).to_be_hidden()


def test_without_signal_everything_is_kept_and_sent_again_from_the_queue_once(visitor, watch) -> None:
    watch.allow(GONE)
    page = begun(visitor, "沟渠淤堵")
    page.context.set_offline(True)
    send(page)
    expect(page.locator("#visit-state")).to_be_visible()
    expect(page.locator("#save")).to_be_enabled()
    key = page.input_value("[name=client_uuid]")
    page.context.set_offline(False)
    page.goto("/visits/")
    expect(page.locator("#unsent")).to_contain_text("慈口观村")
    page.locator("#unsent button.btn:not(.quiet)").click()
    page.wait_for_url("**/saved/**")
    expect(page.get_by_role("link", name="沟渠淤堵一")).to_be_visible()
    expect(page.get_by_role("link", name="沟渠淤堵二")).to_be_visible()
    page.locator('main a[href^="/visits/"]', has_text="慈口观村").first.click()
    expect(page.locator(".thumbs img")).to_have_count(1)
    page.goto("/visits/")
    expect(page.locator("#unsent")).to_be_hidden()
    # the same UUID again, as after an answer that was lost on its way: one visit, and the page says so
    again = page.context.request
    form = page.locator("#unsent [name=csrfmiddlewaretoken]").get_attribute("value")
    site = page.locator('a[href*="?site="]', has_text="").first.get_attribute("href")
    assert form and site
    answer = again.post(
        "/visits/new/",
        form={
            "csrfmiddlewaretoken": form,
            "client_uuid": key,
            "site": site.rsplit("=", 1)[1],
            "at": "2020-03-05T09:30",
            "said": "换了内容",
            "took_nothing": "on",
        },
        headers={"Referer": page.url},
    )
    assert "arrival=differing" in answer.url and "换了内容" not in answer.text()


def test_wrong_fields_are_marked_and_the_first_one_is_shown(visitor, watch) -> None:
    watch.allow(REFUSED)
    page = begun(visitor, "路灯不亮")
    page.fill('[name="findings-0-items-1-quantity"]', "0")
    page.fill('[name="findings-1-title"]', "")
    page.fill('[name="findings-1-text"]', "主街三盏")
    while page.locator("#forth").is_visible():
        page.click("#forth")
    page.click("#save")
    wrong = page.locator('[data-field="findings-0-items-1-quantity"] .wrong')
    expect(wrong).to_be_visible()
    expect(page.locator('[data-field="findings-1-title"] .wrong')).to_be_visible()
    expect(page.locator('.steps [data-step="2"]')).to_have_attribute("aria-current", "step")
    assert laid_out(page) == []
    page.fill('[name="findings-0-items-1-quantity"]', "3")
    expect(wrong).to_be_hidden()
    page.fill('[name="findings-1-title"]', "主街路灯不亮")
    while page.locator("#forth").is_visible():
        page.click("#forth")
    page.click("#save")
    expect(page.locator('[data-field="took_nothing"] .wrong')).to_contain_text("只予不取")
    assert page.input_value("[name=said]") == "路灯不亮"
    expect(page.locator(".thumbs img")).to_have_count(1)
    send(page)
    page.wait_for_url("**/saved/**")


def test_distances_follow_the_phone(visitor) -> None:
    page = visitor("team_member", PHONE)
    page.goto("/visits/")
    page.context.grant_permissions(["geolocation"])
    page.click("#here")
    expect(page.locator("#here")).to_be_hidden()
    near = page.locator(".stop", has_text="慈口观村").locator(".km")
    expect(near).to_have_text(re.compile(r"^1\.1 "))


def test_the_form_is_one_long_page_without_script(served, chrome) -> None:
    context = chrome.new_context(
        base_url=served.url, java_script_enabled=False, viewport={"width": PHONE, "height": 844}
    )
    context.add_cookies([{"name": "sessionid", "value": served.sessions["team_member"], "url": served.url}])
    page = context.new_page()
    page.goto("/visits/new/")
    page.select_option("[name=site]", label="企业0")
    page.fill("[name=said]", "无脚本")
    page.fill('[name="findings-0-title"]', "无脚本一")
    page.click('button[value="findings"]')
    assert page.input_value("[name=said]") == "无脚本"
    page.fill('[name="findings-1-title"]', "无脚本二")
    page.set_input_files("[name=photos]", PHOTO)
    page.click("#save")
    assert page.input_value('[name="findings-1-title"]') == "无脚本二"
    page.check("[name=took_nothing]")
    page.click("#save")
    page.wait_for_url("**/saved/**")
    assert page.get_by_role("link", name="无脚本二").count() == 1
    context.close()


def test_what_is_typed_suggests_three_categories_to_take_with_one_tap(visitor) -> None:
    page = visitor("team_member", PHONE)
    page.goto("/visits/new/")
    page.click('[data-step="2"]')
    page.fill('[name="findings-0-title"]', "村里路灯坏了")
    choices = page.locator("[data-suggested] .choice")
    expect(choices).to_have_count(3, timeout=20_000)
    expect(choices.first).to_contain_text("道路")
    choices.nth(1).click()
    expect(choices.nth(1)).to_have_attribute("aria-pressed", "true")
    taken = page.input_value('[name="findings-0-category"]')
    assert taken and taken != page.input_value('[name="findings-0-suggested"]') == "road"
    page.select_option('[name="findings-0-category"]', "road")
    expect(choices.first).to_have_attribute("aria-pressed", "true")
    assert laid_out(page) == []
    page.click('[data-add="finding"]')
    page.fill('[name="findings-1-title"]', "123456")
    page.wait_for_timeout(1_500)
    expect(page.locator("[data-suggested]").nth(1)).to_be_hidden()
