"""A team's week: planned from workload, promises and visits; shown to who may see the team; calendar and team sheet."""

import io
import re
import shutil
import subprocess
import uuid
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import override_settings
from docx import Document

from sijin.dispatch.domain import sketch, team_sheets, weeks
from sijin.dispatch.domain.paces import pace_of
from sijin.dispatch.files.team_sheet import document
from sijin.dispatch.models import Membership, Posting, Team
from sijin.people.models import Account, Job, Official, Role
from sijin.places.models import Site
from sijin.visits.models import PlannedVisit, Visit
from tests.conftest import at
from tests.web.test_access import signed_in

NEXT = date(2020, 3, 23)  # the Monday after the cut-off, which is Friday the 20th


@pytest.fixture
def posted(field):
    """Team 市01 has a base and three sites around it; 市02 has one; the cut-off is Friday 20 March."""
    field.team = field.teams["市01"]
    Team.objects.filter(pk=field.team.pk).update(lat=36.9, lon=121.5)
    field.team.refresh_from_db()
    for n in range(3):
        site = Site.objects.create(
            code=f"w{n}", door="village", name=f"西村{n}", region=field.west, county=field.west,
            lat=36.9 + 0.03 * n, lon=121.5 + 0.05, workload=1.0, generated=n == 0, skills=["agriculture"] if n else [],
        )  # fmt: skip
        Posting.objects.create(team=field.team, site=site, since=date(2020, 3, 4), kilometres=4 + n)
        field.sites[f"w{n}"] = site
    Posting.objects.create(team=field.teams["市02"], site=field.sites["数厂"], since=date(2020, 3, 4))
    for number, name, leads in (("市01", "丙", True), ("市01", "丁", False), ("市02", "戊", True)):
        Membership.objects.create(team=field.teams[number], official=field.people[name], leads=leads)
    field.member = Account.objects.create(username="m1", role=Role.TEAM_MEMBER, official=field.people["丁"])
    field.campaign.refresh_from_db()
    field.client = signed_in(field.office)
    return field


def visited(field, site: str, when: datetime) -> Visit:
    return Visit.objects.create(
        client_uuid=uuid.uuid4(), campaign=field.campaign, team=field.team, site=field.sites[site],
        recorded_by=field.member, at=when, recorded_at=when, took_nothing=True,
    )  # fmt: skip


def promised(field, site: str, day: date) -> None:
    PlannedVisit.objects.create(
        team=field.team, site=field.sites[site], day=day, planned_by=field.member, planned_at=at(3, 19)
    )


def on(week: weeks.TeamWeek, name: str) -> list[int]:
    """Return the weekdays on which a site is visited."""
    return [day.date.weekday() for day in week.days for stop in day.stops if stop.site.name == name]


def test_workload_becomes_visits_and_minutes(posted) -> None:
    pace = pace_of(posted.campaign)
    assert [pace.asked(load, 5) for load in (0, 0.5, 0.6, 1.0, 1.6, 2.5)] == [
        (0, 5), (1, 180), (2, 110), (2, 180), (4, 145), (5, 180)
    ]  # fmt: skip
    assert pace.asked(1.0, 3) == (2, 110) and pace.asked(1.0, 6) == (2, 180) and pace.asked(1.0, 0) == (0, 5)


def test_a_week_to_come_visits_every_site_and_spreads_it(posted) -> None:
    week = weeks.week_of(posted.office, posted.team, NEXT)
    assert (week.asked, week.stops, week.missing, week.visited) == (6, 6, 0, 0)
    assert week.solved.gap < 1e-6 and week.base == (36.9, 121.5) and week.base_known
    for n in range(3):
        first, second = on(week, f"西村{n}")
        assert second - first >= 2
    for day in week.days:
        for before, after in zip(day.stops, day.stops[1:], strict=False):
            assert before.leave <= after.start
        if day.stops:
            assert time(8, 30) <= day.out < day.stops[0].start and day.stops[-1].leave < day.back <= time(17, 30)
            assert all(stop.start.minute % 5 == 0 for stop in day.stops)


