"""A posting under fees: sites to teams, where a team pays for the skills that it is newly asked for.

`search` looks for a good one; `relaxed` says what every posting costs at least: by a linear programme whose prices are
completed to all pairs of a site and a team and evaluated exactly, so that the bound holds whatever was left out of the
programme. Where teams have few sites it is raised further by whole sets of them (`climbed`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sijin.engines import milp
from sijin.engines.dispatch.fees import Fees
from sijin.engines.dispatch.posting import Asked
from sijin.engines.dispatch.problem import Problem
from sijin.engines.milp import INF, Floats, Ints

NEAR = 16  # teams that a site may move to in the search
KEPT = 6  # teams that a site begins with in the linear programme
CLOSE = 5e-4  # relative gap of what it proves to its value at which no more are taken up
HEAT = (3.0, 0.05)  # temperature of the search, first and last, in kilometre-equivalents
COOLER = 0.5  # the first temperature of a search that goes on from a posting
WHOLE = 6  # sites a team up to which their sets are looked at
BETWEEN = (0.7, 0.4)  # of the way from the best prices to the new ones, where it is looked for better ones
LOOSE = 1e-4  # kilometre-equivalents by which a seat may be paid too much before its pairs are looked at
STILL = 15  # steps without a better bound after which they become shorter
SHORTER = 0.7
STEP, SHORT = 0.3, 0.01  # first and last length of a step, in parts of the way to the goal
INERTIA = 0.7


@dataclass(frozen=True)
class Ask:
    """The posting as arrays for the compiled loops; ``rules`` (teams, 5): limit, least, most, prices of both."""

    cost: Floats
    work: Floats
    rules: Floats
    fees: Fees

    @classmethod
    def of(cls, problem: Problem, asks: Asked, fees: Fees) -> "Ask":
        """Lay out a posting."""
        band, teams = asks.band, len(asks.limit)
        one = np.array([problem.rules.days_per_week, band.least, band.most, problem.rules.overload, band.price])
        return cls(asks.cost, problem.table("sites")["workload"].to_numpy().copy(), np.tile(one, (teams, 1)), fees)

    @cached_property
    def new(self) -> tuple[Ints, Floats]:
        """Return per pair (site, team) how many skills would be new there, and the least that they cost."""
        count, least = np.zeros(self.cost.shape, np.int64), np.zeros(self.cost.shape)
        for column in self.fees.wants.T:
            own = np.where((column >= 0)[:, None], self.fees.price[:, column].T, -1.0)
            count += own >= 0
            least += np.maximum(own, 0.0)
        return count, least


def search(ask: Ask, steps: int, seed: int, start: Ints | None = None) -> Ints:
    """Look for a cheap posting by `steps` trials, from `start` if there is one."""
    from sijin.engines.dispatch import anneal
    from sijin.engines.dispatch.dice import seeded

    teams = ask.cost.shape[1]
    full = ask.cost + ask.new[1]
    near = np.argsort(full, axis=1, kind="stable")[:, : min(NEAR, teams)]
    near = np.where(np.isfinite(np.take_along_axis(full, near, axis=1)), near, near[:, :1])
    team = (near[:, 0] if start is None else start).astype(np.int64).copy()
    best, fees = team.copy(), ask.fees
    heat = np.array(HEAT) * (1.0 if start is None else (COOLER, 1.0))
    anneal.search(
        ask.cost, ask.work, ask.rules, fees.wants, fees.price, fees.free, fees.dear, fees.cap,
        np.ascontiguousarray(near), team, best, INF, steps, heat, seeded(seed),
    )  # fmt: skip
    return best


@dataclass(frozen=True)
class Prices:
    """Prices of sites, of a day of the teams' room (at most 0), of one more site, and of one more new skill's seat."""

    site: Floats
    room: Floats
    number: Floats
    seat: Floats


def relaxed(
    ask: Ask, seconds: float, known: Prices | None = None, held: NDArray[np.bool_] | None = None
) -> tuple[Prices, float, NDArray[np.bool_]]:
    """Solve the linear programme, taking up the pairs that its prices ask for while there is time.

    Begins with the pairs `held`, or each site's cheapest teams, and with what prices that are `known` ask for. Returns
    the best prices, what they prove, and the pairs held.
    """
    until, held = time.monotonic() + seconds, cheapest(ask) if held is None else held & np.isfinite(ask.cost)
    best: tuple[Prices, float] | None = None
    if known is not None:
        best = known, proven(ask, known)
        held = held | _asked_for(ask, known, held)
    while best is None or time.monotonic() < until:
        prices, value = _solved(ask, held, max(until - time.monotonic(), 0.1))
        missing = _asked_for(ask, prices, held)
        best = _better(ask, prices, best)
        missing |= _asked_for(ask, best[0], held)
        if value - best[1] <= CLOSE * abs(value) or not missing.any():
            break
        held = held | missing
    assert best is not None
    return *best, held


def _better(ask: Ask, prices: Prices, best: tuple[Prices, float] | None) -> tuple[Prices, float]:
    """Return what proves most: the best prices so far, the new ones, or a point between (Wentges 1997)."""
    found = prices, proven(ask, prices)
    if best is None:
        return found
    for share in BETWEEN:
        mixed = Prices(*(
            (1 - share) * getattr(best[0], name) + share * getattr(prices, name)
            for name in ("site", "room", "number", "seat")
        ))  # fmt: skip
        found = max(found, (mixed, proven(ask, mixed)), key=lambda one: one[1])
    return max(found, best, key=lambda one: one[1])


def lack(ask: Ask, prices: Prices) -> Floats:
    """Return how much dearer than the site's price each pair is, skills left aside."""
    return _reduced(ask, prices)[0] - prices.site[:, None]


