"""People spread over places that are larger than a team: regions, or blocks of a few teams that are decided together.

A min-cost flow at the teams' prices: what a party costs in a place beyond these prices, seats as they are, and of each
sort of people (can lead, city staff, grade) about as many as the relaxation has there. People who stay together are not
parted.
"""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from sijin.engines.dispatch.parties import Array, Party

SCALE = 1000  # of costs to whole numbers
BEYOND = 12.0  # what a person more or fewer of a sort costs
FAR = 1e5  # what costs more than anything


@dataclass(frozen=True)
class Places:
    """Per place: seats wanted, seats beyond them that may be filled, what an empty seat costs beyond its price; and per
    sort of people and place how many of these there should be."""

    seats: Array
    more: Array
    empty: Array
    sorts: Array


def sorts_of(parties: list[Party]) -> tuple[Array, int]:
    """Return the sort of each party, 0 for people who stay together, and how many sorts there are."""
    known: dict[tuple[bool, bool, str], int] = {}
    found = [
        known.setdefault((one.people[0].can_lead, one.people[0].city, one.people[0].grade), len(known) + 1)
        if len(one.people) == 1 else 0
        for one in parties
    ]  # fmt: skip
    return np.array(found, np.int64), len(known) + 1


def spread(parties: list[Party], party: Array, place: Array, cost: Array, places: Places, out: Array) -> list[Array]:
    """Return for each party the place of each of its bundles, -1 for those that stay out.

    ``party, place, cost`` are the ways there are, and what one bundle costs there; ``out`` (parties,) is what it costs
    to leave a bundle out.
    """
    heads = np.array([len(one.people) for one in parties], np.int64)
    bundles = np.array([len(one.bundles) for one in parties], np.int64)
    sort, _ = sorts_of(parties)
    # whoever is alone may be spread as a crowd; people who stay together are looked at bundle by bundle
    lots = np.repeat(np.arange(len(parties)), np.where(heads > 1, bundles, 1))
    ways = np.argsort(party, kind="stable")
    starts = np.searchsorted(party[ways], np.arange(len(parties) + 1))
    counts = (starts[1:] - starts[:-1])[lots]
    lot = np.repeat(np.arange(len(lots)), counts)
    way = ways[
        np.repeat(starts[lots] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts) + np.arange(counts.sum())
    ]
    supply = np.where(heads > 1, heads, bundles)[lots]
    kept = np.isfinite(cost[way])
    lot, way = lot[kept], way[kept]
    per_head = cost[way] / heads[lots[lot]]
    flow = _flow(lot, place[way], per_head, supply, sort[lots], (out / heads)[lots], places)
    several = heads[lots] > 1
    if several.any():  # a flow may part them: they are held where most of them went
        best = np.full(len(lots), -1)
        order = np.argsort(flow, kind="stable")
        order = order[flow[order] > 0]
        best[lot[order]] = way[order]
        kept = ~several[lot] | (best[lot] == way)
        lot, way, per_head = lot[kept], way[kept], per_head[kept]
        flow = _flow(lot, place[way], per_head, supply, sort[lots], (out / heads)[lots], places)
    found = [np.full(n, -1) for n in bundles]
    filled = np.zeros(len(parties), np.int64)
    for k in np.flatnonzero(flow).tolist():
        p = int(lots[lot[k]])
        if heads[p] > 1 and flow[k] * 2 <= heads[p]:
            continue
        n = 1 if heads[p] > 1 else int(flow[k])
        found[p][filled[p] : filled[p] + n] = place[way[k]]
        filled[p] += n
    return found


def _flow(lot: Array, place: Array, cost: Array, supply: Array, sort: Array, out: Array, places: Places) -> Array:
    """Return how many people of each lot go each way."""
    count, (kinds, n) = len(supply), places.sorts.shape
    sink, every = count + (1 + kinds) * n, np.arange(n)
    inner = np.arange(kinds * n)
    least, most = np.floor(places.sorts).ravel(), np.ceil(places.sorts).ravel()
    least[:n], most[:n] = 0, 0  # people who stay together go where they like
    into = [inner % n + count] * 3
    tail = [lot, *[count + n + inner] * 3, count + every, count + every, np.arange(count)]
    head = [count + n + sort[lot] * n + place, *into, np.full(n, sink), np.full(n, sink), np.full(count, sink)]
    room = np.full(kinds * n, int(supply.sum()))
    cap = [supply[lot], least, most - least, room, places.seats, places.more, supply]
    beyond = np.where(inner < n, 0.0, BEYOND)
    price = [
        cost, np.full(kinds * n, -BEYOND), np.zeros(kinds * n), beyond, -places.empty, np.maximum(places.empty, 1.0),
        np.minimum(out, FAR),
    ]  # fmt: skip
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate(tail), np.concatenate(head), np.concatenate(cap).astype(np.int64),
        np.round(SCALE * np.concatenate(price)).astype(np.int64),
    )  # fmt: skip
    flow.set_nodes_supplies(np.arange(count), supply)
    flow.set_node_supply(sink, -int(supply.sum()))
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("min-cost flow did not end with an optimum")
    return np.asarray(flow.flows(np.arange(len(lot))))
