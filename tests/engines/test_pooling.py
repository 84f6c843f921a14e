"""The capacity pool against brute force, against the check of its answers, and with every kind of bad input."""

from datetime import date
from itertools import combinations, product
from math import inf

import numpy as np
import polars as pl
import pytest

from benchmarks.exchange.pooling import instance
from sijin.engines import milp, pooling
from sijin.engines.pooling.annealing import Annealing
from sijin.engines.pooling.check import check, cost
from sijin.engines.pooling.incumbent import Incumbent
from sijin.engines.pooling.prices import prices
from sijin.engines.pooling.problem import pose
from sijin.engines.pooling.relaxation import Relaxation, bound_at
from sijin.engines.pooling.scenarios import certified, compared, more, without
from sijin.engines.pooling.tables import Checked
from sijin.engines.pooling.windows import broken

CASES = 540  # in each run


def drawn(seed, change=0.0, late=None):
    """Return a tiny random pool: tables and rules, whose names begin with the seed."""
    dice = np.random.default_rng(seed)
    orders, makers, weeks = int(dice.integers(1, 4)), int(dice.integers(1, 4)), int(dice.integers(1, 5))
    release = dice.integers(0, weeks, orders)
    flag = lambda chance: dice.random() < chance  # noqa: E731
    order_table = pl.DataFrame({
        "order": [f"{seed}o{n}" for n in range(orders)], "product": dice.choice(["p", "q"], orders, p=[0.7, 0.3]),
        "quantity": dice.integers(1, 9, orders), "release": release,
        "due": [int(dice.integers(start, weeks)) for start in release],
        "max_partners": [None if flag(0.3) else float(dice.integers(1, 4)) for _ in range(orders)],
        "value": dice.integers(0, 60, orders), "min_lot": dice.choice([0, 0, 2, 3], orders),
        "penalty": [None if flag(0.5) else float(dice.integers(0, 15)) for _ in range(orders)],
        "certificate": pl.Series(["CE" if flag(0.3) else None for _ in range(orders)], dtype=pl.String),
    }, schema_overrides={"max_partners": pl.Float64, "penalty": pl.Float64})  # fmt: skip
    maker_table = pl.DataFrame({
        "maker": [f"{seed}m{n}" for n in range(makers)], "min_lot": dice.choice([0, 0, 1, 2], makers),
        "lead": dice.choice([0, 0, 0, 1], makers), "setup": dice.choice([0.0, 0.0, 0.5, 2.0], makers),
        "certificates": [["CE"] if flag(0.7) else [] for _ in range(makers)],
    })  # fmt: skip
    capacity = pl.DataFrame(
        [(f"{seed}m{m}", w, int(dice.integers(0, 7))) for m in range(makers) for w in range(weeks) if flag(0.9)],
        schema={"maker": pl.String, "week": pl.Int64, "hours": pl.Int64}, orient="row",
    )  # fmt: skip
    rates = pl.DataFrame(
        [
            (f"{seed}m{m}", p, float(dice.choice([0.5, 1.0, 2.0])), float(dice.integers(1, 9)))
            for m in range(makers) for p in "pq" if flag(0.8)
        ],
        schema={"maker": pl.String, "product": pl.String, "hours": pl.Float64, "cost": pl.Float64}, orient="row",
    )  # fmt: skip
    links = pl.DataFrame(
        [
            (f"{seed}o{o}", f"{seed}m{m}", int(dice.choice([0, 0, 1])), float(dice.integers(0, 4)))
            for o in range(orders) for m in range(makers) if flag(0.9)
        ],
        schema={"order": pl.String, "maker": pl.String, "ship_weeks": pl.Int64, "cost": pl.Float64}, orient="row",
    )  # fmt: skip
    pair = {"order": pl.String, "maker": pl.String, "quantity": pl.Float64}

    def some(chance, amounts):
        rows = [(o, m, dice.choice(amounts)) for o, m in links.select("order", "maker").iter_rows() if flag(chance)]
        return pl.DataFrame(rows, schema=pair, orient="row")

    rules = {
        "change": change, "late": late, "previous": some(0.4, [1.0, 2.0, 5.0]),
        "locks": some(0.2 if flag(0.5) else 0.0, [0.0, 0.0, 1.0, 2.0]),
    }  # fmt: skip
    return (order_table, maker_table, capacity, rates, links), rules


