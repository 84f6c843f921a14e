"""The shuttle engine: brute force agrees on tiny cases, an independent check passes every answer, faults are named."""

import itertools
import math
from dataclasses import replace
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
        """Return the least cost of one bus that fetches these parties, on one trip or several."""
        depot = bus["depot"][kind]
        ends = ([depot] if depot is not None else [], [depot] if depot is not None and rules.returns else [])
        found = []
        for order in itertools.permutations(members):
            for trips in cuts(order) if rules.multi_trip else ((order,),):
                goals = [{stops["destination"][parties[n][0]] for n in trip} for trip in trips]
                load = max(sum(parties[n][1] for n in trip) for trip in trips)
                if load <= room[kind] and all(len(goal) == 1 for goal in goals):
                    told = [([parties[n] for n in trip], goal.pop()) for trip, goal in zip(trips, goals, strict=True)]
                    stations = [place for trip, goal in told for place in (*(stops["place"][n] for n, _ in trip), goal)]
                    way = [*ends[0], *stations, *ends[1]]
                    found.append((sum(asked["distance"][a][b] for a, b in itertools.pairwise(way)), told))
        for metres, told in sorted(found, key=lambda one: one[0]):
            if feasible(asked, told):
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


def cuts(order: tuple[int, ...]) -> list[list[tuple[int, ...]]]:
    """Return every way to cut an order into trips."""
    if len(order) < 2:
        return [[order]]
    return [way for rest in cuts(order[1:]) for way in ([order[:1], *rest], [order[:1] + rest[0], *rest[1:]])]


def feasible(asked: dict, trips: list[tuple[list[tuple[int, int]], int]]) -> bool:
    """Whether a bus can make its trips, each from the earliest arrival before it (later helps nothing)."""
    free, at = 0.0, None
    for trip, goal in trips:
        if at is not None:
            free += asked["duration"][at][asked["stops"]["place"][trip[0][0]]]
        free, at = arrival(asked, trip, goal, free), goal
    return free < math.inf


def arrival(asked: dict, trip: list[tuple[int, int]], goal: int, free: float) -> float:
    """Return the earliest arrival over all begins from `free` on, run through side by side, second by second."""
    stops, rules = asked["stops"], asked["rules"]
    if free == math.inf:
        return math.inf
    begin = free + np.arange(SECONDS, dtype=float)
    if "earliest" in stops:
        begin = np.maximum(begin, stops["earliest"][trip[0][0]])
    now, since, fine, due = begin.copy(), np.zeros(SECONDS), np.ones(SECONDS, bool), math.inf
    place = None
    for row, people in trip:
        if place is not None:
            now, since = drive(rules, now, since, asked["duration"][place][stops["place"][row]])
        place = stops["place"][row]
        now = np.maximum(now, stops["earliest"][row] if "earliest" in stops else 0.0)
        fine &= now <= (stops["latest"][row] if "latest" in stops else math.inf)
        due = min(due, stops["arrive_by"][row] if "arrive_by" in stops else math.inf)
        now = now + rules.stop_seconds + rules.person_seconds * people
    now, since = drive(rules, now, since, asked["duration"][place][goal])
    limit = math.inf if rules.ride_hours is None else rules.ride_hours * 3600 + 1e-6
    good = fine & (now <= due) & (now - begin <= limit)
    return float(now[good].min()) if good.any() else math.inf


def drive(rules: Rules, now: np.ndarray, since: np.ndarray, seconds: int) -> tuple[np.ndarray, np.ndarray]:
    """Drive second by second; before each, rest when it is due and sit out the night."""
    for _ in range(seconds):
        if rules.rest_hours is not None:
            tired = since > rules.rest_hours * 3600 - 1e-6
            now, since = np.where(tired, now + rules.rest_minutes * 60, now), np.where(tired, 0.0, since)
        if rules.night is not None:
            first, last = (hour * 3600 for hour in rules.night)
            now = np.where((now % 86400 > first - 1e-6) & (now % 86400 < last - 1e-6), last, now)
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
        assert made.bound + beyond <= least * (1 + 1e-9) or made.parts["waiting"], seed
    assert waited < 60


def test_brute_force_agrees_where_a_bus_makes_several_trips():
    several = 0
    for seed in range(100):
        asked = tiny(seed)
        dear = asked["vehicles"] | {"count": [1, 1], "fixed": [3_000.0, 3_000.0]}
        asked |= {"vehicles": dear, "rules": replace(asked["rules"], multi_trip=True, night=None, rest_hours=None)}
        least, made = brute(asked), solved(asked)
        cost = made.cost + _beyond(asked, made)
        if made.parts["waiting"]:
            assert cost <= least * (1 + 1e-6) + 0.01, seed
        else:
            assert cost == pytest.approx(least, rel=1e-6, abs=0.01) or _cut(asked, made), seed
        several += not made.buses.is_empty() and made.buses["trip"].max() > 1
    assert several > 25


