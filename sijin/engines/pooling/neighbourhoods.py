"""Parts of a plan worth deciding anew: a few makers who compete for the same orders, around an order that costs most
beyond what the prices of hours say it must.
"""

import time
from collections.abc import Callable

import numpy as np

from sijin.engines.pooling.greedy import Slack
from sijin.engines.pooling.incumbent import Incumbent
from sijin.engines.pooling.part import Part
from sijin.engines.pooling.problem import Flags, Floats, Posed
from sijin.engines.pooling.relaxation import bound_at, by_maker
from sijin.engines.pooling.windows import Spans

WAYS = 160  # ways that are open at a time, to begin with
WIDER, WIDEST, NARROWER = 1.3, 700, 0.9
NODES = 300  # of branch and bound for one part
SECONDS = 3.0  # for one part, if the machine is very slow
DEAR = 0.6  # parts of an order's penalty beyond which a way is not opened
TIRED = 0.5  # weight of an order once more after each time that its part did not get better


class Neighbourhoods:
    """Chooses parts of the best plan, by prices of hours, and decides them anew."""

    def __init__(self, posed: Posed, hour: Floats, worth: float, best: Incumbent, spans: Spans, seed: int) -> None:
        self.posed, self.best, self.spans, self.hour = posed, best, spans, hour
        self.dice = np.random.default_rng(seed)
        _, self.least, _, _ = bound_at(posed, hour, worth)
        self.slope = posed.cost + posed.hours * hour + posed.setup * hour
        self.reduced = self.slope - self.least[posed.order]
        self.cheap = self.reduced < DEAR * posed.penalty[posed.order]
        self._slack = Slack(posed)
        for way in np.flatnonzero(best.taken).tolist():
            self._slack.take(way, self._work(way))
        self.fresh = np.ones(len(posed.quantity))
        self.size = float(WAYS)
        self._by_maker, self._starts = by_maker(posed)

    def regret(self) -> Floats:
        """Return what each order costs now beyond its least at these prices."""
        posed, best = self.posed, self.best
        spent = (posed.cost + posed.hours * self.hour) * best.share + posed.setup * self.hour * best.taken
        spent -= posed.change * np.minimum(best.share, posed.before)
        made = np.bincount(posed.order, best.share, len(posed.quantity))
        now = np.bincount(posed.order, spent, len(posed.quantity)) + posed.penalty * np.maximum(1 - made, 0)
        found: Floats = np.maximum(now - self.least, 0.0)
        return found

    def _chosen(self, centre: int) -> Flags:
        """Return the ways to open around an order: makers join one by one, with all that is made at them."""
        posed, best = self.posed, self.best
        inside = np.zeros(len(posed.room), bool)
        orders = np.zeros(len(posed.quantity), bool)
        queue = [centre]
        count = 0
        orders[centre] = True
        picked = np.zeros(len(posed.order), bool)
        while queue and count < self.size:
            order = queue.pop(0)
            ways = np.arange(posed.start[order], posed.start[order + 1])
            ways = ways[self.cheap[ways] | best.taken[ways]]
            ranked = ways[np.argsort(self.reduced[ways] * self.dice.uniform(0.5, 1.5, len(ways)), kind="stable")]
            for way in ranked[:4]:
                maker = posed.maker[way]
                if inside[maker]:
                    continue
                inside[maker] = True
                own = self._by_maker[self._starts[maker] : self._starts[maker + 1]]
                there = posed.order[own[best.taken[own]]]
                new = there[~orders[there]]
                orders[new] = True
                queue.extend(self.dice.permutation(new).tolist())
                picked = orders[posed.order] & inside[posed.maker] & (self.cheap | best.taken)
                count = int(picked.sum())
                if count >= self.size:
                    break
        return picked

    def _roomy(self, ways: Flags) -> tuple[Flags, Floats]:
        """Leave out ways for which there is no room beside what stays, and return the most that the others can have."""
        posed, best = self.posed, self.best
        used = np.flatnonzero(best.taken & ways)
        for way in used.tolist():
            self._slack.take(way, -self._work(way))
        top = posed.top.copy()
        for way in np.flatnonzero(ways).tolist():
            room = (self._slack.free(way) - posed.setup[way]) / posed.hours[way]
            top[way] = min(top[way], max(room, best.share[way]))
        for way in used.tolist():
            self._slack.take(way, self._work(way))
        return ways & ((top >= np.maximum(posed.lot, 1e-6)) | best.taken), top

    def _moved(self, share: Floats, taken: Flags) -> None:
        """Keep the hours left in step with the plan, which was these shares and partners before."""
        posed, best = self.posed, self.best
        for way in np.flatnonzero((share != best.share) | (taken != best.taken)).tolist():
            self._slack.take(way, -float(posed.setup[way] * taken[way] + posed.hours[way] * share[way]))
            self._slack.take(way, self._work(way) if best.taken[way] else 0.0)

    def _work(self, way: int) -> float:
        return float(self.posed.setup[way] + self.posed.hours[way] * self.best.share[way])

    def improve(self, until: float, tick: Callable[[], bool]) -> bool:
        """Decide one part anew; return whether the plan got better."""
        weight = (self.regret() + 1e-9) * self.fresh
        centre = int(self.dice.choice(len(weight), p=weight / weight.sum()))
        ways = self._chosen(centre)
        ways, top = self._roomy(ways)
        part = Part(self.posed, self.best.share, self.best.taken, ways, np.zeros_like(ways), top)
        found = part.solve(
            self.spans, until=min(until, time.monotonic() + SECONDS), seed=int(self.dice.integers(1 << 30)), gap=1e-4,
            brief=True, tick=tick, rounds=4, nodes=NODES,
        )  # fmt: skip
        old = self.best.share, self.best.taken
        if found is not None and found.value < np.inf and self.best.offer(found.share, found.taken):
            self._moved(*old)
            self.size = max(self.size * NARROWER, WAYS)
            return True
        self.fresh[centre] *= TIRED
        self.size = min(self.size * 1.02, WIDEST)
        return False
