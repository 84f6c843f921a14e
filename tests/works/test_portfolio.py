"""The portfolio: what is read into it, what cannot be planned, locks, minimal change, one more clerk, sheets."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from sijin.people.jobs import Cancelled
from sijin.people.models import Job
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import ProjectProfile, Site
from sijin.works.domain.approvals.verbs import VERBS
from sijin.works.domain.portfolio import board, desks, holding, plans, reading, tiles, words
from sijin.works.domain.projects import register
from sijin.works.files import sheets
from sijin.works.models import (
    ApprovalArc,
    ApprovalStep,
    Desk,
    PlannedStep,
    PortfolioChange,
    PortfolioPlan,
    Project,
    RegisterImport,
    StepLock,
)
from tests.conftest import at
from tests.exchange.test_offers import client_of

NOW = at(5, 20)  # a Wednesday
TODAY = date(2020, 5, 20)
WINDOW, OTHER = "审批窗口", "规划窗口"


@pytest.fixture
def office(world):
    return world.accounts["campaign_office"]


@pytest.fixture
def three(world, office) -> list[Project]:
    """Three projects with a window's item of five days each, the third a heavy one; then a second item elsewhere."""
    Site.objects.update(door="project")
    world.campaign.cutoff = NOW
    world.campaign.save()
    place = {"region": world.county, "county": world.county, "lat": 37.5, "lon": 122.1}
    Site.objects.create(code="s2", door="project", name="企业2", **place)
    made = []
    for n in range(3):
        site = Site.objects.get(code=f"s{n}")
        ProjectProfile.objects.create(site=site, investment=95_000 if n == 2 else 5_000)
        made.append(register.enter(office, site, world.campaign, number=n + 1, start_by=date(2020, 6, 3), at=at(3, 6)))
        first = ApprovalStep.objects.create(project=made[n], code="a", number=1, name="备案", desk=WINDOW, days=5)
        then = ApprovalStep.objects.create(project=made[n], code="b", number=2, name="许可", desk=OTHER, days=2)
        ApprovalArc.objects.create(before=first, after=then)
    desks.keep(office, WINDOW, clerks=1, at=NOW)
    desks.keep(office, OTHER, clerks=2, at=NOW)
    return made


def step(project: Project, code: str = "a") -> ApprovalStep:
    return ApprovalStep.objects.get(project=project, code=code)


def starts(plan, code: str = "a") -> list[date]:
    return list(plan.steps.filter(step__code=code).order_by("step__project__number").values_list("start", flat=True))


@pytest.fixture
def solve(world, office):
    def solved(**more):
        return plans.solve(office, world.campaign, time_limit=0.4, at=NOW, **more)

    return solved


def test_the_heavy_project_comes_first_and_the_proof_and_the_chain_are_kept(three, office, solve) -> None:
    plan = solve()
    assert starts(plan)[2] == TODAY
    assert sorted(starts(plan)) == [TODAY, date(2020, 5, 27), date(2020, 6, 3)]
    assert (plan.makespan, plan.last, plan.gap) == (17, date(2020, 6, 12), 0)
    assert plan.tardiness == 7 + 2  # over on 5 and 12 June, to be there on the 3rd: 2 and 7 working days
    read = board.board(office, plan)
    assert [row.step.code for row in read.chain] == ["a", "a", "a", "b"]
    last = read.tight[0]
    assert last.last.late == 7 and WINDOW in words.story(last.steps).waits[0]
    assert plan.desks[0]["desk"] == read.desks[0].name == WINDOW
    more = read.desks[0].more  # with two clerks all is there on day 12, and one project is 2 days late
    assert (more["saves"], more["brings"]) == (12, 5) and more["saves_at_most"] >= 12 and more["at_most"] >= 5
    assert [desk.files for desk in read.desks] == [3, 3] and read.desks[0].load[0] == 1.0


