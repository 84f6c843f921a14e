"""An independent check of a pool's answer: every rule read from the tables again, every maker worked through by day.

Shares no code with the search. Hours are given out week by week to the order due first, the costs added up anew.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl

from sijin.engines.faults import Table, frame

NEAR = 1e-6  # relative


def check(
    orders: Table, makers: Table, capacity: Table, rates: Table, links: Table, shares: pl.DataFrame,
    board: pl.DataFrame | None = None, *, days: int = 7, locks: Table | None = None,
) -> list[str]:  # fmt: skip
    """Return what is wrong with shares (order, maker, quantity) and a board; an empty list when nothing is.

    The tables are those of `pool`, without faults. Set-up hours count once for an order and maker.
    """
    found: list[str] = []
    of_order = {row["order"]: row for row in frame(orders).iter_rows(named=True)}
    of_maker = {row["maker"]: row for row in frame(makers).iter_rows(named=True)}
    rate = {(row["maker"], row["product"]): row for row in frame(rates).iter_rows(named=True)}
    link = {(row["order"], row["maker"]): row for row in frame(links).iter_rows(named=True)}
    hours: dict[Any, dict[int, float]] = defaultdict(dict)
    for row in frame(capacity).iter_rows(named=True):
        hours[row["maker"]][int(row["week"])] = float(row["hours"])
    locked = (
        {}
        if locks is None
        else {(row["order"], row["maker"]): row["quantity"] for row in frame(locks).iter_rows(named=True)}
    )
    made: dict[Any, float] = defaultdict(float)
    partners: dict[Any, int] = defaultdict(int)
    jobs: dict[Any, list[list[Any]]] = defaultdict(list)
    for name, maker, quantity in shares.select("order", "maker", "quantity").iter_rows():
        order, own, pair = of_order[name], of_maker[maker], f"{name} at {maker}"
        made[name] += quantity
        partners[name] += 1
        if (name, maker) not in link or (maker, order["product"]) not in rate:
            found.append(f"{pair}: no link or no rate")
            continue
        if (wanted := order.get("certificate")) and wanted not in _held(own):
            found.append(f"{pair}: certificate {wanted} is missing")
        lot = max(order.get("min_lot") or 0, own.get("min_lot") or 0)
        if quantity < lot * (1 - NEAR) and (name, maker) not in locked:
            found.append(f"{pair}: {quantity:g} is less than the lot {lot:g}")
        start = int(order["release"] + (own.get("lead") or 0))
        end = int(order["due"] - link[name, maker]["ship_weeks"])
        work = (own.get("setup") or 0) + quantity * rate[maker, order["product"]]["hours"]
        jobs[maker].append([end, start, name, work])
    for name, quantity in made.items():
        order = of_order[name]
        if quantity > order["quantity"] * (1 + NEAR):
            found.append(f"{name}: {quantity:g} made of {order['quantity']:g}")
        if (most := order.get("max_partners")) is not None and partners[name] > most:
            found.append(f"{name}: {partners[name]} partners of {most}")
    given = {
        (name, maker): quantity for name, maker, quantity in shares.select("order", "maker", "quantity").iter_rows()
    }
    for pair_of, quantity in locked.items():
        if quantity is not None and abs(given.get(pair_of, 0.0) - quantity) > NEAR * max(quantity, 1):
            found.append(f"{pair_of}: locked at {quantity:g}, is {given.get(pair_of, 0.0):g}")
    for maker, own_jobs in jobs.items():
        found += _worked(maker, own_jobs, hours[maker])
    if board is not None:
        found += _on_board(board, given, of_order, of_maker, rate, link, hours, days)
    return found


def _held(maker: Mapping[str, Any]) -> list[str]:
    held = maker.get("certificates") or []
    return [part.strip() for part in held.split(",")] if isinstance(held, str) else list(held)


def _worked(maker: Any, jobs: list[list[Any]], hours: Mapping[int, float]) -> list[str]:
    """Work through a maker's weeks, the order due first, and tell which are not done in their weeks."""
    found = []
    jobs = [list(job) for job in jobs]
    near = NEAR * max(sum(hours.values()), 1.0)
    for week in sorted({*hours, *(job[0] for job in jobs)}):
        left = hours.get(week, 0.0)
        for job in sorted(jobs, key=lambda job: (job[0], str(job[2]))):
            if job[1] <= week <= job[0]:
                used = min(left, job[3])
                left, job[3] = left - used, job[3] - used
    for end, _, name, work in jobs:
        if work > near:
            found.append(f"{name} at {maker}: {work:g} hours are not done by week {end}")
    return found


