"""The portfolio: the tiles of the key projects, the Gantt of all open approvals, what is chosen in it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.exchange.views.offers import xlsx
from sijin.people.digits import is_number
from sijin.people.jobs import start
from sijin.people.models import Job
from sijin.people.policy import may, require, visible
from sijin.people.refusals import Refused, RuleBroken
from sijin.places.models import Region
from sijin.works import jobs
from sijin.works.domain import sites
from sijin.works.domain.portfolio import board, desks, holding, log, plans, reading, tiles, words
from sijin.works.domain.portfolio.days import Days
from sijin.works.files import portfolio as papers
from sijin.works.forms import LockForm, PortfolioForm, TermsForm, TilesFilter
from sijin.works.models import ApprovalStep, Desk, PortfolioChange, PortfolioPlan, Project, StepLock
from sijin.works.views.portfolio_drawing import ZOOMS, Scale, drawn
from sijin.works.views.projects import now
from sijin.works.views.sites import campaign_of

AT_WORK = (Job.State.WAITING, Job.State.RUNNING)
BY = ("project", "desk")
CHANGES = 12
OPEN = 4  # desks that stand open, where one more clerk brings most
PAPER = 1210  # px of the days on an A3 sheet, beside the names
STATES = {"draft": "soon", "approved": "ok", "replaced": "none", "discarded": "none"}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the key projects as tiles in the order of their lights, those that do not run beside them."""
    require(request.user, "view", Project)
    form = TilesFilter(request.GET)
    wanted, today = form.wanted(), sites.today_of(campaign_of(request.user))
    context = {
        "found": tiles.tiles(request.user, today, **wanted),
        "wanted": wanted,
        "narrow": any(wanted.values()),
        "counties": Region.objects.filter(system=Region.System.NBS, level__in=("county", "area")),
        "today": today,
    }
    return render(request, "works/portfolio.html", context)


@require_GET
def current(request: HttpRequest) -> HttpResponse:
    """Show the plan that counts: the newest draft, else the approved one; without any, what is needed for one."""
    require(request.user, "view", PortfolioPlan)
    found = board.current(request.user, campaign_of(request.user))
    if found is not None:
        return _page(request, found)
    context = {
        "missing": desks.missing(),
        "kept": Desk.objects.all(),
        "open": len(reading.open_steps()),
        "may_make": may(request.user, "make", PortfolioPlan),
        "may_keep": may(request.user, "keep", Desk),
        "job": _job(request),
        "form": PortfolioForm(initial={"seconds": round(plans.SECONDS)}),
    }
    return render(request, "works/portfolio_start.html", context)


