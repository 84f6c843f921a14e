"""A campaign: what it is, by which rules, how far it is; making and changing it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sijin.dispatch.domain import campaigns
from sijin.dispatch.domain.findings import checks
from sijin.dispatch.domain.rule_book import lines
from sijin.dispatch.domain.rules import deadline_profiles, profile_of
from sijin.dispatch.forms import CampaignForm
from sijin.dispatch.models import Campaign, Publication, Team
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken
from sijin.places.models import Door

SHOWN = 10  # publications that a campaign's page lists


@require_GET
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one campaign with its day, doors, rules and totals."""
    found = get_object_or_404(visible(request.user, Campaign), pk=pk)
    profile = profile_of(found)
    context = {
        "campaign": found,
        "doors": [(door, Door(door).label) for door in found.doors],
        "profile": profile,
        "lines": [line for line in lines(found) if line.on],
        "own": bool(found.chosen),
        "deadlines": deadline_profiles().get(found.profile, found.profile),
        "may_change": may(request.user, "change", found),
        "may_import": may(request.user, "import", Campaign),
        "others": visible(request.user, Campaign).exclude(pk=pk),
    }
    if may(request.user, "view", Team) and visible(request.user, Team).filter(campaign=found).count():
        context["checks"] = checks(found) if may(request.user, "change", Team) else None
    if may(request.user, "view", Publication):
        rows = visible(request.user, Publication).filter(campaign=found).select_related("by").defer("snapshot")
        context |= {"publications": list(rows[:SHOWN]), "may_publish": may(request.user, "publish", Publication)}
    return render(request, "dispatch/campaign.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Start a campaign."""
    require(request.user, "create", Campaign)
    form = CampaignForm(request.POST or None, initial={"doors": Door.values, "profile": "shandong-sijin-2020"})
    if request.method == "POST" and form.is_valid():
        try:
            made = campaigns.create(request.user, **form.cleaned_data)
            messages.success(request, _("The campaign is there. Next: hand in its roster."))
            return redirect("dispatch:campaign", pk=made.pk)
        except RuleBroken as refusal:
            form.add_error(refusal.facts.get("field"), refusal.message)
    return _form(request, form, None)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a campaign."""
    found = get_object_or_404(visible(request.user, Campaign), pk=pk)
    require(request.user, "change", found)
    form = CampaignForm(request.POST or None, campaign=found)
    if request.method == "POST" and form.is_valid():
        try:
            campaigns.change(request.user, found, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("dispatch:campaign", pk=pk)
        except RuleBroken as refusal:
            form.add_error(refusal.facts.get("field"), refusal.message)
    return _form(request, form, found)


def _form(request: HttpRequest, form: CampaignForm, found: Campaign | None) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "dispatch/campaign_form.html", {"form": form, "campaign": found}, status=status)
