"""A project's approvals: what it is stuck at, three timelines side by side, promised papers, the steps."""

import hashlib
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.engines.approvals import Timelines
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.works.domain import sites
from sijin.works.domain.approvals import picture, reading, verbs, ways
from sijin.works.domain.portfolio import board, words
from sijin.works.domain.projects.register import word
from sijin.works.files import approvals as papers
from sijin.works.forms import ActForm, PlanForm, WayForm
from sijin.works.models import ApprovalStep, PaperPromise, Project
from sijin.works.views.plans import DOCX
from sijin.works.views.projects import now, project_of
from sijin.works.views.sites import campaign_of


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a project's approvals."""
    return _page(request, project_of(request, pk))


def _page(request: HttpRequest, project: Project, status: int = 200, **more: Any) -> HttpResponse:
    today = sites.today_of(campaign_of(request.user))
    way = reading.of(project, today)
    found = way.found
    context = {
        "project": project,
        "way": way,
        "found": found,
        **(_lines(request, way, found, today) if found else {}),
        "stuck": _stuck(way),
        "fewer": found.frontier[-2] if found and len(found.frontier) > 1 else None,
        "undated": [way.step(code) for code in found.undated] if found else [],
        "stages": _stages(way),
        "ways": ways.catalogue()["ways"],
        "today": today,
        "planned": _planned(request, project),
        "changes": [
            (word(row.verb), next(iter(row.change), ""), row)
            for row in project.changes.filter(verb__in=APPROVAL_VERBS).select_related("by").order_by("-pk")[:20]
        ],
        "may_keep": may(request.user, "keep", project),
        **{"way_form": None, "plan_form": None},
        **more,
    }  # fmt: skip
    return render(request, "works/approvals.html", context, status=status)


def _lines(request: HttpRequest, way: reading.Way, found: Timelines, today: date) -> dict[str, Any]:
    """Draw the timelines, the last under the promises that were switched on (at first: the best set)."""
    best = {(one.before, one.after) for one in found.deferrals}
    chosen = best
    if "chosen" in request.GET:
        pairs = [told.partition("/") for told in request.GET.getlist("take")]
        chosen = {(before, after) for before, _slash, after in pairs}
    now = reading.switched(way, today, chosen)
    lines = {
        _("One after another"): found.series,
        _("In parallel"): found.parallel,
        _("With promises and simulation"): now.timeline,
    }
    return {
        "picture": picture.draw(way, lines),
        "reached": now.timeline,
        "best": {(one.before, one.after) for one in now.switches if one.on} == best,
        "switches": [
            (way.step(one.after), way.step(one.before) if one.before else None, one, now.timeline.span(one.after).due)
            for one in now.switches
        ],
    }


APPROVAL_VERBS = (
    "way", "plan_file", "begin", "promise", "simulate", "certify", "deliver", "withdraw", "block", "reopen", "gate",
    "step", "unstep",
)  # fmt: skip


def _planned(request: HttpRequest, project: Project) -> tuple[Any, words.Story] | None:
    """Return what the approved plan of the portfolio says of the project, to who sees the plan."""
    found = board.of_project(request.user, project)
    return (found[0], words.story(found[1])) if found else None


def _stuck(way: reading.Way) -> dict[str, Any] | None:
    """Return what a project is stuck at as rows, for the sentence."""
    if way.found is None or way.found.blocking is None:
        return None
    stuck = way.found.blocking
    return {
        "at": way.step(stuck.at),
        "because": way.step(stuck.because),
        "told": stuck,
        "frees": [way.step(code) for code in stuck.frees],
        "more": len(stuck.downstream) - len(stuck.frees),
    }


