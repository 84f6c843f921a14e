"""Reads of a plan: its trips with stops and the people whom the reader may see, who waits, rules that are kept.

Who does not see every plan (a firm, a team) sees of the approved ones what concerns its own people: `whole` decides it.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.people.models import Account
from sijin.people.policy import scope_of, visible
from sijin.works.domain.returning.reads import named
from sijin.works.domain.shuttles import words
from sijin.works.domain.shuttles.keeping import seat_name
from sijin.works.domain.shuttles.terms import Terms, read_terms
from sijin.works.models import Shuttle, ShuttleSeat, ShuttleStop, ShuttleTrip, Worker

S = ShuttleSeat.State


@dataclass
class Row:
    """A seat with its worker, whose name and number stand in `worker.shown` and `worker.number`."""

    seat: ShuttleSeat
    worker: Any
    name: str = ""  # of the seat, as 3A
    why: str = ""


@dataclass
class Halt:
    """A stop with those of its people whom the reader may see."""

    stop: ShuttleStop
    rows: list[Row] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        """People whom the reader may not see."""
        return self.stop.people - len(self.rows)


@dataclass
class Card:
    """A trip as its card and its sheet show it."""

    trip: ShuttleTrip
    halts: list[Halt]
    rules: list[tuple[bool, str]]

    @property
    def rows(self) -> list[Row]:
        """Everyone on it whom the reader may see, in the order of the stops."""
        return [row for halt in self.halts for row in halt.rows]

    @property
    def roster(self) -> list[tuple[Halt, Row]]:
        """The same, each with the stop at which they board."""
        return [(halt, row) for halt in self.halts for row in halt.rows]

    @property
    def hidden(self) -> int:
        """People on it whom the reader may not see."""
        return sum(halt.hidden for halt in self.halts)


@dataclass(frozen=True)
class Sums:
    """A plan in figures."""

    buses: int
    trips: int
    riding: int
    waiting: int
    dropped: int
    seats: int
    room: int
    km: float
    origins: int


@dataclass
class Reading:
    """A plan as an account may read it; `whole` is False where it sees its own people alone."""

    whole: bool
    rows: list[Row]
    cards: list[Card]
    sums: Sums


def whole(account: Account) -> bool:
    """Say whether the account sees plans whole; else it sees its own people's trips and stops, and no money."""
    return "all" in scope_of(account, "view", Shuttle._meta.label)


def plans(account: Account) -> QuerySet[Shuttle]:
    """Return the plans that `account` may read: all, or the approved ones its people are in."""
    rows = visible(account, Shuttle)
    return rows if whole(account) else rows.filter(state=Shuttle.State.APPROVED)


def listed(account: Account) -> QuerySet[Shuttle]:
    """Return the plans that `account` sees, with buses and people of each (one query), the latest arrival first.

    Who does not see plans whole has its own people counted, and the buses on which they ride.
    """
    mine = Q() if whole(account) else Q(seats__worker__in=visible(account, Worker).values("pk"))
    riding = Count("seats", filter=mine & Q(seats__state=S.RIDING), distinct=True)
    waiting = Count("seats", filter=mine & Q(seats__state=S.WAITING), distinct=True)
    buses = Count("seats__stop__trip__bus", filter=mine, distinct=True)
    rows = plans(account).select_related("hub", "made_by").defer("matrix")
    counted = rows.annotate(buses=buses, riding=riding, waits=waiting)
    return counted.exclude(state=Shuttle.State.PROPOSED).order_by("-arrive_on", "-pk")


def seen(account: Account, shuttle: Shuttle) -> list[Row]:
    """Return the seats of the workers whom `account` may see, names masked where it may not read them (two queries)."""
    rows = shuttle.seats.filter(worker__in=visible(account, Worker).values("pk"))
    seats = list(rows.select_related("worker__pick_up", "worker__site"))
    named(account, [seat.worker for seat in seats])
    wide = int(shuttle.rules.get("row_seats") or 4)
    return [
        Row(seat, seat.worker, seat_name(seat.number, wide) if seat.number else "", words.reason(seat.why))
        for seat in seats
    ]


def trips_of(shuttle: Shuttle) -> list[ShuttleTrip]:
    """Return the trips with their buses and stops (two queries)."""
    stops = ShuttleStop.objects.select_related("place").order_by("ordinal")
    return list(shuttle.trips.select_related("bus", "destination").prefetch_related(Prefetch("stops", stops)))


def read(account: Account, shuttle: Shuttle) -> Reading:
    """Return a plan as `account` may read it."""
    rows, all_of_it = seen(account, shuttle), whole(account)
    made = cards(shuttle, rows)
    if all_of_it:
        return Reading(True, rows, made, sums(shuttle))
    mine = [_own(card) for card in made if card.rows]
    return Reading(False, rows, mine, _counted(rows, mine))


def _own(card: Card) -> Card:
    """Return a card with the stops of its visible people alone; they are counted, others are not.

    The rows are changed in memory only. The share of seats would tell how many others ride: it is left out.
    """
    halts = [halt for halt in card.halts if halt.rows]
    for halt in halts:
        halt.stop.people = len(halt.rows)
    card.trip.people, card.trip.depart_at = len(card.rows), halts[0].stop.arrive_at
    return Card(card.trip, halts, card.rules[1:])


