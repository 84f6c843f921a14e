"""Complements: what the search found, a clerk's word on a pair, and why a pair stands there or not."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from sijin.exchange import jobs
from sijin.exchange.domain import complements, kinds, reads, suggestions
from sijin.exchange.forms import JudgeForm
from sijin.exchange.models import Complement, Offer
from sijin.exchange.views.board import campaign_of, way_back
from sijin.people.digits import is_number
from sijin.people.jobs import start
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken

PAGE = 30
PICKS = 8


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List what the last search found new."""
    require(request.user, "view", Complement)
    campaign = campaign_of(request.user)
    page = Paginator(complements.new_ones(request.user, campaign), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "query": "",
        "may_find": may(request.user, "find", Complement),
        "sees_offers": may(request.user, "view", Offer),
        "today": campaign.now(),
        "refusals": kinds.refusals(),
        "may_judge": may(request.user, "judge", Complement),
        "next": reverse("exchange:complements"),
    }
    return render(request, "exchange/complements.html", context)


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Search through all open needs, as a job."""
    require(request.user, "find", Complement)
    kind = gettext_noop("Search for complements")
    job = start(request.user, kind, jobs.search, campaign=campaign_of(request.user).pk)
    return redirect("people:job", pk=job.pk)


@require_POST
def judge(request: HttpRequest) -> HttpResponse:
    """Accept a pair or turn it down."""
    require(request.user, "judge", Complement)
    form = JudgeForm(request.POST, account=request.user)
    if not form.is_valid():
        raise RuleBroken(" ".join(str(error) for errors in form.errors.values() for error in errors))
    facts = form.cleaned_data
    need, solution = facts["need"], facts["offer"] or facts["other"]
    if facts["verdict"] == "refuse":
        complements.refuse(request.user, need, solution, facts["reason"], facts["note"])
        messages.success(request, _("Turned down: it is not suggested for this need again. It can be taken back."))
    else:
        complements.accept(request.user, need, solution, facts["note"])
        messages.success(request, _("Accepted: the ranking learns from it. Reserve what is to be promised."))
    return redirect(way_back(request) or reverse("ledger:need", args=[need.pk]))


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what was said of a pair."""
    found = get_object_or_404(visible(request.user, Complement), pk=pk)
    version = request.POST.get("version", "")
    complements.undo(request.user, found, version=int(version) if is_number(version) else None)
    messages.success(request, _("Taken back."))
    return redirect(way_back(request) or reverse("ledger:need", args=[found.need_id]))


@require_GET
def why(request: HttpRequest) -> HttpResponse:
    """Say why an offer is suggested for a need, or why not; without an exact pair, give those that could be meant."""
    require(request.user, "view", Offer)
    campaign = campaign_of(request.user)
    typed = {name: request.GET.get(name, "").strip()[:100] for name in ("need", "offer")}
    needs = reads.needs_called(request.user, campaign, typed["need"])[: PICKS + 1]
    offers = reads.offers_called(request.user, campaign, typed["offer"])[: PICKS + 1]
    context: dict[str, Any] = {"typed": typed, "needs": _picks(needs, typed["need"]), "picks": PICKS}
    context["offers"] = _picks(offers, typed["offer"])
    if typed["need"] and not needs:
        context["nothing"] = _("No need that you see has this number or these words.")
    elif typed["offer"] and not offers:
        context["nothing"] = _("No offer has this code or these words.")
    elif not typed["offer"] or not typed["need"]:
        context["nothing"] = _("Name a need and an offer: every condition between them is answered in words.")
    if len(needs) == 1 and len(offers) == 1:
        need, offer = needs[0], offers[0]
        context |= {"need": need, "offer": offer, "answer": suggestions.why_not(request.user, need, offer)}
        context["said"] = complements.judged(request.user, need).filter(offer=offer).first()
        context["may_judge"] = may(request.user, "judge", Complement)
        context["next"] = f"{reverse('exchange:why')}?need={need.pk}&offer={offer.pk}"
    return render(request, "exchange/why.html", context)


def _picks(rows: list[Any], typed: str) -> list[Any]:
    """Return the rows to choose from: none while nothing is typed or one is meant."""
    return rows[:PICKS] if typed and len(rows) > 1 else []
