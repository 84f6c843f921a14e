"""Verbs of an approval: accept, promise, simulate, certify, hand in, set a day, block, withdraw, reopen.

Three rules are hard. A simulated opinion bears the mark 模拟 and has no certificate number. A certificate is refused
while a paper that it waits for is missing. A simulated opinion is turned over only once all it waited for is there
and the plan is still the one that it was given on.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.engines.calendars import SPAN, china
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken
from sijin.works.domain.projects import register
from sijin.works.models import ApprovalArc, ApprovalStep, PaperPromise, Project

K, W = ApprovalStep.Kind, ApprovalArc.Wait
MARGIN = 10  # years of the working calendar that stay for the steps after a day


@transaction.atomic
def hand_in_plan(
    by: Account, project: Project, digest: str, name: str, *, version: int | None, at: datetime
) -> Project:
    """Keep which plan was handed in: another digest later bars what was simulated on this one."""
    project = register.locked(by, project, version)
    if len(digest) != 64 or not all(sign in "0123456789abcdef" for sign in digest):
        raise RuleBroken(_("The digest of a plan is its SHA-256, 64 signs."), field="plan")
    before, project.plan, project.plan_name = project.plan, digest, name.strip()[:120]
    project.save(update_fields=["plan", "plan_name"])
    return register.log(project, "plan_file", by, at, {"plan": [before or None, digest]})


@transaction.atomic
def begin(by: Account, item: ApprovalStep, *, on: date, version: int | None, at: datetime) -> ApprovalStep:
    """Accept an item: all that it waits for is there."""
    project, item = _held(by, item, version)
    _open_item(item, on, at)
    _not_begun(item)
    if missing := [step for step, _arc in _missing(item)]:
        raise RuleBroken(_("%(item)s waits for %(missing)s.") % {"item": item.name, "missing": _names(missing)},
                         missing=[step.code for step in missing])  # fmt: skip
    item.begun_on = on
    return _kept(project, item, "begin", by, at, on, "begun_on")


@transaction.atomic
def promise(
    by: Account, item: ApprovalStep, papers: Iterable[ApprovalStep], *, on: date, version: int | None, at: datetime
) -> list[PaperPromise]:
    """Accept an item without `papers`, which follow within the item's own working days (容缺受理).

    Raises
    ------
    RuleBroken
        A paper is core, there already, or not one of the item's; another thing it waits for is missing; its promises
        were missed before and the acceptance withdrawn.
    """
    project, item = _held(by, item, version)
    _open_item(item, on, at)
    _not_begun(item)
    wanted = {paper.pk for paper in papers}
    missing = _missing(item)
    soft = {step.pk: step for step, arc in missing if arc.wait == W.DEFERRABLE}
    if not wanted:
        raise RuleBroken(_("Name the papers that are to follow."), field="papers")
    if stray := wanted - soft.keys():
        named = ApprovalStep.objects.filter(pk__in=stray)
        raise RuleBroken(_("These cannot be promised: %(papers)s.") % {"papers": _names(named)}, field="papers")
    if rest := [step for step, _arc in missing if step.pk not in wanted]:
        raise RuleBroken(_("%(item)s waits for %(missing)s.") % {"item": item.name, "missing": _names(rest)},
                         missing=[step.code for step in rest])  # fmt: skip
    if item.promises.filter(withdrawn_on__isnull=False).exists():
        raise RuleBroken(_("A promise for this item was broken before: it is accepted with all its papers only."))
    item.begun_on = on
    item.save(update_fields=["begun_on"])
    due = china().add_workdays(on, item.days)
    made = PaperPromise.objects.bulk_create(
        PaperPromise(item=item, paper=soft[pk], made_on=on, due=due, made_by=by) for pk in sorted(wanted)
    )
    register.log(project, "promise", by, at, {item.name: [None, [_names(soft[pk] for pk in wanted), due.isoformat()]]})
    return made


@transaction.atomic
def simulate(by: Account, item: ApprovalStep, *, on: date, version: int | None, at: datetime) -> ApprovalStep:
    """Give a simulated opinion (模拟): no certificate and no number; it holds for the plan that was handed in."""
    project, item = _held(by, item, version)
    _open_item(item, on, at)
    waits = list(item.waits.select_related("before"))
    if not any(arc.wait == W.SIMULABLE for arc in waits):
        raise RuleBroken(_("%(item)s cannot be simulated.") % {"item": item.name})
    if item.simulated_on or item.begun_on:
        raise RuleBroken(_("%(item)s is under way already.") % {"item": item.name})
    if not project.plan:
        raise RuleBroken(_("First hand in the plan: a simulated opinion holds for one plan only."), field="plan")
    lacking = [arc.before for arc in waits if not _enough(arc)]
    if lacking:
        raise RuleBroken(_("%(item)s waits for %(missing)s.") % {"item": item.name, "missing": _names(lacking)},
                         missing=[step.code for step in lacking])  # fmt: skip
    item.simulated_on, item.simulated_plan = on, project.plan
    item.save(update_fields=["simulated_on", "simulated_plan"])
    register.log(project, "simulate", by, at, {item.name: [None, on.isoformat()]})
    return item


@transaction.atomic
def certify(
    by: Account, item: ApprovalStep, *, on: date, number: str, version: int | None, at: datetime
) -> ApprovalStep:
    """Give the certificate of an item that was accepted, or turn its simulated opinion over.

    Raises
    ------
    RuleBroken
        It was not accepted; a paper or a step that it waits for is missing (named); the plan is not the one that the
        opinion was given on; the days of conversion are not over.
    """
    project, item = _held(by, item, version)
    _open_item(item, on, at)
    if item.begun_on is None and item.simulated_on is None:
        raise RuleBroken(_("%(item)s was not accepted yet.") % {"item": item.name})
    if not number.strip():
        raise RuleBroken(_("A certificate has a number."), field="number")
    if missing := [step for step, _arc in _missing(item)]:
        words = _("No certificate while %(missing)s is missing.")
        raise RuleBroken(words % {"missing": _names(missing)}, missing=[step.code for step in missing])
    if item.simulated_on is not None:
        if item.simulated_plan != project.plan:
            raise RuleBroken(_("The plan was changed since the simulated opinion: it has to be looked at anew."))
        there = max(
            (arc.before.done_on for arc in item.waits.select_related("before") if arc.before.done_on), default=on
        )
        ready = china().add_workdays(there, item.convert)
        if on < ready:
            raise RuleBroken(_("The simulated opinion is turned over by %(day)s.") % {"day": ready}, field="on")
    if on < (item.begun_on or item.simulated_on or on):
        raise RuleBroken(_("It cannot be given before it was accepted."), field="on")
    item.certificate = number.strip()[:60]
    item.done_on, item.blocked = on, ""
    if item.begun_on is None:
        item.begun_on = item.simulated_on
    return _kept(project, item, "certify", by, at, on, "done_on", "begun_on", "certificate", "blocked")


@transaction.atomic
def deliver(by: Account, paper: ApprovalStep, *, on: date, version: int | None, at: datetime) -> ApprovalStep:
    """Write down that a material came, or that a gate's day has come; promises of it are met."""
    project, paper = _held(by, paper, version)
    if paper.kind == K.ITEM:
        raise RuleBroken(_("%(item)s is decided by its desk: give its certificate.") % {"item": paper.name})
    _not_after(on, at)
    if paper.done_on:
        raise RuleBroken(_("%(step)s is done since %(day)s.") % {"step": paper.name, "day": paper.done_on})
    if missing := [step for step, _arc in _missing(paper)]:
        raise RuleBroken(_("%(item)s waits for %(missing)s.") % {"item": paper.name, "missing": _names(missing)},
                         missing=[step.code for step in missing])  # fmt: skip
    paper.done_on, paper.blocked = on, ""
    PaperPromise.objects.filter(paper=paper, met_on=None, withdrawn_on=None).update(met_on=on)
    return _kept(project, paper, "deliver", by, at, on, "done_on", "blocked")


