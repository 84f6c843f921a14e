"""Clearings of the market: what was proposed, at what prices, and what people fixed by hand.

A clearing is a draft until the office publishes it; only then its rows become matches.
"""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sijin.dispatch.models import Campaign
from sijin.ledger.models import NeedItem
from sijin.people.models import Account
from sijin.places.models import Region


class Clearing(models.Model):
    """All open needs and offers of the divisible kinds matched at once: the answer, its proof, its terms."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", pgettext_lazy("clearing", "Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="clearings")
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    published_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    kinds = models.JSONField(default=list, help_text=_("Kinds that were cleared"))
    floor = models.FloatField(help_text=_("Least share of each county's quantity of a kind, 0 to 1"))
    change = models.FloatField(help_text=_("Points that moving one unit away from what is reserved costs"))
    time_limit = models.FloatField()
    cost = models.FloatField(help_text=_("In points"))
    bound = models.FloatField()
    gap = models.FloatField()
    seconds = models.FloatField()
    complete = models.BooleanField(default=True)
    figures = models.JSONField(default=dict, help_text=_("Counts, sums by kind and by county, first come first served"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.made_at:%Y-%m-%d}"

    @property
    def gap_percent(self) -> float:
        """Return the gap in percent."""
        return 100 * self.gap

    @property
    def night(self) -> date | None:
        """The day whose night drafted it by itself; None when a person asked for it."""
        day = self.figures.get("night")
        return date.fromisoformat(day) if day else None


class ProposedMatch(models.Model):
    """One pair of a clearing, and the rows as they stood when it was worked out: any other by now is stale."""

    class Change(models.TextChoices):
        NEW = "new", pgettext_lazy("quantity", "New")
        MORE = "more", pgettext_lazy("quantity", "More")
        LESS = "less", pgettext_lazy("quantity", "Less")
        DROPPED = "dropped", _("Given back")
        KEPT = "kept", _("As reserved")

    clearing = models.ForeignKey(Clearing, models.CASCADE, related_name="rows")
    item = models.ForeignKey(NeedItem, models.CASCADE, related_name="+")
    offer = models.ForeignKey("exchange.Offer", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    county = models.ForeignKey(Region, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("In the unit of the need's item"))
    taken = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("In the unit of the offer"))
    cost = models.FloatField(help_text=_("Points a unit: 0 for what fits in everything"))
    kilometres = models.FloatField(null=True, blank=True)
    change = models.CharField(max_length=8, choices=Change.choices, default=Change.NEW)
    was = models.ForeignKey("exchange.Match", models.SET_NULL, null=True, blank=True, related_name="+")
    match = models.ForeignKey("exchange.Match", models.SET_NULL, null=True, blank=True, related_name="proposals")
    done = models.BooleanField(default=False, help_text=_("Whether it is published"))
    # as they stood
    need_version = models.PositiveIntegerField()
    unit = models.CharField(max_length=20)
    left = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("What the item lacked"))
    offer_version = models.PositiveIntegerField()
    free = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("What the offer had free"))
    was_version = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "item", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["clearing", "item", "offer"], name="proposed_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="proposed_not_negative"),
        ]


class ClearingPrice(models.Model):
    """What one more unit of an offer would save, or of a need would cost, in points; and what stayed over."""

    class Side(models.TextChoices):
        OFFER = "offer", _("Offer")
        NEED = "need", _("Need")

    class Why(models.TextChoices):
        NO_OFFER = "no_offer", _("no offer fits")
        NO_ROOM = "no_room", _("all that fits serves others better")
        DEAR = "dear", _("what fits is worse than to wait")

    clearing = models.ForeignKey(Clearing, models.CASCADE, related_name="prices")
    side = models.CharField(max_length=5, choices=Side.choices)
    item = models.ForeignKey(NeedItem, models.CASCADE, null=True, blank=True, related_name="+")
    offer = models.ForeignKey("exchange.Offer", models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=120, help_text=_("What it is"))
    place = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.CharField(max_length=20, help_text=_("Unit in which the market was cleared"))
    price = models.FloatField()
    quantity = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("Wanted or there"))
    left = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("Not met, or not used"))
    why = models.CharField(max_length=8, choices=Why.choices, blank=True)
    fits = models.JSONField(default=list, help_text=_("The other side: items that it fits, or offers that fit"))
    waiting = models.PositiveIntegerField(default=0, help_text=_("How many of the items that it fits go without"))

    class Meta:
        ordering = ["-price", "kind", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(side="offer", offer__isnull=False, item=None))
                | Q(side="need", item__isnull=False, offer=None),
                name="price_of_one_side",
            )
        ]


class ClearingLock(models.Model):
    """What a person fixed for the next clearings: this pair is kept with a quantity, or never proposed."""

    class Says(models.TextChoices):
        KEEP = "keep", _("Locked")
        NEVER = "never", _("Forbidden")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="clearing_locks")
    item = models.ForeignKey(NeedItem, models.CASCADE, related_name="+")
    offer = models.ForeignKey("exchange.Offer", models.CASCADE, related_name="+")
    says = models.CharField(max_length=5, choices=Says.choices)
    quantity = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "item", "offer"], name="locked_once"),
            models.CheckConstraint(condition=Q(says="never") | Q(quantity__gt=0), name="lock_says_how_much"),
        ]
