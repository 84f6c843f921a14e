"""Triage: texts of others, whole topics left out, both scripts, texts that say nothing, corrections, bad examples."""

import csv
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from sijin.engines import triage
from sijin.engines.triage import Example, Faulty, route, train
from sijin.ledger.examples import TRIAGE, of_ledger, of_triage, rows, shipped

OTHERS = Path(__file__).with_name("triage_others.csv")


def others() -> tuple[list[str], list[str]]:
    with OTHERS.open(encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    return [row["text"] for row in found], [row["category"] for row in found]


def shares(routes, labels) -> tuple[float, float]:
    first = np.mean([one.first == label for one, label in zip(routes, labels, strict=True)])
    among = [label in {choice.category for choice in one.choices} for one, label in zip(routes, labels, strict=True)]
    return float(first), float(np.mean(among))


def test_texts_that_were_never_trained_on() -> None:
    texts, labels = others()
    assert min(labels.count(name) for name in TRIAGE) >= 10
    assert not set(texts) & {one.text for one in of_triage()}
    first, among = shares(route(texts, shipped()), labels)
    assert first >= 0.85 and among >= 0.96


def test_chance_would_not_do() -> None:
    """The same measure on shuffled labels is far below: the test above can fail."""
    texts, labels = others()
    first, among = shares(route(texts, shipped()), list(np.random.default_rng(0).permutation(labels)))
    assert first < 0.25 and among < 0.5


def test_topics_that_were_left_out_whole() -> None:
    """Every fifth topic of each category is left out in turn: what is learned carries over to new subjects."""
    words = [one for one in of_triage() if len(one.text) <= 8]
    topics = {name: sorted({row["topic"] for row in rows() if row["category"] == name}) for name in TRIAGE}
    first, among, count = 0.0, 0.0, 0
    for fold in range(3):
        held = [row for row in rows() if topics[row["category"]].index(row["topic"]) % 3 == fold]
        kept = [row for row in rows() if topics[row["category"]].index(row["topic"]) % 3 != fold]
        model = train([*(Example(row["text"], row["category"]) for row in kept), *words])
        found = shares(route([row["text"] for row in held], model), [row["category"] for row in held])
        first, among, count = first + found[0] * len(held), among + found[1] * len(held), count + len(held)
    assert count == len(rows())
    assert first / count >= 0.85 and among / count >= 0.96


def test_what_ships_is_varied() -> None:
    for name in TRIAGE:
        own = [row for row in rows() if row["category"] == name]
        assert len(own) >= 60 and len({row["topic"] for row in own}) >= 8
    assert len({row["text"] for row in rows()}) == len(rows())


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("缺技能型人才", "缺技能型人才"),
        ("防護服產能不足，外貿訂單排到八月中旬", "防护服产能不足，外贸订单排到八月中旬"),
        ("茶園缺乏專業的管理和種植技術", "茶园缺乏专业的管理和种植技术"),
        ("污水處理和雨污分離難題", "污水处理和雨污分离难题"),
    ],
)
def test_both_scripts_give_the_same(traditional, simplified) -> None:
    one, other = route([traditional, simplified], shipped())
    assert one.choices == other.choices and one.margin == other.margin


@pytest.mark.parametrize("text", ["", "   ", "12345", "!?。", "we need a loan", "𠮷", "\x00"])
def test_a_text_that_says_nothing_gets_no_choice(text) -> None:
    (one,) = route([text], shipped())
    assert one.abstains and one.choices == () and one.first == ""


def test_a_very_long_text_is_read_to_its_limit() -> None:
    start = perf_counter()
    (one,) = route(["企业贷款到期，银行不肯续贷，资金链紧张。" * 20_000], shipped())
    assert one.first == "finance" and perf_counter() - start < 2


def test_a_text_between_two_categories_is_left_to_a_person() -> None:
    clear, unclear = route(["银行贷款利率太高", "请帮忙协调解决一下困难"], shipped())
    assert not clear.abstains and clear.margin > 0.5
    assert unclear.abstains and len(unclear.choices) == 3


def test_scores_fall_and_the_reasons_stand_in_the_text() -> None:
    texts, _labels = others()
    for one in route(texts, shipped()):
        scores = [choice.score for choice in one.choices]
        assert scores == sorted(scores, reverse=True) and 0 < sum(scores) <= 1 + 1e-9
        assert one.margin == pytest.approx(scores[0] - scores[1])
        for choice in one.choices:
            assert all(piece in triage.plain(one.text) for piece in choice.because)
        assert one.choices[0].because


def test_a_correction_becomes_an_example() -> None:
    text = "想给老渔村的木船修一修，留个念想"
    (before,) = route([text], shipped())
    other = next(name for name in TRIAGE if name != before.first)
    (after,) = route(
        [
            text,
        ],
        train(of_triage(), corrections=[Example(text, other)]),
    )
    assert after.first == other
    texts, labels = others()
    corrected = train(of_triage(), corrections=[Example(text, other)])
    assert abs(shares(route(texts, corrected), labels)[0] - shares(route(texts, shipped()), labels)[0]) < 0.03


def test_training_is_quick_repeatable_and_kept() -> None:
    shipped()  # the libraries are imported by now
    triage._trained.cache_clear()
    start = perf_counter()
    first = shipped()
    assert perf_counter() - start < 2
    assert shipped() is first
    triage._trained.cache_clear()
    again = shipped()
    assert again == first and np.array_equal(again.weights, first.weights)
    assert triage.digest(of_triage()) == first.digest != triage.digest(of_triage()[1:])


def test_the_ledger_tells_more_apart() -> None:
    model = train(of_ledger())
    assert {"road", "land", "market", "care", "law"} <= set(model.categories)
    found = route(["村里路灯不亮", "二期项目用地指标没有落实", "跨省专利纠纷影响生产", "楼道漏水多年未修"], model)
    assert [one.first for one in found] == ["road", "land", "law", "housing"]


def test_examples_from_which_nothing_can_be_learned_are_named() -> None:
    with pytest.raises(Faulty) as caught:
        train([Example("贷款", "finance"), Example("12", "labor"), Example("招工", "")])
    assert [(fault.row, fault.field) for fault in caught.value.faults] == [(1, "text"), (2, "category")]
    with pytest.raises(Faulty, match="at least 3 categories"):
        train([Example("贷款", "finance"), Example("招工", "labor")])
    assert route([], shipped()) == []
