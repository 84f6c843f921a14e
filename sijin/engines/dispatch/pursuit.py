"""The search for hard capacities: dives in one thread, a proof beside them in the other.

The calling thread raises the bound, strikes out the pairs that no better answer can use and, once few are left, has
HiGHS decide among them: its bound is the proof. In between it dives too. Import this module late: it loads Numba.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from sijin.engines import milp
from sijin.engines.dispatch import knapsacks
from sijin.engines.dispatch.assignment import Clock, Infeasible, Posed
from sijin.engines.dispatch.dives import CELLS, Best, Diver, Scaled, nearest
from sijin.engines.dispatch.relaxation import Relaxed, point, programme
from sijin.engines.milp import Floats, Ints

TABLE = 4e7  # cells of the two tables of `probe`
WIDE = 12  # agents of least reduced cost over which the bound is raised
AHEAD = 3e-3  # the first goal of the bound, above the linear relaxation
AGAIN = 2.0  # seconds between two climbs
FEW = 4.0  # pairs per job from which on HiGHS decides among all that a better answer could use
SPELL = 4.0  # seconds for the first programme; twice as long for the next one
TRIES = 6  # dives before programmes are tried though there is no answer yet: with
PAIRS = 1.5  # pairs per job in the first of them, and
WIDER = 1.6  # times as many in the next


class Bound:
    """Raises the bound by better prices, and knows for each pair the least cost of an answer that uses it."""

    def __init__(self, problem: Posed, relaxed: Relaxed, scaled: Scaled) -> None:
        """Begin with the linear relaxation's."""
        self.problem, self.relaxed, self.scaled = problem, relaxed, scaled
        self.prices = relaxed.of_job.copy()
        self.floor: Floats = relaxed.bound + relaxed.reduced
        self.near = nearest(relaxed.reduced, WIDE)

    def climb(self, best: Best, seconds: float) -> None:
        """Raise the bound until it stands or the seconds are over."""
        problem, scaled, prices = self.problem, self.scaled, self.prices.copy()
        jobs, agents = problem.cost.shape
        none, share = np.full(jobs, -1, np.int64), np.zeros(self.near.shape)
        hoped = best.value if best.known else self.relaxed.bound + AHEAD * abs(self.relaxed.bound)
        cells = float(max(scaled.room.sum(), 1)) * self.near.shape[1] / agents * jobs
        chunk, step, high, still = int(np.clip(4 * CELLS / cells, 10, 150)), 0.2, -np.inf, 0
        ends = best.clock.left() - seconds
        while still < 4 and best.clock.left() > max(ends, 0) and not best.over.is_set():
            reached = knapsacks.climb(
                problem.cost, scaled.use, scaled.room.copy(), self.near, none, prices, share, hoped, chunk, step, 0.05
            )
            still = still + 1 if reached < high + 1e-5 * abs(high) else 0
            high, step = max(high, reached), max(step * 0.7, 1e-3)
            best.clock.tell("bound")
        self.prices[:] = prices
        if scaled.exact and 2 * jobs * float(scaled.room.max() + 1) <= TABLE:
            bound, forced = knapsacks.probe(problem.cost, scaled.use, scaled.room, prices)
            best.prove(bound)
            self.floor = np.maximum(self.floor, forced)


def pursue(problem: Posed, relaxed: Relaxed, agent: Ints | None, clock: Clock, seed: int) -> tuple[Ints, float]:
    """Search until the optimum is proven or time is up; return the best answer and the bound.

    ``agent``: an answer to begin from. When none is found in time, the agents returned keep no capacity.
    """
    best = Best(problem, clock, np.zeros(len(problem.cost), np.int64) if agent is None else agent, -np.inf)
    best.prove(relaxed.bound)
    scaled = Scaled(problem, relaxed.reduced)
    bound = Bound(problem, relaxed, scaled)
    bound.climb(best, 0.1 * clock.limit)
    mine, theirs = (Diver(problem, relaxed, scaled, bound.prices, seed + n) for n in range(2))
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(_dives, theirs, best)
        try:
            _prove(bound, mine, best, seed, other)
        finally:
            best.over.set()
        other.result()
    return best.agent, best.bound


