"""A programme as it grows: columns in blocks, and rows that stand once for each team."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sijin.engines import milp
from sijin.engines.dispatch.parties import Array

Key = tuple[Any, ...]


@dataclass
class Blocks:
    """Columns as they were added: parallel arrays, and triplets by row and column."""

    cost: list[Array]
    hi: list[Array]
    party: list[Array]
    team: list[Array]
    combo: list[Array]
    rows: list[Array]
    cols: list[Array]
    values: list[Array]
    count: int = 0

    @classmethod
    def empty(cls) -> "Blocks":
        """Return no columns."""
        return cls([], [], [], [], [], [], [], [])

    def add(
        self, cost: Array, hi: Array, party: Array, team: Array, combo: Array, entries: list[tuple[Array, float]]
    ) -> None:
        """Add columns; each entry gives a row per column, -1 for none, and a coefficient."""
        columns = self.count + np.arange(len(cost))
        for rows, value in entries:
            held = rows >= 0
            self.rows.append(rows[held])
            self.cols.append(columns[held])
            self.values.append(np.full(int(held.sum()), value))
        for kept, given in zip(
            (self.cost, self.hi, self.party, self.team, self.combo), (cost, hi, party, team, combo), strict=True
        ):
            kept.append(given)
        self.count += len(cost)


@dataclass(frozen=True)
class Side:
    """A rule of counts: at most (sign 1) or at least (sign -1) `limit` per team, and the price of one more or fewer."""

    sign: float
    limit: Array
    price: float


class Rows:
    """The numbers of the rows, per team (-1 where a team has none), and their bounds."""

    def __init__(self, teams: int) -> None:
        self.teams, self.of, self.lo, self.hi = teams, {}, [], []  # type: ignore[var-annotated]

    def per_team(self, key: Key, lo: Any, hi: Any, where: NDArray[np.bool_] | None = None) -> Array:
        """Add one row for each team (of `where`)."""
        where = np.ones(self.teams, bool) if where is None else where
        rows = np.full(self.teams, -1)
        rows[where] = len(self.lo) + np.arange(int(where.sum()))
        self.lo += np.broadcast_to(lo, self.teams)[where].tolist()
        self.hi += np.broadcast_to(hi, self.teams)[where].tolist()
        self.of[key] = rows
        return rows

    def single(self, lo: float, hi: float) -> int:
        """Add one row."""
        self.lo.append(lo)
        self.hi.append(hi)
        return len(self.lo) - 1


def linear(b: Blocks, table: Rows, kept: NDArray[np.bool_]) -> tuple[milp.Programme, Array]:
    """Return the linear programme of the rows `kept` alone, and which of all columns it has: those with a row."""
    cost, hi = np.concatenate(b.cost), np.concatenate(b.hi)
    rows, cols, values = (np.concatenate(parts) for parts in (b.rows, b.cols, b.values))
    inside = kept[rows]
    rows, cols, values = rows[inside], cols[inside], values[inside]
    used = np.zeros(len(cost), bool)
    used[cols] = True
    lo, most = np.array(table.lo, np.float64), np.array(table.hi, np.float64)
    return milp.Programme(
        cost[used], (np.cumsum(kept) - 1)[rows], (np.cumsum(used) - 1)[cols], values, lo[kept], most[kept],
        np.zeros(int(used.sum())), hi[used],
    ), np.flatnonzero(used)  # fmt: skip


def unkept(b: Blocks, table: Rows, values: Array) -> NDArray[np.bool_]:
    """Return the rows that `values`, one for each column there is, do not keep."""
    rows, cols, factors = (np.concatenate(parts) for parts in (b.rows, b.cols, b.values))
    activity = np.bincount(rows, factors * values[cols], minlength=len(table.lo))
    lo, most = np.array(table.lo, np.float64), np.array(table.hi, np.float64)
    return np.asarray((activity < lo - 1e-6) | (activity > most + 1e-6))
