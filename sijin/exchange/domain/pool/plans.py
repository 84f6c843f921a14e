"""Plans of the pool: solved by the engine, kept as a draft with its proof, published by the office or put away."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.engines import pooling
from sijin.exchange.domain.pool.problem import YEARS, Held, Posed, is_own, monday, pose, stamp
from sijin.exchange.models import PoolDay, PoolPlan, PoolShare
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale

SECONDS = 10.0  # default time limit
Progress = Callable[[int, int, str], None]


def solve(
    by: Account,
    campaign: Campaign,
    *,
    start: date | None = None,
    base: PoolPlan | None = None,
    time_limit: float = SECONDS,
    seed: int = 0,
    change_price: float = 0.0,
    progress: Progress | None = None,
    at: datetime | None = None,
) -> PoolPlan:
    """Solve the campaign's pool and keep the answer as a draft; nothing else changes.

    Parameters
    ----------
    start : the first day; the next Monday counts (by default that of `base`, else of the campaign's present)
    base : the plan that this one goes on from: its locks hold, what moves away from it is priced
    change_price : yuan for each piece that a maker has less than in `base`
    progress : hears (done, total, words); may raise to stop, then nothing is kept
    """
    require(by, "make", PoolPlan)
    at = at or campaign.now()
    if start is None and base is not None:
        start = base.start
    start = start or timezone.localtime(at).date()
    if start.year not in YEARS:
        raise RuleBroken(_("The plan must begin between %(first)s and %(last)s.") % _years(), field="start")
    start = monday(start)
    before = stamp(campaign)
    posed = pose(campaign, start, held=held_by(base))
    if not posed.orders or not posed.makers:
        raise RuleBroken(_("The pool needs orders and makers: read in a sheet of each first."))
    answer = searched(posed, time_limit=time_limit, seed=seed, change_price=change_price, progress=progress)
    facts = {"seed": seed, "time_limit": time_limit, "change_price": change_price, "stamp": before}
    return _keep(by, campaign, posed, answer, base, at, facts)


def _years() -> dict[str, int]:
    return {"first": YEARS[0], "last": YEARS[-1]}


def held_by(plan: PoolPlan | None) -> list[Held]:
    """Return the shares of a plan as a re-plan knows them."""
    if plan is None:
        return []
    return [Held(*row) for row in plan.shares.order_by("pk").values_list("order", "maker", "quantity", "locked")]


def searched(
    posed: Posed, *, time_limit: float, seed: int = 0, change_price: float = 0.0, progress: Progress | None = None
) -> pooling.Pooled:
    """Return the engine's answer. RuleBroken says which locks clash, or that there was no time for any plan."""
    tables = tables_of(posed)
    rules = pooling.Rules(start=posed.start, change=change_price, **_held(posed))
    try:
        found = pooling.pool(*tables, rules, time_limit=time_limit, seed=seed, progress=progress)
    except TimeoutError as error:
        raise RuleBroken(_("No plan was found in the time given; give it more seconds.")) from error
    if clashes := found.faults.filter(pl.col("table") == "locks")["row"].to_list():
        locked = [one for one in posed.held if one.locked]
        names = "；".join(f"{posed.orders[locked[n].order].code} → {posed.makers[locked[n].maker]}" for n in clashes)
        raise RuleBroken(_("What is locked cannot be kept: %(names)s. Unlock it first.") % {"names": names})
    if len(found.faults):  # not of what the forms and sheets let through
        first = found.faults.row(0, named=True)
        raise RuleBroken(_("The solver cannot take %(field)s %(value)s of the %(table)s.") % first)
    return found


def tables_of(posed: Posed) -> tuple[pl.DataFrame, ...]:
    """Return orders, makers, capacity, rates and links as the engine takes them; rows are named by their keys."""
    orders = sorted(posed.orders.values(), key=lambda order: (order.due, order.code))
    # the firm's own lines are not among its partners
    own = Counter(order for order, maker in posed.open if is_own(posed.orders[order], posed.makers[maker]))
    rows = [
        (order.pk, order.product, posed.quantity[order.pk], posed.first_week(order.pk), due,
         order.max_partners + own[order.pk], float(posed.quantity[order.pk] * order.unit_price))
        for n, order in enumerate(orders)
        # Alone, nothing is late: the order of the days of delivery is all that is left of them.
        if (due := posed.weeks - len(orders) + n if posed.alone else posed.last_week(order.pk))
        >= posed.first_week(order.pk)
    ]  # fmt: skip
    names = ("order", "product", "quantity", "release", "due", "max_partners", "value")
    known = {row[0] for row in rows}
    links = [
        (order, maker, 0 if is_own(posed.orders[order], posed.makers[maker]) else posed.makers[maker].ship_weeks,
         float(cost - posed.rate(order, maker).price))
        for (order, maker), cost in posed.open.items() if order in known
    ]  # fmt: skip
    makers = [(m.pk, m.min_lot, m.lead, float(m.setup)) for m in posed.makers.values()]
    rates = [
        (maker.pk, product, 1 / float(rate.per_hour), float(rate.price))
        for maker in posed.makers.values()
        for product, rate in maker.made.items()
    ]
    hours = [(maker, week, hours) for (maker, week), hours in posed.hours.items()]
    return (
        _table(rows, names, {"product": pl.String}),
        _table(makers, ("maker", "min_lot", "lead", "setup")),
        _table(hours, ("maker", "week", "hours")),
        _table(rates, ("maker", "product", "hours", "cost"), {"product": pl.String}),
        _table(links, ("order", "maker", "ship_weeks", "cost")),
    )


def _table(rows: list[Any], names: tuple[str, ...], text: dict[str, Any] | None = None) -> pl.DataFrame:
    keys = dict.fromkeys(("order", "maker"), pl.Int64)
    schema = {name: {**keys, **(text or {})}.get(name, pl.Float64) for name in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _held(posed: Posed) -> dict[str, pl.DataFrame | None]:
    """Return locks and the plan before as the engine's rules take them."""
    names = ("order", "maker", "quantity")
    locks = [(one.order, one.maker, one.quantity) for one in posed.held if one.locked]
    before = [(one.order, one.maker, one.quantity) for one in posed.held]
    return {
        "locks": _table(locks, names) if locks else None,
        "previous": _table(before, names) if before else None,
    }


def whole(posed: Posed, answer: pooling.Pooled) -> dict[tuple[int, int], int]:
    """Return {(order, maker): whole pieces}: parts of pieces go to where the largest part was, so that sums hold."""
    by_order: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for order, maker, quantity in answer.shares.select("order", "maker", "quantity").iter_rows():
        by_order[int(order)].append((int(maker), quantity))
    found = {}
    for order, shares in by_order.items():
        total = min(round(sum(quantity for _maker, quantity in shares)), posed.quantity[order])
        pieces = {maker: int(quantity + 1e-6) for maker, quantity in shares}
        rest = sorted(shares, key=lambda share: pieces[share[0]] - share[1])
        for n in range(total - sum(pieces.values())):
            pieces[rest[n % len(rest)][0]] += 1
        found |= {(order, maker): count for maker, count in pieces.items() if count > 0}
    return found


def days_of(posed: Posed, answer: pooling.Pooled, pieces: dict[tuple[int, int], int]) -> dict[tuple[int, int], Any]:
    """Return {(order, maker): [(day, whole pieces)]}; the days of a share add up to it."""
    found: dict[tuple[int, int], list[tuple[date, float]]] = defaultdict(list)
    for maker, day, order, quantity in answer.board.select("maker", "day", "order", "quantity").iter_rows():
        found[int(order), int(maker)].append((_date(posed, day), quantity))
    kept = {}
    for pair, rows in found.items():
        if pair not in pieces:
            continue
        rows.sort()
        total, so_far, done, days = sum(quantity for _day, quantity in rows), 0.0, 0, []
        for day, quantity in rows:
            so_far += quantity
            made = round(pieces[pair] * so_far / total) - done
            done += made
            if made > 0:
                days.append((day, made))
        kept[pair] = days
    return kept


def _date(posed: Posed, day: Any) -> date:
    return day if isinstance(day, date) else posed.start + timedelta(days=int(day))


@transaction.atomic
def _keep(
    by: Account,
    campaign: Campaign,
    posed: Posed,
    answer: pooling.Pooled,
    base: PoolPlan | None,
    at: datetime,
    facts: dict[str, Any],
) -> PoolPlan:
    pieces = whole(posed, answer)
    plan = PoolPlan.objects.create(
        campaign=campaign, base=base, made_by=by, made_at=at, start=posed.start, weeks=posed.weeks,
        cost=round(answer.cost, 2), bound=round(answer.bound, 2), gap=answer.gap, seconds=round(answer.seconds, 2),
        parts={name: round(yuan, 2) for name, yuan in answer.parts.items()},
        late=late_of(posed, answer, pieces), **facts,
    )  # fmt: skip
    told = answer.shares.select("order", "maker", "reason", "cheaper").iter_rows()
    why = {(int(order), int(maker)): {"reason": reason, "cheaper": cheaper} for order, maker, reason, cheaper in told}
    locked = {(one.order, one.maker) for one in posed.held if one.locked}
    by_hand = set() if base is None else set(base.shares.filter(by_hand=True).values_list("order", "maker"))
    shares = PoolShare.objects.bulk_create(
        PoolShare(plan=plan, order_id=pair[0], maker_id=pair[1], quantity=count, locked=pair in locked,
                  by_hand=pair in locked & by_hand, **why[pair])
        for pair, count in pieces.items()
    )  # fmt: skip
    key = {(share.order_id, share.maker_id): share for share in shares}
    PoolDay.objects.bulk_create(
        PoolDay(share=key[pair], day=day, quantity=count)
        for pair, days in days_of(posed, answer, pieces).items()
        for day, count in days
    )
    return plan


def late_of(posed: Posed, answer: pooling.Pooled, pieces: dict[tuple[int, int], int]) -> list[dict[str, Any]]:
    """Return what is not made in time, largest first: [{order, quantity, why, most, maker, ready}].

    `why` is a code, see `words`; `maker` could have the rest there by the day `ready`, in the hours that are left.
    """
    made: dict[int, int] = defaultdict(int)
    for (order, _maker), count in pieces.items():
        made[order] += count
    told = {int(row["order"]): row for row in answer.late.iter_rows(named=True)}
    found: list[dict[str, Any]] = []
    open_to = {order for order, _maker in posed.open}
    for order, quantity in posed.quantity.items():
        if made[order] < quantity:
            row: dict[str, Any] = {"order": order, "quantity": quantity - made[order]}
            if order not in open_to or order not in told:
                found.append({**row, "why": "capacity" if order in open_to else _nobody(posed, order)})
                continue
            week = told[order]["ready_week"]
            ready = None if week is None else (posed.start + timedelta(days=7 * week + 6)).isoformat()
            maker = told[order]["ready_maker"]
            more = {"why": told[order]["reason"], "most": told[order]["most"], "maker": maker, "ready": ready}
            found.append(row | more)
    return sorted(found, key=lambda row: -row["quantity"])


def _nobody(posed: Posed, order: int) -> str:
    """Return why no maker at all may make an order: the reason that comes nearest to making it."""
    reasons = {posed.barred.get((order, maker)) for maker in posed.makers}
    near = ("time", "certificate", "certificate_unknown", "no_capacity", "not_complementary", "given_away", "alone")
    return next((f"nobody_{why}" for why in near if why in reasons), "nobody_product")


@transaction.atomic
def publish(by: Account, plan: PoolPlan, *, version: int | None = None, at: datetime | None = None) -> PoolPlan:
    """Make a draft the plan that holds; the one before is replaced.

    Raises
    ------
    RuleBroken
        It is no draft any more, or a share was moved by hand since it was solved.
    Stale
        An order or a maker has changed since the plan was made, or the plan since it was read.
    """
    require(by, "publish", plan)
    campaign = Campaign.objects.select_for_update().get(pk=plan.campaign_id)
    plan = _draft(plan)
    if version is not None and plan.version != version:
        raise Stale(_("This plan was changed by someone else in the meantime."), found=plan.version)
    if plan.changed:
        raise RuleBroken(_("Shares were moved by hand: solve again, so that their days are worked out."))
    if plan.stamp != stamp(campaign):
        raise Stale(_("Orders or makers have changed since this plan was made; make a new one."))
    published = PoolPlan.objects.filter(campaign=campaign, state=PoolPlan.State.PUBLISHED)
    published.update(state=PoolPlan.State.REPLACED)
    plan.state, plan.published_by, plan.published_at = PoolPlan.State.PUBLISHED, by, at or campaign.now()
    plan.version += 1
    plan.save()
    return plan


@transaction.atomic
def discard(by: Account, plan: PoolPlan) -> PoolPlan:
    """Put a draft away."""
    require(by, "make", plan)
    plan = _draft(plan)
    plan.state, plan.version = PoolPlan.State.DISCARDED, plan.version + 1
    plan.save()
    return plan


def _draft(plan: PoolPlan) -> PoolPlan:
    plan = PoolPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if plan.state != PoolPlan.State.DRAFT:
        raise RuleBroken(_("This plan is no draft any more."))
    return plan


def is_stale(plan: PoolPlan) -> bool:
    """Say whether orders or makers have changed since the plan was made (two queries)."""
    return plan.stamp != stamp(plan.campaign)
