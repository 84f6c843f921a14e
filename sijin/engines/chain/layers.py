"""A chain drawn in layers: suppliers left, those who buy from them further right, with few lines that cross.

Layers are by longest way (firms that supply each other in a ring share one), order within a layer by barycentres
(K. Sugiyama, S. Tagawa, M. Toda, 1981).
"""

from collections import defaultdict
from collections.abc import Sequence

import rustworkx

SWEEPS = 8  # forth and back; the best order of all of them is kept


def layered(firms: Sequence[str], supplies: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the firms layer by layer, each in order from top to bottom.

    Parameters
    ----------
    firms : names, each once
    supplies : (supplier, buyer) pairs of these
    """
    place = {firm: n for n, firm in enumerate(firms)}
    graph = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(list(firms))
    graph.add_edges_from_no_data([(place[a], place[b]) for a, b in supplies if a != b])
    ring: dict[int, int] = {}
    for n, group in enumerate(rustworkx.strongly_connected_components(graph)):
        ring |= dict.fromkeys(group, n)
    depth = dict.fromkeys(ring.values(), 0)
    after: dict[int, set[int]] = defaultdict(set)
    for a, b in graph.edge_list():
        if ring[a] != ring[b]:
            after[ring[a]].add(ring[b])
    flat = rustworkx.PyDiGraph(multigraph=False)
    flat.add_nodes_from(sorted(depth))
    flat.add_edges_from_no_data([(a, b) for a, others in after.items() for b in others])
    for a in rustworkx.topological_sort(flat):
        for b in after[a]:
            depth[b] = max(depth[b], depth[a] + 1)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for firm in firms:
        layers[depth[ring[place[firm]]]].append(firm)
    return _ordered(layers, [(firms[a], firms[b]) for a, b in graph.edge_list()])


def _ordered(layers: list[list[str]], pairs: list[tuple[str, str]]) -> list[list[str]]:
    near: dict[str, list[str]] = defaultdict(list)
    for a, b in pairs:
        near[a].append(b)
        near[b].append(a)
    best, fewest = [list(layer) for layer in layers], crossings(layers, pairs)
    for sweep in range(SWEEPS):
        order = range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1)
        for n in order:
            fixed = layers[:n] if sweep % 2 == 0 else layers[n + 1 :]
            at = {firm: k / max(len(layer) - 1, 1) for layer in fixed for k, firm in enumerate(layer)}
            own = {firm: k / max(len(layers[n]) - 1, 1) for k, firm in enumerate(layers[n])}

            def middle(firm: str, at: dict[str, float] = at, own: dict[str, float] = own) -> float:
                known = [at[other] for other in near[firm] if other in at]
                return sum(known) / len(known) if known else own[firm]

            layers[n] = sorted(layers[n], key=middle)
        if (count := crossings(layers, pairs)) < fewest:
            best, fewest = [list(layer) for layer in layers], count
    return best


def crossings(layers: Sequence[Sequence[str]], pairs: Sequence[tuple[str, str]]) -> int:
    """Count the lines that cross, between layers that follow one another or lie further apart."""
    at = {firm: (n, k) for n, layer in enumerate(layers) for k, firm in enumerate(layer)}
    between: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for pair in pairs:
        (n, k), (m, j) = sorted(at[firm] for firm in pair)
        between[n, m].append((k, j))
    count = 0
    for lines in between.values():
        lines.sort()
        count += sum(b > d for i, (a, b) in enumerate(lines) for c, d in lines[i + 1 :] if c > a)
    return count
