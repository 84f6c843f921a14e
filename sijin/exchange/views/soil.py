"""Soil samples: the list, a need of earth with its samples and spoil sites, one sample with its chain of custody."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.exchange.domain import reads
from sijin.exchange.domain.soil import custody, samples, spoil
from sijin.exchange.domain.soil.fitness import KIND
from sijin.exchange.forms import CustodyForm, ResultForm, SampleForm
from sijin.exchange.models import SoilSample
from sijin.exchange.views.board import campaign_of
from sijin.ledger.models import Need
from sijin.people.digits import is_number, number
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, Refused, RuleBroken

PAGE = 30
OPEN = 8  # needs of earth shown above the samples
ACTS = {
    "undo-hand-over": samples.undo_hand_over,
    "undo-result": samples.undo_report,
    "withdraw": samples.withdraw,
    "restore": samples.restore,
}


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the samples and the open needs of earth."""
    require(request.user, "view", SoilSample)
    campaign = campaign_of(request.user)
    rows = list(samples.listed(request.user, campaign))
    wanted = request.GET.get("state", "")
    counts: dict[str, int] = {}
    for row in rows:
        row.at, row.holder = samples.state(row), custody.holder(row.taken_by, samples.chain(row))
        counts[row.at] = counts.get(row.at, 0) + 1
    shown = [row for row in rows if wanted in ("", row.at)]
    needs = reads.lacking(request.user, campaign, kind=KIND)
    codes = (samples.TAKEN, samples.UNDER_WAY, samples.REPORTED, samples.WITHDRAWN)
    context = {
        "page": Paginator(shown, PAGE).get_page(request.GET.get("page")),
        "state": wanted,
        "all": len(rows),
        "tabs": [(code, samples.state_word(code), counts.get(code, 0)) for code in codes],
        "needs": needs[:OPEN],
        "more": needs.count() > OPEN,
        "kind": KIND,
    }
    return render(request, "exchange/soil.html", context)


@require_GET
def earth(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a need of earth: its samples, the spoil sites that could give, those that are ruled out."""
    need = _need(request, pk)
    rows = samples.listed(request.user, need.campaign).filter(need=need)
    context = {
        "need": need,
        "samples": [(row, samples.state(row)) for row in rows],
        "wants": samples.wants_earth(need),
        "proposals": spoil.proposals(request.user, need),
        "ruled_out": spoil.ruled_out(request.user, need),
        "may_sample": may(request.user, "sample_soil", need),
    }
    return render(request, "exchange/soil_need.html", context)


def _need(request: HttpRequest, pk: int) -> Need:
    require(request.user, "view", SoilSample)
    return get_object_or_404(visible(request.user, Need).select_related("site__county", "campaign", "lead_unit"), pk=pk)


@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a sample that was taken."""
    need = _need(request, pk)
    require(request.user, "sample_soil", need)
    initial = {"region": need.site.county_id, "taken_at": timezone.localtime(need.campaign.now())}
    if is_number(request.GET.get("offer", "")):
        initial["offer"] = request.GET["offer"]
    form = SampleForm(request.POST or None, account=request.user, need=need, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = samples.take(request.user, need, **form.cleaned_data)
        except RuleBroken as refusal:
            _into(form, refusal)
        else:
            messages.success(request, _("Sample %(code)s is written down.") % {"code": made.code})
            return redirect("exchange:soil_sample", pk=made.pk)
    return render(request, "exchange/soil_form.html", {"need": need, "form": form}, status=422 if form.errors else 200)


def _into(form: Form, refusal: Refused) -> None:
    field = refusal.facts.get("field")
    form.add_error(field if field in form.fields else None, refusal.message)


@require_GET
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one sample."""
    return _page(request, _sample(request, pk))


def _sample(request: HttpRequest, pk: int) -> SoilSample:
    return get_object_or_404(samples.listed(request.user, campaign_of(request.user)), pk=pk)


def _page(request: HttpRequest, found: SoilSample, status: int = 200, **forms: Form) -> HttpResponse:
    steps = samples.chain(found)
    now = timezone.localtime(found.need.campaign.now())
    context: dict[str, Any] = {
        "sample": found,
        "state": samples.state(found),
        "state_word": samples.state_word(samples.state(found)),
        "holder": custody.holder(found.taken_by, steps),
        "unbroken": custody.unbroken(found.taken_by, found.taken_at, steps),
        "may_sample": may(request.user, "sample_soil", found.need),
        "hand": forms.get("hand") or CustodyForm(initial={"on": now, "version": found.version}),
        "result": forms.get("result") or ResultForm(initial={"on": now, "version": found.version}),
        "opened": next(iter(forms), ""),
    }
    return render(request, "exchange/soil_sample.html", context, status=status)


@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a sample on; a refusal comes back with what was typed."""
    found, form, status = _sample(request, pk), CustodyForm(request.POST), 422
    require(request.user, "sample_soil", found.need)
    if form.is_valid():
        try:
            made = samples.hand_over(request.user, found, **form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as refusal:
            field = "on" if refusal.facts.get("field") == "at" else refusal.facts.get("field")
            form.add_error(field if field in form.fields else None, refusal.message)
            status = refusal.status
        else:
            messages.success(request, f"{samples.word('hand_over')}: {made.code}")
            return redirect("exchange:soil_sample", pk=pk)
    return _page(request, found, status, hand=form)


@require_POST
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what the laboratory found."""
    found, form, status = _sample(request, pk), ResultForm(request.POST), 422
    require(request.user, "sample_soil", found.need)
    if form.is_valid():
        facts = {"on": form.cleaned_data["on"], "version": form.cleaned_data["version"]}
        try:
            samples.report(request.user, found, form.result(), **facts)
        except NotAllowed:
            raise
        except Refused as refusal:
            _into(form, refusal)
            status = refusal.status
        else:
            messages.success(request, f"{samples.word('report')}: {found.code}")
            return redirect("exchange:soil_sample", pk=pk)
    return _page(request, found, status, result=form)


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Take the last hand-over or the result back, set a sample aside, put it back."""
    found = _sample(request, pk)
    require(request.user, "sample_soil", found.need)
    if verb not in ACTS:
        raise RuleBroken(_("This cannot be done with a sample."))
    version = request.POST.get("version", "")
    try:
        ACTS[verb](request.user, found, version=number(version))
    except RuleBroken as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{found.code}: {_('done.')}")
    return redirect("exchange:soil_sample", pk=pk)
