"""Generalised assignment: every job to one agent, at least cost, within the agents' capacities.

Method: small problems go to branch and bound as a whole and end with a proof. Else the linear relaxation gives a bound
and prices. Where capacities may be exceeded for a price, jobs that it leaves whole are kept, the rest is decided by
small integer programmes, then a few agents at a time are decided anew until the gap closes (`neighbourhoods`). Hard
capacities are searched by two threads: dives through the Lagrangian relaxation with ejection chains, and a proof beside
them (`pursuit`). Yagiura, Ibaraki & Glover (2006) describe the instances on which such methods are compared.
"""

import time

import numpy as np
from numpy.typing import ArrayLike

from sijin.engines import milp
from sijin.engines.dispatch.assignment import Assignment, Band, Clock, Infeasible, Posed, Progress
from sijin.engines.dispatch.kernels import Kernels
from sijin.engines.dispatch.neighbourhoods import Neighbourhoods, improve, rounding
from sijin.engines.dispatch.relaxation import point, programme, relax
from sijin.engines.milp import INF, Ints

__all__ = ["Assignment", "Band", "Infeasible", "Progress", "assign"]

SMALL = 4_000  # job-agent pairs up to which branch and bound takes the whole problem
PATIENCE = 1.5  # seconds for which small problems are tried that way before the search starts


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
    effort: int | None = None,
) -> Assignment:
    """Assign every job to one agent.

    Parameters
    ----------
    cost : (jobs, agents), any unit; ``inf`` where a job may not go to an agent
    use : (jobs, agents), what a job takes of an agent, in the unit of `capacity`
    capacity : (agents,)
    time_limit : seconds
    seed : fixes what each search tries. The clock decides only how long it goes on; with hard capacities also what one
        thread takes over from the other, so that a proven optimum always costs the same but may be another assignment
    overload_price : cost of one unit beyond a capacity; None makes capacities hard
    band : how many jobs each agent should have; None for any number
    start : (jobs,) agents to begin from, for instance the running plan; the answer is never worse
    progress : called a few times a second with (done, total, words), done and total in milliseconds of the time limit.
        Return True to stop: the best answer so far comes back with its bound and gap, as at the time limit. What it
        raises ends the search and is raised here
    effort : with capacities that may be exceeded for a price: neighbourhoods to try in place of the time limit, so that
        equal seeds give equal assignments on any machine, however busy

    Raises
    ------
    ValueError
        Shapes that do not fit, a job without any agent, a negative use.
    Infeasible
        Hard capacities that no assignment keeps, or none found before the end.
    """
    began = time.monotonic()
    problem = _checked(cost, use, capacity, overload_price, band)
    jobs, agents = problem.cost.shape
    if jobs == 0:
        return Assignment(np.empty(0, np.int64), np.zeros(agents), 0.0, 0.0, 0.0, 0.0, (), ())
    if effort is not None and overload_price is None:
        raise ValueError("a limit of work needs a price of overload")
    clock = Clock(began, time_limit, progress, effort=effort)
    given = None if start is None else _given(start, problem)
    agent, bound = _solved(problem, given, clock, seed)
    if (
        given is not None
        and problem.kept(given)
        and (problem.value(given) < problem.value(agent) or not problem.kept(agent))
    ):
        agent = given
    over = problem.over(agent)
    if not problem.kept(agent):
        raise Infeasible(f"no assignment within the capacities was found in {time.monotonic() - began:.3g} s")
    value = problem.value(agent)
    bound = min(value, float(np.ceil(bound - 1e-6)) if problem.whole else bound)
    gap = (value - bound) / max(abs(value), 1e-9)
    trace = (*clock.trace, (time.monotonic() - began, value))
    return Assignment(agent, over, value, bound, gap, time.monotonic() - began, _why(problem, agent), trace)