@transaction.atomic
def set_day(by: Account, gate: ApprovalStep, *, on: date | None, version: int | None, at: datetime) -> ApprovalStep:
    """Say on which day a gate or a material is expected (None: not known)."""
    project, gate = _held(by, gate, version)
    if gate.done_on:
        raise RuleBroken(_("%(step)s is done since %(day)s.") % {"step": gate.name, "day": gate.done_on})
    within_calendar(on, "on")
    before, gate.earliest = gate.earliest, on
    gate.save(update_fields=["earliest"])
    register.log(project, "gate", by, at, {gate.name: [register.plain(before), register.plain(on)]})
    return gate


@transaction.atomic
def block(by: Account, step: ApprovalStep, reason: str, *, version: int | None, at: datetime) -> ApprovalStep:
    """Say why a step stands still, or that it no longer does (no reason)."""
    project, step = _held(by, step, version)
    if step.done_on:
        raise RuleBroken(_("%(step)s is done since %(day)s.") % {"step": step.name, "day": step.done_on})
    before, step.blocked = step.blocked, reason.strip()[:200]
    step.save(update_fields=["blocked"])
    register.log(project, "block", by, at, {step.name: [before or None, step.blocked or None]})
    return step


@transaction.atomic
def withdraw(by: Account, item: ApprovalStep, *, on: date, version: int | None, at: datetime) -> ApprovalStep:
    """Take the acceptance of an item back because a promised paper did not come on its day."""
    project, item = _held(by, item, version)
    _not_after(on, at)
    broken: QuerySet[PaperPromise] = item.promises.filter(withdrawn_on=None, met_on=None)
    if not broken.filter(due__lt=on).exists():
        raise RuleBroken(_("No promised paper of this item is overdue."))
    item.promises.filter(withdrawn_on=None).update(withdrawn_on=on)
    item.begun_on = None
    return _kept(project, item, "withdraw", by, at, on, "begun_on")


