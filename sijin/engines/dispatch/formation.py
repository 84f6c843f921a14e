"""Formation: every official to one seat of one team — leader, holder of a wanted skill, or general.

The linear relaxation of the programme of `seats`, grown by the columns that it asks for, gives the bound. What little
it splits is decided together; where it splits most teams, the `sketch` at its prices gives a first answer. Then the
neighbourhoods that `windows` chooses are decided anew, two at a time, until the gap closes or the time is up.
"""

import contextlib
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sijin.engines import milp
from sijin.engines.dispatch import plain
from sijin.engines.dispatch.formed import Formed, Tick
from sijin.engines.dispatch.hubs import network_of
from sijin.engines.dispatch.linked import Link
from sijin.engines.dispatch.parties import GENERAL, Array, Seat
from sijin.engines.dispatch.problem import Problem
from sijin.engines.dispatch.relaxed import SMALL, Relaxed, Stopped
from sijin.engines.dispatch.seats import Seating
from sijin.engines.dispatch.windows import DEAR, WORTH, Window, Windows
from sijin.engines.milp import INF

ENOUGH = 1e-4  # relative gap at which the search ends
FEW = 200  # columns up to which a neighbourhood is decided to the end
WINDOW = (14, 8)  # teams decided anew together: later, at first
WORKERS = 2  # neighbourhoods decided at the same time
ROUGH = 0.05  # relative gap above which neighbourhoods are decided in passing
SLICE = (0.8, 0.3)  # seconds that one neighbourhood may take: later, at first
CLOSE = (3e-4, 1e-2)  # relative gap at which it is decided
WEARY = 3  # rounds without gain after which nothing is decided in passing any more
QUICK = 0.6  # seconds that those chosen at a time should take
LITTLE = 0.5  # share of teams that the relaxation may split for all of them to be decided together


def demand(problem: Problem, team_of_site: Array) -> list[list[str]]:
    """Return for each team the skills that it wants itself or for its sites, the most worked-for first."""
    weight: list[dict[str, float]] = [defaultdict(float) for _ in range(len(problem.table("teams")))]
    for n, skills in enumerate(problem.table("teams")["skills"]):
        for skill in skills:
            weight[n][skill] += 1.0
    sites = problem.table("sites").select("skills", "workload", "priority")
    for n, (skills, workload, priority) in enumerate(sites.iter_rows()):
        for skill in skills:
            weight[int(team_of_site[n])][skill] += max(workload * priority, 0.05)
    return [sorted(found, key=lambda skill: (-found[skill], skill)) for found in weight]


def form(
    problem: Problem,
    wanted: list[list[str]],
    base: tuple[Array, Array],
    *,
    time_limit: float,
    seed: int,
    tick: Tick | None = None,
    link: Link | None = None,
) -> Formed:
    """Seat the officials; see the module.

    ``link`` lets the relaxation decide where sites go too; it then says for what they ask (`linked`).
    `tick(cost, bound)` hears of the search several times a second and may ask for the best answer so far. When the
    time ends before the relaxation is solved, the answer is what the sketch gives.
    """
    if link is None and network_of(problem):
        with contextlib.suppress(TimeoutError):
            return plain.form(problem, wanted, base, time_limit=time_limit, seed=seed, tick=tick)
        time_limit = 0.0  # what the sketch gives at once is better than nothing
    also, maybe = (link.skills, link.maybe) if link else ((), None)
    built = Seating(problem, wanted, base, also, maybe)
    if not built.parties:
        return Formed({}, 0.0, 0.0, tuple(built.away))
    if link:
        link.lay(built)
    search = Search(built, time_limit, seed, tick, link)
    search.run()
    return search.formed()


