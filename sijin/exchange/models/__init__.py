"""Offers, matches, agreements; a match never promises more than the offer holds."""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Campaign
from sijin.exchange.models.chain import ChainFirm, ChainSupply
from sijin.exchange.models.clearings import Clearing, ClearingLock, ClearingPrice, ProposedMatch
from sijin.exchange.models.employment import (
    JobContact,
    JobPost,
    JobRun,
    JobSuggestion,
    JobVerdict,
    JobWish,
    Shift,
)
from sijin.exchange.models.experts import ExpertVisit
from sijin.exchange.models.pool import (
    Delivery,
    Guest,
    PoolDay,
    PoolMaker,
    PoolOrder,
    PoolPlan,
    PoolRate,
    PoolScenario,
    PoolShare,
)
from sijin.exchange.models.soil import CustodyStep, SoilSample
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Account, Unit
from sijin.places.models import Region, Site

__all__ = [
    "Agreement", "ChainFirm", "ChainSupply", "Clearing", "ClearingLock", "ClearingPrice", "CustodyStep", "Delivery",
    "ExpertVisit", "Guest", "JobContact", "JobPost", "JobRun", "JobSuggestion", "JobVerdict", "JobWish", "Match",
    "MatchmakingEvent", "Offer", "OfferChange", "OfferImport", "PoolDay", "PoolMaker", "PoolOrder", "PoolPlan",
    "PoolRate", "PoolScenario", "PoolShare", "ProposedMatch", "ReliefClaim", "ReliefFigures", "ReliefImport", "Shift",
    "SoilSample",
]  # fmt: skip


class Offer(models.Model):
    """What can meet a need: kind, item, quantity, window, place, conditions. Kinds and units are data: `kinds.yaml`."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    code = models.CharField(max_length=40, unique=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="offers")
    provider = models.CharField(max_length=120)
    unit_of_provider = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="offers")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="offers")
    kind = models.CharField(max_length=20)
    item = models.CharField(max_length=120)
    unit = models.CharField(max_length=20)
    quantity = models.DecimalField(max_digits=16, decimal_places=2)
    promised = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    reach_km = models.PositiveIntegerField(null=True, blank=True, help_text=_("Kilometres; empty: no limit"))
    certificate = models.BooleanField(null=True, blank=True, help_text=_("Export certificate; empty: not known"))
    has_capacity = models.BooleanField(null=True, blank=True, help_text=_("Has spare capacity to make things"))
    has_channel = models.BooleanField(null=True, blank=True, help_text=_("Has a channel to sell things"))
    tags = models.JSONField(default=list, blank=True)
    conditions = models.CharField(max_length=300, blank=True)
    contact = models.CharField(max_length=80, blank=True, help_text=_("By role, not by name"))
    search = models.TextField(blank=True, editable=False, help_text=_("Item, provider and #tags# in Simplified script"))
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    touched = models.DateTimeField(auto_now=True, help_text=_("When the row was last written; the finder follows it"))

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(promised__gte=0), name="promised_not_negative"),
            models.CheckConstraint(condition=Q(promised__lte=F("quantity")), name="never_over_committed"),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(since__lte=F("until")), name="offer_window_forward"
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "kind", "withdrawn_at"], name="offer_by_kind"),  # suggestions
            models.Index(fields=["campaign", "touched"], name="offer_by_touch"),  # the resident index
        ]

    def __str__(self) -> str:
        return f"{self.item} · {self.provider}"

    @property
    def free(self) -> Decimal:
        """Return what is not promised yet, in the offer's unit."""
        return self.quantity - self.promised


