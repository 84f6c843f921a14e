"""Items and offers of one kind whose units convert: counted in one unit, as whole numbers where they are."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from sijin.exchange.domain.kinds import factor

HUNDREDTH = Decimal("0.01")


@dataclass
class Market:
    """A part of the exchange that is cleared by itself. Quantities are whole numbers of `unit` / `parts`."""

    kind: str
    unit: str
    parts: int  # 1: all quantities are whole in `unit`; 100: they are hundredths of it
    items: list[int] = field(default_factory=list)
    offers: list[int] = field(default_factory=list)

    def count(self, quantity: Decimal, unit: str) -> int:
        """Return a quantity in parts of the market's unit."""
        return int(quantity * (factor(unit, self.unit) or 0) * self.parts)

    def back(self, count: int | float, unit: str) -> Decimal:
        """Return parts of the market's unit as a quantity in `unit`, never more than they are."""
        exact = Decimal(round(count)) / self.parts * (factor(self.unit, unit) or 0)
        return exact.quantize(HUNDREDTH, ROUND_DOWN)

    def own(self, count: int | float) -> Decimal:
        """Return parts as a quantity in the market's own unit."""
        return Decimal(round(count)) / self.parts


Row = tuple[int, str, str, Decimal]  # key, kind, unit, quantity


def divided(items: Iterable[Row], offers: Iterable[Row], also: Iterable[Row] = ()) -> list[Market]:
    """Return the markets of these items and offers, in the order of the items; offers alone come last.

    `also` are quantities between them (locks, what runs) which the unit of a market must count without a rest too.
    """
    items, offers, also = list(items), list(offers), list(also)
    families: dict[str, list[list[str]]] = {}
    for _key, kind, unit, _quantity in (*items, *offers):
        own = families.setdefault(kind, [])
        there = next((family for family in own if factor(unit, family[0]) is not None), None)
        if there is None:
            own.append([unit])
        elif unit not in there:
            there.append(unit)
    made: dict[tuple[str, int], Market] = {}
    for side, rows in (("items", items), ("offers", offers)):
        for key, kind, unit, _quantity in rows:
            n = next(n for n, family in enumerate(families[kind]) if unit in family)
            if (kind, n) not in made:
                made[kind, n] = _market(kind, families[kind][n], (*items, *offers, *also))
            getattr(made[kind, n], side).append(key)
    return list(made.values())


def _market(kind: str, family: list[str], rows: Iterable[Row]) -> Market:
    """Choose the largest unit in which every quantity is whole; without one, hundredths of the smallest."""
    own = [(unit, quantity) for _key, of, unit, quantity in rows if of == kind and unit in family]
    units = sorted(family, key=lambda unit: factor(unit, family[0]) or 0, reverse=True)
    for unit in units:
        if all((quantity * (factor(other, unit) or 0)) % 1 == 0 for other, quantity in own):
            return Market(kind, unit, 1)
    return Market(kind, units[-1], 100)


def shared_out(wanted: Iterable[tuple[Decimal, str]], free: Decimal, unit: str) -> list[tuple[Decimal, Decimal]]:
    """Return (quantity, what it takes of the offer) for each of `wanted` (quantity, unit), never more than `free`.

    What is taken is rounded up to hundredths of the offer's unit, as a reservation does it; where that would take more
    than is there, the last ones get the little less.
    """
    made = []
    for quantity, own in wanted:
        rate = factor(own, unit) or Decimal(0)
        taken = (quantity * rate).quantize(HUNDREDTH, ROUND_UP)
        if taken > free:
            quantity = (free / rate).quantize(HUNDREDTH, ROUND_DOWN)
            taken = (quantity * rate).quantize(HUNDREDTH, ROUND_UP)
        free -= taken
        made.append((quantity, taken))
    return made
