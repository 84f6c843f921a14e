"""Return-to-work shuttle: half the seats, three kinds of bus, a limit on the ride, three factories; us beside peers.

`python -m benchmarks.works.shuttle --stops 600 --seconds 30 --peers ortools ortools-apart pyvrp` and, for 5,000 workers
and a plan made anew after 1 % dropped out, `--workers 5000 --seconds 100 --drop`. The instance is generated: stops half
in 40 villages and half scattered over 260 × 260 km, 1 to 6 people (`--most`), roads 1.3 times the straight line at
60 km/h, 3 min a stop, a ride of at most 300 min. Without limits on the fleet the factories are apart: OR-Tools gets
also a model for each and a third of the time (ortools-apart), PyVRP only so.
"""

import argparse
import os
import resource
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from sijin.engines.shuttle import Rules, check, replan, route

FACTORIES, SIDE, DETOUR, RIDE, STOP = 3, 260.0, 1.3, 300, 3  # number, km, ratio, minutes, minutes
SEATS, FIXED, PER_KM = (20, 40, 55), (300, 500, 650), (2, 3, 4)  # yuan
RULES = Rules(
    load=0.5,
    free_rows=2,
    ride_hours=RIDE / 60,
    stop_seconds=STOP * 60.0,
    night=None,
    rest_hours=None,
    driver_hours=None,
)
Trips = list[tuple[int, list[int]]]  # kind of bus, stops in their order


def instance(stops: int, seed: int, most: int) -> tuple[dict, dict, np.ndarray, np.ndarray]:
    """Return stops, buses, seconds and metres; the factories are the last places."""
    dice = np.random.default_rng(seed)
    villages = dice.uniform(0, SIDE, (40, 2))
    near = villages[dice.integers(0, 40, stops)] + dice.normal(0, 6, (stops, 2))
    at = np.where(dice.random((stops, 1)) < 0.5, near, dice.uniform(0, SIDE, (stops, 2))).clip(0, SIDE)
    at = np.vstack([at, dice.uniform(0.3 * SIDE, 0.7 * SIDE, (FACTORIES, 2))])
    km = np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=-1)) * DETOUR
    metres = np.ceil(km * 100) * 10
    people = dice.integers(1, most + 1, stops)
    table = {"stop": [f"s{n}" for n in range(stops)], "place": list(range(stops)), "people": people.tolist(),
             "destination": (stops + dice.integers(0, FACTORIES, stops)).tolist()}  # fmt: skip
    bus = {"type": ["small", "middle", "large"], "count": [stops] * 3, "seats": list(SEATS)}
    bus |= {"fixed": list(FIXED), "per_km": list(PER_KM), "depot": [None] * 3}
    return table, bus, np.ceil(metres / 1000) * 60, metres


def of_factory(table: dict, factory: int) -> list[int]:
    """Return the stops of a factory."""
    return [n for n, goal in enumerate(table["destination"]) if goal == factory]


def priced(trips: Trips, factory: int, table: dict, seconds: np.ndarray, metres: np.ndarray) -> float:
    """Return what a peer's trips cost, after a look at loads and rides."""
    cost = 0.0
    for kind, stops in trips:
        way = [*stops, factory]
        ride = sum(seconds[a, b] for a, b in pairwise(way)) + STOP * 60 * len(stops)
        assert ride <= RIDE * 60 and sum(table["people"][n] for n in stops) <= RULES.room(SEATS[kind])
        cost += FIXED[kind] + PER_KM[kind] * sum(metres[a, b] for a, b in pairwise(way)) / 1000
    return cost


