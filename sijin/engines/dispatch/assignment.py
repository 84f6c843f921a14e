"""The words of the generalised assignment: what is posed, how an answer is valued, when its search is over."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sijin.engines.milp import Floats, Ints

AGES = 1e6  # seconds: no limit that matters
NODES = 200  # of branch and bound, where work is limited
Progress = Callable[[int, int, str], bool | None]


@dataclass(frozen=True)
class Band:
    """How many jobs an agent should have, and what each job outside costs."""

    least: int
    most: int
    price: float


class Infeasible(ValueError):
    """No assignment keeps the capacities."""


@dataclass(frozen=True)
class Assignment:
    """The answer of `assign`.

    ``agent`` (jobs,) is the agent of each job; ``over`` (agents,) what each carries beyond its capacity (all zero
    unless ``overload_price`` was given); ``gap`` is relative to the proven ``bound``. ``why`` says for each job the
    next best agent and what it would cost more: ``(code, {"next": agent, "more": cost})``, code ``cheapest`` or
    ``displaced``. ``trace``: seconds and cost of every better answer on the way.
    """

    agent: Ints
    over: Floats
    cost: float
    bound: float
    gap: float
    seconds: float
    why: tuple[tuple[str, dict[str, float]], ...] = field(repr=False)
    trace: tuple[tuple[float, float], ...] = field(default=(), repr=False)


@dataclass
class Posed:
    """A checked problem. ``price`` is of one unit beyond a capacity; where capacities are hard it is so high that it is
    paid only when that cannot be avoided. ``least, most`` jobs an agent should have, at ``each`` per job outside."""

    cost: Floats
    use: Floats
    capacity: Floats
    price: float
    hard: bool
    least: Floats
    most: Floats
    each: float

    def value(self, agent: Ints) -> float:
        """Return what an assignment costs in all."""
        jobs = np.arange(len(agent))
        return float(
            self.cost[jobs, agent].sum() + self.price * self.over(agent).sum() + self.each * self.outside(agent).sum()
        )

    def kept(self, agent: Ints) -> bool:
        """Say whether an assignment is an answer: no job where it may not go, hard capacities kept."""
        return bool(np.isfinite(self.cost[np.arange(len(agent)), agent]).all()) and not (
            self.hard and self.over(agent).any()
        )

    def outside(self, agent: Ints) -> Floats:
        """Return by how many jobs each agent is outside the band."""
        count = np.bincount(agent, minlength=len(self.capacity)).astype(np.float64)
        return np.maximum(self.least - count, 0) + np.maximum(count - self.most, 0)

    def over(self, agent: Ints) -> Floats:
        """Return what each agent carries beyond its capacity."""
        load = np.bincount(agent, self.use[np.arange(len(agent)), agent], minlength=len(self.capacity))
        excess = load - self.capacity
        return np.where(excess > 1e-9, excess, 0.0)

    @property
    def whole(self) -> bool:
        """Say whether every answer costs a whole number."""
        finite = self.cost[np.isfinite(self.cost)]
        return self.hard and self.each == 0 and bool((finite == np.round(finite)).all())


@dataclass
class Clock:
    """The time limit, and the one way to end early: `progress` returns True, and from then on no time is left."""

    began: float
    limit: float
    progress: Progress | None
    stopped: bool = False
    effort: int | None = None  # neighbourhoods that may still be tried, where work is limited and not time
    trace: list[tuple[float, float]] = field(default_factory=list)

    def found(self, problem: Posed, agent: Ints) -> None:
        """Note an answer, if it is one and better than those before."""
        value = problem.value(agent) if problem.kept(agent) else np.inf
        if value < (self.trace[-1][1] if self.trace else np.inf):
            self.trace.append((time.monotonic() - self.began, value))

    def left(self) -> float:
        """Return the seconds that are left; more than matter where work is limited."""
        if self.effort is not None and not self.stopped:
            return AGES if self.effort > 0 else 0.0
        return 0.0 if self.stopped else self.limit - (time.monotonic() - self.began)

    @property
    def nodes(self) -> int | None:
        """Return the branch-and-bound nodes to which a search is limited; None where time is."""
        return None if self.effort is None else NODES

    def worked(self) -> None:
        """Note that a neighbourhood was tried."""
        if self.effort is not None:
            self.effort -= 1

    def tell(self, words: str) -> bool:
        """Report how far the time is; return whether the search is over."""
        if self.progress and not self.stopped:
            done = min(int(1000 * (time.monotonic() - self.began)), int(1000 * self.limit))
            self.stopped = self.progress(done, int(1000 * self.limit), words) is True
        return self.left() <= 0
