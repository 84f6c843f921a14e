"""A brief: written from figures only, frozen, corrected but never changed, shown within the policy."""

import io
import shutil
import subprocess
from datetime import date

import openpyxl
import pytest
from django.db import DatabaseError, transaction
from docx import Document

from sijin.briefing.domain import briefs, template
from sijin.briefing.domain.figures import NoSource
from sijin.briefing.files.document import document, ranges
from sijin.briefing.models import Brief, BriefFigure
from sijin.ledger.domain import needs
from sijin.people.models import Job, Role
from sijin.people.refusals import NotAllowed, RuleBroken
from tests.briefing.conftest import raised
from tests.conftest import at
from tests.web.test_access import signed_in

SEES_OTHERS = {"campaign_office", "leader", "auditor"}
DAY = date(2020, 3, 17)


@pytest.fixture
def brief(history) -> Brief:
    """The brief of the day on which the grumbled need was closed."""
    return briefs.issue_daily(history.office, history.campaign, DAY)


def values(brief: Brief) -> dict[str, str]:
    return dict(brief.figures.values_list("key", "shown"))


def text(brief: Brief, account) -> str:
    """Return the whole text of a brief as one string."""
    sections, _hidden = briefs.read(account, brief)
    parts = []
    for section in sections:
        parts.append(section["heading"])
        for block in section["blocks"]:
            for cell in [block["parts"]] if "parts" in block else [cell for row in block["rows"] for cell in row]:
                parts += [part["figure"].shown if "figure" in part else part["text"] for part in cell]
    return "".join(parts)


def test_the_brief_says_how_the_ledger_stood(history, brief) -> None:
    said = text(brief, history.office)
    assert (
        "累计发现问题6件，已销号2件，说明无法解决0件，未销号4件。当日发现0件，销号1件，未销号较前一日减少1件。" in said
    )
    assert "逾期未销号1件，较前一日增加1件" in said
    assert "企业0反映“先不满意后办好”，由市局0承办：现场协调。" in said
    assert [section["heading"][0] for section in brief.body] == list("一二三四五")
    assert (brief.number, brief.issue, brief.issued_at) == (1, "第1期", at(3, 17, 19))


def test_every_figure_is_kept_with_its_rows_or_its_parts(brief) -> None:
    known = {figure.key: figure for figure in brief.figures.all()}
    for figure in known.values():
        assert bool(figure.model) != bool(figure.parts), figure.key
        assert all(part in known for part in figure.parts)
        if figure.model and not figure.key.startswith("median"):
            assert figure.value == len(figure.rows), figure.key


def test_the_ledger_goes_on_and_the_brief_stays(history, brief) -> None:
    before = values(brief), list(brief.figures.values_list("key", "rows")), text(brief, history.office)
    raised(history, "补录的旧问题", 12)
    needs.apply(history.late, "explain", history.office, at=at(3, 17, 20), note="政策不支持", told="电话告知")
    assert (values(brief), list(brief.figures.values_list("key", "rows")), text(brief, history.office)) == before


@pytest.mark.parametrize(("model", "field"), [(Brief, "title"), (BriefFigure, "label")])
def test_the_database_refuses_a_change(brief, model, field: str) -> None:
    rows = model.objects.all()
    for change in (lambda: rows.update(**{field: "anders"}), lambda: rows._raw_delete("default")):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()


def test_a_day_is_issued_once(history, brief) -> None:
    with pytest.raises(RuleBroken):
        briefs.issue(history.office, history.campaign, DAY)
    assert Brief.objects.count() == 1


def test_a_correction_is_numbered_and_the_old_one_kept(history, brief) -> None:
    raised(history, "补录的旧问题", 12)
    first, second = (briefs.issue(history.office, history.campaign, DAY, reason=why) for why in ("补录", "再核"))
    assert [b.issue for b in (brief, first, second)] == ["第1期", "第1期（更正1）", "第1期（更正2）"]
    assert (values(brief)["found"], values(first)["found"]) == ("6", "7")
    page = signed_in(history.office).get(f"/briefs/{brief.pk}/").content.decode()
    assert "第1期（更正2）" in page and "补录" in page
    with pytest.raises(RuleBroken):
        briefs.issue(history.office, history.campaign, date(2020, 3, 18), reason="无可更正")
    assert briefs.issue_daily(history.office, history.campaign, date(2020, 3, 18)).number == 2


@pytest.mark.parametrize("day", [date(2020, 3, 3), date(2020, 4, 4)])
def test_a_day_outside_the_campaign_is_refused(history, day: date) -> None:
    with pytest.raises(RuleBroken):
        briefs.issue(history.office, history.campaign, day)


@pytest.mark.parametrize("role", [role for role in Role.values if role != "campaign_office"])
def test_only_the_office_issues(history, role: str) -> None:
    with pytest.raises(NotAllowed):
        briefs.issue(history.accounts[role], history.campaign, DAY)
    assert signed_in(history.accounts[role]).post("/briefs/", {"date": "2020-03-17"}).status_code == 403
    assert not Brief.objects.exists() and not Job.objects.exists()


@pytest.mark.parametrize("words", ["共3件。", "共{invented}件。"])
def test_a_template_with_a_number_of_its_own_is_refused(history, monkeypatch, words: str) -> None:
    broken = {**template.template(), "sections": [{"heading": "一", "blocks": [{"paragraph": [words]}]}]}
    monkeypatch.setattr(template, "template", lambda: broken)
    with pytest.raises(NoSource):
        briefs.issue(history.office, history.campaign, DAY)
    assert not Brief.objects.exists()


