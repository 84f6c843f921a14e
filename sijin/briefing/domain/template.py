"""The brief's text: `brief.yaml` turned into blocks whose numbers are figures, each by its key.

Blocks are plain values, kept with the brief: {"kind": "paragraph", "parts": [...]}, {"kind": "table", "head", "rows"},
{"kind": "case", "need", "parts"}. A part is {"text"} or {"figure": key}.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from sijin.briefing.domain.composing import Segment, compose
from sijin.briefing.domain.figures import Figure, Figures
from sijin.ledger.models import Measure, Need
from sijin.people.models import Unit
from sijin.places.models import Door

TEMPLATE = Path(__file__).parents[1] / "brief.yaml"
WORST = 5  # units in the table of the overdue
CASES = 3


@cache
def template() -> dict[str, Any]:
    """Read the brief's template."""
    with TEMPLATE.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


class Draft:
    """A brief being written: its blocks, and every figure that its text or another figure names."""

    def __init__(self, figures: Figures, words: dict[str, str]) -> None:
        self.figures, self.words = figures, words
        self.used: dict[str, Figure] = {}

    def body(self) -> list[dict[str, Any]]:
        """Return the sections of the brief."""
        return [
            {
                "heading": section["heading"],
                "blocks": [made for block in section["blocks"] for made in self._blocks(block)],
            }
            for section in template()["sections"]
        ]

    def _blocks(self, block: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if "paragraph" in block:
            yield {"kind": "paragraph", "parts": [part for piece in block["paragraph"] for part in self._piece(piece)]}
        elif "table" in block:
            yield self._table(block["table"])
        else:
            yield from self._cases(block)

    def _piece(self, piece: str | dict[str, str]) -> list[dict[str, str]]:
        if isinstance(piece, str):
            return self._parts(piece, self.words)
        if "any" in piece:
            return self._parts(piece["then" if self.figures[piece["any"]].value else "else"], self.words)
        now, before = self.figures[piece["compare"]], self.figures[f"before.{piece['compare']}"]
        change = (now.value or 0) - (before.value or 0)
        return self._parts(piece["up" if change > 0 else "down" if change < 0 else "level"], self.words)

    def _parts(self, text: str, words: dict[str, str]) -> list[dict[str, str]]:
        return [self._part(segment) for segment in compose(text, self.figures, words)]

    def _part(self, segment: Segment) -> dict[str, str]:
        if segment.figure is None:
            return {"text": segment.text}
        self._use(segment.figure)
        return {"figure": segment.figure.key}

    def _use(self, figure: Figure) -> None:
        self.used[figure.key] = figure
        for part in figure.parts:
            if part not in self.used:
                self._use(self.figures[part])

    def _table(self, table: dict[str, Any]) -> dict[str, Any]:
        rows = [
            [self._parts(cell.replace(".key}", f".{key}}}"), {"row": name}) for cell in table["cells"]]
            for key, name in EACH[table["each"]](self.figures)
        ]
        if not rows:
            return {"kind": "paragraph", "parts": [{"text": table["none"]}]}
        return {"kind": "table", "head": table["head"], "rows": rows}

    def _cases(self, block: dict[str, Any]) -> Iterator[dict[str, Any]]:
        self._use(self.figures[block["cases"]])
        keys = list(self.figures[block["cases"]].keys)
        needs = (
            Need.objects.filter(pk__in=keys).select_related("site", "lead_unit").order_by("generated", "-klass", "pk")
        )
        chosen = list(needs[:CASES])
        done = dict(
            Measure.objects.filter(need__in=[need.pk for need in chosen]).order_by("pk").values_list("need_id", "text")
        )
        for need in chosen:
            words = {
                "site": need.site.name,
                "problem": need.title,
                "unit": str(need.lead_unit or ""),
                "measure": done.get(need.pk, ""),
            }
            yield {"kind": "case", "need": need.pk, "number": need.number, "parts": self._parts(block["text"], words)}
        if not chosen:
            yield {"kind": "paragraph", "parts": [{"text": block["none"]}]}


def _doors(figures: Figures) -> list[tuple[str, str]]:
    return [(door.value, str(door.label)) for door in Door]


def _classes(figures: Figures) -> list[tuple[str, str]]:
    return [(f"klass-{klass}", str(klass.label)) for klass in Need.Klass]


def _late_units(figures: Figures) -> list[tuple[str, str]]:
    late = figures.needs.filter(pl.col("light") == "late", pl.col("lead_unit_id").is_not_null())
    worst = late.group_by("lead_unit_id").len().sort(["len", "lead_unit_id"], descending=[True, False]).head(WORST)
    names = dict(Unit.objects.filter(pk__in=list(worst["lead_unit_id"])).values_list("pk", "name"))
    return [(f"unit-{key}", names[key]) for key in worst["lead_unit_id"]]


EACH = {"doors": _doors, "classes": _classes, "late_units": _late_units}
