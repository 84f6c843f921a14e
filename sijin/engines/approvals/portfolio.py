"""The tables of a portfolio read into arrays: tasks, arcs with lags, desks; and what is wrong with them, by name.

Tasks are numbered so that each comes after what it waits for. Times are whole days (or whatever unit the durations are
in) from 0; a task that starts at 3 and takes 2 holds its desks on the days 3 and 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sijin.engines.approvals.problem import ApprovalError
from sijin.engines.faults import Table, frame

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST = 10**9  # of a duration, a day, a demand
LONGEST = 20_000_000  # days that a plan may have: a word of memory each
NONE = -1  # no due day, no lock, no earlier start


@dataclass(frozen=True)
class Links:
    """Arcs by the task they leave: those of task i are ``after[first[i]:first[i + 1]]``, each with its lag."""

    first: Ints
    after: Ints
    lag: Ints


@dataclass(frozen=True)
class Portfolio:
    """Arrays over the tasks in an order that no arc points back in; `row` is where each stood in the table."""

    row: Ints
    names: list[Any]
    days: Ints
    demand: Ints  # (tasks, resources)
    release: Ints
    due: Ints
    weight: Floats
    before: Ints
    after: Ints
    lag: Ints
    resources: list[Any]
    capacity: Ints
    locked: Ints
    previous: Ints

    @property
    def late_costs(self) -> bool:
        """Whether a day after a due day costs anything."""
        return bool(((self.due >= 0) & (self.weight > 0)).any())

    @property
    def horizon(self) -> int:
        """A day by which every plan worth having is over."""
        lags = np.zeros(len(self.days), np.int64)
        np.maximum.at(lags, self.after, self.lag)
        latest = max(int(self.release.max()), int((self.locked + self.days).max()), int(self.previous.max()), 0)
        return int(latest + self.days.sum() + lags.sum()) + 1

    def links(self, backwards: bool = False) -> Links:
        """Return the arcs by the task before (or after)."""
        tails, heads = (self.after, self.before) if backwards else (self.before, self.after)
        order = np.argsort(tails, kind="stable")
        first = np.searchsorted(tails[order], np.arange(len(self.days) + 1)).astype(np.int64)
        return Links(first, heads[order], self.lag[order])

    def richer(self, resource: int) -> "Portfolio":
        """Return the portfolio with one more unit of a resource."""
        return replace(self, capacity=self.capacity + (np.arange(len(self.capacity)) == resource))

    def heads(self) -> Ints:
        """Return the earliest start of each task were there no desks (critical path)."""
        links, early = self.links(), np.maximum(self.release, self.locked)
        for i in range(len(early)):
            arcs = slice(links.first[i], links.first[i + 1])
            np.maximum.at(early, links.after[arcs], early[i] + self.days[i] + links.lag[arcs])
        return early

    def begins_by(self, latest: Ints) -> Ints:
        """Return by which day each task must begin so that it and all that wait for it begin by their `latest`."""
        links, latest = self.links(), latest.copy()
        for i in range(len(latest) - 1, -1, -1):
            arcs = slice(links.first[i], links.first[i + 1])
            if arcs.stop > arcs.start:
                soonest = (latest[links.after[arcs]] - links.lag[arcs]).min() - self.days[i]
                latest[i] = min(latest[i], soonest)
        return latest

    def tails(self) -> Ints:
        """Return the time from the finish of each task to the end of all, were there no desks."""
        links, late = self.links(), np.zeros(len(self.days), np.int64)
        for i in range(len(late) - 1, -1, -1):
            arcs = slice(links.first[i], links.first[i + 1])
            if arcs.stop > arcs.start:
                late[i] = (links.lag[arcs] + self.days[links.after[arcs]] + late[links.after[arcs]]).max()
        return late


def read(
    tasks: Table, arcs: Table, capacity: Table, previous: Table | None = None, locks: Table | None = None
) -> Portfolio:
    """Read and check the tables.

    Raises
    ------
    ApprovalError
        Naming the table, row and field; or the tasks that wait for each other in a circle.
    """
    own = frame(tasks)
    _columns("tasks", own, ("task", "duration"))
    if not len(own):
        raise ApprovalError("tasks: expected at least one row")
    place = _names("tasks", own, "task")
    resources, room = _capacity(capacity)
    days = _whole("tasks", own, "duration")
    demand = np.stack([_whole("tasks", own, str(name), default=0) for name in resources] or [np.zeros_like(days)], 1)
    _fits(own, resources, room, demand)
    release = _whole("tasks", own, "release", default=0)
    due = _whole("tasks", own, "due", default=NONE, least=NONE)
    weight = _weights(own)
    before, after, lag = _arcs(arcs, place)
    order, rank = _in_order(list(place), before, after)
    was = _starts("previous", previous, place, strict=False)
    fixed = _starts("locks", locks, place, strict=True)
    made = Portfolio(
        order, [list(place)[i] for i in order], days[order], demand[order], release[order], due[order], weight[order],
        rank[before], rank[after], lag, resources, room if len(room) else np.ones(1, np.int64), fixed[order],
        was[order],
    )  # fmt: skip
    if made.horizon > LONGEST:
        raise ApprovalError(
            f"tasks, duration: expected at most {LONGEST:,} for all together, lags and releases too, "
            f"got {made.horizon:,}; give them in longer units"
        )
    _kept(made)
    return made


def _columns(name: str, table: pl.DataFrame, wanted: tuple[str, ...]) -> None:
    missing = [column for column in wanted if column not in table.columns]
    if missing:
        raise ApprovalError(f"{name}: expected a column {', '.join(missing)}; columns are {', '.join(table.columns)}")


def _names(name: str, table: pl.DataFrame, field: str) -> dict[Any, int]:
    place: dict[Any, int] = {}
    for n, value in enumerate(table[field].to_list()):
        if value is None or value in place:
            raise ApprovalError(f"{name}, row {n}, {field}: expected a name that no other row has, got {value!r}")
        place[value] = n
    return place


def _whole(name: str, table: pl.DataFrame, field: str, default: int | None = None, least: int = 0) -> Ints:
    """Return a column of whole numbers; where it is missing or empty, the default."""
    if field not in table.columns and default is not None:
        return np.full(len(table), default, np.int64)
    values = table[field].cast(pl.Float64, strict=False)
    if default is not None:
        values = pl.select(pl.when(table[field].is_null()).then(float(default)).otherwise(values)).to_series()
    numbers = values.fill_null(np.nan).to_numpy()
    with np.errstate(invalid="ignore"):
        bad = ~((numbers >= least) & (numbers <= MOST) & (numbers == np.floor(numbers)))
    if bad.any():
        n = int(bad.argmax())
        raise ApprovalError(
            f"{name}, row {n}, {field}: expected a whole number of {max(least, 0)} or more, got {table[field][n]!r}"
        )
    return numbers.astype(np.int64)


def _capacity(capacity: Table) -> tuple[list[Any], Ints]:
    """Return the resources and how much there is of each; a mapping of names to amounts is accepted."""
    if isinstance(capacity, Mapping) and not {"resource", "amount"} <= set(capacity):
        capacity = pl.DataFrame({"resource": list(capacity), "amount": list(capacity.values())})
    table = frame(capacity)
    _columns("capacity", table, ("resource", "amount"))
    resources = list(_names("capacity", table, "resource")) if len(table) else []
    return resources, _whole("capacity", table, "amount") if len(table) else np.zeros(0, np.int64)


def _fits(tasks: pl.DataFrame, resources: list[Any], room: Ints, demand: Ints) -> None:
    for k, name in enumerate(resources):
        wanted = int(demand[:, k].max())
        n = int(demand[:, k].argmax())
        if wanted and not room[k]:
            raise ApprovalError(
                f"capacity, row {k} ({name}), amount: expected at least 1, task {tasks['task'][n]!r} needs it; got 0"
            )
        if wanted > room[k]:
            raise ApprovalError(
                f"tasks, row {n} ({tasks['task'][n]}), {name}: expected at most {room[k]}, "
                f"all that there is, got {wanted}"
            )


def _weights(tasks: pl.DataFrame) -> Floats:
    """Return what a day late costs: 1 unless said otherwise."""
    if "weight" not in tasks.columns:
        return np.ones(len(tasks))
    weight = tasks["weight"].cast(pl.Float64, strict=False)
    weight = pl.select(pl.when(tasks["weight"].is_null()).then(1.0).otherwise(weight)).to_series()
    bad = weight.is_null() | ~weight.is_finite() | (weight < 0) | (weight > MOST)
    if bad.any():
        n = int(bad.to_numpy().argmax())
        raise ApprovalError(f"tasks, row {n}, weight: expected a number of 0 or more, got {tasks['weight'][n]!r}")
    return weight.to_numpy().astype(np.float64)


def _arcs(arcs: Table, place: dict[Any, int]) -> tuple[Ints, Ints, Ints]:
    table = frame(arcs)
    if not len(table):
        none = np.zeros(0, np.int64)
        return none, none, none
    _columns("arcs", table, ("before", "after"))
    ends = []
    for field in ("before", "after"):
        found = [place.get(name, NONE) for name in table[field].to_list()]
        if NONE in found:
            n = found.index(NONE)
            raise ApprovalError(f"arcs, row {n}, {field}: expected a task of the table, got {table[field][n]!r}")
        ends.append(np.array(found, np.int64))
    return ends[0], ends[1], _whole("arcs", table, "lag", default=0)


def _in_order(names: list[Any], before: Ints, after: Ints) -> tuple[Ints, Ints]:
    """Return the tasks in an order that no arc points back in, and the place of each (Kahn 1962)."""
    n = len(names)
    following: list[list[int]] = [[] for _ in range(n)]
    for tail, head in zip(before.tolist(), after.tolist(), strict=True):
        following[tail].append(head)
    waits = np.bincount(after, minlength=n).tolist()
    order = [i for i in range(n) if not waits[i]]
    for i in order:
        for j in following[i]:
            waits[j] -= 1
            if not waits[j]:
                order.append(j)
    if len(order) < n:
        raise ApprovalError(f"arcs: tasks wait for each other in a circle: {_circle(names, waits, following)}")
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    return np.array(order, np.int64), rank


def _circle(names: list[Any], waits: list[int], following: list[list[int]]) -> str:
    """Follow, from a task that cannot be ordered, what it waits for until one comes again."""
    waited: dict[int, int] = {}
    for i, heads in enumerate(following):
        for j in heads:
            if waits[i] and waits[j]:
                waited[j] = i
    way = [next(iter(waited))]
    while waited[way[-1]] not in way:
        way.append(waited[way[-1]])
    circle = way[way.index(waited[way[-1]]) :][::-1]
    at = circle.index(min(circle))
    return " → ".join(str(names[i]) for i in [*circle[at:], *circle[: at + 1]])


def _starts(name: str, table: Table | None, place: dict[Any, int], strict: bool) -> Ints:
    """Return a start by task, ``NONE`` where none is given; who is not in the plan any more is left out."""
    starts = np.full(len(place), NONE, np.int64)
    if table is None:
        return starts
    given = frame(table)
    if not len(given):
        return starts
    _columns(name, given, ("task", "start"))
    value = _whole(name, given, "start")
    for n, task in enumerate(given["task"].to_list()):
        if task in place:
            starts[place[task]] = value[n]
        elif strict:
            raise ApprovalError(f"{name}, row {n}, task: expected a task of the table, got {task!r}")
    return starts


def _kept(made: Portfolio) -> None:
    """Refuse locks that no plan can keep: before what they wait for, or more of a desk than it has."""
    held = np.flatnonzero(made.locked >= 0)
    if not len(held):
        return
    early = made.heads()
    for i in held:
        if early[i] > made.locked[i]:
            raise ApprovalError(
                f"locks, {made.names[i]}, start: expected {early[i]} or later, what it waits for "
                f"is not over before, got {made.locked[i]}"
            )
    both = (made.locked[made.before] >= 0) & (made.locked[made.after] >= 0)
    gap = made.locked[made.after] - made.locked[made.before] - made.days[made.before] - made.lag
    for arc in np.flatnonzero(both & (gap < 0)):
        raise ApprovalError(
            f"locks, {made.names[made.after[arc]]}, start: expected "
            f"{made.locked[made.after[arc]] - gap[arc]} or later, "
            f"when {made.names[made.before[arc]]} is over, got {made.locked[made.after[arc]]}"
        )
    for k, name in enumerate(made.resources):
        over = overload(made.locked[held], made.days[held], made.demand[held, k], int(made.capacity[k]))
        if over is not None:
            raise ApprovalError(
                f"locks: together they need more of {name} on day {over} than the {made.capacity[k]} of it"
            )


def overload(start: Ints, days: Ints, demand: Ints, capacity: int) -> int | None:
    """Return the first day on which more is needed than there is."""
    used = demand * (days > 0)
    when = np.concatenate([start + days, start])
    change = np.concatenate([-used, used])
    order = np.argsort(when, kind="stable")
    level = np.cumsum(change[order])
    over = np.flatnonzero(level > capacity)
    return int(when[order][over[0]]) if len(over) else None
