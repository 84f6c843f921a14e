"""Sites: the list with its filters, one site's page, its profile and contacts; who sees what, queries and size."""

import uuid
from datetime import timedelta

import pytest

from sijin.exchange.domain import matches, offers
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Role
from sijin.people.refusals import NotAllowed
from sijin.places.models import EnterpriseProfile, Site
from sijin.visits.domain import record
from sijin.works.domain import listing, profiles, sites
from sijin.works.forms import uscc
from sijin.works.models import SiteContact
from tests.conftest import at
from tests.exchange.test_offers import client_of

SEES_OTHERS = {"campaign_office", "leader", "auditor"}


@pytest.fixture
def office(world):
    return world.accounts["campaign_office"]


def listed(world, office, **wanted) -> list[str]:
    return [site.code for site in listing.listed(office, world.campaign, listing.Filter(**wanted))]


def test_the_list_is_narrowed_by_door_county_name_visit_and_lateness(world, office) -> None:
    Site.objects.filter(code="s1").update(door="village")
    record(
        world.accounts["team_leader"],
        world.teams[0],
        world.sites[0],
        client_uuid=uuid.uuid4(),
        at=at(3, 5, 9),
        took_nothing=True,
    )
    Need.objects.filter(pk=world.need_other.pk).update(due=at(3, 4).date(), soon_from=at(3, 3).date())
    assert listed(world, office) == ["s1", "s0"], "overdue ones first"
    assert listed(world, office, door="village") == ["s1"] and listed(world, office, q="企業0") == ["s0"]
    assert listed(world, office, county="371082") == [] and len(listed(world, office, county="371002")) == 2
    assert listed(world, office, unvisited=True) == ["s1"] and listed(world, office, late=True) == ["s1"]
    world.campaign.cutoff = at(3, 5, 9) + timedelta(days=sites.LONG, minutes=1)
    assert listed(world, office, unvisited=True) == ["s1", "s0"]
    first = listing.listed(office, world.campaign)[0]
    assert (first.code, first.open, first.late, first.all, first.last_visit) == ("s1", 1, 1, 1, None)


@pytest.mark.parametrize("role", Role.values)
def test_a_site_of_others_is_not_there(world, role: str) -> None:
    client, other, own = client_of(world.accounts[role]), world.sites[1].pk, world.sites[0].pk
    page = client.get("/sites/")
    assert page.status_code in (200, 403)
    assert ("企业1" in page.content.decode()) is (role in SEES_OTHERS)
    status = 200 if role in SEES_OTHERS else 404
    for where in ("", "plan/"):
        assert client.get(f"/sites/{other}/{where}").status_code in ({200} if status == 200 else {403, 404})
    assert client.get(f"/sites/{own}/").status_code == (404 if role in ("department_handler", "administrator") else 200)
    assert client.get(f"/sites/{own}/edit/").status_code == (
        200 if role == "campaign_office" else 404 if role in ("department_handler", "administrator") else 403
    )


def test_the_page_shows_needs_visits_offers_matches_and_the_pin(world, office) -> None:
    site = world.sites[0]
    EnterpriseProfile.objects.create(site=site, industry="纺织服装", staff=1234)
    item = NeedItem.objects.create(need=world.need, kind="goods", item="电脑", unit="台", quantity=2)
    facts = {"provider": "捐赠方", "kind": "goods", "item": "电脑", "unit": "台", "quantity": 3}
    matches.reserve(office, item, offers.make(office, world.campaign, **facts), 2)
    offers.make(office, world.campaign, **{**facts, "item": "布料", "provider": "企业0"}, site=site)
    page = client_of(office).get(f"/sites/{site.pk}/").content.decode()
    for words in ("本组的需求", "纺织服装", "1,234", "第0组", "捐赠方", "布料", "<circle", "别组"):
        assert (words in page) is (words != "别组")
    place = sites.locate(site)
    assert 0 < place["x"] < place["width"] and 0 < place["y"] < place["height"]


