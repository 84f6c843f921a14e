"""A capacity pool in arrays: orders, ways of making them, and the hours that there are; what locks and rules change.

A *way* is an order at a maker who may and can make some of it. Its share is counted as a part of the order, 0 to 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sijin.engines.faults import Table
from sijin.engines.pooling.tables import Checked

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
TINY = 1e-9  # parts of an order, and hours, below which there is nothing


@dataclass(frozen=True)
class Rules:
    """What holds for the whole pool.

    Parameters
    ----------
    late : yuan for a unit that is not made in time, where the order has no ``penalty``. Without it such a unit costs
        what the order's ``value`` comes to a unit, and on top the dearest way of making it, so that it never pays to
        leave an order undone while there are hours for it
    days : days of work in a week, over which its hours are spread evenly
    start : the first day of week 0, if the board shall say dates
    locks : order, maker, quantity: the share that a pair must have, whatever the lot; 0 forbids the pair; empty says
        that the maker must take part
    previous : order, maker, quantity: the plan that runs
    change : yuan for each unit that a pair of the running plan has less than there
    """

    late: float | None = None
    days: int = 7
    start: date | None = None
    locks: Table | None = None
    previous: Table | None = None
    change: float = 0.0

    def __post_init__(self) -> None:
        if self.days not in range(1, 8):
            raise ValueError(f"rules: days of work in a week are 1 to 7, not {self.days}")
        for name, value in (("late", self.late), ("change", self.change)):
            if value is not None and not 0 <= value < np.inf:
                raise ValueError(f"rules: {name} is yuan for a unit, 0 or more, not {value}")


def rules_of(given: Rules | Mapping[str, Any] | None) -> Rules:
    """Return rules from whatever they came in."""
    if isinstance(given, Rules):
        return given
    unknown = set(given or ()) - set(Rules.__dataclass_fields__)
    if unknown:
        raise ValueError(
            f"rules: there is no {', '.join(sorted(unknown))}; there are {', '.join(Rules.__dataclass_fields__)}"
        )
    return Rules(**(given or {}))


@dataclass(frozen=True)
class Posed:
    """The problem in arrays. Ways are sorted by order; ``start[o]:start[o + 1]`` are those of order o.

    Of orders: ``quantity``, ``most`` partners, ``penalty`` (yuan if all of it is short). Of ways: ``order``, ``maker``,
    ``first`` and ``last`` week in which it is worked on, ``hours`` and ``cost`` of the whole order, ``setup`` hours,
    ``lot``, ``top`` and ``low`` (parts of the order: least share if there is one, most, and least of a lock), ``must``
    (locked in), ``before`` (part in the running plan) and ``change`` (yuan if all of the order is taken away). ``room``
    are hours before each week (makers × weeks + 1), week 0 being ``week``.
    ``lost`` is what the parts of the running plan cost that no way is left for; no cost below counts it.
    """

    quantity: Floats
    most: Ints
    penalty: Floats
    start: Ints
    order: Ints
    maker: Ints
    first: Ints
    last: Ints
    hours: Floats
    setup: Floats
    cost: Floats
    lot: Floats
    top: Floats
    low: Floats
    must: Flags
    before: Floats
    change: Floats
    room: Floats
    week: int
    lost: float

    @property
    def counted(self) -> Flags:
        """Orders with more ways than partners."""
        return np.diff(self.start) > self.most

    def within(self, way: Ints | slice = slice(None)) -> Floats:
        """Return the hours that a maker has in the weeks of a way."""
        maker, first, last = self.maker[way], self.first[way], self.last[way]
        found: Floats = self.room[maker, last + 1] - self.room[maker, first]
        return found

    def rounded(self, share: Floats) -> Floats:
        """Return shares in millionths of a unit, without the last figures that solvers leave."""
        whole = self.quantity[self.order]
        found: Floats = np.round(share * whole, 6) / whole
        return found

    def price(self, share: Floats) -> dict[str, float]:
        """Return what shares cost: making and sending, what is short, what moves away from the running plan."""
        made = np.bincount(self.order, share, len(self.quantity))
        return {
            "made": float(self.cost @ share),
            "late": float(self.penalty @ np.maximum(1.0 - made, 0.0)),
            "change": float(self.change @ np.maximum(self.before - share, 0.0)),
        }

    def total(self, share: Floats) -> float:
        """Return the whole of `price`."""
        return sum(self.price(share).values())


def _penalties(checked: Checked, rules: Rules, dearest: pl.DataFrame) -> Floats:
    """Return yuan for a unit of each order that is not made in time."""
    orders = checked.orders.with_row_index("order_at").with_columns(pl.col("order_at").cast(pl.Int64))
    orders = orders.join(dearest, on="order_at", how="left", maintain_order="left")
    usual = pl.col("value").fill_null(0.0) / pl.col("quantity") + pl.col("dearest").fill_null(0.0)
    if rules.late is not None:
        usual = pl.lit(rules.late)
    found: Floats = orders.select(pl.coalesce("penalty", usual).alias("penalty"))["penalty"].to_numpy()
    return found


def _calendar(checked: Checked) -> tuple[int, Floats]:
    """Return the first week and the hours before each week of every maker."""
    weeks = [checked.orders["release"], checked.orders["due"], checked.capacity["week"]]
    known = [series for series in weeks if len(series)]
    first = int(min((series.min() for series in known), default=0))  # type: ignore[type-var,arg-type]
    last = int(max((series.max() for series in known), default=0))  # type: ignore[type-var,arg-type]
    hours = np.zeros((len(checked.makers), last - first + 2))
    at = checked.capacity.select(pl.col("week").cast(pl.Int64) - first)["week"].to_numpy()
    hours[checked.capacity["maker_at"].to_numpy(), at + 1] = checked.capacity["hours"].to_numpy()
    return first, np.cumsum(hours, axis=1)


def pose(checked: Checked, rules: Rules) -> tuple[Posed, pl.DataFrame]:
    """Return the problem and, for the reasons, all links with the weeks and the most that each would allow.

    Of the links only those stay as ways that have a rate, the certificate, weeks to work in, and room for a lot.
    """
    pairs = checked.pairs.with_columns(pl.col("order_at", "maker_at").cast(pl.Int64))
    week, room = _calendar(checked)
    end = room.shape[1] - 2
    pairs = pairs.with_columns(
        first=(pl.col("release") + pl.col("lead")).cast(pl.Int64) - week,
        last=(pl.col("due") - pl.col("ship_weeks")).cast(pl.Int64) - week,
        unit=pl.col("rate") + pl.col("cost"),
    ).with_columns(first=pl.col("first").clip(0, end + 1), last=pl.col("last").clip(-1, end))
    pairs = _locked(checked, rules, pairs)
    dearest = pairs.group_by("order_at").agg(dearest=pl.col("unit").max())
    quantity = checked.orders["quantity"].to_numpy().astype(np.float64)
    maker, first, last = (pairs[column].to_numpy() for column in ("maker_at", "first", "last"))
    inside = np.where(last >= first, room[maker, last + 1] - room[maker, np.minimum(first, last + 1)], 0.0)
    pairs = pairs.with_columns(hours_there=pl.Series(inside)).with_columns(
        most=((pl.col("hours_there") - pl.col("setup")) / pl.col("hours")).clip(0.0, pl.col("quantity")).fill_null(0.0)
    )
    pairs = _held(checked, pairs, room)
    usable = (
        pl.col("certified") & pl.col("hours").is_not_null() & (pl.col("most") > TINY * pl.col("quantity"))
        & (pl.col("most") >= pl.col("lot") * (1 - TINY)) & (pl.col("lock").is_null() | (pl.col("lock") > 0))
    ) | pl.col("must")  # fmt: skip
    pairs = pairs.with_columns(usable=usable)
    ways = pairs.filter("usable")
    order = ways["order_at"].to_numpy()
    whole = quantity[order]
    column = {name: ways[name].to_numpy().astype(np.float64) for name in ("hours", "setup", "unit", "lot", "most")}
    lock = ways["lock"].fill_null(np.nan).to_numpy() / whole
    fixed = ~np.isnan(lock)
    most = checked.orders["max_partners"].fill_null(float(len(checked.makers))).to_numpy()
    before = ways["before"].to_numpy() / whole
    return (
        Posed(
            quantity=quantity,
            most=np.minimum(most, max(len(checked.makers), 1)).astype(np.int64),
            penalty=_penalties(checked, rules, dearest) * quantity,
            start=np.searchsorted(order, np.arange(len(quantity) + 1)),
            order=order.astype(np.int64),
            maker=ways["maker_at"].to_numpy().astype(np.int64),
            first=ways["first"].to_numpy().astype(np.int64),
            last=ways["last"].to_numpy().astype(np.int64),
            hours=column["hours"] * whole,
            setup=column["setup"],
            cost=column["unit"] * whole,
            lot=np.where(fixed, lock, np.minimum(column["lot"], column["most"]) / whole),
            top=np.where(fixed, lock, column["most"] / whole),
            low=np.where(fixed, lock, 0.0),
            must=ways["must"].to_numpy(),
            before=before,
            change=np.where(before > 0, rules.change * whole, 0.0),
            room=room,
            week=week,
            lost=rules.change * (float(checked.ran(rules.previous)["before"].sum()) - float(ways["before"].sum())),
        ),
        pairs,
    )


def _locked(checked: Checked, rules: Rules, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add to the links what is locked (``lock``, ``must``) and the plan that runs (``before``)."""
    locks = checked.of_pairs("locks", rules.locks)
    able = pairs.filter(pl.col("certified") & pl.col("hours").is_not_null()).select("order_at", "maker_at", able=True)
    locks = locks.join(able, on=["order_at", "maker_at"], how="left", maintain_order="left")
    wrong = pl.col("able").is_null() & ((pl.col("quantity") != 0) | pl.col("quantity").is_null())
    locks = locks.with_columns(maker=pl.col("maker_at"))
    locks = checked.drop(
        "locks", locks, "maker", wrong, "a maker with a link, a rate and the certificate for the order"
    )
    before = checked.ran(rules.previous)
    return (
        pairs.join(
            locks.select("order_at", "maker_at", pl.col("row").alias("lock_row"), pl.col("quantity").alias("lock")),
            on=["order_at", "maker_at"], how="left", maintain_order="left",
        )
        .join(before, on=["order_at", "maker_at"], how="left", maintain_order="left")
        .with_columns(
            pl.col("before").fill_null(0.0),
            must=pl.col("lock_row").is_not_null() & ((pl.col("lock") > 0) | pl.col("lock").is_null()),
        )
    )  # fmt: skip


