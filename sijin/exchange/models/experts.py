"""Who comes for an expert request, and on which day they came."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sijin.ledger.models import Need
from sijin.people.models import Account, Official


class ExpertVisit(models.Model):
    """One expert named for a need: out of an offer (then a match holds the promise) or an official with the skill."""

    need = models.ForeignKey(Need, models.CASCADE, related_name="expert_visits")
    offer = models.ForeignKey("exchange.Offer", models.PROTECT, null=True, blank=True, related_name="expert_visits")
    match = models.OneToOneField("exchange.Match", models.PROTECT, null=True, blank=True, related_name="expert_visit")
    official = models.ForeignKey(Official, models.PROTECT, null=True, blank=True, related_name="expert_visits")
    expert = models.CharField(max_length=200, help_text=_("Who comes, by unit and role"))
    reason = models.CharField(max_length=300, blank=True, help_text=_("Why this one, as it was shown"))
    expected_on = models.DateField()
    assigned_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    came_on = models.DateField(null=True, blank=True)
    came_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=300, blank=True, help_text=_("What the expert did there"))
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["assigned_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(offer__isnull=False, match__isnull=False, official=None)
                | Q(offer=None, match=None, official__isnull=False),
                name="expert_from_one_source",
            ),
            models.CheckConstraint(condition=Q(came_on=None) | Q(withdrawn_at=None), name="who_came_is_not_withdrawn"),
        ]
        indexes = [models.Index(fields=["official", "expected_on"], name="expert_by_day")]  # twice on one day

    def __str__(self) -> str:
        return self.expert
