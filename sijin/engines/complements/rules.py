"""The rules of a market as plain values: kinds, units that convert, the field's words; checked as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FILTERS = {  # what a kind may say of each hard filter
    "unit": ("out", "free"),
    "window": ("out", "late"),
    "place": ("out", "free"),
    "certificate": ("out", "last", "free"),
    "traits": ("out", "free"),
    "quantity": ("some", "whole"),
}
WEIGHTS = ("text", "cover", "distance", "window", "history")
WORDY = ("out", "free")  # what a kind may say of an attribute that is read from words


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the rules: where, what stands there, what was expected."""

    where: str
    value: str
    expected: str

    def __str__(self) -> str:
        return f"{self.where}: {self.value or 'nothing'} — expected {self.expected}"


class Faulty(ValueError):
    """The rules cannot be used; `faults` names every place."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True)
class Kind:
    """One kind of thing that is exchanged.

    `complements`: the kinds whose *needs* solve needs of this kind. `asks`: words by which a need shows that it lacks
    this. `filters` and `weights`: what is hard, and how the rest is weighed (adding up to 1).
    """

    code: str
    units: tuple[str, ...]
    complements: tuple[str, ...]
    categories: tuple[str, ...]
    asks: tuple[str, ...]
    attributes: tuple[str, ...]
    filters: Mapping[str, str]
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Rules:
    """Everything a finder needs to know about a market."""

    kinds: Mapping[str, Kind]
    scale: Mapping[str, tuple[int, float]]  # unit → (family, how many of the smallest one it is)
    attributes: Mapping[str, Mapping[str, tuple[str, ...]]]  # name → value → words
    same: tuple[tuple[str, ...], ...]
    akin: tuple[tuple[str, ...], ...]
    idle: tuple[str, ...]  # words that say nothing of what is wanted
    certificate_words: tuple[str, ...]
    near_km: float
    least_text: float
    least_item: float  # the same where a need states an item
    order: tuple[str, ...] = field(default=())

    def asked(self, text: str, category: str = "") -> tuple[str, ...]:
        """Return the kinds that `text` (Simplified) asks for by its words, else those of its category."""
        said = tuple(code for code in self.order if any(word in text for word in self.kinds[code].asks))
        return said or tuple(code for code in self.order if category in self.kinds[code].categories)

    def solvers(self, kinds: tuple[str, ...]) -> tuple[str, ...]:
        """Return the kinds of needs that solve needs of `kinds`."""
        return tuple(dict.fromkeys(code for kind in kinds for code in self.kinds[kind].complements))


def read(table: Mapping[str, Any], words: Mapping[str, Any]) -> Rules:
    """Make rules of two read files (`kinds.yaml`, `words.yaml`); Faulty names every place that cannot be used."""
    faults: list[Fault] = []
    plain = table.get("defaults", {})
    values = {
        name: {value: tuple(said) for value, said in about["values"].items()}
        for name, about in table.get("attributes", {}).items()
        if "values" in about
    }
    kinds = {code: _kind(code, about, plain, values, faults) for code, about in table["kinds"].items()}
    for code, kind in kinds.items():
        for other in kind.complements:
            if other not in kinds:
                faults.append(Fault(f"kinds.{code}.complements", other, f"one of {', '.join(kinds)}"))
            elif code not in kinds[other].complements:
                faults.append(Fault(f"kinds.{other}.complements", "", f"{code}, as {code} names {other}"))
    if faults:
        raise Faulty(faults)
    return Rules(
        kinds=kinds,
        scale=_scales(table.get("conversions", []), kinds),
        attributes=values,
        same=tuple(map(tuple, words.get("same", []))),
        akin=tuple(map(tuple, words.get("akin", []))),
        idle=tuple(words.get("idle", [])),
        certificate_words=tuple(table.get("certificate_words", [])),
        near_km=float(table["ranking"]["near_km"]),
        least_text=float(table["ranking"]["least_text"]),
        least_item=float(table["ranking"].get("least_item", table["ranking"]["least_text"])),
        order=tuple(kinds),
    )


def _kind(
    code: str, about: Mapping[str, Any], plain: Mapping[str, Any], values: Mapping[str, Any], faults: list[Fault]
) -> Kind:
    filters = {**plain.get("filters", {}), **about.get("filters", {})}
    for name, how in filters.items():
        allowed = FILTERS.get(name) or (WORDY if name in values else ())
        if how not in allowed:
            named = f"one of {', '.join(allowed)}" if allowed else f"one of {', '.join([*FILTERS, *values])}"
            faults.append(Fault(f"kinds.{code}.filters.{name}", str(how), named))
    weights = {name: float(about.get("weights", plain.get("weights", {})).get(name, 0.0)) for name in WEIGHTS}
    if abs(sum(weights.values()) - 1.0) > 1e-6:
        faults.append(Fault(f"kinds.{code}.weights", f"{sum(weights.values()):g}", "weights that add up to 1"))
    if not about.get("units"):
        faults.append(Fault(f"kinds.{code}.units", "", "at least one unit"))
    attributes = tuple(about.get("attributes", plain.get("attributes", ())))
    return Kind(
        code=code,
        units=tuple(about.get("units") or ()),
        complements=tuple(about.get("complements", ())),
        categories=tuple(about.get("categories", ())),
        asks=tuple(about.get("asks", ())),
        attributes=attributes,
        filters=filters,
        weights=weights,
    )


def _scales(conversions: list[Mapping[str, float]], kinds: Mapping[str, Kind]) -> dict[str, tuple[int, float]]:
    scale = {unit: (n, float(size)) for n, family in enumerate(conversions) for unit, size in family.items()}
    for unit in dict.fromkeys(unit for kind in kinds.values() for unit in kind.units):
        scale.setdefault(unit, (len(scale) + len(conversions), 1.0))
    return scale