def cards(shuttle: Shuttle, rows: list[Row]) -> list[Card]:
    """Return a card for each trip with all its stops, in the order of departure."""
    by_stop: dict[int | None, list[Row]] = defaultdict(list)
    for row in rows:
        by_stop[row.seat.stop_id].append(row)
    terms = read_terms(shuttle.rules)
    return [
        Card(trip, [Halt(stop, by_stop[stop.pk]) for stop in trip.stops.all()], kept(terms, trip))
        for trip in trips_of(shuttle)
    ]


def kept(terms: Terms, trip: ShuttleTrip) -> list[tuple[bool, str]]:
    """Return each rule in words with whether the stored trip keeps it, by its rows alone; the share of seats first."""
    rules, found = terms.rules, []
    told: dict[str, Any] = {"share": f"{100 * trip.people / trip.seats:.0f}", "most": f"{100 * rules.load:.0f}"}
    shared = _("%(share)s %% of the seats (at most %(most)s %%)") % told
    found.append((trip.people <= rules.load * trip.seats + 1e-9, shared))
    free = rules.free_rows * rules.row_seats
    if free:
        rows = {"rows": rules.free_rows}
        found.append((trip.people <= trip.seats - free, _("last %(rows)s rows free") % rows))
    found.append((len(trip.drivers) >= rules.drivers, _("%(count)s of %(least)s drivers named") % {
        "count": len(trip.drivers), "least": rules.drivers}))  # fmt: skip
    if rules.night is not None:
        first, last = (f"{int(hour):02d}:{round(hour % 1 * 60):02d}" for hour in rules.night)
        words_ = _("no driving %(first)s–%(last)s") % {"first": first, "last": last}
        found.append((stands_at_night(trip, *rules.night), words_))
    if rules.rest_hours is not None:
        told = {"hours": f"{rules.rest_hours:g}", "minutes": f"{rules.rest_minutes:g}", "count": trip.rests}
        rested = _("every %(hours)s h %(minutes)s min of rest: %(count)s times") % told
        least = trip.drive_minutes / 60 / rules.rest_hours
        found.append((trip.rests + 1 >= least - 1e-6, rested))
    if rules.ride_hours is not None:
        ride = (trip.arrive_at - trip.depart_at) / timedelta(hours=1)
        told = {"ride": f"{ride:.1f}", "most": f"{rules.ride_hours:g}"}
        found.append((ride <= rules.ride_hours + 0.01, _("longest ride %(ride)s h (at most %(most)s)") % told))
    return found


def legs(trip: ShuttleTrip) -> list[tuple[datetime, datetime, float]]:
    """Return (leave, arrive, minutes at the wheel) from stop to stop and to the destination."""
    stops = list(trip.stops.all())
    found = [(a.depart_at, b.arrive_at, b.drive_minutes) for a, b in pairwise(stops)]
    return [*found, (stops[-1].depart_at, trip.arrive_at, trip.last_drive_minutes)]


def stands_at_night(trip: ShuttleTrip, first: float, last: float) -> bool:
    """Say whether each leg leaves time enough at the wheel outside the hours of the night."""
    return all(
        (arrive - leave - nights_within(leave, arrive, first, last)) / timedelta(minutes=1) >= minutes - 0.5
        for leave, arrive, minutes in legs(trip)
    )


def nights_within(leave: datetime, arrive: datetime, first: float, last: float) -> timedelta:
    """Return how much of the time between two moments lies between two hours of the night."""
    leave, arrive = timezone.localtime(leave), timezone.localtime(arrive)
    midnight = leave.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    long, found = timedelta(hours=(last - first) % 24), timedelta(0)
    while midnight <= arrive:
        begin = midnight + timedelta(hours=first)
        found += max(min(arrive, begin + long) - max(leave, begin), timedelta(0))
        midnight += timedelta(days=1)
    return found


def waits(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """Return who waits, by reason, the most people first."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.seat.state == S.WAITING:
            found[row.why].append(row)
    return sorted(found.items(), key=lambda pair: -len(pair[1]))


def sums(shuttle: Shuttle) -> Sums:
    """Return a plan in figures (three queries)."""
    trips = shuttle.trips.aggregate(
        buses=Count("bus", distinct=True), trips=Count("pk"), seats=Sum("seats"), room=Sum("room"), km=Sum("km")
    )
    states = dict(shuttle.seats.order_by().values_list("state").annotate(n=Count("pk")))
    origins = ShuttleStop.objects.filter(trip__shuttle=shuttle).values("place").distinct().count()
    return Sums(
        trips["buses"], trips["trips"], states.get(S.RIDING, 0), states.get(S.WAITING, 0), states.get(S.DROPPED, 0),
        trips["seats"] or 0, trips["room"] or 0, trips["km"] or 0.0, origins,
    )  # fmt: skip


def _counted(rows: list[Row], cards: list[Card]) -> Sums:
    """Return the figures of visible people and the buses that fetch them."""
    states = Counter(row.seat.state for row in rows)
    trips = [card.trip for card in cards]
    return Sums(
        len({trip.bus_id for trip in trips}), len(trips), states[S.RIDING], states[S.WAITING], states[S.DROPPED],
        sum(trip.seats for trip in trips), sum(trip.room for trip in trips), sum(trip.km for trip in trips),
        len({halt.stop.place_id for card in cards for halt in card.halts}),
    )  # fmt: skip
