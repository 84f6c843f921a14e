"""The frame: which tabs, what waits for the reader, at what cost, and what is marked as here."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import RequestFactory

from sijin.people.models import Role
from sijin.visits.domain import record
from sijin.visits.domain.rounds import LONG
from sijin.web.shell import shell
from tests.conftest import at
from tests.web.test_access import signed_in

LOOP = "派访账配办汇"
TABS = {
    "campaign_office": LOOP,
    "leader": LOOP,
    "auditor": LOOP,
    "team_leader": LOOP,
    "team_member": LOOP,
    "department_handler": "账配办汇",
    "site_contact": "访账配汇",
    "community_worker": "访账汇",
    "administrator": "号",
}


def frame_of(account, path: str = "/"):
    """Return the frame that the account meets at `path`."""
    request = RequestFactory().get(path)
    request.user = account
    return shell(request)["shell"]


@pytest.mark.parametrize("role", Role.values)
def test_each_role_has_its_tabs_in_the_order_of_the_loop(world, role: str) -> None:
    assert "".join(tab.glyph for tab in frame_of(world.accounts[role]).tabs) == TABS[role]


@pytest.mark.parametrize("role", Role.values)
def test_the_frame_costs_two_queries_and_is_made_once(world, role: str, django_assert_num_queries) -> None:
    request = RequestFactory().get("/")
    request.user = world.accounts[role]
    with django_assert_num_queries(0):
        first, second = shell(request)["shell"], shell(request)["shell"]
    with django_assert_num_queries(2):
        assert first.tabs == second.tabs


def test_counts_are_what_waits_for_me_and_not_for_others(world) -> None:
    def count(role: str, key: str) -> int:
        return {tab.key: tab.count for tab in frame_of(world.accounts[role]).tabs}[key]

    assert (count("campaign_office", "l"), count("team_leader", "l"), count("leader", "l")) == (2, 0, 0)
    assert (count("team_leader", "v"), count("campaign_office", "v")) == (1, 0)
    leader, team, site = world.accounts["team_leader"], world.teams[0], world.sites[0]
    record(leader, team, site, client_uuid=uuid.uuid4(), said="见了负责人", took_nothing=True, at=at(3, 5, 9))
    assert count("team_leader", "v") == 0
    world.campaign.cutoff = world.campaign.cutoff + timedelta(days=LONG)
    world.campaign.save()
    assert count("team_leader", "v") == 1


@pytest.mark.parametrize(("path", "glyph"), [("/", "汇"), ("/ledger/", "账"), ("/visits/", "访")])
def test_the_tab_of_the_page_is_marked(world, path: str, glyph: str) -> None:
    page = signed_in(world.accounts["campaign_office"]).get(path).content.decode()
    marked = re.findall(r'<a [^>]*data-key="\w"[^>]*aria-current="page"[^>]*><b[^>]*>(.)</b>', page)
    assert marked == [glyph]


def test_a_page_says_campaign_day_and_cut_off_and_has_its_landmarks(world) -> None:
    page = signed_in(world.accounts["leader"]).get("/ledger/").content.decode()
    strip = re.sub(r"<[^>]+>|&nbsp;|\s+", "", page.split('class="where"')[1].split("</header>")[0])
    assert "威海“四进”·第2天·截至3月5日" in strip
    for landmark in ('class="skip" href="#content"', '<main id="content"', "<nav ", 'lang="zh-hans"', "<h1>"):
        assert landmark in page
    assert page.count("<h1") == 1


def test_no_page_of_the_frame_has_inline_code(world) -> None:
    client = signed_in(world.accounts["administrator"])
    pages = (
        "/accounts/",
        "/accounts/new/",
        f"/accounts/{world.other.pk}/",
        "/jobs/",
        "/account/mfa/",
        "/account/logout/",
    )
    for path in (*pages, "/account/password/change/"):
        html = client.get(path).content.decode()
        assert not re.search(
            r"<style|<script(?![^>]*(src=|application/json))|\sstyle=|\son[a-z]+=|javascript:", html
        ), path


def test_the_margins_of_a_printed_page_name_campaign_unit_and_cut_off(world) -> None:
    world.campaign.name = 'a"; } body { display: none } \\'
    world.campaign.save()
    sheet = signed_in(world.accounts["department_handler"]).get("/print.css")
    words = sheet.content.decode()
    assert sheet.headers["Content-Type"].startswith("text/css") and "private" in sheet.headers["Cache-Control"]
    assert '@top-left { content: "a\\22 ; } body { display: none } \\5c ";' in words
    assert '"市局0"' in words and "截至 2020年3月5日" in words and "counter(pages)" in words
