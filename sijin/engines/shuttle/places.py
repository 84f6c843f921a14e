"""Compiled: where a party that is left out boards at the least cost. Import this module late: it loads Numba."""

import math

import numpy as np

from sijin.engines.dispatch.dice import draw
from sijin.engines.shuttle.arrays import LIVE, SKIP, STAMP, Plan, Task, Work
from sijin.engines.shuttle.clock import chain, fits, run, start_of
from sijin.engines.shuttle.compiled import compiled
from sijin.engines.shuttle.trips import board, open_trip

BLINK = 0.01  # share of the places that are passed over, so that the same ruin is not always mended the same way
NONE = -1
WAY, TRIP, SPOT, KIND = 0, 1, 2, 3  # places in `Work.found`
INTO, BUS, BEHIND, AHEAD = 0, 1, 2, 3  # ways: into a trip, with a new bus, as a trip behind or ahead of another
BETWEEN = -1.0 / math.log(1 - BLINK)


@compiled
def note(work: Work, way: int, trip: int, spot: int, kind: int) -> None:
    """Write down the cheapest place so far."""
    work.found[WAY], work.found[TRIP], work.found[SPOT], work.found[KIND] = way, trip, spot, kind


@compiled
def pause(work: Work) -> int:
    """Return how many places are looked at until one is passed over."""
    return 1 + int(-BETWEEN * math.log(1.0 - draw(work.dice)))


@compiled
def blink(work: Work) -> bool:
    """Whether to pass a place over."""
    work.tally[SKIP] -= 1
    if work.tally[SKIP] > 0:
        return False
    work.tally[SKIP] = pause(work)
    return True


@compiled
def moved(task: Task, party: int, label: int) -> float:
    """Return the price of the seats that change when a party rides under a label."""
    was = task.was[party]
    return float(task.change[party]) if was >= 0 and was != label else 0.0


@compiled
def weigh(task: Task, plan: Plan, work: Work, party: int, trip: int) -> int:
    """Note with which kind of bus a trip could take the party, and what it costs beside the way; -1 for none."""
    work.stamp[trip] = work.tally[STAMP]
    work.choice[trip] = -1
    kind, load, mask = plan.kind[trip], plan.load[trip] + task.people[party], plan.mask[trip] & task.allowed[party]
    if plan.goal[trip] != task.goal[party]:
        return -1
    if load <= task.room[kind]:
        if (mask >> kind) & 1:
            work.choice[trip] = kind
            work.base[trip] = moved(task, party, plan.label[trip])
        return int(work.choice[trip])
    if len(task.room) == 1 or plan.before[trip] >= 0 or plan.after[trip] >= 0 or plan.label[trip] >= 0:
        return -1
    first, goal = plan.row[trip, 0], plan.goal[trip]
    inner = plan.metres[trip] - task.metres[task.home[kind], first] - task.metres[goal, task.back[kind]]
    now, least = task.fixed[kind] + task.rate[kind] * plan.metres[trip], np.inf
    for other in range(len(task.room)):
        if load > task.room[other] or plan.used[other] >= task.fleet[other] or not (mask >> other) & 1:
            continue
        metres = inner + task.metres[task.home[other], first] + task.metres[goal, task.back[other]]
        price = task.fixed[other] + task.rate[other] * metres - now
        if price < least:
            least, work.choice[trip] = price, other
    work.base[trip] = least + moved(task, party, plan.label[trip])
    return int(work.choice[trip])


@compiled
def collect(task: Task, plan: Plan, work: Work, party: int) -> int:
    """List places beside near stops and at both ends of every trip that may have room; return how many.

    ``least`` is the shortest detour there can be where no way is longer than one through a third point; what is worse
    than a place that is known is then passed over without a look at the matrix, which is what takes the time.
    """
    most, found = task.largest - task.people[party], 0
    for n in range(task.kin.shape[1]):
        near = task.kin[party, n]
        if near < 0:
            break
        trip = plan.trip[near]
        if trip >= 0 and plan.load[trip] <= most:
            spot, way = plan.spot[near], task.kin_metres[party, n]
            for place in range(spot, spot + 2):
                work.option[found, 0], work.option[found, 1] = trip, place
                work.least[found] = 2 * (way - plan.leg[trip, place])
                found += 1
    onward = task.metres[party, task.goal[party]]
    for n in range(plan.tally[LIVE]):
        trip = plan.slot[n]
        if plan.load[trip] <= most:
            size = plan.size[trip]
            way = task.toward[party, start_of(task, plan, trip)]
            work.option[found, 0], work.option[found, 1] = trip, 0
            work.least[found] = 2 * (way - plan.leg[trip, 0])
            work.option[found + 1, 0], work.option[found + 1, 1] = trip, size
            work.least[found + 1] = 2 * (onward - plan.leg[trip, size])
            found += 2
    return found


