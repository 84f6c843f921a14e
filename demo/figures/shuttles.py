"""Row 16: the return buses of approved plans, by sums over their stored rows: no engine and no read of a page."""

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from demo.figures.figure import Figure
from sijin.works.models import Bus, ShuttleSeat, ShuttleStop, ShuttleTrip, Worker

PLATE = "鲁K"  # report: 鲁K的返岗直通车
NIGHT = (2, 5)  # hours in which nobody drives
STEP = timedelta(minutes=1)


def _trips() -> list[ShuttleTrip]:
    rows = ShuttleTrip.objects.filter(shuttle__state="approved").select_related("bus").prefetch_related("stops")
    return list(rows.order_by("pk"))


def _too_full() -> str:
    """Count the trips with more people than half the seats of their bus."""
    riding = Count("stops__seats", filter=Q(stops__seats__state="riding"))
    rows = ShuttleTrip.objects.filter(shuttle__state="approved").annotate(riding=riding)
    return str(sum(trip.riding * 2 > trip.bus.seats for trip in rows.select_related("bus")))


def _plates() -> str:
    trips = _trips()
    good = sum(trip.bus.plate.startswith(PLATE) for trip in trips)
    return "all" if good == len(trips) else f"{good} of {len(trips)}"


def _at_night() -> str:
    """Count the legs that cannot be driven in the minutes between their stored times that lie outside the night."""
    return str(sum(_open(leave, arrive) < minutes - 1 for trip in _trips() for leave, arrive, minutes in _legs(trip)))


def _legs(trip: ShuttleTrip) -> list[tuple[datetime, datetime, float]]:
    stops = sorted(trip.stops.all(), key=lambda stop: stop.ordinal)
    leave = [stop.depart_at for stop in stops]
    arrive = [*(stop.arrive_at for stop in stops[1:]), trip.arrive_at]
    minutes = [*(stop.drive_minutes for stop in stops[1:]), trip.last_drive_minutes]
    return list(zip(leave, arrive, minutes, strict=True))


def _open(leave: datetime, arrive: datetime) -> int:
    """Count minute by minute how long a bus may be driven between two moments."""
    found, moment = 0, timezone.localtime(leave)
    while moment < arrive:
        found += not NIGHT[0] <= moment.hour < NIGHT[1]
        moment += STEP
    return found


def _seated() -> str:
    """Say whether every promised worker who does not come by own means rides on exactly one approved bus."""
    seats = Count("seats", filter=Q(seats__state="riding", seats__shuttle__state="approved"))
    rows = Worker.objects.filter(state="promised", own_way=False).annotate(n=seats)
    wrong = sum(worker.n != 1 for worker in rows)
    return "all" if rows and not wrong else f"all but {wrong}"


def _fewer() -> str:
    """Compare the trips with the places where people board, each counted once for each day of arrival."""
    stops = ShuttleStop.objects.filter(trip__shuttle__state="approved")
    origins, trips = stops.values("trip__shuttle", "place").distinct().count(), len(_trips())
    return "fewer" if 0 < trips < origins else f"{trips} for {origins}"


def _one() -> ShuttleTrip:
    return _trips()[0]


FIGURES = [
    Figure(16, "buses more than half full", "0", _too_full,
           lambda: Bus.objects.filter(pk=_one().bus_id).update(seats=9)),
    Figure(16, "plates that begin with 鲁K", "all", _plates,
           lambda: Bus.objects.filter(pk=_one().bus_id).update(plate="京K00001")),
    Figure(16, "legs that need driving from 2 to 5 o’clock", "0", _at_night,
           lambda: ShuttleTrip.objects.filter(pk=_one().pk).update(last_drive_minutes=3000)),
    Figure(16, "promised workers on exactly one bus", "all", _seated,
           lambda: ShuttleSeat.objects.filter(stop__trip=_one()).first().delete()),
    Figure(16, "buses, for the places where people board", "fewer", _fewer,
           lambda: ShuttleStop.objects.update(place=ShuttleStop.objects.first().place)),
]  # fmt: skip
