"""Approvals of a project: the hard refusals, promises kept and missed, simulated opinions, what the page says."""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sijin.people.models import Notice
from sijin.people.notices import worded
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Site
from sijin.works.domain.approvals import editing, reading, ways
from sijin.works.domain.approvals.reminding import remind
from sijin.works.domain.approvals.verbs import VERBS, hand_in_plan
from sijin.works.domain.projects import register
from sijin.works.models import ApprovalStep, PaperPromise, Project
from tests.conftest import at
from tests.exchange.test_offers import client_of

NOW = at(5, 20)
TODAY = date(2020, 5, 20)


@pytest.fixture
def office(world):
    return world.accounts["campaign_office"]


@pytest.fixture
def project(world, office) -> Project:
    Site.objects.update(door="project")
    world.campaign.cutoff = NOW
    world.campaign.save()
    return register.enter(office, Site.objects.get(code="s0"), world.campaign, at=at(3, 6))


@pytest.fixture
def act(office, project):
    """Take a step of the project further."""

    def do(verb: str, code: str, day: date | None = None, **facts):
        step = ApprovalStep.objects.get(project=project, code=code)
        if "papers" in facts:
            facts["papers"] = ApprovalStep.objects.filter(project=project, code__in=facts["papers"])
        if verb not in ("block", "reopen"):
            facts["on"] = day
        return VERBS[verb](office, step, version=None, at=NOW, **facts)

    return do


def give(act, code: str, day: date) -> None:
    act("begin", code, day)
    act("certify", code, day, number=f"证-{code}")


@pytest.fixture
def legal(office, project, act) -> Project:
    """The legal way, driven up to its planning permit, which lacks one paper that may be promised."""
    ways.lay_out(office, project, "legal", version=None, at=NOW)
    for code in ("filing", "site"):
        give(act, code, date(2020, 3, 10))
    act("deliver", "land", date(2020, 3, 11))
    give(act, "land-permit", date(2020, 3, 12))
    act("deliver", "drawings", date(2020, 3, 12))
    give(act, "design", date(2020, 3, 13))
    return project


def test_nothing_is_accepted_before_what_it_waits_for(office, project, act) -> None:
    ways.lay_out(office, project, "nine", version=None, at=NOW)
    with pytest.raises(RuleBroken) as refused:
        act("begin", "site", TODAY)
    assert refused.value.facts["missing"] == ["filing"]
    with pytest.raises(RuleBroken):
        act("certify", "filing", TODAY, number="1")  # not accepted yet
    give(act, "filing", TODAY)
    act("begin", "site", TODAY)
    with pytest.raises(RuleBroken):
        act("certify", "site", TODAY, number=" ")
    with pytest.raises(RuleBroken):
        ways.lay_out(office, project, "nine", version=None, at=NOW)
    with pytest.raises(RuleBroken):
        act("begin", "land", TODAY)  # a gate is nobody's to decide
    with pytest.raises(RuleBroken):
        act("deliver", "eia", TODAY)  # an item is


def test_a_promised_paper_holds_the_certificate_and_missing_its_day_proposes_withdrawal(
    world, office, legal, act
) -> None:
    for papers in ([], ["design"], ["contract"]):
        with pytest.raises(RuleBroken):
            act("promise", "plan-permit", date(2020, 4, 1), papers=papers)
    with pytest.raises(RuleBroken):
        act("begin", "plan-permit", date(2020, 4, 1))  # a paper is missing: only against a promise
    made = act("promise", "plan-permit", date(2020, 4, 1), papers=["land-proof"])
    assert made[0].due == date(2020, 4, 29)  # 20 working days after 1 April 2020
    with pytest.raises(RuleBroken) as refused:
        act("certify", "plan-permit", date(2020, 4, 20), number="建字1")
    assert refused.value.facts["missing"] == ["land-proof"]
    assert list(reading.overdue(office, date(2020, 4, 29))) == []
    assert [one.pk for one in reading.overdue(office, date(2020, 4, 30))] == [made[0].pk]
    assert (remind(world.campaign, at(4, 29)), remind(world.campaign, at(4, 30)), remind(world.campaign, at(5, 1))) == (
        0, 1, 0,
    )  # fmt: skip
    told = Notice.objects.filter(code="promise-missed").values_list("account__role", flat=True)
    assert sorted(told) == ["campaign_office", "team_leader", "team_member"]
    assert "不动产权证" in worded(Notice.objects.first()).title
    page = client_of(office).get("/sites/projects/promises/").content.decode()
    assert "企业0" in page and "建设工程规划许可证" in page
    with pytest.raises(RuleBroken):
        act("withdraw", "plan-permit", date(2020, 4, 29))
    act("withdraw", "plan-permit", date(2020, 4, 30))
    assert ApprovalStep.objects.get(code="plan-permit").begun_on is None
    assert list(reading.overdue(office, TODAY)) == []
    with pytest.raises(RuleBroken):  # who broke one is not trusted with a second
        act("promise", "plan-permit", date(2020, 5, 6), papers=["land-proof"])
    act("deliver", "land-proof", date(2020, 5, 7))
    give(act, "plan-permit", date(2020, 5, 8))


