"""The capacity pool against brute force, against the check of its answers, and with every kind of bad input."""

from itertools import combinations, product
from math import inf

import numpy as np
import polars as pl
import pytest

from sijin.engines import milp, pooling
from sijin.engines.pooling.check import check, cost

CASES = 150
NAMES = {"orders": "order", "makers": "maker"}


def drawn(seed):
    """Return a tiny random pool: tables and rules."""
    dice = np.random.default_rng(seed)
    orders, makers, weeks = int(dice.integers(1, 4)), int(dice.integers(1, 4)), int(dice.integers(1, 5))
    release = dice.integers(0, weeks, orders)
    flag = lambda chance: dice.random() < chance  # noqa: E731
    order_table = pl.DataFrame({
        "order": [f"o{n}" for n in range(orders)], "product": dice.choice(["p", "q"], orders, p=[0.7, 0.3]),
        "quantity": dice.integers(1, 9, orders), "release": release,
        "due": [int(dice.integers(start, weeks)) for start in release],
        "max_partners": [None if flag(0.3) else float(dice.integers(1, 4)) for _ in range(orders)],
        "value": dice.integers(0, 60, orders), "min_lot": dice.choice([0, 0, 2, 3], orders),
        "penalty": [None if flag(0.5) else float(dice.integers(0, 15)) for _ in range(orders)],
        "certificate": pl.Series(["CE" if flag(0.3) else None for _ in range(orders)], dtype=pl.String),
    }, schema_overrides={"max_partners": pl.Float64, "penalty": pl.Float64})  # fmt: skip
    maker_table = pl.DataFrame({
        "maker": [f"m{n}" for n in range(makers)], "min_lot": dice.choice([0, 0, 1, 2], makers),
        "lead": dice.choice([0, 0, 0, 1], makers), "setup": dice.choice([0.0, 0.0, 0.5, 2.0], makers),
        "certificates": [["CE"] if flag(0.7) else [] for _ in range(makers)],
    })  # fmt: skip
    capacity = pl.DataFrame(
        [(f"m{m}", w, int(dice.integers(0, 7))) for m in range(makers) for w in range(weeks) if flag(0.9)],
        schema={"maker": pl.String, "week": pl.Int64, "hours": pl.Int64}, orient="row",
    )  # fmt: skip
    rates = pl.DataFrame(
        [
            (f"m{m}", p, float(dice.choice([0.5, 1.0, 2.0])), float(dice.integers(1, 9)))
            for m in range(makers) for p in "pq" if flag(0.8)
        ],
        schema={"maker": pl.String, "product": pl.String, "hours": pl.Float64, "cost": pl.Float64}, orient="row",
    )  # fmt: skip
    links = pl.DataFrame(
        [
            (f"o{o}", f"m{m}", int(dice.choice([0, 0, 1])), float(dice.integers(0, 4)))
            for o in range(orders) for m in range(makers) if flag(0.9)
        ],
        schema={"order": pl.String, "maker": pl.String, "ship_weeks": pl.Int64, "cost": pl.Float64}, orient="row",
    )  # fmt: skip
    pair = {"order": pl.String, "maker": pl.String, "quantity": pl.Float64}

    def some(chance, amounts):
        rows = [(o, m, dice.choice(amounts)) for o, m in links.select("order", "maker").iter_rows() if flag(chance)]
        return pl.DataFrame(rows, schema=pair, orient="row")

    rules = {"change": float(dice.integers(0, 4)), "previous": some(0.4, [1.0, 2.0, 5.0])}
    if flag(0.5):
        rules["locks"] = some(0.2, [0.0, 0.0, 1.0, 2.0])
    if flag(0.3):
        rules["late"] = float(dice.integers(0, 15))
    return (order_table, maker_table, capacity, rates, links), rules


def ways_of(tables, rules, refused):
    """Return the pairs that may be, read from the tables: {(order, maker): (quantity's least, most, …)}."""
    orders, makers, _, rates, links = (list(table.iter_rows(named=True)) for table in tables)
    maker = {row["maker"]: row for row in makers}
    order = {row["order"]: row for row in orders}
    rate = {(row["maker"], row["product"]): row for row in rates}
    locked = {
        (row["order"], row["maker"]): row["quantity"]
        for n, row in enumerate(rules["locks"].iter_rows(named=True) if "locks" in rules else ())
        if n not in refused
    }
    before = {(row["order"], row["maker"]): row["quantity"] for row in rules["previous"].iter_rows(named=True)}
    found, dearest = {}, dict.fromkeys(order, 0.0)
    moved = rules["change"] * sum(before.values())
    for link in links:
        pair = link["order"], link["maker"]
        wanted, own = order[pair[0]], maker[pair[1]]
        made = rate.get((pair[1], wanted["product"]))
        if made is None:
            continue
        unit = made["cost"] + link["cost"]
        dearest[pair[0]] = max(dearest[pair[0]], unit)
        lock, had = locked.get(pair), before.get(pair, 0.0)
        weeks = range(wanted["release"] + own["lead"], wanted["due"] - link["ship_weeks"] + 1)
        able = wanted["certificate"] is None or wanted["certificate"] in own["certificates"]
        if not able or not len(weeks) or lock == 0:
            continue
        moved -= rules["change"] * had
        low, high = (max(wanted["min_lot"], own["min_lot"]), wanted["quantity"]) if lock is None else (lock, lock)
        found[pair] = (low, high, unit, made["hours"], own["setup"], weeks, lock is not None, had)
    return found, dearest, moved


