"""One project's three timelines, the promises that bring its start forward most, and what it is stuck at."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sijin.engines.approvals.blocking import Blocking, blocking
from sijin.engines.approvals.choice import Choosing
from sijin.engines.approvals.problem import Project
from sijin.engines.approvals.times import Net, Pass


@dataclass(frozen=True)
class Span:
    """A step's days: work from `start` to `opinion`, certificate on `finish`; `due`: the promised papers."""

    step: str
    start: date
    opinion: date
    finish: date
    simulated: bool = False
    promised: tuple[str, ...] = ()
    due: date | None = None
    critical: bool = False


@dataclass(frozen=True)
class Timeline:
    """Spans in order, the day on which the target is reached, and the working days from today until then."""

    spans: tuple[Span, ...]
    target: date
    workdays: int

    def span(self, step: str) -> Span:
        """Return the span of a step."""
        return next(span for span in self.spans if span.step == step)


@dataclass(frozen=True)
class Deferral:
    """A promise to take: the paper of `before` follows until `due`, or (`before` empty) `after` is simulated.

    `brings` is how many working days later the target would be without this one alone.
    """

    before: str
    after: str
    due: date | None
    brings: int


@dataclass(frozen=True)
class Timelines:
    """The result; `cost` is the working days of the relaxed timeline, `bound` the same: the choice is proven.

    Attributes
    ----------
    series, parallel, relaxed : the limits one after another; side by side as far as the waits allow; with `deferrals`.
    deferrals : the fewest promises that reach the earliest day.
    frontier : (promises, day) for every number of promises that brings the day forward.
    blocking : what the project is stuck at today; None when the target is done.
    undated : gates without a day, taken as today.
    """

    series: Timeline
    parallel: Timeline
    relaxed: Timeline
    deferrals: tuple[Deferral, ...]
    frontier: tuple[tuple[int, date], ...]
    blocking: Blocking | None
    undated: tuple[str, ...]
    cost: float
    bound: float
    gap: float
    seconds: float
    why: str


def timelines(project: Project, *, promises: int | None = None) -> Timelines:
    """Compute the timelines of one project.

    Parameters
    ----------
    project : steps, arcs, target, today, desks, calendar; see `Project`.
    promises : take at most so many (None: as many as bring the target forward).

    Raises
    ------
    ApprovalError
        A graph that cannot be worked with, the row and field named; the steps of a circle named.

    Notes
    -----
    The parallel and relaxed timelines are the critical path method (Kelley & Walker 1959) on a calendar; the choice is
    an implicit hitting set, see `choice`.
    """
    began = time.perf_counter()
    net = Net(project)
    choosing = Choosing(net, project.target)
    frontier = choosing.frontier()
    affordable = [step for step in frontier if promises is None or step[0] <= promises]
    taken = affordable[-1][2]
    parallel, relaxed = Pass(net), Pass(net, taken)
    best = timeline(net, relaxed, project.target)
    return Timelines(
        series=_series(net, project.target),
        parallel=timeline(net, parallel, project.target),
        relaxed=best,
        deferrals=tuple(_deferrals(net, choosing, relaxed)),
        frontier=tuple((weight, day) for weight, day, _ in frontier),
        blocking=blocking(net, parallel, project.target),
        undated=tuple(s.step for s in net.steps if s.kind == "gate" and s.earliest is None and s.done is None),
        cost=float(best.workdays),
        bound=float(best.workdays),
        gap=0.0,
        seconds=time.perf_counter() - began,
        why=_why(net, choosing, frontier, affordable[-1]),
    )


def timeline(net: Net, done: Pass, target: str) -> Timeline:
    """Return the spans of a pass over a net."""
    critical = set(done.chain(target)[0])
    spans = []
    for n, step in enumerate(net.steps):
        eased = [net.relaxations[e] for e in done.taken if net.relaxations[e].after == step.step]
        promised = tuple(one.before for one in eased if one.before)
        due = net.project.calendar.add_workdays(done.start[n], step.days) if promised else None
        simulated = any(not one.before for one in eased)
        spans.append(
            Span(step.step, done.start[n], done.opinion[n], done.finish[n], simulated, promised, due, n in critical)
        )
    return _reached(net, spans, done.finish[net.number[target]])


def _series(net: Net, target: str) -> Timeline:
    """Put every open step that the target waits for after the one before it, in order."""
    day = net.project.today
    wanted = _wanted(net, target)
    spans = []
    for n, step in enumerate(net.steps):
        if step.done is not None:
            spans.append(Span(step.step, step.begun or step.done, step.done, step.done))
        elif n in wanted:
            start = max(day, step.earliest or day)
            day = net.after_work(step, start)
            spans.append(Span(step.step, start, day, day, critical=True))
    return _reached(net, spans, next(span.finish for span in spans if span.step == target))


def _wanted(net: Net, target: str) -> set[int]:
    wanted, new = set(), [net.number[target]]
    while new:
        n = new.pop()
        if n not in wanted:
            wanted.add(n)
            new += [before for before, _, _ in net.waits[n]]
    return wanted


def _reached(net: Net, spans: Sequence[Span], day: date) -> Timeline:
    return Timeline(tuple(spans), day, net.project.calendar.workdays_between(net.project.today, day))


def _deferrals(net: Net, choosing: Choosing, relaxed: Pass) -> list[Deferral]:
    at = net.number[choosing.target]
    found = []
    for taken in sorted(relaxed.taken, key=lambda one: (net.number[net.relaxations[one].after], one)):
        one = net.relaxations[taken]
        after = net.number[one.after]
        due = net.project.calendar.add_workdays(relaxed.start[after], net.steps[after].days) if one.before else None
        without = choosing.day(relaxed.taken - {taken})
        brings = net.project.calendar.workdays_between(relaxed.finish[at], without)
        found.append(Deferral(one.before, one.after, due, brings))
    return found


def _why(
    net: Net,
    choosing: Choosing,
    frontier: Sequence[tuple[int, date, frozenset[int]]],
    chosen: tuple[int, date, frozenset[int]],
) -> str:
    weight, day, _ = chosen
    fewer = [step for step in frontier if step[0] < weight]
    if not fewer:
        return f"No promise is needed or none helps: {choosing.target} is reached on {day}."
    least = f"{weight} promises reach {day}, the earliest day that any set of them reaches"
    if chosen is not frontier[-1]:
        least = f"{weight} promises reach {day}; {frontier[-1][0]} would reach {frontier[-1][1]}"
    return f"{least}; with {fewer[-1][0]} it is {fewer[-1][1]} (proven: each smaller set leaves a longer chain)."
