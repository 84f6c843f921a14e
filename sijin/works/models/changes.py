"""What the logs of this room have in common: who changed something, when, what was before and after."""

from django.db import models

from sijin.people.models import Account


class Change(models.Model):
    """One change of a row: who, when, what was before and after."""

    verb = models.CharField(max_length=12)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    change = models.JSONField(default=dict)

    class Meta:
        abstract = True
        ordering = ["at", "pk"]
