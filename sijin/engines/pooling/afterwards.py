"""When what is late could be there after all: the hours that the plan leaves, beyond the due week."""

import numpy as np
import polars as pl

from sijin.engines.pooling.greedy import Slack
from sijin.engines.pooling.problem import Flags, Floats, Posed

Ready = dict[int, tuple[int, int]]


def afterwards(posed: Posed, pairs: pl.DataFrame, share: Floats, taken: Flags, missing: Floats) -> Ready:
    """Return {order: (maker, week in which the rest arrives)} for what one maker can still make of each order.

    The dearest rests come first. A maker with a share of the order goes on; a new one needs a lot, a set-up, and room
    among the partners. Nothing of the plan moves, and nothing of this is on the board.
    """
    slack = Slack(posed)
    for way in np.flatnonzero(taken & (share > 0)).tolist():
        slack.take(way, float(posed.setup[way] + posed.hours[way] * share[way]))
    partners = np.bincount(posed.order, taken, len(posed.quantity))
    own = {(int(posed.order[way]), int(posed.maker[way])) for way in np.flatnonzero(taken)}
    able = pairs.filter(
        pl.col("certified") & pl.col("hours").is_not_null() & (pl.col("lock").is_null() | (pl.col("lock") > 0))
    )
    columns = ("order_at", "maker_at", "first", "ship_weeks", "hours", "setup", "lot", "unit")
    links: dict[int, list[tuple[float, ...]]] = {}
    for order, *rest in able.select(columns).iter_rows():
        links.setdefault(order, []).append(tuple(rest))
    end, found = posed.room.shape[1] - 2, {}
    for order in np.argsort(-posed.penalty * missing, kind="stable").tolist():
        if missing[order] <= 0:
            break
        best: tuple[float, float, int, int, float] | None = None
        for maker, first, ship, unit_hours, setup, lot, unit in links.get(order, []):
            wanted = float(missing[order] * posed.quantity[order])
            new = (order, int(maker)) not in own
            if new and (partners[order] >= posed.most[order] or wanted < lot):
                continue
            hours = wanted * unit_hours + (setup if new else 0.0)
            for week in range(int(first), end + 1):
                if slack.free_in(int(maker), int(first), week) >= hours:
                    best = min(best or (np.inf,) * 5, (week + ship, unit, int(maker), int(first), hours))  # type: ignore[assignment]
                    break
        if best is not None:
            arrives, _, maker, first, hours = best
            ship = next(int(row[2]) for row in links[order] if row[0] == maker)
            slack.take_in(maker, first, int(arrives) - ship, hours)
            found[order] = (maker, int(arrives) + posed.week)
    return found
