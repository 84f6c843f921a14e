"""People drop out or join while a plan stands: it is made anew beside it, shown as a difference, and then taken.

The running plan is the start of the search and every seat that changes costs; nobody is moved before a person takes it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from sijin.engines.shuttle import Routed
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale
from sijin.works.domain.shuttles import demand, keeping, solving, verbs
from sijin.works.domain.shuttles.posing import Posed, free_buses, pose
from sijin.works.domain.shuttles.terms import days_ahead, read_terms
from sijin.works.models import Shuttle, ShuttleSeat, ShuttleTrip, Worker

TOLD = timedelta(minutes=5)  # by which a boarding must come earlier or later to be named
SECONDS = 0.8  # time limit of the search: with reading and examining the answer is there within two
S = ShuttleSeat.State


@dataclass
class Moved:
    """A worker whose seat is another than before; None: no seat."""

    worker: Worker
    before: ShuttleSeat | None
    after: ShuttleSeat | None


@dataclass
class Difference:
    """What a proposal changes, person by person, and what it costs or saves."""

    dropped: list[Moved] = field(default_factory=list)
    joined: list[Moved] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)  # to another bus
    waiting: list[Moved] = field(default_factory=list)  # had a seat, waits now
    later: list[Moved] = field(default_factory=list)  # same bus, other time of boarding
    cost: float = 0.0  # yuan more than before, without the price of changes
    same: int = 0  # people whose seat stays


def propose(
    by: Account, shuttle: Shuttle, *, drop: Collection[int] = (), join: Collection[int] = (), version: int,
    at: datetime, time_limit: float = SECONDS, seed: int = 0,
) -> Shuttle:  # fmt: skip
    """Plan anew without the workers of `drop` (keys) and with those of `join`; the plan itself stays as it is.

    Who waited before is tried again, unless they need no seat any more. Who has a seat on another approved plan is
    left out like those who drop out. Who rides on a trip that has set off stays on it, as if it were locked. Earlier
    proposals that nobody took are put away.

    Raises
    ------
    RuleBroken
        Nobody drops out or joins, one of them is not in the plan or already is, nobody would be left.
    Stale
        The plan is not the version that was read.
    """
    require(by, "plan", shuttle)
    if version != shuttle.version:
        raise Stale(_("This plan was changed by someone else in the meantime."), found=shuttle.version)
    if shuttle.state not in verbs.LIVE:
        raise RuleBroken(_("This plan does not run any more."))
    there = {seat.worker_id: seat for seat in _seats(shuttle)}
    out, new = _asked(shuttle, there, set(drop), set(join))
    out = out | _provided(shuttle, there)
    workers = [seat.worker for pk, seat in there.items() if seat.state != S.DROPPED and pk not in out] + new
    terms = read_terms(shuttle.rules)
    buses = free_buses(shuttle.arrive_on, days_ahead(terms), besides=shuttle)
    posed = pose(workers, buses, shuttle.arrive_on, terms, shuttle.travel, hub=shuttle.hub, stored=shuttle.matrix)
    stay = {worker.pk for worker in workers}
    riding = [seat for seat in there.values() if seat.state == S.RIDING and seat.worker_id in stay]
    trips = {trip.pk: trip for trip in shuttle.trips.select_related("bus")}
    for trip in trips.values():
        trip.locked = trip.locked or trip.set_off_at <= at
    previous, locks = _previous(posed, riding, trips)
    answer = solving.searched(posed, time_limit=time_limit, seed=seed, previous=previous, locks=locks)
    before = {seat.worker_id: _place(seat) for seat in riding}
    return _kept(by, shuttle, posed, answer, at, out, new, before, seed)


@transaction.atomic
def _kept(
    by: Account, shuttle: Shuttle, posed: Posed, answer: Routed, at: datetime, out: set[int], new: list[Worker],
    before: keeping.Sat, seed: int,
) -> Shuttle:  # fmt: skip
    old = Shuttle.objects.filter(base=shuttle, state=Shuttle.State.PROPOSED)
    old.update(state=Shuttle.State.CANCELLED)
    made = Shuttle(
        campaign=shuttle.campaign, base=shuttle, base_version=shuttle.version, state=Shuttle.State.PROPOSED,
        arrive_on=shuttle.arrive_on, wanted_until=shuttle.wanted_until, hub=shuttle.hub, rules=shuttle.rules,
        travel=shuttle.travel, seed=seed, made_by=by, made_at=at, generated=shuttle.generated,
    )  # fmt: skip
    held = shuttle.trips.filter(Q(locked=True) | Q(set_off_at__lte=at)).select_related("bus")
    locked = {(trip.bus.plate, trip.ordinal) for trip in held}
    solving.keep(by, made, posed, answer, at, "propose", before, locked, dropped=len(out), joined=len(new))
    gone = set(shuttle.seats.filter(state=S.DROPPED).values_list("worker", flat=True)) | out
    there = {worker.pk for people in posed.riders.values() for worker in people}
    there |= {worker.pk for worker in posed.nowhere}
    ShuttleSeat.objects.bulk_create(
        ShuttleSeat(shuttle=made, worker_id=pk, state=S.DROPPED) for pk in sorted(gone - there)
    )
    for trip in made.trips.select_related("bus"):  # drivers that were named for the bus stay
        if mine := shuttle.trips.filter(bus=trip.bus, ordinal=trip.ordinal).first():
            trip.drivers = mine.drivers
            trip.save(update_fields=["drivers"])
    return made


@transaction.atomic
def take(by: Account, proposal: Shuttle, *, version: int, at: datetime) -> Shuttle:
    """Put a proposal in the place of the plan it changes: a draft stays a draft, an approved plan stays approved."""
    require(by, "plan", proposal)
    base = proposal.base
    if base is None:
        raise RuleBroken(_("This plan proposes no change."))
    verbs.one_at_a_time(proposal)
    base.refresh_from_db(fields=["state"])
    base = verbs.locked(by, "approve" if base.state == Shuttle.State.APPROVED else "plan", base, None)
    proposal = verbs.locked(by, "plan", proposal, version)
    if proposal.state != Shuttle.State.PROPOSED:
        raise RuleBroken(_("This change was taken or put away already."))
    if base.state not in verbs.LIVE or base.version != proposal.base_version:
        raise Stale(_("The plan was changed since this was proposed: propose it anew."), found=base.version)
    verbs.check_free(proposal, besides=base)
    proposal.state = base.state
    base.seats.update(holds=False)
    if base.state == Shuttle.State.APPROVED:
        proposal.approved_by, proposal.approved_at = by, at
        verbs.hold(proposal)
    base.state = Shuttle.State.REPLACED
    verbs.logged(base, "take", by, at)
    return verbs.logged(proposal, "take", by, at)


def difference(proposal: Shuttle) -> Difference:
    """Return what a proposal (or a plan that was one) changes against its base."""
    base = proposal.base
    if base is None:
        return Difference()
    old = {seat.worker_id: seat for seat in _seats(base)}
    new = {seat.worker_id: seat for seat in _seats(proposal)}
    found = Difference(cost=_paid(proposal) - _paid(base))
    for pk in {**old, **new}:
        before, after = _riding(old.get(pk)), _riding(new.get(pk))
        moved = Moved((new.get(pk) or old[pk]).worker, before, after)
        was_in, is_in = _in(old.get(pk)), _in(new.get(pk))
        if was_in and not is_in:
            found.dropped.append(moved)
        elif is_in and not was_in:
            found.joined.append(moved)
        elif before is not None and after is None:
            found.waiting.append(moved)
        elif after is not None and (before is None or _place(before) != _place(after)):
            found.moved.append(moved)
        elif before is not None and after is not None and abs(_time(before) - _time(after)) >= TOLD:
            found.later.append(moved)
        elif is_in:
            found.same += 1
    return found


def _paid(shuttle: Shuttle) -> float:
    return float(shuttle.parts.get("fixed", 0)) + float(shuttle.parts.get("way", 0))


def _in(seat: ShuttleSeat | None) -> bool:
    return seat is not None and seat.state != S.DROPPED


def _riding(seat: ShuttleSeat | None) -> ShuttleSeat | None:
    return seat if seat is not None and seat.state == S.RIDING else None


def _place(seat: ShuttleSeat) -> tuple[str, int]:
    assert seat.stop is not None
    return seat.stop.trip.bus.plate, seat.stop.trip.ordinal


def _time(seat: ShuttleSeat) -> datetime:
    assert seat.stop is not None
    return seat.stop.depart_at


def _seats(shuttle: Shuttle) -> list[ShuttleSeat]:
    rows = shuttle.seats.select_related("worker__pick_up", "worker__site__county", "stop__trip__bus", "stop__place")
    return list(rows)


def _asked(
    shuttle: Shuttle, there: dict[int, ShuttleSeat], drop: set[int], join: set[int]
) -> tuple[set[int], list[Worker]]:
    """Return who drops out and who joins; RuleBroken where that makes no sense."""
    if not drop and not join:
        raise RuleBroken(_("Say who drops out or joins."))
    if stray := [pk for pk in drop if not _in(there.get(pk))]:
        raise RuleBroken(_("%(count)s of them are not in this plan.") % {"count": len(stray)}, field="drop")
    new = list(demand.new(shuttle).filter(pk__in=join))
    if len(new) < len(join):
        words = _("%(count)s of them cannot join: they need no seat, have one, or named no place to board.")
        raise RuleBroken(words % {"count": len(join) - len(new)}, field="join")
    return drop, new


def _provided(shuttle: Shuttle, there: dict[int, ShuttleSeat]) -> set[int]:
    """Return who is in the plan and is not to be seated: has a seat elsewhere, or waits and needs none any more."""
    need = set(demand.needing().filter(pk__in=list(there)).values_list("pk", flat=True))
    elsewhere = set(demand.elsewhere(shuttle).values_list("worker", flat=True))
    waits = {pk for pk, seat in there.items() if seat.state == S.WAITING}
    return {pk for pk, seat in there.items() if _in(seat)} & (elsewhere | (waits - need))


def _previous(
    posed: Posed, riding: list[ShuttleSeat], trips: dict[int, ShuttleTrip]
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Return the trips as they run (stop, people, vehicle, trip, sequence, type) and who is locked to them."""
    kind_of = {bus.pk: kind for kind, buses in posed.buses.items() for bus in buses}
    stop_of = {worker.pk: stop for stop, people in posed.riders.items() for worker in people}
    counted: dict[tuple[int, int, str], int] = {}
    for seat in riding:
        assert seat.stop is not None
        trip = trips[seat.stop.trip_id]
        moved = seat.worker.pick_up_id != seat.stop.place_id  # boards elsewhere now: a seat like any new one
        if trip.bus_id in kind_of and not moved:
            key = (trip.pk, seat.stop.ordinal, stop_of[seat.worker_id])
            counted[key] = counted.get(key, 0) + 1
    rows = [
        (stop, count, trips[trip].bus.plate, trips[trip].ordinal, ordinal, kind_of[trips[trip].bus_id])
        for (trip, ordinal, stop), count in counted.items()
    ]
    schema = {"stop": pl.String, "people": pl.Int64, "vehicle": pl.String, "trip": pl.Int64, "sequence": pl.Int64,
              "type": pl.String}  # fmt: skip
    held = sorted({(stop, trips[trip].bus.plate) for (trip, _ordinal, stop) in counted if trips[trip].locked})
    locks = pl.DataFrame(held, schema={"stop": pl.String, "vehicle": pl.String}, orient="row") if held else None
    return pl.DataFrame(rows, schema=schema, orient="row"), locks
