"""Generalised assignment: every job to one agent, at least cost, within the agents' capacities.

Method: the linear relaxation gives the bound; jobs that it leaves whole are kept and the rest is decided by a small
integer programme; then neighbourhoods of a few agents are solved again exactly until the gap closes or the time is up
(a large neighbourhood search; Yagiura et al. 2006 describe the instances on which such methods are compared). Small
problems go to branch and bound as a whole and end with a proof.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from sijin.engines import milp
from sijin.engines.milp import INF, Floats, Ints

Progress = Callable[[int, int, str], None]
SMALL = 4_000  # job-agent pairs up to which branch and bound takes the whole problem
DENSE = 250_000  # pairs up to which the linear relaxation holds every pair at once
NEAREST = 24  # agents a job begins with when the relaxation grows by pricing
FREE_JOBS = 60  # jobs set free in one neighbourhood
SLICE = 1.0  # seconds for one neighbourhood
CLOSE = 1e-4  # relative gap at which the search ends


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
    ``displaced``.
    """

    agent: Ints
    over: Floats
    cost: float
    bound: float
    gap: float
    seconds: float
    why: tuple[tuple[str, dict[str, float]], ...] = field(repr=False)


@dataclass
class _Problem:
    cost: Floats
    use: Floats
    capacity: Floats
    price: float  # of one unit beyond capacity; for hard capacities so high that it is paid only when unavoidable
    hard: bool
    least: Floats  # numbers of jobs an agent should have, at `each` per job outside
    most: Floats
    each: float

    def value(self, agent: Ints) -> float:
        jobs = np.arange(len(agent))
        return float(
            self.cost[jobs, agent].sum() + self.price * self.over(agent).sum() + self.each * self.outside(agent).sum()
        )

    def outside(self, agent: Ints) -> Floats:
        count = np.bincount(agent, minlength=len(self.capacity)).astype(np.float64)
        return np.maximum(self.least - count, 0) + np.maximum(count - self.most, 0)

    def over(self, agent: Ints) -> Floats:
        load = np.bincount(agent, self.use[np.arange(len(agent)), agent], minlength=len(self.capacity))
        excess = load - self.capacity
        return np.where(excess > 1e-9, excess, 0.0)


def assign(
    cost: ArrayLike,
    use: ArrayLike,
    capacity: ArrayLike,
    *,
    time_limit: float = 10.0,
    seed: int = 0,
    overload_price: float | None = None,
    band: Band | None = None,
    start: ArrayLike | None = None,
    progress: Progress | None = None,
) -> Assignment:
    """Assign every job to one agent.

    Parameters
    ----------
    cost : (jobs, agents), any unit; ``inf`` where a job may not go to an agent
    use : (jobs, agents), what a job takes of an agent, in the unit of `capacity`
    capacity : (agents,)
    time_limit : seconds
    seed : fixes the order of the neighbourhoods
    overload_price : cost of one unit beyond a capacity; None makes capacities hard
    band : how many jobs each agent should have; None for any number
    start : (jobs,) agents to begin from, for instance the running plan
    progress : called with (done, total, words) where done and total are milliseconds of the time limit

    Raises
    ------
    ValueError
        Shapes that do not fit, a job without any agent, a negative use.
    Infeasible
        Hard capacities that no assignment keeps, or none found within the time.
    """
    began = time.monotonic()
    problem = _checked(cost, use, capacity, overload_price, band)
    jobs, agents = problem.cost.shape
    if jobs == 0:
        return Assignment(np.empty(0, np.int64), np.zeros(agents), 0.0, 0.0, 0.0, 0.0, ())
    clock = _Clock(began, time_limit, progress)
    if jobs * agents <= SMALL:
        agent, bound = _whole(problem, clock, seed)
    else:
        agent, bound, reduced = _relaxed(problem, clock, seed)
        if start is not None:
            given = np.asarray(start, dtype=np.int64)
            agent = min((agent, given), key=problem.value)
        agent = _neighbourhoods(problem, agent, bound, reduced, clock, seed)
    over = problem.over(agent)
    if problem.hard and over.any():
        raise Infeasible(f"no assignment within the capacities was found in {time_limit:g} s")
    value = problem.value(agent)
    bound = min(value, _rounded(problem, bound))
    gap = (value - bound) / max(abs(value), 1e-9)
    return Assignment(agent, over, value, bound, gap, time.monotonic() - began, _why(problem, agent))


