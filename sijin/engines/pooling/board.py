"""The production board: what every maker works on, day by day, always the order due first (EDF)."""

from dataclasses import dataclass
from datetime import timedelta
from heapq import heappop, heappush

import numpy as np
import polars as pl

from sijin.engines.pooling.problem import Flags, Floats, Posed, Rules

BOARD = {"maker": pl.Int64, "day": pl.Int64, "order": pl.Int64, "quantity": pl.Float64, "hours": pl.Float64}
BIT = 1e-7  # hours that are no work


@dataclass(frozen=True)
class Boards:
    """``rows`` (maker, day, order, quantity, hours) in positions, ``share`` as far as the hours let it."""

    rows: pl.DataFrame
    share: Floats


def boards(posed: Posed, rules: Rules, share: Floats, taken: Flags) -> Boards:
    """Lay out the shares of every maker on its days.

    A day has its part of the week's hours. Work begins with the setting up; an order that had to stop for a more
    pressing one goes on without setting up again. Day d of week w is the number 7 w + d; release and due are
    weeks, so a week's order of work is the same on all its days. What the hours would not let through (solvers leave
    millionths) is taken off the share.
    """
    share = share.copy()
    rows: list[tuple[int, int, int, float, float]] = []
    busy = np.flatnonzero(taken & (share > 0))
    for maker in np.unique(posed.maker[busy]):
        own = busy[posed.maker[busy] == maker]
        rows += _board(posed, rules, int(maker), own.tolist(), share)
    return Boards(pl.DataFrame(rows, schema=BOARD, orient="row"), share)


def _board(
    posed: Posed, rules: Rules, maker: int, own: list[int], share: Floats
) -> list[tuple[int, int, int, float, float]]:
    rows = []
    waiting = sorted(own, key=lambda way: (posed.first[way], way))
    open_jobs: list[tuple[int, int]] = []  # last week, way
    left = {way: float(posed.setup[way] + posed.hours[way] * share[way]) for way in own}
    setup = {way: float(posed.setup[way]) for way in own}
    week, next_job = 0, 0
    while next_job < len(waiting) or open_jobs:
        if not open_jobs:
            week = max(week, int(posed.first[waiting[next_job]]))
        while next_job < len(waiting) and posed.first[waiting[next_job]] <= week:
            heappush(open_jobs, (int(posed.last[waiting[next_job]]), waiting[next_job]))
            next_job += 1
        hours_a_day = float(posed.room[maker, week + 1] - posed.room[maker, week]) / rules.days
        for day in range(rules.days):
            today = hours_a_day
            while today > BIT and open_jobs:
                way = open_jobs[0][1]
                hours = min(today, left[way])
                preparing = min(hours, setup[way])
                setup[way] -= preparing
                left[way] -= hours
                today -= hours
                quantity = (hours - preparing) / posed.hours[way] * posed.quantity[posed.order[way]]
                if hours > BIT:
                    rows.append((maker, 7 * (posed.week + week) + day, int(posed.order[way]), quantity, hours))
                if left[way] <= BIT:
                    heappop(open_jobs)
        while open_jobs and open_jobs[0][0] <= week:  # its weeks are over
            way = heappop(open_jobs)[1]
            share[way] = max(share[way] - left[way] / posed.hours[way], 0.0)
        week += 1
    return rows


def booked(board: pl.DataFrame, makers: pl.Series, room: Floats, rules: Rules) -> pl.DataFrame:
    """Return per maker the last day it is booked, its hours of work, and the hours that it has."""
    used = board.group_by("maker").agg(until=pl.col("day").max(), hours=pl.col("hours").sum())
    every = pl.DataFrame({"maker": makers, "at": np.arange(len(makers)), "capacity": room[:, -1]})
    found = every.join(used, left_on="at", right_on="maker", how="left", maintain_order="left")
    return dated(
        found.select("maker", pl.col("until").alias("booked_until"), pl.col("hours").fill_null(0.0), "capacity"),
        rules, "booked_until",
    )  # fmt: skip


def dated(table: pl.DataFrame, rules: Rules, column: str) -> pl.DataFrame:
    """Add a date beside a column of days, where the rules say when week 0 starts."""
    if rules.start is None:
        return table
    days = [None if day is None else rules.start + timedelta(days=day) for day in table[column].to_list()]
    return table.with_columns(pl.Series("date", days, pl.Date))
