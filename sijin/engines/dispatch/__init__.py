"""Dispatch: officials to teams and sites to teams, at least cost, with a proven bound and a reason for every choice.

`assign` is the generalised assignment at its core; `plan` decides a whole campaign. Takes and gives plain arrays and
Polars tables; knows nothing of the database, the clock or files. Method: a balanced districting gives teams their
bases, a generalised assignment posts the sites, a slot network with integer programming forms the teams.
"""

from sijin.engines.dispatch.apart import plan_apart
from sijin.engines.dispatch.assign import Assignment, Band, Infeasible, assign
from sijin.engines.dispatch.clash import Clash
from sijin.engines.dispatch.faults import validate
from sijin.engines.dispatch.plan import Bend, Plan, plan
from sijin.engines.dispatch.price import Person, Place, price, wanted
from sijin.engines.dispatch.problem import (
    OFFICIALS,
    SITES,
    TEAMS,
    Fault,
    Faulty,
    Locks,
    Previous,
    Problem,
    Rules,
    Table,
    Ties,
    table,
)
from sijin.engines.dispatch.reasons import Reason

__all__ = [
    "OFFICIALS",
    "SITES",
    "TEAMS",
    "Assignment",
    "Band",
    "Bend",
    "Clash",
    "Fault",
    "Faulty",
    "Infeasible",
    "Locks",
    "Person",
    "Place",
    "Plan",
    "Previous",
    "Problem",
    "Reason",
    "Rules",
    "Table",
    "Ties",
    "assign",
    "plan",
    "plan_apart",
    "price",
    "table",
    "validate",
    "wanted",
]
