"""The formation's search with a limit of work in place of a clock: the same answer on any machine, however busy.

It goes on from seats and prices that are given, and solves no relaxation: all who sit alone are moved at once by a few
flows (`draft`), then one neighbourhood after the other is decided, each with a limit of branch-and-bound nodes.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from sijin.engines import milp
from sijin.engines.dispatch.draft import Draft, Offers
from sijin.engines.dispatch.formation import CLOSE, FEW, ROUGH, WEARY, WINDOW, Search
from sijin.engines.dispatch.formed import Formed
from sijin.engines.dispatch.joint import Joint
from sijin.engines.dispatch.openings import begin
from sijin.engines.dispatch.parties import Array, Seat
from sijin.engines.dispatch.problem import Problem
from sijin.engines.dispatch.relaxed import SMALL
from sijin.engines.dispatch.seats import Seating
from sijin.engines.milp import INF

AGES = 1e6  # seconds: no limit that matters
NODES = 30  # of branch and bound, for one neighbourhood
WIDER = 0.1  # teams by which a neighbourhood grows or shrinks
LIGHT, HEAVY = 1_500, 6_000  # columns of a neighbourhood below which the next is wider, and above which it is narrower
DRAFTS = 8  # flows by which all are moved at once
MARGIN = 3.0  # reduced cost up to which given prices open a column
Prices = dict[tuple[str, ...], Array]  # by kind of row: a price for each team


@dataclass(frozen=True)
class Given:
    """Seats to go on from, and prices of the rows, at which columns are opened and neighbourhoods chosen."""

    seats: dict[int, Seat]
    prices: Prices


def form(
    problem: Problem, wanted: list[list[str]], base: tuple[Array, Array], *, given: Given, effort: int, seed: int
) -> Formed:
    """Seat the officials, from the seats given, with `effort` neighbourhoods decided anew; see the module."""
    search = _Steady(Seating(problem, wanted, base), effort, seed)
    search.go_on(given)
    return search.formed()


def priced(
    problem: Problem, wanted: list[list[str]], base: tuple[Array, Array], seats: dict[int, Seat]
) -> tuple[float, dict[str, float], tuple[int, ...]]:
    """Return what these seats cost, by how much they bend hard rules, and who is not free on the day."""
    built = Seating(problem, wanted, base)
    search = _Steady(built, 0, 0)
    search.take(Given(seats, {}))
    return search.best, built.clash(search.values), tuple(built.away)


class _Steady(Search):
    """A search that counts neighbourhoods, not seconds."""

    def __init__(self, built: Seating, effort: int, seed: int) -> None:
        super().__init__(built, AGES, seed, None)
        self.effort = effort

    def _spend(self) -> None:
        """Decide neighbourhoods anew, one after the other."""
        built, dice, width, fruitless = self.built, np.random.default_rng(self.seed), 0.0, 0
        while self.effort > 0 and self._open() and not self.enough and fruitless <= built.count:
            rough = self.best - self.aim > ROUGH * abs(self.best) and fruitless < WEARY
            width = max(width, WINDOW[rough])
            activity, better = self.sliced.activity(self.values), False
            windows = self.windows.choose(self.values, self.reduced, self.duals, activity, round(width))
            for window in windows[: self.effort]:
                cols = window.cols
                answer = milp.solve(
                    self.sliced.part(cols, self.values, activity), time_limit=AGES, nodes=NODES, brief=True,
                    gap=CLOSE[rough] if len(cols) > FEW else 0.0, seed=int(dice.integers(1 << 30)),
                    start=self.values[cols],
                )  # fmt: skip
                better |= self._adopted(window, answer)
                width += WIDER * (not self.windows.pruned and len(cols) < LIGHT) - WIDER * (len(cols) > HEAVY)
            self.effort -= len(windows)
            fruitless = 0 if better else fruitless + 1
            if better:
                self.best = float(self.programme.cost @ self.values)
            self.told()
            if not windows:
                break

    def go_on(self, given: Given) -> None:
        """Search from these seats, at these prices."""
        self.take(given)
        if self.built.parties:
            self._redraft(given.prices)
            self._narrow()
            self._spend()

    def _redraft(self, prices: Prices) -> None:
        """Move all who sit alone at once, by flows over open columns that keep the rules of counts (see `draft`)."""
        built, values = self.built, self.values
        joint = Joint(built.problem, built.parties, [sorted(own) for own in built.wanted], built.base)
        alone = np.array([party.alone for party in built.parties], bool)
        draft = Draft(joint, joint.many, joint.group[joint.first[:-1]], joint.out)
        draft.supply[~alone] = 0
        seated = np.flatnonzero((built.party >= 0) & (built.team >= 0) & (values > 0.5))
        for column in seated[np.argsort(alone[built.party[seated]], kind="stable")].tolist():
            p, kinds, team = self._seat(column)
            for _ in range(round(values[column])):
                for kind, group in zip(kinds, joint.group[joint.first[p] : joint.first[p + 1]], strict=True):
                    draft.sit(team, joint.kinds[kind], int(group), held=not alone[p])
        single = np.flatnonzero((built.party >= 0) & (built.team >= 0))
        single = single[alone[built.party[single]]]
        number = np.array([joint.kinds.get(own[0], 0) for own in built.combos], np.int64)
        offers = Offers(built.party[single], built.team[single], number[built.combo[single]],
                        self.programme.cost[single])  # fmt: skip
        dice = np.random.default_rng(self.seed)
        rough = self.best - self.aim > ROUGH * abs(self.best)
        taken = draft.settle(offers, dice, joint.clipped(prices) if rough else None, DRAFTS)
        standing = [(self._seat(column), round(values[column])) for column in seated.tolist()
                    if not alone[built.party[column]]]  # fmt: skip
        standing += [(self._seat(int(single[n])), int(taken[n])) for n in np.flatnonzero(taken)]
        before = self.values, self.best
        self._sit(standing)
        if self.best > before[1]:
            self.values, self.best = before
        self.told()

    def take(self, given: Given) -> None:
        """Open the columns of these seats and those that these prices ask for; price the seats exactly."""
        built, nothing = self.built, np.zeros(self.built.count)
        prices = {key: given.prices.get(key, nothing) for key in built.rows.of}
        least = np.zeros(len(built.parties))
        if given.prices:
            for p in range(len(built.parties)):
                least[p] = min((float(x.min()) for x in built.reduced(p, prices, 0.0) if len(x)), default=0.0)
            begin(built, least, prices, INF if built.possible() <= SMALL else MARGIN)
        standing = self._standing(given.seats)
        built.hold([key for key, _ in standing])
        self.programme = built.programme()
        leaving = np.flatnonzero((built.party >= 0) & (built.team < 0))
        out = np.full(len(built.parties), INF)
        out[built.party[leaving]] = self.programme.cost[leaving]
        self.duals = np.zeros(len(self.programme.row_lo))
        for key, rows in built.rows.of.items():
            self.duals[rows[rows >= 0]] = prices[key][rows >= 0]
        self.duals[built.party_row] = np.minimum(least, out)
        self.reduced = self._reduced()
        self.bound = self.aim = self._proven()
        self.place = np.arange(len(self.programme.cost))
        self._sit(standing)

    def _standing(self, seats: dict[int, Seat]) -> list[tuple[tuple[int, tuple[str, ...], int], int]]:
        """Return the columns, as (party, kinds, team), that seats given by official are, with how many bundles each."""
        count: dict[tuple[int, tuple[str, ...], int], int] = defaultdict(int)
        for p, party in enumerate(self.built.parties):
            for bundle in party.bundles:
                own = [seats[n] for n in bundle if n in seats]
                if len(own) == len(bundle) and len({team for team, _ in own}) == 1:
                    count[p, tuple(kind for _, kind in own), own[0][0]] += 1
        return list(count.items())
