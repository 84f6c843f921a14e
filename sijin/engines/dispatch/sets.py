"""The bound of a posting where teams have few sites: each team's best set of sites, at prices of the sites.

For any prices, what the sites are worth plus what the best set of each team costs beyond that is a bound (Lagrangian
relaxation of the rule that each site has one team). Sets are found exactly, by depth first with a bound; so load,
number and fees are held whole, which the linear relaxation splits. Import this module late: it loads Numba.
"""

import numpy as np

from sijin.engines.dispatch.anneal import fees
from sijin.engines.dispatch.compiled import compiled
from sijin.engines.milp import Floats, Ints

NODES = 3_000_000  # sets tried for all teams together, at most


@compiled
def value(
    cost: Floats, worth: Floats, work: Floats, rules: Floats, wants: Ints, price: Floats, free: Ints, dear: Floats,
    cap: Floats, held: Ints, nodes: int,
) -> float:  # fmt: skip
    """Return the bound at prices `worth` of the sites; count in `held` how many teams take each. -inf: too many sets.

    ``cost`` (teams, sites); the rest as in `anneal.search`.
    """
    teams, sites = cost.shape
    held[:] = 0
    total, most = 0.0, wants.shape[1]
    site, gain = np.empty(sites, np.int64), np.empty(sites)
    state, chosen = np.empty(sites + 1, np.int64), np.empty(sites, np.int64)
    asked, room, rest = np.zeros(price.shape[1], np.int64), np.empty(price.shape[1]), np.empty(sites + 1)
    for i in range(sites):
        total += worth[i]
    for t in range(teams):
        count = 0
        for i in range(sites):
            if cost[t, i] - worth[i] < rules[t, 4]:  # beyond that it does not pay even to fill the band
                site[count], gain[count] = i, cost[t, i] - worth[i]
                count += 1
        order = np.argsort(gain[:count])
        mine, own = site[:count][order], gain[:count][order]
        rest[count] = 0.0
        for k in range(count - 1, -1, -1):
            rest[k] = rest[k + 1] + min(own[k], 0.0)
        best, taken = rules[t, 4] * rules[t, 1], 0
        k, number, load, spent = 0, 0, 0.0, 0.0
        state[: count + 1] = 0  # 0 not looked at, 1 taken, 2 left
        asked[:] = 0
        while True:
            deeper = False
            if k < count:
                nodes -= 1
                if nodes < 0:
                    return -np.inf
                least = spent + rest[k] + rules[t, 3] * max(load - rules[t, 0], 0.0)
                least += rules[t, 4] * max(number - rules[t, 2], 0.0)
                deeper = least < best - 1e-9
                if own[k] >= 0.0 and (number >= rules[t, 1] or spent + own[k] >= best):
                    deeper = False
            if deeper:
                state[k] = 1
                spent += own[k]
                load += work[mine[k]]
                number += 1
                for n in range(most):
                    if wants[mine[k], n] >= 0:
                        asked[wants[mine[k], n]] += 1
                here = spent + rules[t, 3] * max(load - rules[t, 0], 0.0)
                here += rules[t, 4] * (max(rules[t, 1] - number, 0.0) + max(number - rules[t, 2], 0.0))
                if here < best:
                    here += fees(asked, price[t], free[t], dear[t], cap[t], room)
                    if here < best:
                        best, taken = here, 0
                        for n in range(k + 1):
                            if state[n] == 1:
                                chosen[taken] = mine[n]
                                taken += 1
                k += 1
                continue
            k -= 1
            while k >= 0 and state[k] == 2:
                k -= 1
            if k < 0:
                break
            spent -= own[k]
            load -= work[mine[k]]
            number -= 1
            for n in range(most):
                if wants[mine[k], n] >= 0:
                    asked[wants[mine[k], n]] -= 1
            state[k] = 2
            k += 1
        total += best
        for n in range(taken):
            held[chosen[n]] += 1
    return total
