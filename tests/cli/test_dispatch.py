"""`sijin dispatch`: a roster in, a plan out; bad rows are named, and the store that is there is left alone."""

import json
from io import BytesIO

import openpyxl
import pytest

from sijin.dispatch.files.writing import filled
from sijin.people.models import Account
from tests.cli.test_commands import sijin
from tests.dispatch.test_intake import ROWS


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.xlsx"
    path.write_bytes(filled({**ROWS, "sites": [*ROWS["sites"], {"code": "V9", "door": "乡村", "name": "错"}]}))
    return path


def test_a_roster_becomes_a_plan_with_its_proof(roster, tmp_path, monkeypatch, db) -> None:
    monkeypatch.setenv("SIJIN_DISPATCH_STORE", "1")  # the test's own store serves as the one that is thrown away
    plan, report = tmp_path / "plan.xlsx", tmp_path / "report.json"
    ran = sijin("dispatch", str(roster), "-o", str(plan), "--time-limit", "5", "--json", str(report))
    assert ran.exit_code == 0, ran.output
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["bound"] <= told["cost"] and told["gap"] < 0.01
    assert (told["teams"], told["people"], told["sites"]) == (2, 3, 3)
    assert told["faults"][0]["row"] == 5 and told["faults"][0]["sheet"] == "点位"
    book = openpyxl.load_workbook(BytesIO(plan.read_bytes()))
    seats = [[cell.value for cell in row] for row in book["人员"].iter_rows(min_row=2)]
    assert [(row[0], row[3], row[5]) for row in seats] == [
        ("市01", "丙", "是"),
        ("省01", "甲", "是"),
        ("省01", "乙", None),
    ]
    assert all(row[8] for row in seats)
    assert {row[3].value for row in book["点位"].iter_rows(min_row=2)} == {"某厂", "慈口观村", "新村"}


@pytest.mark.django_db
def test_it_works_in_a_store_of_its_own(roster, tmp_path) -> None:
    before = Account.objects.count()
    plan = tmp_path / "plan.xlsx"
    ran = sijin("dispatch", str(roster), "-o", str(plan), "--time-limit", "5")
    assert ran.exit_code == 0 and plan.read_bytes()[:2] == b"PK"
    assert Account.objects.count() == before


@pytest.mark.django_db
def test_what_cannot_be_read_or_written_is_said(roster, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SIJIN_DISPATCH_STORE", "1")
    assert sijin("dispatch", str(tmp_path / "none.xlsx"), "-o", "plan.xlsx").exit_code == 2
    assert sijin("dispatch", str(roster), "-o", str(tmp_path / "no" / "plan.xlsx")).exit_code == 2
    wrong = tmp_path / "wrong.xlsx"
    wrong.write_bytes(b"no workbook")
    assert sijin("dispatch", str(wrong), "-o", str(tmp_path / "plan.xlsx")).exit_code == 1


def test_a_roster_is_planned_county_by_county(roster, tmp_path, monkeypatch, db) -> None:
    monkeypatch.setenv("SIJIN_DISPATCH_STORE", "1")
    plan, report = tmp_path / "plan.xlsx", tmp_path / "report.json"
    asked = ["--by", "county", "--time-limit", "5", "--json", str(report)]
    ran = sijin("dispatch", str(roster), "-o", str(plan), *asked)
    assert ran.exit_code == 0, ran.output
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["bound"] <= told["cost"] and (told["teams"], told["people"], told["sites"]) == (2, 3, 3)
    assert told["measures"]["regions"] >= 1


@pytest.mark.django_db
def test_a_region_or_an_engine_that_is_not_known_is_refused(roster, tmp_path, monkeypatch) -> None:
    for wrong in (["--by", "street"], ["--engine", "hadoop"]):
        assert sijin("dispatch", str(roster), "-o", str(tmp_path / "plan.xlsx"), *wrong).exit_code == 2
    monkeypatch.setattr("sijin.cli.dispatch.find_spec", lambda name: None)
    ran = sijin("dispatch", str(roster), "-o", str(tmp_path / "plan.xlsx"), "--engine", "spark")
    assert ran.exit_code == 2 and "sijin[spark]" in ran.output
