"""Village works: playbooks as data, stages that wait, sums with their numbers, files in versions, shows, leads."""

import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from sijin.ledger.models import Need
from sijin.people.digits import number
from sijin.people.models import Notice, Role
from sijin.people.policy import visible
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Region, Site
from sijin.works.domain.village import answers, leads, papers, places, playbooks, reads, reminding, shows, works
from sijin.works.forms.village import LeadForm
from sijin.works.models import Booking, Lead, VenueSlot, VillageWork, WorkStage
from tests.conftest import SHANGHAI, at, build
from tests.exchange.test_offers import client_of

NOW = at(5, 20)
SURVEY = {
    "people": "380", "households": "146", "drains": "明沟", "pipe": "2,650", "measured_on": "2020-05-01",
}  # fmt: skip
SIZING = {"quota": "80", "coefficient": "0.8", "peak": "2.5", "hours": "24"}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
BOOK = """
playbooks:
  road:
    name: 村路
    stages:
      - {code: measure, name: 测量, days: 2, fields: [{name: long, label: 长, type: decimal, unit: m, min: 1, max: 9}]}
      - code: pave
        name: 铺
        days: 3
        fields: [{name: price, label: 单价, type: int, required: true}]
        sums:
          - code: cost
            name: 造价
            of: product
            takes: {first: measure.long, second: pave.price}
            show: "{first} m × {second} 元/m"
            unit: 元
"""


@pytest.fixture(scope="module")
def prepared(django_db_setup, django_db_blocker, tmp_path_factory):
    """One small campaign in a village for the whole module; each test takes back what it did."""
    media = tmp_path_factory.mktemp("files")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), transaction.atomic():
        world = build()
        Site.objects.update(door="village")
        world.campaign.cutoff = NOW
        world.campaign.save()
        world.sites[0].refresh_from_db()
        world.town = Region.objects.create(
            system="nbs", year=2023, code="371002010", name="嵩山街道", level="town", parent=world.county
        )
        yield world
        transaction.set_rollback(True)


@pytest.fixture
def world(db, prepared: SimpleNamespace) -> SimpleNamespace:
    return prepared


@pytest.fixture
def office(world):
    return world.accounts["campaign_office"]


@pytest.fixture
def work(world, office) -> VillageWork:
    facts = {"site": world.sites[0], "team": world.teams[0], "need": world.need, "unit": world.units[0]}
    return works.begin(office, world.campaign, "sewage", "污水治理", begun_on=date(2020, 4, 20), **facts)


def stage(work: VillageWork, code: str) -> WorkStage:
    return WorkStage.objects.get(work=work, code=code)


def fill(office, work: VillageWork, code: str, values: dict, on: date | None = None) -> WorkStage:
    row = works.answer(office, stage(work, code), values, version=None, at=NOW)
    return works.tick(office, row, on=on, version=None, at=NOW) if on else row


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("type: decimal", "type: number", "playbook road, stage measure, field long: type “number”"),
        ("max: 9", "max: 0", "playbook road, stage measure, field long: min 1 is above max 0"),
        ("min: 1", "least: 1", "playbook road, stage measure, field long: unknown key “least”"),
        ("of: product", "of: times", "playbook road, stage pave, sum cost: there is no function “times”"),
        (
            "second: pave.price}",
            "third: pave.price}",
            "playbook road, stage pave, sum cost: takes: “product” takes first",
        ),
        ("measure.long", "measure.width", "takes first: “measure.width”: stage measure has no field “width”"),
        ("measure.long", "after.long", "there is no stage “after” here or before it"),
        ("{second} 元/m", "{price} 元/m", "playbook road, stage pave, sum cost: show"),
        ("code: pave", "code: measure", "playbook road, stage measure: this code stands there twice"),
        ("days: 2", "days: two", "playbook road, stage measure: days “two”"),
        ("name: 村路", "title: 村路", "playbook road: unknown key “title”"),
        ("code: pave", "code: 铺", "“铺” is no code"),
        ("type: int", "type: choice", "field price: choices stand with a field of type choice"),
        ("playbooks:", "books:", "expected `playbooks`"),
        ("required: true", "required: true, default: x", "field price: default “x” is none that the field takes"),
        ("unit: 元\n", "unit: 元\n            mark: Q\n", "sum cost: mark “Q”; expected S or K"),
    ],
)
def test_a_fault_in_the_data_is_named_by_playbook_stage_and_field(old: str, new: str, told: str) -> None:
    assert list(playbooks.read(BOOK)) == ["road"]
    with pytest.raises(playbooks.PlaybookError) as fault:
        playbooks.read(BOOK.replace(old, new, 1))
    assert told in str(fault.value)


