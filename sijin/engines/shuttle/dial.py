"""Dial-a-ride: people fetched each from a place of their own to one of their own, with windows and a limit on the ride.

The model of Cordeau and Laporte (2003): equal vehicles from one depot, room, longest tour, longest ride, windows; the
way is as short as it can be. Bound: none that is worth its name (0), so no gap is claimed.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sijin.engines.dispatch.dice import seeded
from sijin.engines.dispatch.problem import Fault, Faulty
from sijin.engines.faults import Table, frame
from sijin.engines.shuttle.arrays import Floats
from sijin.engines.shuttle.dial_arrays import Asked, Bench, Tours, bench, empty_tours

REQUESTS = ("request", "people", "board_early", "board_late", "alight_early", "alight_late", "ride", "service")
HOT, COLD = 0.3, 0.001  # first and last temperature, of the mean cost of a request
DEAR = 20.0  # ways as long as the longest, that a request left out costs
STEPS = 20_000  # for each request, after which the search ends


@dataclass(frozen=True)
class Dialled:
    """The answer of `dial`: for each vehicle its stops (request, whether it boards, begin of service).

    ``cost`` is the length of all ways and, apart from it, ``unserved`` names the requests that do not fit.
    """

    tours: tuple[tuple[tuple[object, bool, float], ...], ...]
    unserved: tuple[object, ...]
    cost: float
    bound: float
    seconds: float
    why: str


def dial(
    requests: Table,
    way: ArrayLike,
    *,
    vehicles: int,
    room: int,
    duration: float,
    horizon: float,
    time_limit: float = 30.0,
    seed: int = 0,
    progress: Callable[[int, int, str], bool | None] | None = None,
) -> Dialled:
    """Plan tours that take every request from its place to its destination.

    Parameters
    ----------
    requests : request, people, board_early, board_late, alight_early, alight_late, ride (longest), service (at either
        end); times in the unit of the matrix
    way : (2 requests + 1) square: request n boards at row n, alights at row n + requests; the last row is the depot
    vehicles, room, duration, horizon : tours, people on board, longest tour, end of the day
    time_limit, seed, progress : as in `route`

    Raises
    ------
    Faulty
        A column is missing, the matrix has another size or holes, or a number is none.
    """
    began = time.monotonic()
    table = frame(requests)
    missing = [name for name in REQUESTS if name not in table.columns]
    if missing:
        raise Faulty([Fault("requests", 0, name, "a column of this name") for name in missing])
    asked = _asked(table.to_dict(as_series=False), np.asarray(way, np.float64), room, duration, horizon)
    best, steps = _searched(asked, vehicles, time_limit, seed, progress)
    names = table["request"].to_list()
    left = [n for n in range(len(names)) if best.tour[n] < 0]
    return Dialled(
        tours=tuple(_told(asked, best, tour, names) for tour in range(vehicles) if best.size[tour]),
        unserved=tuple(names[n] for n in left), cost=float(best.cost[0] - asked.price[left].sum()), bound=0.0,
        seconds=time.monotonic() - began, why=f"annealed {steps:,} times; no bound is claimed",
    )  # fmt: skip


def _asked(table: dict[str, list[float]], way: Floats, room: int, duration: float, horizon: float) -> Asked:
    count = len(table["request"])
    faults = []
    if way.shape != (2 * count + 1, 2 * count + 1):
        faults.append(Fault("way", 0, "way", f"a square of {2 * count + 1}", " × ".join(map(str, way.shape))))
    elif not (np.isfinite(way) & (way >= 0)).all():
        row, column = np.argwhere(~(np.isfinite(way) & (way >= 0)))[0]
        faults.append(Fault("way", int(row), str(column), "a number of at least 0", str(way[row, column])))
    for row, people in enumerate(table["people"]):
        if not 1 <= people <= room:
            faults.append(Fault("requests", row, "people", f"1 to {room} people", str(people)))
    if faults:
        raise Faulty(faults)
    early = np.array([*table["board_early"], *table["alight_early"], 0.0], np.float64)
    late = np.array([*table["board_late"], *table["alight_late"], horizon], np.float64)
    ride, service = (
        np.array(table["ride"], np.float64),
        np.array([*table["service"], *table["service"], 0.0], np.float64),
    )
    _narrow(early, late, ride, service, way, count)
    load = np.array(table["people"], np.int64)
    price = np.full(count, DEAR * float(way.max()))
    return Asked(
        way=np.ascontiguousarray(way), early=early, late=late, service=service,
        load=np.concatenate([load, -load, [0]]), ride=ride, near=_near(way, early, late, count), room=room,
        duration=float(duration), price=price,
    )  # fmt: skip


def _narrow(early: Floats, late: Floats, ride: Floats, service: Floats, way: Floats, count: int) -> None:
    """Take from every window what its other end rules out."""
    on, off = np.arange(count), np.arange(count, 2 * count)
    early[on] = np.maximum(early[on], early[off] - ride - service[on])
    early[off] = np.maximum(early[off], early[on] + service[on] + way[on, off])
    late[off] = np.minimum(late[off], late[on] + service[on] + ride)
    late[on] = np.minimum(late[on], late[off] - way[on, off] - service[on])


def _near(way: Floats, early: Floats, late: Floats, count: int) -> np.ndarray:
    """Return for each request all of them by ways between both ends and by how far apart the times are (Shaw 1998)."""
    middle = (early + late) / 2
    on, off = way[:count, :count], way[count : 2 * count, count : 2 * count]
    apart = np.abs(middle[:count, None] - middle[None, :count]) / 10
    score = on + off + np.minimum(way[:count, count : 2 * count], way[:count, count : 2 * count].T) / 2 + apart
    np.fill_diagonal(score, -1.0)
    return np.ascontiguousarray(np.argsort(score, axis=1, kind="stable").astype(np.int64))


def _searched(
    asked: Asked, vehicles: int, limit: float, seed: int, progress: Callable[[int, int, str], bool | None] | None
) -> tuple[Tours, int]:
    """Anneal on two threads; return the best tours and the steps taken."""
    from sijin.engines.shuttle.dial_moves import anneal_tours  # loads Numba

    chains = []
    for n in range(2):
        chain = (
            empty_tours(asked, vehicles),
            empty_tours(asked, vehicles),
            bench(asked, vehicles, seeded(seed * 2 + n)),
        )
        anneal_tours(asked, *chain, 2, 0.0)
        chains.append(chain)
    unit = float(asked.way.mean()) * 2
    most, until = STEPS * len(asked.ride), time.monotonic() + limit

    def cool(chain: tuple[Tours, Tours, Bench]) -> int:
        done = 0
        while done < most and (left := until - time.monotonic()) > 0:
            passed = max(done / most, 1 - left / limit)
            anneal_tours(asked, *chain, 50, unit * HOT * (COLD / HOT) ** passed)
            done += 50
            if progress is not None and chain is chains[0]:
                words = f"cost {float(chain[1].cost[0]):,.1f}"
                if progress(int(100 * passed), 100, words) is True:
                    break
        return done

    with ThreadPoolExecutor(2) as pool:
        steps = sum(pool.map(cool, chains))
    return min((chain[1] for chain in chains), key=lambda tours: float(tours.cost[0])), steps


def _told(asked: Asked, tours: Tours, tour: int, names: list[object]) -> tuple[tuple[object, bool, float], ...]:
    """Return the stops of one tour with the begin of each service."""
    from sijin.engines.shuttle.dial_moves import timed

    count, depot = len(names), len(asked.early) - 1
    stops = tours.row[tour][: tours.size[tour]]
    line = np.array([depot, *stops, depot], np.int64)
    begin = np.zeros(len(line))
    timed(asked, line, len(line), begin)
    return tuple(
        (names[node % count], node < count, float(at)) for node, at in zip(stops.tolist(), begin[1:], strict=False)
    )
