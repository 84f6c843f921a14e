"""The shuttle engine: brute force agrees on tiny cases, an independent check passes every answer, faults are named."""

import itertools
import math
from functools import cache

import numpy as np
import polars as pl
import pytest

from sijin.engines.dispatch import Faulty
from sijin.engines.shuttle import Routed, Rules, check, replan, route

FREE = Rules(load=1.0, free_rows=0, night=None, rest_hours=None, driver_hours=None)
SECONDS = 220  # of every tiny case
ASK = ("stops", "vehicles", "places", "duration", "distance", "rules")


def solved(asked: dict, **options) -> Routed:
    """Solve and let the checker pass the answer."""
    made = route(**asked, **({"time_limit": 2.0} | options))
    assert check(*(asked[name] for name in ASK), made) == []
    return made


def tiny(seed: int) -> dict:
    """Return a random case of up to four parties: rules, windows, kinds of bus, destinations, a stop to be split."""
    dice = np.random.default_rng(seed)
    stops, goals = int(dice.integers(1, 4)), int(dice.integers(1, 3))
    places = stops + goals + 2  # the last two are depots
    duration = dice.integers(1, 16, (places, places)) if seed % 3 else _plane(dice, places)
    np.fill_diagonal(duration, 0)
    distance = duration * 100 if seed % 2 else dice.integers(100, 2000, (places, places))
    early = dice.integers(0, 40, stops).astype(float)
    people = dice.integers(1, 6, stops)
    table = {"stop": [f"s{n}" for n in range(stops)], "place": list(range(stops)), "people": people.tolist()}
    table["destination"] = (stops + dice.integers(0, goals, stops)).tolist()
    if seed % 4:
        table |= {"earliest": early.tolist(), "latest": (early + dice.integers(0, 30, stops)).tolist()}
    if seed % 5 == 0:
        table["arrive_by"] = (early + dice.integers(15, 60, stops)).tolist()
    bus = {"type": ["big", "small"], "count": dice.integers(1, 4, 2).tolist(), "seats": [11, 8]}
    bus |= {"fixed": dice.integers(0, 900, 2).astype(float).tolist(), "per_km": dice.integers(100, 900, 2).tolist()}
    bus["depot"] = [None if seed % 2 else places - 1, places - 2]
    rules = Rules(
        load=0.5, free_rows=1, row_seats=4, night=(10 / 3600, 25 / 3600) if seed % 7 < 2 else None,
        rest_hours=8 / 3600 if seed % 6 < 2 else None, rest_minutes=5 / 60, driver_hours=None,
        ride_hours=int(dice.integers(12, 45)) / 3600 if seed % 3 else None, stop_seconds=int(dice.integers(0, 3)),
        person_seconds=int(dice.integers(0, 2)), returns=bool(seed % 2), waiting=float(dice.integers(200, 9000)),
    )  # fmt: skip
    return dict(zip(ASK, (table, bus, list(range(places)), duration, distance, rules), strict=True))


def _plane(dice: np.random.Generator, places: int) -> np.ndarray:
    at = dice.integers(0, 12, (places, 2))
    return np.ceil(np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=-1)) + 1).astype(int)


def brute(asked: dict) -> float:
    """Return the least cost: every set of parties left out, every set of trips, every order, every kind of bus."""
    stops, bus, rules = asked["stops"], asked["vehicles"], asked["rules"]
    room = [min(math.floor(rules.load * seats), seats - rules.free_rows * rules.row_seats) for seats in bus["seats"]]
    parties = []
    for row, people in enumerate(stops["people"]):
        full, rest = divmod(people, max(room))
        parties += [(row, max(room))] * full + [(row, rest)] * (rest > 0)

    @cache
    def cheapest(members: tuple[int, ...], kind: int) -> float:
        goals = {stops["destination"][parties[n][0]] for n in members}
        if len(goals) > 1 or sum(parties[n][1] for n in members) > room[kind]:
            return math.inf
        goal, depot = goals.pop(), bus["depot"][kind]
        ends = ([depot] if depot is not None else [], [depot] if depot is not None and rules.returns else [])
        found = []
        for order in itertools.permutations(members):
            way = [*ends[0], *(stops["place"][parties[n][0]] for n in order), goal, *ends[1]]
            found.append((sum(asked["distance"][a][b] for a, b in itertools.pairwise(way)), order))
        for metres, order in sorted(found):
            if feasible(asked, [parties[n] for n in order], goal):
                return bus["fixed"][kind] + bus["per_km"][kind] * metres / 1000
        return math.inf

    @cache
    def rest(left: tuple[int, ...], used: tuple[int, ...]) -> float:
        if not left:
            return 0.0
        first, others = left[0], left[1:]
        best = parties[first][1] * rules.waiting + rest(others, used)
        for size in range(len(others) + 1):
            for more in itertools.combinations(others, size):
                for kind in range(len(room)):
                    if used[kind] < bus["count"][kind]:
                        now = tuple(count + (n == kind) for n, count in enumerate(used))
                        price = cheapest((first, *more), kind)
                        if price < best:
                            best = min(best, price + rest(tuple(n for n in others if n not in more), now))
        return best

    return rest(tuple(range(len(parties))), (0,) * len(room))


