"""Rosters: the template, handing a workbook in, its preview, applying it, the rows that come back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.dispatch.domain import rosters
from sijin.dispatch.domain.roster_rows import rows_of
from sijin.dispatch.files.reading import MOST_BYTES, read
from sijin.dispatch.files.writing import filled
from sijin.dispatch.files.writing import template as empty_roster
from sijin.dispatch.forms import RosterForm
from sijin.dispatch.jobs import take_in_roster
from sijin.dispatch.models import Campaign, RosterImport
from sijin.dispatch.views.board import current
from sijin.people import jobs
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken

KIND = gettext_noop("Take in a roster")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = 50


@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """Give the empty workbook."""
    require(request.user, "import", Campaign)
    return HttpResponse(
        empty_roster(), content_type=XLSX, headers={"Content-Disposition": 'attachment; filename="roster.xlsx"'}
    )


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Give the campaign's roster as it stands: handed in again it changes nothing."""
    require(request.user, "import", Campaign)
    campaign = current(request.user)
    if campaign is None:
        raise Http404
    return HttpResponse(
        filled(rows_of(request.user, campaign)), content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{campaign.code}.xlsx"'},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def hand_in(request: HttpRequest) -> HttpResponse:
    """Take a workbook and show what it would do."""
    require(request.user, "import", Campaign)
    campaign = current(request.user) if request.GET.get("new") is None else None
    form = RosterForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            content = file.read(MOST_BYTES + 1)
            kept = rosters.hand_in(request.user, campaign, file.name, content, read(content))
            return redirect("dispatch:roster", pk=kept.pk)
        except RuleBroken as refusal:
            form.add_error("file", refusal.message)
    if request.method == "POST":
        status = 422
    earlier = visible(request.user, RosterImport).select_related("by")[:10]
    context = {"form": form, "campaign": campaign, "earlier": earlier}
    return render(request, "dispatch/roster_new.html", context, status=status)


@require_GET
def roster(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a workbook would do, or did."""
    kept = get_object_or_404(visible(request.user, RosterImport).select_related("by", "campaign"), pk=pk)
    page = Paginator(kept.faults, PAGE).get_page(request.GET.get("page"))
    writes = sum(sheet["new"] + sheet["changed"] for sheet in kept.summary["sheets"])
    return render(request, "dispatch/roster.html", {"kept": kept, "page": page, "writes": writes})


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the good rows, as a job."""
    require(request.user, "import", Campaign)
    kept = get_object_or_404(visible(request.user, RosterImport), pk=pk)
    if kept.state != RosterImport.State.PREVIEWED:
        messages.warning(request, _("This workbook was applied already; hand it in again to import it again."))
        return redirect("dispatch:roster", pk=pk)
    job = jobs.start(request.user, KIND, take_in_roster, import_pk=kept.pk)
    return redirect("people:job", pk=job.pk)


@require_GET
def rejected(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the workbook of the rows that came back."""
    kept = get_object_or_404(visible(request.user, RosterImport).exclude(rejected=""), pk=pk)
    return FileResponse(kept.rejected.open("rb"), as_attachment=True, filename=f"rejected-{pk}.xlsx", content_type=XLSX)
