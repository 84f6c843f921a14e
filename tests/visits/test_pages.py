"""The pages: what is typed stays, words stand beside fields, a second sending counts once, nothing leaks."""

import json
import uuid

import pytest
from django.test import Client

from sijin.ledger.domain import triage
from sijin.ledger.models import Need, NeedItem, TriageExample
from sijin.people.models import Job, Role
from sijin.visits import domain
from sijin.visits import files as files_of
from sijin.visits.models import PlannedVisit, Visit, VisitPhoto
from tests.conftest import at
from tests.visits.sendings import sending, upload
from tests.web.test_access import signed_in

NEW = "/visits/new/"
SEES_ALL = {"campaign_office", "leader", "auditor"}


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def member(world) -> Client:
    """A client of the team's member."""
    return signed_in(world.accounts["team_member"])


def kept(world, **facts) -> Visit:
    """Record a visit of the first team, by its member."""
    facts = {"client_uuid": uuid.uuid4(), "said": "本组走访", "took_nothing": True} | facts
    return domain.record(world.accounts["team_member"], world.teams[0], world.sites[0], **facts)


def test_a_visit_with_two_findings_ends_on_a_page_that_names_them(world, member) -> None:
    items = [{"kind": "labor", "item": "焊工", "quantity": "3", "unit": "人"}, {"kind": "goods"}]
    post = sending(
        world,
        {"title": "缺工", "text": "招不到焊工", "category": "labor", "klass": "2", "items": items},
        {"title": "", "text": ""},
        {"title": "缺土"},
        participants=[world.accounts["team_leader"].official_id],
        photos=[upload(), upload("blue", "IMG_2.jpg")],
        lat="37.5",
        lon="122.1",
        minutes="40",
        people_met="3",
        minutes_asked="20",
    )
    page = member.post(NEW, post, follow=True)
    assert page.status_code == 200 and "缺工" in page.content.decode() and "缺土" in page.content.decode()
    visit = Visit.objects.get()
    assert (visit.lat, visit.minutes, visit.people_met, visit.minutes_asked) == (37.5, 40, 3, 20)
    assert (visit.photos.count(), visit.participants.get().pk) == (2, world.accounts["team_leader"].official_id)
    assert [need.title for need in visit.needs.order_by("number")] == ["缺工", "缺土"]
    assert NeedItem.objects.get().item == "焊工"


def test_the_second_sending_counts_once_and_says_so(world, member) -> None:
    post = sending(world, {"title": "缺工"})
    first, second = (member.post(NEW, post) for _ in range(2))
    assert first["Location"] + "?arrival=again" == second["Location"]
    other = member.post(NEW, post | {"said": "另一番话"})
    assert other["Location"] == first["Location"] + "?arrival=differing"
    assert (Visit.objects.count(), Need.objects.count()) == (1, 3)
    assert "第一次发送" in member.get(other["Location"]).content.decode()


def test_words_stand_beside_each_field_and_what_was_typed_stays(world, member) -> None:
    items = [{"kind": "labor", "item": "焊工", "quantity": "0", "unit": ""}]
    post = sending(world, {"title": "", "text": "说了很多很多", "items": items}, minutes="-5", said="谈了两小时")
    del post["took_nothing"]
    answer = member.post(NEW, post)
    page = answer.content.decode()
    assert answer.status_code == 422 and Visit.objects.count() == 0
    for typed in ("谈了两小时", "说了很多很多", 'value="焊工"', 'value="-5"', post["client_uuid"]):
        assert typed in page
    form = answer.context["errors"]
    assert {"minutes", "findings-0-title", "findings-0-items-0-quantity", "findings-0-items-0-unit"} <= set(form)
    again = member.post(NEW, sending(world, said="谈了两小时", took_nothing=""))
    assert again.status_code == 422 and "只予不取" in again.content.decode() and "谈了两小时" in again.content.decode()


