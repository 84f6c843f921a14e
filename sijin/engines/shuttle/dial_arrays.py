"""The arrays of a dial-a-ride: request n boards at node n and alights at node n + requests; the last is the depot."""

from typing import NamedTuple

import numpy as np

from sijin.engines.shuttle.arrays import Dice, Floats, Ints


class Asked(NamedTuple):
    """What does not change during a search; times and ways in the unit of the matrix."""

    way: Floats  # (nodes, nodes)
    early: Floats
    late: Floats
    service: Floats
    load: Ints  # people who board, negative where they alight
    ride: Floats  # longest ride of each request, from the end of boarding to the begin of alighting
    near: Ints  # (requests, requests) by how well two requests go together
    room: int
    duration: float  # of a whole tour
    price: Floats  # of leaving a request out


class Tours(NamedTuple):
    """Tours as they stand."""

    row: Ints  # (vehicles, stops)
    size: Ints
    tour: Ints  # of each request, -1 where it is left out
    cost: Floats


class Bench(NamedTuple):
    """Scratch of the search."""

    kept: Tours
    pending: Ints
    key: Floats
    line: Ints
    begin: Floats
    first: Floats  # earliest begin at each place of a tour, as far as windows go
    last: Floats  # latest begin
    found: Ints  # tour, place of boarding, place of alighting
    dice: Dice


def empty_tours(asked: Asked, vehicles: int) -> Tours:
    """Return tours that serve nobody."""
    requests = len(asked.ride)
    return Tours(
        np.zeros((vehicles, 2 * requests + 2), np.int64), np.zeros(vehicles, np.int64),
        np.full(requests, -1, np.int64), np.array([float(asked.price.sum())]),
    )  # fmt: skip


def bench(asked: Asked, vehicles: int, dice: Dice) -> Bench:
    """Return the scratch arrays of one search."""
    requests = len(asked.ride)
    times = [np.zeros(2 * requests + 4) for _ in range(3)]
    return Bench(
        kept=empty_tours(asked, vehicles), pending=np.zeros(requests + 1, np.int64), key=np.zeros(requests + 1),
        line=np.zeros(2 * requests + 4, np.int64), begin=times[0], first=times[1], last=times[2],
        found=np.full(3, -1, np.int64), dice=dice,
    )  # fmt: skip
