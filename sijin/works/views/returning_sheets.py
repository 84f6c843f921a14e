"""Sheets of workers: the template, reading in, rows that come back, the roster and the call list."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from sijin.exchange.files import MAX_BYTES
from sijin.exchange.forms import SheetForm
from sijin.exchange.views.offers import xlsx
from sijin.exchange.views.sheets import AT_ONCE
from sijin.people.jobs import start
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken
from sijin.works import jobs
from sijin.works.domain import sites
from sijin.works.domain.returning import calls, reads, sheets
from sijin.works.files import returning as files
from sijin.works.forms import ReturningFilter
from sijin.works.models import Worker, WorkerImport
from sijin.works.views.sites import campaign_of

SHOWN = 100  # rows that come back, on the page; all of them are in the sheet


@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """Give the empty sheet."""
    require(request.user, "keep", Worker)
    return xlsx(files.template(sheets.codes(request.user)), "返岗人员导入模板.xlsx")


@require_http_methods(["GET", "POST"])
def read_in(request: HttpRequest) -> HttpResponse:
    """Take in a sheet of workers: a short one at once, a long one by a job."""
    require(request.user, "keep", Worker)
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["sheet"]
        try:
            content = upload.read(MAX_BYTES + 1)
            rows = files.read(content)
        except RuleBroken as refusal:
            form.add_error("sheet", refusal.message)
        else:
            sheet = sheets.begin(request.user, campaign_of(request.user), upload.name or "", content, rows)
            if len(rows) > AT_ONCE:
                job = start(request.user, jobs.READING, jobs.take_workers, sheet=sheet.pk)
                return redirect("people:job", pk=job.pk)
            sheets.take(sheet)
            return redirect("works:returning_import", pk=sheet.pk)
    recent = visible(request.user, WorkerImport)[:5]
    headings = [heading for _name, heading, *_rest in sheets.COLUMNS]
    context = {"form": form, "recent": recent, "headings": headings}
    return render(request, "works/returning_import_new.html", context, status=422 if form.errors else 200)


@require_GET
def taken(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what became of a sheet."""
    sheet = get_object_or_404(visible(request.user, WorkerImport), pk=pk)
    context = {"sheet": sheet, "shown": sheet.bad[:SHOWN], "rows": "works:returning_import_rows"}
    return render(request, "works/returning_import.html", context)


@require_GET
def returned(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the rows that come back as a sheet."""
    sheet = get_object_or_404(visible(request.user, WorkerImport), pk=pk)
    return xlsx(files.returned(sheet), "退回的返岗人员.xlsx")


@require_GET
def export(request: HttpRequest, of: str) -> HttpResponse:
    """Give the call list, or the roster to be changed and read in again; the filter of the page kept."""
    require(request.user, "view", Worker)
    account, wanted = request.user, ReturningFilter(request.GET).wanted()
    today = sites.today_of(campaign_of(account))
    if of == "calls":
        found = calls.told(account, calls.listed(account, wanted, today))
        reads.named(account, [call.worker for call in found])
        return xlsx(files.call_list(found), f"返岗联系清单-{today:%Y%m%d}.xlsx")
    if of == "roster":
        rows = reads.named(account, list(reads.listed(account, wanted)))
        return xlsx(files.roster(rows), f"返岗人员花名册-{today:%Y%m%d}.xlsx")
    raise Http404
