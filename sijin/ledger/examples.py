"""The examples and words that triage learns from: our own, shipped in `triage_examples.csv` and `triage_terms.yaml`.

They carry two labels: one of the twelve categories of triage, and the ledger's own, which is finer in places (a road in
a village is `env` to triage and `road` to the ledger). Reads files, nothing else; it needs no store and no settings.
"""

import csv
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sijin.engines.embedding import Embedding
from sijin.engines.triage import Example, Model, train

TRIAGE = (
    "capacity",
    "labor",
    "finance",
    "relief",
    "supply",
    "approval",
    "factor",
    "return",
    "agri",
    "env",
    "culture",
    "community",
)


@cache
def rows() -> tuple[dict[str, str], ...]:
    """Return the shipped examples as {category, ledger, topic, text}."""
    with Path(__file__).with_name("triage_examples.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def _words() -> dict[str, Any]:
    with Path(__file__).with_name("triage_terms.yaml").open(encoding="utf-8") as file:
        return yaml.safe_load(file)


@cache
def of_triage() -> tuple[Example, ...]:
    """Return examples and words by the twelve categories of triage."""
    told = [Example(row["text"], row["category"]) for row in rows()]
    return (*told, *(Example(word, category) for category, words in _words()["terms"].items() for word in words))


@cache
def of_ledger() -> tuple[Example, ...]:
    """Return examples and words by the ledger's own categories."""
    told = [Example(row["text"], row["ledger"]) for row in rows()]
    broad = [
        Example(word, _narrowed(word, category)) for category, words in _words()["terms"].items() for word in words
    ]
    finer = [Example(word, code) for code, words in _words()["finer"].items() for word in words]
    return (*told, *dict.fromkeys((*broad, *finer)))


def _narrowed(word: str, category: str) -> str:
    """Return the ledger's finer category within `category` when `word` holds one of its words, else `category`."""
    for code in sorted({row["ledger"] for row in rows() if row["category"] == category} - {category}):
        if any(part in word for part in _words()["finer"][code]):
            return code
    return category


def shipped(embedding: Embedding | None = None) -> Model:
    """Return the model of the shipped file, by the twelve categories of triage."""
    return train(of_triage(), embedding=embedding)
