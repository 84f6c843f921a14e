"""One cell of a table of firms, read into a value or refused with a code that says what was expected."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sijin.engines.relief.fields import PROVINCES, Field, Kind

NUMBER = r"^-?\d{1,15}(\.\d*)?$"
PLACES = {Kind.MONEY: 2, Kind.SERIES: 2, Kind.PERCENT: 4, Kind.COUNT: 0}  # decimals that are taken
TRUE = ("true", "1", "yes", "是")
FALSE = ("false", "0", "no", "否")
REGION = r"^\d{6,12}$"
INDUSTRY = r"^[A-T]?\d{2,4}$"
DAY = r"^\d{4}-\d{2}-\d{2}$"
SEPARATOR = r"[,，;；、\s]+"
NEARLY = 1e-3  # a float this near to a fen is taken for it


@dataclass(frozen=True)
class Fault:
    """A cell that cannot be taken: row (from 0), field and the value as it was given.

    Codes: missing, duplicate, number, whole, decimals, negative, too_large, choice, region, industry, date, flag, rule.
    """

    row: int
    firm: str
    field: str
    code: str
    value: str = ""


class Faulty(ValueError):
    """A firm, or a table of firms, with cells that cannot be taken."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"row {f.row}, {f.field}: {f.code}, got {f.value!r}" for f in self.faults))


class Wrong(ValueError):
    """Why a cell cannot be taken; its text is the code of a Fault."""


def read(field: Field, value: Any, rules: Mapping[str, Any]) -> Any:
    """Return a cell's value as the one-firm path counts it; None when it is empty; Wrong when it cannot be taken."""
    if value is None or (isinstance(value, str) and not value.strip()) or value != value:
        return None
    kind, text = field.kind, str(value).strip()
    if kind in PLACES:
        return _number(field, value, text)
    if kind is Kind.TEXT:
        return text
    if kind is Kind.FLAG:
        if text.lower() not in TRUE + FALSE:
            raise Wrong("flag")
        return text.lower() in TRUE
    if kind is Kind.CHOICE:
        if text not in field.choices:
            raise Wrong("choice")
        return text
    if kind is Kind.REGION:
        if not re.match(REGION, text) or text[:2] not in PROVINCES:
            raise Wrong("region")
        return text
    if kind is Kind.CODE:
        if not re.match(INDUSTRY, text):
            raise Wrong("industry")
        return text.lstrip("ABCDEFGHIJKLMNOPQRST")
    if kind is Kind.DATE:
        return _day(value, text)
    names = tuple(name for name in re.split(SEPARATOR, text) if name)
    if set(names) - set(rules):
        raise Wrong("rule")
    return names


def _number(field: Field, value: Any, text: str) -> Decimal | int:
    places = PLACES[field.kind]
    if isinstance(value, float):
        grown = value * 10**places
        if abs(grown) > 1e17:
            raise Wrong("too_large")
        if abs(grown - round(grown)) > NEARLY:
            raise Wrong("decimals" if places else "whole")
        number = Decimal(round(grown)).scaleb(-places)
    else:
        text = text.replace(",", "").replace(" ", "")
        if not re.match(NUMBER, text):
            raise Wrong("number")
        number = Decimal(text)
        if number != round(number, places):
            raise Wrong("decimals" if places else "whole")
    if number < 0:
        raise Wrong("negative")
    if number > field.most:
        raise Wrong("too_large")
    return int(number) if field.kind is Kind.COUNT else number


def _day(value: Any, text: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        if not re.match(DAY, text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Wrong("date") from None
