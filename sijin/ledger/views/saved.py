"""Saved filters and the choice of columns: what an account keeps of the table."""

from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from sijin.ledger.domain import columns, filters, saved
from sijin.ledger.models import Need, SavedFilter
from sijin.ledger.views.table import campaign_of, read_filter, show
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken


def _to_table(query: str, **more: object) -> HttpResponse:
    extra = "&".join(f"{name}={value}" for name, value in more.items())
    return redirect(f"{reverse('ledger:home')}?{'&'.join(part for part in (query, extra) if part)}")


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the present filter under a name."""
    require(request.user, "save", SavedFilter)
    campaign = campaign_of(request.user)
    if campaign is None:
        return redirect("ledger:home")
    back = QueryDict(request.POST.get("back", ""))
    chosen, _faults = read_filter(request.user, back)
    name, shared = request.POST.get("name", ""), "shared" in request.POST
    try:
        kept = saved.save(request.user, campaign, name, chosen, shared=shared)
    except RuleBroken as refusal:
        return show(request, back, save_error=refusal.message, save_name=name, save_shared=shared)
    return _to_table(kept.query, saved=kept.pk)


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, share, delete or bring back one's own saved filter."""
    kept = get_object_or_404(visible(request.user, SavedFilter), pk=pk)
    action = request.POST.get("action")
    if action == "delete":
        saved.delete(kept, request.user)
        return _to_table(filters.from_text(kept.query).query(), undo=kept.pk)
    if action == "restore":
        kept = saved.restore(kept, request.user)
        return _to_table(kept.query, saved=kept.pk)
    name, shared = request.POST.get("name", ""), "shared" in request.POST
    try:
        kept = saved.rename(kept, request.user, name, shared=shared)
    except RuleBroken as refusal:
        data = QueryDict(mutable=True)
        data.update({**dict(parse_qsl(kept.query)), "saved": str(kept.pk)})
        return show(request, data, rename_error=refusal.message, rename_name=name, rename_shared=shared)
    return _to_table(kept.query, saved=kept.pk)


@require_POST
def choose_columns(request: HttpRequest) -> HttpResponse:
    """Keep the columns of one list; none chosen brings the usual ones back."""
    require(request.user, "view", Need)
    chosen, _faults = read_filter(request.user, QueryDict(request.POST.get("back", "")))
    usual = request.POST.get("action") == "usual"
    columns.choose(request.user, chosen.on_list, [] if usual else request.POST.getlist("column"))
    return _to_table(chosen.query())
