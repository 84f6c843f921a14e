"""Compiled: when a bus is where, with windows, rests, nights without driving and the limit on the ride.

Leaving later never means arriving earlier, so the earliest feasible begin of every trip is right for all that follow:
it is found from below. Import this module late: it loads Numba.
"""

import numpy as np

from sijin.engines.shuttle.arrays import Ints, Plan, Task, Work
from sijin.engines.shuttle.compiled import compiled

DAY = 86400.0
EPS = 1e-6
TRIES = 40  # begins that are tried


@compiled
def drive(task: Task, moment: float, seconds: float, since: float) -> tuple[float, float]:
    """Return when a drive of so many seconds ends, and the driving since the last rest."""
    left = seconds
    while left > EPS:
        part = left
        if since >= task.rest_after - EPS:
            moment += task.rest
            since = 0.0
            continue
        if task.banned > 0:
            hour = (moment - task.ban) % DAY
            if hour < task.banned - EPS:
                moment += task.banned - hour
                continue
            part = min(part, max(DAY - hour, EPS))
        part = min(part, task.rest_after - since)
        moment += part
        since += part
        left -= part
    return moment, since


@compiled
def run(task: Task, row: Ints, size: int, goal: int, start: int, ready: float) -> float:
    """Return when a trip whose bus is free at `start` from `ready` on has arrived; infinity when it cannot."""
    begin = task.early[row[0]]
    if ready > -np.inf:
        begin = max(begin, drive(task, ready, task.seconds[start, row[0]], 0.0)[0])
    for _ in range(TRIES):
        moment, since, due, total = begin, 0.0, np.inf, 0.0
        for place in range(size):
            node = row[place]
            if place > 0:
                way = task.seconds[row[place - 1], node]
                total += way
                moment, since = drive(task, moment, way, since)
                moment = max(moment, task.early[node])
            if moment > task.late[node] + EPS:
                return np.inf
            due = min(due, task.due[node])
            moment += task.service[node]
        way = task.seconds[row[size - 1], goal]
        moment, since = drive(task, moment, way, since)
        if moment > due + EPS or total + way > task.driving + EPS:
            return np.inf
        if moment - begin <= task.ride + EPS:
            return moment
        begin = moment - task.ride  # no earlier begin can keep to the limit
    return np.inf


@compiled
def start_of(task: Task, plan: Plan, trip: int) -> int:
    """Return the node a trip's bus comes from."""
    before = plan.before[trip]
    if before < 0:
        return int(task.home[plan.kind[trip]])
    return int(plan.goal[before])


@compiled
def chain(task: Task, plan: Plan, trip: int, start: int, ready: float) -> bool:
    """Whether `trip` and those after it can be run by a bus that is free at `start` from `ready` on."""
    while trip >= 0:
        ready = run(task, plan.row[trip], plan.size[trip], plan.goal[trip], start, ready)
        if ready == np.inf:
            return False
        if ready <= plan.finish[trip]:
            return True
        start = plan.goal[trip]
        trip = plan.after[trip]
    return True


@compiled
def fits(task: Task, plan: Plan, work: Work, party: int, trip: int, spot: int) -> bool:
    """Whether `party` can board before place `spot` of `trip` as far as time goes."""
    row, size, goal = plan.row[trip], plan.size[trip], plan.goal[trip]
    way = task.seconds[party, row[spot] if spot < size else goal]
    if spot > 0:
        previous = row[spot - 1]
        way += task.seconds[previous, party] - task.seconds[previous, row[spot] if spot < size else goal]
    if plan.span[trip] + way + task.service[party] > task.ride + EPS:
        return False
    if not task.clocked:
        return True
    line = work.line
    for place in range(spot):
        line[place] = row[place]
    line[spot] = party
    for place in range(spot, size):
        line[place + 1] = row[place]
    before = plan.before[trip]
    ready = -np.inf if before < 0 else plan.finish[before]
    ready = run(task, line, size + 1, goal, start_of(task, plan, trip), ready)
    if ready == np.inf:
        return False
    return ready <= plan.finish[trip] or chain(task, plan, plan.after[trip], goal, ready)
