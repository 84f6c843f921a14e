"""Plans of a site: computed from its needs, issued as frozen numbers, as a document that LibreOffice opens."""

import io
import shutil
import subprocess
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from docx import Document

from sijin.exchange.domain import matches
from sijin.exchange.domain.relief import figures
from sijin.exchange.models import Offer
from sijin.ledger.domain import needs
from sijin.ledger.domain.needs import raise_need
from sijin.ledger.models import Measure
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.works.domain import plans
from sijin.works.files import plans as files
from sijin.works.models import PlanMeasure, SitePlan
from tests.conftest import at
from tests.exchange.test_offers import client_of
from tests.exchange.test_relief import FIGURES as RELIEF


@pytest.fixture
def site(world):
    """A firm with one need that has a measure and one, of finance, that has none."""
    world.office, world.site = world.accounts["campaign_office"], world.sites[0]
    handler = world.accounts["department_handler"]
    needs.apply(world.need, "hand_over", world.office, klass=1, lead_unit=world.units[0])
    needs.apply(world.need, "receive", handler)
    needs.apply(world.need, "carry_out", handler, measure="发布岗位", aspect="people", measure_due=date(2020, 3, 20))
    world.loan = raise_need(world.accounts["team_leader"], world.teams[0], world.site, "贷款到期", category="finance")
    return world


def drafted(site) -> dict[str, plans.Aspect]:
    return {aspect.code: aspect for aspect in plans.draft(site.office, site.site, site.campaign).aspects}


def added(site, **facts) -> PlanMeasure:
    plain = {"aspect": "funds", "text": "协调续贷", "unit": site.units[1], "due": date(2020, 3, 25), "need": site.loan}
    return plans.add(site.office, site.site, at=at(3, 5), **{**plain, **facts})


def test_the_three_aspects_are_spoken_of_with_owner_and_date_or_as_no_problem(site) -> None:
    parts = drafted(site)
    assert list(parts) == ["people", "funds", "policy"]
    line = parts["people"].lines[0]
    assert (line.problem, line.text, line.owner, line.day) == ("本组的需求", "发布岗位", "市局0", date(2020, 3, 20))
    assert parts["policy"].lines == [] and parts["policy"].required
    assert [gap.problem for gap in plans.draft(site.office, site.site, site.campaign).gaps] == ["贷款到期"]


def test_a_plan_with_a_gap_is_not_issued_and_names_it(site) -> None:
    with pytest.raises(RuleBroken, match="贷款到期"):
        plans.issue(site.office, site.site, site.campaign)
    assert SitePlan.objects.count() == 0
    added(site)
    assert plans.issue(site.office, site.site, site.campaign).number == 1
    assert plans.issue(site.office, site.site, site.campaign).number == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        SitePlan.objects.filter(number=2).update(number=1)


def test_what_was_issued_stays_as_it_was(site) -> None:
    measure = added(site)
    plan = plans.issue(site.office, site.site, site.campaign, at=at(3, 6))
    plans.drop(site.office, measure, version=1, at=at(3, 7))
    Measure.objects.update(text="另一条措施")
    plan.refresh_from_db()
    kept = plans.Draft.of(plan.content)
    assert [line.text for aspect in kept.aspects for line in aspect.lines] == ["发布岗位", "协调续贷"]
    assert kept.digest == plan.digest and kept.as_of == "2020-03-06"
    assert drafted(site)["funds"].lines[0].text == ""
    page = client_of(site.office).get(f"/sites/{site.site.pk}/plan/1/").content.decode()
    assert "协调续贷" in page and "核对码不符" not in page
    plan.content["site"] = "别的企业"
    SitePlan.objects.filter(pk=plan.pk).update(content=plan.content)
    assert "核对码不符" in client_of(site.office).get(f"/sites/{site.site.pk}/plan/1/").content.decode()


def test_a_plan_that_changed_since_it_was_read_is_not_issued(site) -> None:
    added(site)
    client, seen = client_of(site.office), plans.draft(site.office, site.site, site.campaign).digest
    Measure.objects.update(text="刚改过的措施")
    answer = client.post(f"/sites/{site.site.pk}/plan/issue/", {"seen": seen})
    assert answer.status_code == 409 and "刚改过的措施" in answer.content.decode() and SitePlan.objects.count() == 0
    seen = plans.draft(site.office, site.site, site.campaign).digest
    with translation.override("en"):
        assert plans.draft(site.office, site.site, site.campaign).digest == seen, "the same in every language"
    assert client.post(f"/sites/{site.site.pk}/plan/issue/", {"seen": seen}).status_code == 302


def test_measures_are_versioned_and_checked(site) -> None:
    measure = added(site)
    plans.change(site.office, measure, version=1, text="已续贷", result="利率下调")
    with pytest.raises(Stale) as refusal:
        plans.change(site.office, measure, version=1, text="别的")
    assert refusal.value.facts["diff"] == {"text": ["别的", "已续贷"]}
    for wrong in ({"aspect": "x"}, {"text": " "}, {"need": site.need_other}):
        with pytest.raises(RuleBroken):
            added(site, **wrong)
    assert PlanMeasure.objects.count() == 1 and drafted(site)["funds"].lines[0].outcome == "利率下调"


