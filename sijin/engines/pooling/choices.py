"""Why a maker has a share of an order: a code, and a sentence."""

import numpy as np

from sijin.engines.pooling.greedy import Slack
from sijin.engines.pooling.problem import Flags, Floats, Ints, Posed

LEFT = 1e-3  # parts of an order for which there must be hours before they count as left


def choices(posed: Posed, share: Floats, taken: Flags, used: Ints) -> list[tuple[str, str, int]]:
    """Return for each used way a code, a sentence, and how many makers would be cheaper for that order.

    ``locked``, ``kept`` (as in the running plan, where a change has a price), ``cheapest``, ``full`` (cheaper makers
    have no hours left in its weeks), ``traded`` (some have: lots, set-up, the number of partners, or orders that would
    have to give way, make it dearer there), ``only`` (no other maker may or can).
    """
    slack = Slack(posed)
    for way in np.flatnonzero(taken & (share > 0)).tolist():
        slack.take(way, posed.setup[way] + posed.hours[way] * share[way])
    found = []
    for way in used.tolist():
        own = np.arange(posed.start[posed.order[way]], posed.start[posed.order[way] + 1])
        cheaper = own[posed.cost[own] < posed.cost[way] - 1e-9 * abs(posed.cost[way])]
        open_ways = [
            other for other in cheaper.tolist()
            if share[other] < posed.top[other] - LEFT and slack.free(other) > LEFT * posed.hours[other]
        ]  # fmt: skip
        if posed.must[way]:
            code, why = "locked", "locked"
        elif len(own) == 1:
            code, why = "only", "the only maker who can"
        elif posed.change[way] > 0 and share[way] >= posed.before[way] * (1 - 1e-6):
            code, why = "kept", "as in the running plan"
        elif not len(cheaper):
            code, why = "cheapest", f"the cheapest of {len(own)} makers"
        elif not open_ways:
            code, why = "full", f"{len(cheaper)} cheaper makers have no hours left in its weeks"
        else:
            code = "traded"
            why = f"{len(cheaper)} makers are cheaper, but lots, partners, or other orders cost more there"
        found.append((code, why, len(cheaper)))
    return found