@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one plan."""
    return _page(request, plan_of(request, pk))


def plan_of(request: HttpRequest, pk: int) -> PortfolioPlan:
    rows = visible(request.user, PortfolioPlan).select_related("campaign", "made_by", "approved_by", "base")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, found: PortfolioPlan, status: int = 200, **forms_: Any) -> HttpResponse:
    read, today = board.board(request.user, found), sites.today_of(found.campaign)
    scale = Scale.of(found, request.GET.get("zoom", ""))
    by = request.GET.get("by") if request.GET.get("by") in BY else "project"
    live = found.state in ("draft", "approved")
    may_make = may(request.user, "make", PortfolioPlan)
    context = {
        "plan": found, "light": STATES[found.state], "board": read, "by": by, "zooms": ZOOMS, "scale": scale,
        "drawing": drawn(read, scale, read.tight, today), "today": today,
        "opened": _desks(read, scale, read.desks[:OPEN]) if by == "desk" else [],
        "folded": [(n, desk) for n, desk in enumerate(read.desks) if n >= OPEN and desk.files],
        "chain": [(row, words.reason(row)) for row in read.chain],
        "difference": words.difference(found, read.rows),
        "weeks": board.weeks(found, 1 + max((len(desk.load) for desk in read.desks), default=0)),
        "left_out": _left_out(request, found), "notes": [words.note(row) for row in found.notes],
        "stale": live and plans.is_stale(found), "missing": desks.missing(),
        "others": visible(request.user, PortfolioPlan).filter(campaign=found.campaign).exclude(pk=found.pk)
        .exclude(state="discarded").select_related("made_by")[:6],
        "changes": [(log.word(row.verb), row) for row in _changes()],
        "may_make": may_make and live, "may_keep": may(request.user, "keep", Desk),
        "may_approve": found.state == "draft" and may(request.user, "approve", found),
        "job": _job(request) if may_make else None,
        "form": PortfolioForm(initial={"seconds": round(found.time_limit), "price": f"{found.price or plans.PRICE:g}",
                                       "base": found.pk}),
        **_chosen(request, found, read), **forms_,
    }  # fmt: skip
    return render(request, "works/portfolio_plan.html", context, status=status)


def _job(request: HttpRequest) -> Job | None:
    return visible(request.user, Job).filter(kind=jobs.PLANNING, state__in=AT_WORK).first()


def _changes() -> Any:
    return PortfolioChange.objects.select_related("by").order_by("-pk")[:CHANGES]


def _desks(read: board.Board, scale: Scale, rows: Any = None) -> list[Any]:
    """Return desks as they are drawn: all that have files, or `rows`."""
    weeks = board.weeks(read.plan, 2 + max((len(desk.load) for desk in read.desks), default=0))
    days = Days.since(read.plan.start)
    return [scale.lanes(desk, weeks, days) for desk in (read.desks if rows is None else rows) if desk.files]


def _left_out(request: HttpRequest, found: PortfolioPlan) -> list[tuple[ApprovalStep, str]]:
    rows = ApprovalStep.objects.filter(project__in=visible(request.user, Project)).select_related("project__site")
    there = rows.in_bulk([row["step"] for row in found.left_out])
    return [(there[row["step"]], words.left_out(row["why"], row["name"])) for row in found.left_out
            if row["step"] in there]  # fmt: skip


def _chosen(request: HttpRequest, found: PortfolioPlan, read: board.Board) -> dict[str, Any]:
    """Return what the panel says of the step or the project that the address names."""
    step, project = request.GET.get("step", ""), request.GET.get("project", "")
    row = next((row for row in read.rows if str(row.step_id) == step), None)
    of = next((one for one in read.projects if str(one.project.pk) == (str(row.step.project_id) if row else project)),
              None)  # fmt: skip
    return _panel(request, found, of, row) if of else {}


def _panel(request: HttpRequest, found: PortfolioPlan, of: board.ProjectRow, row: Any) -> dict[str, Any]:
    held = StepLock.objects.filter(step=row.step_id).first() if row else None
    terms = {"weight": of.project.weight, "permit_by": of.project.permit_by, "version": of.project.version}
    return {
        "story": words.story(of.steps), "chosen": row, "why": words.reason(row) if row else "", "held": held,
        "lock_form": LockForm(initial={"on": held.on if held else row.start}) if row else None,
        "terms_form": TermsForm(initial=terms), "weight": reading.weight_of(of.project),
        "may_make": may(request.user, "make", PortfolioPlan) and found.state in ("draft", "approved"),
    }  # fmt: skip


@require_GET
def panel(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    """Show what the panel says of a step: the fragment alone."""
    found = plan_of(request, pk)
    here = get_object_or_404(ApprovalStep, pk=step, project__in=visible(request.user, Project), planned__plan=found)
    rows = board.rows_of(request.user, found)
    own = tuple(row for row in rows if row.step.project_id == here.project_id)
    of = board.ProjectRow(own[0].step.project, own)
    row = next(row for row in own if row.step_id == step)
    context = {"plan": found, **_panel(request, found, of, row)}
    return render(request, "works/_portfolio_panel.html", context)


@require_GET
def county(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Show the rows of one county's projects: the fragment alone."""
    found = plan_of(request, pk)
    read, scale = board.board(request.user, found), Scale.of(found, request.GET.get("zoom", ""))
    here = next((one for one in read.counties if one.region.code == code), None)
    if here is None:
        raise Http404
    drawing = drawn(read, scale, here.rows, sites.today_of(found.campaign))
    return render(request, "works/_portfolio_rows.html", {"plan": found, "drawing": drawing})


@require_GET
def desk(request: HttpRequest, pk: int, n: int) -> HttpResponse:
    """Show the files of one desk, the `n`-th of the ranking: the fragment alone."""
    found = plan_of(request, pk)
    read, scale = board.board(request.user, found), Scale.of(found, request.GET.get("zoom", ""))
    if n >= len(read.desks):
        raise Http404
    context = {"plan": found, "drawing": drawn(read, scale, (), sites.today_of(found.campaign)),
               "opened": _desks(read, scale, [read.desks[n]])}  # fmt: skip
    return render(request, "works/_portfolio_desks.html", context)