def ortools(
    groups: list[list[int]],
    people: list[int],
    factories: list[int],
    seconds: np.ndarray,
    metres: np.ndarray,
    limit: float,
) -> list[Trips]:
    """Return OR-Tools routing's trips for each factory: one model, automatic start, guided local search, matrices."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    stops = [stop for group in groups for stop in group]
    places = [*stops, *factories]
    size, fleet = len(places), []
    for factory, group in enumerate(groups):
        most = max(8, sum(people[stop] for stop in group) // 12)
        fleet += [(kind, factory) for kind in range(3) for _ in range(most)]
    ends = [len(stops) + factory for _, factory in fleet]
    manager = pywrapcp.RoutingIndexManager(size + 1, len(fleet), [size] * len(fleet), ends)  # the last node is nowhere
    model = pywrapcp.RoutingModel(manager)
    ways, times = np.zeros((size + 1, size + 1)), np.zeros((size + 1, size + 1))
    ways[:size, :size], times[:size, :size] = metres[np.ix_(places, places)], seconds[np.ix_(places, places)]
    times[: len(stops), :] += STOP * 60
    prices = [model.RegisterTransitMatrix((ways * rate / 10).astype(int).tolist()) for rate in PER_KM]
    for bus, (kind, _) in enumerate(fleet):
        model.SetArcCostEvaluatorOfVehicle(prices[kind], bus)
        model.SetFixedCostOfVehicle(FIXED[kind] * 100, bus)
    if len(factories) > 1:
        of = [factory for factory, group in enumerate(groups) for _ in group]
        mine = [[bus for bus, (_, end) in enumerate(fleet) if end == factory] for factory in range(len(factories))]
        for node, factory in enumerate(of):
            model.VehicleVar(manager.NodeToIndex(node)).SetValues(mine[factory])
    room = [RULES.room(SEATS[kind]) for kind, _ in fleet]
    load = [people[stop] for stop in stops] + [0] * (len(factories) + 1)
    model.AddDimensionWithVehicleCapacity(model.RegisterUnaryTransitVector(load), 0, room, True, "load")
    model.AddDimension(model.RegisterTransitMatrix(times.astype(int).tolist()), 0, RIDE * 60, True, "ride")
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromMilliseconds(int(limit * 1000))
    made = model.SolveWithParameters(asked)
    trips: list[Trips] = [[] for _ in factories]
    for bus, (kind, factory) in enumerate(fleet):
        row, at = [], made.Value(model.NextVar(model.Start(bus)))
        while not model.IsEnd(at):
            row.append(stops[manager.IndexToNode(at)])
            at = made.Value(model.NextVar(at))
        if row:
            trips[factory].append((kind, row))
    return trips


def ortools_apart(
    groups: list[list[int]],
    people: list[int],
    factories: list[int],
    seconds: np.ndarray,
    metres: np.ndarray,
    limit: float,
) -> list[Trips]:
    """Return OR-Tools routing's trips from a model for each factory, one after the other."""
    share = limit / len(factories)
    pairs = zip(groups, factories, strict=True)
    return [ortools([group], people, [factory], seconds, metres, share)[0] for group, factory in pairs]


def pyvrp(
    groups: list[list[int]],
    people: list[int],
    factories: list[int],
    seconds: np.ndarray,
    metres: np.ndarray,
    limit: float,
) -> list[Trips]:
    """Return PyVRP's trips from a model for each factory, one after the other."""
    share = limit / len(factories)
    pairs = zip(groups, factories, strict=True)
    return [_pyvrp(group, people, factory, seconds, metres, share) for group, factory in pairs]


