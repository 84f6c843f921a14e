"""One plan of the pool: its board, its partners, the share that is chosen, scenarios beside it, what comes of it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from sijin.exchange import jobs
from sijin.exchange.domain.pool import plans, scenarios, settle, shares, words
from sijin.exchange.domain.pool.board import Board, board, shares_of
from sijin.exchange.domain.pool.partners import ranked
from sijin.exchange.domain.pool.problem import Posed, pose
from sijin.exchange.files import pool as sheets
from sijin.exchange.files import pool_drafts
from sijin.exchange.forms import EventForm, PoolForm, ScenarioForm
from sijin.exchange.models import Match, MatchmakingEvent, PoolPlan, PoolScenario, PoolShare
from sijin.exchange.views.gantt import drawn
from sijin.exchange.views.offers import docx, xlsx
from sijin.exchange.views.pool import AT_WORK, KIND, initial, solve_from
from sijin.people.digits import is_number
from sijin.people.jobs import start
from sijin.people.models import Job
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken

ASKED = gettext_noop("Scenario of the capacity pool")
PERCENT = 20  # more orders, as the scenario is offered
LIVE = (PoolPlan.State.DRAFT, PoolPlan.State.PUBLISHED)
STATES = {"draft": "soon", "published": "ok", "replaced": "none", "discarded": "none"}


def _plan(request: HttpRequest, pk: int) -> PoolPlan:
    rows = visible(request.user, PoolPlan).select_related("campaign", "made_by", "published_by", "base")
    return get_object_or_404(rows, pk=pk)


@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a plan."""
    found = _plan(request, pk)
    kept = shares_of(found)
    read = board(found, kept)
    posed = pose(found.campaign, found.start)
    late = _late(found, posed)
    until = {row.maker.pk: row.booked_until for row in read.rows}
    chosen = next((share for share in kept if str(share.pk) == request.GET.get("share", "")), None)
    draft, may_make = found.state == PoolPlan.State.DRAFT, may(request.user, "make", found)
    context = {
        "plan": found,
        "light": STATES[found.state],
        "drawing": drawn(read, {row["order"].pk for row in late}),
        "others": _others(posed, read) if draft and may_make else [],
        "last": read.last,
        "late": late,
        "figures": scenarios.figures_of(found, kept, read),
        "differences": shares.differences(found, kept),
        "partners": ranked(posed, kept, until),
        "stale": found.state in LIVE and plans.is_stale(found),
        "may_make": may_make,
        "may_move": draft and may_make,
        "may_publish": draft and may(request.user, "publish", found),
        "form": PoolForm(initial=initial(found.campaign, found)),
        **_beside(request, found, kept),
        **(_of_share(chosen, found, posed) if chosen else {}),
    }
    if may_make:
        context["job"] = visible(request.user, Job).filter(kind__in=(KIND, ASKED), state__in=AT_WORK).first()
    return render(request, "exchange/pool_plan.html", context)


def _late(found: PoolPlan, posed: Posed) -> list[dict[str, Any]]:
    """Return what is not made in time with its order and the reason in words."""
    orders = {order.pk: order for order in found.campaign.pool_orders.filter(pk__in=[r["order"] for r in found.late])}
    return [
        {
            "order": orders[row["order"]],
            "quantity": row["quantity"],
            "why": words.late_words(row),
            "maker": posed.makers.get(row.get("maker") or 0),
            "ready": row.get("ready"),
        }
        for row in found.late
        if row["order"] in orders
    ]


def _others(posed: Posed, read: Board) -> list[Any]:
    """Return the makers without a share who could make something: rows to which a share can be dragged."""
    there = {row.maker.pk for row in read.rows}
    could = {maker for (_order, maker) in posed.open} - there
    return [posed.makers[pk] for pk in sorted(could, key=lambda pk: posed.makers[pk].code)]


