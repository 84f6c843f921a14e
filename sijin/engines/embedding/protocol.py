"""What triage and the finder ask of an embedding."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedding(Protocol):
    """Gives vectors of unit length for texts, (texts, `dimension`); the same text has the same vector.

    `digest` names the weights. `spread` is the cosine of two texts of the field that have nothing to do with each
    other, and of two that say the same: cosines of most models fill only a small part of 0 to 1.
    """

    digest: str
    dimension: int
    spread: tuple[float, float]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the vector of each text, however long that takes."""
        ...

    def known(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors that are to be had at once; a row of zeros for each other text."""
        ...

    def __hash__(self) -> int:
        """Return the same for the same embedding: what was learned with it is remembered."""
        ...
