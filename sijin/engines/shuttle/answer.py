"""The answer of the shuttle: who rides where and when, each bus's trips, who waits and why."""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from sijin.engines.shuttle.arrays import LEFT, LIVE, Ints, Plan
from sijin.engines.shuttle.posing import Posed
from sijin.engines.shuttle.problem import Given
from sijin.engines.shuttle.reasons import waiting
from sijin.engines.shuttle.timetable import Times, times

TRIPS: dict[str, Any] = {
    "vehicle": pl.String, "type": pl.String, "trip": pl.Int64, "sequence": pl.Int64, "stop": pl.Object,
    "people": pl.Int64, "arrival": pl.Float64, "departure": pl.Float64, "on_board": pl.Int64, "ride": pl.Float64,
}  # fmt: skip

BUSES: dict[str, Any] = {
    "vehicle": pl.String, "type": pl.String, "trip": pl.Int64, "destination": None, "people": pl.Int64,
    "room": pl.Int64, "seats": pl.Int64, "km": pl.Float64, "begin": pl.Float64, "arrival": pl.Float64,
    "rests": pl.Int64, "driving": pl.Float64, "cost": pl.Float64, "fixed": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class Routed:
    """The answer of `route`.

    ``trips`` (vehicle, type, trip, sequence, stop, place, people, arrival, departure, on_board, ride): a row for each
    boarding; times in seconds from midnight of the first day, ``ride`` in seconds from the beginning of the boarding to
    the destination. ``buses`` (vehicle, type, trip, destination, people, room, seats, km, begin, arrival, rests,
    driving, cost): a row for each trip; km include the empty way there and, after the last trip, back. ``unserved``
    (stop, people, reason). ``cost`` = sum of ``parts`` (fixed, way, waiting, change); ``bound`` is proven, see
    `bounds`; people whom no bus can fetch count in neither. ``gap`` is relative (0.01 = 1 %). ``changed`` counts people
    whose bus is another than in the plan before. ``faults`` names every row and cell that was left out.
    """

    trips: pl.DataFrame
    buses: pl.DataFrame
    unserved: pl.DataFrame
    cost: float
    bound: float
    gap: float
    seconds: float
    why: str
    parts: dict[str, float]
    changed: int
    faults: pl.DataFrame
    asked: dict[str, Any] = field(repr=False)  # what `route` was called with, for `replan`


@dataclass(frozen=True)
class Trip:
    """One trip of the best plan: its bus, its number on it, its parties, its times."""

    vehicle: str
    kind: int
    turn: int
    parties: tuple[int, ...]
    number: int  # in the plan
    times: Times


def trips_of(posed: Posed, plan: Plan, names: list[str], taken: dict[int, str]) -> list[Trip]:
    """Return the trips bus by bus; `taken` has the vehicle of each label, new buses get the next free number."""
    heads = [int(trip) for trip in plan.slot[: plan.tally[LIVE]] if plan.before[trip] < 0]
    chains = sorted(
        (_chain(plan, head) for head in heads), key=lambda chain: (plan.kind[chain[0]], plan.row[chain[0]][0])
    )
    used: set[str] = set()
    named: dict[int, str] = {}
    held = {int(plan.trip[n]) for n, party in enumerate(posed.parties) if party.locked}
    labelled = [(trip not in held, chain[0], trip) for chain in chains for trip in chain if plan.label[trip] >= 0]
    for _, head, trip in sorted(labelled, key=lambda row: row[0]):  # who is locked to a bus finds its name first
        name = taken[int(plan.label[trip])]
        if name not in used and head not in named:
            named[head] = name
            used.add(name)
    made = []
    numbers = dict.fromkeys(names, 0)
    for chain in chains:
        kind = int(plan.kind[chain[0]])
        while chain[0] not in named:
            numbers[names[kind]] += 1
            name = f"{names[kind]}-{numbers[names[kind]]}"
            if name not in used and name not in taken.values():
                named[chain[0]] = name
        ready = -math.inf
        for turn, trip in enumerate(chain, 1):
            parties = tuple(int(party) for party in plan.row[trip][: plan.size[trip]])
            before = int(plan.before[trip])
            start = int(posed.task.home[kind] if before < 0 else plan.goal[before])
            clock = times(posed.task, parties, start, ready)
            made.append(Trip(named[chain[0]], kind, turn, parties, trip, clock))
            ready = clock.finish
    return made


def _chain(plan: Plan, head: int) -> list[int]:
    chain = [head]
    while plan.after[chain[-1]] >= 0:
        chain.append(int(plan.after[chain[-1]]))
    return chain


def boardings(given: Given, posed: Posed, trips: list[Trip]) -> pl.DataFrame:
    """Return a row for each boarding."""
    rows: dict[str, list[Any]] = {name: [] for name in TRIPS}
    at = []
    kinds = given.vehicles["type"].to_list()
    for trip in trips:
        on_board = 0
        for place, party in enumerate(trip.parties):
            on_board += int(posed.task.people[party])
            begin = trip.times.leave[place] - float(posed.task.service[party])
            values = (
                trip.vehicle, str(kinds[trip.kind]), trip.turn, place + 1, None, int(posed.task.people[party]),
                trip.times.arrive[place], trip.times.leave[place], on_board, trip.times.finish - begin,
            )  # fmt: skip
            for name, value in zip(TRIPS, values, strict=True):
                rows[name].append(value)
            at.append(posed.parties[party].stop)
    stops = given.stops[["stop", "place"]][at] if at else given.stops[["stop", "place"]].head(0)
    columns = {name: pl.Series(rows[name], dtype=kind) for name, kind in TRIPS.items() if name != "stop"}
    frame = pl.DataFrame(columns)
    order = [
        "vehicle",
        "type",
        "trip",
        "sequence",
        "stop",
        "place",
        "people",
        "arrival",
        "departure",
        "on_board",
        "ride",
    ]
    return frame.with_columns(stops["stop"], stops["place"]).select(order)


def buses(given: Given, posed: Posed, trips: list[Trip]) -> pl.DataFrame:
    """Return a row for each trip of a bus, priced anew from the matrices as they were given."""
    rows = []
    index = {place: n for n, place in enumerate(given.places)}
    places = [index[place] for place in given.stops["place"]]
    fleet = given.vehicles
    for n, trip in enumerate(trips):
        bus = fleet.row(trip.kind, named=True)
        goal = posed.destinations[int(posed.task.goal[trip.parties[0]]) - len(posed.parties)]
        depot = None if bus["depot"] is None else index[bus["depot"]]
        if trip.turn > 1:
            start = posed.destinations[int(posed.task.goal[trips[n - 1].parties[0]]) - len(posed.parties)]
        else:
            start = -1 if depot is None else depot
        last = n + 1 == len(trips) or trips[n + 1].vehicle != trip.vehicle
        way = [start, *(places[posed.parties[party].stop] for party in trip.parties), goal]
        if last and depot is not None and given.rules.returns:
            way.append(depot)
        metres = sum(given.metres[a, b] for a, b in pairwise(way) if a >= 0 and a != b)
        people = sum(int(posed.task.people[party]) for party in trip.parties)
        fixed = bus["fixed"] if trip.turn == 1 else 0.0
        rows.append(
            (trip.vehicle, str(bus["type"]), trip.turn, given.places[goal], people, bus["room"], bus["seats"],
             metres / 1000, trip.times.leave[0] - float(posed.task.service[trip.parties[0]]), trip.times.finish,
             trip.times.rests, trip.times.driving, fixed + metres / 1000 * bus["per_km"], fixed)
        )  # fmt: skip
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(BUSES)
    return pl.DataFrame([
        pl.Series(name, list(column), dtype=kind) for (name, kind), column in zip(BUSES.items(), columns, strict=True)
    ])  # fmt: skip


def unserved(given: Given, posed: Posed, plan: Plan) -> pl.DataFrame:
    """Return who is not fetched, and why: a row for each stop and reason."""
    people: dict[tuple[int, str], int] = {}
    for row, reason in zip(given.beyond, given.lost, strict=True):
        people[row, reason] = int(given.stops["people"][row])
    left = sorted(int(party) for party in plan.out[: plan.tally[LEFT]])
    for party, reason in waiting(given, posed, plan, left):
        key = (posed.parties[party].stop, reason)
        people[key] = people.get(key, 0) + int(posed.task.people[party])
    rows = [row for row, _ in people]
    stops = given.stops["stop"][rows] if rows else given.stops["stop"].head(0)
    return pl.DataFrame({
        "stop": stops, "people": pl.Series(list(people.values()), dtype=pl.Int64),
        "reason": pl.Series([reason for _, reason in people], dtype=pl.String),
    })  # fmt: skip


def left_out(plan: Plan) -> Ints:
    """Return the parties that wait."""
    return np.asarray(plan.out[: plan.tally[LEFT]], dtype=np.int64)
