"""A clearing made: each market of it by the engine, first come first served beside it, kept as a draft."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl
from django.db import transaction

from sijin.dispatch.models import Campaign
from sijin.engines import clearing as engine
from sijin.exchange.domain.clearings import posing, sums, terms
from sijin.exchange.domain.clearings.markets import Market, divided, shared_out
from sijin.exchange.domain.clearings.posing import Key, Posed
from sijin.exchange.domain.clearings.solved import Solved
from sijin.exchange.models import Clearing, ClearingPrice, Match, ProposedMatch
from sijin.people.models import Account
from sijin.people.policy import require

Progress = Callable[[int, int, str], None]
C, Side = ProposedMatch.Change, ClearingPrice.Side
TINY = 1e-9  # a share that misses its floor by less keeps it


@dataclass(frozen=True)
class Draft:
    """A clearing that is worked out and not kept yet, with what its rows are made of."""

    clearing: Clearing
    posed: Posed
    solved: list[Solved]

    @transaction.atomic
    def keep(self) -> Clearing:
        """Write the clearing with its rows and prices."""
        return _keep(self.clearing, self.posed, self.solved)


def solve(by: Account, campaign: Campaign, **given: Any) -> Clearing:
    """Clear the market and keep the answer as a draft; nothing else changes. Takes what `work_out` takes."""
    return work_out(by, campaign, **given).keep()


def work_out(
    by: Account,
    campaign: Campaign,
    *,
    kinds: Collection[str] = (),
    floor: float | None = None,
    change: float | None = None,
    time_limit: float | None = None,
    progress: Progress = lambda done, total, words: None,
    at: datetime | None = None,
) -> Draft:
    """Clear the market; nothing is written before the draft is kept.

    Parameters
    ----------
    kinds : the kinds to clear (none: every divisible one)
    floor : least share of each county's quantity of a kind, where the offers allow it, 0 to 1
    change : points that moving one unit away from what is reserved and not agreed costs
    time_limit : seconds; after it what is left gets a first answer, and the gap says how good that is
    progress : may raise to stop. The solving itself holds no transaction.
    """
    require(by, "make", Clearing)
    first = terms.table()
    wanted = posing.divisible(kinds)
    floor = first["floor"] if floor is None else floor
    change = first["change"] if change is None else change
    seconds = first["seconds"] if time_limit is None else time_limit
    began, at = time.monotonic(), at or campaign.now()
    posed = posing.pose(by, campaign, wanted, lambda done, total: progress(done, total, "pairs"))
    solved = _answers(posed, floor, change, began + seconds, progress)
    clearing = Clearing(
        campaign=campaign,
        made_by=by,
        made_at=at,
        kinds=wanted,
        floor=floor,
        change=change,
        time_limit=seconds,
        cost=round(sum(one.answer.cost / one.market.parts for one in solved), 4),
        bound=round(sum(one.answer.bound / one.market.parts for one in solved), 4),
        gap=0.0,
        seconds=round(time.monotonic() - began, 3),
        complete=all(one.answer.complete for one in solved),
        figures=sums.of(by, campaign, posed, solved),
    )
    clearing.gap = (clearing.cost - clearing.bound) / max(abs(clearing.cost), 1e-9)
    progress(1, 1, "keeping")
    return Draft(clearing, posed, solved)


def _answers(posed: Posed, floor: float, change: float, until: float, progress: Progress) -> list[Solved]:
    """Clear one market after the other."""
    markets = divided(
        [(key, item.kind, item.unit, posed.left[key]) for key, item in posed.items.items()],
        [(key, offer.kind, offer.unit, posed.free[key]) for key, offer in posed.offers.items()],
        [
            (item, posed.items[item].kind, posed.items[item].unit, quantity)
            for (item, _offer), quantity in (*posed.kept.items(), *((k, m.quantity) for k, m in posed.running.items()))
        ],
    )
    by_item = defaultdict(list)
    for pair in posed.pairs:
        by_item[pair.item].append(pair)
    made = []
    for n, market in enumerate(markets):
        progress(n, len(markets), "markets")

        def tell(done: int, total: int, words: str, n: int = n) -> None:
            progress(n, len(markets), "markets")

        left = max(0.05, until - time.monotonic())
        made.append(_answer(posed, market, [p for i in market.items for p in by_item[i]], floor, change, left, tell))
    return made


def _answer(
    posed: Posed, market: Market, own: list[Any], floor: float, change: float, seconds: float, tell: Any
) -> Solved:
    count, items = market.count, posed.items
    penalty = {key: terms.unmet(items[key].need, posed.today) for key in market.items}
    cost = {(pair.item, pair.offer): pair.cost for pair in own}
    kept = {key: count(posed.kept[key], items[key[0]].unit) for key in cost if key in posed.kept}
    run = {
        key: count(match.quantity, items[key[0]].unit) - kept.get(key, 0)
        for key, match in posed.running.items()
        if key in cost
    }
    needs, there = _sides(posed, market, penalty)
    moves = _pairs({key: quantity for key, quantity in run.items() if quantity > 0}, "quantity")
    running = engine.Running(moves, change) if run else None
    until = time.monotonic() + seconds

    def cleared(floors: dict[int, float]) -> engine.Cleared:
        return engine.clear(
            needs,
            there,
            _pairs(cost, "cost"),
            floor=floors or None,
            locks=_pairs(kept, "quantity") if kept else None,
            running=running,
            time_limit=max(0.05, until - time.monotonic()),
            progress=tell,
        )

    floors = {items[key].need.site.county_id: floor for key in market.items} if floor else {}
    answer = cleared(floors)
    # A floor for which there is too little is asked for as far as it can be kept, or its lack would be in the prices.
    if lower := {
        int(group): max(0.0, got - TINY) for group, share, got, _p in answer.floors.iter_rows() if got < share - TINY
    }:
        answer = cleared(floors | lower)
    return Solved(market, answer, cost, penalty, floor)


def _sides(posed: Posed, market: Market, penalty: dict[int, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the needs (items) and the offers of a market as the engine takes them."""
    items, offers = posed.items, posed.offers
    return _table(
        need=(pl.Int64, market.items),
        quantity=(pl.Int64, [market.count(posed.left[key], items[key].unit) for key in market.items]),
        penalty=(pl.Int64, [penalty[key] for key in market.items]),
        group=(pl.Int64, [items[key].need.site.county_id for key in market.items]),
    ), _table(
        offer=(pl.Int64, market.offers),
        quantity=(pl.Int64, [market.count(posed.free[key], offers[key].unit) for key in market.offers]),
    )


