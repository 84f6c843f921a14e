"""The engine's answer to one market of a clearing."""

from collections import Counter
from dataclasses import dataclass

from sijin.engines import clearing as engine
from sijin.exchange.domain.clearings.markets import Market
from sijin.exchange.domain.clearings.posing import Key


@dataclass
class Solved:
    """The engine's answer to one market, what a unit of each pair costs, and the floor that was asked for."""

    market: Market
    answer: engine.Cleared
    cost: dict[Key, int]
    penalty: dict[int, int]
    floor: float

    @property
    def given(self) -> list[tuple[int, int, int]]:
        """Return (item, offer, parts of the unit), the best pairs first."""
        sums: Counter[Key] = Counter()
        for item, offer, count, _cost in self.answer.matches.iter_rows():
            sums[item, offer] += round(count)
        best = sorted(sums, key=lambda key: (self.cost[key], key))
        return [(*key, sums[key]) for key in best if sums[key]]
