"""Matchmaking events and the agreements signed there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sijin.exchange.domain import agreements, reads
from sijin.exchange.forms import AgreementForm, EventForm
from sijin.exchange.models import Agreement, MatchmakingEvent
from sijin.exchange.views.board import campaign_of
from sijin.people.policy import may, require
from sijin.people.refusals import RuleBroken


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Show each event with its agreements, and what their orders come to."""
    require(request.user, "view", Agreement)
    campaign = campaign_of(request.user)
    rows = reads.agreements(request.user, campaign)
    signed: dict[int | None, list[Agreement]] = {}
    for row in rows:
        signed.setdefault(row.event_id, []).append(row)
    held = []
    for event in reads.events_held(request.user, campaign):
        here = signed.get(event.pk, [])
        held.append({"event": event, "rows": here, "amount": sum(row.amount for row in here)})
    context = {"held": held, "total": reads.totals(rows), "may_sign": may(request.user, "sign", Agreement)}
    return render(request, "exchange/agreements.html", context)


@require_http_methods(["GET", "POST"])
def hold(request: HttpRequest) -> HttpResponse:
    """Write down an event."""
    require(request.user, "hold", MatchmakingEvent)
    form = EventForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        agreements.hold(request.user, campaign_of(request.user), **form.cleaned_data)
        messages.success(request, _("The event is written down."))
        return redirect("exchange:agreements")
    return _form(request, form, _("New matchmaking event"))


@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest) -> HttpResponse:
    """Write down an agreement."""
    require(request.user, "sign", Agreement)
    form = AgreementForm(request.POST or None, account=request.user)
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        need = facts.pop("need")
        try:
            agreements.sign(request.user, needs=[need] if need else [], **facts)
        except RuleBroken as refusal:
            field = {"needs": "need"}.get(refusal.facts.get("field", ""), refusal.facts.get("field"))
            form.add_error(field if field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("The agreement is written down."))
            return redirect("exchange:agreements")
    return _form(request, form, _("New agreement"))


def _form(request: HttpRequest, form: Any, heading: str) -> HttpResponse:
    context = {"form": form, "heading": heading}
    return render(request, "exchange/agreement_form.html", context, status=422 if form.errors else 200)
