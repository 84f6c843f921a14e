"""What a stage's form was answered: checked by its playbook, kept as plain JSON, and worked into sums."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from sijin.works.domain.village.playbooks import Field, Playbook, Stage, Sum
from sijin.works.domain.village.sums import Worked, plain, rounded

LENGTHS = {"text": 120, "long": 1000}
DIGITS = 16
PLACES = 6
YES, NO = "yes", "no"


class Unfit(ValueError):
    """An answer is none that its field takes; `field` is which."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field, self.words = field, words


def checked(stage: Stage, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Unfit]]:
    """Return the answers that are fit to be kept, and what is unfit; empty answers are left out.

    A half-filled form is fit: what is required is asked for when the stage is ticked (`lacking`).
    """
    kept: dict[str, Any] = {}
    faults = [Unfit(name, _("This stage does not ask for it.")) for name in given if name not in _names(stage)]
    for field in stage.fields:
        text = "" if given.get(field.name) is None else str(given[field.name]).strip()
        if not text:
            continue
        try:
            kept[field.name] = _value(field, text)
        except Unfit as unfit:
            faults.append(unfit)
    return kept, faults


def lacking(stage: Stage, answers: Mapping[str, Any]) -> list[Field]:
    """Return the required fields that have no answer, and those that ask for a yes and have none."""
    return [
        field
        for field in stage.fields
        if field.required and (not answers.get(field.name) if field.type not in ("int",) else field.name not in answers)
    ]


def told(field: Field, answers: Mapping[str, Any]) -> str:
    """Return an answer as it is read, without its unit; a dash for none."""
    value = answers.get(field.name)
    if value is None or value == "":
        return "—"
    if field.type == "yes":
        return _("yes") if value == YES else _("no")
    return plain(Decimal(str(value))) if field.type in ("int", "decimal") else str(value)


def worked(playbook: Playbook, stage: Stage, answers: Mapping[str, Mapping[str, Any]]) -> list[Worked]:
    """Return the sums of a stage with their numbers; `answers` holds those of all stages by code."""
    made = all_worked(playbook, answers)
    return [made[one.code] for one in stage.sums]


def all_worked(playbook: Playbook, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Worked]:
    """Return all sums of a playbook by code, in order; each is worked out of numbers as they are shown."""
    made: dict[str, Worked] = {}
    for stage in playbook.stages:
        for one in stage.sums:
            made[one.code] = _worked(playbook, one, answers, made)
    return made


def _worked(
    playbook: Playbook, one: Sum, answers: Mapping[str, Mapping[str, Any]], made: Mapping[str, Worked]
) -> Worked:
    numbers: dict[str, Decimal] = {}
    missing: list[str] = []
    for name, where in one.takes:
        value, words = _number(playbook, where, answers, made)
        if value is None:
            missing.append(words)
        else:
            numbers[name] = value
    about = (one.unit, tuple(missing), one.source, one.mark)
    blank = {name: plain(numbers[name]) if name in numbers else "□" for name, _where in one.takes}
    formula = one.show.format(**blank)
    value = None if missing else rounded(one.of, numbers, one.places)
    return Worked(one.code, str(one), formula, value, *about)


def _number(
    playbook: Playbook, where: str, answers: Mapping[str, Mapping[str, Any]], made: Mapping[str, Worked]
) -> tuple[Decimal | None, str]:
    if where.startswith("sum:"):
        before = made[where[4:]]
        return before.value, before.name
    code, dot, name = where.partition(".")
    stage = playbook.stage(code)
    if not dot or stage is None:
        return Decimal(where), where
    field = next(field for field in stage.fields if field.name == name)
    value = answers.get(code, {}).get(name)
    return (None if value is None else Decimal(str(value))), str(field)


def _names(stage: Stage) -> set[str]:
    return {field.name for field in stage.fields}


def _value(field: Field, text: str) -> Any:
    if field.type in ("int", "decimal"):
        return _figure(field, text)
    if field.type == "choice" and text not in field.choices:
        raise Unfit(field.name, _("“%(got)s”: one of %(choices)s is expected.") % _said(text, field.choices))
    if field.type == "yes" and text not in (YES, NO):
        raise Unfit(field.name, _("“%(got)s”: one of %(choices)s is expected.") % _said(text, (_("yes"), _("no"))))
    if field.type == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise Unfit(field.name, _("“%(got)s” is no day such as 2020-05-20.") % {"got": text[:40]}) from None
    limit = LENGTHS.get(field.type, 120)
    if len(text) > limit:
        raise Unfit(field.name, _("At most %(limit)s characters.") % {"limit": limit})
    return text


def _figure(field: Field, text: str) -> int | str:
    try:
        value = Decimal(text.replace(",", "").replace("，", ""))
        if not value.is_finite() or value.adjusted() >= DIGITS:
            raise InvalidOperation
    except InvalidOperation:
        raise Unfit(field.name, _("“%(got)s” is no number.") % {"got": text[:40]}) from None
    if field.type == "int" and value != value.to_integral_value():
        raise Unfit(field.name, _("“%(got)s”: a whole number is expected.") % {"got": text[:40]})
    low, high = field.min, field.max
    if (low is not None and value < low) or (high is not None and value > high):
        said = {
            "got": plain(value),
            "min": "…" if low is None else plain(low),
            "max": "…" if high is None else plain(high),
        }
        raise Unfit(field.name, _("“%(got)s”: from %(min)s to %(max)s is expected.") % {**said})
    if field.type == "int":
        return int(value)
    return f"{round(value, PLACES).normalize():f}"


def _said(text: str, choices: Iterable[str]) -> dict[str, str]:
    return {"got": text[:40], "choices": "、".join(choices)}
