"""The best plan so far, and the first ones: without a relaxation, and from its shares."""

import numpy as np

from sijin.engines.pooling.greedy import filled
from sijin.engines.pooling.problem import Flags, Floats, Ints, Posed


class Incumbent:
    """The best plan so far: ``share`` and ``taken`` of all ways, ``value`` in yuan."""

    def __init__(self, posed: Posed) -> None:
        self.posed = posed
        self.share = filled(posed, np.zeros(len(posed.order)), _sequence(posed))
        self.taken = (self.share > 0) | posed.must
        self.value = posed.total(self.share)

    def offer(self, share: Floats, taken: Flags) -> bool:
        """Take a plan that keeps to everything, if it is better."""
        value = self.posed.total(share)
        if value >= self.value - 1e-9 * abs(self.value):
            return False
        self.share, self.taken, self.value = share, taken, value
        return True

    def rounded(self, share: Floats) -> None:
        """Offer a plan made of shares that may break lots and numbers of partners."""
        found = filled(self.posed, share, _sequence(self.posed))
        self.offer(found, (found > 0) | self.posed.must)


def _sequence(posed: Posed) -> Ints:
    """Return the orders, those first that cost most for an hour not worked on them."""
    hours = np.bincount(posed.order, posed.hours, len(posed.quantity)) / np.maximum(np.diff(posed.start), 1)
    dear = np.where(hours > 0, posed.penalty / np.maximum(hours, 1e-9), 0.0)
    return np.argsort(-dear, kind="stable")
