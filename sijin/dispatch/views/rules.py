"""The rules of a campaign and its ties: what is asked for, firm or at which price, what the running plan would bend."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sijin.dispatch.domain import rule_book, ties
from sijin.dispatch.domain.outlook import Outlook, outlook
from sijin.dispatch.domain.tie_rows import reader_of, words_of
from sijin.dispatch.forms import RulesForm, TieForm
from sijin.dispatch.models import Campaign, Tie
from sijin.people.models import Official, Unit
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken


def _campaign(request: HttpRequest, pk: int) -> Campaign:
    found = get_object_or_404(visible(request.user, Campaign), pk=pk)
    require(request.user, "change", found)
    return found


@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the campaign's rules and ties; take a choice of rules."""
    campaign = _campaign(request, pk)
    form = RulesForm(request.POST or None, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        try:
            facts = form.cleaned_data
            rule_book.choose(request.user, campaign, facts["settings"], mark=facts["mark"])
            messages.success(request, _("The rules are set. What runs stays as it is until the next plan."))
            return redirect("dispatch:rules", pk=pk)
        except RuleBroken as refusal:
            form.add_error(refusal.facts.get("field"), refusal.message)
    return _page(request, campaign, form)


@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the running dispatch bends under the rules as they are typed, or under those in force; keep nothing."""
    campaign = _campaign(request, pk)
    form, found = RulesForm(request.POST or None, campaign=campaign), None
    if not form.is_bound:
        found = outlook(request.user, campaign, campaign.chosen)
    elif form.is_valid():
        try:
            found = outlook(request.user, campaign, rule_book.choice(campaign, form.cleaned_data["settings"]))
        except RuleBroken as refusal:
            form.add_error(refusal.facts.get("field"), refusal.message)
    if request.htmx:
        context = {"campaign": campaign, "outlook": found, "form": form, "typed": form.is_bound}
        return render(request, "dispatch/_outlook.html", context)
    return _page(request, campaign, form, found)


@require_POST
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to the rules of the campaign's profile."""
    campaign = _campaign(request, pk)
    rule_book.choose(request.user, campaign, None)
    messages.success(request, _("The rules are those of the profile again."))
    return redirect("dispatch:rules", pk=pk)


@require_POST
def tie(request: HttpRequest, pk: int) -> HttpResponse:
    """Tie people or units together or apart."""
    require(request.user, "change", Tie)
    campaign = _campaign(request, pk)
    form = TieForm(request.POST)
    if form.is_valid():
        facts = form.cleaned_data
        try:
            reader = reader_of(campaign)
            people = [reader.person(word) for word in words_of(facts["officials"])]
            units = [reader.unit(word) for word in words_of(facts["units"])]
            ties.tie(
                request.user, campaign, facts["kind"], officials=Official.objects.filter(code__in=people),
                units=Unit.objects.filter(code__in=units), reason=facts["reason"],
            )  # fmt: skip
            messages.success(request, _("The tie holds from the next plan on."))
            return redirect("dispatch:rules", pk=pk)
        except RuleBroken as refusal:
            form.add_error(refusal.facts.get("field"), refusal.message)
    return _page(request, campaign, RulesForm(campaign=campaign), tie_form=form)


@require_POST
def untie(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a tie away."""
    found = get_object_or_404(visible(request.user, Tie).select_related("campaign"), pk=pk)
    ties.untie(request.user, found)
    messages.success(request, _("The tie is gone."))
    return redirect("dispatch:rules", pk=found.campaign_id)


def _page(
    request: HttpRequest,
    campaign: Campaign,
    form: RulesForm,
    found: Outlook | None = None,
    tie_form: TieForm | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "campaign": campaign,
        "form": form,
        "outlook": found,
        "typed": form.is_bound,
        "tie_form": tie_form or TieForm(),
        "bonds": ties.bonds_of(campaign).rows,
        "own": bool(campaign.chosen),
    }
    wrong = bool(form.errors) or bool(tie_form and tie_form.errors)
    return render(request, "dispatch/rules.html", context, status=422 if wrong else 200)
