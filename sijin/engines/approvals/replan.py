"""A plan that keeps what is locked, and what was planned before where that is worth it.

What stays is placed first, where it was; the others take the gaps. From there windows of time are let go, taken back
and tried in another order.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sijin.engines.approvals.genetic import push
from sijin.engines.approvals.islands import Arrays
from sijin.engines.approvals.portfolio import NONE, Ints, Portfolio
from sijin.engines.approvals.sgs import serial

FAR = 2**62
Flags = NDArray[np.bool_]


def softened(posed: Portfolio, weight: Ints, scale: int) -> tuple[Portfolio, Ints]:
    """Return a portfolio without locks or an earlier plan, in which a day away from a lock outweighs all else.

    What is bred for it keeps the locks where that can be; `placed` keeps them for sure.
    """
    none = np.full(len(posed.days), NONE, np.int64)
    held = posed.locked >= 0
    most = 2 * (scale + int(weight.sum())) if len(weight) else 2 * scale
    heavy = np.where(held, most, weight if len(weight) else 0).astype(np.int64)
    return replace(
        posed, locked=none, previous=none, release=np.maximum(posed.release, posed.locked),
        due=np.where(held, posed.locked + posed.days, posed.due if len(weight) else NONE),
        weight=np.where(held, 1.0, posed.weight),
    ), heavy  # fmt: skip


class Replan:
    """Plans tasks one by one with some that must stay, some that had better."""

    def __init__(self, posed: Portfolio, seed: int) -> None:
        self.posed = posed
        self.arrays = Arrays.of(posed, np.zeros(0, np.int64), 1)
        self._work = self.arrays.work()
        self._dice = np.random.default_rng(seed)
        self._held = np.flatnonzero(posed.locked >= 0)
        self._latest = posed.begins_by(np.where(posed.locked >= 0, posed.locked, FAR))
        early = posed.heads()
        self._wished = np.where(posed.previous >= 0, posed.previous, early)

    def placed(self, key: Ints, stay: Flags) -> Ints | None:
        """Plan what is locked and what should stay first, then the others by rising `key`; None where no lock holds.

        A task that cannot stay, because another needs its place or what it waits for comes later, is one of the others.
        """
        posed, stay = self.posed, stay & (self.posed.previous >= 0)
        first = key.copy()
        push(first, *self.arrays.forth[:2], True)
        first = np.maximum(np.minimum(first, self._latest), 0)  # below 0 stand those that are placed before all others
        days, demand, room, guard = self.arrays.project
        start = self._work[4]
        while True:
            head = np.maximum(posed.release, posed.locked)
            head[stay] = np.maximum(head[stay], posed.previous[stay])
            order = np.argsort(np.where(stay, -1, np.where(posed.locked >= 0, -2, first)), kind="stable")
            serial(
                order,
                days,
                demand,
                room,
                guard,
                *self.arrays.forth[:3],
                head,
                self.arrays.back[3],
                self._work[0],
                start,
            )
            pushed = stay & (start != posed.previous)
            if not pushed.any():
                break
            stay &= ~pushed
        return None if (start[self._held] != posed.locked[self._held]).any() else start.copy()

    def climb(
        self, cost: Callable[[Ints], int], go_on: Callable[[Ints | None], bool], start: Ints | None,
        orders: Sequence[Ints] = (),
    ) -> None:  # fmt: skip
        """Try windows until told to stop; `cost` prices a plan, `go_on` is given each better one, else None.

        `start` is a plan to begin with, `orders` are keys by which to look for one.
        """
        posed = self.posed
        again = posed.previous >= 0
        for key in (*orders, self._wished, posed.heads(), FAR // 2 - posed.tails()):
            for stay in (again, ~again):
                made = self.placed(key, stay)
                if made is not None and (start is None or cost(made) < cost(start)):
                    start = made
        stay = again if start is None else start == posed.previous
        best = FAR if start is None else cost(start)
        better = start
        while go_on(better):
            better, trial = None, stay.copy()
            key = (self._wished if start is None else start).copy()
            self._shake(key, trial)
            made = self.placed(key, trial)
            if made is not None and cost(made) <= best:
                better = made if cost(made) < best else None
                start, best, stay = made, cost(made), made == posed.previous

    def _shake(self, key: Ints, stay: Flags) -> None:
        """Within a window of days let all go or have all stay, change the order, and turn one task."""
        again = self.posed.previous >= 0
        span = int(key.max()) + 1
        width = max(1, int(span * self._dice.random() ** 2))
        begin = int(self._dice.integers(-width, span))
        window = (key >= begin) & (key <= begin + width)
        stay[window] = again[window] if self._dice.random() < 0.5 else False
        if self._dice.random() < 0.7:
            key[window] += self._dice.integers(-width, width + 1, int(window.sum()))
        one = int(self._dice.integers(0, len(key)))
        stay[one] = again[one] and not stay[one]
