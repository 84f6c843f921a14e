"""What a text is about, as shares of topics, learned from labelled examples: 招工 and 普工 belong together.

Complement naive Bayes (Rennie et al., 2003) over the finder's own features. It only helps the rank; it decides nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sijin.engines.complements.grams import BUCKETS, Features, Reader

SMOOTHING = 0.3  # added to every count
SHARPNESS = 4.0  # turns the mean evidence of a text into shares: chosen on the development texts
Examples = Sequence[tuple[str, str]]
EVEN = 0.5  # exponent of a text's number of known features: long texts are surer, but not so many times


class Topics:
    """Shares of topics by features, of one or several ways to sort texts; `texts` of them, `common` by feature."""

    def __init__(self, reader: Reader, examples: Sequence[Examples]) -> None:
        self.texts, self.common = 0, np.zeros(BUCKETS + len(reader.concepts), dtype=np.float32)
        self.ways = [self._learned(reader, some) for some in examples if some]
        self.width = sum(evidence.shape[1] for _place, evidence in self.ways)

    def _learned(self, reader: Reader, examples: Examples) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return where each feature stands, and (features, topics) what it says for each topic."""
        names = sorted({label for _text, label in examples})
        read = reader.read([text for text, _label in examples])
        known, where, times = np.unique(read.feature, return_inverse=True, return_counts=True)
        self.texts += len(examples)
        self.common[known] += times
        place = np.full(len(self.common), -1, dtype=np.int32)
        place[known] = np.arange(len(known))
        label = np.array([names.index(label) for _text, label in examples], dtype=np.int64)
        counts = np.zeros((len(names), len(known)))
        np.add.at(counts, (label[read.row], where), 1.0)
        others = counts.sum(axis=0) - counts + SMOOTHING
        evidence = -np.log(others / others.sum(axis=1, keepdims=True))
        return place, np.asarray((evidence - evidence.mean(axis=0)).T, dtype=np.float32)

    def shares(self, features: Features, count: int) -> NDArray[np.float32]:
        """Return (texts, topics of all ways): shares whose product is a likeness from 0 to 1."""
        nothing = np.zeros((count, 0), dtype=np.float32)
        found = np.concatenate([nothing, *(self._shares(way, features, count) for way in self.ways)], axis=1)
        return np.asarray(found / max(1, len(self.ways)) ** 0.5, dtype=np.float32)

    @staticmethod
    def _shares(
        way: tuple[NDArray[np.int32], NDArray[np.float32]], features: Features, count: int
    ) -> NDArray[np.float32]:
        place, evidence = way
        at = place[features.feature]
        there = at >= 0
        ones = np.ones(int(there.sum()), dtype=np.float32)
        table = sparse.csr_matrix((ones, (features.row[there], at[there])), shape=(count, len(evidence)))
        known = np.maximum(np.bincount(features.row[there], minlength=count), 1)
        sums = SHARPNESS * (table @ evidence) / known[:, None] ** EVEN
        odds = np.exp(sums - sums.max(axis=1, keepdims=True))
        return np.asarray(odds / np.linalg.norm(odds, axis=1, keepdims=True), dtype=np.float32)
