"""Says what is wrong with a schedule: written apart from the engine, row by row over the tables as they were given."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl

from sijin.engines.faults import Table


def _rows(table: Table | None) -> list[dict[str, Any]]:
    if table is None:
        return []
    return (table if isinstance(table, pl.DataFrame) else pl.DataFrame(dict(table))).to_dicts()


def amounts(capacity: Table) -> dict[Any, int]:
    """Return how much there is of each resource."""
    if isinstance(capacity, Mapping) and "resource" not in capacity:
        return {name: int(amount) for name, amount in capacity.items()}
    return {line["resource"]: int(line["amount"]) for line in _rows(capacity)}


def faults(tasks: Table, arcs: Table, capacity: Table, start: Table, locks: Table | None = None) -> list[str]:
    """Return every rule that a schedule breaks, in words with the task; an empty list when there is none."""
    when = {line["task"]: int(line["start"]) for line in _rows(start)}
    own = {line["task"]: line for line in _rows(tasks)}
    found = [f"{task}: has no start" for task in own if task not in when]
    found += [f"{task}: is no task of the table" for task in when if task not in own]
    if found:
        return found
    for task, line in own.items():
        if when[task] < int(line.get("release") or 0):
            found.append(f"{task}: starts on day {when[task]}, before its release")
    for arc in _rows(arcs):
        free = when[arc["before"]] + int(own[arc["before"]]["duration"]) + int(arc.get("lag") or 0)
        if when[arc["after"]] < free:
            found.append(f"{arc['after']}: starts on day {when[arc['after']]}, {arc['before']} lets it on day {free}")
    for lock in _rows(locks):
        if when[lock["task"]] != lock["start"]:
            found.append(f"{lock['task']}: starts on day {when[lock['task']]}, locked on day {lock['start']}")
    for name, amount in amounts(capacity).items():
        used: dict[int, int] = defaultdict(int)
        for task, line in own.items():
            for day in range(when[task], when[task] + int(line["duration"])):
                used[day] += int(line.get(str(name)) or 0)
        found += [
            f"{name}: {level} used on day {day}, there are {amount}" for day, level in used.items() if level > amount
        ]
    return found


def cost(tasks: Table, start: Table, previous: Table | None = None, price: float = 0.0) -> float:
    """Return makespan + weight × days late + price × tasks moved."""
    when = {line["task"]: int(line["start"]) for line in _rows(start)}
    total, late = 0, 0.0
    for line in _rows(tasks):
        finish = when[line["task"]] + int(line["duration"])
        total = max(total, finish)
        if line.get("due") is not None and finish > line["due"]:
            weight = line.get("weight")
            late += (1.0 if weight is None else float(weight)) * (finish - int(line["due"]))
    was = {line["task"]: int(line["start"]) for line in _rows(previous)}
    moved = sum(when[task] != day for task, day in was.items() if task in when)
    return total + late + price * moved
