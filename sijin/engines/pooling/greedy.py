"""Plans made one order after the other, each into the hours that those before it left: quick, and never too many."""

import numpy as np

from sijin.engines.pooling.problem import TINY, Floats, Ints, Posed


class Slack:
    """The hours that each maker has left in every span of weeks; see `windows`."""

    def __init__(self, posed: Posed) -> None:
        self.posed = posed
        self._left: dict[int, Floats] = {}

    def _of(self, maker: int) -> Floats:
        left = self._left.get(maker)
        if left is None:
            room = self.posed.room[maker]
            left = room[None, 1:] - room[:-1, None]
            left[np.tri(len(left), k=-1, dtype=bool)] = np.inf
            self._left[maker] = left
        return left

    def free_in(self, maker: int, first: int, last: int) -> float:
        """Return the hours of a maker that still fit into the weeks `first` to `last`."""
        return float(self._of(maker)[: first + 1, last:].min())

    def take_in(self, maker: int, first: int, last: int, hours: float) -> None:
        """Use hours of a maker in the weeks `first` to `last`."""
        self._of(maker)[: first + 1, last:] -= hours

    def free(self, way: int) -> float:
        """Return the hours that still fit into the weeks of a way."""
        posed = self.posed
        return self.free_in(int(posed.maker[way]), int(posed.first[way]), int(posed.last[way]))

    def take(self, way: int, hours: float) -> None:
        """Use hours in the weeks of a way."""
        posed = self.posed
        self.take_in(int(posed.maker[way]), int(posed.first[way]), int(posed.last[way]), hours)


def filled(posed: Posed, wish: Floats, sequence: Ints) -> Floats:
    """Return shares near to a `wish` that may break lots, numbers of partners and hours.

    Locks first; then the orders in `sequence`: the ways wished most, each for as much as wished; then, while there are
    partners left, the cheapest ways for what is short.
    """
    share, slack = np.zeros(len(wish)), Slack(posed)
    cost = posed.cost
    for way in np.flatnonzero(posed.must).tolist():
        share[way] = posed.lot[way]
        slack.take(way, posed.setup[way] + posed.hours[way] * share[way])
    for o in sequence.tolist():
        ways = np.arange(posed.start[o], posed.start[o + 1])
        if not len(ways):
            continue
        taken = set(ways[posed.must[ways]].tolist())
        left = 1.0 - float(share[ways].sum())
        ranked = ways[np.lexsort((cost[ways], -wish[ways]))].tolist()
        for way in ranked[: int(np.count_nonzero(wish[ways] > TINY))]:
            left -= _given(posed, slack, share, taken, way, min(left, wish[way] - share[way]), o, left)
        for way in ways[np.argsort(cost[ways], kind="stable")].tolist():
            if left <= TINY:
                break
            if cost[way] < posed.penalty[o]:
                left -= _given(posed, slack, share, taken, way, left, o, left)
    return share


def _given(
    posed: Posed, slack: Slack, share: Floats, taken: set[int], way: int, wanted: float, order: int, left: float
) -> float:
    """Give a way more of its order, as far as lot, partners and hours let it; return how much."""
    new = way not in taken
    if new and len(taken) >= posed.most[order]:
        return 0.0
    free = slack.free(way) - (posed.setup[way] if new else 0.0)
    most = min(posed.top[way] - share[way], left, max(free, 0.0) / posed.hours[way])
    amount = min(max(wanted, posed.lot[way]) if new else wanted, most)
    if amount <= TINY or (new and amount < posed.lot[way]):
        return 0.0
    share[way] += amount
    taken.add(way)
    slack.take(way, posed.hours[way] * amount + (posed.setup[way] if new else 0.0))
    return float(amount)