def _dives(diver: Diver, best: Best) -> None:
    while not best.over.is_set() and best.clock.left() > 0:
        diver.dive(best)


def _prove(bound: Bound, diver: Diver, best: Best, seed: int, other: Future[None]) -> None:
    """Raise the bound, have HiGHS decide what is left when it is little, and dive in between."""
    clock, known, tries = best.clock, np.inf, 0
    width, spell, fresh = PAIRS, SPELL, np.inf  # pairs per job, seconds, and the time left at the next climb
    while not best.over.is_set() and not clock.tell("improving") and not other.done():
        if best.value < known and clock.left() <= fresh:
            known = best.value
            bound.climb(best, min(0.03 * clock.limit, 0.5 * clock.left()))
            fresh = clock.left() - AGAIN
        if best.known:
            width = float((bound.floor <= best.value - best.grain + 1e-6).sum()) / len(bound.floor)
        if width <= FEW if best.known else tries >= TRIES:
            decided = _decide(bound, width, best, min(spell, max(clock.left(), 0.01)), seed)
            width = min(width * WIDER, float(bound.floor.shape[1])) if decided else width
            spell = spell if decided else 2.0 * spell
        else:
            diver.dive(best)
        tries += 1


def _decide(bound: Bound, width: float, best: Best, seconds: float, seed: int) -> bool:
    """Have HiGHS decide among the `width` pairs per job of least floor; say whether it came to an end.

    When no other pair can be part of a better answer, its bound is one for the whole problem and is taken.
    """
    problem, floor, known = bound.problem, bound.floor, best.value
    goal, size = known - best.grain + 1e-6, round(min(width * len(floor), floor.size))
    limit = float(np.partition(floor, size, axis=None)[size]) if size < floor.size else np.inf
    kept = np.isfinite(floor) & (floor <= min(limit, goal))
    complete = limit > goal or not np.isfinite(limit)
    if best.known:
        kept[np.arange(len(kept)), best.agent] = True
    job, agent = np.nonzero(kept)
    answer = milp.solve(
        programme(problem, job, agent, whole=True), time_limit=seconds, seed=seed,
        start=point(problem, job, agent, best.agent) if best.known else None,
        tick=lambda: best.clock.tell("proof") or best.over.is_set(),
    )  # fmt: skip
    if answer.infeasible and complete and not best.known:
        raise Infeasible("the capacities cannot hold all jobs")
    if answer.feasible:
        found, chosen = best.agent.copy(), answer.values[: len(job)] > 0.5
        found[job[chosen]] = agent[chosen]
        best.offer(found, problem.value(found) if problem.kept(found) else np.inf)
    if complete:
        best.prove(known if answer.infeasible else min(answer.bound, known))
    return answer.infeasible or (answer.feasible and answer.objective - answer.bound <= 1e-6 * abs(answer.objective))


def warm() -> None:
    """Have every compiled function made, or fetched from the disk, on a problem of two jobs."""
    cost, use = np.array([[1.0, 2.0], [2.0, 1.0]]), np.ones((2, 2))
    problem = Posed(cost, use, np.ones(2), 1e3, True, np.zeros(2), np.full(2, 2.0), 0.0)
    relaxed = Relaxed(np.arange(2), np.arange(2), np.ones(2), 2.0, cost - 1.0, np.ones(2), np.zeros(2), np.zeros(2))
    scaled = Scaled(problem, relaxed.reduced)
    best = Best(problem, Clock(time.monotonic(), 1e6, None), np.zeros(2, np.int64), -np.inf)
    bound = Bound(problem, relaxed, scaled)
    bound.climb(best, 0.1)
    Diver(problem, relaxed, scaled, bound.prices, 0).dive(best)