def test_a_paper_that_comes_meets_its_promise_and_can_be_taken_back(legal, act) -> None:
    act("promise", "plan-permit", date(2020, 4, 1), papers=["land-proof"])
    act("deliver", "land-proof", date(2020, 4, 10))
    assert PaperPromise.objects.get().met_on == date(2020, 4, 10)
    act("reopen", "land-proof")
    assert PaperPromise.objects.get().met_on is None
    act("deliver", "land-proof", date(2020, 4, 12))
    act("certify", "plan-permit", date(2020, 4, 20), number="建字1")
    with pytest.raises(RuleBroken, match="建设工程规划许可证"):
        act("reopen", "land-proof")
    act("reopen", "plan-permit")
    act("reopen", "plan-permit")
    assert not PaperPromise.objects.exists() and ApprovalStep.objects.get(code="plan-permit").begun_on is None


def test_a_simulated_opinion_has_no_number_and_is_turned_over_on_the_same_plan_only(office, project, act) -> None:
    ways.lay_out(office, project, "nine", version=None, at=NOW)
    give(act, "filing", date(2020, 3, 10))
    with pytest.raises(RuleBroken):
        act("simulate", "land-permit", date(2020, 3, 11))  # no plan yet
    with pytest.raises(RuleBroken):
        act("simulate", "site", date(2020, 3, 11))  # nothing of it may be simulated
    hand_in_plan(office, project, "a" * 64, "总图", version=None, at=NOW)
    step = act("simulate", "land-permit", date(2020, 3, 11))
    assert step.certificate == "" and step.simulated_plan == "a" * 64
    with pytest.raises(RuleBroken) as refused:
        act("certify", "land-permit", date(2020, 4, 1), number="地字1")
    assert refused.value.facts["missing"] == ["land"]
    give(act, "site", date(2020, 3, 12))
    act("deliver", "land", date(2020, 4, 1))
    with pytest.raises(RuleBroken):
        act("certify", "land-permit", date(2020, 4, 1), number="地字1")  # one working day to turn it over
    hand_in_plan(office, Project.objects.get(), "b" * 64, "改过的总图", version=None, at=NOW)
    with pytest.raises(RuleBroken):
        act("certify", "land-permit", date(2020, 4, 2), number="地字1")
    hand_in_plan(office, Project.objects.get(), "a" * 64, "总图", version=None, at=NOW)
    assert act("certify", "land-permit", date(2020, 4, 2), number="地字1").certificate == "地字1"


def test_stale_and_strangers_are_refused(world, office, project) -> None:
    ways.lay_out(office, project, "nine", version=None, at=NOW)
    step = ApprovalStep.objects.get(code="filing")
    with pytest.raises(Stale):
        VERBS["block"](office, step, "无法立项", version=1, at=NOW)
    with pytest.raises(NotAllowed):
        VERBS["block"](world.other, step, "无法立项", version=None, at=NOW)


def test_the_page_says_where_it_is_stuck_and_what_was_refused(office, project) -> None:
    client, here = client_of(office), f"/sites/projects/{project.pk}/approvals/"
    assert "尚未建立审批流程" in client.get(here).content.decode()
    assert client.post(f"{here}way/", {"version": 1, "way": "nine"}).status_code == 302
    filing, site = (ApprovalStep.objects.get(code=code) for code in ("filing", "site"))
    assert client.post(f"{here}{filing.pk}/block/", {"version": 2, "reason": "无法立项"}).status_code == 302
    page = client.get(here).content.decode()
    assert "无法立项" in page and "行政审批服务局" in page and "并联办理" in page
    assert "按今天计" in page and "签订土地出让合同" in page.partition("按今天计")[2].partition("</p>")[0]
    refused = client.post(f"{here}{site.pk}/begin/", {"version": 3, "on": "2020-05-20"})
    assert refused.status_code == 422 and "企业投资备案" in refused.content.decode()
    assert client.post(f"{here}{site.pk}/begin/", {"version": 1, "on": "2020-05-20"}).status_code == 409
    assert client.post(f"{here}{site.pk}/begin/", {"version": 3, "on": ""}).status_code == 422
    plan = SimpleUploadedFile("总图.pdf", b"%PDF-1.4")
    assert client.post(f"{here}plan/", {"version": 3, "plan": plan}).status_code == 302
    assert "总图.pdf" in client.get(here).content.decode()


