"""When a bus is where: the times of a trip whose order is known, in plain Python, for answers and reasons."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sijin.engines.shuttle.arrays import Task

DAY = 86400.0
EPS = 1e-6


@dataclass(frozen=True)
class Times:
    """Arrivals and departures at the stops, arrival at the destination, rests on the way, seconds of driving."""

    arrive: tuple[float, ...]
    leave: tuple[float, ...]
    finish: float
    rests: int
    driving: float


def driven(task: Task, moment: float, seconds: float, since: float) -> tuple[float, float, int]:
    """Return when a drive ends, the driving since the last rest, and the rests taken."""
    left, rests = seconds, 0
    while left > EPS:
        part = left
        if since >= task.rest_after - EPS:
            moment, since, rests = moment + task.rest, 0.0, rests + 1
            continue
        if task.banned > 0:
            hour = (moment - task.ban) % DAY
            if hour < task.banned - EPS:
                moment += task.banned - hour
                continue
            part = min(part, max(DAY - hour, EPS))
        part = min(part, task.rest_after - since)
        moment, since, left = moment + part, since + part, left - part
    return moment, since, rests


def times(task: Task, trip: Sequence[int], start: int, ready: float) -> Times:
    """Return the times of a trip begun as early as its rules allow, and then as late as nobody arrives later."""
    begin = float(task.early[trip[0]])
    if ready > -math.inf:
        begin = max(begin, driven(task, ready, float(task.seconds[start, trip[0]]), 0.0)[0])
    made = from_begin(task, trip, begin)
    for _ in range(100):
        if made.finish - begin <= task.ride + EPS:
            break
        begin = made.finish - task.ride
        made = from_begin(task, trip, begin)
    return _without_waits(task, trip, begin, made)


def _without_waits(task: Task, trip: Sequence[int], begin: float, made: Times) -> Times:
    """Begin later where people would only wait on board."""
    service = sum(float(task.service[party]) for party in trip)
    wait = made.finish - begin - made.driving - service - made.rests * task.rest
    for share in (1.0, 0.5, 0.25):
        later = min(begin + wait * share, float(task.late[trip[0]]))
        other = from_begin(task, trip, later)
        on_time = all(
            leave - task.service[party] <= task.late[party] + EPS
            for leave, party in zip(other.leave, trip, strict=True)
        )
        if wait > EPS and on_time and other.finish <= made.finish + EPS:
            return other
    return made


def from_begin(task: Task, trip: Sequence[int], begin: float) -> Times:
    """Return the times of a trip whose first boarding begins at `begin`, whatever windows it misses."""
    goal = int(task.goal[trip[0]])
    moment, since, rests, driving = begin, 0.0, 0, 0.0
    arrive, leave = [], []
    for place, party in enumerate(trip):
        if place:
            way = float(task.seconds[trip[place - 1], party])
            moment, since, more = driven(task, moment, way, since)
            driving, rests = driving + way, rests + more
        arrive.append(moment)
        moment = max(moment, float(task.early[party])) + float(task.service[party])
        leave.append(moment)
    way = float(task.seconds[trip[-1], goal])
    moment, since, more = driven(task, moment, way, since)
    return Times(tuple(arrive), tuple(leave), moment, rests + more, driving + way)
