"""Village works: the list by playbook and stage, one work with the form of a stage, its files, its measure sheet."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.dispatch.models import Team
from sijin.exchange.domain.words import day as day_word
from sijin.ledger.domain.files import ACCEPT
from sijin.ledger.models import Need
from sijin.ledger.views.evidence import FRESH, SAFE
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.places.domain import path_of
from sijin.places.models import Site
from sijin.works.domain import sites
from sijin.works.domain.village import answers, links, papers, places, reads, sheet, works
from sijin.works.domain.village.playbooks import Stage, book, stage_of
from sijin.works.files import village as files
from sijin.works.forms.village import DayForm, FileForm, ReasonForm, StageForm, VillageFilter, WorkForm
from sijin.works.models import Booking, Lead, VillageWork, WorkChange, WorkStage
from sijin.works.views.plans import DOCX
from sijin.works.views.projects import XLSX, now
from sijin.works.views.sites import campaign_of

PAGE = 40
LOG = 30  # changes that a work's page shows


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the village works, those that are late first; above them how many stand in which stage."""
    require(request.user, "view", VillageWork)
    form, today = VillageFilter(request.GET), sites.today_of(campaign_of(request.user))
    wanted = form.wanted()
    page = Paginator(reads.listed(request.user, wanted, today), PAGE).get_page(request.GET.get("page"))
    teams = Team.objects.filter(pk__in=visible(request.user, VillageWork).values("team"))
    context = {
        "wanted": wanted,
        "page": page,
        "rows": [reads.standing(work, today) for work in page.object_list],
        "tally": [entry for entry in reads.tally(request.user) if entry[1]],
        "book": book(wanted.playbook),
        "teams": teams,
        "states": [(state, reads.state_word(state)) for state in reads.STATES],
        "may_keep": may(request.user, "keep", VillageWork),
        "sees_shows": may(request.user, "view", Booking),
        "sees_leads": may(request.user, "view", Lead),
        "today": today,
    }
    return render(request, "works/village/list.html", context)


def work_of(request: HttpRequest, pk: int) -> VillageWork:
    """Return a work that the reader may see; 404 for another."""
    rows = visible(request.user, VillageWork).select_related("site__county", "site__town", "region__parent__parent")
    return get_object_or_404(rows.select_related("team", "unit", "need").prefetch_related("stages"), pk=pk)


