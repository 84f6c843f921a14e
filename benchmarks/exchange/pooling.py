"""The capacity pool at three sizes, beside HiGHS on the whole weekly model, every answer worked through by day.

    python -m benchmarks.exchange.pooling [--sizes small medium large --kinds plain set-up tight --seeds 1 --peer]

Generated: makers on a square of 400 km make two to four of the products, at a rate and a price of their own around the
product's; orders of one product, 10 to 300 units, half of them asking for one of three certificates that six makers in
ten hold, released in the first 70 % of the weeks and due four to nine weeks later; one to three partners more than the
order has double weeks of a usual maker, eight at most; a third of the orders with a lot of a tenth to a quarter of the
order, makers with lots up to 10 units and leads up to two weeks; up to twelve links for an order, to the nearer makers
of the product, none to two weeks on the way. Hours vary by week, a tenth of the weeks is not on offer, and all orders
together take 75 % of the hours. A unit late costs three times what it costs to make. Kinds: `set-up` adds up to 4 hours
of setting up for an order and maker (a usual maker has 30 to 40 hours a week); `tight` has them too, orders that take
85 % of the hours, and one to four partners whatever the size.

The peer gets every way and week as a column (hours worked), a column 0/1 for a partner and one for each order's rest,
and the same time.
"""

import argparse
import os
import resource
import time
from typing import Any

import numpy as np
import polars as pl

from sijin.engines import milp, pooling
from sijin.engines.pooling.check import check, cost
from sijin.engines.pooling.problem import Posed, pose, rules_of
from sijin.engines.pooling.tables import Checked

SIZES = {"small": (200, 25, 20, 3.0), "medium": (2_000, 300, 26, 30.0), "large": (10_000, 1_000, 52, 600.0)}
LINKS, LOAD = 12, 0.75
KINDS: dict[str, dict[str, Any]] = {
    "plain": {}, "set-up": {"most_setup": 4.0}, "tight": {"most_setup": 4.0, "load": 0.85, "narrow": True}
}  # fmt: skip
CERTIFICATES = ("CE", "FDA", "GB 19082")
Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]