def _checked(cost: ArrayLike, use: ArrayLike, capacity: ArrayLike, price: float | None, band: Band | None) -> Posed:
    c, u, cap = (np.asarray(given, dtype=np.float64) for given in (cost, use, capacity))
    if c.ndim != 2 or u.shape != c.shape or cap.shape != (c.shape[1],):
        raise ValueError(f"cost {c.shape}, use {u.shape} and capacity {cap.shape} do not fit together")
    if np.isnan(c).any() or np.isnan(u).any() or np.isnan(cap).any():
        raise ValueError("cost, use and capacity must be numbers")
    if not np.isfinite(u).all():
        raise ValueError(f"use of job {int(np.argwhere(~np.isfinite(u))[0][0])} is not finite")
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
    return Posed(c, u, cap, steep if price is None else price, price is None, least, most, band.price)


def _given(start: ArrayLike, problem: Posed) -> Ints:
    given = np.array(start, dtype=np.int64)
    jobs, agents = problem.cost.shape
    if given.shape != (jobs,) or (jobs and not 0 <= given.min() <= given.max() < agents):
        raise ValueError(f"start must name one of {agents} agents for each of {jobs} jobs")
    return given


def _better(problem: Posed, agent: Ints, other: Ints | None) -> Ints:
    """Return the one of two assignments that keeps the rules, or the cheaper if both do."""
    if other is None or not problem.kept(other):
        return agent
    return other if not problem.kept(agent) or problem.value(other) < problem.value(agent) else agent


def _solved(problem: Posed, given: Ints | None, clock: Clock, seed: int) -> tuple[Ints, float]:
    """Return the best assignment found and the bound."""
    first, bound = given, -INF
    if problem.cost.size <= SMALL:
        first, bound, proven = _whole(problem, given, clock, PATIENCE if problem.hard else clock.left(), seed)
        if proven or (first is not None and (clock.left() <= 0 or not problem.hard)):
            return first if first is not None else np.zeros(len(problem.cost), np.int64), bound
    kernels = Kernels() if problem.hard else None
    relaxed = relax(problem, clock, seed)
    if kernels is None:
        first = _better(problem, rounding(problem, relaxed, clock, seed), first)
        clock.found(problem, first)
        return improve(problem, first, relaxed, clock, seed), max(bound, relaxed.bound)
    if not kernels.ready.is_set():  # the first time on this machine
        first = _better(problem, rounding(problem, relaxed, clock, seed), first)
        around = Neighbourhoods(problem, relaxed, seed)
        while not kernels.ready.is_set() and not clock.tell("improving"):
            around.step(first, problem.value(first) - relaxed.bound, min(0.3, max(clock.left(), 0.01)))
        if clock.left() <= 0:
            return first, max(bound, relaxed.bound)
    agent, better = kernels.pursue()(problem, relaxed, first, clock, seed)
    return agent, max(bound, better)


def _whole(
    problem: Posed, given: Ints | None, clock: Clock, seconds: float, seed: int
) -> tuple[Ints | None, float, bool]:
    """Give the whole problem to branch and bound; return its answer, the bound, and whether it is the optimum."""
    job, agent = np.nonzero(np.isfinite(problem.cost))
    clock.tell("whole")
    begin = point(problem, job, agent, given) if given is not None and problem.kept(given) else None
    answer = milp.solve(
        programme(problem, job, agent, whole=True), time_limit=min(seconds, clock.left()), seed=seed, start=begin,
        nodes=clock.nodes, tick=lambda: clock.tell("whole"),
    )  # fmt: skip
    if answer.infeasible:
        raise Infeasible("the capacities cannot hold all jobs")
    if not answer.feasible:
        return None, answer.bound, False
    chosen = answer.values[: len(job)] > 0.5
    found = np.zeros(len(problem.cost), np.int64)
    found[job[chosen]] = agent[chosen]
    clock.found(problem, found)
    return found, answer.bound, answer.objective - answer.bound <= 1e-6 * max(1.0, abs(answer.objective))


def _why(problem: Posed, agent: Ints) -> tuple[tuple[str, dict[str, float]], ...]:
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
