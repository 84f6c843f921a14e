"""From the relaxation to a plan: partners decided a few orders at a time, then parts of the plan decided anew."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from sijin.engines.pooling.greedy import filled
from sijin.engines.pooling.problem import Flags, Floats, Posed
from sijin.engines.pooling.relaxation import IN, OPEN, OUT, Relaxation, settled

SHARE = 1 / 3  # of the orders not yet settled, decided at a time
AT_ONCE = 10  # orders that are decided at a time in any case
LEAN = 0.02  # of an order's penalty: what a way is cheaper for being wished wholly


class Incumbent:
    """The best plan so far: shares and partners."""

    def __init__(self, posed: Posed, share: Floats) -> None:
        self.posed = posed
        self.share, self.taken = share, (share > 0) | posed.must
        self.value = posed.total(share)

    def offer(self, share: Floats, taken: Flags) -> bool:
        """Take a plan that keeps to everything if it is better."""
        value = self.posed.total(share)
        if value >= self.value - 1e-9 * abs(self.value):
            return False
        self.share, self.taken, self.value = share, taken, value
        return True


def bound_at(
    posed: Posed, hour: Floats, worth: float, status: Any | None = None, wish: Floats | None = None
) -> tuple[float, Floats, Floats, Flags]:
    """Return a proven bound from prices of hours, each order's least cost at them, and its shares and ways.

    Lagrangian relaxation of the hours: every order alone, exactly, with its lots and partners.
    """
    from sijin.engines.pooling import patterns

    share, cost = np.zeros(len(posed.order)), np.zeros(len(posed.quantity))
    taken = np.zeros(len(posed.order), bool)
    slope, top, must = posed.cost + posed.hours * hour, posed.top, posed.must
    if wish is not None:
        slope = slope - LEAN * wish * posed.penalty[posed.order]
    if status is not None:
        top = np.where(status == OUT, 0.0, top)
        must = must | (status == IN)
    patterns.best(
        posed.start, posed.most, posed.penalty, slope, posed.setup * hour, np.maximum(posed.lot, posed.low),
        np.maximum(posed.low, np.where(must, posed.lot, 0.0)), top, must, posed.before, posed.change,
        share, taken, cost,
    )  # fmt: skip
    return float(cost.sum() + posed.change @ posed.before) - worth, cost, share, taken


def dive(relax: Relaxation, best: Incumbent, until: float, tell: Callable[[str], bool]) -> None:
    """Decide the partners of the orders that break lots or numbers, the rest of the orders following suit."""
    posed = relax.posed
    relax.allow(True)
    while time.monotonic() < until and not tell("partners"):
        if not relax.solve(until):
            return
        fine = settled(posed, relax.share, relax.status)
        bad = np.flatnonzero(~fine)
        if not len(bad):
            break
        hour, worth = relax.prices()
        _, _, wished, chosen = bound_at(posed, hour, worth, relax.status, relax.share)
        unlike = np.bincount(posed.order, np.abs(wished - relax.share), len(posed.quantity))[bad]
        count = max(AT_ONCE, int(SHARE * len(bad)))
        now = bad[np.argsort(unlike, kind="stable")[:count]]
        mine = np.zeros(len(posed.quantity), bool)
        mine[now] = True
        ways = mine[posed.order] & (relax.status == OPEN)
        relax.decide(np.flatnonzero(ways & ~chosen), OUT)
        relax.decide(np.flatnonzero(ways & chosen), IN)
    close(relax, best, until)


def close(relax: Relaxation, best: Incumbent, until: float) -> None:
    """Decide every way as the relaxation has it, and let go of lots that make too many hours."""
    posed = relax.posed
    used = relax.share > 1e-7
    relax.decide(np.flatnonzero((relax.status == OPEN) & ~used), OUT)
    relax.decide(np.flatnonzero((relax.status == OPEN) & used), IN)
    while relax.solve(until):
        heavy = relax.over > 1e-6
        if not heavy.any():
            best.offer(relax.share.copy(), relax.status == IN)
            return
        able = np.flatnonzero((relax.status == IN) & heavy[posed.maker] & ~posed.must)
        if not len(able):
            return
        least = able[np.lexsort((able, relax.share[able], posed.maker[able]))]
        _, one = np.unique(posed.maker[least], return_index=True)
        relax.decide(least[one], OUT)


def rounded(posed: Posed, relax: Relaxation, best: Incumbent) -> None:
    """Make a plan of the relaxation's shares, order after order."""
    dear = posed.penalty / np.maximum(np.bincount(posed.order, posed.hours, len(posed.quantity)), 1e-9)
    share = filled(posed, relax.share, np.argsort(-dear, kind="stable"))
    best.offer(share, (share > 0) | posed.must)
