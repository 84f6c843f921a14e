"""Plans: start the solver, look at what a draft would change, approve it or put it away."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from sijin.dispatch.domain import moves, plans
from sijin.dispatch.domain.wording import reason
from sijin.dispatch.forms import SolveForm
from sijin.dispatch.jobs import plan_dispatch
from sijin.dispatch.models import Campaign, DispatchPlan
from sijin.people import jobs
from sijin.people.policy import may, require, visible

KIND = gettext_noop("Plan the dispatch")
PAGE = 60


@require_POST
def solve(request: HttpRequest) -> HttpResponse:
    """Start the solver as a job."""
    require(request.user, "make", DispatchPlan)
    campaign = get_object_or_404(visible(request.user, Campaign)[:1])
    form = SolveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Seconds: a whole number from 2 to 300."))
        return redirect("dispatch:home")
    seconds = float(form.cleaned_data["seconds"])
    seed = campaign.plans.count() + 1
    job = jobs.start(request.user, KIND, plan_dispatch, campaign_pk=campaign.pk, seconds=seconds, seed=seed)
    return redirect("people:job", pk=job.pk)


@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a plan: its proof, its parts, and every move against what runs."""
    rows = visible(request.user, DispatchPlan).select_related("campaign", "made_by", "approved_by")
    found = get_object_or_404(rows, pk=pk)
    context = {"plan": found, "parts": _parts(found), "may_approve": may(request.user, "approve", found)}
    if found.state == DispatchPlan.State.DRAFT:
        difference = plans.difference(found)
        which = request.GET.get("which", "people")
        page = Paginator(difference.sites if which == "sites" else difference.people, PAGE).get_page(
            request.GET.get("page")
        )
        for move in page:
            move.reason = reason(move.why)
        stale = found.after_change != plans.last_change(found.campaign)
        context |= {"difference": difference, "page": page, "which": which, "stale": stale}
    return render(request, "dispatch/plan.html", context)


def _parts(plan: DispatchPlan) -> list[dict[str, object]]:
    """Return the parts of the objective with their names and their share of the whole in percent."""
    words = moves.parts_words()
    total = sum(plan.parts.values()) or 1
    return [
        {"name": words.get(part, part), "value": round(value), "share": round(100 * value / total)}
        for part, value in plan.parts.items()
    ]


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft the running dispatch."""
    found = get_object_or_404(visible(request.user, DispatchPlan), pk=pk)
    plans.approve(request.user, found)
    messages.success(request, _("The plan runs now. It can be undone as one change."))
    return redirect("dispatch:home")


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft away."""
    plans.discard(request.user, get_object_or_404(visible(request.user, DispatchPlan), pk=pk))
    messages.success(request, _("The draft was put away; nothing else changed."))
    return redirect("dispatch:home")
