"""What a project is stuck at, because of what, and whom to ask; and what would go on once that is there."""

from dataclasses import dataclass, replace
from datetime import date

from sijin.engines.approvals.times import Net, Pass


@dataclass(frozen=True)
class Blocking:
    """ "Stuck at `at` because of `because`, ask `ask`".

    Attributes
    ----------
    at : the first step that cannot go on, on the chain that decides the target.
    because : the step that everything waits for (`at` itself when it is the desk's own work that is not done).
    reason : what was said of why it stands still; empty when nobody did.
    ask : the desk that can set it going.
    frees : steps that wait for nothing else: what goes on once it is there, and what follows from that.
    downstream : all steps that come after it, whatever else they wait for.
    brings : working days that the target comes forward when it is there today.
    """

    at: str
    because: str
    reason: str
    ask: str
    frees: tuple[str, ...]
    downstream: tuple[str, ...]
    brings: int


def blocking(net: Net, done: Pass, target: str) -> Blocking | None:
    """Return the one step that blocks `target` most, or None when the target is done.

    Roots are the open steps that wait for no other open step. One that is said to be blocked comes before one that is
    merely under way; among those, the one whose being there brings the target forward most; then the first in order.
    """
    if net.steps[net.number[target]].done is not None:
        return None
    before = [{u for u, _, _ in waits if net.steps[u].done is None} for waits in net.waits]
    open_ = [n for n, step in enumerate(net.steps) if step.done is None]
    above = _ancestors(net, before)
    at = net.number[target]
    roots = [n for n in open_ if not before[n] and (n in above[at] or n == at)]
    gain = {root: _gain(net, done, root, at) for root in roots}
    worst = max(roots, key=lambda n: (bool(net.steps[n].blocked), gain[n], -n))
    follow = [n for n in open_ if worst in above[n]]
    only = [n for n in follow if not any(root in above[n] for root in _roots(before, open_) if root != worst)]
    first = next((n for n in follow if worst in before[n] and (n in above[at] or n == at)), worst)
    names = [step.step for step in net.steps]
    desk = net.steps[worst].desk or net.steps[first].desk
    return Blocking(
        names[first],
        names[worst],
        net.steps[worst].blocked,
        desk,
        tuple(names[n] for n in only),
        tuple(names[n] for n in follow),
        gain[worst],
    )


def _ancestors(net: Net, before: list[set[int]]) -> list[set[int]]:
    """Return for every step all open steps that it waits for, however far."""
    above: list[set[int]] = []
    for n in range(len(net.steps)):  # in order: what it waits for stands before it
        above.append(before[n].union(*(above[u] for u in before[n])))
    return above


def _roots(before: list[set[int]], open_: list[int]) -> list[int]:
    return [n for n in open_ if not before[n]]


def _gain(net: Net, done: Pass, root: int, at: int) -> int:
    """Return the working days that step `at` comes forward when `root` is done today."""
    project = net.project
    today: date = project.today
    steps = tuple(
        replace(s, done=today, begun=None, opined=None) if s.step == net.steps[root].step else s for s in project.steps
    )
    freed = Net(replace(project, steps=steps))
    taken = {n for n, one in enumerate(freed.relaxations) if one in {net.relaxations[taken] for taken in done.taken}}
    sooner = Pass(freed, taken).finish[freed.number[net.steps[at].step]]
    return project.calendar.workdays_between(sooner, done.finish[at])
