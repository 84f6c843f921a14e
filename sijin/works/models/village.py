"""Village works by playbook: the work, its stages with answers, its files in versions; shows, leads; all changes."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Campaign, Team
from sijin.ledger.models import Need
from sijin.people.models import Account, Unit
from sijin.places.models import Region, Site
from sijin.works.models.changes import Change


class Placed(models.Model):
    """What lies somewhere, at a site or at a place that is none, and is a team's or a unit's to care for."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=160, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    @property
    def place(self) -> Site | Region:
        """Return where it is: the site, or the place where no site is."""
        return self.site or self.region


class VillageWork(Placed):
    """A piece of work in a village that follows a playbook (`playbooks.yaml`), stage by stage."""

    playbook = models.SlugField(max_length=30)
    title = models.CharField(max_length=120)
    owner = models.CharField(max_length=60, blank=True, help_text=_("Who answers for it, by role"))
    need = models.ForeignKey(Need, models.PROTECT, null=True, blank=True, related_name="village_works")
    begun_on = models.DateField()
    shelved_on = models.DateField(null=True, blank=True)
    because = models.CharField(max_length=200, blank=True, help_text=_("Why it was shelved"))
    client_uuid = models.UUIDField(unique=True)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-begun_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(shelved_on=None) | Q(shelved_on__gte=F("begun_on")), name="village_shelved_once_begun"
            ),
        ]
        indexes = [models.Index(fields=["playbook", "shelved_on"], name="village_by_playbook")]

    def __str__(self) -> str:
        return self.title


class WorkStage(models.Model):
    """A stage of a work: what its form was answered, when it is to be and was done; done only after all before it."""

    work = models.ForeignKey(VillageWork, models.CASCADE, related_name="stages")
    number = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=30)
    name = models.CharField(max_length=60, help_text=_("As the playbook named it when the work began"))
    planned_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    answers = models.JSONField(default=dict, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["work", "code"], name="work_stage_once"),
            models.UniqueConstraint(fields=["work", "number"], name="work_stage_number_once"),
        ]
        indexes = [models.Index(fields=["done_on", "planned_on"], name="work_stage_by_day")]  # the daily tick

    def __str__(self) -> str:
        return self.name


class WorkFile(models.Model):
    """One version of a file of a work; the type was found by content, its digest is what was kept."""

    work = models.ForeignKey(VillageWork, models.CASCADE, related_name="files")
    stage = models.SlugField(max_length=30, blank=True)
    name = models.CharField(max_length=120, help_text=_("What it is; the same name again is its next version"))
    number = models.PositiveSmallIntegerField(help_text=_("Version"))
    uploaded = models.CharField(max_length=200, help_text=_("The file's own name"))
    note = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField(help_text=_("Bytes"))
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="village/%Y/%m/")
    added_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["work", "name", "number"], name="work_file_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="work_file_version_positive"),
        ]


class WorkChange(Change):
    """One change of a work or of one of its stages."""

    work = models.ForeignKey(VillageWork, models.CASCADE, related_name="changes")
    stage = models.ForeignKey(WorkStage, models.CASCADE, null=True, blank=True, related_name="+")


class Venue(Placed):
    """Where shows are held."""

    name = models.CharField(max_length=80)
    seats = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["campaign", "region", "name"], name="venue_once")]

    def __str__(self) -> str:
        return self.name


class Booking(models.Model):
    """A show at a venue, from and to a half hour; while it stands it holds the venue's half hours (`VenueSlot`)."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="bookings")
    work = models.ForeignKey(VillageWork, models.PROTECT, null=True, blank=True, related_name="bookings")
    title = models.CharField(max_length=100)
    troupe = models.CharField(max_length=80, blank=True, help_text=_("Who performs"))
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    client_uuid = models.UUIDField(unique=True)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["begins_at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(begins_at__lt=F("ends_at")), name="booking_ends_later")]
        indexes = [models.Index(fields=["begins_at"], name="booking_by_day")]

    def __str__(self) -> str:
        return self.title


class VenueSlot(models.Model):
    """A half hour of a venue that a show holds; the constraint is what makes two shows at once impossible."""

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="slots")
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="slots")
    begins_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["venue", "begins_at"], name="venue_half_hour_once")]


class Lead(Placed):
    """An investor who may come: how far it is, what is hoped for, what is next."""

    class Stage(models.TextChoices):
        LEAD = "lead", _("Lead (线索)")
        CONTACT = "contact", _("In contact (接洽)")
        VISIT = "visit", _("On-site visit (考察)")
        TALKS = "talks", _("Talks (洽谈)")
        SIGNED = "signed", _("Signed (签约)")
        LANDED = "landed", _("Landed (落地)")

    firm = models.CharField(max_length=120)
    purpose = models.CharField(max_length=200, help_text=_("What it would invest in"))
    stage = models.CharField(max_length=8, choices=Stage.choices, default=Stage.LEAD)
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True, help_text=_("Yuan hoped for"))
    contact = models.CharField(max_length=60, blank=True, help_text=_("Whom to speak to, by role"))
    next_step = models.CharField(max_length=200, blank=True)
    next_on = models.DateField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    shelved_on = models.DateField(null=True, blank=True)
    because = models.CharField(max_length=200, blank=True, help_text=_("Why it was shelved"))
    client_uuid = models.UUIDField(unique=True)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = [F("next_on").asc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "firm", "region"], name="lead_once_a_place"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="lead_amount_positive"),
            models.CheckConstraint(
                condition=~Q(stage__in=("signed", "landed")) | Q(amount__isnull=False), name="lead_signed_with_amount"
            ),
        ]
        indexes = [models.Index(fields=["stage", "shelved_on"], name="lead_by_stage")]

    def __str__(self) -> str:
        return self.firm


class LeadContact(models.Model):
    """Who was spoken to, when, how, and what was said."""

    class How(models.TextChoices):
        PHONE = "phone", _("Telephone")
        MEETING = "meeting", _("Meeting")
        VISIT = "visit", _("On-site visit")
        LETTER = "letter", _("Letter or message")

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="contacts")
    on = models.DateField()
    how = models.CharField(max_length=8, choices=How.choices)
    said = models.CharField(max_length=500)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    client_uuid = models.UUIDField(unique=True)

    class Meta:
        ordering = ["-on", "-pk"]


class LeadChange(Change):
    """One change of a lead."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="changes")
