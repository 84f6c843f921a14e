"""Where sites go and who sits in which team, decided together.

The two are linked by the skills that sites ask of teams. Rounds go to and fro between the posting under fees (`asking`)
and the network of the formation (`sketch`), each time with the mean of the prices so far, until they agree roughly.
What any round asked for, or nearly, may be asked for in the formation's relaxation, which holds the posting's beside
its own rows. Its prices are the fees by which the sites are posted at last, and what the joint bound is proven by.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch import asking
from sijin.engines.dispatch.asking import Ask, Posed, Prices
from sijin.engines.dispatch.columns import Key
from sijin.engines.dispatch.fees import asked, due, guessed, priced, skills_of
from sijin.engines.dispatch.parties import Array
from sijin.engines.dispatch.posting import Asked, valued
from sijin.engines.dispatch.problem import Problem
from sijin.engines.dispatch.seats import Seating
from sijin.engines.dispatch.sketch import Network, Sketch
from sijin.engines.milp import INF, Floats, Ints

ROUNDS = 3  # at most
SHARE = 0.15  # of the time for the rounds
LATE = 1.5  # of that share more, after which no other round is begun
TRIALS = (1_500, 8_000)  # of the search for a posting, per site: in a round, at last
MOST = (150_000, 600_000)  # of them per second of the time limit
FIRST = 0.3  # of the price of an uncovered skill: the fee of the first round
MIXED = (0.0, 0.5, 1.0)  # shares of the rounds' mean prices with which the bound is tried
LATER = 0.3  # weight of the newest prices in later rounds
CHEAP = 0.6  # of the fees, at which it is asked once more what sites would like
NEARLY = 0.5  # of a fee: what sites must be willing to pay towards a skill for it to be thought of
PAIRS = 20_000  # of a site and a team that go into the formation's relaxation, or one for each site
SEATS = 2.5  # of them for each team, at most
GROW = 3  # times that the network takes up arcs in a round
SMALL, SEATED = 1_000, 3_000  # pairs of a site and a team, and possible seats, up to which all are decided at once


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
        self.guess = guess = guessed(problem)
        self.fees = replace(guess, price=np.where(guess.price < 0, guess.price, FIRST * guess.dear[:, None]))
        self.cost = 0.0  # of the posting, once it is settled
        self.proven = -INF
        self.team: Ints = np.empty(0, np.int64)
        self.laid: Floats | None = None  # costs of the pairs that the formation's relaxation holds
        self.prices: Prices | None = None
        self.mean: dict[Key, Array] | None = None
        self.whole = asks.cost.size <= SMALL and self.built.possible() <= SEATED

    def everything(self) -> None:
        """Let every site go anywhere and ask for what it wants: what is found then is proven for all there is."""
        self.thought = self.fees.price >= 0
        self.held = np.isfinite(self.asks.cost)

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
        net = self.net = Network(self.built)
        net.refine(seconds / 4)
        steps, least, team = self._trials(False), INF, None
        thought, mean = np.zeros(self.fees.price.shape, bool), None
        self.blind = asking.search(self._free(), steps, self.seed)
        for n in range(ROUNDS):
            team = asking.search(self.ask(), steps, self.seed + n, team) if n else self.blind
            new = asked(self.fees, team)
            worth = self.problem.rules.skill
            net.offer({skill: worth * new[:, q] for q, skill in enumerate(self.skills)})
            net.solve()
            for _ in range(GROW):
                if not net.grow():
                    break
                net.solve()
            rows = self._rows(net)
            fees, below = priced(self.built, self.guess, rows)
            cost = valued(self.problem, self.asks, team).cost + below + due(fees, new)
            if cost < least:
                least, self.team = cost, team
            if n > 1:
                thought |= new
            weight = max(1 / (n + 1), LATER)
            mean = rows if mean is None else {k: (1 - weight) * mean[k] + weight * rows[k] for k in rows}
            self.fees, below = priced(self.built, self.guess, mean)
            if self.tell() or time.monotonic() > until + LATE * seconds:
                break
        low = replace(
            self.ask(), fees=replace(self.fees, price=np.where(self.fees.price > 0, CHEAP, 1.0) * self.fees.price)
        )
        prices, _, self.held = asking.relaxed(low, max(until - time.monotonic(), 0.05 * self.limit, 1.0))
        _, towards = asking.paid(low, prices)
        keen = np.where(towards > 0, towards / np.maximum(low.fees.price, 1e-9), 0.0)
        rank = np.sort(keen, axis=None)[::-1][min(round(len(self.own) * SEATS), keen.size) - 1]
        if self.held.sum() > PAIRS:
            lack = asking.lack(low, prices)
            self.held &= lack <= np.partition(lack[self.held], PAIRS)[PAIRS]
        self.thought = thought | asked(self.fees, self.team) | (keen >= max(NEARLY, rank))
        self.mean = mean

    def _free(self) -> Ask:
        """Return the posting as if skills could be asked for at no fee."""
        return replace(self.ask(), fees=replace(self.fees, price=np.minimum(self.fees.price, 0.0)))

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

    def sketched(self, built: Seating) -> Sketch:
        """Price the seats of `built`, which may be asked for what `maybe` says, from where the rounds ended."""
        self.net.lay(built)
        self.net.offer(self.offers())
        self.net.solve()
        for _ in range(GROW):
            if not self.net.grow():
                break
            self.net.solve()
        return self.net.priced()

    def _within(self) -> Ask:
        """Return the posting where sites ask for nothing but what was thought of."""
        ask = self.ask()
        beyond = np.zeros(ask.cost.shape, bool)
        for column in ask.fees.wants.T:
            known = column >= 0
            strange = (ask.fees.price[:, column] >= 0) & ~self.thought[:, column]
            beyond |= (strange & known).T
        return replace(ask, cost=np.where(beyond, INF, ask.cost))

    def _kept(self, ask: Ask) -> NDArray[np.bool_]:
        """Return the pairs that go into the relaxation: those `held`, and of each site the cheapest."""
        kept = self.held & np.isfinite(ask.cost)
        kept[np.arange(len(kept)), np.argmin(ask.cost + ask.new[1], axis=1)] = True
        return kept

    def lay(self, built: Seating) -> None:
        """Put the posting beside the seats."""
        ask = self._within()
        more, seats = asking.programme(ask, self._kept(ask))
        pairs, teams = len(more.cost) - 3 * built.count, np.arange(built.count)
        self.site, self.at = more.rows[:pairs], more.team
        named = [(int(t), self.skills[q]) for t, q in seats]
        self.rows = len(built.rows.lo)
        _beside(built, more, np.concatenate([self.at, teams, teams, teams]), pairs, named)
        laid = np.full(ask.cost.shape, INF)
        laid[self.site, self.at] = ask.cost[self.site, self.at]
        self.laid = laid

    def settle(self, duals: dict[Key, Array]) -> list[set[str]]:
        """Post the sites at the fees of the relaxation's prices; return what each team is newly asked for."""
        self.fees, _ = priced(self.built, self.guess, duals)
        assert self.laid is not None
        self.team = asking.search(replace(self.ask(), cost=self.laid), self._trials(True), self.seed)
        new = asked(self.fees, self.team)
        return [{self.skills[q] for q in np.flatnonzero(row)} for row in new]

    def better(self, duals: dict[Key, Array]) -> bool:
        """Post the sites anew at the fees of these prices; say whether that promises to cost less."""
        self.fees, _ = priced(self.built, self.guess, duals)
        old = self.team
        tried = [
            self.blind,
            *(asking.search(self.ask(), self._trials(True), self.seed, own) for own in (old, self.blind)),
        ]

        def all_in(team: Ints) -> float:
            return valued(self.problem, self.asks, team).cost + due(self.fees, asked(self.fees, team))

        self.team = min(tried, key=all_in)
        return all_in(self.team) < all_in(old) - 1e-6

    def hear(self, duals: Array) -> None:
        """Note the prices of the posting's rows in the relaxation."""
        sites, teams = self.asks.cost.shape
        own = duals[self.rows : self.rows + sites + 2 * teams]
        self.prices = Prices(own[:sites], own[sites : sites + teams], own[sites + teams :], np.zeros(teams))

    def standing(self) -> Array:
        """Return which of the pairs of `lay` stand in the posting as it is."""
        return np.asarray(self.team[self.site] == self.at, np.float64)

    def take(self, pairs: Array) -> None:
        """Take over which pairs stand."""
        chosen = pairs > 0.5
        self.team = self.team.copy()
        self.team[self.site[chosen]] = self.at[chosen]
        self.cost = valued(self.problem, self.asks, self.team).cost

    def prove(
        self, duals: dict[Key, Array], goal: Callable[[], float], seconds: float, ended: Callable[[], bool]
    ) -> None:
        """Raise `proven`: what every posting and formation at these bases cost at least.

        ``goal`` tells what the best known costs. Where the relaxation did not hold the posting too, its prices are
        mixed with the mean of the rounds'.
        """
        if seconds <= 0:
            return
        until, tried = time.monotonic() + seconds, []
        few = asking.few(self.ask())  # sites a team: their sets are looked at too
        for share in (0.0,) if self.laid is not None else MIXED:
            mean = self.mean or {}
            mixed = {key: (1 - share) * own + share * mean.get(key, 0.0 * own) for key, own in duals.items()}
            fees, below = priced(self.built, self.guess, mixed)
            ask = Ask.of(self.problem, self.asks, fees)
            left = max(until - time.monotonic(), 0.1) * (0.5 if few else 1.0)
            prices, found, _ = asking.relaxed(ask, left, self.prices, self.held)
            tried.append((below + found, below, ask, prices))
            if time.monotonic() > until:
                break
        found, below, ask, prices = max(tried, key=lambda one: one[0])
        self.proven = max(self.proven, found)
        left = max(until - time.monotonic(), 0.3 * seconds)
        self.proven = max(self.proven, below + asking.climbed(ask, prices, lambda: goal() - below, left, ended))


