"""The linear relaxation of a generalised assignment: bound and prices; and the programme that others solve whole."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sijin.engines import milp
from sijin.engines.dispatch.assignment import Clock, Infeasible, Posed
from sijin.engines.milp import INF, Floats, Ints

DENSE = 250_000  # pairs up to which the linear relaxation holds every pair at once
NEAREST = 24  # agents a job begins with when the relaxation grows by pricing


@dataclass(frozen=True)
class Relaxed:
    """The relaxation's optimum: the pairs (job[k], agent[k]) that it held with their values, its bound and prices.

    ``reduced`` (jobs, agents) is what a pair costs beyond the prices: of its job (``of_job``), of the agent's room
    (``room``, at most zero) and of the agent's number of jobs (``number``).
    """

    job: Ints
    agent: Ints
    values: Floats
    bound: float
    reduced: Floats
    of_job: Floats
    room: Floats
    number: Floats


def programme(problem: Posed, job: Ints, agent: Ints, *, whole: bool) -> milp.Programme:
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


def point(sub: Posed, row: Ints, local: Ints, place: Ints) -> Floats | None:
    """Write the present places of the jobs as a point of the programme; None when a pair is not in it."""
    x = (place[row] == local).astype(np.float64)
    if x.sum() != len(place):
        return None
    parts = [x] if sub.hard else [x, sub.over(place)]
    if sub.each > 0:
        count = np.bincount(place, minlength=len(sub.capacity)).astype(np.float64)
        parts += [np.maximum(sub.least - count, 0), np.maximum(count - sub.most, 0)]
    return np.concatenate(parts)


def relax(problem: Posed, clock: Clock, seed: int) -> Relaxed:
    """Solve the linear relaxation, by pricing where it is large."""
    jobs, agents = problem.cost.shape
    allowed = np.isfinite(problem.cost)
    if problem.hard:
        allowed &= problem.use <= problem.capacity + 1e-9
        if not allowed.any(axis=1).all():
            raise Infeasible(f"job {int(np.flatnonzero(~allowed.any(axis=1))[0])} fits into no agent's capacity")
    held = _first(problem, allowed) if jobs * agents > DENSE else allowed.copy()
    while True:
        job, agent = np.nonzero(held)
        clock.tell("relaxation")
        posed = programme(problem, job, agent, whole=False)
        answer = milp.solve(posed, time_limit=max(clock.left(), 1.0), seed=seed)
        if answer.infeasible and held.sum() < allowed.sum():  # the pairs held cannot carry all jobs; all of them may
            held = allowed.copy()
            continue
        if answer.infeasible:
            raise Infeasible("the capacities cannot hold all jobs, even in parts")
        if not len(answer.duals):
            raise Infeasible("the time limit ended before the relaxation was solved")
        of_job, room = answer.duals[:jobs], answer.duals[jobs : jobs + agents]
        number = answer.duals[jobs + agents :] if problem.each > 0 else np.zeros(agents)
        reduced = problem.cost - of_job[:, None] - problem.use * room[None, :] - number[None, :]
        missing = allowed & ~held & (reduced < -1e-7)
        if not missing.any():
            break
        held |= missing
    values, reduced = answer.values[: len(job)], np.where(allowed, np.maximum(reduced, 0.0), INF)
    return Relaxed(job, agent, values, answer.objective, reduced, of_job, room, number)


def _first(problem: Posed, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pairs to begin with: each job's cheapest agents."""
    held = np.zeros_like(allowed)
    order = np.argpartition(np.where(allowed, problem.cost, INF), NEAREST, axis=1)[:, :NEAREST]
    np.put_along_axis(held, order, True, axis=1)
    return held & allowed
