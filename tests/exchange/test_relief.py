"""Relief pages: a firm's sheet, its figures, what it claimed, who sees what, a list of firms read in."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from docx import Document

from sijin.engines.relief import FIELDS
from sijin.exchange.domain.relief import book, figures, imports, sheets, words
from sijin.exchange.models import ReliefClaim, ReliefFigures, ReliefImport
from sijin.people.models import Job, Role
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import EnterpriseProfile
from tests.conftest import at
from tests.exchange.test_offers import client_of

FIGURES = {
    "industry": "C2221", "employer": "enterprise", "scale": "medium", "injury_class": "2", "taxpayer": "general",
    "tariff": "large_industrial", "land_tax_relief": "386000", "property_tax_relief": "255000",
    **{f"insurance_base_2020_{month}": "2600000" for month in ("02", "03", "04", "05", "06")},
    **{f"electricity_2020_{month}": "1800000" for month in ("02", "03", "04", "05", "06")},
}  # fmt: skip


@pytest.fixture
def firms(world):
    """Both sites with figures; the other one's alone come to 7,654,321.00."""
    world.office = world.accounts["campaign_office"]
    world.campaign.cutoff = at(5, 26)
    world.campaign.save()
    keep(world, world.sites[0], FIGURES)
    keep(world, world.sites[1], {"employer": "enterprise", "land_tax_relief": "7654321"})
    return world


def keep(world, site, values, version=0, by=None):
    return figures.keep(by or world.office, site, world.campaign, values, version=version)


def page_of(world, role: str, path: str):
    return client_of(world.accounts[role]).get(path)


def test_the_sheet_says_how_much_by_when_what_to_bring_and_why_not(firms) -> None:
    shown = page_of(firms, "team_leader", f"/exchange/relief/{firms.sites[0].pk}/").content.decode()
    for words_ in ("3,314,000.00", "2,223,000.00", "450,000.00", "人社部发〔2020〕11号", "2020年2月至6月",
                   "17.1%", "电费账单（各月）",
                   "需补充：医保单位缴费基数（2020年3月至12月）", "企业规模为“中小微”，政策要求大型企业",
                   "仅适用于区划代码42…", "登记已申领"):  # fmt: skip
        assert words_ in shown, words_
    later = page_of(firms, "team_leader", f"/exchange/relief/{firms.sites[0].pk}/?on=2020-06-05").content.decode()
    assert "30天内到期" in later and "还剩25天" in later and "登记已申领" not in later
    before = page_of(firms, "team_leader", f"/exchange/relief/{firms.sites[0].pk}/?on=2020-02-19").content.decode()
    assert "当日尚未发布" in before and "3,314,000.00" not in before


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize(
    "path", ["", "{own}/", "{other}/", "{other}/sheet.docx", "{other}/sheet.xlsx", "{other}/figures/"]
)
def test_who_sees_which_firm(firms, role: str, path: str) -> None:
    own, other = (site.pk for site in firms.sites)
    answer = page_of(firms, role, f"/exchange/relief/{path.format(own=own, other=other)}")
    everything = role in ("campaign_office", "leader", "auditor", "department_handler")
    if role in ("community_worker", "administrator"):
        assert answer.status_code == 403
    elif "{other}" not in path:
        assert answer.status_code == 200
        assert ("7,654,321.00" in answer.content.decode()) == (everything and not path)
    elif path.endswith("figures/"):
        assert answer.status_code == (200 if role == "campaign_office" else 403 if everything else 404)
    else:
        assert answer.status_code == (200 if everything else 404)


