"""The standing fleet: buses with their plates, what they cost and where they begin; tables of travel times."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account, Unit
from sijin.places.models import Site
from sijin.works.models.returning import PickUp


class Bus(models.Model):
    """One bus. Its province is that of its plate: a return bus begins or ends there."""

    plate = models.CharField(max_length=12, unique=True)
    seats = models.PositiveSmallIntegerField()
    province = models.CharField(max_length=20, help_text=_("Read from the plate"))
    owner = models.CharField(max_length=80, blank=True, help_text=_("Firm that runs it"))
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, blank=True, related_name="buses")
    depot_site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+")
    depot_place = models.ForeignKey(PickUp, models.PROTECT, null=True, blank=True, related_name="+")
    fixed = models.DecimalField(max_digits=9, decimal_places=2, help_text=_("Yuan for a run"))
    per_km = models.DecimalField(max_digits=7, decimal_places=2, help_text=_("Yuan for a kilometre"))
    drivers = models.JSONField(default=list, blank=True, help_text=_("[{role, phone}]; two of them for a long way"))
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["plate"]
        constraints = [
            models.CheckConstraint(
                condition=Q(depot_site__isnull=False, depot_place=None) | Q(depot_site=None, depot_place__isnull=False),
                name="bus_has_one_depot",
            ),
            models.CheckConstraint(condition=Q(seats__gte=1), name="bus_has_seats"),
        ]

    def __str__(self) -> str:
        return self.plate

    @property
    def depot(self) -> Site | PickUp:
        """Where it begins and ends."""
        depot = self.depot_site or self.depot_place
        assert depot is not None  # a constraint of the table
        return depot


class FleetImport(models.Model):
    """A sheet of buses that was read in: what was kept, and the rows that came back."""

    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    name = models.CharField(max_length=200)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    bad = models.JSONField(default=list)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def finished_at(self) -> datetime:
        """When all rows were read: a sheet of buses is short and read at once."""
        return self.made_at


class TravelTable(models.Model):
    """Travel times from place to place, as a file gave them; a cell may be empty (no way known).

    `minutes` and `km` are rows of cells in the order of `places`.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="travel_tables")
    name = models.CharField(max_length=200)
    places = models.JSONField(help_text=_("Names or codes of the places"))
    minutes = models.JSONField()
    km = models.JSONField()
    faults = models.JSONField(default=list, help_text=_("Cells that could not be read, in words"))
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.name
