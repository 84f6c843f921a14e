"""An answer of the engine as rows: which plate runs which trip, who sits where, who waits and why."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from sijin.engines.shuttle import Routed, Rules, check
from sijin.people.refusals import RuleBroken
from sijin.works.domain.shuttles import clock
from sijin.works.domain.shuttles.places import key_of
from sijin.works.domain.shuttles.posing import Posed
from sijin.works.domain.shuttles.words import LEFT_OUT, NOWHERE
from sijin.works.models import Bus, Shuttle, ShuttleSeat, ShuttleStop, ShuttleTrip, Worker

Sat = dict[int, tuple[str, int]]  # worker → plate and number of the trip before


@dataclass
class Boarding:
    """People of one stop who get on one trip."""

    stop: str
    arrive: float
    depart: float
    people: int
    riders: list[Worker] = field(default_factory=list)


def examine(posed: Posed, answer: Routed) -> None:
    """Refuse an answer that the independent check of the engine does not pass."""
    found = check(posed.stops, posed.vehicles, posed.names, posed.travel.seconds, posed.travel.metres,
                  posed.terms.rules, answer)  # fmt: skip
    if found:
        words = _("The plan did not pass its examination and was not kept: %(why)s")
        raise RuleBroken(words % {"why": "; ".join(found[:3])})


def store(shuttle: Shuttle, posed: Posed, answer: Routed, before: Sat, locked: set[tuple[str, int]]) -> None:
    """Write the trips, stops and seats of a plan that was saved; `locked` are plates and numbers of trips."""
    plates = _plates(posed, answer)
    boardings = _boardings(answer)
    _seat(posed, answer, plates, boardings, before)
    seats = []
    ended: dict[str, str] = {}  # where the last trip of a vehicle ended
    for row in answer.buses.sort("begin", "vehicle", "trip").iter_rows(named=True):
        bus, mine = plates[row["vehicle"]], boardings[row["vehicle"], row["trip"]]
        trip = _trip(shuttle, posed, bus, row, mine, ended.get(row["vehicle"]) or key_of(bus.depot))
        ended[row["vehicle"]] = key_of(trip.destination)
        trip.locked = (bus.plate, row["trip"]) in locked
        trip.save()
        numbers = iter(seat_numbers(bus.seats, posed.terms.rules, row["people"]))
        for n, one in enumerate(mine, start=1):
            stop = ShuttleStop.objects.create(
                trip=trip, ordinal=n, place=posed.place_of[one.stop], arrive_at=posed.moment(one.arrive),
                depart_at=posed.moment(one.depart), people=one.people,
                drive_minutes=0 if n == 1 else _driving(posed, mine[n - 2].stop, one.stop) / 60,
            )  # fmt: skip
            seats += [ShuttleSeat(shuttle=shuttle, worker=worker, stop=stop, number=next(numbers),
                                  state=ShuttleSeat.State.RIDING) for worker in one.riders]  # fmt: skip
    seats += _waiting(shuttle, posed, answer, {seat.worker_id for seat in seats})
    ShuttleSeat.objects.bulk_create(seats)


def _plates(posed: Posed, answer: Routed) -> dict[str, Bus]:
    """Return the bus of each vehicle: that of the plan before where it is named so, else the next of its kind."""
    found: dict[str, Bus] = {}
    kinds = dict(answer.buses.select("vehicle", "type").iter_rows())
    for vehicle, kind in kinds.items():
        named = next((bus for bus in posed.buses[kind] if bus.plate == vehicle), None)
        if named is not None:
            found[vehicle] = named
    used = {bus.pk for bus in found.values()}
    for vehicle, kind in kinds.items():
        if vehicle not in found:
            found[vehicle] = next(bus for bus in posed.buses[kind] if bus.pk not in used)
            used.add(found[vehicle].pk)
    return found


def _boardings(answer: Routed) -> dict[tuple[str, int], list[Boarding]]:
    """Return the boardings of each trip in order; parties of one stop that follow each other are one."""
    found: dict[tuple[str, int], list[Boarding]] = defaultdict(list)
    for row in answer.trips.sort("vehicle", "trip", "sequence").iter_rows(named=True):
        mine = found[row["vehicle"], row["trip"]]
        if mine and mine[-1].stop == row["stop"]:
            mine[-1].people += row["people"]
            mine[-1].depart = row["departure"]
        else:
            mine.append(Boarding(row["stop"], row["arrival"], row["departure"], row["people"]))
    return found


def _seat(
    posed: Posed, answer: Routed, plates: dict[str, Bus], boardings: dict[tuple[str, int], list[Boarding]], before: Sat
) -> None:
    """Give every boarding its people: first those who rode on that bus before, then the others in order."""
    left = {stop: list(people) for stop, people in posed.riders.items()}
    for (vehicle, turn), mine in boardings.items():
        for one in mine:
            stay = [w for w in left[one.stop] if before.get(w.pk) == (plates[vehicle].plate, turn)][: one.people]
            one.riders = stay
            there = {w.pk for w in stay}
            left[one.stop] = [w for w in left[one.stop] if w.pk not in there]
    new_first = {stop: sorted(people, key=lambda w: w.pk in before) for stop, people in left.items()}
    for mine in boardings.values():
        for one in mine:
            more = one.people - len(one.riders)
            one.riders = [*one.riders, *new_first[one.stop][:more]]
            new_first[one.stop] = new_first[one.stop][more:]


def _trip(
    shuttle: Shuttle, posed: Posed, bus: Bus, row: dict[str, Any], mine: list[Boarding], begins: str
) -> ShuttleTrip:
    """Return the row of a trip whose bus begins at the place `begins`: its depot, or where the trip before ended."""
    rules, hours = posed.terms.rules, posed.terms.hours
    first = posed.place_of[mine[0].stop]
    empty = _seconds(posed, begins, f"p{first.pk}")
    rest = hours.layover * 3600 if row["trip"] == 1 and empty > 2 * 3600 else 0.0
    site = posed.site_of[row["destination"]]
    return ShuttleTrip(
        shuttle=shuttle, bus=bus, ordinal=row["trip"], destination=site, drivers=bus.drivers,
        set_off_at=posed.moment(clock.set_off(rules, row["begin"] - rest, empty)),
        depart_at=posed.moment(row["begin"]), arrive_at=posed.moment(row["arrival"]), km=row["km"], seats=row["seats"],
        room=row["room"], people=row["people"], rests=row["rests"], drive_minutes=row["driving"] / 60,
        last_drive_minutes=_seconds(posed, f"p{posed.place_of[mine[-1].stop].pk}", f"s{site.pk}") / 60,
        cost=round(row["cost"], 2),
    )  # fmt: skip


def _driving(posed: Posed, first: str, second: str) -> float:
    return _seconds(posed, f"p{posed.place_of[first].pk}", f"p{posed.place_of[second].pk}")


def _seconds(posed: Posed, first: str, second: str) -> float:
    keys = [place.key for place in posed.travel.places]
    return 0.0 if first == second else float(posed.travel.seconds[keys.index(first), keys.index(second)])


def seat_numbers(seats: int, rules: Rules, people: int) -> list[int]:
    """Return the seats to take, counted from the front left: first window and aisle apart, the last rows stay free."""
    wide = rules.row_seats or 4
    usable = seats - rules.free_rows * rules.row_seats
    order: list[int] = []
    for column in (0, wide - 1, 1, 2):
        order += [n for n in range(column, usable, wide) if n not in order]
    order += [n for n in range(usable) if n not in order]
    return sorted(number + 1 for number in order[:people])


def seat_name(number: int, row_seats: int) -> str:
    """Return 3A for the first seat of the third row."""
    wide = row_seats or 4
    return f"{(number - 1) // wide + 1}{'ABCDEFGH'[(number - 1) % wide]}"


def _waiting(shuttle: Shuttle, posed: Posed, answer: Routed, riding: set[int]) -> Iterator[ShuttleSeat]:
    """Give everyone who has no seat the reason of their stop."""
    waits = ShuttleSeat.State.WAITING
    for stop, people in posed.riders.items():
        left = [worker for worker in people if worker.pk not in riding]
        reasons = answer.unserved.filter(pl.col("stop") == stop).select("people", "reason").rows()
        told = [reason for count, reason in reasons for _n in range(count)]
        told += [LEFT_OUT] * (len(left) - len(told))
        for worker, reason in zip(left, told, strict=True):
            yield ShuttleSeat(shuttle=shuttle, worker=worker, state=waits, why=reason[:200])
    for worker in posed.nowhere:
        yield ShuttleSeat(shuttle=shuttle, worker=worker, state=waits, why=NOWHERE)