def test_holidays_are_not_worked_and_make_up_days_are(posted) -> None:
    week = weeks.week_of(posted.office, posted.team, date(2020, 4, 6))  # Monday 6 April 2020: Qingming
    assert not week.days[0].worked and not week.days[0].stops and all(day.worked for day in week.days[1:])
    holiday = weeks.week_of(posted.office, posted.team, date(2020, 5, 4))  # 4, 5 May off, Saturday 9 May worked
    assert [day.date.day for day in holiday.days if day.worked] == [6, 7, 8, 9]
    assert holiday.stops == 6 and not holiday.days[0].stops


def test_promised_days_hold_and_visits_made_count(posted) -> None:
    promised(posted, "w0", NEXT + timedelta(2))
    week = weeks.week_of(posted.office, posted.team, NEXT)
    assert 2 in on(week, "西村0")
    assert [stop.why.code for stop in week.days[2].stops if stop.site.name == "西村0"] == ["fixed"]

    visited(posted, "w1", at(3, 16, 9))  # Monday of the present week
    now = weeks.week_of(posted.office, posted.team, date(2020, 3, 16))
    monday, *between, friday = now.days
    assert [(stop.site.name, stop.start, stop.visited) for stop in monday.stops] == [("西村1", time(9, 0), True)]
    assert all(day.gone and not day.stops for day in between)
    assert not friday.gone and friday.stops and 4 in on(now, "西村1")


def test_a_week_that_is_over_shows_what_was_visited(posted) -> None:
    visited(posted, "w2", at(3, 11, 9))
    visited(posted, "数厂", at(3, 12, 9))  # not the team's site: outside the round
    week = weeks.week_of(posted.office, posted.team, date(2020, 3, 9))
    assert week.over and week.visited == 2 and week.missing == 0
    assert [stop.visited for day in week.days for stop in day.stops if stop.site.name == "西村2"].count(True) == 1
    assert any(stop.site.name == "数厂" and stop.visited for stop in week.days[3].stops)


def test_what_does_not_fit_is_named_with_its_reason(posted) -> None:
    Site.objects.filter(pk=posted.sites["w2"].pk).update(lat=38.9)
    Site.objects.filter(code__in=["w0", "w1"]).update(workload=3.0)
    week = weeks.week_of(posted.office, posted.team, NEXT)
    reasons = {left.site.name: (left.count, left.why.code) for left in week.left}
    assert reasons["西村2"] == (2, "far") and week.missing == sum(count for count, _code in reasons.values())
    body = posted.client.get(f"/dispatch/teams/{posted.team.pk}/week/?from=2020-03-23").content.decode()
    assert "西村2" in body and "排不下" in body and "往返加走访需" in body


def test_nobody_comes_before_a_site_opens_or_after_it_closes(posted) -> None:
    site = posted.sites["w1"]
    Site.objects.filter(pk=site.pk).update(opens=time(13, 30), closes=time(16, 45))
    week = weeks.week_of(posted.office, posted.team, NEXT)
    stops = [stop for day in week.days for stop in day.stops if stop.site.pk == site.pk]
    assert len(stops) == 2 and all(time(13, 30) <= stop.start and stop.leave <= time(16, 45) for stop in stops)
    Site.objects.filter(pk=site.pk).update(opens=time(19), closes=time(23, 59))
    week = weeks.week_of(posted.office, posted.team, NEXT)
    assert site.name not in {stop.site.name for day in week.days for stop in day.stops}
    assert {left.words for left in week.left if left.site.pk == site.pk} == {"仅19:00至24:00可走访"}


def test_without_a_base_the_way_begins_in_the_middle_of_the_sites(posted) -> None:
    Team.objects.update(lat=None, lon=None)
    team = Team.objects.select_related("campaign").get(pk=posted.team.pk)
    week = weeks.week_of(posted.office, team, NEXT)
    assert not week.base_known and week.base == pytest.approx((36.93, 121.55))
    body = posted.client.get(f"/dispatch/teams/{team.pk}/week/").content.decode()
    assert "尚无驻地" in body


