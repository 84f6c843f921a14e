"""`sijin relief`: a list of firms in, sheets out; bad rows are named and come back."""

from io import BytesIO
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from sijin.exchange.files.relief import write_template
from tests.cli.test_commands import sijin

MONTHS = [f"2020年{n}月" for n in range(2, 7)]
HEADS = ["企业编号", "区划代码", "行业代码", "单位性质", "企业规模", "工伤风险类别", "用电类别",
         "核准减免房产税（元）",
         *(f"{month}社保单位缴费基数（元）" for month in MONTHS),
         *(f"{month}电费" for month in MONTHS), "备注"]  # fmt: skip
SAME = ["C2221", "企业", "中型", "二类", "大工业用电"]
MONTHLY = [*["2600000"] * 5, *["1800000"] * 5]
GOOD = ["E003", "371002", *SAME, "641,000", *MONTHLY, ""]
BAD = ["E004", "99", "C2221", "朋友", *SAME[2:], "-1", *MONTHLY, ""]


@pytest.fixture
def firms(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in (HEADS, GOOD, BAD, GOOD):
        book.active.append(row)
    book.save(tmp_path / "firms.xlsx")
    return tmp_path / "firms.xlsx"


def rows(path: Path, sheet: int) -> list[list[object]]:
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in book.worksheets[sheet].iter_rows(min_row=2)]


def test_a_list_becomes_sheets_and_bad_rows_come_back(firms: Path, tmp_path: Path) -> None:
    out, bad = tmp_path / "sheets.xlsx", tmp_path / "bad.xlsx"
    ran = sijin("relief", str(firms), "--on", "2020-05-26", "-o", str(out), "--errors", str(bad))
    assert ran.exit_code == 0, ran.output
    assert "3,314,000.00 yuan may be had; 2 rows come back" in " ".join(ran.output.split())
    assert "row 3, Kind of employer: “朋友”" in ran.output and "备注" in ran.output
    ((firm, due, *_rest),) = rows(out, 0)
    assert (firm, due) == ("E003", 3_314_000)
    given = {row[2]: row for row in rows(out, 1)}
    assert set(given) == {"SI-SME", "EL-1", "TAX-PROPERTY"}
    assert given["SI-SME"][4:8] == ["2020年2月至6月", 13_000_000, 0.171, 2_223_000] and given["SI-SME"][11]
    why = {row[2]: row[4] for row in rows(out, 2)}
    assert "大型" in why["SI-LARGE"] and "医保单位缴费基数" in why["MI-SD"]
    back = rows(bad, 0)
    assert [(row[0], row[-2]) for row in back] == [("E004", 3), ("E003", 4)]
    assert "区划代码" in back[0][-1] and "核准减免房产税" in back[0][-1] and "更早" in back[1][-1]


def test_csv_of_an_office_program_and_parquet_give_the_same(firms: Path, tmp_path: Path) -> None:
    table = pl.DataFrame([GOOD], schema=HEADS, orient="row")
    (tmp_path / "firms.csv").write_bytes(table.write_csv().encode("gb18030"))
    table.write_parquet(tmp_path / "firms.parquet")
    found = []
    for name in ("firms.csv", "firms.parquet"):
        ran = sijin("relief", str(tmp_path / name), "--on", "2020-05-26", "-o", str(tmp_path / "lines.parquet"))
        assert ran.exit_code == 0, ran.output
        found.append(pl.read_parquet(tmp_path / "lines.parquet"))
    assert found[0].equals(found[1]) and found[0].filter(status="due")["yuan"].sum() == 3_314_000


def test_what_cannot_be_read_or_written_is_said(firms: Path, tmp_path: Path) -> None:
    assert sijin("relief", str(tmp_path / "none.xlsx"), "-o", str(tmp_path / "a.xlsx")).exit_code == 2
    assert sijin("relief", str(firms), "-o", str(tmp_path / "no" / "a.xlsx")).exit_code == 2
    assert sijin("relief", str(firms), "-o", str(tmp_path / "a.txt")).exit_code == 2
    (tmp_path / "wrong.xlsx").write_bytes(b"no workbook")
    assert sijin("relief", str(tmp_path / "wrong.xlsx"), "-o", str(tmp_path / "a.xlsx")).exit_code == 1
    (tmp_path / "other.csv").write_text("name\nx\n", encoding="utf-8")
    assert "Firm" in sijin("relief", str(tmp_path / "other.csv"), "-o", str(tmp_path / "a.xlsx")).output


def test_the_empty_list_can_be_read_in_as_it_is(tmp_path: Path) -> None:
    made = BytesIO()
    write_template(made)
    (tmp_path / "empty.xlsx").write_bytes(made.getvalue())
    ran = sijin("relief", str(tmp_path / "empty.xlsx"), "-o", str(tmp_path / "a.xlsx"))
    assert ran.exit_code == 0 and "were left out" not in ran.output and "0 firms" in ran.output
