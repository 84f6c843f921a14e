"""A need is posted: by a firm for its own site, by a team, by the office; words stand beside fields, nothing leaks."""

import re
import uuid
from datetime import date
from decimal import Decimal

import pytest

from sijin.dispatch.models import Campaign, Posting
from sijin.exchange.domain import matches, offers
from sijin.exchange.models import Match
from sijin.ledger.domain import columns, needs, standing
from sijin.ledger.domain.events import audit
from sijin.ledger.models import Need, NeedItem
from sijin.ledger.need_forms import LISTED
from sijin.people.refusals import NotAllowed
from sijin.places.models import Site
from tests.conftest import at
from tests.web.test_access import signed_in

NEW = "/ledger/new/"
THING = {"kind": "goods", "item": "医用口罩", "unit": "只"}
BARE = {"items-TOTAL_FORMS": "0", "items-INITIAL_FORMS": "0"}


def typed(*items: dict[str, str], **facts: str) -> dict[str, str]:
    """Return what the form sends."""
    sent = {"client_uuid": str(uuid.uuid4()), "title": "缺口罩", "items-INITIAL_FORMS": "0"} | facts
    sent["items-TOTAL_FORMS"] = str(len(items))
    return sent | {f"items-{n}-{name}": value for n, item in enumerate(items) for name, value in item.items()}


def test_a_firm_posts_a_need_of_its_own_site(world) -> None:
    firm = signed_in(world.accounts["site_contact"])
    assert "企业0" in (asked := firm.get(NEW).content.decode())
    assert 'name="site"' not in asked  # what is known is not asked
    sent = typed(
        THING | {"quantity": "500"}, {"kind": "goods"}, text="复工要用", wanted_by="2020-03-20", category="supply"
    )
    answer = firm.post(NEW, sent)
    need = Need.objects.get(title="缺口罩")
    assert (answer.status_code, answer["Location"]) == (302, f"/ledger/{need.pk}/")
    assert (need.site, need.team, need.raised_by) == (world.sites[0], world.teams[0], world.accounts["site_contact"])
    assert (need.door, need.category, need.wanted_by, need.state) == (
        "enterprise",
        "supply",
        date(2020, 3, 20),
        "found",
    )
    assert list(need.items.values_list("item", "quantity", "unit")) == [("医用口罩", 500, "只")]
    assert list(audit()) == []
    assert "3月20日" in firm.get(answer["Location"]).content.decode()
    assert firm.post(NEW, sent)["Location"] == answer["Location"]
    assert Need.objects.filter(title="缺口罩").count() == 1


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(world) -> None:
    firm, before = signed_in(world.accounts["site_contact"]), Need.objects.count()
    wrong = typed(
        {"item": "口罩", "quantity": "0", "unit": "只"},
        {"item": "手套", "unit": "双"},
        {"quantity": "3"},
        title="",
        text="写了很久的话",
        wanted_by="月底",
    )
    answer = firm.post(NEW, wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    for field in ("title", "wanted_by", "items-0-quantity", "items-1-quantity", "items-2-item", "items-2-unit"):
        assert (f'id="id_{field}_error"' in page) == (field != "items-2-unit"), field
    assert "写了很久的话" in page
    answer = firm.post(NEW, typed(wanted_by="2020-03-01"))  # before the campaign's day
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["wanted_by"])
    answer = firm.post(NEW, typed({"item": "口罩", "unit": "只"}, more="1", title=""))
    assert answer.context["items"].total_form_count() == 2
    assert 'class="errorlist"' not in answer.content.decode()
    assert Need.objects.count() == before