class Search(Relaxed):
    """The search from the relaxation on: a first answer, then neighbourhoods decided anew."""

    def run(self) -> None:
        relaxed = self._relax()
        self.programme = self.built.programme()
        if relaxed is None:
            self._priced()
        self.reduced = self._reduced()
        if self.link:
            self._posted()
        if relaxed is None:
            self._first(np.zeros(len(self.programme.cost)))
        elif not self._fixed(relaxed):
            self._first(relaxed)
        self.told()
        self._improve()

    # first answer

    def _fixed(self, relaxed: Array) -> bool:
        """Keep what the relaxation left whole and decide the rest together, if it is little; say whether that went."""
        built = self.built
        values = np.zeros(len(self.programme.cost))
        values[: len(relaxed)] = relaxed
        split = built.whole & (np.abs(values - np.round(values)) > 1e-6)
        teams = np.unique(built.team[split & (built.team >= 0)])
        if len(teams) > LITTLE * built.count and len(self.reduced) > SMALL:
            return False
        values = np.where(built.whole & ~split, np.round(values), values)
        people = np.unique(built.party[split & (built.party >= 0)])
        here = np.isin(built.team, teams)
        sits = np.isin(built.party, np.unique(built.party[here & (values > 0.5) & (built.party >= 0)]))
        sits |= np.isin(built.party, people)
        free = (here & (sits | (built.party < 0)) & (self.reduced < WORTH)) | (sits & (built.team < 0)) | split
        cols = np.flatnonzero(free)
        if len(cols):
            sliced = milp.Sliced(self.programme)
            part = sliced.part(cols, values, sliced.activity(values))
            answer = milp.solve(part, time_limit=max(0.3 * self.left(), 0.5), gap=CLOSE[1], seed=self.seed)
            if not answer.feasible:
                return False
            values[cols] = np.where(built.whole[cols], np.round(answer.values), answer.values)
        self.values = self._settled(values)  # the relaxation left out rows that have their price now
        self.best = float(self.programme.cost @ self.values)
        return True

    def _first(self, relaxed: Array) -> None:
        """Seat the locked, then bundles where the relaxation leans, then all others by the network at its prices."""
        built = self.built
        values = np.zeros(len(self.programme.cost))
        values[: len(relaxed)] = relaxed
        locked = np.array([party.locked for party in built.parties])
        alone = np.array([party.alone for party in built.parties])
        columns = np.flatnonzero((built.party >= 0) & (built.team >= 0) & ~alone[built.party])
        columns = columns[np.lexsort((self.reduced[columns], -values[columns].round(6), ~locked[built.party[columns]]))]
        fixed: list[int] = []
        left = np.array([len(party.bundles) for party in built.parties])
        taken: set[Seat] = set()
        room = np.maximum(built.rules.size_max, built.size)
        for column in columns.tolist():
            p, team, kinds = int(built.party[column]), int(built.team[column]), built.combos[built.combo[column]]
            seats = {(team, kind) for kind in kinds if kind != GENERAL}
            while left[p] and (room[team] >= len(kinds) or locked[p]) and not seats & taken:
                fixed.append(column)
                left[p] -= 1
                room[team] -= len(kinds)
                taken |= seats
        prices = self._prices()
        standing = [self._seat(column) for column in fixed]
        single = alone[built.party] & (built.party >= 0) & (built.team >= 0) & (values > 1e-6)
        leaning = [
            (p, kinds[0], team, min(float(values[column]), 1.0))
            for column in np.flatnonzero(single).tolist()
            for p, kinds, team in (self._seat(column),)
        ]  # fmt: skip
        chosen = [(seat, 1) for seat in standing]
        chosen += [
            ((p, (kind,), team), n) for p, kind, team, n in self.sketch.network.seated(prices, standing, leaning)
        ]  # fmt: skip
        built.hold([key for key, _ in chosen])
        self.programme = built.programme()
        self.reduced = self._reduced()
        self._sit(chosen)

    def _sit(self, chosen: list[tuple[tuple[int, tuple[str, ...], int], int]]) -> None:
        """Take these seats, (party, kinds, team) with how many, whose columns are open; price them exactly."""
        built = self.built
        combos = {kinds: n for n, kinds in enumerate(built.combos)}
        seats = np.flatnonzero((built.party >= 0) & (built.team >= 0))
        many, count = len(combos), built.count
        codes = (built.party[seats] * many + built.combo[seats]) * count + built.team[seats]
        order = np.argsort(codes, kind="stable")
        asked = np.array([(p * many + combos[kinds]) * count + team for (p, kinds, team), _ in chosen], np.int64)
        values = np.zeros(len(self.programme.cost))
        where = seats[order[np.searchsorted(codes, asked, sorter=order)]]
        np.add.at(values, where, np.array([n for _, n in chosen], np.float64))
        if self.link:
            values[built.posts] = self.link.standing()
        self.values = self._settled(values)
        self.best = float(self.programme.cost @ self.values)

    def _seat(self, column: int) -> tuple[int, tuple[str, ...], int]:
        built = self.built
        return int(built.party[column]), built.combos[built.combo[column]], int(built.team[column])

    def _settled(self, values: Array) -> Array:
        """Let the ways out take up what the seats leave open: the exact cost of these seats."""
        built, programme = self.built, self.programme
        cols = np.flatnonzero((~built.whole | (built.party < 0)) & ~built.sends)
        sliced = milp.Sliced(programme)
        values = values.copy()
        values[cols] = 0.0
        whole = built.whole & (built.party >= 0) | built.sends
        values[whole] = np.round(values[whole])
        answer = milp.solve(sliced.part(cols, values, sliced.activity(values)), time_limit=30.0)
        values[cols] = answer.values
        return values

    # improvement

    def _improve(self) -> None:
        """Decide neighbourhoods anew, two at a time, where the cost lies furthest above the relaxation.

        Their width follows the time that they take: as many teams as are decided in a fraction of a second.
        """
        self._narrow()
        with ThreadPoolExecutor(WORKERS + 1) as pool:
            proof = pool.submit(self._refine)
            try:
                self._rounds(pool)
                if self._open() and not self.enough:
                    proof.result()
            finally:
                self.over.set()
            with contextlib.suppress(Stopped):
                proof.result()

    def _narrow(self) -> None:
        """Forget the columns that will not be tried again."""
        built = self.built
        pruned = len(self.reduced) > SMALL
        kept = (self.reduced <= (DEAR if pruned else INF)) | (self.values > 1e-9) | (built.party < 0) | (built.team < 0)
        self.place = np.flatnonzero(kept)
        self.programme = built.narrow(kept, self.programme)
        self.values, self.reduced = self.values[kept], self.reduced[kept]
        self.sliced = milp.Sliced(self.programme)
        self.windows = Windows(built, self.programme.hi, self.seed, pruned)

    def _widen(self) -> None:
        """Go on with the prices that the relaxation has found meanwhile, and with the columns that it opened."""
        with self.growth:
            whole, self.refined = self.built.programme(), False
        values = np.zeros(len(whole.cost))
        values[self.place] = self.values
        self.programme, self.values = whole, values
        self.reduced = self._reduced()
        self._narrow()

    def _open(self) -> bool:
        """Say whether the gap is still worth closing."""
        return self.best - self.bound > ENOUGH * max(abs(self.best), 1.0)

    def _adopted(self, window: Window, answer: milp.Answer) -> bool:
        """Take over how a neighbourhood was decided, if that is better; say whether it was."""
        cols = window.cols
        old = float(self.programme.cost[cols] @ self.values[cols])
        gained = answer.feasible and answer.objective < old - 1e-4
        if gained:
            self.values[cols] = np.where(self.built.whole[cols], np.round(answer.values), answer.values)
        if self._all(window):
            self.bound = max(self.bound, answer.bound)
        self.windows.learn(window, gained)
        return gained

    def _all(self, window: Window) -> bool:
        """Say whether this neighbourhood is the whole problem, so that what it proves holds."""
        return not self.windows.pruned and len(window.cols) == len(self.programme.cost)

    def _rounds(self, pool: ThreadPoolExecutor) -> None:
        built = self.built
        dice = np.random.default_rng(self.seed)
        width, fruitless = 0.0, 0
        while self._open() and self.left() > 0.1:
            if self.refined:
                self._widen()
            rough = self.best - self.aim > ROUGH * abs(self.best) and fruitless < WEARY
            width = max(width, WINDOW[rough])
            activity = self.sliced.activity(self.values)
            windows = self.windows.choose(self.values, self.reduced, self.duals, activity, round(width))
            if not windows:
                break
            began = time.monotonic()
            seconds = min(SLICE[rough], max(self.left() * WORKERS / (len(windows) + 1), 0.05))
            jobs = [
                pool.submit(milp.solve, self.sliced.part(window.cols, self.values, activity), time_limit=seconds,
                            gap=0.0 if len(window.cols) <= FEW or self._all(window) else CLOSE[rough],
                            seed=int(dice.integers(1 << 30)),
                            start=self.values[window.cols], brief=True)
                for window in windows
            ]  # fmt: skip
            better = False
            for window, job in zip(windows, jobs, strict=True):
                better |= self._adopted(window, job.result())
            spent = time.monotonic() - began
            width = width + 0.5 if spent < QUICK else max(width - 0.5, 6.0) if spent > 2 * QUICK else width
            if better:
                self.best, fruitless = float(self.programme.cost @ self.values), 0
                self.told()
            else:
                fruitless += 1
                self.heard()
                if fruitless > built.count and width > built.count:
                    break

    def formed(self) -> Formed:
        """Read the best values."""
        built = self.built
        if self.link:
            sends = np.zeros(built.blocks.count)
            sends[self.place] = self.values
            self.link.take(sends[built.posts])
        cost = self.best - (self.link.cost if self.link else 0.0)
        return Formed(
            built.read(self.values), cost, min(self.bound, self.best) - self.best + cost, tuple(built.away), self.clash,
            self._prices(), tuple(self.trace),
        )  # fmt: skip