class OfferChange(models.Model):
    """One change of an offer: who, when, what was before and after."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="changes")
    verb = models.CharField(max_length=12)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    change = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]


class Match(models.Model):
    """Need item ↔ offer with a quantity, on its way to being confirmed."""

    class State(models.TextChoices):
        RESERVED = "reserved", _("Reserved")
        AGREED = "agreed", _("Agreed")
        DELIVERED = "delivered", _("Delivered")
        CONFIRMED = "confirmed", _("Receipt confirmed")
        RELEASED = "released", _("Released")

    item = models.ForeignKey(NeedItem, models.PROTECT, related_name="matches")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="matches")
    quantity = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("In the unit of the need's item"))
    taken = models.DecimalField(max_digits=16, decimal_places=2, default=0, help_text=_("In the unit of the offer"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.RESERVED)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True)
    rest_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="rests")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="match_quantity_positive")]
        indexes = [models.Index(fields=["state", "expires_on"], name="match_by_expiry")]  # the daily tick

    def __str__(self) -> str:
        return f"{self.item.item} {self.quantity.normalize():f} {self.item.unit}"


class Complement(models.Model):
    """That an offer, or another need, can solve a need: noted by the nightly search, judged by a clerk.

    There is one row a pair. What was said and taken back before stands in the need's chain.
    """

    class Verdict(models.TextChoices):
        OPEN = "", _("Not judged")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Turned down")

    need = models.ForeignKey(Need, models.CASCADE, related_name="complements")
    offer = models.ForeignKey(Offer, models.CASCADE, null=True, blank=True, related_name="complements")
    other = models.ForeignKey(Need, models.CASCADE, null=True, blank=True, related_name="+")
    score = models.FloatField(default=0)
    found_at = models.DateTimeField(null=True, blank=True, help_text=_("When the search noted it; empty: by hand"))
    lasts = models.BooleanField(default=False, help_text=_("Whether the last search found it again"))
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.OPEN, blank=True)
    reason = models.CharField(max_length=12, blank=True)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-score", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["need", "offer"], name="complement_once"),
            models.UniqueConstraint(fields=["need", "other"], name="complement_of_needs_once"),
            models.CheckConstraint(
                condition=Q(offer=None, other__isnull=False) | Q(offer__isnull=False, other=None),
                name="complement_of_one",
            ),
            models.CheckConstraint(condition=Q(other=None) | ~Q(other=F("need")), name="complement_not_itself"),
        ]
        indexes = [models.Index(fields=["need", "found_at"], name="complement_by_finding")]  # what is new

    def __str__(self) -> str:
        return f"{self.need} ↔ {self.offer or self.other}"


class MatchmakingEvent(models.Model):
    """A meeting at which those who lack and those who have are brought together."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="matchmaking_events")
    name = models.CharField(max_length=120)
    held_on = models.DateField()
    place = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    plan = models.ForeignKey(PoolPlan, models.SET_NULL, null=True, blank=True, related_name="events")
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-held_on", "-pk"]

    def __str__(self) -> str:
        return self.name


class Agreement(models.Model):
    """What a provider and a site signed, with the value of the orders placed so far in yuan."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="agreements")
    event = models.ForeignKey(MatchmakingEvent, models.PROTECT, null=True, blank=True, related_name="agreements")
    provider = models.CharField(max_length=120)
    offer = models.ForeignKey(Offer, models.PROTECT, null=True, blank=True, related_name="agreements")
    site = models.ForeignKey(Site, models.PROTECT, related_name="agreements")
    subject = models.CharField(max_length=120, blank=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    signed_on = models.DateField()
    needs = models.ManyToManyField(Need, blank=True, related_name="agreements")
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["signed_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="agreement_amount_not_negative"),
            models.UniqueConstraint(fields=["event", "provider", "site"], name="agreement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} — {self.site}"


class OfferImport(models.Model):
    """One sheet that was read in: how many rows were kept, and the rows that come back with what is wrong."""

    class Of(models.TextChoices):
        OFFERS = "offers", _("Offers")
        ORDERS = "orders", _("Orders of the pool")
        MAKERS = "makers", _("Makers of the pool")
        CHAIN = "chain", _("Supplies of the chain map")
        POSTS = "posts", _("Posts of firms")
        WISHES = "wishes", _("People who look for work")

    of = models.CharField(max_length=8, choices=Of.choices, default=Of.OFFERS)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="offer_imports")
    made_at = models.DateTimeField()
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    rows = models.JSONField(default=list, help_text=_("Rows as typed: {row, cells, client_uuid}"))
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    bad = models.JSONField(default=list, help_text=_("Rows that were not taken: {row, cells, faults}"))
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]


class ReliefFigures(models.Model):
    """What a firm told of itself for the relief rules: {column: value as typed}, see `relief_fields.yaml`."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="relief_figures")
    values = models.JSONField(default=dict)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    source = models.CharField(max_length=200, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["site"]

    def __str__(self) -> str:
        return str(self.site)


class ReliefClaim(models.Model):
    """That a firm claimed a rule (by its id): when, and what it came to then."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="relief_claims")
    rule = models.CharField(max_length=20)
    yuan = models.DecimalField(max_digits=16, decimal_places=2)
    claimed_on = models.DateField()
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["claimed_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["site", "rule"], name="relief_claimed_once"),
            models.CheckConstraint(condition=Q(yuan__gte=0), name="relief_claim_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.rule}"


class ReliefImport(models.Model):
    """One list of firms' figures that was read in: how many were kept, and the rows that come back."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="relief_imports")
    made_at = models.DateTimeField()
    name = models.CharField(max_length=200)
    columns = models.JSONField(default=list)
    rows = models.JSONField(default=list, help_text=_("Rows as typed, in the order of the columns"))
    first_row = models.PositiveIntegerField(default=2)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    bad = models.JSONField(default=list, help_text=_("Rows that were not taken: {row, faults}"))
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
