"""The portfolio as a model of intervals for CP-SAT: proves small ones, repairs plans that are locked or ran before."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from sijin.engines.approvals.portfolio import Ints, Portfolio


@dataclass(frozen=True)
class Proof:
    """What came of it: the best starts, None when there were none; a bound; whether no plan can be."""

    start: Ints | None
    bound: int
    impossible: bool


class _Improved(cp_model.CpSolverSolutionCallback):
    """Hands each better plan on, and stops when told to."""

    def __init__(self, starts: list[cp_model.IntVar], tell: Callable[[Ints], bool]) -> None:
        super().__init__()
        self._starts, self._tell = starts, tell

    def on_solution_callback(self) -> None:
        """Read the starts."""
        if self._tell(np.array([self.value(start) for start in self._starts], np.int64)):
            self.stop_search()


def solve(
    posed: Portfolio, weight: Ints, scale: int, price: int, hint: Ints | None, most: int | None, seconds: float,
    seed: int, workers: int, tell: Callable[[Ints], bool] = lambda start: False,
) -> Proof:  # fmt: skip
    """Minimise ``scale × makespan + weight × days late + price × moved`` within `seconds`.

    `most`: a day at which the plan is over at the latest (None: any day).
    """
    began = time.monotonic()
    model = cp_model.CpModel()
    n = len(posed.days)
    horizon = posed.horizon if most is None else most
    early, tail = posed.heads(), posed.tails()
    if (early + posed.days + tail).max() > horizon:
        return Proof(None, 0, impossible=True)
    starts, intervals = [], []
    for i in range(n):
        low, high = int(early[i]), int(horizon - tail[i] - posed.days[i])
        if posed.locked[i] >= 0:
            low = high = int(posed.locked[i])
        starts.append(model.new_int_var(low, max(low, high), f"s{i}"))
        intervals.append(model.new_fixed_size_interval_var(starts[i], int(posed.days[i]), f"i{i}"))
    for before, after, lag in zip(posed.before.tolist(), posed.after.tolist(), posed.lag.tolist(), strict=True):
        model.add(starts[after] >= starts[before] + int(posed.days[before]) + lag)
    for k, room in enumerate(posed.capacity.tolist()):
        users = [i for i in range(n) if posed.demand[i, k] and posed.days[i]]
        if sum(int(posed.demand[i, k]) for i in users) > room:
            model.add_cumulative([intervals[i] for i in users], posed.demand[users, k].tolist(), room)
    makespan = model.new_int_var(0, int(horizon), "makespan")
    last = np.setdiff1d(np.arange(n), posed.before)
    for i in last:
        model.add(makespan >= starts[i] + int(posed.days[i]))
    terms = [scale * makespan]
    for i in np.flatnonzero((posed.due >= 0) & (weight > 0)).tolist() if len(weight) else []:
        late = model.new_int_var(0, int(horizon), f"late{i}")
        model.add(late >= starts[i] + int(posed.days[i] - posed.due[i]))
        terms.append(int(weight[i]) * late)
    if price:
        for i in np.flatnonzero(posed.previous >= 0).tolist():
            stays = model.new_bool_var(f"stays{i}")
            model.add(starts[i] == int(posed.previous[i])).only_enforce_if(stays)
            terms.append(price * (1 - stays))
    model.minimize(sum(terms))
    if hint is not None:
        for i in range(n):
            model.add_hint(starts[i], int(hint[i]))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.05, seconds - (time.monotonic() - began))
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    if n <= 12:
        solver.parameters.cp_model_presolve = False
    status = solver.solve(model, _Improved(starts, tell))
    if status == cp_model.INFEASIBLE:
        return Proof(None, 0, impossible=True)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return Proof(
        np.array([solver.value(start) for start in starts], np.int64) if found else None,
        int(np.ceil(solver.best_objective_bound - 1e-6)), impossible=False,
    )  # fmt: skip
