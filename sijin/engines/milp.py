"""Linear and mixed-integer programmes in arrays, solved by HiGHS on one core.

Takes a cost vector and a sparse matrix as triplets, gives the values, the proven bound and, for a linear programme, the
duals. Holds no model of its own: the engines that use it say what rows and columns mean.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
INF = float(highspy.kHighsInf)
TICK = 0.3  # seconds between two calls of `tick`
LOWER, BASIC = 0, 1  # standings in a `Basis`: at its lower bound; in the basis


@dataclass(frozen=True)
class Programme:
    """Minimise ``cost @ x`` subject to ``row_lo <= A x <= row_hi`` and ``lo <= x <= hi``.

    ``rows, cols, values`` are the triplets of A; ``integer`` marks the columns that must be whole.
    """

    cost: Floats
    rows: Ints
    cols: Ints
    values: Floats
    row_lo: Floats
    row_hi: Floats
    lo: Floats
    hi: Floats
    integer: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Basis:
    """Where each column and each row (its slack) of a linear programme stands: `LOWER`, `BASIC` or HiGHS' others."""

    columns: Ints
    rows: Ints


@dataclass(frozen=True)
class Answer:
    """What HiGHS found. ``bound`` is proven; ``values`` is empty when no feasible point was found in time."""

    values: Floats
    objective: float
    bound: float
    duals: Floats
    feasible: bool
    infeasible: bool  # proven that no point satisfies the rows
    basis: Basis | None = None  # of a linear programme solved to its optimum


def _compressed(programme: Programme) -> tuple[Ints, Ints, Floats]:
    order = np.lexsort((programme.rows, programme.cols))
    starts = np.searchsorted(programme.cols[order], np.arange(len(programme.cost) + 1))
    return starts.astype(np.int32), programme.rows[order].astype(np.int32), programme.values[order]


def part(programme: Programme, free: NDArray[np.bool_], values: Floats) -> Programme:
    """Return the programme of the `free` columns alone, all others standing at `values`; rows keep their order."""
    standing = np.where(free, 0.0, values)
    taken = np.bincount(programme.rows, programme.values * standing[programme.cols], minlength=len(programme.row_lo))
    inside = free[programme.cols]
    rows, place = np.unique(programme.rows[inside], return_inverse=True)
    column = np.cumsum(free) - 1
    return Programme(
        cost=programme.cost[free],
        rows=place,
        cols=column[programme.cols[inside]],
        values=programme.values[inside],
        row_lo=(programme.row_lo - taken)[rows],
        row_hi=(programme.row_hi - taken)[rows],
        lo=programme.lo[free],
        hi=programme.hi[free],
        integer=None if programme.integer is None else programme.integer[free],
    )


class Sliced:
    """A programme whose columns are at hand one by one, so that a few of them are cut out in little time."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        order = np.lexsort((programme.rows, programme.cols))
        self._rows, self._values = programme.rows[order], programme.values[order]
        self._starts = np.searchsorted(programme.cols[order], np.arange(len(programme.cost) + 1))

    def activity(self, values: Floats) -> Floats:
        """Return what each row adds up to at `values`."""
        programme = self.programme
        return np.bincount(
            programme.rows, programme.values * values[programme.cols], minlength=len(programme.row_lo)
        ).astype(np.float64)

    def part(self, cols: Ints, values: Floats, activity: Floats) -> Programme:
        """Return the programme of the columns `cols` alone, all others standing at `values`; rows keep their order."""
        programme = self.programme
        lengths = self._starts[cols + 1] - self._starts[cols]
        place = np.repeat(self._starts[cols] - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
        place = place + np.arange(int(lengths.sum()))
        rows, factors, own = self._rows[place], self._values[place], np.repeat(np.arange(len(cols)), lengths)
        names, local = np.unique(rows, return_inverse=True)
        others = activity[names] - np.bincount(local, factors * values[cols][own], minlength=len(names))
        return Programme(
            cost=programme.cost[cols],
            rows=local,
            cols=own,
            values=factors,
            row_lo=programme.row_lo[names] - others,
            row_hi=programme.row_hi[names] - others,
            lo=programme.lo[cols],
            hi=programme.hi[cols],
            integer=None if programme.integer is None else programme.integer[cols],
        )


def solve(
    programme: Programme,
    *,
    time_limit: float,
    gap: float = 0.0,
    seed: int = 0,
    start: Floats | None = None,
    threads: int = 1,
    tick: Callable[[], bool | None] | None = None,
    brief: bool = False,
    method: str = "choose",
    nodes: int | None = None,
    basis: Basis | None = None,
) -> Answer:
    """Solve one programme.

    Parameters
    ----------
    time_limit : seconds
    gap : relative gap at which to stop (0.001 = 0.1 %)
    start : a feasible point to begin from, if there is one
    threads : what HiGHS may use
    tick : called a few times a second; True ends the search with the best answer so far; what it raises ends the search
        and is raised here
    nodes : branch-and-bound nodes at which to stop. With no time limit that matters the answer is then the same on any
        machine, however busy
    brief : the programme is one of many small ones with a start: neither restart nor search for a first point
    method : HiGHS' for a programme without whole columns: `ipm`, `simplex` or `choose`
    basis : that of a programme which differs little, to begin from (with `simplex`)
    """
    _greet()
    solver = _solver()
    if nodes is not None:
        solver.setOptionValue("mip_max_nodes", nodes)
    for name, value in (
        ("solver", method),
        ("mip_allow_restart", not brief),
        ("mip_heuristic_run_feasibility_jump", not brief),
        ("output_flag", False),
        ("log_to_console", False),
        ("threads", threads),
        ("random_seed", seed % 2_147_483_647),
        ("time_limit", max(time_limit, 0.01)),
        ("mip_rel_gap", gap),
        ("mip_abs_gap", 1e-6),
    ):
        solver.setOptionValue(name, value)
    lp = _posed(programme)
    whole = programme.integer is not None and bool(programme.integer.any())
    if programme.integer is not None and whole:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in programme.integer]
    solver.passModel(lp)
    if start is not None and whole:
        point = highspy.HighsSolution()
        point.col_value = list(start)
        solver.setSolution(point)
    if basis is not None:
        solver.setBasis(_placed(basis))
    raised: list[BaseException] = []
    if tick is not None:
        watch(solver, tick, raised)
    solver.run()
    if raised:
        raise raised[0]
    answer = _answer(solver, whole)
    if start is not None and answer.feasible and not _agrees(programme, answer):
        # HiGHS 1.16 may give back the start in place of the point whose value it found, when presolve ends the search.
        left = max(time_limit - solver.getRunTime(), 0.05)
        return solve(programme, time_limit=left, gap=gap, seed=seed, tick=tick, brief=brief, nodes=nodes)
    return answer


def _posed(programme: Programme) -> Any:
    """Return the programme in the solver's own form."""
    starts, index, values = _compressed(programme)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(programme.cost), len(programme.row_lo)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = programme.cost, programme.lo, programme.hi
    lp.row_lower_, lp.row_upper_ = programme.row_lo, programme.row_hi
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = starts, index, values
    return lp