@require_GET
def work(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one work with its present stage, or the one that the address names."""
    return _page(request, work_of(request, pk), request.GET.get("stage", ""))


def _page(request: HttpRequest, found: VillageWork, code: str = "", status: int = 200, **forms_: Any) -> HttpResponse:
    today = sites.today_of(campaign_of(request.user))
    stands, told = reads.standing(found, today), book(found.playbook)
    row = next((stage for stage in stands.stages if stage.code == code), stands.now or stands.stages[-1])
    stage = stage_of(found.playbook, row.code, row.name)
    form = forms_.pop("form", None)
    if form is None:
        form = StageForm(stage=stage, given=row.answers, initial={"version": row.version, "on": today})
    context = {
        "work": found,
        "path": path_of(found.region),
        "stands": stands,
        "state_word": reads.state_word(stands.state),
        "book": told,
        "row": row,
        "stage": stage,
        "form": form,
        "gone": told is None or told.stage(row.code) is None,
        "answers": [(field, answers.told(field, row.answers)) for field in stage.fields],
        "sums": reads.sums(found, stage),
        "linked": links.rows(request.user, stage.evidence, found) if stage.evidence else [],
        "linked_name": links.name(stage.evidence) if stage.evidence else "",
        "link_new": links.where(stage.evidence, found) if stage.evidence else "",
        "papers": papers.papers(found),
        "accept": ACCEPT,
        "changes": _changes(found),
        "undoable": works.last_change(found),
        "today": today,
        "may_keep": may(request.user, "keep", found),
        "sees_need": found.need_id and visible(request.user, Need).filter(pk=found.need_id).exists(),
        "sees_site": found.site_id and visible(request.user, Site).filter(pk=found.site_id).exists(),
        **{"file_form": None, "shelve_form": None, **forms_},
    }
    return render(request, "works/village/work.html", context, status=status)


def _changes(found: VillageWork) -> list[tuple[str, str, Any]]:
    rows = found.changes.select_related("by", "stage").order_by("-pk")[:LOG]
    return [(works.word(row.verb), _told(row), row) for row in rows]


def _told(row: WorkChange) -> str:
    change = row.change
    if row.verb == "file":
        name, number, _digest = change["file"][1]
        return _("%(name)s, version %(number)s") % {"name": name, "number": number}
    planned = change["days"][1].get(row.stage.code) if "days" in change and row.stage else None
    if day := planned or change.get("done_on", [None, None])[1]:
        return day_word(date.fromisoformat(day))
    return str(change.get("because", ["", ""])[1] or "")


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Begin a work, at a site or at a place that is none."""
    require(request.user, "keep", VillageWork)
    site = get_object_or_404(visible(request.user, Site), pk=pk) if pk else None
    campaign = campaign_of(request.user)
    proposed = {"begun_on": sites.today_of(campaign), "team": places.own_team(request.user, campaign)}
    if site is not None:
        posted = site.postings.filter(until=None).select_related("team").first()
        proposed |= {"team": posted.team if posted else None, "need": request.GET.get("need")}
    proposed["playbook"] = request.GET.get("playbook", "")
    form = WorkForm(request.POST or None, account=request.user, site=site, initial=proposed)
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        playbook, title = facts.pop("playbook"), facts.pop("title")
        try:
            region = None if site else form.region()
            made = works.begin(request.user, campaign, playbook, title, site=site, region=region, **facts)
        except RuleBroken as refusal:
            into(form, refusal)
        else:
            messages.success(request, _("The work has begun; its stages are planned by their usual length."))
            return redirect("works:village_work", pk=made.pk)
    return _form(request, form, 422 if form.errors else 200, site=site)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an entry; who was slower gets the form back with what the other changed."""
    found = work_of(request, pk)
    require(request.user, "keep", found)
    initial = {name: getattr(found, name) for name in ("version", *works.CORRECTABLE)}
    form = WorkForm(request.POST or None, account=request.user, site=found.site, made=found, initial=initial)
    status, diff = corrected(request, form, partial(works.correct, request.user, found))
    if status == 302:
        return redirect("works:village_work", pk=pk)
    return _form(request, form, status, work=found, diff=diff)


def corrected(request: HttpRequest, form: forms.Form, correct: Callable[..., Any]) -> tuple[int, list[Any] | None]:
    """Correct a row as the form says; return 302 when it is done, else the status and what someone else changed."""
    if request.method == "GET":
        return 200, None
    if form.is_valid():
        facts = dict(form.cleaned_data)
        try:
            correct(version=facts.pop("version") or 0, at=now(request), **facts)
        except Stale as stale:
            return 409, labelled(form, stale)
        except RuleBroken as refusal:
            into(form, refusal)
        else:
            messages.success(request, _("The entry was changed."))
            return 302, None
    return 422, None


def _form(request: HttpRequest, form: forms.Form, status: int, **context: Any) -> HttpResponse:
    return render(request, "works/village/form.html", {"form": form, **context}, status=status)


@require_POST
def answer(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Keep what a stage's form was answered, and tick the stage when that is asked; what fits is kept either way."""
    found = work_of(request, pk)
    require(request.user, "keep", found)
    row, stage = _stage(found, code)
    form = StageForm(request.POST, stage=stage, given=row.answers)
    if not form.is_valid():
        return _page(request, found, code, 422, form=form)
    facts = {"version": form.cleaned_data["version"], "at": now(request)}
    try:
        if stage.fields:
            row = works.answer(request.user, row, form.given(), **facts)
            facts["version"] = row.version
        if "tick" in request.POST:
            day = form.cleaned_data["on"] or sites.today_of(campaign_of(request.user))
            works.tick(request.user, row, on=day, **facts)
    except Stale as stale:
        return _page(request, found, code, 409, form=form, diff=_differing(form, stage, stale))
    except RuleBroken as refusal:
        if not form.refuse(refusal):
            messages.error(request, refusal.message)
        form.data = {**form.data.dict(), "version": row.version}
        return _page(request, work_of(request, pk), code, 422, form=form)
    messages.success(request, _("Written down."))
    return redirect("works:village_work", pk=pk) if "tick" in request.POST else _back(found, code)


def _differing(form: StageForm, stage: Stage, stale: Stale) -> list[tuple[str, Any, Any]]:
    """Return (field, yours, theirs) of a stale answer, and let the form carry the version that was found."""
    form.data = {**form.data.dict(), "version": stale.facts["found"]}
    diff = stale.facts["diff"]
    return [(str(field), *diff[field.name]) for field in stage.fields if field.name in diff]


def _back(found: VillageWork, code: str) -> HttpResponse:
    return redirect(f"{_address(found)}?stage={code}")


def _address(found: VillageWork) -> str:
    return redirect("works:village_work", pk=found.pk).url


def _stage(found: VillageWork, code: str) -> tuple[WorkStage, Stage]:
    row = get_object_or_404(WorkStage, work=found, code=code)
    return row, stage_of(found.playbook, code, row.name)


@require_POST
def stage_say(request: HttpRequest, pk: int, code: str, verb: str) -> HttpResponse:
    """Take a stage's tick back, or plan it for another day."""
    found = work_of(request, pk)
    require(request.user, "keep", found)
    row, form = get_object_or_404(WorkStage, work=found, code=code), DayForm(request.POST)

    def done() -> None:
        facts: dict[str, Any] = {"version": form.cleaned_data["version"], "at": now(request)}
        if verb == "untick":
            works.untick(request.user, row, **facts)
        elif verb == "plan":
            works.plan(request.user, row, form.cleaned_data["on"], **facts)
        else:
            raise RuleBroken(_("This cannot be done with a stage."))

    return _done(request, found, form, done, code)


@require_POST
def say(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Shelve a work, take it up again, or take its last change back."""
    found = work_of(request, pk)
    require(request.user, "keep", found)
    form = ReasonForm(request.POST)

    def done() -> None:
        facts: dict[str, Any] = {"version": form.cleaned_data["version"], "at": now(request)}
        if verb == "shelve":
            works.shelve(request.user, found, because=form.cleaned_data["because"], **facts)
        elif verb in ("resume", "undo"):
            getattr(works, verb)(request.user, found, **facts)
        else:
            raise RuleBroken(_("This cannot be done with a village work."))

    return _done(request, found, form, done)


@require_POST
def add_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a file as the next version of its name."""
    found = work_of(request, pk)
    require(request.user, "keep", found)
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        upload, facts = form.cleaned_data["file"], form.cleaned_data
        try:
            row = papers.add(request.user, found, facts["kind"], upload.name or "", upload.read(), at=now(request),
                             note=facts["note"])  # fmt: skip
        except RuleBroken as refusal:
            into(form, refusal)
        else:
            messages.success(request, _("%(name)s, version %(number)s") % {"name": row.name, "number": row.number})
            return redirect("works:village_work", pk=pk)
    return _page(request, found, request.POST.get("stage", ""), 422, file_form=form)


@require_GET
def file(request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
    """Answer one version of a file of a work that the reader may see; nothing in it runs."""
    found = get_object_or_404(visible(request.user, VillageWork), pk=pk)
    row = get_object_or_404(found.files, pk=file_pk)
    suffix = row.file.name.rpartition(".")[2]
    name = f"{row.name.rpartition('.')[0] or row.name}-v{row.number}.{suffix}"
    try:
        response = FileResponse(row.file.open("rb"), content_type=row.media_type, filename=name,
                                as_attachment=row.media_type != "image/jpeg")  # fmt: skip
    except OSError:
        return HttpResponse(status=410)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SAFE
    response["Cache-Control"] = FRESH
    return response


@require_GET
def measures(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the measure sheet as it is printed on A4."""
    found = work_of(request, pk)
    context = {"work": found, "sheet": sheet.of(found), "today": sites.today_of(campaign_of(request.user))}
    return render(request, "works/village/sheet.html", {**context, "book": book(found.playbook)})


@require_GET
def measures_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Give the measure sheet out as .docx or .xlsx."""
    found = work_of(request, pk)
    made, today = sheet.of(found), sites.today_of(campaign_of(request.user))
    content = files.document(made) if kind == "docx" else files.workbook(made, today)
    answer_ = HttpResponse(content, content_type=DOCX if kind == "docx" else XLSX)
    answer_["Content-Disposition"] = content_disposition_header(True, f"{found.title}-测算表.{kind}")
    return answer_


def _done(
    request: HttpRequest, found: VillageWork, form: forms.Form, done: Callable[[], None], code: str = ""
) -> HttpResponse:
    """Run a verb and go back to the work; what was refused stands above its page."""
    status = 422
    if form.is_valid():
        try:
            done()
        except (RuleBroken, Stale) as refusal:
            status = refusal.status
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("Written down."))
            return redirect("works:village_work", pk=found.pk)
    else:
        messages.error(request, "；".join(words for faults in form.errors.values() for words in faults))
    return _page(request, work_of(request, found.pk), code, status)


def into(form: forms.Form, refusal: RuleBroken) -> None:
    """Put what was refused beside its field, or above the form."""
    field = refusal.facts.get("field")
    form.add_error(field if field in form.fields else None, refusal.message)


def labelled(form: forms.Form, stale: Stale) -> list[tuple[str, Any, Any]]:
    """Return (field, yours, theirs) of a stale change, and let the form carry the version that was found."""
    form.data = {**form.data.dict(), "version": stale.facts["found"]}
    return [(form.fields[name].label, *pair) for name, pair in stale.facts.get("diff", {}).items()]
