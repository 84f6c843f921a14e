"""All open approval steps of unfinished projects, read into the tables that the engine plans.

What is done is left out, what has begun stays where it is. A step is left out, and all that waits for it, when its desk
is not known or has no clerk, or when steps wait for each other in a circle; each is named with its reason.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sijin.works.domain.portfolio.days import Days
from sijin.works.models import ApprovalArc, ApprovalStep, Desk, Project, StepLock

K = ApprovalStep.Kind
HUNDRED_MILLION = 10_000  # in units of 10,000 yuan, as investments are kept
HEAVIEST = 10


@dataclass
class Task:
    """A step as the engine plans it: working days at its desk, then `lag` until its result is there."""

    step: ApprovalStep
    days: int
    lag: int = 0
    desk: str = ""
    release: int = 0
    fixed: int | None = None  # where it stays: it has begun, or it is locked
    due: date | None = None
    weight: float = 1.0

    @property
    def underway(self) -> bool:
        """Whether it has begun."""
        return self.step.begun_on is not None


@dataclass(frozen=True)
class LeftOut:
    """A step that is not planned: `why` is a code, `name` the desk, the circle, or the step that it waits for."""

    step: ApprovalStep
    why: str
    name: str


@dataclass
class Posed:
    """What is to be planned, what cannot be, and what the reader should know of what was assumed."""

    days: Days
    tasks: dict[int, Task] = field(default_factory=dict)
    arcs: list[tuple[int, int]] = field(default_factory=list)
    clerks: dict[str, int] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)


def weight_of(project: Project) -> float:
    """Return what a working day late costs: as set by hand, else 1, and 1 more for each 100 million yuan, up to 10."""
    if project.weight is not None:
        return float(project.weight)
    profile = getattr(project.site, "project", None)
    invested = profile.investment if profile and profile.investment else 0
    return float(min(HEAVIEST, 1 + int(invested // HUNDRED_MILLION)))


def due_of(project: Project) -> date | None:
    """Return by when a project's approvals are to be there: as set by hand, else when it is to start or be built up."""
    if project.permit_by is not None:
        return project.permit_by
    if project.started_on is None:
        return project.expected_on or project.start_by
    return project.build_by


def open_steps() -> list[ApprovalStep]:
    """Return all steps that are not done, of projects that are not built up yet, with their projects (one query)."""
    rows = ApprovalStep.objects.filter(done_on=None, project__built_on=None)
    joined = rows.select_related("project__site__county", "project__site__project")
    return list(joined.order_by("project__number", "project", "stage", "number"))


def stamp() -> str:
    """Return the digest of all that a plan is made of (five queries)."""
    steps = ApprovalStep.objects.filter(done_on=None, project__built_on=None).order_by("pk")
    parts: list[Any] = [
        list(
            steps.values_list(
                "pk", "kind", "stage", "number", "desk", "days", "pause_days", "convert", "earliest", "begun_on",
                "simulated_on",
            )
        ),
        list(ApprovalArc.objects.filter(after__in=steps.values("pk")).order_by("pk").values_list("before", "after")),
        list(Desk.objects.order_by("pk").values_list("name", "clerks")),
        list(StepLock.objects.order_by("pk").values_list("step", "on")),
        list(
            Project.objects.filter(steps__in=steps.values("pk")).distinct().order_by("pk")
            .values_list(
                "pk", "weight", "permit_by", "started_on", "expected_on", "start_by", "build_by",
                "site__project__investment",
            )
        ),
    ]  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def pose(today: date) -> Posed:
    """Read the whole portfolio as it stands on `today` (five queries)."""
    posed = Posed(Days.since(today))
    steps = open_steps()
    waits = _waits(steps)
    posed.clerks = dict(Desk.objects.values_list("name", "clerks"))
    locks = dict(StepLock.objects.values_list("step", "on"))
    for step in steps:
        posed.tasks[step.pk] = _task(step, posed, locks.get(step.pk))
    _arcs(posed, waits)
    _leave_out(posed, steps)
    _dues(posed)
    _hold(posed)
    _note(posed)
    return posed


def _waits(steps: Iterable[ApprovalStep]) -> list[tuple[int, int]]:
    """Return (before, after) of all waits between open steps."""
    there = {step.pk for step in steps}
    pairs = ApprovalArc.objects.filter(after__done_on=None, before__done_on=None).values_list("before", "after")
    return [(before, after) for before, after in pairs if before in there and after in there]


def _task(step: ApprovalStep, posed: Posed, locked: date | None) -> Task:
    days = posed.days
    desk = step.desk if step.kind == K.ITEM or (step.kind == K.MATERIAL and step.desk in posed.clerks) else ""
    if step.begun_on is not None:
        over = days.calendar.add_workdays(step.begun_on + timedelta(days=step.pause_days), step.days)
        return Task(step, max(1, days.on(over)), desk=desk, fixed=0)
    if step.simulated_on is not None:
        return Task(step, step.convert, desk=desk, fixed=None if locked is None else days.on(locked))
    task = Task(step, step.days, days.at_most(step.pause_days), desk)
    task.release = days.on(step.earliest) if step.earliest else 0
    task.fixed = None if locked is None else days.on(locked)
    return task


