"""Compiled: orders that compete for the same makers are taken out of a plan and put back in.

Ruin and recreate (Schrimpf et al. 2000; Christiaens and Vanden Berghe 2020) under annealing. An order put back gets the
best set of few makers for the hours that are left, by cost and by a share of what hours are worth in the relaxation.
Whatever comes out keeps to hours, lots and numbers of partners at every step. Import this module late: it loads Numba.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch.compiled import compiled
from sijin.engines.dispatch.dice import State, draw

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
EPS = 1e-9
NEAR, ROOMY = 6, 2  # ways looked at for an order: the cheapest, and of the others those with most room
MOST_OUT = 8  # orders taken out at a time
TRIES, MAKERS = 20, 6  # looks for an order that is short; makers around an order
AS_CHOSEN = 3  # a way of sorting: the order around which the others were chosen comes first
EXACT = 3  # partners up to which all sets are tried


class Pool(NamedTuple):
    """What does not change: see `problem.Posed`; ``by_maker`` are ways sorted by maker, ``begin`` where each starts.

    ``hour`` is what an hour of each way is worth (yuan).
    """

    start: Ints
    order: Ints
    maker: Ints
    first: Ints
    last: Ints
    hours: Floats
    setup: Floats
    cost: Floats
    lot: Floats
    top: Floats
    must: Flags
    before: Floats
    change: Floats
    most: Ints
    penalty: Floats
    hour: Floats
    by_maker: Ints
    begin: Ints


class Plan(NamedTuple):
    """A plan as it stands: shares, partners, and the hours left in every span (makers × first week × last week)."""

    share: Floats
    taken: Flags
    slack: Floats


class Kept(NamedTuple):
    """What a step may have to put back: orders taken out, what they had, and the hours left of the makers touched."""

    out: Ints
    share: Floats
    taken: Flags
    maker: Ints
    slack: Floats
    is_out: Flags
    is_kept: Flags


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
def _offers(
    pool: Pool, plan: Plan, o: int, guide: Floats, noise: float, left: float, dice: State
) -> tuple[Floats, Floats, Ints]:
    """Return price, most, and way of those with hours for order `o`, cheapest first: the cheapest and the roomiest."""
    begin, n = pool.start[o], pool.start[o + 1] - pool.start[o]
    price, cap, own = np.empty(n), np.empty(n), np.empty(n, np.int64)
    count = 0
    for e in range(begin, begin + n):
        if pool.must[e] or guide[e] >= pool.penalty[o]:
            continue
        room = (_free(plan.slack[pool.maker[e]], pool.first[e], pool.last[e]) - pool.setup[e]) / pool.hours[e]
        room = min(room, pool.top[e])
        if room > EPS and room >= pool.lot[e]:
            price[count] = guide[e] + noise * pool.penalty[o] * draw(dice)
            cap[count] = min(room, left)
            own[count] = e
            count += 1
    ranked = np.argsort(price[:count])
    if count > NEAR + ROOMY:
        for k in range(NEAR, NEAR + ROOMY):
            best = k
            for j in range(k + 1, count):
                if cap[ranked[j]] > cap[ranked[best]]:
                    best = j
            ranked[k], ranked[best] = ranked[best], ranked[k]
        ranked = ranked[: NEAR + ROOMY]
        ranked = ranked[np.argsort(price[ranked])]
    return price[ranked], cap[ranked], own[ranked]


@compiled
def _put(pool: Pool, plan: Plan, o: int, guide: Floats, dear: Floats, noise: float, dice: State) -> None:
    """Give order `o`, which has only its locks, its best ways in the hours that are left."""
    left, partners = 1.0, pool.most[o]
    for e in range(pool.start[o], pool.start[o + 1]):
        if pool.must[e]:
            left -= plan.share[e]
            partners -= 1
    if left <= EPS or partners <= 0:
        return
    price, cap, own = _offers(pool, plan, o, guide, noise, left, dice)
    count = len(own)
    fee, least = dear[own], pool.lot[own]
    part, best_part, best_pick = np.empty(count), np.empty(count), np.empty(count, np.int64)
    pick = np.empty(count, np.int64)
    best_size, best_cost = 0, pool.penalty[o] * left
    for size in range(1, min(partners, count) + 1):
        for k in range(size):
            pick[k] = k
        while True:
            cost = _filled(pick, size, price, fee, least, cap, pool.penalty[o], left, part)
            if cost < best_cost - EPS:
                best_cost, best_size = cost, size
                best_part[:size] = part[:size]
                best_pick[:size] = pick[:size]
            k = size - 1
            while k >= 0 and pick[k] == count - size + k:
                k -= 1
            if k < 0 or size > EXACT:
                break
            pick[k] += 1
            for later in range(k + 1, size):
                pick[later] = pick[later - 1] + 1
    for k in range(best_size):
        if best_part[k] > EPS:
            e = own[best_pick[k]]
            plan.share[e] = best_part[k]
            plan.taken[e] = True
            hours = pool.setup[e] + pool.hours[e] * best_part[k]
            _use(plan.slack[pool.maker[e]], pool.first[e], pool.last[e], hours)


@compiled
def _worth(pool: Pool, share: Floats, o: int) -> float:
    """Return what an order costs now."""
    total, left = 0.0, 1.0
    for e in range(pool.start[o], pool.start[o + 1]):
        left -= share[e]
        total += pool.cost[e] * share[e]
        if pool.change[e] > 0:
            total += pool.change[e] * max(pool.before[e] - share[e], 0.0)
    return float(total + pool.penalty[o] * max(left, 0.0))


@compiled
def _short(pool: Pool, share: Floats, o: int) -> bool:
    """Say whether some of an order is not made."""
    left = 1.0
    for e in range(pool.start[o], pool.start[o + 1]):
        left -= share[e]
    return left > 1e-6


@compiled
def _centre(pool: Pool, share: Floats, dice: State) -> int:
    """Return an order: half the time one that is short, if any is met with soon."""
    orders = len(pool.start) - 1
    found = int(orders * draw(dice))
    if draw(dice) < 0.5:
        for _ in range(TRIES):
            other = int(orders * draw(dice))
            if _short(pool, share, other):
                return other
    return found


@compiled
def _choose(pool: Pool, plan: Plan, kept: Kept, queue: Ints, dice: State) -> int:
    """Write orders that compete for the same makers into `kept.out`; return how many."""
    centre = _centre(pool, plan.share, dice)
    bent = 1.0 if _short(pool, plan.share, centre) else 2.0  # more has to give way to an order that is short
    goal = 2 + int((MOST_OUT - 2) * draw(dice) ** bent)
    kept.out[0], kept.is_out[centre], count = centre, True, 1
    ways = pool.start[centre + 1] - pool.start[centre]
    for _ in range(MAKERS):
        if count >= goal or ways == 0:
            break
        maker = pool.maker[pool.start[centre] + int(ways * draw(dice))]
        there = 0
        for k in range(pool.begin[maker], pool.begin[maker + 1]):
            way = pool.by_maker[k]
            if plan.taken[way] and not kept.is_out[pool.order[way]]:
                queue[there] = pool.order[way]
                there += 1
        quota = 1 + int(5 * draw(dice))
        while there > 0 and quota > 0 and count < goal:
            k = int(there * draw(dice))
            kept.out[count], kept.is_out[queue[k]] = queue[k], True
            there, quota, count = there - 1, quota - 1, count + 1
            queue[k] = queue[there]
    for k in range(count):
        kept.is_out[kept.out[k]] = False
    return count


@compiled
def _take_out(pool: Pool, plan: Plan, kept: Kept, count: int) -> int:
    """Take the chosen orders out of the plan, but for their locks; return of how many makers the hours are kept."""
    makers = 0
    for k in range(count):
        o = kept.out[k]
        begin = pool.start[o]
        for e in range(begin, pool.start[o + 1]):
            m = pool.maker[e]
            kept.share[k, e - begin], kept.taken[k, e - begin] = plan.share[e], plan.taken[e]
            if plan.taken[e] and not pool.must[e]:
                if not kept.is_kept[m] and makers < len(kept.maker):
                    kept.is_kept[m] = True
                    kept.slack[makers] = plan.slack[m]
                    kept.maker[makers] = m
                    makers += 1
                _use(plan.slack[m], pool.first[e], pool.last[e], -(pool.setup[e] + pool.hours[e] * plan.share[e]))
                plan.share[e], plan.taken[e] = 0.0, False
    return makers


@compiled
def _put_back(pool: Pool, plan: Plan, kept: Kept, count: int, makers: int) -> None:
    """Undo a step."""
    for k in range(count):
        o = kept.out[k]
        begin = pool.start[o]
        for e in range(begin, pool.start[o + 1]):
            m = pool.maker[e]
            if plan.taken[e] and not pool.must[e] and not kept.is_kept[m]:
                _use(plan.slack[m], pool.first[e], pool.last[e], -(pool.setup[e] + pool.hours[e] * plan.share[e]))
            plan.share[e], plan.taken[e] = kept.share[k, e - begin], kept.taken[k, e - begin]
    for k in range(makers):
        plan.slack[kept.maker[k]] = kept.slack[k]


@compiled
def _sequence(pool: Pool, kept: Kept, count: int, urgent: bool, dice: State) -> Ints:
    """Return in which sequence the orders go back: at random, the dearest first, the least free first, or as chosen."""
    key, way_of_sorting = np.empty(count), int(4 * draw(dice))
    if urgent and draw(dice) < 0.5:
        way_of_sorting = AS_CHOSEN
    for k in range(count):
        o = kept.out[k]
        if way_of_sorting == 0:
            key[k] = draw(dice)
        elif way_of_sorting == 1:
            key[k] = -pool.penalty[o] * (0.7 + 0.6 * draw(dice))
        elif way_of_sorting == 2:
            key[k] = (pool.start[o + 1] - pool.start[o]) * (0.5 + draw(dice))
        else:
            key[k] = k
    return np.argsort(key)


@compiled
def anneal(
    pool: Pool, plan: Plan, kept: Kept, best_share: Floats, now: float, best: float, heat: float, cold: float,
    steps: int, dice: State,
) -> tuple[float, float]:  # fmt: skip
    """Take out and put back `steps` times while the temperature goes from `heat` to `cold`; return now and best.

    `plan` is changed; `best_share` is the best one seen.
    """
    guide, dear, queue = pool.cost.copy(), pool.setup * 0.0, np.empty(len(pool.order), np.int64)
    for step in range(steps):
        warm = heat * math.exp(math.log(cold / heat) * step / max(steps - 1, 1))
        if step % 64 == 0:  # how much the worth of hours counts changes now and then
            weight = 1.2 * draw(dice)
            for e in range(len(guide)):
                guide[e] = pool.cost[e] + weight * pool.hours[e] * pool.hour[e]
                guide[e] -= pool.change[e] if pool.before[e] > 0 else 0.0
                dear[e] = weight * pool.setup[e] * pool.hour[e]
        count = _choose(pool, plan, kept, queue, dice)
        urgent = _short(pool, plan.share, kept.out[0])
        old, new = 0.0, 0.0
        for k in range(count):
            old += _worth(pool, plan.share, kept.out[k])
        makers = _take_out(pool, plan, kept, count)
        noise = 0.1 * draw(dice) ** 4
        for k in _sequence(pool, kept, count, urgent, dice):
            _put(pool, plan, kept.out[k], guide, dear, noise, dice)
            new += _worth(pool, plan.share, kept.out[k])
        if new - old < -warm * math.log(max(draw(dice), 1e-12)):
            now += new - old
            if now < best - 1e-9 * abs(best):
                best = now
                best_share[:] = plan.share
        else:
            _put_back(pool, plan, kept, count, makers)
        for k in range(makers):
            kept.is_kept[kept.maker[k]] = False
    return now, best


def kept_for(pool: Pool, slack: Floats) -> Kept:
    """Return room for what a step may have to put back."""
    widest, makers = int(np.diff(pool.start).max(initial=1)), min(MOST_OUT * 8, len(slack))
    return Kept(
        np.empty(MOST_OUT, np.int64), np.empty((MOST_OUT, widest)), np.empty((MOST_OUT, widest), bool),
        np.empty(makers, np.int64), np.empty((makers, *slack.shape[1:])), np.zeros(len(pool.start) - 1, bool),
        np.zeros(len(slack), bool),
    )  # fmt: skip
