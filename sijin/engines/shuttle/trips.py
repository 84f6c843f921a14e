"""Compiled: trips are opened and closed, parties board and leave them, and a step can be taken back.

Import this module late: it loads Numba.
"""

import numpy as np

from sijin.engines.shuttle.arrays import LIVE, TOUCHED, Plan, Task, Work
from sijin.engines.shuttle.clock import run, start_of
from sijin.engines.shuttle.compiled import compiled


@compiled
def copy_trip(plan: Plan, origin: int, end: int) -> None:
    """Copy all that a plan says of one trip to another place of its arrays."""
    size = plan.size[origin]
    for place in range(size):
        plan.row[end, place] = plan.row[origin, place]
        plan.leg[end, place] = plan.leg[origin, place]
    plan.leg[end, size] = plan.leg[origin, size]
    plan.size[end] = size
    plan.load[end] = plan.load[origin]
    plan.goal[end] = plan.goal[origin]
    plan.kind[end] = plan.kind[origin]
    plan.before[end] = plan.before[origin]
    plan.after[end] = plan.after[origin]
    plan.metres[end] = plan.metres[origin]
    plan.span[end] = plan.span[origin]
    plan.finish[end] = plan.finish[origin]
    plan.mask[end] = plan.mask[origin]
    plan.label[end] = plan.label[origin]


@compiled
def touch(plan: Plan, work: Work, trip: int) -> None:
    """Keep a trip as it is before it is changed for the first time in this step."""
    if not work.is_touched[trip]:
        work.is_touched[trip] = True
        work.touched[work.tally[TOUCHED]] = trip
        work.tally[TOUCHED] += 1
        copy_trip(plan, trip, trip + len(plan.slot))


@compiled
def measure(task: Task, plan: Plan, trip: int) -> None:
    """Reckon metres, span, load and mask of a trip, and where everyone sits."""
    size, goal = plan.size[trip], plan.goal[trip]
    load, metres, span, mask = 0, 0.0, 0.0, (1 << len(task.room)) - 1
    previous = start_of(task, plan, trip)
    for place in range(size):
        node = plan.row[trip, place]
        plan.trip[node] = trip
        plan.spot[node] = place
        load += task.people[node]
        mask &= task.allowed[node]
        plan.leg[trip, place] = task.metres[previous, node]
        metres += plan.leg[trip, place]
        if task.timed:
            span += task.service[node]
            if place > 0:
                span += task.seconds[previous, node]
        previous = node
    plan.leg[trip, size] = task.metres[previous, goal]
    metres += plan.leg[trip, size]
    if task.timed:
        span += task.seconds[previous, goal]
    if plan.after[trip] < 0:
        metres += task.metres[goal, task.back[plan.kind[trip]]]
    plan.load[trip], plan.metres[trip], plan.span[trip], plan.mask[trip] = load, metres, span, mask


@compiled
def worth(task: Task, plan: Plan, trip: int) -> float:
    """Return what a trip costs; the first of a bus bears its fixed price."""
    kind = plan.kind[trip]
    price = task.rate[kind] * plan.metres[trip]
    return float(price + task.fixed[kind] if plan.before[trip] < 0 else price)


@compiled
def swap_slots(plan: Plan, trip: int, place: int) -> None:
    """Put a trip at a place of the permutation."""
    at, other = plan.slot_at[trip], plan.slot[place]
    plan.slot[at], plan.slot[place] = other, trip
    plan.slot_at[other], plan.slot_at[trip] = at, place


@compiled
def enlist(plan: Plan, trip: int) -> None:
    """Count a trip among those there are."""
    swap_slots(plan, trip, plan.tally[LIVE])
    plan.tally[LIVE] += 1
    if plan.before[trip] < 0:
        plan.used[plan.kind[trip]] += 1
    if plan.label[trip] >= 0:
        plan.labelled[plan.label[trip]] = True


@compiled
def delist(plan: Plan, trip: int) -> None:
    """Count it no longer; its fields still say what it was."""
    plan.tally[LIVE] -= 1
    swap_slots(plan, trip, plan.tally[LIVE])
    if plan.before[trip] < 0:
        plan.used[plan.kind[trip]] -= 1
    if plan.label[trip] >= 0:
        plan.labelled[plan.label[trip]] = False


@compiled
def open_trip(task: Task, plan: Plan, work: Work, party: int, kind: int, before: int, after: int) -> int:
    """Open a trip with one party between two trips of a bus (-1 for none) and return it."""
    trip = plan.slot[plan.tally[LIVE]]
    touch(plan, work, trip)
    plan.row[trip, 0] = party
    plan.size[trip], plan.goal[trip], plan.kind[trip] = 1, task.goal[party], kind
    plan.before[trip], plan.after[trip] = before, after
    plan.label[trip] = -1
    label = task.was[party]
    if label >= 0 and not plan.labelled[label] and task.kind_of[label] == kind:
        plan.label[trip] = label
    enlist(plan, trip)
    measure(task, plan, trip)
    if before >= 0:
        touch(plan, work, before)
        plan.after[before] = trip
        measure(task, plan, before)
    if after >= 0:
        touch(plan, work, after)
        if before < 0:
            plan.used[kind] -= 1  # it is no longer the first of its bus
        plan.before[after] = trip
        measure(task, plan, after)
    return int(trip)


