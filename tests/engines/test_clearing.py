"""The clearing against brute force, against another solver, and against itself after every kind of change."""

from dataclasses import replace
from math import inf

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.graph.python import min_cost_flow

from sijin.engines import clearing, milp


def market(needs, offers, edges, groups=None):
    """Return the three tables of (quantity, penalty), quantity and {(need, offer): cost}."""
    columns = {
        "need": [f"n{i}" for i in range(len(needs))],
        "quantity": [q for q, _ in needs],
        "penalty": [p for _, p in needs],
    }
    if groups is not None:
        columns["group"] = groups
    types = {"need": pl.String, "quantity": pl.Int64, "penalty": pl.Int64, "group": pl.String}
    return (
        pl.DataFrame(columns, schema={name: types[name] for name in columns}),
        pl.DataFrame(
            {"offer": [f"o{j}" for j in range(len(offers))], "quantity": offers},
            schema={"offer": pl.String, "quantity": pl.Int64},
        ),
        pl.DataFrame(
            [(f"n{i}", f"o{j}", cost) for (i, j), cost in edges.items()],
            schema={"need": pl.String, "offer": pl.String, "cost": pl.Int64}, orient="row",
        ),
    )  # fmt: skip


def best(needs, offers, edges, floors=None, locks=None, before=None, change=0):
    """Try every answer; return the least cost. `floors` are (needs, least met), `locks` {(i, j): least}."""
    pairs, locks, before = list(edges), locks or {}, before or {}
    found = inf

    def tried(k, wanted, stock, cost):
        nonlocal found
        if k == len(pairs):
            met = [needs[i][0] - wanted[i] for i in range(len(needs))]
            if all(sum(met[i] for i in own) >= least for own, least in floors or ()):
                found = min(found, cost + sum(left * needs[i][1] for i, left in enumerate(wanted)))
            return
        i, j = pairs[k]
        for amount in range(locks.get((i, j), 0), min(wanted[i], stock[j]) + 1):
            free = amount - locks.get((i, j), 0)
            moved = change * max(before.get((i, j), 0) - free, 0)
            tried(
                k + 1, [w - amount * (n == i) for n, w in enumerate(wanted)],
                [s - amount * (n == j) for n, s in enumerate(stock)], cost + amount * edges[i, j] + moved,
            )  # fmt: skip

    tried(0, [q for q, _ in needs], list(offers), 0)
    return found


def taken(quantities):
    """Return {(need, offer): quantity} as a table."""
    return pl.DataFrame(
        [(f"n{i}", f"o{j}", quantity) for (i, j), quantity in quantities.items()],
        schema={"need": pl.String, "offer": pl.String, "quantity": pl.Int64}, orient="row",
    )  # fmt: skip


QUANTITY, COST = st.integers(0, 3), st.integers(0, 9)
NEEDS = st.lists(st.tuples(QUANTITY, COST), min_size=1, max_size=3)
OFFERS = st.lists(QUANTITY, min_size=1, max_size=3)


@st.composite
def markets(draw):
    needs, offers = draw(NEEDS), draw(OFFERS)
    pairs = [(i, j) for i in range(len(needs)) for j in range(len(offers))]
    kept = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=6))
    return needs, offers, {pair: draw(COST) for pair in kept}


def kept(cleared, needs, offers, edges):
    """Check by other means that the answer gives nobody more than is wanted or there, and costs what it says."""
    met, used, cost = [0] * len(needs), [0] * len(offers), 0.0
    for need, offer, quantity, _ in cleared.matches.iter_rows():
        i, j = int(need[1:]), int(offer[1:])
        met[i], used[j], cost = met[i] + quantity, used[j] + quantity, cost + quantity * edges[i, j]
    assert all(used[j] <= offers[j] for j in range(len(offers)))
    unmet = dict(cleared.unmet.select("need", "quantity").iter_rows())
    for i, (quantity, penalty) in enumerate(needs):
        assert met[i] + unmet.get(f"n{i}", 0.0) == quantity
        cost += penalty * (quantity - met[i])
    return cost


