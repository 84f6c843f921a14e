"""What a person does with the shares of a draft: lock one, move it to another maker. The next solve keeps the locks."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.exchange.domain.pool.problem import Posed, pose
from sijin.exchange.domain.pool.words import barred_words
from sijin.exchange.models import PoolMaker, PoolOrder, PoolPlan, PoolShare
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale


@dataclass(frozen=True)
class Move:
    """What it would mean to move a share: the difference in yuan, or why it cannot be."""

    maker: int
    more: Decimal | None
    refusal: str = ""


@dataclass(frozen=True)
class Difference:
    """How many pieces of an order a maker has in a plan, and had in the plan that it goes on from."""

    order: PoolOrder
    maker: PoolMaker
    before: int
    after: int


def differences(plan: PoolPlan, shares: list[PoolShare]) -> list[Difference]:
    """Return what a plan changes of its base, by order (one query); nothing where it has none."""
    if plan.base_id is None:
        return []
    then = {
        (s.order_id, s.maker_id): s
        for s in PoolShare.objects.filter(plan=plan.base_id).select_related("order", "maker")
    }
    now = {(s.order_id, s.maker_id): s for s in shares}
    found = []
    for key in then | now:
        before = then[key].quantity if key in then else 0
        after = now[key].quantity if key in now else 0
        if before != after:
            one = now.get(key) or then[key]
            found.append(Difference(one.order, one.maker, before, after))
    return sorted(found, key=lambda one: (one.order.due, one.order.code, -one.after, one.maker.code))


@transaction.atomic
def lock(by: Account, share: PoolShare, locked: bool, *, version: int) -> PoolShare:
    """Lock a share of a draft, so that the next solve keeps it, or let it go; `version` is the plan's."""
    plan = _draft(by, share.plan_id, version)
    share = PoolShare.objects.select_for_update().get(pk=share.pk)
    if share.locked != locked:
        share.locked = locked
        share.save(update_fields=["locked"])
        _next(plan)
    share.plan = plan
    return share


@transaction.atomic
def move(by: Account, share: PoolShare, maker: int, *, version: int) -> PoolShare:
    """Give a share of a draft to another maker and lock it there; its days are worked out by the next solve.

    Raises
    ------
    RuleBroken
        The maker may not make the order (the words say why), or the share is too small for it.
    Stale
        The plan was changed since it was read.
    """
    plan = _draft(by, share.plan_id, version)
    share = PoolShare.objects.select_for_update(of=("self",)).select_related("order", "maker").get(pk=share.pk)
    if share.maker_id == maker:
        raise RuleBroken(_("It is with this maker already."), field="maker")
    posed = pose(plan.campaign, plan.start)
    found = judge(posed, share, maker)
    if found.refusal:
        raise RuleBroken(found.refusal, field="maker")
    there = PoolShare.objects.filter(plan=plan, order=share.order_id, maker=maker).first()
    if there is not None:
        there.quantity += share.quantity
        there.days.all().delete()
        share.delete()
        share = there
    else:
        share.days.all().delete()
        share.maker_id = maker
    share.locked = share.by_hand = True
    share.reason, share.cheaper = "locked", 0
    share.save()
    plan.changed = True
    _next(plan)
    share.plan = plan
    return share


def judge(posed: Posed, share: PoolShare, maker: int) -> Move:
    """Say what moving `share` to `maker` would mean."""
    order = share.order_id
    if order not in posed.orders or maker not in posed.makers:
        return Move(maker, None, _("The order or the maker is not in the pool any more."))
    if (order, maker) not in posed.open:
        return Move(maker, None, barred_words(posed.barred[order, maker]))
    least = posed.makers[maker].min_lot
    if share.quantity < least:
        return Move(maker, None, _("it takes no less than %(least)s pieces") % {"least": f"{least:,}"})
    now = posed.open.get((order, share.maker_id))
    if now is None:
        return Move(maker, None)
    return Move(maker, (posed.open[order, maker] - now) * share.quantity)


def _draft(by: Account, plan: int, version: int) -> PoolPlan:
    found = PoolPlan.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=plan)
    require(by, "make", found)
    if found.state != PoolPlan.State.DRAFT:
        raise RuleBroken(_("This plan is no draft any more: solve again from it to change it."))
    if found.version != version:
        raise Stale(_("This plan was changed by someone else in the meantime."), found=found.version)
    return found


def _next(plan: PoolPlan) -> None:
    plan.version += 1
    plan.save(update_fields=["version", "changed"])