@pytest.mark.parametrize("page", ["/sites/", "/sites/?q=企业&late=1", "site", "plan"])
def test_pages_stay_within_their_queries_and_size(world, office, page: str, django_assert_max_num_queries) -> None:
    for n in range(60):
        Site.objects.create(
            code=f"x{n}", door="enterprise", name=f"企业x{n}", region=world.county, county=world.county, lat=37, lon=122
        )
    address = {"site": f"/sites/{world.sites[0].pk}/", "plan": f"/sites/{world.sites[0].pk}/plan/"}.get(page, page)
    client = client_of(office)
    client.get(address)
    with django_assert_max_num_queries(15):
        answer = client.get(address)
    assert answer.status_code == 200 and len(answer.content) < 100_000


def test_the_profile_of_each_door_is_edited_by_the_office_with_its_version(world, office) -> None:
    site, client = world.sites[0], client_of(office)
    typed = {"version": 1, "name": "企业0", "workload": "1.5", "staff": "300", "industry": "渔具"}
    assert client.post(f"/sites/{site.pk}/edit/", {**typed, "uscc": "91110000600037341L"}).status_code == 302
    site.refresh_from_db()
    assert (site.version, site.workload, site.enterprise.staff) == (2, 1.5, 300)
    stale = client.post(f"/sites/{site.pk}/edit/", {**typed, "staff": "500"})
    page = stale.content.decode()
    assert stale.status_code == 409 and 'value="500"' in page and "300" in page and 'name="version" value="2"' in page
    wrong = client.post(f"/sites/{site.pk}/edit/", {**typed, "version": 2, "uscc": "91110000600037341X"})
    assert wrong.status_code == 422 and "errorlist" in wrong.content.decode()
    EnterpriseProfile.objects.create(site=world.sites[1], uscc="9137108200000000XY")
    taken = client.post(f"/sites/{site.pk}/edit/", {**typed, "version": 2, "uscc": ""})
    assert taken.status_code == 302
    with pytest.raises(NotAllowed):
        profiles.edit(world.accounts["team_leader"], site, version=3, name="x")
    for door, facts in {
        "project": {"stage": "started", "investment": "5000"},
        "village": {"households": "60", "area_mu": "1200.5"},
        "community": {"households": "3000", "grids": "8"},
    }.items():
        made = Site.objects.create(
            code=door, door=door, name=door, region=world.county, county=world.county, lat=37, lon=122
        )
        answer = client.post(f"/sites/{made.pk}/edit/", {"version": 1, "name": door, "workload": "1", **facts})
        assert answer.status_code == 302 and getattr(Site.objects.get(pk=made.pk), door) is not None


def test_the_code_of_another_firm_is_refused_beside_its_field(world, office) -> None:
    EnterpriseProfile.objects.create(site=world.sites[1], uscc="91110000600037341L")
    typed = {"version": 1, "name": "企业0", "workload": "1", "uscc": "91110000600037341L"}
    answer = client_of(office).post(f"/sites/{world.sites[0].pk}/edit/", typed)
    assert answer.status_code == 422 and "errorlist" in answer.content.decode()
    assert not EnterpriseProfile.objects.filter(site=world.sites[0]).exists()


def test_a_credit_code_is_checked_by_its_last_character() -> None:
    from django.forms import ValidationError

    assert uscc(" 91110000600037341l ") == "91110000600037341L" and uscc("") == ""
    for wrong in ("91110000600037341M", "9111000060003734L", "9111000060003734IL"):
        with pytest.raises(ValidationError):
            uscc(wrong)


def test_contacts_are_kept_by_role_by_office_and_team(world, office) -> None:
    site = world.sites[0]
    client = client_of(world.accounts["team_member"])
    where = f"/sites/{site.pk}/contacts/"
    assert client.post(where, {"role": "车间主任", "phone": "0631-5800000"}).status_code == 302
    assert client.post(where, {"role": "车间主任", "phone": "0631-5811111"}).status_code == 302
    assert SiteContact.objects.get().phone == "0631-5811111"
    wrong = client.post(where, {"role": "", "phone": "<script>"})
    assert wrong.status_code == 422 and "errorlist" in wrong.content.decode()
    assert client_of(world.other).post(where, {"role": "x"}).status_code == 404
    assert client_of(world.accounts["leader"]).post(where, {"role": "x"}).status_code == 403
    kept = SiteContact.objects.get()
    assert client_of(world.other).post(f"{where}{kept.pk}/").status_code == 404
    assert client.post(f"{where}{kept.pk}/").status_code == 302 and SiteContact.objects.count() == 0