def least(tables, rules, refused=()):
    """Try every set of partners of every order, the shares by a linear programme over weeks; return the least cost."""
    ways, dearest, moved = ways_of(tables, rules, refused)
    hours = {(row[0], row[1]): row[2] for row in tables[2].iter_rows()}
    orders = list(tables[0].iter_rows(named=True))
    choices = []
    for order in orders:
        own = [pair for pair in ways if pair[0] == order["order"]]
        must = {pair for pair in own if ways[pair][6]}
        penalty = order["penalty"]
        if penalty is None:
            usual = order["value"] / order["quantity"] + dearest[order["order"]]
            penalty = rules.get("late", usual)
        sets = []
        for size in range(min(len(own), int(order["max_partners"] or len(own))) + 1):
            for chosen in combinations(own, size):
                low = sum(ways[pair][0] for pair in chosen)
                if must <= set(chosen) and low <= order["quantity"] + 1e-9:
                    sets.append((floor(order, own, chosen, ways, penalty, rules["change"]), chosen))
        choices.append((order, penalty, own, sorted(sets)))
    found = inf
    for picked in sorted(product(*(sets for *_, sets in choices)), key=lambda sets: sum(value for value, _ in sets)):
        if sum(value for value, _ in picked) >= found - 1e-9:
            break
        found = min(found, linear(choices, [chosen for _, chosen in picked], ways, hours, rules["change"]))
    return found + moved


def floor(order, own, chosen, ways, penalty, change):
    """Return the least cost of an order with these partners if there were hours enough."""
    total, left = sum(change * ways[pair][7] for pair in own), float(order["quantity"])
    pieces = []
    for pair in chosen:
        low, high, unit, *_, had = ways[pair]
        total += unit * low - change * min(low, had)
        left -= low
        pieces += [(unit - change, max(min(had, high) - low, 0.0)), (unit, high - max(min(had, high), low))]
    for unit, room in sorted(pieces):
        if unit < penalty:
            total += unit * min(room, left)
            left -= min(room, left)
    return total + penalty * max(left, 0.0)


def linear(choices, picked, ways, hours, change):
    """Solve the shares of fixed partners over weeks: hours by week, quantities, rests, what moves away."""
    columns, rows = [], []  # (cost, low, high); (low, high, {column: value})

    def column(unit, low=0.0, high=inf):
        columns.append((unit, low, high))
        return len(columns) - 1

    used = {}
    for (order, penalty, own, _), chosen in zip(choices, picked, strict=True):
        short = column(penalty)
        whole = {short: 1.0}
        for pair in own:
            low, high, unit, hour, setup, weeks, _, had = ways[pair]
            gone = column(change) if had else None
            if pair not in chosen:
                if had:
                    rows.append((had, inf, {gone: 1.0}))
                continue
            quantity = column(unit, low, high)
            whole[quantity] = 1.0
            worked = {quantity: -hour}
            for week in weeks:
                cell = column(0.0)
                worked[cell] = 1.0
                used.setdefault((pair[1], week), {})[cell] = 1.0
            rows.append((setup, setup, worked))
            if had:
                rows.append((had, inf, {quantity: 1.0, gone: 1.0}))
        rows.append((order["quantity"], order["quantity"], whole))
    rows += [(0.0, float(hours.get(key, 0)), cells) for key, cells in used.items()]
    cells = [(n, col, value) for n, (_, _, row) in enumerate(rows) for col, value in row.items()]
    low, high = np.array([row[:2] for row in rows], float).T
    price, least_of, most_of = np.array(columns, float).T
    answer = milp.solve(
        milp.Programme(
            price, np.array([c[0] for c in cells]), np.array([c[1] for c in cells]),
            np.array([c[2] for c in cells], float), low, high, least_of, most_of,
        ),
        time_limit=10.0,
    )  # fmt: skip
    return answer.objective if answer.feasible and not answer.infeasible else inf


def test_no_split_is_cheaper():
    """Partner sets, lots, windows, certificates, locks, set-up, changes: brute force finds nothing better."""
    for seed in range(CASES):
        tables, rules = drawn(seed)
        pooled = pooling.pool(*tables, rules, time_limit=30.0)
        refused = set(pooled.faults.filter(pl.col("table") == "locks")["row"])
        best = least(tables, rules, refused)
        assert pooled.cost == pytest.approx(best, rel=1e-6, abs=1e-6), seed
        assert pooled.bound == pytest.approx(best, rel=1e-6, abs=1e-6) and pooled.complete, seed
        locks = rules.get("locks")
        if locks is not None:
            locks = locks.with_row_index().filter(~pl.col("index").is_in(list(refused)))
        assert check(*tables, pooled.shares, pooled.board, locks=locks) == [], seed
        orders, makers, _, rates, links = tables
        again = cost(
            orders, makers, rates, links, pooled.shares, late=rules.get("late"), previous=rules["previous"],
            change=rules["change"],
        )  # fmt: skip
        assert again == pytest.approx(pooled.cost, rel=1e-6, abs=1e-6), seed