def test_a_new_playbook_needs_nothing_but_its_data(world, office, monkeypatch) -> None:
    more = {**playbooks.books(), **playbooks.read(BOOK)}
    monkeypatch.setattr(playbooks, "books", lambda: more)
    road = works.begin(office, world.campaign, "road", "修路", site=world.sites[0])
    fill(office, road, "measure", {"long": "2.5"}, on=NOW.date())
    fill(office, road, "pave", {"price": "400"})
    (cost,) = reads.sums(road, more["road"].stages[1])
    assert cost.text == "2.5 m × 400 元/m = 1,000 元"
    page = client_of(office).get(f"/sites/village/{road.pk}/").content.decode()
    assert "2.5 m × 400 元/m" in page and "1,000 元" in page


def test_a_stage_that_the_playbook_has_no_more_does_not_hold_up_the_work(world, office, monkeypatch) -> None:
    work = works.begin(office, world.campaign, "heritage", "旧址", site=world.sites[0], begun_on=date(2020, 4, 20))
    fill(office, work, "repair", {"area": "120"})
    told = playbooks.books()["heritage"]
    monkeypatch.setattr(playbooks, "books", lambda: {"heritage": replace(told, stages=told.stages[1:])})
    client, here = client_of(office), f"/sites/village/{work.pk}/"
    assert "已填内容仍保留" in client.get(here).content.decode()
    sent = {"version": stage(work, "repair").version, "on": "2020-05-02", "tick": "1"}
    assert client.post(f"{here}stages/repair/", sent).status_code == 302
    assert (stage(work, "repair").done_on, stage(work, "repair").answers) == (date(2020, 5, 2), {"area": "120"})
    assert client.get(f"{here}sheet/").status_code == 200


def test_a_stage_waits_for_those_before_it_for_its_form_and_its_papers(office, work) -> None:
    with pytest.raises(RuleBroken, match="实地测量、水量测算") as refused:
        works.tick(office, stage(work, "design"), on=NOW.date(), version=None, at=NOW)
    assert refused.value.facts["before"] == "实地测量、水量测算"
    row = works.answer(office, stage(work, "survey"), {"people": "380"}, version=1, at=NOW)
    assert row.answers == {"people": 380}  # half of a form is kept
    with pytest.raises(RuleBroken, match="户数") as open_:
        works.tick(office, row, on=date(2020, 5, 2), version=2, at=NOW)
    assert open_.value.facts["field"] == "households"
    fill(office, work, "survey", SURVEY, on=date(2020, 5, 2))
    fill(office, work, "sizing", SIZING)
    for day, words in ((date(2020, 5, 1), "2020-05-02"), (date(2020, 5, 21), "今天")):
        with pytest.raises(RuleBroken, match=words):
            works.tick(office, stage(work, "sizing"), on=day, version=None, at=NOW)
    works.tick(office, stage(work, "sizing"), on=date(2020, 5, 4), version=None, at=NOW)
    design = {"process": "单户处理", "separated": "no", "pipe_price": "400", "plant_cost": "0"}
    for given_, words in ((design, "雨污分流"), ({**design, "separated": "yes"}, "设计方案")):
        fill(office, work, "design", given_)
        with pytest.raises(RuleBroken, match=words):
            works.tick(office, stage(work, "design"), on=NOW.date(), version=None, at=NOW)
    papers.add(office, work, "设计方案", "a.pdf", PDF, at=NOW)
    before = stage(work, "design")
    after = works.tick(office, before, on=NOW.date(), version=before.version, at=NOW)
    again = works.tick(office, before, on=NOW.date(), version=before.version, at=NOW)
    assert after.done_on == NOW.date() and again.version == after.version
    with pytest.raises(RuleBroken, match="设计方案"):
        works.untick(office, stage(work, "survey"), version=None, at=NOW)
    with pytest.raises(RuleBroken, match="排放系数") as emptied:
        works.answer(office, stage(work, "sizing"), {"quota": "80"}, version=None, at=NOW)
    assert emptied.value.facts["field"] == "coefficient"


