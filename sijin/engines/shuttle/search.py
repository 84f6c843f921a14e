"""The search over the trips of a shuttle: two chains of annealing side by side, cooled by time or by steps."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from sijin.engines.dispatch.dice import seeded
from sijin.engines.shuttle.arrays import LEFT, LIVE, Ints, Plan, Task, Work, empty_plan, scratch

Progress = Callable[[int, int, str], bool | None]
HOT, COLD = 0.4, 0.015  # first and last temperature, of the mean cost of a party
SMALL = 60  # parties up to which one chain is enough
STEPS, LEAST = 200, 1_000  # steps: for each pair of parties, and at least
TICK = 0.05  # seconds between two looks at the clock
SHORT = 0.7  # of the time, where not everyone finds a seat at once: the rest is for cutting who waits smaller
MEETINGS = (0.7, 0.85, 0.95)  # shares of the time when the worse chain goes on from the better plan


@dataclass
class Chain:
    """One chain of annealing: where it stands, its best plan, and the steps it took."""

    task: Task
    plan: Plan
    best: Plan
    work: Work
    steps: int = 0
    speed: float = 20_000.0  # steps a second


class Search:
    """Looks for the cheapest plan of `task`, from `rows` (see `restore`) or from nothing."""

    def __init__(
        self,
        task: Task,
        rows: Ints | None,
        limit: float,
        seed: int,
        progress: Progress | None,
        *,
        threads: int = 2,
        hot: float = HOT,
    ) -> None:
        from sijin.engines.shuttle import moves, restore  # loads Numba

        self.task, self.limit, self._progress, self._hot = task, limit, progress, hot
        self._anneal, self._copy, self._restore = moves.anneal, moves.copy_plan, restore.restore
        parties = len(task.people)
        self.most = LEAST + STEPS * parties * parties
        self.stopped = False
        dice = [seeded(seed * 2 + n) for n in range(threads if parties > SMALL else 1)]
        self.chains = [self._chain(state, rows) for state in dice]
        self.began = time.monotonic()  # what is compiled for the first time is not counted

    def _chain(self, dice: np.ndarray, rows: Ints | None) -> Chain:
        task = self.task
        chain = Chain(task, empty_plan(task), empty_plan(task), scratch(task, dice))
        if rows is not None and not self._restore(task, chain.plan, chain.work, rows):
            chain = Chain(task, empty_plan(task), empty_plan(task), scratch(task, dice))
        self._copy(chain.plan, chain.best)
        self._anneal(task, chain.plan, chain.best, chain.work, 0, 0, 0.0)
        return chain

    @property
    def best(self) -> Plan:
        """The cheapest plan so far."""
        return min((chain.best for chain in self.chains), key=lambda plan: float(plan.cost[0]))

    @property
    def passed(self) -> float:
        """The share of the search that is over."""
        spent = (time.monotonic() - self.began) / self.limit if self.limit > 0 else 1.0
        return max(spent, max(chain.steps for chain in self.chains) / self.most)

    def run(self) -> Plan:
        """Anneal until the time or the steps are over; return the best plan."""
        if len(self.task.people) == 0:
            return self.best
        for chain in self.chains:
            self._fill(chain)
        if self.best.tally[LEFT]:
            self.limit *= SHORT
        unit = self._unit()
        for until in (*MEETINGS, 1.0) if len(self.chains) > 1 else (1.0,):
            self._together(until, unit)
            self._meet()
            if self.stopped:
                break
        return self.best

    def _fill(self, chain: Chain) -> None:
        """Let everyone board once, without any heat."""
        for _ in range(len(self.task.people) // 10 + 1):
            chain.steps += 1
            self._anneal(self.task, chain.plan, chain.best, chain.work, chain.steps, 1, 0.0)
            if chain.plan.tally[LEFT] == 0:
                break

    def _unit(self) -> float:
        """Return what a party costs on the mean; those who are left out do not count."""
        plan = self.best
        out = plan.out[: plan.tally[LEFT]]
        riding = len(self.task.people) - len(out)
        if riding == 0:
            return float(self.task.price.mean())
        return float(plan.cost[0] - self.task.price[out].sum()) / riding

    def _together(self, until: float, unit: float) -> None:
        if len(self.chains) == 1:
            self._cool(self.chains[0], until, unit)
            return
        with ThreadPoolExecutor(len(self.chains)) as pool:
            for done in [pool.submit(self._cool, chain, until, unit) for chain in self.chains]:
                done.result()

    def _cool(self, chain: Chain, until: float, unit: float) -> None:
        """Take steps at falling temperatures."""
        while not self.stopped and (passed := self.passed) < until:
            heat = unit * self._hot * (COLD / HOT) ** passed
            steps = max(min(int(chain.speed * TICK), self.most - chain.steps, self.most // 50), 1)
            since = time.monotonic()
            self._anneal(self.task, chain.plan, chain.best, chain.work, chain.steps, steps, heat)
            chain.steps += steps
            chain.speed = steps / max(time.monotonic() - since, 1e-6)
            if chain is self.chains[0] and self._progress is not None:
                words = f"{chain.best.tally[LIVE]} trips, cost {float(self.best.cost[0]):,.0f}"
                self.stopped = self._progress(int(100 * min(passed, 1.0)), 100, words) is True

    def _meet(self) -> None:
        """Let every chain go on from the best plan."""
        best = self.best
        for chain in self.chains:
            if chain.best is not best:
                self._copy(best, chain.plan)
                self._copy(best, chain.best)
