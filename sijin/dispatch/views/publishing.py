"""Publishing: what it would tell whom, the job that does it, and the sheet of first passwords that is given once."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.dispatch.domain import publishing
from sijin.dispatch.files.accounts import sheet
from sijin.dispatch.jobs import publish_dispatch
from sijin.dispatch.models import Campaign, Publication, Team
from sijin.dispatch.views.board import AT_WORK, current
from sijin.people import jobs
from sijin.people.models import Job, Official
from sijin.people.policy import may, require, visible

KIND = gettext_noop("Publish the dispatch")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = 40


@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest) -> HttpResponse:
    """Show what publishing would tell whom; by POST start it as a job."""
    require(request.user, "publish", Publication)
    if request.method == "POST":
        campaign = get_object_or_404(visible(request.user, Campaign)[:1])
        job = jobs.start(request.user, KIND, publish_dispatch, campaign_pk=campaign.pk)
        return redirect("people:job", pk=job.pk)
    campaign = request.campaign = current(request.user)
    if campaign is None:
        return redirect("dispatch:home")
    found = publishing.pending(request.user, campaign)
    page = Paginator(sorted(found.news, key=_weight), PAGE).get_page(request.GET.get("page"))
    _name(campaign, page.object_list)
    context = {
        "campaign": campaign,
        "found": found,
        "page": page,
        "job": visible(request.user, Job).filter(kind=KIND, state__in=AT_WORK).first(),
        "others": Official.objects.filter(pk__in=found.others[:20]) if found.others else [],
        "nothing": not (found.news or found.new_accounts or found.roles),
    }
    return render(request, "dispatch/publish.html", context)


def _weight(item: publishing.News) -> tuple[bool, int]:
    """Put those who move before those in whose team something else changes."""
    return item.seat is not None and item.seat == item.was, item.official


def _name(campaign: Campaign, items: list[publishing.News]) -> None:
    teams = {team.pk: team for team in Team.objects.filter(campaign=campaign)}
    people = Official.objects.select_related("unit").in_bulk([item.official for item in items])
    for item in items:
        item.person = people[item.official]
        item.team = teams.get(item.seat[0]) if item.seat else None
        item.old = teams.get(item.was[0]) if item.was else None


@require_GET
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was published and, once, where the first passwords are fetched."""
    rows = visible(request.user, Publication).select_related("campaign", "by", "fetched_by").defer("snapshot")
    found = get_object_or_404(rows, pk=pk)
    request.campaign = found.campaign
    context = {"publication": found, "may_fetch": may(request.user, "fetch", found) and found.made}
    return render(request, "dispatch/publication.html", context)


@never_cache
@require_POST
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the first passwords as a workbook, this once; they are kept nowhere in the clear."""
    found = get_object_or_404(visible(request.user, Publication).select_related("campaign"), pk=pk)
    content = sheet(found.campaign, publishing.fetch(request.user, found))
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = 'attachment; filename="accounts.xlsx"'
    return answer
