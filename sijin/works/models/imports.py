"""Sheets of desks and of projects that were read in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account


class RegisterImport(models.Model):
    """One sheet that was read in: what it changed, cell by cell, and the rows that come back with what is wrong."""

    class Of(models.TextChoices):
        DESKS = "desks", _("Desks and crews")
        PROJECTS = "projects", _("Projects of the register")

    of = models.CharField(max_length=8, choices=Of.choices)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="register_imports")
    made_at = models.DateTimeField()
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    rows = models.JSONField(default=list, help_text=_("Rows as typed: {row, cells}"))
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    changes = models.JSONField(default=list, help_text=_("[{name, cells: [[heading, before, after]]}]"))
    bad = models.JSONField(default=list, help_text=_("Rows that were not taken: {row, cells, faults}"))
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