def test_every_change_can_be_taken_back_in_its_order(office, work) -> None:
    fill(office, work, "survey", SURVEY, on=date(2020, 5, 2))
    work = works.shelve(office, VillageWork.objects.get(pk=work.pk), because="缺款",
                        version=VillageWork.objects.get(pk=work.pk).version, at=NOW)  # fmt: skip
    assert reads.standing(work, NOW.date()).state == "shelved"
    with pytest.raises(RuleBroken):
        works.tick(office, stage(work, "sizing"), on=NOW.date(), version=None, at=NOW)
    seen = []
    for _ in range(3):
        work = works.undo(office, work, version=work.version, at=NOW)
        row = stage(work, "survey")
        seen.append((work.shelved_on, row.done_on, row.answers.get("people")))
    assert seen == [(None, date(2020, 5, 2), 380), (None, None, 380), (None, None, None)]
    with pytest.raises(RuleBroken):
        works.undo(office, work, version=work.version, at=NOW)


def test_a_stage_that_is_planned_anew_takes_those_after_it_along(office, work) -> None:
    def days() -> list[date]:
        return list(work.stages.values_list("planned_on", flat=True))

    before = days()
    works.plan(office, stage(work, "sizing"), before[1] + timedelta(7), version=None, at=NOW)
    assert days() == [before[0], *(day + timedelta(7) for day in before[1:])]
    with pytest.raises(RuleBroken, match="实地测量"):
        works.plan(office, stage(work, "sizing"), before[0] - timedelta(1), version=None, at=NOW)
    works.undo(office, work, version=VillageWork.objects.get(pk=work.pk).version, at=NOW)
    assert days() == before


@pytest.mark.parametrize(
    ("code", "name", "typed", "told"),
    [
        ("survey", "people", "三百", "三百"),
        ("survey", "people", "380.5", "380.5"),
        ("survey", "people", "0", "50,000"),
        ("survey", "people", "NaN", "NaN"),
        ("survey", "people", "1e99", "1e99"),
        ("survey", "drains", "河", "散排"),
        ("survey", "measured_on", "5月1日", "2020-05-20"),
        ("survey", "outlet", "长" * 121, "120"),
        ("sizing", "coefficient", "0.9", "0.8"),
        ("design", "separated", "maybe", "maybe"),
        ("survey", "nothing", "1", ""),
    ],
)
def test_an_answer_that_is_none_is_refused_beside_its_field(office, work, code, name, typed, told) -> None:
    with pytest.raises(RuleBroken) as refused:
        works.answer(office, stage(work, code), {name: typed}, version=None, at=NOW)
    assert told in refused.value.facts["fields"][name]
    assert stage(work, code).answers == {}


@settings(max_examples=40)
@given(people=st.integers(1, 50_000), quota=st.integers(5, 150), share=st.sampled_from(["0.4", "0.55", "0.8"]))
def test_the_flow_is_people_times_quota_times_coefficient(people: int, quota: int, share: str) -> None:
    told = playbooks.books()["sewage"]
    given_ = {"survey": {"people": people}, "sizing": {"quota": str(quota), "coefficient": share}}
    made = answers.all_worked(told, given_)["flow"]
    exact = Decimal(people) * quota * Decimal(share) / 1000
    assert abs(made.value - exact) <= Decimal("0.05")
    assert made.formula.replace(",", "") == f"{people} 人 × {quota} L/(人·日) × {share}"


def test_sums_are_worked_out_of_the_numbers_that_are_shown_and_say_what_is_missing(office, work) -> None:
    fill(office, work, "survey", SURVEY)
    told = playbooks.books()["sewage"]
    blank = reads.sums(work, told.stages[1])[0]
    assert blank.value is None and blank.missing == ("人均日用水量", "排放系数")
    fill(office, work, "sizing", SIZING)
    work = VillageWork.objects.get(pk=work.pk)
    assert [one.text for one in reads.sums(work, told.stages[1])] == [
        "380 人 × 80 L/(人·日) × 0.8 = 24.3 m³/日",
        "24.3 m³/日 ÷ 24 h × 2.5 = 2.53 m³/h",
        "24.3 m³/日 × 24 h ÷ 24 h = 24.3 m³",
    ]
    zero = answers.all_worked(told, {"works": {"laid": "1"}, "survey": {"pipe": "0"}})["done"]
    assert zero.value is None and zero.missing == ()