@pytest.mark.parametrize(
    ("asked", "monday"),
    [("", (3, 16)), ("2020-03-25", (3, 23)), ("nonsense", (3, 16)), ("1999-01-01", (3, 16)), ("9999-12-31", (3, 16))],
)
def test_any_day_names_its_week(posted, asked: str, monday: tuple[int, int]) -> None:
    assert weeks.monday_of(posted.campaign, asked) == date(2020, *monday)


def test_numbers_of_the_sketch_do_not_cover_each_other(posted) -> None:
    Site.objects.filter(code__startswith="w").update(lat=36.9, lon=121.5)
    week = weeks.week_of(posted.office, posted.team, NEXT)
    drawn, scale = sketch.sketches(week)
    assert float(scale.bar) > 0 and scale.bar_km
    for picture in filter(None, drawn):
        places = [(float(mark.x), float(mark.y)) for mark in picture.stops]
        for n, (x, y) in enumerate(places):
            assert 0 <= x <= sketch.WIDTH and 0 <= y <= sketch.HEIGHT
            assert all((x - a) ** 2 + (y - b) ** 2 > 15**2 for a, b in places[n + 1 :])


# --- the page


def test_the_page_shows_the_round_within_its_queries(posted, django_assert_max_num_queries) -> None:
    path = f"/dispatch/teams/{posted.team.pk}/week/?from=2020-03-23"
    posted.client.get(path)
    with django_assert_max_num_queries(15):
        answer = posted.client.get(path)
    body = answer.content.decode()
    assert len(body) < 100_000 and answer.status_code == 200
    assert body.count('<svg class="sketch"') == sum(bool(day.stops) for day in weeks.week_of(
        posted.office, posted.team, NEXT).days)  # fmt: skip
    assert "西村0" in body and "数厂" not in body and "已证明" in body
    assert "?from=2020-03-16" in body and "?from=2020-03-30" in body and "week.ics?from=2020-03-23" in body


def test_a_member_sees_their_own_team_and_no_other(posted) -> None:
    client, other = signed_in(posted.member), posted.teams["市02"]
    assert "西村0" in client.get(f"/dispatch/teams/{posted.team.pk}/week/").content.decode()
    for path in ("week/", "week.ics", "sheet.docx"):
        assert client.get(f"/dispatch/teams/{other.pk}/{path}").status_code == 404
    assert client.get(f"/api/teams/{other.pk}/week").status_code == 404
    assert "数厂" in posted.client.get(f"/dispatch/teams/{other.pk}/week/").content.decode()


@pytest.mark.parametrize("role", [Role.DEPARTMENT_HANDLER, Role.SITE_CONTACT, Role.ADMINISTRATOR])
def test_others_see_no_week(posted, role: str) -> None:
    client = signed_in(Account.objects.create(username=f"o{role}", role=role))
    assert client.get(f"/dispatch/teams/{posted.team.pk}/week/").status_code == 404
    assert client.get("/dispatch/sheets/").status_code == 403
    assert client.post("/dispatch/sheets.docx").status_code == 403


def test_a_team_without_sites_is_told_what_comes(posted) -> None:
    body = posted.client.get(f"/dispatch/teams/{posted.teams['省01'].pk}/week/").content.decode()
    assert 'class="card empty"' in body and "sketch" not in body.split("<main")[1].split("</main>")[0]
    assert posted.client.get(f"/dispatch/teams/{posted.teams['省01'].pk}/week.ics").status_code == 200


def test_the_ways_to_the_week(posted) -> None:
    link = f"/dispatch/teams/{posted.team.pk}/week/"
    assert link in posted.client.get(f"/dispatch/teams/{posted.team.pk}/").content.decode()
    assert link in signed_in(posted.member).get("/visits/").content.decode()


