"""Soil samples with their chain of custody: where, how deep, when, through whose hands, what the laboratory found."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.places.models import Region


class SoilSample(models.Model):
    """One sample taken for a need of earth: of the need's own ground, or of a spoil site that is offered."""

    class Verdict(models.TextChoices):
        NONE = "", _("No result yet")
        SUITABLE = "suitable", _("Suitable")
        CONDITIONAL = "conditional", _("Suitable after treatment")
        UNSUITABLE = "unsuitable", _("Not suitable")

    code = models.CharField(max_length=20, unique=True)
    need = models.ForeignKey(Need, models.PROTECT, related_name="soil_samples")
    offer = models.ForeignKey("exchange.Offer", models.PROTECT, null=True, blank=True, related_name="soil_samples")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    place = models.CharField(max_length=120, blank=True, help_text=_("Where in the region"))
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    depth = models.DecimalField(max_digits=5, decimal_places=2, help_text=_("Metres below the ground"))
    taken_at = models.DateTimeField()
    taken_by = models.CharField(max_length=80, help_text=_("By role, not by name"))
    laboratory = models.CharField(max_length=80, blank=True)
    verdict = models.CharField(max_length=12, choices=Verdict.choices, blank=True)
    use = models.CharField(max_length=120, blank=True, help_text=_("For which use it was judged"))
    density = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True, help_text=_("g/cm³, dry"))
    moisture = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True, help_text=_("% by mass"))
    figures = models.JSONField(default=list, blank=True, help_text=_("Further figures: [name, value, unit]"))
    reported_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-taken_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(depth__gt=0), name="sample_depth_positive"),
            models.CheckConstraint(
                condition=Q(verdict="", reported_at=None)
                | (~Q(verdict="") & Q(reported_at__isnull=False) & ~Q(use="") & ~Q(laboratory="")),
                name="sample_result_whole",
            ),
            models.CheckConstraint(
                condition=Q(lat=None, lon=None) | Q(lat__range=(-90, 90), lon__range=(-180, 180)),
                name="sample_position_whole",
            ),
        ]
        indexes = [models.Index(fields=["offer", "reported_at"], name="sample_by_offer")]  # the finder: what is unfit

    def __str__(self) -> str:
        return self.code


class CustodyStep(models.Model):
    """One hand-over of a sample: from whom, to whom, when, signed by which role; times and hands follow each other."""

    sample = models.ForeignKey(SoilSample, models.CASCADE, related_name="custody")
    number = models.PositiveSmallIntegerField()
    giver = models.CharField(max_length=80)
    receiver = models.CharField(max_length=80)
    at = models.DateTimeField()
    signed = models.CharField(max_length=80, help_text=_("Who signed the receipt, by role"))
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "number"], name="custody_in_order"),
            models.CheckConstraint(condition=~Q(giver=models.F("receiver")), name="custody_changes_hands"),
        ]