@settings(max_examples=400, deadline=None)
@given(markets())
def test_no_answer_is_cheaper(case):
    cleared = clearing.clear(*market(*case))
    assert cleared.cost == kept(cleared, *case) == best(*case)
    assert cleared.gap == 0 and cleared.bound == cleared.cost


@settings(max_examples=200, deadline=None)
@given(markets(), st.data())
def test_floors_locks_and_change(case, data):
    needs, offers, edges = case
    groups = [data.draw(st.sampled_from(["a", "b"])) for _ in needs]
    shares = {"a": data.draw(st.sampled_from([0.0, 0.5, 1.0])), "b": data.draw(st.sampled_from([0.0, 0.34]))}
    floors = []
    for name, share in shares.items():
        own = [i for i, group in enumerate(groups) if group == name]
        floors.append((own, np.ceil(share * sum(needs[i][0] for i in own) - 1e-6)))
    least = best(needs, offers, edges, floors=floors)
    cleared = clearing.clear(*market(needs, offers, edges, groups), floor=shares)
    if least < inf:
        assert cleared.cost == least == kept(cleared, needs, offers, edges)
        assert cleared.gap == pytest.approx(0)
    else:
        assert (cleared.floors["kept"] < cleared.floors["share"] - 1e-9).any()
    wanted, stock = [q for q, _ in needs], list(offers)
    locks = {}
    for i, j in edges:
        locks[i, j] = data.draw(st.integers(0, min(wanted[i], stock[j])))
        wanted[i], stock[j] = wanted[i] - locks[i, j], stock[j] - locks[i, j]
    locked = taken(locks)
    cleared = clearing.clear(*market(needs, offers, edges), locks=locked)
    assert not len(cleared.faults) and cleared.cost == best(needs, offers, edges, locks=locks)
    assert kept(cleared, needs, offers, edges) == cleared.cost
    before = {pair: data.draw(QUANTITY) for pair in edges}
    before = {(i, j): min(q, needs[i][0]) for (i, j), q in before.items()}
    cleared = clearing.clear(*market(needs, offers, edges), running=clearing.Running(taken(before), 3))
    assert cleared.cost == best(needs, offers, edges, before=before, change=3)


@settings(max_examples=200, deadline=None)
@given(markets(), st.data())
def test_after_any_change_it_is_what_a_fresh_clearing_finds(case, data):
    needs, offers, edges = case
    cleared = clearing.clear(*market(*case))
    for _ in range(3):
        needs = [(data.draw(QUANTITY), data.draw(COST)) if data.draw(st.booleans()) else own for own in needs]
        offers = [data.draw(QUANTITY) if data.draw(st.booleans()) else own for own in offers]
        edges = {pair: data.draw(COST) if data.draw(st.booleans()) else own for pair, own in edges.items()}
        cleared = clearing.clear(*market(needs, offers, edges), warm=cleared.warm)
        assert cleared.cost == cleared.bound == best(needs, offers, edges) == kept(cleared, needs, offers, edges)


@settings(max_examples=150, deadline=None)
@given(markets())
def test_one_unit_more_changes_the_cost_by_exactly_its_price(case):
    needs, offers, edges = case
    cleared = clearing.clear(*market(*case))
    prices = {(side, name): price for side, name, price in cleared.prices.iter_rows()}
    for j in range(len(offers)):
        more = [q + (n == j) for n, q in enumerate(offers)]
        assert best(needs, offers, edges) - best(needs, more, edges) == prices["offer", f"o{j}"]
    for i in range(len(needs)):
        more = [(q + (n == i), p) for n, (q, p) in enumerate(needs)]
        assert best(more, offers, edges) - best(needs, offers, edges) == prices["need", f"n{i}"]


def large(seed, needs=6000, offers=5000, degree=6, parts=3):
    dice = np.random.default_rng(seed)
    own, theirs = (
        dice.integers(0, parts, needs),
        [np.flatnonzero(dice.integers(0, parts, offers) == k) for k in range(parts)],
    )
    pairs = np.unique(np.concatenate([
        np.stack([np.full(degree, i), dice.choice(theirs[own[i]], degree)], axis=1) for i in range(needs)
    ]), axis=0)  # fmt: skip
    return (
        pl.DataFrame(
            {"need": np.arange(needs), "quantity": dice.integers(0, 5, needs), "penalty": dice.integers(50, 400, needs)}
        ),
        pl.DataFrame({"offer": np.arange(offers), "quantity": dice.integers(0, 5, offers)}),
        pl.DataFrame({"need": pairs[:, 0], "offer": pairs[:, 1], "cost": dice.integers(-20, 300, len(pairs))}),
    )  # fmt: skip


