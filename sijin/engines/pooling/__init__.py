"""The capacity pool: orders spread over makers with spare hours, at the least cost, with the bound and the board.

>>> import polars as pl
>>> from sijin.engines import pooling
>>> pooled = pooling.pool(
...     pl.DataFrame({
...         "order": ["gowns"], "product": ["gown"], "quantity": [900], "release": [0], "due": [2],
...         "max_partners": [2], "value": [45_000.0],
...     }),
...     pl.DataFrame({"maker": ["a", "b"], "min_lot": [100, 100], "lead": [0, 1], "setup": [0, 4]}),
...     pl.DataFrame({"maker": ["a", "b", "b"], "week": [0, 1, 2], "hours": [40, 40, 40]}),
...     pl.DataFrame({"maker": ["a", "b"], "product": ["gown", "gown"], "hours": [0.1, 0.1], "cost": [20.0, 25.0]}),
...     pl.DataFrame({"order": ["gowns"] * 2, "maker": ["a", "b"], "ship_weeks": [0, 1], "cost": [1.0, 1.0]}),
... )
>>> pooled.shares.select("order", "maker", "quantity").rows()
[('gowns', 'a', 400.0), ('gowns', 'b', 360.0)]
>>> pooled.late.select("order", "quantity", "why").rows()
[('gowns', 140.0, 'all makers together have hours for 760 until week 2')]
>>> pooled.makers.select("maker", "booked_until").rows()
[('a', 6), ('b', 13)]
"""

from sijin.engines.pooling.pool import Pooled, pool
from sijin.engines.pooling.problem import Rules

__all__ = ["Pooled", "Rules", "pool"]
