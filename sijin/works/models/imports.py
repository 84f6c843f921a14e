"""Sheets that were read in: what was kept of them, and the rows that come back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account


class SheetTaken(models.Model):
    """One sheet that was read in: how many rows were kept, and the rows that come back, each with what is wrong."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    rows = models.JSONField(default=list, help_text=_("Rows as typed: {row, cells}"))
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    bad = models.JSONField(default=list, help_text=_("Rows that were not taken: {row, cells, faults}"))
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["-made_at", "-pk"]


class RegisterImport(SheetTaken):
    """A sheet of desks or of projects, with what it changed, cell by cell."""

    class Of(models.TextChoices):
        DESKS = "desks", _("Desks and crews")
        PROJECTS = "projects", _("Projects of the register")

    of = models.CharField(max_length=8, choices=Of.choices)
    changes = models.JSONField(default=list, help_text=_("[{name, cells: [[heading, before, after]]}]"))


class WorkerImport(SheetTaken):
    """A sheet of workers who come back."""
