"""Spreadsheets: what goes out comes back unchanged, edits become verbs, faults name their cell, twice counts once."""

import csv
import io
import shutil
import subprocess
import zipfile
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sijin.ledger.domain import edits, intake, needs, sheets, uploads
from sijin.ledger.domain.events import audit
from sijin.ledger.domain.filters import Filter
from sijin.ledger.files import exports, reading, template
from sijin.ledger.models import LedgerFile, Need, SheetImport
from sijin.ledger.views import sheets as views
from sijin.people.models import Job, Unit
from sijin.people.refusals import RuleBroken
from sijin.places.models import Site
from tests.conftest import at
from tests.web.test_access import signed_in

ALL = Filter(tab="all")


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def exported(world, tmp_path: Path, role: str = "campaign_office", chosen: Filter = ALL) -> Path:
    """Export what the role sees."""
    path = tmp_path / f"{role}.xlsx"
    exports.write_to(path, world.accounts[role], world.campaign, chosen)
    return path


def columns_of(book: openpyxl.Workbook) -> dict[str, int]:
    """Return the column of each key on the first sheet, counted from 1."""
    heads = sheets.heads() | intake.heads()
    return {heads[cell.value]: cell.column for cell in book.worksheets[0][3] if cell.value in heads}


def edited(path: Path, changes: dict[str, dict[str, object]]) -> bytes:
    """Return the workbook with cells changed: {number: {column: value}}."""
    book = openpyxl.load_workbook(path)
    at_column, sheet = columns_of(book), book.worksheets[0]
    for row in range(4, sheet.max_row + 1):
        for key, value in changes.get(sheet.cell(row, at_column["number"]).value, {}).items():
            sheet.cell(row, at_column[key]).value = value
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def sent(world, content: bytes, role: str = "campaign_office", name: str = "台账.xlsx") -> SheetImport:
    return reading.take(world.accounts[role], world.campaign, name, content)


def outcomes(upload: SheetImport) -> dict[str, str]:
    """Return the outcome of each changed cell as planned now, or as it came out."""
    done = upload.state == "done"
    changes = edits.results(upload) if done else (c for plan in edits.plans(upload) for c in plan.changes)
    return {f"{change.number}/{change.key}": change.outcome for change in changes}


def taken(upload: SheetImport) -> SheetImport:
    return edits.run(uploads.confirm(upload, upload.account))


# Out


def test_the_workbook_is_a_ledger_to_print_and_to_edit(world, tmp_path) -> None:
    needs.apply(
        world.need, "hand_over", world.accounts["campaign_office"], klass=2, lead_unit=world.units[0], at=at(3, 5)
    )
    book = openpyxl.load_workbook(exported(world, tmp_path))
    sheet = book.worksheets[0]
    assert sheet["A1"].value.startswith("威海“四进”问题台账")
    assert "截至 2020年3月5日" in sheet["A2"].value
    labels = [cell.value for cell in sheet[3]]
    wanted = "序号、编号、标题、门类、点位、区县、镇街、类别、问题分类、主办、协办"
    wanted += "、状态、灯、期限、剩余工作日、工作措施、版本"
    assert set(wanted.split("、")) <= set(labels)
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.freeze_panes) == ("landscape", 9, "D4")
    assert sheet.print_title_rows == "$1:$3" and sheet.print_area.endswith(f"$P${sheet.max_row}")
    row = {labels[n]: cell for n, cell in enumerate(sheet[4])}
    assert row["期限"].value.date() == date(2020, 3, 26) and "年" in row["期限"].number_format
    assert (row["剩余工作日"].value, row["灯"].value, row["问题分类"].value) == (15, "● 正常", "②省市县协力解决")
    assert sheet.column_dimensions[row["版本"].column_letter].hidden
    assert [s.sheet_state for s in book.worksheets] == ["visible", "veryHidden", "veryHidden", "veryHidden"]
    lists = {
        next(iter(rule.sqref.ranges)).min_col for rule in sheet.data_validations.dataValidation if rule.type == "list"
    }
    assert lists == {row["问题分类"].column, row["主办"].column}


