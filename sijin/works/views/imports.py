"""Sheets of desks and of projects read in: the form, the template, what came of it, the rows that come back."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from sijin.exchange.files import MAX_BYTES
from sijin.exchange.forms import SheetForm
from sijin.exchange.views.offers import xlsx
from sijin.people.jobs import start
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken
from sijin.works import jobs
from sijin.works.domain import imports
from sijin.works.files import sheets
from sijin.works.models import Desk, RegisterImport
from sijin.works.views.sites import campaign_of

AT_ONCE = 300  # rows: what is read in within about two seconds; more goes to a job
READING = gettext_noop("Read in a sheet")


@require_http_methods(["GET", "POST"])
def read_in(request: HttpRequest, of: str) -> HttpResponse:
    """Take in a sheet: a short one at once, a long one by a job."""
    require(request.user, "make", RegisterImport)
    if of not in sheets.COLUMNS:
        raise Http404
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["sheet"]
        content = upload.read(MAX_BYTES + 1)
        try:
            rows = sheets.read(content, of)
        except RuleBroken as refusal:
            form.add_error("sheet", refusal.message)
        else:
            sheet = imports.begin(request.user, campaign_of(request.user), of, upload.name or "", content, rows)
            if len(rows) > AT_ONCE:
                return redirect("people:job", pk=start(request.user, READING, jobs.take_register, sheet=sheet.pk).pk)
            imports.take(sheet)
            return redirect("works:register_import", pk=sheet.pk)
    context = {
        "form": form, "of": of, "columns": [heading for _name, heading, *_rest in sheets.COLUMNS[of]],
        "recent": visible(request.user, RegisterImport).filter(of=of).defer("rows", "changes")[:5],
    }  # fmt: skip
    return render(request, "works/register_import_new.html", context, status=422 if form.errors else 200)


@require_GET
def template(request: HttpRequest, of: str) -> HttpResponse:
    """Give an empty sheet."""
    require(request.user, "make", RegisterImport)
    if of not in sheets.COLUMNS:
        raise Http404
    return xlsx(sheets.template(of), f"{sheets.NAMES[of]}导入模板.xlsx")


@require_GET
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what came of a sheet: how many rows were kept, which cells changed, which rows come back."""
    found = get_object_or_404(visible(request.user, RegisterImport), pk=pk)
    return render(request, "works/register_import.html", {"sheet": found, "headings": sheets.COLUMNS[found.of]})


@require_GET
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Give back the rows that were not taken, with what is wrong."""
    found = get_object_or_404(visible(request.user, RegisterImport), pk=pk)
    return xlsx(sheets.returned(found), f"{sheets.NAMES[found.of]}退回行.xlsx")


@require_GET
def desks(request: HttpRequest) -> HttpResponse:
    """Give the desks out as a sheet that can be read in again."""
    require(request.user, "view", Desk)
    return xlsx(sheets.export_desks(visible(request.user, Desk).select_related("unit")), "部门与队伍.xlsx")
