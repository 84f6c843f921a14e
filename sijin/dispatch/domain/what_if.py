"""What-if: the same campaign with other people, sites or rules, solved beside what runs. Nothing of it is touched."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.domain.assessing import Answer, Assessment, assess
from sijin.dispatch.domain.plans import Posed, as_it_runs, pose, searched
from sijin.dispatch.domain.scenarios import MOST, Change, Names, checked, counties_of, made, worded
from sijin.dispatch.models import Campaign, WhatIf
from sijin.engines import dispatch
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken

LOSERS = 8  # teams that are named as those that lose most
LOSS = 1.0  # km-equivalents from which a team is said to lose
Progress = Callable[[int, int, str], None]


def ask(
    by: Account, campaign: Campaign, changes: list[Change], *, seconds: float, from_scratch: bool = False
) -> WhatIf:
    """Keep a question of one to four scenarios; `answer` solves it."""
    require(by, "ask", WhatIf)
    if not campaign.teams.exists():
        raise RuleBroken(_("There are no teams yet: import the roster first."))
    if not 1 <= len(changes) <= MOST:
        raise RuleBroken(_("From one to %(most)d scenarios.") % {"most": MOST})
    kept = [checked(change) for change in changes]
    return WhatIf.objects.create(
        campaign=campaign,
        asked_by=by,
        asked_at=campaign.now(),
        scenarios=kept,
        seconds=seconds,
        from_scratch=from_scratch,
        seed=campaign.what_ifs.count() + 1,
    )


def ask_one_more(by: Account, campaign: Campaign, *, seconds: float) -> WhatIf:
    """Keep the question what one more holder of each wanted skill, living in each county, would save."""
    require(by, "ask", WhatIf)
    if not campaign.teams.exists():
        raise RuleBroken(_("There are no teams yet: import the roster first."))
    return WhatIf.objects.create(
        campaign=campaign, kind=WhatIf.Kind.ONE_MORE, asked_by=by, asked_at=campaign.now(), seconds=seconds,
        seed=campaign.what_ifs.count() + 1,
    )  # fmt: skip


@transaction.atomic
def discard(by: Account, what_if: WhatIf) -> None:
    """Throw a question and its answer away."""
    require(by, "discard", what_if)
    what_if.delete()


def answer(by: Account, what_if: WhatIf, progress: Progress) -> WhatIf:
    """Solve a question and keep the answer. `progress` may raise to stop; then nothing is kept."""
    require(by, "ask", what_if)
    posed = pose(what_if.campaign)
    solve = _one_more if what_if.kind == WhatIf.Kind.ONE_MORE else _side_by_side
    what_if.results = solve(what_if, posed, progress)
    what_if.save(update_fields=["results"])
    return what_if


def _side_by_side(what_if: WhatIf, posed: Posed, progress: Progress) -> dict[str, Any]:
    """Return a column for what runs, one for the unchanged problem solved anew, and one for each scenario."""
    columns, total, names = [], len(what_if.scenarios) + 1, Names(what_if.scenarios)
    beside = runs = assess(posed.problem, as_it_runs(what_if.campaign, posed))
    if posed.previous.officials:
        columns.append(_column("running", runs))
    for n, change in enumerate([None, *what_if.scenarios]):
        words = worded(change, names) if change else _("planned anew, nothing else changed")

        def told(done: int, whole: int, _words: str, n: int = n, words: str = words) -> None:
            progress(1000 * n + 1000 * done // max(whole, 1), 1000 * total, words)

        told(0, 1, "")
        kind = "scenario" if change else "anew"
        try:
            asked = made(what_if.campaign, posed, change, what_if.seed) if change else posed
            plan = _solved(asked, what_if, told)
        except RuleBroken as refusal:
            columns.append({"kind": kind, "error": refusal.message})
            continue
        found = assess(asked.problem, Answer.of(plan))
        columns.append(_column(kind, found, plan, beside))
        if change is None:
            beside = found  # a scenario's teams lose against the plan in which nothing else changed
    return {"columns": columns}


def _solved(posed: Posed, what_if: WhatIf, told: Progress) -> dispatch.Plan:
    return searched(
        posed, time_limit=what_if.seconds, seed=what_if.seed, progress=told, from_scratch=what_if.from_scratch
    )


def _column(
    kind: str, found: Assessment, plan: dispatch.Plan | None = None, beside: Assessment | None = None
) -> dict[str, Any]:
    """Return what is kept of one answer: the objective by part, its proof, what it leaves open, who loses."""
    parts = {name: round(value, 1) for name, value in found.parts.items()}
    column: dict[str, Any] = {
        "kind": kind,
        "parts": parts,
        "cost": round(found.cost, 1),
        "home_km": round(found.home_km),
        "site_km": round(found.site_km),
        "uncovered": dict(found.uncovered.most_common()),
        "seats_short": found.seats_short,
        "unplaced": found.unplaced,
        "teams": len(found.teams),
    }
    if plan is not None and beside is not None:
        column |= {
            "gap": plan.gap,
            "bound": round(plan.bound, 1),
            "seconds": round(plan.seconds, 1),
            "bent": dict(Counter(bend.code for bend in plan.bent)),
            "moved": round(plan.measures.get("moved_people", 0)),
            "moved_sites": round(plan.measures.get("moved_sites", 0)),
            "losers": _losers(found, beside),
        }
    return column


def _losers(found: Assessment, beside: Assessment) -> list[dict[str, Any]]:
    """Return the teams whose own price rises most against another plan: by how much, people then and now, new gaps."""
    rises = sorted(
        ((team.cost - beside.teams[name].cost, name) for name, team in found.teams.items() if name in beside.teams),
        reverse=True,
    )
    return [
        {
            "team": name,
            "rise": round(rise, 1),
            "people": [beside.teams[name].people, found.teams[name].people],
            "missing": sorted(set(found.teams[name].missing) - set(beside.teams[name].missing)),
        }
        for rise, name in rises[:LOSERS]
        if rise >= LOSS
    ]


def _one_more(what_if: WhatIf, posed: Posed, progress: Progress) -> dict[str, Any]:
    """Solve once as it is and once for each skill and county with one more holder living there; "" is no skill at all.

    The saving is between two solved plans, each proven to its gap: `low` and `high` are what the bounds leave open.
    """
    wanted = ["", *sorted({skill for skills in posed.problem.table("sites")["skills"] for skill in skills})]
    counties = counties_of(what_if.campaign)
    asked = [(skill, county) for skill in wanted for county in counties if county.lat is not None]
    names = Names({"county": county.pk} for county in counties)
    progress(0, len(asked) + 1, "")
    quiet: Progress = lambda done, total, words: progress(at, len(asked) + 1, said)  # noqa: E731
    at, said, rows = 0, _("as it is"), []
    base = _solved(posed, what_if, quiet)
    for at, (skill, county) in enumerate(asked, 1):  # noqa: B007 - `quiet` reads it
        change = {"kind": "more", "count": 1, "skill": skill, "county": county.pk}
        said = worded(change, names)
        plan = _solved(made(what_if.campaign, posed, change, what_if.seed), what_if, quiet)
        low, high = base.bound - plan.cost, base.cost - plan.bound
        rows.append([skill, county.pk, round(base.cost - plan.cost, 1), round(low, 1), round(high, 1)])
    return {"prices": rows, "cost": round(base.cost, 1), "gap": base.gap}


@dataclass
class Column:
    """One answer as the page shows it: its heading, its figures, and how much more it costs than the unchanged plan."""

    words: str
    facts: dict[str, Any]
    more: float | None


def columns(what_if: WhatIf) -> list[Column]:
    """Return the answers side by side, what runs first."""
    rows = what_if.results.get("columns", [])
    base = next((row["cost"] for row in rows if row["kind"] == "anew" and "cost" in row), None)
    scenarios, names = iter(what_if.scenarios), Names(what_if.scenarios)
    found = []
    for row in rows:
        words = {"running": _("as it runs"), "anew": _("planned anew, nothing else changed")}.get(row["kind"])
        more = row["cost"] - base if base is not None and "cost" in row else None
        found.append(Column(words or worded(next(scenarios), names), row, more))
    return found
