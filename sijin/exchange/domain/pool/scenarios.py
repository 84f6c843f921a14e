"""What-if beside a plan: a maker drops out, more orders, a new certificate, no partners. The pool stays as it is."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.engines import pooling
from sijin.exchange.domain.pool import plans
from sijin.exchange.domain.pool.board import Board, board, shares_of
from sijin.exchange.domain.pool.problem import Change, Posed, is_own, pose
from sijin.exchange.models import PoolMaker, PoolPlan, PoolScenario, PoolShare
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken

K = PoolScenario.Kind
MOST_PERCENT = 500
Figures = dict[str, Any]


@transaction.atomic
def ask(
    by: Account, plan: PoolPlan, kind: str, *, maker: PoolMaker | None = None, percent: int | None = None
) -> PoolScenario:
    """Keep a question; `answer` solves it."""
    require(by, "make", plan)
    if kind not in K.values:
        raise RuleBroken(_("There is no such scenario."), field="kind")
    if kind in (K.DROP, K.CERTIFICATE) and maker is None:
        raise RuleBroken(_("Say which maker."), field="maker")
    if kind == K.CERTIFICATE and maker is not None and maker.certificate:
        raise RuleBroken(_("It holds an export certificate already."), field="maker")
    if kind == K.MORE and not 0 < (percent or 0) <= MOST_PERCENT:
        words = _("From 1 to %(most)s percent more.") % {"most": MOST_PERCENT}
        raise RuleBroken(words, field="percent")
    return PoolScenario.objects.create(
        plan=plan,
        kind=kind,
        maker=maker if kind in (K.DROP, K.CERTIFICATE) else None,
        percent=percent if kind == K.MORE else None,
        asked_by=by,
        asked_at=plan.campaign.now(),
    )


def answer(by: Account, scenario: PoolScenario, progress: plans.Progress | None = None) -> PoolScenario:
    """Solve a question and keep the figures. `progress` may raise to stop; then nothing is kept."""
    plan = scenario.plan
    require(by, "make", plan)
    scenario.results = solved(plan, change_of(scenario), progress)
    scenario.save(update_fields=["results"])
    return scenario


def change_of(scenario: PoolScenario) -> Change:
    """Return the question as the problem takes it."""
    return Change(scenario.kind, scenario.maker_id, scenario.percent or 0)


def solved(plan: PoolPlan, change: Change, progress: plans.Progress | None = None) -> Figures:
    """Return the figures of the plan's problem with `change`, its locks and its start kept."""
    held = [] if change.kind == K.ALONE else plans.held_by(plan)
    posed = pose(plan.campaign, plan.start, change=change, held=held)
    found = plans.searched(posed, time_limit=plan.time_limit, seed=plan.seed, progress=progress)
    return _of_answer(posed, found)


def _of_answer(posed: Posed, found: pooling.Pooled) -> Figures:
    pieces = plans.whole(posed, found)
    days = plans.days_of(posed, found, pieces)
    value: dict[int, Decimal] = defaultdict(Decimal)
    for (order, maker), count in pieces.items():
        if not is_own(posed.orders[order], posed.makers[maker]):
            value[maker] += count * posed.orders[order].unit_price
    last = max((day for rows in days.values() for day, _count in rows), default=None)
    late = plans.late_of(posed, found, pieces)
    return {
        "cost": round(found.cost, 2), "gap": found.gap, "seconds": round(found.seconds, 2),
        **_told(last, len(value), sum(value.values(), Decimal(0)), late),
    }  # fmt: skip


def figures_of(plan: PoolPlan, shares: list[PoolShare] | None = None, read: Board | None = None) -> Figures:
    """Return the same figures of the plan as it is (five queries, none where its shares and board are at hand)."""
    shares = shares_of(plan) if shares is None else shares
    other = [share for share in shares if not is_own(share.order, share.maker)]
    value = sum((share.quantity * share.order.unit_price for share in other), Decimal(0))
    last = (read or board(plan, shares)).last
    return {
        "cost": plan.cost, "gap": plan.gap, "seconds": plan.seconds,
        **_told(last, len({share.maker_id for share in other}), value, plan.late),
    }  # fmt: skip


def _told(last: date | None, partners: int, value: Decimal, late: list[dict[str, Any]]) -> Figures:
    return {
        "last": last.isoformat() if last else None,
        "partners": partners,
        "value": f"{value:.2f}",
        "late": sum(row["quantity"] for row in late),
        "late_orders": [row["order"] for row in late],
    }


def words(scenario: PoolScenario) -> str:
    """Return the question in the reader's language."""
    if scenario.kind == K.DROP:
        return _("%(maker)s drops out") % {"maker": scenario.maker}
    if scenario.kind == K.MORE:
        return _("%(percent)s %% more orders") % {"percent": scenario.percent}
    if scenario.kind == K.CERTIFICATE:
        return _("%(maker)s gets an export certificate") % {"maker": scenario.maker}
    return _("without partners, on the firm's own lines")
