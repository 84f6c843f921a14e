"""Regions and the sites behind the four doors.

A region is named by (system, year, code): the statistics bureau and the civil affairs ministry give the same code to
different towns, so a bare code never identifies one.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Region(models.Model):
    """One division or functional area in one code system of one year."""

    class System(models.TextChoices):
        NBS = "nbs", _("National Bureau of Statistics")
        MCA = "mca", _("Ministry of Civil Affairs")
        USER = "user", _("User-defined")

    class Level(models.TextChoices):
        CITY = "city", _("City")
        COUNTY = "county", _("County")
        AREA = "area", _("Functional area")
        TOWN = "town", _("Town")
        VILLAGE = "village", _("Village or community")

    system = models.CharField(max_length=8, choices=System.choices)
    year = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=8, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    approximate = models.BooleanField(default=False)
    members = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="areas")

    class Meta:
        ordering = ["system", "year", "code"]
        constraints = [models.UniqueConstraint(fields=["system", "year", "code"], name="region_identity")]
        indexes = [models.Index(fields=["level", "name"], name="region_by_name")]

    def __str__(self) -> str:
        return self.name


class Alias(models.Model):
    """Another name under which a region is known."""

    region = models.ForeignKey(Region, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=80)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region", "name"], name="alias_once")]

    def __str__(self) -> str:
        return self.name


class Door(models.TextChoices):
    """The four doors, in the order in which the campaign names them."""

    ENTERPRISE = "enterprise", _("Enterprise")
    PROJECT = "project", _("Project")
    VILLAGE = "village", _("Village")
    COMMUNITY = "community", _("Community")


class Site(models.Model):
    """The thing behind a door: what a team is posted to and a need belongs to."""

    code = models.CharField(max_length=40, unique=True)
    door = models.CharField(max_length=12, choices=Door.choices)
    name = models.CharField(max_length=120)
    region = models.ForeignKey(Region, models.PROTECT, related_name="sites")
    county = models.ForeignKey(Region, models.PROTECT, related_name="+")
    town = models.ForeignKey(Region, models.PROTECT, related_name="+", null=True, blank=True)
    lat = models.FloatField()
    lon = models.FloatField()
    approximate = models.BooleanField(default=False)
    workload = models.FloatField(default=1.0, help_text=_("Days of a team's time per week"))
    skills = models.JSONField(default=list, blank=True)
    priority = models.FloatField(default=1.0, help_text=_("How much a kilometre to it weighs; 1 is usual"))
    opens = models.TimeField(null=True, blank=True, help_text=_("Before it nobody can be met; empty: any time"))
    closes = models.TimeField(null=True, blank=True)
    generated = models.BooleanField(default=False)
    source = models.CharField(max_length=120, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["door", "county"], name="site_by_door_county")]
        constraints = [
            models.CheckConstraint(condition=models.Q(door__in=Door.values), name="site_door_known"),
            models.CheckConstraint(
                condition=models.Q(opens=None) | models.Q(closes=None) | models.Q(opens__lt=models.F("closes")),
                name="site_opens_before_it_closes",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EnterpriseProfile(models.Model):
    """What is known of a firm."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="enterprise")
    uscc = models.CharField(max_length=18, blank=True)
    industry = models.CharField(max_length=80, blank=True)
    staff = models.PositiveIntegerField(null=True, blank=True)
    revenue = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uscc"], condition=~models.Q(uscc=""), name="enterprise_uscc_once")
        ]


class ProjectProfile(models.Model):
    """What is known of a construction project."""

    class Stage(models.TextChoices):
        NOT_STARTED = "not_started", _("Not started")
        STARTED = "started", _("Started or resumed")
        BUILT = "built", _("Built")

    site = models.OneToOneField(Site, models.CASCADE, related_name="project")
    investment = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.NOT_STARTED)
    level = models.CharField(max_length=12, blank=True)
    capacity = models.CharField(max_length=80, blank=True)
    parties = models.JSONField(default=list, blank=True)


class VillageProfile(models.Model):
    """What is known of a village."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="village")
    area_mu = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    households = models.PositiveIntegerField(null=True, blank=True)


class CommunityProfile(models.Model):
    """What is known of an urban community."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="community")
    households = models.PositiveIntegerField(null=True, blank=True)
    grids = models.PositiveIntegerField(null=True, blank=True)
