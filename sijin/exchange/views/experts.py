"""Expert requests: the list with what was promised, one request with who could come, the steps of a visit."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.exchange.domain.experts import candidates, promise, requests, visits
from sijin.exchange.files import experts as sheets
from sijin.exchange.forms import AssignForm, ComeForm, ExpertFilterForm, places
from sijin.exchange.models import ExpertVisit
from sijin.exchange.views.board import campaign_of
from sijin.exchange.views.offers import xlsx
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Need
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, Refused, RuleBroken

PAGE = 30
VERBS = ("come", "not_come", "withdraw")


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the expert requests: those over the promise first."""
    require(request.user, "view", ExpertVisit)
    campaign, form = campaign_of(request.user), ExpertFilterForm(request.GET)
    wanted = form.wanted()
    everything = requests.requests(request.user, campaign, wanted)
    kept = request.GET.copy()
    kept.pop("page", None)
    counts = requests.counted(everything)
    context = {
        "page": Paginator(requests.narrowed(everything, wanted), PAGE).get_page(request.GET.get("page")),
        "form": form,
        "wanted": wanted,
        "counts": counts,
        "tabs": [(code, name, counts[code]) for code, name in promise.names().items()],
        "query": kept.urlencode(),
        "narrowed": any(form.cleaned_data.values()),
        "counties": [region for region in places() if region.level in ("county", "area")],
        "today": campaign.now(),
        "days": requests.days(),
    }
    return render(request, "exchange/experts.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Give the requests that the list shows, as a workbook."""
    require(request.user, "view", ExpertVisit)
    wanted = ExpertFilterForm(request.GET).wanted()
    found = requests.narrowed(requests.requests(request.user, campaign_of(request.user), wanted), wanted)
    return xlsx(sheets.workbook(found), "专家请求.xlsx")


@require_GET
def asked(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one request: by when somebody is promised, who comes, who could."""
    return _page(request, _need(request, pk), AssignForm(account=request.user))


def _need(request: HttpRequest, pk: int) -> Need:
    require(request.user, "view", ExpertVisit)
    return get_object_or_404(visible(request.user, Need).select_related("site__county", "campaign", "lead_unit"), pk=pk)


def _page(request: HttpRequest, need: Need, form: AssignForm, status: int = 200) -> HttpResponse:
    found = requests.request_of(request.user, need)
    may_assign = need.state not in (*ENDED, Need.State.PARKED) and may(request.user, "assign_expert", need)
    context: dict[str, Any] = {
        "one": found,
        "need": need,
        "form": form,
        "may_assign": may_assign,
        "may_come": may(request.user, "expert_came", need),
        "candidates": candidates.candidates(request.user, need) if may_assign else [],
        "expected": form.data.get("expected_on") or requests.expected_day(found.promise).isoformat(),
        "chosen": form.data.get("who", ""),
        "today": timezone.localtime(need.campaign.now()).date().isoformat(),
        "asked_on": found.promise.asked.isoformat(),
        "days": requests.days(),
        "withdrawn": need.expert_visits.exclude(withdrawn_at=None),
    }
    return render(request, "exchange/expert.html", context, status=status)


@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Name who comes; a refusal comes back with what was chosen."""
    need, status = _need(request, pk), 422
    require(request.user, "assign_expert", need)
    form = AssignForm(request.POST, account=request.user)
    if form.is_valid():
        who = form.cleaned_data["who"]
        shown = {(one.offer, one.official): one.reason for one in candidates.candidates(request.user, need)}
        key = tuple(getattr(who.get(source), "pk", None) for source in ("offer", "official"))
        try:
            made = visits.assign(
                request.user, need, expected_on=form.cleaned_data["expected_on"], reason=shown.get(key, ""), **who
            )
        except NotAllowed:
            raise
        except Refused as refusal:
            field = refusal.facts.get("field")
            form.add_error(field if field in form.fields else "who", refusal.message)
            status = refusal.status
        else:
            messages.success(request, _("%(expert)s is named for this request.") % {"expert": made.expert})
            return redirect("exchange:expert", pk=pk)
    return _page(request, need, form, status)


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Take a visit a step on, or back."""
    found = get_object_or_404(visible(request.user, ExpertVisit).select_related("need__campaign"), pk=pk)
    form = ComeForm(request.POST)
    if verb not in VERBS:
        raise RuleBroken(_("This cannot be done with a visit."))
    if not form.is_valid():
        raise RuleBroken(" ".join(str(error) for errors in form.errors.values() for error in errors))
    facts = {"version": form.cleaned_data["version"]}
    try:
        if verb == "come":
            on = form.cleaned_data["on"] or timezone.localtime(found.need.campaign.now()).date()
            visits.come(request.user, found, on=on, note=form.cleaned_data["note"], **facts)
        elif verb == "withdraw":
            visits.withdraw(request.user, found, note=form.cleaned_data["note"], **facts)
        else:
            visits.not_come(request.user, found, **facts)
    except RuleBroken as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{visits.word(verb)}: {found.expert}")
    return redirect("exchange:expert", pk=found.need_id)
