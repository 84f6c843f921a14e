"""Lagrangian relaxation of the generalised assignment: a price per job, a knapsack per agent, dives into answers.

With every job's "exactly one agent" priced (u), what is left falls apart into one knapsack per agent, solved exactly by
dynamic programming. The best prices give a bound that is stronger than the linear relaxation (Fisher, Jaikumar & Van
Wassenhove 1986), and the mean of the knapsacks' answers along the climb says which agent a job belongs to (the volume
idea of Barahona & Anbil 2000). A dive fixes the surest jobs, climbs on, and so ends in an assignment (after Caprara,
Fischetti & Toth 1999). Uses and capacities are whole numbers here. Import this module late: it loads Numba.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch.compiled import compiled
from sijin.engines.dispatch.dice import State, draw
from sijin.engines.milp import Floats, Ints

PATIENCE = 10  # sweeps without a better bound before the step shrinks
SHRINK = 0.7
INERTIA = 0.7  # share of the last direction kept in the next
AGREED = 0.02  # jobs whose sweeps disagree less than this are fixed beyond the portion


@compiled
def _add(before: NDArray[Any], after: NDArray[Any], profit: Any, weight: int) -> None:
    """Write the best values for each room with one item more; slices and one comparison, so that it is vectorised."""
    size = len(before)
    first = min(weight, size)
    for w in range(first):
        after[w] = before[w]
    without, less, out = before[first:size], before[: size - first], after[first:size]
    for w in range(len(out)):
        taken, stays = less[w] + profit, without[w]
        out[w] = taken if taken > stays else stays


@compiled
def _listed(near: Ints, agent: Ints, agents: int) -> tuple[Ints, Ints, Ints]:
    """List for each agent the free jobs that have it among their near agents: jobs, places in `near`, first places."""
    jobs, width = near.shape
    first = np.zeros(agents + 1, np.int64)
    for j in range(jobs):
        if agent[j] < 0:
            for q in range(width):
                first[near[j, q] + 1] += 1
    for i in range(agents):
        first[i + 1] += first[i]
    fill = first[:agents].copy()
    item, place = np.empty(first[agents], np.int64), np.empty(first[agents], np.int64)
    for j in range(jobs):
        if agent[j] < 0:
            for q in range(width):
                i = near[j, q]
                item[fill[i]] = j
                place[fill[i]] = q
                fill[i] += 1
    return item, place, first


@compiled
def climb(
    cost: Floats, use: Ints, room: Ints, near: Ints, agent: Ints, price: Floats, share: Floats, target: float,
    sweeps: int, step: float, pace: float,
) -> float:  # fmt: skip
    """Raise the bound of the free jobs (`agent` < 0) over their near agents by `sweeps` subgradient steps.

    ``price`` (jobs,) ends at the best prices found; ``share`` (jobs, near) at the mean answer, newer ones weighing
    more by `pace`; ``target`` is what the bound is expected to reach; ``step`` the first share of the way to it.
    """
    jobs, agents = cost.shape
    item, place, first = _listed(near, agent, agents)
    most, widest = 0, 1
    for i in range(agents):
        most = max(most, room[i])
        widest = max(widest, first[i + 1] - first[i])
    table = np.zeros((widest + 1, most + 1), np.float32)  # single precision: prices need no more, and it is faster
    weight, at = np.empty(widest, np.int64), np.empty(widest, np.int64)
    cover, way, best_price = np.zeros(jobs), np.zeros(jobs), price.copy()
    best, since = -np.inf, 0
    for _ in range(sweeps):
        bound = 0.0
        for j in range(jobs):
            cover[j] = 0.0
            if agent[j] < 0:
                bound += price[j]
                for q in range(near.shape[1]):
                    share[j, q] *= 1.0 - pace
        for i in range(agents):
            count, size = 0, room[i] + 1
            for k in range(first[i], first[i + 1]):
                j = item[k]
                gain = price[j] - cost[j, i]
                if gain > 0 and use[j, i] <= room[i]:
                    weight[count], at[count] = use[j, i], k
                    _add(table[count, :size], table[count + 1, :size], np.float32(gain), use[j, i])
                    count += 1
            if count == 0:
                continue
            w = room[i]
            bound -= table[count, w]
            for k in range(count - 1, -1, -1):
                if table[k + 1, w] != table[k, w]:
                    w -= weight[k]
                    cover[item[at[k]]] += 1.0
                    share[item[at[k]], place[at[k]]] += pace
        if bound > best + 1e-9:
            best, since = bound, 0
            best_price[:] = price
        else:
            since += 1
            if since >= PATIENCE:
                step, since = step * SHRINK, 0
        length = 0.0
        for j in range(jobs):
            if agent[j] < 0:
                way[j] = INERTIA * way[j] + (1.0 - INERTIA) * (1.0 - cover[j])
                length += way[j] ** 2
        if length < 1e-12:
            break
        ahead = step * max(target - bound, 1e-4 * abs(target)) / length
        for j in range(jobs):
            if agent[j] < 0:
                price[j] += ahead * way[j]
    price[:] = best_price
    return best


@compiled
def settle(
    cost: Floats, use: Ints, room: Ints, near: Ints, agent: Ints, share: Floats, portion: float, noise: float,
    state: State,
) -> tuple[int, float]:  # fmt: skip
    """Fix the surest `portion` of the free jobs (`agent` < 0); return how many were fixed and their cost.

    ``room`` (agents,) is what the fixed jobs leave; it falls, below zero where nothing fitted. ``noise`` blurs which
    jobs are the surest.
    """
    jobs, width = near.shape
    order, free = np.empty(jobs), 0
    for j in range(jobs):
        order[j] = 9.0
        if agent[j] < 0:
            free += 1
            surest = 0.0
            for q in range(width):
                surest = max(surest, share[j, q])
            order[j] = 1.0 - surest + noise * draw(state)
    ranked = np.argsort(order)
    wanted, done, spent = max(1, int(portion * free)), 0, 0.0
    for k in range(free):
        j = ranked[k]
        if done >= wanted and order[j] > AGREED:
            break
        chosen, surest, least, lack = -1, -1.0, 0, np.inf
        for q in range(width):
            i = near[j, q]
            if use[j, i] <= room[i] and share[j, q] > surest:
                chosen, surest = q, share[j, q]
            if use[j, i] - room[i] < lack:
                least, lack = q, float(use[j, i] - room[i])
        i = near[j, chosen if chosen >= 0 else least]
        agent[j] = i
        room[i] -= use[j, i]
        spent += cost[j, i]
        done += 1
    return done, spent


@compiled
def probe(cost: Floats, use: Ints, room: Ints, price: Floats) -> tuple[float, Floats]:
    """Return the bound of these prices over all pairs, and for each pair the bound when the job must go there.

    Each knapsack is solved with each of its items forced in, by joining the tables of the items before and after it.
    """
    jobs, agents = cost.shape
    forced = np.full((jobs, agents), np.inf)
    total, values = price.sum(), np.zeros(agents)
    for i in range(agents):
        size = max(room[i], 0) + 1
        count = 0
        at = np.empty(jobs, np.int64)
        for j in range(jobs):
            if price[j] - cost[j, i] > 0 and use[j, i] <= room[i]:
                at[count] = j
                count += 1
        before, after = np.zeros((count + 1, size)), np.zeros((count + 1, size))
        for k in range(count):
            _add(before[k], before[k + 1], price[at[k]] - cost[at[k], i], use[at[k], i])
        for k in range(count - 1, -1, -1):
            _add(after[k + 1], after[k], price[at[k]] - cost[at[k], i], use[at[k], i])
        values[i] = before[count, size - 1]
        total -= values[i]
        for k in range(count):
            left, most = room[i] - use[at[k], i], -np.inf
            for w in range(left + 1):
                most = max(most, before[k, w] + after[k + 1, left - w])
            forced[at[k], i] = values[i] - (most + price[at[k]] - cost[at[k], i])
        for j in range(jobs):
            if price[j] - cost[j, i] <= 0 and use[j, i] <= room[i] and cost[j, i] < np.inf:
                forced[j, i] = values[i] - before[count, room[i] - use[j, i]] - (price[j] - cost[j, i])
    for j in range(jobs):
        for i in range(agents):
            forced[j, i] += total
    return total, forced