def test_a_wished_day_that_is_over_is_said_in_words_until_the_need_ends(world) -> None:
    firm = signed_in(world.accounts["site_contact"])
    need = needs.raise_need(
        world.accounts["site_contact"],
        world.teams[0],
        world.sites[0],
        "缺口罩",
        wanted_by=date(2020, 3, 9),
        at=at(3, 5),
    )
    columns.choose(world.accounts["site_contact"], "", ("title", "wanted"))
    for day, missed in ((9, False), (10, True)):
        Campaign.objects.update(cutoff=at(3, day))
        for address in ("/ledger/?tab=all&sort=-wanted", f"/ledger/{need.pk}/"):
            page = firm.get(address).content.decode()
            assert "3月9日" in page and ("已过期望日" in page) == missed
        row = next(row for row in firm.get("/api/needs?tab=all").json()["items"] if row["id"] == need.pk)
        assert (row["wanted_by"], row["wish_missed"]) == ("2020-03-09", missed)
        assert firm.get(f"/api/needs/{need.pk}").json()["wish_missed"] == missed
    sheet = firm.get("/ledger/export/csv/?tab=all").content.decode("utf-8-sig")
    assert "希望何时前解决" in sheet and "2020年3月9日" in sheet
    need.state = "closed"
    assert not standing.wish_missed(need, date(2020, 4, 1)) and not list(audit())


def test_a_firm_raises_for_no_other_site_and_no_other_team(world) -> None:
    contact, before = world.accounts["site_contact"], Need.objects.count()
    for team, site in (
        (world.teams[1], world.sites[1]),
        (world.teams[0], world.sites[1]),
        (world.teams[1], world.sites[0]),
    ):
        with pytest.raises(NotAllowed):
            needs.raise_need(contact, team, site, "别家的需求")
    with pytest.raises(NotAllowed):
        needs.raise_need(world.accounts["leader"], world.teams[0], world.sites[0], "领导的需求")
    assert Need.objects.count() == before
    firm = signed_in(contact)
    assert firm.get(f"/ledger/{world.need_other.pk}/").status_code == 404
    assert firm.get(f"/exchange/fitting/{world.need_other.pk}/").status_code == 404
    sent = {
        "client_uuid": str(uuid.uuid4()),
        "title": "接口报需求",
        "site": world.sites[0].pk,
        "wanted_by": "2020-03-09",
    }
    answer = firm.post("/api/needs", sent, content_type="application/json")
    made = answer.json()
    assert (answer.status_code, made["team"]["name"], made["wanted_by"]) == (201, "第0组", "2020-03-09")


def test_teams_and_the_office_post_for_their_sites(world) -> None:
    leader, office = signed_in(world.accounts["team_leader"]), signed_in(world.accounts["campaign_office"])
    assert leader.post(NEW, typed(title="组长报")).status_code == 302
    assert Need.objects.get(title="组长报").site == world.sites[0]
    assert leader.get(NEW).context["form"].alone  # its team has one site
    answer = office.post(NEW, typed(title="没选"))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["site"])
    assert office.post(NEW, typed(title="办公室报", site="企业1")).status_code == 302
    assert Need.objects.get(title="办公室报").team == world.teams[1]
    assert signed_in(world.accounts["department_handler"]).get(NEW).status_code == 403
    world.sites[0].postings.update(until="2020-03-05")
    assert 'name="title"' not in signed_in(world.accounts["site_contact"]).get(NEW).content.decode()


def test_a_firm_sees_what_fits_and_why_and_confirms_what_came(world) -> None:
    office, contact = world.accounts["campaign_office"], world.accounts["site_contact"]
    need = needs.raise_need(
        contact, world.teams[0], world.sites[0], "缺口罩", items=[THING | {"quantity": Decimal(500)}]
    )
    facts = {"provider": "口罩厂", "quantity": Decimal(500), "contact": "13800000000", "region": world.county}
    offer = offers.make(office, world.campaign, **THING, **facts)
    firm = signed_in(contact)
    page = firm.get(f"/exchange/fitting/{need.pk}/").content.decode()
    assert "口罩厂" in page and "可满足 100%" in page
    for hidden in ("13800000000", f"/exchange/offers/{offer.pk}/", "/exchange/reserve/", "/exchange/judge/"):
        assert hidden not in page
    assert firm.get(f"/exchange/offers/{offer.pk}/").status_code == 404
    needs.apply(need, "hand_over", office, klass=2, lead_unit=world.units[0])
    made = matches.reserve(office, need.items.get(), offer, Decimal(500))
    with pytest.raises(NotAllowed):
        matches.step(contact, made, "agree")
    for verb in ("agree", "deliver"):
        made = matches.step(office, made, verb)
    page = firm.get(f"/exchange/fitting/{need.pk}/").content.decode()
    assert f"/exchange/matches/{made.pk}/" in page and "确认收货" in page
    assert "/exchange/offers/" not in firm.get(f"/exchange/matches/{made.pk}/").content.decode()
    answer = firm.post(f"/exchange/matches/{made.pk}/confirm/", {"version": made.version})
    assert (answer.status_code, Match.objects.get(pk=made.pk).state) == (302, "confirmed")
    assert NeedItem.objects.get(need=need).received == 500


