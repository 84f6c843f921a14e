"""The pages of the dispatch: who sees what, what each costs, and the way from an empty house to a running plan."""

import re
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from sijin.dispatch.domain import moves, plans
from sijin.dispatch.files.writing import filled
from sijin.dispatch.models import Campaign, DispatchPlan, Membership, Posting, RosterImport, Team
from sijin.people.models import Account, Job, Official, Role
from sijin.places.domain import load_weihai
from sijin.places.models import Site
from tests.dispatch.test_intake import ROWS
from tests.web.test_access import signed_in

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def running(field):
    plans.approve(field.office, plans.solve(field.office, field.campaign, time_limit=5))
    field.client = signed_in(field.office)
    return field


def member_of(field, number: str) -> Account:
    person = Membership.objects.filter(team__number=number).first().official
    return Account.objects.create(username=number, role=Role.TEAM_MEMBER, official=person)


@pytest.mark.parametrize("page", ["/dispatch/", "/dispatch/points.json", "/dispatch/map/"])
def test_a_member_sees_only_their_own_team(running, page: str) -> None:
    client = signed_in(member_of(running, "市01"))
    body = client.get(page).content.decode()
    for secret in ("市02组", "数厂", "己", "市02"):
        assert secret not in body
    other = Membership.objects.filter(team__number="市02").first()
    assert client.get(f"/dispatch/teams/{other.team_id}/").status_code == 404
    assert client.get(f"/dispatch/officials/{other.official_id}/").status_code == 404
    assert client.get(f"/dispatch/sites/{running.sites['数厂'].pk}/").status_code == 404


@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR])
def test_readers_see_the_board_and_change_nothing(running, role: str) -> None:
    client = signed_in(Account.objects.create(username=f"r{role}", role=role))
    body = client.get("/dispatch/").content.decode()
    assert "茶村" in body and 'draggable="true"' not in body and "/dispatch/plans/solve/" not in body
    person = running.people["丁"]
    facts = {"kind": "official", "subject": person.pk, "team": running.teams["市02"].pk, "expected": ""}
    for path, post in (
        ("/dispatch/move/", facts),
        ("/dispatch/lock/", facts),
        ("/dispatch/undo/", {}),
        ("/dispatch/plans/solve/", {"seconds": 5}),
        ("/dispatch/rosters/", {}),
        ("/dispatch/campaigns/new/", {}),
        (f"/dispatch/lead/{Membership.objects.filter(leads=False).first().pk}/", {}),
    ):
        assert client.post(path, post).status_code == 403, path
    for path in ("/dispatch/rosters/template.xlsx", f"/dispatch/fits/official/{person.pk}/", "/dispatch/loose/site/"):
        assert client.get(path).status_code == 403, path
    assert Membership.objects.get(official=person).team.number == "市01"


@pytest.mark.parametrize("role", [Role.DEPARTMENT_HANDLER, Role.SITE_CONTACT, Role.ADMINISTRATOR])
def test_others_have_no_board(running, role: str) -> None:
    client = signed_in(Account.objects.create(username=f"o{role}", role=role))
    for page in ("/dispatch/", "/dispatch/map/", "/dispatch/points.json", "/dispatch/who/?q=茶"):
        answer = client.get(page)
        assert answer.status_code == 403 and "市01组" not in answer.content.decode()