def _stages(way: reading.Way) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the steps by stage, each with what it waits for and the promises made for it."""
    found: dict[int, list[dict[str, Any]]] = {}
    for step in way.steps:
        waits = way.waits(step)
        row = {
            "step": step,
            "missing": [(before, arc) for before, arc in waits if before.done_on is None],
            "soft": [before for before, arc in waits if before.done_on is None and arc.wait == "deferrable"],
            "simulable": any(arc.wait == "simulable" for _before, arc in waits),
            "promises": [one for one in way.promises if one.item_id == step.pk],
        }
        found.setdefault(step.stage, []).append(row)
    return [(ways.stage_name(stage), rows) for stage, rows in sorted(found.items())]


@require_POST
def lay_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a project the steps of a way."""
    project = project_of(request, pk)
    require(request.user, "keep", project)
    form, status = WayForm(request.POST), 422
    if form.is_valid():
        try:
            ways.lay_out(request.user, project, **form.cleaned_data, at=now(request))
        except (RuleBroken, Stale) as refusal:
            status = refusal.status
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("Its approvals are laid out."))
            return redirect("works:approvals", pk=pk)
    return _page(request, project_of(request, pk), status, way_form=form)


@require_POST
def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the digest of the plan that was handed in."""
    project = project_of(request, pk)
    require(request.user, "keep", project)
    form, status = PlanForm(request.POST, request.FILES), 422
    if form.is_valid():
        plan = form.cleaned_data["plan"]
        digest = hashlib.sha256()
        for chunk in plan.chunks():
            digest.update(chunk)
        try:
            verbs.hand_in_plan(
                request.user, project, digest.hexdigest(), plan.name or "", version=form.cleaned_data["version"],
                at=now(request),
            )  # fmt: skip
        except (RuleBroken, Stale) as refusal:
            status = refusal.status
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("The plan is kept by its digest."))
            return redirect("works:approvals", pk=pk)
    return _page(request, project_of(request, pk), status, plan_form=form)


@require_POST
def act(request: HttpRequest, pk: int, step: int, verb: str) -> HttpResponse:
    """Take one step of an approval further, or take it back."""
    project = project_of(request, pk)
    require(request.user, "keep", project)
    row = get_object_or_404(ApprovalStep, pk=step, project=project)
    if verb not in verbs.VERBS:
        raise RuleBroken(_("This cannot be done with an approval."))
    form, status = ActForm(request.POST, step=row), 422
    if form.is_valid():
        try:
            verbs.VERBS[verb](request.user, row, **_facts(verb, form), at=now(request))
        except (RuleBroken, Stale) as refusal:
            status = refusal.status
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Written down."))
            return redirect("works:approvals", pk=pk)
    return _page(request, project_of(request, pk), status, act_form=form, acted=row)


def _facts(verb: str, form: ActForm) -> dict[str, Any]:
    """Return what a verb takes of what was typed; RuleBroken where it needs a day and has none."""
    typed = form.cleaned_data
    facts: dict[str, Any] = {"version": typed["version"]}
    if verb not in ("block", "reopen"):
        facts["on"] = typed["on"]
        if typed["on"] is None and verb != "set_day":
            raise RuleBroken(_("Name the day."), field="on")
    if verb == "certify":
        facts["number"] = typed["number"]
    if verb == "block":
        facts["reason"] = typed["reason"]
    if verb == "promise":
        facts["papers"] = typed["papers"]
    return facts


@require_GET
def notice(request: HttpRequest, pk: int, promise: int) -> HttpResponse:
    """Give out the notice of an acceptance against promises (容缺受理通知书), .docx, in two copies."""
    project = project_of(request, pk)
    row = get_object_or_404(PaperPromise.objects.select_related("item"), pk=promise, item__project=project)
    promises = list(row.item.promises.filter(made_on=row.made_on).select_related("paper"))
    answer = HttpResponse(papers.notice(project, row.item, promises), content_type=DOCX)
    answer["Content-Disposition"] = content_disposition_header(True, f"容缺受理通知书-{row.item.name}.docx")
    return answer


@require_GET
def debts(request: HttpRequest) -> HttpResponse:
    """List the promised papers that are overdue or fall due soon, over all projects."""
    require(request.user, "view", Project)
    today = sites.today_of(campaign_of(request.user))
    context = {
        "overdue": reading.overdue(request.user, today),
        "soon": reading.due_soon(request.user, today),
        "today": today,
        "keeps": visible(request.user, Project).exists() and may(request.user, "keep", Project),
    }
    return render(request, "works/debts.html", context)
