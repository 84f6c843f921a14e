"""A shuttle's tables as arrays of the search: parties, kinds of bus, nodes, near neighbours, prices."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sijin.engines.shuttle.arrays import Flags, Floats, Ints, Shorts, Singles, Task
from sijin.engines.shuttle.problem import HOUR, MINUTE, Given

NEAR, KIN = 250, 40  # neighbours kept of a party: to choose stops that leave together, to board beside
HOLE = 1e9  # seconds of a way that does not exist
LOCKED = 100.0  # times the price of waiting that waiting costs who is locked to a bus; squared, that another bus costs
DEAR = 4.0  # times the dearest bus that a person who waits costs, where no price is given


@dataclass(frozen=True)
class Party:
    """People of one stop who ride together; `was` is the label of their trip before, -1 for none."""

    stop: int  # row of the table of stops
    people: int
    was: int = -1
    locked: bool = False


@dataclass(frozen=True)
class Posed:
    """The task with what its numbers stand for."""

    task: Task
    parties: tuple[Party, ...]
    destinations: tuple[int, ...]  # place of each
    waiting: Floats  # price of one person of each party


def cut(people: int, room: int) -> list[int]:
    """Cut the people of one stop into full buses and a rest."""
    full, rest = divmod(people, room)
    return [room] * full + ([rest] if rest else [])


def allowed(given: Given) -> Flags:
    """Return (stops, kinds): where one end of the trip lies in the bus's province, as the rule wants."""
    home, stops = given.rules.home, given.stops
    free = np.ones((len(stops), len(given.vehicles)), bool)
    if home is None:
        return free
    for kind, province in enumerate(given.vehicles["province"]):
        origin = np.array([p is not None and p == province for p in stops["province"]], bool)
        end = np.array([p is not None and p == province for p in stops["destination_province"]], bool)
        free[:, kind] = {"origin": origin, "destination": end, "either": origin | end}[home]
    return free


def dearest(given: Given) -> float:
    """Return a price above that of any way of fetching one person."""
    finite = given.metres[np.isfinite(given.metres)]
    longest = float(finite.max()) if finite.size else 0.0
    fleet = given.vehicles
    fixed, rate = float(fleet["fixed"].to_numpy().max()), float(fleet["per_km"].to_numpy().max())
    return DEAR * (fixed + rate * longest / 1000) + 1.0


def pose(given: Given, parties: list[Party], kind_of: list[int]) -> Posed:
    """Return the arrays; `kind_of` is the kind of bus of each label."""
    parties = _along_a_way(given, parties)
    rules, stops, fleet = given.rules, given.stops, given.vehicles
    index = {place: n for n, place in enumerate(given.places)}
    rows = np.array([party.stop for party in parties], np.int64)
    places = np.array([index[place] for place in stops["place"]], np.int64)[rows]
    goals = np.array([index[place] for place in stops["destination"]], np.int64)[rows]
    destinations = tuple(sorted(set(goals.tolist())))
    count, ends, kinds = len(parties), len(destinations), len(fleet)
    depots = [-1 if depot is None else index[depot] for depot in fleet["depot"]]
    nodes = [*places.tolist(), *destinations, *depots, -1]
    home = np.arange(count + ends, count + ends + kinds, dtype=np.int64)
    goal = np.array([count + destinations.index(place) for place in goals.tolist()], np.int64)
    waiting = stops["waiting"].fill_null(rules.waiting or dearest(given)).to_numpy()[rows]
    metres, seconds = _between(given, nodes, float(waiting.max()) if count else 1.0)
    near, kin, kin_metres = _neighbours(metres, goal, count)
    task = Task(
        goal=goal, adjacent=near, kin=kin, kin_metres=kin_metres, metres=metres, seconds=seconds,
        toward=metres if np.array_equal(metres, metres.T) else np.ascontiguousarray(metres.T),
        home=home, back=home if rules.returns else np.full(kinds, len(nodes) - 1, np.int64),
        kind_of=np.array(kind_of, np.int64), **_of_parties(given, parties, rows, waiting), **_of_kinds(given),
        **_of_rules(given, bool((seconds >= HOLE).any())),
    )  # fmt: skip
    return Posed(task, tuple(parties), destinations, waiting)


def _of_parties(given: Given, parties: list[Party], rows: Ints, waiting: Floats) -> dict[str, Any]:
    stops, rules = given.stops, given.rules
    people = np.array([party.people for party in parties], np.int64)
    locked = np.array([party.locked for party in parties], bool)
    return {
        "people": people,
        "allowed": (allowed(given)[rows] << np.arange(len(given.vehicles))).sum(axis=1).astype(np.int64),
        "price": np.where(locked, LOCKED, 1.0) * people * waiting,
        "early": stops["earliest"].to_numpy()[rows],
        "late": stops["latest"].to_numpy()[rows],
        "due": stops["arrive_by"].to_numpy()[rows],
        "service": rules.stop_seconds + rules.person_seconds * people.astype(np.float64),
        "was": np.array([party.was for party in parties], np.int64),
        "change": np.where(locked, LOCKED**2 * people * waiting, rules.change * people),
    }


