"""The visits as a list, as a workbook, and as a team's diary."""

from datetime import date

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from sijin.dispatch.models import Campaign, Team
from sijin.ledger.models import Need
from sijin.people.jobs import start
from sijin.people.policy import may, require, visible
from sijin.visits import domain, files, jobs
from sijin.visits.forms import ListFilter
from sijin.visits.models import PlannedVisit, Visit

PAGE = 30
AT_HAND = 2000  # rows that are written while the reader waits, in well under a second


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Show the visits that the reader sees, newest first, narrowed by the filters."""
    require(request.user, "view", Visit)
    campaign = visible(request.user, Campaign).first()
    chosen = ListFilter(request.GET)
    rows = domain.listed(request.user, campaign, **chosen.told()) if campaign else Visit.objects.none()
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "filter": chosen,
        "query": query.urlencode(),
        "calendar": may(request.user, "view", PlannedVisit),
    }
    return render(request, "visits/list.html", context)


@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Give the same rows as a workbook: at once, or by a job when they are many."""
    require(request.user, "view", Visit)
    campaign = get_object_or_404(visible(request.user, Campaign)[:1])
    query = request.GET.urlencode()
    if request.method == "POST":
        return redirect("people:job", pk=start(request.user, "visits_export", jobs.export, query=query).pk)
    rows = domain.listed(request.user, campaign, **ListFilter(request.GET).told())
    if (count := rows.count()) > AT_HAND:
        return render(request, "visits/export.html", {"count": count, "query": query})
    content = files.workbook(rows, visible(request.user, Need), campaign)
    answer = HttpResponse(content, content_type=files.XLSX)
    answer.headers["Content-Disposition"] = content_disposition_header(True, files.name(campaign)) or "attachment"
    return answer


@require_GET
def diary(request: HttpRequest, pk: int, day: str = "") -> HttpResponse:
    """Show a team's day as a page of its diary; without a day, its last one."""
    require(request.user, "view", Visit)
    team = get_object_or_404(visible(request.user, Team).select_related("campaign"), pk=pk)
    if not day:
        last = visible(request.user, Visit).filter(team=team).order_by("-at").values_list("at", flat=True).first()
        shown = timezone.localtime(last or team.campaign.now()).date()
        return redirect("visits:diary", pk=pk, day=shown.isoformat())
    try:
        chosen = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    number = (chosen - team.campaign.start).days + 1
    context = {"team": team, "day": chosen, "number": number, **domain.diary(request.user, team, chosen)}
    return render(request, "visits/diary.html", context)
