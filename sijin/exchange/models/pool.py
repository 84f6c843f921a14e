"""The capacity pool: orders, makers with what they make, plans with their shares by day, scenarios; guests, deliveries.

A maker is one line of a firm. Its firm may stand behind the enterprise door (`site`) and have posted the line as an
offer of kind capacity (`offer`); a maker without a site is another's, one with the site of an order is the firm's own.
"""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account, Job


class PoolMaker(models.Model):
    """A line that can make something: hours a week within its windows, lead, lot, set-up, shipping, certificate."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="pool_makers")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120, help_text=_("The firm"))
    line = models.CharField(max_length=60, blank=True)
    site = models.ForeignKey("places.Site", models.PROTECT, null=True, blank=True, related_name="pool_makers")
    offer = models.OneToOneField("exchange.Offer", models.SET_NULL, null=True, blank=True, related_name="pool_maker")
    place = models.CharField(max_length=60, blank=True)
    hours = models.DecimalField(max_digits=8, decimal_places=2, help_text=_("Hours a week"))
    windows = models.JSONField(default=list, blank=True, help_text=_("[[first day, last day]]; empty: always free"))
    lead = models.PositiveSmallIntegerField(default=0, help_text=_("Whole weeks before the first piece"))
    setup = models.DecimalField(
        max_digits=8, decimal_places=2, default=0, help_text=_("Hours of setting up for each order")
    )
    min_lot = models.PositiveIntegerField(default=0, help_text=_("Pieces; less of an order is not taken"))
    ship_weeks = models.PositiveSmallIntegerField(default=0, help_text=_("Whole weeks on the way"))
    ship_cost = models.DecimalField(max_digits=10, decimal_places=4, default=0, help_text=_("Yuan for each piece"))
    certificate = models.BooleanField(null=True, blank=True, help_text=_("Export certificate; empty: not known"))
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "code"], name="pool_maker_once"),
            models.CheckConstraint(condition=Q(hours__gt=0), name="pool_hours_positive"),
            models.CheckConstraint(condition=Q(setup__gte=0, ship_cost__gte=0), name="pool_costs_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.line}".strip()


class PoolRate(models.Model):
    """What a maker makes: pieces an hour and yuan for each piece."""

    maker = models.ForeignKey(PoolMaker, models.CASCADE, related_name="rates")
    product = models.CharField(max_length=80)
    per_hour = models.DecimalField(max_digits=12, decimal_places=4)
    price = models.DecimalField(max_digits=12, decimal_places=4, default=0)

    class Meta:
        ordering = ["maker", "product"]
        constraints = [
            models.UniqueConstraint(fields=["maker", "product"], name="pool_rate_once"),
            models.CheckConstraint(condition=Q(per_hour__gt=0, price__gte=0), name="pool_rate_positive"),
        ]


class PoolOrder(models.Model):
    """An order that a firm holds and may share with other makers."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="pool_orders")
    code = models.CharField(max_length=40)
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="pool_orders")
    need = models.ForeignKey("ledger.Need", models.SET_NULL, null=True, blank=True, related_name="pool_orders")
    product = models.CharField(max_length=80)
    destination = models.CharField(max_length=80, blank=True)
    certificate = models.BooleanField(default=True, help_text=_("Only makers with an export certificate"))
    at_home = models.BooleanField(default=True, help_text=_("May be made on the firm's own lines"))
    quantity = models.PositiveBigIntegerField(help_text=_("Pieces"))
    unit_price = models.DecimalField(max_digits=12, decimal_places=4, help_text=_("Yuan for each piece"))
    release = models.DateField(help_text=_("First day of making"))
    due = models.DateField(help_text=_("Last day of arrival"))
    max_partners = models.PositiveSmallIntegerField(default=3, help_text=_("Makers who may share it"))
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due", "code"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "code"], name="pool_order_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="pool_quantity_positive"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="pool_price_not_negative"),
            models.CheckConstraint(condition=Q(due__gte=F("release")), name="pool_due_after_release"),
            models.CheckConstraint(condition=Q(max_partners__gt=0), name="pool_some_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.product}"

    @property
    def value(self) -> Decimal:
        """Return what the whole order is worth, in yuan."""
        return self.quantity * self.unit_price


class PoolPlan(models.Model):
    """A solved split of the orders with its proof. A draft until the office publishes it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published plan")
        REPLACED = "replaced", _("Replaced")
        DISCARDED = "discarded", _("Discarded")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="pool_plans")
    base = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="later")
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    stamp = models.CharField(max_length=64, help_text=_("Of the orders and makers that it was made of"))
    start = models.DateField(help_text=_("A Monday"))
    weeks = models.PositiveSmallIntegerField()
    cost = models.FloatField()
    bound = models.FloatField()
    gap = models.FloatField()
    seconds = models.FloatField()
    seed = models.PositiveIntegerField(default=0)
    time_limit = models.FloatField()
    change_price = models.FloatField(default=0, help_text=_("Yuan for each piece that goes elsewhere than before"))
    parts = models.JSONField(default=dict)
    late = models.JSONField(default=list, help_text=_("[{order, quantity, why}]"))
    changed = models.BooleanField(default=False, help_text=_("By hand, since it was solved"))
    published_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign"], condition=Q(state="published"), name="one_published_pool_plan")
        ]

    @property
    def gap_percent(self) -> float:
        """The proven gap in percent."""
        return 100 * self.gap


class PoolShare(models.Model):
    """How much of an order a maker takes in a plan."""

    plan = models.ForeignKey(PoolPlan, models.CASCADE, related_name="shares")
    order = models.ForeignKey(PoolOrder, models.RESTRICT, related_name="shares")
    maker = models.ForeignKey(PoolMaker, models.RESTRICT, related_name="shares")
    quantity = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=12, blank=True, help_text=_("Why the engine put it here"))
    cheaper = models.PositiveIntegerField(default=0, help_text=_("Makers who would make it for less"))
    locked = models.BooleanField(default=False)
    by_hand = models.BooleanField(default=False)

    class Meta:
        ordering = ["order__due", "order__code", "maker__code"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "order", "maker"], name="pool_share_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="pool_share_positive"),
        ]


class PoolDay(models.Model):
    """What of a share is made on a day: a row of the production board."""

    share = models.ForeignKey(PoolShare, models.CASCADE, related_name="days")
    day = models.DateField()
    quantity = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["day", "pk"]
        constraints = [models.UniqueConstraint(fields=["share", "day"], name="pool_day_once")]


class PoolScenario(models.Model):
    """A question to the solver beside a plan: a maker drops out, more orders, a new certificate, without partners."""

    class Kind(models.TextChoices):
        DROP = "drop", _("A maker drops out")
        MORE = "more", _("More orders")
        CERTIFICATE = "certificate", _("A new certificate")
        ALONE = "alone", _("Without partners")

    plan = models.ForeignKey(PoolPlan, models.CASCADE, related_name="scenarios")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    maker = models.ForeignKey(PoolMaker, models.CASCADE, null=True, blank=True, related_name="+")
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    results = models.JSONField(default=dict, blank=True, help_text=_("Empty until the job is done"))

    class Meta:
        ordering = ["pk"]


class Guest(models.Model):
    """A firm that is invited to a matchmaking event; whether it came is known afterwards."""

    event = models.ForeignKey("exchange.MatchmakingEvent", models.CASCADE, related_name="guests")
    maker = models.ForeignKey(PoolMaker, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=120)
    came = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["event", "name"], name="guest_once")]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """What was delivered of an agreement on a day, in yuan of its orders."""

    agreement = models.ForeignKey("exchange.Agreement", models.CASCADE, related_name="deliveries")
    on = models.DateField()
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    note = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["on", "pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="delivery_positive")]
