"""A chain in layers: suppliers left of who buys from them, no order with more crossings than was given."""

from hypothesis import given
from hypothesis import strategies as st

from sijin.engines.chain.layers import crossings, layered


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] != pair[1]), max_size=16))
def test_suppliers_stand_left_of_who_buys_from_them_but_for_rings(pairs: list[tuple[int, int]]) -> None:
    firms = [f"f{n}" for n in range(8)]
    supplies = [(f"f{a}", f"f{b}") for a, b in pairs]
    layers = layered(firms, supplies)
    at = {firm: n for n, layer in enumerate(layers) for firm in layer}
    assert sorted(at) == firms
    after = {firm: {b for a, b in supplies if a == firm} for firm in firms}
    for _ in firms:
        after = {firm: own.union(*(after[other] for other in own)) for firm, own in after.items()}
    for a, b in supplies:
        assert at[a] == at[b] if a in after[b] else at[a] < at[b]


def test_lines_are_untangled() -> None:
    crossed = [("a", "y"), ("b", "x"), ("c", "z")]
    assert crossings([["a", "b", "c"], ["x", "y", "z"]], crossed) == 1
    assert crossings(layered(["a", "b", "c", "x", "y", "z"], crossed), crossed) == 0


def test_nobody_makes_no_layer() -> None:
    assert layered([], []) == []
