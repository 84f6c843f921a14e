"""Texts as numbered features: 1- to 3-grams of characters, hashed, and the field's own words, found all at once.

Arrays of code points instead of loops: two hundred thousand texts take seconds. Every feature counts once in a text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sijin.engines.complements.rules import Rules
from sijin.engines.script import simplified

BUCKETS = 1 << 22  # of hashed n-grams; at half a million different ones hardly two share one
GRAM_WEIGHTS = (0.9, 1.0, 0.7)  # of one, two, three characters: chosen on the development texts
GRAM, SAME, AKIN = range(3)  # sorts of features: n-grams, words for the same, words that go together
LONGEST = 600  # characters that are read of one text
PRIME = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: spreads neighbouring code points
MARKS = re.compile(r"[^\w\n]+|_")
FIGURES = re.compile(r"(?<![a-z\d])\d+(?![a-z\d])")
END, BLANK = 10, 32

Rows = NDArray[np.int32]


@dataclass(frozen=True)
class Features:
    """Which features each text has: `row` and `feature` side by side, sorted by row; `bits`: (texts, attributes)."""

    row: Rows
    feature: Rows
    bits: NDArray[np.uint64]


def plain(texts: Sequence[str]) -> str:
    """Return the texts as they are compared, one a line: Simplified, lower case, without marks and mere figures."""
    joined = "\n".join(" ".join(text[:LONGEST].split()) for text in texts)
    return FIGURES.sub(" ", MARKS.sub(" ", simplified(joined).lower()))


class Reader:
    """Reads texts into features by the words of `rules`."""

    def __init__(self, rules: Rules) -> None:
        self.attributes = tuple(rules.attributes)
        meanings: dict[str, list[tuple[int, int]]] = {}  # word → (concept, −1) or (−1 − attribute, value)
        concepts = [(group, SAME) for group in rules.same] + [(group, AKIN) for group in rules.akin]
        for concept, (group, _sort) in enumerate(concepts):
            for word in group:
                meanings.setdefault(_one(word), []).append((concept, -1))
        for number, values in enumerate(rules.attributes.values()):
            for value, said in enumerate(values.values()):
                for word in said:
                    meanings.setdefault(_one(word), []).append((-1 - number, value))
        for word in rules.idle:
            meanings.setdefault(_one(word), []).append((-1, -1))
        meanings.pop("", None)
        self.heads = {_one(word): _one(group[0]) for group in reversed(rules.same) for word in group}
        longest = sorted(self.heads, key=len, reverse=True)
        self.synonyms = re.compile("|".join(map(re.escape, longest)))
        self.concepts = np.array([sort for _group, sort in concepts] or [SAME], dtype=np.int8)
        self.groups = [tuple(map(_one, group)) for group, _sort in concepts]
        self.words = _dictionary(meanings)
        self.idle = frozenset(_one(word) for word in rules.idle)

    def one_word(self, text: str) -> str:
        """Return `text` (already plain) with one word standing for all words that mean the same."""
        return self.synonyms.sub(lambda match: self.heads[match[0]], text) if self.heads else text

    def read(self, texts: Sequence[str]) -> Features:
        """Return the features of `texts`, each once in a text."""
        codes = np.frombuffer(f"{plain(texts)}\n".encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
        line = (np.cumsum(codes == END) - (codes == END)).astype(np.int64)
        silent = (codes == END) | (codes == BLANK)
        rows, features, bits = self._words_of(codes, line, silent, len(texts))
        keys = [(rows << 32) | (BUCKETS + features)]
        gram = np.zeros(len(codes), dtype=np.uint64)
        for size in range(1, len(GRAM_WEIGHTS) + 1):
            usable = len(codes) - size + 1
            gram = (gram[:usable] * PRIME) + codes[size - 1 :]
            broken = silent[size - 1 :].copy()
            for back in range(size - 1):
                broken |= silent[back : back + usable]
            hashed = _mixed(gram, size)[~broken].astype(np.int64)
            keys.append((line[:usable][~broken] << 32) | hashed)
        both = np.unique(np.concatenate(keys))
        return Features((both >> 32).astype(np.int32), (both & 0xFFFFFFFF).astype(np.int32), bits)

    def weights(self, features: Rows) -> NDArray[np.float32]:
        """Return what a feature weighs before its rarity: an n-gram by its length, a word of the field 1."""
        weight = np.asarray((*GRAM_WEIGHTS, 0.0), dtype=np.float32)[features & 3]
        return np.where(features >= BUCKETS, np.float32(1.0), weight)

    def sorts(self, features: Rows) -> NDArray[np.int8]:
        """Return of which sort each feature is: GRAM, SAME or AKIN."""
        word = np.maximum(features - BUCKETS, 0)
        return np.where(features >= BUCKETS, self.concepts[word], np.int8(GRAM)).astype(np.int8)

    def _words_of(
        self, codes: NDArray[np.uint64], line: NDArray[np.int64], silent: NDArray[np.bool_], count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
        """Find the words of the field, longest first; a word inside a longer one is not read. Blanks idle words."""
        rows, found = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        bits = np.zeros((count, max(1, len(self.attributes))), dtype=np.uint64)
        taken = np.zeros(len(codes), dtype=bool)
        for size, (hashes, starts, meanings) in self.words.items():
            usable = len(codes) - size + 1
            if usable <= 0:
                continue
            window = np.zeros(usable, dtype=np.uint64)
            for at in range(size):
                window = window * PRIME + codes[at : at + usable]
            place = np.minimum(np.searchsorted(hashes, window), len(hashes) - 1)
            hit = (hashes[place] == window) & ~(taken[:usable] & taken[size - 1 : size - 1 + usable])
            at_ = np.flatnonzero(hit)
            for step in range(size):
                taken[at_ + step] = True
            self._keep(place[at_], line[at_], starts, meanings, rows, found, bits)
            self._silence(meanings, starts, place, at_, size, silent)
        return np.concatenate(rows), np.concatenate(found), bits

    @staticmethod
    def _keep(
        place: NDArray[np.int64],
        line: NDArray[np.int64],
        starts: NDArray[np.int64],
        meanings: NDArray[np.int64],
        rows: list[NDArray[np.int64]],
        found: list[NDArray[np.int64]],
        bits: NDArray[np.uint64],
    ) -> None:
        for word in np.unique(place).tolist():
            lines = line[place == word]
            for concept, value in meanings[starts[word] : starts[word + 1]].tolist():
                if value >= 0:
                    bits[lines, -1 - concept] |= np.uint64(1 << value)
                elif concept >= 0:
                    rows.append(lines)
                    found.append(np.full(len(lines), concept))

    @staticmethod
    def _silence(
        meanings: NDArray[np.int64],
        starts: NDArray[np.int64],
        place: NDArray[np.int64],
        at_: NDArray[np.int64],
        size: int,
        silent: NDArray[np.bool_],
    ) -> None:
        """Blank the words that say nothing, so that no n-gram holds them."""
        first = meanings[starts[place[at_]]] if len(at_) else np.zeros((0, 2), np.int64)
        quiet = at_[(first[:, 0] == -1) & (first[:, 1] == -1)]
        for step in range(size):
            silent[quiet + step] = True


def _one(word: str) -> str:
    return plain([word]).strip()


def _mixed(gram: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    """Spread the n-gram's number over the buckets; the two lowest bits say its length."""
    mixed = gram ^ (gram >> np.uint64(29))
    mixed = (mixed * PRIME) >> np.uint64(44)  # 20 bits
    return (mixed << np.uint64(2)) | np.uint64(size - 1)


def _dictionary(
    meanings: dict[str, list[tuple[int, int]]],
) -> dict[int, tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]]:
    """Return by length, longest first: (sorted hashes, where each one's meanings start, meanings)."""
    made = {}
    for size in sorted({len(word) for word in meanings}, reverse=True):
        named = []
        for word, meant in meanings.items():
            if len(word) == size:
                number = 0
                for char in word:
                    number = (number * int(PRIME) + ord(char)) & 0xFFFFFFFFFFFFFFFF
                named.append((number, meant))
        named.sort(key=lambda one: one[0])
        starts = np.cumsum([0, *(len(meant) for _number, meant in named)])
        flat = np.array([pair for _number, meant in named for pair in meant], dtype=np.int64)
        made[size] = (np.array([number for number, _meant in named], dtype=np.uint64), starts, flat)
    return made
