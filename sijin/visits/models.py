"""Visits: who saw whom, when, where, what came up, and that nothing was taken; and the visits that are planned."""

from django.db import models

from sijin.dispatch.models import Campaign, Team
from sijin.ledger.models import Need
from sijin.people.models import Account, Official
from sijin.places.models import Site


class Visit(models.Model):
    """One visit of a team to a site; saved under a client UUID so that sending it twice counts once."""

    client_uuid = models.UUIDField(unique=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="visits")
    team = models.ForeignKey(Team, models.PROTECT, related_name="visits")
    site = models.ForeignKey(Site, models.PROTECT, related_name="visits")
    recorded_by = models.ForeignKey(Account, models.PROTECT, related_name="visits")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(help_text="The campaign's time of the record; corrections count from here")
    late_reason = models.CharField(max_length=200, blank=True, help_text="Why it was recorded on a later day")
    same_day_reason = models.CharField(
        max_length=200, blank=True, help_text="Why a second team came to the site on that day"
    )
    met = models.CharField(max_length=120, blank=True)
    said = models.TextField(blank=True)
    search = models.TextField(blank=True, editable=False, help_text="What was met and said, in Simplified script")
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How long the visit took")
    people_met = models.PositiveSmallIntegerField(null=True, blank=True)
    minutes_asked = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Minutes of each person's time that the visit asked for"
    )
    participants = models.ManyToManyField(Official, blank=True, related_name="visits")
    took_nothing = models.BooleanField(default=False)
    needs = models.ManyToManyField(Need, blank=True, related_name="visits")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what was sent, to know a second sending")
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    arrival = "new"  # how the last sending came in: new, again (the same content), differing (other content, not kept)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(took_nothing=True), name="visit_took_nothing"),
            models.CheckConstraint(
                condition=models.Q(lat__isnull=True, lon__isnull=True)
                | models.Q(lat__range=(-90, 90), lon__range=(-180, 180)),
                name="visit_position_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "at"], name="visit_by_site"),  # last visit of a site; who else on a day
            models.Index(fields=["campaign", "-at"], name="visit_by_day"),  # the list, newest first
            models.Index(fields=["team", "at"], name="visit_by_team"),  # a team's day: its diary, where it was last
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.at:%Y-%m-%d}"


class VisitPhoto(models.Model):
    """A photo taken at a visit: re-encoded, without metadata; the same picture sent twice counts once."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="photos")
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="visits/%Y/%m/")
    added_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["visit", "sha256"], name="visit_photo_once")]


class Correction(models.Model):
    """What was put right after a visit was recorded: changed fields with old and new value, or only a note."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="corrections")
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)
    change = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["pk"]


class PlannedVisit(models.Model):
    """A team means to go to a site on a day; two teams at one site on one day are warned of each other."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="planned_visits")
    site = models.ForeignKey(Site, models.CASCADE, related_name="planned_visits")
    day = models.DateField()
    planned_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()

    class Meta:
        ordering = ["day", "pk"]
        constraints = [models.UniqueConstraint(fields=["team", "site", "day"], name="planned_once")]
        indexes = [models.Index(fields=["site", "day"], name="planned_by_site")]

    def __str__(self) -> str:
        return f"{self.team} → {self.site} {self.day}"
