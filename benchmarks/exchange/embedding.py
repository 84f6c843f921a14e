"""The embedding of the extra `semantic` for the benchmarks, where it is installed; it remembers nothing of before."""

import tempfile
from pathlib import Path

from sijin.engines.embedding import Kept, load
from sijin.ledger.semantic import VECTORS, pins


def embedding() -> Kept | None:
    """Return it with an empty memory in a new folder; None where it is not installed."""
    found = load(pins())
    return Kept(found, Path(tempfile.mkdtemp()) / VECTORS) if found else None
