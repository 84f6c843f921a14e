"""Compiled: orders that compete for the same makers are taken out of a plan and put back in.

Ruin and recreate (Schrimpf et al. 2000; Christiaens and Vanden Berghe 2020) under annealing. An order put back gets the
best set of few makers for the hours that are left, by cost and by a share of what hours are worth in the relaxation.
Whatever comes out keeps to hours, lots and numbers of partners at every step. Import this module late: it loads Numba.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch.compiled import compiled
from sijin.engines.dispatch.dice import State, draw

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
EPS = 1e-9
NEAR, ROOMY = 6, 2  # ways looked at for an order: the cheapest, and of the others those with most room
MOST_OUT = 8  # orders taken out at a time, and makers touched at most
EXACT = 3  # partners up to which all sets are tried


@compiled
def _free(slack: Floats, first: int, last: int) -> float:
    """Return the hours that fit into weeks `first` to `last` of a maker."""
    least = np.inf
    for s in range(first + 1):
        for e in range(last, slack.shape[1]):
            if slack[s, e] < least:
                least = slack[s, e]
    return least


@compiled
def _use(slack: Floats, first: int, last: int, hours: float) -> None:
    for s in range(first + 1):
        for e in range(last, slack.shape[1]):
            slack[s, e] -= hours


@compiled
def slacks(room: Floats, maker: Ints, first: Ints, last: Ints, work: Floats) -> Floats:
    """Return the hours left (makers × first week × last week), infinite where the last week lies before the first."""
    makers, weeks = room.shape[0], room.shape[1] - 1
    slack = np.full((makers, weeks, weeks), np.inf)
    for m in range(makers):
        for s in range(weeks):
            for e in range(s, weeks):
                slack[m, s, e] = room[m, e + 1] - room[m, s]
    for way in range(len(maker)):
        if work[way] > 0:
            _use(slack[maker[way]], first[way], last[way], work[way])
    return slack


@compiled
def _filled(
    pick: Ints, size: int, price: Floats, setup: Floats, lot: Floats, cap: Floats, penalty: float, left: float,
    part: Floats,
) -> float:  # fmt: skip
    """Fill the ways picked (cheapest first) into `part`; return the cost, or infinity where their lots are too much."""
    cost = 0.0
    for k in range(size):
        part[k] = lot[pick[k]]
        left -= part[k]
        cost += setup[pick[k]] + price[pick[k]] * part[k]
    if left < -EPS:
        return np.inf
    for k in range(size):
        if left <= EPS or price[pick[k]] >= penalty:
            break
        more = min(cap[pick[k]] - part[k], left)
        part[k] += more
        left -= more
        cost += price[pick[k]] * more
    return cost + penalty * max(left, 0.0)


@compiled
def _put(
    o: int, start: Ints, maker: Ints, first: Ints, last: Ints, hours: Floats, setup: Floats, lot: Floats, top: Floats,
    must: Flags, guide: Floats, dear: Floats, most: Ints, penalty: Floats, share: Floats, taken: Flags, slack: Floats,
    noise: float, dice: State,
) -> None:  # fmt: skip
    """Give order `o`, which has only its locks, its best ways in the hours that are left."""
    begin, n = start[o], start[o + 1] - start[o]
    price, cap, own = np.empty(n), np.empty(n), np.empty(n, np.int64)
    count, left, partners = 0, 1.0, most[o]
    for e in range(begin, begin + n):
        if must[e]:
            left -= share[e]
            partners -= 1
    if left <= EPS or partners <= 0:
        return
    for e in range(begin, begin + n):
        if must[e] or guide[e] >= penalty[o]:
            continue
        room = (_free(slack[maker[e]], first[e], last[e]) - setup[e]) / hours[e]
        room = min(room, top[e])
        if room > EPS and room >= lot[e]:
            price[count] = guide[e] + noise * penalty[o] * draw(dice)
            cap[count] = min(room, left)
            own[count] = e
            count += 1
    if count == 0:
        return
    ranked = np.argsort(price[:count])
    if count > NEAR + ROOMY:
        for k in range(ROOMY):
            best = NEAR + k
            for j in range(NEAR + k + 1, count):
                if cap[ranked[j]] > cap[ranked[best]]:
                    best = j
            ranked[NEAR + k], ranked[best] = ranked[best], ranked[NEAR + k]
        count = NEAR + ROOMY
        if price[ranked[count - 1]] < price[ranked[count - 2]]:
            ranked[count - 1], ranked[count - 2] = ranked[count - 2], ranked[count - 1]
    kept = own[ranked[:count]]
    price, cap = price[ranked[:count]], cap[ranked[:count]]
    fee, least = dear[kept], lot[kept]
    part, best_part, best_pick = np.empty(count), np.empty(count), np.empty(count, np.int64)
    pick = np.empty(count, np.int64)
    best_size, best_cost = 0, penalty[o] * left
    for size in range(1, min(partners, count) + 1):
        for k in range(size):
            pick[k] = k
        while True:
            cost = _filled(pick, size, price, fee, least, cap, penalty[o], left, part)
            if cost < best_cost - EPS:
                best_cost, best_size = cost, size
                best_part[:size] = part[:size]
                best_pick[:size] = pick[:size]
            if size > EXACT:
                break
            k = size - 1
            while k >= 0 and pick[k] == count - size + k:
                k -= 1
            if k < 0:
                break
            pick[k] += 1
            for later in range(k + 1, size):
                pick[later] = pick[later - 1] + 1
    for k in range(best_size):
        if best_part[k] > EPS:
            e = kept[best_pick[k]]
            share[e] = best_part[k]
            taken[e] = True
            _use(slack[maker[e]], first[e], last[e], setup[e] + hours[e] * share[e])


@compiled
def _worth(
    o: int, start: Ints, cost: Floats, before: Floats, change: Floats, penalty: Floats, share: Floats
) -> float:  # fmt: skip
    """Return what an order costs now."""
    total, left = 0.0, 1.0
    for e in range(start[o], start[o + 1]):
        left -= share[e]
        total += cost[e] * share[e]
        if change[e] > 0:
            total += change[e] * max(before[e] - share[e], 0.0)
    return float(total + penalty[o] * max(left, 0.0))


@compiled
def anneal(
    start: Ints, order: Ints, maker: Ints, first: Ints, last: Ints, hours: Floats, setup: Floats, cost: Floats,
    lot: Floats, top: Floats, must: Flags, before: Floats, change: Floats, most: Ints, penalty: Floats, hour: Floats,
    by_maker: Ints, maker_start: Ints, slack: Floats, share: Floats, taken: Flags, best_share: Floats, now: float,
    best: float, heat: float, cold: float, steps: int, dice: State,
) -> tuple[float, float]:  # fmt: skip
    """Take out and put back `steps` times while the temperature goes from `heat` to `cold`; return now and best.

    `share`, `taken` and `slack` are the plan as it stands and are changed; `best_share` is the best one seen. `hour` is
    what an hour of each way is worth (yuan).
    """
    orders = len(start) - 1
    weeks = slack.shape[1]
    out = np.empty(MOST_OUT, np.int64)
    key = np.empty(MOST_OUT)
    is_out = np.zeros(orders, np.bool_)
    saved = np.empty((MOST_OUT * 8, weeks, weeks))
    saved_maker = np.empty(MOST_OUT * 8, np.int64)
    is_saved = np.zeros(slack.shape[0], np.bool_)
    widest = 1
    for o in range(orders):
        widest = max(widest, start[o + 1] - start[o])
    old_share, old_taken = np.empty((MOST_OUT, widest)), np.empty((MOST_OUT, widest), np.bool_)
    guide, dear = cost.copy(), setup * 0.0
    queue = np.empty(len(order), np.int64)
    for step in range(steps):
        warm = heat * math.exp(math.log(cold / heat) * step / max(steps - 1, 1))
        if step % 64 == 0:
            weight = 1.2 * draw(dice)
            for e in range(len(order)):
                guide[e] = cost[e] + weight * hours[e] * hour[e] - (change[e] if before[e] > 0 else 0.0)
                dear[e] = weight * setup[e] * hour[e]
        goal = 2 + int((MOST_OUT - 2) * draw(dice) ** 2)
        centre = int(orders * draw(dice))
        if draw(dice) < 0.5:  # one of those that are short, if any is met with soon
            for _ in range(20):
                other = int(orders * draw(dice))
                left = 1.0
                for e in range(start[other], start[other + 1]):
                    left -= share[e]
                if left > 1e-6:
                    centre = other
                    break
        count = 1
        out[0] = centre
        is_out[centre] = True
        for _ in range(6):
            ways = start[centre + 1] - start[centre]
            if count >= goal or ways == 0:
                break
            m = maker[start[centre] + int(ways * draw(dice))]
            there = 0
            for k in range(maker_start[m], maker_start[m + 1]):
                if taken[by_maker[k]] and not is_out[order[by_maker[k]]]:
                    queue[there] = order[by_maker[k]]
                    there += 1
            quota = 1 + int(5 * draw(dice))
            while there > 0 and quota > 0 and count < goal:
                k = int(there * draw(dice))
                out[count] = queue[k]
                is_out[queue[k]] = True
                there -= 1
                queue[k] = queue[there]
                count += 1
                quota -= 1
        old, saves = 0.0, 0
        for k in range(count):
            o = out[k]
            is_out[o] = False
            old += _worth(o, start, cost, before, change, penalty, share)
            for e in range(start[o], start[o + 1]):
                m = maker[e]
                old_share[k, e - start[o]] = share[e]
                old_taken[k, e - start[o]] = taken[e]
                if taken[e] and not must[e]:
                    if not is_saved[m] and saves < len(saved_maker):
                        is_saved[m] = True
                        saved[saves] = slack[m]
                        saved_maker[saves] = m
                        saves += 1
                    _use(slack[m], first[e], last[e], -(setup[e] + hours[e] * share[e]))
                    share[e] = 0.0
                    taken[e] = False
        way_of_sorting = int(4 * draw(dice))
        for k in range(count):
            o = out[k]
            if way_of_sorting == 0:
                key[k] = draw(dice)
            elif way_of_sorting == 1:
                key[k] = -penalty[o] * (0.7 + 0.6 * draw(dice))
            elif way_of_sorting == 2:
                key[k] = (start[o + 1] - start[o]) * (0.5 + draw(dice))
            else:
                key[k] = k
        noise = 0.1 * draw(dice) ** 4
        new = 0.0
        for k in np.argsort(key[:count]):
            _put(
                out[k], start, maker, first, last, hours, setup, lot, top, must, guide, dear, most, penalty, share,
                taken, slack, noise, dice,
            )  # fmt: skip
            new += _worth(out[k], start, cost, before, change, penalty, share)
        if new - old < -warm * math.log(max(draw(dice), 1e-12)):
            now += new - old
            if now < best - 1e-9 * abs(best):
                best = now
                best_share[:] = share
        else:
            for k in range(count):
                o = out[k]
                for e in range(start[o], start[o + 1]):
                    if taken[e] and not must[e] and not is_saved[maker[e]]:
                        _use(slack[maker[e]], first[e], last[e], -(setup[e] + hours[e] * share[e]))
                    share[e] = old_share[k, e - start[o]]
                    taken[e] = old_taken[k, e - start[o]]
            for k in range(saves):
                slack[saved_maker[k]] = saved[k]
        for k in range(saves):
            is_saved[saved_maker[k]] = False
    return now, best
