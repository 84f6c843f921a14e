"""Return-to-work shuttles (返岗直通车): a plan of buses for a day, its trips, their stops, and who has which seat."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account
from sijin.places.models import Site
from sijin.works.models.changes import Change
from sijin.works.models.fleet import Bus
from sijin.works.models.returning import PickUp, Worker


class Shuttle(models.Model):
    """A plan of buses that bring workers back by a day: solved, examined, then approved by a person.

    A proposal is a re-plan of another one (`base`) that nobody has taken yet; once taken, `base` is replaced.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROPOSED = "proposed", _("Proposed change")
        APPROVED = "approved", _("Approved")
        REPLACED = "replaced", _("Replaced")
        CANCELLED = "cancelled", _("Cancelled")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="shuttles")
    base = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="proposals")
    base_version = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    arrive_on = models.DateField()
    wanted_until = models.DateField(help_text=_("Workers whom their site needs by this day ride"))
    hub = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="+",
        help_text=_("Where all buses arrive; empty: each worker's own site"),
    )  # fmt: skip
    rules = models.JSONField(help_text=_("Rules of the engine, and the hours of boarding and arriving"))
    travel = models.JSONField(help_text=_("Where travel times come from, with what that said"))
    matrix = models.JSONField(default=dict, help_text=_("Places, seconds and metres that the plan was made with"))
    cost = models.DecimalField(max_digits=14, decimal_places=2)
    bound = models.DecimalField(max_digits=14, decimal_places=2)
    gap = models.FloatField()
    seconds = models.FloatField()
    parts = models.JSONField(default=dict)
    why = models.CharField(max_length=300, blank=True)
    faults = models.JSONField(default=list, help_text=_("Rows and cells that were left out, in words"))
    changed = models.PositiveIntegerField(default=0, help_text=_("People on another bus than in the plan before"))
    seed = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    approved_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-arrive_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="shuttle_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="proposed") | Q(base__isnull=False), name="shuttle_proposes_to_a_plan"
            ),
        ]
        indexes = [models.Index(fields=["campaign", "state", "arrive_on"], name="shuttle_by_day")]

    def __str__(self) -> str:
        return f"{self.arrive_on:%Y-%m-%d} #{self.pk}"

    @property
    def gap_percent(self) -> float:
        """The gap in per cent."""
        return self.gap * 100


class ShuttleTrip(models.Model):
    """One bus on one way: which, when, how far, to where, with whom at the wheel."""

    shuttle = models.ForeignKey(Shuttle, models.CASCADE, related_name="trips")
    bus = models.ForeignKey(Bus, models.PROTECT, related_name="trips")
    ordinal = models.PositiveSmallIntegerField(help_text=_("Its number among the trips of this bus"))
    destination = models.ForeignKey(Site, models.PROTECT, related_name="+")
    drivers = models.JSONField(default=list, help_text=_("[{role, phone}]"))
    set_off_at = models.DateTimeField(help_text=_("When it leaves its depot, empty, at the latest"))
    depart_at = models.DateTimeField(help_text=_("When its first boarding begins"))
    arrive_at = models.DateTimeField()
    km = models.FloatField(help_text=_("With the empty way there and back"))
    seats = models.PositiveSmallIntegerField(help_text=_("Of the bus, when it was planned"))
    room = models.PositiveSmallIntegerField(help_text=_("Seats that may be taken"))
    people = models.PositiveSmallIntegerField()
    rests = models.PositiveSmallIntegerField()
    drive_minutes = models.FloatField(help_text=_("At the wheel with people on board"))
    last_drive_minutes = models.FloatField(help_text=_("From the last stop to the destination"))
    cost = models.DecimalField(max_digits=12, decimal_places=2)
    locked = models.BooleanField(default=False, help_text=_("Who rides here stays here when it is planned anew"))

    class Meta:
        ordering = ["depart_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["shuttle", "bus", "ordinal"], name="shuttle_trip_once"),
            models.CheckConstraint(condition=Q(people__lte=F("room")), name="shuttle_trip_has_room"),
            models.CheckConstraint(condition=Q(room__lte=F("seats")), name="shuttle_trip_room_within_seats"),
            models.CheckConstraint(condition=Q(depart_at__lt=F("arrive_at")), name="shuttle_trip_arrives_later"),
        ]

    def __str__(self) -> str:
        return f"{self.bus} {self.ordinal}"


class ShuttleStop(models.Model):
    """Where a trip stops for people: when it is there, when it leaves, how many board."""

    trip = models.ForeignKey(ShuttleTrip, models.CASCADE, related_name="stops")
    ordinal = models.PositiveSmallIntegerField()
    place = models.ForeignKey(PickUp, models.PROTECT, related_name="+")
    arrive_at = models.DateTimeField()
    depart_at = models.DateTimeField()
    people = models.PositiveSmallIntegerField()
    drive_minutes = models.FloatField(default=0, help_text=_("At the wheel since the stop before"))

    class Meta:
        ordering = ["trip", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["trip", "ordinal"], name="shuttle_stop_once"),
            models.CheckConstraint(condition=Q(arrive_at__lte=F("depart_at")), name="shuttle_stop_leaves_later"),
        ]

    def __str__(self) -> str:
        return f"{self.place}"


class ShuttleSeat(models.Model):
    """A worker in a plan, once: on a bus, waiting (with the reason), or dropped out.

    `holds` is set while the plan is approved: nobody has a seat in two approved plans.
    """

    class State(models.TextChoices):
        RIDING = "riding", _("Rides")
        WAITING = "waiting", _("Waits")
        DROPPED = "dropped", _("Dropped out")

    shuttle = models.ForeignKey(Shuttle, models.CASCADE, related_name="seats")
    worker = models.ForeignKey(Worker, models.CASCADE, related_name="seats")
    stop = models.ForeignKey(ShuttleStop, models.CASCADE, null=True, blank=True, related_name="seats")
    number = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Of the seat"))
    state = models.CharField(max_length=8, choices=State.choices)
    why = models.CharField(max_length=200, blank=True)
    holds = models.BooleanField(default=False)

    class Meta:
        ordering = ["stop", "number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["shuttle", "worker"], name="shuttle_worker_once"),
            models.UniqueConstraint(fields=["worker"], condition=Q(holds=True), name="shuttle_worker_holds_one_seat"),
            models.CheckConstraint(
                condition=Q(state="riding", stop__isnull=False, number__isnull=False)
                | (~Q(state="riding") & Q(stop=None, number=None, holds=False)),
                name="shuttle_rider_has_a_seat",
            ),
            models.CheckConstraint(condition=~Q(state="waiting") | ~Q(why=""), name="shuttle_who_waits_is_told_why"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.state}"


class ShuttleChange(Change):
    """What was done with a plan, by whom: solved, approved, re-planned, cancelled, locked."""

    shuttle = models.ForeignKey(Shuttle, models.CASCADE, related_name="changes")

    class Meta(Change.Meta):
        ordering = ["-at", "-pk"]
