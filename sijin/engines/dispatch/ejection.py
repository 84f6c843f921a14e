"""Local search for the generalised assignment: shifts, swaps and ejection chains under a growing price of misfit.

State: an agent for each job. Energy: the reduced costs of all pairs in use plus, per agent, what its load and number of
jobs cost beyond what the linear relaxation's prices already say (its misfit, zero when it is filled exactly). A chain
moves a job to a near agent, that agent ejects a job, and so on, until one settles or goes back to where the first came
from; it is searched depth first and cut off as soon as it can no longer end below the level drawn for it (Metropolis).
The idea of the chains is Yagiura, Ibaraki & Glover's (2004). The weight of the misfit grows during a run, so that loads
are settled last. Import this module late: it loads Numba.
"""

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch.compiled import compiled
from sijin.engines.dispatch.dice import State, draw
from sijin.engines.milp import Floats, Ints

DEPTH = 4  # agents in a chain beside the first
EFFORT = 3_000  # trials for one chain
EXACT = 1e-9  # a load beyond its capacity by no more than this is within it
Seats = NDArray[np.int32]


@compiled
def search(
    cost: Floats, reduced: Floats, use: Floats, rules: Floats, near: Ints, agent: Ints, best: Ints, best_value: float,
    price: float, starts: Ints, steps: int, heat: Floats, weight: Floats, state: State,
) -> float:  # fmt: skip
    """Change `agent` by `steps` trials of chains that begin at one of the jobs `starts`; return the best value.

    ``rules`` (agents, 8) as in `_misfit`; ``near`` (jobs, width) the agents a chain may move a job to; ``heat`` and
    ``weight``: first and last temperature and weight of the misfit. ``best`` takes the best assignment whose true value
    (costs, overload at `price`, numbers outside the band) is below `best_value`; an infinite price allows no overload.
    """
    jobs, agents = cost.shape
    load, count = np.zeros(agents), np.zeros(agents, np.int64)
    inside, seat = np.empty((agents, jobs), np.int32), np.empty(jobs, np.int32)
    spent, beyond, crowded = 0.0, 0.0, 0
    for j in range(jobs):
        a = agent[j]
        load[a] += use[j, a]
        inside[a, count[a]] = j
        seat[j] = count[a]
        count[a] += 1
        spent += cost[j, a]
    misfit = np.empty(agents)
    for a in range(agents):
        misfit[a] = _misfit(load[a], count[a], rules[a])
        spent += _outside(count[a], rules[a])
        beyond += _over(load[a], rules[a])
        crowded += _over(load[a], rules[a]) > 0
    temperature, lam = heat[0], weight[0]
    cool, grow = (heat[1] / heat[0]) ** (1.0 / steps), (weight[1] / weight[0]) ** (1.0 / steps)
    mark, job, goal = np.zeros(agents, np.int64), np.zeros(DEPTH + 1, np.int64), np.zeros(DEPTH + 1, np.int64)
    for trial in range(1, steps + 1):
        temperature *= cool
        lam *= grow
        job[0] = starts[int(draw(state) * len(starts))]
        origin = agent[job[0]]
        length = _chain(reduced, use, rules, near, origin, load, count, inside, misfit, lam, temperature, trial, mark,
                        job, goal, state)  # fmt: skip
        if length == 0:
            continue
        touched = length - (goal[length - 1] == origin)
        for q in range(-1, touched):
            a = goal[q] if q >= 0 else origin
            spent -= _outside(count[a], rules[a])
            beyond -= _over(load[a], rules[a])
            crowded -= _over(load[a], rules[a]) > 0
        for q in range(length):
            spent += _move(job[q], goal[q], cost, use, agent, load, count, inside, seat)
        for q in range(-1, touched):
            a = goal[q] if q >= 0 else origin
            misfit[a] = _misfit(load[a], count[a], rules[a])
            spent += _outside(count[a], rules[a])
            beyond += _over(load[a], rules[a])
            crowded += _over(load[a], rules[a]) > 0
        value = spent + price * beyond if crowded > 0 else spent
        if value < best_value - EXACT:
            best_value = value
            best[:] = agent
    return best_value


