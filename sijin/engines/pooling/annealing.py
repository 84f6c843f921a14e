"""The annealing of a plan: steps of `ruin` while it cools, the shares of the partners set right in between."""

import time
from collections.abc import Callable
from functools import cache

import numpy as np

from sijin.engines.dispatch.dice import seeded
from sijin.engines.pooling.incumbent import Incumbent
from sijin.engines.pooling.part import Part
from sijin.engines.pooling.prices import prices
from sijin.engines.pooling.problem import Floats, Posed
from sijin.engines.pooling.relaxation import bound_at, by_maker
from sijin.engines.pooling.windows import Spans

HOT, COLD = 0.02, 0.00005  # temperatures, in parts of a usual order's penalty
STEPS = 60_000  # a second, at 20 weeks; a machine that is slower is stopped by the clock
PATIENT, LEAST = 300, 0.15  # steps for an order from which it may start hot, and the part of that heat at least
FALL = 0.75  # how far down the next turn starts: 1 would end at COLD
PIECE = 0.2  # seconds between two looks at the clock


class Annealing:
    """Cools a plan down, again and again, each time from the best so far and from a lower temperature."""

    def __init__(self, posed: Posed, best: Incumbent, hour: Floats, spans: Spans, seed: int) -> None:
        self.posed, self.best, self.hour, self.spans = posed, best, hour, spans
        self.pace = STEPS / max((posed.room.shape[1] - 1) / 20, 0.5) ** 2
        self.scale = max(float(posed.penalty.mean()), 1e-9)
        self.dice = seeded(seed)
        self._by_maker = by_maker(posed)

    def turn(self, seconds: float, heat: float, tell: Callable[[str], bool]) -> bool:
        """Cool down once, from `heat` (1 is the usual one); return whether to stop.

        So many steps as usually go into the `seconds`; where they take longer, fewer, and it cools faster.
        """
        from sijin.engines.pooling import ruin

        posed, best = self.posed, self.best
        pieces = max(round(seconds / PIECE), 1)
        steps = max(int(seconds * self.pace / pieces), 100)
        found = best.share.copy()
        work = posed.hours * best.share + posed.setup * best.taken
        plan = ruin.Plan(
            best.share.copy(), best.taken.copy(),
            ruin.slacks(posed.room, posed.maker, posed.first, posed.last, work),
        )  # fmt: skip
        pool = ruin.Pool(
            posed.start, posed.order, posed.maker, posed.first, posed.last, posed.hours, posed.setup, posed.cost,
            posed.lot, posed.top, posed.must, posed.before, posed.change, posed.most, posed.penalty, self.hour,
            *self._by_maker,
        )  # fmt: skip
        kept = ruin.kept_for(pool, plan.slack)
        now = least = best.value
        began, stop = time.monotonic(), False
        hot, reached = HOT * heat, 0.0
        for n in range(pieces):
            ahead = min(reached + 1 / pieces, 1.0)
            heats = [self.scale * hot * (COLD / hot) ** place for place in (reached, ahead)]
            now, least = ruin.anneal(pool, plan, kept, found, now, least, heats[0], heats[1], steps, self.dice)
            stop = tell("exchanging orders")
            reached = max((n + 1) / pieces, (time.monotonic() - began) / seconds)  # the clock, if it is ahead
            if stop or reached > 1.0:
                break
        best.offer(found, (found > 0) | posed.must)
        return stop

    def run(self, seconds: float, turns: int, until: float, tell: Callable[[str], bool]) -> None:
        """Cool down `turns` times in about `seconds`, and set the shares of the partners right each time."""
        each = seconds * self.pace / len(self.posed.quantity)
        hot = min(max(each / PATIENT, LEAST), 1.0)
        for n in range(turns):
            if self.turn(seconds / turns, hot * (COLD / HOT) ** (FALL * n / turns), tell):
                return
            self.spans = polish(self.posed, self.best, self.spans, until)


@cache
def ready() -> None:
    """Compile the loops, or load them, by one step in a pool of one order."""
    one, way = np.ones(1), np.zeros(1, np.int64)
    yes = np.zeros(1, bool)
    posed = Posed(
        quantity=one, most=way + 1, penalty=one, start=np.array([0, 1]), order=way, maker=way, first=way, last=way,
        hours=one, setup=one, cost=one / 2, lot=one / 2, top=one, low=one * 0, must=yes, before=one * 0,
        change=one * 0, room=np.array([[0.0, 2.0]]), week=0, lost=0.0,
    )  # fmt: skip
    Annealing(posed, Incumbent(posed), one * 0, (way, way, way), 0).turn(PIECE, 1.0, lambda words: False)
    prices(posed, lambda: True)
    bound_at(posed, one * 0, 0.0)


def polish(posed: Posed, best: Incumbent, spans: Spans, until: float) -> Spans:
    """Give the partners of the best plan their best shares; return the spans that it took."""
    held = best.taken.copy()
    part = Part(posed, best.share, best.taken, np.zeros_like(held), held)
    found = part.solve(spans, until=until, seed=0, tick=None)
    if found is None or found.value == np.inf:
        return spans
    best.offer(found.share, found.taken & ((found.share > 0) | posed.must))
    return found.spans
