"""The pool's own page: orders, makers, plans; sheets in and out; starting the solver."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.exchange import jobs
from sijin.exchange.domain.pool import keeping, plans, problem
from sijin.exchange.domain.pool.sheets import SHEETS
from sijin.exchange.domain.rows import restore, withdraw
from sijin.exchange.files import pool as sheets
from sijin.exchange.forms import PoolForm, PoolMakerForm, PoolOrderForm
from sijin.exchange.models import PoolMaker, PoolOrder, PoolPlan
from sijin.exchange.views import sheets as reading
from sijin.exchange.views.board import campaign_of
from sijin.exchange.views.offers import xlsx
from sijin.people.digits import is_number
from sijin.people.jobs import start
from sijin.people.models import Job
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale

PAGE = 50
KIND = gettext_noop("Plan the capacity pool")
AT_WORK = (Job.State.WAITING, Job.State.RUNNING)
SHOWN = ("orders", "makers", "plans")
MODELS: dict[str, Any] = {"orders": PoolOrder, "makers": PoolMaker}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what the pool holds, the plan that is published, the draft that waits."""
    require(request.user, "view", PoolPlan)
    campaign = campaign_of(request.user)
    show = request.GET.get("show", "") if request.GET.get("show") in SHOWN else "orders"
    rows = {
        "orders": visible(request.user, PoolOrder).filter(campaign=campaign).select_related("site", "need"),
        "makers": visible(request.user, PoolMaker).filter(campaign=campaign).prefetch_related("rates"),
        "plans": visible(request.user, PoolPlan).filter(campaign=campaign).select_related("made_by"),
    }
    counts = {name: found.count() for name, found in rows.items()}
    kept = list(rows["plans"].exclude(state__in=(PoolPlan.State.REPLACED, PoolPlan.State.DISCARDED))[:12])
    published = next((plan for plan in kept if plan.state == PoolPlan.State.PUBLISHED), None)
    may_make = may(request.user, "make", PoolPlan)
    context = {
        "page": Paginator(rows[show].order_by(*_order(show)), PAGE).get_page(request.GET.get("page")),
        "show": show,
        "sides": [("orders", _("Orders"), counts["orders"]), ("makers", _("Makers"), counts["makers"]),
                  ("plans", _("Plans"), counts["plans"])],
        "counts": counts,
        "published": published,
        "draft": next((plan for plan in kept if plan.state == PoolPlan.State.DRAFT), None),
        "stale": published is not None and plans.is_stale(published),
        "may_keep": may(request.user, "keep", PoolOrder),
        "may_make": may_make,
        "job": visible(request.user, Job).filter(kind=KIND, state__in=AT_WORK).first() if may_make else None,
        "form": PoolForm(initial=initial(campaign, published)),
    }  # fmt: skip
    return render(request, "exchange/pool_home.html", context)


def _order(show: str) -> tuple[str, ...]:
    return {"orders": ("due", "code"), "makers": ("code",), "plans": ("-made_at", "-pk")}[show]


def initial(campaign: Any, base: PoolPlan | None) -> dict[str, Any]:
    """Return what the form of the solver begins with."""
    today = timezone.localtime(campaign.now()).date()
    first: date = base.start if base else problem.monday(today)
    seconds = round(base.time_limit) if base else round(plans.SECONDS)
    return {"start": first.isoformat(), "seconds": seconds, "change": f"{base.change_price if base else 0:g}"}


@require_POST
def solve(request: HttpRequest) -> HttpResponse:
    """Start the solver as a job."""
    require(request.user, "make", PoolPlan)
    return solve_from(request, None)


def solve_from(request: HttpRequest, base: PoolPlan | None) -> HttpResponse:
    """Start the solver as a job that goes on from `base`."""
    campaign, form = campaign_of(request.user), PoolForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Seconds: a whole number from 1 to 300. Price of a move: a number from 0 to 100000."))
        return redirect("exchange:pool_plan", pk=base.pk) if base else redirect("exchange:pool")
    facts = form.cleaned_data
    job = start(
        request.user, KIND, jobs.plan_pool, campaign=campaign.pk, seconds=float(facts["seconds"]),
        start=facts["start"].isoformat() if facts["start"] else "", seed=campaign.pool_plans.count() + 1,
        change=float(facts["change"]), base=base.pk if base else None,
    )  # fmt: skip
    return redirect("people:job", pk=job.pk)


