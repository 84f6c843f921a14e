"""Local search for a posting whose sites may ask a team for skills that it does not want yet.

Shifts and swaps under a falling temperature (Metropolis). What a team pays for the skills that it is newly asked for
is `fees`: the cheapest sit where generals would, the others drive somebody out or stay uncovered. Import this module
late: it loads Numba.
"""

import numpy as np

from sijin.engines.dispatch.compiled import compiled
from sijin.engines.dispatch.dice import State, draw
from sijin.engines.milp import Floats, Ints

EXACT = 1e-9  # a load beyond its limit by no more than this is within it


@compiled
def fees(count: Ints, price: Floats, free: int, dear: float, cap: float, held: Floats) -> float:
    """Return what a team pays for the skills it is asked for (`count` > 0), as `Fees` says.

    ``held`` is room to work in, as long as ``price``.
    """
    asked = 0
    for skill in range(len(price)):
        if count[skill] > 0 and price[skill] >= 0.0:
            own, at = min(price[skill], dear), asked
            while at > 0 and held[at - 1] > own:
                held[at] = held[at - 1]
                at -= 1
            held[at] = own
            asked += 1
    total = 0.0
    for at in range(asked):
        total += held[at] if at < free else min(dear, held[at] + cap)
    return total


@compiled
def _held(load: float, count: int, rules: Floats) -> float:
    """Return what a team pays for its load and number of sites; rules: limit, least, most, prices of both."""
    over = load - rules[0]
    total = rules[3] * over if over > EXACT else 0.0
    if count < rules[1]:
        total += rules[4] * (rules[1] - count)
    if count > rules[2]:
        total += rules[4] * (count - rules[2])
    return total


@compiled
def search(
    cost: Floats, work: Floats, rules: Floats, wants: Ints, price: Floats, free: Ints, dear: Floats,
    cap: Floats, near: Ints,
    team: Ints, best: Ints, best_value: float, steps: int, heat: Floats, state: State,
) -> float:  # fmt: skip
    """Change `team` by `steps` trials; put the cheapest posting below `best_value` into `best`; return its cost.

    ``cost`` (sites, teams); ``rules`` (teams, 5) as in `_held`; ``wants`` (sites, most) the skills of a site, -1
    beyond; ``price`` (teams, skills) as in `fees`; ``near`` (sites, width) the teams that are tried.
    """
    sites, teams = cost.shape
    most, skills = wants.shape[1], price.shape[1]
    load, count = np.zeros(teams), np.zeros(teams, np.int64)
    asked = np.zeros((teams, skills), np.int64)
    inside, seat = np.empty((teams, sites), np.int32), np.empty(sites, np.int32)
    value = 0.0
    for i in range(sites):
        t = team[i]
        load[t] += work[i]
        inside[t, count[t]] = i
        seat[i] = count[t]
        count[t] += 1
        value += cost[i, t]
        for k in range(most):
            if wants[i, k] >= 0:
                asked[t, wants[i, k]] += 1
    room = np.empty(skills)
    fee = np.empty(teams)
    for t in range(teams):
        fee[t] = fees(asked[t], price[t], free[t], dear[t], cap[t], room)
        value += fee[t] + _held(load[t], count[t], rules[t])
    temperature, cool = heat[0], (heat[1] / heat[0]) ** (1.0 / max(steps, 1))
    for _ in range(steps):
        temperature *= cool
        i = int(draw(state) * sites)
        a, b = team[i], near[i, int(draw(state) * near.shape[1])]
        if a == b:
            continue
        j = -1
        if count[b] > 0 and draw(state) < 0.6:
            j = inside[b, int(draw(state) * count[b])]
        gain = cost[i, b] - cost[i, a]
        da, db = -work[i], work[i]
        if j >= 0:
            gain += cost[j, a] - cost[j, b]
            da, db = da + work[j], db - work[j]
        n = 1 if j < 0 else 0
        gain += _held(load[a] + da, count[a] - n, rules[a]) - _held(load[a], count[a], rules[a])
        gain += _held(load[b] + db, count[b] + n, rules[b]) - _held(load[b], count[b], rules[b])
        limit = -temperature * np.log(max(draw(state), 1e-12))
        if not gain - fee[a] - fee[b] < limit:
            continue
        for k in range(most):
            if wants[i, k] >= 0:
                asked[a, wants[i, k]] -= 1
                asked[b, wants[i, k]] += 1
            if j >= 0 and wants[j, k] >= 0:
                asked[b, wants[j, k]] -= 1
                asked[a, wants[j, k]] += 1
        new_a = fees(asked[a], price[a], free[a], dear[a], cap[a], room)
        new_b = fees(asked[b], price[b], free[b], dear[b], cap[b], room)
        gain += new_a + new_b - fee[a] - fee[b]
        if gain >= limit:
            for k in range(most):
                if wants[i, k] >= 0:
                    asked[a, wants[i, k]] += 1
                    asked[b, wants[i, k]] -= 1
                if j >= 0 and wants[j, k] >= 0:
                    asked[b, wants[j, k]] += 1
                    asked[a, wants[j, k]] -= 1
            continue
        value += gain
        fee[a], fee[b] = new_a, new_b
        load[a] += da
        load[b] += db
        team[i] = b
        if j >= 0:
            team[j] = a
            inside[a, seat[i]], inside[b, seat[j]] = j, i
            seat[i], seat[j] = seat[j], seat[i]
        else:
            last = inside[a, count[a] - 1]
            inside[a, seat[i]] = last
            seat[last] = seat[i]
            inside[b, count[b]] = i
            seat[i] = count[b]
            count[a] -= 1
            count[b] += 1
        if value < best_value - 1e-7 and temperature < 0.2 * heat[0]:
            best_value = value
            best[:] = team
    return best_value
