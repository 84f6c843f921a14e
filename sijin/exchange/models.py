"""Offers and matches; a match never promises more than the offer holds."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Campaign
from sijin.ledger.models import NeedItem
from sijin.people.models import Account, Unit
from sijin.places.models import Region


class Offer(models.Model):
    """What can meet a need: kind, item, quantity, window, place, conditions."""

    code = models.CharField(max_length=40, unique=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="offers")
    provider = models.CharField(max_length=120)
    unit_of_provider = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="offers")
    kind = models.CharField(max_length=20)
    item = models.CharField(max_length=120)
    unit = models.CharField(max_length=20)
    quantity = models.DecimalField(max_digits=16, decimal_places=2)
    promised = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    conditions = models.JSONField(default=dict, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(promised__gte=0), name="promised_not_negative"),
            models.CheckConstraint(condition=models.Q(promised__lte=models.F("quantity")), name="never_over_committed"),
        ]


class Match(models.Model):
    """Need item ↔ offer with a quantity, on its way to being confirmed."""

    class State(models.TextChoices):
        RESERVED = "reserved", _("Reserved")
        AGREED = "agreed", _("Agreed")
        DELIVERED = "delivered", _("Delivered")
        CONFIRMED = "confirmed", _("Confirmed")
        RELEASED = "released", _("Released")

    item = models.ForeignKey(NeedItem, models.PROTECT, related_name="matches")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="matches")
    quantity = models.DecimalField(max_digits=16, decimal_places=2)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RESERVED)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="match_quantity_positive")]
