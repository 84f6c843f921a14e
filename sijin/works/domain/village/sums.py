"""Simple sizing sums: named functions of Decimals that a playbook's data calls, and a sum with its numbers put in.

A sum takes numbers as they are shown, so that whoever works it out by hand from the page comes to the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, DivisionByZero, InvalidOperation

HOURS = Decimal(24)  # of a day
LITRES = Decimal(1000)  # of a cubic metre


@dataclass(frozen=True)
class Function:
    """What a sum may do: its arguments (none: any number of them), how it is worked out, and the same for a cell."""

    takes: tuple[str, ...]
    work_out: Callable[..., Decimal]
    cell: str  # with {argument} where a cell's name goes; {all} stands for all, with + between

    def fits(self, given: Mapping[str, object]) -> bool:
        """Say whether these are the arguments that it takes."""
        return set(given) == set(self.takes) if self.takes else bool(given)


FUNCTIONS = {
    # m³ a day of people × litres a person and day × share that is discharged
    "flow": Function(
        ("people", "quota", "coefficient"),
        lambda people, quota, coefficient: people * quota * coefficient / LITRES,
        "{people}*{quota}*{coefficient}/1000",
    ),
    # m³ in the busiest hour of m³ a day
    "hourly": Function(("flow", "peak"), lambda flow, peak: flow / HOURS * peak, "{flow}/24*{peak}"),
    # m³ that stay for so many hours of m³ a day
    "retained": Function(("flow", "hours"), lambda flow, hours: flow * hours / HOURS, "{flow}*{hours}/24"),
    "product": Function(("first", "second"), lambda first, second: first * second, "{first}*{second}"),
    "total": Function((), lambda **given: sum(given.values(), Decimal(0)), "{all}"),
    "less": Function(("wanted", "there"), lambda wanted, there: wanted - there, "{wanted}-{there}"),
    "each": Function(("amount", "among"), lambda amount, among: amount / among, "{amount}/{among}"),
    "share": Function(("part", "whole"), lambda part, whole: 100 * part / whole, "100*{part}/{whole}"),
    # most visitors a day of an area, the area that each takes, and how often it is emptied and filled
    "visitors": Function(
        ("area", "each", "turns"), lambda area, each, turns: area / each * turns, "{area}/{each}*{turns}"
    ),
}


@dataclass(frozen=True)
class Worked:
    """A sum with its numbers: the formula as it is read, the value as it is shown (none while a number is missing)."""

    code: str
    name: str
    formula: str
    value: Decimal | None
    unit: str
    missing: tuple[str, ...] = ()
    source: str = ""
    mark: str = ""

    @property
    def text(self) -> str:
        """Return the whole line: 380 人 × 80 L/(人·日) × 0.8 = 24.3 m³/日; empty while a number is missing."""
        return "" if self.value is None else f"{self.formula} = {self.shown}"

    @property
    def shown(self) -> str:
        """Return the value with its unit."""
        space = "" if self.unit == "%" else " "
        return "" if self.value is None else f"{self.value:,f}{space}{self.unit}"


def rounded(of: str, given: Mapping[str, Decimal], places: int) -> Decimal | None:
    """Return what function `of` makes of `given`, halves rounded up; None where it would divide by zero."""
    try:
        value = FUNCTIONS[of].work_out(**given)
    except (DivisionByZero, InvalidOperation):
        return None
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """Return a number with thousand separators and without idle zeros."""
    return f"{value.normalize():,f}"
