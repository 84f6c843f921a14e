"""The project register: the list with its tally, its sheet, one entry with milestones, months and dates."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.ledger.models import Need
from sijin.people.digits import number
from sijin.people.policy import may, require, visible
from sijin.people.refusals import Refused, RuleBroken, Stale
from sijin.places.models import Region, Site
from sijin.works.domain import sites
from sijin.works.domain.projects import curves, milestones, progress, reads, register
from sijin.works.files import projects as sheet
from sijin.works.forms import (
    ChainForm,
    ExplainForm,
    MonthForm,
    ProjectForm,
    RegisterFilter,
    StartForm,
    StopForm,
    UndoForm,
)
from sijin.works.models import Milestone, Project, RegisterImport, Worker
from sijin.works.views.sites import campaign_of

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the projects, those that do not run first; above them how many of the key projects do."""
    require(request.user, "view", Project)
    form = RegisterFilter(request.GET)
    wanted, today = form.wanted(), sites.today_of(campaign_of(request.user))
    rows: Any = reads.listed(request.user, wanted)
    if wanted.light:  # lights are not in the database: all rows are lit, then cut into pages
        rows = [project for project, _lights in reads.lit(rows, today, wanted.light)]
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "wanted": wanted,
        "page": page,
        "rows": reads.lit(page.object_list, today),
        "tally": reads.tally(request.user),
        "counties": Region.objects.filter(system=Region.System.NBS, level__in=("county", "area")),
        "reasons": Project.Reason.choices,
        "today": today,
        "reads_in": may(request.user, "make", RegisterImport),
    }
    return render(request, "works/projects.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Give the list out as the office knows it: .xlsx, A4, the filter of the page kept."""
    require(request.user, "view", Project)
    wanted, today = RegisterFilter(request.GET).wanted(), sites.today_of(campaign_of(request.user))
    rows = reads.lit(reads.listed(request.user, wanted), today, wanted.light)
    answer = HttpResponse(sheet.register(rows, today), content_type=XLSX)
    answer["Content-Disposition"] = content_disposition_header(True, f"重点项目台账-{today:%Y%m%d}.xlsx")
    return answer


@require_GET
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one project."""
    return _page(request, project_of(request, pk))


def project_of(request: HttpRequest, pk: int) -> Project:
    rows = visible(request.user, Project).select_related("site__county", "site__project", "unit", "need")
    return get_object_or_404(rows.prefetch_related("milestones", "progress"), pk=pk)


def _page(request: HttpRequest, project: Project, status: int = 200, **forms_: Any) -> HttpResponse:
    today = sites.today_of(campaign_of(request.user))
    days = zip(register.PLANNED, register.ACTUAL, register.names(), strict=True)
    context = {
        "project": project,
        "profile": getattr(project.site, "project", None),
        "lights": progress.lights(project, today),
        "chains": milestones.chains(project),
        "dates": [(name, getattr(project, plan), getattr(project, true), true) for plan, true, name in days],
        "next": register.next_day(project),
        "months": list(project.progress.all()),
        "curve": curves.of(project),
        "grid": curves.grid(),
        "templates": milestones.templates(),
        "changes": [
            (register.word(row.verb), row) for row in project.changes.select_related("by").order_by("-pk")[:20]
        ],
        "undoable": register.last_change(project),
        "today": today,
        "reasons": Project.Reason.choices,
        "may_keep": may(request.user, "keep", project),
        "sees_need": project.need_id and visible(request.user, Need).filter(pk=project.need_id).exists(),
        "sees_site": visible(request.user, Site).filter(pk=project.site_id).exists(),
        "sees_workers": visible(request.user, Worker).filter(site=project.site_id).exists(),
        **{"start_form": None, "explain_form": None, "stop_form": None, "chain_form": None, "month_form": None},
        **forms_,
    }
    return render(request, "works/project.html", context, status=status)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a site's project into the register."""
    require(request.user, "keep", Project)
    site = get_object_or_404(visible(request.user, Site), pk=pk)
    there = visible(request.user, Project).filter(site=site).first()
    if there is not None:
        return redirect("works:project", pk=there.pk)
    form = ProjectForm(request.POST or None, account=request.user, site=site)
    if request.method == "POST" and form.is_valid():
        facts = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        try:
            made = register.enter(request.user, site, campaign_of(request.user), **facts)
        except RuleBroken as refusal:
            into(form, refusal)
        else:
            messages.success(request, _("The project is in the register."))
            return redirect("works:project", pk=made.pk)
    return _form(request, site, form, 422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an entry; who was slower gets the form back with what the other changed."""
    found = project_of(request, pk)
    require(request.user, "keep", found)
    initial = {name: getattr(found, name) for name in ("version", *register.CORRECTABLE)}
    form = ProjectForm(request.POST or None, account=request.user, site=found.site, initial=initial)
    status, diff = 422 if request.method == "POST" else 200, None
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        try:
            register.correct(request.user, found, version=facts.pop("version") or 0, at=now(request), **facts)
        except Stale as stale:
            status, diff = 409, [(form.fields[name].label, *pair) for name, pair in stale.facts["diff"].items()]
            form.data = {**request.POST.dict(), "version": stale.facts["found"]}
        except RuleBroken as refusal:
            into(form, refusal)
        else:
            messages.success(request, _("The entry was changed."))
            return redirect("works:project", pk=pk)
    return _form(request, found.site, form, status, found, diff)


def _form(
    request: HttpRequest, site: Site, form: ProjectForm, status: int, found: Project | None = None, diff: Any = None
) -> HttpResponse:
    context = {"site": site, "form": form, "project": found, "diff": diff}
    return render(request, "works/project_form.html", context, status=status)


@require_POST
def say(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Write down that it was started, stopped, resumed, explained or reached a day; or take the last change back."""
    found = project_of(request, pk)
    require(request.user, "keep", found)
    made: dict[str, tuple[str, type[forms.Form]]] = {
        "start": ("start_form", StartForm), "resume": ("start_form", StartForm), "reach": ("start_form", StartForm),
        "stop": ("stop_form", StopForm), "explain": ("explain_form", ExplainForm), "undo": ("undo_form", UndoForm),
    }  # fmt: skip
    if verb not in made:
        raise RuleBroken(_("This cannot be done with a project."))
    name, of = made[verb]
    form = of(request.POST)

    def done() -> None:
        facts = dict(form.cleaned_data)
        if verb == "stop":
            facts.pop("owner")
        if verb == "reach":
            facts["what"] = request.POST.get("what", "")
        getattr(register, verb)(request.user, found, at=now(request), **facts)

    return _done(request, found, name, form, done)


@require_POST
def chain(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan a chain of milestones, or drop one of which nothing is done."""
    found = project_of(request, pk)
    require(request.user, "keep", found)
    if "drop" in request.POST:
        name = request.POST["drop"]
        version = number(request.POST.get("version", ""))
        return _done(
            request, found, "chain_form", None,
            lambda: milestones.drop_chain(request.user, found, name, version=version, at=now(request)),
        )  # fmt: skip
    form = ChainForm(request.POST)

    def done() -> None:
        facts = form.cleaned_data
        milestones.plan_chain(
            request.user, found, facts["name"], facts["steps"], version=facts["version"], at=now(request)
        )

    return _done(request, found, "chain_form", form, done)


@require_POST
def milestone(request: HttpRequest, pk: int, step: int, verb: str) -> HttpResponse:
    """Tick a milestone, take its tick back, or plan it for another day."""
    found = project_of(request, pk)
    require(request.user, "keep", found)
    row = get_object_or_404(Milestone, pk=step, project=found)
    form = StartForm(
        {**request.POST.dict(), "on": request.POST.get("on") or f"{sites.today_of(campaign_of(request.user))}"}
    )

    def done() -> None:
        facts: dict[str, Any] = {"version": form.cleaned_data["version"], "at": now(request)}
        if verb == "tick":
            milestones.tick(request.user, row, on=form.cleaned_data["on"], **facts)
        elif verb == "move":
            milestones.move(request.user, row, planned_on=form.cleaned_data["on"], **facts)
        elif verb == "untick":
            milestones.untick(request.user, row, **facts)
        else:
            raise RuleBroken(_("This cannot be done with a milestone."))

    return _done(request, found, "milestone_form", form, done)


@require_POST
def month(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down how far the project was to be and was by the end of a month."""
    found = project_of(request, pk)
    require(request.user, "keep", found)
    form = MonthForm(request.POST)

    def done() -> None:
        facts = dict(form.cleaned_data)
        day, version = facts.pop("month"), facts.pop("version")
        progress.record(request.user, found, day, version=version, at=now(request), **facts)

    return _done(request, found, "month_form", form, done)


def _done(
    request: HttpRequest, project: Project, name: str, form: forms.Form | None, done: Callable[[], None]
) -> HttpResponse:
    """Run a verb and go back to the project; what was refused stands on its page, beside what was typed."""
    status = 422
    if form is None or form.is_valid():
        try:
            done()
        except (RuleBroken, Stale) as refusal:
            status = refusal.status
            _refused(request, form, refusal)
        else:
            messages.success(request, _("Written down."))
            return redirect("works:project", pk=project.pk)
    return _page(request, project_of(request, project.pk), status, **{name: form})


def _refused(request: HttpRequest, form: forms.Form | None, refusal: Refused) -> None:
    if form is not None and refusal.facts.get("field") in form.fields:
        form.add_error(refusal.facts["field"], refusal.message)
    else:
        messages.error(request, refusal.message)


def into(form: forms.Form, refusal: Refused) -> None:
    """Say at its field, or above the form, why a verb was refused."""
    field = refusal.facts.get("field")
    form.add_error(field if field in form.fields else None, refusal.message)


def now(request: HttpRequest) -> Any:
    return timezone.localtime(campaign_of(request.user).now())
