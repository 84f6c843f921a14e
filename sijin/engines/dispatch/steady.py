"""The formation's search with a limit of work in place of a clock: the same answer on any machine, however busy.

One neighbourhood after the other is decided, each with a limit of branch-and-bound nodes; the relaxation is solved by
one method to its end. It can also go on from seats and prices that are given, and then solves no relaxation at all.
"""

from dataclasses import dataclass

import numpy as np

from sijin.engines import milp
from sijin.engines.dispatch import formation
from sijin.engines.dispatch.formation import CLOSE, FEW, ROUGH, SMALL, WINDOW
from sijin.engines.dispatch.formed import Formed, Tick
from sijin.engines.dispatch.parties import Array, Seat
from sijin.engines.dispatch.problem import Problem
from sijin.engines.dispatch.seats import Seating
from sijin.engines.milp import INF

AGES = 1e6  # seconds: no limit that matters
NODES = 30  # of branch and bound, for one neighbourhood
NEAR = 1e-3  # what the relaxation may still prove too little, relative, when it is left alone
NARROWEST, WIDEST = 5.0, 12.0  # teams in a neighbourhood
LIGHT, HEAVY = 1_500, 6_000  # columns of a neighbourhood below which the next is wider, and above which it is narrower
MARGIN = 3.0  # reduced cost up to which given prices open a column
Prices = dict[tuple[str, ...], Array]  # by kind of row: a price for each team


@dataclass(frozen=True)
class Given:
    """Seats to go on from, and the prices of the rows at which columns are opened and neighbourhoods chosen."""

    seats: dict[int, Seat]
    prices: Prices
    bound: float = -INF


def form(
    problem: Problem,
    wanted: list[list[str]],
    base: tuple[Array, Array],
    *,
    effort: int,
    seed: int,
    given: Given | None = None,
    tick: Tick | None = None,
) -> Formed:
    """Seat the officials with `effort` neighbourhoods decided anew; see the module and `formation.form`."""
    built = Seating(problem, wanted, base)
    if not built.parties:
        return Formed({}, 0.0, 0.0, tuple(built.away))
    search = _Steady(built, effort, seed, tick)
    search.run() if given is None else search.go_on(given)
    return search.formed()


class _Steady(formation._Search):
    """A search that counts neighbourhoods, not seconds."""

    def __init__(self, built: Seating, effort: int, seed: int, tick: Tick | None) -> None:
        super().__init__(built, AGES, seed, tick)
        self.effort = effort

    def _raced(self) -> milp.Answer:
        """Solve the relaxation for the first time by the method that is quicker on one core."""
        rows = self.built.rows
        lo, hi = np.array(rows.lo, np.float64), np.array(rows.hi, np.float64)
        self.growing = milp.Growing(lo, hi, self.built.kept(self.sketch.tight), "ipm")
        self._add(self.growing)
        answer = self.growing.solve(AGES, self.heard if self.tick else None)
        if not len(answer.duals) or not answer.feasible:
            raise TimeoutError("the relaxation of the formation was not solved")
        return answer

    def _improve(self) -> None:
        while self.grown and -self.missing > NEAR * abs(self.bound) and not self.enough:
            self._add(self.growing)
            answer = self.growing.solve(AGES, self.heard if self.tick else None)
            if not len(answer.duals) or not answer.feasible:
                break
            self._priced(answer.objective, answer.duals)
            self.refined = answer.duals
        self._narrow()
        self._spend()

    def _spend(self) -> None:
        """Decide neighbourhoods anew, one after the other."""
        built, dice, width, fruitless = self.built, np.random.default_rng(self.seed), float(WINDOW), 0
        if self.refined is not None:
            self.duals, self.refined = self.refined, None
            self.reduced = self._reduced()
        while self.effort > 0 and self._open() and not self.enough and fruitless <= built.count:
            activity = self.sliced.activity(self.values)
            windows = self.windows.choose(self.values, self.reduced, self.duals, activity, round(width))
            rough, better = self.best - self.bound > ROUGH * abs(self.best), False
            for cols in windows[: self.effort]:
                part = self.sliced.part(cols, self.values, activity)
                answer = milp.solve(
                    part, time_limit=AGES, nodes=NODES, gap=CLOSE[rough] if len(cols) > FEW else 0.0,
                    seed=int(dice.integers(1 << 30)), start=self.values[cols],
                )  # fmt: skip
                old = float(self.programme.cost[cols] @ self.values[cols])
                gained = answer.feasible and answer.objective < old - 1e-4
                if gained:
                    self.values[cols] = np.where(built.whole[cols], np.round(answer.values), answer.values)
                self.windows.learn(cols, gained)
                better |= gained
                width = min(width + 0.1, WIDEST) if len(cols) < LIGHT else width
                width = max(width - 0.2, NARROWEST) if len(cols) > HEAVY else width
            self.effort -= len(windows)
            fruitless = 0 if better else fruitless + 1
            if better:
                self.best = float(self.programme.cost @ self.values)
            self.told()
            if not windows:
                break
