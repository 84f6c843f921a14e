"""When each step can be done: one pass over the graph in order, under any set of relaxations.

Every step has two days: its opinion, when its desk has finished the work, and its certificate, which may come later.
Without a relaxation both are the same. A deferred paper must come before the certificate and within the days of the
item it was promised to; a simulated step begins on the opinions of what it waits for (a gate has none), and its
certificate follows theirs by its conversion. No relaxation makes any day later, since each only takes a stronger wait
away; that is why the choice among them can be exact.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sijin.engines.approvals.problem import Arc, Project, Step, check

Event = tuple[int, bool]  # a step's number and whether its certificate (or its opinion) is meant


@dataclass(frozen=True)
class Relaxation:
    """A paper of `before` deferred for `after`, or (`before` empty) a simulated opinion for `after`."""

    before: str
    after: str
    promise: int


class Net:
    """A checked project with numbers for names: what each step waits for, and which relaxation would ease each wait."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.steps = check(project)
        number = {step.step: n for n, step in enumerate(self.steps)}
        self.number = number
        self.relaxations: list[Relaxation] = []
        self.waits: list[list[tuple[int, Arc, int]]] = [[] for _ in self.steps]  # (before, arc, relaxation or -1)
        simulated: dict[str, int] = {}
        for arc in project.arcs:
            eased = -1
            step = self.steps[number[arc.after]]
            if not step.underway and step.done is None and arc.wait != "hard":
                if arc.wait == "deferrable" or arc.after not in simulated:
                    before = arc.before if arc.wait == "deferrable" else ""
                    self.relaxations.append(Relaxation(before, arc.after, arc.promise))
                    eased = len(self.relaxations) - 1
                    if arc.wait == "simulable":
                        simulated[arc.after] = eased
                else:
                    eased = simulated[arc.after]
            self.waits[number[arc.after]].append((number[arc.before], arc, eased))

    def after_work(self, step: Step, start: date) -> date:
        """Return the day on which the work on a step that begins on `start` is done, its pauses passed."""
        more = sum(pause.days for pause in step.pauses if pause.workdays)
        start += timedelta(days=sum(pause.days for pause in step.pauses if not pause.workdays))
        return self.project.calendar.add_workdays(start, step.days + more)


class Pass:
    """The days of all steps under the relaxations `taken` (numbers of `Net.relaxations`).

    Attributes
    ----------
    start, opinion, finish : a day for each step, in the order of `Net.steps`.
    decided : for an event, the event that decided its day and the relaxation that would have eased it (or -1).
    """

    def __init__(self, net: Net, taken: Collection[int] = ()) -> None:
        self.net = net
        self.taken = frozenset(taken)
        self.start: list[date] = []
        self.opinion: list[date] = []
        self.finish: list[date] = []
        self.decided: dict[Event, tuple[Event, int]] = {}
        for n, step in enumerate(net.steps):
            if step.done is not None:
                self._keep(step.begun or step.done, step.done, step.done)
            else:
                self._work(n, step)

    def _keep(self, start: date, opinion: date, finish: date) -> None:
        self.start.append(start)
        self.opinion.append(opinion)
        self.finish.append(finish)

    def _work(self, n: int, step: Step) -> None:
        """Keep the days of a step that is not done: the latest of what it waits for decides, and is remembered."""
        today = self.net.project.today
        start = step.begun or step.opined or max(step.earliest or today, today)
        for day, event, eased in () if step.underway else self._before_work(n, step):
            won = self.decided.get((n, False))
            if day > start or (won is not None and day == start and eased < 0):  # to ease another would bring nothing
                start = day
                self.decided[n, False] = (event, eased)
        opinion = step.opined or max(self.net.after_work(step, start), today)
        finish = max(opinion, today)
        self.decided[n, True] = ((n, False), -1)
        for day, event in self._before_certificate(n, step):
            if day > finish:
                finish = day
                self.decided[n, True] = (event, -1)
        self._keep(start, opinion, finish)

    def _before_work(self, n: int, step: Step) -> Iterator[tuple[date, Event, int]]:
        """Yield (day, what sets it, the relaxation that would ease it or -1) for all that the work waits for."""
        for before, arc, eased in self.net.waits[n]:
            if eased not in self.taken:
                yield self.finish[before], (before, True), eased
            elif arc.wait == "deferrable":
                yield self.net.project.calendar.back(self.finish[before], step.days), (before, True), -1
            elif self.net.steps[before].kind != "gate":
                yield self.opinion[before], (before, False), -1

    def _before_certificate(self, n: int, step: Step) -> Iterator[tuple[date, Event]]:
        """Yield (day, what sets it) for all that the certificate alone waits for."""
        for before, arc, eased in self.net.waits[n]:
            if step.underway or eased in self.taken:
                convert = step.convert if arc.wait == "simulable" else 0
                yield self.net.project.calendar.add_workdays(self.finish[before], convert), (before, True)

    def chain(self, step: str) -> tuple[list[int], frozenset[int]]:
        """Return the steps that decide a step's certificate, first to last, and the relaxations that would ease it."""
        at: Event = (self.net.number[step], True)
        steps, eased = [at[0]], set()
        while at in self.decided:
            at, relaxation = self.decided[at]
            if at[0] != steps[-1]:
                steps.append(at[0])
            if relaxation >= 0:
                eased.add(relaxation)
        return steps[::-1], frozenset(eased)
