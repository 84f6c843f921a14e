"""Campaigns, teams, memberships and postings."""

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sijin.people.models import Account, Official, Unit
from sijin.places.models import Site


class Campaign(models.Model):
    """One run: start, end, doors, rule profile. A replayed campaign stands still at its cut-off."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    doors = models.JSONField(default=list)
    profile = models.CharField(max_length=60, default="shandong-sijin-2020")
    cutoff = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-start"]

    def __str__(self) -> str:
        return self.name

    def now(self) -> datetime:
        """Return the campaign's present: its cut-off when it is replayed, else the clock's time."""
        return self.cutoff or timezone.now()

    def day(self, at: datetime | None = None) -> int:
        """Return the number of the day, the day of the start being 1."""
        return (timezone.localtime(at or self.now()).date() - self.start).days + 1


class Team(models.Model):
    """A work group."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("Provincial team")
        CITY = "city", _("City team")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="teams")
    number = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=8, choices=Level.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="teams")
    size_wanted = models.PositiveSmallIntegerField(default=5)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="team_number_once")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An official in a team, as leader or member."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    official = models.ForeignKey(Official, models.PROTECT, related_name="memberships")
    leads = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "official"], name="member_once"),
            models.UniqueConstraint(fields=["team"], condition=models.Q(leads=True), name="one_leader"),
        ]


class Posting(models.Model):
    """A team is responsible for a site."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="postings")
    site = models.ForeignKey(Site, models.PROTECT, related_name="postings")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    kilometres = models.FloatField(default=0)
    reason = models.CharField(max_length=300, blank=True)
    by_hand = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site"], condition=models.Q(until=None), name="one_team_per_site")
        ]


class DispatchPlan(models.Model):
    """A solved assignment with its proof: objective, bound, gap, seconds, parts, warnings."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="plans")
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    cost = models.FloatField()
    bound = models.FloatField()
    gap = models.FloatField()
    seconds = models.FloatField()
    parts = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