def _table(**columns: tuple[Any, list[Any]]) -> pl.DataFrame:
    return pl.DataFrame(
        {name: values for name, (_type, values) in columns.items()},
        schema={name: kind for name, (kind, _values) in columns.items()},
    )


def _pairs(values: dict[Key, int], name: str) -> pl.DataFrame:
    return _table(
        need=(pl.Int64, [item for item, _offer in values]),
        offer=(pl.Int64, [offer for _item, offer in values]),
        **{name: (pl.Int64, list(values.values()))},
    )


def _keep(clearing: Clearing, posed: Posed, solved: list[Solved]) -> Clearing:
    clearing.save()
    far = {(pair.item, pair.offer): pair.kilometres for pair in posed.pairs}
    rows: list[ProposedMatch] = []
    for one in solved:
        rows += _rows(clearing, posed, one, far)
    given = {(row.item_id, row.offer_id) for row in rows}
    rows += [_row(clearing, posed, key, Decimal(0), Decimal(0), 0, None) for key in posed.running if key not in given]
    ProposedMatch.objects.bulk_create(rows, batch_size=500)
    ClearingPrice.objects.bulk_create((p for one in solved for p in _prices(clearing, posed, one)), batch_size=500)
    return clearing


def _rows(clearing: Clearing, posed: Posed, one: Solved, far: dict[Key, float | None]) -> Iterable[ProposedMatch]:
    """Return the pairs of one market in the units of their rows; never more of an offer than it has."""
    by_offer: dict[int, list[tuple[Key, Decimal, str]]] = defaultdict(list)
    for item, offer, count in one.given:
        unit = posed.items[item].unit
        by_offer[offer].append(((item, offer), one.market.back(count, unit), unit))
    for offer, wanted in by_offer.items():
        shares = shared_out([(quantity, unit) for _key, quantity, unit in wanted], posed.free[offer],
                            posed.offers[offer].unit)  # fmt: skip
        for (key, _quantity, _unit), (quantity, taken) in zip(wanted, shares, strict=True):
            if quantity > 0:
                yield _row(clearing, posed, key, quantity, taken, one.cost[key], far.get(key))


def _row(
    clearing: Clearing, posed: Posed, key: Key, quantity: Decimal, taken: Decimal, cost: int, far: float | None
) -> ProposedMatch:
    item, offer, was = posed.items[key[0]], posed.offers[key[1]], posed.running.get(key)
    return ProposedMatch(
        clearing=clearing,
        item=item,
        offer=offer,
        kind=item.kind,
        county_id=item.need.site.county_id,
        quantity=quantity,
        taken=taken,
        cost=cost,
        kilometres=far,
        change=_change(was, quantity),
        was=was,
        was_version=was.version if was else None,
        need_version=item.need.version,
        unit=item.unit,
        left=posed.lacks[item.pk],
        offer_version=offer.version,
        free=posed.has[offer.pk],
    )


def _change(was: Match | None, quantity: Decimal) -> str:
    if was is None:
        return C.NEW
    if quantity == was.quantity:
        return C.KEPT
    return C.DROPPED if not quantity else C.MORE if quantity > was.quantity else C.LESS


def _prices(clearing: Clearing, posed: Posed, one: Solved) -> Iterable[ClearingPrice]:
    """Return a price for every offer and item of one market, with the rows of the other side that it fits."""
    market, answer = one.market, one.answer
    price = {(side, int(name)): value for side, name, value in answer.prices.iter_rows()}
    unmet = {need: (count, why) for need, count, why in answer.unmet.iter_rows()}
    used: Counter[int] = Counter()
    for _item, offer, count in one.given:
        used[offer] += count
    items_of, offers_of = defaultdict(list), defaultdict(list)
    for item, offer in one.cost:
        items_of[offer].append(item)
        offers_of[item].append(offer)
    shared = {"clearing": clearing, "kind": market.kind, "unit": market.unit}
    for key in market.offers:
        offer = posed.offers[key]
        there, worth = market.count(posed.free[key], offer.unit), price["offer", key]
        fits = sorted(items_of[key], key=lambda item: (item not in unmet, -one.penalty[item], item))
        yield ClearingPrice(
            side=Side.OFFER, offer=offer, name=offer.item, place=posing.place_of(offer), price=worth,
            quantity=market.own(there), left=market.own(there - used[key]), fits=fits if worth > 0 else [],
            waiting=sum(item in unmet for item in fits), **shared,
        )  # fmt: skip
    for key in market.items:
        item, (count, why) = posed.items[key], unmet.get(key, (0, ""))
        yield ClearingPrice(
            side=Side.NEED, item=item, name=item.item, place=item.need.site.county, price=price["need", key],
            quantity=market.own(market.count(posed.left[key], item.unit)), left=market.own(count), why=why,
            fits=sorted(offers_of[key]) if count else [], waiting=int(bool(count)), **shared,
        )  # fmt: skip
