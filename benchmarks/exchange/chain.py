"""The chain map of 100,000 firms: seconds of all lists, beside rustworkx's own exact betweenness on a tenth of it.

    python -m benchmarks.exchange.chain [--firms 100000 --links 500000]

Generated: firms on levels from raw material to the finished good, who buy from lower levels; 400 products; a tenth of
the firms does not run. The exact betweenness takes time as firms times links, so the peer gets a smaller chain.
"""

import argparse
import time

import numpy as np
import polars as pl
import rustworkx

from sijin.engines import chain


def generated(count: int, links: int, seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return firms and supplies."""
    dice = np.random.default_rng(seed)
    level, product = dice.random(count), dice.integers(0, 400, count)
    one, two = dice.integers(0, count, links), dice.integers(0, count, links)
    supplier, buyer = np.where(level[one] < level[two], [one, two], [two, one])
    kept = supplier != buyer
    firms = pl.DataFrame(
        {"firm": np.arange(count), "capacity": 100 * dice.random(count), "running": dice.random(count) < 0.9}
    )
    return firms, pl.DataFrame({
        "supplier": supplier[kept], "buyer": buyer[kept], "product": product[supplier[kept]],
        "volume": dice.random(kept.sum()),
    })  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--links", type=int, default=500_000)
    given = parser.parse_args()
    chain.analyse(*generated(200, 800))  # compiled by now
    print("| firms | links | how | seconds |\n|--:|--:|--|--:|")
    found = chain.analyse(*generated(given.firms, given.links))
    print(f"| {given.firms:,} | {given.links:,} | all lists | {found.seconds:.2f} |")
    began = time.monotonic()
    lost = found.without(found.backbone["firm"][0])
    print(f"| | | the first of the backbone stops: {len(lost):,} more | {time.monotonic() - began:.2f} |")
    few = generated(given.firms // 10, given.links // 10)
    print(f"| {given.firms // 10:,} | {given.links // 10:,} | all lists | {chain.analyse(*few).seconds:.2f} |")
    graph = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(range(len(few[0])))
    graph.add_edges_from_no_data(few[1].select("supplier", "buyer").unique().rows())
    began = time.monotonic()
    rustworkx.digraph_betweenness_centrality(graph)
    print(f"| | | rustworkx, exact betweenness alone | {time.monotonic() - began:.2f} |")


if __name__ == "__main__":
    main()