def _on_board(
    board: pl.DataFrame, given: Mapping[Any, float], orders: Mapping[Any, Any], makers: Mapping[Any, Any],
    rate: Mapping[Any, Any], link: Mapping[Any, Any], hours: Mapping[Any, Mapping[int, float]], days: int,
) -> list[str]:  # fmt: skip
    """Hold the board against the shares and against the hours of each day."""
    found = []
    put: dict[Any, float] = defaultdict(float)
    used: dict[Any, float] = defaultdict(float)
    setup = {pair: makers[pair[1]].get("setup") or 0.0 for pair in given}
    for maker, day, name, quantity, worked in board.select("maker", "day", "order", "quantity", "hours").iter_rows():
        week, order, pair = day // 7, orders[name], (name, maker)
        if pair not in given:
            found.append(f"{name} at {maker}: on the board, it is not in the shares")
            continue
        start = order["release"] + (makers[maker].get("lead") or 0)
        if not start <= week <= order["due"] - link[pair]["ship_weeks"]:
            found.append(f"{name} at {maker}: day {day} is outside its weeks")
        preparing = worked - quantity * rate[maker, order["product"]]["hours"]
        setup[pair] -= preparing
        put[pair] += quantity
        used[maker, day] += worked
    for (maker, day), total in used.items():
        most = hours[maker].get(day // 7, 0.0) / days
        if total > most * (1 + NEAR) + NEAR:
            found.append(f"{maker}: {total:g} hours on day {day}, there are {most:g}")
    for pair, quantity in given.items():
        if abs(put[pair] - quantity) > NEAR * max(quantity, 1.0) * 10:
            found.append(f"{pair}: {put[pair]:g} on the board, {quantity:g} in the shares")
        if quantity > 0 and abs(setup[pair]) > 1e-4:
            found.append(f"{pair}: {setup[pair]:g} hours of setting up are not on the board")
    return found


def cost(
    orders: Table, makers: Table, rates: Table, links: Table, shares: pl.DataFrame, *, late: float | None = None,
    previous: Table | None = None, change: float = 0.0,
) -> float:  # fmt: skip
    """Return what shares cost, added up from the tables: made and sent, late or short, moved from the plan before."""
    product = {row["order"]: row for row in frame(orders).iter_rows(named=True)}
    rate = {(row["maker"], row["product"]): row["cost"] for row in frame(rates).iter_rows(named=True)}
    unit: dict[Any, float] = {}
    known = set(frame(makers)["maker"].to_list())
    dearest: dict[Any, float] = defaultdict(float)
    for row in frame(links).iter_rows(named=True):
        order = product[row["order"]]
        if (own := rate.get((row["maker"], order["product"]))) is not None:
            unit[row["order"], row["maker"]] = own + row["cost"]
            dearest[row["order"]] = max(dearest[row["order"]], own + row["cost"])
    given = {
        (name, maker): quantity for name, maker, quantity in shares.select("order", "maker", "quantity").iter_rows()
    }
    total = sum(unit[pair] * quantity for pair, quantity in given.items())
    made: dict[Any, float] = defaultdict(float)
    for (name, _), quantity in given.items():
        made[name] += quantity
    for name, order in product.items():
        penalty = order.get("penalty")
        if penalty is None:
            penalty = late if late is not None else (order.get("value") or 0) / order["quantity"] + dearest[name]
        total += penalty * max(order["quantity"] - made[name], 0.0)
    if previous is not None:
        for row in frame(previous).iter_rows(named=True):
            if row["order"] in product and row["maker"] in known:
                total += change * max((row["quantity"] or 0.0) - given.get((row["order"], row["maker"]), 0.0), 0.0)
    return float(total)