@transaction.atomic
def reopen(by: Account, step: ApprovalStep, *, version: int | None, at: datetime) -> ApprovalStep:
    """Take back what was written down last of a step: certificate or arrival, else opinion, else acceptance."""
    project, step = _held(by, step, version)
    later = ApprovalStep.objects.filter(waits__before=step).exclude(begun_on=None, done_on=None, simulated_on=None)
    without = PaperPromise.objects.filter(paper=step, withdrawn_on=None).values("item")
    later = later.exclude(done_on=None, pk__in=without)  # accepted against the promise of it: it did not rest on it yet
    if step.done_on is not None and later.exists():
        raise RuleBroken(_("%(later)s rests on it: take that back first.") % {"later": _names(later)})
    if step.done_on is not None:
        day, step.done_on, step.certificate = step.done_on, None, ""
        if step.begun_on == step.simulated_on:
            step.begun_on = None
        step.promised_to.filter(met_on=day).update(met_on=None)
    elif step.simulated_on is not None:
        day, step.simulated_on, step.simulated_plan = step.simulated_on, None, ""
    elif step.begun_on is not None:
        day, step.begun_on = step.begun_on, None
        step.promises.filter(withdrawn_on=None).delete()
    else:
        raise RuleBroken(_("Nothing was written down of this step yet."))
    step.save()
    register.log(project, "reopen", by, at, {step.name: [day.isoformat(), None]})
    return step


def _held(by: Account, step: ApprovalStep, version: int | None) -> tuple[Project, ApprovalStep]:
    project = register.locked(by, step.project, version)
    return project, ApprovalStep.objects.get(pk=step.pk)


def _kept(
    project: Project, step: ApprovalStep, verb: str, by: Account, at: datetime, on: date, *fields: str
) -> ApprovalStep:
    step.save(update_fields=list(fields))
    told: dict[str, Any] = {step.name: [None, step.certificate or on.isoformat()]}
    register.log(project, verb, by, at, told)
    return step


def _missing(step: ApprovalStep) -> list[tuple[ApprovalStep, ApprovalArc]]:
    """Return what a step waits for and is not there."""
    arcs = step.waits.select_related("before").order_by("before__stage", "before__number")
    return [(arc.before, arc) for arc in arcs if arc.before.done_on is None]


def _enough(arc: ApprovalArc) -> bool:
    """Say whether a simulated opinion may rest on what an arc waits for: a gate's day is not needed, an opinion is."""
    before = arc.before
    if before.done_on is not None:
        return True
    return arc.wait == W.SIMULABLE and (before.kind == K.GATE or before.simulated_on is not None)


def _open_item(item: ApprovalStep, on: date, at: datetime) -> None:
    if item.kind != K.ITEM:
        raise RuleBroken(_("%(item)s is nothing that a desk decides.") % {"item": item.name})
    if item.done_on is not None:
        raise RuleBroken(_("%(step)s is done since %(day)s.") % {"step": item.name, "day": item.done_on})
    _not_after(on, at)


def _not_begun(item: ApprovalStep) -> None:
    if item.begun_on is not None or item.simulated_on is not None:
        raise RuleBroken(_("%(item)s is under way already.") % {"item": item.name})


def _not_after(on: date, at: datetime) -> None:
    if on > timezone.localtime(at).date():
        raise RuleBroken(_("The day cannot lie after today."), field="on")


def within_calendar(day: date | None, field: str) -> None:
    """Refuse a day that leaves no room for working days after it, or lies before the calendar."""
    if day is not None and not SPAN[0] <= day <= SPAN[1].replace(year=SPAN[1].year - MARGIN):
        words = _("Name a day between %(first)s and %(last)s.")
        raise RuleBroken(words % {"first": SPAN[0].year, "last": SPAN[1].year - MARGIN}, field=field)


def _names(steps: Iterable[ApprovalStep]) -> str:
    return "、".join(step.name for step in steps)


VERBS: dict[str, Callable[..., Any]] = {
    "begin": begin, "promise": promise, "simulate": simulate, "certify": certify, "deliver": deliver,
    "set_day": set_day, "block": block, "withdraw": withdraw, "reopen": reopen,
}  # fmt: skip