def test_the_pages_script_gets_the_words_by_field(world, member) -> None:
    post = sending(world, {"title": "", "text": "x"}, took_nothing="", photos=[upload()])
    answer = member.post(NEW, post, headers={"X-Sijin-Send": "1"})
    assert answer.status_code == 422 and set(json.loads(answer.content)["errors"]) == {"findings-0-title"}
    answer = member.post(NEW, sending(world, took_nothing=""), headers={"X-Sijin-Send": "1"})
    assert set(json.loads(answer.content)["errors"]) == {"took_nothing"}
    answer = member.post(NEW, sending(world), headers={"X-Sijin-Send": "1"})
    assert json.loads(answer.content)["url"] == f"/visits/{Visit.objects.get().pk}/saved/"


def test_a_file_that_is_no_photo_is_named_and_nothing_is_kept(world, member) -> None:
    bad = upload(name="台账.jpg")
    bad.file.seek(0)
    bad.file.write(b"MZ\x90\x00" * 9)
    answer = member.post(NEW, sending(world, {"title": "缺工"}, photos=[upload(), bad]))
    assert "台账.jpg" in answer.context["errors"]["photos"][0]
    assert (Visit.objects.count(), VisitPhoto.objects.count(), Need.objects.count()) == (0, 0, 2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"site": ""}, "site"),
        ({"site": "999999"}, "site"),
        ({"at": "gestern"}, "at"),
        ({"client_uuid": "1"}, "client_uuid"),
        ({"lat": "95"}, "lat"),
        ({"participants": ["999"]}, "participants"),
        ({"findings-TOTAL_FORMS": "viele"}, ""),
        ({"at": at(3, 4).strftime("%Y-%m-%dT%H:%M")}, "late_reason"),
        ({"at": at(3, 9).strftime("%Y-%m-%dT%H:%M")}, "at"),
    ],
)
def test_wrong_input_is_said_and_never_breaks(world, member, change, field) -> None:
    answer = member.post(NEW, sending(world) | change)
    assert answer.status_code == 422 and field in answer.context["errors"]
    assert Visit.objects.count() == 0


def test_a_site_of_another_team_is_no_choice(world, member) -> None:
    assert "site" in member.post(NEW, sending(world, site=world.sites[1].pk)).context["errors"]
    assert "企业1" not in member.get(f"{NEW}?site={world.sites[1].pk}").content.decode()


def test_without_script_more_findings_are_asked_for_and_the_text_stays(world, member) -> None:
    more = member.post(NEW, sending(world, {"title": "缺工"}, more="findings", took_nothing="", minutes="-1"))
    assert more.status_code == 200 and len(more.context["findings"].forms) == 2
    assert 'value="缺工"' in more.content.decode() and more.context["errors"] == {}
    more = member.post(NEW, sending(world, {"title": "缺工", "items": [{}]}, more="findings-0-items"))
    assert len(more.context["findings"].forms[0].items.forms) == 2
    assert Visit.objects.count() == 0


def test_a_second_team_that_day_is_named_on_the_form_and_needs_a_reason(world, member) -> None:
    office = signed_in(world.accounts["campaign_office"])
    day = at(3, 5).date().isoformat()
    plan = {"site": world.sites[0].pk, "team": world.teams[1].pk, "day": day, "back": "calendar"}
    assert office.post("/visits/plan/", plan)["Location"] == "/visits/calendar/"
    assert "第1组" in member.get("/visits/").content.decode()
    assert "第1组" in member.get(f"{NEW}?site={world.sites[0].pk}").content.decode()
    answer = member.post(NEW, sending(world))
    assert "第1组" in answer.context["errors"]["same_day_reason"][0]
    assert member.post(NEW, sending(world, same_day_reason="企业请求")).status_code == 302
    week = office.get("/visits/calendar/").content.decode()
    assert "企业请求" in week and "第0组" in week and "第1组" in week


