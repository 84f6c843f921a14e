"""Pages of the dispatch: teams, and one team."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from sijin.dispatch.models import Team
from sijin.people.policy import require, visible


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """List the teams that the reader sees."""
    require(request.user, "view", Team)
    page = Paginator(visible(request.user, Team), 40).get_page(request.GET.get("page"))
    return render(request, "dispatch/home.html", {"page": page})


@require_GET
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one team: its members and its sites."""
    found = get_object_or_404(visible(request.user, Team), pk=pk)
    context = {
        "team": found,
        "memberships": found.memberships.select_related("official__unit").order_by("-leads", "pk"),
        "postings": found.postings.filter(until=None).select_related("site__town"),
    }
    return render(request, "dispatch/team.html", context)
