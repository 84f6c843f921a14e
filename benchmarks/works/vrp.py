"""CVRP X (Uchoa et al. 2017): us beside PyVRP, OR-Tools and VROOM, each as long, in one run.

`python -m benchmarks.works.vrp FOLDER --names X-n101-k25 … --seconds 30 --peers pyvrp ortools vroom`; prints a row
of the table for each. VROOM (`pip install pyvroom`) is a peer here, no dependency: without it its column is empty.
"""

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sijin.engines.shuttle import Rules, route
from sijin.engines.shuttle.check import check

RULES = Rules(load=1.0, free_rows=0, night=None, rest_hours=None, driver_hours=None)


@dataclass(frozen=True)
class Instance:
    """A CVRP: the depot is place 0."""

    name: str
    distance: np.ndarray
    demand: list[int]
    capacity: int
    best_known: float


def read(path: Path) -> Instance:
    """Read a .vrp file in TSPLIB's form with rounded Euclidean distances, and the cost of the .sol beside it."""
    section, points, demand, capacity = "", [], [], 0
    for line in path.read_text().splitlines():
        words = line.split()
        if not words:
            continue
        if words[0].endswith("SECTION"):
            section = words[0]
        elif words[0].startswith("CAPACITY"):
            capacity = int(words[-1])
        elif section == "NODE_COORD_SECTION":
            points.append((float(words[1]), float(words[2])))
        elif section == "DEMAND_SECTION":
            demand.append(int(words[1]))
    at = np.array(points)
    distance = np.rint(np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=-1)))
    known = [line.split()[-1] for line in path.with_suffix(".sol").read_text().splitlines() if "Cost" in line]
    return Instance(path.stem, distance, demand, capacity, float(known[0]))


def ours(instance: Instance, seconds: float, seed: int) -> float:
    """Return the cost of our plan after the checker has passed it."""
    count = len(instance.demand)
    stops = {"stop": list(range(1, count)), "place": list(range(1, count)), "people": instance.demand[1:]}
    bus = {"type": ["bus"], "count": [count], "seats": [instance.capacity], "fixed": [0.0], "per_km": [1000.0]}
    bus["depot"] = [0]
    zero = np.zeros_like(instance.distance)
    made = route(stops, bus, range(count), zero, instance.distance, RULES, time_limit=seconds, seed=seed)
    wrong = check(stops, bus, range(count), zero, instance.distance, RULES, made)
    if wrong or len(made.unserved):
        raise ValueError(f"{instance.name}: {wrong[:3]}")
    return made.cost


def pyvrp(instance: Instance, seconds: float, seed: int) -> float:
    """Return PyVRP's cost."""
    from pyvrp import read as read_vrp
    from pyvrp import solve
    from pyvrp.stop import MaxRuntime

    made = solve(read_vrp(str(PATHS[instance.name]), round_func="round"), MaxRuntime(seconds), seed, display=False)
    return float(made.cost())


def ortools(instance: Instance, seconds: float, seed: int) -> float:
    """Return OR-Tools routing's cost: automatic start, guided local search, distances as a matrix."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    count = len(instance.demand)
    buses = sum(instance.demand) // instance.capacity * 3 // 2 + 5
    manager = pywrapcp.RoutingIndexManager(count, buses, 0)
    model = pywrapcp.RoutingModel(manager)
    way = model.RegisterTransitMatrix(instance.distance.astype(int).tolist())
    model.SetArcCostEvaluatorOfAllVehicles(way)
    model.AddDimension(model.RegisterUnaryTransitVector(instance.demand), 0, instance.capacity, True, "load")
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromMilliseconds(int(seconds * 1000))
    made = model.SolveWithParameters(asked)
    return float(made.ObjectiveValue()) if made else float("nan")


def vroom(instance: Instance, seconds: float, seed: int) -> float:
    """Return VROOM's cost at its highest exploration, on two threads."""
    import datetime

    import vroom as peer

    problem = peer.Input()
    matrix = instance.distance.astype(np.uint32)
    problem.set_durations_matrix("car", matrix)
    problem.set_distances_matrix("car", matrix)
    problem.set_costs_matrix("car", matrix)
    buses = sum(instance.demand) // instance.capacity * 3 // 2 + 5
    problem.add_vehicle([peer.Vehicle(n, start=0, end=0, capacity=[instance.capacity]) for n in range(buses)])
    problem.add_job([peer.Job(n, location=n, delivery=[instance.demand[n]]) for n in range(1, len(instance.demand))])
    made = problem.solve(5, 2, timeout=datetime.timedelta(seconds=seconds))
    return float(made.summary.cost) if not made.summary.unassigned else float("nan")


PATHS: dict[str, Path] = {}
SOLVERS = {"ours": ours, "pyvrp": pyvrp, "ortools": ortools, "vroom": vroom}


def main() -> None:
    """Print a row for each instance: gap to the best known of each solver, in per cent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--names", nargs="*")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--solvers", nargs="*", default=list(SOLVERS))
    asked = parser.parse_args()
    names = asked.names or sorted(path.stem for path in asked.folder.glob("*.vrp"))
    for name in names:
        PATHS[name] = asked.folder / f"{name}.vrp"
        instance = read(PATHS[name])
        cells = []
        for solver in asked.solvers:
            began = time.monotonic()
            try:
                cost = SOLVERS[solver](instance, asked.seconds, asked.seed)
            except ImportError:
                cells.append(f"{solver} –")
                continue
            spent = time.monotonic() - began
            cells.append(f"{solver} {100 * (cost / instance.best_known - 1):.2f} % ({spent:.0f} s)")
        print(f"| {name} | {' | '.join(cells)} | load {os.getloadavg()[0]:.1f} |", flush=True)


if __name__ == "__main__":
    main()
