"""Why people are not fetched, in words: what no bus can do at all, and who waits because seats or time are short."""

import math
from collections.abc import Iterator

import numpy as np

from sijin.engines.shuttle.arrays import LIVE, Plan
from sijin.engines.shuttle.posing import HOLE, Party, Posed, allowed, pose
from sijin.engines.shuttle.problem import Given
from sijin.engines.shuttle.timetable import EPS, from_begin, times

RULE = "as few as possible wait, first those who are dearer to fetch"


def spell(seconds: float) -> str:
    """Return a length of time in words."""
    minutes = math.ceil(seconds / 60 - 1e-9)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def beyond(given: Given) -> dict[int, str]:
    """Return the rows of stops that no bus can fetch even alone, with the reason."""
    may, found = allowed(given), {}
    for row in np.flatnonzero(~may.any(axis=1)).tolist():
        ends = {"either": "neither end lies", "origin": "its place lies not", "destination": "its destination lies not"}
        found[row] = f"no bus may run: {ends[str(given.rules.home)]} in the province of a bus"
    parties = [Party(row, 1) for row in range(len(given.stops)) if row not in found]
    posed = pose(given, parties, [])
    for number, party in enumerate(posed.parties):
        reason = _alone(given, posed, number)
        if reason:
            found[party.stop] = reason
    return found


def _alone(given: Given, posed: Posed, party: int) -> str | None:
    """Return why a party cannot ride even as the only one."""
    task, stop = posed.task, given.stops.row(posed.parties[party].stop, named=True)
    goal = int(task.goal[party])
    if task.seconds[party, goal] >= HOLE or math.isinf(_metres(given, stop["place"], stop["destination"])):
        return f"no bus reaches it: the matrix has no way from {stop['place']} to {stop['destination']}"
    homes = given.vehicles["depot"].to_list()
    if all(depot is not None and math.isinf(_metres(given, depot, stop["place"])) for depot in homes):
        return f"no bus reaches it: the matrix has no way from any depot to {stop['place']}"
    if given.rules.returns and all(
        depot is not None and math.isinf(_metres(given, stop["destination"], depot)) for depot in homes
    ):
        return f"no bus gets home: the matrix has no way from {stop['destination']} to any depot"
    way = float(task.seconds[party, goal]) + float(task.service[party])
    if way > task.ride + EPS:
        over = spell(way - task.ride)
        return f"the ride alone takes {spell(way)}, {over} more than the {spell(task.ride)} allowed"
    if task.seconds[party, goal] > task.driving + EPS:
        return f"{spell(float(task.seconds[party, goal]))} of driving, the drivers may drive {spell(task.driving)}"
    made = times(task, [party], goal, -math.inf)
    earliest = from_begin(task, [party], float(task.early[party]))
    if earliest.finish > task.due[party] + EPS:
        return f"window missed: arrives {spell(earliest.finish - float(task.due[party]))} after the latest arrival"
    if made.finish > task.due[party] + EPS or made.leave[0] - task.service[party] > task.late[party] + EPS:
        return f"window missed: with rests and the night no begin in it keeps the ride within {spell(task.ride)}"
    if made.finish - made.leave[0] + task.service[party] > task.ride + EPS:
        return f"with rests and the night the ride takes more than the {spell(task.ride)} allowed"
    return None


def _metres(given: Given, origin: object, end: object) -> float:
    return float(given.metres[given.places.index(origin), given.places.index(end)])


def waiting(given: Given, posed: Posed, plan: Plan, left: list[int]) -> Iterator[tuple[int, str]]:
    """Return (party, reason) for those who were left out of the best plan."""
    task = posed.task
    seats = int((task.room * task.fleet).sum())
    asked = int(given.stops["people"].sum())
    buses = {int(plan.kind[trip]) for trip in plan.slot[: plan.tally[LIVE]] if plan.before[trip] < 0}
    spare = [kind for kind in range(len(task.room)) if plan.used[kind] < task.fleet[kind]]
    for party in left:
        may = [kind for kind in range(len(task.room)) if (task.allowed[party] >> kind) & 1]
        if posed.parties[party].locked:
            yield party, "its bus is locked and cannot take it any more"
        elif any(kind in spare and task.people[party] <= task.room[kind] for kind in may):
            yield party, "fetching it costs more than its price of waiting"
        elif asked > seats and not task.multi:
            yield party, f"more people ({asked}) than seats that may be taken ({seats}); {RULE}"
        elif buses.isdisjoint(may) and not spare:
            yield party, f"no bus that may fetch it is left; {RULE}"
        else:
            yield party, f"every bus is out, and none has seats and time to pass by; {RULE}"
