"""People spread over places that are larger than a team: regions, or blocks of a few teams that are decided together.

A min-cost flow at the teams' prices: what a party costs in a place beyond these prices, seats as they are, and of each
sort of people (can lead, city staff, grade) about as many as the relaxation has there. People who stay together are not
parted.
"""

from dataclasses import dataclass, replace

import numpy as np
from ortools.graph.python import min_cost_flow

from sijin.engines.dispatch.parties import Array, Party

SCALE = 1000  # of costs to whole numbers
BEYOND = 12.0  # what a person more or fewer of a sort costs
FAR = 1e5  # what costs more than anything


@dataclass(frozen=True)
class Places:
    """Per place: seats wanted, seats beyond them that may be filled, what an empty seat costs beyond its price; and per
    sort of people and place how many of these there should be. What prices charge is in the cost of the ways already.
    """

    seats: Array
    more: Array
    empty: Array
    sorts: Array
    limit: Array  # how many may be no city staff,
    price: Array  # what the prices charge for each of them,
    quota: Array  # and what one beyond the limit costs


def sorts_of(parties: list[Party]) -> tuple[Array, Array]:
    """Return the sort of each party, 0 for people who stay together, and which sorts are no city staff."""
    known: dict[tuple[bool, bool, str], int] = {}
    found = [
        known.setdefault((one.people[0].can_lead, one.people[0].city, one.people[0].grade), len(known) + 1)
        if len(one.people) == 1 else 0
        for one in parties
    ]  # fmt: skip
    return np.array(found, np.int64), np.array([False, *(not city for _, city, _ in known)], bool)


def spread(parties: list[Party], party: Array, place: Array, cost: Array, places: Places, out: Array) -> list[Array]:
    """Return for each party the place of each of its bundles, -1 for those that stay out.

    ``party, place, cost`` are the ways there are, and what one bundle costs there; ``out`` (parties,) is what it costs
    to leave a bundle out.
    """
    heads = np.array([len(one.people) for one in parties], np.int64)
    bundles = np.array([len(one.bundles) for one in parties], np.int64)
    sort, other = sorts_of(parties)
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
    flow = _flow(lot, place[way], per_head, supply, sort[lots], other, (out / heads)[lots], places)
    several = heads[lots] > 1
    if several.any():  # a flow may part them: they are held where most of them went
        best = np.full(len(lots), -1)
        order = np.argsort(flow, kind="stable")
        order = order[flow[order] > 0]
        best[lot[order]] = way[order]
        kept = ~several[lot] | (best[lot] == way)
        lot, way, per_head = lot[kept], way[kept], per_head[kept]
        aside = np.array([sum(not person.city for person in one.people) for one in parties])[lots]
        held = several & (best >= 0)
        taken = np.bincount(place[best[held]], aside[held], len(places.limit))
        places = replace(places, limit=np.maximum(places.limit - taken, 0))
        flow = _flow(lot, place[way], per_head, supply, sort[lots], other, (out / heads)[lots], places)
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


def _flow(
    lot: Array, place: Array, cost: Array, supply: Array, sort: Array, other: Array, out: Array, places: Places
) -> Array:
    """Return how many people of each lot go each way."""
    count, (kinds, n) = len(supply), places.sorts.shape
    every, inner = np.arange(n), np.arange(kinds * n)
    whole, aside = count + every, count + n + every  # of a place: all its people, those who are no city staff
    by_sort, sink = count + 2 * n + inner, count + (2 + kinds) * n
    least, most = np.floor(places.sorts).ravel(), np.ceil(places.sorts).ravel()
    least[:n], most[:n] = 0, 0  # people who stay together go where they like
    into = np.where(np.repeat(other, n), np.tile(aside, kinds), np.tile(whole, kinds))
    crowd = np.full(kinds * n, int(supply.sum()))
    arcs = [
        (lot, count + 2 * n + sort[lot] * n + place, supply[lot], cost),
        (by_sort, into, least, np.full(kinds * n, -BEYOND)),
        (by_sort, into, most - least, np.zeros(kinds * n)),
        (by_sort, into, crowd, np.where(inner < n, 0.0, BEYOND)),
        (aside, whole, places.limit, -places.price),
        (aside, whole, crowd[:n], places.quota - places.price),
        (whole, np.full(n, sink), places.seats, -places.empty),
        (whole, np.full(n, sink), places.more, np.maximum(places.empty, 1.0)),
        (np.arange(count), np.full(count, sink), supply, np.minimum(out, FAR)),
    ]
    tail, head, cap, price = (np.concatenate(column) for column in zip(*arcs, strict=True))
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        tail, head, cap.astype(np.int64), np.round(SCALE * price).astype(np.int64)
    )
    flow.set_nodes_supplies(np.arange(count), supply)
    flow.set_node_supply(sink, -int(supply.sum()))
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("min-cost flow did not end with an optimum")
    return np.asarray(flow.flows(np.arange(len(lot))))
