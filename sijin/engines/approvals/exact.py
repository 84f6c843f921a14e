"""The portfolio as a model of intervals for CP-SAT: proves small ones, repairs plans that are locked or ran before."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from sijin.engines.approvals.portfolio import Ints, Portfolio

TINY = 12  # tasks: presolving takes longer than solving


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


class Intervals:
    """``scale × makespan + weight × days late + price × moved`` over intervals.

    `most`: a day at which the plan is over at the latest (None: any day).
    """

    def __init__(self, posed: Portfolio, weight: Ints, scale: int, price: int, most: int | None) -> None:
        self.posed = posed
        self._model, self._solver = cp_model.CpModel(), cp_model.CpSolver()
        self._starts: list[cp_model.IntVar] = []
        horizon = posed.horizon if most is None else most
        early, tail = posed.heads(), posed.tails()
        self._impossible = bool((early + posed.days + tail).max() > horizon)
        if self._impossible:
            return
        for i in range(len(posed.days)):
            low, high = int(early[i]), int(horizon - tail[i] - posed.days[i])
            if posed.locked[i] >= 0:
                low = high = int(posed.locked[i])
            self._starts.append(self._model.new_int_var(low, max(low, high), f"s{i}"))
        self._rows()
        self._model.minimize(sum(self._terms(weight, scale, price, horizon)))

    def _rows(self) -> None:
        """Add what waits for what and what the desks hold."""
        posed, model, starts = self.posed, self._model, self._starts
        days = posed.days.tolist()
        intervals = [model.new_fixed_size_interval_var(start, days[i], f"i{i}") for i, start in enumerate(starts)]
        for before, after, lag in zip(posed.before.tolist(), posed.after.tolist(), posed.lag.tolist(), strict=True):
            model.add(starts[after] >= starts[before] + days[before] + lag)
        for k, room in enumerate(posed.capacity.tolist()):
            users = np.flatnonzero((posed.demand[:, k] > 0) & (posed.days > 0)).tolist()
            if posed.demand[users, k].sum() > room:
                model.add_cumulative([intervals[i] for i in users], posed.demand[users, k].tolist(), room)

    def _terms(self, weight: Ints, scale: int, price: int, horizon: int) -> list[cp_model.LinearExprT]:
        """Return what costs."""
        posed, model, starts = self.posed, self._model, self._starts
        makespan = model.new_int_var(0, horizon, "makespan")
        for i in np.setdiff1d(np.arange(len(starts)), posed.before).tolist():
            model.add(makespan >= starts[i] + int(posed.days[i]))
        terms: list[cp_model.LinearExprT] = [scale * makespan]
        for i in np.flatnonzero((posed.due >= 0) & (weight > 0)).tolist() if len(weight) else []:
            late = model.new_int_var(0, horizon, f"late{i}")
            model.add(late >= starts[i] + int(posed.days[i] - posed.due[i]))
            terms.append(int(weight[i]) * late)
        for i in np.flatnonzero(posed.previous >= 0).tolist() if price else []:
            stays = model.new_bool_var(f"stays{i}")
            model.add(starts[i] == int(posed.previous[i])).only_enforce_if(stays)
            terms.append(price * (1 - stays))
        return terms

    def solve(
        self, hint: Ints | None, seconds: float, seed: int, workers: int,
        tell: Callable[[Ints], bool] = lambda start: False,
    ) -> Proof:  # fmt: skip
        """Minimise within `seconds`; `tell` is given each better plan and stops the search by True."""
        if self._impossible:
            return Proof(None, 0, impossible=True)
        for start, day in zip(self._starts, [] if hint is None else hint.tolist(), strict=hint is not None):
            self._model.add_hint(start, day)
        told = self._solver.parameters
        told.max_time_in_seconds, told.num_workers, told.random_seed = max(0.05, seconds), workers, seed
        told.cp_model_presolve = len(self._starts) > TINY
        status = self._solver.solve(self._model, _Improved(self._starts, tell))
        if status == cp_model.INFEASIBLE:
            return Proof(None, 0, impossible=True)
        found = None
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            found = np.array([self._solver.value(start) for start in self._starts], np.int64)
        return Proof(found, int(np.ceil(self._solver.best_objective_bound - 1e-6)), impossible=False)

    def stop(self) -> None:
        """Stop the search from another thread."""
        self._solver.stop_search()