def _beyond(asked: dict, made: Routed) -> float:
    """Return what brute force counts for people whom no bus can fetch; the engine counts them apart."""
    waiting = made.unserved["people"].sum() * asked["rules"].waiting
    return waiting - made.parts["waiting"]


def _cut(asked: dict, made: Routed) -> bool:
    """Whether a stop rides in more parts than full buses and a rest."""
    parts = made.trips.group_by("stop").len()
    whole = {f"s{n}": -(-people // 5) for n, people in enumerate(asked["stops"]["people"])}
    return any(count > whole[stop] for stop, count in parts.iter_rows())


ROUND = {"stop": ["a", "b"], "place": [0, 1], "people": [10, 30], "destination": [2, 2]}
LINE = np.abs(np.subtract.outer([0, 60, 120, 120], [0, 60, 120, 120])) * 1000.0  # metres; the last is the depot
BUS = {"type": ["coach"], "count": [9], "seats": [44], "fixed": [800.0], "per_km": [4.0], "depot": [3]}


FREE_BUS = {"depot": [None]}  # begins where its first stop is


def case(stops: dict | None = None, bus: dict | None = None, **rules) -> dict:
    """Return a case on a straight road, 60 km/h."""
    return dict(
        zip(ASK, (ROUND | (stops or {}), BUS | (bus or {}), range(4), LINE * 0.06, LINE, Rules(**rules)), strict=True)
    )


def test_half_the_seats_and_two_rows_stay_free():
    made = solved(case())
    assert made.buses["people"].to_list() == [18, 22] or made.buses["people"].sort().to_list() == [18, 22]
    assert made.buses["people"].max() <= 22  # of 44 seats
    assert solved(case(load=1.0)).buses["people"].max() <= 36  # two rows of four stay free


def test_rests_and_night_lengthen_the_way():
    by_day = solved(case({"people": [10, 1]}, FREE_BUS, night=None, rest_hours=None))
    rested = solved(case({"people": [10, 1]}, FREE_BUS, night=None))
    assert rested.buses["rests"].to_list() == [0]  # two hours of driving end at the gate
    long = solved(case({"people": [10, 1]}, FREE_BUS, rest_hours=1.5, night=None))
    assert long.buses["rests"].to_list() == [1]
    assert long.trips["ride"].max() == pytest.approx(by_day.trips["ride"].max() + 20 * 60)
    night = solved(
        case({"people": [10, 1], "earliest": [3600.0, 0.0], "latest": [3600.0, 99999.0]}, FREE_BUS, rest_hours=None)
    )
    assert night.buses["arrival"][0] == pytest.approx(6 * 3600)  # an hour before 02:00, an hour from 05:00


def test_ride_limit_cuts_trips_and_names_who_is_too_far():
    made = solved(case({"people": [10, 5]}, ride_hours=2.0))
    assert made.trips["ride"].max() <= 7200
    far = solved(case({"people": [10, 5]}, ride_hours=1.5))
    assert far.unserved.rows() == [("a", 10, "the ride alone takes 2 h 0 min, 30 min more than the 90 min allowed")]
    assert far.trips["stop"].to_list() == ["b"]


def test_a_window_that_cannot_be_met_says_by_how_much():
    made = solved(case({"people": [10, 5], "earliest": [0.0, 21600.0], "arrive_by": [86400.0, 23400.0]}))
    assert made.unserved.rows() == [("b", 5, "window missed: arrives 30 min after the latest arrival")]


def test_the_bound_is_reached_by_trips_of_one_stop():
    made = solved(case({"people": [22, 22]}, FREE_BUS))
    assert made.bound == pytest.approx(made.cost, rel=1e-5) == 2 * 800 + 4 * (120 + 60)
    home = solved(case({"people": [22, 22]}))
    assert home.bound == pytest.approx(home.cost, rel=1e-5) == 2 * 800 + 2 * 4 * (120 + 60)


def test_who_waits_when_seats_are_short():
    made = solved(case(bus={"count": [1]}))
    assert made.trips["people"].sum() == 22
    assert made.unserved["people"].sum() == 18
    assert made.bound > 0.9 * made.parts["waiting"]
    assert all("more people (40) than seats that may be taken (22)" in reason for reason in made.unserved["reason"])


def test_several_trips_of_one_bus():
    made = solved(case(bus={"count": [1]}, multi_trip=True))
    assert made.buses["trip"].to_list() == [1, 2]
    assert made.buses["fixed"].sum() == 800
    assert made.unserved.is_empty()


def test_one_end_lies_in_the_home_province():
    ends = {"province": ["鄂", "鲁"], "destination_province": ["豫", "豫"]}
    made = solved(case(ends, {"province": ["鲁"]}, home="either"))
    assert set(made.trips["stop"]) == {"b"}
    assert made.unserved.rows() == [("a", 10, "no bus may run: neither end lies in the province of a bus")]


def test_faults_are_named_and_the_rest_is_planned():
    stops = {"stop": ["a", "b", "c", "d"], "place": [0, None, 7, 1], "people": [10, 1, 1, 0], "destination": [2] * 4}
    asked = case() | {"stops": stops}
    made = solved(asked)
    assert made.trips["stop"].to_list() == ["a"]
    found = {(row, field) for _, row, field, _, _ in made.faults.rows()}
    assert found == {(1, "place"), (2, "place"), (3, "people")}


def test_holes_and_asymmetries_of_a_matrix():
    asked = case(symmetric=True)
    asked["distance"], asked["duration"] = LINE.copy(), LINE * 0.06
    asked["distance"][0, 2] = np.nan
    asked["duration"][1, 3] += 9
    made = route(**asked, time_limit=1)
    assert made.unserved["reason"].to_list() == ["no bus reaches it: the matrix has no way from 0 to 2"]
    assert {(table, row, field) for table, row, field, _, _ in made.faults.rows()} == {
        ("distance", 0, "2"), ("duration", 1, "3"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"vehicles": BUS | {"count": [0]}}, "vehicles row 0, count"),
        ({"vehicles": BUS | {"seats": [8]}}, "vehicles row 0, seats"),
        ({"distance": LINE[:3]}, "distance row 0, distance"),
        ({"rules": {"lode": 1}}, "rules row 0, lode"),
        ({"rules": {"load": 0.0}}, "rules row 0, load"),
        ({"stops": {"stop": ["a"]}}, "place"),
        ({"locks": {"stop": ["a"], "vehicle": ["x"]}}, "locks row 0, vehicle"),
    ],
)
def test_what_cannot_be_planned_at_all(change, named):
    with pytest.raises(Faulty, match=named):
        route(**(case() | change))