def test_what_cannot_be_planned_is_named_and_the_rest_is(three, office, solve) -> None:
    ApprovalStep.objects.filter(project=three[0], code="a").update(desk="陌生窗口")
    ApprovalArc.objects.create(before=step(three[1], "b"), after=step(three[1], "a"))
    plan = solve()
    told = [(row["why"], row["name"]) for row in plan.left_out]
    assert told[:2] == [("unknown_desk", "陌生窗口"), ("behind", "备案")]
    assert [why for why, _name in told[2:]] == ["circle", "circle"] and told[2][1] == "备案 → 许可 → 备案"
    assert set(plan.steps.values_list("step__project", flat=True)) == {three[2].pk}
    desks.keep(office, WINDOW, clerks=0, version=1, at=NOW)
    with pytest.raises(RuleBroken):
        solve()
    assert desks.missing() == [("陌生窗口", 1)]
    assert [desk.name for desk in desks.adopt(office, at=NOW)] == ["陌生窗口"]
    posed = reading.pose(TODAY)
    assert [(one.why, one.name) for one in posed.left_out if one.step.project_id == three[2].pk] == [
        ("no_clerks", WINDOW), ("behind", "备案"),
    ]  # fmt: skip


def test_what_has_begun_stays_and_what_is_done_is_left_out(three, office, solve) -> None:
    VERBS["begin"](office, step(three[0]), on=date(2020, 5, 18), version=None, at=NOW)
    VERBS["begin"](office, step(three[1]), on=date(2020, 5, 19), version=None, at=NOW)
    ApprovalStep.objects.filter(project=three[2], code="a").update(done_on=TODAY)
    plan = solve()
    rows = {(row.step.project_id, row.step.code): row for row in plan.steps.select_related("step")}
    assert rows[three[0].pk, "a"].start == date(2020, 5, 18) and rows[three[0].pk, "a"].finish == date(2020, 5, 25)
    assert rows[three[1].pk, "a"].finish == date(2020, 5, 26)  # both go on, with one clerk: told, not hidden
    assert [note["why"] for note in plan.notes] == ["in_hand"]
    assert (three[2].pk, "a") not in rows and rows[three[2].pk, "b"].start == TODAY


def test_a_lock_is_kept_little_else_moves_and_the_difference_says_why(three, office, solve) -> None:
    first = solve()
    plans.approve(office, first, version=1, at=NOW)
    order = sorted(range(3), key=lambda n: starts(first)[n])
    held = step(three[order[1]])
    with pytest.raises(RuleBroken) as refused:
        holding.lock(office, held, on=date(2020, 6, 6), at=NOW)
    assert refused.value.facts["field"] == "on"
    holding.lock(office, held, on=date(2020, 6, 10), at=NOW)
    assert plans.is_stale(first)
    again = solve(base=first, price=0.5)
    assert starts(again)[order[1]] == date(2020, 6, 10)
    told = words.difference(again, board.rows_of(office, again))
    assert told is not None and told.moved[0].row.locked and told.moved[0].days == 10 and "6月10日" in told.moved[0].why
    assert again.moved == len(told.moved) == 4  # it and what waits for it; the third takes its place, and so on
    with pytest.raises(RuleBroken):
        holding.lock(office, step(three[order[1]], "b"), on=date(2020, 5, 21), at=NOW)
        solve(base=first)
    holding.unlock(office, held, at=NOW)
    assert list(StepLock.objects.values_list("step__code", flat=True)) == ["b"]


def test_a_lock_before_what_it_waits_for_is_refused_with_the_day(three, office, solve) -> None:
    holding.lock(office, step(three[0], "b"), on=date(2020, 5, 22), at=NOW)
    with pytest.raises(RuleBroken) as refused:
        solve()
    assert "企业0" in refused.value.message and "5月27日" in refused.value.message


def test_only_the_office_plans_and_a_changed_desk_makes_a_draft_stale(world, three, office, solve) -> None:
    draft = solve()
    for verb in (lambda by: plans.approve(by, draft, version=1), lambda by: plans.discard(by, draft),
                 lambda by: desks.keep(by, WINDOW, clerks=2, version=1, at=NOW),
                 lambda by: holding.lock(by, step(three[0]), on=TODAY, at=NOW)):  # fmt: skip
        with pytest.raises(NotAllowed):
            verb(world.accounts["leader"])
    desks.keep(office, WINDOW, clerks=2, version=1, at=NOW)
    with pytest.raises(Stale):
        plans.approve(office, draft, version=1)
    with pytest.raises(Stale) as stale:
        desks.keep(office, WINDOW, clerks=3, version=1, at=NOW)
    assert stale.value.facts["diff"] == {"clerks": [3, 2]}
    holding.set_terms(office, three[0], weight=20, permit_by=date(2020, 5, 29), version=None, at=NOW)
    assert (reading.weight_of(Project.objects.get(pk=three[0].pk)), reading.weight_of(three[2])) == (20.0, 10.0)
    plans.discard(office, draft)
    with pytest.raises(RuleBroken):
        plans.discard(office, draft)