def test_the_sheet_is_given_out_with_live_formulas_and_on_paper(office, work) -> None:
    fill(office, work, "survey", SURVEY)
    fill(office, work, "sizing", SIZING)
    client = client_of(office)
    book = client.get(f"/sites/village/{work.pk}/sheet.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert ["日均污水量", 24.3, "m³/日"] in [row[:3] for row in rows]
    text = "\n".join(
        cell.text
        for table in Document(io.BytesIO(client.get(f"/sites/village/{work.pk}/sheet.docx").content)).tables
        for row in table.rows
        for cell in row.cells
    )
    assert "380 人 × 80 L/(人·日) × 0.8 = 24.3 m³/日" in text
    page = client.get(f"/sites/village/{work.pk}/sheet/").content.decode()
    assert "380 人 × 80 L/(人·日) × 0.8 = <b>24.3 m³/日</b>" in page and "371002" in page


def test_the_same_name_is_the_next_version_and_the_same_content_none(world, office, work) -> None:
    first = papers.add(office, work, "设计方案", "一.pdf", PDF, at=NOW)
    same = papers.add(office, work, "设计方案", "二.pdf", PDF, at=NOW)
    second = papers.add(office, work, "设计方案", "二.pdf", PDF + b"\n", at=NOW)
    assert (first.number, same.pk, second.number, second.stage) == (1, first.pk, 2, "design")
    assert [fault for _file, fault in papers.audit()] == ["", ""] and first.sha256 != second.sha256
    for content in (b"", b"MZ program", PDF + b"/JavaScript"):
        with pytest.raises(RuleBroken) as refused:
            papers.add(office, work, "x", "x.exe", content, at=NOW)
        assert refused.value.facts["field"] == "file"
    first.file.storage.delete(first.file.name)
    (second.file.storage.open(second.file.name, "wb")).write(b"another")
    assert [fault for _file, fault in papers.audit()] == ["the file is missing", "the file was altered"]
    first.file.storage.save(first.file.name, ContentFile(PDF))
    shown = next(paper for paper in papers.papers(work) if paper.name == "设计方案")
    assert [file.number for file in shown.versions] == [2, 1] and shown.required
    here = f"/sites/village/{work.pk}/files/"
    answer = client_of(office).get(f"{here}{first.pk}/")
    assert b"".join(answer.streaming_content) == PDF and "attachment" in answer["Content-Disposition"]
    assert client_of(world.other).get(f"{here}{first.pk}/").status_code == 404
    client = client_of(world.accounts["team_leader"])
    sent = client.post(here, {"file": SimpleUploadedFile("三.pdf", PDF + b"\n\n"), "kind": "设计方案"})
    assert sent.status_code == 302 and work.files.count() == 3
    bad = client.post(here, {"file": SimpleUploadedFile("四.txt", b"words"), "kind": ""})
    assert bad.status_code == 422 and "四.txt" in bad.content.decode()


def _venue(world, office):
    return shows.open_venue(office, world.campaign, "石窝剧场", world.town, unit=world.units[0])


def _day(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2020, 5, day, hour, minute, tzinfo=SHANGHAI)


def test_a_venue_never_holds_two_shows_at_once(world, office, monkeypatch) -> None:
    venue = _venue(world, office)
    first = shows.book(office, venue, "大鼓", _day(19), _day(20, 30), at=NOW)
    for begins, ends in (
        (_day(20), _day(21)),
        (_day(18), _day(19, 30)),
        (_day(18), _day(22)),
        (_day(19), _day(20, 30)),
    ):
        with pytest.raises(RuleBroken, match="大鼓") as refused:
            shows.book(office, venue, "另一场", begins, ends, at=NOW)
        assert refused.value.facts["other"] == first.pk
    next_ = shows.book(office, venue, "电影", _day(20, 30), _day(23), at=NOW)
    with pytest.raises(RuleBroken):
        shows.move(office, next_, _day(20), _day(21), version=1)
    moved = shows.move(office, Booking.objects.get(pk=next_.pk), _day(21), _day(23, 30), version=1)
    first = shows.cancel(office, first, version=1, at=NOW)
    taken = shows.book(office, venue, "京剧", _day(19), _day(20), at=NOW)
    with pytest.raises(RuleBroken, match="京剧"):
        shows.restore(office, first, version=first.version)
    shows.cancel(office, taken, version=1, at=NOW)
    assert shows.restore(office, Booking.objects.get(pk=first.pk), version=first.version).cancelled_at is None
    with pytest.raises(IntegrityError), transaction.atomic():  # the database says no too, whoever asks
        VenueSlot.objects.create(venue=venue, booking=moved, begins_at=_day(19))
    monkeypatch.setattr(shows, "clashes", lambda show: Booking.objects.none())  # as for two people in one moment
    with pytest.raises(RuleBroken, match="石窝剧场"), transaction.atomic():
        shows.book(office, venue, "同时", _day(20), _day(22), at=NOW)
    assert not Booking.objects.filter(title="同时").exists()


@pytest.mark.parametrize(
    ("begins", "ends", "field"),
    [
        (_day(19, 10), _day(20), "begins_at"),
        (_day(20), _day(19), "ends_at"),
        (_day(19), _day(19), "ends_at"),
        (_day(19), _day(19, 30, day=24), "ends_at"),
    ],
)
def test_times_that_make_no_sense_are_refused(world, office, begins, ends, field) -> None:
    venue = _venue(world, office)
    with pytest.raises(RuleBroken) as refused:
        shows.book(office, venue, "大鼓", begins, ends, at=NOW)
    assert refused.value.facts["field"] == field and not Booking.objects.exists()


def test_the_month_shows_each_day_and_the_calendar_file_is_taken_in_elsewhere(world, office) -> None:
    venue = _venue(world, office)
    late = shows.book(office, venue, "守夜；电影", _day(22), _day(2, day=24), at=NOW)
    shows.book(office, venue, "六月", datetime(2020, 6, 25, 19, tzinfo=SHANGHAI),
               datetime(2020, 6, 25, 20, tzinfo=SHANGHAI), at=NOW)  # fmt: skip
    days = {day.date: [show.title for show in day.shows] for week in shows.of_month(office, 2020, 5) for day in week}
    assert {day for day, titles in days.items() if titles} == {date(2020, 5, 23), date(2020, 5, 24)}
    assert min(days) == date(2020, 4, 27) and max(days) == date(2020, 5, 31)
    client = client_of(office)
    ics = client.get("/sites/village/shows/calendar.ics").content.decode()
    assert ics.count("BEGIN:VEVENT") == 2 and f"UID:show-{late.client_uuid}@sijin" in ics
    assert "DTSTART:20200523T140000Z" in ics and "\r\n" in ics
    page = client.get("/sites/village/shows/?month=2020-05").content.decode()
    assert "守夜；电影" in page and "六月" not in page.split('id="book"')[0]
    typed = {"venue": venue.pk, "title": "重叠", "day": "2020-05-23", "begins": "22:30", "ends": "23:30"}
    refused = client.post("/sites/village/shows/?month=2020-05", typed)
    assert (
        refused.status_code == 422 and "守夜；电影" in refused.content.decode() and "重叠" in refused.content.decode()
    )
    uuid = "0b0e7c86-1f8e-4c3e-9a53-000000000001"
    for _ in range(2):
        sent = client.post("/sites/village/shows/", {**typed, "begins": "09:00", "ends": "10:00", "client_uuid": uuid})
        assert sent.status_code == 302
    assert Booking.objects.filter(title="重叠").count() == 1


def test_an_address_that_is_typed_wrong_shows_the_present(office) -> None:
    client = client_of(office)
    for asked in ("month=9999-12", "month=0001-01", "work=²", f"work={'9' * 5000}"):
        page = client.get(f"/sites/village/shows/?{asked}")
        assert page.status_code == 200 and (page.context["first"].year, page.context["first"].month) == (2020, 5)
    assert client.get("/sites/village/shows/calendar.ics?venue=²").status_code == 200
    assert client.get("/sites/village/shows/?month=2099-12").context["after"] is None
    assert [number(text) for text in ("12", "²", "9" * 5000, "-1", "")] == [12, 0, 0, 0, 0]


def test_a_place_that_no_list_has_is_added_under_its_town(world) -> None:
    for words in ("环翠区 嵩山街道 五家疃村", "嵩山街道 五家疃村"):
        with pytest.raises(RuleBroken) as refused:
            places.place_of(words)
        assert refused.value.facts["town"] == world.town.pk
    made = places.place_of("环翠区 嵩山街道 五家疃村", make=True)
    assert (made.system, made.level, made.parent) == ("user", "village", world.town)
    assert places.place_of("嵩山街道 五家疃", make=True) == made
    for words in ("", "火星 五家疃村", "环翠区 五家屯村"):
        with pytest.raises(RuleBroken):
            places.place_of(words, make=True)


def _lead(world, office, **facts) -> Lead:
    return leads.enter(office, world.campaign, "鲁商", "民宿", region=world.town, team=world.teams[0], at=NOW, **facts)


def test_a_lead_goes_from_stage_to_stage_and_signs_with_an_amount(world, office) -> None:
    lead = _lead(world, office)
    with pytest.raises(RuleBroken, match="接洽") as skipped:
        leads.advance(office, lead, "visit", version=1, at=NOW)
    assert "接洽" in skipped.value.facts["before"]
    for to in ("contact", "visit", "talks"):
        lead = leads.advance(office, lead, to, version=lead.version, at=NOW)
    assert leads.advance(office, lead, "talks", version=1, at=NOW).version == lead.version  # said again
    with pytest.raises(RuleBroken) as bare:
        leads.advance(office, lead, "signed", version=lead.version, at=NOW)
    assert bare.value.facts["field"] == "amount"
    lead = leads.correct(office, lead, version=lead.version, at=NOW, amount=Decimal("30000000.00"))
    lead = leads.advance(office, lead, "signed", version=lead.version, at=NOW)
    lead = leads.shelve(office, lead, because="等政策", version=lead.version, at=NOW)
    columns, shelved = leads.board(office)
    assert [column.reached for column in columns] == [1, 1, 1, 1, 1, 0] and shelved == [lead]
    assert [len(column.leads) for column in columns] == [0] * 6
    stages = []
    for _ in range(3):
        lead = leads.undo(office, lead, version=lead.version, at=NOW)
        stages.append((lead.stage, lead.shelved_on, lead.amount))
    assert stages == [
        ("signed", None, Decimal("30000000.00")), ("talks", None, Decimal("30000000.00")), ("talks", None, None),
    ]  # fmt: skip
    with pytest.raises(Stale) as stale:
        leads.correct(office, lead, version=1, at=NOW, purpose="康养")
    assert stale.value.facts["diff"] == {"purpose": ["康养", "民宿"]}
    with pytest.raises(RuleBroken):
        _lead(world, office)


def test_contacts_are_logged_once_and_set_what_is_next(world, office) -> None:
    lead = _lead(world, office)
    client, here = client_of(office), f"/sites/village/leads/{lead.pk}/"
    typed = {
        "on": "2020-05-19", "how": "phone", "said": "有意来看", "next_step": "约日期", "next_on": "2020-05-19",
        "client_uuid": "0b0e7c86-1f8e-4c3e-9a53-000000000002", "version": 1,
    }  # fmt: skip
    for _ in range(2):
        assert client.post(f"{here}spoken/", typed).status_code == 302
    assert lead.contacts.count() == 1
    late = client.post(f"{here}spoken/", {**typed, "on": "2020-05-21", "client_uuid": ""})
    assert late.status_code == 422 and "有意来看" in late.content.decode()
    page = client.get("/sites/village/leads/").content.decode()
    assert "■ 5月19日 约日期" in page
    assert client.post(f"{here}advance/", {"version": 1, "stage": "contact"}).status_code == 409


def test_a_contact_leaves_the_next_step_of_another_hand(world, office) -> None:
    lead = _lead(world, office, next_step="寄资料")
    client, here = client_of(office), f"/sites/village/leads/{lead.pk}/"
    leads.correct(office, lead, version=1, at=NOW, next_step="约日期", next_on=date(2020, 5, 25))
    typed = {"on": "2020-05-19", "how": "phone", "said": "有意来看", "next_step": "寄资料", "version": 1}
    assert client.post(f"{here}spoken/", typed).status_code == 302  # as it was read
    stale = client.post(f"{here}spoken/", {**typed, "next_step": "发邀请"})
    page = stale.content.decode()
    assert stale.status_code == 409 and "发邀请" in page and "约日期" in page and 'name="version" value="2"' in page
    lead.refresh_from_db()
    assert (lead.next_step, lead.version, lead.contacts.count()) == ("约日期", 2, 1)
    assert client.post(f"{here}spoken/", {**typed, "next_step": "发邀请", "version": 2}).status_code == 302
    lead.refresh_from_db()
    assert (lead.next_step, lead.next_on, lead.version) == ("发邀请", None, 3)


def test_what_is_taken_back_must_still_hold(world, office) -> None:
    lead = leads.correct(office, _lead(world, office), version=1, at=NOW, firm="鲁商二部", next_on=date(2020, 5, 1))
    Lead.objects.update(reminded_at=NOW)
    other = _lead(world, office)
    with pytest.raises(RuleBroken, match="鲁商"):
        leads.undo(office, lead, version=2, at=NOW)
    leads.correct(office, other, version=1, at=NOW, firm="别家")
    back = leads.undo(office, lead, version=2, at=NOW)
    assert (back.firm, back.next_on, back.reminded_at) == ("鲁商", None, None)


def test_who_corrects_a_row_keeps_what_they_may_not_choose(world, office, work) -> None:
    account = world.accounts["team_leader"]
    Need.objects.filter(pk=world.need_other.pk).update(site=work.site)
    VillageWork.objects.filter(pk=work.pk).update(need=world.need_other)  # another team's: not theirs to choose
    client, page = client_of(account), f"/sites/village/{work.pk}/correct/"
    form = client.get(page).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}
    assert world.need_other not in visible(account, Need)
    assert client.post(page, {**typed, "title": "新名"}).status_code == 302
    work.refresh_from_db()
    assert (work.title, work.need, work.unit) == ("新名", world.need_other, world.units[0])
    lead = _lead(world, office)
    Lead.objects.filter(pk=lead.pk).update(team=world.teams[1])
    lead.refresh_from_db()
    facts = {"version": 1, "firm": "鲁商", "purpose": "民宿"}
    kept = LeadForm({**facts, "team": lead.team_id}, account=account, made=lead)
    assert kept.is_valid() and kept.cleaned_data["team"] == lead.team
    assert not LeadForm({**facts, "team": world.teams[1].pk}, account=account).is_valid()


