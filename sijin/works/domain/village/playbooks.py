"""Playbooks as data: `playbooks.yaml` read into values, every fault named by playbook, stage and field.

A new playbook is a new entry of the file; nothing here knows any of them.
"""

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

from sijin.works.domain.village.sums import FUNCTIONS

SOURCE = Path(__file__).parents[2] / "playbooks.yaml"
TYPES = ("int", "decimal", "text", "long", "choice", "date", "yes")
NUMBERS = ("int", "decimal")
EVIDENCE = ("experts", "advice", "follow_up", "shows", "matches")
MARKS = ("S", "K")
KEYS = {
    "playbook": {"name", "english", "source", "mark", "stages"},
    "stage": {"code", "name", "english", "days", "fields", "sums", "documents", "evidence"},
    "field": {
        "name", "label", "english", "type", "unit", "min", "max", "choices", "required", "default", "help", "source",
        "mark",
    },
    "sum": {"code", "name", "english", "of", "takes", "show", "unit", "places", "source", "mark"},
    "document": {"name", "english", "required"},
}  # fmt: skip


class PlaybookError(ValueError):
    """The file of playbooks says something that cannot be; the text names playbook, stage and field."""


class Named:
    """What has a name in Chinese and one in English."""

    label: str
    english: str

    def __str__(self) -> str:
        return self.label if (get_language() or "zh").startswith("zh") else self.english or self.label


@dataclass(frozen=True)
class Field(Named):
    """A field of a stage's form."""

    name: str
    label: str
    english: str
    type: str
    unit: str = ""
    min: Decimal | None = None
    max: Decimal | None = None
    choices: tuple[str, ...] = ()
    required: bool = False
    default: str = ""
    help: str = ""
    source: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Sum(Named):
    """A sum that a stage shows; `takes` gives (argument, where its number comes from)."""

    code: str
    label: str
    english: str
    of: str
    takes: tuple[tuple[str, str], ...]
    show: str
    unit: str = ""
    places: int = 0
    source: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Paper(Named):
    """A document that a stage expects."""

    label: str
    english: str
    required: bool = False


@dataclass(frozen=True)
class Stage(Named):
    """A stage: how long it usually takes (calendar days), its form, sums, documents, evidence of another room."""

    code: str
    label: str
    english: str
    days: int
    fields: tuple[Field, ...] = ()
    sums: tuple[Sum, ...] = ()
    documents: tuple[Paper, ...] = ()
    evidence: str = ""


@dataclass(frozen=True)
class Playbook(Named):
    """A playbook: its stages in order."""

    code: str
    label: str
    english: str
    stages: tuple[Stage, ...]
    source: str = ""
    mark: str = ""

    def stage(self, code: str) -> Stage | None:
        """Return a stage by its code; None when the playbook has it no more."""
        return next((stage for stage in self.stages if stage.code == code), None)


@cache
def books() -> dict[str, Playbook]:
    """Return all playbooks by code, in the order of the file."""
    return read(SOURCE.read_text(encoding="utf-8"))


def book(code: str) -> Playbook | None:
    """Return a playbook; None for one that the file does not have (any more)."""
    return books().get(code)


def stage_of(playbook: str, code: str, name: str) -> Stage:
    """Return a stage of a playbook; one that the file has no more is a stage without a form, under its old `name`."""
    told = book(playbook)
    found = told.stage(code) if told else None
    return found or Stage(code, name, name, 1)


