"""Buses that fetch everyone: who rides on which, in which order, at the least cost, with reasons for who waits."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sijin.engines.dispatch.problem import Fault, Faulty
from sijin.engines.faults import Table, frame
from sijin.engines.shuttle.answer import Routed, boardings, buses, left_out, trips_of, unserved
from sijin.engines.shuttle.arrays import LEFT, LIVE, Ints, Plan
from sijin.engines.shuttle.bounds import bound
from sijin.engines.shuttle.posing import Party, Posed, pose, whole, without
from sijin.engines.shuttle.previous import Before, before
from sijin.engines.shuttle.problem import Given, Rules, read, rules_of
from sijin.engines.shuttle.reasons import beyond
from sijin.engines.shuttle.search import HOT, Progress, Search

AGAIN = 3  # times that parties who wait are cut smaller, so that they fit into what is left
ROUND = 0.1  # of the time, for each cutting


def route(
    stops: Table,
    vehicles: Table,
    places: Any,
    duration: ArrayLike,
    distance: ArrayLike,
    rules: Rules | Mapping[str, Any] | None = None,
    *,
    time_limit: float = 30.0,
    seed: int = 0,
    progress: Progress | None = None,
    previous: Routed | Table | None = None,
    locks: Table | None = None,
) -> Routed:
    """Route buses so that everyone is fetched at the least cost, under the rules of a bus.

    Parameters
    ----------
    stops : stop, place, people; optional: earliest, latest (begin of boarding) and arrive_by (at the destination), in
        seconds from midnight of the first day; destination (else the first depot); province, destination_province;
        waiting (price of one person of this stop who is not fetched)
    vehicles : type, count, seats, fixed, per_km (yuan), depot (empty: a bus begins where its first stop is and ends at
        its destination); optional: province
    places : names of the rows of both matrices
    duration, distance : seconds and metres from place to place; NaN, negative or infinite where there is no way
    rules : `Rules`, or a dict of its fields
    time_limit : seconds for the search
    seed : the same seed gives the same plan where steps and not time end the search (up to some 60 stops)
    progress : called with (done, total, words); return True to stop with the best plan so far
    previous : an answer, or its trips (stop, people, vehicle, trip, sequence, type): who rides with another bus or
        trip costs `Rules.change`
    locks : stop, vehicle: who stays on the bus of the plan before, or waits; where buses make several trips a lock
        holds a trip together, but in rare cases that trip is run by a bus of another name

    A trip takes people of one destination. A stop with more people than the largest bus carries is cut into full
    buses and a rest; further only where people would wait otherwise.

    Returns
    -------
    `Routed`. Rows with faults are left out and named in ``faults``; the rest is planned.

    Raises
    ------
    Faulty
        A table has not the columns it must have, a matrix is no square, there is no bus, or a rule is none.
    """
    began = time.monotonic()
    asked = {"stops": stops, "vehicles": vehicles, "places": places, "duration": duration, "distance": distance}
    given = read(stops, vehicles, places, duration, distance, rules_of(rules))
    given = without(given, beyond(given))
    ran = before(given, previous, locks)
    shuttle = _Shuttle(given, ran, time_limit, seed, progress)
    shuttle.run()
    return _told(shuttle, asked | {"rules": given.rules}, began)


class _Shuttle:
    """The steps of a solve: cut into parties, search, and cut those who wait smaller."""

    def __init__(self, given: Given, ran: Before, limit: float, seed: int, progress: Progress | None) -> None:
        self.given, self.ran, self.limit, self.seed, self.progress = given, ran, limit, seed, progress
        self.posed, self.plan = self._search(self._parties(), None, limit)

    def _parties(self) -> list[Party]:
        if self.ran.names:
            return self.ran.parties
        return whole(self.given, self.given.vehicles["room"].to_numpy())

    def _search(
        self, parties: list[Party], rows: list[tuple[Party, int, int, int]] | None, limit: float
    ) -> tuple[Posed, Plan]:
        """Search from rows (party, kind, label, turn), or from the plan before, or from nothing."""
        posed = pose(self.given, parties, self.ran.kind_of)
        given = self.ran.rows if rows is None else rows
        at = {id(party): n for n, party in enumerate(posed.parties)}
        start: Ints | None = None
        if given:
            start = np.array([(at[id(party)], *rest) for party, *rest in given], np.int64)
        hot = HOT if not self.ran.names else 0.02
        self.search = Search(posed.task, start, limit, self.seed, self.progress, hot=hot)
        return posed, self.search.run()

    def run(self) -> None:
        """Cut those who wait to what is left, as long as that brings more people on board."""
        for _ in range(AGAIN):
            left = left_out(self.plan)
            pieces = {int(party): self._pieces(int(party)) for party in left}
            if self.search.stopped or not any(len(parts) > 1 for parts in pieces.values()):
                return
            parties = [p for n, p in enumerate(self.posed.parties) if n not in pieces]
            parties += [part for parts in pieces.values() for part in parts]
            posed, plan = self._search(parties, self._rows(pieces), max(ROUND * self.limit, 0.02))
            worse = _waits(posed, plan) >= _waits(self.posed, self.plan)
            if worse:
                return
            self.posed, self.plan = posed, plan

    def _pieces(self, number: int) -> list[Party]:
        """Cut a party into the largest that still fits on a bus not in use, or else into halves."""
        party, task = self.posed.parties[number], self.posed.task
        if party.locked or party.people == 1:
            return [party]
        free = [
            int(task.room[kind]) for kind in range(len(task.room))
            if (task.allowed[number] >> kind) & 1 and (task.multi or self.plan.used[kind] < task.fleet[kind])
        ]  # fmt: skip
        size = max((room for room in free if room < party.people), default=(party.people + 1) // 2)
        size = min(size, self._gap(number) or size)
        parts = [size] * (party.people // size) + ([party.people % size] if party.people % size else [])
        return [Party(party.stop, part) for part in parts]

    def _gap(self, number: int) -> int:
        """Return the most free seats on a bus that goes to the same destination."""
        plan, task = self.plan, self.posed.task
        trips = [int(trip) for trip in plan.slot[: plan.tally[LIVE]] if plan.goal[trip] == task.goal[number]]
        return max((int(task.room[plan.kind[trip]] - plan.load[trip]) for trip in trips), default=0)

    def _rows(self, without_: dict[int, list[Party]]) -> list[tuple[Party, int, int, int]]:
        """Return the plan as rows (party, kind, label, turn)."""
        rows, plan = [], self.plan
        for head in [int(trip) for trip in plan.slot[: plan.tally[LIVE]] if plan.before[trip] < 0]:
            trip, turn = head, 1
            while trip >= 0:
                for place in range(plan.size[trip]):
                    party = self.posed.parties[int(plan.row[trip, place])]
                    rows.append((party, int(plan.kind[trip]), int(plan.label[trip]), 0 if place else turn))
                trip, turn = int(plan.after[trip]), 2
        return rows


def _waits(posed: Posed, plan: Plan) -> float:
    return float(posed.task.price[plan.out[: plan.tally[LEFT]]].sum())


def _told(shuttle: _Shuttle, asked: dict[str, Any], began: float) -> Routed:
    """Read the best plan."""
    given, posed, plan, ran = shuttle.given, shuttle.posed, shuttle.plan, shuttle.ran
    kinds = [str(name) for name in given.vehicles["type"]]
    trips = trips_of(posed, plan, kinds, dict(enumerate(ran.vehicle_of)))
    table = buses(given, posed, trips)
    task, out = posed.task, left_out(plan)
    moved = [n for n, party in enumerate(posed.parties) if party.was >= 0 and plan.trip[n] >= 0
             and plan.label[plan.trip[n]] != party.was]  # fmt: skip
    parts = {
        "fixed": float(table["fixed"].sum()),
        "way": float(table["cost"].sum()) - float(table["fixed"].sum()),
        "waiting": float((task.people * posed.waiting)[out].sum()),
        "change": float(given.rules.change * task.people[moved].sum()),
    }
    cost = sum(parts.values())
    least = bound(posed)
    return Routed(
        trips=boardings(given, posed, trips), buses=table, unserved=unserved(given, posed, plan), cost=cost,
        bound=least, gap=max(cost - least, 0.0) / max(abs(cost), 1e-9), seconds=time.monotonic() - began,
        why=_why(shuttle), parts=parts, changed=int(task.people[moved].sum()), faults=given.faults, asked=asked,
    )  # fmt: skip


def _why(shuttle: _Shuttle) -> str:
    search = shuttle.search
    if search.stopped:
        return "stopped by the caller"
    steps = sum(chain.steps for chain in search.chains)
    return f"annealed {steps:,} times; the bound is by shares of seats and legs, not by a search"


def replan(
    previous: Routed,
    changes: Table,
    *,
    time_limit: float = 1.0,
    seed: int = 0,
    progress: Progress | None = None,
    locks: Table | None = None,
) -> Routed:
    """Plan anew after people dropped out or joined, with as few seats changed as pays at `Rules.change` each.

    Parameters
    ----------
    previous : the answer that runs
    changes : stop, people: the people there are now (0: nobody any more); a stop that is new has a place, and any other
        column of the stops
    locks : stop, vehicle: who stays on its bus

    Returns
    -------
    `Routed`, with ``changed`` people on another bus; what nobody changed keeps its bus and place.
    """
    asked = dict(previous.asked)
    asked["stops"] = _changed(frame(asked["stops"]), frame(changes))
    return route(**asked, time_limit=time_limit, seed=seed, progress=progress, previous=previous, locks=locks)


def _changed(stops: Any, changes: Any) -> Any:
    """Return the table of stops with new numbers of people; Faulty where a change names nothing."""
    import polars as pl

    missing = [name for name in ("stop", "people") if name not in changes.columns]
    if missing:
        raise Faulty([Fault("changes", 0, name, "a column of this name") for name in missing])
    known = set(stops["stop"].to_list())
    faults = []
    for row, (stop, people) in enumerate(changes.select("stop", "people").iter_rows()):
        if people is None or people < 0 or people != int(people):
            faults.append(Fault("changes", row, "people", "a number of people, 0 or more", str(people)))
        if stop not in known and changes.row(row, named=True).get("place") is None:
            faults.append(Fault("changes", row, "stop", "a stop of the plan, or a new one with its place", str(stop)))
    if faults:
        raise Faulty(faults)
    new = changes.filter(~pl.col("stop").is_in(list(known)))
    now = dict(changes.select("stop", "people").iter_rows())
    people = [int(now.get(stop, people)) for stop, people in stops.select("stop", "people").iter_rows()]
    kept = stops.with_columns(pl.Series("people", people)).filter(pl.col("people") > 0)
    columns = [name for name in new.columns if name in kept.columns]
    return pl.concat([kept, new.select(columns).cast({"people": pl.Int64})], how="diagonal_relaxed")