def test_only_what_the_reader_sees_is_exported(world, tmp_path) -> None:
    for role, sees in (("campaign_office", True), ("leader", True), ("team_leader", False), ("site_contact", False)):
        for kind in ("xlsx", "csv"):
            path = tmp_path / f"{role}.{kind}"
            exports.write_to(path, world.accounts[role], world.campaign, ALL)
            content = _words(path)
            assert "本组的需求" in content
            assert ("别组的需求" in content) == sees
            assert ("第1组" in content) == sees


def test_drop_downs_are_for_those_who_may_edit(world, tmp_path) -> None:
    office, contact = (exported(world, tmp_path, role) for role in ("campaign_office", "site_contact"))
    assert "市局1" in _words(office) and "市局1" not in _words(contact)
    assert openpyxl.load_workbook(contact).worksheets[0].data_validations.dataValidation == []


def _words(path: Path) -> str:
    if path.suffix == ".csv":
        return path.read_text(encoding="utf-8-sig")
    parts = zipfile.ZipFile(path)
    return "".join(parts.read(name).decode() for name in parts.namelist())


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")'])
def test_no_cell_becomes_a_formula(world, tmp_path, start: str) -> None:
    Need.objects.filter(pk=world.need.pk).update(title=start)
    book = openpyxl.load_workbook(exported(world, tmp_path))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    title = next(cell for cell in cells if cell.value == start.strip("\t") or cell.value == start)
    assert (title.data_type, title.number_format) == ("s", "@")
    path = tmp_path / "ledger.csv"
    exports.write_to(path, world.accounts["campaign_office"], world.campaign, ALL)
    rows = list(csv.reader(path.open(encoding="utf-8-sig")))
    assert f"'{start}" in [row[2] for row in rows]


def test_a_large_export_is_a_job_and_its_file_its_accounts_own(
    world, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    monkeypatch.setattr(views, "AT_HAND", 1)
    client = signed_in(world.accounts["campaign_office"])
    asked = client.get("/ledger/export/xlsx/?tab=all").content.decode()
    assert "2 行" in asked and LedgerFile.objects.count() == 0
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/ledger/export/xlsx/?tab=all")
    job, made = Job.objects.get(), LedgerFile.objects.get()
    assert (job.state, job.result["url"], made.rows) == ("done", f"/ledger/files/{made.pk}/", 2)
    assert "下载" in client.get(f"/ledger/files/{made.pk}/").content.decode()
    content = b"".join(client.get(f"/ledger/files/{made.pk}/fetch/").streaming_content)
    assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].max_row == 5
    for role in ("leader", "auditor", "team_leader", "department_handler"):
        other = signed_in(world.accounts[role])
        assert other.get(f"/ledger/files/{made.pk}/").status_code == 404
        assert other.get(f"/ledger/files/{made.pk}/fetch/").status_code == 404


def test_a_job_writes_what_its_account_sees(world, monkeypatch, django_capture_on_commit_callbacks) -> None:
    monkeypatch.setattr(views, "AT_HAND", 0)
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(world.accounts["team_leader"]).post("/ledger/export/csv/?tab=all")
    content = LedgerFile.objects.get().file.read().decode("utf-8-sig")
    assert "本组的需求" in content and "别组的需求" not in content


def test_an_export_of_another_kind_is_refused(world) -> None:
    client = signed_in(world.accounts["campaign_office"])
    assert client.get("/ledger/export/exe/").status_code == 422
    answer = client.get("/ledger/export/xlsx/?tab=all")
    assert "attachment" in answer.headers["Content-Disposition"] and answer.content.startswith(b"PK")


# Out and in again


TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=TEXT, text=TEXT, klass=st.sampled_from([None, 1, 2, 3, 4]), due=st.dates(date(2020, 1, 1), date(2030, 1, 1))
)
def test_export_and_import_without_edits_changes_nothing(world, tmp_path, title, text, klass, due) -> None:
    Need.objects.filter(pk=world.need.pk).update(
        title=title.replace("\x00", "")[:120], text=text.replace("\x00", ""), klass=klass, due=due
    )
    path = exported(world, tmp_path)
    sheet = reading.read(path.read_bytes())
    need = sheets.rows_for(Need.objects.filter(pk=world.need.pk)).get()
    cells = sheets.cells(need, date(2020, 3, 5))
    (found,) = [row for _n, row in sheet.rows if row["number"] == need.number]
    assert {key: found[key] for key in cells} == {key: sheets.as_text(value) for key, value in cells.items()}
    upload = sent(world, path.read_bytes())
    assert (upload.rows, upload.faults, upload.total) == ([], [], 2)


def test_the_same_in_every_language(world, tmp_path) -> None:
    for code in ("zh-hans", "zh-hant", "en"):
        with translation.override(code):
            heads = [str(column.label) for column in sheets.COLUMNS.values()]
            assert len(set(heads)) == len(heads)
            path = exported(world, tmp_path)
        with translation.override("en"):
            content = edited(path, {world.need.number: {"klass": "③"}})
            upload = sent(world, content)
            assert outcomes(upload) == {f"{world.need.number}/klass": "will"}


def test_edits_become_verbs(world, tmp_path) -> None:
    number, other = world.need.number, world.need_other.number
    path = exported(world, tmp_path)
    changes = {
        number: {"klass": "②省市县协力解决", "lead": "市局0", "co": "市局1、u2"},
        other: {"klass": "1"},
    }
    upload = taken(sent(world, edited(path, changes)))
    assert set(outcomes(upload).values()) == {"done"}
    need, classified = Need.objects.get(number=number), Need.objects.get(number=other)
    assert (need.state, need.klass, need.lead_unit) == ("handed_over", 2, world.units[0])
    assert set(need.hand_overs.filter(leads=False).values_list("unit__code", flat=True)) == {"u1", "u2"}
    assert (classified.state, classified.klass) == ("found", 1)
    assert list(audit()) == []


def test_a_measure_is_entered_by_the_department(world, tmp_path) -> None:
    office, handler = world.accounts["campaign_office"], world.accounts["department_handler"]
    need = needs.apply(world.need, "hand_over", office, klass=2, lead_unit=world.units[0], at=at(3, 5))
    needs.apply(need, "receive", handler, at=at(3, 5))
    path = exported(world, tmp_path, "department_handler")
    content = edited(path, {need.number: {"measure": "协调两家企业"}})
    assert outcomes(taken(sent(world, content, "department_handler"))) == {f"{need.number}/measure": "done"}
    assert [m.text for m in need.measures.all()] == ["协调两家企业"]
    assert outcomes(sent(world, content, "department_handler")) == {f"{need.number}/measure": "same"}
    office_edit = edited(exported(world, tmp_path), {need.number: {"measure": "办公室代填"}})
    assert outcomes(sent(world, office_edit)) == {f"{need.number}/measure": "refused"}


def test_the_same_file_twice_changes_nothing(world, tmp_path) -> None:
    content = edited(exported(world, tmp_path), {world.need.number: {"klass": "①", "lead": "市局1"}})
    taken(sent(world, content))
    before = list(Need.objects.order_by("pk").values())
    again = sent(world, content)
    assert set(outcomes(again).values()) <= {"same", "stale"}
    taken(again)
    assert list(Need.objects.order_by("pk").values()) == before
    assert world.need.events.count() == 2


