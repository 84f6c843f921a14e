"""Dial-a-ride of Cordeau and Laporte: our ways beside published figures; every plan is worked through anew.

`python -m benchmarks.works.darp FOLDER --seconds 30`. The published figures are those named in the task of this work
(optima for a and b, best known for R); they were not looked up in the papers again.
"""

import argparse
import math
import os
from pathlib import Path

import numpy as np

from sijin.engines.shuttle.dial import Dialled, dial

PUBLISHED = {
    "a2-16": 294.25, "a3-24": 344.83, "a4-48": 668.82, "b2-16": 309.41, "b4-48": 673.81, "R1a": 190.02, "R5a": 625.64,
}  # fmt: skip


def read(path: Path) -> tuple[dict, np.ndarray, dict]:
    """Read an instance: header (vehicles, stops, tour, room, ride), then the depot and the stops."""
    lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
    vehicles, stops, duration, room, ride = (float(word) for word in lines[0][:5])
    rows = np.array([[float(word) for word in line[:7]] for line in lines[1:]])
    if len(rows) == int(stops) + 2:  # some repeat the depot at the end
        rows = rows[:-1]
    count = (len(rows) - 1) // 2
    order = [*range(1, 2 * count + 1), 0]
    at = rows[order, 1:3]
    way = np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=-1))
    on, off = rows[1 : count + 1], rows[count + 1 : 2 * count + 1]
    requests = {
        "request": list(range(count)), "people": on[:, 4].astype(int), "board_early": on[:, 5], "board_late": on[:, 6],
        "alight_early": off[:, 5], "alight_late": off[:, 6], "ride": [ride] * count, "service": on[:, 3],
    }  # fmt: skip
    fleet = {"vehicles": int(vehicles), "room": int(room), "duration": duration, "horizon": float(rows[0, 6])}
    return {name: list(column) for name, column in requests.items()}, way, fleet


def wrong(requests: dict, way: np.ndarray, fleet: dict, made: Dialled) -> list[str]:
    """Work through a plan; return what breaks a rule."""
    count, faults, length, served = len(requests["request"]), [], 0.0, []
    if len(made.tours) > fleet["vehicles"]:
        faults.append("too many tours")
    for tour in made.tours:
        place, free, on_board, boarded = 2 * count, -math.inf, 0, {}
        for request, boards, begin in tour:
            node = request if boards else request + count
            length += way[place, node]
            if begin < free + way[place, node] - 1e-6:
                faults.append(f"{request} before the vehicle is there")
            side = "board" if boards else "alight"
            if not requests[f"{side}_early"][request] - 1e-6 <= begin <= requests[f"{side}_late"][request] + 1e-6:
                faults.append(f"{request} outside its window")
            on_board += requests["people"][request] * (1 if boards else -1)
            if on_board > fleet["room"]:
                faults.append("overfull")
            if boards:
                boarded[request] = begin + requests["service"][request]
            elif begin - boarded.pop(request) > requests["ride"][request] + 1e-6:
                faults.append(f"{request} rides too long")
            else:
                served.append(request)
            place, free = node, begin + requests["service"][request]
        length += way[place, 2 * count]
        first = tour[0][2] - way[2 * count, tour[0][0]]
        if boarded or free + way[place, 2 * count] - first > fleet["duration"] + 1e-6 or first < -1e-6:
            faults.append("a tour too long, too early, or with people left on board")
        if free + way[place, 2 * count] > fleet["horizon"] + 1e-6:
            faults.append("a tour that ends too late")
    if sorted(served + list(made.unserved)) != list(range(count)):
        faults.append("not everybody exactly once")
    if abs(length - made.cost) > 1e-6 * max(length, 1.0):
        faults.append(f"the way is {length:.4f}, not {made.cost:.4f}")
    return faults


def main() -> None:
    """Print a row for each instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--names", nargs="*", default=list(PUBLISHED))
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args()
    for name in asked.names:
        requests, way, fleet = read(asked.folder / f"{name}.txt")
        made = dial(requests, way, **fleet, time_limit=asked.seconds)
        found = wrong(requests, way, fleet, made)
        known = PUBLISHED.get(name, math.nan)
        told = "passed" if not found and not made.unserved else f"{found[:2]} {len(made.unserved)} left"
        gap = f"{100 * (made.cost / known - 1):+.2f} %"
        load = os.getloadavg()[0]
        cells = (name, f"{made.cost:.2f}", f"{known:.2f}", gap, f"{made.seconds:.1f}", told, f"{load:.1f}")
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
