"""Compiled: slack induction by string removals. Import this module late: it loads Numba.

Neighbouring trips lose strings of stops, which board again one by one where it is cheapest; the result is kept by the
rule of simulated annealing (Christiaens and Vanden Berghe, Transportation Science 54(2), 2020). Fleets of several
kinds, prices of leaving out, trips in a chain and prices of changed seats are ours.
"""

import math

from sijin.engines.dispatch.dice import draw
from sijin.engines.shuttle.arrays import LEFT, LIVE, PENDING, TOUCHED, Plan, Task, Work
from sijin.engines.shuttle.compiled import compiled
from sijin.engines.shuttle.places import NONE, WAY, moved, place, seek
from sijin.engines.shuttle.trips import close_trip, measure, retime, shrink, take_back, touch, worth

AVERAGE, LONGEST = 10, 10  # stops taken out in one step, and of one trip
SPLIT, LONGER = 0.5, 0.01  # chance that a string keeps some of its middle, and that it keeps one stop more
MOST_LEFT = 10  # of those left out that are tried in one step


@compiled
def cut(task: Task, plan: Plan, work: Work, trip: int, spot: int, most: float) -> None:
    """Take a string of stops that holds place `spot` out of a trip."""
    size = plan.size[trip]
    length = int(1 + draw(work.dice) * min(float(size), most))
    keep = 0
    if length > 1 and length < size and draw(work.dice) < SPLIT:
        keep = 1
        while length + keep < size and draw(work.dice) < LONGER:
            keep += 1
    whole = length + keep
    lowest, highest = max(0, spot - whole + 1), min(spot, size - whole)
    first = lowest + int(draw(work.dice) * (highest - lowest + 1))
    gap = first + 1 + int(draw(work.dice) * (length - 1)) if keep else size
    touch(plan, work, trip)
    end = 0
    for at in range(size):
        node = plan.row[trip, at]
        if first <= at < first + whole and not (keep and gap <= at < gap + keep):
            plan.trip[node] = -1
            plan.cost[0] += task.price[node] - moved(task, node, plan.label[trip])
            work.pending[work.tally[PENDING]] = node
            work.tally[PENDING] += 1
        else:
            plan.row[trip, end] = node
            end += 1
    plan.size[trip] = end


@compiled
def shorten(task: Task, plan: Plan, work: Work, trip: int) -> bool:
    """Settle a trip that lost stops; False where times are broken by it, as a straight way may be longer."""
    if plan.size[trip] == 0:
        after = plan.after[trip]
        if after >= 0:
            plan.cost[0] -= worth(task, plan, after)
        before = plan.before[trip]
        if before >= 0:
            plan.cost[0] -= worth(task, plan, before)
        close_trip(task, plan, work, trip)
        if before >= 0:
            plan.cost[0] += worth(task, plan, before)
        if after >= 0:
            plan.cost[0] += worth(task, plan, after)
            return not task.clocked or retime(task, plan, work, after)
        return True
    measure(task, plan, trip)
    shrink(task, plan, trip)
    plan.cost[0] += worth(task, plan, trip)
    if task.clocked:
        return retime(task, plan, work, trip)
    return not task.timed or plan.span[trip] <= task.ride + 1e-6


@compiled
def ruin(task: Task, plan: Plan, work: Work, step: int) -> bool:
    """Take strings of stops out of trips around a random stop; False where times are broken."""
    parties = len(task.people)
    trips = plan.tally[LIVE]
    if trips == 0:
        return True
    mean = (parties - plan.tally[LEFT]) / trips
    most = min(float(LONGEST), mean)
    wanted = int(draw(work.dice) * (4.0 * AVERAGE / (1.0 + most) - 1.0) + 1.0)
    seed = int(draw(work.dice) * parties)
    cuts = 0
    for n in range(-1, task.adjacent.shape[1]):
        party = seed if n < 0 else task.adjacent[seed, n]
        trip = plan.trip[party]
        if trip < 0 or work.ruined[trip] == step:
            continue
        work.ruined[trip] = step
        plan.cost[0] -= worth(task, plan, trip)
        cut(task, plan, work, trip, plan.spot[party], most)
        if not shorten(task, plan, work, trip):
            return False
        cuts += 1
        if cuts >= wanted:
            break
    return True


@compiled
def recall(plan: Plan, work: Work) -> int:
    """Add some of those left out to the stops of this step; they stand in front of `out`. Return how many."""
    left = plan.tally[LEFT]
    chosen = min(left, MOST_LEFT)
    for n in range(chosen):
        other = n + int(draw(work.dice) * (left - n))
        plan.out[n], plan.out[other] = plan.out[other], plan.out[n]
        work.pending[work.tally[PENDING]] = plan.out[n]
        work.tally[PENDING] += 1
    return int(chosen)


