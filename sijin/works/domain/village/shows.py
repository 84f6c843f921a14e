"""Shows at venues: book, move, cancel, restore, and the calendar; a venue never holds two shows at once.

A show that stands holds each of its half hours in `VenueSlot`, which the database keeps unique: what two people book
in the same moment is refused to one of them, on SQLite and on PostgreSQL alike.
"""

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Region
from sijin.works.models import Booking, Venue, VenueSlot, VillageWork

STEP = timedelta(minutes=30)
LONGEST = timedelta(hours=24)


@dataclass(frozen=True)
class Day:
    """A day of a month as the calendar shows it."""

    date: date
    shows: tuple[Booking, ...]
    inside: bool  # of the month that is shown


@transaction.atomic
def open_venue(
    by: Account, campaign: Campaign, name: str, region: Region, *, seats: int | None = None, source: str = "",
    generated: bool = False, **facts: Any
) -> Venue:  # fmt: skip
    """Enter a venue; `facts` may give site, team and unit. One that is there by this name at the place is refused."""
    require(by, "keep", Venue)
    if not name.strip():
        raise RuleBroken(_("Say what the venue is called."), field="name")
    if seats is not None and not 0 < seats <= 1_000_000:
        raise RuleBroken(_("It must be above zero."), field="seats")
    if Venue.objects.filter(campaign=campaign, region=region, name=name.strip()).exists():
        raise RuleBroken(_("%(region)s has a venue of this name.") % {"region": region}, field="name")
    venue = Venue.objects.create(
        campaign=campaign, name=name.strip(), region=region, seats=seats, source=source, generated=generated, **facts
    )
    require(by, "keep", venue)
    return venue


@transaction.atomic
def book(
    by: Account, venue: Venue, title: str, begins_at: datetime, ends_at: datetime, *, troupe: str = "", note: str = "",
    work: VillageWork | None = None, client_uuid: UUID | None = None, generated: bool = False, at: datetime
) -> Booking:  # fmt: skip
    """Book a show; the same `client_uuid` again returns what it made.

    Raises
    ------
    RuleBroken
        The venue is taken (the other show is named, `facts["other"]` is its key); the times are no half hours, end
        before they begin, or last longer than a day; no title.
    """
    require(by, "book", Booking)
    uuid = client_uuid or uuid4()
    if there := Booking.objects.filter(client_uuid=uuid).first():
        require(by, "book", there)
        return there
    venue = Venue.objects.select_for_update().get(pk=venue.pk)
    if not may(by, "view", venue) or (work is not None and not may(by, "view", work)):
        raise NotAllowed(_("This venue is not yours to see."))
    if not title.strip():
        raise RuleBroken(_("Say what is shown."), field="title")
    _times(begins_at, ends_at)
    show = Booking.objects.create(
        venue=venue, work=work, title=title.strip(), troupe=troupe.strip(), begins_at=begins_at, ends_at=ends_at,
        note=note.strip(), client_uuid=uuid, made_by=by, made_at=at, generated=generated,
    )  # fmt: skip
    require(by, "book", show)
    _hold(show)
    return show


@transaction.atomic
def move(by: Account, show: Booking, begins_at: datetime, ends_at: datetime, *, version: int) -> Booking:
    """Move a show to another time at its venue."""
    show = _locked(by, show, version)
    if show.cancelled_at is not None:
        raise RuleBroken(_("This show is cancelled: put it back first."))
    _times(begins_at, ends_at)
    show.slots.all().delete()
    show.begins_at, show.ends_at = begins_at, ends_at
    return _saved(show, hold=True)


@transaction.atomic
def cancel(by: Account, show: Booking, *, version: int, at: datetime) -> Booking:
    """Cancel a show: its venue is free again."""
    show = _locked(by, show, version)
    if show.cancelled_at is not None:
        raise RuleBroken(_("This show is cancelled already."))
    show.slots.all().delete()
    show.cancelled_at = at
    return _saved(show)


