"""An embedding that remembers: vectors stay in one file of SQLite, beside the store, by weights and text.

Processes share the file. It holds nothing that cannot be computed again: a file that cannot be read or written only
means that nothing is remembered.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sijin.engines.embedding.protocol import Embedding, Vectors

FEW = 25  # texts that are computed while somebody waits: half a second
LOOK_UP = 500  # keys in one query
STEP = 64  # texts between two writes
WAIT = 20.0  # seconds, for another process that writes
Progress = Callable[[int, int], None]
Found = dict[bytes, NDArray[np.float16]]


class Kept:
    """Wraps `embedding` and keeps its vectors in `file`, in half precision."""

    def __init__(self, embedding: Embedding, file: Path) -> None:
        self.embedding, self.file = embedding, file
        self.digest, self.dimension, self.spread = embedding.digest, embedding.dimension, embedding.spread
        self.asked = lru_cache(maxsize=512)(self._asked)  # needs are asked about again and again
        self._write([])

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file, timeout=WAIT)

    def _write(self, rows: list[tuple[bytes, bytes]]) -> None:
        with suppress(sqlite3.Error), closing(self._open()) as store, store:
            store.execute("PRAGMA journal_mode=WAL")
            store.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
            store.executemany("INSERT OR IGNORE INTO vector VALUES (?, ?)", rows)

    def _key(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(), key=self.digest.encode(), digest_size=16).digest()

    def _asked(self, text: str) -> Vectors:
        return self.embedding.embed([text])

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return all vectors; those that are not kept yet are computed and kept. One text alone is not written down."""
        if len(texts) == 1:
            return self.asked(texts[0])
        return self._completed(texts, self._kept(texts), progress)

    def known(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors that are kept, and the others too where they are few; else zeros in their place."""
        found = self._kept(texts)
        many = len({self._key(text) for text in texts} - found.keys()) > FEW
        return self._filled(texts, found) if many else self._completed(texts, found)

    def _completed(self, texts: Sequence[str], found: Found, progress: Progress | None = None) -> Vectors:
        """Compute and keep what is not in `found`; return all."""
        left = list(dict.fromkeys(text for text in texts if self._key(text) not in found))
        for start in range(0, len(left), STEP):
            some = left[start : start + STEP]
            keys = [self._key(text) for text in some]
            fresh = self.embedding.embed(some).astype(np.float16)
            found.update(zip(keys, fresh, strict=True))
            self._write([(key, row.tobytes()) for key, row in zip(keys, fresh, strict=True)])
            if progress:
                progress(start + len(some), len(left))
        return self._filled(texts, found)

    def missing(self, texts: Sequence[str]) -> int:
        """Return how many of `texts` have no vector yet."""
        return len({self._key(text) for text in texts} - self._kept(texts).keys())

    def count(self) -> int:
        """Return how many vectors are kept."""
        with suppress(sqlite3.Error), closing(self._open()) as store:
            return int(store.execute("SELECT count(*) FROM vector").fetchone()[0])
        return 0

    def _kept(self, texts: Sequence[str]) -> Found:
        keys = list({self._key(text) for text in texts})
        found: Found = {}
        with suppress(sqlite3.Error), closing(self._open()) as store:
            for start in range(0, len(keys), LOOK_UP):
                some = keys[start : start + LOOK_UP]
                marks = ",".join("?" * len(some))
                for key, value in store.execute(f"SELECT key, value FROM vector WHERE key IN ({marks})", some):
                    found[key] = np.frombuffer(value, dtype=np.float16)
        return found

    def _filled(self, texts: Sequence[str], found: Found) -> Vectors:
        made = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for n, text in enumerate(texts):
            if (row := found.get(self._key(text))) is not None:
                made[n] = row
        return made