def test_the_notice_names_the_paper_and_its_day_in_two_copies(office, legal, act) -> None:
    made = act("promise", "plan-permit", date(2020, 4, 1), papers=["land-proof"])[0]
    answer = client_of(office).get(f"/sites/projects/{legal.pk}/approvals/promises/{made.pk}/notice.docx")
    words = zipfile.ZipFile(io.BytesIO(answer.content)).read("word/document.xml").decode()
    assert words.count("容缺受理通知书") == 2 and words.count("2020年4月29日") == 2
    assert "不动产权证" in words and "撤回受理" in words


def change(office, project, code: str, waits: dict[str, str] | None = None, **facts):
    """Change a step of the project's way as its form does; what is not named stays."""
    step = ApprovalStep.objects.get(project=project, code=code)
    rows = {row.code: row.pk for row in project.steps.all()}
    kept = {arc.before_id: arc.wait for arc in step.waits.all()}
    kept |= {rows[name]: how for name, how in (waits or {}).items()}
    told = {name: getattr(step, name) for name in editing.FIELDS} | facts
    return editing.put(office, project, step, waits=kept, version=None, at=NOW, **told)


def test_a_step_is_changed_added_and_taken_out_and_the_day_follows(office, project, act) -> None:
    ways.lay_out(office, project, "nine", version=None, at=NOW)
    change(office, project, "eia", days=60)
    assert reading.of(project, TODAY).found.parallel.workdays == 1 + 60 + 5
    facts = dict.fromkeys(editing.FIELDS, "") | {"name": "水土保持方案", "kind": "item", "stage": 3, "days": 70}
    facts |= {"pause_days": 0, "convert": 0, "earliest": None}
    filing = project.steps.get(code="filing")
    own = editing.put(office, project, None, waits={filing.pk: "hard"}, version=None, at=NOW, **facts)
    assert [step.code for step in reading.of(project, TODAY).steps][-2:] == [own.code, "start"]  # it leads there still
    change(office, project, "start", waits={own.code: "hard"})
    assert reading.of(project, TODAY).found.parallel.workdays == 1 + 70 + 5
    editing.drop(office, own, version=None, at=NOW)
    assert reading.of(project, TODAY).found.parallel.workdays == 1 + 60 + 5
    assert project.changes.filter(verb__in=("step", "unstep")).count() == 4


def test_what_cannot_be_of_a_way_is_refused_by_name(office, legal, act) -> None:
    for code, waits, facts, field in (
        ("filing", {"permit": "hard"}, {}, None),  # under way
        ("review", {}, {"name": "施工许可证"}, "name"),
        ("review", {}, {"convert": 99}, "convert"),
        ("review", {"eia": "deferrable"}, {}, f"wait_{legal.steps.get(code='eia').pk}"),
        ("contract", {"review": "simulable"}, {}, f"wait_{legal.steps.get(code='review').pk}"),
        ("contract", {}, {"kind": "item"}, "kind"),
        ("start", {}, {"stage": 1}, "stage"),
        ("review", {}, {"earliest": date(2046, 1, 1)}, "earliest"),
    ):
        with pytest.raises(RuleBroken) as refused:
            change(office, legal, code, waits, **facts)
        assert refused.value.facts.get("field") == field, code
    with pytest.raises(RuleBroken, match=r"施工图联合审查.*施工合同副本|施工合同副本.*施工图联合审查"):
        change(office, legal, "review", {"contract": "hard"})
    assert change(office, legal, "filing", desk="发展和改革局").desk == "发展和改革局"  # a name can be put right
    for code in ("filing", "start"):
        with pytest.raises(RuleBroken):
            editing.drop(office, legal.steps.get(code=code), version=None, at=NOW)


def test_the_switches_and_the_form_of_a_step_answer(office, project) -> None:
    ways.lay_out(office, project, "nine", version=None, at=NOW)
    client = client_of(office)
    page = client.get(f"/sites/projects/{project.pk}/approvals/").content.decode()
    assert page.count(' name="take"') == page.count(' name="take" value="/') == 3
    off = client.get(f"/sites/projects/{project.pk}/approvals/", {"chosen": "1", "take": ["/plan-permit", "none"]})
    assert off.content.decode().count("checked") == 1
    step = project.steps.get(code="eia")
    address = f"/sites/projects/{project.pk}/approvals/steps/{step.pk}/"
    form = {"version": 1, "name": "环评审批", "kind": "item", "stage": 1, "days": 3, "pause_days": 0, "convert": 9}
    assert client.post(address, form).status_code == 409
    form["version"] = Project.objects.get().version
    assert 'id="id_convert_error"' in client.post(address, form).content.decode()
    form |= {"convert": 0, f"wait_{project.steps.get(code='filing').pk}": "hard"}
    assert client.post(address, form).status_code == 302
    assert project.steps.get(code="eia").days == 3
