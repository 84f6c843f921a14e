"""Workers who are to come back: where they board, who they are, and each time somebody spoke with them.

Workers are people: who may read a name and a number is in `access.yaml` (verb `name`); everybody else sees them masked.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sijin.people.models import Account
from sijin.places.models import Site
from sijin.works.models.changes import Change


class PickUp(models.Model):
    """Where a bus can stop for workers: a city or county of the whole country, or a place that was set by hand."""

    code = models.CharField(max_length=20, unique=True, help_text=_("GB/T 2260 code; u- and a number: set by hand"))
    name = models.CharField(max_length=80)
    province = models.CharField(max_length=20)
    lat = models.FloatField()
    lon = models.FloatField()
    approximate = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["name"], name="pick_up_by_name")]

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """One worker of a site, and whether they come back.

    `state` follows from the last contact that reached them; who said once that they come has `promised_on`, which a
    later doubt does not take away (the curve of promises counts first promises). `called_at` is the last attempt.
    """

    class State(models.TextChoices):
        UNREACHED = "unreached", _("Not reached")
        HESITANT = "hesitant", _("Hesitant")
        PROMISED = "promised", _("Promised to come")
        BACK = "back", _("Back at work")
        AWAY = "away", _("Not coming")

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    site = models.ForeignKey(Site, models.CASCADE, related_name="workers")
    code = models.CharField(max_length=40, help_text=_("The site's own number"))
    name = models.CharField(max_length=40)
    phone = models.CharField(max_length=20, blank=True)
    post = models.CharField(max_length=60, blank=True, help_text=_("What they do there"))
    home = models.CharField(max_length=120, blank=True, help_text=_("As it was said"))
    pick_up = models.ForeignKey(PickUp, models.PROTECT, null=True, blank=True, related_name="workers")
    wanted_on = models.DateField(null=True, blank=True, help_text=_("When the site needs them"))
    own_way = models.BooleanField(default=False, help_text=_("Comes by own means, needs no seat"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNREACHED)
    promised_on = models.DateField(null=True, blank=True)
    back_on = models.DateField(null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["site", "code"]
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="worker_once"),
            models.CheckConstraint(
                condition=Q(state="back", back_on__isnull=False) | (~Q(state="back") & Q(back_on=None)),
                name="worker_back_has_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="promised") | Q(promised_on__isnull=False), name="worker_promised_has_a_day"
            ),
        ]
        indexes = [models.Index(fields=["state", "wanted_on"], name="worker_by_state")]

    def __str__(self) -> str:
        return self.code


class WorkerContact(models.Model):
    """One attempt to speak with a worker: how, whether it reached them, what they said, what worried them.

    The log only grows; an entry that was a mistake is taken back and stays to be read. Where a worker stands follows
    from the others (`domain.returning.contacts.standing`).
    """

    class Channel(models.TextChoices):
        TEXT = "text", _("Text message")
        VOICE = "voice", _("Voice call")
        VIDEO = "video", _("Video call")
        PERSON = "person", _("In person")

    class Worry(models.TextChoices):
        INFECTION = "infection", _("Infection at work or on the way")
        QUARANTINE = "quarantine", _("Quarantine here or there")
        WAY = "way", _("No way to come")
        PASS = "pass", _("Papers and passes")
        PAY = "pay", _("Pay during the stop")
        LODGING = "lodging", _("Lodging and meals")
        FAMILY = "family", _("Family and care")
        OTHER = "other", _("Something else")

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    worker = models.ForeignKey(Worker, models.CASCADE, related_name="contacts")
    at = models.DateTimeField(help_text=_("When they were spoken with"))
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=6, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=Worker.State.choices, help_text=_("Where the talk left them"))
    day = models.DateField(null=True, blank=True, help_text=_("On which they came back"))
    worry = models.CharField(max_length=10, choices=Worry.choices, blank=True)
    words = models.CharField(max_length=200, blank=True)
    answer = models.CharField(max_length=200, blank=True, help_text=_("What was said about the worry"))
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="back", day__isnull=False) | (~Q(state="back") & Q(day=None)),
                name="worker_contact_back_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at=None, taken_back_by=None)
                | Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
                name="worker_contact_taken_back_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["worker", "at"], name="worker_contact_by_day")]


class WorkerChange(Change):
    """One change of what is written of a worker: who, when, what was before and after; contacts have their own log."""

    worker = models.ForeignKey(Worker, models.CASCADE, related_name="changes")