def read(text: str) -> dict[str, Playbook]:
    """Return the playbooks that `text` (YAML) tells of.

    Raises
    ------
    PlaybookError
        Anything that makes no sense; the first fault, with playbook, stage and field.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PlaybookError(f"playbooks.yaml is no YAML: {error}") from error
    told = data.get("playbooks") if isinstance(data, dict) else None
    if not isinstance(told, dict) or not told:
        raise PlaybookError("playbooks.yaml: expected `playbooks`, with one entry at least")
    return {str(code): _playbook(str(code), entry) for code, entry in told.items()}


def _fail(where: str, words: str) -> PlaybookError:
    return PlaybookError(f"playbooks.yaml, {where}: {words}")


def _checked(where: str, kind: str, entry: Any, needed: Iterable[str]) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise _fail(where, f"expected a {kind} with {', '.join(sorted(KEYS[kind]))}; found “{entry}”")
    if unknown := sorted(set(map(str, entry)) - KEYS[kind]):
        raise _fail(where, f"unknown key “{unknown[0]}”; a {kind} has {', '.join(sorted(KEYS[kind]))}")
    for name in needed:
        if entry.get(name) in (None, "", [], {}):
            raise _fail(where, f"“{name}” is missing")
    if entry.get("mark", "K") not in MARKS:
        raise _fail(where, f"mark “{entry['mark']}”; expected S or K")
    return entry


def _code(where: str, code: Any) -> str:
    text = str(code)
    if not text.isascii() or not text.replace("-", "_").isidentifier() or len(text) > 30:
        raise _fail(where, f"“{code}” is no code: at most 30 of a–z, 0–9, _")
    return text


def _playbook(code: str, entry: Any) -> Playbook:
    where = f"playbook {_code(f'playbook {code}', code)}"
    entry = _checked(where, "playbook", entry, ("name", "stages"))
    stages: list[Stage] = []
    for n, told in enumerate(_list(where, entry, "stages"), start=1):
        stages.append(_stage(f"{where}, stage {told.get('code', n) if isinstance(told, dict) else n}", told, stages))
    about = {"source": entry.get("source", ""), "mark": entry.get("mark", "")}
    return Playbook(code, str(entry["name"]), entry.get("english", ""), tuple(stages), **about)


def _list(where: str, entry: Mapping[str, Any], name: str) -> list[Any]:
    found = entry.get(name, [])
    if not isinstance(found, list):
        raise _fail(where, f"“{name}” is a list, each with a dash before it")
    return found


def _stage(where: str, entry: Any, before: list[Stage]) -> Stage:
    entry = _checked(where, "stage", entry, ("code", "name", "days"))
    code = _code(where, entry["code"])
    if code in {stage.code for stage in before}:
        raise _fail(where, "this code stands there twice")
    if not isinstance(entry["days"], int) or not 0 < entry["days"] <= 3650:
        raise _fail(where, f"days “{entry['days']}”; expected a whole number from 1 to 3650")
    fields: list[Field] = []
    for n, told in enumerate(_list(where, entry, "fields"), start=1):
        at = f"{where}, field {told.get('name', n) if isinstance(told, dict) else n}"
        fields.append(_field(at, told))
        if [field.name for field in fields].count(fields[-1].name) > 1:
            raise _fail(at, "this name stands there twice")
    if entry.get("evidence", "") not in ("", *EVIDENCE):
        raise _fail(where, f"evidence “{entry['evidence']}”; expected one of {', '.join(EVIDENCE)}")
    papers = tuple(_paper(where, told) for told in _list(where, entry, "documents"))
    made = Stage(
        code, str(entry["name"]), entry.get("english", ""), entry["days"], tuple(fields), (), papers,
        entry.get("evidence", ""),
    )  # fmt: skip
    for n, told in enumerate(_list(where, entry, "sums"), start=1):
        at = f"{where}, sum {told.get('code', n) if isinstance(told, dict) else n}"
        added = _sum(at, told, [*before, made])
        made = Stage(made.code, made.label, made.english, made.days, made.fields, (*made.sums, added),
                     made.documents, made.evidence)  # fmt: skip
    return made


def _paper(where: str, entry: Any) -> Paper:
    name = entry.get("name", "") if isinstance(entry, dict) else entry
    entry = _checked(f"{where}, document {name}", "document", entry, ("name",))
    return Paper(str(name), entry.get("english", ""), bool(entry.get("required", False)))


def _field(where: str, entry: Any) -> Field:
    entry = _checked(where, "field", entry, ("name", "label", "type"))
    name, kind = _code(where, entry["name"]), entry["type"]
    if kind not in TYPES:
        raise _fail(where, f"type “{kind}”; expected one of {', '.join(TYPES)}")
    if (kind == "choice") != bool(entry.get("choices")):
        raise _fail(where, "choices stand with a field of type choice, and with no other")
    bounds = {}
    for bound in ("min", "max"):
        if entry.get(bound) is None:
            continue
        if kind not in NUMBERS or isinstance(entry[bound], bool) or not isinstance(entry[bound], int | float):
            raise _fail(where, f"{bound} “{entry[bound]}”; expected a number, with a field of type int or decimal")
        bounds[bound] = Decimal(str(entry[bound]))
    if len(bounds) == 2 and bounds["min"] > bounds["max"]:
        raise _fail(where, f"min {bounds['min']} is above max {bounds['max']}")
    choices = tuple(map(str, entry.get("choices", ())))
    default = "" if entry.get("default") is None else str(entry["default"])
    _default(where, kind, default, bounds, choices)
    texts = {name: str(entry.get(name, "")) for name in ("unit", "help", "source", "mark", "english")}
    english = texts.pop("english")
    return Field(
        name, str(entry["label"]), english, kind, choices=choices, required=bool(entry.get("required", False)),
        default=default, **bounds, **texts,
    )  # fmt: skip


def _default(where: str, kind: str, default: str, bounds: Mapping[str, Decimal], choices: tuple[str, ...]) -> None:
    if not default:
        return
    wrong = False
    if kind in NUMBERS:
        number = default.replace(".", "", 1)
        value = Decimal(default) if number.isdigit() else None
        wrong = value is None or value < bounds.get("min", value) or value > bounds.get("max", value)
    elif kind == "choice":
        wrong = default not in choices
    elif kind == "date":
        try:
            date.fromisoformat(default)
        except ValueError:
            wrong = True
    if wrong:
        raise _fail(where, f"default “{default}” is none that the field takes")


def _sum(where: str, entry: Any, stages: list[Stage]) -> Sum:
    entry = _checked(where, "sum", entry, ("code", "name", "of", "takes", "show"))
    code = _code(where, entry["code"])
    if code in {one.code for stage in stages for one in stage.sums}:
        raise _fail(where, "this code stands in the playbook twice")
    function = FUNCTIONS.get(entry["of"])
    if function is None:
        raise _fail(where, f"there is no function “{entry['of']}”; there are {', '.join(FUNCTIONS)}")
    takes = entry["takes"]
    if not isinstance(takes, dict) or not function.fits(takes):
        raise _fail(where, f"takes: “{entry['of']}” takes {', '.join(function.takes) or 'one number at least'}")
    for name, told in takes.items():
        _known(f"{where}, takes {name}", told, stages)
    try:
        asked = {name for _text, name, _spec, _how in string.Formatter().parse(str(entry["show"])) if name is not None}
    except ValueError as error:
        raise _fail(where, f"show: {error}") from error
    if asked != set(takes):
        expected = ", ".join(f"{{{name}}}" for name in takes)
        raise _fail(where, f"show “{entry['show']}”; expected {expected}, each where its number goes")
    places = entry.get("places", 0)
    if not isinstance(places, int) or not 0 <= places <= 6:
        raise _fail(where, f"places “{places}”; expected a whole number from 0 to 6")
    texts = {name: str(entry.get(name, "")) for name in ("unit", "source", "mark")}
    pairs = tuple((str(name), str(told)) for name, told in takes.items())
    return Sum(code, str(entry["name"]), entry.get("english", ""), entry["of"], pairs, str(entry["show"]),
               places=places, **texts)  # fmt: skip


def _known(where: str, told: Any, stages: list[Stage]) -> None:
    """Refuse a number that comes from nowhere: the field and the sum stand in this stage or in one before it."""
    text = str(told)
    if isinstance(told, int | float) and not isinstance(told, bool):
        return
    before, _dot, name = text.partition(".")
    if text.startswith("sum:"):
        if text[4:] not in {one.code for stage in stages for one in stage.sums}:
            raise _fail(where, f"there is no sum “{text[4:]}” before it")
        return
    stage = next((stage for stage in stages if stage.code == before), None)
    if stage is None:
        raise _fail(where, f"“{text}”: there is no stage “{before}” here or before it")
    field = next((field for field in stage.fields if field.name == name), None)
    if field is None or field.type not in NUMBERS:
        raise _fail(where, f"“{text}”: stage {before} has no field “{name}” that is a number")