@compiled
def close_trip(task: Task, plan: Plan, work: Work, trip: int) -> int:
    """Take an empty trip out of its bus; return the trip whose times change, -1 for none."""
    before, after = plan.before[trip], plan.after[trip]
    delist(plan, trip)
    if before >= 0:
        touch(plan, work, before)
        plan.after[before] = after
        measure(task, plan, before)
    if after >= 0:
        touch(plan, work, after)
        if before < 0:
            plan.used[plan.kind[after]] += 1
        plan.before[after] = before
        measure(task, plan, after)
    return int(after)


@compiled
def board(task: Task, plan: Plan, work: Work, party: int, trip: int, spot: int, kind: int) -> None:
    """Let a party board before place `spot`; the bus becomes one of `kind`."""
    touch(plan, work, trip)
    if kind != plan.kind[trip]:
        plan.used[plan.kind[trip]] -= 1
        plan.used[kind] += 1
        plan.kind[trip] = kind
        measure(task, plan, trip)
    size, goal = plan.size[trip], plan.goal[trip]
    previous = plan.row[trip, spot - 1] if spot > 0 else start_of(task, plan, trip)
    following = plan.row[trip, spot] if spot < size else goal
    leg, onward = task.toward[party, previous], task.metres[party, following]
    plan.metres[trip] += leg + onward - plan.leg[trip, spot]
    if task.timed:
        plan.span[trip] += task.service[party] + task.seconds[party, following]
        if spot > 0:
            plan.span[trip] += task.seconds[previous, party] - task.seconds[previous, following]
    for place in range(size, spot, -1):
        node = plan.row[trip, place - 1]
        plan.row[trip, place] = node
        plan.leg[trip, place + 1] = plan.leg[trip, place]
        plan.spot[node] = place
    plan.row[trip, spot] = party
    plan.leg[trip, spot], plan.leg[trip, spot + 1] = leg, onward
    plan.trip[party], plan.spot[party] = trip, spot
    plan.size[trip] = size + 1
    plan.load[trip] += task.people[party]
    plan.mask[trip] &= task.allowed[party]


@compiled
def shrink(task: Task, plan: Plan, trip: int) -> None:
    """Let a bus become the cheapest kind that still carries everyone."""
    kind, load = plan.kind[trip], plan.load[trip]
    if plan.before[trip] >= 0 or plan.after[trip] >= 0 or plan.label[trip] >= 0:
        return
    first, goal = plan.row[trip, 0], plan.goal[trip]
    inner = plan.metres[trip] - task.metres[task.home[kind], first] - task.metres[goal, task.back[kind]]
    cheapest, best = kind, worth(task, plan, trip) - 1e-9
    for other in range(len(task.room)):
        if load > task.room[other] or plan.used[other] >= task.fleet[other] or not (plan.mask[trip] >> other) & 1:
            continue
        metres = inner + task.metres[task.home[other], first] + task.metres[goal, task.back[other]]
        price = task.fixed[other] + task.rate[other] * metres
        if price < best:
            cheapest, best = other, price
    if cheapest != kind:
        plan.used[kind] -= 1
        plan.used[cheapest] += 1
        plan.kind[trip] = cheapest
        measure(task, plan, trip)


@compiled
def retime(task: Task, plan: Plan, work: Work, trip: int) -> bool:
    """Reckon the times of a trip and of those after it anew; False when one cannot be run."""
    while trip >= 0:
        touch(plan, work, trip)
        before = plan.before[trip]
        ready = -np.inf if before < 0 else plan.finish[before]
        plan.finish[trip] = run(
            task, plan.row[trip], plan.size[trip], plan.goal[trip], start_of(task, plan, trip), ready
        )
        if plan.finish[trip] == np.inf:
            return False
        trip = plan.after[trip]
    return True


@compiled
def take_back(plan: Plan, work: Work) -> None:
    """Put every trip that was touched in this step back as it was."""
    for n in range(work.tally[TOUCHED]):
        trip = work.touched[n]
        if plan.slot_at[trip] < plan.tally[LIVE]:
            for place in range(plan.size[trip]):
                plan.trip[plan.row[trip, place]] = -1
            delist(plan, trip)
    for n in range(work.tally[TOUCHED]):
        trip = work.touched[n]
        copy_trip(plan, trip + len(plan.slot), trip)
        if plan.size[trip] > 0:
            enlist(plan, trip)
            for place in range(plan.size[trip]):
                plan.trip[plan.row[trip, place]] = trip
                plan.spot[plan.row[trip, place]] = place
