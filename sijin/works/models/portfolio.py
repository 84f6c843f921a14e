"""The portfolio: desks with their clerks, plans of all open approvals over them, their steps, locks, changes."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account, Unit
from sijin.works.models.approvals import ApprovalStep
from sijin.works.models.changes import Change
from sijin.works.models.projects import Project


class Desk(models.Model):
    """A desk that decides items, or a crew that does work for many projects, and how many files it takes at once.

    `name` is the one that approval steps bear as their desk.
    """

    class Kind(models.TextChoices):
        DESK = "desk", _("Desk")
        CREW = "crew", _("Crew")

    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.DESK)
    clerks = models.PositiveSmallIntegerField(help_text=_("Files at once"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="desks")
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name


class PortfolioPlan(models.Model):
    """A plan of all open approval steps with its proof. A draft until the office approves it.

    Costs are working days: the makespan, weight × days late, and `price` for each step moved from `base`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved plan")
        REPLACED = "replaced", _("Replaced")
        DISCARDED = "discarded", _("Discarded")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="portfolio_plans")
    base = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="later")
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    stamp = models.CharField(max_length=64, help_text=_("Of the steps, desks and locks that it was made of"))
    start = models.DateField(help_text=_("Its first working day"))
    last = models.DateField(help_text=_("When all is there"))
    makespan = models.PositiveIntegerField(help_text=_("Working days"))
    tardiness = models.FloatField(help_text=_("Weight × working days late"))
    moved = models.PositiveIntegerField(default=0, help_text=_("Steps that stood elsewhere in the plan before"))
    cost = models.FloatField()
    bound = models.FloatField()
    gap = models.FloatField()
    seconds = models.FloatField()
    seed = models.PositiveIntegerField(default=0)
    time_limit = models.FloatField()
    price = models.FloatField(default=0, help_text=_("Days that a moved step costs"))
    desks = models.JSONField(default=list, help_text=_("[{desk, clerks, brings, at_most, saves, saves_at_most}]"))
    left_out = models.JSONField(default=list, help_text=_("[{step, why, name}]"))
    notes = models.JSONField(default=list, help_text=_("[{why, name, n}]"))
    approved_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"], condition=Q(state="approved"), name="one_approved_portfolio_plan"
            ),
            models.CheckConstraint(condition=Q(last__gte=F("start")), name="portfolio_ends_after_start"),
        ]

    @property
    def gap_percent(self) -> float:
        """The proven gap in percent."""
        return 100 * self.gap


class PlannedStep(models.Model):
    """One step of a plan: when its desk takes it up and is through, when its result is there, and what decided that.

    `begins` and `days` are working days from the plan's start; `finish` comes after the pauses too.
    """

    class Decided(models.TextChoices):
        PREDECESSOR = "predecessor", _("waits for another step")
        RESOURCE = "resource", _("waits for its desk")
        RELEASE = "release", _("not before its day")
        LOCK = "lock", _("locked on this day")
        PREVIOUS = "previous", _("stays where it was")
        NOTHING = "nothing", _("nothing keeps it")

    plan = models.ForeignKey(PortfolioPlan, models.CASCADE, related_name="steps")
    step = models.ForeignKey(ApprovalStep, models.CASCADE, related_name="planned")
    begins = models.PositiveIntegerField()
    days = models.PositiveIntegerField()
    start = models.DateField()
    finish = models.DateField()
    due = models.DateField(null=True, blank=True, help_text=_("Of its project, where it is the last step"))
    late = models.PositiveIntegerField(default=0, help_text=_("Working days after it"))
    waited = models.PositiveIntegerField(default=0, help_text=_("Working days for which its desk had no room"))
    underway = models.BooleanField(default=False)
    locked = models.BooleanField(default=False)
    critical = models.BooleanField(default=False)
    decided_by = models.CharField(max_length=12, choices=Decided.choices)
    behind = models.ForeignKey(ApprovalStep, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["begins", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "step"], name="planned_step_once"),
            models.CheckConstraint(condition=Q(finish__gte=F("start")), name="planned_step_ends_after_start"),
        ]


class StepLock(models.Model):
    """A day on which a step is to begin, whatever the next plan says."""

    step = models.OneToOneField(ApprovalStep, models.CASCADE, related_name="lock")
    on = models.DateField()
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class PortfolioChange(Change):
    """One change of a desk, a lock, a project's weight or a plan: who, when, what was before and after."""

    about = models.CharField(max_length=160)
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="+")