def instance(
    orders: int, makers: int, weeks: int, seed: int, load: float = LOAD, most_setup: float = 0.0, narrow: bool = False
) -> Tables:
    """Return the five tables."""
    dice = np.random.default_rng(seed)
    products = max(6, makers // 12)
    hour, price = dice.uniform(0.3, 1.5, products), dice.uniform(20, 80, products)
    at, to = dice.uniform(0, 400, (makers, 2)), dice.uniform(0, 400, (orders, 2))
    makes = [np.sort(dice.choice(products, dice.integers(2, 5), replace=False)) for _ in range(makers)]
    for product in range(products):
        if not any(product in own for own in makes):
            makes[product % makers] = np.union1d(makes[product % makers], [product])
    rates = pl.DataFrame(
        [
            (m, int(p), hour[p] * dice.uniform(0.75, 1.3), price[p] * dice.uniform(0.8, 1.25))
            for m in range(makers) for p in makes[m]
        ],
        schema=["maker", "product", "hours", "cost"], orient="row",
    )  # fmt: skip
    held = dice.random((makers, len(CERTIFICATES))) < 0.6
    mix = dice.dirichlet(np.full(products, 4.0))
    product = dice.choice(products, orders, p=mix)
    quantity = np.round(np.exp(dice.uniform(np.log(10), np.log(300), orders)))
    release = dice.integers(0, int(0.7 * weeks), orders)
    due = np.minimum(release + dice.integers(4, 10, orders), weeks - 1)
    lot = np.where(dice.random(orders) < 1 / 3, np.round(quantity * dice.uniform(0.1, 0.25, orders)), 0.0)
    wanted = quantity * hour[product]
    weekly = float(wanted.sum()) / load / (makers * weeks)  # hours of a maker in a week
    partners = np.minimum(np.ceil(wanted / (2 * weekly)) + dice.integers(1, 4, orders), 8)
    if narrow:
        partners = dice.integers(1, 5, orders)
    asked = dice.integers(0, 2 * len(CERTIFICATES), orders)
    order_table = pl.DataFrame({
        "order": np.arange(orders), "product": product, "quantity": quantity, "release": release, "due": due,
        "max_partners": partners, "value": quantity * price[product] * 4, "min_lot": lot,
        "penalty": 3 * price[product],
        "certificate": [CERTIFICATES[n] if n < len(CERTIFICATES) else None for n in asked],
    })  # fmt: skip
    maker_table = pl.DataFrame({
        "maker": np.arange(makers), "min_lot": dice.choice([0.0, 5.0, 10.0], makers),
        "lead": dice.integers(0, 3, makers), "setup": dice.choice([0.0, 0.25, 0.5, 1.0], makers) * most_setup,
        "certificates": [[name for name, has in zip(CERTIFICATES, own, strict=True) if has] for own in held],
    })  # fmt: skip
    links = []
    makers_of = [np.array([m for m in range(makers) if p in makes[m]]) for p in range(products)]
    for o in range(orders):
        able = makers_of[product[o]]
        km = np.linalg.norm(at[able] - to[o], axis=1)
        near = np.argsort(km * dice.uniform(0.3, 1.7, len(able)), kind="stable")[:LINKS]
        for m, far in zip(able[near], km[near], strict=True):
            links.append((o, int(m), int(min(far // 200, 2)), 0.5 + 0.02 * far))
    base = dice.uniform(0.5, 1.5, makers)
    hours = base[:, None] * dice.uniform(0.7, 1.0, (makers, weeks)) * (dice.random((makers, weeks)) > 0.1)
    hours *= weekly * hours.size / hours.sum()
    maker, week = (axis.ravel() for axis in np.indices((makers, weeks)))
    return (
        order_table, maker_table, pl.DataFrame({"maker": maker, "week": week, "hours": hours.ravel()}), rates,
        pl.DataFrame(links, schema=["order", "maker", "ship_weeks", "cost"], orient="row"),
    )  # fmt: skip


def weekly(posed: Posed, time_limit: float) -> tuple[float, float, float]:
    """Solve the whole weekly model by HiGHS; return cost, bound and seconds."""
    began = time.monotonic()
    ways, orders = len(posed.order), len(posed.quantity)
    length = posed.last - posed.first + 1
    way = np.repeat(np.arange(ways), length)
    week = np.arange(len(way)) - np.repeat(np.cumsum(length) - length - posed.first, length)
    cells, weeks = len(way), posed.room.shape[1] - 1
    share, partner, rest = cells + np.arange(ways), cells + ways + np.arange(ways), cells + 2 * ways + np.arange(orders)
    every = np.arange(ways)
    blocks = (
        # hours of a way = what its weeks have
        (np.concatenate([way, every, every]), np.concatenate([np.arange(cells), share, partner]),
         np.concatenate([np.ones(cells), -posed.hours, -posed.setup]), np.zeros(ways), np.zeros(ways)),
        # hours of a maker in a week
        (posed.maker[way] * weeks + week, np.arange(cells), np.ones(cells),
         np.full(len(posed.room) * weeks, -milp.INF), np.diff(posed.room, axis=1).ravel()),
        (np.concatenate([posed.order, np.arange(orders)]), np.concatenate([share, rest]), np.ones(ways + orders),
         np.ones(orders), np.ones(orders)),
        (posed.order, partner, np.ones(ways), np.full(orders, -milp.INF), posed.most.astype(float)),
        (np.concatenate([every, every]), np.concatenate([share, partner]),
         np.concatenate([np.ones(ways), -posed.top]), np.full(ways, -milp.INF), np.zeros(ways)),
        (np.concatenate([every, every]), np.concatenate([share, partner]),
         np.concatenate([np.ones(ways), -posed.lot]), np.zeros(ways), np.full(ways, milp.INF)),
    )  # fmt: skip
    shift = np.cumsum([0] + [len(block[3]) for block in blocks])
    scale = float(posed.penalty.mean())
    columns = cells + 2 * ways + orders
    whole = np.zeros(columns, bool)
    whole[partner] = True
    high = np.full(columns, milp.INF)
    high[share], high[partner], high[rest] = posed.top, 1.0, 1.0
    answer = milp.solve(
        milp.Programme(
            np.concatenate([np.zeros(cells), posed.cost, np.zeros(ways), posed.penalty]) / scale,
            np.concatenate([block[0] + row for block, row in zip(blocks, shift[:-1], strict=True)]),
            np.concatenate([block[1] for block in blocks]), np.concatenate([block[2] for block in blocks]),
            np.concatenate([block[3] for block in blocks]), np.concatenate([block[4] for block in blocks]),
            np.zeros(columns), high, whole,
        ),
        time_limit=time_limit,
    )  # fmt: skip
    return answer.objective * scale, max(answer.bound * scale, 0.0), time.monotonic() - began


def measured(tables: Tables, pooled: pooling.Pooled) -> str:
    """Check an answer by other means; return what the table says of it."""
    wrong = check(*tables, pooled.shares, pooled.board)
    orders, makers, _, rates, links = tables
    again = cost(orders, makers, rates, links, pooled.shares)
    if abs(again - pooled.cost) > 1e-6 * pooled.cost:
        wrong.append(f"it costs {again:,.2f}, not {pooled.cost:,.2f}")
    return "passed" if not wrong else f"{len(wrong)} wrong: {wrong[0]}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--kinds", nargs="+", default=["plain"], choices=list(KINDS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--peer", action="store_true")
    given = parser.parse_args()
    pooling.pool(*instance(60, 12, 10, 0), time_limit=2.0)  # compiled by now
    print("| size | kind | seed | how | cost | gap | seconds | of processor | late units | checker | peak GiB | load |")
    print("|---|---|--:|---|--:|--:|--:|--:|--:|---|--:|--:|")
    for name in given.sizes:
        orders, makers, weeks, limit = SIZES[name]
        limit = given.seconds or limit
        for kind in given.kinds:
            for seed in range(given.seeds):
                first = f"{orders:,} × {makers:,} × {weeks} | {kind} | {seed}"
                tables = instance(orders, makers, weeks, seed, **KINDS[kind])
                used = time.process_time()
                pooled = pooling.pool(*tables, time_limit=limit)
                times = f"{pooled.seconds:.1f} | {time.process_time() - used:.1f}"
                late = f"{pooled.late['quantity'].sum():,.0f}"
                show(first, "ours", pooled.cost, pooled.gap, times, late, measured(tables, pooled))
                if given.peer:
                    posed, _ = pose(Checked(*tables), rules_of(None))
                    used = time.process_time()
                    value, bound, seconds = weekly(posed, limit)
                    times = f"{seconds:.1f} | {time.process_time() - used:.1f}"
                    show(first, "HiGHS, weekly model", value, (value - bound) / value, times, "", "")


def show(first: str, how: str, value: float, gap: float, times: str, late: str, passed: str) -> None:
    """Print a row."""
    peak: Any = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    figures = f"{value:,.0f} | {gap:.3%} | {times} | {late} | {passed} | {peak:.2f} | {os.getloadavg()[0]:.1f}"
    print(f"| {first} | {how} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
