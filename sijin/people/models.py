"""Units, officials, accounts, roles and the long jobs that accounts ask for."""

from datetime import date
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from sijin.places.models import Region, Site


class Unit(models.Model):
    """A department, school, street office or firm that sends people or carries out work."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("Province")
        CITY = "city", _("City")
        COUNTY = "county", _("County")
        TOWN = "town", _("Town")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=8, choices=Level.choices)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="units")
    generated = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Skill(models.Model):
    """Something that an official is good at, in the words of the campaign."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Official(models.Model):
    """A person who is sent. The demo names roles instead of persons."""

    class Grade(models.TextChoices):
        SENIOR = "senior", _("Senior")
        JUNIOR = "junior", _("Junior")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="officials")
    title = models.CharField(max_length=80, blank=True)
    can_lead = models.BooleanField(default=False)
    home = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    skills = models.ManyToManyField(Skill, through="Mastery", blank=True, related_name="officials")
    grade = models.CharField(max_length=8, choices=Grade.choices, blank=True, help_text=_("Empty: neither"))
    led = models.PositiveSmallIntegerField(default=0, help_text=_("How often this person has led a team before"))
    free_from = models.DateField(null=True, blank=True, help_text=_("First day on which this person can be sent"))
    free_until = models.DateField(null=True, blank=True, help_text=_("Last day"))
    free_note = models.CharField(max_length=80, blank=True, help_text=_("Why not before or after: leave, rotation"))
    generated = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(grade__in=["", "senior", "junior"]), name="grade_known"),
            models.CheckConstraint(
                condition=models.Q(free_from=None)
                | models.Q(free_until=None)
                | models.Q(free_until__gte=models.F("free_from")),
                name="free_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def levels(self) -> dict[str, int]:
        """Return the level of each skill by its code (one query, none when `HELD` is prefetched)."""
        return {held.skill.code: held.level for held in self.masteries.all()}

    def free(self, day: date) -> bool:
        """Say whether the person can be sent on `day`."""
        return (self.free_from or day) <= day <= (self.free_until or day)


class Mastery(models.Model):
    """How well an official masters a skill."""

    class Level(models.IntegerChoices):
        SOME = 1, _("knows some")
        SKILLED = 2, _("skilled")
        EXPERT = 3, _("expert")

    official = models.ForeignKey(Official, models.CASCADE, related_name="masteries")
    skill = models.ForeignKey(Skill, models.CASCADE, related_name="masteries")
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.EXPERT)

    class Meta:
        db_table = "people_official_skills"
        ordering = ["skill__code"]
        unique_together = [("official", "skill")]
        constraints = [models.CheckConstraint(condition=models.Q(level__in=[1, 2, 3]), name="level_known")]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"


HELD = models.Prefetch("masteries", Mastery.objects.select_related("skill"))  # what `Official.levels` reads


class Role(models.TextChoices):
    """What an account is in the campaign; `access.yaml` says what each may do."""

    CAMPAIGN_OFFICE = "campaign_office", _("Campaign office")
    TEAM_LEADER = "team_leader", _("Team leader")
    TEAM_MEMBER = "team_member", _("Team member")
    DEPARTMENT_HANDLER = "department_handler", _("Department handler")
    SITE_CONTACT = "site_contact", _("Site contact")
    COMMUNITY_WORKER = "community_worker", _("Community worker")
    LEADER = "leader", _("Leader (read only)")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


ACCOUNT_FIELDS = {  # what an administrator may set, and its name in the log
    "role": _("Role"),
    "unit": _("Unit"),
    "official": _("Official"),
    "site": _("Site"),
    "display_name": _("Shown as"),
}


class Account(AbstractUser):
    """Someone who signs in. One account has one role: two hats are two accounts, so that no one checks themselves."""

    role = models.CharField(max_length=20, choices=Role.choices, default=Role.TEAM_MEMBER)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="accounts")
    official = models.OneToOneField(Official, models.PROTECT, null=True, blank=True, related_name="account")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="accounts")
    display_name = models.CharField(max_length=80, blank=True)
    password_given = models.BooleanField(default=False, help_text=_("The password was given and must be changed"))
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.display_name or self.username


class AccountEvent(models.Model):
    """What an administrator did to an account; written beside each change, never changed itself."""

    class Verb(models.TextChoices):
        FOUND = "found", _("Made as the first administrator")
        CREATE = "create", _("Account made")
        CHANGE = "change", _("Account changed")
        GIVE_PASSWORD = "give_password", _("Given a new password")
        DROP_SECOND = "drop_second_step", _("Second step taken away")
        DEACTIVATE = "deactivate", _("Account closed")
        ACTIVATE = "activate", _("Account opened again")

    account = models.ForeignKey(Account, models.PROTECT, related_name="events")
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=16, choices=Verb.choices)
    at = models.DateTimeField(auto_now_add=True)
    change = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]
        # Two first administrators at the same moment: the database lets one of them through.
        constraints = [models.UniqueConstraint(fields=["verb"], condition=models.Q(verb="found"), name="found_once")]

    def __str__(self) -> str:
        return f"{self.account} {self.verb}"

    @property
    def words(self) -> list[tuple[str, list[Any]]]:
        """The changed fields in the reader's words, each with what it was and what it is."""
        shown = []
        for name, pair in self.change.items():
            if name == "role":
                pair = [Role(value).label if value in Role.values else value for value in pair]
            if name in ACCOUNT_FIELDS and any(pair):
                shown.append((str(ACCOUNT_FIELDS[name]), pair))
        return shown


class Job(models.Model):
    """A piece of long work: who asked, how far it is, whether to stop."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    account = models.ForeignKey(Account, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict, blank=True)
    language = models.CharField(max_length=10, blank=True, help_text=_("In which its words are written"))
    worker = models.CharField(max_length=120, blank=True, help_text=_("The process that carries it, as host:pid"))
    cancel_asked = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def running(self) -> bool:
        """Whether the job has not ended yet."""
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def light(self) -> str:
        """The light that shows the job's state."""
        return {"waiting": "none", "running": "held", "done": "ok", "failed": "late", "cancelled": "done"}[self.state]

    @property
    def kind_word(self) -> str:
        """The kind in the reader's language: rooms name their kinds in English and translate them."""
        return _(self.kind)


class Notice(models.Model):
    """Something that an account is told: a code and figures, worded in the reader's language when it is shown."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="notices")
    at = models.DateTimeField()
    code = models.CharField(max_length=40)
    values = models.JSONField(default=dict, blank=True)
    url = models.CharField(max_length=200, blank=True, help_text=_("Where what it tells of is found"))
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        # The count of unread notices, on every page.
        indexes = [models.Index(fields=["account"], condition=models.Q(read_at=None), name="unread_notices")]

    def __str__(self) -> str:
        return f"{self.code} {self.account_id}"


class ApiToken(models.Model):
    """A personal key to the API: it acts as its account until it expires or is revoked; only its hash is kept."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    last_used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-pk"]
