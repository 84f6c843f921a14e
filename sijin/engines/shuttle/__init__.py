"""Return-to-work shuttle: which bus fetches whom, in which order and when, with reasons for who waits.

`route` plans, `replan` plans anew after people dropped out or joined, `check` examines an answer by other means.
Takes and gives plain values, arrays and Polars tables; knows nothing of the database, the clock or files.
"""

from sijin.engines.shuttle.answer import Routed
from sijin.engines.shuttle.check import check
from sijin.engines.shuttle.problem import Rules
from sijin.engines.shuttle.route import replan, route

__all__ = ["Routed", "Rules", "check", "replan", "route"]