def test_planning_beside_another_team_warns_at_once(world, member) -> None:
    office = signed_in(world.accounts["campaign_office"])
    plan = {"site": world.sites[0].pk, "day": at(3, 5).date().isoformat()}
    assert "第1组" not in member.post("/visits/plan/", plan | {"team": world.teams[0].pk}, follow=True).content.decode()
    warned = office.post("/visits/plan/", plan | {"team": world.teams[1].pk}, follow=True)
    assert "请互相商量" in warned.content.decode()
    planned = PlannedVisit.objects.get(team=world.teams[1])
    assert member.post(f"/visits/plan/{planned.pk}/cancel/").status_code == 404
    assert member.post("/visits/plan/", plan | {"day": ""}).status_code == 422
    assert member.post("/visits/plan/", plan | {"team": world.teams[1].pk}).status_code == 404


def test_amending_shows_the_form_filled_and_a_stale_one_answers_409_with_the_difference(world, member) -> None:
    visit = kept(world)
    path = f"/visits/{visit.pk}/amend/"
    assert "本组走访" in member.get(path).content.decode()
    post = {"version": 1, "said": "改过一次", "findings-TOTAL_FORMS": 0, "findings-INITIAL_FORMS": 0}
    assert member.post(path, post)["Location"] == f"/visits/{visit.pk}/"
    page = member.get(f"/visits/{visit.pk}/").content.decode()
    assert "改过一次" in page and "<del>本组走访</del>" in page
    stale = member.post(path, post | {"said": "我的改法"})
    words = stale.content.decode()
    assert stale.status_code == 409 and "改过一次" in words and "我的改法" in words and 'value="2"' in words
    answer = member.post(path, post, headers={"X-Sijin-Send": "1"})
    assert answer.status_code == 409 and json.loads(answer.content)["version"] == "2"
    assert Visit.objects.get().said == "改过一次"
    assert signed_in(world.accounts["team_leader"]).get(path).status_code == 403


def test_a_note_stands_under_the_visit_and_an_empty_one_is_said(world, member) -> None:
    visit = kept(world)
    assert member.post(f"/visits/{visit.pk}/note/", {"note": " "}).status_code == 422
    page = member.post(f"/visits/{visit.pk}/note/", {"note": "实为下午"}, follow=True)
    assert "实为下午" in page.content.decode()
    assert signed_in(world.accounts["leader"]).post(f"/visits/{visit.pk}/note/", {"note": "x"}).status_code == 403


@pytest.mark.parametrize("role", Role.values)
def test_visits_photos_and_workbook_follow_the_policy(world, role: str) -> None:
    theirs = domain.record(
        world.other,
        world.teams[1],
        world.sites[1],
        client_uuid=uuid.uuid4(),
        said="别组走访",
        took_nothing=True,
        photos=[("a.jpg", upload().read())],
    )
    client = signed_in(world.accounts[role])
    photo = theirs.photos.get()
    status = 200 if role in SEES_ALL else 404
    assert client.get(f"/visits/{theirs.pk}/").status_code == status
    assert client.get(f"/visits/{theirs.pk}/saved/").status_code == status
    answer = client.get(f"/visits/photos/{photo.pk}/")
    assert answer.status_code == status
    if status == 200:
        assert b"".join(answer.streaming_content).startswith(b"\xff\xd8")
        assert answer["Content-Type"] == "image/jpeg"
    for path in ("/visits/list/", f"/visits/diary/{world.teams[1].pk}/2020-03-05/", "/visits/calendar/"):
        found = client.get(path)
        assert found.status_code in (200, 403, 404)
        assert ("别组走访" in found.content.decode()) == (status == 200 and "calendar" not in path)
    book = client.get("/visits/list.xlsx")
    if book.status_code == 200:
        assert (_cells(book.content).count("别组走访") == 1) == (role in SEES_ALL)
    else:
        assert book.status_code == 403
    assert client.get(f"/visits/{theirs.pk}/amend/").status_code in (403, 404)


def _cells(content: bytes) -> list[str]:
    import io

    from openpyxl import load_workbook

    rows = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    return [str(value) for row in rows for value in row]


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("team_member", "/visits/"),
        ("team_member", "/visits/new/"),
        ("campaign_office", "/visits/"),
        ("campaign_office", "/visits/list/?q=x&door=village&since=2020-03-04&raised=yes"),
        ("campaign_office", "/visits/calendar/"),
    ],
)
def test_pages_stay_within_their_queries_and_size(world, role, path, django_assert_max_num_queries) -> None:
    for n in range(40):
        kept(world, at=at(3, 5, 8), findings=[{"title": f"缺{n}"}])
    client = signed_in(world.accounts[role])
    with django_assert_max_num_queries(15):
        assert len(client.get(path).content) < 100_000


