"""The project register: dates in order, why one does not run, milestones that wait, lights, who sees what."""

import io
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from sijin.people.models import Role
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import ProjectProfile, Site
from sijin.works.domain.projects import milestones, progress, reads, register
from sijin.works.domain.projects.sheet import ProjectRows
from sijin.works.models import Milestone, Project
from tests.conftest import at
from tests.exchange.test_offers import client_of

NOW = at(5, 20)
STEPS = ["基础完成", "设备安装", "软件安装", "单机调试"]


@pytest.fixture
def office(world):
    return world.accounts["campaign_office"]


@pytest.fixture
def project(world, office) -> Project:
    Site.objects.update(door="project")
    world.campaign.cutoff = NOW
    world.campaign.save()
    ProjectProfile.objects.create(site=world.sites[0], investment=5000)
    world.sites[0].refresh_from_db()
    return register.enter(office, world.sites[0], world.campaign, number=1, start_by=date(2020, 3, 1), at=at(3, 6))


def test_it_starts_stops_and_goes_on_and_every_step_can_be_taken_back(office, project) -> None:
    seen = [register.plain(project.started_on)]
    for verb, facts in (
        (
            "explain",
            {"reason": "people", "because": "工人未返岗", "owner": "项目经理", "expected_on": date(2020, 4, 1)},
        ),
        ("start", {"on": date(2020, 4, 2)}),
        ("stop", {"on": date(2020, 4, 20), "reason": "material", "because": "钢材未到", "expected_on": None}),
        ("resume", {"on": date(2020, 5, 1)}),
        ("reach", {"what": "built_on", "on": date(2020, 5, 19)}),
    ):
        project = getattr(register, verb)(office, project, version=project.version, at=NOW, **facts)
        seen.append((project.runs, project.reason, project.site.project.stage))
    stage = ProjectProfile.Stage
    assert ProjectProfile.objects.get(site=project.site_id).stage == stage.BUILT
    assert [row[:2] for row in seen[1:]] == [
        (False, "people"), (True, ""), (False, "material"), (True, ""), (True, ""),
    ]  # fmt: skip
    for left in ("resume", "stop", "start", "explain", None):
        project = register.undo(office, project, version=project.version, at=NOW)
        last = register.last_change(project)
        assert (last.verb if last else None) == left
    assert (project.started_on, project.reason, project.owner, project.built_on) == (None, "", "", None)
    assert ProjectProfile.objects.get(site=project.site_id).stage == stage.NOT_STARTED
    with pytest.raises(RuleBroken):
        register.undo(office, project, version=project.version, at=NOW)