def test_the_board_filters_and_stays_small(running, django_assert_max_num_queries) -> None:
    for n in range(30):
        team = Team.objects.create(campaign=running.campaign, number=f"市1{n:02d}", name="长名工作组" * 4, level="city")
        for k in range(5):
            person = Official.objects.create(
                code=f"x{n}-{k}", name=f"某某局干部{n}-{k}", unit=running.people["丙"].unit, can_lead=k == 0
            )
            Membership.objects.create(team=team, official=person, leads=k == 0)
    for n in range(60):
        Official.objects.create(code=f"y{n}", name=f"未编{n}", unit=running.people["丙"].unit)
    running.client.get("/dispatch/")
    with django_assert_max_num_queries(15):
        answer = running.client.get("/dispatch/")
    assert len(answer.content) < 100_000
    body = answer.content.decode()
    assert "33" in body and "未编0" in body and "未编59" not in body
    assert "未编59" in running.client.get("/dispatch/loose/official/?loose=未编59", **HTMX).content.decode()
    names = re.findall(r'/dispatch/teams/\d+/"><b>(\S+)</b>', running.client.get("/dispatch/?q=茶村").content.decode())
    assert names == ["市01"]
    county = running.client.get(f"/dispatch/?county={running.east.pk}").content.decode()
    assert "市02组" in county and "市01组" not in county
    bare = running.client.get("/dispatch/?warned=no_sites&level=city").content.decode()
    assert "市100" in bare and "市01组" not in bare
    assert 'class="empty"' in running.client.get("/dispatch/?q=没有这样的").content.decode()


def test_a_move_is_previewed_made_and_undone_on_the_page(running) -> None:
    person, source, target = running.people["丁"], running.teams["市01"], running.teams["市02"]
    panel = running.client.get(f"/dispatch/officials/{person.pk}/", **HTMX).content.decode()
    assert "农业技术" in panel and "<html" not in panel
    whole = running.client.get(f"/dispatch/officials/{person.pk}/").content.decode()
    assert "<html" in whole and "农业技术" in whole
    assert "市02" in running.client.get(f"/dispatch/fits/official/{person.pk}/", **HTMX).content.decode()
    query = f"/dispatch/move/preview/?kind=official&subject={person.pk}&number=市02"
    shown = running.client.get(query, **HTMX).content.decode()
    assert "市01 → 市02" in shown and "+" in shown
    wrong = running.client.get(query + "9", **HTMX).content.decode()
    assert "市029" in wrong and 'role="alert"' in wrong
    facts = {"kind": "official", "subject": person.pk, "team": target.pk, "expected": source.pk, "reason": "支援"}
    answer = running.client.post("/dispatch/move/", facts, **HTMX, HTTP_HX_TARGET="why")
    body = answer.content.decode()
    assert answer.status_code == 200 and "<html" not in body and answer.headers["HX-Trigger-After-Settle"] == "moved"
    assert {f'id="team-{source.pk}" hx-swap-oob', f'id="team-{target.pk}" hx-swap-oob', 'id="undo" hx-swap-oob'} <= {
        part for part in re.findall(r'id="[\w-]+" hx-swap-oob', body)
    }
    assert Membership.objects.get(official=person).team == target
    assert running.client.post("/dispatch/move/", facts).status_code == 409
    running.client.post("/dispatch/undo/")
    assert Membership.objects.get(official=person).team == source
    assert running.client.post("/dispatch/undo/").status_code == 302
    assert running.client.post("/dispatch/undo/").status_code == 422


def test_what_is_dragged_is_priced_for_the_teams_in_view(running, django_assert_max_num_queries) -> None:
    person, teams = running.people["丁"], [running.teams[number].pk for number in ("市01", "市02")]
    asked = {"pick": f"official:{person.pk}:{teams[0]}", "team": teams}
    with django_assert_max_num_queries(15):
        found = running.client.get("/dispatch/move/prices.json", asked).json()
    assert set(found) == {str(team) for team in teams} and found[str(teams[0])]["forbidden"]
    assert found[str(teams[1])]["cost"] > 0 and any("市01" in words for words in found[str(teams[1])]["appear"])
    assert running.client.get("/dispatch/move/prices.json", {"pick": "official:x"}).status_code == 422
    assert running.client.get("/dispatch/move/prices.json", {"pick": "official:999"}).status_code == 404
    leader = signed_in(running.leader)
    assert leader.get("/dispatch/move/prices.json", asked).status_code == 403


