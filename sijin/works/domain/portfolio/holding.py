"""What a person holds fast: the day of a step, the weight of a project and the day for its approvals."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.engines.calendars import china
from sijin.exchange.domain.words import day as day_word
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken
from sijin.works.domain.approvals.verbs import within_calendar
from sijin.works.domain.portfolio.log import log
from sijin.works.domain.projects import register
from sijin.works.models import ApprovalStep, PortfolioPlan, Project, StepLock


@transaction.atomic
def lock(by: Account, step: ApprovalStep, *, on: date, at: datetime) -> StepLock:
    """Hold the begin of a step on a day; the next plan keeps it. Said again it moves the lock.

    Raises
    ------
    RuleBroken
        The step has begun, the day is past or nobody works on it, or the step may not begin before a later day.
    """
    require(by, "make", PortfolioPlan)
    step = ApprovalStep.objects.select_for_update(of=("self",)).select_related("project__site").get(pk=step.pk)
    if step.done_on or step.begun_on:
        raise RuleBroken(_("%(step)s has begun: it stays where it is.") % {"step": step.name}, field="on")
    if on < timezone.localtime(at).date():
        raise RuleBroken(_("The day lies before today."), field="on")
    within_calendar(on, "on")
    if not china().is_workday(on):
        following = day_word(china().add_workdays(on, 1))
        raise RuleBroken(_("%(day)s is no working day; the next is %(next)s.")
                         % {"day": day_word(on), "next": following}, field="on")  # fmt: skip
    if step.earliest and on < step.earliest:
        words = _("%(step)s is not to begin before %(day)s.")
        raise RuleBroken(words % {"step": step.name, "day": day_word(step.earliest)}, field="on")
    before = StepLock.objects.filter(step=step).first()
    held, _new = StepLock.objects.update_or_create(step=step, defaults={"on": on, "by": by, "at": at})
    told = {"on": [before.on.isoformat() if before else None, on.isoformat()]}
    log(by, "lock", f"{step.project} · {step.name}", at, told, step.project)
    return held


@transaction.atomic
def unlock(by: Account, step: ApprovalStep, *, at: datetime) -> None:
    """Let a step go again."""
    require(by, "make", PortfolioPlan)
    held = StepLock.objects.select_for_update(of=("self",)).filter(step=step).first()
    if held is None:
        raise RuleBroken(_("This step is not locked."))
    log(by, "unlock", f"{step.project} · {step.name}", at, {"on": [held.on.isoformat(), None]}, step.project)
    held.delete()


@transaction.atomic
def set_terms(
    by: Account, project: Project, *, weight: int | None, permit_by: date | None, version: int | None, at: datetime
) -> Project:
    """Say what a day late of a project weighs and by when its approvals are to be there; None: as the register says."""
    require(by, "make", PortfolioPlan)
    project = register.locked(by, project, version)
    if weight is not None and not 0 <= weight <= 100:
        raise RuleBroken(_("A weight lies between 0 and 100."), field="weight")
    told = {
        "weight": [project.weight, weight],
        "permit_by": [register.plain(project.permit_by), register.plain(permit_by)],
    }
    project.weight, project.permit_by = weight, permit_by
    project.version += 1
    project.save(update_fields=["weight", "permit_by", "version"])
    log(by, "terms", str(project), at, told, project)
    return project
