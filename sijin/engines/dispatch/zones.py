"""The relaxation of one zone of a larger formation: its prices when everything outside stands at its own.

Who could sit in the zone may also stay aside for what the best place elsewhere costs at the prices there. The zone's
prices that come out raise the joint bound (one step of block-coordinate ascent, exact for this block).
"""

import numpy as np

from sijin.engines import milp
from sijin.engines.dispatch.columns import Key
from sijin.engines.dispatch.parties import Array
from sijin.engines.dispatch.problem import Problem
from sijin.engines.dispatch.seats import Seating
from sijin.engines.dispatch.steady import AGES

MARGIN = 2.0  # reduced cost at the present prices up to which the relaxation begins with a column
ROUNDS = 6  # of growth at most
ENOUGH = 1e-3  # what the relaxation may still prove too little, relative
Prices = dict[Key, Array]


def relaxed(
    problem: Problem, wanted: list[list[str]], base: tuple[Array, Array], prices: Prices, aside: Array
) -> Prices:
    """Return the prices of the zone's rows; ``aside`` (officials,) is what staying outside costs each."""
    built = Seating(problem, wanted, base, aside)
    if not built.parties:
        return prices
    built.begin(_best(built, prices), prices, MARGIN)
    lo, hi = np.array(built.rows.lo, np.float64), np.array(built.rows.hi, np.float64)
    kept = np.ones(len(lo), bool)
    for key, rows in built.rows.of.items():
        if key[0] in ("crowd", "apart", "units"):  # they have no price in the joint bound
            kept[rows[rows >= 0]] = False
    growing, given = milp.Growing(lo, hi, kept, "ipm"), (0, 0)
    duals = None
    for _ in range(ROUNDS):
        blocks, known = built.blocks, growing.columns
        cost, most = np.concatenate(blocks.cost[given[0] :]), np.concatenate(blocks.hi[given[0] :])
        rows, cols, values = (np.concatenate(p[given[1] :]) for p in (blocks.rows, blocks.cols, blocks.values))
        growing.add(cost, np.zeros(len(cost)), most, rows, cols - known, values)
        given = len(blocks.cost), len(blocks.rows)
        answer = growing.solve(AGES)
        if not len(answer.duals) or not answer.feasible:
            break
        duals = answer.duals
        missing, opened = built.grow(duals)
        if not opened or -missing <= ENOUGH * abs(answer.objective):
            break
    if duals is None:
        return prices
    return {key: np.where(rows >= 0, duals[rows], 0.0) for key, rows in built.rows.of.items() if key in prices}


def _best(built: Seating, prices: Prices) -> Array:
    """Return each party's least reduced cost at `prices`, so that columns are opened around it."""
    nothing = np.zeros(built.count)
    worth = {key: prices.get(key, nothing) for key in built.rows.of}
    found = np.zeros(len(built.parties))
    for p in range(len(built.parties)):
        found[p] = min((float(own.min()) for own in built._reduced(p, worth, 0.0) if len(own)), default=0.0)
    return found