@compiled
def seek(task: Task, plan: Plan, work: Work, party: int) -> float:
    """Return the cost of the cheapest place; `found` has the way (-1: none pays), trip, place in it, kind of bus."""
    work.tally[STAMP] += 1
    work.found[WAY] = NONE
    stamp, skip = work.tally[STAMP], work.tally[SKIP]
    best, best_trip, best_spot = task.price[party], NONE, NONE
    if work.heat[0] > 0:  # a bus that pays only with others on board must begin with one
        best -= work.heat[0] * math.log(1.0 - draw(work.dice))
    for n in range(collect(task, plan, work, party)):
        trip, spot = work.option[n, 0], work.option[n, 1]
        if work.stamp[trip] != stamp:
            weigh(task, plan, work, party, trip)
        kind = work.choice[trip]
        if kind < 0 or work.base[trip] + task.rate[kind] * work.least[n] >= best:
            continue
        leg = plan.leg[trip, spot]
        if spot > 0:
            previous = plan.row[trip, spot - 1]
        elif plan.before[trip] < 0:
            previous = task.home[kind]
            if kind != plan.kind[trip]:
                leg = task.metres[previous, plan.row[trip, 0]]
        else:
            previous = plan.goal[plan.before[trip]]
        following = plan.row[trip, spot] if spot < plan.size[trip] else plan.goal[trip]
        way = task.toward[party, previous] + task.metres[party, following] - leg
        cost = work.base[trip] + task.rate[kind] * way
        if cost < best:
            skip -= 1
            if skip <= 0:
                skip = pause(work)
            elif not task.timed or fits(task, plan, work, party, trip, spot):
                best, best_trip, best_spot = cost, trip, spot
    work.tally[SKIP] = skip
    if best_trip >= 0:
        note(work, INTO, best_trip, best_spot, work.choice[best_trip])
    best = seek_bus(task, plan, work, party, best)
    return seek_turn(task, plan, work, party, best) if task.multi else best


@compiled
def seek_bus(task: Task, plan: Plan, work: Work, party: int, best: float) -> float:
    """Compare with a bus of its own."""
    goal, was = task.goal[party], task.was[party]
    work.line[0] = party
    for kind in range(len(task.room)):
        full = plan.used[kind] >= task.fleet[kind] or task.people[party] > task.room[kind]
        if full or not (task.allowed[party] >> kind) & 1:
            continue
        way = task.metres[task.home[kind], party] + task.metres[party, goal] + task.metres[goal, task.back[kind]]
        cost = task.fixed[kind] + task.rate[kind] * way
        if was >= 0 and (plan.labelled[was] or task.kind_of[was] != kind):
            cost += task.change[party]
        if cost < best and not blink(work):
            if task.timed and run(task, work.line, 1, goal, task.home[kind], -np.inf) == np.inf:
                continue
            best = cost
            note(work, BUS, NONE, 0, kind)
    return best


@compiled
def seek_turn(task: Task, plan: Plan, work: Work, party: int, best: float) -> float:
    """Compare with a further trip of a bus that is there."""
    goal, was = task.goal[party], task.was[party]
    for n in range(plan.tally[LIVE]):
        trip = plan.slot[n]
        kind = plan.kind[trip]
        if task.people[party] > task.room[kind] or not (task.allowed[party] >> kind) & 1:
            continue
        extra = 0.0
        if was >= 0 and (plan.labelled[was] or task.kind_of[was] != kind):
            extra = task.change[party]
        for way in (BEHIND, AHEAD):
            if way == AHEAD and plan.before[trip] >= 0:
                continue
            start = plan.goal[trip] if way == BEHIND else task.home[kind]
            follower = plan.after[trip] if way == BEHIND else trip
            following = plan.row[follower, 0] if follower >= 0 else task.back[kind]
            metres = task.metres[start, party] + task.metres[party, goal] + task.metres[goal, following]
            cost = extra + task.rate[kind] * (metres - task.metres[start, following])
            if cost < best and not blink(work):
                work.line[0] = party
                ready = plan.finish[trip] if way == BEHIND else -np.inf
                if task.timed:
                    ready = run(task, work.line, 1, goal, start, ready)
                    if ready == np.inf or not chain(task, plan, follower, goal, ready):
                        continue
                best = cost
                note(work, way, trip, 0, kind)
    return best


@compiled
def place(task: Task, plan: Plan, work: Work, party: int, cost: float) -> int:
    """Let the party board where it was found best; return the first trip whose times change."""
    way, trip, kind = work.found[WAY], work.found[TRIP], work.found[KIND]
    plan.cost[0] += cost - task.price[party]
    if way == INTO:
        board(task, plan, work, party, trip, work.found[SPOT], kind)
        return int(trip)
    before = trip if way == BEHIND else NONE
    after = trip if way == AHEAD else plan.after[trip] if way == BEHIND else NONE
    return open_trip(task, plan, work, party, kind, before, after)