@dataclass
class _Clock:
    began: float
    limit: float
    progress: Progress | None

    def left(self) -> float:
        return self.limit - (time.monotonic() - self.began)

    def tell(self, words: str) -> None:
        if self.progress:
            self.progress(
                min(int(1000 * (self.limit - self.left())), int(1000 * self.limit)), int(1000 * self.limit), words
            )


def _checked(cost: ArrayLike, use: ArrayLike, capacity: ArrayLike, price: float | None, band: Band | None) -> _Problem:
    c, u, cap = (np.asarray(given, dtype=np.float64) for given in (cost, use, capacity))
    if c.ndim != 2 or u.shape != c.shape or cap.shape != (c.shape[1],):
        raise ValueError(f"cost {c.shape}, use {u.shape} and capacity {cap.shape} do not fit together")
    if np.isnan(c).any() or np.isnan(u).any() or np.isnan(cap).any():
        raise ValueError("cost, use and capacity must be numbers")
    if (u < 0).any():
        raise ValueError(f"use of job {int(np.argwhere(u < 0)[0][0])} is negative")
    nowhere = ~np.isfinite(c).any(axis=1)
    if nowhere.any():
        raise ValueError(f"job {int(np.flatnonzero(nowhere)[0])} may go to no agent")
    finite, taken = c[np.isfinite(c)], u[u > 0]
    least_taken = float(taken.min()) if len(taken) else 1.0
    steep = 100.0 * (float(np.ptp(finite)) + 1.0) / max(least_taken, 1e-6) if len(finite) else 1.0
    band = band or Band(0, len(c), 0.0)
    least, most = np.full(len(cap), float(band.least)), np.full(len(cap), float(band.most))
    return _Problem(c, u, cap, steep if price is None else price, price is None, least, most, band.price)


def _rounded(problem: _Problem, bound: float) -> float:
    """Lift the bound to the next whole number when only whole costs are possible."""
    if problem.hard and np.array_equal(problem.cost, np.round(problem.cost)):
        return float(np.ceil(bound - 1e-6))
    return bound


def _programme(problem: _Problem, job: Ints, agent: Ints, *, whole: bool) -> milp.Programme:
    """Build the programme over the pairs (job[k], agent[k]).

    Further columns per agent: overload (unless capacities are hard), jobs too few, jobs too many (unless any number
    will do). Rows: one per job, one per agent for its capacity, one per agent for its number of jobs.
    """
    (jobs, agents), pairs = problem.cost.shape, len(job)
    soft, counted = agents * (not problem.hard), agents * (problem.each > 0)
    mine, count_rows = np.arange(agents), jobs + agents + np.arange(counted)
    over, few = pairs + np.arange(soft), pairs + soft + np.arange(counted)
    many = few + counted
    rows, cols, values = [job, jobs + agent], [np.arange(pairs)] * 2, [np.ones(pairs), problem.use[job, agent]]
    if soft:
        rows, cols, values = [*rows, jobs + mine], [*cols, over], [*values, -np.ones(soft)]
    if counted:
        rows += [jobs + agents + agent, count_rows, count_rows]
        cols += [np.arange(pairs), few, many]
        values += [np.ones(pairs), np.ones(counted), -np.ones(counted)]
    extra = soft + 2 * counted
    return milp.Programme(
        cost=np.concatenate(
            [problem.cost[job, agent], np.full(soft, problem.price), np.full(2 * counted, problem.each)]
        ),
        rows=np.concatenate(rows),
        cols=np.concatenate(cols),
        values=np.concatenate(values),
        row_lo=np.concatenate([np.ones(jobs), np.full(agents, -INF), problem.least[:counted]]),
        row_hi=np.concatenate([np.ones(jobs), problem.capacity, problem.most[:counted]]),
        lo=np.zeros(pairs + extra),
        hi=np.concatenate([np.ones(pairs), np.full(extra, INF)]),
        integer=np.concatenate([np.full(pairs, True), np.zeros(extra, bool)]) if whole else None,
    )


