"""The fleet: a bus written down or changed under its plate, taken out, put back."""

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from sijin.exchange.domain.rows import advance, assign, different
from sijin.people.models import Account
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.works.domain.shuttles import demand
from sijin.works.domain.shuttles.terms import province_of_plate
from sijin.works.models import Bus, Shuttle, ShuttleTrip

FIELDS = ("seats", "owner", "unit", "depot_site", "depot_place", "fixed", "per_km", "drivers")
PLATE = re.compile(r"[\u4e00-\u9fff][A-Z][A-Z0-9]{4,6}[A-Z0-9\u4e00-\u9fff]?")  # 鲁K12345, 鲁KD12345, 鲁K1234学
SEATS = (5, 80)


@transaction.atomic
def keep(by: Account, plate: str, *, version: int | None = None, **facts: Any) -> tuple[Bus, str]:
    """Write a bus down under its plate, or change it; return it with `created`, `changed` or `same`.

    Raises
    ------
    RuleBroken
        The plate is none, the seats are too few or too many, it has no depot, or its seats change while it has
        approved trips to make; `facts["field"]` names the field.
    Stale
        The bus is there, says something else, and `version` is not its own; `diff` says where.
    """
    require(by, "keep", Bus)
    plate = plain(plate)
    marks = {name: facts.pop(name) for name in ("source", "generated") if name in facts}
    bus = Bus.objects.select_for_update().filter(plate=plate).first()
    if bus is None:
        bus = Bus(plate=plate, province=province_of_plate(plate), **marks)
        assign(bus, facts, FIELDS)
        _check(bus)
        bus.save()
        return bus, "created"
    differs = different(bus, facts, FIELDS)
    if not differs:
        return bus, "same"
    if version != bus.version:
        raise Stale(_("It was changed by someone else in the meantime."), found=bus.version, diff=differs)
    if "seats" in differs:
        _spared(bus, "seats")
    assign(bus, facts, FIELDS)
    _check(bus)
    return advance(bus), "changed"


def plain(plate: str) -> str:
    """Return a plate without spaces and dots, in capitals."""
    return re.sub(r"[\s·•.\-]", "", plate).upper()


def _check(bus: Bus) -> None:
    if not PLATE.fullmatch(bus.plate):
        raise RuleBroken(_("A plate looks like 鲁K12345."), field="plate")
    if bus.seats is None or not SEATS[0] <= bus.seats <= SEATS[1]:
        raise RuleBroken(_("A bus has from %(least)s to %(most)s seats.") % {"least": SEATS[0], "most": SEATS[1]},
                         field="seats")  # fmt: skip
    if (bus.depot_site is None) == (bus.depot_place is None):
        raise RuleBroken(_("Say where the bus begins: one site, or one place to board."), field="depot")
    for name in ("fixed", "per_km"):
        if getattr(bus, name) is None or getattr(bus, name) < 0:
            raise RuleBroken(_("The price cannot be negative."), field=name)


def _spared(bus: Bus, field: str | None = None) -> None:
    """Refuse while approved plans have trips of the bus that have not arrived yet by the clock of their campaign."""
    trips = ShuttleTrip.objects.filter(bus=bus, shuttle__state=Shuttle.State.APPROVED).exclude(demand.arrived(""))
    if days := [f"{trip.shuttle}" for trip in trips.select_related("shuttle").order_by("arrive_at")[:5]]:
        words = _("%(plate)s has approved trips to make: %(trips)s. Change or cancel these plans first.")
        told = {"plate": bus.plate, "trips": "、".join(days)}
        raise RuleBroken(words % told, field=field)


@transaction.atomic
def withdraw(by: Account, bus: Bus, *, version: int, at: datetime) -> Bus:
    """Take a bus out of the fleet: the next plan does not know it. Refused while it has approved trips to make."""
    bus = _locked(by, bus, version)
    if bus.withdrawn_at:
        raise RuleBroken(_("It was taken out before."))
    _spared(bus)
    bus.withdrawn_at = at
    return advance(bus)


@transaction.atomic
def restore(by: Account, bus: Bus, *, version: int, at: datetime) -> Bus:
    """Put a bus back."""
    bus = _locked(by, bus, version)
    if not bus.withdrawn_at:
        raise RuleBroken(_("It was not taken out."))
    bus.withdrawn_at = None
    return advance(bus)


def _locked(by: Account, bus: Bus, version: int) -> Bus:
    bus = Bus.objects.select_for_update().get(pk=bus.pk)
    require(by, "keep", bus)
    if bus.version != version:
        raise Stale(_("It was changed by someone else in the meantime."), found=bus.version)
    return bus


def listed(account: Account) -> QuerySet[Bus]:
    """Return the buses that `account` sees, with how many approved trips each has made or will make (one query)."""
    approved = Count("trips", filter=Q(trips__shuttle__state=Shuttle.State.APPROVED))
    rows = visible(account, Bus).select_related("depot_site", "depot_place", "unit")
    return rows.annotate(approved=approved).order_by("withdrawn_at", "plate")
