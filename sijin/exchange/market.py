"""The market's rules and what the finder learned, read from the shipped files once; it needs no store."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sijin.engines.complements import Finder, Rules, read
from sijin.engines.embedding import Embedding
from sijin.ledger import semantic
from sijin.ledger.examples import of_ledger, of_triage

KINDS = Path(__file__).with_name("kinds.yaml")
WORDS = Path(__file__).with_name("words.yaml")


@cache
def table() -> dict[str, Any]:
    """Return `kinds.yaml`: kinds, attributes, conversions, certificate words, ranking, refusals."""
    with KINDS.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


@cache
def rules() -> Rules:
    """Return the rules of the market, with the field's words."""
    with WORDS.open(encoding="utf-8") as file:
        return read(table(), yaml.safe_load(file))


@cache
def _learned() -> Finder:
    return Finder(rules(), [[(one.text, one.category) for one in some] for some in (of_triage(), of_ledger())])


def finder() -> Finder:
    """Return a finder without offers that has learned what texts are about; by meaning too where that is at hand."""
    return reading(semantic.current())


def reading(embedding: Embedding | None) -> Finder:
    """Return a finder without offers that reads by this embedding; by characters alone where there is none."""
    return _learned().empty(embedding)
