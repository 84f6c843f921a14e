"""The nouns of an approval: steps, the arcs between them, desks; and what is wrong with them, by name.

A step is an item that a desk decides, a material that somebody brings, or a gate, a day that others set (the land
contract). An arc says what a step waits for and whether it must: it may be deferred against a promise (容缺受理) or
worked around by a simulated opinion (模拟审批).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from sijin.engines.calendars import WorkCalendar, china

Kind = Literal["item", "material", "gate"]
Wait = Literal["hard", "deferrable", "simulable"]


class ApprovalError(ValueError):
    """A graph that cannot be worked with; the message names the row and the field, `circle` steps that form one."""

    def __init__(self, words: str, circle: tuple[str, ...] = ()) -> None:
        super().__init__(words)
        self.circle = circle


@dataclass(frozen=True)
class Pause:
    """A time in which the limit does not run though the days pass: publicity, expert review, a hearing."""

    name: str
    days: int
    workdays: bool = False


@dataclass(frozen=True)
class Step:
    """One node of the graph.

    Parameters
    ----------
    step : its code, named by no other step.
    days : working days that the desk has (an item), or that it takes to bring it (a material); 0 for a gate.
    pauses : what stops the limit.
    convert : working days to turn a simulated opinion into the certificate once all that it waited for is there; not
        more than `days`.
    earliest : the day before which it cannot be (a gate: its day).
    begun, opined, done : what has happened; `opined` is the day of a simulated opinion whose certificate is to come.
    blocked : why it stands still, in words; empty when nobody said so.
    """

    step: str
    name: str = ""
    kind: Kind = "item"
    stage: int = 0
    desk: str = ""
    days: int = 0
    pauses: tuple[Pause, ...] = ()
    convert: int = 0
    earliest: date | None = None
    begun: date | None = None
    opined: date | None = None
    done: date | None = None
    blocked: str = ""

    @property
    def underway(self) -> bool:
        """Say whether work on it has begun and its certificate is to come: what it waited for was eased then."""
        return self.done is None and (self.begun is not None or self.opined is not None)

    @property
    def title(self) -> str:
        """What to call it."""
        return self.name or self.step


@dataclass(frozen=True)
class Arc:
    """`after` waits for `before`; `deferrable`: against a promise, `simulable`: not for a simulated opinion."""

    before: str
    after: str
    wait: Wait = "hard"
    promise: int = 1  # how much a deferral counts among promises; a simulated step counts once however many arcs it has


@dataclass(frozen=True)
class Project:
    """A graph of steps as it stands on `today`, and the step whose day is wanted early (usually the start of works)."""

    steps: tuple[Step, ...]
    arcs: tuple[Arc, ...]
    target: str
    today: date
    desks: Mapping[str, int] = field(default_factory=dict)  # cases at a time; a desk that is not named has no limit
    calendar: WorkCalendar = field(default_factory=china)


def check(project: Project) -> list[Step]:
    """Return the steps in an order in which each comes after what it waits for.

    Raises
    ------
    ApprovalError
        Naming the row and field: a step twice, days below 0, an arc to a step that is not there, a desk without
        capacity, a conversion longer than the item; or the steps that wait for each other in a circle.
    """
    if not project.steps:
        raise ApprovalError("steps: expected at least one")
    known: dict[str, Step] = {}
    for n, step in enumerate(project.steps):
        _check_step(n, step, known, project.desks)
        known[step.step] = step
    if project.target not in known:
        raise ApprovalError(f"target: expected one of the steps, got {project.target!r}")
    for n, arc in enumerate(project.arcs):
        for column, name in (("before", arc.before), ("after", arc.after)):
            if name not in known:
                raise ApprovalError(f"arcs, row {n}, {column}: expected a step of the project, got {name!r}")
        if arc.wait not in ("hard", "deferrable", "simulable"):
            raise ApprovalError(f"arcs, row {n}, wait: expected hard, deferrable or simulable, got {arc.wait!r}")
        if arc.promise < 1:
            raise ApprovalError(f"arcs, row {n}, promise: expected at least 1, got {arc.promise}")
    return _in_order(known, project.arcs)


def _check_step(n: int, step: Step, known: Mapping[str, Step], desks: Mapping[str, int]) -> None:
    where = f"steps, row {n} ({step.title})"
    if step.step in known:
        raise ApprovalError(f"{where}, step: expected a code that no other step has, got {step.step!r} again")
    if step.days < 0 or any(pause.days < 0 for pause in step.pauses):
        raise ApprovalError(f"{where}, days: expected 0 or more working days, got {step.days}, {step.pauses}")
    if not 0 <= step.convert <= step.days:
        raise ApprovalError(f"{where}, convert: expected 0 to {step.days}, the days of the step, got {step.convert}")
    if step.begun and step.done and step.done < step.begun:
        raise ApprovalError(f"{where}, done: expected {step.begun} or later, got {step.done}")
    if desks.get(step.desk, 1) < 1:
        raise ApprovalError(f"desks, {step.desk}: expected a capacity of at least 1 case, got {desks[step.desk]}")


def _in_order(known: Mapping[str, Step], arcs: Sequence[Arc]) -> list[Step]:
    """Sort by what waits for what; stages and the order of the rows decide the rest (Kahn 1962)."""
    rank = {name: (step.stage, n) for n, (name, step) in enumerate(known.items())}
    waits = {name: {arc.before for arc in arcs if arc.after == name} for name in known}
    order: list[Step] = []
    while waits:
        free = [name for name, before in waits.items() if not before & waits.keys()]
        if not free:
            circle = tuple(_circle(waits, known))
            raise ApprovalError(f"arcs: steps wait for each other in a circle: {' → '.join(circle)}", circle)
        first = min(free, key=rank.__getitem__)
        del waits[first]
        order.append(known[first])
    return order


def _circle(waits: Mapping[str, Iterable[str]], known: Mapping[str, Step]) -> list[str]:
    """Follow what each step waits for until one comes again."""
    way = [next(iter(waits))]
    while True:
        following = next(name for name in waits[way[-1]] if name in waits)
        if following in way:
            circle = [*way[way.index(following) :], following]
            return [known[name].title for name in reversed(circle)]
        way.append(following)