def _of_kinds(given: Given) -> dict[str, Any]:
    fleet = given.vehicles
    room = fleet["room"].to_numpy().copy()
    return {
        "room": room,
        "largest": int(room.max()),
        "fleet": fleet["count"].to_numpy().copy(),
        "fixed": fleet["fixed"].to_numpy().astype(np.float64),
        "rate": fleet["per_km"].to_numpy() / 1000,
    }


def _of_rules(given: Given, holes: bool) -> dict[str, Any]:
    rules, stops = given.rules, given.stops
    windows = (stops["earliest"] > 0) | stops["latest"].is_finite() | stops["arrive_by"].is_finite()
    hours = (rules.night, rules.rest_hours, rules.driver_hours)
    clocked = bool(windows.any()) or rules.multi_trip or any(rule is not None for rule in hours)
    night = rules.night or (0.0, 0.0)
    return {
        "ride": min((rules.ride_hours or math.inf) * HOUR, HOLE / 2),
        "rest_after": (rules.rest_hours or math.inf) * HOUR,
        "rest": rules.rest_minutes * MINUTE,
        "ban": night[0] * HOUR,
        "banned": (night[1] - night[0]) % 24 * HOUR,
        "driving": (rules.driver_hours or math.inf) * HOUR * rules.drivers,
        "timed": clocked or rules.ride_hours is not None or holes,
        "clocked": clocked,
        "multi": rules.multi_trip,
    }


def _between(given: Given, nodes: list[int], price: float) -> tuple[Singles, Singles]:
    """Return metres and seconds between nodes; a node -1 is nowhere, no way from and to it. Holes are too far."""
    at = np.array(nodes)
    rate = given.vehicles["per_km"].to_numpy()
    least = float(rate[rate > 0].min()) if (rate > 0).any() else 1.0
    far = min(max(1e3 * price / least, 1e8), 1e14)
    made = []
    for matrix, hole in ((given.metres, far), (given.seconds, HOLE)):
        grid = np.where(np.isinf(matrix), hole, matrix)[np.ix_(at, at)]
        grid[at < 0, :] = 0.0
        grid[:, at < 0] = 0.0
        grid[at[:, None] == at[None, :]] = 0.0
        made.append(np.ascontiguousarray(grid, dtype=np.float32))
    return made[0], made[1]


def _neighbours(metres: Singles, goal: Ints, count: int) -> tuple[Shorts, Shorts, Singles]:
    """Return for each party the others by distance, those of its destination, and how far those are."""
    if count == 0:
        return np.zeros((0, 0), np.int32), np.zeros((0, 0), np.int32), np.zeros((0, 0), np.float32)
    both = np.minimum(metres[:count, :count], metres[:count, :count].T)
    np.fill_diagonal(both, np.inf)
    near = _nearest(both, min(NEAR, count - 1))
    apart = goal[:, None] != goal[None, :]
    other = np.where(apart, np.inf, both) if apart.any() else both
    kin = _nearest(other, min(KIN, count - 1))
    far = np.take_along_axis(other, kin.astype(np.int64), axis=1)
    return near, np.where(np.isfinite(far), kin, -1).astype(np.int32), far.astype(np.float32)


def _nearest(matrix: Singles, most: int) -> Shorts:
    if most == 0:
        return np.zeros((len(matrix), 0), np.int32)
    some = np.argpartition(matrix, most - 1, axis=1)[:, :most] if most < matrix.shape[1] else None
    if some is None:
        return np.argsort(matrix, axis=1, kind="stable")[:, :most].astype(np.int32)
    order = np.argsort(np.take_along_axis(matrix, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1).astype(np.int32)


def _along_a_way(given: Given, parties: list[Party]) -> list[Party]:
    """Number neighbours one after the other, so that what is looked at together lies together in memory."""
    if len(parties) < 3:
        return parties
    index = {place: n for n, place in enumerate(given.places)}
    place_of = [index[place] for place in given.stops["place"]]
    places = np.array([place_of[party.stop] for party in parties])
    free = np.ones(len(parties), bool)
    at, order = 0, [0]
    free[0] = False
    for _ in range(len(parties) - 1):
        ways = np.where(free, given.metres[places[at], places], np.inf)
        at = int(np.argmin(ways)) if np.isfinite(ways).any() else int(np.flatnonzero(free)[0])
        free[at] = False
        order.append(at)
    return [parties[n] for n in order]


def whole(given: Given, room: Ints) -> list[Party]:
    """Cut every stop into parties of the largest bus that may carry it; stops in `given.beyond` are left out."""
    may, made = allowed(given), []
    for row, people in enumerate(given.stops["people"]):
        if row in given.beyond:
            continue
        largest = int(room[may[row]].max())
        made += [Party(row, part) for part in cut(people, largest)]
    return made


def without(given: Given, beyond: dict[int, str]) -> Given:
    """Return the same with more stops that no bus can fetch."""
    return replace(given, beyond=given.beyond + tuple(beyond), lost=given.lost + tuple(beyond.values()))