def test_a_row_that_someone_changed_meanwhile_is_stale(world, tmp_path) -> None:
    number = world.need.number
    path = exported(world, tmp_path)
    needs.apply(world.need, "classify", world.accounts["campaign_office"], klass=3)
    upload = sent(world, edited(path, {number: {"klass": "①"}, world.need_other.number: {"klass": "②"}}))
    (change,) = [c for plan in edits.plans(upload) for c in plan.changes if c.number == number]
    assert (change.outcome, change.was, change.now, change.present) == ("stale", "", "①", "③需省有关部门解决")
    page = signed_in(world.accounts["campaign_office"]).get(f"/ledger/import/{upload.pk}/").content.decode()
    assert "409" in page and "③需省有关部门解决" in page
    taken(upload)
    assert Need.objects.get(number=number).klass == 3
    assert Need.objects.get(pk=world.need_other.pk).klass == 2


def test_a_change_between_reading_and_confirming_is_stale(world, tmp_path) -> None:
    upload = sent(world, edited(exported(world, tmp_path), {world.need.number: {"klass": "①"}}))
    assert set(outcomes(upload).values()) == {"will"}
    needs.apply(world.need, "classify", world.accounts["campaign_office"], klass=4)
    assert set(outcomes(taken(upload)).values()) == {"stale"}
    assert Need.objects.get(pk=world.need.pk).klass == 4


@pytest.mark.parametrize(
    ("change", "outcome", "words"),
    [
        ({"title": "改过的标题"}, "ignored", "不能用表格修改"),
        ({"state": "已销号"}, "ignored", "请到事项页面办理"),
        ({"due": "2021-01-01"}, "ignored", "请到事项页面办理"),
        ({"klass": "第五类"}, "refused", "第五类"),
        ({"lead": "没有的局"}, "refused", "没有的局"),
        ({"lead": "市局0"}, "refused", "问题分类"),
        ({"klass": "①", "co": "市局1"}, "refused", "主办"),
        ({"klass": "①", "lead": "市局1", "co": "市局1"}, "refused", "协办"),
        ({"measure": "还没有签收"}, "refused", "“发现”时不能"),
        ({"measure": "长" * 301}, "refused", "300"),
    ],
)
def test_an_edit_that_cannot_be_taken_says_why(world, tmp_path, change, outcome: str, words: str) -> None:
    upload = sent(world, edited(exported(world, tmp_path), {world.need.number: change}))
    changes = [c for plan in edits.plans(upload) for c in plan.changes]
    assert {c.outcome for c in changes} == {outcome}
    assert any(words in c.reason for c in changes), [c.reason for c in changes]
    taken(upload)
    assert Need.objects.get(pk=world.need.pk).version == 1


def test_rows_not_taken_come_back_in_a_file_that_can_be_mended(world, tmp_path) -> None:
    number, other = world.need.number, world.need_other.number
    content = edited(exported(world, tmp_path), {number: {"klass": "①", "lead": "没有的局"}, other: {"klass": "②"}})
    upload = taken(sent(world, content))
    assert Need.objects.get(number=other).klass == 2
    path = tmp_path / "mend.xlsx"
    assert template.to_mend(path, upload) == 1
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert "没有的局" in sheet["A4"].value and "第 " in sheet["A4"].value and "主办" in sheet["A4"].value
    mended = taken(sent(world, edited(path, {number: {"lead": "市局2"}})))
    assert set(outcomes(mended).values()) == {"done"}
    assert Need.objects.get(number=number).lead_unit == world.units[2]


def test_rows_are_matched_by_number_wherever_they_stand(world, tmp_path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(edited(exported(world, tmp_path), {world.need.number: {"klass": "②"}})))
    sheet = book.worksheets[0]
    first, second = ([cell.value for cell in sheet[row]] for row in (4, 5))
    for row, cells in ((5, first), (4, second)):
        for column, value in enumerate(cells, start=1):
            sheet.cell(row, column).value = value
    sheet.insert_cols(3)
    kept = io.BytesIO()
    book.save(kept)
    assert outcomes(sent(world, kept.getvalue())) == {f"{world.need.number}/klass": "will"}


