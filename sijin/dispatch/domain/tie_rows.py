"""Rows of the sheet 同组要求: people and units by code or name, held against each other and the ties that are there."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from sijin.dispatch.domain.reach import people_of
from sijin.dispatch.domain.ties import Bond, Bonds, contradictory
from sijin.dispatch.models import Campaign, Tie
from sijin.people.models import Unit
from sijin.people.refusals import RuleBroken


class TieReader:
    """Reads ties of `people` (code, name, unit code) and `units`; refuses what contradicts `kept` or an earlier row."""

    def __init__(self, people: Iterable[tuple[str, str, str]], units: Mapping[str, Unit], kept: Iterable[Tie]) -> None:
        self.names: dict[str, str] = {}
        self.codes: dict[str, list[str]] = defaultdict(list)
        self.of_unit: dict[str, list[str]] = defaultdict(list)
        for code, name, unit in {row[0]: row for row in people}.values():
            self.names[code] = name
            self.codes[name].append(code)
            self.of_unit[unit].append(code)
        self.units = {code: unit.name for code, unit in units.items()}
        self.unit_codes = {name: code for code, name in self.units.items()}
        self.bonds = {tie.code: self._bond(tie.code, tie.kind, *named(tie)) for tie in kept}

    def read(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the facts and links of a row; RuleBroken names the column and what was expected."""
        facts = {name: values[name] for name in ("code", "kind", "reason")}
        if values["void"]:
            self.bonds.pop(values["code"], None)
            return facts, {"officials": [], "units": [], "void": True}
        people = [self.person(word) for word in values["officials"]]
        units = [self.unit(word) for word in values["units"]]
        if bool(people) == bool(units):
            raise RuleBroken(_("people here, or units in the column 单位, not both"), field="officials")
        whole = units and values["kind"] == Tie.Kind.TOGETHER
        if len({*people, *units}) < (1 if whole else 2):
            raise RuleBroken(_("at least two"), field="units" if units else "officials")
        tried = self.bonds | {values["code"]: self._bond(values["code"], values["kind"], people, units)}
        if words := contradictory(Bonds(tried.values())):
            raise RuleBroken(_("no contradiction: %(words)s") % {"words": words}, field="kind")
        self.bonds = tried
        return facts, {"officials": people, "units": units, "void": False}

    def _bond(self, code: str, kind: str, people: list[str], units: list[str]) -> Bond:
        whole = [person for unit in units for person in self.of_unit[unit]] if kind == Tie.Kind.TOGETHER else []
        named = {person: self.names.get(person, person) for person in [*people, *whole]}
        return Bond(0, code, kind, "", named, {unit: self.units.get(unit, unit) for unit in units})

    def person(self, word: str) -> str:
        """Return the code of a person by code or name; RuleBroken when nobody, or more than one, is called so."""
        if word in self.names:
            return word
        found = self.codes.get(word, [])
        if len(found) == 1:
            return found[0]
        if found:
            expected = _("a code, for several people are called %(name)s: %(codes)s")
            raise RuleBroken(expected % {"name": word, "codes": "、".join(found[:5])}, field="officials")
        expected = _("codes or names of people who are known or stand in the sheet 干部; %(name)s is not")
        raise RuleBroken(expected % {"name": word}, field="officials")

    def unit(self, word: str) -> str:
        """Return the code of a unit by code or name."""
        if word in self.units or word in self.unit_codes:
            return word if word in self.units else self.unit_codes[word]
        expected = _("codes or names of units that are known or stand in the sheet 单位; %(name)s is not")
        raise RuleBroken(expected % {"name": word}, field="units")


def reader_of(campaign: Campaign) -> TieReader:
    """Return a reader of the people and units that the campaign may tie (two queries)."""
    people = people_of(campaign).values_list("code", "name", "unit__code").order_by("code")
    return TieReader(people, {unit.code: unit for unit in Unit.objects.all()}, ())


def words_of(text: str) -> list[str]:
    """Return the codes and names of a line, as people divide them."""
    return [word for word in re.split(r"[、，,；;\s]+", text) if word]


def named(tie: Tie) -> tuple[list[str], list[str]]:
    """Return the codes of the people and of the units of a tie whose rows are fetched."""
    rows = list(tie.tied.all())
    return [row.official.code for row in rows if row.official], [row.unit.code for row in rows if row.unit]


def tie_pairs(labels: dict[str, str], found: Tie, links: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return (header, what is there, what the row says) of the people and units of a tie."""
    if links["void"]:
        return [(labels["void"], False, True)]
    there = named(found)
    return [
        (labels[key], sorted(old), sorted(links[key])) for key, old in zip(("officials", "units"), there, strict=True)
    ]
