"""All open needs and offers cleared together: min-cost flow, floors of fairness, locks, and little change."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from sijin.engines.clearing.market import Ints, Market, Terms
from sijin.engines.clearing.tables import Checked, step, whole
from sijin.engines.faults import FAULTS, MOST, Table

Progress = Callable[[int, int, str], bool | None]
AGES = 1e18


@dataclass(frozen=True)
class Running:
    """Yesterday's matches (need, offer, quantity), and what moving one unit of them away costs."""

    matches: pl.DataFrame
    change: float


@dataclass(frozen=True)
class Warm:
    """What a clearing hands to the next one: the market as it stands, and the names that it was made of.

    ``names`` are the columns of names as given (needs, offers, both of the edges), None where rows were left out or
    other terms than the tables were in force; ``order`` are the rows of the edges in the market's order.
    """

    market: Market
    need: pl.Series
    offer: pl.Series
    parts: tuple[int, int]  # of a unit, and of a cost
    names: tuple[pl.Series, ...] | None
    order: Ints


@dataclass(frozen=True)
class Cleared:
    """The answer of `clear`.

    ``matches`` (need, offer, quantity, cost): what goes where, cost per unit. ``unmet`` (need, quantity, why): why is
    ``no_offer`` (nothing fits), ``no_room`` (all that fits serves others better) or ``dear`` (what fits costs more than
    staying without). ``cost`` counts the penalties of what stays unmet and of changes; ``bound`` is proven and ``gap``
    relative (0.01 = 1 %). ``floors`` (group, share, kept, price): the share asked for each group, the share that it
    gets, and what one unit less asked for would save. ``faults`` names every row that was left out; ``complete`` is
    False when the time ended before all was decided; the next clearing can begin from ``warm``.
    """

    matches: pl.DataFrame
    unmet: pl.DataFrame
    cost: float
    bound: float
    gap: float
    seconds: float
    floors: pl.DataFrame
    faults: pl.DataFrame
    complete: bool
    warm: Warm = field(repr=False)

    @cached_property
    def prices(self) -> pl.DataFrame:
        """Per offer and need (side, name, price): what one more unit of an offer would save, or of a need would cost.

        These are exact: the cost of a clearing with one unit more differs by the price (for offers downwards).
        """
        warm, scale = self.warm, self.warm.parts[1]
        made = []
        for side, names, price in (
            ("offer", warm.offer, warm.market.worth()), ("need", warm.need, warm.market.dearer())
        ):  # fmt: skip
            columns = {"side": [side] * len(names), "name": names.cast(pl.String), "price": price / scale}
            made.append(pl.DataFrame(columns, schema_overrides={"side": pl.String}))
        return pl.concat(made)


