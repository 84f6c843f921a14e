"""Briefs: dated reports whose text and figures, with the rows behind each, are frozen at issue time.

Database triggers refuse every later change; a mistake is mended by a numbered correction beside the old brief.
"""

from django.db import models

from sijin.dispatch.models import Campaign
from sijin.people.models import Account


class Brief(models.Model):
    """One issued daily brief, or a numbered correction of one."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="briefs")
    number = models.PositiveIntegerField()
    date = models.DateField()
    correction = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=200)
    issuer = models.CharField(max_length=200)
    cutoff = models.DateTimeField()
    issued_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    body = models.JSONField(default=list)

    class Meta:
        ordering = ["-date", "-correction"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "date", "correction"], name="one_brief_a_day"),
            models.UniqueConstraint(fields=["campaign", "number", "correction"], name="brief_number_once"),
            models.CheckConstraint(
                condition=models.Q(correction=0) | models.Q(reason__gt=""), name="correction_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.issue}"

    @property
    def issue(self) -> str:
        """The number of the issue as it is printed."""
        return f"第{self.number}期" + (f"（更正{self.correction}）" if self.correction else "")


class BriefFigure(models.Model):
    """A figure of a brief: its value as printed, the keys of the rows it counts or of the figures it is made of."""

    brief = models.ForeignKey(Brief, models.PROTECT, related_name="figures")
    key = models.CharField(max_length=80)
    label = models.CharField(max_length=200)
    meaning = models.CharField(max_length=300, blank=True)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    shown = models.CharField(max_length=40)
    unit = models.CharField(max_length=20, blank=True)
    n = models.PositiveIntegerField(null=True)
    low = models.DecimalField(max_digits=7, decimal_places=6, null=True)
    high = models.DecimalField(max_digits=7, decimal_places=6, null=True)
    model = models.CharField(max_length=40, blank=True)
    rows = models.JSONField(default=list)
    parts = models.JSONField(default=list)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["brief", "key"], name="figure_once")]

    def __str__(self) -> str:
        return f"{self.label} {self.shown}"