def test_an_offer_that_begins_after_the_wish_says_so(world) -> None:
    office, contact = world.accounts["campaign_office"], world.accounts["site_contact"]
    facts = {"provider": "口罩厂", "quantity": Decimal(500), "since": date(2020, 3, 18)}
    offers.make(office, world.campaign, **THING, **facts)
    firm = signed_in(contact)
    for wanted_by, late in ((date(2020, 3, 17), True), (date(2020, 3, 18), False)):
        need = needs.raise_need(
            contact, world.teams[0], world.sites[0], "缺口罩",
            items=[THING | {"quantity": Decimal(500)}], wanted_by=wanted_by, at=at(3, 5),
        )  # fmt: skip
        page = firm.get(f"/exchange/fitting/{need.pk}/").content.decode()
        assert "口罩厂" in page and ('class="lacks"' in page) == late


@pytest.fixture
def many(world):
    """So many sites that they are not all listed, three of them with names of Weihai."""
    names = ["威海经济技术开发区管委会", "荣成船厂", "蔄山疃里社区", "荣成船坞", *(f"散点{n}" for n in range(LISTED))]
    first, kept = world.sites[0], ("region_id", "county_id", "door")
    facts = {name: getattr(first, name) for name in kept} | {"lat": 37, "lon": 122}
    made = Site.objects.bulk_create(Site(code=f"p{n:03d}", name=name, **facts) for n, name in enumerate(names))
    Posting.objects.bulk_create(Posting(team=world.teams[0], site=site, since=date(2020, 3, 4)) for site in made)
    world.client = signed_in(world.accounts["campaign_office"])
    return world


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("whjj", "威海经济技术开发区管委会"), ("RCCC", "荣成船厂"), ("msl", ""),
        ("mstlsq", "蔄山疃里社区"), ("船坞", "荣成船坞"), ("榮成船塢", "荣成船坞"), ("P001", "荣成船厂"),
    ],
)  # fmt: skip
def test_a_site_is_suggested_by_letters_name_and_code(many, words: str, name: str) -> None:
    shown = many.client.get(f"{NEW}sites/", {"site": words}).content.decode()
    assert re.findall(r'value="p\d+ ([^"]+)"', shown) == ([name] if name else [])
    many.client.post(NEW, typed(title="照样送出", site=words))
    assert list(Need.objects.filter(title="照样送出").values_list("site__name", flat=True)) == ([name] if name else [])


def test_without_a_script_the_sites_that_fit_are_listed_to_choose_from(many) -> None:
    page = many.client.get(NEW).content.decode()
    assert 'list="site-choices"' in page and '<datalist id="site-choices">' in page
    answer = many.client.post(NEW, typed(title="两处", site="rcc"))
    page = answer.content.decode()
    assert answer.status_code == 422 and "有多个点位符合" in page
    assert re.findall(r'<option value="(p\d+)"', page) == ["p001", "p003"]
    assert many.client.post(NEW, typed(title="两处", site="p003")).status_code == 302
    answer = many.client.post(NEW, typed(title="太多", site="p0"))
    assert answer.status_code == 422 and f"超过{LISTED}个" in answer.content.decode()
    firm = signed_in(many.accounts["site_contact"]).get(f"{NEW}sites/", {"site": "rc"}).content.decode()
    assert "荣成" not in firm
