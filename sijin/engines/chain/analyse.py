"""The three lists of a chain — backbone firms, key suppliers, weak links — by stated measures, and what a stop does."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
import rustworkx
from numpy.typing import NDArray

from sijin.engines.faults import FAULTS

Table = pl.DataFrame | Mapping[str, Any]
Ints = NDArray[np.int64]
PIVOTS = 200  # starts of the sample for betweenness
LEADING = 0.05  # share of firms, by flow, of which the backbone is
KINDS = ("none_local", "stopped", "single", "short")  # of weak links, the worst first


@dataclass(frozen=True)
class Chain:
    """The answer of `analyse`.

    ``firms`` has the measures of every firm: ``sold`` and ``bought`` (volume), ``flow`` (share of the whole volume that
    passes it), ``between`` (share of shortest ways of supply that lead through it, sampled), ``cut`` (without it the
    chain falls apart), ``behind`` (firms that nothing reaches from raw material but through it), ``sole`` (buyers and
    products for which it is the only source), ``others`` (fewest other makers of a product of its own; null where it
    sells none), ``load`` (sold over capacity, where that is known).
    ``backbone`` are the leading firms by flow, ``suppliers`` who of the others sells to them, the most critical first.
    ``weak`` (product, kind, firm, buyers, volume): a product step with only one maker (``single``), whose only makers
    do not run (``stopped``), without a maker here (``none_local``), or with less capacity than is bought (``short``).
    ``faults`` names the rows that were left out.
    """

    firms: pl.DataFrame
    backbone: pl.DataFrame
    suppliers: pl.DataFrame
    weak: pl.DataFrame
    faults: pl.DataFrame
    seconds: float
    supplies: pl.DataFrame = field(repr=False)

    def without(self, firm: str) -> pl.DataFrame:
        """Say what stops when `firm` does: (firm, product, step, volume), those it supplies first.

        A buyer stops when a product that it buys has no source left; then it supplies nobody either.
        """
        if firm not in self.firms["firm"]:
            raise KeyError(firm)
        sources: dict[tuple[str, str], set[str]] = {}
        buys: dict[str, list[tuple[str, str, float]]] = {}
        for supplier, buyer, product, volume in self.supplies.iter_rows():
            sources.setdefault((buyer, product), set()).add(supplier)
            buys.setdefault(supplier, []).append((buyer, product, volume))
        rows, stopped, queue = [], {firm}, deque([(firm, 0)])
        lost: dict[tuple[str, str], float] = {}
        while queue:
            own, step = queue.popleft()
            for buyer, product, volume in buys.get(own, []):
                left = sources[buyer, product]
                left.discard(own)
                lost[buyer, product] = lost.get((buyer, product), 0.0) + volume
                if left or buyer in stopped:
                    continue
                stopped.add(buyer)
                rows.append((buyer, product, step + 1, lost[buyer, product]))
                queue.append((buyer, step + 1))
        schema = {"firm": pl.String, "product": pl.String, "step": pl.Int64, "volume": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row")


def analyse(firms: Table, supplies: Table, *, leading: float = LEADING, seed: int = 0) -> Chain:
    """Measure a chain.

    Parameters
    ----------
    firms : firm; and where known ``capacity`` (volume that it can sell), ``running`` (has restarted), ``local``
    supplies : supplier, buyer, volume (above 0, in one unit for all); and ``product``
    leading : share of the firms, by flow, that are the backbone (at least one)
    seed : of the sample for betweenness

    Returns
    -------
    `Chain`; rows with faults are named and left out.

    Raises
    ------
    ValueError
        A table has not the columns it must have.
    """
    began = time.monotonic()
    nodes, edges, faults = _checked(firms, supplies)
    measured = _measured(nodes, edges, seed)
    few = max(1, round(leading * len(measured))) if len(measured) else 0
    backbone = (
        measured.filter(pl.col("flow") > 0).sort("flow", "between", "firm", descending=[True, True, False]).head(few)
    )
    return Chain(
        measured, backbone, _suppliers(measured, edges, backbone), _weak(nodes, edges), faults,
        time.monotonic() - began, edges.select("supplier", "buyer", "product", "volume"),
    )  # fmt: skip


def _checked(firms: Table, supplies: Table) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    nodes, edges = (
        table if isinstance(table, pl.DataFrame) else pl.DataFrame(dict(table)) for table in (firms, supplies)
    )
    for name, table, columns in (("firms", nodes, ["firm"]), ("supplies", edges, ["supplier", "buyer", "volume"])):
        if missing := [column for column in columns if column not in table.columns]:
            raise ValueError(f"{name}: there is no column {', '.join(missing)}; columns are {', '.join(table.columns)}")
    found: list[pl.DataFrame] = []

    def drop(name: str, table: pl.DataFrame, column: str, bad: pl.Expr, expected: str) -> pl.DataFrame:
        wrong = table.select(bad.fill_null(True).alias("bad"))["bad"]
        said = [pl.lit(name).alias("table"), pl.col("row").cast(pl.Int64), pl.lit(column).alias("field")]
        said += [pl.col(column).cast(pl.String).fill_null("").alias("value"), pl.lit(expected).alias("expected")]
        found.append(table.filter(wrong).select(said))
        return table.filter(~wrong)

    nodes = nodes.with_row_index("row").with_columns(pl.col("firm").cast(pl.String))
    for column in ("running", "local"):  # where nothing is said, they do and they are
        given = pl.col(column) if column in nodes.columns else pl.lit(None)
        nodes = nodes.with_columns(given.cast(pl.Boolean, strict=False).fill_null(True).alias(column))
    capacity = pl.col("capacity") if "capacity" in nodes.columns else pl.lit(None)
    nodes = nodes.with_columns(capacity.cast(pl.Float64, strict=False).alias("capacity"))
    nodes = drop(
        "firms", nodes, "firm", pl.col("firm").is_null() | ~pl.col("firm").is_first_distinct(), "a name of its own"
    )
    nodes = drop("firms", nodes, "capacity", (pl.col("capacity") < 0).fill_null(False), "a volume of 0 or more")
    product = pl.col("product") if "product" in edges.columns else pl.lit("")
    edges = edges.with_row_index("row").with_columns(
        pl.col("supplier", "buyer").cast(pl.String), pl.col("volume").cast(pl.Float64, strict=False),
        product.cast(pl.String).fill_null("").alias("product"),
    )  # fmt: skip
    known = nodes["firm"].implode()
    edges = drop("supplies", edges, "supplier", ~pl.col("supplier").is_in(known), "a firm of the table")
    edges = drop("supplies", edges, "buyer", ~pl.col("buyer").is_in(known), "a firm of the table")
    edges = drop("supplies", edges, "buyer", pl.col("buyer") == pl.col("supplier"), "another firm than the supplier")
    edges = drop(
        "supplies", edges, "volume", ~(pl.col("volume").is_finite() & (pl.col("volume") > 0)), "a volume above 0"
    )
    edges = edges.group_by("supplier", "buyer", "product", maintain_order=True).agg(pl.col("volume").sum())
    return nodes, edges, pl.concat([pl.DataFrame(schema=FAULTS), *found])


def _measured(nodes: pl.DataFrame, edges: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the measures of every firm."""
    place = pl.DataFrame({"firm": nodes["firm"], "at": np.arange(len(nodes))})
    at = [
        edges.select(pl.col(side).alias("firm"))
        .join(place, on="firm", how="left", maintain_order="left")["at"]
        .to_numpy()
        for side in ("supplier", "buyer")
    ]
    pairs = np.unique(np.stack(at, axis=1), axis=0) if len(edges) else np.empty((0, 2), np.int64)
    sold, bought = (np.bincount(own, edges["volume"].to_numpy(), len(nodes)) for own in at)
    sole = (
        edges.filter(pl.len().over("buyer", "product") == 1)["supplier"]
        .value_counts(name="sole")
        .rename({"supplier": "firm"})
    )
    makers = (
        edges.select("supplier", "product").unique().with_columns(others=pl.len().over("product").cast(pl.Int64) - 1)
    )
    others = makers.group_by(pl.col("supplier").alias("firm")).agg(pl.col("others").min())
    total = max(float(sold.sum()), 1e-12)
    cut, behind = _structure(len(nodes), pairs)
    found = nodes.select("firm", "running", "local", "capacity").with_columns(
        sold=pl.Series(sold), bought=pl.Series(bought), flow=pl.Series(np.maximum(sold, bought) / total),
        between=pl.Series(_between(len(nodes), pairs, seed)), cut=pl.Series(cut), behind=pl.Series(behind),
    )  # fmt: skip
    found = found.join(sole, on="firm", how="left", maintain_order="left").join(
        others, on="firm", how="left", maintain_order="left"
    )
    return found.with_columns(pl.col("sole").fill_null(0).cast(pl.Int64), load=pl.col("sold") / pl.col("capacity"))


