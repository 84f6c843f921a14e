"""Briefs: dated reports whose figures are frozen, with the rows behind each, at issue time."""

from django.db import models

from sijin.dispatch.models import Campaign
from sijin.people.models import Account


class Brief(models.Model):
    """One issued daily brief."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="briefs")
    date = models.DateField()
    cutoff = models.DateTimeField()
    issued_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["-date"]
        constraints = [models.UniqueConstraint(fields=["campaign", "date"], name="one_brief_a_day")]


class BriefFigure(models.Model):
    """A figure of a brief with the keys of the rows that it counts."""

    brief = models.ForeignKey(Brief, models.CASCADE, related_name="figures")
    key = models.CharField(max_length=40)
    value = models.BigIntegerField()
    model = models.CharField(max_length=40)
    rows = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brief", "key"], name="figure_once")]
