"""The project register: key projects with their dates, why one has not started, milestones, curves, changes."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sijin.ledger.models import Need
from sijin.people.models import Unit
from sijin.places.models import Site
from sijin.works.models.changes import Change


class Project(models.Model):
    """What the register keeps of a construction project beside its site.

    The four "early" dates are when it is to start, to be built up, to produce and to pay (早开工、早建设、早投产、
    早见效); each has the day on which it truly came. A project that was started and stands still is `stopped_on`.
    """

    class Reason(models.TextChoices):
        PEOPLE = "people", _("Workers are missing")
        LAND = "land", _("Land or soil")
        APPROVAL = "approval", _("Approvals")
        FUNDS = "funds", _("Funds")
        MATERIAL = "material", _("Materials or equipment")
        DESIGN = "design", _("Drawings")
        CLEARING = "clearing", _("Land to be cleared")
        EPIDEMIC = "epidemic", _("Epidemic control")
        OTHER = "other", _("Something else")

    site = models.OneToOneField(Site, models.CASCADE, related_name="entry")
    number = models.PositiveIntegerField(null=True, blank=True, unique=True, help_text=_("In the list of key projects"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="projects")
    owner = models.CharField(max_length=60, blank=True, help_text=_("Who answers for it, by role"))
    start_by = models.DateField(null=True, blank=True)
    build_by = models.DateField(null=True, blank=True)
    produce_by = models.DateField(null=True, blank=True)
    pay_by = models.DateField(null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    built_on = models.DateField(null=True, blank=True)
    produced_on = models.DateField(null=True, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    stopped_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    because = models.CharField(max_length=200, blank=True)
    expected_on = models.DateField(null=True, blank=True, help_text=_("When it is to go on"))
    need = models.ForeignKey(Need, models.PROTECT, null=True, blank=True, related_name="projects")
    weight = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Of a day late; empty: by investment"))
    permit_by = models.DateField(null=True, blank=True, help_text=_("When its approvals are to be there"))
    plan = models.CharField(max_length=64, blank=True, help_text=_("SHA-256 of the plan that was handed in"))
    plan_name = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=120, blank=True)
    generated = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = [F("number").asc(nulls_last=True), "pk"]
        constraints = [
            *(
                models.CheckConstraint(
                    condition=Q(**{first: None}) | Q(**{then: None}) | Q(**{f"{first}__lte": F(then)}),
                    name=f"project_{first}_before_{then}",
                )
                for first, then in (
                    ("start_by", "build_by"),
                    ("build_by", "produce_by"),
                    ("produce_by", "pay_by"),
                    ("started_on", "built_on"),
                    ("built_on", "produced_on"),
                    ("produced_on", "paid_on"),
                    ("started_on", "stopped_on"),
                )
            ),
            models.CheckConstraint(
                condition=Q(stopped_on=None) | Q(started_on__isnull=False), name="project_stops_once_started"
            ),
        ]
        indexes = [models.Index(fields=["started_on", "stopped_on"], name="project_by_start")]

    def __str__(self) -> str:
        return str(self.site)

    @property
    def runs(self) -> bool:
        """Say whether it counts as started or resumed (开复工)."""
        return self.started_on is not None and self.stopped_on is None


class Milestone(models.Model):
    """A step of a project or of one of its machines; it can be ticked once all before it in its chain are."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="milestones")
    chain = models.CharField(max_length=60, blank=True, help_text=_("A machine or line; empty: the project itself"))
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    planned_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["chain", "number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "chain", "number"], name="milestone_once"),
            models.UniqueConstraint(fields=["project", "chain", "name"], name="milestone_named_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Progress(models.Model):
    """How far a project was to be, and was, by the end of a month: shares in percent, and yuan invested so far."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="progress")
    month = models.DateField(help_text=_("Its first day"))
    planned = models.DecimalField(max_digits=5, decimal_places=2)
    actual = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    invested = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True, help_text=_("Yuan, so far"))

    class Meta:
        ordering = ["month"]
        constraints = [
            models.UniqueConstraint(fields=["project", "month"], name="progress_once_a_month"),
            models.CheckConstraint(condition=Q(planned__gte=0, planned__lte=100), name="progress_planned_a_share"),
            models.CheckConstraint(
                condition=Q(actual=None) | Q(actual__gte=0, actual__lte=100), name="progress_actual_a_share"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="progress_month_is_a_first"),
        ]


class ProjectChange(Change):
    """One change of a project's entry: who, when, what was before and after."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="changes")
