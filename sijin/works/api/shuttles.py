"""Plans of return-to-work shuttles over HTTP: the list, and one plan with its trips, stops and who waits."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Schema
from ninja.pagination import paginate

from sijin.people.policy import require
from sijin.people.wire import Day, Key
from sijin.works.api.routes import router
from sijin.works.domain.shuttles import reads, words
from sijin.works.models import Shuttle


def _told(found: Shuttle | dict[str, Any], name: str, context: dict[str, Any]) -> Any:
    if not reads.whole(context["request"].user):
        return None
    return found[name] if isinstance(found, dict) else getattr(found, name)


class ShuttleOut(Schema):
    """A plan of buses in figures."""

    id: int
    arrive_on: date
    state: Shuttle.State
    buses: int
    riding: int
    waiting: int = Field(alias="waits")
    cost: Decimal | None = Field(description="Yuan: the objective; null for who sees its own people alone")
    bound: Decimal | None = Field(description="Yuan: proven, no plan is cheaper")
    gap: float | None = Field(description="0.01 is 1 %")
    seconds: float
    version: int

    @staticmethod
    def resolve_cost(obj: Any, context: dict[str, Any]) -> Decimal | None:
        """Tell money to who sees plans whole."""
        return _told(obj, "cost", context)

    @staticmethod
    def resolve_bound(obj: Any, context: dict[str, Any]) -> Decimal | None:
        """Tell money to who sees plans whole."""
        return _told(obj, "bound", context)

    @staticmethod
    def resolve_gap(obj: Any, context: dict[str, Any]) -> float | None:
        """Tell the gap to who sees plans whole."""
        return _told(obj, "gap", context)


class ShuttleStopOut(Schema):
    """Where a trip stops, and the numbers of those workers who board and whom the account sees."""

    place: str
    code: str
    lat: float
    lon: float
    arrive_at: datetime
    depart_at: datetime
    people: int
    workers: list[str]


class ShuttleTripOut(Schema):
    """One bus on one way."""

    plate: str
    ordinal: int
    destination: str
    set_off_at: datetime
    depart_at: datetime
    arrive_at: datetime
    km: float
    seats: int
    room: int = Field(description="Seats that may be taken")
    people: int
    locked: bool
    stops: list[ShuttleStopOut]


class ShuttleWaitOut(Schema):
    """Workers without a seat, and why."""

    why: str
    workers: list[str]


class ShuttleDetail(ShuttleOut):
    """A plan with its trips; workers are named by their number."""

    why: str
    rules: dict[str, Any]
    trips: list[ShuttleTripOut]
    waits_because: list[ShuttleWaitOut]


@router.get("/shuttles", response=list[ShuttleOut], summary="List plans of shuttles")
@paginate
def shuttles(
    request: HttpRequest, state: Literal[*Shuttle.State.values] | None = None, arrive_on: Day | None = None
) -> QuerySet[Shuttle]:
    """List the plans that the account sees, the latest arrival first; proposals are no plans yet."""
    require(request.user, "view", Shuttle)
    given = {"state": state, "arrive_on": arrive_on}
    return reads.listed(request.user).filter(**{name: value for name, value in given.items() if value})


@router.get("/shuttles/{id}", response=ShuttleDetail, summary="One plan of shuttles")
def shuttle(request: HttpRequest, id: Key) -> dict[str, Any]:
    """Return a plan with the trips of its buses."""
    found = get_object_or_404(reads.plans(request.user), pk=id)
    reading = reads.read(request.user, found)
    figures = reading.sums
    same = ("id", "arrive_on", "state", "cost", "bound", "gap", "seconds", "version", "rules")
    return {
        **{name: getattr(found, name) for name in same},
        "buses": figures.buses, "riding": figures.riding,
        "waits": figures.waiting, "why": words.reason(found.why) if reading.whole else "",
        "trips": [_trip(card) for card in reading.cards],
        "waits_because": [
            {"why": why, "workers": [row.worker.code for row in kept]} for why, kept in reads.waits(reading.rows)
        ],
    }  # fmt: skip


def _trip(card: reads.Card) -> dict[str, Any]:
    same = ("ordinal", "set_off_at", "depart_at", "arrive_at", "km", "seats", "room", "people", "locked")
    return {
        **{name: getattr(card.trip, name) for name in same},
        "plate": card.trip.bus.plate, "destination": card.trip.destination.name,
        "stops": [
            {"place": halt.stop.place.name, "code": halt.stop.place.code, "lat": halt.stop.place.lat,
             "lon": halt.stop.place.lon, "arrive_at": halt.stop.arrive_at, "depart_at": halt.stop.depart_at,
             "people": halt.stop.people, "workers": [row.worker.code for row in halt.rows]}
            for halt in card.halts
        ],
    }  # fmt: skip