def test_a_contact_writes_its_own_figures_and_no_others(firms) -> None:
    contact = firms.accounts["site_contact"]
    kept = keep(firms, firms.sites[0], {**FIGURES, "staff": "460"}, version=1, by=contact)
    assert (kept.version, kept.values["staff"], kept.by) == (2, "460", contact)
    assert keep(firms, firms.sites[0], {**FIGURES, "staff": "460"}, version=2, by=contact).version == 2
    for by, site in ((contact, firms.sites[1]), (firms.accounts["department_handler"], firms.sites[0])):
        with pytest.raises(NotAllowed):
            keep(firms, site, FIGURES, version=1, by=by)
        with pytest.raises(NotAllowed):
            figures.mark(by, site, firms.campaign, "TAX-LAND", at(5, 26).date())
    assert ReliefFigures.objects.get(site=firms.sites[1]).values["land_tax_relief"] == "7654321"


def test_wrong_figures_stay_in_the_form_with_what_was_expected(firms) -> None:
    address = f"/exchange/relief/{firms.sites[0].pk}/figures/"
    client = client_of(firms.office)
    typed = {"version": 1, "employer": "enterprise", "electricity_2020_03": "viele", "revenue": "-1", "staff": "12.5"}
    answer = client.post(address, typed)
    shown = answer.content.decode()
    assert answer.status_code == 422
    for words_ in ('value="viele"', "应为数字", "不能为负数", "应为整数"):
        assert words_ in shown
    assert ReliefFigures.objects.get(site=firms.sites[0]).version == 1
    stale = client.post(address, {"version": 0, "employer": "household", "staff": "9"})
    assert stale.status_code == 409 and 'value="9"' in stale.content.decode() and "enterprise" in stale.content.decode()
    assert client.post(address, {**FIGURES, "version": 1, "rent": "1,200.50"}).status_code == 302
    assert ReliefFigures.objects.get(site=firms.sites[0]).values["rent"] == "1,200.50"


def test_where_figures_are_silent_the_profile_speaks(firms) -> None:
    site = firms.sites[1]
    EnterpriseProfile.objects.create(site=site, staff=25, revenue=Decimal("300"))  # in 10,000 yuan
    found = figures.firms(firms.office).get(pk=site.pk)
    row = sheets.row_of(found)
    assert (row["region"], row["staff"], Decimal(row["revenue"])) == ("371002", "25", Decimal(3_000_000))
    keep(firms, site, {"employer": "enterprise", "industry": "C22", "staff": "19"}, version=1)
    sheet = sheets.sheet(figures.firms(firms.office).get(pk=site.pk), at(5, 26).date())
    assert sheet.scale == "微型"


def test_what_was_claimed_counts_no_more_and_can_be_taken_back(firms) -> None:
    client, site = client_of(firms.accounts["site_contact"]), firms.sites[0]
    address = f"/exchange/relief/{site.pk}/"
    assert client.post(f"{address}claim/", {"rule": "TAX-LAND"}).status_code == 302
    shown = client.get(address).content.decode()
    assert "2,928,000.00" in shown and "5月26日登记申领" in shown
    claim = ReliefClaim.objects.get()
    assert (claim.yuan, claim.claimed_on, claim.by.role) == (Decimal("386000.00"), at(5, 26).date(), "site_contact")
    client.post(f"{address}claim/", {"rule": "TAX-LAND"})
    assert ReliefClaim.objects.count() == 1
    for rule in ("SI-LARGE", "no-rule", ""):
        assert client.post(f"{address}claim/", {"rule": rule}).status_code == 422
    client.post(f"{address}claim/", {"rule": "TAX-LAND", "undo": "1"})
    assert not ReliefClaim.objects.exists() and "3,314,000.00" in client.get(address).content.decode()
    assert client.post(f"/exchange/relief/{firms.sites[1].pk}/claim/", {"rule": "TAX-LAND"}).status_code == 404


