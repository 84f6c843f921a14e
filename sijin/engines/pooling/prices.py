"""Prices of hours for pools too large for the simplex: raised and lowered until what is asked for meets what there is.

Orders answer softly to prices (see `soft`), so that every week of every maker can be moved at once by the logarithm of
asked over there (the scaling of Sinkhorn, with Newton's step length), while the temperature falls. In seconds the
prices prove a bound a few hundredths of a per cent below the relaxation's.
"""

from collections.abc import Callable

import numpy as np

from sijin.engines.pooling.problem import Floats, Posed

HEATS = (0.03, 0.01, 0.003, 0.001, 0.0005, 0.00025)  # temperatures, in parts of each order's penalty
STEPS = 100  # at each temperature
LENGTH = 1.0  # of a step, in Newton's
FARTHEST = 200.0  # yuan an hour that a price moves in a step, times the temperature


def prices(posed: Posed, tell: Callable[[], bool]) -> tuple[Floats, float, Floats]:
    """Return what an hour of each way is worth (yuan), what all are worth together, and shares that nearly fit."""
    from sijin.engines.pooling import soft

    hours = np.ascontiguousarray(np.diff(posed.room, axis=1))
    burden = posed.hours + posed.setup / np.maximum(posed.top, 1e-9)
    cost = posed.cost - np.where(posed.before > 0, posed.change, 0.0)
    heat = np.maximum(posed.penalty, 1e-6 * float(posed.penalty.max()))
    price, used, steep = (np.zeros_like(hours) for _ in range(3))
    share = np.zeros(len(posed.order))
    best, found = -np.inf, price
    for level in HEATS:
        for _ in range(STEPS):
            value = soft.asked(
                posed.start, posed.maker, posed.first, posed.last, burden, cost, posed.penalty, hours, price,
                level * heat, used, steep, share,
            )  # fmt: skip
            if value > best:
                best, found = value, price
            ratio = np.log(np.maximum(used, 1e-12) / np.maximum(hours, 1e-12))
            step = np.clip(ratio, -2.0, 2.0) * np.maximum(used, 1e-9) / np.maximum(steep, 1e-12)
            far = FARTHEST * level
            step = np.where(steep > 0, np.clip(step, -far, far), -far / 20)
            price = np.where(hours > 0, np.maximum(price + LENGTH * step, 0.0), 0.0)
            if tell():
                break
    hour = np.zeros(len(posed.order))
    soft.hourly(posed.maker, posed.first, posed.last, hours, found, hour)
    return hour, float((found * hours).sum()), share
