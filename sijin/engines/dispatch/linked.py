"""Where sites go and who sits in which team, decided together.

The two are linked by the skills that sites ask of teams. Rounds go to and fro between the posting under fees (`asking`)
and the network of the formation (`sketch`), each time with the mean of the prices so far, until they agree roughly. What
any round asked for, or nearly, may be asked for in the formation's relaxation, which holds the posting's beside its own
rows. Its prices are the fees by which the sites are posted at last, and what the joint bound is proven by.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sijin.engines import milp
from sijin.engines.dispatch import asking
from sijin.engines.dispatch.asking import Ask
from sijin.engines.dispatch.columns import Key
from sijin.engines.dispatch.fees import asked, due, guessed, priced, skills_of
from sijin.engines.dispatch.parties import Array
from sijin.engines.dispatch.posting import Asked, valued
from sijin.engines.dispatch.problem import Problem
from sijin.engines.dispatch.seats import Seating
from sijin.engines.dispatch.sketch import Network
from sijin.engines.milp import INF, Ints

ROUNDS = 8
SHARE = 0.2  # of the time for the rounds
TRIALS = (1_500, 8_000)  # of the search for a posting, per site: in a round, at last
MOST = (150_000, 600_000)  # of them per second of the time limit
FIRST = 0.3  # of the price of an uncovered skill: the fee of the first round
LATER = 0.3  # weight of the newest prices in later rounds
NEARLY = 0.5  # of a fee: what sites must be willing to pay towards a skill for it to be thought of
GROW = 3  # times that the network takes up arcs in a round


def asks_anything(problem: Problem) -> bool:
    """Say whether some site could ask a team for a skill that it does not want itself."""
    skills = set(skills_of(problem))
    return any(skills - set(own) for own in problem.table("teams")["skills"])


class Link:
    """The posting beside the formation: prices, what may be asked for, and at last where each site goes."""

    def __init__(self, problem: Problem, asks: Asked, seed: int, limit: float, tell: Callable[[], bool]) -> None:
        """Prepare for a time limit; `tell` hears of it and says whether to stop."""
        self.problem, self.asks, self.seed, self.limit, self.tell = problem, asks, seed, limit, tell
        self.skills = skills_of(problem)
        self.own = [list(own) for own in problem.table("teams")["skills"]]
        self.base = (asks.lat, asks.lon)
        self.built = Seating(problem, self.own, self.base, also=self.skills)
        fees = guessed(problem)
        self.fees = replace(fees, price=np.where(fees.price < 0, fees.price, FIRST * fees.dear[:, None]))
        self.cost = 0.0  # of the posting, once it is settled
        self.team: Ints = np.empty(0, np.int64)

    def ask(self) -> Ask:
        """Return the posting at the fees as they are."""
        return Ask.of(self.problem, self.asks, self.fees)

    def _trials(self, last: bool) -> int:
        """Return how many trials a search for a posting has: by the sites, and no more than the time limit allows."""
        return round(min(TRIALS[last] * len(self.problem.table("sites")), MOST[last] * self.limit))

    def rounds(self) -> None:
        """Go to and fro; keep the posting that promises the least cost in all, and note what may be asked for."""
        seconds = SHARE * self.limit
        until = time.monotonic() + seconds
        net = Network(self.built)
        net.refine(seconds / 4)
        steps, least, team = self._trials(False), INF, None
        thought, mean = np.zeros(self.fees.price.shape, bool), None
        for n in range(ROUNDS):
            team = asking.search(self.ask(), steps, self.seed + n, team)
            new = asked(self.fees, team)
            worth = self.problem.rules.skill
            net.offer({skill: worth * new[:, q] for q, skill in enumerate(self.skills)})
            net.solve()
            for _ in range(GROW):
                if not net.grow():
                    break
                net.solve()
            rows = self._rows(net)
            fees, below = priced(self.built, rows)
            cost = valued(self.problem, self.asks, team).cost + below + due(fees, new)
            if cost < least:
                least, self.team = cost, team
            if n > 1:
                thought |= new
            weight = max(1 / (n + 1), LATER)
            mean = rows if mean is None else {k: (1 - weight) * mean[k] + weight * rows[k] for k in rows}
            self.fees, below = priced(self.built, mean)
            if self.tell() or time.monotonic() > until:
                break
        prices = asking.relaxed(self.ask(), max(until - time.monotonic(), 1.0))
        _, towards = asking.paid(self.ask(), prices)
        thought |= asked(self.fees, self.team) | (towards >= NEARLY * self.fees.price) & (self.fees.price >= 0) & (towards > 0)
        self.thought = thought

    def _rows(self, net: Network) -> dict[Key, Array]:
        """Return the network's prices of the rows that are there."""
        of = self.built.rows.of
        return {key: np.where(of[key] >= 0, own, 0.0) for key, own in net.priced().rows.items() if key in of}

    @property
    def maybe(self) -> list[set[str]]:
        """What each team may be asked for."""
        return [{self.skills[q] for q in np.flatnonzero(row)} for row in self.thought]

    def offers(self) -> dict[str, Array]:
        """Return what sites would give for the seats that they may ask for."""
        worth = np.where(self.thought, np.maximum(self.fees.price, 0.0), 0.0)
        return {skill: worth[:, q] for q, skill in enumerate(self.skills)}

    def _within(self) -> Ask:
        """Return the posting where sites ask for nothing but what was thought of."""
        ask = self.ask()
        beyond = np.zeros(ask.cost.shape, bool)
        for column in ask.fees.wants.T:
            known = column >= 0
            strange = (ask.fees.price[:, column] >= 0) & ~self.thought[:, column]
            beyond |= (strange & known).T
        return replace(ask, cost=np.where(beyond, INF, ask.cost))

    def lay(self, built: Seating) -> None:
        """Put the posting beside the seats."""
        ask = self._within()
        more, seats = asking.programme(ask)
        pairs, teams = len(more.cost) - 3 * built.count, np.arange(built.count)
        self.site, self.at = more.rows[:pairs], more.team
        named = [(int(t), self.skills[q]) for t, q in seats]
        built.post(more, np.concatenate([self.at, teams, teams, teams]), pairs, named, more.links)
        laid = np.full(ask.cost.shape, INF)
        laid[self.site, self.at] = ask.cost[self.site, self.at]
        self.laid = laid

    def settle(self, duals: dict[Key, Array]) -> list[set[str]]:
        """Post the sites at the fees of the relaxation's prices; return what each team is newly asked for."""
        self.fees, _ = priced(self.built, duals)
        self.team = asking.search(replace(self.ask(), cost=self.laid), self._trials(True), self.seed)
        new = asked(self.fees, self.team)
        return [{self.skills[q] for q in np.flatnonzero(row)} for row in new]

    def standing(self) -> Array:
        """Return which of the pairs of `lay` stand in the posting as it is."""
        return (self.team[self.site] == self.at).astype(np.float64)

    def take(self, pairs: Array) -> None:
        """Take over which pairs stand."""
        chosen = pairs > 0.5
        self.team = self.team.copy()
        self.team[self.site[chosen]] = self.at[chosen]
        self.cost = valued(self.problem, self.asks, self.team).cost

    def bound(self, duals: dict[Key, Array], goal: float, seconds: float) -> float:
        """Return what every posting and formation at these bases cost at least; `goal` is what the best known costs."""
        self.fees, below = priced(self.built, duals)
        return below + asking.bound(self.ask(), goal - below, seconds, self.tell)


