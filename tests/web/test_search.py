"""Search: by name, number and words, in both scripts, and never a row that the reader may not see."""

import pytest

from sijin.people.models import Role
from sijin.places.models import Site
from tests.web.test_access import signed_in

SEES_OTHERS = {"campaign_office", "leader", "auditor"}


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("path", ["/search/", "/search/suggest/"])
@pytest.mark.parametrize("q", ["需求", "企业", "第1组", "other", "000002"])
def test_nothing_of_others_is_found(world, role: str, path: str, q: str) -> None:
    page = signed_in(world.accounts[role]).get(path, {"q": q}).content.decode()
    if role in SEES_OTHERS:
        assert {"需求": "别组的需求", "企业": "企业1", "第1组": "第1组", "other": "other", "000002": "别组的需求"}[
            q
        ] in page
    else:
        hits = page.replace(f"“{q}”", "").replace(f'value="{q}"', "")
        for secret in ("别组的需求", "企业1", "第1组", ">other"):
            assert secret not in hits


@pytest.mark.parametrize("q", ["企业0", "企業0", "s0", "s0 企业"])
def test_a_site_is_found_by_name_in_either_script_by_number_and_by_all_words(world, q: str) -> None:
    page = signed_in(world.accounts["leader"]).get("/search/", {"q": q}).content.decode()
    assert f'href="/sites/{world.sites[0].pk}/"' in page and f'href="/sites/{world.sites[1].pk}/"' not in page


def test_an_official_leads_to_the_team(world) -> None:
    page = signed_in(world.accounts["campaign_office"]).get("/search/", {"q": "team_member"}).content.decode()
    assert f'href="/dispatch/teams/{world.teams[0].pk}/"' in page


def test_nothing_typed_and_nothing_found_say_so(world) -> None:
    client = signed_in(world.accounts["leader"])
    assert "输入名称、编号或几个词" in client.get("/search/").content.decode()
    page = client.get("/search/", {"q": "<b>没有的词"}).content.decode()
    assert "没有与“&lt;b&gt;没有的词”匹配" in page and "<b>没有的词" not in page
    assert client.get("/search/suggest/").content.decode().strip() == ""


def test_many_hits_are_cut_and_the_page_stays_small(world, django_assert_max_num_queries) -> None:
    first = world.sites[0]
    Site.objects.bulk_create(
        Site(
            code=f"m{n:03d}",
            door="village",
            name=f"甲村{n:03d}",
            region=first.region,
            county=first.county,
            lat=0,
            lon=0,
        )
        for n in range(60)
    )
    client = signed_in(world.accounts["campaign_office"])
    with django_assert_max_num_queries(12):
        page = client.get("/search/", {"q": "甲村"}).content
    assert page.decode().count(">甲村0") == 20 and "前 20 条" in page.decode() and len(page) < 100_000
    assert client.get("/search/suggest/", {"q": "甲村"}).content.decode().count(">甲村0") == 5
