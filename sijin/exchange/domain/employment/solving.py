"""A run: posts and people cleared together by the engine, ties of households on top, kept with what it says of each."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.engines import clearing as engine
from sijin.exchange.domain.employment import board, posing, terms
from sijin.exchange.domain.employment.households import Given, Ties
from sijin.exchange.domain.employment.posing import Fit, Key, Posed
from sijin.exchange.domain.employment.reads import latest
from sijin.exchange.models import JobRun, JobSuggestion
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken

Progress = Callable[[int, int, str], None]
Why = JobSuggestion.Why


@dataclass
class Answer:
    """Who gets which post, what it costs with the ties of households, and what one more opening of a post is worth."""

    given: Given
    cost: int
    bound: float
    worth: dict[int, float]
    plain: int  # what the answer without ties costs, its own ties counted
    moved: int


def solve(
    by: Account,
    campaign: Campaign,
    *,
    limit_km: int | None = None,
    progress: Progress = lambda done, total, words: None,
    at: datetime | None = None,
) -> JobRun:
    """Match people and posts within `limit_km` (None: the usual limit) and keep what comes out; nobody is promised.

    Accepted pairs stay, pairs turned down or declined do not come again, who is hired is out of the market.
    Raises RuleBroken when the limit is not one, or nobody looks for work, or no post is open.
    """
    require(by, "make", JobRun)
    travel = terms.table()["travel"]
    limit = travel["limit_km"] if limit_km is None else limit_km
    if not 1 <= limit <= travel["most_km"]:
        words = _("The travel limit is a whole number of kilometres from 1 to %(most)s.")
        raise RuleBroken(words % {"most": travel["most_km"]}, field="limit_km")
    began = time.monotonic()
    progress(0, 3, "pairs")
    posed = posing.pose(by, campaign, limit)
    if not posed.wishes:
        raise RuleBroken(_("Nobody looks for work: read in a sheet of people first."))
    if not posed.posts:
        raise RuleBroken(_("No post is open: read in a sheet of posts first."))
    progress(1, 3, "clearing")
    answer = answered(posed, _before(campaign, posed))
    progress(2, 3, "keeping")
    run = JobRun(
        campaign=campaign, made_by=by, made_at=at or campaign.now(), limit_km=limit, cost=answer.cost,
        bound=answer.bound, gap=(answer.cost - answer.bound) / max(1, answer.cost), seconds=0.0,
    )  # fmt: skip
    ties, rows = Ties(posed), outcomes(posed, answer.given)
    run.figures = board.figures(posed, ties, answer.given, rows, answer.worth)
    run.figures |= {"plain": answer.plain, "moved": answer.moved}
    run.seconds = round(time.monotonic() - began, 3)
    return _keep(run, posed, ties, answer.given, rows)


def _before(campaign: Campaign, posed: Posed) -> set[Key]:
    """Return the pairs of the run before that still fit."""
    run = latest(campaign)
    pairs = run.suggestions.exclude(post=None).values_list("wish", "post") if run else []
    return set(pairs) & posed.within().keys()


def answered(posed: Posed, before: set[Key] = frozenset()) -> Answer:  # type: ignore[assignment]
    """Clear the market without ties, then with the households anchored, and return the best answer with its proof."""
    ties = Ties(posed)
    within, locks = ties.within(), _held(posed)

    def true_cost(given: Given) -> int:
        points = terms.table()["points"]
        pairs = sum(within[key] for key in given.items())
        moved = sum(given.get(wish) != post for wish, post in before)
        return pairs + points["unmet"] * (len(posed.wishes) - len(given)) + points["change"] * moved + ties.cost(given)

    first = _cleared(posed, within, locks, before)
    worth = _worth(first)
    best = _given(first)
    least = plain = true_cost(best)
    bound = first.bound
    if ties.members:
        costs, less = ties.unavoidable(within)
        raised = _cleared(posed, costs, locks, before, less)
        bound = max(bound, raised.bound)
        if (cost := true_cost(_given(raised))) < least:
            best, least = _given(raised), cost
    seen: list[Mapping[str, Any]] = []
    anchors = ties.anchors(within, worth)
    for _round in range(terms.table()["rounds"] if ties.members else 0):
        if not anchors or anchors in seen:
            break
        seen.append(anchors)
        again = _cleared(posed, ties.anchored(within, anchors), locks, before)
        given, prices = _given(again), _worth(again)
        if (cost := true_cost(given)) < least:
            best, least = given, cost
        gathered = ties.gathered(given, anchors)  # an anchor that brings nobody together only costs
        anchors = gathered if gathered != anchors else ties.anchors(within, prices)
    moved = sum(best.get(wish) != post for wish, post in before)
    return Answer(best, least, min(round(bound, 6), least), worth, plain, moved)


def _held(posed: Posed) -> set[Key]:
    """Return the accepted pairs, as many of each post as it has openings, the first ones first."""
    left, held = {key: post.openings for key, post in posed.posts.items()}, set()
    for wish, post in sorted(posed.kept):
        if left[post]:
            left[post] -= 1
            held.add((wish, post))
    return held


def _cleared(
    posed: Posed,
    costs: Mapping[Key, float],
    locks: set[Key],
    before: set[Key],
    less: Mapping[int, float] = MappingProxyType({}),
) -> engine.Cleared:
    """Hand people (as needs of one), posts (as offers) and pairs to the engine; going without costs `less` for some."""
    points = terms.table()["points"]
    ones = {key: 1 for key in posed.wishes}
    unmet = [points["unmet"] - less.get(key, 0.0) for key in ones]
    return engine.clear(
        pl.DataFrame({"need": list(ones), "quantity": list(ones.values()), "penalty": unmet}),
        pl.DataFrame({"offer": list(posed.posts), "quantity": [post.openings for post in posed.posts.values()]}),
        _table(costs, "cost"),
        locks=_table({key: 1 for key in sorted(locks)}, "quantity") if locks else None,
        running=engine.Running(_table({key: 1 for key in sorted(before - locks)}, "quantity"), points["change"])
        if before - locks
        else None,
    )


def _table(values: Mapping[Key, float], name: str) -> pl.DataFrame:
    columns = {"need": [w for w, _p in values], "offer": [p for _w, p in values], name: list(values.values())}
    return pl.DataFrame(columns, schema={"need": pl.Int64, "offer": pl.Int64, name: pl.Float64})


def _given(answer: engine.Cleared) -> Given:
    return {int(wish): int(post) for wish, post, count, _cost in answer.matches.iter_rows() if count > 0.5}


def _worth(answer: engine.Cleared) -> dict[int, float]:
    return {int(name): price for side, name, price in answer.prices.iter_rows() if side == "offer"}


def outcomes(posed: Posed, given: Given) -> dict[int, tuple[str, int | None, float | None]]:
    """Return for each person without a post (why, nearest post that suits, kilometres)."""
    suits: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (wish, post), fit in posed.fits.items():
        if wish not in given:
            suits[wish].append((fit.kilometres, post))
    found: dict[int, tuple[str, int | None, float | None]] = {}
    for wish in posed.wishes:
        if wish in given:
            continue
        km, nearest = min(suits[wish], default=(None, None))
        why = posing.forbidden(posed, wish) if km is None else Why.FULL if km <= posed.reach(wish) else Why.FAR
        found[wish] = (why, nearest, km)
    return found


def needed_km(kilometres: float) -> int:
    """Return the least whole limit that reaches so far."""
    return math.ceil(kilometres)


@transaction.atomic
def _keep(run: JobRun, posed: Posed, ties: Ties, given: Given, rows: dict[int, Any]) -> JobRun:
    run.save()
    best, unmet = ties.best(given), terms.table()["points"]["unmet"]
    made = []
    for wish in posed.wishes:
        if (post := given.get(wish)) is not None:
            fit: Fit = posed.fits[wish, post]
            facts: dict[str, Any] = {"post_id": post, "kilometres": fit.kilometres, "cost": fit.cost}
            facts["tie"] = best.get(wish, "")
        else:
            why, nearest, km = rows[wish]
            facts = {"why": why, "nearest_id": nearest, "kilometres": km, "cost": unmet}
        made.append(JobSuggestion(run=run, wish_id=wish, **facts))
    JobSuggestion.objects.bulk_create(made, batch_size=500)
    return run