def test_document_and_workbook_hold_the_sheet(firms) -> None:
    client, address = client_of(firms.accounts["department_handler"]), f"/exchange/relief/{firms.sites[0].pk}/"
    doc = Document(io.BytesIO(client.get(f"{address}sheet.docx").content))
    (table,) = doc.tables
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows[0][:2] == ["序号", "政策及文号"] and rows[-1][5] == "3,314,000.00"
    assert rows[1][2:6] == ["2020年2月至6月", "13,000,000.00", "17.1%", "2,223,000.00"]
    text = "\n".join(paragraph.text for paragraph in doc.paragraphs)
    assert "截至2020年5月26日" in text and "3,314,000.00元（4项）" in text and "医保单位缴费基数" in text
    assert round(doc.sections[0].page_width.mm) == 210
    told = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}sheet.xlsx").content))
    lines = [[cell.value for cell in row] for row in told.worksheets[0].iter_rows(min_row=2)]
    assert len(lines) == len(book.book().rules)
    assert sum(line[8] for line in lines if line[4] == "可享受") == 3_314_000
    steps = [row[4].value for row in told.worksheets[1].iter_rows(min_row=2)]
    assert sum(steps) == 3_314_000 and len(steps) == 5 * 3 + 5 + 2


def list_of(*rows: dict[str, str]) -> bytes:
    columns = ["firm", "region", "employer", "tariff", "industry", "electricity_2020_03", "key_supplier"]
    made = openpyxl.Workbook()
    made.active.append([book.field_name(column) for column in columns])
    for row in rows:
        made.active.append([row.get(column, "") for column in columns])
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


GOOD = {"firm": "s0", "employer": "企业", "tariff": "大工业用电", "electricity_2020_03": "2000"}


def test_a_list_changes_what_it_says_and_bad_rows_come_back(firms) -> None:
    content = list_of(GOOD, {**GOOD, "firm": "s9"}, {**GOOD, "firm": "s1", "electricity_2020_03": "-2", "tariff": "?"})
    client = client_of(firms.office)
    answer = client.post("/exchange/relief/import/", {"sheet": SimpleUploadedFile("名册.xlsx", content)}, follow=True)
    shown = answer.content.decode()
    assert "退回 2 行" in shown and "不能为负数" in shown and "应为您可见的企业的编号" in shown
    kept = ReliefFigures.objects.get(site=firms.sites[0])
    assert kept.values == {**FIGURES, "electricity_2020_03": "2000"} and kept.source == "名册.xlsx"
    given = ReliefImport.objects.get()
    assert (given.created, given.changed, given.same) == (0, 1, 0)
    assert f'href="/exchange/relief/import/{given.pk}/rows/"' in shown
    asked = client.get("/exchange/relief/import/").content.decode()
    assert f'href="/exchange/relief/import/{given.pk}/"' in asked and 'accept=".xlsx,.csv,.parquet"' in asked
    back = openpyxl.load_workbook(io.BytesIO(client.get(f"/exchange/relief/import/{given.pk}/rows/").content))
    rows = [[cell.value for cell in row] for row in back.active.iter_rows(min_row=2)]
    assert [(row[0], row[-2]) for row in rows] == [("s9", 3), ("s1", 4)]
    client.post("/exchange/relief/import/", {"sheet": SimpleUploadedFile("名册.xlsx", content)})
    assert ReliefImport.objects.first().same == 1 and ReliefFigures.objects.get(pk=kept.pk).version == kept.version
    assert client_of(firms.accounts["leader"]).get(f"/exchange/relief/import/{given.pk}/").status_code == 404


def test_a_team_reads_in_its_own_firms_only(firms) -> None:
    leader = firms.accounts["team_leader"]
    given = imports.begin(leader, firms.campaign, "x", ["firm", "staff"], [["s0", "7"], ["s1", "8"], ["s0", "9"]], 2)
    done = imports.take(given)
    assert done.changed == 1 and [bad["row"] for bad in done.bad] == [1, 2]
    assert ReliefFigures.objects.get(site=firms.sites[0]).values["staff"] == "7"
    assert "staff" not in ReliefFigures.objects.get(site=firms.sites[1]).values
    with pytest.raises(NotAllowed):
        imports.begin(firms.accounts["site_contact"], firms.campaign, "x", ["firm"], [["s0"]], 2)