def _between(count: int, pairs: Ints, seed: int) -> NDArray[np.float64]:
    found = np.zeros(count)
    if not len(pairs):
        return found
    from sijin.engines.chain import brandes

    pivots = np.random.default_rng(seed).permutation(count)[:PIVOTS].astype(np.int64)
    starts = np.searchsorted(pairs[:, 0], np.arange(count + 1))
    brandes.between(starts, np.ascontiguousarray(pairs[:, 1]), pivots, found)
    return found / (len(pivots) * max(count - 1, 1))


def _structure(count: int, pairs: Ints) -> tuple[NDArray[np.bool_], Ints]:
    """Return which firms are cut vertices, and how many firms each dominates on the ways from raw material."""
    cut, behind = np.zeros(count, bool), np.zeros(count, np.int64)
    if not len(pairs):
        return cut, behind
    whole = rustworkx.PyGraph(multigraph=False)
    whole.add_nodes_from(range(count))
    whole.add_edges_from_no_data(list(map(tuple, pairs.tolist())))
    cut[list(rustworkx.articulation_points(whole))] = True
    ways = rustworkx.PyDiGraph(multigraph=False)
    ways.add_nodes_from(range(count + 1))
    ways.add_edges_from_no_data(list(map(tuple, pairs.tolist())))
    fed = np.bincount(pairs[:, 1], minlength=count)
    raw = np.flatnonzero(fed == 0).tolist()  # who buys from nobody stands at the source
    ways.add_edges_from_no_data([(count, n) for n in raw])
    over = rustworkx.immediate_dominators(ways, count)
    children: dict[int, list[int]] = {}
    for node, above in over.items():
        if node != count:
            children.setdefault(above, []).append(node)
    order = [count]
    for node in order:
        order.extend(children.get(node, []))
    for node in reversed(order[1:]):
        above = over[node]
        if above != count:
            behind[above] += behind[node] + 1
    return cut, behind


