"""Dial-a-ride: brute force over all tours agrees on tiny cases; every plan is worked through by another check."""

import itertools
import math

import numpy as np
import pytest

from benchmarks.works.darp import wrong
from sijin.engines.dispatch import Faulty
from sijin.engines.shuttle.dial import dial

COUNT = 3  # requests of every tiny case


def tiny(seed: int) -> tuple[dict, np.ndarray, dict]:
    """Return random requests on a grid, with whole times."""
    dice = np.random.default_rng(seed)
    at = dice.integers(0, 8, (2 * COUNT + 1, 2))
    way = np.abs(at[:, None] - at[None]).sum(axis=-1).astype(float)
    early = dice.integers(0, 40, COUNT)
    windows = {"board_early": early, "board_late": early + dice.integers(0, 40, COUNT)}
    if seed % 2:
        windows = {"board_early": [0] * COUNT, "board_late": [120] * COUNT}
    late = np.asarray(windows["board_late"]) + dice.integers(5, 40, COUNT)
    requests = {"request": list(range(COUNT)), "people": dice.integers(1, 3, COUNT).tolist()} | windows
    requests |= {
        "alight_early": [0] * COUNT,
        "alight_late": late,
        "ride": dice.integers(8, 25, COUNT),
        "service": [1] * 3,
    }
    fleet = {"vehicles": 2, "room": 3, "duration": 60.0 + 20 * (seed % 3), "horizon": 140.0}
    return {name: list(map(int, column)) for name, column in requests.items()}, way, fleet


def brute(requests: dict, way: np.ndarray, fleet: dict) -> tuple[int, float]:
    """Return the fewest requests left out and then the least way: every split over two tours, every order."""
    best = (COUNT + 1, math.inf)
    tours = {
        members: _shortest(members, requests, way, fleet)
        for size in range(COUNT + 1)
        for members in itertools.combinations(range(COUNT), size)
    }
    for one, other in itertools.product(tours, repeat=2):
        if not set(one) & set(other) and tours[one] + tours[other] < math.inf:
            best = min(best, (COUNT - len(one) - len(other), tours[one] + tours[other]))
    return best


def _shortest(members: tuple[int, ...], requests: dict, way: np.ndarray, fleet: dict) -> float:
    found, depot = [], 2 * COUNT
    for order in itertools.permutations([*members, *(n + COUNT for n in members)]):
        if all(order.index(n) < order.index(n + COUNT) for n in members):
            found.append((sum(way[a, b] for a, b in itertools.pairwise([depot, *order, depot])), order))
    for length, order in sorted(found):
        if not order or _runs(order, requests, way, fleet):
            return length
    return math.inf


def _runs(order: tuple[int, ...], requests: dict, way: np.ndarray, fleet: dict) -> bool:
    """Whether times exist: the longest ways between all pairs of moments have no loop that gains (Floyd, Warshall)."""
    line = [2 * COUNT, *order, 2 * COUNT]
    load = np.cumsum([requests["people"][n % COUNT] * (1 if n < COUNT else -1) for n in order])
    if load.max() > fleet["room"]:
        return False
    size = len(line) + 1  # the last is midnight
    least = np.full((size, size), -np.inf)
    np.fill_diagonal(least, 0.0)

    def apart(first: int, second: int, time: float) -> None:
        least[first, second] = max(least[first, second], time)

    for place, node in enumerate(line):
        side = "board" if node < COUNT else "alight"
        early, late = (0, fleet["horizon"]) if node == 2 * COUNT else (
            requests[f"{side}_early"][node % COUNT], requests[f"{side}_late"][node % COUNT])  # fmt: skip
        apart(size - 1, place, early)
        apart(place, size - 1, -late)
        if place:
            service = 0 if place == 1 else requests["service"][line[place - 1] % COUNT]
            apart(place - 1, place, service + way[line[place - 1], node])
    for n in order:
        if n < COUNT:
            on, off = line.index(n), line.index(n + COUNT)
            apart(off, on, -(requests["ride"][n] + requests["service"][n]))
    apart(size - 2, 0, -fleet["duration"])
    for middle in range(size):
        least = np.maximum(least, least[:, middle, None] + least[None, middle, :])
    return bool((np.diag(least) <= 1e-9).all())


def test_brute_force_agrees():
    left_out = 0
    for seed in range(40):
        asked = tiny(seed)
        made = dial(asked[0], asked[1], **asked[2], time_limit=0.01, seed=seed)
        left, length = brute(*asked)
        assert wrong(*asked, made) == [], seed
        assert (len(made.unserved), made.cost) == (left, pytest.approx(length)), seed
        left_out += left
    assert left_out  # some cases have requests that fit nowhere


def test_faults_are_named():
    requests, way, fleet = tiny(0)
    with pytest.raises(Faulty, match="requests row 1, people"):
        dial(requests | {"people": [1, 9, 1]}, way, **fleet)
    with pytest.raises(Faulty, match="way row 0"):
        dial(requests, way[:3], **fleet)
    with pytest.raises(Faulty, match="ride: empty — expected a column"):
        dial({name: column for name, column in requests.items() if name != "ride"}, way, **fleet)
