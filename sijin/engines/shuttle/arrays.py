"""The arrays that the compiled search works on: what is asked (`Task`), a plan as it stands (`Plan`), scratch (`Work`).

A node is a party (people of one stop who ride together), a destination, or where a kind of bus begins or ends; parties
come first. A trip is a row of parties and a destination; trips of one bus are chained by ``before`` and ``after``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Flags = NDArray[np.bool_]
Dice = NDArray[np.uint64]

LIVE, LEFT = 0, 1  # places in `Plan.tally`: trips there are, parties left out
TOUCHED, STAMP, SKIP, PENDING = 0, 1, 2, 3  # places in `Work.tally`


class Task(NamedTuple):
    """What does not change during a search; times in seconds, ways in metres."""

    people: Ints
    goal: Ints  # node of the destination
    allowed: Ints  # bit k: a bus of kind k may carry the party
    price: Floats  # of leaving the party out
    early: Floats
    late: Floats
    due: Floats  # latest arrival at the destination
    service: Floats
    adjacent: Shorts  # (parties, near) all others by distance
    kin: Shorts  # (parties, fewer) those with the same destination, -1 behind the last
    kin_metres: Singles  # to or from each of them, the shorter
    metres: Singles  # (nodes, nodes)
    toward: Singles  # the same, transposed
    seconds: Singles  # (nodes, nodes), or (1, 1) where time does not matter
    room: Ints  # of each kind of bus
    largest: int  # room of the largest kind
    fixed: Floats
    rate: Floats  # of a metre
    fleet: Ints  # buses of each kind
    home: Ints  # node where a bus begins
    back: Ints  # node where it ends
    was: Ints  # label of the trip a party was on, -1 for none
    change: Floats  # price of riding with another label
    kind_of: Ints  # kind of bus of each label
    ride: float
    rest_after: float  # seconds of driving
    rest: float
    ban: float  # second of the day from which nobody drives
    banned: float  # for how long
    driving: float  # most driving on one trip
    timed: bool  # rides are limited
    clocked: bool  # the hour matters too: windows, night, rests
    multi: bool  # a bus may make several trips


class Plan(NamedTuple):
    """A plan as it stands; ``slot`` is a permutation of all trips with those in use in front.

    The arrays of trips are twice as long as there are trips: behind stands each trip as it was before the step.
    """

    row: Ints  # (trips, stops)
    leg: Singles  # (trips, stops + 1) metres to each stop and to the destination
    size: Ints
    load: Ints
    goal: Ints
    kind: Ints
    before: Ints
    after: Ints
    metres: Floats  # from where the bus comes from; the last trip of a bus has its way home too
    span: Floats  # from the first boarding to the destination, without any wait
    finish: Floats  # when the bus is free again
    mask: Ints  # kinds of bus that may carry everyone on board
    label: Ints
    trip: Ints  # of each party, -1 where it is left out
    spot: Ints
    slot: Ints
    slot_at: Ints
    used: Ints  # buses of each kind
    labelled: Flags
    out: Ints
    tally: Ints  # trips there are, parties left out
    cost: Floats


class Work(NamedTuple):
    """Scratch of one search: which trips a step touched, and sums kept while a place is sought."""

    touched: Ints
    is_touched: Flags
    pending: Ints
    key: Floats
    line: Ints
    option: Ints  # (places, 2) trip and place in it
    least: Singles  # metres of detour that each costs at least
    stamp: Ints  # of each trip, when `base` and `choice` were reckoned
    base: Floats
    choice: Ints  # kind of bus with which the trip could take the party, -1 for none
    ruined: Ints  # of each trip, when it was
    tally: Ints
    found: Ints  # the cheapest place for a party, see `places`
    heat: Floats  # temperature
    dice: Dice


def _wide(task: Task) -> int:
    """Return how many stops a trip may have, and two more."""
    if not len(task.people):
        return 2
    return int(np.searchsorted(np.cumsum(np.sort(task.people)), int(task.room.max()), side="right")) + 2


def empty_plan(task: Task) -> Plan:
    """Return a plan that leaves everybody out."""
    parties = len(task.people)
    trips = parties + 1
    wide = _wide(task)
    zero, none = np.zeros(2 * trips, np.int64), np.full(2 * trips, -1, np.int64)
    return Plan(
        row=np.zeros((2 * trips, wide), np.int64), leg=np.zeros((2 * trips, wide + 2), np.float32), size=zero.copy(),
        load=zero.copy(), goal=zero.copy(), kind=zero.copy(), before=none.copy(), after=none.copy(),
        metres=np.zeros(2 * trips), span=np.zeros(2 * trips), finish=np.zeros(2 * trips), mask=zero.copy(),
        label=none.copy(), trip=np.full(parties, -1, np.int64), spot=np.zeros(parties, np.int64),
        slot=np.arange(trips), slot_at=np.arange(trips), used=np.zeros(len(task.room), np.int64),
        labelled=np.zeros(len(task.kind_of) + 1, bool), out=np.arange(parties), tally=np.array([0, parties], np.int64),
        cost=np.array([float(task.price.sum())]),
    )  # fmt: skip


def scratch(task: Task, dice: Dice) -> Work:
    """Return the scratch arrays of one search."""
    parties = len(task.people)
    trips, wide = parties + 1, _wide(task)
    options = 2 * (task.kin.shape[1] + trips)
    return Work(
        touched=np.zeros(trips, np.int64), is_touched=np.zeros(trips, bool),
        pending=np.zeros(parties + 1, np.int64), key=np.zeros(parties + 1),
        line=np.zeros(wide + 1, np.int64), option=np.zeros((options, 2), np.int64),
        least=np.zeros(options, np.float32), stamp=np.zeros(trips, np.int64), base=np.zeros(trips),
        choice=np.zeros(trips, np.int64), ruined=np.zeros(trips, np.int64), tally=np.array([0, 0, 50, 0], np.int64),
        found=np.full(4, -1, np.int64), heat=np.zeros(1), dice=dice,
    )  # fmt: skip
