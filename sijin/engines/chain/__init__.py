"""The chain map: who supplies whom with what, which firms carry it, and where it would break.

>>> import polars as pl
>>> from sijin.engines import chain
>>> found = chain.analyse(
...     {"firm": ["yarn", "cloth", "garment", "zip"]},
...     {"supplier": ["yarn", "cloth", "zip"], "buyer": ["cloth", "garment", "garment"],
...      "product": ["yarn", "cloth", "zip"], "volume": [40.0, 90.0, 5.0]},
... )
>>> found.weak.select("product", "kind", "firm").rows()
[('cloth', 'single', 'cloth'), ('yarn', 'single', 'yarn'), ('zip', 'single', 'zip')]
>>> found.without("yarn").select("firm", "product", "step").rows()
[('cloth', 'yarn', 1), ('garment', 'cloth', 2)]
"""

from sijin.engines.chain.analyse import KINDS, Chain, analyse

__all__ = ["KINDS", "Chain", "analyse"]
