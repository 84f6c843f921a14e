"""A day's workers and buses as the engine takes them: stops, kinds of bus, places, travel times, rules."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.people.refusals import RuleBroken
from sijin.places.models import Site
from sijin.works.domain.shuttles import clock, demand
from sijin.works.domain.shuttles.places import Place, key_of, places_of
from sijin.works.domain.shuttles.terms import Terms, days_ahead, same_province
from sijin.works.domain.shuttles.travel import Travel, travel
from sijin.works.models import Bus, PickUp, Shuttle, ShuttleTrip, Worker

KINDS = 60  # kinds of bus that the engine tells apart
DAY = timedelta(days=1)
Pair = tuple[int, int]  # pick-up place and site of destination


@dataclass
class Posed:
    """What the engine is asked, with what its names stand for."""

    arrive_on: date
    ahead: int  # days from the first day of the clock to the arrival
    terms: Terms
    travel: Travel
    stops: pl.DataFrame
    vehicles: pl.DataFrame
    riders: dict[str, list[Worker]]  # of each stop
    place_of: dict[str, PickUp]  # of each stop
    site_of: dict[str, Site]  # of the name of each destination
    buses: dict[str, list[Bus]]  # of each kind
    nowhere: list[Worker] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """The places in the order of the matrices."""
        return tuple(place.name for place in self.travel.places)

    @property
    def begins(self) -> datetime:
        """Midnight from which the engine counts seconds."""
        first = datetime.combine(self.arrive_on - self.ahead * DAY, datetime.min.time())
        return timezone.make_aware(first)

    def moment(self, seconds: float) -> datetime:
        """Return a time of the engine as a time."""
        return self.begins + timedelta(seconds=round(seconds))

    def stop_name(self, worker: Worker) -> str:
        """Return the stop at which a worker boards: a place and a destination."""
        return next(stop for stop, people in self.riders.items() if any(one.pk == worker.pk for one in people))


def pose(
    workers: Iterable[Worker], buses: Sequence[Bus], arrive_on: date, terms: Terms, wanted: dict[str, Any], *,
    hub: Site | None = None, stored: dict[str, Any] | None = None,
) -> Posed:  # fmt: skip
    """Return the problem of a day.

    Raises
    ------
    RuleBroken
        Nobody needs a seat, there is no bus, or none that may carry anybody under the rules.
    """
    placed, nowhere = demand.with_places(workers)
    if not placed:
        raise RuleBroken(_("Nobody with a place to board needs a seat by this day."), field="wanted_until")
    fit = [bus for bus in buses if terms.rules.room(bus.seats) >= 1]
    if not buses:
        raise RuleBroken(_("No bus is free on this day: read in the fleet, or cancel a plan."), field="arrive_on")
    if not fit:
        raise RuleBroken(_("Under these rules no bus of the fleet may carry anybody."), field="load")
    groups: dict[Pair, list[Worker]] = defaultdict(list)
    sites: dict[int, Site] = {}
    for worker in placed:
        site = hub or worker.site
        sites[site.pk] = site
        groups[worker.pick_up_id, site.pk].append(worker)  # type: ignore[index]  # it has a place
    rows = [worker.pick_up for worker in placed if worker.pick_up]
    places = places_of([*rows, *sites.values(), *(bus.depot for bus in fit)])
    ways = travel(sorted(places.values(), key=lambda place: place.key), wanted, stored)
    ahead = days_ahead(terms)
    posed = Posed(arrive_on, ahead, terms, ways, pl.DataFrame(), pl.DataFrame(), {}, {}, {}, {}, nowhere)
    _stops(posed, groups, sites, places)
    _vehicles(posed, fit, places)
    return posed


def _stops(posed: Posed, groups: dict[Pair, list[Worker]], sites: dict[int, Site], places: dict[str, Place]) -> None:
    at = {place.key: n for n, place in enumerate(posed.travel.places)}
    rules, rows = posed.terms.rules, []
    several = len(sites) > 1
    for (_pick, site), people in sorted(groups.items()):
        pick_up = people[0].pick_up
        assert pick_up is not None
        here, end = places[key_of(pick_up)], places[key_of(sites[site])]
        stop = f"{here.name}→{end.name}" if several else here.name
        driving = float(posed.travel.seconds[at[here.key], at[end.key]])
        service = rules.stop_seconds + rules.person_seconds * len(people)
        early, late = clock.boarding(
            rules, posed.terms.hours, posed.ahead, 0.0 if np.isnan(driving) else driving, service
        )
        due = posed.ahead * clock.DAY + posed.terms.hours.arrive_by * 3600
        rows.append((stop, here.name, len(people), end.name, max(early, 0.0), max(late, 0.0), due,
                     same_province(here.province), same_province(end.province)))  # fmt: skip
        posed.riders[stop], posed.place_of[stop], posed.site_of[end.name] = people, pick_up, sites[site]
    schema = {"stop": pl.String, "place": pl.String, "people": pl.Int64, "destination": pl.String,
              "earliest": pl.Float64, "latest": pl.Float64, "arrive_by": pl.Float64, "province": pl.String,
              "destination_province": pl.String}  # fmt: skip
    posed.stops = pl.DataFrame(rows, schema=schema, orient="row")


def _vehicles(posed: Posed, buses: Sequence[Bus], places: dict[str, Place]) -> None:
    kinds: dict[tuple[Any, ...], list[Bus]] = defaultdict(list)
    for bus in buses:
        kinds[bus.seats, bus.fixed, bus.per_km, key_of(bus.depot), bus.province].append(bus)
    if len(kinds) > KINDS:
        words = _("The fleet has %(found)s kinds of bus; at most %(most)s can be planned together.")
        raise RuleBroken(words % {"found": len(kinds), "most": KINDS})
    rows = []
    for n, ((seats, fixed, per_km, depot, province), mine) in enumerate(sorted(kinds.items(), key=str)):
        name = f"k{n}"
        posed.buses[name] = sorted(mine, key=lambda bus: bus.plate)
        rows.append((name, len(mine), seats, float(fixed), float(per_km), places[depot].name, same_province(province)))
    schema = {"type": pl.String, "count": pl.Int64, "seats": pl.Int64, "fixed": pl.Float64, "per_km": pl.Float64,
              "depot": pl.String, "province": pl.String}  # fmt: skip
    posed.vehicles = pl.DataFrame(rows, schema=schema, orient="row")


def free_buses(arrive_on: date, ahead: int, besides: Shuttle | None = None) -> list[Bus]:
    """Return the buses of the fleet that no approved plan (but `besides`) has out around the day, by plate."""
    begin = timezone.make_aware(datetime.combine(arrive_on - ahead * DAY, datetime.min.time()))
    out = ShuttleTrip.objects.filter(
        Q(set_off_at__lt=begin + (ahead + 1) * DAY, arrive_at__gt=begin), shuttle__state=Shuttle.State.APPROVED
    )
    if besides is not None:
        out = out.exclude(shuttle=besides)
    rows = Bus.objects.filter(withdrawn_at=None).exclude(pk__in=out.values("bus"))
    return list(rows.select_related("depot_site__county", "depot_place"))
