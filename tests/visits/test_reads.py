"""The round's order, coverage, the list's filters, the diary, the workbook."""

import io
import uuid

import pytest
from django.db.models import Count
from openpyxl import load_workbook

from sijin.dispatch.models import Posting
from sijin.ledger.models import Need
from sijin.people.policy import visible
from sijin.places.distance import kilometres
from sijin.places.models import Site
from sijin.visits import domain, files
from tests.conftest import at


def add_site(world, code: str, lat: float, door: str = "village") -> Site:
    """Post the first team to one more site."""
    county = world.county
    site = Site.objects.create(code=code, door=door, name=code, region=county, county=county, lat=lat, lon=122.1)
    Posting.objects.create(team=world.teams[0], site=site, since="2020-03-04")
    return site


def went(world, site: Site, when, **facts):
    """Record a visit of the first team when it took place."""
    return domain.record(
        world.accounts["team_leader"],
        world.teams[0],
        site,
        client_uuid=uuid.uuid4(),
        took_nothing=True,
        at=when,
        recorded_at=when,
        **facts,
    )


def test_a_degree_of_latitude_is_111_km() -> None:
    assert kilometres(37, 122, 38, 122) == pytest.approx(111.195, abs=0.01)
    assert kilometres(37.5, 122.1, 37.5, 122.1) == 0


def test_the_round_goes_by_reason_then_by_distance(world) -> None:
    world.campaign.cutoff = at(3, 20)
    world.campaign.save()
    late, long, far, near, planned, done = (
        add_site(world, code, 37.5 + n / 10) for n, code in enumerate(["late", "long", "zfar", "near", "plan", "done"])
    )
    far.lat = 40
    far.save()
    team = world.teams[0]
    for site, day in ((late, 19), (long, 6), (planned, 19), (done, 20)):
        went(world, site, at(3, day, 9))
    need = went(world, late, at(3, 19, 8), findings=[{"title": "缺工"}]).needs.get()
    Need.objects.filter(pk=need.pk).update(due="2020-03-18", soon_from="2020-03-17")
    domain.plan(world.accounts["team_leader"], team, planned, at(3, 20).date())
    stops = domain.today(world.accounts["team_member"], world.campaign).stops
    order = [(stop.site.code, stop.why) for stop in stops]
    assert order == [
        ("plan", "planned"),
        ("late", "late"),
        ("near", "never"),
        ("s0", "never"),
        ("zfar", "never"),
        ("long", "long"),
        ("done", "done"),
    ]
    assert (stops[1].light, stops[1].open, stops[5].days) == ("late", 1, 14)
    assert stops[2].kilometres == pytest.approx(kilometres(done.lat, 122.1, near.lat, 122.1))


def test_a_round_costs_the_same_for_many_sites(world, django_assert_max_num_queries) -> None:
    for n in range(20):
        add_site(world, f"v{n:02d}", 37.4)
    with django_assert_max_num_queries(8):
        assert len(domain.today(world.accounts["team_leader"], world.campaign).stops) == 21


def test_coverage_names_the_sites_not_visited_in_one_query(world, django_assert_num_queries) -> None:
    world.campaign.cutoff = at(3, 30)
    world.campaign.save()
    old, new = add_site(world, "old", 37.4), add_site(world, "new", 37.4)
    went(world, old, at(3, 10))
    went(world, old, at(3, 12))
    went(world, new, at(3, 25))
    office = world.accounts["campaign_office"]
    with django_assert_num_queries(1):
        rows = [(site.code, site.last) for site in domain.coverage(office, world.campaign, 14)]
    assert rows == [("s0", None), ("s1", None), ("old", at(3, 12))]
    assert domain.coverage(world.accounts["team_member"], world.campaign, 14).count() == 2
    by_door = domain.coverage(office, world.campaign, 14).order_by().values("door").annotate(n=Count("pk"))
    assert {row["door"]: row["n"] for row in by_door} == {"enterprise": 2, "village": 1}
    Posting.objects.filter(site=old).update(until="2020-03-29")
    assert "old" not in [site.code for site in domain.coverage(office, world.campaign, 14)]


def test_the_list_narrows_by_every_filter(world) -> None:
    village = add_site(world, "慈口观", 37.4)
    went(world, village, at(3, 4), said="茶园")
    went(world, world.sites[0], at(3, 5, 9), said="复工", findings=[{"title": "缺工"}])
    domain.record(world.other, world.teams[1], world.sites[1], client_uuid=uuid.uuid4(), said="别组", took_nothing=True)
    office, campaign = world.accounts["campaign_office"], world.campaign

    def said(**filters) -> set[str]:
        return set(domain.listed(office, campaign, **filters).values_list("said", flat=True))

    assert said() == {"茶园", "复工", "别组"}
    assert said(q="茶") == {"茶园"}
    assert said(q="第1组") == {"别组"}
    assert said(team="000") == {"茶园", "复工"}
    assert said(site="慈口") == {"茶园"}
    assert said(door="village") == {"茶园"}
    assert said(county="371002") == {"茶园", "复工", "别组"}
    assert said(county="371003") == set()
    assert said(since=at(3, 5).date()) == {"复工", "别组"}
    assert said(until=at(3, 4).date()) == {"茶园"}
    assert said(raised="yes") == {"复工"}
    assert said(raised="no") == {"茶园", "别组"}
    row = domain.listed(office, campaign, q="复工").get()
    assert (row.needs_count, row.photo_count) == (1, 0)


def test_a_diary_holds_one_team_and_one_day_in_the_order_of_the_clock(world) -> None:
    village = add_site(world, "慈口观", 37.4)
    for when, said in ((at(3, 5, 9), "第二"), (at(3, 5, 8), "第一"), (at(3, 4), "昨天")):
        went(world, village, when, said=said, minutes=30, people_met=2)
    domain.record(world.other, world.teams[1], world.sites[1], client_uuid=uuid.uuid4(), said="别组", took_nothing=True)
    day = domain.diary(world.accounts["team_leader"], world.teams[0], at(3, 5).date())
    assert [visit.said for visit in day["visits"]] == ["第一", "第二"]
    assert (day["minutes"], day["people"], day["before"], day["after"]) == (60, 4, at(3, 4).date(), None)
    assert list(domain.diary(world.accounts["team_leader"], world.teams[1], at(3, 5).date())["visits"]) == []


def test_the_workbook_has_chinese_dates_and_no_formulas(world) -> None:
    attack = '=HYPERLINK("http://evil","x")'
    went(world, world.sites[0], at(3, 4, 9), said=attack, met="+张三", findings=[{"title": "缺工"}])
    went(world, world.sites[0], at(3, 5, 9), said="普通", minutes=40)
    member = world.accounts["team_member"]
    content = files.workbook(domain.listed(member, world.campaign), visible(member, Need), world.campaign)
    rows = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[0][0].endswith("截至 2020年3月5日")
    head = {name: n for n, name in enumerate(rows[1])}
    first, second = rows[2:]
    assert (first[head["序号"]], first[head["日期"]], first[head["谈了什么"]]) == (1, "2020年3月5日", "普通")
    assert (second[head["谈了什么"]], second[head["见到谁"]]) == (f"'{attack}", "'+张三")
    assert (second[head["发现问题（件）"]], second[head["问题编号"]]) == (1, "weihai-2020-000003")