def crowd(stops: int = 60, seed: int = 5) -> dict:
    """Return scattered stops for two factories."""
    dice = np.random.default_rng(seed)
    at = dice.uniform(0, 80_000, (stops + 2, 2))
    distance = np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=-1)).round()
    table = {
        "stop": [f"s{n}" for n in range(stops)],
        "place": list(range(stops)),
        "people": dice.integers(1, 9, stops).tolist(),
        "destination": [stops + n % 2 for n in range(stops)],
    }
    bus = BUS | {"count": [40], "depot": [None]}
    values = (table, bus, range(stops + 2), distance / 15, distance, Rules(ride_hours=3.0))
    return dict(zip(ASK, values, strict=True))


def test_drop_outs_change_few_seats():
    asked = crowd()
    before = solved(asked, time_limit=0.5)
    gone = {"stop": ["s3", "s9", "new"], "people": [0, 1, 4], "place": [None, None, 5], "destination": [None, None, 60]}
    after = replan(before, gone, time_limit=0.3)
    now = dict(zip(ASK, (after.asked[name] for name in ASK), strict=True))
    assert check(*now.values(), after) == []
    assert after.changed <= 10
    rides = {(row["stop"], row["vehicle"]) for row in before.trips.to_dicts()}
    other = [
        row for row in after.trips.to_dicts() if (row["stop"], row["vehicle"]) not in rides and row["stop"] != "new"
    ]
    assert sum(row["people"] for row in other) == after.changed
    assert "s3" not in after.trips["stop"].to_list()


def test_locks_are_kept():
    asked = crowd(20)
    before = solved(asked, time_limit=0.3)
    locks = before.trips.select("stop", "vehicle")
    dear = asked | {"rules": Rules(ride_hours=3.0, change=0.0)}
    after = solved(
        dear | {"vehicles": BUS | {"count": [40], "fixed": [1.0]}}, previous=before, locks=locks, time_limit=0.3
    )
    assert after.changed == 0
    assert set(after.trips.select("stop", "vehicle").rows()) == set(locks.rows())


def test_the_caller_can_stop_and_is_told():
    told = []
    made = solved(
        crowd(), time_limit=20, progress=lambda done, total, words: bool(told.append((done, total, words))) or True
    )
    assert told and made.seconds < 10
    assert made.why == "stopped by the caller"


def test_the_check_finds_what_is_wrong():
    asked = case({"people": [10, 5]})
    made = solved(asked)
    overfull = case({"people": [10, 50]})
    wrong = check(*overfull.values(), made)
    assert any("b: not exactly its 50 people" in words for words in wrong)
    late = check(*case({"people": [10, 5]}, ride_hours=1.0).values(), made)
    assert any("a ride of" in words for words in late)
    assert any(
        "the buses cost" in words for words in check(*case({"people": [10, 5]}, {"per_km": [5.0]}).values(), made)
    )
    assert isinstance(made.trips, pl.DataFrame)


def test_nobody_to_fetch():
    made = solved(case({"place": [None, 7]}))
    assert (made.cost, made.bound, made.gap, len(made.trips)) == (0.0, 0.0, 0.0, 0)
    assert made.faults["field"].to_list() == ["place", "place"]
