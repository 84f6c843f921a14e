"""Which relaxations bring a step's day forward most, and with the fewest promises.

A day is reached when every chain of waits that is longer has one of its waits eased: the fewest promises are a
smallest hitting set of chains. Chains are found as they are needed: choose a smallest set for those known, pass over
the graph, add the chain that is still too long (the implicit hitting set method, Moreno-Centeno & Karp 2013). The last
answer is proven smallest: no set with fewer promises hits even the chains known.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sijin.engines.approvals.times import Net, Pass


class Choosing:
    """Finds smallest sets of relaxations for one step of a net, and keeps the chains that it met."""

    def __init__(self, net: Net, target: str) -> None:
        self.net = net
        self.target = target
        self._at = net.number[target]
        self._weights = [relaxation.promise for relaxation in net.relaxations]
        self._chains: dict[frozenset[int], date] = {}
        self._found: dict[date, frozenset[int] | None] = {}

    def day(self, taken: frozenset[int]) -> date:
        """Return the target's day under a set of relaxations."""
        return Pass(self.net, taken).finish[self._at]

    def fewest(self, by: date) -> frozenset[int] | None:
        """Return a set with the fewest promises that has the target done by a day; None where no set can."""
        if by not in self._found:
            self._found[by] = self._fewest(by)
        return self._found[by]

    def _fewest(self, by: date) -> frozenset[int] | None:
        while True:
            late = [chain for chain, day in self._chains.items() if day > by]
            if frozenset() in late:
                return None
            taken = smallest_hitting_set(late, self._weights)
            done = Pass(self.net, taken)
            if done.finish[self._at] <= by:
                return taken
            chain = done.chain(self.target)[1]
            self._chains[chain] = max(done.finish[self._at], self._chains.get(chain, date.min))

    def weight(self, taken: frozenset[int]) -> int:
        """Return how many promises a set makes."""
        return sum(self._weights[relaxation] for relaxation in taken)

    def frontier(self) -> list[tuple[int, date, frozenset[int]]]:
        """Return for every number of promises that brings the day forward: the number, the day, the set."""
        earliest = self.day(frozenset(range(len(self._weights))))
        latest = self.day(frozenset())
        days = [earliest + timedelta(days=n) for n in range((latest - earliest).days + 1)]
        steps: list[tuple[int, date, frozenset[int]]] = []
        while days:
            taken = self.fewest(days[0])  # the earliest day left: what does it cost?
            assert taken is not None, "every day from the earliest on can be reached"
            weight, reached = self.weight(taken), self.day(taken)
            steps.append((weight, reached, taken))
            if weight == 0:
                break
            days = days[self._first_cheaper(days, weight) :]
        return steps[::-1]

    def _first_cheaper(self, days: Sequence[date], weight: int) -> int:
        """Return the place of the first day that takes fewer promises than `weight`."""
        low, high = 1, len(days) - 1
        while low < high:
            middle = (low + high) // 2
            taken = self.fewest(days[middle])
            if taken is not None and self.weight(taken) < weight:
                high = middle
            else:
                low = middle + 1
        return low


def smallest_hitting_set(sets: Sequence[frozenset[int]], weights: Sequence[int]) -> frozenset[int]:
    """Return a set of least weight that meets each of `sets`, none of which may be empty.

    Branch and bound: the smallest set not met yet is branched on; sets that share nothing bound what is still to come.
    Sets that hold another set are met with it.
    """
    sets = [one for one in sets if not any(other < one for other in sets)]
    best: list[frozenset[int]] = [frozenset().union(*sets)]
    least = [sum(weights[e] for e in best[0])]

    def branch(taken: frozenset[int], weight: int, barred: frozenset[int]) -> None:
        open_ = [one - barred for one in sets if not one & taken]
        if weight + _apart(open_, weights) >= least[0]:
            return
        if not open_:
            best[0], least[0] = taken, weight
            return
        narrow = min(open_, key=lambda one: (len(one), sorted(one)))
        for element in sorted(narrow, key=lambda e: (weights[e], e)):
            branch(taken | {element}, weight + weights[element], barred)
            barred |= {element}

    branch(frozenset(), 0, frozenset())
    return best[0]


def _apart(sets: Sequence[frozenset[int]], weights: Sequence[int]) -> float:
    """Return a weight that no set that meets `sets` is below: of those that share nothing, each costs its cheapest."""
    seen: set[int] = set()
    total = 0.0
    for one in sorted(sets, key=len):
        if not one:
            return float("inf")  # what could meet it was ruled out
        if not one & seen:
            seen |= one
            total += min(weights[e] for e in one)
    return total
