"""A project's way changed step by step: what is not in the catalogue is added, what is not asked for here taken out.

What has happened is not rewritten: of a step that is under way only its name and its desk can be put right.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.engines import approvals as engine
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken
from sijin.works.domain.approvals import reading
from sijin.works.domain.approvals.verbs import within_calendar
from sijin.works.domain.projects import register
from sijin.works.models import ApprovalArc, ApprovalStep, Project

K, W = ApprovalStep.Kind, ApprovalArc.Wait
ALWAYS = ("name", "desk")
FIELDS = (*ALWAYS, "kind", "stage", "days", "pause", "pause_days", "convert", "earliest")


@transaction.atomic
def put(
    by: Account, project: Project, step: ApprovalStep | None, *, waits: Mapping[int, str], version: int | None,
    at: datetime, **facts: Any
) -> ApprovalStep:  # fmt: skip
    """Change a step, or add one (None); `waits` says by key what it waits for, and how.

    Raises
    ------
    RuleBroken
        The name is another step's; a conversion longer than the step; the step is under way; something that is no
        material is to be promised, or a material simulated; another step would be the last; the steps would wait for
        each other in a circle (named).
    """
    project = register.locked(by, project, version)
    others = {one.pk: one for one in project.steps.all()}
    row = ApprovalStep(project=project) if step is None else others.pop(step.pk)
    before = _told(row, {} if step is None else _waits(row))
    for name in FIELDS:
        setattr(row, name, facts[name])
    _check(row, others, waits)
    told = _told(row, waits)
    if before == told:
        return row
    if _underway(row) and any(before[name] != told[name] for name in before.keys() - set(ALWAYS)):
        raise RuleBroken(_("%(item)s is under way already.") % {"item": row.name})
    if step is None:
        _place(row, list(others.values()))
    else:
        _fits_followers(row)
    within_calendar(row.earliest, "earliest")
    last = project.steps.last()
    row.save()
    if last is not None and project.steps.last() != last:
        raise RuleBroken(_("The way leads to %(step)s: it has to stay the last.") % {"step": last.name}, field="stage")
    row.waits.all().delete()
    ApprovalArc.objects.bulk_create(ApprovalArc(before=others[pk], after=row, wait=how) for pk, how in waits.items())
    _in_order(project, at)
    change = {name: [old, told[name]] for name, old in before.items() if old != told[name]}
    register.log(project, "step", by, at, {row.name: [None, None], **change})
    return row


@transaction.atomic
def drop(by: Account, step: ApprovalStep, *, version: int | None, at: datetime) -> None:
    """Take a step out of the way; what waited for it must then wait for what it waited for.

    Raises
    ------
    RuleBroken
        Something was written down of it, or it is the last one, which the way leads to.
    """
    project = register.locked(by, step.project, version)
    rows = list(project.steps.all())
    step = next(row for row in rows if row.pk == step.pk)
    if _underway(step) or step.promised_to.exists() or step.promises.exists():
        raise RuleBroken(_("Something was written down of it: take that back first."))
    if step == rows[-1]:
        raise RuleBroken(_("The way leads to it: it cannot be taken out."))
    for after in step.followers.all():
        for before in step.waits.all():
            ApprovalArc.objects.get_or_create(before_id=before.before_id, after_id=after.after_id)
    told = _told(step, _waits(step))
    step.delete()
    register.log(project, "unstep", by, at, {step.name: [told, None]})


def _check(row: ApprovalStep, others: Mapping[int, ApprovalStep], waits: Mapping[int, str]) -> None:
    if any(one.name == row.name for one in others.values()):
        raise RuleBroken(_("Another step has this name."), field="name")
    if row.convert > row.days:
        raise RuleBroken(_("Not more than the step's own days, %(days)s.") % {"days": row.days}, field="convert")
    if row.kind == K.GATE and row.days:
        raise RuleBroken(_("A gate is a day that others set: it takes no working days."), field="days")
    for pk, how in waits.items():
        if pk not in others:
            raise RuleBroken(_("It waits for a step that is not one of this project's."))
        if how == W.DEFERRABLE and others[pk].kind != K.MATERIAL:
            words = _("Only a material can be promised, and %(step)s is none.")
            raise RuleBroken(words % {"step": others[pk].name}, field=f"wait_{pk}")
        if how == W.SIMULABLE and (row.kind != K.ITEM or others[pk].kind == K.MATERIAL):
            words = _("Only a desk's opinion can be simulated, and not for want of a material: %(step)s.")
            raise RuleBroken(words % {"step": others[pk].name}, field=f"wait_{pk}")


def _fits_followers(row: ApprovalStep) -> None:
    """Refuse a kind of step that what others wait for, or were promised, does not allow."""
    for arc in row.followers.select_related("after"):
        if arc.wait == W.DEFERRABLE and row.kind != K.MATERIAL:
            words = _("%(step)s may be accepted against a promise of it: it stays a material.")
            raise RuleBroken(words % {"step": arc.after.name}, field="kind")
        if arc.wait == W.SIMULABLE and row.kind == K.MATERIAL:
            words = _("%(step)s may be simulated before it is there: it cannot become a material.")
            raise RuleBroken(words % {"step": arc.after.name}, field="kind")
    if row.kind != K.MATERIAL and row.promised_to.exists():
        raise RuleBroken(_("It was promised: it stays a material."), field="kind")


def _place(row: ApprovalStep, others: list[ApprovalStep]) -> None:
    """Put a new step at the end of its stage; before the step that the way leads to, which stays the last."""
    row.code = next(code for n in range(1, len(others) + 2) if (code := f"own-{n}") not in {o.code for o in others})
    row.number = 1 + max((one.number for one in others), default=0)
    if not others:
        return
    last = others[-1]
    if row.stage > last.stage:
        raise RuleBroken(_("The way leads to %(step)s, which is of an earlier stage.") % {"step": last.name},
                         field="stage")  # fmt: skip
    if row.stage == last.stage:
        row.number, last.number = last.number, row.number
        last.save(update_fields=["number"])


def _in_order(project: Project, at: datetime) -> None:
    """Refuse steps that wait for each other."""
    try:
        reading.of(project, at.date())
    except engine.ApprovalError as error:
        if not error.circle:
            raise
        circle = " → ".join(error.circle)
        raise RuleBroken(_("These steps would wait for each other: %(circle)s.") % {"circle": circle}) from error


def _waits(row: ApprovalStep) -> dict[int, str]:
    return {arc.before_id: arc.wait for arc in row.waits.all()}


def _told(row: ApprovalStep, waits: Mapping[int, str]) -> dict[str, Any]:
    """Return what the log of changes keeps of a step."""
    fields = {name: register.plain(getattr(row, name)) for name in FIELDS}
    return fields | {"waits": sorted([pk, str(how)] for pk, how in waits.items())}


def _underway(row: ApprovalStep) -> bool:
    return any(day is not None for day in (row.begun_on, row.simulated_on, row.done_on))