@pytest.mark.parametrize(
    ("verb", "facts", "field"),
    [
        ("start", {"on": date(2020, 5, 21)}, "on"),
        ("explain", {"reason": "x", "because": "b", "owner": "o", "expected_on": None}, "reason"),
        ("explain", {"reason": "land", "because": " ", "owner": "o", "expected_on": None}, "because"),
        ("explain", {"reason": "land", "because": "b", "owner": " ", "expected_on": None}, "owner"),
        ("reach", {"what": "built_on", "on": date(2020, 5, 1)}, "what"),
        ("correct", {"build_by": date(2020, 2, 1)}, "build_by"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(office, project, verb: str, facts: dict, field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        getattr(register, verb)(office, project, version=project.version, at=NOW, **facts)
    assert refused.value.facts["field"] == field
    assert Project.objects.get(pk=project.pk).version == project.version


def test_who_is_slower_sees_what_differs_and_a_number_is_one_projects(world, office, project) -> None:
    register.correct(office, project, version=1, owner="甲", at=NOW)
    with pytest.raises(Stale) as stale:
        register.correct(office, project, version=1, owner="乙", at=NOW)
    assert stale.value.facts["diff"] == {"owner": ["乙", "甲"]}
    with pytest.raises(RuleBroken):
        register.enter(office, Site.objects.get(code="s1"), world.campaign, number=1)
    with pytest.raises(RuleBroken):
        register.enter(office, Site.objects.get(code="s0"), world.campaign)
    with pytest.raises(NotAllowed):
        register.enter(world.accounts["team_leader"], Site.objects.get(code="s1"), world.campaign)


def test_a_milestone_waits_for_all_before_it(office, project) -> None:
    def act(verb, step, **facts):
        return getattr(milestones, verb)(office, Milestone.objects.get(name=step), version=None, at=NOW, **facts)

    days = [date(2020, 4, 1), date(2020, 4, 10), None, date(2020, 5, 10)]
    plan = list(zip(STEPS, days, strict=True))
    milestones.plan_chain(office, project, "数控冲床", plan, version=None, at=NOW)
    with pytest.raises(RuleBroken, match="软件安装"):
        act("tick", "单机调试", on=date(2020, 5, 1))
    for step, day in zip(STEPS, (2, 3, 3, 5), strict=True):
        act("tick", step, on=date(2020, 5, day))
    assert milestones.chains(Project.objects.get())[0].next is None
    with pytest.raises(RuleBroken, match="单机调试"):
        act("untick", "基础完成")
    act("untick", "单机调试")
    with pytest.raises(RuleBroken) as early:
        act("tick", "单机调试", on=date(2020, 5, 2))
    assert early.value.facts["field"] == "on"
    with pytest.raises(RuleBroken) as order:
        act("move", "设备安装", planned_on=date(2020, 5, 11))
    assert order.value.facts["before"] == "单机调试"
    with pytest.raises(RuleBroken):
        milestones.drop_chain(office, project, "数控冲床", version=None, at=NOW)
    for wrong in ([], [("a", None), ("a", None)], [("a", date(2020, 5, 2)), ("b", date(2020, 5, 1))]):
        with pytest.raises(RuleBroken):
            milestones.plan_chain(office, project, "x", wrong, version=None, at=NOW)


@pytest.mark.parametrize(
    ("actual", "light"), [("40", "green"), ("31", "green"), ("30", "yellow"), ("10", "yellow"), ("9", "red")]
)
def test_ten_to_thirty_points_behind_is_yellow_more_is_red(office, project, actual: str, light: str) -> None:
    progress.record(
        office, project, date(2020, 4, 9), planned=Decimal(40), actual=Decimal(actual), version=None, at=NOW
    )
    found = progress.lights(Project.objects.get(), NOW.date())
    assert (found.progress, found.start) == (light, "red")
    assert found.behind == max(Decimal(40) - Decimal(actual), 0)


def test_a_missed_month_that_was_made_up_is_yellow_and_shares_do_not_fall(office, project) -> None:
    def tell(month: int, planned: int, actual: int | None):
        day = date(2020, month, 1)
        done = None if actual is None else Decimal(actual)
        progress.record(office, project, day, planned=Decimal(planned), actual=done, version=None, at=NOW)

    tell(3, 20, 10)
    assert progress.lights(Project.objects.get(), NOW.date()).months == ((date(2020, 3, 1), "red"),)
    tell(4, 30, 30)
    lights = progress.lights(Project.objects.get(), NOW.date())
    assert [light for _month, light in lights.months] == ["yellow", "green"]
    for month, planned, actual in ((5, 29, None), (5, 40, 29), (4, 30, 9), (6, 50, 50), (5, 101, None)):
        with pytest.raises(RuleBroken):
            tell(month, planned, actual)


def test_the_list_counts_names_and_gives_out_what_does_not_run(world, office, project) -> None:
    other = register.enter(office, Site.objects.get(code="s1"), world.campaign, number=2, at=NOW)
    register.start(office, other, on=date(2020, 5, 1), version=1, at=NOW)
    counted = reads.tally(office)
    assert (counted.all, counted.running, counted.rest, counted.unexplained, counted.percent) == (2, 1, 1, 1, "50.00 %")
    client = client_of(office)
    page = client.get("/sites/projects/?key=1&state=idle").content.decode()
    assert "企业0" in page and "企业1" not in page and "未说明原因" in page
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/sites/projects/register.xlsx").content))
    rows = sheet.get_sheet_by_index(0).to_python()
    assert "共2项，已开复工1项，未开复工1项" in rows[1][0]
    assert [(row[1], row[6]) for row in rows[3:]] == [("企业0", "未开工"), ("企业1", "已开复工")]
    assert rows[4][8] == date(2020, 5, 1)


def test_pages_say_what_was_refused_and_keep_what_was_typed(world, office, project) -> None:
    client, here = client_of(office), f"/sites/projects/{project.pk}/"
    milestones.plan_chain(office, project, "", [(step, None) for step in STEPS], version=None, at=NOW)
    version = Project.objects.get().version
    last = Milestone.objects.get(name="单机调试")
    refused = client.post(f"{here}milestones/{last.pk}/tick/", {"version": version, "on": "2020-05-01"})
    assert refused.status_code == 422 and "软件安装" in refused.content.decode()
    typed = {"version": version, "reason": "land", "because": "", "owner": "王处", "expected_on": ""}
    again = client.post(f"{here}explain/", typed)
    assert again.status_code == 422 and "王处" in again.content.decode()
    assert client.post(f"{here}explain/", {**typed, "because": "缺土"}).status_code == 302
    assert client.post(f"{here}start/", {"version": version, "on": "2020-05-01"}).status_code == 409
    wrong = client.post(f"{here}chains/", {"version": version + 1, "name": "x", "steps": "a\nb 2020-13-01"})
    assert wrong.status_code == 422 and "2020-13-01" in wrong.content.decode()
    assert (
        client.post(f"{here}months/", {"version": version + 1, "month": "2020-04", "planned": "30"}).status_code == 302
    )
    assert client.post(f"{here}undo/", {"version": version + 2}).status_code == 302
    assert Project.objects.get().reason == ""


def test_a_row_takes_no_reason_away_and_a_column_that_is_not_there_changes_nothing(world, office, project) -> None:
    said = {"reason": "land", "because": "缺土", "owner": "王处", "expected_on": date(2020, 6, 1)}
    project = register.explain(office, project, **said, version=1, at=NOW)
    rows = ProjectRows(office)
    emptied = {"site": project.site, "version": project.version, "number": 1, "reason": "", "owner": "王处"}
    with pytest.raises(RuleBroken, match="未开复工原因"):
        rows.write(office, world.campaign, dict(emptied))
    assert rows.changes == []
    del emptied["reason"]
    assert rows.write(office, world.campaign, {**emptied, "owner": "李处"}) == "changed"
    project.refresh_from_db()
    assert (project.owner, project.because, project.start_by) == ("李处", "缺土", date(2020, 3, 1))


@pytest.mark.parametrize("role", Role.values)
def test_who_sees_and_keeps_a_project(world, project, role: str) -> None:
    client = client_of(world.accounts[role])
    status = client.get(f"/sites/projects/{project.pk}/").status_code
    sees = {"campaign_office", "leader", "auditor", "team_leader", "team_member", "site_contact"}
    assert status == (200 if role in sees else 404), role
    done = client.post(f"/sites/projects/{project.pk}/start/", {"version": 1, "on": "2020-03-05"}).status_code
    keeps = {"campaign_office", "team_leader", "team_member"}
    assert done == (302 if role in keeps else 403 if role in sees else 404), role
