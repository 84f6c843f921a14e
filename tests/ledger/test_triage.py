"""Suggested categories, corrections that teach, the suggested lead unit; who may do which."""

import pytest
from django.test import Client

from sijin.ledger.categories import categories, lead_name
from sijin.ledger.domain import leads, triage
from sijin.ledger.domain.needs import raise_need
from sijin.ledger.examples import of_ledger
from sijin.ledger.models import Need, TriageExample
from sijin.people.models import Unit
from sijin.people.refusals import NotAllowed, RuleBroken
from tests.conftest import at

ODD = "老渔村那条木船想修一修留个念想"


def signed_in(account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_category_that_triage_knows_is_the_ledgers_and_has_a_lead() -> None:
    known = {code for code, _name in categories()}
    assert {one.category for one in of_ledger()} <= known
    for code in known - {"other"}:
        assert any(lead_name(code, door) for door in ("enterprise", "project", "village", "community"))
    assert lead_name("return", "project") != lead_name("return", "enterprise")
    assert lead_name("other") == lead_name("no-such") == ""


def test_while_a_text_is_typed_three_categories_are_suggested(world) -> None:
    client = signed_in(world.accounts["team_member"])
    told = client.post("/ledger/triage/suggest/", {"text": "村里路灯壞了一半，晚上黑燈瞎火"}).json()
    assert [len(told["choices"]), told["choices"][0]["code"], told["unsure"]] == [3, "road", False]
    assert told["choices"][0]["name"] == "道路" and told["choices"][0]["lead"] == "交通运输局"
    assert "路灯" in told["choices"][0]["because"]
    for text in ("", "123", "?" * 6000):
        assert client.post("/ledger/triage/suggest/", {"text": text}).json() == {"choices": [], "unsure": True}
    assert client.get("/ledger/triage/suggest/").status_code == 405


def test_who_raises_no_needs_is_suggested_nothing(world) -> None:
    for role in ("department_handler", "leader", "auditor"):
        assert signed_in(world.accounts[role]).post("/ledger/triage/suggest/", {"text": "缺工"}).status_code == 403


def test_a_correction_changes_what_is_suggested_and_can_be_forgotten(world) -> None:
    member, office = world.accounts["team_member"], world.accounts["campaign_office"]
    first = triage.routed(ODD).first
    other = "care" if first != "care" else "housing"
    kept = triage.teach(member, ODD, other)
    assert (kept.suggested, kept.category, kept.by) == (first, other, member)
    assert triage.suggest(member, ODD)[0][0].code == other
    assert triage.routed("企业贷款到期，银行不续贷").first == "finance"
    assert triage.teach(member, ODD, other) is None  # it is what is suggested now
    triage.withdraw(office, kept)
    assert triage.routed(ODD).first == first


def test_the_same_text_taught_again_stays_one_example(world) -> None:
    member, first = world.accounts["team_member"], triage.routed(ODD).first
    others = [code for code in ("care", "housing", "law") if code != first][:2]
    for code in others:
        triage.teach(member, f"  {ODD}。", code)
    assert [row.category for row in TriageExample.objects.all()] == [others[1]]
    triage.teach(member, "12 34", "care")
    triage.teach(member, "企业贷款到期，银行不续贷", "finance")
    assert TriageExample.objects.count() == 1


def test_teaching_needs_leave_and_a_category(world) -> None:
    with pytest.raises(RuleBroken):
        triage.teach(world.accounts["team_member"], ODD, "no-such")
    for role in ("department_handler", "leader", "auditor", "site_contact"):
        with pytest.raises(NotAllowed):
            triage.teach(world.accounts[role], ODD, "care")
    assert not TriageExample.objects.exists()


def test_corrections_are_seen_by_who_made_them_and_by_the_office(world, django_assert_max_num_queries) -> None:
    own = TriageExample.objects.create(text="本组更正", digest="1", category="care", by=world.accounts["team_leader"])
    strange = TriageExample.objects.create(text="别组更正", digest="2", category="care", by=world.other)
    for n in range(60):
        TriageExample.objects.create(text=f"更正{n}", digest=f"d{n}", category="law", by=world.other)
    leader, office = (signed_in(world.accounts[role]) for role in ("team_leader", "campaign_office"))
    shown = leader.get("/ledger/triage/").content.decode()
    assert "本组更正" in shown and "别组更正" not in shown
    with django_assert_max_num_queries(15):
        shown = office.get("/ledger/triage/")
    assert "更正59" in shown.content.decode() and "别组更正" not in shown.content.decode()
    assert len(shown.content) < 100_000
    assert "别组更正" in office.get("/ledger/triage/?page=2").content.decode()
    assert leader.post(f"/ledger/triage/{strange.pk}/withdraw/").status_code == 404
    assert leader.post(f"/ledger/triage/{own.pk}/withdraw/").status_code == 302
    assert not TriageExample.objects.filter(pk=own.pk).exists()
    assert signed_in(world.accounts["leader"]).get("/ledger/triage/").status_code == 403


def test_where_nothing_was_corrected_the_page_says_what_will_be_there(world) -> None:
    assert "暂无" in signed_in(world.accounts["campaign_office"]).get("/ledger/triage/").content.decode()


@pytest.fixture
def departments(world) -> dict[str, Unit]:
    city = world.county.parent
    names = [("市人力资源和社会保障局", "city", city), ("环翠区人力资源和社会保障局", "county", world.county)]
    names += [("市交通运输局", "city", city)]
    return {
        name: Unit.objects.create(code=name, name=name, level=level, region=region) for name, level, region in names
    }


def need_of(world, title: str, **more) -> Need:
    return raise_need(world.accounts["team_leader"], world.teams[0], world.sites[0], title, at=at(3, 5), **more)


def test_the_lead_unit_follows_from_the_category(world, departments) -> None:
    need = need_of(world, "需要帮助", category="labor")
    lead = leads.suggested(need)
    assert lead.unit == departments["环翠区人力资源和社会保障局"] and "用工与人才" in lead.reason
    need.klass = Need.Klass.PROVINCE
    assert leads.suggested(need).unit == departments["市人力资源和社会保障局"]
    assert leads.suggested(need_of(world, "货车进不来", category="transport")).unit == departments["市交通运输局"]
    assert leads.suggested(need_of(world, "贷款", category="finance")) is None  # no such department here
    assert leads.suggested(need_of(world, "别的", category="other")) is None


def test_without_a_category_the_text_names_the_lead_unit(world, departments) -> None:
    lead = leads.suggested(need_of(world, "招不到焊工", text="一线焊工招聘两个月没人应聘"))
    assert lead.unit == departments["环翠区人力资源和社会保障局"] and "焊工" in lead.reason
    assert leads.suggested(need_of(world, "请帮忙协调解决一下困难")) is None


def test_the_hand_over_form_has_the_lead_unit_filled_in_and_says_why(world, departments) -> None:
    need = need_of(world, "需要帮助", category="labor")
    office = signed_in(world.accounts["campaign_office"])
    shown = office.get(f"/ledger/{need.pk}/hand_over/", headers={"HX-Request": "true"}).content.decode()
    unit = departments["环翠区人力资源和社会保障局"]
    assert f'<option value="{unit.pk}" selected>' in shown
    assert f"建议：用工与人才类需求由{unit.name}牵头。" in shown
    plain = need_of(world, "别的", category="other")
    shown = office.get(f"/ledger/{plain.pk}/hand_over/", headers={"HX-Request": "true"}).content.decode()
    assert "建议：" not in shown
