"""Triage against simpler ways, on texts that none of them was trained on: top-1, top-3, seconds.

`python -m benchmarks.exchange.triage [FILE]`; FILE is a csv with the columns text and category.
"""

import csv
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

from benchmarks.exchange.embedding import embedding
from benchmarks.results import keep
from sijin.engines import triage
from sijin.engines.script import simplified
from sijin.ledger.examples import TRIAGE, of_triage, rows

OTHERS = Path(__file__).parents[2] / "tests/engines/triage_others.csv"
RESULTS = Path(__file__).with_name("RESULTS.md")
Ranked = list[list[str]]
WORD = 8  # characters; a shipped example of so many is a word


def majority(texts: list[str]) -> Ranked:
    """Answer with the three most frequent categories."""
    frequent = [name for name, _n in Counter(row["category"] for row in rows()).most_common(3)]
    return [frequent] * len(texts)


def keywords(texts: list[str]) -> Ranked:
    """Count the shipped words of each category that stand in the text."""
    words = [one for one in of_triage() if len(one.text) <= WORD]
    ranked = []
    for text in map(simplified, texts):
        hits = Counter(one.category for one in words if one.text in text)
        ranked.append(sorted(TRIAGE, key=lambda name: -hits[name])[:3])
    return ranked


def _by_scores(names: np.ndarray, scores: np.ndarray) -> Ranked:
    return names[np.argsort(-scores, axis=1, kind="stable")[:, :3]].tolist()


def bayes(texts: list[str]) -> Ranked:
    """Multinomial naive Bayes over counted characters and pairs of the shipped sentences."""
    grams = CountVectorizer(analyzer="char", ngram_range=(1, 2))
    table = grams.fit_transform([triage.plain(row["text"]) for row in rows()])
    model = MultinomialNB().fit(table, [row["category"] for row in rows()])
    return _by_scores(model.classes_, model.predict_log_proba(grams.transform(map(triage.plain, texts))))


def regression(texts: list[str]) -> Ranked:
    """TF-IDF of 1- to 3-grams and logistic regression over the shipped sentences: the usual recipe."""
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    table = grams.fit_transform([triage.plain(row["text"]) for row in rows()])
    model = LogisticRegression(C=10, max_iter=300).fit(table, [row["category"] for row in rows()])
    return _by_scores(model.classes_, model.decision_function(grams.transform(map(triage.plain, texts))))


def sentences_alone(texts: list[str]) -> Ranked:
    """Sijin's engine without the shipped words."""
    model = triage.train([triage.Example(row["text"], row["category"]) for row in rows()])
    return _names(triage.route(texts, model))


def ours(texts: list[str]) -> Ranked:
    """Sijin's engine as it ships."""
    return _names(triage.route(texts, triage.train(of_triage())))


def by_meaning(texts: list[str]) -> Ranked:
    """Sijin's engine with the embedding of the extra, whose vectors of the examples are there already."""
    return _names(triage.route(texts, triage.train(of_triage(), embedding=EMBEDDING)))


def _names(routes: list[triage.Route]) -> Ranked:
    return [[choice.category for choice in one.choices] for one in routes]


WAYS: dict[str, Callable[[list[str]], Ranked]] = {
    "most frequent category": majority,
    "list of words": keywords,
    "naive Bayes, characters and pairs": bayes,
    "TF-IDF and logistic regression": regression,
    "Sijin, sentences alone": sentences_alone,
    "**Sijin**": ours,
}
EMBEDDING = embedding()
if EMBEDDING:
    WAYS["Sijin with `sijin[semantic]`"] = by_meaning


def main(file: Path) -> None:
    """Measure every way on `file`; its own set goes into RESULTS.md."""
    with file.open(encoding="utf-8-sig") as opened:
        held = list(csv.DictReader(opened))
    texts, labels = [row["text"] for row in held], [row["category"] for row in held]
    if EMBEDDING:
        EMBEDDING.embed([one.text for one in of_triage()])
    ours(texts[:1])  # imports and dictionaries are no part of the seconds
    triage._trained.cache_clear()
    lines = ["| way | top-1 | top-3 | seconds, training and all texts |", "|---|--:|--:|--:|"]
    figures = {}
    for name, way in WAYS.items():
        start = perf_counter()
        ranked = way(texts)
        seconds = perf_counter() - start
        first = np.mean([one[:1] == [label] for one, label in zip(ranked, labels, strict=True)])
        among = np.mean([label in one for one, label in zip(ranked, labels, strict=True)])
        figures[name] = first
        lines.append(f"| {name} | {first:.3f} | {among:.3f} | {seconds:.2f} |")
        print(lines[-1], flush=True)
    first = figures["**Sijin**"]
    error = 1.96 * np.sqrt(first * (1 - first) / len(texts))
    lines += [
        "",
        f"{len(texts)} texts, {len(rows())} sentences and {len(of_triage()) - len(rows())} words to learn from; top-1"
        f" is good to ±{error:.2f} (95 %). The texts were written after the examples and were never trained on, but by"
        " the same hand: texts of others will do worse.",
    ]
    if EMBEDDING:
        lines.append(
            "With the extra: the vectors of the examples were there already (decision 0040), those of the texts are in"
            " the seconds; its weight was chosen with whole topics of the examples left out, not on this file."
        )
    if file == OTHERS:
        keep("Triage", "python -m benchmarks.exchange.triage", "\n".join(lines), RESULTS)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else OTHERS)