def test_what_is_due_is_told_once(world, office, work) -> None:
    _lead(world, office, next_on=NOW.date(), next_step="回访")
    stages = WorkStage.objects.filter(work=work)
    assert stages[0].planned_on < NOW.date() and stages[1].planned_on < NOW.date()
    assert reminding.remind(world.campaign) == 2  # the present stage alone, and the lead
    told = Notice.objects.filter(account=world.accounts["team_leader"])
    assert {notice.code for notice in told} == {"village-stage-due", "lead-due"}
    assert reminding.remind(world.campaign) == 0
    works.plan(office, stages[0], date(2020, 4, 21), version=None, at=NOW)
    assert reminding.remind(world.campaign) == 1


def test_the_list_counts_by_stage_and_filters(world, office, work) -> None:
    other = works.begin(world.other, world.campaign, "heritage", "旧址", site=world.sites[1], team=world.teams[1])
    fill(office, work, "survey", SURVEY, on=date(2020, 5, 2))
    counted = {told.code: dict((s.code, n) for s, n in stages if n) for told, n, stages in reads.tally(office) if n}
    assert counted == {"sewage": {"sizing": 1}, "heritage": {"repair": 1}}

    def found(**wanted) -> list[str]:
        return [row.title for row in reads.listed(office, reads.Wanted(**wanted), NOW.date())]

    assert found(playbook="sewage", stage="sizing") == ["污水治理"] and found(playbook="sewage", stage="survey") == []
    assert (
        found(team=world.teams[1].pk) == ["旧址"] and found(late=True) == ["污水治理"] and found(q="企业1") == ["旧址"]
    )
    leader = client_of(world.accounts["team_leader"])
    page = leader.get("/sites/village/").content.decode()
    assert "污水治理" in page and "旧址" not in page
    assert leader.get(f"/sites/village/{other.pk}/").status_code == 404
    assert "污水治理" in leader.get(f"/sites/{world.sites[0].pk}/").content.decode()
    with pytest.raises(NotAllowed):
        works.begin(world.accounts["team_leader"], world.campaign, "heritage", "x", site=world.sites[1])


