"""Kinds, units and the words of likeness, read from `kinds.yaml`. Units convert exactly or not at all."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

SOURCE = Path(__file__).parents[1] / "kinds.yaml"


@cache
def table() -> dict[str, Any]:
    """Return the whole file: kinds, conversions, synonyms, certificate words, ranking."""
    with SOURCE.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def name(kind: str) -> str:
    """Return the kind's name in the reader's language; an unknown kind is shown by its code."""
    found = table()["kinds"].get(kind)
    if found is None:
        return kind
    return found["name"] if (get_language() or "zh").startswith("zh") else found["english"]


def choices() -> list[tuple[str, str]]:
    """Return (code, name) of every kind, in the order of the file."""
    return [(code, name(code)) for code in table()["kinds"]]


def chinese() -> list[str]:
    """Return the Chinese names of all kinds, as sheets write them."""
    return [kind["name"] for kind in table()["kinds"].values()]


def code_of(words: str) -> str | None:
    """Return the code of a kind given by its code, its Chinese or its English name; None when there is no such kind."""
    for code, kind in table()["kinds"].items():
        if words in (code, kind["name"], kind["english"]):
            return code
    return None


def units(kind: str | None = None) -> list[str]:
    """Return the units that `kind` is counted in, the usual one first; without a kind, every unit once."""
    kinds = table()["kinds"]
    if kind is not None:
        return list(kinds[kind]["units"]) if kind in kinds else []
    return list(dict.fromkeys(unit for found in kinds.values() for unit in found["units"]))


@cache
def kinds_asked_by(category: str) -> tuple[str, ...]:
    """Return the kinds that a need of `category` asks for when it states no item of its own."""
    return tuple(code for code, kind in table()["kinds"].items() if category in kind["categories"])


@cache
def factor(unit: str, other: str) -> Decimal | None:
    """Return how many `other` one `unit` is; None when the two do not convert."""
    if unit == other:
        return Decimal(1)
    for family in table()["conversions"]:
        if unit in family and other in family:
            return Decimal(family[unit]) / Decimal(family[other])
    return None