def test_the_pages_answer_and_the_tiles_stand_in_the_order_of_their_lights(world, three, office, solve) -> None:
    register.start(office, three[1], on=TODAY, version=1, at=NOW)
    facts = {"reason": "land", "because": "用地未批", "owner": "包帮负责人", "expected_on": None}
    register.explain(office, three[0], version=1, at=NOW, **facts)
    found = tiles.tiles(office, date(2020, 8, 1))
    assert [project.number for project, _lights in found.idle] == [1, 3]
    assert [lights.worst for _project, lights in found.tiles] == sorted(
        (lights.worst for _project, lights in found.tiles), key=("red", "yellow", "green").index
    )
    assert (found.running, found.unexplained) == (1, 1)
    plan, client = solve(), client_of(office)
    row = PlannedStep.objects.filter(plan=plan, step__code="b").first()
    for path, seen in (
        ("", "用地未批"), (f"plans/{plan.pk}/?step={row.step_id}", "许可"), ("plan/?by=desk", OTHER),
        (f"plans/{plan.pk}/sheet/", "企业2"), (f"plans/{plan.pk}/counties/371002/", "企业1"),
        (f"plans/{plan.pk}/steps/{row.step_id}/", "备案"), (f"plans/{plan.pk}/desks/1/", "企业0"),
    ):  # fmt: skip
        answer = client.get(f"/sites/portfolio/{path}", HTTP_ACCEPT_LANGUAGE="zh-hans")
        assert answer.status_code == 200 and seen in answer.content.decode(), path
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/sites/portfolio/plans/{plan.pk}/plan.xlsx").content))
    assert book.sheet_names == ["项目", "事项", "部门"]
    assert len(book.get_sheet_by_name("事项").to_python()) == 7


def upload(client, of: str, content: bytes) -> RegisterImport:
    sheet = SimpleUploadedFile("表.xlsx", content)
    answer = client.post(f"/sites/projects/import/{of}/", {"sheet": sheet})
    assert answer.status_code == 302
    return RegisterImport.objects.order_by("-pk")[0]


def changed(content: bytes, of: str, cells: dict[tuple[int, str], object]) -> bytes:
    """Return a sheet with some cells (row from 0 under the heads, heading) typed over."""
    table = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    top = next(n for n, row in enumerate(table) if sheets.COLUMNS[of][0][1] in [str(c).rstrip("*") for c in row])
    heads = [str(cell).rstrip("*") for cell in table[top]]
    for (row, heading), value in cells.items():
        table[top + 1 + row][heads.index(heading)] = value
    lines = [
        [row[heads.index(h)] if h in heads else "" for _n, h, *_r in sheets.COLUMNS[of]] for row in table[top + 1 :]
    ]
    return sheets.written("表", sheets.COLUMNS[of], (), [[str(c)[:10] if isinstance(c, date) else c for c in line]
                                                       for line in lines], {}, ())  # fmt: skip


def test_the_register_given_out_is_read_in_again_cell_by_cell(three, office) -> None:
    client = client_of(office)
    given = client.get("/sites/projects/register.xlsx").content
    same = upload(client, "projects", given)
    assert (same.same, same.bad) == (3, [])
    sheet = changed(given, "projects", {
        (0, "责任人"): "新负责人", (1, "实际开工"): "2020-05-18", (2, "计划开工"): "昨天",
    })  # fmt: skip
    done = upload(client, "projects", sheet)
    assert (done.changed, done.same, len(done.bad)) == (2, 0, 1)
    assert done.changes[0]["cells"] == [["责任人", "", "新负责人"]]
    assert "计划开工" in done.bad[0]["faults"][0] and "昨天" in done.bad[0]["faults"][0]
    assert Project.objects.get(number=2).started_on == date(2020, 5, 18)
    late = upload(client, "projects", changed(given, "projects", {(0, "责任人"): "另一个"}))
    assert len(late.bad) == 2 and "责任人" in late.bad[0]["faults"][0]  # both were changed since it was given out
    back = client.get(f"/sites/projects/imports/{done.pk}/rows.xlsx").content
    assert "昨天" in str(CalamineWorkbook.from_filelike(io.BytesIO(back)).get_sheet_by_index(0).to_python())