def test_a_visits_page_costs_the_same_for_many_needs(world, member, django_assert_max_num_queries) -> None:
    visit = kept(world, findings=[{"title": f"缺{n}"} for n in range(12)])
    for path in (f"/visits/{visit.pk}/", f"/visits/{visit.pk}/saved/", f"/visits/{visit.pk}/amend/"):
        with django_assert_max_num_queries(25):
            member.get(path)


def test_filters_that_cannot_be_read_are_said_and_passed_over(world) -> None:
    kept(world)
    answer = signed_in(world.accounts["campaign_office"]).get("/visits/list/?since=gestern&door=wald&page=x")
    assert answer.status_code == 200 and "本组走访" in answer.content.decode()


def test_the_diary_leads_to_the_last_day_and_refuses_nonsense(world, member) -> None:
    kept(world)
    team = world.teams[0].pk
    assert member.get(f"/visits/diary/{team}/")["Location"] == f"/visits/diary/{team}/2020-03-05/"
    page = member.get(f"/visits/diary/{team}/2020-03-05/").content.decode()
    assert "本组走访" in page and "2020年3月5日" in page
    assert member.get(f"/visits/diary/{team}/bald/").status_code == 404
    assert "本组走访" not in member.get(f"/visits/diary/{team}/2020-03-04/").content.decode()


def test_many_rows_are_written_by_a_job_into_a_file_of_the_account(
    world, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    monkeypatch.setattr("sijin.visits.views.listing.AT_HAND", 1)
    for hour in (8, 9):
        kept(world, at=at(3, 5, hour), said=f"走访{hour}")
    office = signed_in(world.accounts["campaign_office"])
    assert office.get("/visits/list.xlsx?q=走访8")["Content-Type"] == files_of.XLSX
    page = office.get("/visits/list.xlsx?q=走访")
    assert page.status_code == 200 and 'method="post"' in page.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        started = office.post("/visits/list.xlsx?q=走访")
    assert started["Location"].startswith("/jobs/")
    made = Job.objects.get(kind="visits_export")
    assert (made.state, made.done, made.total) == ("done", 2, 2)
    sent = office.get(f"{made.result['url']}fetch/")
    cells = _cells(b"".join(sent.streaming_content) if sent.streaming else sent.content)
    assert {"走访8", "走访9"} <= set(cells)
    assert signed_in(world.accounts["leader"]).get(f"{made.result['url']}fetch/").status_code == 404


def test_a_category_taken_against_the_suggestion_teaches_once(world, member) -> None:
    odd = {"title": "木船想修一修", "text": "老渔村那条木船，留个念想"}
    taken = triage.suggest(world.accounts["team_member"], "\n".join(odd.values()))[0]
    first, second = taken[0].code, taken[1].code
    post = sending(
        world,
        odd | {"category": second, "suggested": first},
        {"title": "缺焊工", "category": "labor", "suggested": "labor"},  # taken as suggested
        {"title": "路坏了", "category": "finance"},  # nothing was suggested: offline, or no script
        {"title": "贷款难", "suggested": "finance"},  # nothing was taken
    )
    for _sending in range(2):
        assert member.post(NEW, post).status_code == 302
    taught = TriageExample.objects.get()
    assert (taught.category, taught.suggested, taught.by) == (second, first, world.accounts["team_member"])
    assert triage.suggest(world.accounts["team_member"], "\n".join(odd.values()))[0][0].code == second
    assert Need.objects.filter(title="木船想修一修", category=second).count() == 1


def test_a_finding_that_is_not_well_formed_teaches_nothing(world, member) -> None:
    bad = {"title": "木船想修一修", "category": "no-such", "suggested": "culture"}
    assert member.post(NEW, sending(world, bad)).status_code == 422
    assert not TriageExample.objects.exists()
