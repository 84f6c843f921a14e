"""Integer programmes: the point that comes back is the one whose value is told."""

import numpy as np
import pytest

from sijin.engines import milp


def test_a_start_does_not_come_back_in_place_of_the_best_point() -> None:
    """Two visits, two days: presolve alone ends the search, and HiGHS 1.16 then shows the start with the best value."""
    matrix = np.array(
        [
            [1, 0, 1, 0, 1, 0, 0],
            [0, 1, 1, 0, 0, 1, 0],
            [1, 1, 1, 0, 0, 0, 0],
            [0, 0, 0, 1, 0, 0, 0],
            [0, 0, 0, 1, 0, 0, 1],
        ],
        float,
    )
    rows, cols = matrix.nonzero()
    programme = milp.Programme(
        cost=np.array([20, 36.7, 40, 36.7, 20, 20, 200]),
        rows=rows.astype(np.int64),
        cols=cols.astype(np.int64),
        values=matrix[rows, cols],
        row_lo=np.array([1.0, 1, 0, 0, 1]),
        row_hi=np.ones(5),
        lo=np.zeros(7),
        hi=np.ones(7),
        integer=np.ones(7, bool),
    )
    found = milp.solve(programme, time_limit=5, start=np.array([0.0, 0, 0, 0, 1, 1, 1]))
    assert found.objective == pytest.approx(76.7)
    assert programme.cost @ found.values == pytest.approx(76.7)
    inside = matrix @ found.values
    assert (inside >= programme.row_lo - 1e-6).all() and (inside <= programme.row_hi + 1e-6).all()


def test_what_begins_from_a_basis_ends_at_the_same_optimum() -> None:
    """New columns stand outside of the basis; the optimum is that of the whole programme, solved from nothing."""
    dice = np.random.default_rng(3)
    matrix = dice.uniform(0, 1, (30, 80)) * (dice.random((30, 80)) < 0.3)

    def of(columns: int) -> milp.Programme:
        rows, cols = matrix[:, :columns].nonzero()
        cost = np.concatenate([np.linspace(1, 3, columns), np.full(30, 50.0)])  # each row may stay open for 50
        return milp.Programme(
            cost=cost,
            rows=np.concatenate([rows, np.arange(30)]),
            cols=np.concatenate([cols, columns + np.arange(30)]),
            values=np.concatenate([matrix[rows, cols], np.ones(30)]),
            row_lo=np.ones(30),
            row_hi=np.full(30, milp.INF),
            lo=np.zeros(columns + 30),
            hi=np.full(columns + 30, milp.INF),
        )

    first = milp.solve(of(60), time_limit=5, method="ipm")
    assert first.basis is not None
    standing = first.basis.columns
    assert (standing == milp.BASIC).sum() + (first.basis.rows == milp.BASIC).sum() == 30
    spread = np.concatenate([standing[:60], np.full(20, milp.LOWER), standing[60:]])
    again = milp.solve(of(80), time_limit=5, method="simplex", basis=milp.Basis(spread, first.basis.rows))
    assert again.objective == pytest.approx(milp.solve(of(80), time_limit=5).objective)
    assert again.objective < first.objective - 1e-6  # the new columns are of use
