"""The dispatch as the office makes it: plan, approve, drag, lock, plan anew, approve in parts, publish, hand out."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, REFUSED, Served, Watch, laid_out, serving

expect.set_options(timeout=15_000)  # the solver may be at work beside the page


@pytest.fixture(scope="module")
def served(
    chromium: str, tmp_path_factory: pytest.TempPathFactory, lay_out: Callable[[Path], None]
) -> Iterator[Served]:
    """A server with the campaign of `seed_dispatch.py`."""
    data = tmp_path_factory.mktemp("dispatch")
    lay_out(data)
    with serving("tests.browser.seed_dispatch", data) as running:
        yield running


def team(page: Page, number: str) -> Locator:
    return page.locator(".team", has=page.locator("header b", has_text=number))


def chip(page: Page, name: str) -> Locator:
    return page.locator(".team .chip.person", has_text=name)


def yes(page: Page) -> None:
    """Say yes in the dialog that asks."""
    page.click("#ask button[value=yes]")


def plan_anew(page: Page, seconds: int = 3, change: str = "") -> None:
    """Start the solver from the board and go to its draft when the job is done."""
    page.goto("/dispatch/")
    page.fill("[name=seconds]", str(seconds))
    if change:
        page.fill("[name=change]", change)
    page.locator('form[action="/dispatch/plans/solve/"] button').click()
    page.locator("a[data-next]").click(timeout=60_000)
    page.wait_for_url(re.compile(r"/dispatch/plans/\d+/"))


def running_plan(page: Page) -> None:
    """Leave the page on the board of a running plan: the one that stands, else a first one, planned and approved."""
    page.goto("/dispatch/")
    if page.locator(".team .chip.person").count() == 0:
        plan_anew(page)
        page.locator("button[value=all]").click()
        yes(page)
        page.wait_for_url("**/dispatch/")


def drag(page: Page, thing: Locator, to: Locator) -> str:
    """Drag with the mouse; return the price that the team showed under it."""
    begin, end = thing.bounding_box(), to.bounding_box()
    assert begin and end
    page.mouse.move(begin["x"] + 10, begin["y"] + 10)
    page.mouse.down()
    page.mouse.move(begin["x"] + 20, begin["y"] + 14, steps=2)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=6)
    price = to.locator(".price")
    expect(price).to_contain_text("km")
    words = price.inner_text()
    page.mouse.up()
    expect(page.locator("#why .preview")).to_be_visible()
    expect(page.locator(".price")).to_have_count(0)
    return words


def move_by_dragging(page: Page, name: str, number: str) -> None:
    words = drag(page, chip(page, name), team(page, number))
    assert re.match(r"[+-]\d+(\.\d)? km", words)
    page.locator("#why .preview button").click()
    expect(team(page, number).locator(".chip.person", has_text=name)).to_be_visible()
    expect(page.locator("#notices")).to_contain_text(name)


def test_from_a_first_plan_to_handed_out_passwords(served: Served, visitor, tmp_path: Path) -> None:
    office = visitor("office")

    # the first plan: everyone is new, all of it is approved
    plan_anew(office)
    assert laid_out(office) == []
    expect(office.locator(".differences")).to_contain_text("首次派驻")
    expect(office.locator(".part")).to_have_count(4)
    office.locator("button[value=all]").click()
    yes(office)
    office.wait_for_url("**/dispatch/")
    for n, county in enumerate(("东县", "南县", "西县", "北县"), 1):
        expect(team(office, f"市{n:02d}").locator(".chip.person", has_text=county)).to_have_count(3)

    # by hand: two people are swapped in each of two pairs of teams, each seen at its price before it is dropped
    for name, number in (("东县干部3", "市02"), ("南县干部3", "市01"), ("西县干部3", "市04"), ("北县干部3", "市03")):
        move_by_dragging(office, name, number)
    assert laid_out(office) == []

    # one move is taken back and made again by the keyboard: chosen, the best team taken, moved
    office.keyboard.press("Control+z")
    yes(office)
    expect(team(office, "市04").locator(".chip.person", has_text="北县干部3")).to_be_visible()
    chip(office, "北县干部3").focus()
    office.keyboard.press("Enter")
    expect(office.locator(".fit").first).to_be_focused()
    office.locator(".fit", has_text="市03").press("Enter")
    expect(office.locator("#why .preview button")).to_be_focused()
    office.keyboard.press("Enter")
    expect(team(office, "市03").locator(".chip.person", has_text="北县干部3")).to_be_visible()

    # a lock by a key; it holds against the drag
    office.wait_for_load_state("networkidle")  # the rows that the move changed are redrawn, and with them the focus
    leader = chip(office, "东县干部1")
    leader.press("l")
    expect(chip(office, "东县干部1")).to_have_class(re.compile("locked"))
    drag_refused(office, chip(office, "东县干部1"), team(office, "市02"))

    # planned anew with a low price of change: two parts, of which one is approved
    plan_anew(office, change="0.5")
    assert laid_out(office) == []
    parts = office.locator(".part")
    expect(parts).to_have_count(2)
    expect(parts.first.locator("tbody tr")).to_have_count(2)
    expect(office.locator("button[value=ticked]")).to_be_disabled()
    eastern = office.locator(".part", has_text="东县干部3")
    eastern.locator("[name=part]").check()
    expect(office.locator(".ticked")).to_contain_text("1 / 2")
    office.reload()
    expect(eastern.locator("[name=part]")).to_be_checked()  # ticks outlive the page
    office.locator("button[value=ticked]").click()
    yes(office)
    office.wait_for_url("**/dispatch/")
    expect(team(office, "市01").locator(".chip.person", has_text="东县干部3")).to_be_visible()
    expect(team(office, "市02").locator(".chip.person", has_text="南县干部3")).to_be_visible()
    expect(team(office, "市04").locator(".chip.person", has_text="西县干部3")).to_be_visible()  # stays as it was
    expect(office.locator(".solver")).to_contain_text("1 / 2")

    # published: everyone is told, accounts are made, their sheet is given once
    office.goto("/dispatch/publish/")
    assert laid_out(office) == []
    office.locator('form[action="/dispatch/publish/"] button').click()
    yes(office)
    office.locator("a[data-next]").click(timeout=60_000)
    office.wait_for_url(re.compile(r"/dispatch/publications/\d+/"))
    with office.expect_download() as fetched:
        office.locator('form[action$="accounts.xlsx"] button').click()
        yes(office)
    rows = list(openpyxl.load_workbook(BytesIO(Path(fetched.value.path()).read_bytes())).active.values)[1:]
    assert len(rows) == 12
    office.reload()
    expect(office.locator('form[action$="accounts.xlsx"]')).to_have_count(0)
    assert laid_out(office) == []

    # a member signs in with a slip of it, chooses a password, and finds the notice on the home and under the bell
    _number, _team, _name, _unit, _role, username, password = next(row for row in rows if row[2] == "西县干部3")
    phone = visitor(width=PHONE)
    phone.goto("/account/login/")
    phone.fill("input[name=login]", username)
    phone.fill("input[name=password]", password)
    phone.locator("input[name=password]").press("Enter")
    phone.wait_for_url("**/password/change/**")
    phone.fill("input[name=oldpassword]", password)
    for field in ("password1", "password2"):
        phone.fill(f"input[name={field}]", "mine-alone-2020")
    phone.locator("input[name=password2]").press("Enter")
    phone.wait_for_url(lambda url: "password" not in url)
    phone.goto("/visits/")
    expect(phone.locator(".news")).to_contain_text("您编入 市04 组")
    expect(phone.locator(".bell .count")).to_have_text("1")
    assert laid_out(phone) == []
    phone.locator(".news button").click()
    phone.wait_for_url(re.compile(r"/dispatch/teams/\d+/"))
    expect(phone.locator(".bell .count")).to_have_count(0)
    phone.locator(".bell").click()
    expect(phone.locator(".told")).to_contain_text("市04")
    assert laid_out(phone) == []


def drag_refused(page: Page, thing: Locator, to: Locator) -> None:
    """Drag something locked: the team says so, and the panel offers no move."""
    begin, end = thing.bounding_box(), to.bounding_box()
    assert begin and end
    page.mouse.move(begin["x"] + 10, begin["y"] + 10)
    page.mouse.down()
    page.mouse.move(begin["x"] + 20, begin["y"] + 14, steps=2)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=6)
    expect(to.locator(".price")).to_contain_text("锁定")
    page.mouse.up()
    expect(page.locator("#why [role=alert]")).to_contain_text("锁定")
    expect(page.locator("#why .preview")).to_have_count(0)


def test_several_are_moved_on_a_phone(served: Served, visitor) -> None:
    phone = visitor("office", width=PHONE)
    running_plan(phone)
    assert laid_out(phone) == []
    phone.click("#pick-mode")
    for name in ("南县干部2", "南县干部3"):
        chip(phone, name).click()
    expect(phone.locator("#picks")).to_contain_text("2")
    phone.fill("#picks-number", "市01")
    phone.locator("#picks button").first.click()
    expect(phone.locator("#why .preview")).to_contain_text("→ 市01")
    assert laid_out(phone) == []
    phone.locator("#why .shut").click()
    phone.locator('#picks [data-clear="picks"]').click()
    expect(phone.locator("#picks")).to_be_hidden()


def test_a_what_if_is_asked_and_answered(served: Served, visitor) -> None:
    office = visitor("office")
    running_plan(office)
    office.goto("/dispatch/what-if/")
    assert laid_out(office) == []
    first, second = office.locator(".scenario").nth(0), office.locator(".scenario").nth(1)
    first.locator("[name=s1-kind]").select_option("size")
    expect(first.locator("[name=s1-skill]")).to_be_hidden()
    first.locator("[name=s1-count]").fill("2")
    second.locator("[name=s2-kind]").select_option("more")
    second.locator("[name=s2-count]").fill("1")
    second.locator("[name=s2-skill]").select_option("agriculture")
    second.locator("[name=s2-county]").select_option(label="北县")
    office.fill("#ask-form [name=seconds]", "2")
    office.locator("#ask-form .how button").click()
    office.wait_for_url(re.compile(r"/dispatch/what-if/\d+/"))
    office.locator("a[data-next]").click(timeout=60_000)
    expect(office.locator(".answers li")).to_have_count(2)
    expect(office.locator("#chart-parts canvas")).to_be_visible()
    expect(office.locator(".beside thead th")).to_have_count(5)  # parts, running, fresh, two scenarios
    assert laid_out(office) == []
    phone = visitor("office", width=PHONE)
    phone.goto(office.url)
    expect(phone.locator("#chart-skills canvas")).to_be_visible()
    assert laid_out(phone) == []


def test_rules_are_seen_before_they_are_set_and_a_clash_is_told(served: Served, visitor, watch: Watch) -> None:
    watch.allow(REFUSED)  # a tie of somebody who is not there
    office = visitor("office")
    running_plan(office)
    office.get_by_role("link", name="行动", exact=True).click()
    office.get_by_role("link", name="规则与同组要求").click()
    outlook = office.locator("#outlook")
    expect(outlook).to_contain_text("现行规则")
    assert laid_out(office) == []
    office.check("[name=senior_on]")
    office.fill("[name=senior_senior_least]", "2")
    office.locator("[name=senior_hard]").select_option("1")
    expect(outlook).to_contain_text("按所填，尚未保存")
    expect(outlook).to_contain_text("每组至少 2 名骨干")
    expect(outlook).to_contain_text("骨干只有 4 名，需 8 名")
    office.fill("[name=skills_price]", "99999")
    office.locator("[name=skills_price]").blur()
    expect(outlook.locator("[role=alert]")).to_be_visible()
    office.fill("[name=skills_price]", "25")
    office.get_by_role("button", name="设定规则").click()
    expect(office.locator(".notice.success")).to_contain_text("规则已设定")
    expect(office.locator("[name=senior_hard]")).to_have_value("1")

    ties = office.locator("#ties")
    ties.locator("[name=kind]").select_option("apart")
    ties.locator("[name=officials]").fill("东县干部1、无此人")
    ties.locator("[name=reason]").fill("亲属")
    ties.get_by_role("button", name="添加").click()
    expect(ties.locator(".error")).to_contain_text("无此人")
    ties.locator("[name=officials]").fill("东县干部1、南县干部1")
    ties.get_by_role("button", name="添加").click()
    expect(ties.locator("table")).to_contain_text("不得同组：东县干部1、南县干部1")

    phone = visitor("office", width=PHONE)
    phone.goto(office.url)
    expect(phone.locator("#outlook")).to_contain_text("现行规则")
    assert laid_out(phone) == []

    office.goto("/dispatch/")
    office.fill("[name=seconds]", "3")
    office.locator('form[action="/dispatch/plans/solve/"] button').click()
    expect(office.locator("main")).to_contain_text("这些刚性规则不能同时满足：每组至少 2 名骨干", timeout=60_000)
    expect(office.locator("main")).to_contain_text("缺 4 名骨干")

    office.goto(phone.url)
    for button in ("取消", "恢复规则档案"):
        office.get_by_role("button", name=button, exact=True).first.click()
        yes(office)
        expect(office.locator(".notice.success")).to_be_visible()
    expect(office.locator("[name=senior_on]")).not_to_be_checked()
    expect(ties.locator(".empty")).to_be_visible()
