"""The chain map against its definitions, tried by removing firms one after the other."""

import numpy as np
import polars as pl
import pytest
import rustworkx
from hypothesis import given, settings
from hypothesis import strategies as st

from sijin.engines import chain


@st.composite
def chains(draw):
    count = draw(st.integers(2, 7))
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    kept = draw(
        st.lists(st.tuples(st.sampled_from(pairs), st.sampled_from("ab")), min_size=1, max_size=12, unique=True)
    )
    firms = pl.DataFrame({"firm": [f"f{n}" for n in range(count)]})
    rows = [(f"f{i}", f"f{j}", product, draw(st.integers(1, 9))) for (i, j), product in kept]
    return firms, pl.DataFrame(rows, schema=["supplier", "buyer", "product", "volume"], orient="row")


def reached(edges, start, gone):
    """Return all that material from `start` reaches when the firm `gone` is not there."""
    found, queue = set(start) - {gone}, [name for name in start if name != gone]
    while queue:
        own = queue.pop()
        for supplier, buyer in edges:
            if supplier == own and buyer != gone and buyer not in found:
                found.add(buyer)
                queue.append(buyer)
    return found


def pieces(names, edges):
    """Count the parts into which firms fall."""
    left, count = set(names), 0
    while left:
        count += 1
        queue = [left.pop()]
        while queue:
            own = queue.pop()
            near = {b if a == own else a for a, b in edges if own in (a, b)} & left
            left -= near
            queue += near
    return count


@settings(max_examples=150, deadline=None)
@given(chains())
def test_every_measure_is_what_it_says(case):
    firms, supplies = case
    found = chain.analyse(firms, supplies)
    names = firms["firm"].to_list()
    edges = set(supplies.select("supplier", "buyer").iter_rows())
    raw = [name for name in names if name not in {buyer for _, buyer in edges}]
    whole = reached(edges, raw, None)
    for row in found.firms.iter_rows(named=True):
        name = row["firm"]
        without = {(a, b) for a, b in edges if name not in (a, b)}
        others = [n for n in names if n != name]
        alone = not any(name in pair for pair in edges)
        assert row["cut"] == (not alone and pieces(others, without) > pieces(names, edges))
        behind = whole - reached(edges, raw, name) - {name} if name in whole else set()
        assert row["behind"] == len(behind)
        sales = supplies.filter(pl.col("supplier") == name)
        assert row["sold"] == sales["volume"].sum()
        sole = [
            (buyer, product) for buyer, product in sales.select("buyer", "product").unique().iter_rows()
            if supplies.filter((pl.col("buyer") == buyer) & (pl.col("product") == product))["supplier"].n_unique() == 1
        ]  # fmt: skip
        assert row["sole"] == len(sole)
        makers = [
            supplies.filter(pl.col("product") == product)["supplier"].n_unique() - 1
            for product in set(sales["product"])
        ]
        assert row["others"] == (min(makers) if makers else None)


@settings(max_examples=60, deadline=None)
@given(chains())
def test_betweenness_agrees_with_rustworkx(case):
    firms, supplies = case
    graph = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(range(len(firms)))
    graph.add_edges_from_no_data(
        [(int(a[1:]), int(b[1:])) for a, b in supplies.select("supplier", "buyer").unique().rows()]
    )
    exact = rustworkx.digraph_betweenness_centrality(graph, normalized=False)
    found = chain.analyse(firms, supplies).firms["between"].to_numpy() * len(firms) * (len(firms) - 1)
    assert found == pytest.approx(np.array([exact[n] for n in range(len(firms))]))


@settings(max_examples=150, deadline=None)
@given(chains(), st.data())
def test_a_stop_goes_as_far_as_products_have_no_source_left(case, data):
    firms, supplies = case
    gone = data.draw(st.sampled_from(firms["firm"].to_list()))
    rows = list(supplies.select("supplier", "buyer", "product").iter_rows())
    stopped, grown = {gone}, True
    while grown:
        grown = False
        for _, buyer, product in rows:
            sources = {a for a, b, p in rows if (b, p) == (buyer, product)}
            if buyer not in stopped and sources <= stopped:
                stopped.add(buyer)
                grown = True
    found = chain.analyse(firms, supplies).without(gone)
    assert set(found["firm"]) == stopped - {gone} and found["firm"].n_unique() == len(found)


def test_the_three_lists_have_nobody_in_common_and_weak_links_say_why():
    firms = pl.DataFrame({
        "firm": ["garment", "cloth", "yarn", "zip", "glue", "far"], "capacity": [None, 50.0, 99.0, 9.0, 9.0, 9.0],
        "running": [True, True, True, False, True, True], "local": [True, True, True, True, True, False],
    })  # fmt: skip
    supplies = pl.DataFrame(
        [("cloth", "garment", "cloth", 90.0), ("yarn", "cloth", "yarn", 40.0), ("zip", "garment", "zip", 5.0),
         ("glue", "garment", "glue", 3.0), ("yarn", "garment", "glue", 8.0), ("far", "garment", "dye", 2.0)],
        schema=["supplier", "buyer", "product", "volume"], orient="row",
    )  # fmt: skip
    found = chain.analyse(firms, supplies)
    assert found.backbone["firm"].to_list() == ["garment"]
    assert found.suppliers["firm"].to_list() == ["cloth", "zip", "far", "yarn", "glue"]
    assert found.weak.select("product", "kind", "firm").rows() == [
        ("dye", "none_local", "far"), ("zip", "stopped", "zip"), ("cloth", "single", "cloth"),
        ("yarn", "single", "yarn"),
    ]  # fmt: skip
    short = supplies.vstack(pl.DataFrame([("zip", "garment", "cloth", 1.0)], schema=supplies.schema, orient="row"))
    kinds = dict(chain.analyse(firms, short).weak.select("product", "kind").iter_rows())
    assert kinds["cloth"] == "short"  # two makers now, who can make 59 of the 91 that are bought
    assert found.without("garment").is_empty()
    with pytest.raises(KeyError):
        found.without("nobody")


def test_faults_are_named_and_the_rest_is_measured():
    firms = pl.DataFrame({"firm": ["a", "b", "a", None], "capacity": [1.0, -1.0, 1.0, 1.0]})
    rows = [("a", "b", "p", 1.0), ("a", "c", "p", 1.0), ("a", "a", "p", 1.0), ("a", "b", "q", 0.0)]
    found = chain.analyse(firms, pl.DataFrame(rows, schema=["supplier", "buyer", "product", "volume"], orient="row"))
    assert sorted(found.faults.select("table", "row", "field").rows()) == [
        ("firms", 1, "capacity"), ("firms", 2, "firm"), ("firms", 3, "firm"), ("supplies", 0, "buyer"),
        ("supplies", 1, "buyer"), ("supplies", 2, "buyer"), ("supplies", 3, "buyer"),
    ]  # fmt: skip
    assert found.firms["firm"].to_list() == ["a"]
    with pytest.raises(ValueError, match="supplies: there is no column volume"):
        chain.analyse(firms, {"supplier": [], "buyer": []})
    nothing = chain.analyse({"firm": []}, {"supplier": [], "buyer": [], "volume": []})
    assert nothing.weak.is_empty() and nothing.backbone.is_empty()
