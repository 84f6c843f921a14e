"""`sijin triage`: three choices for a text, and the figures on a labelled file, with its faults by row."""

import json
from pathlib import Path

from tests.cli.test_commands import sijin

OTHERS = Path(__file__).parents[1] / "engines/triage_others.csv"


def test_a_text_gets_three_choices_with_reasons() -> None:
    ran = sijin("triage", "route", "企业急需招聘焊工三十名", "--json")
    assert ran.exit_code == 0
    (told,) = json.loads(ran.stdout)
    assert [len(told["choices"]), told["choices"][0]["category"], told["abstains"]] == [3, "labor", False]
    assert any("焊工" in words or "招聘" in words for words in told["choices"][0]["because"])
    assert "labor" in sijin("triage", "route", "企业急需招聘焊工三十名").stdout


def test_a_text_that_says_nothing_is_left_to_a_person() -> None:
    ran = sijin("triage", "route", "12345 !!")
    assert ran.exit_code == 0 and "a person chooses" in ran.stdout
    assert sijin("triage", "route").exit_code == 2


def test_the_figures_of_a_labelled_file() -> None:
    found = json.loads(sijin("triage", "eval", str(OTHERS), "--json").stdout)
    assert found["n"] == 144 and found["left_out"] == 0
    assert found["top1"] >= 0.80 and found["top3"] >= 0.93
    assert sum(one["n"] for one in found["categories"].values()) == found["n"]
    wrong = sum(one["times"] for one in found["confusions"])
    assert wrong == round((1 - found["top1"]) * found["n"])
    shown = sijin("triage", "eval", str(OTHERS))
    assert shown.exit_code == 0
    assert f"top-1     {found['top1']:.3f}" in shown.stdout and "coverage" in shown.stdout


def test_wrong_labels_are_counted_as_wrong(tmp_path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("text,category\n企业贷款到期银行不续贷,finance\n企业贷款到期银行不续贷,culture\n", encoding="utf-8")
    found = json.loads(sijin("triage", "eval", str(file), "--json").stdout)
    assert (found["top1"], found["n"]) == (0.5, 2)
    assert found["confusions"] == [{"category": "culture", "routed": "finance", "times": 1}]


def test_bad_rows_are_named_and_the_rest_is_measured(tmp_path) -> None:
    file = tmp_path / "some.csv"
    file.write_text(
        "id,Category,Text\n1,loans,企业贷款难\n2,finance,\n3,finance,企业贷款难\n4\n\n5,,茶园缺技术\n",
        encoding="utf-8-sig",
    )
    ran = sijin("triage", "eval", str(file))
    assert ran.exit_code == 1
    assert "n         1" in ran.stdout
    assert "row 2, category: loans — expected one of capacity, labor" in ran.stderr.replace("\n", " ")
    assert "row 3, text: empty" in ran.stderr and "row 5, text: empty" in ran.stderr
    assert "row 7, category: empty" in ran.stderr


def test_a_file_as_a_chinese_excel_writes_it(tmp_path) -> None:
    file = tmp_path / "excel.csv"
    file.write_bytes("text,category\r\n企业贷款到期银行不续贷,finance\r\n".encode("gb18030"))
    assert json.loads(sijin("triage", "eval", str(file), "--json").stdout)["top1"] == 1.0


def test_what_is_no_labelled_file_is_said_in_words(tmp_path) -> None:
    file = tmp_path / "bad.csv"
    for content, words in (
        ("", "empty"),
        ("text,label\n贷款,finance\n", "the column category is missing"),
        ("text,category\n", "No row can be measured"),
        ("text,category\n贷款,loans\n", "No row can be measured"),
    ):
        file.write_text(content, encoding="utf-8")
        ran = sijin("triage", "eval", str(file))
        assert ran.exit_code == 2 and words in " ".join(ran.stderr.split())
    assert sijin("triage", "eval", str(tmp_path / "absent.csv")).exit_code == 2
    file.write_bytes(b"\xff\xfe\x00\x81")
    assert sijin("triage", "eval", str(file)).exit_code == 2