def test_a_list_asks_as_often_for_many_works_as_for_one(world, office, work, django_assert_num_queries) -> None:
    client = client_of(office)
    with CaptureQueriesContext(connection) as one:
        client.get("/sites/village/")
    for n in range(8):
        works.begin(office, world.campaign, "tea", f"茶{n}", site=world.sites[n % 2], team=world.teams[n % 2])
    with django_assert_num_queries(len(one)):
        assert client.get("/sites/village/").content.decode().count("茶") >= 8
    assert len(one) <= 16


def test_pages_say_what_was_refused_and_keep_what_was_typed(office, work) -> None:
    client, here = client_of(office), f"/sites/village/{work.pk}/"
    typed = {f"a-{name}": value for name, value in SURVEY.items()} | {"version": 1, "on": "2020-05-02"}
    wrong = client.post(f"{here}stages/survey/", {**typed, "a-people": "很多"})
    assert wrong.status_code == 422 and "很多" in wrong.content.decode() and "2,650" in wrong.content.decode()
    assert stage(work, "survey").answers == {}
    assert client.post(f"{here}stages/survey/", {**typed, "tick": "1"}).status_code == 302
    assert stage(work, "survey").done_on == date(2020, 5, 2)
    stale = client.post(f"{here}stages/survey/", {**typed, "a-people": "400"})
    assert stale.status_code == 409 and "400" in stale.content.decode() and "380" in stale.content.decode()
    early = client.post(f"{here}stages/design/", {"version": 1, "tick": "1", "a-pipe_price": "400"})
    assert early.status_code == 422 and "水量测算" in early.content.decode()
    assert "他人修改" in stale.content.decode() and "他人修改" not in early.content.decode()
    assert stage(work, "design").answers == {"pipe_price": "400"}  # what was typed is kept though the tick is refused
    order = client.post(f"{here}stages/design/plan/", {"version": 2, "on": "2020-04-01"})
    assert order.status_code == 422 and "水量测算" in order.content.decode()
    new = {"playbook": "heritage", "title": "旧址", "begun_on": "2020-05-20", "place": "嵩山街道 某村"}
    lost = client.post("/sites/village/new/", new)
    assert lost.status_code == 422 and "嵩山街道" in lost.content.decode()
    assert client.post("/sites/village/new/", {**new, "make_place": "on"}).status_code == 302
    assert VillageWork.objects.get(title="旧址").region.system == "user"


