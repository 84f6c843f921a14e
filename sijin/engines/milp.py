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
class Answer:
    """What HiGHS found. ``bound`` is proven; ``values`` is empty when no feasible point was found in time."""

    values: Floats
    objective: float
    bound: float
    duals: Floats
    feasible: bool
    infeasible: bool  # proven that no point satisfies the rows


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


def solve(
    programme: Programme,
    *,
    time_limit: float,
    gap: float = 0.0,
    seed: int = 0,
    start: Floats | None = None,
    tick: Callable[[], bool | None] | None = None,
) -> Answer:
    """Solve one programme.

    Parameters
    ----------
    time_limit : seconds
    gap : relative gap at which to stop (0.001 = 0.1 %)
    start : a feasible point to begin from, if there is one
    tick : called a few times a second; True ends the search with the best answer so far; what it raises ends the search
        and is raised here
    """
    _greet()
    solver = _solver()
    for name, value in (
        ("output_flag", False),
        ("log_to_console", False),
        ("threads", 1),
        ("random_seed", seed % 2_147_483_647),
        ("time_limit", max(time_limit, 0.01)),
        ("mip_rel_gap", gap),
        ("mip_abs_gap", 1e-6),
    ):
        solver.setOptionValue(name, value)
    starts, index, values = _compressed(programme)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(programme.cost), len(programme.row_lo)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = programme.cost, programme.lo, programme.hi
    lp.row_lower_, lp.row_upper_ = programme.row_lo, programme.row_hi
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = starts, index, values
    whole = programme.integer is not None and bool(programme.integer.any())
    if programme.integer is not None and whole:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in programme.integer]
    solver.passModel(lp)
    if start is not None and whole:
        point = highspy.HighsSolution()
        point.col_value = list(start)
        solver.setSolution(point)
    raised: list[BaseException] = []
    if tick is not None:
        _watch(solver, tick, raised)
    solver.run()
    if raised:
        raise raised[0]
    return _answer(solver, whole)


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


def _watch(solver: Any, tick: Callable[[], bool | None], raised: list[BaseException]) -> None:
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
    )