def ways_of(tables, rules, refused):
    """Return the pairs that may be, read from the tables: {(order, maker): (quantity's least, most, …)}."""
    orders, makers, _, rates, links = (list(table.iter_rows(named=True)) for table in tables)
    maker = {row["maker"]: row for row in makers}
    order = {row["order"]: row for row in orders}
    rate = {(row["maker"], row["product"]): row for row in rates}
    locked = {
        (row["order"], row["maker"]): row["quantity"]
        for row in rules["locks"].iter_rows(named=True)
        if (row["order"], row["maker"]) not in refused
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
            penalty = usual if rules["late"] is None else rules["late"]
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


@pytest.mark.parametrize("first", range(0, CASES, 60))
def test_no_split_is_cheaper(first):
    """Partner sets, lots, windows, certificates, locks, set-up, changes: brute force finds nothing better.

    Ten cases, which have nothing in common, are solved as one pool; each is held against brute force by itself.
    """
    for batch in range(first, first + 60, 10):
        rules = {"change": float(batch // 10 % 4), "late": [None, None, 4.0, 9.0][batch // 40 % 4]}
        cases = [drawn(seed, **rules) for seed in range(batch, batch + 10)]
        whole = [pl.concat(tables, how="vertical_relaxed") for tables in zip(*(case for case, _ in cases), strict=True)]
        for name in ("previous", "locks"):
            rules[name] = pl.concat([own[name] for _, own in cases])
        pooled = pooling.pool(*whole, rules, time_limit=60.0)
        wrong = pooled.faults.filter(pl.col("table") == "locks")["row"].to_list()
        refused = {rules["locks"].row(row)[:2] for row in wrong}
        total = 0.0
        for tables, own in cases:
            best = least(tables, own, refused)
            mine = [
                table.join(tables[0].select("order"), on="order", how="semi") for table in (pooled.shares, pooled.board)
            ]
            locks = own["locks"].filter(~pl.concat_str("order", "maker").is_in([o + m for o, m in refused]))
            assert check(*tables, *mine, locks=locks) == []
            orders, makers, _, rates, links = tables
            again = cost(
                orders, makers, rates, links, mine[0], late=own["late"], previous=own["previous"], change=own["change"]
            )
            assert again == pytest.approx(best, rel=1e-6, abs=1e-5), tables[0]["order"][0]
            total += best
        assert pooled.cost == pytest.approx(total, rel=1e-6) and pooled.bound == pytest.approx(total, rel=1e-5)
        assert pooled.complete


def small():
    """Return a pool of four orders and three makers by hand."""
    return (
        pl.DataFrame({
            "order": ["gowns", "suits", "masks", "visors"], "product": ["gown", "suit", "mask", "visor"],
            "quantity": [900, 400, 1000, 50], "release": [0, 0, 0, 0], "due": [2, 3, 1, 3],
            "max_partners": [2, 1, 2, 1], "value": [45_000.0, 40_000.0, 2_000.0, 500.0],
            "certificate": [None, "CE", None, None], "min_lot": [0, 0, 100, 0],
        }),
        pl.DataFrame({
            "maker": ["a", "b", "c"], "min_lot": [100, 100, 0], "lead": [0, 1, 0], "setup": [0, 4, 0],
            "certificates": ["", "FDA, ISO", ""],
        }),
        pl.DataFrame({
            "maker": ["a", "a", "b", "b", "c"], "week": [0, 1, 1, 2, 3], "hours": [40, 0, 40, 40, 40],
        }),
        pl.DataFrame({
            "maker": ["a", "b", "a", "b", "c"], "product": ["gown", "gown", "suit", "suit", "mask"],
            "hours": [0.1, 0.1, 0.2, 0.2, 0.01], "cost": [20.0, 25.0, 60.0, 66.0, 1.0],
        }),
        pl.DataFrame({
            "order": ["gowns", "gowns", "suits", "suits", "masks"], "maker": ["a", "b", "a", "b", "c"],
            "ship_weeks": [0, 1, 0, 0, 0], "cost": [1.0, 1.0, 1.0, 1.0, 0.1],
        }),
    )  # fmt: skip


def test_who_is_late_and_why():
    """Every order that nobody makes names what is missing: the certificate, the hours, a link."""
    pooled = pooling.pool(*small())
    assert pooled.late.select("order", "quantity", "reason", "certificate").rows() == [
        ("gowns", 140.0, "capacity", None), ("suits", 400.0, "certificate", "CE"), ("masks", 1000.0, "no_hours", None),
        ("visors", 50.0, "no_link", None),
    ]  # fmt: skip
    why = dict(pooled.late.select("order", "why").iter_rows())
    assert why["suits"] == "certificate CE is missing at a, b"
    assert why["masks"] == "no maker has hours for it until week 1"
    assert pooled.shares.select("order", "maker", "quantity").rows() == [("gowns", "a", 400.0), ("gowns", "b", 360.0)]
    assert pooled.makers.select("maker", "booked_until").rows() == [("a", 6), ("b", 13), ("c", None)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t[0].with_columns(due=pl.lit(0), release=pl.lit(0)), "no_time"),
        (lambda t: t[0].with_columns(min_lot=pl.lit(500)), "lot"),
        (lambda t: t[0].with_columns(product=pl.lit("tent")), "no_rate"),
        (lambda t: t[0].with_columns(penalty=pl.lit(1.0)), "dear"),
        (lambda t: t[0].with_columns(max_partners=pl.lit(1), quantity=pl.lit(760)), "partners"),
        (
            lambda t: t[0].with_columns(
                quantity=pl.lit(450), min_lot=pl.lit(110), penalty=pl.lit(27.0), max_partners=pl.lit(None, pl.Int64)
            ),
            "rest",
        ),
    ],
)
def test_other_reasons(change, reason):
    tables = small()
    orders = change(tables)[:1]
    links = tables[4].filter(pl.col("maker") == "b") if reason == "no_time" else tables[4]
    pooled = pooling.pool(orders, *tables[1:4], links)
    assert pooled.late["reason"].to_list() == [reason]


def test_scenarios_stand_side_by_side():
    found = compared(small(), {"a out": without("a"), "CE": certified("b", "CE"), "more": more(1.2, "gown")})
    late = dict(found.table.select("scenario", "late").iter_rows())
    assert late == {"": 1590.0, "a out": 1990.0, "CE": pytest.approx(1590.0 - 380.0 + 360.0, abs=400), "more": 1770.0}
    assert "suits" not in found.plans["CE"].late.filter(pl.col("reason") == "certificate")["order"].to_list()
    assert found.table.filter(pl.col("scenario") == "a out")["moved"].item() == 400.0


def test_bad_rows_are_named_and_the_rest_is_solved():
    """One pass names table, row and field of every fault; orders without one are made all the same."""
    orders, makers, capacity, rates, links = small()
    bad = pl.DataFrame({
        "order": ["gowns", "neg", "back", "none", None, "half"], "product": ["gown"] * 6,
        "quantity": ["5", "-3", "5", "many", "5", "5"], "release": [0.0, 0, 3, 0, 0, 0.5], "due": [2, 2, 1, 2, 2, 2],
        "max_partners": [1, 1, 1, 1, 1, 1], "value": [1.0] * 6, "certificate": [None] * 6, "min_lot": [0] * 6,
    })  # fmt: skip
    orders = pl.concat([orders.with_columns(pl.col("quantity").cast(pl.String)), bad], how="vertical_relaxed")
    capacity = pl.concat([capacity, pl.DataFrame({"maker": ["z", "a", "a"], "week": [0, 0, 2], "hours": [1, 1, -1]})])
    links = pl.concat([
        links,
        pl.DataFrame({
            "order": ["neg", "gowns", "gowns", "ghost"], "maker": ["a", "q", "a", "a"], "ship_weeks": [0, 0, 0, 0],
            "cost": [1.0, 1.0, 1.0, 1.0],
        }),
    ])  # fmt: skip
    pooled = pooling.pool(
        orders, makers, capacity, rates, links, {"locks": {"order": ["suits"], "maker": ["a"], "quantity": [5]}}
    )
    assert sorted(pooled.faults.select("table", "row", "field").rows()) == [
        ("capacity", 5, "maker"), ("capacity", 6, "week"), ("capacity", 7, "hours"), ("links", 6, "maker"),
        ("links", 7, "maker"), ("links", 8, "order"), ("locks", 0, "maker"), ("orders", 4, "order"),
        ("orders", 5, "quantity"), ("orders", 6, "due"), ("orders", 7, "quantity"), ("orders", 8, "order"),
        ("orders", 9, "release"),
    ]  # fmt: skip
    assert pooled.faults.filter(pl.col("row") == 7, table="orders").select("value", "expected").row(0) == (
        "many", "a quantity above 0",
    )  # fmt: skip
    assert pooled.shares["quantity"].to_list() == [400.0, 360.0]


@pytest.mark.parametrize(
    ("locks", "words"),
    [
        ({"order": ["gowns"], "maker": ["b"], "quantity": [365]}, "no more than the 360 that fit"),
        ({"order": ["gowns", "gowns"], "maker": ["a", "b"], "quantity": [400, 350]}, "than its quantity 700"),
        ({"order": ["gowns", "other"], "maker": ["a", "a"], "quantity": [300, 200]}, "than a has in weeks 0 to 2"),
    ],
)
def test_locks_that_clash_are_explained(locks, words):
    tables = small()
    orders = pl.concat([
        tables[0].head(1).with_columns(quantity=pl.lit(700)),
        tables[0].head(1).with_columns(order=pl.lit("other"), quantity=pl.lit(700)),
    ])  # fmt: skip
    links = pl.concat([tables[4].head(2), tables[4].head(2).with_columns(order=pl.lit("other"))])
    pooled = pooling.pool(orders, *tables[1:4], links, pooling.Rules(locks=locks))
    assert len(pooled.faults) == 1 and words in pooled.faults["expected"].item()
    kept = pl.DataFrame(locks).head(len(locks["order"]) - 1)
    assert check(orders, *tables[1:4], links, pooled.shares, pooled.board, locks=kept) == []


def test_what_cannot_be_asked_is_refused():
    tables = small()
    with pytest.raises(ValueError, match="orders: there is no column due"):
        pooling.pool(tables[0].drop("due"), *tables[1:])
    with pytest.raises(ValueError, match="there is no colour"):
        pooling.pool(*tables, {"colour": 1})
    plain = pooling.pool(*(table.to_dict(as_series=False) for table in tables))
    assert plain.cost == pooling.pool(*tables).cost


def test_the_order_due_first_is_worked_on_first():
    """A long order stops for a pressing one and goes on after it; the board says until when the maker is booked."""
    orders = pl.DataFrame({
        "order": ["long", "short"], "product": ["p", "p"], "quantity": [50, 20], "release": [0, 1], "due": [4, 1],
        "max_partners": [1, 1], "value": [500, 500],
    })  # fmt: skip
    makers = pl.DataFrame({"maker": ["m"], "min_lot": [0], "lead": [0], "setup": [7.0]})
    capacity = pl.DataFrame({"maker": ["m"] * 5, "week": range(5), "hours": [28] * 5})
    rates = pl.DataFrame({"maker": ["m"], "product": ["p"], "hours": [1.0], "cost": [1.0]})
    links = pl.DataFrame({"order": ["long", "short"], "maker": ["m", "m"], "ship_weeks": [0, 0], "cost": [0.0, 0.0]})
    pooled = pooling.pool(orders, makers, capacity, rates, links, {"start": date(2020, 3, 2)})
    days = pooled.board.group_by("order").agg(
        first=pl.col("day").min(), last=pl.col("day").max(), made=pl.col("quantity").sum()
    )
    assert sorted(days.rows()) == [("long", 0, 20, 50.0), ("short", 7, 13, 20.0)]
    assert pooled.board.filter(pl.col("order") == "short")["day"].unique().sort().to_list() == list(range(7, 14))
    assert pooled.board.filter(pl.col("day") == 0)["quantity"].to_list() == [0.0]  # setting up
    assert pooled.makers.select("booked_until", "date").row(0) == (21 - 1, date(2020, 3, 22))


@pytest.fixture(scope="module")
def middle():
    """Return a pool of the benchmark's kind, with set-up hours."""
    return instance(60, 12, 12, 1, load=0.9, most_setup=4.0)


def test_a_larger_pool_is_checked_day_by_day(middle):
    told = []
    pooled = pooling.pool(*middle, time_limit=1.5, progress=lambda *news: told.append(news) and None)
    assert check(*middle, pooled.shares, pooled.board) == []
    assert cost(*middle[:2], *middle[3:], pooled.shares) == pytest.approx(pooled.cost)
    assert pooled.bound <= pooled.cost and pooled.gap < 0.05
    assert told and all(total == 100 and "gap" in words for _, total, words in told)


def test_stopped_at_once_it_still_has_a_plan(middle):
    pooled = pooling.pool(*middle, time_limit=60.0, progress=lambda *_: True)
    assert check(*middle, pooled.shares, pooled.board) == [] and not pooled.complete
    assert pooled.why == "stopped by the caller" and 0 < pooled.bound < pooled.cost


def test_prices_prove_almost_what_the_relaxation_does(middle):
    """Prices found step by step give a bound under the relaxation's, and within half a per cent of it."""
    posed, _ = pose(Checked(*middle), pooling.Rules())
    relax = Relaxation(posed)
    assert relax.solve(np.inf)
    hour, worth = relax.prices()
    best = bound_at(posed, hour, worth)[0]
    assert best >= relax.value * (1 - 1e-9)
    hour, worth, _ = prices(posed, lambda: False)
    assert 0.995 * best <= bound_at(posed, hour, worth)[0] <= best * (1 + 1e-3)


def test_each_step_keeps_to_everything_and_a_seed_fixes_it(middle):
    posed, _ = pose(Checked(*middle), pooling.Rules())
    relax = Relaxation(posed)
    relax.solve(np.inf)
    hour, _ = relax.prices()
    found = []
    for _ in range(2):
        best = Incumbent(posed)
        first = best.value
        Annealing(posed, best, hour, relax.spans, 3).run(0.4, 2, np.inf, lambda words: False)
        assert best.value < first
        assert not len(broken(posed, posed.hours * best.share + posed.setup * best.taken, 1e-5)[0])
        used = best.share > 0
        assert (best.share[used] >= posed.lot[used] - 1e-7).all()
        assert (np.bincount(posed.order, used, len(posed.quantity)) <= posed.most).all()
        found.append(best.share)
    assert np.array_equal(*found)


def test_what_is_late_says_when_it_could_be_there():
    """The rest of the gowns could come from b, from its hours after the due week; suits nobody may make."""
    late = pooling.pool(*small()).late
    assert late.select("order", "ready_maker", "ready_week").rows() == [
        ("gowns", "b", 3), ("suits", None, None), ("masks", "c", 3), ("visors", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda shares: shares.with_columns(pl.col("quantity") * 1.2), "hours are not done by week"),
        (lambda shares: shares.with_columns(pl.col("quantity") * 0.1), "is less than the lot"),
        (lambda shares: pl.concat([shares, shares.head(1).with_columns(order=pl.lit("suits"))]), "certificate CE"),
        (lambda shares: pl.concat([shares, shares.head(1).with_columns(maker=pl.lit("c"))]), "no link or no rate"),
        (lambda shares: shares.head(1), "is not in the shares"),
    ],
)
def test_the_check_finds_what_is_wrong(spoil, words):
    tables = small()
    pooled = pooling.pool(*tables)
    assert check(*tables, pooled.shares, pooled.board) == []
    assert any(words in line for line in check(*tables, spoil(pooled.shares), pooled.board))
