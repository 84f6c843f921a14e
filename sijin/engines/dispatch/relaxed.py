"""The linear relaxation of a formation: solved, grown by the columns that it asks for, solved again beside the search.

Its prices come with a bound. Where the time is not enough for it, the prices of the `sketch` must do; where the posting
stands beside the seats (`linked`), the bound of both is raised from them.
"""

import threading
import time
from collections.abc import Callable

import numpy as np

from sijin.engines import milp
from sijin.engines.dispatch.columns import Key, linear, unkept
from sijin.engines.dispatch.formed import Tick
from sijin.engines.dispatch.linked import Link
from sijin.engines.dispatch.openings import begin
from sijin.engines.dispatch.parties import Array
from sijin.engines.dispatch.seats import Seating
from sijin.engines.dispatch.sketch import sketch
from sijin.engines.milp import INF

SMALL = 5_000  # columns up to which none is left out of the search
RELAX = 0.85  # share of the time for the relaxation; where it is not enough the prices of the sketch must do
REFINE = 0.4  # share of the time that is left for solving it again, where the bound of the posting is to follow
WARM = 0.35  # of the first time's seconds that the second time is thought to take, which begins from its basis
NEW = 0.1  # share of new columns above which it begins from nothing
LAST = 0.5  # seconds at the end that this bound leaves
SKETCH = 0.1  # share of the time for the sketch
FIRST = 0.5  # reduced cost, at the prices of the sketch, up to which the relaxation begins with a column

Tock = Callable[[], bool | None]


class Stopped(Exception):
    """Raised inside a relaxation that nobody waits for any more."""


