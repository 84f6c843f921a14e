"""Parts of an assignment decided anew by integer programmes.

First the rounding of the relaxation, then a few agents at a time (a large neighbourhood search) until nothing helps,
the gap is closed or time is up.
"""

from dataclasses import replace

import numpy as np

from sijin.engines import milp
from sijin.engines.dispatch.assignment import Clock, Posed
from sijin.engines.dispatch.relaxation import Relaxed, point, programme
from sijin.engines.milp import INF, Floats, Ints

FREE_JOBS = 60  # jobs set free in one neighbourhood
SLICE = 1.0  # seconds for one neighbourhood
CLOSE = 1e-4  # relative gap at which the search ends


def rounding(problem: Posed, relaxed: Relaxed, clock: Clock, seed: int) -> Ints:
    """Keep the jobs that the relaxation leaves whole and decide the others by small integer programmes."""
    found = np.full(len(problem.cost), -1, np.int64)
    sure = relaxed.values > 1 - 1e-6
    found[relaxed.job[sure]] = relaxed.agent[sure]
    open_jobs = np.flatnonzero(found < 0)
    for part in np.array_split(open_jobs, max(1, len(open_jobs) // 400)):
        if len(part):
            near = _near(problem, part, relaxed.reduced, 8)
            _solve_part(problem, found, part, near, _slice(clock, min(clock.left() / 4, 8.0)), seed, clock.nodes)
    for j in np.flatnonzero(found < 0):  # nothing found in time: each to where it costs least now
        placed = np.flatnonzero(found >= 0)
        load = np.bincount(found[placed], problem.use[placed, found[placed]], minlength=len(problem.capacity))
        excess = np.maximum(problem.use[j] - np.maximum(problem.capacity - load, 0), 0)
        found[j] = int(np.argmin(problem.cost[j] + problem.price * excess))
    return found


def _slice(clock: Clock, seconds: float) -> float:
    """Return the seconds for one part; where work is limited they do not matter."""
    return seconds if clock.nodes is None else clock.left()


def _near(problem: Posed, jobs: Ints, reduced: Floats, count: int) -> tuple[Ints, Ints]:
    """Return the pairs of `jobs` with their `count` agents of least reduced cost."""
    count = min(count, problem.cost.shape[1])
    part = np.where(np.isfinite(problem.cost[jobs]), reduced[jobs], INF)
    best = np.argpartition(part, count - 1, axis=1)[:, :count]
    rows = np.repeat(np.arange(len(jobs)), count)
    kept = np.isfinite(problem.cost[jobs[rows], best.ravel()])
    return rows[kept], best.ravel()[kept]


def _solve_part(
    problem: Posed, found: Ints, jobs: Ints, pairs: tuple[Ints, Ints], seconds: float, seed: int,
    nodes: int | None = None,
) -> bool:  # fmt: skip
    """Decide `jobs` anew among `pairs`, everything else standing; write the result into `found` when it is better."""
    if seconds <= 0:
        return False
    row, agent = pairs
    names, local = np.unique(agent, return_inverse=True)
    others = np.flatnonzero(found >= 0)
    others = others[~np.isin(others, jobs)]
    size = len(problem.capacity)
    load = np.bincount(found[others], problem.use[others, found[others]], minlength=size)[names]
    count = np.bincount(found[others], minlength=size)[names]
    part = np.ix_(jobs, names)
    sub = replace(
        problem,
        cost=problem.cost[part],
        use=problem.use[part],
        capacity=problem.capacity[names] - load,
        least=problem.least[names] - count,
        most=problem.most[names] - count,
        hard=False,
    )
    posed = programme(sub, row, local, whole=True)
    start = point(sub, row, local, np.searchsorted(names, found[jobs])) if np.isin(found[jobs], names).all() else None
    answer = milp.solve(posed, time_limit=seconds, seed=seed, start=start, gap=1e-6, nodes=nodes)
    if not answer.feasible:
        return False
    chosen = answer.values[: len(row)] > 0.5
    trial = found.copy()
    trial[jobs[row[chosen]]] = names[local[chosen]]
    if (found[jobs] >= 0).all() and problem.value(trial) >= problem.value(found) - 1e-9:
        return False
    found[:] = trial
    return True


class Neighbourhoods:
    """Sets the jobs of a few agents free and decides them anew; the circle widens when nothing has helped for long."""

    def __init__(self, problem: Posed, relaxed: Relaxed, seed: int) -> None:
        """Begin with circles of about `FREE_JOBS` jobs."""
        self.problem, self.relaxed, self.dice = problem, relaxed, np.random.default_rng(seed)
        jobs, agents = problem.cost.shape
        self.kin = np.argsort(relaxed.reduced, axis=1)[:, : min(4, agents)]
        self.fruitless, self.width = 0, max(2, round(FREE_JOBS * agents / jobs))

    @property
    def spent(self) -> bool:
        """Say whether even circles of all agents have not helped."""
        return bool(self.width > len(self.problem.capacity))

    def step(self, found: Ints, gap: float, seconds: float, nodes: int | None = None) -> bool:
        """Try one circle; `gap` is what an answer can still save. Change `found` and return True when it helped."""
        problem, dice, agents = self.problem, self.dice, self.problem.cost.shape[1]
        troubled = np.flatnonzero((problem.over(found) > 0) | (problem.outside(found) > 0) & (problem.each > 0))
        first = int(dice.choice(troubled)) if len(troubled) and dice.random() < 0.5 else int(dice.integers(agents))
        chosen = self._companions(found, first)
        free = np.flatnonzero(np.isin(found, chosen))
        if len(free) > 1:
            part = np.ix_(free, chosen)
            worth = np.isfinite(problem.cost[part]) & (self.relaxed.reduced[part] <= gap + 1e-9)
            row, column = np.nonzero(worth | (found[free][:, None] == chosen[None, :]))
            ways, seed = (row, chosen[column]), int(dice.integers(1 << 30))
            if _solve_part(problem, found, free, ways, seconds, seed, nodes):
                self.fruitless = 0
                return True
        self.fruitless += 1
        if self.fruitless > agents:
            self.width, self.fruitless = self.width + 1, 0
        return False

    def _companions(self, found: Ints, first: int) -> Ints:
        """Return `width` agents around `first` that compete for the same jobs."""
        chosen = [first]
        while len(chosen) < self.width:
            base = int(self.dice.choice(chosen))
            rivals = self.kin[np.flatnonzero(found == base)].ravel()
            rivals = np.concatenate([rivals, found[np.flatnonzero((self.kin == base).any(axis=1))]])
            rivals = rivals[~np.isin(rivals, chosen)]
            if not len(rivals):
                break
            chosen.append(int(self.dice.choice(rivals)))
        return np.array(sorted(chosen))


def improve(problem: Posed, agent: Ints, relaxed: Relaxed, clock: Clock, seed: int) -> Ints:
    """Step from circle to circle until nothing helps, the gap is closed or time is up."""
    around, found = Neighbourhoods(problem, relaxed, seed), agent.copy()
    best = problem.value(found)
    while clock.left() > 0.05 and not around.spent and best - relaxed.bound > CLOSE * max(abs(best), 1e-9):
        if around.step(found, best - relaxed.bound, _slice(clock, min(SLICE, clock.left())), clock.nodes):
            best = problem.value(found)
            clock.found(problem, found)
        clock.worked()
        clock.tell("improving")
    return found
