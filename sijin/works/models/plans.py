"""Site plans (一企一策) with their own measures, and whom to speak to at a site."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sijin.ledger.models import Measure, Need
from sijin.people.models import Account, Unit
from sijin.places.models import Site


class SiteContact(models.Model):
    """Whom to speak to at a site, by role; a number, not a name."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="contacts")
    role = models.CharField(max_length=60)
    phone = models.CharField(max_length=30, blank=True)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["site", "role"], name="contact_role_once")]

    def __str__(self) -> str:
        return self.role


class PlanMeasure(models.Model):
    """A measure that a site's plan holds beside those of its needs: who does what until when, and what came of it."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="plan_measures")
    need = models.ForeignKey(Need, models.PROTECT, null=True, blank=True, related_name="plan_measures")
    aspect = models.CharField(max_length=12, choices=Measure.Aspect.choices)
    text = models.CharField(max_length=300)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="plan_measures")
    due = models.DateField()
    result = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due", "pk"]

    def __str__(self) -> str:
        return self.text


class SitePlan(models.Model):
    """A site's plan as it was issued: numbered, frozen; `digest` is the SHA-256 of its content."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="plans")
    number = models.PositiveIntegerField()
    issued_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    content = models.JSONField(help_text=_("The plan as the page showed it"))
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="plan_number_once")]

    def __str__(self) -> str:
        return f"{self.site} {self.number}"
