"""Triage: what a text is about, as three choices with scores and the words that spoke for them, or an abstention.

Simplified script first, then character 1- to 3-grams weighted by TF-IDF, judged by two linear classifiers whose margins
are added: a support vector machine (Fan et al., LIBLINEAR, 2008) and complement naive Bayes (Rennie et al., 2003). One
is sure where it has seen much, the other holds up on words seen once. No segmentation: it hurts on short spoken texts.
Where there is an embedding, the margins of a third classifier, over its vectors, are added.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sijin.engines.embedding import Embedding
from sijin.engines.script import simplified

CHOICES = 3
GRAMS = (1, 3)  # characters; longer ones are seen once and teach nothing
PENALTY, SMOOTHING = 1.0, 0.3  # of the machine and of Bayes, chosen with whole topics left out
SPREADS = (0.46, 0.51)  # standard deviations of the two margins on texts left out: they make them comparable
SHARPNESS = 1.5  # turns added margins into scores; the least log loss on texts left out
MEANING_PENALTY, MEANING_SPREAD = 5.0, 0.78  # of the machine over vectors: as PENALTY and SPREADS, in the same way
MEANING_WORD = 0.5  # how many examples a single word counts for there: it says less than a sentence
MEANING_SHARPNESS = 1.0  # as SHARPNESS, with the third margin added
MARGIN = 0.2  # first score less second: below it the model abstains
CORRECTION = 3.0  # how many examples one correction counts for
LONGEST = 5_000  # characters that are read of one text
LONGEST_WORD = 6  # characters; a longer example is a sentence
WORDS = 3  # shown as reasons for each choice
GRAM_FAULT = "a text with at least one Chinese character or letter"
NOT_LETTERS = re.compile(r"[\W\d_]+")
HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Example:
    """A text whose category is known; a single word that speaks for a category is an example too."""

    text: str
    category: str


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an example: its place (from 0), the field, what was expected."""

    row: int
    field: str
    expected: str

    def __str__(self) -> str:
        return f"example {self.row}, {self.field}: expected {self.expected}"