def test_the_api_gives_the_same_week(posted) -> None:
    promised(posted, "w0", NEXT)
    found = posted.client.get(f"/api/teams/{posted.team.pk}/week?from=2020-03-26").json()
    week = weeks.week_of(posted.office, posted.team, NEXT)
    assert found["monday"] == "2020-03-23" and found["gap"] == 0 and found["base"] == [36.9, 121.5]
    assert found["days"][0]["out"] == "08:30" and found["days"][0]["stops"][0]["start"].endswith(("0", "5"))
    assert found["kilometres"] == pytest.approx(week.km) and found["left"] == []
    told = [[stop["site"]["name"] for stop in day["stops"]] for day in found["days"]]
    assert told == [[stop.site.name for stop in day.stops] for day in week.days]
    assert [stop["promised"] for stop in found["days"][0]["stops"] if stop["site"]["name"] == "西村0"] == [True]
    assert posted.client.get(f"/api/teams/{posted.team.pk}/week?from=soon").status_code == 422


# --- the calendar


def events(content: bytes) -> list[dict[str, str]]:
    """Read an iCalendar file: unfolded lines of every event by property."""
    text = content.decode()
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = text.replace("\r\n ", "").split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2] == "END:VCALENDAR" and "VERSION:2.0" in lines
    found: list[dict[str, str]] = []
    for line in lines:
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and ":" in line:
            name, value = line.split(":", 1)
            found[-1][name] = value
    return found


def test_the_calendar_holds_what_is_still_to_be_visited(posted) -> None:
    site = posted.sites["w0"]
    Site.objects.filter(pk=site.pk).update(name="茶厂；甲, 乙; 丙\\丁" + "长名" * 20)
    promised(posted, "w0", NEXT)
    path = f"/dispatch/teams/{posted.team.pk}/week.ics?from=2020-03-23"
    answer = posted.client.get(path)
    assert (
        answer.headers["Content-Type"].startswith("text/calendar") and ".ics" in answer.headers["Content-Disposition"]
    )
    found = events(answer.content)
    week = weeks.week_of(posted.office, posted.team, NEXT)
    stops = [(day.date, stop) for day in week.days for stop in day.stops]
    assert len(found) == len(stops) == 6
    for event, (day, stop) in zip(found, stops, strict=True):
        start = datetime.strptime(event["DTSTART"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        assert start == at(day.month, day.day, stop.start.hour) + timedelta(minutes=stop.start.minute)
        assert event["DTEND"] > event["DTSTART"] and event["DTSTAMP"] == "20200320T020000Z"
    own = [event for event in found if f"-{site.pk}-" in event["UID"]]
    assert "茶厂；甲\\, 乙\\; 丙\\\\丁" in own[0]["SUMMARY"]
    assert {event["STATUS"] for event in own} == {"CONFIRMED", "TENTATIVE"}
    assert len({event["UID"] for event in found}) == 6
    assert posted.client.get(path).content == answer.content  # taken in again, it moves nothing
    visited(posted, "w1", at(3, 16, 9))
    past = events(posted.client.get(f"/dispatch/teams/{posted.team.pk}/week.ics").content)
    assert all(event["DTSTART"] >= "20200320" for event in past)


# --- the team sheet


def words_of(content: bytes) -> str:
    doc = Document(io.BytesIO(content))
    cells = [cell.text for table in doc.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in doc.paragraphs), *cells])


def test_the_sheet_names_members_sites_and_the_round(posted) -> None:
    member = Membership.objects.get(official=posted.people["丁"])
    member.reason = "熟悉西片"
    member.save()
    answer = posted.client.get(f"/dispatch/teams/{posted.team.pk}/sheet.docx?from=2020-03-23")
    assert answer.headers["Content-Type"].endswith("wordprocessingml.document")
    doc, text = Document(io.BytesIO(answer.content)), words_of(answer.content)
    section = doc.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    people, sites, round_ = doc.tables
    assert [row.cells[1].text for row in people.rows] == ["姓名", "丙（组长）", "丁"]
    assert people.rows[2].cells[3].text == "农业技术" and people.rows[2].cells[4].text == "熟悉西片"
    assert [row.cells[1].text for row in sites.rows[1:]] == ["西村0＊", "西村1", "西村2"]
    assert [cell.text for cell in sites.rows[2].cells] == ["2", "西村1", "乡村", "乳山市", "农业技术", "5.0"]
    assert len(round_.rows) == 7 and round_.rows[1].cells[0].text.startswith("3月23日（周一）")
    for words in (
        "派驻工作组任务单",
        "市01组",
        "2020年3月20日",
        "2020年3月23日—27日",
        "本周走访6次",
        "组长签字",
        "演示生成",
    ):
        assert words in text, words
    assert "数厂" not in text and "戊" not in text


