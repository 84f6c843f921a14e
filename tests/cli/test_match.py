"""`sijin match eval`: the figures on labelled files, and their faults by row and column."""

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import sijin

LABELLED = Path(__file__).parents[1] / "exchange/complements"


@pytest.mark.parametrize(
    ("name", "first", "three"),
    [
        ("needs_development", 0.75, 0.90),
        ("needs_held_out", 0.70, 0.85),
        ("needs_others_development", 0.60, 0.75),
        ("needs_others_held_out", 0.65, 0.75),
    ],
)
def test_the_figures_of_the_shipped_files_do_not_fall(name: str, first: float, three: float) -> None:
    found = json.loads(sijin("match", "eval", str(LABELLED / f"{name}.csv"), "--json").stdout)
    assert found["left_out"] == 0 and found["offers"] == 160
    assert found["hit@1"] >= first and found["hit@3"] >= three and found["coverage"] >= 0.95


def files(folder: Path, needs: str, offers: str = "id,text\na,电脑\nb,口罩\n") -> Path:
    (folder / "offers.csv").write_text(offers, encoding="utf-8")
    file = folder / "needs.csv"
    file.write_text(needs, encoding="utf-8")
    return file


def test_wrong_answers_count_as_wrong_and_are_listed(tmp_path) -> None:
    file = files(tmp_path, "text,offers\n缺电脑,a\n缺电脑,b\n缺口罩,a b\n石头,a\n")
    found = json.loads(sijin("match", "eval", str(file), "--json").stdout)
    assert (found["n"], found["hit@1"], found["coverage"]) == (4, 0.5, 0.75)
    shown = sijin("match", "eval", str(file), "--misses")
    assert shown.exit_code == 0 and "hit@1     0.500" in shown.stdout and "石头" in shown.stdout


def test_rows_that_cannot_be_taken_are_named(tmp_path) -> None:
    needs = "text,offers,kind\n缺电脑,a,\n,a,\n缺口罩,,\n缺口罩,c,\n缺口罩,b,石头\n"
    ran = sijin("match", "eval", str(files(tmp_path, needs, "id,text\na,电脑\n,x\na,y\nb,\nb,口罩\n")), "--json")
    assert ran.exit_code == 1
    for words in (
        "row 3, id: empty", "row 4, id: a —", "row 5, text: empty", "needs.csv, row 3, text: empty",
        "row 4, offers: empty", "row 5, offers: c — expected ids", "row 6, kind: 石头 — expected one of labor",
    ):  # fmt: skip
        assert words in ran.stderr.replace("\n", " "), words
    assert json.loads(ran.stdout)["n"] == 1


def test_files_that_cannot_be_used_say_why(tmp_path) -> None:
    file = files(tmp_path, "words,offers\n缺电脑,a\n")
    ran = sijin("match", "eval", str(file))
    assert ran.exit_code == 2 and "the column text/need is missing" in ran.stderr.replace("\n", " ")
    (tmp_path / "offers.csv").unlink()
    ran = sijin("match", "eval", str(file))
    assert ran.exit_code == 2 and "Where are the offers?" in ran.stderr
    ran = sijin("match", "eval", str(tmp_path / "nothing.csv"), "--offers", str(file))
    assert ran.exit_code == 2


def test_one_need_is_answered_with_reasons() -> None:
    ran = sijin("match", "find", "防护服产能不足", "--offers", str(LABELLED / "offers.csv"))
    assert ran.exit_code == 0 and "R001" in ran.stdout
