"""The visits as a list, as a workbook, and as a team's diary."""

from datetime import date

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from sijin.dispatch.models import Campaign, Team
from sijin.ledger.models import Need
from sijin.people.policy import may, require, visible
from sijin.visits import domain, files
from sijin.visits.forms import ListFilter
from sijin.visits.models import PlannedVisit, Visit

PAGE = 30


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


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Send the same rows as a workbook."""
    require(request.user, "view", Visit)
    campaign = get_object_or_404(visible(request.user, Campaign)[:1])
    rows = domain.listed(request.user, campaign, **ListFilter(request.GET).told())
    day = timezone.localtime(campaign.now()).date()
    content = files.workbook(rows, visible(request.user, Need), campaign)
    answer = HttpResponse(content, content_type=files.XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="visits-{day.isoformat()}.xlsx"'
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