def test_desks_are_read_in_and_bad_rows_come_back(three, office) -> None:
    client = client_of(office)
    given = client.get("/sites/portfolio/desks.xlsx").content
    done = upload(
        client, "desks", changed(given, "desks", {(0, "可同时办理（件）"): 4, (1, "可同时办理（件）"): "许多"})
    )
    assert (done.changed, len(done.bad)) == (1, 1)
    assert "许多" in done.bad[0]["faults"][0]
    assert sorted(Desk.objects.values_list("clerks", flat=True)) in ([1, 4], [2, 4])


def test_the_api_lists_ticks_and_starts(world, three, office) -> None:
    client = client_of(office)
    rows = client.get("/api/projects?state=idle").json()["items"]
    assert [row["name"] for row in rows] == ["企业0", "企业1", "企业2"]
    one = client.get(f"/api/projects/{three[0].pk}").json()
    assert [(row["code"], row["waits"]) for row in one["steps"]] == [("a", []), ("b", ["a"])]
    said = client.post(f"/api/projects/{three[0].pk}/start", {"version": 1, "on": "2020-05-18"}, "application/json")
    assert said.status_code == 200 and said.json()["runs"] is True
    stale = client.post(f"/api/projects/{three[0].pk}/stop", {"version": 1, "on": "2020-05-19", "reason": "land",
                                                           "because": "x"}, "application/json")  # fmt: skip
    assert stale.status_code == 409


def test_a_plan_is_made_by_a_job_and_a_stopped_one_keeps_nothing(
    world, three, office, solve, django_capture_on_commit_callbacks
) -> None:
    client = client_of(office)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/sites/portfolio/plan/solve/", {"seconds": 1})
    job, plan = Job.objects.get(), PortfolioPlan.objects.get()
    assert (job.state, job.total, job.result["url"]) == ("done", 100, f"/sites/portfolio/plans/{plan.pk}/")

    def stop(done: int, total: int, words: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        solve(base=plan, progress=stop)
    assert client.post("/sites/portfolio/plan/solve/", {"seconds": "many"}).status_code == 302
    assert PortfolioPlan.objects.count() == Job.objects.count() == 1


def test_locks_terms_and_desks_over_http_say_what_was_wrong(three, office, solve) -> None:
    plan, client = solve(), client_of(office)
    path, held = f"/sites/portfolio/plans/{plan.pk}", step(three[0])
    for on, said in (("2020-06-06", "不是工作日"), ("2020-05-01", "早于今天"), ("x", ""), ("2020-06-10", "已锁定")):
        answer = client.post(f"{path}/steps/{held.pk}/lock/", {"on": on}, follow=True, HTTP_ACCEPT_LANGUAGE="zh-hans")
        assert answer.status_code == 200 and said in answer.content.decode()
    assert StepLock.objects.get().on == date(2020, 6, 10)
    answer = client.post(f"{path}/approve/", {"version": 1})
    assert answer.status_code == 409
    client.post(f"{path}/steps/{held.pk}/unlock/")
    client.post(f"{path}/projects/{three[0].pk}/terms/", {"weight": 7, "permit_by": "2020-07-01", "version": 1})
    assert (Project.objects.get(pk=three[0].pk).weight, StepLock.objects.count()) == (7, 0)
    client.post("/sites/portfolio/desks/", {"name": WINDOW, "clerks": 9, "version": 1, "kind": "desk"})
    client.post("/sites/portfolio/desks/", {"name": "吊装队", "clerks": 2, "kind": "crew"})
    crew = Desk.objects.get(kind="crew")
    assert Desk.objects.get(name=WINDOW).clerks == 9 and crew.clerks == 2
    assert client.post(f"/sites/portfolio/desks/{Desk.objects.get(name=WINDOW).pk}/drop/",
                       {"version": 2}).status_code == 422  # fmt: skip
    client.post(f"/sites/portfolio/desks/{crew.pk}/drop/", {"version": 1})
    told = [row.verb for row in PortfolioChange.objects.all()]
    assert told[-6:] == ["lock", "unlock", "terms", "desk", "desk", "drop"]


def test_the_pages_ask_the_store_as_often_however_many_projects(
    three, office, solve, django_assert_max_num_queries
) -> None:
    plan, client = solve(), client_of(office)
    client.get("/sites/portfolio/")
    for path, most in (("", 22), (f"plans/{plan.pk}/", 40), (f"plans/{plan.pk}/sheet/", 22)):
        with django_assert_max_num_queries(most):
            client.get(f"/sites/portfolio/{path}")
