"""What decided each start of a schedule, and the chain of tasks that decides its makespan."""

from collections import defaultdict

import numpy as np
import polars as pl

from sijin.engines.approvals.portfolio import NONE, Ints, Portfolio

WORDS = {
    "lock": "locked on this day",
    "predecessor": "waits for {by}",
    "release": "not released before",
    "resource": "waits for {by}, where {task} gives room",
    "previous": "stays where it was",
    "nothing": "nothing keeps it",
}


def decided(posed: Portfolio, start: Ints) -> pl.DataFrame:
    """Return by task, in the order of `posed`: start, finish, what kept it from starting earlier, behind which."""
    finish = start + posed.days
    back = posed.links(backwards=True)
    levels = [_level(start, finish, posed.demand[:, k]) for k in range(posed.demand.shape[1])]
    ending: dict[int, list[int]] = defaultdict(list)
    for i, day in enumerate(finish.tolist()):
        ending[day].append(i)
    kinds, bys, whys, by_at = [], [], [], []
    for i in range(len(start)):
        arcs = slice(back.first[i], back.first[i + 1])
        kind, by, at = _reason(posed, start, i, back.after[arcs], finish[back.after[arcs]] + back.lag[arcs])
        if not kind:
            kind, by, at = _room(posed, start, i, ending[int(start[i])], levels)
        kinds.append(kind)
        bys.append(by)
        by_at.append(at)
        whys.append(WORDS[kind].format(by=by, task=posed.names[at] if at >= 0 else ""))
    return pl.DataFrame({
        "task": pl.Series(posed.names), "start": start, "finish": finish, "decided_by": kinds,
        "by": pl.Series(bys, dtype=pl.String), "behind": pl.Series(
            [posed.names[at] if at >= 0 else None for at in by_at], dtype=pl.Series(posed.names).dtype
        ), "why": whys, "at": np.arange(len(start)), "by_at": by_at,
    })  # fmt: skip


def _level(start: Ints, finish: Ints, demand: Ints) -> Ints:
    change = np.zeros(int(finish.max()) + 2, np.int64)
    np.add.at(change, start, demand)
    np.subtract.at(change, finish, demand)
    return np.cumsum(change)


def _reason(posed: Portfolio, start: Ints, i: int, waits: Ints, free: Ints) -> tuple[str, str, int]:
    """Return the reason that has nothing to do with desks, if there is one."""
    if posed.locked[i] >= 0:
        return "lock", "", NONE
    exact = np.flatnonzero(free == start[i])
    if len(exact):
        at = int(waits[exact[0]])
        return "predecessor", str(posed.names[at]), at
    if start[i] == posed.release[i]:
        return ("release", "", NONE) if start[i] else ("nothing", "", NONE)
    return "", "", NONE


def _room(posed: Portfolio, start: Ints, i: int, ending: list[int], levels: list[Ints]) -> tuple[str, str, int]:
    """Return the desk that had no room the day before, and the task that left it."""
    if posed.days[i]:
        for k in np.flatnonzero(posed.demand[i]):
            if levels[k][start[i] - 1] + posed.demand[i, k] > posed.capacity[k]:
                for j in ending:
                    if posed.demand[j, k] and posed.days[j]:
                        return "resource", str(posed.resources[k]), j
    return ("previous" if posed.previous[i] == start[i] else "nothing"), "", NONE


def chain(made: pl.DataFrame) -> pl.DataFrame:
    """Return the tasks that decide the makespan, first to last; `made` as of `decided`."""
    finish, by_at = made["finish"].to_numpy(), made["by_at"].to_list()
    way = [int(finish.argmax())]
    while by_at[way[-1]] != NONE and len(way) <= len(by_at):
        way.append(by_at[way[-1]])
    return made[way[::-1]].drop("at", "by_at", "why", "behind")
