"""Two genetic searches side by side, one on each core, that show each other their best from time to time.

Deterministic for a seed as long as no clock cuts it: rounds are counted in births, and islands meet between rounds.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np

from sijin.engines.approvals import lateness
from sijin.engines.approvals.genetic import evolve, priced, push
from sijin.engines.approvals.portfolio import Ints, Portfolio
from sijin.engines.approvals.sgs import falling, serial

LANES = 62  # bits of a word that are used
ROUND = 3_000_000  # tasks placed in a round
LARGE = 300  # tasks
MEET = 8  # rounds between two meetings


@dataclass(frozen=True)
class Arrays:
    """The portfolio as the compiled functions want it, both ways round."""

    project: tuple[Ints, Ints, Ints, Ints]
    forth: tuple[Ints, Ints, Ints, Ints]
    back: tuple[Ints, Ints, Ints, Ints]
    price: tuple[Ints, Ints, int]
    horizon: int

    @classmethod
    def of(cls, posed: Portfolio, weight: Ints, scale: int) -> "Arrays":
        """Pack the demands and turn the arcs round."""
        forth, back, none = posed.links(), posed.links(backwards=True), np.zeros(0, np.int64)
        late = posed.late_costs
        return cls(
            (posed.days, *packed(posed.demand, posed.capacity)),
            (forth.first, forth.after, forth.lag, posed.release),
            (back.first, back.after, back.lag, np.zeros_like(posed.days)),
            (posed.due if late else none, weight if late else none, scale), posed.horizon,
        )  # fmt: skip

    def work(self) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """Return the work space of one thread."""
        n, words = self.project[1].shape
        return (
            np.empty((self.horizon + 1, words), np.int64), np.empty(3 * self.horizon + 1000, np.int64),
            *(np.empty(n, np.int64) for _ in range(3)),
        )  # type: ignore[return-value]  # fmt: skip


def packed(demand: Ints, capacity: Ints) -> tuple[Ints, Ints, Ints]:
    """Lay resources into lanes of words: demand (n, words), capacity (words,) and guard bits (words,)."""
    divisor = [gcd(int(room), *map(int, np.unique(demand[:, k]))) or 1 for k, room in enumerate(capacity)]
    bits = [(int(room) // by).bit_length() + 1 for room, by in zip(capacity, divisor, strict=True)]
    at, word, used = [], 0, 0
    for width in bits:
        if used + width > LANES:
            word, used = word + 1, 0
        at.append((word, used))
        used += width
    need = np.zeros((len(demand), word + 1), np.int64)
    room, guard = np.zeros(word + 1, np.int64), np.zeros(word + 1, np.int64)
    for k, (w, shift) in enumerate(at):
        need[:, w] += demand[:, k] // divisor[k] << shift
        room[w] += int(capacity[k]) // divisor[k] << shift
        guard[w] += 1 << (shift + bits[k] - 1)
    return need, room, guard


class Island:
    """A population and its dice."""

    def __init__(self, arrays: Arrays, size: int, custom: tuple[int, ...], seed: int) -> None:
        n = len(arrays.project[0])
        self.arrays, self.custom, self.work = arrays, custom, arrays.work()
        self.rng = np.random.default_rng(seed)
        self.dice = self.rng.integers(1, 2**62, 1).astype(np.uint64)
        self.left, self.right = (
            (np.zeros((size, n), np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64)) for _ in range(2)
        )
        self.best, self.best_cost = np.zeros(n, np.int64), np.array([2**62])

    def settle(self, keys: list[Ints]) -> None:
        """Plan the first members by the latest days of the longest path, and of the due days; some more shaken."""
        for a in range(len(self.left[1])):
            late = keys[a % len(keys)] - keys[a % len(keys)].min()
            reach = max(1, int(late.max()))
            key = late + (self.rng.random(len(late)) * reach * self.rng.random() / 2).astype(np.int64) * (
                a >= len(keys)
            )
            self.plant(a, key)

    def plant(self, a: int, key: Ints) -> None:
        """Make a member of a key: small ones early."""
        days, demand, room, guard = self.arrays.project
        push(key, *self.arrays.forth[:2], True)
        free, count, order, turned, child = self.work
        turned[:] = key.max() - key
        for side, links, tail, (members, spans, costs) in (
            (False, self.arrays.forth, self.arrays.back[3], self.left),
            (True, self.arrays.back, self.arrays.forth[3], self.right),
        ):
            falling(turned, count, order, side)
            spans[a] = serial(order, days, demand, room, guard, *links, tail, free, child)
            costs[a] = priced(spans[a], child, days, side, *self.arrays.price)
            members[a] = turned[:] = child + days
            if costs[a] < self.best_cost[0]:
                self.best_cost[0] = costs[a]
                self.best[:] = spans[a] - child - days if side else child

    def live(self, births: int) -> None:
        """Let children be born; works outside the interpreter's lock."""
        evolve(births, self.arrays.project, self.arrays.forth, self.arrays.back, self.arrays.price, self.work,
               self.dice, self.left, self.right, self.best, self.best_cost, self.custom)  # fmt: skip


class Islands:
    """Islands on threads."""

    def __init__(self, posed: Portfolio, weight: Ints, scale: int, seed: int, count: int = 2) -> None:
        self.arrays = Arrays.of(posed, weight, scale)
        n = len(posed.days)
        self.births = max(200, ROUND // n)
        tails = posed.tails()
        late = [(posed.heads() + posed.days + tails).max() - tails]
        if posed.late_costs:
            late.append(posed.days + posed.begins_by(np.where(posed.due >= 0, posed.due, posed.horizon) - posed.days))
            late.append(lateness.in_turn(posed, weight))
        self.islands = [Island(self.arrays, *settings(n, k), seed * 1_000 + k) for k in range(count)]
        for island in self.islands:
            island.settle(late)

    @property
    def best(self) -> tuple[Ints, int]:
        """Return the best starts and their cost."""
        island = min(self.islands, key=lambda island: int(island.best_cost[0]))
        return island.best.copy(), int(island.best_cost[0])

    def live(self, go_on: Callable[[Ints, int], bool], births: int | None = None, only: int | None = None) -> None:
        """Let rounds pass until `go_on` of the best starts and their cost says no; `only` so many islands."""
        rounds, living = 0, self.islands[:only]
        with ThreadPoolExecutor(len(living)) as pool:
            while go_on(*self.best):
                list(pool.map(lambda island: island.live(births or self.births), living))
                rounds += 1
                if rounds % MEET == 0:
                    self.meet()

    def plant(self, start: Ints) -> None:
        """Give each island a plan."""
        for island in self.islands:
            island.plant(int(island.left[2].argmax()), start.copy())

    def meet(self) -> None:
        """Give the best of each island to the next one, in place of its worst."""
        shown = [self._champion(island) for island in self.islands]
        for k, island in enumerate(self.islands):
            members, spans, costs = island.left
            worst = int(costs.argmax())
            members[worst], spans[worst], costs[worst] = shown[k - 1]

    @staticmethod
    def _champion(island: Island) -> tuple[Ints, Any, Any]:
        finish = island.best + island.arrays.project[0]
        return finish.copy(), finish.max(), island.best_cost[0]


def settings(n: int, island: int) -> tuple[int, tuple[int, ...]]:
    """Return the size of a population and the customs of an island, as measured on J120 and MPLIB.

    Large portfolios get through few generations: small populations, few changes at a time; one island of two keeps to
    narrow windows.
    """
    if n <= LARGE:
        return 60, (10, 60, 50, 10, 50)
    return 30, (*((2, 30) if island % 2 else (10, 60)), n // 5, 3, 50)