@compiled
def order(task: Task, work: Work) -> None:
    """Sort the stops of this step: at random, most people, farthest or nearest first, or by their windows."""
    rule = draw(work.dice) * (17.0 if task.clocked else 11.0)
    for n in range(work.tally[PENDING]):
        party = work.pending[n]
        way = task.metres[party, task.goal[party]]
        if rule < 4:
            key = draw(work.dice)
        elif rule < 8:
            key = -float(task.people[party])
        elif rule < 10:
            key = -way
        elif rule < 11:
            key = way
        elif rule < 13:
            key = task.late[party] - task.early[party]
        elif rule < 15:
            key = task.early[party]
        else:
            key = -task.late[party]
        at = n
        while at > 0 and work.key[at - 1] > key:
            work.key[at], work.pending[at] = work.key[at - 1], work.pending[at - 1]
            at -= 1
        work.key[at], work.pending[at] = key, party


@compiled
def recreate(task: Task, plan: Plan, work: Work) -> int:
    """Let the stops of this step board again; those that cannot stand in front of `pending`. Return how many."""
    failed = 0
    for n in range(work.tally[PENDING]):
        party = work.pending[n]
        cost = seek(task, plan, work, party)
        if work.found[WAY] == NONE:
            work.pending[failed] = party
            failed += 1
            continue
        trip = place(task, plan, work, party, cost)
        if task.clocked:
            retime(task, plan, work, trip)
    return failed


@compiled
def settle(plan: Plan, work: Work, recalled: int, failed: int) -> None:
    """Write down who is left out after a step that is kept."""
    left = plan.tally[LEFT]
    for n in range(recalled):  # close the hole in front from behind
        if left - 1 - n >= recalled:
            plan.out[n] = plan.out[left - 1 - n]
    left -= recalled
    for n in range(failed):
        plan.out[left + n] = work.pending[n]
    plan.tally[LEFT] = left + failed


@compiled
def copy_plan(given: Plan, taken: Plan) -> None:
    """Copy a whole plan."""
    for n in range(given.tally[LIVE]):
        trip = given.slot[n]
        for at in range(given.size[trip]):
            taken.row[trip, at], taken.leg[trip, at] = given.row[trip, at], given.leg[trip, at]
        taken.leg[trip, given.size[trip]] = given.leg[trip, given.size[trip]]
        taken.size[trip], taken.load[trip] = given.size[trip], given.load[trip]
        taken.goal[trip], taken.kind[trip] = given.goal[trip], given.kind[trip]
        taken.before[trip], taken.after[trip] = given.before[trip], given.after[trip]
        taken.metres[trip], taken.span[trip] = given.metres[trip], given.span[trip]
        taken.finish[trip], taken.mask[trip] = given.finish[trip], given.mask[trip]
        taken.label[trip] = given.label[trip]
    for n in range(given.tally[LIVE], len(given.slot)):
        taken.size[given.slot[n]] = 0
    for trip in range(len(given.slot)):
        taken.slot[trip], taken.slot_at[trip] = given.slot[trip], given.slot_at[trip]
    for party in range(len(given.trip)):
        taken.trip[party], taken.spot[party] = given.trip[party], given.spot[party]
        taken.out[party] = given.out[party]
    for kind in range(len(given.used)):
        taken.used[kind] = given.used[kind]
    for label in range(len(given.labelled)):
        taken.labelled[label] = given.labelled[label]
    taken.tally[LIVE], taken.tally[LEFT], taken.cost[0] = given.tally[LIVE], given.tally[LEFT], given.cost[0]


@compiled
def anneal(task: Task, plan: Plan, best: Plan, work: Work, first: int, steps: int, heat: float) -> int:
    """Take `steps` steps at one temperature, keep the best plan in `best`; return how often it got better."""
    better = 0
    work.heat[0] = heat
    for step in range(first, first + steps):
        before = plan.cost[0]
        work.tally[TOUCHED] = work.tally[PENDING] = 0
        kept = ruin(task, plan, work, step + 1)
        recalled = failed = 0
        if kept:
            recalled = recall(plan, work)
            order(task, work)
            failed = recreate(task, plan, work)
            kept = plan.cost[0] < before - heat * math.log(1.0 - draw(work.dice)) - 1e-9
        if kept:
            settle(plan, work, recalled, failed)
        else:
            take_back(plan, work)
            plan.cost[0] = before
        for n in range(work.tally[TOUCHED]):
            work.is_touched[work.touched[n]] = False
        if plan.cost[0] < best.cost[0] - 1e-9:
            copy_plan(plan, best)
            better += 1
    return better
