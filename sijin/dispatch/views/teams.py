"""One team: is it right for its doors? And the directory: who can help with something?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from sijin.dispatch.domain import teams as reads
from sijin.dispatch.domain.skills import known_skills, skill_names, who_can_help
from sijin.dispatch.models import Team
from sijin.dispatch.views.board import current
from sijin.people.models import Official
from sijin.people.policy import may, require, visible

TEAMS, PEOPLE = 15, 40  # shown at once


@require_GET
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a team's members and skills, its sites on a small map, its load, what it found."""
    found = get_object_or_404(visible(request.user, Team).select_related("campaign", "county", "unit"), pk=pk)
    return render(request, "dispatch/team.html", {"page": reads.page_of(request.user, found), "names": skill_names()})


@require_GET
def who(request: HttpRequest) -> HttpResponse:
    """Rank teams and people who can help with a text or a skill."""
    require(request.user, "view", Official)
    campaign = current(request.user)
    q, skill = request.GET.get("q", "").strip()[:200], request.GET.get("skill", "")
    context = {"q": q, "skill": skill, "names": known_skills(), "campaign": campaign}
    if campaign and (q or skill):
        found = who_can_help(request.user, campaign, q, skills=[skill] if skill else None)
        context |= {
            "found": found,
            "teams": found.teams[:TEAMS],
            "people": found.people[:PEOPLE],
            "understood": [context["names"].get(code, code) for code in found.skills],
            "may_change": may(request.user, "change", Team),
        }
    return render(request, "dispatch/who.html", context)
