"""Weeks with too many sets of sites to weigh them all: rounds are made as the prices of the relaxation ask for them.

Method: column generation. A beam of labels makes rounds until it finds no more; then all labels that a relaxed way home
leaves a chance are followed, which makes the last rounds and gives Lagrange's bound. Where these are too many, the
relaxed round alone gives it.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sijin.engines.rounds import master
from sijin.engines.rounds.day import EPS, Label, Route, closed, extended, kept, route, start
from sijin.engines.rounds.problem import Posed

BEAM = 120  # labels kept after each stop
NEW = 25  # rounds taken from one search
FOLLOWED = 200_000  # labels followed at most, for the bound
STEP = 5.0  # minutes, the grid of the relaxed way home
SHARE = 0.6  # of the time limit for making rounds; choosing among them has the rest

Prices = tuple[float, ...]


@dataclass(frozen=True)
class Found:
    """Rounds for a day's prices, and a bound from below on the cost less prices of any round."""

    rounds: list[Route]
    least: float


def search(
    posed: Posed, frame: master.Rows, *, time_limit: float, seed: int, tick: Callable[[], None]
) -> tuple[list[tuple[int, ...]], float]:
    """Return the order of every day and a proven bound."""
    began = time.monotonic()
    days = range(len(posed.problem.days))
    allowed = [master.open_to(posed, day) for day in days]
    pool: dict[int, Route] = {}
    columns: list[master.Column] = []
    bound, thorough = 0.0, False
    while True:
        tick()
        asked = master.programme(posed, frame, columns, pool)
        relaxed = master.relax(asked, time_limit=time_limit, seed=seed)
        if relaxed is None:
            break
        late = time.monotonic() - began > SHARE * time_limit
        made: dict[Prices, Found] = {}
        lower, new, known = relaxed.cost, 0, set(columns)
        for day in days:
            prices = _prices(posed, frame, relaxed.duals, day, allowed[day])
            if prices not in made:
                made[prices] = (
                    _every(posed, prices, began + SHARE * time_limit) if thorough and not late else _some(posed, prices)
                )
            own = float(relaxed.duals[frame.day + day])
            lower += min(0.0, made[prices].least) - own
            for made_round in made[prices].rounds:
                mask = sum(1 << site for site in made_round.order)
                if mask not in pool or made_round.cost < pool[mask].cost - EPS:
                    pool[mask] = made_round
                value = made_round.cost - sum(prices[site] for site in made_round.order)
                if value < own - EPS and (day, mask) not in known:
                    columns.append((day, mask))
                    new += 1
        bound = max(bound, lower)
        if late or (thorough and not new):
            break
        thorough = not new
    every = [(day, mask) for day in days for mask in pool if not mask & ~allowed[day]]
    left = max(time_limit - (time.monotonic() - began), 1.0)
    chosen = master.choose(posed, frame, every, pool, time_limit=left, seed=seed, tick=tick)
    return [pool[mask].order if mask else () for mask in chosen.masks], bound


def _prices(posed: Posed, frame: master.Rows, duals: NDArray[np.float64], day: int, allowed: int) -> Prices:
    """Return what a visit to each site is worth on the day, in km; minus infinity where it may not be."""
    return tuple(
        float(sum(duals[row] for row in frame.touched(site, day))) if allowed >> site & 1 else -math.inf
        for site in range(len(posed.names))
    )


def _some(posed: Posed, prices: Prices) -> Found:
    """Return rounds that cost little after the prices, by a beam of labels; the bound is the relaxed round's."""
    worth = [site for site, price in enumerate(prices) if price > 0]
    beam: list[Label] = start(posed)
    found: dict[int, tuple[float, Route]] = {}
    while beam:
        above: list[tuple[float, Label]] = []
        for label in beam:
            last = label[3][-1] + 1 if label[3] else 0
            for site in worth:
                if site not in label[3]:
                    for more in extended(posed, [label], last, site):
                        above.append((more[0] - _worth(prices, more), more))
        above.sort()
        beam = [label for _value, label in above[:BEAM]]
        _home(posed, prices, beam, found)
    return Found(_cheapest(found), _completion(posed, prices)[-1][0])