@require_http_methods(["GET", "POST"])
def order(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write an order down, or change one."""
    return _typed_in(request, "orders", pk, PoolOrderForm, keeping.keep_order)


@require_http_methods(["GET", "POST"])
def maker(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write a line down, or change one."""
    return _typed_in(request, "makers", pk, PoolMakerForm, keeping.keep_maker)


def _typed_in(request: HttpRequest, of: str, pk: int | None, kind: Any, keep: Callable[..., Any]) -> HttpResponse:
    """Keep what was typed; who was slower gets the form back with what the other changed."""
    require(request.user, "keep", MODELS[of])
    rows = visible(request.user, MODELS[of]).select_related("site", "campaign")
    found = get_object_or_404(rows, pk=pk) if pk else None
    if request.method == "GET":
        initial = kind.initial_of(found) if found else None
        return _row_form(request, of, kind(initial=initial, account=request.user), found)
    form, status, diff = kind(request.POST, account=request.user), 422, []
    if form.is_valid():
        facts = dict(form.cleaned_data)
        code, version = facts.pop("code"), facts.pop("version")
        try:
            if found and code != found.code:
                raise RuleBroken(_("The number cannot be changed."), field="code")
            keep(request.user, campaign_of(request.user), code, version=version, **facts)
        except Stale as stale:
            if found is None:
                form.add_error("code", _("There is another one with this number."))
            else:
                status, diff = 409, [(form.fields[n].label, *pair) for n, pair in stale.facts["diff"].items()]
                form.data = {**request.POST.dict(), "version": stale.facts["found"]}
        except RuleBroken as refusal:
            field = refusal.facts.get("field")
            field = "rates" if field in ("product", "per_hour") and "rates" in form.fields else field
            form.add_error(field if field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("It is in the pool."))
            return redirect(f"{reverse('exchange:pool')}?show={of}")
    return _row_form(request, of, form, found, status, diff)


def _row_form(request: HttpRequest, of: str, form: Any, found: Any, status: int = 200, diff: Any = ()) -> HttpResponse:
    context = {"form": form, "of": of, "row": found, "diff": diff, "stale": status == 409}
    return render(request, "exchange/pool_row_form.html", context, status=status)


@require_POST
def act(request: HttpRequest, of: str, pk: int, verb: str) -> HttpResponse:
    """Take an order or a maker out of the pool, or put it back."""
    verbs = {"withdraw": withdraw, "restore": restore}
    version = request.POST.get("version", "")
    if of not in MODELS:
        raise Http404
    found = get_object_or_404(visible(request.user, MODELS[of]), pk=pk)
    if verb not in verbs or not is_number(version):
        raise RuleBroken(_("This cannot be done with it."))
    verbs[verb](request.user, found, version=int(version))
    words = _("It was taken out of the pool.") if verb == "withdraw" else _("It is back in the pool.")
    messages.success(request, words)
    return redirect(f"{reverse('exchange:pool')}?show={of}")


@require_http_methods(["GET", "POST"])
def read_in(request: HttpRequest) -> HttpResponse:
    """Take in a sheet of orders or of makers: a short one at once, a long one by a job."""
    require(request.user, "keep", PoolOrder)
    headings = [(of, [heading for _n, heading, *_r in rows.columns]) for of, rows in SHEETS.items()]
    return reading.read_in(request, "exchange/pool_import.html", sheets.read, SHEETS, headings=headings)


@require_GET
def template(request: HttpRequest, of: str) -> HttpResponse:
    """Give one of the two empty sheets."""
    require(request.user, "keep", PoolOrder)
    if of not in SHEETS:
        raise Http404
    return xlsx(sheets.template(of), f"{sheets.NAMES[of]}导入模板.xlsx")


@require_GET
def export(request: HttpRequest, of: str) -> HttpResponse:
    """Give the orders or the makers as a sheet that can be read in again."""
    require(request.user, "view", PoolOrder)
    campaign = campaign_of(request.user)
    if of == "orders":
        orders = visible(request.user, PoolOrder).filter(campaign=campaign, withdrawn_at=None)
        return xlsx(sheets.export_orders(orders.select_related("site", "need")), "订单清单.xlsx")
    if of == "makers":
        makers = visible(request.user, PoolMaker).filter(campaign=campaign, withdrawn_at=None)
        rows = makers.select_related("site", "offer").prefetch_related("rates")
        return xlsx(sheets.export_makers(rows), "产线清单.xlsx")
    raise Http404