def test_the_brief_is_chinese_for_every_reader(history) -> None:
    client = signed_in(history.office)
    client.cookies["django_language"] = "en"
    brief = briefs.issue_daily(history.office, history.campaign, DAY)
    assert brief.figures.get(key="late").label == "逾期" and brief.figures.get(key="late").unit == "件"
    assert "一、总体情况" in client.get(f"/briefs/{brief.pk}/").content.decode()


def test_the_office_issues_by_a_job(history, django_capture_on_commit_callbacks) -> None:
    client = signed_in(history.office)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/briefs/", {"date": "2020-03-17", "reason": ""})
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    assert (job.state, job.result["url"]) == ("done", f"/briefs/{Brief.objects.get().pk}/")


@pytest.mark.parametrize(
    ("post", "words"),
    [
        ({"date": "", "reason": ""}, "date"),
        ({"date": "2030-01-01", "reason": ""}, "简报日期须在"),
        ({"date": "2020-03-17", "reason": "想改"}, "尚无可更正"),
    ],
)
def test_wrong_input_comes_back_beside_its_field(history, post: dict, words: str) -> None:
    answer = signed_in(history.office).post("/briefs/", post)
    html = answer.content.decode()
    assert answer.status_code == 422 and post["reason"] in html and 'role="alert"' in html
    assert words in html and not Job.objects.exists()


@pytest.mark.parametrize("role", Role.values)
def test_a_brief_shows_only_rows_of_the_reader(history, role: str) -> None:
    needs.apply(history.need_other, "hand_over", history.office, at=at(3, 9), klass=1, lead_unit=history.units[1])
    brief = briefs.issue_daily(history.office, history.campaign, DAY)
    client = signed_in(history.accounts[role])
    base = f"/briefs/{brief.pk}/"
    if role in ("site_contact", "community_worker", "administrator"):
        for path in (
            base,
            f"{base}figures/",
            f"{base}figures/found/",
            f"{base}figures/found/rows.xlsx",
            f"{base}brief.docx",
        ):
            assert client.get(path).status_code in (403, 404), path
        return
    assert client.get(base).status_code == client.get(f"{base}figures/").status_code == 200
    rows = client.get(f"{base}figures/found/")
    assert ("别组的需求" in rows.content.decode()) == (role in SEES_OTHERS)
    assert rows.context["figure"].shown == "6"
    assert len(rows.context["behind"].keys) + rows.context["behind"].hidden == 6
    assert ("不在您的权限范围内" in rows.content.decode()) == (role not in SEES_OTHERS)
    book = client.get(f"{base}figures/found/rows.xlsx")
    cells = {cell.value for row in openpyxl.load_workbook(io.BytesIO(book.content)).active for cell in row}
    assert ("别组的需求" in cells) == (role in SEES_OTHERS)


def test_a_case_is_not_shown_to_who_may_not_see_it(history, brief) -> None:
    page = signed_in(history.other).get(f"/briefs/{brief.pk}/").content.decode()
    assert "先不满意后办好" not in page and "不在您的权限范围内" in page
    assert "先不满意后办好" not in docx_text(document(history.other, brief))
    assert "先不满意后办好" in docx_text(document(history.office, brief))


def docx_text(content: bytes) -> str:
    doc = Document(io.BytesIO(content))
    cells = [cell.text for table in doc.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in doc.paragraphs), *cells])


def test_the_document_carries_every_figure_with_its_source(history, brief) -> None:
    doc = Document(io.BytesIO(document(history.office, brief)))
    appendix = {row.cells[0].text: [cell.text for cell in row.cells] for row in doc.tables[-1].rows[1:]}
    assert len(appendix) == brief.figures.count()
    by_key = dict(zip(brief.figures.values_list("key", flat=True), appendix.values(), strict=True))
    assert by_key["found"][1:] == ["发现", "6", "6", "1—6"]
    assert by_key["late.enterprise"][2:] == ["1", "1", str(int(history.late.number[-6:]))]
    assert by_key["late"][4] == f"同第{by_key['late.enterprise'][0]}行"
    assert by_key["closed_rate"][4].startswith("由第")
    marks = [run.text for p in doc.paragraphs for run in p.runs if run.font.superscript]
    assert marks and set(marks) <= set(appendix)
    assert "2020年3月17日" in docx_text(document(history.office, brief))
    section = doc.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert doc.tables[0].rows[0].cells[0].text == "序号"


def test_runs_of_numbers_are_written_short() -> None:
    assert ranges([3, 1, 2, 7, 9, 10]) == "1—3、7、9—10"
    assert ranges([]) == ""


def test_libreoffice_opens_the_document(history, brief, tmp_path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    (tmp_path / "brief.docx").write_bytes(document(history.office, brief))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "brief.docx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "brief.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("path", ["/briefs/", "/briefs/{}/", "/briefs/{}/figures/", "/briefs/{}/figures/found/"])
def test_the_pages_of_briefs_state_their_queries(history, brief, path: str, django_assert_max_num_queries) -> None:
    client = signed_in(history.office)
    client.get(path.format(brief.pk))
    with django_assert_max_num_queries(12):
        assert len(client.get(path.format(brief.pk)).content) < 100_000
