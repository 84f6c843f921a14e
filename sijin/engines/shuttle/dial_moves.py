"""Compiled: requests of a dial-a-ride leave their tours and are put back pair by pair, under annealing.

Whether a tour can be run is decided exactly: its times are the least solution of difference constraints (windows,
rides, duration), raised from below until nothing moves (Bellman and Ford). Import this module late: it loads Numba.
"""

import math

from sijin.engines.dispatch.dice import draw
from sijin.engines.shuttle.arrays import Floats, Ints
from sijin.engines.shuttle.compiled import compiled
from sijin.engines.shuttle.dial_arrays import Asked, Bench, Tours

EPS = 1e-9
BLINK = 0.02  # share of the places that are passed over
MOST, LARGEST = 0.3, 20  # of all requests, and requests, taken out in one step at most
ONE, SPARED = 0.1, 0.15  # chance that one whole tour is taken out, and that a request near by stays


@compiled
def timed(asked: Asked, line: Ints, size: int, begin: Floats) -> bool:
    """Find the earliest begins at the stops of a tour (depot first and last); False where there are none."""
    requests = len(asked.ride)
    for at in range(size):
        begin[at] = asked.early[line[at]]
    for _ in range(size + 2):
        moved = False
        for at in range(1, size):
            before, node = line[at - 1], line[at]
            least = begin[at - 1] + asked.service[before] + asked.way[before, node]
            if least > begin[at] + EPS:
                begin[at] = least
                moved = True
            if begin[at] > asked.late[node] + EPS:
                return False
        for at in range(1, size - 1):  # who would ride too long boards later
            if line[at] >= requests:
                continue
            off = at + 1
            while line[off] != line[at] + requests:
                off += 1
            least = begin[off] - asked.ride[line[at]] - asked.service[line[at]]
            if least > begin[at] + EPS:
                begin[at] = least
                moved = True
        if begin[size - 1] - asked.duration > begin[0] + EPS:
            begin[0] = begin[size - 1] - asked.duration
            moved = True
        if not moved:
            return bool(begin[0] <= asked.late[line[0]] + EPS)
    return False


@compiled
def lay(asked: Asked, tours: Tours, work: Bench, tour: int, request: int, on: int, off: int) -> int:
    """Write a tour with a request boarding before place `on` and alighting before place `off` of the old one."""
    depot = len(asked.early) - 1
    requests = len(asked.ride)
    work.line[0] = depot
    at = 1
    for place in range(tours.size[tour] + 1):
        if place == on:
            work.line[at] = request
            at += 1
        if place == off:
            work.line[at] = request + requests
            at += 1
        if place < tours.size[tour]:
            work.line[at] = tours.row[tour, place]
            at += 1
    work.line[at] = depot
    return at + 1


@compiled
def span(asked: Asked, tours: Tours, work: Bench, tour: int) -> None:
    """Reckon between which moments each stop of a tour begins, as far as windows and ways go."""
    depot, size = len(asked.early) - 1, tours.size[tour]
    before, moment = depot, asked.early[depot]
    for at in range(size):
        node = tours.row[tour, at]
        moment = max(asked.early[node], moment + asked.service[before] + asked.way[before, node])
        work.first[at] = moment
        before = node
    after, moment = depot, asked.late[depot]
    work.last[size] = moment
    for at in range(size - 1, -1, -1):
        node = tours.row[tour, at]
        moment = min(asked.late[node], moment - asked.way[node, after] - asked.service[node])
        work.last[at] = moment
        after = node


@compiled
def put(asked: Asked, tours: Tours, work: Bench, request: int) -> float:
    """Return the cost of the cheapest pair of places for a request; `found` has them, tour -1 where none pays."""
    depot, best = len(asked.early) - 1, asked.price[request]
    work.found[0] = -1
    empty = False
    for tour in range(len(tours.size)):
        size = tours.size[tour]
        if size == 0:
            if empty:
                continue
            empty = True
        span(asked, tours, work, tour)
        load = 0
        for on in range(size + 1):
            before = tours.row[tour, on - 1] if on > 0 else depot
            load += asked.load[before]
            if load + asked.load[request] > asked.room:
                continue
            moment = work.first[on - 1] if on > 0 else asked.early[depot]
            moment = max(asked.early[request], moment + asked.service[before] + asked.way[before, request])
            if moment > asked.late[request] + EPS:
                break
            best = alight(asked, tours, work, request, tour, on, load, moment, best)
    return float(best)


