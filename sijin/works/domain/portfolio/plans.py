"""Plans of the portfolio: solved by the engine, kept as a draft with its proof, approved by the office or put away."""

import re
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.engines import approvals as engine
from sijin.engines.approvals.problem import ApprovalError
from sijin.exchange.domain.words import day as day_word
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale
from sijin.works.domain.portfolio.log import log
from sijin.works.domain.portfolio.reading import Posed, Task, pose, stamp
from sijin.works.models import ApprovalStep, PlannedStep, PortfolioPlan

SECONDS = 10.0  # default time limit
PRICE = 1.0  # days that a step costs which is moved from the plan before
Progress = Callable[[int, int, str], None]


def solve(
    by: Account, campaign: Campaign, *, base: PortfolioPlan | None = None, time_limit: float = SECONDS, seed: int = 0,
    price: float = PRICE, progress: Progress | None = None, at: datetime | None = None
) -> PortfolioPlan:  # fmt: skip
    """Plan all open approval steps and keep the answer as a draft; nothing else changes.

    Parameters
    ----------
    base : the plan that this one goes on from: each step that moves away from it costs `price` days
    progress : hears (done, total, words); may raise to stop, then nothing is kept

    Raises
    ------
    RuleBroken
        There is nothing to plan, or what is locked cannot be kept: the step and the earliest day for it are named.
    """
    require(by, "make", PortfolioPlan)
    at = at or campaign.now()
    before = stamp()
    posed = pose(timezone.localtime(at).date())
    if not posed.tasks:
        raise RuleBroken(_("There is nothing to plan: lay out approvals first, and name the desks that decide them."))
    found = searched(posed, base, time_limit=time_limit, seed=seed, price=price, progress=progress)
    facts = {"seed": seed, "time_limit": time_limit, "price": price if base else 0.0, "stamp": before}
    return _keep(by, campaign, posed, found, base, at, facts)


def searched(
    posed: Posed, base: PortfolioPlan | None, *, time_limit: float, seed: int, price: float, progress: Progress | None
) -> engine.Schedule:
    """Return the engine's answer; RuleBroken says in words which lock cannot be kept."""

    heard = _Heard(progress)
    tasks, arcs, capacity, locks = tables(posed)
    previous = None if base is None else _previous(posed, base)
    try:
        found = engine.schedule(
            tasks, arcs, capacity, time_limit=time_limit, seed=seed, progress=heard, locks=locks, previous=previous,
            price=price,
        )  # fmt: skip
    except ApprovalError as error:
        raise RuleBroken(_in_words(posed, str(error))) from error
    finally:
        heard.end()
    return found