@compiled
def _chain(
    reduced: Floats, use: Floats, rules: Floats, near: Ints, origin: int, load: Floats, count: Ints, inside: Seats,
    misfit: Floats, lam: float, temperature: float, trial: int, mark: Ints, job: Ints, goal: Ints, state: State,
) -> int:  # fmt: skip
    """Seek moves ``job[q] -> goal[q]`` from ``job[0]`` on that raise the energy by less than the level drawn.

    Every agent but the first (`origin`) appears once, so the changes add up. Returns the number of moves, 0 for none.
    """
    width = near.shape[1]
    at, inner, turn = np.zeros(DEPTH, np.int64), np.full(DEPTH, -1, np.int64), np.zeros(DEPTH, np.int64)
    total = np.zeros(DEPTH)
    base, rule = load[origin] - use[job[0], origin], rules[origin]
    level = -temperature * np.log(draw(state) + 1e-300)
    allowed = level + lam * misfit[origin]
    emptied = lam * (_misfit(base, count[origin] - 1, rule) - misfit[origin])
    turn[0], total[0] = int(draw(state) * width), -reduced[job[0], origin]
    mark[origin] = trial
    k, effort = 0, 0
    while k >= 0:
        if at[k] >= width or effort > EFFORT:
            k -= 1
            if k >= 0:
                mark[goal[k]] = 0
            continue
        j = job[k]
        b = near[j, (at[k] + turn[k]) % width]
        partial = total[k] + reduced[j, b] - lam * misfit[b]
        if inner[k] < 0:
            if mark[b] == trial or partial > allowed + 2.0 * temperature:
                at[k] += 1
                continue
            effort += 1
            if partial + emptied + lam * _misfit(load[b] + use[j, b], count[b] + 1, rules[b]) <= level:
                goal[k] = b
                return k + 1
            inner[k] = 0
        filled, deeper = load[b] + use[j, b], False
        while inner[k] < count[b] and not deeper:
            other = inside[b, inner[k]]
            inner[k] += 1
            effort += 1
            so_far = partial - reduced[other, b] + lam * _misfit(filled - use[other, b], count[b], rules[b])
            if so_far > allowed:
                continue
            back = so_far + reduced[other, origin]
            if back <= allowed:
                back += lam * (_misfit(base + use[other, origin], count[origin], rule) - misfit[origin])
                if back <= level:
                    goal[k], job[k + 1], goal[k + 1] = b, other, origin
                    return k + 2
            deeper = k + 1 < DEPTH
        if deeper:
            goal[k] = b
            mark[b] = trial
            k += 1
            job[k], at[k], inner[k], turn[k], total[k] = other, 0, -1, int(draw(state) * width), so_far
        else:
            at[k] += 1
            inner[k] = -1
    return 0


@compiled
def _misfit(load: float, count: int, rule: Floats) -> float:
    """Return an agent's misfit.

    ``rule``: capacity; price of a unit of room, of a unit beyond; least, most, price of a job outside; price of a job;
    what makes the least misfit zero.
    """
    room = rule[0] - load
    value = rule[1] * room if room >= 0 else -rule[2] * room
    if rule[5] > 0:
        value += rule[5] * (max(rule[3] - count, 0.0) + max(count - rule[4], 0.0)) + rule[6] * count + rule[7]
    return float(value)


@compiled
def _over(load: float, rule: Floats) -> float:
    return float(load - rule[0]) if load > rule[0] + EXACT else 0.0


@compiled
def _outside(count: int, rule: Floats) -> float:
    return float(rule[5] * (max(rule[3] - count, 0.0) + max(count - rule[4], 0.0)))


@compiled
def _move(
    j: int, to: int, cost: Floats, use: Floats, agent: Ints, load: Floats, count: Ints, inside: Seats, seat: Seats
) -> float:
    """Move one job and return by how much the costs change."""
    a = agent[j]
    end = inside[a, count[a] - 1]
    inside[a, seat[j]] = end
    seat[end] = seat[j]
    count[a] -= 1
    load[a] -= use[j, a]
    inside[to, count[to]] = j
    seat[j] = count[to]
    count[to] += 1
    load[to] += use[j, to]
    agent[j] = to
    return float(cost[j, to] - cost[j, a])
