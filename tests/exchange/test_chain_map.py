"""The chain map: kept from a sheet, measured, asked what stops; a weak link becomes a need once."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sijin.dispatch.models import Posting
from sijin.exchange.domain.chain import keeping, maps
from sijin.exchange.domain.chain.sheets import COLUMNS
from sijin.exchange.files import chain as sheets
from sijin.exchange.models import ChainFirm, ChainSupply, OfferImport
from sijin.ledger.models import Need
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from tests.exchange.test_offers import client_of

NAMES = [name for name, *_rest in COLUMNS]


def supply(world, supplier: str, buyer: str, product: str, volume: int, by=None, **more) -> str:
    """Keep a supply; the maker of gowns is the first site."""
    ends = [{"name": name, "site": world.sites[0] if name == "袍厂" else None} for name in (supplier, buyer)]
    ends[0] |= more.pop("facts", {})
    return keeping.keep_supply(by or world.office, world.campaign, *ends, product, Decimal(volume), **more)


@pytest.fixture
def chained(world):
    """Yarn → cloth → gown → shop; two makers of zips; an idle maker of tape."""
    world.office = world.accounts["campaign_office"]
    for row in (
        ("纱厂", "布厂", "纱", 40),
        ("布厂", "袍厂", "布", 90),
        ("袍厂", "商店", "袍", 200),
        ("链厂甲", "袍厂", "拉链", 5),
    ):
        supply(world, *row)
    supply(world, "链厂乙", "袍厂", "拉链", 4)
    supply(world, "胶厂", "袍厂", "胶条", 3, facts={"running": False})
    return world


def sheet(*rows: dict) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(sheets.template()))
    page = book.worksheets[0]
    page.delete_rows(2)
    for number, row in enumerate(rows, start=2):
        for name, value in row.items():
            page.cell(number, NAMES.index(name) + 1, value)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_the_lists_name_who_carries_the_chain_and_where_it_would_break(chained) -> None:
    found = maps.drawn(chained.office, chained.campaign)
    assert [row["firm"].name for row in found.backbone] == ["袍厂"]
    assert {row["firm"].name for row in found.suppliers} == {"布厂", "链厂甲", "链厂乙", "胶厂"}
    assert {(link.product, link.kind) for link in found.weak} == {
        ("胶条", "stopped"), ("纱", "single"), ("布", "single"), ("袍", "single"),
    }  # fmt: skip
    words = {link.product: link.words for link in found.weak}
    assert "纱厂" in words["纱"] and found.firms == 7 and found.volume == 342


def test_what_stops_is_told_step_by_step_and_drawn(chained) -> None:
    firm = ChainFirm.objects.get(name="纱厂")
    found = maps.drawn(chained.office, chained.campaign, firm.pk)
    assert [(row["firm"].name, row["step"]) for row in found.stops] == [("布厂", 1), ("袍厂", 2), ("商店", 3)]
    boxes = {box.firm.name: box for box in found.picture.boxes}
    assert boxes["纱厂"].x < boxes["布厂"].x < boxes["袍厂"].x < boxes["商店"].x
    assert (
        "asked" in boxes["纱厂"].roles and "stopped" in boxes["商店"].roles and "stopped" not in boxes["链厂甲"].roles
    )
    assert not maps.drawn(chained.office, chained.campaign, ChainFirm.objects.get(name="链厂甲").pk).stops


def test_a_supply_is_kept_once_changed_by_version_and_taken_off_by_nought(chained) -> None:
    assert supply(chained, "纱厂", "布厂", "纱", 40) == "same"
    assert supply(chained, "纱厂", "布厂", "纱", 50, version=1) == "changed"
    with pytest.raises(Stale):
        supply(chained, "纱厂", "布厂", "纱", 60, version=1)
    assert ChainSupply.objects.get(product="纱").volume == 50
    assert supply(chained, "纱厂", "布厂", "纱", 0) == "changed"
    assert not ChainFirm.objects.filter(name="纱厂").exists() and ChainFirm.objects.filter(name="布厂").exists()
    with pytest.raises(RuleBroken):
        supply(chained, "布厂", "布厂", "布", 1)
    with pytest.raises(NotAllowed):
        supply(chained, "新厂", "布厂", "纱", 1, by=chained.accounts["team_leader"])
    assert not ChainFirm.objects.filter(name="新厂").exists()


def test_a_sheet_keeps_good_rows_gives_back_bad_ones_and_comes_back_as_it_was(chained) -> None:
    good = {"supplier": "新厂", "buyer": "袍厂", "buyer_site": "s0", "product": "纽扣", "volume": 7, "running": "否"}
    bad = {"supplier": "新厂", "buyer": "袍厂", "buyer_site": "zz", "product": "线", "volume": -7, "local": "也许"}
    itself = {"supplier": "新厂", "buyer": "新厂", "product": "线", "volume": 7}
    client = client_of(chained.office)
    upload = SimpleUploadedFile("供应链.xlsx", sheet(good, bad, itself))
    client.post(reverse("exchange:chain_import"), {"sheet": upload})
    done = OfferImport.objects.get(of="chain")
    assert (done.created, [row["row"] for row in done.bad]) == (1, [3, 4])
    said = "；".join(done.bad[0]["faults"])
    assert all(
        words in said for words in ("“需方点位编号”", "“zz”", "“年供货额（万元）”", "“-7”", "“供方在本市”", "“也许”")
    )
    assert not ChainFirm.objects.get(name="新厂").running
    back = client.get(reverse("exchange:import_rows", args=[done.pk]))
    page = openpyxl.load_workbook(io.BytesIO(back.content)).worksheets[0]
    assert [page.cell(row, 1).value for row in (2, 3)] == ["新厂", "新厂"]
    before = ChainSupply.objects.count()
    again = SimpleUploadedFile("again.xlsx", client.get(reverse("exchange:chain_export")).content)
    client.post(reverse("exchange:chain_import"), {"sheet": again})
    second = OfferImport.objects.filter(of="chain").first()
    assert (second.same, second.created, second.changed, second.bad) == (before, 0, 0, [])


def test_a_sheet_of_something_else_is_refused_with_its_columns(chained) -> None:
    book = openpyxl.Workbook()
    book.active.append(["供方企业", "别的"])
    kept = io.BytesIO()
    book.save(kept)
    answer = client_of(chained.office).post(
        reverse("exchange:chain_import"), {"sheet": SimpleUploadedFile("x.xlsx", kept.getvalue())}
    )
    assert answer.status_code == 422 and "需方企业" in answer.content.decode()


def test_a_weak_link_becomes_a_need_once(chained) -> None:
    client = client_of(chained.office)
    if not Posting.objects.filter(site=chained.sites[0], until=None).exists():
        answer = client.post(reverse("exchange:chain_raise"), {"product": "布", "kind": "single"})
        assert answer.status_code == 422 and not Need.objects.filter(title__contains="布").exists()
        Posting.objects.create(team=chained.teams[0], site=chained.sites[0], since=chained.campaign.start)
    for _ in range(2):
        client.post(reverse("exchange:chain_raise"), {"product": "布", "kind": "single"})
    need = Need.objects.get(category="supply", title__contains="布")
    assert need.site == chained.sites[0]
    assert next(link.need for link in maps.drawn(chained.office, chained.campaign).weak if link.product == "布") == need
    assert need.number in client.get(reverse("exchange:chain")).content.decode()
    assert client.post(reverse("exchange:chain_raise"), {"product": "拉链", "kind": "single"}).status_code == 422


def test_without_supplies_the_page_says_what_will_be_here(world) -> None:
    page = client_of(world.accounts["campaign_office"]).get(reverse("exchange:chain"))
    assert page.status_code == 200 and reverse("exchange:chain_import") in page.content.decode()
    assert client_of(world.accounts["leader"]).get(reverse("exchange:chain")).status_code == 200
    assert client_of(world.accounts["team_leader"]).get(reverse("exchange:chain")).status_code == 403
