"""Formation: every official to one seat of one team — leader, holder of a wanted skill, or general.

The linear relaxation of the programme of `seats`, grown by the columns that it asks for, gives the bound and comes out
nearly whole. What it splits is decided by a small integer programme, and neighbourhoods of a few teams are decided
anew, two at a time, until the gap closes or the time is up (relax and fix, then a large neighbourhood search).
"""

import contextlib
import threading
import time
from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import numpy as np

from sijin.engines import milp
from sijin.engines.dispatch import plain
from sijin.engines.dispatch.formed import Formed, Tick
from sijin.engines.dispatch.problem import Problem
from sijin.engines.dispatch.seats import GENERAL, Array, Seat, Seating
from sijin.engines.dispatch.sketch import sketch
from sijin.engines.distances import kilometres
from sijin.engines.milp import INF

ENOUGH = 1e-4  # relative gap at which the search ends
SMALL = 5_000  # columns up to which none is left out of the search
FEW = 200  # columns up to which a neighbourhood is decided to the end
WINDOW = 8  # teams decided anew together
TOGETHER = 6  # neighbourhoods that share nobody, chosen at a time
WORKERS = 2  # neighbourhoods decided at the same time
ROUGH = 0.015  # relative gap above which neighbourhoods are decided in passing
SLICE = (0.8, 0.3)  # seconds that one neighbourhood may take: later, at first
CLOSE = (3e-4, 2e-3)  # relative gap at which it is decided
QUICK = 0.6  # seconds that those chosen at a time should take
WORTH = 6.0  # reduced cost up to which a seat is tried
SKETCH = 0.1  # share of the time for the sketch
LITTLE = 0.5  # share of teams that the relaxation may split for all of them to be decided together
HEARD = 0.3  # seconds between two signs of life
FIRST = 0.5  # reduced cost, at the prices of the sketch, up to which the relaxation begins with a column
DEAR = 4.0  # reduced cost beyond which a seat is not tried again
LOOSE = 0.01  # what the relaxation may still prove too little, relative, when the search begins


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


class Stopped(Exception):
    """Raised inside a relaxation that nobody waits for any more."""


def form(
    problem: Problem,
    wanted: list[list[str]],
    base: tuple[Array, Array],
    *,
    time_limit: float,
    seed: int,
    tick: Tick | None = None,
) -> Formed:
    """Seat the officials; see the module.

    `tick(cost, bound)` hears of the search several times a second and may ask for the best answer so far. Raises
    TimeoutError when the time ends before the relaxation is solved.
    """
    if _network(problem):
        return plain.form(problem, wanted, base, time_limit=time_limit, seed=seed, tick=tick)
    built = Seating(problem, wanted, base)
    if not built.parties:
        return Formed({}, 0.0, 0.0, tuple(built.away))
    search = _Search(built, time_limit, seed, tick)
    search.run()
    return search.formed()


def _network(problem: Problem) -> bool:
    """Say whether only rules are in force that make a network, for which hubs are many times quicker."""
    rules, ties = problem.rules, problem.ties
    counted = rules.senior_least > 0 or rules.junior_most is not None or rules.unit_most is not None or rules.novice > 0
    tied = ties.together or ties.apart or ties.units_together or ties.units_apart
    return not (counted or tied or rules.on or rules.hard)


