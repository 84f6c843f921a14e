"""Pages of the visits: where to go next, and the form for a phone."""

import uuid

from django.core.paginator import Paginator
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from sijin.dispatch.models import Posting
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken
from sijin.visits import domain
from sijin.visits.models import Visit

FINDINGS = 3


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the team's sites, the longest unvisited first, and the visits so far."""
    require(request.user, "view", Visit)
    sites = []
    if may(request.user, "record", Visit):
        sites = (
            visible(request.user, Posting)
            .filter(until=None)
            .select_related("site__town", "team")
            .annotate(last=Max("site__visits__at"))
            .order_by("last", "site__code")
        )
    page = Paginator(visible(request.user, Visit).select_related("site", "team"), 30).get_page(request.GET.get("page"))
    return render(request, "visits/home.html", {"postings": sites, "page": page})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Record one visit; the form carries its UUID, so a second sending changes nothing."""
    require(request.user, "record", Visit)
    postings = visible(request.user, Posting).filter(until=None).select_related("site", "team__campaign")
    if request.method == "GET":
        context = {
            "postings": postings,
            "client_uuid": uuid.uuid4(),
            "site": request.GET.get("site", ""),
            "numbers": range(FINDINGS),
        }
        return render(request, "visits/new.html", context)
    try:
        client_uuid, site = uuid.UUID(request.POST.get("client_uuid", "")), int(request.POST.get("site", ""))
    except ValueError as error:
        raise RuleBroken("client_uuid, site") from error
    posting = get_object_or_404(postings, site_id=site)
    titles, texts = request.POST.getlist("title"), request.POST.getlist("text")
    findings = [
        {"title": title[:120], "text": text} for title, text in zip(titles, texts, strict=False) if title.strip()
    ]
    domain.record(
        request.user,
        posting.team,
        posting.site,
        client_uuid=client_uuid,
        met=request.POST.get("met", "")[:120],
        said=request.POST.get("said", ""),
        took_nothing=request.POST.get("took_nothing") == "on",
        findings=findings,
    )
    return redirect("visits:home")
