"""Matches as a list and as a page, and one step on."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.exchange.domain import matches, reads
from sijin.exchange.forms import StepForm
from sijin.exchange.models import Match
from sijin.exchange.views.board import campaign_of, way_back
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, Refused, RuleBroken

PAGE = 30
S = Match.State
VERBS = ("agree", "deliver", "confirm", "release")


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the matches of one tab."""
    require(request.user, "view", Match)
    campaign = campaign_of(request.user)
    tabs = {
        "mine": _("Waiting for me"),
        "open": _("Under way"),
        "done": _("Receipt confirmed"),
        "released": _("Released"),
    }
    tab = request.GET.get("tab", "mine")
    tab = tab if tab in tabs else "mine"
    rows = reads.waiting_for(request.user, campaign) if tab == "mine" else reads.matches(request.user, campaign)
    states = {"open": matches.ACTIVE, "done": (S.CONFIRMED,), "released": (S.RELEASED,)}
    if tab in states:
        rows = rows.filter(state__in=states[tab])
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "tab": tab, "tabs": tabs, "query": f"tab={tab}", "today": campaign.now()}
    return render(request, "exchange/matches.html", context)


@require_GET
def match(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one match: how far it is, what happened, what is next."""
    return _page(request, pk, StepForm())


def _page(request: HttpRequest, pk: int, form: StepForm, status: int = 200) -> HttpResponse:
    rows = visible(request.user, Match).select_related(
        "item__need__site", "item__need__campaign", "item__need__lead_unit", "offer__region", "offer__campaign",
        "offer__unit_of_provider", "made_by", "rest_of",
    )  # fmt: skip
    found = get_object_or_404(rows, pk=pk)
    verbs = [verb for verb in VERBS if _possible(found, verb) and may(request.user, verb, found)]
    if found.made_by_id == request.user.pk and "confirm" in verbs:
        verbs.remove("confirm")
    track = [(state, S(state).label) for state in (S.RESERVED, S.AGREED, S.DELIVERED, S.CONFIRMED)]
    reached = [state for state, _label in track].index(found.state) if found.state != S.RELEASED else -1
    context = {
        "match": found,
        "form": form,
        "next": [(verb, matches.word(verb)) for verb in verbs if verb != "release"],
        "may_release": "release" in verbs,
        "track": [(label, n <= reached) for n, (_state, label) in enumerate(track)],
        "history": reads.history(found),
        "sees_need": visible(request.user, type(found.item.need)).filter(pk=found.item.need_id).exists(),
        "rests": visible(request.user, Match).filter(rest_of=found),
    }
    return render(request, "exchange/match.html", context, status=status)


def _possible(match: Match, verb: str) -> bool:
    sources = (S.DELIVERED,) if verb == "confirm" else matches.STEPS[verb][0]
    return match.state in sources


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Take one match a step on; a refusal comes back on its page with what was typed."""
    found = get_object_or_404(visible(request.user, Match), pk=pk)
    form = StepForm(request.POST)
    if verb not in VERBS:
        raise RuleBroken(_("This cannot be done with a match."))
    status = 422
    if form.is_valid():
        facts = {"version": form.cleaned_data["version"], "note": form.cleaned_data["note"]}
        try:
            if verb == "confirm":
                matches.confirm(request.user, found, received=form.cleaned_data["received"], **facts)
            else:
                matches.step(request.user, found, verb, **facts)
        except NotAllowed:
            raise
        except Refused as refusal:
            field = refusal.facts.get("field")
            form.add_error(field if field in form.fields else None, refusal.message)
            status = refusal.status
        else:
            messages.success(request, _("%(verb)s: done.") % {"verb": matches.word(verb)})
            return redirect(way_back(request) or reverse("exchange:match", args=[pk]))
    if request.htmx:  # from a list: its page has room for what is wrong
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return HttpResponse(status=status, headers={"HX-Redirect": reverse("exchange:match", args=[pk])})
    return _page(request, pk, form, status)