def _whole(problem: _Problem, clock: _Clock, seed: int) -> tuple[Ints, float]:
    jobs = len(problem.cost)
    job, agent = np.nonzero(np.isfinite(problem.cost))
    programme = _programme(problem, job, agent, whole=True)
    clock.tell("whole")
    answer = milp.solve(programme, time_limit=clock.left(), seed=seed)
    if answer.infeasible or not answer.feasible:
        raise Infeasible("the capacities cannot hold all jobs" if answer.infeasible else "nothing found in time")
    chosen = answer.values[: len(job)] > 0.5
    found = np.zeros(jobs, np.int64)
    found[job[chosen]] = agent[chosen]
    return found, answer.bound


def _relaxed(problem: _Problem, clock: _Clock, seed: int) -> tuple[Ints, float, Floats]:
    """Solve the linear relaxation by pricing and round it; return a first assignment, the bound, the reduced costs."""
    jobs, agents = problem.cost.shape
    allowed = np.isfinite(problem.cost)
    held = allowed.copy()
    if jobs * agents > DENSE and not problem.hard:
        order = np.argsort(problem.cost, axis=1)[:, :NEAREST]
        held = np.zeros_like(allowed)
        np.put_along_axis(held, order, True, axis=1)
        held &= allowed
    while True:
        job, agent = np.nonzero(held)
        clock.tell("relaxation")
        programme = _programme(problem, job, agent, whole=False)
        answer = milp.solve(programme, time_limit=max(clock.left(), 1.0), seed=seed)
        if answer.infeasible:
            raise Infeasible("the capacities cannot hold all jobs, even in parts")
        if not len(answer.duals):
            raise Infeasible("the time limit ended before the relaxation was solved")
        reduced = problem.cost - answer.duals[:jobs, None] - problem.use * answer.duals[None, jobs : jobs + agents]
        if problem.each > 0:
            reduced = reduced - answer.duals[None, jobs + agents :]
        missing = allowed & ~held & (reduced < -1e-7)
        if not missing.any():
            break
        held |= missing
    return _rounding(problem, job, agent, answer.values[: len(job)], reduced, clock, seed), answer.objective, reduced