def _beside(request: HttpRequest, found: PoolPlan, kept: list[PoolShare]) -> dict[str, Any]:
    """Return the scenarios beside a plan, the makers they may be about, and the events held for it."""
    asked = [
        {"words": scenarios.words(row), "results": row.results, "row": row}
        for row in found.scenarios.select_related("maker", "job")
    ]
    makers = {share.maker_id: share.maker for share in kept}
    uncertified = found.campaign.pool_makers.filter(withdrawn_at=None).exclude(certificate=True)
    published = found.state in settle.HELD
    return {
        "scenarios": asked,
        "droppable": sorted(makers.values(), key=lambda maker: maker.code),
        "uncertified": uncertified,
        "percent": PERCENT,
        "events": [(event, settle.funnel(event)) for event in found.events.all()],
        "event_form": EventForm(),
        "may_hold": published and may(request.user, "hold", MatchmakingEvent),
        "may_reserve": published and may(request.user, "reserve", Match),
    }


def _of_share(share: PoolShare, found: PoolPlan, posed: Posed, to: int | None = None) -> dict[str, Any]:
    """Return what the panel says of one share: where it could go and at which price."""
    moves = [shares.judge(posed, share, maker) for maker in posed.makers if maker != share.maker_id]
    able = sorted((move for move in moves if not move.refusal), key=lambda move: (move.more or 0, move.maker))
    barred = [move for move in moves if move.refusal]
    return {
        "share": share,
        "dates": share.days.order_by("day").values_list("day", flat=True),
        "why": words.choice_words(share.reason, share.cheaper),
        "value": share.quantity * share.order.unit_price,
        "able": [{"move": move, "maker": posed.makers[move.maker]} for move in able],
        "barred": [{"move": move, "maker": posed.makers[move.maker]} for move in barred],
        "to": next((one for one in moves if one.maker == to), None),
        "to_maker": posed.makers.get(to or 0),
    }


@require_GET
def share(request: HttpRequest, pk: int, share: int) -> HttpResponse:
    """Show one share: its panel alone, or with `to` what moving it there would mean."""
    found = _plan(request, pk)
    one = get_object_or_404(found.shares.select_related("order__site", "maker"), pk=share)
    to = request.GET.get("to", "")
    made = _of_share(one, found, pose(found.campaign, found.start), int(to) if is_number(to) else None)
    may_move = found.state == PoolPlan.State.DRAFT and may(request.user, "make", found)
    return render(request, "exchange/_pool_share.html", {"plan": found, "may_move": may_move, **made})


@require_POST
def act(request: HttpRequest, pk: int, share: int, verb: str) -> HttpResponse:
    """Lock a share, let it go, or move it to another maker."""
    found = _plan(request, pk)
    one = get_object_or_404(found.shares.all(), pk=share)
    version, maker = request.POST.get("version", ""), request.POST.get("maker", "")
    require(request.user, "make", found)
    if not is_number(version) or verb not in ("lock", "unlock", "move"):
        raise RuleBroken(_("This cannot be done with a share."))
    if verb == "move":
        if not is_number(maker):
            raise RuleBroken(_("Choose a maker."), field="maker")
        one = shares.move(request.user, one, int(maker), version=int(version))
        messages.success(request, _("Moved and locked. Solve again to work out its days."))
    else:
        one = shares.lock(request.user, one, verb == "lock", version=int(version))
        messages.success(request, _("Locked.") if verb == "lock" else _("Unlocked."))
    response = redirect("exchange:pool_plan", pk=pk)
    response["Location"] += f"?share={one.pk}"
    return response


@require_POST
def solve(request: HttpRequest, pk: int) -> HttpResponse:
    """Solve again from a plan: its locks hold, moves are priced."""
    require(request.user, "make", PoolPlan)
    return solve_from(request, _plan(request, pk))


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft the plan that holds."""
    version = request.POST.get("version", "")
    plans.publish(request.user, _plan(request, pk), version=int(version) if is_number(version) else None)
    messages.success(request, _("The plan is published."))
    return redirect("exchange:pool_plan", pk=pk)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft away."""
    plans.discard(request.user, _plan(request, pk))
    messages.success(request, _("The draft was put away; nothing else changed."))
    return redirect("exchange:pool")


