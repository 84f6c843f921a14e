"""One verb on many needs: choose, fill in the facts, see what came of each."""

import tempfile
from pathlib import Path

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.ledger import jobs
from sijin.ledger.bulk_forms import BulkForm
from sijin.ledger.domain import bulk
from sijin.ledger.files import answers
from sijin.ledger.models import BulkAction, Need
from sijin.ledger.transitions import word
from sijin.ledger.views.sheets import as_download
from sijin.ledger.views.table import campaign_of, read_filter
from sijin.people.jobs import start
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken

SHOWN = 200  # answers on the page; all of them are in the file


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the ticked rows, or all of the filter, for a verb."""
    require(request.user, "view", Need)
    campaign = campaign_of(request.user)
    if campaign is None:
        return redirect("ledger:home")
    verb, back = request.POST.get("verb", ""), request.POST.get("back", "")
    chosen, _faults = read_filter(request.user, QueryDict(back))
    all_of = chosen if "all" in request.POST else None
    try:
        action = bulk.choose(request.user, campaign, verb, picked=_picked(request), all_of=all_of, back=chosen)
    except RuleBroken as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('ledger:home')}?{chosen.query()}")
    return redirect("ledger:bulk", pk=action.pk)


def _picked(request: HttpRequest) -> list[tuple[int, int]]:
    """Return (key, version) of the ticked rows; what is not two numbers is left out."""
    pairs = [raw.partition(":")[::2] for raw in request.POST.getlist("pick")]
    return [(int(pk), int(version)) for pk, version in pairs if pk.isdecimal() and version.isdecimal()]


@require_http_methods(["GET", "POST"])
def action(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the facts of a bulk action, do it, show what came of it."""
    chosen = get_object_or_404(visible(request.user, BulkAction).select_related("account", "campaign", "job"), pk=pk)
    sent = request.POST if request.method == "POST" else None
    form = BulkForm(sent, verb=chosen.verb) if chosen.state == "waiting" else None
    if request.method == "POST" and (form is None or form.is_valid()):
        done = bulk.confirm(chosen, request.user, form.facts() if form else {})
        if len(done.rows) - len(done.results) > bulk.AT_ONCE:
            done.job = start(request.user, gettext_noop("One step for many needs"), jobs.act_in_bulk, action_pk=done.pk)
            done.save(update_fields=["job"])
            return redirect("people:job", pk=done.job.pk)
        bulk.run(done)
        return redirect("ledger:bulk", pk=pk)
    found = bulk.answers(chosen)
    context = {
        "action": chosen,
        "word": word(chosen.verb),
        "form": form,
        "outlook": bulk.outlook(chosen) if form else None,
        "job_from": bulk.AT_ONCE,
        "left": len(chosen.rows) - len(chosen.results),
        "done": sum(answer["outcome"] == "done" for answer in found),
        "refused": [answer for answer in found if answer["outcome"] != "done"][:SHOWN],
        "refusals": sum(answer["outcome"] != "done" for answer in found),
    }
    invalid = form is not None and form.is_bound
    return render(request, "ledger/bulk.html", context, status=422 if invalid else 200)


@require_GET
def refused(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the needs that were refused, with the reasons, as a workbook."""
    chosen = get_object_or_404(visible(request.user, BulkAction), pk=pk)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "refused.xlsx"
        name = answers.refused(path, chosen)
        return as_download(path, name)
