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
