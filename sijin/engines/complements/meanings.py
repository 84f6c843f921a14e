"""What the offers mean, as vectors of an embedding beside the rows; a row without one is neither helped nor harmed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sijin.engines.complements.scoring import Numbers, Scores
from sijin.engines.embedding import Embedding

FIRST = 1024  # rows for which room is made at first; it is doubled whenever it is full


class Meanings:
    """One vector for each row, in half precision: 768 bytes where the model has 384 dimensions."""

    def __init__(self, embedding: Embedding) -> None:
        self.embedding, self.count = embedding, 0
        self.vectors = np.zeros((FIRST, embedding.dimension), dtype=np.float16)
        self.there = np.zeros(FIRST, dtype=bool)

    def add(self, texts: Sequence[str]) -> None:
        """Append rows that say `texts`, with the vectors that are to be had at once."""
        until = self.count + len(texts)
        if until > len(self.there):
            more = max(until, 2 * len(self.there)) - len(self.there)
            self.vectors = np.concatenate([self.vectors, np.zeros((more, self.vectors.shape[1]), dtype=np.float16)])
            self.there = np.concatenate([self.there, np.zeros(more, dtype=bool)])
        self._put(np.arange(self.count, until), texts)
        self.count = until

    def complete(self, rows: Numbers, texts: Sequence[str]) -> None:
        """Look again for the vectors of `rows`, which say `texts`."""
        self._put(rows, texts)

    def lacking(self, rows: Numbers) -> Numbers:
        """Return those of `rows` that have no vector."""
        return rows[~self.there[rows]]

    def _put(self, rows: Numbers, texts: Sequence[str]) -> None:
        found = self.embedding.known(texts)
        self.vectors[rows] = found
        self.there[rows] = found.any(axis=1)

    def likeness(self, text: str, rows: Numbers) -> Scores | None:
        """Return how near in meaning each row is to `text`, 0 (strangers) to 1 (the same); None where no row has one.

        A row without a vector counts as the mean of the others.
        """
        there = self.there[rows]
        if not there.any():
            return None
        # einsum: for so few rows the threads of a matrix product cost more than the product
        cosine = np.einsum("rd,d->r", self.vectors[rows].astype(np.float32), self.embedding.embed([text])[0])
        low, high = self.embedding.spread
        near: NDArray[np.float64] = np.clip((cosine.astype(np.float64) - low) / (high - low), 0.0, 1.0)
        return np.where(there, near, near[there].mean())