@transaction.atomic
def restore(by: Account, show: Booking, *, version: int) -> Booking:
    """Put a cancelled show back, if its venue is still free."""
    show = _locked(by, show, version)
    if show.cancelled_at is None:
        raise RuleBroken(_("This show is not cancelled."))
    show.cancelled_at = None
    return _saved(show, hold=True)


def listed(account: Account, venue: Venue | None = None) -> QuerySet[Booking]:
    """Return the shows that `account` sees and that stand, the earliest first."""
    rows = visible(account, Booking).filter(cancelled_at=None).select_related("venue__region__parent", "venue__site")
    return rows.filter(venue=venue) if venue else rows


def of_month(account: Account, year: int, month: int, venue: Venue | None = None) -> list[list[Day]]:
    """Return the weeks of a month, from Monday on, each day with the shows that are on it (one query)."""
    weeks = months.Calendar().monthdatescalendar(year, month)
    first, last = weeks[0][0], weeks[-1][-1]
    zone = timezone.get_current_timezone()
    begin = datetime.combine(first, datetime.min.time(), zone)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
    rows = list(listed(account, venue).filter(begins_at__lt=end, ends_at__gt=begin))
    return [[Day(day, tuple(_on(rows, day)), day.month == month) for day in week] for week in weeks]


def _on(rows: Iterable[Booking], day: date) -> list[Booking]:
    def days(show: Booking) -> tuple[date, date]:
        last = timezone.localtime(show.ends_at) - timedelta(seconds=1)  # one that ends at midnight is not on the next
        return timezone.localtime(show.begins_at).date(), last.date()

    return [show for show in rows if days(show)[0] <= day <= days(show)[1]]


def clashes(show: Booking) -> QuerySet[Booking]:
    """Return the shows that stand at the same venue while this one would."""
    rows = Booking.objects.filter(venue=show.venue_id, cancelled_at=None)
    return rows.filter(begins_at__lt=show.ends_at, ends_at__gt=show.begins_at).exclude(pk=show.pk)


def span(show: Booking) -> str:
    """Return when a show is, as a sentence has it: 2020-05-16 19:00–20:30."""
    begin, end = timezone.localtime(show.begins_at), timezone.localtime(show.ends_at)
    until = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{begin:%Y-%m-%d %H:%M}–{until}"


def _times(begins_at: datetime, ends_at: datetime) -> None:
    for name, moment in (("begins_at", begins_at), ("ends_at", ends_at)):
        if moment.minute % 30 or moment.second or moment.microsecond:
            raise RuleBroken(_("A venue is booked by half hours: 19:00 or 19:30."), field=name)
    if ends_at <= begins_at:
        raise RuleBroken(_("It ends before it begins."), field="ends_at")
    if ends_at - begins_at > LONGEST:
        raise RuleBroken(_("A show lasts 24 hours at most: book each day of its own."), field="ends_at")


def _hold(show: Booking) -> None:
    """Take the venue's half hours for the show; refused, with the other show named, when one is held."""
    if other := clashes(show).first():
        words = _("%(venue)s is taken: “%(title)s”, %(when)s.")
        said = {"venue": show.venue, "title": other.title, "when": span(other)}
        raise RuleBroken(words % said, field="begins_at", other=other.pk)
    moment, slots = show.begins_at, []
    while moment < show.ends_at:
        slots.append(VenueSlot(venue=show.venue, booking=show, begins_at=moment))
        moment += STEP
    try:
        with transaction.atomic():
            VenueSlot.objects.bulk_create(slots)
    except IntegrityError as clash:
        words = _("%(venue)s was booked for that time by someone else just now.")
        raise RuleBroken(words % {"venue": show.venue}, field="begins_at") from clash


def _locked(by: Account, show: Booking, version: int) -> Booking:
    show = Booking.objects.select_for_update(of=("self",)).select_related("venue").get(pk=show.pk)
    require(by, "book", show)
    if version != show.version:
        raise Stale(_("This show was changed by someone else in the meantime."), found=show.version)
    return show


def _saved(show: Booking, hold: bool = False) -> Booking:
    show.version += 1
    show.save()
    if hold:
        _hold(show)
    return show