def _beside(built: Seating, more: Posed, team: Array, pairs: int, seats: list[tuple[int, str]]) -> None:
    """Put rows and columns (of `team`) of a posting beside the seats; the first `pairs` send a site to a team.

    In its linking rows one of `seats` is asked for, or the site is elsewhere.
    """
    links, which = more.links
    rows, cols, count = len(built.rows.lo), built.blocks.count, len(more.cost)
    low = more.row_lo.copy()
    low[links] = -1.0
    built.rows.lo += low.tolist()
    built.rows.hi += more.row_hi.tolist()
    place: dict[tuple[int, str], int] = {}
    at, b = 0, built.blocks
    for own, named in zip(b.team, b.combo, strict=True):
        if len(own) and named[0] <= -2 and built.bends[-2 - named[0]][0] == "unasked":
            place |= {(int(t), built.bends[-2 - named[0]][1]): at + n for n, t in enumerate(own)}
        at += len(own)
    sends = np.arange(count) < pairs
    combo = np.where(sends, built.named("posted", ""), built.named("posting", ""))
    b.add(more.cost, np.where(sends, 1.0, more.hi), np.full(count, -1), team, combo, [])
    unasked = np.array([place[seat] for seat in seats], np.int64)
    b.rows += [rows + more.rows, rows + links]
    b.cols += [cols + more.cols, unasked[which]]
    b.values += [more.values, np.full(len(links), -1.0)]
    built.posts = cols + np.arange(pairs)
