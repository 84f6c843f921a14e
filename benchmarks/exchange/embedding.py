"""The embedding of the extra `semantic` for the benchmarks, where it is installed; its vectors in a folder of their own."""

import os
import tempfile
from pathlib import Path

from sijin.engines.embedding import Kept, load
from sijin.ledger.semantic import VECTORS, pins


def embedding() -> Kept | None:
    """Return it with an empty memory (or the one in SIJIN_DATA, where that is set); None where it is not installed."""
    found = load(pins())
    folder = Path(os.environ.get("SIJIN_DATA") or tempfile.mkdtemp())
    return Kept(found, folder / VECTORS) if found else None
