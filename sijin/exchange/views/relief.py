"""What a firm is owed: the firms, one firm's sheet, its figures, what it claimed, a list of firms read in."""

import io
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.dispatch.models import Campaign
from sijin.exchange import jobs
from sijin.exchange.domain.relief import book, imports, sheets
from sijin.exchange.domain.relief import figures as kept
from sijin.exchange.files import firms as lists
from sijin.exchange.files import relief as files
from sijin.exchange.files import relief_sheet
from sijin.exchange.forms import DayForm, FiguresForm, FirmsForm
from sijin.exchange.models import Offer, ReliefFigures, ReliefImport
from sijin.exchange.views.board import campaign_of
from sijin.exchange.views.offers import docx, xlsx
from sijin.people.jobs import start
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.places.models import Site

PAGE = 40
FOUND = 12  # firms without figures that a search names
AT_ONCE = 50  # rows: what is read in within about a second; more goes to a job
MAX_ROWS = 20_000
MAX_BYTES = 20 * 1024 * 1024


def _today(campaign: Campaign) -> date:
    return timezone.localtime(campaign.now()).date()


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """List the firms whose figures are known, by what they may have; find others by name."""
    require(request.user, "view", ReliefFigures)
    campaign, q = campaign_of(request.user), request.GET.get("q", "").strip()[:80]
    firms = kept.firms(request.user).order_by("code")
    if q:
        firms = firms.filter(name__icontains=q) | firms.filter(code__iexact=q)
    known = sheets.overview(firms.exclude(relief_figures=None), _today(campaign))
    page = Paginator(known, PAGE).get_page(request.GET.get("page"))
    may_keep = may(request.user, "keep", ReliefFigures)
    context = {
        "page": page,
        "q": q,
        "total": sum(row["yuan"] for row in known),
        "soon": sum(row["soon"] for row in known),
        "firms": len(known),
        "silent": firms.filter(relief_figures=None)[:FOUND] if may_keep and (q or not known) else [],
        "today": _today(campaign),
        "may_keep": may_keep,
        "may_read_in": may(request.user, "make", ReliefImport),
        **_nav(request),
    }
    return render(request, "exchange/relief_home.html", context)


def _nav(request: HttpRequest) -> dict[str, Any]:
    return {"sees_exchange": may(request.user, "view", Offer)}


def _firm(request: HttpRequest, pk: int) -> Site:
    require(request.user, "view", ReliefFigures)
    return get_object_or_404(kept.firms(request.user), pk=pk)


def _sheet(request: HttpRequest, pk: int) -> sheets.Sheet:
    """Work out the sheet as of the day that is asked for, or of the campaign's present day."""
    site, form = _firm(request, pk), DayForm(request.GET)
    asked = form.cleaned_data["on"] if form.is_valid() else None
    return sheets.sheet(site, asked or _today(campaign_of(request.user)))


@require_GET
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what one firm is owed."""
    found, today = _sheet(request, pk), _today(campaign_of(request.user))
    context = {
        "sheet": found,
        "site": found.site,
        "figures": getattr(found.site, "relief_figures", None),
        "today": today,
        "may_keep": kept.may_keep(request.user, found.site),
        "may_mark": found.on == today and kept.may_mark(request.user, found.site),
        "sees_site": visible(request.user, Site).filter(pk=pk).exists(),
        **_nav(request),
    }
    return render(request, "exchange/relief_sheet.html", context)


@require_http_methods(["GET", "POST"])
def figures(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a firm's figures; who was slower gets the form back with what the other wrote."""
    require(request.user, "keep", ReliefFigures)
    site = get_object_or_404(kept.firms(request.user), pk=pk)
    if not kept.may_keep(request.user, site):
        raise Http404
    found, known = getattr(site, "relief_figures", None), sheets.row_of(site)
    if request.method == "GET":
        initial = {**(found.values if found else {}), "version": found.version if found else 0}
        return _form(request, site, FiguresForm(initial=initial, site=site, known=known))
    form, status, diff = FiguresForm(request.POST, site=site, known=known), 422, []
    if form.is_valid():
        facts = form.cleaned_data
        try:
            kept.keep(request.user, site, campaign_of(request.user), form.values(facts), version=facts["version"] or 0)
        except Stale as stale:
            status = 409
            diff = [(book.field_name(name), *pair) for name, pair in stale.facts["diff"].items()]
            form.data = {**request.POST.dict(), "version": stale.facts["found"]}
        else:
            messages.success(request, _("The figures were kept."))
            return redirect("exchange:relief_sheet", pk=pk)
    return _form(request, site, form, status, diff)