def feasible(asked: dict, trip: list[tuple[int, int]], goal: int) -> bool:
    """Whether some begin keeps to the times: all are run through side by side, second by second."""
    stops, rules = asked["stops"], asked["rules"]
    begin = np.arange(SECONDS, dtype=float)
    now, since, fine, due = begin.copy(), np.zeros(SECONDS), np.ones(SECONDS, bool), math.inf
    place = None
    for row, people in trip:
        if place is not None:
            now, since = drive(rules, now, since, asked["duration"][place][stops["place"][row]])
        place = stops["place"][row]
        now = np.maximum(now, stops["earliest"][row] if "earliest" in stops else 0.0)
        if row == trip[0][0] and now is not begin and (row, people) == trip[0]:
            begin = np.where(begin < now, now, begin)
        fine &= now <= (stops["latest"][row] if "latest" in stops else math.inf)
        due = min(due, stops["arrive_by"][row] if "arrive_by" in stops else math.inf)
        now = now + rules.stop_seconds + rules.person_seconds * people
    now, since = drive(rules, now, since, asked["duration"][place][goal])
    limit = math.inf if rules.ride_hours is None else rules.ride_hours * 3600 + 1e-6
    return bool((fine & (now <= due) & (now - begin <= limit)).any())


def drive(rules: Rules, now: np.ndarray, since: np.ndarray, seconds: int) -> tuple[np.ndarray, np.ndarray]:
    """Drive second by second; before each, sit out the night and rest when it is due."""
    for _ in range(seconds):
        for _ in range(3):  # a rest may end in the night, and a night may end with a rest due
            if rules.night is not None:
                first, last = (hour * 3600 for hour in rules.night)
                now = np.where((now % 86400 > first - 1e-6) & (now % 86400 < last - 1e-6), last, now)
            if rules.rest_hours is not None:
                tired = since > rules.rest_hours * 3600 - 1e-6
                now, since = np.where(tired, now + rules.rest_minutes * 60, now), np.where(tired, 0.0, since)
        now, since = now + 1, since + 1
    return now, since


@pytest.mark.parametrize("block", range(3))
def test_brute_force_agrees(block):
    waited = 0
    for seed in range(block * 100, block * 100 + 100):
        asked = tiny(seed)
        least, made = brute(asked), solved(asked)
        beyond = _beyond(asked, made)
        if made.parts["waiting"]:
            waited += 1  # who would wait is cut smaller, which brute force does not try
            assert made.cost + beyond <= least * (1 + 1e-6) + 0.01, seed
        else:
            assert made.cost + beyond == pytest.approx(least, rel=1e-6, abs=0.01) or _cut(asked, made), seed
        assert made.bound <= made.cost
    assert waited < 60


def _beyond(asked: dict, made: Routed) -> float:
    """Return what brute force counts for people whom no bus can fetch; the engine counts them apart."""
    waiting = made.unserved["people"].sum() * asked["rules"].waiting
    return waiting - made.parts["waiting"]


def _cut(asked: dict, made: Routed) -> bool:
    """Whether a stop rides in more parts than full buses and a rest."""
    parts = made.trips.group_by("stop").len()
    whole = {f"s{n}": -(-people // 5) for n, people in enumerate(asked["stops"]["people"])}
    return any(count > whole[stop] for stop, count in parts.iter_rows())
