"""An inverted index: for each feature the rows that hold it. Rows are only appended; a large part and a small tail.

Scores are dot products of the query with each row, rarity squared as in TF-IDF, over a power of the row's own length.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sijin.engines.complements.grams import BUCKETS, Features, Reader, Rows

SHORT = 0.8  # exponent of a row's length: between not minding long rows (0) and the cosine (1)
SORTS = (1.0, 0.2, 0.2)  # weight of n-grams, of words for the same, of words that go together: see grams
TAIL = 20_000  # rows that may stand in the tail before the parts are joined
SHARE = 20  # the tail may hold one row in so many, where that is more


@dataclass(frozen=True)
class Part:
    """Some rows' features, sorted by feature: `rows[starts[n]:starts[n+1]]` hold `feature[n]`."""

    feature: Rows
    starts: NDArray[np.int64]
    rows: Rows
    count: int  # of rows

    @classmethod
    def of(cls, row: Rows, feature: Rows, count: int) -> "Part":
        """Sort pairs of (row, feature)."""
        order = np.argsort(feature, kind="stable")
        sorted_ = feature[order]
        first = np.flatnonzero(np.r_[True, sorted_[1:] != sorted_[:-1]]) if len(sorted_) else np.zeros(0, np.int64)
        return cls(sorted_[first], np.r_[first, len(sorted_)].astype(np.int64), row[order], count)

    def pairs(self) -> tuple[Rows, Rows]:
        """Return rows and features side by side again."""
        return self.rows, np.repeat(self.feature, np.diff(self.starts))

    def holding(self, features: Rows) -> list[tuple[int, Rows]]:
        """Return (which of `features`, its rows) for those that stand here."""
        if not len(self.feature):
            return []
        at = np.minimum(np.searchsorted(self.feature, features), len(self.feature) - 1)
        there = np.flatnonzero(self.feature[at] == features)
        return [(int(n), self.rows[self.starts[at[n]] : self.starts[at[n] + 1]]) for n in there]


class Postings:
    """The rows by their features, with how rare each feature is."""

    def __init__(self, reader: Reader, common: NDArray[np.float32], texts: int) -> None:
        """Begin with how many of `texts` other texts hold each feature: a small market tells little of what is rare."""
        self.reader = reader
        self.common, self.texts = common, texts
        self.many = np.zeros(BUCKETS + len(reader.concepts), dtype=np.float32)  # rows that hold a feature
        self.parts = [Part.of(np.zeros(0, np.int32), np.zeros(0, np.int32), 0)]
        self.count = 0
        self.length = np.zeros((len(SORTS), 0), dtype=np.float32)

    def add(self, features: Features, count: int) -> None:
        """Append `count` rows, whose numbers go on from those that are there."""
        row = (features.row + self.count).astype(np.int32)
        found, times = np.unique(features.feature, return_counts=True)
        self.many[found] += times
        self.count += count
        squares, sorts = self.worth(features.feature) ** 2, self.reader.sorts(features.feature)
        fresh = [np.bincount(features.row, squares * (sorts == n), minlength=count) for n in range(len(SORTS))]
        self.length = np.concatenate([self.length, np.sqrt(fresh).astype(np.float32)], axis=1)
        if self.parts[0].count == 0:
            self.parts = [Part.of(row, features.feature, count)]
            return
        kept = self.parts[1:]
        joined = [(row, features.feature), *(part.pairs() for part in kept)]
        tail = count + sum(part.count for part in kept)
        if tail > max(TAIL, self.count // SHARE):
            joined.append(self.parts[0].pairs())
            self.parts = []
        rows, found = (np.concatenate([pair[n] for pair in joined]) for n in (0, 1))
        self.parts = [*self.parts[:1], Part.of(rows, found, self.count if not self.parts else tail)]

    def worth(self, features: Rows) -> NDArray[np.float32]:
        """Return the weight of features: log of their rarity (K. Spärck Jones, 1972) times their kind's weight."""
        rare = np.log1p((self.texts + self.count) / (self.common[features] + self.many[features] + 0.5))
        return np.asarray(rare * self.reader.weights(features), dtype=np.float32)

    def likeness(self, features: Rows) -> NDArray[np.float32]:
        """Return how alike each row is to a text with these features: 0 to the sum of `SORTS`.

        N-grams and words are measured apart, each as a cosine that minds long rows less, and added.
        """
        weights, sorts = self.worth(features), self.reader.sorts(features)
        total = np.zeros(self.count, dtype=np.float32)
        for sort, share in enumerate(SORTS):
            own = np.flatnonzero(sorts == sort)
            if not len(own):
                continue
            sums = np.zeros(self.count, dtype=np.float32)
            squares = weights[own] ** 2
            for part in self.parts:
                for n, rows in part.holding(features[own]):
                    sums[rows] += squares[n]
            norm = float(np.sqrt(squares.sum())) ** (2.0 - SHORT)
            total += share / norm * sums / np.maximum(self.length[sort], 1e-6) ** SHORT
        return total
