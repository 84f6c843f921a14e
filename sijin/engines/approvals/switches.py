"""One project's timeline under exactly the promises that somebody chose, and what each promise is worth beside them."""

from collections.abc import Collection
from dataclasses import dataclass

from sijin.engines.approvals.problem import Project
from sijin.engines.approvals.timelines import Timeline, timeline
from sijin.engines.approvals.times import Net, Pass


@dataclass(frozen=True)
class Switch:
    """A promise that could be made: the paper of `before` deferred for `after`, or (`before` empty) `after` simulated.

    `brings` is how many working days earlier the target is with it than without it, the others left as they are.
    """

    before: str
    after: str
    on: bool
    brings: int


@dataclass(frozen=True)
class Switched:
    """The timeline under the promises that are on, and every promise that could be made, in the order of the steps."""

    timeline: Timeline
    switches: tuple[Switch, ...]


def switched(project: Project, taken: Collection[tuple[str, str]]) -> Switched:
    """Compute the timeline of a project under exactly these promises.

    Parameters
    ----------
    project : steps, arcs, target, today, desks, calendar; see `Project`.
    taken : (before, after) of each promise, before empty for a simulation; what cannot be promised is left out.

    Raises
    ------
    ApprovalError
        A graph that cannot be worked with, see `timelines`.
    """
    net = Net(project)
    at = net.number[project.target]
    on = frozenset(n for n, one in enumerate(net.relaxations) if (one.before, one.after) in taken)
    done = Pass(net, on)
    found = []
    for n in sorted(range(len(net.relaxations)), key=lambda n: (net.number[net.relaxations[n].after], n)):
        one, other = net.relaxations[n], Pass(net, on ^ {n}).finish[at]
        first, last = sorted((done.finish[at], other))
        brings = project.calendar.workdays_between(first, last)
        found.append(Switch(one.before, one.after, n in on, brings))
    return Switched(timeline(net, done, project.target), tuple(found))
