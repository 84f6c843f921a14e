"""Dives: answers to a generalised assignment with hard capacities, from its Lagrangian relaxation and ejection chains.

A dive gives all jobs, or those of some agents, new places (`knapsacks`) and settles the loads by chains (`ejection`).
Import this module late: it loads Numba.
"""

import threading
import time
from dataclasses import dataclass

import numpy as np

from sijin.engines.dispatch import ejection, knapsacks
from sijin.engines.dispatch.assignment import Clock, Posed
from sijin.engines.dispatch.dice import seeded
from sijin.engines.dispatch.relaxation import Relaxed
from sijin.engines.milp import Floats, Ints

NEAR = 8  # agents of least reduced cost that a job may dive to
FINE = 4e7  # jobs times near agents times units of the largest capacity; finer uses are rounded up
UNITS = (500, 10_000)  # at least and at most so many units
CELLS = 3e7  # cells of knapsack tables filled in one climb of a dive (about 50 ms)
POLISH = 50  # chains per free job after a dive
FRESH = 0.1  # share of dives that begin from nothing
FREED = (0.1, 0.8)  # share of the agents whose jobs another dive gives new places
BEYOND = 3.0  # a unit beyond a capacity costs this many times its room
HEAT = 3.0  # first temperature of the chains, in mean costs of a job above the relaxation
SPARE = 2e-3  # what an answer is thought to cost above the relaxation, as a share, while there is none
WHOLE = 2.0**53  # numbers up to which floats hold every whole one


@dataclass
class Best:
    """The best answer so far, shared by the threads."""

    problem: Posed
    clock: Clock
    agent: Ints
    bound: float

    def __post_init__(self) -> None:
        """Value the answer to begin with; it may be none."""
        self.value = self.problem.value(self.agent) if self.problem.kept(self.agent) else np.inf
        self.grain = 1.0 if self.problem.whole else 0.0  # answers' costs differ by at least this
        self.lock, self.over = threading.Lock(), threading.Event()
        self._judge()

    @property
    def known(self) -> bool:
        """Say whether there is an answer."""
        return bool(np.isfinite(self.value))

    def offer(self, agent: Ints, value: float) -> None:
        """Take an answer if it is better."""
        with self.lock:
            if value < self.value - 1e-9:
                self.agent, self.value = agent.copy(), value
                self.clock.found(self.problem, agent)
        self._judge()

    def prove(self, bound: float) -> None:
        """Take a bound if it is higher; where all costs are whole it is lifted to the next whole number."""
        with self.lock:
            self.bound = max(self.bound, min(float(np.ceil(bound - 1e-6)) if self.grain else bound, self.value))
        self._judge()

    def _judge(self) -> None:
        if self.value - self.bound < max(self.grain - 1e-6, 1e-7 * abs(self.value), 1.1e-6):  # HiGHS stops at 1e-6
            self.over.set()


class Scaled:
    """Uses and capacities in whole numbers, as the knapsacks take them; rounded up where they were not whole."""

    def __init__(self, problem: Posed, reduced: Floats) -> None:
        """Find the coarsest unit that changes nothing, or else one that is fine enough."""
        allowed = np.isfinite(reduced)
        use, capacity = np.where(allowed, problem.use, 0.0), np.minimum(problem.capacity, problem.use.sum(axis=0))
        largest = max(float(capacity.max()), 1e-9)
        units = float(np.clip(FINE / (len(use) * min(NEAR, len(capacity))), *UNITS))
        whole = largest < WHOLE and bool((use == np.round(use)).all())
        unit = float(max(np.gcd.reduce(use.astype(np.int64), axis=None), 1)) if whole else largest / units
        self.exact = whole and largest / unit <= units
        if not self.exact:
            unit = largest / units
        self.room: Ints = np.floor(capacity / unit + 1e-9).astype(np.int64)
        size = np.ceil(use / unit - 1e-9).astype(np.int64)
        self.use: Ints = np.where(allowed, size, max(self.room.max(), 0) + 1)


