"""What the engine says of a project's approvals: its three timelines, what it is stuck at, what was promised."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sijin.engines import approvals as engine
from sijin.exchange.domain.words import day as day_word
from sijin.people.models import Account
from sijin.people.notices import Words, wording
from sijin.people.policy import visible
from sijin.works.models import ApprovalArc, ApprovalStep, PaperPromise, Project

MISSED = "promise-missed"  # the notice that a promised paper did not come; see `reminding`


@dataclass(frozen=True)
class Way:
    """A project's steps, their arcs, its open promises, and the engine's timelines (None while nothing is laid out)."""

    steps: tuple[ApprovalStep, ...]
    arcs: tuple[ApprovalArc, ...]
    promises: tuple[PaperPromise, ...]
    found: engine.Timelines | None

    def step(self, code: str) -> ApprovalStep:
        """Return the step of a code."""
        return next(step for step in self.steps if step.code == code)

    def waits(self, step: ApprovalStep) -> list[tuple[ApprovalStep, ApprovalArc]]:
        """Return what a step waits for."""
        rows = {one.pk: one for one in self.steps}
        return [(rows[arc.before_id], arc) for arc in self.arcs if arc.after_id == step.pk]


def of(project: Project, today: date) -> Way:
    """Read a project's way (three queries) and let the engine say how it goes on from `today`."""
    steps = tuple(project.steps.all())
    arcs = tuple(ApprovalArc.objects.filter(after__project=project))
    promises = tuple(
        PaperPromise.objects.filter(item__project=project, withdrawn_on=None).select_related("item", "paper")
    )
    return Way(steps, arcs, promises, engine.timelines(problem(steps, arcs, today)) if steps else None)


def problem(steps: tuple[ApprovalStep, ...], arcs: tuple[ApprovalArc, ...], today: date) -> engine.Project:
    """Pose a project's way as the engine takes it; its last step is the target."""
    codes = {step.pk: step.code for step in steps}
    return engine.Project(
        tuple(_step(step) for step in steps),
        tuple(engine.Arc(codes[arc.before_id], codes[arc.after_id], arc.wait) for arc in arcs),  # type: ignore[arg-type]
        target=steps[-1].code,
        today=today,
    )


def switched(way: Way, today: date, taken: Collection[tuple[str, str]]) -> engine.Switched:
    """Compute the timeline under exactly these promises, each (paper, item) or ("", item simulated)."""
    return engine.switched(problem(way.steps, way.arcs, today), taken)


def from_the_start(way: Way, started: date, contract: date | None) -> engine.Timelines:
    """Compute the timelines as they were on the day when nothing was done yet, with the land contract on its day."""
    posed = problem(way.steps, way.arcs, started)
    bare = tuple(
        replace(
            step,
            begun=None,
            opined=None,
            done=None,
            blocked="",
            earliest=contract if step.kind == "gate" else step.earliest,
        )
        for step in posed.steps
    )
    return engine.timelines(replace(posed, steps=bare))


def _step(step: ApprovalStep) -> engine.Step:
    rests = (engine.Pause(step.pause, step.pause_days),) if step.pause_days else ()
    return engine.Step(
        step.code, step.name, step.kind, step.stage, step.desk, step.days, rests, step.convert, step.earliest,  # type: ignore[arg-type]
        step.begun_on, step.simulated_on, step.done_on, step.blocked,
    )  # fmt: skip


def overdue(account: Account, today: date) -> QuerySet[PaperPromise]:
    """Return the promises that were missed by `today`: each proposes that the acceptance be withdrawn."""
    rows = PaperPromise.objects.filter(item__project__in=visible(account, Project), withdrawn_on=None, met_on=None)
    return rows.filter(due__lt=today).select_related("item__project__site", "paper").order_by("due", "pk")


def due_soon(account: Account, today: date, days: int = 3) -> QuerySet[PaperPromise]:
    """Return the promises that fall due within so many days."""
    rows = PaperPromise.objects.filter(item__project__in=visible(account, Project), withdrawn_on=None, met_on=None)
    until = today + timedelta(days=days)
    return rows.filter(due__gte=today, due__lte=until).select_related("item__project__site", "paper")


@wording(MISSED)
def _missed(values: dict[str, Any]) -> Words:
    said = {**values, "day": day_word(date.fromisoformat(values["day"]))}
    title = _("%(site)s: %(paper)s was promised until %(day)s and did not come") % said
    return Words(title, _("%(item)s: withdrawal of the acceptance is proposed.") % said)