def loaded(programme: Programme) -> Any:
    """Return a quiet solver that holds a programme without whole columns, to be changed and solved again and again."""
    _greet()
    solver = _solver()
    for name, value in (("output_flag", False), ("log_to_console", False), ("threads", 1)):
        solver.setOptionValue(name, value)
    solver.passModel(_posed(programme))
    return solver


def _agrees(programme: Programme, answer: Answer) -> bool:
    """Say whether the point has the value that is told of it."""
    return abs(float(programme.cost @ answer.values) - answer.objective) <= 1e-6 * max(1.0, abs(answer.objective))


def _solver() -> Any:
    made: Any = highspy
    return made.Highs()


@cache
def _greet() -> None:
    """Swallow the one greeting that HiGHS prints: standard output is for answers (JSON, tables)."""
    try:
        kept = os.dup(1)
    except OSError:  # a process without standard output has nothing to keep clean
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        _solver()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


def watch(solver: Any, tick: Callable[[], bool | None], raised: list[BaseException]) -> None:
    """Call `tick` from inside the solver; an exception cannot cross it, so it is kept and the solver interrupted."""
    last, ended = [time.monotonic()], [False]

    def asked(event: Any) -> None:
        if raised or ended[0]:
            event.interrupt()
        elif time.monotonic() - last[0] > TICK:
            last[0] = time.monotonic()
            try:
                ended[0] = tick() is True
            except BaseException as error:
                raised.append(error)
                event.interrupt()

    solver.cbMipInterrupt += asked
    solver.cbSimplexInterrupt += asked
    solver.cbIpmInterrupt += asked


def _placed(basis: Basis) -> Any:
    """Return a basis in the solver's own form; it is mended there, if it is none."""
    standing, made = list(_standings()), highspy.HighsBasis()
    made.col_status = [standing[n] for n in basis.columns.tolist()]
    made.row_status = [standing[n] for n in basis.rows.tolist()]
    made.valid, made.alien = True, True
    return made


@cache
def _standings() -> tuple[Any, ...]:
    """Return HiGHS' names of standings by their numbers."""
    return tuple(sorted(highspy.HighsBasisStatus.__members__.values(), key=int))


def _answer(solver: Any, whole: bool) -> Answer:
    info, status, point = solver.getInfo(), solver.getModelStatus(), solver.getSolution()
    feasible = info.primal_solution_status == 2
    optimal = status == highspy.HighsModelStatus.kOptimal
    bound = float(info.mip_dual_bound) if whole else float(info.objective_function_value) if optimal else -INF
    return Answer(
        values=np.asarray(point.col_value, dtype=np.float64) if feasible else np.empty(0),
        objective=float(info.objective_function_value) if feasible else INF,
        bound=bound,
        duals=np.asarray(point.row_dual, dtype=np.float64) if point.dual_valid else np.empty(0),
        feasible=feasible,
        infeasible=status == highspy.HighsModelStatus.kInfeasible,
        basis=_basis(solver) if optimal and not whole else None,
    )


def _basis(solver: Any) -> Basis | None:
    found = solver.getBasis()
    if not found.valid:
        return None
    return Basis(*(np.array([int(own) for own in part], np.int64) for part in (found.col_status, found.row_status)))