def _rounding(
    problem: _Problem, job: Ints, agent: Ints, values: Floats, reduced: Floats, clock: _Clock, seed: int
) -> Ints:
    jobs, _ = problem.cost.shape
    found = np.full(jobs, -1, np.int64)
    sure = values > 1 - 1e-6
    found[job[sure]] = agent[sure]
    open_jobs = np.flatnonzero(found < 0)
    for part in np.array_split(open_jobs, max(1, len(open_jobs) // 400)):
        if len(part):
            near = _near(problem, part, reduced, 8)
            _solve_part(problem, found, part, near, min(clock.left() / 4, 8.0), seed)
    for j in np.flatnonzero(found < 0):  # nothing found in time: each to where it costs least now
        room = problem.capacity - np.bincount(
            found[found >= 0],
            problem.use[np.flatnonzero(found >= 0), found[found >= 0]],
            minlength=len(problem.capacity),
        )
        excess = np.maximum(problem.use[j] - np.maximum(room, 0), 0)
        found[j] = int(np.argmin(problem.cost[j] + problem.price * excess))
    return found


def _near(problem: _Problem, jobs: Ints, reduced: Floats, count: int) -> tuple[Ints, Ints]:
    """Return the pairs of `jobs` with their `count` agents of least reduced cost."""
    count = min(count, problem.cost.shape[1])
    part = np.where(np.isfinite(problem.cost[jobs]), reduced[jobs], INF)
    best = np.argpartition(part, count - 1, axis=1)[:, :count]
    rows = np.repeat(np.arange(len(jobs)), count)
    kept = np.isfinite(problem.cost[jobs[rows], best.ravel()])
    return rows[kept], best.ravel()[kept]


def _solve_part(
    problem: _Problem, found: Ints, jobs: Ints, pairs: tuple[Ints, Ints], seconds: float, seed: int
) -> bool:
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
    programme = _programme(sub, row, local, whole=True)
    start = _start(sub, row, local, np.searchsorted(names, found[jobs])) if np.isin(found[jobs], names).all() else None
    answer = milp.solve(programme, time_limit=seconds, seed=seed, start=start, gap=1e-6)
    if not answer.feasible:
        return False
    chosen = answer.values[: len(row)] > 0.5
    trial = found.copy()
    trial[jobs[row[chosen]]] = names[local[chosen]]
    if (found[jobs] >= 0).all() and problem.value(trial) >= problem.value(found) - 1e-9:
        return False
    found[:] = trial
    return True


def _start(sub: _Problem, row: Ints, local: Ints, place: Ints) -> Floats | None:
    """Write the present places of the jobs as a point of the sub-programme; None when a pair is not in it."""
    x = (place[row] == local).astype(np.float64)
    if x.sum() != len(place):
        return None
    parts = [x, sub.over(place)]
    if sub.each > 0:
        count = np.bincount(place, minlength=len(sub.capacity)).astype(np.float64)
        parts += [np.maximum(sub.least - count, 0), np.maximum(count - sub.most, 0)]
    return np.concatenate(parts)


def _neighbourhoods(problem: _Problem, agent: Ints, bound: float, reduced: Floats, clock: _Clock, seed: int) -> Ints:
    """Set the jobs of a few agents free and decide them anew, until nothing helps, the gap is closed or time is up."""
    dice = np.random.default_rng(seed)
    jobs, agents = problem.cost.shape
    kin = np.argsort(np.where(np.isfinite(problem.cost), reduced, INF), axis=1)[:, : min(4, agents)]
    found, best = agent.copy(), problem.value(agent)
    fruitless, width = 0, max(2, round(FREE_JOBS * agents / jobs))
    while clock.left() > 0.05 and width <= agents:
        if best - _rounded(problem, bound) <= CLOSE * max(abs(best), 1e-9):
            break
        troubled = np.flatnonzero((problem.over(found) > 0) | (problem.outside(found) > 0) & (problem.each > 0))
        first = int(dice.choice(troubled)) if len(troubled) and dice.random() < 0.5 else int(dice.integers(agents))
        chosen = _companions(found, kin, first, width, dice)
        free = np.flatnonzero(np.isin(found, chosen))
        if len(free) > 1:
            part = np.ix_(free, chosen)
            worth = np.isfinite(problem.cost[part]) & (reduced[part] <= best - bound + 1e-9)
            row, column = np.nonzero(worth | (found[free][:, None] == chosen[None, :]))
            seconds = min(SLICE, clock.left())
            if _solve_part(problem, found, free, (row, chosen[column]), seconds, int(dice.integers(1 << 30))):
                best, fruitless = problem.value(found), 0
                continue
        fruitless += 1
        if fruitless > agents:
            width, fruitless = width + 1, 0
        clock.tell("improving")
    return found


def _companions(found: Ints, kin: Ints, first: int, width: int, dice: np.random.Generator) -> Ints:
    """Return `width` agents around `first` that compete for the same jobs."""
    chosen = [first]
    while len(chosen) < width:
        base = int(dice.choice(chosen))
        rivals = kin[np.flatnonzero(found == base)].ravel()
        rivals = np.concatenate([rivals, found[np.flatnonzero((kin == base).any(axis=1))]])
        rivals = rivals[~np.isin(rivals, chosen)]
        if not len(rivals):
            break
        chosen.append(int(dice.choice(rivals)))
    return np.array(sorted(chosen))


def _why(problem: _Problem, agent: Ints) -> tuple[tuple[str, dict[str, float]], ...]:
    jobs = np.arange(len(agent))
    own = problem.cost[jobs, agent]
    cheapest = problem.cost.min(axis=1)
    rest = problem.cost.copy()
    rest[jobs, agent] = INF
    second = rest.argmin(axis=1)
    reasons = []
    for j in jobs:
        code = "cheapest" if own[j] <= cheapest[j] + 1e-9 else "displaced"
        more = rest[j, second[j]] - own[j]
        known = {"next": float(second[j]), "more": float(more)} if np.isfinite(more) else {}
        reasons.append((code, known))
    return tuple(reasons)
