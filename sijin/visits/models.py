"""Visits: who saw whom, when, where, what came up, and that nothing was taken."""

from django.db import models

from sijin.dispatch.models import Campaign, Team
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.places.models import Site


class Visit(models.Model):
    """One visit of a team to a site; saved under a client UUID so that sending it twice counts once."""

    client_uuid = models.UUIDField(unique=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="visits")
    team = models.ForeignKey(Team, models.PROTECT, related_name="visits")
    site = models.ForeignKey(Site, models.PROTECT, related_name="visits")
    recorded_by = models.ForeignKey(Account, models.PROTECT, related_name="visits")
    at = models.DateTimeField()
    met = models.CharField(max_length=120, blank=True)
    said = models.TextField(blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    took_nothing = models.BooleanField(default=False)
    needs = models.ManyToManyField(Need, blank=True, related_name="visits")
    generated = models.BooleanField(default=False)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=models.Q(took_nothing=True), name="visit_took_nothing")]
        indexes = [models.Index(fields=["site", "at"], name="visit_by_site")]