@pytest.mark.parametrize("role", Role.values)
def test_who_sees_and_keeps_a_work(world, work, role: str) -> None:
    client = client_of(world.accounts[role])
    status = client.get(f"/sites/village/{work.pk}/").status_code
    sees = {
        "campaign_office", "leader", "auditor", "team_leader", "team_member", "site_contact", "department_handler",
    }  # fmt: skip
    assert status == (200 if role in sees else 404), role
    done = client.post(f"/sites/village/{work.pk}/shelve/", {"version": work.version, "because": "缺款"}).status_code
    keeps = {"campaign_office", "team_leader", "team_member"}
    assert done == (302 if role in keeps else 403 if role in sees else 404), role


def test_evidence_of_other_rooms_lets_a_stage_be_ticked(world, office) -> None:
    begun = NOW.date() - timedelta(days=9)
    work = works.begin(
        office, world.campaign, "shows", "演出进村", region=world.town, team=world.teams[0], begun_on=begun
    )
    fill(office, work, "wishes", {"kinds": "大鼓", "audience": "200"}, on=NOW.date())
    fill(office, work, "programme", {"shows": "4", "troupes": "区文化馆"}, on=NOW.date())
    with pytest.raises(RuleBroken) as bare:
        works.tick(office, stage(work, "booking"), on=NOW.date(), version=None, at=NOW)
    assert bare.value.facts["missing"] == "shows"
    show = shows.book(office, _venue(world, office), "大鼓", _day(19), _day(20), work=work, at=NOW)
    page = client_of(office).get(f"/sites/village/{work.pk}/?stage=booking").content.decode()
    assert f"/sites/village/shows/{show.pk}/" in page
    assert works.tick(office, stage(work, "booking"), on=NOW.date(), version=None, at=NOW).done_on == NOW.date()
