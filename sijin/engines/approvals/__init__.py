"""Approvals: when a project may start under the law's limits, and which promises bring that day forward most.

>>> from datetime import date
>>> from sijin.engines import approvals
>>> from sijin.engines.approvals import Arc, Project, Step
>>> project = Project(
...     steps=(
...         Step("land", kind="gate", earliest=date(2020, 4, 10)),
...         Step("permit", days=20, convert=2),
...         Step("start", days=7, convert=1),
...     ),
...     arcs=(Arc("land", "permit", "simulable"), Arc("permit", "start", "simulable")),
...     target="start",
...     today=date(2020, 3, 4),
... )
>>> found = approvals.timelines(project)
>>> found.parallel.target, found.relaxed.target
(datetime.date(2020, 5, 20), datetime.date(2020, 4, 15))
>>> [(promise.after, promise.brings) for promise in found.deferrals]
[('permit', 24), ('start', 6)]
"""

from sijin.engines.approvals.blocking import Blocking
from sijin.engines.approvals.problem import ApprovalError, Arc, Pause, Project, Step
from sijin.engines.approvals.schedule import Schedule, schedule
from sijin.engines.approvals.switches import Switch, Switched, switched
from sijin.engines.approvals.timelines import Deferral, Span, Timeline, Timelines, timelines

__all__ = [
    "ApprovalError",
    "Arc",
    "Blocking",
    "Deferral",
    "Pause",
    "Project",
    "Schedule",
    "Span",
    "Step",
    "Switch",
    "Switched",
    "Timeline",
    "Timelines",
    "schedule",
    "switched",
    "timelines",
]
