"""Kinds, units and reasons as data: see `kinds.yaml`. Units convert exactly or not at all."""

from decimal import Decimal
from functools import cache

from django.utils.translation import get_language

from sijin.exchange.market import rules, table
from sijin.ledger.script import simplified


def name(kind: str) -> str:
    """Return the kind's name in the reader's language; an unknown kind is shown by its code."""
    found = table()["kinds"].get(kind)
    if found is None:
        return kind
    return found["name"] if (get_language() or "zh").startswith("zh") else found["english"]


def codes() -> tuple[str, ...]:
    """Return the codes of every kind, in the order of the file."""
    return rules().order


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


def asked(text: str, category: str = "") -> tuple[str, ...]:
    """Return the kinds that a need without items asks for: by its words, else by its category."""
    return rules().asked(simplified(text), category)


def solvers(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds of needs that solve needs of the kinds `wanted`."""
    return rules().solvers(wanted)


def attributes(kind: str) -> list[str]:
    """Return the names of what an offer or a need of `kind` can say, in the reader's language."""
    return [attribute_name(code) for code in rules().kinds[kind].attributes]


def attribute_name(code: str) -> str:
    """Return an attribute's name in the reader's language."""
    found = table()["attributes"][code]
    return found["name"] if (get_language() or "zh").startswith("zh") else found["english"]


def refusals() -> list[tuple[str, str]]:
    """Return (code, name) of the reasons for which a suggestion can be turned down."""
    chinese_ = (get_language() or "zh").startswith("zh")
    return [(code, why["name"] if chinese_ else why["english"]) for code, why in table()["refusals"].items()]


def against_provider() -> list[str]:
    """Return the reasons that speak against a provider, for other needs too."""
    return [code for code, why in table()["refusals"].items() if why["provider"]]


@cache
def factor(unit: str, other: str) -> Decimal | None:
    """Return how many `other` one `unit` is; None when the two do not convert."""
    if unit == other:
        return Decimal(1)
    for family in table()["conversions"]:
        if unit in family and other in family:
            return Decimal(family[unit]) / Decimal(family[other])
    return None