class Diver:
    """Finds answers by dives and chains; one per thread."""

    def __init__(self, problem: Posed, relaxed: Relaxed, scaled: Scaled, prices: Floats, seed: int) -> None:
        """Prepare the near agents, the rules of misfit and the dice; ``prices`` of jobs are read anew by each dive."""
        self.problem, self.relaxed, self.scaled, self.prices = problem, relaxed, scaled, prices
        self.near = nearest(relaxed.reduced, NEAR)
        self.rules = rules(problem, relaxed)
        self.dice, self.state = np.random.default_rng(seed), seeded(seed)
        self.cells = float(
            max(scaled.room.sum(), 1) * self.near.shape[1] / len(problem.capacity)
        )  # of one sweep, per free job
        self.speed = 1e5  # chains per second lately

    def dive(self, best: Best) -> None:
        """Give all jobs, or those of some agents of the best answer, new places, and offer what comes of it."""
        problem, near, dice, scaled = self.problem, self.near, self.dice, self.scaled
        jobs, agents = problem.cost.shape
        agent = np.full(jobs, -1, np.int64)
        if best.known and dice.random() > FRESH:
            freed = dice.choice(agents, min(max(2, round(dice.uniform(*FREED) * agents)), agents), replace=False)
            agent = np.where(np.isin(best.agent, freed), -1, best.agent)
        free, held = np.flatnonzero(agent < 0), np.flatnonzero(agent >= 0)
        room, prices, left = scaled.room.copy(), self.prices.copy(), len(free)
        np.subtract.at(room, agent[held], scaled.use[held, agent[held]])
        hoped = best.value if best.known else self.relaxed.bound + SPARE * abs(self.relaxed.bound)
        hoped -= float(problem.cost[held, agent[held]].sum())
        sweeps, portion = int(dice.choice([60, 120])), float(dice.choice([0.05, 0.1]))
        step, noise = float(dice.choice([0.05, 0.1, 0.3])), float(dice.choice([0.05, 0.1, 0.2]))
        share, pace = np.full(near.shape, 1.0 / near.shape[1]), 0.2
        while left:
            if best.over.is_set() or best.clock.left() <= 0:
                return
            count = int(np.clip(CELLS / (self.cells * left), 10, sweeps))
            knapsacks.climb(problem.cost, scaled.use, room, near, agent, prices, share, hoped, count, step, pace)
            if pace == 0.2:  # the first climb only finds its feet
                pace = 0.05
                continue
            fixed, spent = knapsacks.settle(
                problem.cost, scaled.use, room, near, agent, share, portion, noise, self.state
            )
            left, hoped = left - fixed, hoped - spent
        self.settle(agent, free, best)

    def settle(self, agent: Ints, starts: Ints, best: Best, weight: float = 0.3) -> None:
        """Settle the loads by chains from the jobs `starts` and offer the best answer on the way."""
        problem, found, began = self.problem, agent.copy(), time.monotonic()
        steps = int(min(POLISH * len(starts), self.speed * best.clock.left()))
        value = problem.value(agent) if problem.kept(agent) else np.inf
        if steps > 0:
            spare = min(value, best.value) - self.relaxed.bound
            heat = HEAT * (spare if 0 < spare < np.inf else SPARE * abs(self.relaxed.bound) + 1e-6) / len(agent)
            value = ejection.search(
                problem.cost, self.relaxed.reduced, problem.use, self.rules, self.near, agent, found, value,
                np.inf if problem.hard else problem.price, starts, steps, np.array([heat, 0.6 * heat]),
                np.array([weight, 1.0]), self.state,
            )  # fmt: skip
            self.speed = steps / max(time.monotonic() - began, 1e-6)
        if np.isfinite(value):
            best.offer(found, problem.value(found))


def nearest(reduced: Floats, count: int) -> Ints:
    """Return for each job the `count` agents of least reduced cost, nearest first."""
    near: Ints = np.ascontiguousarray(np.argsort(reduced, axis=1, kind="stable")[:, :count])
    return near


def rules(problem: Posed, relaxed: Relaxed) -> Floats:
    """Return each agent's rule of misfit, in the order that `ejection` takes."""
    room, number = -relaxed.room, relaxed.number
    made = np.zeros((len(room), 8))
    made[:, 0], made[:, 1] = problem.capacity, room
    steep = BEYOND * np.maximum(room, 0.5 * room.mean() if room.any() else 1.0)
    made[:, 2] = steep if problem.hard else np.maximum(problem.price - room, 0.0)
    made[:, 3], made[:, 4], made[:, 5], made[:, 6] = problem.least, problem.most, problem.each, number
    made[:, 7] = np.maximum(-number * problem.least, -number * problem.most)
    return made
