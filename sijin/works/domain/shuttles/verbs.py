"""Verbs of a stored plan: approve, cancel, lock a trip, name its drivers. Each leaves a line in the list of changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale
from sijin.works.domain.shuttles import demand
from sijin.works.models import Bus, Shuttle, ShuttleChange, ShuttleSeat, ShuttleTrip

S = Shuttle.State
LIVE = (S.DRAFT, S.APPROVED)
MOST_DRIVERS = 4


@transaction.atomic
def approve(by: Account, shuttle: Shuttle, *, version: int, at: datetime) -> Shuttle:
    """Make a draft the plan that runs: its seats hold, its buses are out.

    Raises
    ------
    RuleBroken
        It is no draft; a worker has a seat, or a bus a trip, on another approved plan (named); a bus was taken out
        of the fleet, or has other seats now.
    """
    one_at_a_time(shuttle)
    shuttle = locked(by, "approve", shuttle, version)
    if shuttle.state != S.DRAFT:
        raise RuleBroken(_("This plan is no draft any more."))
    if not shuttle.trips.exists():
        raise RuleBroken(_("No bus runs in this plan: there is nothing to approve."))
    check_free(shuttle)
    shuttle.state, shuttle.approved_by, shuttle.approved_at = S.APPROVED, by, at
    hold(shuttle)
    return logged(shuttle, "approve", by, at)


@transaction.atomic
def cancel(by: Account, shuttle: Shuttle, *, version: int, at: datetime, reason: str = "") -> Shuttle:
    """Put a draft or a proposal away, or cancel an approved plan (with the reason): its seats are free again."""
    verb = "approve" if shuttle.state == S.APPROVED else "plan"
    shuttle = locked(by, verb, shuttle, version)
    if shuttle.state not in (*LIVE, S.PROPOSED):
        raise RuleBroken(_("This plan does not run any more."))
    if shuttle.state == S.APPROVED and not reason.strip():
        raise RuleBroken(_("Say why an approved plan is cancelled."), field="reason")
    shuttle.state = S.CANCELLED
    shuttle.seats.update(holds=False)
    return logged(shuttle, "cancel", by, at, reason=reason.strip()[:200])


@transaction.atomic
def lock_trip(by: Account, trip: ShuttleTrip, held: bool, *, version: int, at: datetime) -> ShuttleTrip:
    """Hold who rides on a trip on it when the plan is made anew, or no longer."""
    shuttle = locked(by, "plan", trip.shuttle, version)
    _running(shuttle)
    trip.locked = held
    trip.save(update_fields=["locked"])
    logged(shuttle, "lock" if held else "unlock", by, at, bus=trip.bus.plate)
    return trip


@transaction.atomic
def name_drivers(
    by: Account, trip: ShuttleTrip, drivers: Sequence[dict[str, str]], *, version: int, at: datetime
) -> ShuttleTrip:
    """Say who drives: [{role, phone}], as many as the rules ask for at the least."""
    shuttle = locked(by, "plan", trip.shuttle, version)
    _running(shuttle)
    named = [{"role": one["role"].strip()[:40], "phone": one.get("phone", "").strip()[:20]} for one in drivers]
    named = [one for one in named if one["role"]][:MOST_DRIVERS]
    least = int(shuttle.rules.get("drivers", 2))
    if len(named) < least:
        raise RuleBroken(_("Name %(least)s drivers: the rules ask for them.") % {"least": least}, field="drivers")
    trip.drivers = named
    trip.save(update_fields=["drivers"])
    logged(shuttle, "drivers", by, at, bus=trip.bus.plate, drivers=[one["role"] for one in named])
    return trip


def locked(by: Account, verb: str, shuttle: Shuttle, version: int | None) -> Shuttle:
    """Return the plan, held until the transaction ends; Stale when `version` is not its own."""
    shuttle = Shuttle.objects.select_for_update(of=("self",)).get(pk=shuttle.pk)
    require(by, verb, shuttle)
    if version is not None and version != shuttle.version:
        raise Stale(_("This plan was changed by someone else in the meantime."), found=shuttle.version)
    return shuttle


def one_at_a_time(shuttle: Shuttle) -> None:
    """Hold the campaign until the transaction ends: of two plans approved at once the second sees the first."""
    Campaign.objects.select_for_update().get(pk=shuttle.campaign_id)


def check_free(shuttle: Shuttle, besides: Shuttle | None = None) -> None:
    """Refuse a plan whose people or buses are on another approved plan (but `besides`), or whose buses changed."""
    riding = shuttle.seats.filter(state=ShuttleSeat.State.RIDING).values("worker")
    others = demand.holding().filter(worker__in=riding)
    taken = ShuttleTrip.objects.filter(shuttle__state=S.APPROVED).select_related("bus")
    if besides is not None:
        others, taken = others.exclude(shuttle=besides), taken.exclude(shuttle=besides)
    if codes := list(others.values_list("worker__code", flat=True)[:5]):
        words = _("These have a seat on another approved plan: %(codes)s. Plan anew.")
        raise RuleBroken(words % {"codes": "、".join(codes)})
    mine = list(shuttle.trips.select_related("bus"))
    _check_buses(mine)
    away = taken.filter(bus__in=[trip.bus_id for trip in mine])
    clash = sorted({
        trip.bus.plate for trip in mine for other in away
        if trip.bus_id == other.bus_id and trip.set_off_at < other.arrive_at and other.set_off_at < trip.arrive_at
    })  # fmt: skip
    if clash:
        raise RuleBroken(_("These buses are out on another plan then: %(plates)s.") % {"plates": "、".join(clash)})


def _check_buses(trips: Sequence[ShuttleTrip]) -> None:
    """Refuse trips whose bus was taken out of the fleet, or has other seats than when they were planned."""
    keys = {trip.bus_id for trip in trips}
    buses = {bus.pk: bus for bus in Bus.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    if out := sorted({bus.plate for bus in buses.values() if bus.withdrawn_at}):
        words = _("These buses were taken out of the fleet: %(plates)s. Plan anew.")
        raise RuleBroken(words % {"plates": "、".join(out)})
    if other := sorted({buses[trip.bus_id].plate for trip in trips if buses[trip.bus_id].seats != trip.seats}):
        words = _("These buses have other seats than when it was planned: %(plates)s. Plan anew.")
        raise RuleBroken(words % {"plates": "、".join(other)})


def hold(shuttle: Shuttle) -> None:
    """Let the seats of a plan hold; who missed an earlier bus gives up the seat on it."""
    riding = shuttle.seats.filter(state=ShuttleSeat.State.RIDING)
    missed = ShuttleSeat.objects.filter(demand.arrived(), holds=True, worker__in=riding.values("worker"))
    ShuttleSeat.objects.filter(pk__in=list(missed.values_list("pk", flat=True))).update(holds=False)
    riding.update(holds=True)


def logged(shuttle: Shuttle, verb: str, by: Account, at: datetime, **change: Any) -> Shuttle:
    """Save the plan under its next version with a line in its list of changes."""
    shuttle.version += 1
    shuttle.save()
    ShuttleChange.objects.create(
        shuttle=shuttle, verb=verb, by=by, at=at, change={name: told for name, told in change.items() if told}
    )
    return shuttle


def _running(shuttle: Shuttle) -> None:
    if shuttle.state not in LIVE:
        raise RuleBroken(_("This plan does not run any more."))


def word(verb: str) -> str:
    """Return what a change is called in the list of changes."""
    return {
        "solve": _("buses planned"), "propose": _("change proposed"), "take": _("change taken"),
        "approve": _("approved"),
        "cancel": _("cancelled"), "lock": _("bus locked"), "unlock": _("bus unlocked"), "drivers": _("drivers named"),
    }.get(verb, verb)  # fmt: skip
