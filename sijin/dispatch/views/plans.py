"""Plans: start the solver, look at what a draft would change, approve it or put it away."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from sijin.dispatch.domain import differences, plans, pricing
from sijin.dispatch.domain.rules import rules_of
from sijin.dispatch.domain.wording import away_words, reason
from sijin.dispatch.forms import ApproveForm, SolveForm
from sijin.dispatch.jobs import plan_dispatch
from sijin.dispatch.models import Campaign, DispatchPlan
from sijin.people import jobs
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken

KIND = gettext_noop("Plan the dispatch")
PARTS, LINES = 12, 5  # parts a page, and moves that each shows before it is opened
MOVES = 60  # moves a page of one part


@require_POST
def solve(request: HttpRequest) -> HttpResponse:
    """Start the solver as a job."""
    require(request.user, "make", DispatchPlan)
    campaign = get_object_or_404(visible(request.user, Campaign)[:1])
    form = SolveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Seconds: a whole number from 2 to 300. Price of a change: a number from 0 to 1000."))
        return redirect("dispatch:home")
    facts = {"seconds": float(form.cleaned_data["seconds"]), "change": form.cleaned_data["change"]}
    seed = campaign.plans.count() + 1
    job = jobs.start(request.user, KIND, plan_dispatch, campaign_pk=campaign.pk, seed=seed, **facts)
    return redirect("people:job", pk=job.pk)


@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a plan: its proof, its parts, and every move against what runs."""
    rows = visible(request.user, DispatchPlan).select_related("campaign", "made_by", "approved_by")
    found = get_object_or_404(rows, pk=pk)
    context = {
        "plan": found,
        "parts": _parts(found),
        "may_approve": may(request.user, "approve", found),
        "may_make": may(request.user, "make", DispatchPlan),
    }
    if found.state == DispatchPlan.State.DRAFT:
        price = found.change_price if found.change_price is not None else rules_of(found.campaign).change
        initial = {"seconds": round(found.time_limit or plans.SECONDS), "change": f"{price:g}"}
        context["form"] = SolveForm(initial=initial)
        context |= _differences(request, found)
    return render(request, "dispatch/plan.html", context)


def _differences(request: HttpRequest, plan: DispatchPlan) -> dict[str, Any]:
    """Return what a draft would change: the parts that were asked for, or one part with all its moves."""
    found = differences.shown(plan)
    stale = plan.after_change != plans.last_change(plan.campaign)
    context = {"found": found, "stale": stale, "mark": found.found.mark, "lines": LINES}
    asked = {name: request.GET.get(name, "")[:20].strip() for name in ("county", "team", "order", "part")}
    if asked["part"]:
        part = next((part for part in found.parts if str(part.number) == asked["part"]), None)
        if part is None:
            raise Http404
        page = Paginator(part.moves, MOVES).get_page(request.GET.get("page"))
        _word(page, plan)
        return context | {"part": part, "page": page}
    order = asked["order"] or ("team" if found.first else "")  # where all is new, nothing saves more than other things
    parts = differences.chosen(found.parts, county=asked["county"], team=asked["team"], order=order)
    page = Paginator(parts, PARTS).get_page(request.GET.get("page"))
    for part in page:
        part.lines = part.moves[:LINES]
        _word(part.lines, plan)
    sums = [[part.number, part.saving, part.people, part.sites] for part in parts]
    counties = [row["county"] for row in found.counties if row["county"]]
    return context | {"page": page, "asked": asked, "sums": sums, "counties": counties}


def _word(moves: Iterable[differences.Move], plan: DispatchPlan) -> None:
    """Word the reasons; whoever leaves because they are away is told so."""
    day = plan.campaign.sent_on()
    for move in moves:
        leaving = move.kind == "officials" and move.after is None
        move.reason = "；".join(away_words(move.subject, day)) if leaving else reason(move.why)


def _parts(plan: DispatchPlan) -> list[dict[str, object]]:
    """Return the parts of the objective with their names and their share of the whole in percent."""
    words = pricing.parts_words()
    total = sum(plan.parts.values()) or 1
    return [
        {"name": words.get(part, part), "value": round(value), "share": round(100 * value / total)}
        for part, value in plan.parts.items()
    ]


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft the running dispatch."""
    found = get_object_or_404(visible(request.user, DispatchPlan), pk=pk)
    require(request.user, "approve", found)
    form = ApproveForm(request.POST)
    if not form.is_valid():
        raise RuleBroken(_("The parts that were ticked could not be read; tick them again."))
    facts = form.cleaned_data
    ticked = facts["part"] if facts["which"] == "ticked" else None
    if ticked == []:
        messages.error(request, _("Nothing was ticked, so nothing was approved."))
        return redirect("dispatch:plan", pk=pk)
    plans.approve(request.user, found, parts=ticked, mark=facts["mark"])
    words = _("The plan runs now. It can be undone as one change.")
    if ticked is not None:
        words = _("The parts that were ticked run now. They can be undone as one change.")
    messages.success(request, words + " " + _("Publish it to tell everyone whom it changes."))
    return redirect("dispatch:home")


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft away."""
    plans.discard(request.user, get_object_or_404(visible(request.user, DispatchPlan), pk=pk))
    messages.success(request, _("The draft was put away; nothing else changed."))
    return redirect("dispatch:home")
