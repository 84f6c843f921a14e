"""Needs, hand-overs, measures, evidence, confirmations and the hash-chained events."""

import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Campaign, Team
from sijin.people.models import Account, Job, Unit
from sijin.places.models import Door, Site


class Need(models.Model):
    """One row of the ledger."""

    class State(models.TextChoices):
        FOUND = "found", _("Found")
        HANDED_OVER = "handed_over", _("Handed over")
        RECEIVED = "received", _("Received")
        IN_PROGRESS = "in_progress", _("In progress")
        ANSWERED = "answered", _("Answered")
        VERIFIED = "verified", _("Verified on site")
        CONFIRMED = "confirmed", _("Confirmed by the served party")
        CLOSED = "closed", _("Closed")
        PARKED = "parked", _("Parked")
        UNSOLVABLE = "unsolvable", _("Not solvable, explained")

    class Klass(models.IntegerChoices):
        AT_ONCE = 1, _("Solved at once")
        TOGETHER = 2, _("Solved by province, city and county together")
        PROVINCE = 3, _("Needs provincial departments")
        LATER = 4, _("Cannot be solved for now")

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="needs")
    number = models.CharField(max_length=24)
    title = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    search = models.TextField(blank=True, editable=False, help_text=_("Title and text in Simplified script"))
    door = models.CharField(max_length=12, choices=Door.choices)
    category = models.CharField(max_length=20, blank=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="needs")
    team = models.ForeignKey(Team, models.PROTECT, related_name="needs")
    klass = models.PositiveSmallIntegerField(choices=Klass.choices, null=True, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.FOUND)
    lead_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="needs_led")
    raised_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    answered_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    verified_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    closed_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    wanted_by = models.DateField(null=True, blank=True, help_text=_("Wish of the served party; it moves no deadline"))
    due = models.DateField(null=True, blank=True)
    soon_from = models.DateField(null=True, blank=True)
    receive_due = models.DateField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    look_back_on = models.DateField(null=True, blank=True)
    looked_back_at = models.DateTimeField(null=True, blank=True)
    paused = models.BooleanField(default=False)
    supervised_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=16, blank=True)
    dissatisfied = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    generated = models.BooleanField(default=False)
    report_rows = models.JSONField(default=list, blank=True)
    version = models.PositiveIntegerField(default=1)
    extension_asked = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Working days asked for"))
    extension_asked_on = models.DateField(null=True, blank=True)
    # What the chain says, kept beside it so that a verb need not read it all; `sijin audit` compares the two.
    clock = models.JSONField(null=True, blank=True, editable=False)
    links = models.PositiveIntegerField(default=0, editable=False)
    head = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="need_number_once"),
            models.CheckConstraint(
                condition=~models.Q(state="closed")
                | models.Q(
                    answered_by__isnull=False, verified_by__isnull=False, closed_by__isnull=False, verdict__gt=""
                ),
                name="closed_needs_three_hands_and_a_verdict",
            ),
            models.CheckConstraint(
                condition=models.Q(verified_by=None) | ~models.Q(verified_by=models.F("answered_by")),
                name="verifier_is_not_handler",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_by=None)
                | (~models.Q(closed_by=models.F("answered_by")) & ~models.Q(closed_by=models.F("verified_by"))),
                name="closer_is_neither",
            ),
        ]
        indexes = [
            # The ledger's tabs and lists; with what the lights need in it, their counts never touch the rows.
            models.Index(fields=["campaign", "state", "due", "soon_from", "paused"], name="need_by_state_and_light"),
            models.Index(fields=["campaign", "door", "state"], name="need_by_door_state"),  # the overview's cards
            models.Index(fields=["lead_unit", "state"], name="need_by_unit_state"),  # a department's waiting list
            models.Index(fields=["team", "state"], name="need_by_team_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class NeedItem(models.Model):
    """Something countable that the need asks for; the need stays open until all of it was received."""

    need = models.ForeignKey(Need, models.CASCADE, related_name="items")
    kind = models.CharField(max_length=20)
    item = models.CharField(max_length=80)
    unit = models.CharField(max_length=20)
    quantity = models.DecimalField(max_digits=14, decimal_places=2)
    received = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="item_quantity_positive"),
            models.CheckConstraint(condition=models.Q(received__gte=0), name="item_received_not_negative"),
        ]


