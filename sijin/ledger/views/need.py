"""One need: its page, and one verb on it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from sijin.ledger.domain import clock, evidence, needs, reads
from sijin.ledger.forms import VerbForm
from sijin.ledger.models import Need
from sijin.ledger.transitions import TABLE
from sijin.people.policy import visible
from sijin.people.refusals import RuleBroken


@require_GET
def need(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what happened to one need, what is next, by when."""
    rows = visible(request.user, Need).select_related("site", "team", "lead_unit", "campaign")
    found = get_object_or_404(rows, pk=pk)
    verbs = reads.verbs_for(request.user, found)
    initial = {"version": found.version, "klass": found.klass}
    forms = [
        (
            verb,
            VerbForm(need=found, requires=TABLE[verb].requires, initial=initial),
        )
        for verb in verbs
    ]
    context = {
        "need": found,
        "light": clock.light(found, timezone.localtime(found.campaign.now()).date()),
        "events": found.events.select_related("actor").order_by("sequence"),
        "hand_overs": found.hand_overs.select_related("unit"),
        "measures": found.measures.select_related("unit"),
        "evidence": found.evidence.all(),
        "items": found.items.all(),
        "forms": forms,
        "link": request.session.pop("confirm_link", None),
    }
    return render(request, "ledger/need.html", context)


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Do one verb on one need."""
    found = get_object_or_404(visible(request.user, Need).select_related("campaign"), pk=pk)
    if verb not in TABLE:
        raise RuleBroken(f"{verb}?", verb=verb)
    form = VerbForm(request.POST, request.FILES, need=found, requires=TABLE[verb].requires)
    if not form.is_valid():
        errors = "；".join(f"{form.fields[name].label}: {errors[0]}" for name, errors in form.errors.items())
        raise RuleBroken(errors)
    facts = form.cleaned_data
    version = facts.pop("version")
    if verb == "ask_confirm":
        token = needs.confirm_link(found, request.user)
        request.session["confirm_link"] = request.build_absolute_uri(f"/confirm/{token}/")
    else:
        upload = facts.pop("evidence", None)
        evidence.act_with(found, verb, request.user, upload, version=version, **facts)
    return redirect("ledger:need", pk=pk)