@require_POST
def scenario(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a question beside a plan; a job answers it."""
    found, form = _plan(request, pk), ScenarioForm(request.POST, account=request.user)
    require(request.user, "make", found)
    if not form.is_valid():
        raise RuleBroken(_("This question could not be read; ask it again."))
    asked = scenarios.ask(request.user, found, **form.cleaned_data)
    job = start(request.user, ASKED, jobs.answer_scenario, scenario=asked.pk)
    PoolScenario.objects.filter(pk=asked.pk).update(job=job)
    return redirect("people:job", pk=job.pk)


@require_GET
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the production boards as they are printed, A3: one for each maker, by date."""
    found = _plan(request, pk)
    read = board(found)
    only = request.GET.get("maker", "")
    rows = [row for row in read.rows if row.runs and (not only or str(row.maker.pk) == only)]
    late = {row["order"]: row["quantity"] for row in found.late}
    boards = [{"row": row, **_weekly(row, read)} for row in rows]
    return render(request, "exchange/pool_sheet.html", {"plan": found, "boards": boards, "late": late, "only": only})


def _weekly(row: Any, read: Board) -> dict[str, Any]:
    """Return a maker's runs by date with their pieces week by week, from its first week to its last."""
    weekly: dict[tuple[int, int], int] = {}
    shares_here = {run.share.pk: run.share for run in row.runs}
    for key in shares_here:
        for day, quantity in read.days[key]:
            week = (day - read.plan.start).days // 7
            weekly[key, week] = weekly.get((key, week), 0) + quantity
    used = sorted({week for _key, week in weekly})
    span = range(used[0], used[-1] + 1) if used else range(0)
    lines = []
    for one in sorted(shares_here.values(), key=lambda one: min(run.first for run in row.runs if run.share == one)):
        runs = [run for run in row.runs if run.share.pk == one.pk]
        lines.append({
            "share": one, "first": min(run.first for run in runs), "last": max(run.last for run in runs),
            "weeks": [weekly.get((one.pk, week)) for week in span],
        })  # fmt: skip
    totals = [sum(weekly.get((key, week), 0) for key in shares_here) for week in span]
    return {"lines": lines, "weeks": [read.weeks[week] for week in span], "totals": totals}


@require_GET
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the board as .xlsx."""
    return xlsx(sheets.board(board(_plan(request, pk))), "工作推进表.xlsx")


@require_GET
def drafts(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the drafts of the agreements as .docx: of all partners, or of one."""
    found = _plan(request, pk)
    only = request.GET.get("partner", "")
    terms = [one for one in settle.terms_of(found) if not only or one.name == only]
    if not terms:
        raise Http404
    content = pool_drafts.document(terms, timezone.localtime(found.campaign.now()).date())
    return docx(content, "合作生产协议（草案）.docx")


@require_POST
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold a matchmaking event: the partners of the plan are invited."""
    found, form = _plan(request, pk), EventForm(request.POST)
    require(request.user, "hold", MatchmakingEvent)
    if not form.is_valid():
        raise RuleBroken(_("Give the event a name and a day."))
    event = settle.hold(request.user, found, **form.cleaned_data)
    messages.success(request, _("The event is written down, and the partners stand on its list of guests."))
    return redirect("exchange:event", pk=event.pk)


@require_POST
def reserve(request: HttpRequest, pk: int) -> HttpResponse:
    """Reserve at the partners' offers what the plan needs of them."""
    found = _plan(request, pk)
    require(request.user, "reserve", Match)
    made = settle.reserve(request.user, found)
    messages.success(request, _("%(count)s offers reserved.") % {"count": len(made)})
    return redirect("exchange:pool_plan", pk=pk)