class HandOver(models.Model):
    """A need given to a unit, as lead or co-handler, with its receipt and answer: one link of the chain of units."""

    class Kind(models.TextChoices):
        GIVEN = "given", _("Given by the office")
        ON = "on", _("Handed on by a unit")
        ESCALATED = "escalated", _("Escalated to the province")

    need = models.ForeignKey(Need, models.CASCADE, related_name="hand_overs")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="hand_overs")
    leads = models.BooleanField(default=True)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(null=True, blank=True)
    sent_back_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.GIVEN)
    from_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    due = models.DateField(null=True, blank=True, help_text=_("Until when a co-handler answers the lead unit"))
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["given_at", "pk"]


class Measure(models.Model):
    """What is done about a need, by whom, until when."""

    class Aspect(models.TextChoices):
        PEOPLE = "people", _("People")
        FUNDS = "funds", _("Funds")
        POLICY = "policy", _("Policy")
        TECHNOLOGY = "technology", _("Technology")
        MARKET = "market", _("Market")
        FACTOR = "factor", _("Land and utilities")
        OTHER = "other", _("Other")

    need = models.ForeignKey(Need, models.CASCADE, related_name="measures")
    aspect = models.CharField(max_length=12, choices=Aspect.choices, default=Aspect.OTHER)
    text = models.CharField(max_length=300)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="measures")
    due = models.DateField()
    result = models.CharField(max_length=300, blank=True)
    result_at = models.DateTimeField(null=True, blank=True)


class Event(models.Model):
    """One link of a need's chain. Never updated or deleted: database triggers refuse it."""

    need = models.ForeignKey(Need, models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    verb = models.CharField(max_length=20)
    actor = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)
    change = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["need_id", "sequence"]
        constraints = [models.UniqueConstraint(fields=["need", "sequence"], name="event_in_order")]
        indexes = [models.Index(fields=["verb", "at"], name="event_by_verb_at")]  # refused or redone until then


class Evidence(models.Model):
    """A file that proves something; its type was found by content, images were re-encoded without metadata."""

    need = models.ForeignKey(Need, models.PROTECT, related_name="evidence")
    verb = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="evidence/%Y/%m/")
    description = models.CharField(max_length=300, blank=True)
    added_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    sequence = models.PositiveIntegerField(null=True, blank=True, help_text=_("The event that carries its digest"))


class ConfirmLink(models.Model):
    """A one-time link by which the served party says whether the problem was solved; only the token's hash is kept."""

    class End(models.TextChoices):
        REISSUED = "reissued", _("Replaced by a newer link")
        EXPIRED = "expired", _("Expired")
        ANSWERED = "answered", _("Answered another way")

    need = models.ForeignKey(Need, models.CASCADE, related_name="confirm_links")
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    comment = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(max_length=10, choices=End.choices, blank=True)


class SavedFilter(models.Model):
    """A filter of the ledger kept under a name by one account, shown as a tab; the office may share it with all."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="saved_filters")
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=24)
    query = models.CharField(max_length=1000, blank=True)
    shared = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "campaign", "name"],
                condition=models.Q(deleted_at=None),
                name="saved_filter_name_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ColumnChoice(models.Model):
    """The columns that an account wants to see, per list of the ledger ("" is the whole ledger)."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="column_choice")
    columns = models.JSONField(default=dict)


class TriageExample(models.Model):
    """A person's correction of a suggested category: from now on an example that triage learns from."""

    text = models.CharField(max_length=1000)
    digest = models.CharField(max_length=64, unique=True, help_text=_("Of the text as it is compared"))
    category = models.CharField(max_length=20)
    suggested = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.text[:40]


class LongRun(models.Model):
    """Something done to many rows by one account: waiting for its confirmation, running, or done with results."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    rows = models.JSONField(default=list)
    results = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped or its process ended before the last row; it can be taken up again."""
        if self.state != self.State.RUNNING:
            return False
        return not self.job.running if self.job else self.made_at < timezone.now() - timedelta(minutes=10)


class BulkAction(LongRun):
    """One verb on many needs. `rows` are [key, version] as the account saw them, `results` [key, outcome, reason]."""

    verb = models.CharField(max_length=20)
    facts = models.JSONField(default=dict)
    back = models.CharField(max_length=1000, blank=True)


class SheetImport(LongRun):
    """An uploaded workbook: what it changes or adds (`rows`), the rows that could not be read (`faults`)."""

    class Kind(models.TextChoices):
        EDITS = "edits", _("An edited ledger")
        NEEDS = "needs", _("New needs")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    total = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)


class LedgerFile(models.Model):
    """A file made for one account, which alone may fetch it."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    rows = models.PositiveIntegerField(default=0)
    file = models.FileField(upload_to="ledger/%Y/%m/")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-made_at"]