def test_several_are_picked_moved_and_locked_on_the_page(running) -> None:
    source, target = running.teams["市01"], running.teams["市02"]
    picks = [f"official:{running.people['丁'].pk}:{source.pk}", f"site:{running.sites['茶村'].pk}:{source.pk}"]
    asked = {"pick": picks, "number": "市02"}
    panel = running.client.get("/dispatch/move/preview/", asked, **HTMX, HTTP_HX_TARGET="why").content.decode()
    assert "丁、茶村" in panel and panel.count('name="pick"') == 2
    answer = running.client.post(
        "/dispatch/move/", {"pick": picks, "team": target.pk, "shown": str(target.pk)}, **HTMX, HTTP_HX_TARGET="why"
    )
    body = answer.content.decode()
    assert f'id="team-{target.pk}"' in body and f'id="team-{source.pk}"' not in body  # only what is on the board
    picks = [pick.replace(f":{source.pk}", f":{target.pk}") for pick in picks]
    running.client.post("/dispatch/lock/", {"pick": picks, "locked": "on"})
    assert Membership.objects.get(official=running.people["丁"]).locked
    locked = running.client.get("/dispatch/?warned=locked").content.decode()
    assert "市02组" in locked and "市01组" not in locked
    running.client.post("/dispatch/lock/", {"pick": picks})
    assert not Membership.objects.filter(locked=True).exists() and not Posting.objects.filter(locked=True).exists()


def test_the_board_is_filtered_by_skill_and_unit_and_goes_on_as_one_scrolls(running) -> None:
    data = running.client.get("/dispatch/?skill=data").content.decode()
    holder = Membership.objects.get(official__name="己").team.number
    assert f"{holder}组" in data and data.count('<article class="team"') == 1
    unit = running.client.get("/dispatch/", {"unit": "山东省农业农村厅"}).content.decode()
    assert "省01组" in unit and "市01组" not in unit
    for n in range(30):
        Team.objects.create(campaign=running.campaign, number=f"市1{n:02d}", name="组", level="city")
    first = running.client.get("/dispatch/?level=city").content.decode()
    assert 'id="more"' in first and "level=city&amp;page=2" in first
    more = running.client.get("/dispatch/?level=city&page=2", **HTMX, HTTP_HX_TARGET="more").content.decode()
    assert "<html" not in more and more.count('<article class="team"') == 12 and "hx-trigger" not in more


def test_locks_and_leaders_on_the_page(running) -> None:
    person = running.people["丁"]
    facts = {"kind": "official", "subject": person.pk, "locked": "on"}
    running.client.post("/dispatch/lock/", facts)
    assert Membership.objects.get(official=person).locked
    panel = running.client.get(f"/dispatch/officials/{person.pk}/", **HTMX).content.decode()
    assert "解锁" in panel and 'name="number"' not in panel
    running.client.post("/dispatch/lock/", {**facts, "locked": ""})
    running.client.post(f"/dispatch/lead/{Membership.objects.get(official=person).pk}/")
    assert Membership.objects.get(official=person).leads
    assert running.client.post("/dispatch/lock/", {"kind": "official"}).status_code == 422


def test_the_solver_runs_as_a_job_and_the_draft_shows_its_moves(field, django_capture_on_commit_callbacks) -> None:
    client = signed_in(field.office)
    assert client.post("/dispatch/plans/solve/", {"seconds": "much"}).status_code == 302 and not Job.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/dispatch/plans/solve/", {"seconds": 5})
    job, plan = Job.objects.get(), DispatchPlan.objects.get()
    assert job.state == Job.State.DONE and job.result["url"] == f"/dispatch/plans/{plan.pk}/"
    body = client.get(job.result["url"]).content.decode()
    assert "丁" in body and "农业技术" in body and "data-next" in body
    assert "茶村" in body
    moves.move(field.office, field.campaign, field.people["丁"], field.teams["市02"], expected=None)
    assert f"/dispatch/plans/{plan.pk}/approve/" not in client.get(job.result["url"]).content.decode()
    assert client.post(f"/dispatch/plans/{plan.pk}/approve/").status_code == 409
    assert client.post(f"/dispatch/plans/{plan.pk}/discard/").status_code == 302