def test_a_number_twice_or_unknown_is_a_fault_of_its_row(world, tmp_path) -> None:
    path = exported(world, tmp_path)
    number = world.need.number
    upload = sent(world, edited(path, {number: {"number": "weihai-2020-999999", "klass": "①"}}))
    assert [(f["column"], f["got"]) for f in upload.faults] == [("编号", "weihai-2020-999999")] and not upload.rows
    upload = sent(world, edited(path, {number: {"number": world.need_other.number}}))
    assert [f["row"] for f in upload.faults] == [4, 5]
    upload = sent(world, edited(path, {number: {"version": 7, "klass": "①"}}))
    assert [(f["column"], f["got"]) for f in upload.faults] == [("版本", "7")]


def test_a_workbook_shows_nothing_that_its_reader_may_not_see(world, tmp_path) -> None:
    content = edited(exported(world, tmp_path), {world.need_other.number: {"klass": "①"}})
    upload = sent(world, content, "team_leader")
    (change,) = [c for plan in edits.plans(upload) for c in plan.changes]
    assert (change.outcome, change.present) == ("refused", "")
    taken(upload)
    assert Need.objects.get(pk=world.need_other.pk).klass is None
    for role in ("campaign_office", "leader"):
        assert signed_in(world.accounts[role]).get(f"/ledger/import/{upload.pk}/").status_code == 404
        assert signed_in(world.accounts[role]).get(f"/ledger/import/{upload.pk}/mend/").status_code == 404


def test_the_pages_of_an_import(world, tmp_path) -> None:
    client = signed_in(world.accounts["campaign_office"])
    content = edited(exported(world, tmp_path), {world.need.number: {"klass": "④", "title": "别的"}})
    sent_in = client.post("/ledger/import/", {"file": SimpleUploadedFile("我的台账.xlsx", content)})
    address = sent_in.headers["Location"]
    page = client.get(address).content.decode()
    assert "将改 1 格" in page and "1 格略去" in page and Need.objects.get(pk=world.need.pk).klass is None
    page = client.post(address, follow=True).content.decode()
    assert "写入 1 格" in page and Need.objects.get(pk=world.need.pk).klass == 4
    assert client.post(address).status_code == 409
    assert client.get(f"{address}mend/").content.startswith(b"PK")
    assert "我的台账.xlsx" in client.get("/ledger/import/").content.decode()


def test_many_edits_are_a_job(world, tmp_path, monkeypatch, django_capture_on_commit_callbacks) -> None:
    monkeypatch.setattr(uploads, "AT_ONCE", 0)
    upload = sent(world, edited(exported(world, tmp_path), {world.need.number: {"klass": "①"}}))
    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in(world.accounts["campaign_office"]).post(f"/ledger/import/{upload.pk}/")
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/" and job.state == "done"
    assert Need.objects.get(pk=world.need.pk).klass == 1


def test_an_import_that_was_stopped_goes_on_with_the_rest(world, tmp_path) -> None:
    number, other = world.need.number, world.need_other.number
    upload = sent(world, edited(exported(world, tmp_path), {number: {"klass": "①"}, other: {"klass": "②"}}))

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        edits.run(uploads.confirm(upload, upload.account), stop)
    assert sorted(Need.objects.values_list("klass", flat=True), key=str) in ([1, None], [2, None])
    SheetImport.objects.update(made_at=timezone.now() - timedelta(minutes=11))
    client = signed_in(world.accounts["campaign_office"])
    assert "继续办剩下的" in client.get(f"/ledger/import/{upload.pk}/").content.decode()
    page = client.post(f"/ledger/import/{upload.pk}/", follow=True).content.decode()
    assert "写入 2 格" in page and set(Need.objects.values_list("klass", flat=True)) == {1, 2}


# Files that are none


def _far_out() -> bytes:
    book, kept = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"], book.active["XFD1048576"] = "标题", "x"
    book.save(kept)
    return kept.getvalue()


