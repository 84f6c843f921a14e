"""Firms' posts and people's wishes for one, what a run suggests, what was said of it, who was called.

Wishes hold people: who may read a name and a number is in `access.yaml` (verb `name`); everybody else sees them masked.
"""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sijin.dispatch.models import Campaign
from sijin.people.models import Account
from sijin.places.models import Region, Site


class Shift(models.TextChoices):
    """When a post is worked; the words of sheets are in `employment.yaml`."""

    DAY = "day", _("Day shift")
    TWO = "two", _("Two shifts in turn")
    THREE = "three", _("Three shifts in turn")
    NIGHT = "night", _("Night shift")
    FLEXIBLE = "flexible", _("Flexible")


class JobPost(models.Model):
    """So many openings of one occupation at one place of work."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="job_posts")
    code = models.CharField(max_length=40)
    firm = models.CharField(max_length=120)
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="job_posts")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    occupation = models.CharField(max_length=10, help_text=_("Code of the 职业分类大典, four parts"))
    title = models.CharField(max_length=80, blank=True)
    number = models.PositiveIntegerField(help_text=_("Openings in all, hired ones among them"))
    wage = models.DecimalField(max_digits=9, decimal_places=2, help_text=_("Yuan a month"))
    shift = models.CharField(max_length=8, choices=Shift.choices, default=Shift.DAY)
    contact = models.CharField(max_length=80, blank=True, help_text=_("By role, not by name"))
    conditions = models.CharField(max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["firm", "code"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "code"], name="job_post_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="job_post_has_openings"),
            models.CheckConstraint(condition=Q(wage__gt=0), name="job_post_pays"),
        ]

    def __str__(self) -> str:
        return f"{self.firm} · {self.title or self.occupation}"


class JobWish(models.Model):
    """A person who looks for work: what they can do, the least they ask for, how far they go, with whom they live."""

    class Of(models.TextChoices):
        VILLAGER = "villager", _("Villager")
        GRADUATE = "graduate", _("Graduate")

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="job_wishes")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=40)
    phone = models.CharField(max_length=20, blank=True)
    of = models.CharField(max_length=8, choices=Of.choices, default=Of.VILLAGER)
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="job_wishes")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", help_text=_("Where the person lives"))
    occupations = models.JSONField(default=list, help_text=_("Codes, the best first; a code of fewer parts is a group"))
    wage = models.DecimalField(max_digits=9, decimal_places=2, default=0, help_text=_("Least, yuan a month; 0: any"))
    shifts = models.JSONField(default=list, blank=True, help_text=_("Shifts that are accepted; empty: any"))
    reach_km = models.PositiveIntegerField(null=True, blank=True, help_text=_("Own limit of travel; empty: the run's"))
    household = models.CharField(max_length=40, blank=True, help_text=_("The same code for all of one household"))
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "code"], name="job_wish_once"),
            models.CheckConstraint(condition=Q(wage__gte=0), name="job_wish_wage_not_negative"),
        ]

    def __str__(self) -> str:
        return self.code


class JobRun(models.Model):
    """One clearing of posts and wishes: the travel limit, the answer's cost and proof, the short board."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="job_runs")
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    limit_km = models.PositiveIntegerField()
    cost = models.FloatField(help_text=_("In points, the ties of households counted"))
    bound = models.FloatField(help_text=_("No answer costs less: proven"))
    gap = models.FloatField()
    seconds = models.FloatField()
    figures = models.JSONField(default=dict, help_text=_("Counts and the short board; no person in it"))

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(bound__lte=F("cost")), name="job_run_bound_below")]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d} {self.limit_km} km"

    @property
    def gap_percent(self) -> float:
        """Return the gap in percent."""
        return 100 * self.gap


class JobSuggestion(models.Model):
    """What a run says of one person: the post, or without one the nearest that would suit and why it is not given."""

    class Why(models.TextChoices):
        GIVEN = "", _("Suggested")
        FAR = "far", _("what suits lies beyond the limit")
        FULL = "full", _("all within the limit that suits goes to others")
        NONE = "none", _("no post of the occupation group is open")
        PAY = "pay", _("no open post of the group pays what is asked")
        SHIFT = "shift", _("no open post of the group is in a shift that is accepted")
        SAID = "said", _("what would suit was turned down or declined")

    run = models.ForeignKey(JobRun, models.CASCADE, related_name="suggestions")
    wish = models.ForeignKey(JobWish, models.CASCADE, related_name="suggestions")
    post = models.ForeignKey(JobPost, models.CASCADE, null=True, blank=True, related_name="suggestions")
    kilometres = models.FloatField(null=True, blank=True, help_text=_("To the post, or to the nearest that suits"))
    cost = models.FloatField(help_text=_("Points: of the pair, or of going without"))
    tie = models.CharField(max_length=5, blank=True, help_text=_("To the household: same, near or apart"))
    why = models.CharField(max_length=5, choices=Why.choices, default=Why.GIVEN, blank=True)
    nearest = models.ForeignKey(JobPost, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["wish__code"]
        constraints = [
            models.UniqueConstraint(fields=["run", "wish"], name="job_suggested_once"),
            models.CheckConstraint(
                condition=(Q(why="") & Q(post__isnull=False)) | (~Q(why="") & Q(post=None)), name="job_post_or_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wish} → {self.post or '—'}"


class JobVerdict(models.Model):
    """What was said of a pair: an accepted one is kept by every later run, one turned down is never suggested again."""

    class Says(models.TextChoices):
        OPEN = "", _("Not judged")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Turned down")

    wish = models.ForeignKey(JobWish, models.CASCADE, related_name="verdicts")
    post = models.ForeignKey(JobPost, models.CASCADE, related_name="verdicts")
    says = models.CharField(max_length=8, choices=Says.choices, blank=True)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["wish", "post"], name="job_judged_once"),
            models.UniqueConstraint(fields=["wish"], condition=Q(says="accepted"), name="job_accepted_once"),
        ]


class JobContact(models.Model):
    """One entry of the contact log of a person and a post. The log only grows; the last entry is where they stand."""

    class Outcome(models.TextChoices):
        NONE = "none", _("Not reached")
        CONTACTED = "contacted", _("Reached")
        INTERVIEW = "interview", _("Interview")
        HIRED = "hired", _("Hired")
        DECLINED = "declined", pgettext_lazy("job", "Declined")

    wish = models.ForeignKey(JobWish, models.CASCADE, related_name="contacts")
    post = models.ForeignKey(JobPost, models.CASCADE, related_name="contacts")
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    on = models.DateField(help_text=_("When the person was called or met"))
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    last = models.BooleanField(default=True, help_text=_("Whether no later entry of the pair is there"))

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["wish", "post"], condition=Q(last=True), name="job_stands_once"),
            models.UniqueConstraint(fields=["wish"], condition=Q(last=True, outcome="hired"), name="job_hired_once"),
        ]
        indexes = [models.Index(fields=["post", "outcome", "last"], name="job_contact_by_post")]  # what is hired
