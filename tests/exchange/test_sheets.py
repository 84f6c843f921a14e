"""Sheets of offers: the template is taken as it is, bad rows come back by column, the same sheet counts once."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from sijin.exchange import files
from sijin.exchange.domain import imports, offers
from sijin.exchange.domain.sheet import COLUMNS, Parser
from sijin.exchange.models import Offer, OfferImport
from sijin.people.models import Job
from sijin.people.refusals import NotAllowed, RuleBroken
from sijin.works.domain.returning import workers
from sijin.works.domain.returning.sheets import WorkerRows
from sijin.works.domain.shuttles.sheets import BusRows
from sijin.works.files import returning
from sijin.works.models import Bus
from tests.conftest import at
from tests.exchange.test_offers import FACTS, client_of

NAMES = [name for name, *_rest in COLUMNS]
GOOD = {"kind": "物资", "item": "口罩", "quantity": 500, "unit": "只", "provider": "口罩厂"}


def sheet(*rows: dict) -> bytes:
    """Write rows under the template's headings."""
    book = openpyxl.load_workbook(io.BytesIO(files.template()))
    page = book.worksheets[0]
    page.delete_rows(2)
    for number, row in enumerate(rows, start=2):
        for name, value in row.items():
            page.cell(number, NAMES.index(name) + 1, value)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def taken(by, campaign, content: bytes) -> OfferImport:
    begun = imports.begin(by, campaign, "资源.xlsx", content, files.read(content))
    return imports.take(begun, Parser(by))


@pytest.fixture
def office(world):
    return world.accounts["campaign_office"]


def test_the_template_with_its_example_is_taken_as_it_is(world, office) -> None:
    done = taken(office, world.campaign, files.template())
    assert (done.created, done.bad) == (1, [])
    offer = Offer.objects.get()
    assert (offer.item, offer.quantity, offer.unit, offer.region) == ("医用口罩", 5000, "只", world.county)
    assert offer.tags == ["口罩", "防疫"] and offer.certificate is True and offer.until.isoformat() == "2020-04-30"


def test_bad_rows_come_back_and_good_rows_are_kept(world, office) -> None:
    wrong = {**GOOD, "kind": "别的", "quantity": "很多", "region": "火星", "until": "三月", "site": "x", "reach_km": -1}
    done = taken(office, world.campaign, sheet(GOOD, wrong, {**GOOD, "provider": None}))
    assert done.created == 1 and [row["row"] for row in done.bad] == [3, 4]
    said = "；".join(done.bad[0]["faults"])
    for words in (
        "“类别”",
        "别的",
        "“数量”",
        "很多",
        "“地点”",
        "火星",
        "“截止日期”",
        "2020-03-10",
        "“点位编号”",
        "“可达公里”",
    ):
        assert words in said
    assert "“提供方”" in done.bad[1]["faults"][0]
    back = CalamineWorkbook.from_filelike(io.BytesIO(files.returned(done.bad))).get_sheet_by_index(0).to_python()
    assert len(back) == 3 and "别的" in back[1] and "火星" in back[1][-1]


def test_the_same_sheet_changes_nothing_the_second_time(world, office) -> None:
    content = sheet(GOOD, {**GOOD, "item": "手套"})
    assert taken(office, world.campaign, content).created == 2
    again = taken(office, world.campaign, content)
    assert (again.created, again.same, again.bad) == (0, 2, []) and Offer.objects.count() == 2


def test_an_export_is_read_in_again_and_a_stale_row_comes_back(world, office) -> None:
    first = offers.make(office, world.campaign, **FACTS, tags=["防疫"], certificate=False, region=world.county)
    second = offers.make(office, world.campaign, **{**FACTS, "item": "手套"})
    content = files.export(Offer.objects.select_related("region", "site", "unit_of_provider"))
    assert taken(office, world.campaign, content).same == 2
    book = openpyxl.load_workbook(io.BytesIO(content))
    for row in (2, 3):
        book.worksheets[0].cell(row, NAMES.index("quantity") + 1, 150)
    kept = io.BytesIO()
    book.save(kept)
    offers.edit(office, second, version=1, quantity=Decimal(70))
    done = taken(office, world.campaign, kept.getvalue())
    assert done.changed == 1 and Offer.objects.get(pk=first.pk).quantity == 150
    assert "quantity: 150 / 70" in done.bad[0]["faults"][0] and Offer.objects.get(pk=second.pk).quantity == 70
    after = Offer.objects.get(pk=first.pk)
    assert (after.certificate, after.tags, after.region) == (False, ["防疫"], world.county)


def test_formulas_in_a_cell_are_text_in_the_export(world, office) -> None:
    offers.make(office, world.campaign, **{**FACTS, "provider": "=1+1"})
    cell = openpyxl.load_workbook(io.BytesIO(files.export(Offer.objects.all()))).worksheets[0]["G2"]
    assert cell.value == "=1+1" and cell.data_type == "s"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"\xff" * 100, "名称,数量".encode()], ids=repr)