def test_the_form_keeps_what_was_typed_and_shows_what_the_other_wrote(site) -> None:
    client, where = client_of(site.office), f"/sites/{site.site.pk}/plan/measures/"
    typed = {"aspect": "funds", "need": site.loan.pk, "text": "续贷", "unit": site.units[1].pk, "due": "三月"}
    wrong = client.post(where, typed)
    assert wrong.status_code == 422 and 'value="三月"' in wrong.content.decode() and PlanMeasure.objects.count() == 0
    assert client.post(where, {**typed, "due": "2020-03-20"}).status_code == 302
    measure = PlanMeasure.objects.get()
    plans.change(site.office, measure, version=1, text="已被改")
    stale = client.post(f"{where}{measure.pk}/", {**typed, "due": "2020-03-21", "version": 1})
    page = stale.content.decode()
    assert stale.status_code == 409 and "已被改" in page and "续贷" in page and 'name="version" value="2"' in page
    assert client.post(f"{where}{measure.pk}/", {**typed, "due": "2020-03-21", "version": 2}).status_code == 302
    dropped = client.post(f"{where}{measure.pk}/", {**typed, "due": "2020-03-21", "version": 3, "drop": "1"})
    assert dropped.status_code == 302 and PlanMeasure.objects.get().dropped_at is not None


def test_only_the_office_issues_and_the_team_plans_for_its_own_sites(site) -> None:
    leader = site.accounts["team_leader"]
    facts = {"aspect": "funds", "text": "x", "unit": site.units[0], "due": date(2020, 4, 1), "at": at(3, 5)}
    mine = plans.add(leader, site.site, **facts)
    with pytest.raises(NotAllowed):
        plans.add(leader, site.sites[1], **facts)
    for role in ("team_leader", "leader", "site_contact", "department_handler"):
        with pytest.raises(NotAllowed):
            plans.issue(site.accounts[role], site.site, site.campaign)
    with pytest.raises(NotAllowed):
        plans.change(site.other, mine, version=1, text="y")
    client = client_of(leader)
    assert client.get(f"/sites/{site.site.pk}/plan/").status_code == 200
    assert client.get(f"/sites/{site.sites[1].pk}/plan/").status_code == 404
    assert client.post(f"/sites/{site.site.pk}/plan/issue/", {"seen": ""}).status_code == 403


@pytest.fixture
def paper(site) -> bytes:
    """The document of an issued plan."""
    added(site)
    return files.document(plans.issue(site.office, site.site, site.campaign))


def test_the_document_is_chinese_a4_with_a_numbered_table_and_its_faces(paper) -> None:
    document = Document(io.BytesIO(paper))
    words = [paragraph.text for paragraph in document.paragraphs]
    assert words[0] == "企业0服务方案" and "（一企一策 第1号）" in words and "无此类问题。" in words
    assert any("2020年3月5日" in line for line in words)
    assert [line for line in words if line[:2] in ("一、", "二、", "三、")] == ["一、人员", "二、资金", "三、政策"]
    section = document.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows[0] == ["序号", "问题", "措施", "责任单位", "完成时限", "结果"]
    assert rows[1][:5] == ["1", "本组的需求", "发布岗位", "市局0", "2020年3月20日"]
    assert "方正小标宋简体" in document.paragraphs[0].runs[0]._element.xml


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_document(paper, tmp_path) -> None:
    (tmp_path / "plan.docx").write_bytes(paper)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "plan.docx"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "plan.pdf").read_bytes().startswith(b"%PDF")


def test_matches_and_relief_stand_in_the_plan_and_are_frozen_with_it(site) -> None:
    offer = Offer.objects.create(
        code="o-plan", campaign=site.campaign, provider="供方甲", kind="goods", item="口罩", unit="只", quantity=900
    )
    made = matches.reserve_unlisted(site.office, site.loan, offer, Decimal(500))
    figures.keep(site.office, site.site, site.campaign, RELIEF, version=0)
    draft = plans.draft(site.office, site.site, site.campaign)
    assert [(row.item, row.quantity, row.unit, row.provider, row.state) for row in draft.promises] == [
        ("口罩", "500", "只", "供方甲", "reserved")
    ]
    assert draft.relief == sum(row.amount for row in draft.reductions) > 0
    added(site)
    seen = plans.draft(site.office, site.site, site.campaign).digest
    plan = plans.issue(site.office, site.site, site.campaign, seen=seen)
    matches.step(site.office, made, "release")
    frozen = plans.Draft.of(plan.content)
    assert frozen.promises == draft.promises and frozen.reductions == draft.reductions
    assert frozen.digest == plan.digest
    words = "\n".join(cell.text for table in Document(io.BytesIO(files.document(plan))).tables for cell in table._cells)
    assert "供方甲" in words and f"{draft.reductions[0].amount:,.2f}" in words
    contact = frozen.seen_by(site.accounts["site_contact"])  # a firm sees what it is promised for its own needs
    assert contact.promises == draft.promises and contact.reductions == draft.reductions
    stranger = frozen.seen_by(site.accounts["community_worker"])
    assert stranger.promises == []
    address = reverse("works:issued", args=[site.site.pk, plan.number])
    assert "供方甲" in client_of(site.office).get(address).content.decode()
    page = client_of(site.accounts["site_contact"]).get(address)
    assert page.status_code == 200 and "供方甲" in page.content.decode()
