"""The clearing beside other solvers on the same market, cold and after a change.

    python -m benchmarks.exchange.clearing [--needs 100000 --degree 10 --categories 20 --seeds 1 --peers]

Generated: as many offers as needs, in `--categories` sorts of goods that do not mix, on a square of 300 km; a need has
`--degree` of the offers that lie nearest among four times as many drawn at random; a unit costs ten a kilometre and up
to 200 more, an unmet one 3,000; needs are of one unit, offers of none, one or two. Then a thousand costs change, and
then the quantities of a thousand rows (half of them needs). Each peer gets the whole market in one piece.
"""

import argparse
import resource
import time
from collections.abc import Callable

import highspy
import numpy as np
import polars as pl
from ortools.graph.python import min_cost_flow
from scipy.sparse import coo_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from sijin.engines import clearing, milp

UNMET = 3_000
CHANGED = 1_000
Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


def market(needs: int, degree: int, categories: int, seed: int) -> Tables:
    """Return needs, offers and edges."""
    dice = np.random.default_rng(seed)
    sort, other = dice.integers(0, categories, needs), dice.integers(0, categories, needs)
    at, to = 300 * dice.random((needs, 2)), 300 * dice.random((needs, 2))
    need, offer, cost = [], [], []
    for n in range(categories):
        own, theirs = np.flatnonzero(sort == n), np.flatnonzero(other == n)
        for rows in np.array_split(own, len(own) // 20_000 + 1):
            drawn = theirs[dice.integers(0, len(theirs), (len(rows), 4 * degree))]
            km = np.linalg.norm(at[rows][:, None, :] - to[drawn], axis=2)
            near = np.argsort(km, axis=1)[:, :degree]
            need.append(np.repeat(rows, degree))
            offer.append(np.take_along_axis(drawn, near, 1).ravel())
            extra = dice.integers(0, 200, near.shape)
            cost.append((10 * np.take_along_axis(km, near, 1) + extra).astype(np.int64).ravel())
    one, two = np.concatenate(need), np.concatenate(offer)
    _, first = np.unique(one * needs + two, return_index=True)
    return (
        pl.DataFrame({"need": np.arange(needs), "quantity": np.ones(needs, np.int64), "penalty": UNMET}),
        pl.DataFrame({"offer": np.arange(needs), "quantity": dice.integers(0, 3, needs)}),
        pl.DataFrame({"need": one[first], "offer": two[first], "cost": np.concatenate(cost)[first]}),
    )


def greedy(needs: pl.DataFrame, offers: pl.DataFrame, edges: pl.DataFrame) -> float:
    """Give the cheapest pairs first, by the compiled loop that the clearing falls back on."""
    from sijin.engines.clearing import augment

    need, offer, cost = (edges[column].to_numpy() for column in ("need", "offer", "cost"))
    x, owed, left = (
        np.zeros(len(need), np.int64),
        needs["quantity"].to_numpy().copy(),
        offers["quantity"].to_numpy().copy(),
    )
    augment.greedy(np.argsort(cost, kind="stable"), offer, need, owed[need], x, left, owed)
    return float((cost * x).sum() + UNMET * owed.sum())


def ortools(needs: pl.DataFrame, offers: pl.DataFrame, edges: pl.DataFrame) -> float:
    """Solve the whole by OR-Tools' min-cost flow."""
    n, m, flow = len(needs), len(offers), min_cost_flow.SimpleMinCostFlow()
    wanted, need = needs["quantity"].to_numpy(), edges["need"].to_numpy()
    add = flow.add_arcs_with_capacity_and_unit_cost
    add(need, n + edges["offer"].to_numpy(), wanted[need], edges["cost"].to_numpy())
    add(np.arange(n), np.full(n, n + m), wanted, np.full(n, UNMET))
    add(n + np.arange(m), np.full(m, n + m), offers["quantity"].to_numpy(), np.zeros(m, np.int64))
    flow.set_nodes_supplies(np.arange(n), wanted)
    flow.set_node_supply(n + m, -int(wanted.sum()))
    assert flow.solve() == flow.OPTIMAL
    return float(flow.optimal_cost())


def highs(needs: pl.DataFrame, offers: pl.DataFrame, edges: pl.DataFrame) -> float:
    """Solve the linear programme by HiGHS."""
    n, m, k = len(needs), len(offers), len(edges)
    need, offer = edges["need"].to_numpy(), n + edges["offer"].to_numpy()
    wanted, stock = needs["quantity"].to_numpy().astype(float), offers["quantity"].to_numpy().astype(float)
    posed = milp.Programme(
        np.concatenate([edges["cost"].to_numpy(), np.full(n, UNMET)]).astype(float),
        np.concatenate([need, np.arange(n), offer]), np.concatenate([np.arange(k), k + np.arange(n), np.arange(k)]),
        np.ones(2 * k + n), np.concatenate([wanted, np.full(m, -highspy.kHighsInf)]), np.concatenate([wanted, stock]),
        np.zeros(k + n), np.full(k + n, highspy.kHighsInf),
    )  # fmt: skip
    return milp.solve(posed, time_limit=600.0).objective


def scipy(needs: pl.DataFrame, offers: pl.DataFrame, edges: pl.DataFrame) -> float:
    """Solve by SciPy's bipartite matching: a place for every unit offered, and one to stay without for every need."""
    stock = offers["quantity"].to_numpy()
    first = np.concatenate(([0], np.cumsum(stock)))
    counts = stock[edges["offer"].to_numpy()]
    row = np.repeat(edges["need"].to_numpy(), counts)
    inner = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    place = np.repeat(first[edges["offer"].to_numpy()], counts) + inner
    every = np.arange(len(needs))
    rows = np.concatenate([row, every])
    places = np.concatenate([place, first[-1] + every])
    costs = np.concatenate([np.repeat(edges["cost"].to_numpy(), counts), np.full(len(needs), UNMET)]) + 1.0
    graph = coo_array((costs, (rows, places)), shape=(len(needs), int(first[-1]) + len(needs))).tocsr()
    taken = min_weight_full_bipartite_matching(graph)
    return float(graph[taken].sum() - len(needs))


def timed(solve: Callable[..., float], tables: Tables) -> tuple[float, float]:
    """Return the cost and the seconds."""
    began = time.monotonic()
    return solve(*tables), time.monotonic() - began


def changed(tables: Tables, dice: np.random.Generator, quantities: bool) -> Tables:
    """Change a thousand costs by up to 300, or a thousand quantities by one."""
    needs, offers, edges = tables
    if not quantities:
        cost, rows = edges["cost"].to_numpy().copy(), dice.integers(0, len(edges), CHANGED)
        cost[rows] = np.maximum(cost[rows] + dice.integers(-300, 300, CHANGED), 0)
        return needs, offers, edges.with_columns(cost=pl.Series(cost))
    found = []
    for table in (needs, offers):
        quantity, rows = table["quantity"].to_numpy().copy(), dice.integers(0, len(table), CHANGED // 2)
        quantity[rows] = np.maximum(quantity[rows] + dice.choice([-1, 1], CHANGED // 2), 0)
        found.append(table.with_columns(quantity=pl.Series(quantity)))
    return found[0], found[1], edges


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("needs", 100_000), ("degree", 10), ("categories", 20), ("seeds", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--peers", action="store_true")
    given = parser.parse_args()
    clearing.clear(*market(3_000, 5, 1, 0), warm=clearing.clear(*market(3_000, 5, 1, 0)).warm)  # compiled by now
    print("| seed | edges | how | cost | / ours | seconds | / ours | peak GiB |\n|--|--:|--|--:|--:|--:|--:|--:|")
    for seed in range(given.seeds):
        tables = market(given.needs, given.degree, given.categories, seed)
        cleared = clearing.clear(*tables)
        rows = [("ours", cleared.cost, cleared.seconds)]
        assert cleared.cost == cleared.bound
        dice, now = np.random.default_rng(seed), tables
        for words, quantities in (
            (f"ours, {CHANGED:,} costs changed", False),
            (f"ours, {CHANGED:,} quantities changed", True),
        ):
            now = changed(now, dice, quantities)
            again = clearing.clear(*now, warm=cleared.warm)
            assert again.warm is cleared.warm and again.cost == again.bound
            rows.append((words, again.cost, again.seconds))
        show(seed, len(tables[2]), rows, rows[0])
        for name, peer in (
            ("greedy", greedy),
            ("OR-Tools", ortools),
            ("HiGHS, linear programme", highs),
            ("SciPy", scipy),
        ):
            if given.peers:
                cost, seconds = timed(peer, tables)
                show(seed, len(tables[2]), [(name, cost, seconds)], rows[0])
        if given.peers:
            show(seed, len(tables[2]), [("OR-Tools, all changes", *timed(ortools, now))], rows[-1])


def show(seed: int, edges: int, rows: list[tuple[str, float, float]], ours: tuple[str, float, float]) -> None:
    """Print rows with their ratios to ours."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for name, cost, seconds in rows:
        print(f"| {seed} | {edges:,} | {name} | {cost:,.0f} | {cost / ours[1]:.4f} | {seconds:.3f} | "
              f"{seconds / ours[2]:.2f} | {peak:.2f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