def flowed(needs, offers, edges):
    """Return the optimum by OR-Tools."""
    flow, n, m = min_cost_flow.SimpleMinCostFlow(), len(needs), len(offers)
    wanted, stock = needs["quantity"].to_numpy(), offers["quantity"].to_numpy()
    flow.add_arcs_with_capacity_and_unit_cost(
        edges["need"].to_numpy(),
        n + edges["offer"].to_numpy(),
        wanted[edges["need"].to_numpy()],
        edges["cost"].to_numpy(),
    )
    flow.add_arcs_with_capacity_and_unit_cost(np.arange(n), np.full(n, n + m), wanted, needs["penalty"].to_numpy())
    flow.add_arcs_with_capacity_and_unit_cost(n + np.arange(m), np.full(m, n + m), stock, np.zeros(m, np.int64))
    flow.set_nodes_supplies(np.arange(n), wanted)
    flow.set_node_supply(n + m, -int(wanted.sum()))
    assert flow.solve() == flow.OPTIMAL
    return flow.optimal_cost()


@pytest.mark.parametrize("parts", [3, 1])
def test_large_markets_agree_with_other_solvers_before_and_after_a_change(parts):
    needs, offers, edges = large(parts, parts=parts)
    cleared = clearing.clear(needs, offers, edges)
    assert cleared.cost == cleared.bound == flowed(needs, offers, edges)
    dice = np.random.default_rng(1)
    edges = edges.with_columns(
        cost=pl.col("cost") + pl.Series(dice.integers(-200, 200, len(edges)) * (dice.random(len(edges)) < 0.01))
    )
    needs = needs.with_columns(quantity=(pl.col("quantity") + pl.Series(dice.integers(-1, 2, len(needs)))).clip(0))
    offers = offers.with_columns(quantity=(pl.col("quantity") + pl.Series(dice.integers(-1, 2, len(offers)))).clip(0))
    again = clearing.clear(needs, offers, edges, warm=cleared.warm)
    assert again.warm is cleared.warm  # it went on from the first one
    assert again.cost == again.bound == flowed(needs, offers, edges)


def test_a_linear_programme_agrees_where_quantities_and_costs_are_broken():
    needs, offers, edges = large(5, needs=300, offers=250)
    dice = np.random.default_rng(5)
    needs = needs.with_columns(quantity=pl.Series(np.round(dice.random(300) * 4, 2)), penalty=pl.col("penalty") + 0.25)
    edges = edges.with_columns(cost=pl.col("cost") + 0.125)
    cleared = clearing.clear(needs, offers, edges)
    n, m, k = len(needs), len(offers), len(edges)
    posed = milp.Programme(
        np.concatenate([edges["cost"].to_numpy(), needs["penalty"].to_numpy()]),
        np.concatenate([edges["need"].to_numpy(), np.arange(n), n + edges["offer"].to_numpy()]),
        np.concatenate([np.arange(k), k + np.arange(n), np.arange(k)]), np.ones(2 * k + n),
        np.concatenate([needs["quantity"].to_numpy(), np.full(m, -milp.INF)]),
        np.concatenate([needs["quantity"].to_numpy(), offers["quantity"].to_numpy().astype(float)]),
        np.zeros(k + n), np.full(k + n, milp.INF),
    )  # fmt: skip
    assert cleared.cost == pytest.approx(milp.solve(posed, time_limit=20.0).objective, rel=1e-6)