class _Heard:
    """Passes on what the solver tells, from the thread that asked alone: others have no connection to the store."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress, self.thread = progress, threading.get_ident()
        self.stopped: BaseException | None = None

    def __call__(self, done: int, total: int, words: str) -> bool:
        """Tell; return whether to stop."""
        if self.progress is not None and self.stopped is None and threading.get_ident() == self.thread:
            try:
                self.progress(done, total, words)
            except BaseException as asked:  # raised again once the solver's own threads are at rest
                self.stopped = asked
        return self.stopped is not None

    def end(self) -> None:
        """Tell that it is over; raise what stopped it."""
        self(100, 100, "")
        if self.stopped is not None:
            raise self.stopped


def tables(posed: Posed) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int], pl.DataFrame | None]:
    """Return tasks, arcs, capacity and locks as the engine takes them; tasks are named by the keys of their steps."""
    rows = posed.tasks.values()
    desks = sorted({task.desk for task in rows if task.desk})
    columns: dict[str, Any] = {
        "task": [task.step.pk for task in rows], "duration": [task.days for task in rows],
        "release": [task.release for task in rows], "weight": [task.weight for task in rows],
        "due": pl.Series([_due(posed, task) for task in rows], dtype=pl.Int64),
    }  # fmt: skip
    for n, desk in enumerate(desks):
        columns[f"desk {n}"] = [int(task.desk == desk and task.days > 0) for task in rows]
    ends = {name: pl.Series([pair[at] for pair in posed.arcs], dtype=pl.Int64) for at, name in enumerate(ENDS)}
    lags = pl.Series([posed.tasks[before].lag for before, _after in posed.arcs], dtype=pl.Int64)
    held = [(task.step.pk, task.fixed) for task in rows if task.fixed is not None]
    locks = pl.DataFrame(held, schema=["task", "start"], orient="row") if held else None
    capacity = {f"desk {n}": posed.clerks[desk] for n, desk in enumerate(desks)}
    return pl.DataFrame(columns), pl.DataFrame({**ends, "lag": lags}), capacity, locks


ENDS = ("before", "after")


def desks_of(posed: Posed) -> list[str]:
    """Return the desks in the order in which `tables` numbers them."""
    return sorted({task.desk for task in posed.tasks.values() if task.desk})


def _due(posed: Posed, task: Task) -> int | None:
    return None if task.due is None else max(0, posed.days.by(task.due) - task.lag)


def _previous(posed: Posed, base: PortfolioPlan) -> pl.DataFrame:
    """Return where the steps stood that have neither begun nor come to stand before today."""
    rows = base.steps.filter(start__gte=posed.days.start).values_list("step", "start")
    held = [(step, posed.days.on(day)) for step, day in rows if step in posed.tasks]
    return pl.DataFrame(held, schema={"task": pl.Int64, "start": pl.Int64}, orient="row")


def _in_words(posed: Posed, error: str) -> str:
    """Return what the engine says of locks in words: the step, its day, and the earliest that can be."""
    if found := re.match(r"locks, (\d+), start: expected (\d+) or later", error):
        task = posed.tasks[int(found[1])]
        told = {"step": task.step, "project": task.step.project, "locked": day_word(posed.days.day(task.fixed or 0)),
                "day": day_word(posed.days.day(int(found[2])))}  # fmt: skip
        return _("%(project)s, %(step)s is locked on %(locked)s, but what it waits for is there on %(day)s.") % told
    if found := re.match(r"locks: together they need more of desk (\d+) on day (\d+) than the (\d+)", error):
        told = {"desk": desks_of(posed)[int(found[1])], "day": day_word(posed.days.day(int(found[2]))), "n": found[3]}
        return _("What is under way or locked at %(desk)s is more on %(day)s than its %(n)s clerks can take.") % told
    if error.startswith("locks"):
        return _("No plan was found that keeps all locks: let one go, or give it more seconds.")
    return _("The solver cannot take this portfolio: %(error)s") % {"error": error}


@transaction.atomic
def _keep(
    by: Account, campaign: Campaign, posed: Posed, found: engine.Schedule, base: PortfolioPlan | None, at: datetime,
    facts: dict[str, Any],
) -> PortfolioPlan:  # fmt: skip
    names = {f"desk {n}": desk for n, desk in enumerate(desks_of(posed))}
    more = [{**row, "desk": names[row.pop("resource")], "clerks": row.pop("amount")} for row in found.more.to_dicts()]
    rows = _rows(posed, found)
    plan = PortfolioPlan.objects.create(
        campaign=campaign, base=base, made_by=by, made_at=at, start=posed.days.start,
        last=max(row.finish for row in rows), makespan=found.makespan, tardiness=round(found.tardiness, 2),
        moved=found.moved if base else 0, cost=round(found.cost, 2), bound=round(found.bound, 2), gap=found.gap,
        seconds=round(found.seconds, 2), desks=more, notes=posed.notes,
        left_out=[{"step": one.step.pk, "why": one.why, "name": one.name} for one in posed.left_out], **facts,
    )  # fmt: skip
    for row in rows:
        row.plan = plan
    PlannedStep.objects.bulk_create(rows)
    log(by, "solve", _("Portfolio"), at, {"plan": [base.pk if base else None, plan.pk]})
    return plan


def _rows(posed: Posed, found: engine.Schedule) -> list[PlannedStep]:
    """Return the steps of a plan with what decided each start, and how long each waited for its desk."""
    days, chain = posed.days, set(found.chain["task"].to_list())
    ends = {row["task"]: row["finish"] for row in found.start.iter_rows(named=True)}
    ready = {pk: task.release for pk, task in posed.tasks.items()}
    for before, after in posed.arcs:
        ready[after] = max(ready[after], ends[before] + posed.tasks[before].lag)
    rows = []
    for told in found.start.iter_rows(named=True):
        task = posed.tasks[told["task"]]
        begun = task.step.begun_on if task.underway else None
        finish = told["finish"] + task.lag
        due = None if task.due is None else days.by(task.due)
        waits = told["decided_by"] in ("resource", "previous", "nothing")
        rows.append(PlannedStep(
            step=task.step, begins=told["start"], days=task.days, start=begun or days.day(told["start"]),
            finish=days.day(finish), due=task.due, late=0 if due is None else max(0, finish - due),
            waited=max(0, told["start"] - ready[told["task"]]) if waits else 0, underway=task.underway,
            locked=task.fixed is not None and not task.underway, critical=told["task"] in chain,
            decided_by=told["decided_by"], behind_id=told["behind"],
        ))  # fmt: skip
    return rows


@transaction.atomic
def approve(by: Account, plan: PortfolioPlan, *, version: int | None, at: datetime | None = None) -> PortfolioPlan:
    """Make a draft the plan that holds; the one before is replaced.

    Raises
    ------
    RuleBroken
        It is no draft any more.
    Stale
        A step, a desk, a lock or a project's day has changed since it was made, or the plan since it was read.
    """
    require(by, "approve", plan)
    campaign = Campaign.objects.select_for_update().get(pk=plan.campaign_id)
    plan = _draft(plan)
    if version is not None and plan.version != version:
        raise Stale(_("This plan was changed by someone else in the meantime."), found=plan.version)
    if plan.stamp != stamp():
        raise Stale(_("Steps, desks or locks have changed since this plan was made; solve again."))
    held = PortfolioPlan.objects.filter(campaign=campaign, state=PortfolioPlan.State.APPROVED)
    held.update(state=PortfolioPlan.State.REPLACED)
    plan.state, plan.approved_by, plan.approved_at = PortfolioPlan.State.APPROVED, by, at or campaign.now()
    plan.version += 1
    plan.save()
    log(by, "approve", _("Portfolio"), plan.approved_at, {"plan": [None, plan.pk]})
    return plan


@transaction.atomic
def discard(by: Account, plan: PortfolioPlan, *, at: datetime | None = None) -> PortfolioPlan:
    """Put a draft away."""
    require(by, "make", plan)
    plan = _draft(plan)
    plan.state, plan.version = PortfolioPlan.State.DISCARDED, plan.version + 1
    plan.save()
    log(by, "discard", _("Portfolio"), at or plan.campaign.now(), {"plan": [plan.pk, None]})
    return plan


def _draft(plan: PortfolioPlan) -> PortfolioPlan:
    plan = PortfolioPlan.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=plan.pk)
    if plan.state != PortfolioPlan.State.DRAFT:
        raise RuleBroken(_("This plan is no draft any more."))
    return plan


def is_stale(plan: PortfolioPlan) -> bool:
    """Say whether steps, desks or locks have changed since the plan was made."""
    return plan.stamp != stamp()


def step_of(plan: PortfolioPlan, step: ApprovalStep) -> PlannedStep | None:
    """Return where a plan has a step."""
    return plan.steps.filter(step=step).first()
