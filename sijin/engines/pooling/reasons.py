"""Why an order is not made in time, or not all of it: a code, the figures that go with it, and a sentence."""

from typing import Any

import numpy as np
import polars as pl

from sijin.engines.pooling.afterwards import afterwards
from sijin.engines.pooling.problem import TINY, Flags, Floats, Posed
from sijin.engines.pooling.tables import Checked

LATE: dict[str, Any] = {
    "quantity": pl.Float64, "reason": pl.String, "why": pl.String, "certificate": pl.String, "week": pl.Int64,
    "most": pl.Float64, "makers": pl.List(pl.String), "ready_week": pl.Int64, "ready_maker": None,
}  # fmt: skip
SMALL = 1e-6  # parts of an order that are not worth a word
SHOWN = 5  # makers named in a sentence
Row = tuple[float, str, str, str | None, int | None, float | None, list[str]]


def late(checked: Checked, posed: Posed, pairs: pl.DataFrame, share: Floats, taken: Flags) -> pl.DataFrame:
    """Return the orders that are late or short: order, quantity, reason and what goes with it.

    ``ready_maker`` could make the rest in the hours that are left, to be there in ``ready_week``; where nobody could
    within the weeks of the tables, both are empty and the rest is short.

    Reasons: ``no_link`` (nobody is asked), ``no_rate`` (who is asked does not make the product), ``certificate``
    (``makers`` could, had they the ``certificate``), ``no_time`` (it cannot be there before ``week``), ``no_hours``
    (nobody has hours in its weeks), ``lot`` (the least that a maker takes; ``most`` is what fits), ``forbidden`` (by
    locks), ``partners`` (as many as allowed make ``most``), ``capacity`` (what fits until ``week`` is ``most``, or
    other orders need it), ``dear`` (making costs more than being late), ``rest`` (what is left is less than a lot).
    """
    missing = 1.0 - np.bincount(posed.order, share, len(posed.quantity))
    short = np.flatnonzero(missing > SMALL)
    kinds = {**LATE, "ready_maker": checked.makers["maker"].dtype}
    if not len(short):
        return pl.DataFrame(schema={"order": checked.orders["order"].dtype, **kinds})
    names = checked.makers["maker"].cast(pl.String)
    own = pairs.filter(pl.col("order_at").is_in(short.tolist())).with_columns(
        name=pl.col("maker_at").replace_strict(dict(enumerate(names)), return_dtype=pl.String)
    )
    groups = {int(key[0]): group for key, group in own.group_by("order_at", maintain_order=True)}
    orders = checked.orders.select("certificate", "product", "due").rows()
    ready = afterwards(posed, pairs, share, taken, np.where(missing > SMALL, missing, 0.0))
    rows = []
    for o in short.tolist():
        quantity = float(missing[o] * posed.quantity[o])
        why = _reason(posed, o, groups.get(o), orders[o], share, taken, quantity)
        maker, week = ready.get(o, (None, None))
        rows.append((*why, week, None if maker is None else checked.makers["maker"][maker]))
    return pl.DataFrame(rows, schema=kinds, orient="row").insert_column(0, checked.orders["order"][short])


def _reason(
    posed: Posed,
    o: int,
    links: pl.DataFrame | None,
    order: tuple[Any, ...],
    share: Floats,
    taken: Flags,
    quantity: float,
) -> Row:
    certificate, product, due = order[0], order[1], int(order[2])

    def row(code: str, why: str, *, week: int | None = None, most: float | None = None, of: Any = None) -> Row:
        held = certificate if code == "certificate" else None
        return quantity, code, why, held, week, most, [] if of is None else of["name"].to_list()

    if links is None:
        return row("no_link", "no maker is linked to it")
    able = links.filter(pl.col("hours").is_not_null())
    if not len(able):
        return row("no_rate", f"no linked maker has a rate for {product}", of=links)
    fit = able.filter("certified")
    if not len(fit):
        return row("certificate", f"certificate {certificate} is missing at {_named(able)}", of=able)
    free = fit.filter(pl.col("lock").is_null() | (pl.col("lock") > 0))
    if not len(free):
        return row("forbidden", f"locks forbid {_named(fit)}", of=fit)
    timely = free.filter(pl.col("last") >= pl.col("first"))
    if not len(timely):
        earliest = free.select((pl.col("release") + pl.col("lead") + pl.col("ship_weeks")).min()).item()
        return row(
            "no_time",
            f"it cannot be there before week {int(earliest)}; it is due in week {due}",
            week=int(earliest),
            of=free,
        )
    ways = np.arange(posed.start[o], posed.start[o + 1])
    if not len(ways):
        most = float(timely["most"].max())  # type: ignore[arg-type]
        if most <= TINY:
            return row("no_hours", f"no maker has hours for it until week {due}", week=due, most=0.0, of=timely)
        least = float(timely["lot"].min())  # type: ignore[arg-type]
        return row(
            "lot",
            f"the least lot is {least:g}, no more than {most:g} fit until week {due}",
            week=due,
            most=most,
            of=timely,
        )
    return _partly(posed, o, ways, due, share, taken, quantity, row)


def _partly(
    posed: Posed, o: int, ways: np.ndarray[Any, Any], due: int, share: Floats, taken: Flags, quantity: float, row: Any
) -> Row:
    """Say why an order that can be made is not made, or not all of it."""
    whole = posed.quantity[o]
    tops = np.sort(posed.top[ways])[::-1]
    together, allowed = float(tops.sum() * whole), float(tops[: posed.most[o]].sum() * whole)
    partners = int(posed.most[o])
    found: Row
    if float(posed.cost[ways].min()) >= posed.penalty[o]:
        found = row("dear", "making it costs more than being late")
    elif together < whole * (1 - SMALL):
        found = row(
            "capacity", f"all makers together have hours for {together:g} until week {due}", week=due, most=together
        )
    elif allowed < whole * (1 - SMALL):
        found = row(
            "partners", f"no more than {partners} partners are allowed; they can make {allowed:g}", most=allowed
        )
    elif taken[ways].sum() >= partners:
        made = float(share[ways].sum() * whole)
        words = f"its {partners} partners have no more hours until week {due}; no further partner is allowed"
        found = row("partners", words, week=due, most=made)
    elif quantity < float(np.min(posed.lot[ways][~taken[ways]], initial=np.inf)) * whole:
        found = row("rest", f"the rest of {quantity:g} is less than the least lot of any other maker")
    else:
        found = row("capacity", f"the hours until week {due} are taken by orders that cost more to leave", week=due)
    return found


def _named(links: pl.DataFrame) -> str:
    names = links["name"].to_list()
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
