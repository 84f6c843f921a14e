"""Briefs: the list with the form to issue one, one brief on paper, its figures, the rows behind each."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from sijin.briefing import jobs
from sijin.briefing.domain import briefs
from sijin.briefing.domain.rows import behind, columns, listed
from sijin.briefing.files.document import document
from sijin.briefing.files.workbook import rows_workbook
from sijin.briefing.forms import IssueForm
from sijin.briefing.models import Brief, BriefFigure
from sijin.briefing.views.asked import AsOf
from sijin.briefing.views.rows import PAGE, XLSX, download
from sijin.dispatch.models import Campaign
from sijin.people.jobs import start
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """List the briefs; the office issues one, which goes on as a job."""
    require(request.user, "view", Brief)
    campaign = visible(request.user, Campaign).first()
    if campaign is None:
        return render(request, "briefing/briefs.html", {"page": None})
    form = None
    if may(request.user, "issue", Brief):
        form = IssueForm(request.POST or None, initial={"date": campaign.now().astimezone().date()})
    if request.method == "POST":
        require(request.user, "issue", Brief)
        if form is not None and form.is_valid():
            day, reason = form.cleaned_data["date"], form.cleaned_data["reason"]
            try:
                briefs.check(request.user, campaign, day, reason)
            except RuleBroken as refusal:
                form.add_error(refusal.facts.get("field"), refusal.message)
            else:
                job = start(request.user, "brief", jobs.issue, campaign=campaign.pk, day=day.isoformat(), reason=reason)
                return redirect("people:job", pk=job.pk)
    page = Paginator(briefs.listed(request.user, campaign), 30).get_page(request.GET.get("page"))
    known = briefs.summaries(page)
    rows = [{"brief": brief, "figures": known.get(brief.pk, {})} for brief in page]
    status = 422 if request.method == "POST" else 200
    return render(request, "briefing/briefs.html", {"page": page, "rows": rows, "form": form}, status=status)


def _brief(request: HttpRequest, pk: int) -> Brief:
    return get_object_or_404(visible(request.user, Brief).select_related("campaign", "issued_by"), pk=pk)


def _as_of(brief: Brief) -> AsOf:
    return AsOf(brief.date, brief.campaign.start, brief.date)


@require_GET
def brief(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one brief on paper; every figure opens to its rows."""
    found = _brief(request, pk)
    sections, hidden = briefs.read(request.user, found)
    others = briefs.siblings(found)
    context = {
        "brief": found,
        "as_of": _as_of(found),
        "sections": sections,
        "hidden": hidden,
        "earlier": [other for other in others if other.correction < found.correction],
        "later": [other for other in others if other.correction > found.correction],
    }
    return render(request, "briefing/brief.html", context)


@require_GET
def figures(request: HttpRequest, pk: int) -> HttpResponse:
    """List every figure of a brief with the number of its rows and a way to them."""
    found = _brief(request, pk)
    rows = [{"figure": figure, "rows": len(figure.rows)} for figure in found.figures.all()]
    return render(request, "briefing/figures.html", {"brief": found, "rows": rows, "as_of": _as_of(found)})


@require_GET
def rows(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Show the rows behind one figure of a brief, as they were counted when it was issued."""
    found = _brief(request, pk)
    figure = get_object_or_404(BriefFigure, brief=found, key=key)
    context = {
        "brief": found,
        "xlsx": reverse("briefing:brief_rows_xlsx", args=[pk, key]),
        "figure": figure,
        "parts": list(found.figures.filter(key__in=figure.parts).defer("rows")),
        "as_of": _as_of(found),
        "frozen": True,
    }
    if figure.model:
        kept = behind(request.user, figure.model, figure.rows)
        page = Paginator(kept.keys, PAGE).get_page(request.GET.get("page"))
        context |= {
            "behind": kept,
            "page": page,
            "columns": columns(figure.model),
            "rows": listed(figure.model, list(page)),
        }
    return render(request, "briefing/_rows.html" if request.htmx else "briefing/rows.html", context)


@require_GET
def rows_xlsx(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Give the rows behind one figure of a brief as a workbook."""
    found = _brief(request, pk)
    figure = get_object_or_404(BriefFigure, brief=found, key=key)
    if not figure.model:
        raise Http404
    kept = behind(request.user, figure.model, figure.rows)
    content = rows_workbook(figure.label, figure.shown, figure.unit, found.date, kept)
    return download(content, f"brief-{found.number}-{key}.xlsx", XLSX)


@require_GET
def docx(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a brief as a Word document with the row numbers of every figure in its appendix."""
    found = _brief(request, pk)
    suffix = f"-{found.correction}" if found.correction else ""
    return download(document(request.user, found), f"brief-{found.date.isoformat()}{suffix}.docx", DOCX)