def _held(checked: Checked, pairs: pl.DataFrame, room: Floats) -> pl.DataFrame:
    """Let go, with a fault that says why, of locks that clash: with the order, with the lot, or with the hours.

    Locks are taken in the order of their table; each must fit with those before it.
    """
    held = pairs.filter("must").sort("lock_row")
    if not len(held):
        return pairs
    orders = checked.orders.select("quantity", "max_partners").rows()
    names = checked.makers["maker"]
    given: dict[int, float] = {}
    partners: dict[int, int] = {}
    work: dict[int, list[tuple[int, int, float]]] = {}
    loose: list[tuple[int, str, str]] = []
    columns = ("lock_row", "order_at", "maker_at", "lock", "lot", "most", "first", "last", "hours", "setup")
    for row, o, m, lock, lot, most, first, last, hours, setup in held.select(columns).iter_rows():
        amount, (quantity, partner_limit) = lot if lock is None else lock, orders[o]
        jobs = [*work.get(m, []), (first, last, setup + hours * amount)]
        if amount > most * (1 + TINY):
            words = f"no more than the {most:g} that fit between the earliest start and the due week"
            loose.append((row, "quantity", words))
        elif given.get(o, 0.0) + amount > quantity * (1 + TINY):
            loose.append((row, "quantity", f"no more, all locks of the order together, than its quantity {quantity:g}"))
        elif partner_limit is not None and partners.get(o, 0) + 1 > partner_limit:
            loose.append(
                (row, "maker", f"no more locked makers than the {partner_limit:g} partners the order may have")
            )
        elif (tight := clash(jobs, room[m])) is not None:
            words = f"with the locks above it no more hours than {names[m]} has in weeks {{}} to {{}}"
            loose.append((row, "quantity", words.format(*tight)))
        else:
            given[o], partners[o], work[m] = given.get(o, 0.0) + amount, partners.get(o, 0) + 1, jobs
    if not loose:
        return pairs
    checked.refuse("locks", loose)
    wrong = pl.col("lock_row").is_in([row for row, _, _ in loose])
    return pairs.with_columns(
        must=pl.col("must") & ~wrong, lock=pl.when(wrong.fill_null(False)).then(None).otherwise("lock")
    )


def clash(jobs: list[tuple[int, int, float]], room: Floats) -> tuple[int, int] | None:
    """Return the weeks (first, last) in which a maker has fewer hours than the jobs that must be done there."""
    for first in {job[0] for job in jobs}:
        for last in {job[1] for job in jobs}:
            inside = sum(hours for start, end, hours in jobs if first <= start and end <= last)
            if inside > room[last + 1] - room[first] + 1e-6 and last >= first:
                return first, last
    return None