def test_a_sheet_without_anything_made_up_says_nothing_of_it(posted) -> None:
    Site.objects.update(generated=False)
    assert "演示生成" not in words_of(posted.client.get(f"/dispatch/teams/{posted.team.pk}/sheet.docx").content)
    bare = words_of(posted.client.get(f"/dispatch/teams/{posted.teams['省01'].pk}/sheet.docx").content)
    assert "尚未编入人员" in bare and "尚未派驻点位" in bare and "没有走访安排" in bare


def test_libreoffice_opens_the_sheet(posted, tmp_path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    teams = team_sheets.teams_of(posted.office, posted.campaign)
    (tmp_path / "sheet.docx").write_bytes(document(team_sheets.sheets_of(posted.office, teams, NEXT)))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "sheet.docx")], check=True, capture_output=True, timeout=120)
    pdf = (tmp_path / "sheet.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= teams.count()  # each team begins a page


def test_a_countys_sheets_come_in_one_file_with_page_breaks(posted) -> None:
    answer = posted.client.get(f"/dispatch/sheets.docx?county={posted.west.pk}")
    assert "市01组" in words_of(answer.content) and "市02组" not in words_of(answer.content)
    everyone = Document(io.BytesIO(posted.client.post("/dispatch/sheets.docx").content))
    titles = [paragraph for paragraph in everyone.paragraphs if paragraph.text == "派驻工作组任务单"]
    assert [bool(title.paragraph_format.page_break_before) for title in titles] == [False, True, True]
    own = words_of(signed_in(posted.member).get("/dispatch/sheets.docx").content)
    assert "市01组" in own and "市02组" not in own and "戊" not in own
    assert posted.client.get("/dispatch/sheets.docx?county=999").status_code == 422
    assert posted.client.get("/dispatch/sheets.docx?county=x' or 1").status_code == 422
    page = posted.client.get("/dispatch/sheets/").content.decode()
    assert "乳山市" in page and "荣成市" in page


def test_many_sheets_are_written_by_a_job(posted, tmp_path, django_capture_on_commit_callbacks) -> None:
    unit = posted.people["丙"].unit
    for n in range(60):
        team = Team.objects.create(
            campaign=posted.campaign, number=f"市1{n:02d}", name=f"多组{n}", level="city", county=posted.east
        )
        Membership.objects.create(team=team, official=Official.objects.create(code=f"n{n}", name=f"员{n}", unit=unit))
    turned = posted.client.get("/dispatch/sheets.docx?from=2020-03-23")
    assert turned.headers["Location"] == "/dispatch/sheets/?from=2020-03-23" and not Job.objects.exists()
    with override_settings(MEDIA_ROOT=tmp_path):
        with django_capture_on_commit_callbacks(execute=True):
            answer = posted.client.post(f"/dispatch/sheets.docx?county={posted.east.pk}&from=2020-03-23")
        job = Job.objects.get()
        assert answer.headers["Location"] == f"/jobs/{job.pk}/"
        assert (job.state, job.done, job.total) == (Job.State.DONE, 61, 61)
        made = posted.client.get(job.result["url"])
        text = words_of(b"".join(made.streaming_content))
        assert "多组0" in text and "多组59" in text and "市02组" in text and "市01组" not in text
        assert signed_in(posted.leader).get(job.result["url"]).status_code == 404
    plain = Job.objects.create(account=posted.office, kind="x")
    assert posted.client.get(f"/dispatch/sheets/{plain.pk}.docx").status_code == 404


def test_sheets_cost_the_same_queries_for_few_and_many(posted, django_assert_max_num_queries) -> None:
    for n in range(30):
        Team.objects.create(campaign=posted.campaign, number=f"市1{n:02d}", name=f"多组{n}", level="city")
    teams = team_sheets.teams_of(posted.office, posted.campaign)
    with django_assert_max_num_queries(15):
        assert len(list(team_sheets.sheets_of(posted.office, teams, NEXT))) == 33