@require_POST
def solve(request: HttpRequest) -> HttpResponse:
    """Start the solver as a job, from a plan or afresh."""
    require(request.user, "make", PortfolioPlan)
    campaign, form = campaign_of(request.user), PortfolioForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Seconds: a whole number from 1 to 300. What a move costs: a number from 0 to 1000."))
        return redirect("works:portfolio_now")
    facts = form.cleaned_data
    base = plan_of(request, facts["base"]) if facts["base"] else None
    price = plans.PRICE if facts["price"] is None else facts["price"]
    job = start(
        request.user, jobs.PLANNING, jobs.plan_portfolio, campaign=campaign.pk, seconds=float(facts["seconds"]),
        seed=campaign.portfolio_plans.count() + 1, price=price, base=base.pk if base else None,
    )  # fmt: skip
    return redirect("people:job", pk=job.pk)


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft the plan that holds."""
    version = request.POST.get("version", "")
    plans.approve(request.user, plan_of(request, pk), version=int(version) if is_number(version) else None)
    messages.success(request, _("The plan is approved."))
    return redirect("works:portfolio_plan", pk=pk)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft away."""
    plans.discard(request.user, plan_of(request, pk))
    messages.success(request, _("The draft was put away; nothing else changed."))
    return redirect("works:portfolio_now")


@require_POST
def hold(request: HttpRequest, pk: int, step: int, verb: str) -> HttpResponse:
    """Lock a step of a plan on a day, or let it go."""
    found = plan_of(request, pk)
    require(request.user, "make", PortfolioPlan)
    here = get_object_or_404(ApprovalStep.objects.filter(planned__plan=found), pk=step)
    if verb not in ("lock", "unlock"):
        raise RuleBroken(_("This cannot be done with a step."))
    form = LockForm(request.POST)
    try:
        if verb == "unlock":
            holding.unlock(request.user, here, at=now(request))
            messages.success(request, _("Let go. Solve again to see what moves."))
        elif form.is_valid():
            holding.lock(request.user, here, on=form.cleaned_data["on"], at=now(request))
            messages.success(request, _("Locked. Solve again to see what moves."))
        else:
            messages.error(request, _("Name the day."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(f"{reverse('works:portfolio_plan', args=[pk])}?step={step}#why")


@require_POST
def terms(request: HttpRequest, pk: int, project: int) -> HttpResponse:
    """Set the weight of a project and the day for its approvals."""
    found = plan_of(request, pk)
    require(request.user, "make", PortfolioPlan)
    row, form = get_object_or_404(visible(request.user, Project), pk=project), TermsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Weight: a whole number from 0 to 100. Day: for example 2020-06-30."))
    else:
        holding.set_terms(request.user, row, at=now(request), **form.cleaned_data)
        messages.success(request, _("Written down. Solve again to see what moves."))
    return redirect(f"{reverse('works:portfolio_plan', args=[found.pk])}?project={project}#why")


@require_GET
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the Gantt as it is printed: A3, landscape, all counties or one, by project or by desk."""
    found = plan_of(request, pk)
    read, today = board.board(request.user, found), sites.today_of(found.campaign)
    scale, by = Scale.fitting(found, PAPER), request.GET.get("by", "")
    only = request.GET.get("county", "")
    counties = [(one, drawn(read, scale, one.rows, today)) for one in read.counties
                if not only or one.region.code == only]  # fmt: skip
    context = {
        "plan": found, "board": read, "by": by if by in BY else "project", "counties": counties, "only": only,
        "drawing": drawn(read, scale, (), today), "opened": _desks(read, scale) if by == "desk" else [],
        "chain": [(row, words.reason(row)) for row in read.chain], "today": today,
    }  # fmt: skip
    return render(request, "works/portfolio_sheet.html", context)


@require_GET
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a plan out as .xlsx: projects, steps, desks, the critical chain."""
    found = plan_of(request, pk)
    read = board.board(request.user, found)
    return xlsx(papers.plan(read, words.difference(found, read.rows)), f"项目审批统筹计划-{found.start:%Y%m%d}.xlsx")
