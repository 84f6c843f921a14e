"""Advice given at a site: the card, its topics, its changes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sijin.exchange.models import ExpertVisit
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.places.models import Site


class AdviceCard(models.Model):
    """What an expert advised at a site on one visit: whom, about what, what was handed out, when to ask again.

    The record of a 科技特派员: check-in, whom, problem, advice by topic, material, follow-up, the farmer's rating.
    """

    class Rating(models.TextChoices):
        SATISFIED = "satisfied", _("Satisfied")
        BASIC = "basic", _("Basically satisfied")
        DISSATISFIED = "dissatisfied", _("Dissatisfied")

    site = models.ForeignKey(Site, models.PROTECT, related_name="advice_cards")
    need = models.ForeignKey(Need, models.PROTECT, null=True, blank=True, related_name="advice_cards")
    visit = models.ForeignKey(ExpertVisit, models.PROTECT, null=True, blank=True, related_name="advice_cards")
    adviser = models.CharField(max_length=200, help_text=_("By unit and role, not by name"))
    checked_in_at = models.DateTimeField()
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    served = models.CharField(max_length=120, help_text=_("Who was advised, by role"))
    crop = models.CharField(max_length=60)
    area_mu = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    plants = models.PositiveIntegerField(null=True, blank=True, help_text=_("Planted this year"))
    problem = models.CharField(max_length=500)
    follow_up_on = models.DateField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    followed_on = models.DateField(null=True, blank=True)
    followed_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=300, blank=True, help_text=_("What came of the advice"))
    rating = models.CharField(max_length=12, choices=Rating.choices, blank=True)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-checked_in_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(area_mu=None) | Q(area_mu__gt=0), name="advice_area_positive"),
            models.CheckConstraint(condition=Q(plants=None) | Q(plants__gt=0), name="advice_plants_positive"),
            models.CheckConstraint(
                condition=Q(followed_on=None, rating="") | (Q(followed_on__isnull=False) & ~Q(rating="")),
                name="advice_rated_when_followed_up",
            ),
        ]
        indexes = [models.Index(fields=["followed_on", "follow_up_on"], name="advice_by_follow_up")]  # the daily tick

    def __str__(self) -> str:
        return f"{self.site} · {self.crop}"


class AdviceTopic(models.Model):
    """What a card says on one topic (a code of `advice.yaml`), with the material that goes with it."""

    card = models.ForeignKey(AdviceCard, models.CASCADE, related_name="topics")
    topic = models.CharField(max_length=20)
    text = models.CharField(max_length=500)
    material = models.CharField(max_length=80, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    unit = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["card", "topic"], name="advice_topic_once"),
            models.CheckConstraint(condition=Q(quantity=None) | Q(quantity__gt=0), name="advice_material_positive"),
        ]


class AdviceChange(models.Model):
    """One change of an advice card: who, when, what was before and after."""

    card = models.ForeignKey(AdviceCard, models.CASCADE, related_name="changes")
    verb = models.CharField(max_length=12)
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    change = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]