def _zip(name: str, content: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return kept.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00",
        b"a,b\n1,2\n",
        b"PK\x03\x04broken",
        _zip("x.txt", b"x"),
        _zip("xl/worksheets/sheet1.xml", b" " * (201 * 1024 * 1024)),
        _far_out(),
    ],
    ids=["empty", "program", "csv", "broken", "zip", "bomb", "far-out"],
)
def test_what_is_no_workbook_is_refused_beside_the_field(world, content: bytes) -> None:
    client = signed_in(world.accounts["campaign_office"])
    answer = client.post("/ledger/import/", {"file": SimpleUploadedFile("x.xlsx", content)})
    assert answer.status_code == 422 and 'class="wrong"' in answer.content.decode()
    assert SheetImport.objects.count() == 0


def test_a_workbook_of_another_campaign_is_refused(world, tmp_path) -> None:
    path = exported(world, tmp_path)
    world.campaign.code = "elsewhere"
    with pytest.raises(RuleBroken):
        sent(world, path.read_bytes())


# New needs


def filled(world, tmp_path: Path, rows: list[dict[str, object]]) -> bytes:
    """Return the template with rows pasted into it."""
    path = tmp_path / "template.xlsx"
    world.campaign.refresh_from_db()
    template.empty(path, world.campaign)
    book = openpyxl.load_workbook(path)
    at_column, sheet = columns_of(book), book.worksheets[0]
    for n, row in enumerate(rows, start=4):
        for key, value in row.items():
            sheet.cell(n, at_column[key]).value = value
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def entered(upload: SheetImport) -> SheetImport:
    return intake.run(uploads.confirm(upload, upload.account))


def test_an_old_ledger_becomes_needs_once(world, tmp_path) -> None:
    rows = [
        {"key": "1", "site": "企业0", "title": "缺口罩", "category": "防疫与生活物资", "raised": date(2020, 3, 4)},
        {"key": "2", "site": "s1", "title": "缺工", "text": "30人", "team": "第1组", "raised": "2020年3月5日"},
        {"site": "企业0", "title": "没有编号的一行"},
    ]
    upload = entered(sent(world, filled(world, tmp_path, rows), name="老台账.xlsx"))
    assert [r["outcome"] for r in upload.results] == ["done"] * 3
    need = Need.objects.get(title="缺口罩")
    assert (need.category, need.team, need.raised_at.date()) == ("goods", world.teams[0], date(2020, 3, 4))
    assert Need.objects.get(title="缺工").text == "30人"
    rows[2]["text"] = "补充说明"
    again = entered(
        sent(
            world, filled(world, tmp_path, [*rows, {"key": "3", "site": "企业1", "title": "新的"}]), name="老台账.xlsx"
        )
    )
    assert [r["outcome"] for r in again.results] == ["same", "same", "same", "done"]
    other = entered(sent(world, filled(world, tmp_path, rows[:1]), name="另一本.xlsx"))
    assert [r["outcome"] for r in other.results] == ["done"]
    assert list(audit()) == []