def _arcs(posed: Posed, waits: list[tuple[int, int]]) -> None:
    """Keep the waits of what has not begun; what a begun step still lacks, those after it wait for."""
    following: dict[int, list[int]] = defaultdict(list)
    for before, after in waits:
        following[before].append(after)
    for before, after in waits:
        if posed.tasks[after].underway:
            posed.arcs += [(before, then) for then in following[after] if not posed.tasks[then].underway]
        else:
            posed.arcs.append((before, after))
    posed.arcs = sorted(set(posed.arcs))


def _leave_out(posed: Posed, steps: list[ApprovalStep]) -> None:
    """Take out what cannot be planned, and all that waits for it."""
    why: dict[int, LeftOut] = {}
    for step in steps:
        if step.kind != K.ITEM:
            desk = posed.tasks[step.pk].desk
            if desk and not posed.clerks[desk] and step.begun_on is None:
                why[step.pk] = LeftOut(step, "no_clerks", desk)
        elif not step.desk:
            why[step.pk] = LeftOut(step, "no_desk", "")
        elif step.desk not in posed.clerks:
            why[step.pk] = LeftOut(step, "unknown_desk", step.desk)
        elif not posed.clerks[step.desk] and step.begun_on is None:
            why[step.pk] = LeftOut(step, "no_clerks", step.desk)
    following: dict[int, list[int]] = defaultdict(list)
    for before, after in posed.arcs:
        following[before].append(after)
    own = {step.pk: step for step in steps}
    for circle in circles(own, posed.arcs):
        names = " → ".join(own[pk].name for pk in [*circle, circle[0]])
        why |= {pk: LeftOut(own[pk], "circle", names) for pk in circle if pk not in why}
    queue = list(why)
    for pk in queue:
        for after in following[pk]:
            if after not in why:
                why[after] = LeftOut(own[after], "behind", own[pk].name)
                queue.append(after)
    posed.left_out = [why[step.pk] for step in steps if step.pk in why]
    posed.tasks = {pk: task for pk, task in posed.tasks.items() if pk not in why}
    posed.arcs = [(a, b) for a, b in posed.arcs if a in posed.tasks and b in posed.tasks]


def circles(nodes: Iterable[int], arcs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return steps that wait for each other in a circle: one circle for each group of them, in the order of waiting."""
    waits: dict[int, set[int]] = {node: set() for node in nodes}
    for before, after in arcs:
        waits[after].add(before)
    found: list[list[int]] = []
    while True:
        while free := [node for node, before in waits.items() if not before & waits.keys()]:
            for node in free:
                del waits[node]
        if not waits:
            return found
        way = [min(waits)]
        while (before := min(waits[way[-1]] & waits.keys())) not in way:
            way.append(before)
        circle = way[way.index(before) :][::-1]
        at = circle.index(min(circle))
        found.append(circle[at:] + circle[:at])
        for node in circle:
            del waits[node]


def _dues(posed: Posed) -> None:
    """Give the last step of each project its day and its weight."""
    last: dict[int, Task] = {}
    for task in posed.tasks.values():
        last[task.step.project_id] = task
    lost = {one.step.project_id: one.step for one in posed.left_out}
    for project, task in last.items():
        left = lost.get(project)
        if left is None or (left.stage, left.number) < (task.step.stage, task.step.number):
            task.due, task.weight = due_of(task.step.project), weight_of(task.step.project)


def _hold(posed: Posed) -> None:
    """Let a desk that has more files in hand than clerks finish them all: the later ones take no room of the plan."""
    hands: dict[str, list[Task]] = defaultdict(list)
    for task in posed.tasks.values():
        if task.underway and task.desk:
            hands[task.desk].append(task)
    for desk, tasks in sorted(hands.items()):
        room = posed.clerks.get(desk, 0)
        if len(tasks) > room:
            posed.notes.append({"why": "in_hand", "name": desk, "n": len(tasks), "of": room})
            tasks.sort(key=lambda task: (task.step.begun_on or date.min, task.step.pk))
            for task in tasks[room:]:
                task.desk = ""


def _note(posed: Posed) -> None:
    """Note what is planned on an assumption: what is blocked as if it were free today, gates whose day nobody set."""
    for task in posed.tasks.values():
        step = task.step
        if step.blocked:
            posed.notes.append({"why": "blocked", "name": f"{step.project} · {step.name}: {step.blocked}", "n": 1})
        elif step.kind == K.GATE and step.earliest is None and step.begun_on is None and task.due is None:
            posed.notes.append({"why": "no_day", "name": f"{step.project} · {step.name}", "n": 1})