def test_a_long_list_goes_to_a_job(firms, django_capture_on_commit_callbacks) -> None:
    content = list_of(GOOD, *[{**GOOD, "firm": f"x{n}"} for n in range(60)])
    with django_capture_on_commit_callbacks(execute=True):
        answer = client_of(firms.office).post(
            "/exchange/relief/import/", {"sheet": SimpleUploadedFile("名册.xlsx", content)}
        )
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/" and job.state == "done"
    given = ReliefImport.objects.get()
    assert (given.changed, len(given.bad)) == (1, 60) and job.result["url"] == f"/exchange/relief/import/{given.pk}/"


@pytest.mark.parametrize(("name", "content"), [("a.xlsx", b"x"), ("a.pdf", b"x"), ("a.csv", "甲\n1".encode())])
def test_what_is_no_list_is_refused_beside_the_field(firms, name: str, content: bytes) -> None:
    answer = client_of(firms.office).post("/exchange/relief/import/", {"sheet": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422 and "errorlist" in answer.content.decode() and not ReliefImport.objects.exists()


def test_figures_are_refused_stale_or_wrong(firms) -> None:
    with pytest.raises(Stale) as stale:
        keep(firms, firms.sites[0], {**FIGURES, "staff": "9"})
    assert stale.value.facts["diff"] == {"staff": ("9", None)}
    with pytest.raises(RuleBroken) as wrong:
        keep(firms, firms.sites[0], {"region": "99"}, version=1)
    assert set(wrong.value.facts["faults"]) == {"region"}
    firms.sites[0].door = "village"
    firms.sites[0].save()
    with pytest.raises(RuleBroken):
        keep(firms, firms.sites[0], FIGURES, version=1)


def test_the_list_is_found_by_name_and_names_firms_without_figures(firms) -> None:
    ReliefFigures.objects.filter(site=firms.sites[1]).delete()
    client = client_of(firms.office)
    shown = client.get("/exchange/relief/?q=企业1").content.decode()
    assert f"/exchange/relief/{firms.sites[1].pk}/figures/" in shown and "企业0" not in shown
    assert "没有这个名称" in client.get("/exchange/relief/?q=nobody").content.decode()
    site_page = client.get(f"/sites/{firms.sites[0].pk}/").content.decode()
    assert f"/exchange/relief/{firms.sites[0].pk}/" in site_page
    assert "/exchange/relief/" in client.get("/exchange/").content.decode()


def test_pages_ask_few_queries_and_stay_small(firms, django_assert_max_num_queries) -> None:
    for n in range(45):
        site = firms.sites[1]
        site.pk, site.code, site.name = None, f"more{n}", f"更多企业{n}"
        site._state.adding = True
        site.save()
        keep(firms, site, {"employer": "enterprise", "land_tax_relief": str(1000 + n)})
    client = client_of(firms.accounts["leader"])
    for path in ("", f"{firms.sites[0].pk}/", "rules/"):
        with django_assert_max_num_queries(15):
            answer = client.get(f"/exchange/relief/{path}")
        assert answer.status_code == 200 and len(answer.content) < 100_000
    form = client_of(firms.office).get(f"/exchange/relief/{firms.sites[0].pk}/figures/")
    assert form.status_code == 200 and len(form.content) < 100_000


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_field_and_every_reason_has_words(language: str) -> None:
    with translation.override(language):
        _has_words()


def _has_words() -> None:
    assert {name for _id, _heading, names in book.sections() for name in names} == set(FIELDS)
    for column in book.columns():
        assert book.column_of(book.field_name(column)) == column
    for rule in book.book().rules:
        for test in rule.where:
            assert words.short_reason(rule, f"no:{test.field}") and words.reason(rule, f"needs:{test.field}", {})