def _pyvrp(
    stops: list[int], people: list[int], factory: int, seconds: np.ndarray, metres: np.ndarray, limit: float
) -> Trips:
    """Return PyVRP's trips: a dummy start without ways, so that a shift is the longest ride."""
    from pyvrp import Model
    from pyvrp.stop import MaxRuntime

    model = Model()
    nowhere, goal = model.add_location(0, 0), model.add_location(0, 0)
    at = [model.add_location(0, 0) for _ in stops]
    start, end = model.add_depot(nowhere), model.add_depot(goal)
    for n, place in enumerate(at):
        model.add_client(place, pickup=people[stops[n]], service_duration=STOP * 60)
    for kind in range(3):
        model.add_vehicle_type(
            len(stops), RULES.room(SEATS[kind]), start, end, fixed_cost=FIXED[kind] * 100,
            shift_duration=RIDE * 60, unit_distance_cost=PER_KM[kind],
        )  # fmt: skip
    model.add_edge(nowhere, goal, 0, 0)
    for n, one in enumerate(at):
        model.add_edge(nowhere, one, 0, 0)
        model.add_edge(one, goal, int(metres[stops[n], factory] / 10), int(seconds[stops[n], factory]))
        for m, other in enumerate(at):
            if n != m:
                model.add_edge(one, other, int(metres[stops[n], stops[m]] / 10), int(seconds[stops[n], stops[m]]))
    made = model.solve(MaxRuntime(limit), display=False).best
    trips: Trips = []
    for road in made.routes():
        row = [stops[activity.idx] for activity in road if activity.is_client()]
        trips.append((road.vehicle_type(), row))
    return trips


PEERS: dict[str, Callable[..., list[Trips]]] = {"ortools": ortools, "ortools-apart": ortools_apart, "pyvrp": pyvrp}


def main() -> None:
    """Print ours and the peers' cost on one instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stops", type=int, default=600)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--most", type=int, default=6, help="people at a stop, at most")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peers", nargs="*", default=[])
    parser.add_argument("--drop", action="store_true")
    asked = parser.parse_args()
    count = asked.stops if asked.workers is None else round(asked.workers * 2 / (asked.most + 1))
    table, bus, seconds, metres = instance(count, asked.seed, asked.most)
    began = time.monotonic()
    made = route(table, bus, range(len(metres)), seconds, metres, RULES, time_limit=asked.seconds, seed=asked.seed)
    spent = time.monotonic() - began
    wrong = check(table, bus, range(len(metres)), seconds, metres, RULES, made)
    far = int(made.unserved["people"].sum())
    load = os.getloadavg()[0]
    print(f"| ours | {sum(table['people'])} people, {count} stops, {far} beyond the limit | {made.cost:,.0f} | 1 | "
          f"{spent:.1f} | {len(made.buses)} buses, longest ride {made.trips['ride'].max() / 60:.0f} min, "
          f"bound {made.bound:,.0f}, checker {wrong[:2] or 'passed'} | load {load:.1f} |", flush=True)  # fmt: skip
    beyond = set(made.unserved["stop"])
    for peer in asked.peers:
        began, cost = time.monotonic(), 0.0
        factories = list(range(count, count + FACTORIES))
        groups = [[n for n in of_factory(table, goal) if table["stop"][n] not in beyond] for goal in factories]
        found = PEERS[peer](groups, table["people"], factories, seconds, metres, asked.seconds)
        for factory, trips in zip(factories, found, strict=True):
            cost += priced(trips, factory, table, seconds, metres)
        spent = time.monotonic() - began
        ratio, load = cost / made.cost, os.getloadavg()[0]
        print(f"| {peer} | | {cost:,.0f} | {ratio:.3f} | {spent:.1f} | | load {load:.1f} |", flush=True)
    if asked.drop:
        dice = np.random.default_rng(asked.seed + 1)
        rides = np.repeat(np.arange(count), table["people"])
        gone = np.bincount(dice.choice(rides, len(rides) // 100, replace=False), minlength=count)
        changes = {"stop": [f"s{n}" for n in np.flatnonzero(gone)],
                   "people": [int(table["people"][n] - gone[n]) for n in np.flatnonzero(gone)]}  # fmt: skip
        began = time.monotonic()
        after = replan(made, changes)
        spent = time.monotonic() - began
        wrong = check(after.asked["stops"], bus, range(len(metres)), seconds, metres, RULES, after)
        print(f"| anew, {gone.sum()} dropped out | | {after.cost:,.0f} | | {spent:.2f} | {after.changed} seats moved, "
              f"checker {wrong[:2] or 'passed'} | load {os.getloadavg()[0]:.1f} |")  # fmt: skip
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
