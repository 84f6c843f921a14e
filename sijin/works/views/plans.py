"""A site's plan: the draft, its measures, the numbers that were issued."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.ledger.models import Need
from sijin.people.digits import is_number
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.places.models import Site
from sijin.works.domain import plans
from sijin.works.domain.advice import cards
from sijin.works.domain.sites import today_of
from sijin.works.files import plans as files
from sijin.works.forms import MeasureForm
from sijin.works.models import AdviceCard, PlanMeasure, SitePlan
from sijin.works.views.sites import campaign_of

ADVICE = 20  # cards that the plan's page lists
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _site(request: HttpRequest, pk: int) -> Site:
    require(request.user, "view", PlanMeasure)
    return get_object_or_404(visible(request.user, Site).select_related("county", "town"), pk=pk)


@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the plan as it stands now, and the numbers that were issued."""
    site = _site(request, pk)
    return render(request, "works/plan.html", _page(request, site))


def _page(request: HttpRequest, site: Site) -> dict[str, Any]:
    campaign = campaign_of(request.user)
    return {
        "site": site,
        "plan": plans.draft(request.user, site, campaign),
        "issued": visible(request.user, SitePlan).filter(site=site).select_related("issued_by").defer("content"),
        "may_plan": may(request.user, "plan", PlanMeasure),
        "may_issue": may(request.user, "issue", SitePlan),
        "sees_advice": may(request.user, "view", AdviceCard),
        "may_advise": may(request.user, "advise", AdviceCard),
        "advice": cards.of_site(request.user, site)[:ADVICE],
        "today": today_of(campaign),
    }


@require_POST
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Freeze the plan as the next number; a refusal names what is missing, above the plan."""
    site = _site(request, pk)
    require(request.user, "issue", SitePlan)
    try:
        made = plans.issue(request.user, site, campaign_of(request.user), seen=request.POST.get("seen", ""))
    except (RuleBroken, Stale) as refusal:
        context = {**_page(request, site), "refused": refusal.message}
        return render(request, "works/plan.html", context, status=refusal.status)
    messages.success(request, _("Plan number %(number)s was issued.") % {"number": made.number})
    return redirect("works:issued", pk=pk, number=made.number)


@require_GET
def issued(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show one number of the plan as it was issued."""
    site = _site(request, pk)
    found = get_object_or_404(visible(request.user, SitePlan).select_related("issued_by"), site=site, number=number)
    draft = plans.Draft.of(found.content)
    whole = draft.digest == found.digest
    context = {"site": site, "plan": draft.seen_by(request.user), "frozen": found, "whole": whole}
    return render(request, "works/plan.html", context)


@require_GET
def document(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Give one number of the plan as .docx."""
    site = _site(request, pk)
    found = get_object_or_404(visible(request.user, SitePlan), site=site, number=number)
    disposition = content_disposition_header(True, f"{site.name}服务方案第{number}号.docx")
    return HttpResponse(
        files.document(found, plans.Draft.of(found.content).seen_by(request.user)),
        content_type=DOCX,
        headers={"Content-Disposition": disposition or "attachment"},
    )


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a measure to the plan."""
    site = _site(request, pk)
    require(request.user, "plan", PlanMeasure)
    initial = {name: request.GET.get(name, "") for name in ("aspect", "need")}
    if is_number(initial["need"]) and (
        need := visible(request.user, Need).filter(pk=initial["need"], site=site).first()
    ):
        initial |= {"unit": need.lead_unit_id, "due": need.due and need.due.isoformat()}
    form = MeasureForm(request.POST or None, account=request.user, site=site, initial=initial)
    if request.method == "POST" and form.is_valid():
        facts = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        try:
            plans.add(request.user, site, at=campaign_of(request.user).now(), **facts)
        except RuleBroken as refusal:
            form.add_error(refusal.facts.get("field"), refusal.message)
        else:
            messages.success(request, _("The measure is in the plan."))
            return redirect("works:plan", pk=pk)
    return _form(request, site, form, 422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int, measure: int) -> HttpResponse:
    """Change a measure of the plan's own, or take it out."""
    site = _site(request, pk)
    found = get_object_or_404(visible(request.user, PlanMeasure), pk=measure, site=site, dropped_at=None)
    require(request.user, "plan", found)
    names = ("version", "aspect", "text", "unit", "need", "due", "result")
    initial = {name: getattr(found, name) for name in names} | {"due": found.due.isoformat()}
    form = MeasureForm(request.POST or None, account=request.user, site=site, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            facts = dict(form.cleaned_data)
            version = facts.pop("version") or 0
            try:
                if "drop" in request.POST:
                    plans.drop(request.user, found, version=version, at=campaign_of(request.user).now())
                else:
                    plans.change(request.user, found, version=version, **facts)
            except Stale as stale:
                status = 409
                form.data = {**request.POST.dict(), "version": stale.facts["found"]}
                form.add_error(None, _diff(stale, form))
            except RuleBroken as refusal:
                form.add_error(refusal.facts.get("field"), refusal.message)
            else:
                messages.success(request, _("The plan was changed."))
                return redirect("works:plan", pk=pk)
    return _form(request, site, form, status, found)


def _diff(stale: Stale, form: MeasureForm) -> str:
    words = [
        _("%(field)s: you typed “%(mine)s”, it says “%(theirs)s” now")
        % {"field": form.fields[name].label, "mine": mine, "theirs": theirs}
        for name, (mine, theirs) in stale.facts["diff"].items()
    ]
    return "；".join([stale.message, *words])


def _form(
    request: HttpRequest, site: Site, form: MeasureForm, status: int, measure: PlanMeasure | None = None
) -> HttpResponse:
    context = {"site": site, "form": form, "measure": measure}
    return render(request, "works/measure_form.html", context, status=status)