class _Search:
    """The state of one search: the relaxation, the best values, the clock."""

    def __init__(self, built: Seating, limit: float, seed: int, tick: Tick | None) -> None:
        self.built, self.seed, self.tick = built, seed, tick
        self.began = time.monotonic()
        self.deadline = self.began + limit
        self.bound, self.best = -INF, INF
        self.trace: list[tuple[float, float, float]] = []
        self.clash: dict[str, float] = {}
        self.grown, self.missing, self.enough = 0, 0.0, False
        self.refined: Array | None = None
        self.over = threading.Event()
        self._given = (0, 0)  # blocks of columns and of entries that the relaxation has

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

    def run(self) -> None:
        relaxed = self._relax()
        self.programme = self.built.programme()
        self.reduced = self._reduced()
        if not self._fixed(relaxed):
            self._first(relaxed)
        self.told()
        self._improve()

    # relaxation

    def _relax(self) -> Array:
        """Solve the linear relaxation with the columns that the sketch opens; keep the duals and what they prove."""
        built = self.built
        self.sketch = sketch(built, SKETCH * self.left())
        built.begin(self.sketch.party, self.sketch.rows, INF if built.possible() <= SMALL else FIRST)
        answer = self._raced()
        values, self.duals = answer.values, answer.duals
        self._priced(answer.objective, self.duals)
        self.told()
        while self.grown and -self.missing > LOOSE * abs(self.bound) and self.left() > 0:
            self._add(self.growing)
            answer = self.growing.solve(self.left(), self.heard if self.tick else None)
            if not len(answer.duals) or not answer.feasible:
                break
            values, self.duals = answer.values, answer.duals
            self._priced(answer.objective, self.duals)
            self.told()
        self.clash = built.clash(values)
        return values

    def _raced(self) -> milp.Answer:
        """Solve the relaxation for the first time by two methods side by side; the first to end goes on."""
        rows = self.built.rows
        lo, hi, kept = np.array(rows.lo, np.float64), np.array(rows.hi, np.float64), self.built.kept(self.sketch.tight)
        racers = [milp.Growing(lo, hi, kept, method) for method in ("ipm", "simplex")]
        over = threading.Event()

        def late() -> None:
            if over.is_set():
                raise Stopped

        with ThreadPoolExecutor(len(racers)) as pool:
            for racer in racers:
                self._add(racer)
            runs = {pool.submit(racer.solve, max(self.left(), 1.0), late): racer for racer in racers}
            waiting = set(runs)
            try:
                while waiting:
                    done, waiting = wait(waiting, timeout=HEARD, return_when=FIRST_COMPLETED)
                    for run in done:
                        answer = run.result()
                        if len(answer.duals) and answer.feasible:
                            self.growing = runs[run]
                            return answer
                    self.heard()
            finally:
                over.set()
        raise TimeoutError("the time limit ended before the relaxation of the formation was solved")

    def _priced(self, objective: float, duals: Array) -> None:
        """Open the columns that the relaxation asks for, and note what it proves without them."""
        self.missing, self.grown = self.built.grow(duals)
        self.bound = max(self.bound, objective + self.missing)
        self.trace.append((time.monotonic() - self.began, self.best, self.bound))

    def _ended(self) -> None:
        if self.over.is_set():
            raise Stopped

    def _refine(self) -> None:
        """Go on with the relaxation beside the search, until it asks for nothing more."""
        while self.grown and self.left() > 0:
            self._add(self.growing)
            answer = self.growing.solve(self.left(), self._ended)
            if not len(answer.duals) or not answer.feasible:
                return
            self._priced(answer.objective, answer.duals)
            self.refined = answer.duals

    def _add(self, growing: milp.Growing) -> None:
        """Hand the columns over that are new since the last call."""
        b, known = self.built.blocks, growing.columns
        blocks, parts = self._given if known else (0, 0)
        cost, hi = np.concatenate(b.cost[blocks:]), np.concatenate(b.hi[blocks:])
        rows, cols, values = (np.concatenate(part[parts:]) for part in (b.rows, b.cols, b.values))
        growing.add(cost, np.zeros(len(cost)), hi, rows, cols - known, values)
        self._given = len(b.cost), len(b.rows)

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
        if not len(cols):
            self.values, self.best = values, float(self.programme.cost @ values)
            return True
        sliced = milp.Sliced(self.programme)
        part = sliced.part(cols, values, sliced.activity(values))
        answer = milp.solve(part, time_limit=max(0.3 * self.left(), 0.5), gap=CLOSE[1], seed=self.seed)
        if not answer.feasible:
            return False
        values[cols] = np.where(built.whole[cols], np.round(answer.values), answer.values)
        self.values, self.best = values, float(self.programme.cost @ values)
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
        prices = {key: np.where(rows >= 0, self.duals[rows], 0.0) for key, rows in built.rows.of.items()}
        standing = [
            (int(built.party[c]), built.combos[built.combo[c]], int(built.team[c])) for c in fixed
        ]  # fmt: skip
        chosen = [((p, kinds, team), 1) for p, kinds, team in standing]
        chosen += [((p, (kind,), team), n) for p, kind, team, n in self.sketch.network.seated(prices, standing)]
        built.hold([key for key, _ in chosen])
        self.programme = built.programme()
        self.reduced = self._reduced()
        where = {
            (int(p), built.combos[combo], int(t)): column
            for column, (p, combo, t) in enumerate(zip(built.party, built.combo, built.team, strict=True))
            if p >= 0 and t >= 0
        }
        values = np.zeros(len(self.programme.cost))
        for key, n in chosen:
            values[where[key]] += n
        self.values = self._settled(values)
        self.best = float(self.programme.cost @ self.values)

    def _settled(self, values: Array) -> Array:
        """Let the ways out take up what the seats leave open: the exact cost of these seats."""
        built, programme = self.built, self.programme
        cols = np.flatnonzero(~built.whole | (built.party < 0))
        sliced = milp.Sliced(programme)
        values = values.copy()
        values[cols] = 0.0
        values[built.whole & (built.party >= 0)] = np.round(values[built.whole & (built.party >= 0)])
        answer = milp.solve(sliced.part(cols, values, sliced.activity(values)), time_limit=30.0)
        values[cols] = answer.values
        return values

    def _around(self, centre: int) -> Array:
        """Return all teams, the nearest to `centre` first."""
        lat, lon = self.built.base
        return np.argsort(kilometres(lat[centre], lon[centre], lat, lon), kind="stable")

    # improvement

    def _improve(self) -> None:
        """Decide neighbourhoods anew, two at a time, where the cost lies furthest above the relaxation.

        Their width follows the time that they take: as many teams as are decided in a fraction of a second.
        """
        built = self.built
        self.far = WORTH if len(self.reduced) > SMALL else INF
        self.dear = DEAR if len(self.reduced) > SMALL else INF
        kept = (self.reduced <= self.dear) | (self.values > 1e-9) | (built.party < 0) | (built.team < 0)
        self.programme = built.narrow(kept, self.programme)
        self.values, self.reduced = self.values[kept], self.reduced[kept]
        self.sliced = milp.Sliced(self.programme)
        self.tired = np.ones(built.count)
        self.limits = np.array(built.rows.lo, np.float64), np.array(built.rows.hi, np.float64)
        self.capped = np.where(np.isfinite(self.programme.hi), self.programme.hi, 0.0)
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

    def _open(self) -> bool:
        """Say whether the gap is still worth closing."""
        return self.best - self.bound > ENOUGH * max(abs(self.best), 1.0)

    def _rounds(self, pool: ThreadPoolExecutor) -> None:
        built = self.built
        dice = np.random.default_rng(self.seed)
        width, fruitless = float(WINDOW), 0
        while self._open() and self.left() > 0.1:
            if self.refined is not None:  # the bound was proven with these prices
                self.duals, self.refined = self.refined, None
                self.reduced = self._reduced()
            self.activity = self.sliced.activity(self.values)
            windows = self._windows(dice, round(width))
            if not windows:
                break
            began = time.monotonic()
            rough = self.best - self.bound > ROUGH * abs(self.best)
            seconds = min(SLICE[rough], max(self.left(), 0.05))
            jobs = [
                pool.submit(milp.solve, self.sliced.part(cols, self.values, self.activity), time_limit=seconds,
                            gap=CLOSE[rough] if len(cols) > FEW else 0.0, seed=int(dice.integers(1 << 30)),
                            start=self.values[cols])
                for cols in windows
            ]  # fmt: skip
            better = False
            for cols, job in zip(windows, jobs, strict=True):
                answer = job.result()
                old = float(self.programme.cost[cols] @ self.values[cols])
                teams = np.unique(built.team[cols][built.team[cols] >= 0])
                if answer.feasible and answer.objective < old - 1e-4:
                    self.values[cols] = np.where(built.whole[cols], np.round(answer.values), answer.values)
                    self.tired[teams] = 1.0
                    better = True
                else:
                    self.tired[teams] *= 0.7
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

    def _windows(self, dice: np.random.Generator, width: int) -> list[Array]:
        """Choose neighbourhoods that share nobody: the columns that could better each of them."""
        built, found = self.built, []
        above = np.where(self.reduced >= 0, self.reduced * self.values, self.reduced * (self.values - self.capped))
        team_gap = np.bincount(built.team[built.team >= 0], above[built.team >= 0], minlength=built.count)
        team_gap += self._slack()
        left_out = above * (built.team < 0)
        used_teams, used_parties = np.zeros(built.count, bool), np.zeros(len(built.parties), bool)
        weight = np.maximum(team_gap, 0.0) * self.tired + 1e-3
        for _ in range(TOGETHER):
            chance = np.where(used_teams, 0.0, weight)
            if not chance.any():
                break
            centre = int(dice.choice(built.count, p=chance / chance.sum()))
            kin = self._corridor(centre, dice) if dice.random() < 0.7 else None
            if kin is None:
                kin = self._kin(centre, dice)
            teams = [t for t in kin[: 2 * width].tolist() if not used_teams[t]][:width]
            cols = self._columns_of(np.array(teams), used_parties, team_gap, left_out)
            used_teams[teams] = True
            used_parties[built.party[cols[built.party[cols] >= 0]]] = True
            if len(cols):
                found.append(cols)
        return found

    def _slack(self) -> Array:
        """Return per team what the relaxation would save on rows that are kept with room."""
        gap = np.zeros(self.built.count)
        lo, hi = self.limits
        for rows in self.built.rows.of.values():
            held = rows >= 0
            own, price = rows[held], self.duals[rows[held]]
            bound = np.where(price < 0, hi[own], lo[own])
            gap[held] += np.where(
                price != 0, price * (self.activity[own] - np.where(np.isfinite(bound), bound, 0)), 0.0
            )
        return np.asarray(np.maximum(gap, 0.0))

    def _corridor(self, centre: int, dice: np.random.Generator) -> Array | None:
        """Return teams on the way from `centre`, where a rule is bent, to where it has room; None without either."""
        built = self.built
        bent = np.flatnonzero((built.party < 0) & (built.team == centre) & (self.values > 0.5) & (self.reduced > 1.0))
        if not len(bent):
            return None
        key = built.bends[-2 - built.combo[int(dice.choice(bent))]][2]
        rows = built.rows.of[key]
        held = np.where(rows >= 0, self.activity[rows], np.nan)
        lo, hi = np.array(built.rows.lo)[rows], np.array(built.rows.hi)[rows]
        loose = np.flatnonzero((rows >= 0) & ((held < hi - 0.5) if np.isfinite(hi[centre]) else (held > lo + 0.5)))
        if key[0] in ("size", "leader", "skill") or not len(loose):
            return None
        near = [t for t in self._around(centre).tolist() if t in set(loose.tolist()) - {centre}][:6]
        if not near:
            return None
        goal = int(dice.choice(near))
        lat, lon = built.base
        detour = kilometres(lat[centre], lon[centre], lat, lon) + kilometres(lat[goal], lon[goal], lat, lon)
        detour[[centre, goal]] = -1.0
        return np.argsort(detour, kind="stable")

    def _kin(self, centre: int, dice: np.random.Generator) -> Array:
        """Return teams around `centre`, its near rivals for people mixed with its neighbours."""
        near = self._around(centre)
        if dice.random() < 0.5:
            return near
        built = self.built
        mine = np.unique(built.party[(built.team == centre) & (built.party >= 0) & (self.reduced < 2.0)])
        rivals = built.team[np.isin(built.party, mine) & (built.team >= 0) & (self.reduced < 2.0)]
        count = np.bincount(rivals, minlength=built.count).astype(float)
        return np.argsort(-count + 1e-3 * np.argsort(np.argsort(near)) - (np.arange(built.count) == centre) * 1e9,
                          kind="stable")  # fmt: skip

    def _columns_of(self, teams: Array, used: Array, team_gap: Array, left_out: Array) -> Array:
        """Return the columns of `teams` and of the people in them whose reduced cost could pay there."""
        built = self.built
        inside = np.zeros(built.count + 1, bool)
        inside[teams] = True
        here = inside[built.team] & (built.team >= 0)
        sits = np.zeros(len(built.parties) + 1, bool)
        sits[built.party[here & (self.values > 0.5) & (built.party >= 0)]] = True
        out = (built.team < 0) & (self.values > 0.5)
        reach = np.zeros(len(built.parties) + 1, bool)
        reach[built.party[here & (built.party >= 0) & (self.reduced < self.far)]] = True
        sits |= np.bincount(built.party[out & reach[built.party]], minlength=len(sits)).astype(bool)
        sits[: len(used)] &= ~used
        sits[-1] = False
        gap = float(np.maximum(team_gap[teams], 0).sum() + left_out[out & sits[built.party]].sum())
        people = sits[built.party] & (built.party >= 0)
        cheap = (self.reduced <= (min(gap, self.dear) if self.dear < INF else INF) + 1e-6) | (self.values > 0)
        free = (here & (people | (built.party < 0)) & cheap) | (people & (built.team < 0))
        return np.flatnonzero(free)

    def formed(self) -> Formed:
        """Read the best values."""
        built = self.built
        duals = {key: np.where(rows >= 0, self.duals[rows], 0.0) for key, rows in built.rows.of.items()}
        return Formed(
            built.read(self.values), self.best, min(self.bound, self.best), tuple(built.away), self.clash, duals,
            tuple(self.trace),
        )  # fmt: skip
