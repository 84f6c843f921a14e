"""An independent check of a shuttle's answer: who rides, on what, when, how long, and what it costs.

Shares no code with the search, the timetable or the reasons: it walks through the answer's rows with the tables as they
were given.
"""

import math
from collections import defaultdict
from typing import Any

import numpy as np
import polars as pl

SLACK = 0.01  # seconds; ways are kept in single precision
NIGHT_STEP = 86400.0


def check(stops: Any, vehicles: Any, places: Any, duration: Any, distance: Any, rules: Any, answer: Any) -> list[str]:
    """Return what is wrong with an answer of `route`, in words; nothing when it holds.

    Stops that the answer names in its faults need not be fetched.
    """
    return _Check(stops, vehicles, places, duration, distance, rules, answer).run()


class _Check:
    def __init__(
        self, stops: Any, vehicles: Any, places: Any, duration: Any, distance: Any, rules: Any, answer: Any
    ) -> None:
        self.rules, self.answer, self.wrong = rules, answer, list[str]()
        self.at = {place: n for n, place in enumerate(places)}
        self.seconds, self.metres = np.asarray(duration, float), np.asarray(distance, float)
        table = stops if isinstance(stops, pl.DataFrame) else pl.DataFrame(dict(stops))
        bad = set(answer.faults.filter(pl.col("table") == "stops")["row"])
        self.stops = {row["stop"]: row for n, row in enumerate(table.iter_rows(named=True)) if n not in bad}
        fleet = vehicles if isinstance(vehicles, pl.DataFrame) else pl.DataFrame(dict(vehicles))
        self.fleet = {str(row["type"]): row for row in fleet.iter_rows(named=True)}
        self.default = next((row["depot"] for row in self.fleet.values() if row.get("depot") is not None), None)

    def run(self) -> list[str]:
        """Check everything."""
        self._everyone()
        self._fleet()
        paid = 0.0
        rows = self.answer.trips.sort("vehicle", "trip", "sequence")
        for (vehicle,), mine in rows.group_by(["vehicle"], maintain_order=True):
            turns = [group for _, group in mine.group_by(["trip"], maintain_order=True)]
            paid += self._bus(str(vehicle), turns)
        parts = self.answer.parts
        if not math.isclose(paid, parts["fixed"] + parts["way"], rel_tol=1e-6, abs_tol=0.01):
            self.wrong.append(f"the buses cost {paid:.2f}, the answer says {parts['fixed'] + parts['way']:.2f}")
        if not math.isclose(self.answer.cost, sum(parts.values()), rel_tol=1e-9, abs_tol=1e-6):
            self.wrong.append("the parts do not add up to the cost")
        if self.answer.bound > self.answer.cost * (1 + 1e-9) + 1e-6:
            self.wrong.append("the bound lies above the cost")
        return self.wrong

    def _everyone(self) -> None:
        """Everyone rides exactly once or is named among those who wait, with a reason."""
        fetched: dict[Any, int] = defaultdict(int)
        for table in (self.answer.trips, self.answer.unserved):
            for stop, people in table.select("stop", "people").iter_rows():
                fetched[stop] += people
                if people < 1:
                    self.wrong.append(f"{stop}: a row with {people} people")
        for stop, row in self.stops.items():
            if fetched.pop(stop, 0) != row["people"]:
                self.wrong.append(f"{stop}: not exactly its {row['people']} people ride or wait")
        self.wrong += [f"{stop} is no stop" for stop in fetched]
        if any(not reason for reason in self.answer.unserved["reason"]):
            self.wrong.append("somebody waits without a reason")

    def _fleet(self) -> None:
        """No more buses than there are."""
        used = self.answer.trips.group_by("type").agg(pl.col("vehicle").n_unique())
        for kind, count in used.iter_rows():
            if count > self.fleet[kind]["count"]:
                self.wrong.append(f"{kind}: {count} buses of {self.fleet[kind]['count']}")

    def _bus(self, vehicle: str, turns: list[pl.DataFrame]) -> float:
        """Follow one bus through its trips; return what it costs."""
        kinds = {kind for group in turns for kind in group["type"]}
        if len(kinds) != 1:
            self.wrong.append(f"{vehicle} is of several types")
        bus = self.fleet[kinds.pop()]
        depot = bus.get("depot")
        here, free, metres = depot, -math.inf, 0.0
        if len(turns) > 1 and not self.rules.multi_trip:
            self.wrong.append(f"{vehicle} makes {len(turns)} trips")
        for group in turns:
            rows = group.to_dicts()
            here, free, way = self._trip(vehicle, bus, rows, here, free)
            metres += way
        if depot is not None and self.rules.returns:
            metres += self._way(here, depot)
        return float(bus["fixed"] + bus["per_km"] * metres / 1000)

    def _way(self, origin: Any, end: Any) -> float:
        if origin is None or origin == end:
            return 0.0
        return float(self.metres[self.at[origin], self.at[end]])

    def _trip(
        self, vehicle: str, bus: dict[str, Any], rows: list[dict[str, Any]], here: Any, free: float
    ) -> tuple[Any, float, float]:
        """Follow one trip; return where the bus is then, from when, and its metres."""
        goals = {self.stops[row["stop"]].get("destination", self.default) for row in rows}
        if len(goals) != 1:
            self.wrong.append(f"{vehicle} mixes destinations")
        goal = goals.pop()
        self._loads(vehicle, bus, rows)
        metres, begin = 0.0, rows[0]["departure"] - self._service(rows[0]["people"])
        position, moment, driven, driving = here, free, 0.0, 0.0
        for n, row in enumerate(rows):
            stop = self.stops[row["stop"]]
            metres += self._way(position, stop["place"])
            if not (n == 0 and free == -math.inf):
                legs = self._leg(position, stop["place"])
                driving += legs if n else 0.0
                moment, driven = self._drive(moment, legs, driven if n else None)
                driven = driven if n else 0.0
                if row["arrival"] < moment - SLACK:
                    self.wrong.append(f"{vehicle} cannot be at {row['stop']} before {moment:.1f}")
            self._window(vehicle, row, stop)
            position, moment = stop["place"], row["departure"]
        metres += self._way(position, goal)
        legs = self._leg(position, goal)
        moment, driven = self._drive(moment, legs, driven)
        self._ride(vehicle, rows, begin, moment, driving + legs)
        return goal, moment, metres

    def _leg(self, origin: Any, end: Any) -> float:
        return 0.0 if origin == end or origin is None else float(self.seconds[self.at[origin], self.at[end]])

    def _service(self, people: int) -> float:
        return float(self.rules.stop_seconds + self.rules.person_seconds * people)

    def _loads(self, vehicle: str, bus: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        people = sum(row["people"] for row in rows)
        usable = bus["seats"] - self.rules.free_rows * self.rules.row_seats
        if people > self.rules.load * bus["seats"] + 1e-9 or people > usable:
            self.wrong.append(f"{vehicle} carries {people} of {bus['seats']} seats")
        for row in rows:
            stop = self.stops[row["stop"]]
            ends = {
                "origin": stop.get("province") == bus.get("province"),
                "destination": stop.get("destination_province") == bus.get("province"),
            }
            home = self.rules.home
            fine = home is None or (any(ends.values()) if home == "either" else ends[home])
            if not fine or (home and bus.get("province") is None):
                self.wrong.append(f"{vehicle} may not run for {row['stop']}: neither end is its home")

    def _window(self, vehicle: str, row: dict[str, Any], stop: dict[str, Any]) -> None:
        begin = row["departure"] - self._service(row["people"])
        early, late = stop.get("earliest"), stop.get("latest")
        if begin < row["arrival"] - SLACK:
            self.wrong.append(f"{vehicle} boards {row['stop']} before it is there")
        if (early is not None and begin < early - SLACK) or (late is not None and begin > late + SLACK):
            self.wrong.append(f"{vehicle} boards {row['stop']} at {begin:.0f}, outside {early}–{late}")

    def _ride(self, vehicle: str, rows: list[dict[str, Any]], begin: float, end: float, driving: float) -> None:
        rules = self.rules
        if rules.ride_hours is not None and end - begin > rules.ride_hours * 3600 + SLACK:
            self.wrong.append(f"{vehicle}: a ride of {end - begin:.0f} s")
        if rules.driver_hours is not None and driving > rules.drivers * rules.driver_hours * 3600 + SLACK:
            self.wrong.append(f"{vehicle}: {driving:.0f} s of driving")
        for row in rows:
            due = self.stops[row["stop"]].get("arrive_by")
            if due is not None and end > due + SLACK:
                self.wrong.append(f"{vehicle} arrives {end - due:.0f} s late for {row['stop']}")
            ride = end - (row["departure"] - self._service(row["people"]))
            if abs(ride - row["ride"]) > 1.0:
                self.wrong.append(f"{vehicle}: the ride of {row['stop']} is {ride:.0f} s, not {row['ride']:.0f}")

    def _drive(self, moment: float, legs: float, driven: float | None) -> tuple[float, float]:
        """Return when a drive from `moment` ends at the earliest, and the driving since the last rest.

        The drive is cut where a rest is due; each piece then sits out the nights it meets. None: nobody is on board,
        but the same rests hold from the beginning of the way.
        """
        every = (self.rules.rest_hours or math.inf) * 3600
        since = driven or 0.0
        while legs > 1e-6:
            if since >= every - 1e-6:
                moment, since = moment + self.rules.rest_minutes * 60, 0.0
            piece = min(legs, every - since)
            moment = self._through_nights(moment, piece)
            legs, since = legs - piece, since + piece
        return moment, since

    def _through_nights(self, moment: float, piece: float) -> float:
        if self.rules.night is None:
            return moment + piece
        first = self.rules.night[0] * 3600
        long = (self.rules.night[1] - self.rules.night[0]) % 24 * 3600
        day = math.floor((moment - first) / NIGHT_STEP)
        while piece > 1e-6:
            opens = day * NIGHT_STEP + first + long  # when the night of this day is over
            closes = (day + 1) * NIGHT_STEP + first
            moment = max(moment, opens)
            part = min(piece, closes - moment)
            moment, piece, day = moment + part, piece - part, day + 1
        return moment