def clear(
    needs: Table,
    offers: Table,
    edges: Table,
    *,
    warm: Warm | None = None,
    floor: float | Mapping[Any, float] | None = None,
    locks: pl.DataFrame | None = None,
    running: Running | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> Cleared:
    """Clear a market: give every unit wanted the cheapest unit offered, all of them together.

    Parameters
    ----------
    needs : need, quantity, penalty (cost of a unit that stays unmet: the priority), group (optional, for the floor)
    offers : offer, quantity
    edges : need, offer, cost (per unit); a pair that is not here does not fit
    warm : ``Cleared.warm`` of an earlier clearing; where the names are the same only what changed is solved anew
    floor : least share (0 to 1) of each group's quantity that is to be met, or {group: share}
    locks : need, offer, quantity that must stay as they are; they must fit within both quantities
    running : yesterday's matches and the price of a change
    time_limit : seconds; what is not decided by then gets a first answer, and the gap says how good it is
    progress : called with (done, total, words); return True to stop as if the time was over

    Quantities and costs are told apart to a thousandth; where all are whole they are exact.

    Returns
    -------
    `Cleared`. Rows with faults are left out of the market and named in ``faults``; the rest is solved.

    Raises
    ------
    ValueError
        A table has not the columns it must have.
    """
    began = time.monotonic()
    until = AGES if time_limit is None else began + time_limit
    tell = _teller(progress)
    plain = floor is None and locks is None and running is None
    terms = _again(warm, needs, offers, edges) if warm is not None and plain else None
    if warm is not None and terms is not None:
        warm.market.change(terms, until, tell)
        return _told(warm, began)
    posed = _Posed(Checked(needs, offers, edges), floor, locks, running)
    market = Market(posed.terms)
    market.solve(until, tell)
    names = None
    if plain and not len(posed.checked.faults):
        tables = [
            table if isinstance(table, pl.DataFrame) else pl.DataFrame(dict(table)) for table in (needs, offers, edges)
        ]
        names = (tables[0]["need"], tables[1]["offer"], tables[2]["need"], tables[2]["offer"])
    kept = Warm(market, posed.checked.needs["need"], posed.checked.offers["offer"], posed.parts, names, posed.order)
    return _told(kept, began, posed)


def _teller(progress: Progress | None) -> Callable[[int, int], bool]:
    return lambda done, total: bool(progress(done, max(total, 1), "clearing")) if progress is not None else False


def _again(warm: Warm, needs: Table, offers: Table, edges: Table) -> Terms | None:
    """Return the terms of tables with the names of the clearing before; None where they are not quite the same."""
    tables = [
        table if isinstance(table, pl.DataFrame) else pl.DataFrame(dict(table)) for table in (needs, offers, edges)
    ]
    if warm.names is None or "group" in tables[0].columns:
        return None
    columns = (tables[0]["need"], tables[1]["offer"], tables[2]["need"], tables[2]["offer"])
    if not all(one.dtype == other.dtype and one.equals(other) for one, other in zip(columns, warm.names, strict=True)):
        return None
    numbers = [
        table[column].cast(pl.Float64).to_numpy()
        for table, column in (
            (tables[0], "quantity"), (tables[0], "penalty"), (tables[1], "quantity"), (tables[2], "cost")
        )
    ]  # fmt: skip
    wanted, penalty, stock, cost = numbers
    good = all(np.isfinite(column).all() and (np.abs(column) <= MOST).all() for column in numbers)
    if not good or min(column.min(initial=0.0) for column in numbers[:3]) < 0:
        return None
    if step(wanted, stock) > warm.parts[0] or step(penalty, cost) > warm.parts[1]:
        return None
    old, (a, b) = warm.market.terms, warm.parts
    quantity = whole(wanted, a)
    cap = np.full(len(old.need), max(int(quantity.sum()) + 1, int(old.cap.max(initial=0))))
    return Terms(
        old.need, old.offer, whole(cost, b)[warm.order], cap, quantity, whole(penalty, b), whole(stock, a), old.group,
        old.room,
    )  # fmt: skip


class _Posed:
    """The terms of checked tables, with what locks take away and what the running matches are worth."""

    def __init__(
        self,
        checked: Checked,
        floor: float | Mapping[Any, float] | None,
        locks: pl.DataFrame | None,
        running: Running | None,
    ) -> None:
        self.checked = checked
        needs, offers, edges = checked.needs, checked.offers, checked.edges
        wanted, stock = needs["quantity"].to_numpy(), offers["quantity"].to_numpy()
        penalty, cost = needs["penalty"].to_numpy(), edges["cost"].to_numpy()
        held = checked.locked(locks)
        before = checked.ran(running.matches) if running is not None else held.clear()
        change = 0.0 if running is None else running.change
        self.parts = (
            step(wanted, stock, held["quantity"].to_numpy(), before["quantity"].to_numpy()),
            step(penalty, cost, np.array([change])),
        )
        a, b = self.parts
        at = edges["need_at"].to_numpy().astype(np.int64), edges["offer_at"].to_numpy().astype(np.int64)
        self.order = np.lexsort((at[1], at[0]))
        need, offer = at[0][self.order], at[1][self.order]
        price, quantity, store = whole(cost, b)[self.order], whole(wanted, a), whole(stock, a)
        self.total = quantity.copy()
        self.held = held.with_columns(cost=held["cost"] if "cost" in held.columns else pl.Series([], dtype=pl.Float64))
        taken = whole(held["quantity"].to_numpy(), a)
        np.subtract.at(quantity, held["need_at"].to_numpy(), taken)
        np.subtract.at(store, held["offer_at"].to_numpy(), taken)
        self.fixed = float((held["quantity"] * held["cost"]).sum())
        cap = np.full(len(need), int(self.total.sum()) + 1)  # of a pair there is no limit but what both sides have
        if len(before):  # a second edge for what a pair had: cheaper by a change, for that much
            edge = before["edge"].to_numpy()
            place = np.empty(len(self.order), np.int64)
            place[self.order] = np.arange(len(self.order))
            own = place[edge]
            had = np.minimum(whole(before["quantity"].to_numpy(), a), quantity[need[own]])
            self.fixed += change * float(had.sum()) / a
            need, offer = np.append(need, need[own]), np.append(offer, offer[own])
            price, cap = np.append(price, price[own] - round(change * b)), np.append(cap, had)
            again = np.lexsort((offer, need))
            need, offer, price, cap = need[again], offer[again], price[again], cap[again]
        group, room, self.groups, self.shares = self._floors(floor)
        self.terms = Terms(need, offer, price, cap, quantity, whole(penalty, b), store, group, room)

    def _floors(self, floor: float | Mapping[Any, float] | None) -> tuple[Ints, Ints, list[Any], list[float]]:
        """Return the group of each need, how much of each group may stay unmet, the groups and their shares."""
        needs = self.checked.needs
        nobody = np.full(len(needs), -1, np.int64)
        if floor is None or "group" not in needs.columns:
            return nobody, np.empty(0, np.int64), [], []
        groups = [name for name in needs["group"].unique(maintain_order=True).to_list() if name is not None]
        shares = [float(floor) if isinstance(floor, int | float) else float(floor.get(name, 0.0)) for name in groups]
        place = {name: n for n, name in enumerate(groups)}
        group = np.array([place.get(name, -1) for name in needs["group"].to_list()], np.int64)
        total = np.bincount(group[group >= 0], self.total[group >= 0], len(groups))
        return group, np.floor(total * (1 - np.array(shares)) + 1e-6).astype(np.int64), groups, shares


def _told(warm: Warm, began: float, posed: _Posed | None = None) -> Cleared:
    """Read the market."""
    market, (a, b) = warm.market, warm.parts
    terms = market.terms
    used = np.flatnonzero(market.x)
    matches = pl.DataFrame({
        "need": warm.need[terms.need[used]], "offer": warm.offer[terms.offer[used]],
        "quantity": market.x[used] / a, "cost": terms.cost[used] / b,
    })  # fmt: skip
    fixed = 0.0
    if posed is not None and (len(posed.held) or posed.fixed):
        fixed = posed.fixed
        own = posed.held.select("need", "offer", "quantity", "cost").cast(dict(matches.schema))  # type: ignore[arg-type]
        matches = pl.concat([own, matches]).group_by("need", "offer", maintain_order=True).agg(
            pl.col("quantity").sum(), pl.col("cost").max()
        )  # fmt: skip
    cost, bound = market.total / (a * b) + fixed, market.proven / (a * b) + fixed
    bound = min(bound, cost)
    left = np.flatnonzero(market.u)
    return Cleared(
        matches=matches,
        unmet=pl.DataFrame(
            {"need": warm.need[left], "quantity": market.u[left] / a, "why": _why(market, left)},
            schema_overrides={"why": pl.String},
        ),
        cost=cost,
        bound=bound,
        gap=(cost - bound) / max(abs(cost), 1e-9),
        seconds=time.monotonic() - began,
        floors=_floors(market, posed, a, b),
        faults=posed.checked.faults if posed is not None else pl.DataFrame(schema=FAULTS),
        complete=market.complete,
        warm=warm,
    )


def _why(market: Market, left: Ints) -> list[str]:
    """Say of each need with something unmet why it is."""
    terms = market.terms
    counts = market.start[left + 1] - market.start[left]
    least = np.full(len(terms.wanted), np.iinfo(np.int64).max)
    np.minimum.at(least, terms.need, terms.cost)
    dear = least[left] >= market.pen[left]
    words: list[str] = np.where(counts == 0, "no_offer", np.where(dear, "dear", "no_room")).tolist()
    return words


def _floors(market: Market, posed: _Posed | None, a: int, b: int) -> pl.DataFrame:
    schema = {"group": pl.String, "share": pl.Float64, "kept": pl.Float64, "price": pl.Float64}
    if posed is None or not posed.groups:
        return pl.DataFrame(schema=schema)
    held = market.terms.group >= 0
    group = market.terms.group[held]
    total = np.bincount(group, posed.total[held], len(posed.groups))
    unmet = np.bincount(group, market.u[held], len(posed.groups))
    return pl.DataFrame({
        "group": [str(name) for name in posed.groups], "share": posed.shares,
        "kept": np.where(total > 0, 1 - unmet / np.maximum(total, 1), 1.0), "price": market.lift / b,
    }, schema=schema)  # fmt: skip