def _suppliers(measured: pl.DataFrame, edges: pl.DataFrame, backbone: pl.DataFrame) -> pl.DataFrame:
    """Return who sells to the backbone and is not of it: sole sources first, then by what they sell there."""
    leads = backbone["firm"].implode()
    sales = edges.filter(pl.col("buyer").is_in(leads) & ~pl.col("supplier").is_in(leads))
    there = sales.group_by(pl.col("supplier").alias("firm")).agg(
        pl.col("volume").sum().alias("to_backbone"), pl.col("buyer").n_unique().alias("leaders")
    )
    alone = edges.with_columns(makers=pl.len().over("buyer", "product")).filter(
        pl.col("buyer").is_in(leads) & (pl.col("makers") == 1)
    )
    alone = alone.group_by(pl.col("supplier").alias("firm")).agg(pl.len().cast(pl.Int64).alias("sole_to_backbone"))
    return (
        measured.join(there, on="firm")
        .join(alone, on="firm", how="left")
        .with_columns(pl.col("sole_to_backbone").fill_null(0))
        .sort("sole_to_backbone", "to_backbone", "firm", descending=[True, True, False])
    )


def _weak(nodes: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Return the product steps that would break first."""
    made = edges.group_by("product", "supplier").agg(pl.col("volume").sum()).join(
        nodes.select(pl.col("firm").alias("supplier"), "running", "local", "capacity"), on="supplier"
    )  # fmt: skip
    steps = made.group_by("product").agg(
        pl.len().alias("makers"),
        pl.col("running").sum().alias("run"),
        pl.col("local").sum().alias("here"),
        pl.col("volume").sum(),
        pl.when(pl.col("capacity").is_null().any()).then(None).otherwise(pl.col("capacity").sum()).alias("capacity"),
        pl.col("supplier").sort_by("volume", descending=True).first().alias("firm"),
    )
    buyers = edges.group_by("product").agg(pl.col("buyer").n_unique().cast(pl.Int64).alias("buyers"))
    kind = (
        pl.when(pl.col("here") == 0).then(pl.lit("none_local"))
        .when(pl.col("run") == 0).then(pl.lit("stopped"))
        .when(pl.col("makers") == 1).then(pl.lit("single"))
        .when(pl.col("capacity") < pl.col("volume")).then(pl.lit("short"))
    )  # fmt: skip
    found = steps.join(buyers, on="product").with_columns(kind=kind).filter(pl.col("kind").is_not_null())
    rank = pl.col("kind").replace_strict({name: n for n, name in enumerate(KINDS)}, return_dtype=pl.Int64)
    return found.sort(rank, pl.col("volume"), pl.col("product"), descending=[False, True, False]).select(
        "product", "kind", "firm", "buyers", "makers", "volume", "capacity"
    )
