"""Verbs of milestones: a chain planned or dropped, a step moved to another day, ticked, its tick taken back.

A step can be ticked once every step before it in its chain is, and not on a day before theirs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.people.models import Account
from sijin.people.refusals import RuleBroken
from sijin.works.domain.projects import register
from sijin.works.models import Milestone, Project

Planned = tuple[str, date | None]
MOST = 30  # steps of a chain


@dataclass(frozen=True)
class Chain:
    """A chain's steps in order, and which of them is next (None when all are done)."""

    name: str
    steps: tuple[Milestone, ...]

    @property
    def next(self) -> Milestone | None:
        """The first step that is not done."""
        return next((step for step in self.steps if step.done_on is None), None)

    @property
    def last(self) -> Milestone | None:
        """The last step that is done: the stage that the chain is in."""
        return next((step for step in reversed(self.steps) if step.done_on is not None), None)


@cache
def templates() -> dict[str, dict[str, Any]]:
    """Return the chains that a project can begin with, by code."""
    path = Path(__file__).parents[2] / "stages.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def chains(project: Project) -> list[Chain]:
    """Return a project's chains, its own first."""
    found: dict[str, list[Milestone]] = {}
    for step in project.milestones.all():
        found.setdefault(step.chain, []).append(step)
    return [Chain(name, tuple(steps)) for name, steps in sorted(found.items())]


@transaction.atomic
def plan_chain(
    by: Account, project: Project, name: str, steps: Iterable[Planned], *, version: int | None, at: datetime
) -> list[Milestone]:
    """Give a project a chain of steps, in the order in which they can be ticked."""
    project = register.locked(by, project, version)
    steps = [(step.strip(), day) for step, day in steps if step.strip()]
    _check_chain(project, name, steps)
    made = Milestone.objects.bulk_create(
        Milestone(project=project, chain=name.strip(), number=n, name=step, planned_on=day)
        for n, (step, day) in enumerate(steps, start=1)
    )
    register.log(project, "chain", by, at, {"chain": [None, [name.strip(), [step for step, _day in steps]]]})
    return made


@transaction.atomic
def drop_chain(by: Account, project: Project, name: str, *, version: int | None, at: datetime) -> None:
    """Take a chain away again, as long as nothing of it is ticked."""
    project = register.locked(by, project, version)
    rows = project.milestones.filter(chain=name)
    if rows.filter(done_on__isnull=False).exists():
        raise RuleBroken(_("Steps of it are done: take their ticks back first."))
    names = list(rows.values_list("name", flat=True))
    if not names:
        raise RuleBroken(_("There is no such chain."))
    rows.delete()
    register.log(project, "drop", by, at, {"chain": [[name, names], None]})


@transaction.atomic
def tick(by: Account, step: Milestone, *, on: date, version: int | None, at: datetime, note: str = "") -> Milestone:
    """Write down that a step is done.

    Raises
    ------
    RuleBroken
        A step before it is not done, which is named (`facts["before"]`); the day lies after today or before theirs.
    """
    project, step = _held(by, step, version)
    if step.done_on is not None:
        raise RuleBroken(_("%(step)s is done since %(day)s.") % {"step": step.name, "day": step.done_on})
    earlier = [one for one in _chain(project, step) if one.number < step.number]
    waiting = [one for one in earlier if one.done_on is None]
    if waiting:
        words = _("%(step)s cannot be ticked before %(before)s is done.")
        names = "、".join(one.name for one in waiting)
        raise RuleBroken(words % {"step": step.name, "before": names}, before=names)
    if on > timezone.localtime(at).date():
        raise RuleBroken(_("The day cannot lie after today."), field="on")
    if earlier and on < (latest := max(one.done_on for one in earlier if one.done_on)):
        raise RuleBroken(_("The step before it was done on %(day)s.") % {"day": latest}, field="on")
    step.done_on, step.note = on, note.strip()[:200]
    step.save(update_fields=["done_on", "note"])
    register.log(project, "tick", by, at, {_name(step): [None, on.isoformat()]})
    return step


@transaction.atomic
def untick(by: Account, step: Milestone, *, version: int | None, at: datetime) -> Milestone:
    """Take a tick back, the last of its chain first."""
    project, step = _held(by, step, version)
    if step.done_on is None:
        raise RuleBroken(_("%(step)s is not done.") % {"step": step.name})
    later = [one.name for one in _chain(project, step) if one.number > step.number and one.done_on is not None]
    if later:
        words = _("%(later)s was ticked after it: take that back first.")
        raise RuleBroken(words % {"later": "、".join(reversed(later))}, before=later[-1])
    day, step.done_on = step.done_on, None
    step.save(update_fields=["done_on"])
    register.log(project, "untick", by, at, {_name(step): [day.isoformat(), None]})
    return step


@transaction.atomic
def move(by: Account, step: Milestone, *, planned_on: date | None, version: int | None, at: datetime) -> Milestone:
    """Plan a step for another day; the days of a chain keep its order."""
    project, step = _held(by, step, version)
    for one in _chain(project, step):
        if planned_on is None or one.planned_on is None or one.pk == step.pk:
            continue
        if (one.number < step.number) != (one.planned_on <= planned_on) and one.planned_on != planned_on:
            words = _("%(step)s would stand out of order with %(other)s, planned for %(day)s.")
            said = {"step": step.name, "other": one.name, "day": one.planned_on}
            raise RuleBroken(words % said, field="planned_on", before=one.name)
    before, step.planned_on = step.planned_on, planned_on
    step.save(update_fields=["planned_on"])
    register.log(project, "plan", by, at, {_name(step): [register.plain(before), register.plain(planned_on)]})
    return step


def _held(by: Account, step: Milestone, version: int | None) -> tuple[Project, Milestone]:
    project = register.locked(by, step.project, version)
    return project, Milestone.objects.get(pk=step.pk)


def _chain(project: Project, step: Milestone) -> list[Milestone]:
    return list(project.milestones.filter(chain=step.chain))


def _name(step: Milestone) -> str:
    return f"{step.chain}·{step.name}" if step.chain else step.name


def _check_chain(project: Project, name: str, steps: Sequence[Planned]) -> None:
    if not 0 < len(steps) <= MOST:
        raise RuleBroken(_("A chain has between 1 and %(most)s steps.") % {"most": MOST}, field="steps")
    names = [step for step, _day in steps]
    twice = [step for n, step in enumerate(names) if step in names[:n]]
    if twice:
        raise RuleBroken(_("%(step)s stands in it twice.") % {"step": twice[0]}, field="steps")
    if long := [step for step in names if len(step) > 60]:
        raise RuleBroken(_("At most 60 characters: %(step)s") % {"step": long[0]}, field="steps")
    if project.milestones.filter(chain=name.strip()).exists():
        raise RuleBroken(_("The project has a chain of this name."), field="name")
    days = [day for _step, day in steps if day]
    if days != sorted(days):
        raise RuleBroken(_("The days of a chain keep its order."), field="steps")