def _form(
    request: HttpRequest, site: Site, form: FiguresForm, status: int = 200, diff: list[Any] | None = None
) -> HttpResponse:
    context = {"site": site, "form": form, "sections": form.laid_out(), "diff": diff, "stale": status == 409}
    return render(request, "exchange/relief_form.html", context, status=status)


@require_POST
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a rule as claimed, or take the mark back."""
    site, campaign = _firm(request, pk), campaign_of(request.user)
    rule = request.POST.get("rule", "")
    if request.POST.get("undo"):
        kept.unmark(request.user, site, rule)
        messages.success(request, _("It counts as not claimed again."))
    else:
        kept.mark(request.user, site, campaign, rule, _today(campaign))
        messages.success(request, _("Marked as claimed."))
    return redirect("exchange:relief_sheet", pk=pk)


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """Show every rule with its document, source and what is not confirmed."""
    require(request.user, "view", ReliefFigures)
    shown = [
        {"rule": rule, "name": book.rule_name(rule), "summary": book.summary(rule), "assumed": book.assumed(rule)}
        for rule in book.book().rules
    ]
    return render(request, "exchange/relief_rules.html", {"rules": shown, **_nav(request)})


@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the sheet as .docx."""
    found = _sheet(request, pk)
    return docx(relief_sheet.document(found), f"{found.site.name}减免政策清单.docx")


@require_GET
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the sheet as .xlsx."""
    found = _sheet(request, pk)
    return xlsx(relief_sheet.workbook(found), f"{found.site.name}减免政策清单.xlsx")


@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """Give the empty list of firms."""
    require(request.user, "make", ReliefImport)
    made = io.BytesIO()
    files.write_template(made)
    return xlsx(made.getvalue(), "企业减免数据模板.xlsx")


@require_http_methods(["GET", "POST"])
def read_in(request: HttpRequest) -> HttpResponse:
    """Take in a list of firms' figures: a short one at once, a long one by a job."""
    require(request.user, "make", ReliefImport)
    form = FirmsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["sheet"]
        try:
            if upload.size > MAX_BYTES:
                raise RuleBroken(_("The list is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024 // 1024})
            found = lists.read(upload.read(), upload.name or "")
            if len(found.table) > MAX_ROWS:
                raise RuleBroken(_("The list has more than %(limit)s rows.") % {"limit": MAX_ROWS})
        except RuleBroken as refusal:
            form.add_error("sheet", refusal.message)
        else:
            table = found.table
            given = imports.begin(
                request.user, campaign_of(request.user), upload.name or "", table.columns, table.rows(), found.first_row
            )
            if len(table) > AT_ONCE:
                job = start(request.user, "firms", jobs.take_firms, given=given.pk)
                return redirect("people:job", pk=job.pk)
            imports.take(given)
            return redirect("exchange:relief_import", pk=given.pk)
    recent = visible(request.user, ReliefImport).defer("rows", "columns")[:5]
    context = {"form": form, "recent": recent, **_nav(request)}
    return render(request, "exchange/relief_import_new.html", context, status=422 if form.errors else 200)


@require_GET
def read_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what became of a list."""
    given = get_object_or_404(visible(request.user, ReliefImport).defer("rows"), pk=pk)
    shown = [{"row": bad["row"] + given.first_row, "faults": bad["faults"]} for bad in given.bad[:100]]
    context = {"sheet": given, "shown": shown, "rows": "exchange:relief_import_rows"}
    return render(request, "exchange/relief_import.html", context)


@require_GET
def returned(request: HttpRequest, pk: int) -> HttpResponse:
    """Give back the rows that were not taken."""
    given = get_object_or_404(visible(request.user, ReliefImport), pk=pk)
    return xlsx(relief_sheet.returned(given), "退回的企业.xlsx")