def test_rows_that_cannot_be_read_name_cell_and_expectation(world, tmp_path) -> None:
    Site.objects.create(
        code="s9", door="enterprise", name="企业1", region=world.county, county=world.county, lat=37.5, lon=122.1
    )
    rows = [
        {"site": "企业0", "title": "好的一行"},
        {"site": "没有的点位", "title": "x"},
        {"site": "企业1", "title": "同名"},
        {"site": "企业0", "title": "长" * 121},
        {"site": "企业0", "title": "x", "category": "没有的类别"},
        {"site": "企业0", "title": "x", "raised": "2020-03-09"},
        {"site": "企业0", "title": "x", "team": "第九组"},
        {"site": "s9", "title": "没有派驻"},
        {"site": "企业0", "title": "好的一行"},
    ]
    upload = sent(world, filled(world, tmp_path, rows))
    assert [row["title"] for row in upload.rows] == ["好的一行"]
    places = [(fault["row"], fault["column"]) for fault in upload.faults]
    named = ["点位", "点位", "标题", "类别", "发现日期", "工作组", "工作组", "原台账编号"]
    assert places == list(enumerate(named, start=5))
    entered(upload)
    path = tmp_path / "mend.xlsx"
    assert template.to_mend(path, upload) == 8
    book = openpyxl.load_workbook(path)
    sheet, at_column = book.worksheets[0], columns_of(book)
    assert "第 5 行" in sheet["A4"].value and sheet.cell(4, at_column["site"]).value == "没有的点位"
    sheet.cell(4, at_column["site"]).value = "企业0"
    kept = io.BytesIO()
    book.save(kept)
    again = entered(sent(world, kept.getvalue(), name="mend.xlsx"))
    assert [(row["now"], row["outcome"]) for row in again.results] == [("x", "done"), ("好的一行", "same")]


def test_a_team_enters_needs_only_for_its_own_sites(world, tmp_path) -> None:
    rows = [{"site": "企业0", "title": "自己的"}, {"site": "企业1", "title": "别组的点位"}]
    upload = sent(world, filled(world, tmp_path, rows), "team_leader")
    assert [row["title"] for row in upload.rows] == ["自己的"]
    assert [(fault["row"], fault["got"]) for fault in upload.faults] == [(5, "企业1")]
    reader = signed_in(world.accounts["leader"])
    assert reader.get("/ledger/import/template/").status_code == 403
    content = SimpleUploadedFile("x.xlsx", filled(world, tmp_path, rows))
    assert reader.post("/ledger/import/", {"file": content}).status_code == 403


def test_the_pages_of_new_needs(world, tmp_path) -> None:
    client = signed_in(world.accounts["campaign_office"])
    assert client.get("/ledger/import/template/").content.startswith(b"PK")
    content = filled(world, tmp_path, [{"site": "企业0", "title": "从表格来"}, {"site": "", "title": "缺点位"}])
    address = client.post("/ledger/import/", {"file": SimpleUploadedFile("n.xlsx", content)}).headers["Location"]
    page = client.get(address).content.decode()
    assert "1 件可登记" in page and "1 行读不懂" in page and "已登记的点位" in page
    assert "登记 1 件" in client.post(address, follow=True).content.decode()
    assert Need.objects.filter(title="从表格来").count() == 1


# Other programs


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed: its files were not tried")
@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_files_saved_by_libreoffice_come_back(world, tmp_path, form: str) -> None:
    Unit.objects.filter(pk=world.units[1].pk).update(name="市发展和改革委员会")
    need = needs.apply(
        world.need, "hand_over", world.accounts["campaign_office"], klass=2, lead_unit=world.units[0], at=at(3, 5)
    )
    Need.objects.filter(pk=need.pk).update(title="=1+1 换行\n的标题", text="  前后空格  ")
    plain = exported(world, tmp_path)
    changed = tmp_path / "changed.xlsx"
    changed.write_bytes(edited(plain, {world.need_other.number: {"klass": "②", "lead": "市发展和改革委员会"}}))
    for source in (plain, changed):
        saved = _saved_by_libreoffice(source, form, tmp_path / source.stem)
        upload = sent(world, saved.read_bytes(), name=saved.name)
        assert upload.faults == [] and upload.total == 2
        if source == plain:
            assert upload.rows == []
    assert set(outcomes(taken(upload)).values()) == {"done"}
    assert Need.objects.get(pk=world.need_other.pk).lead_unit == world.units[1]


def _saved_by_libreoffice(path: Path, form: str, folder: Path) -> Path:
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", form]
    subprocess.run([*command, "--outdir", str(folder), str(path)], check=True, capture_output=True, timeout=120)
    return folder / f"{path.stem}.{form}"
