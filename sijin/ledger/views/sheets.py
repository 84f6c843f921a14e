"""Spreadsheets of the ledger: export, the file made for an account, bringing a workbook back; the print sheet."""

import tempfile
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from sijin.ledger import jobs
from sijin.ledger.bulk_forms import UploadForm
from sijin.ledger.domain import edits, sheets, uploads
from sijin.ledger.files import exports, reading, template
from sijin.ledger.models import LedgerFile, Need, SheetImport
from sijin.ledger.views.table import AT_HAND, campaign_of, read_filter
from sijin.people.jobs import start
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken

SHOWN = 300  # changed cells on the page
PRINTED = 2000  # rows of one print sheet


def as_download(path: Path, name: str) -> HttpResponse:
    """Answer a small written file under a name."""
    answer = HttpResponse(
        path.read_bytes(), content_type=exports.TYPES.get(path.suffix[1:], "application/octet-stream")
    )
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """Give the rows of the present filter as a file: at once, or by a job when they are many."""
    require(request.user, "view", Need)
    campaign = campaign_of(request.user)
    if campaign is None or kind not in exports.TYPES:
        raise RuleBroken(_("Only xlsx and csv are made."))
    chosen, _faults = read_filter(request.user, request.GET)
    if request.method == "POST":
        job = start(request.user, gettext_noop("Export of the ledger"), jobs.export, form=kind, query=chosen.query())
        return redirect("people:job", pk=job.pk)
    count = chosen.rows(request.user, campaign).count()
    if count > AT_HAND:
        context = {"count": count, "kind": kind, "query": chosen.query()}
        return render(request, "ledger/export.html", context)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"ledger.{kind}"
        exports.write_to(path, request.user, campaign, chosen)
        return as_download(path, f"{exports.title(campaign, chosen)}.{kind}")


@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a file that was made for this account."""
    made = get_object_or_404(visible(request.user, LedgerFile), pk=pk)
    return render(request, "ledger/file.html", {"made": made, "kept": exports.KEPT.days})


@require_GET
def fetch(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """Give the bytes of a file that was made for this account."""
    made = get_object_or_404(visible(request.user, LedgerFile), pk=pk)
    return FileResponse(made.file.open("rb"), as_attachment=True, filename=made.name, content_type=made.media_type)


@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Take a workbook and read it; nothing is changed before it is confirmed."""
    require(request.user, "view", Need)
    campaign = campaign_of(request.user)
    if campaign is None:
        return redirect("ledger:home")
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            upload = reading.take(request.user, campaign, sent.name or "", sent.read(reading.BYTES + 1))
        except RuleBroken as refusal:
            form.add_error("file", refusal.message)
        else:
            return redirect("ledger:import", pk=upload.pk)
    context = {
        "form": form,
        "past": visible(request.user, SheetImport).order_by("-made_at")[:10],
        "may_raise": may(request.user, "raise", Need),
    }
    return render(request, "ledger/bring.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def imported(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a workbook would change, cell by cell; take it in; show what came of it."""
    rows = visible(request.user, SheetImport).select_related("account", "campaign", "job")
    upload = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        upload = uploads.confirm(upload, request.user)
        if len(upload.rows) - len(upload.results) > uploads.AT_ONCE:
            upload.job = start(
                request.user, gettext_noop("Taking in a spreadsheet"), jobs.take_in_sheet, import_pk=upload.pk
            )
            upload.save(update_fields=["job"])
            return redirect("people:job", pk=upload.job.pk)
        jobs.RUNS[upload.kind](upload)
        return redirect("ledger:import", pk=pk)
    if upload.kind == SheetImport.Kind.NEEDS:
        return render(request, "ledger/imported_needs.html", _about_needs(upload))
    return render(request, "ledger/imported_edits.html", _about_edits(upload))


def _about_edits(upload: SheetImport) -> dict[str, object]:
    if upload.state == "waiting":
        changes = [change for plan in edits.plans(upload) for change in plan.changes]
        changes.sort(key=lambda change: change.outcome != "will")
    else:
        changes = list(edits.results(upload))
    counts = {name: sum(c.outcome == name for c in changes) for name in edits.OUTCOMES}
    rows = len({c.row for c in changes if c.outcome in ("will", "done")})
    mend = len(upload.faults) + sum(counts[name] for name in ("stale", "refused", "ignored"))
    return {
        "upload": upload,
        "changes": changes[:SHOWN],
        "hidden": max(len(changes) - SHOWN, 0),
        "counts": counts,
        "rows": rows,
        "mend": mend if upload.state == "done" or upload.faults else 0,
        "faults": upload.faults[:SHOWN],
    }


def _about_needs(upload: SheetImport) -> dict[str, object]:
    results = {result["row"]: result for result in upload.results}
    rows = [{**row, **results.get(row["row"], {})} for row in upload.rows]
    counts = {name: sum(r["outcome"] == name for r in upload.results) for name in ("done", "same", "refused")}
    return {
        "upload": upload,
        "rows": sorted(rows, key=lambda row: row.get("outcome") != "refused")[:SHOWN],
        "hidden": max(len(rows) - SHOWN, 0),
        "counts": counts,
        "faulty": len({fault["row"] for fault in upload.faults}),
        "faults": upload.faults[:SHOWN],
        "mend": len(upload.faults) + counts["refused"],
    }


@require_GET
def to_mend(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the rows that were not taken, with the reasons, as a workbook to mend."""
    upload = get_object_or_404(visible(request.user, SheetImport).select_related("account", "campaign"), pk=pk)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        template.to_mend(path, upload)
        return as_download(path, f"{_('Rows to mend')} {Path(upload.name).stem}.xlsx")


@require_GET
def empty_template(request: HttpRequest) -> HttpResponse:
    """Give the empty template for new needs."""
    require(request.user, "raise", Need)
    campaign = campaign_of(request.user)
    if campaign is None:
        return redirect("ledger:home")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        template.empty(path, campaign)
        return as_download(path, f"{campaign.name} {_('New needs')}.xlsx")


@require_GET
def printed(request: HttpRequest) -> HttpResponse:
    """Show the present filter as an A4 landscape sheet."""
    require(request.user, "view", Need)
    campaign = campaign_of(request.user)
    if campaign is None:
        return redirect("ledger:home")
    chosen, _faults = read_filter(request.user, request.GET)
    rows = chosen.rows(request.user, campaign)
    total = rows.count()
    today = timezone.localtime(campaign.now()).date()
    context = {
        "title": exports.title(campaign, chosen),
        "campaign": campaign,
        "unit": request.user.unit or request.user,
        "at": timezone.localtime(campaign.now()),
        "rows": [sheets.cells(need, today) for need in sheets.rows_for(rows)[:PRINTED]],
        "total": total,
        "printed": PRINTED,
        "query": chosen.query(),
    }
    return render(request, "ledger/print.html", context)