def _every(posed: Posed, prices: Prices, until: float) -> Found:
    """Return the rounds that cost least after the prices, and what the very least costs."""
    able = [site for site, price in enumerate(prices) if price > -math.inf]
    home = _completion(posed, prices)
    slots, length = len(home) - 1, _length(posed)
    level: dict[tuple[int, int], list[Label]] = {(0, 0): start(posed)}
    found: dict[int, tuple[float, Route]] = {}
    followed = 0
    while level:
        above: dict[tuple[int, int], list[Label]] = {}
        for (mask, last), labels in level.items():
            for site in able:
                if mask >> site & 1:
                    continue
                for more in extended(posed, labels, last, site):
                    slot = min(slots, math.ceil(_left(posed, more) / length * slots - 1e-9))
                    if slot >= 0 and more[0] - _worth(prices, more) + home[slot][site + 1] < -EPS:
                        above.setdefault((mask | 1 << site, site + 1), []).append(more)
        level = {key: kept(labels) for key, labels in above.items()}
        followed += sum(map(len, level.values()))
        if followed > FOLLOWED or time.monotonic() > until:
            return _some(posed, prices)
        _home(posed, prices, [label for labels in level.values() for label in labels], found)
    return Found(_cheapest(found), min((value for value, _made in found.values()), default=0.0))


def _left(posed: Posed, label: Label) -> float:
    """Return the most minutes that can still go into ways and visits; who has not rested rests, or is soon back."""
    hours, (_km, time, fed, _way) = posed.problem.hours, label
    return hours.end - time if fed else max(hours.end - time - hours.lunch, hours.lunch_latest - time)


def _worth(prices: Prices, label: Label) -> float:
    return sum(prices[site] for site in label[3])


def _home(posed: Posed, prices: Prices, labels: list[Label], found: dict[int, tuple[float, Route]]) -> None:
    """Close the labels at the base; keep the best round of every set of sites."""
    for label in labels:
        mask = sum(1 << site for site in label[3])
        for km, _back, _fed, order in closed(posed, [label], label[3][-1] + 1):
            made = route(posed, km, order)
            value = made.cost - _worth(prices, label)
            if mask not in found or value < found[mask][0] - EPS:
                found[mask] = value, made


def _cheapest(found: dict[int, tuple[float, Route]]) -> list[Route]:
    return [made for _value, made in sorted(found.values(), key=lambda pair: (pair[0], pair[1].order))[:NEW]]


def _length(posed: Posed) -> float:
    """Return the most minutes of a day that can go into ways and visits."""
    hours = posed.problem.hours
    length = hours.end - hours.start
    return min(length, max(length - hours.lunch, hours.lunch_latest - hours.start)) if hours.lunch else length


def _completion(posed: Posed, prices: Prices) -> list[list[float]]:
    """Return, by steps of time left and by place, the least km less prices of a way home that may repeat sites.

    Times are rounded down to steps and doors are left aside, so that no real way home costs less.
    """
    use = np.array(posed.minutes) + np.array([0.0, *posed.stay])[None, :]
    slots = math.ceil(_length(posed) / min(STEP, *posed.stay))
    steps = np.floor(use * slots / _length(posed) + 1e-9).astype(np.int64)
    cost = np.array(posed.km) - np.array([0.0, *prices])[None, :]
    cost[:, 0] = np.inf  # a round does not pass the base
    np.fill_diagonal(cost, np.inf)
    back = np.array(posed.km)[:, 0]
    found = np.full((slots + 1, len(back)), np.inf)
    places = np.arange(len(back))[None, :]
    for left in range(slots + 1):
        after = left - steps
        value = np.where(after >= 0, cost + found[np.maximum(after, 0), places], np.inf)
        found[left] = np.minimum(np.where(steps[:, 0] <= left, back, np.inf), value.min(axis=1))
    rows: list[list[float]] = found.tolist()
    return rows