def test_the_team_page_counts_through_the_policy(running, django_assert_max_num_queries) -> None:
    client = signed_in(member_of(running, "市01"))
    team = running.teams["市01"]
    client.get(f"/dispatch/teams/{team.pk}/")
    with django_assert_max_num_queries(15):
        body = client.get(f"/dispatch/teams/{team.pk}/").content.decode()
    assert "茶村" in body and "丁" in body and "农业技术" in body and "数厂" not in body
    assert len(body) < 100_000


def test_from_an_empty_house_to_a_running_plan(db, tmp_path, django_capture_on_commit_callbacks) -> None:
    load_weihai()
    client = signed_in(Account.objects.create(username="office", role=Role.CAMPAIGN_OFFICE))
    assert "/dispatch/campaigns/new/" in client.get("/dispatch/").content.decode()
    wrong = {"code": "Bad Code", "name": "行动", "start": "2020-03-04", "end": "2020-03-01", "doors": ["village"]}
    answer = client.post("/dispatch/campaigns/new/", wrong)
    assert answer.status_code == 422 and "Bad Code" in answer.content.decode() and not Campaign.objects.exists()
    facts = {
        "code": "c1", "name": "行动", "start": "2020-03-04", "doors": ["village", "enterprise"],
        "team_rules": "four-to-six", "profile": "quanzhou-2022",
    }  # fmt: skip
    made = client.post("/dispatch/campaigns/new/", facts)
    campaign = Campaign.objects.get()
    assert made.headers["Location"] == f"/dispatch/campaigns/{campaign.pk}/"
    assert (campaign.doors, campaign.team_rules) == (["enterprise", "village"], "four-to-six")
    assert client.post("/dispatch/campaigns/new/", facts).status_code == 422
    assert client.get("/dispatch/rosters/template.xlsx").content[:2] == b"PK"
    with override_settings(MEDIA_ROOT=tmp_path):
        broken = SimpleUploadedFile("名册.xlsx", b"no workbook")
        answer = client.post("/dispatch/rosters/", {"file": broken})
        assert (
            answer.status_code == 422 and "errorlist" in answer.content.decode() and not RosterImport.objects.exists()
        )
        bad = [*ROWS["sites"], {"code": "V9", "door": "乡村", "name": "错", "county": "没有"}]
        file = SimpleUploadedFile("名册.xlsx", filled({**ROWS, "sites": bad}))
        client.post("/dispatch/rosters/", {"file": file})
        kept = RosterImport.objects.get()
        body = client.get(f"/dispatch/rosters/{kept.pk}/").content.decode()
        assert "没有" in body and not Site.objects.exists()
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"/dispatch/rosters/{kept.pk}/apply/")
        assert Job.objects.get().state == Job.State.DONE and Site.objects.count() == 3
        back = b"".join(client.get(f"/dispatch/rosters/{kept.pk}/rejected.xlsx").streaming_content)
        assert openpyxl.load_workbook(BytesIO(back))["点位"]["A2"].value == "V9"
        assert client.post(f"/dispatch/rosters/{kept.pk}/apply/").status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/dispatch/plans/solve/", {"seconds": 5})
    plan = DispatchPlan.objects.get()
    assert client.post(f"/dispatch/plans/{plan.pk}/approve/").headers["Location"] == "/dispatch/"
    assert Posting.objects.filter(until=None).count() == 3 and Membership.objects.count() == 3
    assert client.get(f"/dispatch/campaigns/{campaign.pk}/").status_code == 200
    changed = client.post(f"/dispatch/campaigns/{campaign.pk}/edit/", {**facts, "name": "新名"})
    assert changed.status_code == 302 and Campaign.objects.get().name == "新名"


def test_who_can_help_answers_and_says_when_it_cannot(running) -> None:
    body = running.client.get("/dispatch/who/?q=茶园管理").content.decode()
    assert "省01组" in body and "信息数据</b>" not in body
    assert 'class="card empty"' in running.client.get("/dispatch/who/?q=量子").content.decode()
    assert "丁" in running.client.get("/dispatch/who/?skill=agriculture").content.decode()