class Faulty(ValueError):
    """Nothing can be learned from these examples; `faults` names every one."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults[:20])) + ("; …" if len(faults) > 20 else ""))
        self.faults = faults


@dataclass(frozen=True)
class Choice:
    """A category, its score (0 to 1, all categories add up to 1) and the pieces of the text that spoke for it."""

    category: str
    score: float
    because: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """What one text is about: at most three choices, best first; none at all when nothing in the text is known.

    `abstains` says that the first is not far enough ahead, so that a person should choose.
    """

    text: str
    choices: tuple[Choice, ...]
    margin: float
    abstains: bool

    @property
    def first(self) -> str:
        """Return the best category, or nothing."""
        return self.choices[0].category if self.choices else ""


@dataclass(frozen=True)
class Meaning:
    """What was learned from vectors: a weight for each dimension and category, of vectors less the examples' mean."""

    embedding: Embedding
    mean: NDArray[np.float32]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def margins(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return (texts, categories)."""
        return np.asarray((self.embedding.embed(texts) - self.mean) @ self.weights + self.bias, dtype=np.float64)


@dataclass(frozen=True)
class Model:
    """What was learned: one weight for each n-gram and category, and the words known to speak for a category.

    `digest` names the examples that it comes from; `meaning` is there where an embedding was given.
    """

    categories: tuple[str, ...]
    digest: str
    words: dict[str, tuple[str, ...]] = field(repr=False, compare=False)
    grams: Any = field(repr=False, compare=False)
    weights: NDArray[np.float64] = field(repr=False, compare=False)
    bias: NDArray[np.float64] = field(repr=False, compare=False)
    meaning: Meaning | None = field(default=None, repr=False, compare=False)


def plain(text: str) -> str:
    """Return `text` as it is compared: Simplified, lower case, without figures and marks."""
    return NOT_LETTERS.sub(" ", simplified(text[:LONGEST]).lower()).strip()


def validate(examples: Sequence[Example]) -> None:
    """Raise Faulty naming every example from which nothing can be learned."""
    faults = [Fault(row, "text", GRAM_FAULT) for row, one in enumerate(examples) if not plain(one.text)]
    faults += [Fault(row, "category", "a category") for row, one in enumerate(examples) if not one.category]
    if len({one.category for one in examples}) < CHOICES:
        faults.append(Fault(len(examples), "category", f"examples of at least {CHOICES} categories"))
    if faults:
        raise Faulty(faults)


def train(
    examples: Iterable[Example], *, corrections: Iterable[Example] = (), embedding: Embedding | None = None
) -> Model:
    """Learn from `examples` and, more heavily, from a person's `corrections`; the same input gives the same model.

    A model is kept for the last few inputs, so that asking again costs nothing; 1,600 examples and 2,700 words take
    about a second on one core. An `embedding` that has not seen them yet needs a minute and more for its vectors.

    Raises
    ------
    Faulty
        An example without text or category, or fewer than three categories.
    """
    return _trained(tuple(examples), tuple(corrections), embedding)


@lru_cache(maxsize=4)
def _trained(
    examples: tuple[Example, ...], corrections: tuple[Example, ...], embedding: Embedding | None = None
) -> Model:
    from sklearn.feature_extraction.text import TfidfVectorizer  # imported late: it takes a second
    from sklearn.naive_bayes import ComplementNB
    from sklearn.svm import LinearSVC

    rows = (*examples, *corrections)
    validate(rows)
    labels = np.array([one.category for one in rows])
    counts = np.array([1.0] * len(examples) + [CORRECTION] * len(corrections))
    grams = TfidfVectorizer(analyzer="char", ngram_range=GRAMS, sublinear_tf=True)
    read = [plain(one.text) for one in rows]
    table = grams.fit_transform(read)
    machine = LinearSVC(C=PENALTY, random_state=0).fit(table, labels, sample_weight=counts)
    bayes = ComplementNB(alpha=SMOOTHING).fit(table, labels, sample_weight=counts)
    likely = bayes.feature_log_prob_ - bayes.feature_log_prob_.mean(axis=0)  # linear too: both add up to one matrix
    return Model(
        categories=tuple(str(name) for name in machine.classes_),
        digest=digest(rows),
        words={
            name: tuple(
                dict.fromkeys(text for text, label in zip(read, labels, strict=True) if _is_word(text, label, name))
            )
            for name in sorted(set(labels.tolist()))
        },
        grams=grams,
        weights=(machine.coef_ / SPREADS[0] + likely / SPREADS[1]).T,
        bias=machine.intercept_ / SPREADS[0],
        meaning=_meaning(rows, labels, counts, embedding) if embedding else None,
    )


def _meaning(
    rows: Sequence[Example], labels: NDArray[np.str_], counts: NDArray[np.float64], embedding: Embedding
) -> Meaning:
    """Learn from the vectors of the examples."""
    from sklearn.svm import LinearSVC

    vectors = embedding.embed([one.text for one in rows])
    mean = np.asarray(vectors.mean(axis=0), dtype=np.float32)
    shares = counts * [MEANING_WORD if len(one.text) <= LONGEST_WORD else 1.0 for one in rows]
    machine = LinearSVC(C=MEANING_PENALTY, random_state=0).fit(vectors - mean, labels, sample_weight=shares)
    return Meaning(embedding, mean, machine.coef_.T / MEANING_SPREAD, machine.intercept_ / MEANING_SPREAD)


def _is_word(text: str, label: str, name: str) -> bool:
    """Say whether an example of category `label` is a single word for category `name`."""
    return label == name and 2 <= len(text) <= LONGEST_WORD and " " not in text


def digest(examples: Iterable[Example]) -> str:
    """Return a short name of these examples in this order."""
    made = hashlib.sha256()
    for one in examples:
        made.update(f"{one.category}\t{one.text}\n".encode())
    return made.hexdigest()[:16]


def route(texts: Iterable[str], model: Model) -> list[Route]:
    """Return for each text, in order, three categories with scores and reasons, or an abstention.

    A text without a Chinese character gets no choice, nor one of nothing but unknown ones where no vector speaks.
    """
    texts = list(texts)
    if not texts:
        return []
    read = [plain(text) for text in texts]
    table = model.grams.transform(read).tocsr()
    sums = table @ model.weights + model.bias
    sums = MEANING_SHARPNESS * (sums + model.meaning.margins(texts)) if model.meaning else SHARPNESS * sums
    odds = np.exp(sums - sums.max(axis=1, keepdims=True))
    scores = odds / odds.sum(axis=1, keepdims=True)
    return [_route(text, read[at], table[at], scores[at], model) for at, text in enumerate(texts)]


def _route(text: str, read: str, row: Any, scores: NDArray[np.float64], model: Model) -> Route:
    """Choose for one text: `row` holds its n-grams, `scores` those of all categories."""
    if not (row.nnz or model.meaning) or not HAN.search(read):
        return Route(text, (), 0.0, True)
    order = np.argsort(-scores, kind="stable")
    margin = float(scores[order[0]] - scores[order[1]])
    choices = tuple(
        Choice(model.categories[best], float(scores[best]), _because(read, row, int(best), model))
        for best in order[:CHOICES]
    )
    return Route(text, choices, margin, margin < MARGIN)


def _because(read: str, row: Any, category: int, model: Model) -> tuple[str, ...]:
    """Return what spoke for a category: words that are known to, else the loudest pieces of the text."""
    known = [word for word in model.words[model.categories[category]] if word in read]
    known = [word for word in known if not any(word != other and word in other for other in known)]
    if known:
        return tuple(sorted(known, key=lambda word: (-len(word), read.index(word)))[:WORDS])
    if not row.nnz:  # only its meaning spoke
        return ()
    weights = dict(zip(row.indices, row.data * model.weights[row.indices, category], strict=True))
    loud = [0.0] * len(read)  # what each character adds, in all n-grams that hold it
    for size in range(GRAMS[0], GRAMS[1] + 1):
        for at in range(len(read) - size + 1):
            share = weights.get(model.grams.vocabulary_.get(read[at : at + size], -1), 0.0) / size
            for place in range(at, at + size):
                loud[place] += share
    return _pieces(read, loud)


def _pieces(read: str, loud: list[float]) -> tuple[str, ...]:
    """Return the stretches of two characters or more that are at least half as loud as the loudest character."""
    least, start = max(loud) / 2, 0
    found: list[tuple[float, str]] = []
    for at in range(len(read) + 1):
        if at < len(read) and loud[at] > max(least, 0.0) and read[at] != " ":
            continue
        if at - start > 1:
            found.append((sum(loud[start:at]), read[start:at]))
        start = at + 1
    if not found and len(read) > 1:  # the loud characters stand alone: the loudest pair
        at = max(range(len(read) - 1), key=lambda place: loud[place] + loud[place + 1])
        found.append((0.0, read[at : at + 2]))
    return tuple(piece for _sum, piece in sorted(found, key=lambda one: (-one[0], one[1]))[:WORDS])
