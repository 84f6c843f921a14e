"""Formation over hubs, for rules that make a network or nearly one; the other rules are `formation`'s.

The programme of `hubs` is almost totally unimodular: its linear relaxation gives the bound and comes out nearly whole;
what it splits is decided by a small integer programme, and neighbourhoods of a few teams are solved again until the gap
closes.
"""

import time
from collections.abc import Callable

import numpy as np

from sijin.engines import milp
from sijin.engines.dispatch.formed import Formed, Tick
from sijin.engines.dispatch.hubs import Hubs
from sijin.engines.dispatch.parties import LEADER, Array
from sijin.engines.dispatch.problem import Problem
from sijin.engines.milp import INF

ENOUGH = 5e-4  # relative gap at which the search ends
WINDOW = 10  # teams decided anew together


def form(
    problem: Problem,
    wanted: list[list[str]],
    base: tuple[Array, Array],
    *,
    time_limit: float,
    seed: int,
    tick: Tick | None = None,
) -> Formed:
    """Seat the officials; see the module. Raises TimeoutError when the time ends before a first formation."""
    built = Hubs(problem, wanted, base)
    if not built.rows.cost:
        return Formed({}, 0.0, 0.0)
    began = time.monotonic()
    deadline, trace = began + time_limit, []

    def heard() -> bool:
        return tick is not None and bool(tick(INF, -INF))

    def patient() -> None:
        heard()  # there is no answer yet to stop with

    relaxed, bound, duals = _relaxed(built, deadline, seed, patient)
    programme = built.rows.programme()
    values = _rounded(built, programme, relaxed, deadline, seed, patient)
    trace.append((time.monotonic() - began, float(programme.cost @ values), bound))
    values = _improved(built, programme, values, bound, deadline, seed, heard)
    cost = float(programme.cost @ values)
    trace.append((time.monotonic() - began, cost, bound))
    prices: dict[tuple[str, ...], Array] = {}
    for (team, kind), row in built.seats.items():
        key = ("leader",) if kind == LEADER else ("skill", kind)
        prices.setdefault(key, np.zeros(len(built.teams)))[team] = duals[row] if len(duals) else 0.0
    if len(duals):
        prices["size",] = duals[np.array(built.size)]
        for t, own in enumerate(built.counts):
            for rule, row in own.items():
                prices.setdefault((rule,), np.zeros(len(built.teams)))[t] = duals[row]
    return Formed(
        built.read(values), cost, min(bound, cost), clash=built.clash(relaxed), duals=prices, trace=tuple(trace)
    )  # fmt: skip


def _relaxed(built: Hubs, deadline: float, seed: int, tick: Callable[[], None]) -> tuple[Array, float, Array]:
    """Solve the linear relaxation, growing it by the columns it asks for; return its point, bound, prices."""
    bound, values, duals = -INF, np.empty(0), np.empty(0)
    while True:
        left = deadline - time.monotonic()
        if not len(values):
            left = max(left, 1.0)
        elif left < 0.5 * (deadline - built.began):
            return values, bound, duals
        answer = milp.solve(built.rows.programme(whole=False), time_limit=left, seed=seed, tick=tick)
        if not len(answer.duals):
            if len(values):
                return values, bound, duals
            raise TimeoutError("the time limit ended before the relaxation of the formation was solved")
        least = built.grow(answer.duals)
        values, duals = answer.values, answer.duals
        bound = max(bound, answer.objective + len(built.officials) * min(least, 0.0))
        if least > -1e-7:
            return values, answer.objective, duals


def _rounded(
    built: Hubs, programme: milp.Programme, relaxed: Array, deadline: float, seed: int,
    tick: Callable[[], None],
) -> Array:  # fmt: skip
    """Keep what the relaxation left whole; decide what it split by a small integer programme."""
    values = np.zeros(len(programme.cost))
    values[: len(relaxed)] = relaxed
    split = built.whole & (np.abs(values - np.round(values)) > 1e-6)
    values = np.where(split, values, np.where(built.whole, np.round(values), values))
    if not split.any():
        return values
    teams = np.unique(built.team[split & (built.team >= 0)])
    for _ in range(4):
        people = built.touched(values, split, teams)
        free = built.free(teams, people)
        answer = milp.solve(
            milp.part(programme, free, values),
            time_limit=max(0.5, 0.6 * (deadline - time.monotonic())),
            gap=ENOUGH,
            seed=seed,
            tick=tick,
        )
        if answer.feasible:
            values[free] = answer.values
            return np.where(built.whole, np.round(values), values)
        teams = built.wider(teams)
    raise TimeoutError("the time limit ended before a first formation was found")


def _improved(
    built: Hubs, programme: milp.Programme, values: Array, bound: float, deadline: float, seed: int,
    tick: Callable[[], bool],
) -> Array:  # fmt: skip
    """Decide a few neighbouring teams anew, again and again, until the gap is closed or time is up."""
    dice = np.random.default_rng(seed)
    best = float(programme.cost @ values)
    fruitless = 0
    nothing = np.zeros(len(values), bool)
    while best - bound > ENOUGH * max(abs(best), 1.0) and fruitless < len(built.teams):
        if deadline - time.monotonic() < 0.1 or tick():
            break
        bent = np.unique(built.team[(values > 0.5) & (programme.cost >= built.rules.skill) & (built.team >= 0)])
        centre = int(dice.choice(bent)) if len(bent) and dice.random() < 0.7 else int(dice.integers(len(built.teams)))
        far = dice.integers(len(built.teams), size=WINDOW // 2)
        teams = np.unique(np.concatenate([built.around(centre, WINDOW), far]))
        free = built.free(teams, built.touched(values, nothing, teams))
        seconds = min(1.0, deadline - time.monotonic())
        answer = milp.solve(milp.part(programme, free, values), time_limit=seconds, seed=seed, tick=tick)
        if answer.feasible and answer.objective < float(programme.cost[free] @ values[free]) - 1e-6:
            values = values.copy()
            values[free] = answer.values
            values = np.where(built.whole, np.round(values), values)
            best, fruitless = float(programme.cost @ values), 0
        else:
            fruitless += 1
    return values
