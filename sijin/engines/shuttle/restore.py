"""Compiled: a plan is built up from rows that say who rides where. Import this module late: it loads Numba."""

from sijin.engines.shuttle.arrays import LEFT, LIVE, TOUCHED, Ints, Plan, Task, Work
from sijin.engines.shuttle.compiled import compiled
from sijin.engines.shuttle.places import moved
from sijin.engines.shuttle.trips import board, measure, open_trip, retime, worth

PARTY, KIND, LABEL, TURN = 0, 1, 2, 3  # columns of a row; TURN: 0 rides on, 1 a new bus, 2 the next trip of the bus


@compiled
def restore(task: Task, plan: Plan, work: Work, rows: Ints) -> bool:
    """Seat parties into an empty plan, stop by stop; False where a rule is broken by it."""
    none = work.found[0]  # -1, as a number like all others, so that `open_trip` is compiled once
    trip, sound = none, True
    for n in range(len(rows)):
        party, kind = rows[n, PARTY], rows[n, KIND]
        if rows[n, TURN] > 0:
            trip = open_trip(task, plan, work, party, kind, trip if rows[n, TURN] == 2 else none, none)
            plan.label[trip] = rows[n, LABEL]
            if rows[n, LABEL] >= 0:
                plan.labelled[rows[n, LABEL]] = True
        else:
            board(task, plan, work, party, trip, plan.size[trip], kind)
    plan.cost[0] = 0.0
    plan.tally[LEFT] = 0
    for n in range(plan.tally[LIVE]):
        trip = plan.slot[n]
        measure(task, plan, trip)
        kind = plan.kind[trip]
        plan.cost[0] += worth(task, plan, trip)
        if plan.load[trip] > task.room[kind] or not (plan.mask[trip] >> kind) & 1:
            sound = False
        if task.timed and plan.span[trip] > task.ride + 1e-6:
            sound = False
        if task.clocked and plan.before[trip] < 0 and not retime(task, plan, work, trip):
            sound = False
    for kind in range(len(task.room)):
        if plan.used[kind] > task.fleet[kind]:
            sound = False
    for party in range(len(task.people)):
        if plan.trip[party] < 0:
            plan.out[plan.tally[LEFT]] = party
            plan.tally[LEFT] += 1
            plan.cost[0] += task.price[party]
        else:
            plan.cost[0] += moved(task, party, plan.label[plan.trip[party]])
    for n in range(work.tally[TOUCHED]):
        work.is_touched[work.touched[n]] = False
    work.tally[TOUCHED] = 0
    return sound