@compiled
def alight(
    asked: Asked, tours: Tours, work: Bench, request: int, tour: int, on: int, load: int, moment: float, best: float
) -> float:
    """Try every place to alight for a request that boards before place `on` at `moment` at the earliest."""
    depot, drop, way, size = len(asked.early) - 1, request + len(asked.ride), asked.way, tours.size[tour]
    before = tours.row[tour, on - 1] if on > 0 else depot
    after = tours.row[tour, on] if on < size else depot
    first = way[before, request] - way[before, after]
    previous, carried = request, load + asked.load[request]
    for off in range(on, size + 1):
        if off > on:
            node = tours.row[tour, off - 1]
            moment = max(asked.early[node], moment + asked.service[previous] + way[previous, node])
            carried += asked.load[node]
            previous = node
            if carried > asked.room or moment > work.last[off - 1] + EPS:
                break
        there = max(asked.early[drop], moment + asked.service[previous] + way[previous, drop])
        if there > asked.late[drop] + EPS:
            break
        following = tours.row[tour, off] if off < size else depot
        if there + asked.service[drop] + way[drop, following] > work.last[off] + EPS:
            continue
        cost = first + way[previous, drop] + way[drop, following]
        if off > on:
            cost += way[request, after] - way[previous, following]
        if cost < best and draw(work.dice) > BLINK:
            length = lay(asked, tours, work, tour, request, on, off)
            if timed(asked, work.line, length, work.begin):
                best = cost
                work.found[0], work.found[1], work.found[2] = tour, on, off
    return float(best)


@compiled
def take(asked: Asked, tours: Tours, tour: int, request: int) -> None:
    """Take a request out of its tour."""
    requests, depot = len(asked.ride), len(asked.early) - 1
    end, before, old, new = 0, depot, 0.0, 0.0
    last = depot
    for at in range(tours.size[tour]):
        node = tours.row[tour, at]
        old += asked.way[before, node]
        before = node
        if node != request and node != request + requests:
            new += asked.way[last, node]
            last = node
            tours.row[tour, end] = node
            end += 1
    old += asked.way[before, depot]
    new += asked.way[last, depot] if end > 0 else 0.0
    tours.size[tour] = end
    tours.tour[request] = -1
    tours.cost[0] += new - old + asked.price[request]


@compiled
def copy(given: Tours, taken: Tours) -> None:
    """Copy all tours."""
    for tour in range(len(given.size)):
        taken.size[tour] = given.size[tour]
        for at in range(given.size[tour]):
            taken.row[tour, at] = given.row[tour, at]
    for request in range(len(given.tour)):
        taken.tour[request] = given.tour[request]
    taken.cost[0] = given.cost[0]


@compiled
def ruin(asked: Asked, tours: Tours, work: Bench) -> int:
    """Take requests out that go well together, of all tours or of one; return how many are out, in `pending`."""
    requests = len(asked.ride)
    seed = int(draw(work.dice) * requests)
    one = tours.tour[seed] if draw(work.dice) < ONE else -1
    wanted = 1 + int(draw(work.dice) * max(3.0, min(float(LARGEST), MOST * requests)))
    taken = 0
    for n in range(requests):
        request = asked.near[seed, n]
        tour = tours.tour[request]
        if tour < 0 or (one >= 0 and tour != one) or (n > 0 and one < 0 and draw(work.dice) < SPARED):
            continue
        take(asked, tours, tour, request)
        taken += 1
        if one < 0 and taken >= wanted:
            break
    out = 0
    for request in range(requests):
        if tours.tour[request] < 0:
            work.pending[out] = request
            out += 1
    return out


@compiled
def anneal_tours(asked: Asked, tours: Tours, best: Tours, work: Bench, steps: int, heat: float) -> None:
    """Take `steps` steps at one temperature and keep the best tours."""
    for _ in range(steps):
        copy(tours, work.kept)
        out = ruin(asked, tours, work)
        rule = int(draw(work.dice) * 4)
        for n in range(out):
            request = work.pending[n]
            key = draw(work.dice)
            if rule == 1:
                key = asked.early[request]
            elif rule == 2:
                key = -asked.way[len(asked.early) - 1, request]
            elif rule == 3:
                key = asked.late[request] - asked.early[request] + 0.01 * asked.late[request + len(asked.ride)]
            at = n
            while at > 0 and work.key[at - 1] > key:
                work.key[at], work.pending[at] = work.key[at - 1], work.pending[at - 1]
                at -= 1
            work.key[at], work.pending[at] = key, request
        for n in range(out):
            request = work.pending[n]
            cost = put(asked, tours, work, request)
            tour = work.found[0]
            if tour < 0:
                continue
            length = lay(asked, tours, work, tour, request, work.found[1], work.found[2])
            for at in range(1, length - 1):
                tours.row[tour, at - 1] = work.line[at]
            tours.size[tour] = length - 2
            tours.tour[request] = tour
            tours.cost[0] += cost - asked.price[request]
        if tours.cost[0] >= work.kept.cost[0] - heat * math.log(1.0 - draw(work.dice)) - EPS:
            copy(work.kept, tours)
        elif tours.cost[0] < best.cost[0] - EPS:
            copy(tours, best)
