"""The climb to the joint bound: prices of all teams' rows raised until they prove as much as they can.

The soft minima of a Gibbs measure that cools down make a smooth concave function of the prices, climbed by accelerated
gradients with restarts (Nesterov 2005), each row as far as its curvature allows and no farther than the teams noted for
a party hold. Teams are first taken together by dozens, so that far-off surplus and shortfall is felt in a few steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sijin.engines.dispatch.joint import MARGIN, REACH, Joint, Prices, loops, row_of
from sijin.engines.dispatch.parties import Array

WIDTHS = (512, 64, 8)  # teams taken together at first
COARSE = ((4.0, 4), (1.0, 4))  # temperatures, in kilometre-equivalents a person, and how often STEPS are made at each
FINE = ((1.0, 1), (0.5, 1), (0.25, 1), (0.12, 1), (0.06, 1))
STEPS = 50
COLD, AGAIN = 0.04, 8  # the last temperature, and how often it is climbed at most
WORTH = 2e-4  # relative gain of the bound for which it is climbed again


@dataclass(frozen=True)
class Proven:
    """A bound, and the prices that prove it: by kind of row, one for each team."""

    bound: float
    prices: Prices


def climb(joint: Joint, start: Prices | None = None, tell: Callable[[], object] = lambda: None) -> Proven:
    """Raise the prices; return the best bound found and the prices that prove it.

    Without prices to start from, teams are first taken together, then ever fewer of them: far-off surplus and
    shortfall is felt in a few steps.
    """
    if start is None:
        widths = [width for width in WIDTHS if width < joint.count]
        start = {}
        for width in widths:
            coarse, own = joint.coarser(width)
            prices = coarse.clipped({} if not start else _mean(start, own, coarse.count))
            for heat, stages in COARSE:
                for _ in range(stages):
                    prices = _cooled(coarse, prices, heat, tell)
            start = {key: values[own] for key, values in prices.items()}
    prices = joint.clipped(start)
    best = Proven(joint.bound(prices), prices)
    for heat, stages in FINE:
        for _ in range(stages):
            prices = _cooled(joint, prices, heat, tell)
        value = joint.bound(prices)
        if value > best.bound:
            best = Proven(value, prices)
    for _ in range(AGAIN):
        prices = _cooled(joint, best.prices, COLD, tell)
        value = joint.bound(prices)
        gained = value - best.bound
        if gained > 0:
            best = Proven(value, prices)
        if gained < WORTH * abs(best.bound):
            break
    return best


def _cooled(joint: Joint, prices: Prices, heat: float, tell: Any) -> Prices:
    """Climb the soft bound at one temperature by accelerated gradients, no farther than the teams noted allow."""
    joint.bound(prices)
    margin = MARGIN + REACH * heat
    noted = joint.noted(prices, margin)
    low, high = ({key: own + way * margin / 3 for key, own in prices.items()} for way in (-1, 1))

    def kept(prices: Prices) -> Prices:
        return joint.clipped({key: np.clip(own, low[key], high[key]) for key, own in prices.items()})

    here, ahead, momentum, last = prices, prices, 1.0, -np.inf
    for _ in range(STEPS):
        tell()
        value, by_group, by_kind = _soft(joint, ahead, heat, noted)
        after = kept(_stepped(joint, ahead, by_group, by_kind, heat))
        if value < last:  # overshot: begin the momentum anew
            momentum = 1.0
        last = value
        faster = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        push = (momentum - 1) / faster
        ahead = kept({key: own + push * (own - here[key]) for key, own in after.items()})
        here, momentum = after, faster
    return here


def _soft(joint: Joint, prices: Prices, heat: float, noted: tuple[Array, Array, Array]) -> tuple[float, Array, Array]:
    base, kind = joint.laid(prices)

    def part(begin: int, end: int) -> tuple[float, Array, Array]:
        by_group, by_kind = np.zeros(base.shape), np.zeros(kind.shape)
        total = loops().soften(
            begin, end, joint.first, joint.group, joint.ways, joint.way, joint.novice, joint.many, joint.out, *noted,
            base, kind, heat, by_group, by_kind,
        )  # fmt: skip
        return total, by_group, by_kind

    parts = joint.each(part)
    by_group, by_kind = np.sum([p[1] for p in parts], axis=0), np.sum([p[2] for p in parts], axis=0)
    value = joint.rows_worth(prices) + sum(p[0] for p in parts)
    return value, by_group[joint.place], by_kind[joint.place]


def _stepped(joint: Joint, prices: Prices, by_group: Array, by_kind: Array, heat: float) -> Prices:
    """Go up along the gradient, each row as far as its curvature allows."""
    found: Prices = {}
    price, sits = prices["size",], by_group.sum(axis=1)
    step = heat / (3 * np.maximum(sits, 1.0))
    seat = joint.rules.seat
    above, under = np.where(price >= seat, joint.low, joint.size), np.where(price <= -seat, joint.high, joint.size)
    slope = np.where(price >= seat, above, under)
    moved = price + step * (slope - sits)
    for kink in (seat, -seat):  # where the slope changes the step ends
        moved = np.where((price - kink) * (moved - kink) < 0, kink, moved)
    at_kink = price == seat
    moved = np.where(at_kink & (sits >= joint.low) & (sits <= joint.size), price, moved)
    at_kink = price == -seat
    moved = np.where(at_kink & (sits >= joint.size) & (sits <= joint.high), price, moved)
    moved = np.where((price == seat) & (sits > joint.size), price + step * (joint.size - sits), moved)
    moved = np.where((price == -seat) & (sits < joint.size), price + step * (joint.size - sits), moved)
    found["size",] = moved
    for n in joint.priced:
        key, held = row_of(joint.names[n]), by_kind[:, n]
        found[key] = prices[key] + heat / (3 * np.maximum(held, 0.5)) * (joint.seats[:, n] - held)
    for key, (_, limit, _) in joint.counts.items():
        held = by_group[:, [key in keys for keys in joint.groups]].sum(axis=1)
        found[key] = prices[key] + heat / (3 * np.maximum(held, 1.0)) * (limit - held)
    return found


def _mean(prices: Prices, member: Array, count: int) -> Prices:
    """Return the mean of the teams' prices for each of `count` groups of them."""
    held = np.bincount(member, minlength=count)
    return {key: np.bincount(member, values, count) / held for key, values in prices.items()}
