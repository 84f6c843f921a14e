"""Visit rounds: a team's week within working hours, at least kilometres, with a proven bound and reasons.

`plan` decides one week, `evaluate` tells what a given one costs, `check` examines an answer by other means.
Takes and gives plain values and Polars tables; knows nothing of the database, the clock or files.
"""

from sijin.engines.rounds.check import check
from sijin.engines.rounds.problem import (
    MOST_VISITS,
    SITES,
    Day,
    Hours,
    Left,
    Problem,
    Reason,
    Stop,
    Week,
    validate,
)
from sijin.engines.rounds.week import evaluate, plan

__all__ = [
    "MOST_VISITS",
    "SITES",
    "Day",
    "Hours",
    "Left",
    "Problem",
    "Reason",
    "Stop",
    "Week",
    "check",
    "evaluate",
    "plan",
    "validate",
]
