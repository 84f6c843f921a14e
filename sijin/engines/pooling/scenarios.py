"""What if: a pool solved again with a maker less, more orders, or a new certificate, and the plans side by side.

>>> from sijin.engines.pooling.scenarios import certified, compared, more, without  # doctest: +SKIP
>>> compared(tables, {"a is out": without("a"), "a fifth more": more(1.2), "b gets CE": certified("b", "CE")}).table
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from sijin.engines.faults import Table, frame
from sijin.engines.pooling.pool import Pooled, Progress, pool
from sijin.engines.pooling.problem import Rules

Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]
Change = Callable[[Tables], Tables]
BASE = ""  # the name of the plan without any change


@dataclass(frozen=True)
class Compared:
    """``plans`` by scenario, the one without a change under ``""``, and a ``table`` of them.

    ``table`` (scenario, cost, bound, gap, late, late_orders, partners, last_day, moved): late and moved in units, moved
    being what pairs of the first plan have less, last_day the last day with work on any board.
    """

    plans: dict[str, Pooled]
    table: pl.DataFrame


def without(maker: Any) -> Change:
    """A maker drops out: no hours at all."""

    def change(tables: Tables) -> Tables:
        orders, makers, capacity, rates, links = tables
        return orders, makers, capacity.filter(pl.col("maker") != maker), rates, links

    return change


def more(factor: float, product: Any = None) -> Change:
    """Orders (of one product, or all) times a factor: quantity and value."""

    def change(tables: Tables) -> Tables:
        orders = tables[0]
        mine = pl.lit(True) if product is None else pl.col("product") == product
        grown = [
            pl.when(mine).then(pl.col(column) * factor).otherwise(pl.col(column)).alias(column)
            for column in ("quantity", "value") if column in orders.columns
        ]  # fmt: skip
        return orders.with_columns(grown), *tables[1:]

    return change


def certified(maker: Any, certificate: str) -> Change:
    """A maker gets one more certificate."""

    def change(tables: Tables) -> Tables:
        orders, makers, *rest = tables
        own = pl.col("maker") == maker
        if "certificates" not in makers.columns:
            makers = makers.with_columns(certificates=pl.lit([], pl.List(pl.String)))
        if isinstance(makers["certificates"].dtype, pl.List):
            wider = pl.concat_list(pl.col("certificates").fill_null([]), pl.lit([certificate], pl.List(pl.String)))
        else:
            wider = pl.col("certificates").fill_null("") + "," + certificate
        found = makers.with_columns(pl.when(own).then(wider).otherwise("certificates").alias("certificates"))
        return orders, found, *rest  # type: ignore[return-value]

    return change


def compared(
    tables: tuple[Table, Table, Table, Table, Table],
    changes: Mapping[str, Change],
    rules: Rules | Mapping[str, Any] | None = None,
    *,
    time_limit: float = 30.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Compared:
    """Solve the pool as it is and once for each of the `changes`, each within its part of the time."""
    given: Tables = tuple(frame(table) for table in tables)  # type: ignore[assignment]
    each = time_limit / (1 + len(changes))
    plans = {BASE: pool(*given, rules, time_limit=each, seed=seed, progress=progress)}
    for name, change in changes.items():
        plans[name] = pool(*change(given), rules, time_limit=each, seed=seed, progress=progress)
    first = plans[BASE].shares.select("order", "maker", had="quantity")
    rows = []
    for name, plan in plans.items():
        both = first.join(plan.shares.select("order", "maker", "quantity"), on=["order", "maker"], how="left")
        moved = (both["had"] - both["quantity"].fill_null(0.0)).clip(0.0).sum()
        rows.append((
            name, plan.cost, plan.bound, plan.gap, plan.late["quantity"].sum(), len(plan.late),
            plan.shares["maker"].n_unique(), plan.board["day"].max(), moved,
        ))  # fmt: skip
    kinds = {
        "scenario": pl.String, "cost": pl.Float64, "bound": pl.Float64, "gap": pl.Float64, "late": pl.Float64,
        "late_orders": pl.Int64, "partners": pl.Int64, "last_day": pl.Int64, "moved": pl.Float64,
    }  # fmt: skip
    return Compared(plans, pl.DataFrame(rows, schema=kinds, orient="row"))