def _asked_for(ask: Ask, prices: Prices, held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pairs that are not held and that the prices ask for.

    A pair does that when it asks for no skill newly and costs less than the site's price; when it costs less than all
    that are held, skills left aside; or when it would pay towards a seat for which more than its fee is paid in all.
    """
    reduced, _ = _reduced(ask, prices)
    price, count = prices.site[:, None], ask.new[0]
    least = np.min(np.where(held, reduced, INF), axis=1, keepdims=True)
    missing: NDArray[np.bool_] = ((count == 0) & (reduced < price - 1e-7)) | (reduced < np.minimum(price, least) - 1e-7)
    over = paid(ask, prices)[1] > np.minimum(ask.fees.price, ask.fees.dear[:, None]) + LOOSE
    over &= ask.fees.price >= 0
    for column in ask.fees.wants.T:
        crowded = np.where((column >= 0)[:, None], over[:, np.maximum(column, 0)].T, False)
        missing |= crowded & (count > 0) & (reduced < price - 1e-7)
    return missing & ~held & np.isfinite(ask.cost)


def _solved(ask: Ask, held: NDArray[np.bool_], seconds: float) -> tuple[Prices, float]:
    """Solve the linear programme over the pairs `held`; return its prices (nought, if time ends before) and value."""
    posed, seats = programme(ask, held)
    fees, (sites, teams) = ask.fees, ask.cost.shape
    mine, pairs = np.arange(teams), len(posed.cost) - 3 * teams
    seated, columns = len(posed.cost) + np.arange(len(seats)), len(posed.cost) + 2 * len(seats) + teams
    bare, wide, row = seated + len(seats), columns - teams + mine, len(posed.row_lo) + mine
    at, what = seats.T
    link, which = posed.links
    triplets = [(link, seated[which], 1.0), (link, bare[which], 1.0), (row[at], seated, 1.0), (row, wide, -1.0)]
    answer = milp.solve(
        milp.Programme(
            np.concatenate([posed.cost, np.minimum(fees.price[at, what], fees.dear[at]), fees.dear[at], fees.cap]),
            np.concatenate([posed.rows, *(r for r, _, _ in triplets)]),
            np.concatenate([posed.cols, *(c for _, c, _ in triplets)]),
            np.concatenate([posed.values, *(np.full(len(r), v) for r, _, v in triplets)]),
            np.concatenate([posed.row_lo, np.full(teams, -INF)]), np.concatenate([posed.row_hi, fees.free]),
            np.zeros(columns), np.full(columns, INF),
        ),
        time_limit=seconds, method="ipm" if pairs > 20_000 else "choose",
    )  # fmt: skip
    if not len(answer.duals):
        nought = np.zeros(teams)
        return Prices((ask.cost + ask.new[1]).min(axis=1), nought, nought, nought), -INF
    duals = answer.duals
    return Prices(duals[:sites], duals[mine + sites], duals[mine + sites + teams], -duals[row]), answer.objective


@dataclass(frozen=True)
class Posed(milp.Programme):
    """Sites to teams; ``links`` are the rows `a seat is asked for >= the site is here`, and the seat of each."""

    links: tuple[Ints, Ints] = (np.empty(0, np.int64), np.empty(0, np.int64))
    team: Ints = field(default_factory=lambda: np.empty(0, np.int64))  # of each pair


def cheapest(ask: Ask) -> NDArray[np.bool_]:
    """Return for each site its cheapest teams, as (sites, teams)."""
    full = ask.cost + ask.new[1]
    found = np.zeros(full.shape, bool)
    np.put_along_axis(found, np.argsort(full, axis=1, kind="stable")[:, :KEPT], True, axis=1)
    return found & np.isfinite(full)


def programme(ask: Ask, held: NDArray[np.bool_]) -> tuple[Posed, Ints]:
    """Return the linear programme over the pairs `held`, and the seats (team, skill) that are asked for.

    Columns: pairs, days over, sites too few, sites too many. Rows: sites, load, number, links (at least 0).
    """
    (sites, teams), fees = ask.cost.shape, ask.fees
    site, team = np.nonzero(held)
    pair, pairs, mine = np.arange(len(site)), len(site), np.arange(teams)
    links = [(news, fees.wants[site[news], k]) for k in range(fees.wants.shape[1])
             for news in [_news(fees, site, team, k)]]  # fmt: skip
    linked = np.concatenate([own for own, _ in links] or [np.empty(0, np.int64)])
    skill = np.concatenate([own for _, own in links] or [np.empty(0, np.int64)])
    seats, which = np.unique(np.stack([team[linked], skill], axis=1), axis=0, return_inverse=True)
    over, few, many = (pairs + n * teams + mine for n in range(3))
    load, number = sites + mine, sites + teams + mine
    link = sites + 2 * teams + np.arange(len(linked))
    triplets: list[tuple[Ints, Ints, Any]] = [
        (site, pair, 1.0), (load[team], pair, ask.work[site]), (load, over, -1.0), (number[team], pair, 1.0),
        (number, few, 1.0), (number, many, -1.0), (link, linked, -1.0),
    ]  # fmt: skip
    rules, columns = ask.rules, pairs + 3 * teams
    below, nought = np.full(teams, -INF), np.zeros(len(linked))
    return Posed(
        np.concatenate([ask.cost[site, team], rules[:, 3], rules[:, 4], rules[:, 4]]),
        np.concatenate([r for r, _, _ in triplets]), np.concatenate([c for _, c, _ in triplets]),
        np.concatenate([np.broadcast_to(v, len(r)) for r, _, v in triplets]).astype(np.float64),
        np.concatenate([np.ones(sites), below, rules[:, 1], nought]),
        np.concatenate([np.ones(sites), rules[:, 0], rules[:, 2], np.full(len(linked), INF)]),
        np.zeros(columns), np.full(columns, INF), None, (link, which.ravel()), team,
    ), seats  # fmt: skip


def _news(fees: Fees, site: Ints, team: Ints, k: int) -> Ints:
    """Return the positions of pairs whose site wants a k-th skill that is new to the team."""
    skill = fees.wants[site, k]
    return np.flatnonzero((skill >= 0) & (fees.price[team, np.maximum(skill, 0)] >= 0))


def proven(ask: Ask, prices: Prices) -> float:
    """Return what these prices prove for all sites and all teams (Lagrangian relaxation).

    A site whose price is above what a team would cost it pays the difference there towards the skills that it would
    newly ask for; what is paid for a skill beyond its fee lowers the bound.
    """
    rules, fees = ask.rules, ask.fees
    total, towards = paid(ask, prices)
    ways = np.concatenate([np.zeros((len(rules), 1)), fees.cap[:, None], prices.seat[:, None],
                           towards - fees.price, fees.dear[:, None] - fees.price], axis=1)  # fmt: skip
    ways = np.clip(ways, 0.0, fees.cap[:, None])
    short = np.minimum(fees.price[:, None, :] + ways[:, :, None], fees.dear[:, None, None]) - towards[:, None, :]
    short = np.where(fees.price[:, None, :] >= 0, np.minimum(short, 0.0), 0.0).sum(axis=2)
    return total + float((short - ways * fees.free[:, None]).max(axis=1).sum())


def _reduced(ask: Ask, prices: Prices) -> tuple[Floats, float]:
    """Return what each pair costs beyond the prices of the team's room and number, and what these are worth in all."""
    rules = ask.rules
    room = np.clip(prices.room, -rules[:, 3], 0.0)
    number = np.clip(prices.number, -rules[:, 4], rules[:, 4])
    worth = rules[:, 0] * room + number * np.where(number > 0, rules[:, 1], rules[:, 2])
    return ask.cost - ask.work[:, None] * room - number, float(worth.sum())


def paid(ask: Ask, prices: Prices) -> tuple[float, Floats]:
    """Return what sites and the teams' rules cost at these prices, and what is paid towards each team's new skills."""
    fees, (count, _) = ask.fees, ask.new
    reduced, worth = _reduced(ask, prices)
    more = np.where(count > 0, np.maximum(prices.site[:, None] - reduced, 0.0), 0.0)
    total = float((reduced + more).min(axis=1).sum()) if len(reduced) else 0.0
    total += worth
    share, towards = more / np.maximum(count, 1), np.zeros(fees.price.shape)
    for column in fees.wants.T:
        for skill in np.unique(column[column >= 0]).tolist():
            towards[:, skill] += share[column == skill].sum(axis=0) * (fees.price[:, skill] >= 0)
    return total, towards


def few(ask: Ask) -> bool:
    """Say whether teams have so few sites that their sets can be looked at."""
    return bool(len(ask.cost)) and float(ask.rules[:, 2].max(initial=0)) <= WHOLE


def climbed(ask: Ask, prices: Prices, goal: Callable[[], float], seconds: float, ended: Callable[[], bool]) -> float:
    """Return what every posting costs at least, fees among it, by sets of sites; -inf where teams have many.

    ``goal`` tells what the best one known costs.
    """
    if not few(ask):
        return -INF
    return _climbed(ask, prices.site.copy(), goal, time.monotonic() + seconds, ended)


def _climbed(ask: Ask, worth: Floats, goal: Callable[[], float], until: float, ended: Callable[[], bool]) -> float:
    """Raise the bound of sets by subgradients with inertia until it stands still or time is up."""
    from sijin.engines.dispatch import sets

    fees, cost, held = ask.fees, np.ascontiguousarray(ask.cost.T), np.zeros(len(ask.work), np.int64)
    best, kept, drift, step, still = -INF, worth, np.zeros(len(worth)), STEP, 0
    while step > SHORT:
        found = sets.value(cost, worth, ask.work, ask.rules, fees.wants, fees.price, fees.free, fees.dear, fees.cap,
                           held, sets.NODES)  # fmt: skip
        still += 1
        if found > best + 1e-6 * abs(best) or best == -INF:
            best, kept, still = found, worth, 0
        if best == -np.inf or time.monotonic() > until or ended():
            break
        slope = 1.0 - held
        square = float((slope**2).sum())
        if square == 0:
            break  # the sets are a posting: nothing is between
        if still >= STILL or found == -np.inf:
            worth, drift, step, still = kept, np.zeros(len(worth)), step * SHORTER, 0
            continue
        drift = INERTIA * drift + (1 - INERTIA) * slope
        worth = worth + step * max((aim := goal()) - found, 1e-3 * abs(aim)) / square * drift
    return best
