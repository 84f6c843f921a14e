"""The chain map: the firms of a chain, and what one supplies to another in a year."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ChainFirm(models.Model):
    """A firm of a chain; `site` when it is one that the campaign serves."""

    campaign = models.ForeignKey("dispatch.Campaign", models.CASCADE, related_name="chain_firms")
    name = models.CharField(max_length=120)
    site = models.ForeignKey("places.Site", models.SET_NULL, null=True, blank=True, related_name="chain_firms")
    capacity = models.DecimalField(
        max_digits=16, decimal_places=2, null=True, blank=True, help_text=_("What it can sell in a year, 10,000 yuan")
    )
    running = models.BooleanField(default=True)
    local = models.BooleanField(default=True, help_text=_("In the campaign's own city"))
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="chain_firm_once"),
            models.CheckConstraint(condition=Q(capacity=None) | Q(capacity__gte=0), name="chain_capacity_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class ChainSupply(models.Model):
    """What a firm supplies to another in a year: one product, by value."""

    supplier = models.ForeignKey(ChainFirm, models.CASCADE, related_name="sells")
    buyer = models.ForeignKey(ChainFirm, models.CASCADE, related_name="buys")
    product = models.CharField(max_length=80)
    volume = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("10,000 yuan a year"))
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["supplier__name", "buyer__name", "product"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "buyer", "product"], name="chain_supply_once"),
            models.CheckConstraint(condition=Q(volume__gt=0), name="chain_volume_positive"),
            models.CheckConstraint(condition=~Q(supplier=F("buyer")), name="chain_not_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} → {self.buyer} {self.product}"
