"""A project's way through its approvals: steps, what waits for what, promised papers, changes."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sijin.people.models import Account
from sijin.works.models.projects import Project


class ApprovalStep(models.Model):
    """One node: an item that a desk decides, a material that somebody brings, or a gate, a day that others set.

    A simulated opinion (模拟审批) has `simulated_on` and the digest of the plan it was given on, and no certificate; a
    certificate has its number and its day.
    """

    class Kind(models.TextChoices):
        ITEM = "item", _("Approval item")
        MATERIAL = "material", _("Material")
        GATE = "gate", _("Gate")

    project = models.ForeignKey(Project, models.CASCADE, related_name="steps")
    code = models.SlugField(max_length=30)
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.ITEM)
    stage = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=80)
    desk = models.CharField(max_length=60, blank=True, help_text=_("Who decides it, or brings it"))
    days = models.PositiveSmallIntegerField(default=0, help_text=_("Working days"))
    pause_days = models.PositiveSmallIntegerField(default=0, help_text=_("Calendar days in which the limit rests"))
    pause = models.CharField(max_length=40, blank=True, help_text=_("Publicity, expert review"))
    convert = models.PositiveSmallIntegerField(default=0, help_text=_("Working days to turn a simulated opinion over"))
    earliest = models.DateField(null=True, blank=True)
    begun_on = models.DateField(null=True, blank=True)
    simulated_on = models.DateField(null=True, blank=True)
    simulated_plan = models.CharField(max_length=64, blank=True)
    done_on = models.DateField(null=True, blank=True)
    certificate = models.CharField(max_length=60, blank=True)
    blocked = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["stage", "number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "code"], name="approval_step_once"),
            models.CheckConstraint(condition=Q(convert__lte=F("days")), name="approval_converts_within_its_days"),
            models.CheckConstraint(
                condition=Q(certificate="") | Q(done_on__isnull=False), name="approval_certificate_once_done"
            ),
            models.CheckConstraint(
                condition=Q(begun_on=None) | Q(done_on=None) | Q(begun_on__lte=F("done_on")),
                name="approval_done_after_begun",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApprovalArc(models.Model):
    """`after` waits for `before`: hard, deferrable against a promise (容缺), or not for a simulated opinion (模拟)."""

    class Wait(models.TextChoices):
        HARD = "hard", _("must be there")
        DEFERRABLE = "deferrable", _("may be promised")
        SIMULABLE = "simulable", _("may be simulated")

    before = models.ForeignKey(ApprovalStep, models.CASCADE, related_name="followers")
    after = models.ForeignKey(ApprovalStep, models.CASCADE, related_name="waits")
    wait = models.CharField(max_length=12, choices=Wait.choices, default=Wait.HARD)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["before", "after"], name="approval_arc_once")]


class PaperPromise(models.Model):
    """A paper that was promised when its item was accepted without it (容缺受理): until when, when it came."""

    item = models.ForeignKey(ApprovalStep, models.CASCADE, related_name="promises")
    paper = models.ForeignKey(ApprovalStep, models.CASCADE, related_name="promised_to")
    made_on = models.DateField()
    due = models.DateField()
    met_on = models.DateField(null=True, blank=True)
    withdrawn_on = models.DateField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text=_("When it was told that the day was missed"))
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["due", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "paper"], condition=Q(withdrawn_on=None), name="paper_promised_once"
            ),
            models.CheckConstraint(condition=Q(due__gte=F("made_on")), name="paper_due_after_the_promise"),
        ]
        indexes = [models.Index(fields=["met_on", "due"], name="promise_by_due")]