def test_every_fault_is_named_and_the_rest_is_solved():
    needs, offers, edges = market([(2, 9), (3, 9), (1, 9)], [4, 4], {(0, 0): 1, (1, 1): 2, (2, 0): 3})
    needs = pl.concat([needs, pl.DataFrame({"need": ["n0", "bad"], "quantity": [1, -5], "penalty": [9, 9]})])
    offers = pl.concat([offers, pl.DataFrame({"offer": [None], "quantity": [3]}, schema=offers.schema)])
    more = [("n0", "o0", 7), ("nobody", "o0", 1), ("bad", "o1", 1), ("n2", "o1", None)]
    edges = pl.concat([edges, pl.DataFrame(more, schema=edges.schema, orient="row")])
    cleared = clearing.clear(needs, offers, edges)
    assert sorted(cleared.faults.select("table", "row", "field").rows()) == [
        ("edges", 3, "offer"), ("edges", 4, "need"), ("edges", 5, "need"), ("edges", 6, "cost"), ("needs", 3, "need"),
        ("needs", 4, "quantity"), ("offers", 2, "offer"),
    ]  # fmt: skip
    assert cleared.cost == 2 * 1 + 3 * 2 + 1 * 3
    with pytest.raises(ValueError, match="edges: there is no column cost"):
        clearing.clear(needs, offers, edges.drop("cost"))


def test_locks_beyond_what_there_is_are_faults():
    tables = market([(2, 9), (3, 9)], [4], {(0, 0): 1, (1, 0): 1})
    locks = pl.DataFrame({"need": ["n0", "n1", "n1"], "offer": ["o0", "o0", "o9"], "quantity": [2, 3, 1]})
    cleared = clearing.clear(*tables, locks=locks)
    assert cleared.faults.select("table", "row", "field").rows() == [
        ("locks", 2, "offer"), ("locks", 0, "quantity"), ("locks", 1, "quantity"),
    ]  # fmt: skip


def test_what_stays_unmet_says_why():
    cleared = clearing.clear(*market([(2, 9), (2, 1), (1, 9)], [1], {(0, 0): 2, (1, 0): 5}))
    assert cleared.unmet.select("need", "why").rows() == [("n0", "no_room"), ("n1", "dear"), ("n2", "no_offer")]


def test_nothing_at_all_and_nothing_that_fits():
    empty = clearing.clear(*market([], [], {}))
    assert empty.cost == 0 and empty.gap == 0 and not len(empty.matches)
    none = clearing.clear(*market([(2, 9)], [5], {}))
    assert none.cost == 18 and none.unmet.rows() == [("n0", 2.0, "no_offer")]


def test_stopped_at_once_it_gives_an_answer_with_its_gap():
    needs, offers, edges = large(2)
    cleared = clearing.clear(needs, offers, edges, progress=lambda done, total, words: True)
    assert not cleared.complete and cleared.bound <= flowed(needs, offers, edges) <= cleared.cost and cleared.gap > 0
    used = cleared.matches.group_by("offer").agg(pl.col("quantity").sum()).join(offers, on="offer")
    assert (used["quantity"] <= used["quantity_right"]).all()


def test_a_floor_lifts_a_county_that_would_go_without():
    tables = market([(4, 9), (4, 3)], [4], {(0, 0): 0, (1, 0): 0}, ["city", "county"])
    assert clearing.clear(*tables).matches["need"].to_list() == ["n0"]
    cleared = clearing.clear(*tables, floor=0.25)
    assert sorted(cleared.matches.select("need", "quantity").rows()) == [("n0", 3.0), ("n1", 1.0)]
    assert cleared.floors.rows() == [("city", 0.25, 0.75, 0.0), ("county", 0.25, 0.25, 6.0)]


def test_columns_may_be_dicts_of_arrays_and_names_numbers():
    cleared = clearing.clear(
        {"need": [7], "quantity": [1.5], "penalty": [2.0]}, {"offer": [9], "quantity": [1.0]},
        {"need": [7], "offer": [9], "cost": [1.0]},
    )  # fmt: skip
    assert cleared.matches.rows() == [(7, 9, 1.0, 1.0)] and cleared.cost == 2.0
    assert replace(cleared).prices.rows() == [("offer", "9", 1.0), ("need", "7", 2.0)]


def test_offers_alone_have_prices_too():
    cleared = clearing.clear(*market([], [3], {}))
    assert cleared.prices.rows() == [("offer", "o0", 0.0)]
