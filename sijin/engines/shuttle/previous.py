"""The plan before: which party rode on which trip, as a start for the search and a measure of what changes."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from sijin.engines.dispatch.problem import Fault, Faulty
from sijin.engines.faults import Table, frame
from sijin.engines.shuttle.posing import Party, allowed, cut
from sijin.engines.shuttle.problem import Given


@dataclass(frozen=True)
class Before:
    """Labels of the trips before: a vehicle and a kind of bus each; the parties now, and who sits where as a start."""

    parties: list[Party] = field(default_factory=list)
    rows: list[tuple[Party, int, int, int]] = field(default_factory=list)  # party, kind, label, turn (see `restore`)
    kind_of: list[int] = field(default_factory=list)
    vehicle_of: list[str] = field(default_factory=list)

    @property
    def names(self) -> bool:
        """Whether there was a plan."""
        return bool(self.vehicle_of)


def before(given: Given, previous: Any, locks: Table | None) -> Before:
    """Return what a plan says about the stops there are now; Faulty where it or a lock names nothing."""
    if previous is None:
        if locks is not None and len(frame(locks)):
            raise Faulty([Fault("locks", 0, "vehicle", "a plan before, whose buses can be locked")])
        return Before()
    trips = frame(previous.trips if hasattr(previous, "trips") else previous)
    missing = [name for name in ("stop", "people", "vehicle", "trip", "sequence", "type") if name not in trips.columns]
    if missing:
        raise Faulty([Fault("previous", 0, name, "a column of this name") for name in missing])
    locked = _locks(given, trips, locks)
    kinds = {str(name): n for n, name in enumerate(given.vehicles["type"])}
    trips = trips.filter(pl.col("type").is_in(list(kinds))).sort("vehicle", "trip", "sequence")
    return _Reading(given, kinds, locked).read(trips)


class _Reading:
    """Goes through the trips before and takes from each stop the people it still has."""

    def __init__(self, given: Given, kinds: dict[str, int], locked: set[tuple[Any, str]]) -> None:
        self.given, self.kinds, self.locked = given, kinds, locked
        self.row_of = {stop: n for n, stop in enumerate(given.stops["stop"]) if n not in given.beyond}
        self.people = {n: int(given.stops["people"][n]) for n in self.row_of.values()}
        self.made = Before()

    def read(self, trips: pl.DataFrame) -> Before:
        last: tuple[str, int] | None = None
        for (vehicle, turn), group in trips.group_by(["vehicle", "trip"], maintain_order=True):
            again = last is not None and last[0] == vehicle
            if self._trip(str(vehicle), self.kinds[str(group["type"][0])], again, group):
                last = (str(vehicle), int(str(turn)))
        may, room = allowed(self.given), self.given.vehicles["room"].to_numpy()
        for row, people in self.people.items():
            if people > 0:
                self.made.parties.extend(Party(row, part) for part in cut(people, int(room[may[row]].max())))
        return self.made

    def _trip(self, vehicle: str, kind: int, again: bool, group: pl.DataFrame) -> bool:
        """Seat who still rides; return whether anybody does."""
        label, seated = len(self.made.vehicle_of), False
        self.made.vehicle_of.append(vehicle)
        self.made.kind_of.append(kind)
        for stop, people in group.select("stop", "people").iter_rows():
            row = self.row_of.get(stop)
            stay = min(int(people), self.people.get(row, 0)) if row is not None else 0
            if row is None or stay == 0:
                continue
            self.people[row] -= stay
            party = Party(row, stay, label, (stop, vehicle) in self.locked)
            self.made.parties.append(party)
            self.made.rows.append((party, kind, label, 0 if seated else (2 if again else 1)))
            seated = True
        return seated


def _locks(given: Given, trips: pl.DataFrame, locks: Table | None) -> set[tuple[Any, str]]:
    if locks is None:
        return set()
    table = frame(locks)
    missing = [name for name in ("stop", "vehicle") if name not in table.columns]
    if missing:
        raise Faulty([Fault("locks", 0, name, "a column of this name") for name in missing])
    ran = set(trips.select("stop", "vehicle").iter_rows())
    found, faults = set(), []
    for row, (stop, vehicle) in enumerate(table.select("stop", "vehicle").iter_rows()):
        if (stop, vehicle) not in ran:
            faults.append(
                Fault("locks", row, "vehicle", f"the bus that fetches {stop} in the plan before", str(vehicle))
            )
        found.add((stop, str(vehicle)))
    if faults:
        raise Faulty(faults)
    return found