class Relaxed:
    """The state of one search: the relaxation, what it proves, the clock."""

    programme: milp.Programme  # whole, as it stands
    reduced: Array  # cost of each of its columns

    def __init__(self, built: Seating, limit: float, seed: int, tick: Tick | None, link: Link | None = None) -> None:
        self.link = link
        self.built, self.seed, self.tick = built, seed, tick
        self.began = time.monotonic()
        self.deadline = self.began + limit
        self.bound, self.best = -INF, INF
        self.trace: list[tuple[float, float, float]] = []
        self.clash: dict[str, float] = {}
        self.asked, self.refined, self.enough = False, False, False
        self.spent = 0.0  # seconds that solving the relaxation once more is thought to take
        self.basis: milp.Basis | None = None  # of all its columns and rows, once it was solved
        self.known = np.empty(0, np.int64)  # columns that it had then
        self.aim = -INF  # the last optimum of the relaxation, proven or not
        self.over, self.growth = threading.Event(), threading.Lock()

    def _reduced(self) -> Array:
        programme = self.programme
        earned = np.bincount(
            programme.cols, programme.values * self.duals[programme.rows], minlength=len(programme.cost)
        )
        return programme.cost - earned

    def left(self) -> float:
        """Return the seconds left; none when enough was asked for and there is an answer."""
        return 0.0 if self.enough and self.best < INF else self.deadline - time.monotonic()

    def told(self) -> None:
        self.trace.append((time.monotonic() - self.began, self.best, self.bound))
        self.heard()

    def heard(self) -> None:
        if self.tick is not None:
            self.enough |= bool(self.tick(self.best, self.bound))

    def _relax(self) -> Array | None:
        """Solve the linear relaxation with the columns that the sketch opens; keep the duals and what they prove.

        None: the time was not enough.
        """
        built = self.built
        if self.link and not self.link.whole:
            self.sketch = self.link.sketched(built)
        else:
            self.sketch = sketch(built, SKETCH * self.left(), self.link.offers() if self.link else None)
        begin(built, self.sketch.party, self.sketch.rows, INF if built.possible() <= SMALL else FIRST)
        self.kept = built.kept(self.sketch.tight)
        values = self._solved(max(RELAX * self.left(), 0.5), self.heard if self.tick else None)
        if values is not None:
            self.clash = built.clash(values)
        return values

    def _priced(self) -> None:
        """Take the prices of the sketch, and of each party the most that it can be worth at these."""
        built, programme = self.built, self.programme
        self.duals = np.zeros(len(programme.row_lo))
        for key, rows in built.rows.of.items():
            if key in self.sketch.rows:
                self.duals[rows[rows >= 0]] = self.sketch.rows[key][rows >= 0]
        reduced, least = self._reduced(), np.full(len(built.parties), INF)
        people = np.flatnonzero(built.party >= 0)
        np.minimum.at(least, built.party[people], reduced[people])
        prices = {key: np.where(rows >= 0, self.duals[rows], 0.0) for key, rows in built.rows.of.items()}
        for p in range(len(built.parties)):
            least[p] = min([least[p], *(float(own.min()) for own in built.reduced(p, prices, 0.0) if len(own))])
        self.duals[built.party_row] = least
        self.reduced = self._reduced()
        self.bound = self.aim = max(self._proven(), 0.0)

    def _proven(self) -> float:
        """Return what the prices prove, if they leave no party worth more than it costs anywhere."""
        lo, hi = self.programme.row_lo, self.programme.row_hi
        bound = np.where(self.duals > 0, lo, hi)
        rows = float((self.duals * np.where(np.isfinite(bound), bound, 0.0))[self.duals != 0].sum())
        slack = (self.built.party < 0) & (self.reduced < 0)
        return rows + float((self.reduced[slack] * self.programme.hi[slack]).sum())

    def _posted(self) -> None:
        """Post the sites at the prices of the relaxation."""
        assert self.link is not None
        worth, skills = self.built.rules.skill, self.built.skills
        asked = self.link.settle(self._prices())
        self.sketch.network.offer({s: np.array([worth * (s in own) for own in asked]) for s in skills})

    def _prices(self) -> dict[Key, Array]:
        """Return the duals of the rows that stand once for each team."""
        return {key: np.where(rows >= 0, self.duals[rows], 0.0) for key, rows in self.built.rows.of.items()}

    def _solved(self, seconds: float, tick: Tock | None) -> Array | None:
        """Solve the relaxation over what is open; note what it proves, and open what it asks for."""
        built = self.built
        began = time.monotonic()
        posed, columns = linear(built.blocks, built.rows, self.kept)
        basis = self._warm(columns)
        answer = milp.solve(
            posed, time_limit=seconds, method="simplex" if basis else "ipm", tick=tick, basis=basis
        )  # fmt: skip
        if not len(answer.duals) or not answer.feasible or answer.bound == -INF:
            return None
        duals, values = np.zeros(len(self.kept)), np.zeros(built.blocks.count)
        duals[self.kept], values[columns] = answer.duals, answer.values
        self._note(answer.basis, columns)
        asked = unkept(built.blocks, built.rows, values) & ~self.kept
        with self.growth:
            missing, grown = built.grow(duals)
        self.kept, self.asked = self.kept | asked, bool(grown or asked.any())
        spent = time.monotonic() - began
        self.aim, self.duals, self.spent = answer.objective, duals, spent * (1.0 if basis else WARM)
        self.bound = max(self.bound, answer.objective + missing)
        self.trace.append((time.monotonic() - self.began, self.best, self.bound))
        return values

    def _warm(self, columns: Array) -> milp.Basis | None:
        """Return the basis of the last time for these columns and the rows kept; new ones stand outside of it."""
        if self.basis is None or len(columns) - np.isin(columns, self.known).sum() > NEW * len(columns):
            return None
        at, rows = np.full(self.built.blocks.count, milp.LOWER), np.full(len(self.kept), milp.BASIC)
        at[: len(self.basis.columns)], rows[: len(self.basis.rows)] = self.basis.columns, self.basis.rows
        return milp.Basis(at[columns], rows[self.kept])

    def _note(self, basis: milp.Basis | None, columns: Array) -> None:
        """Keep a basis of these columns and the rows kept, spread over all."""
        self.basis = None
        if basis is not None:
            at, rows = np.full(self.built.blocks.count, milp.LOWER), np.full(len(self.kept), milp.BASIC)
            at[columns], rows[self.kept] = basis.columns, basis.rows
            self.basis, self.known = milp.Basis(at, rows), columns

    def _ended(self) -> None:
        if self.over.is_set():
            raise Stopped

    def _refine(self) -> None:
        """Go on with the relaxation beside the search, until it asks for nothing more."""
        share = REFINE if self.link else 1.0
        while (
            self.asked
            and share * self.left() > self.spent * (share < 1)
            and (self._solved(self.left(), self._ended) is not None)
        ):
            self.refined = True
        if self.link and not self.link.whole:
            self.link.hear(self.duals)
            self.link.prove(self._prices(), lambda: self.best, self.left() - LAST, self.over.is_set)
