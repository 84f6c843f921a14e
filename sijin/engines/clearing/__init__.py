"""Clearing: all open needs and offers of one kind matched at once, at the least cost, with the proof.

>>> import polars as pl
>>> from sijin.engines import clearing
>>> cleared = clearing.clear(
...     pl.DataFrame({"need": ["a", "b"], "quantity": [30, 20], "penalty": [100.0, 100.0]}),
...     pl.DataFrame({"offer": ["x", "y"], "quantity": [40, 5]}),
...     pl.DataFrame({"need": ["a", "b", "b"], "offer": ["x", "x", "y"], "cost": [3.0, 4.0, 9.0]}),
... )
>>> cleared.matches.sort("need", "offer").rows()
[('a', 'x', 30.0, 3.0), ('b', 'x', 10.0, 4.0), ('b', 'y', 5.0, 9.0)]
>>> cleared.unmet.rows()
[('b', 5.0, 'no_room')]
>>> cleared.cost, cleared.gap
(675.0, 0.0)
"""

from sijin.engines.clearing.clear import Cleared, Running, clear

__all__ = ["Cleared", "Running", "clear"]