def test_what_is_no_sheet_is_refused_beside_the_field(world, office, content) -> None:
    with pytest.raises(RuleBroken):
        files.read(content)
    upload = SimpleUploadedFile("x.xlsx", content or b" ")
    answer = client_of(office).post("/exchange/offers/import/", {"sheet": upload})
    assert answer.status_code == 422 and "errorlist" in answer.content.decode() and OfferImport.objects.count() == 0


def test_a_sheet_without_a_required_column_says_which() -> None:
    book = openpyxl.Workbook()
    book.active.append(["类别", "名称", "数量", "单位"])
    kept = io.BytesIO()
    book.save(kept)
    with pytest.raises(RuleBroken, match="提供方"):
        files.read(kept.getvalue())


def test_a_long_sheet_goes_to_a_job_that_says_what_became_of_it(
    world, office, django_capture_on_commit_callbacks
) -> None:
    content = sheet(*[{**GOOD, "item": f"口罩{n}"} for n in range(101)], {**GOOD, "quantity": -1})
    with django_capture_on_commit_callbacks(execute=True):
        answer = client_of(office).post("/exchange/offers/import/", {"sheet": SimpleUploadedFile("长表.xlsx", content)})
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/" and job.state == "done"
    read = OfferImport.objects.get()
    assert (read.created, len(read.bad)) == (101, 1) and job.result["url"] == f"/exchange/offers/import/{read.pk}/"


def test_a_sheet_is_seen_by_who_read_it_in_and_departments_offer_in_their_own_name(world, office) -> None:
    handler = world.accounts["department_handler"]
    done = taken(handler, world.campaign, sheet(GOOD, {**GOOD, "unit_of_provider": "市局1", "item": "手套"}))
    assert Offer.objects.get().unit_of_provider == world.units[0] and len(done.bad) == 1
    for account, status in ((handler, 200), (office, 404), (world.accounts["leader"], 404)):
        client = client_of(account)
        assert client.get(f"/exchange/offers/import/{done.pk}/").status_code == status
        assert client.get(f"/exchange/offers/import/{done.pk}/rows/").status_code == status
    with pytest.raises(NotAllowed):
        imports.begin(world.accounts["team_leader"], world.campaign, "x", b"", [])


def test_the_export_holds_what_the_list_shows(world, office) -> None:
    offers.make(office, world.campaign, **FACTS)
    offers.make(office, world.campaign, **{**FACTS, "item": "手套"})
    answer = client_of(office).get("/exchange/offers/export/?q=手套")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[3] for row in rows[1:]] == ["手套"]
    assert client_of(world.accounts["site_contact"]).get("/exchange/offers/export/").status_code == 403


def test_a_column_that_is_not_there_is_told_from_an_empty_cell(world, office) -> None:
    book = openpyxl.Workbook()
    for row in (["点位编号", "工号", "姓名", "电话"], ["s0", "W1", "工人一", None], ["s0", "", "工人二", "x"]):
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    facts = {"name": "工人", "home": "商丘", "post": "焊工", "phone": "19900000001", "wanted_on": date(2020, 3, 9)}
    worker = workers.enter(office, world.sites[0], "W1", at=at(3, 4), **facts)
    rows = WorkerRows(office)
    typed = [row["cells"] for row in returning.read(kept.getvalue())]
    facts = rows(typed[0]).facts
    assert "home" not in facts and facts["phone"] == ""
    assert rows.write(office, world.campaign, {**facts, "version": 1}) == "changed"
    worker.refresh_from_db()
    assert (worker.home, worker.post, worker.wanted_on, worker.phone) == ("商丘", "焊工", date(2020, 3, 9), "")
    back = files.written("返岗人员", rows.columns, rows.required, [[*typed[1], "错"]], {}, (), faults=True)
    assert returning.read(back)[0]["cells"] == typed[1]  # what was not asked for is not given back as empty


def test_a_bus_keeps_the_drivers_for_whom_the_sheet_has_no_column(world, office) -> None:
    said = {"seats": 44, "fixed": Decimal(1500), "per_km": Decimal(5), "depot": world.sites[0]}
    rows, now = BusRows(office), at(3, 4)
    drivers = {"driver": "驾驶员01", "phone": "19900000001", "driver_2": "", "phone_2": ""}
    assert rows.write(office, {**said, **drivers, "plate": "鲁K12345", "owner": "客运公司"}, now) == "created"
    assert rows.write(office, {**said, "plate": "鲁K12345", "seats": 40, "version": 1}, now) == "changed"
    bus = Bus.objects.get()
    assert (bus.seats, bus.owner, [one["role"] for one in bus.drivers]) == (40, "客运公司", ["驾驶员01"])
