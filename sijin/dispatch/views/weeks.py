"""A team's week: the page, the calendar, the team sheet; and the sheets of many teams in one file."""

from urllib.parse import quote

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from sijin.dispatch.domain import sheet as sheets_of
from sijin.dispatch.domain import weeks
from sijin.dispatch.domain.sketch import sketches
from sijin.dispatch.files import calendar, team_sheet
from sijin.dispatch.jobs import SHEETS, write_sheets
from sijin.dispatch.models import Team
from sijin.dispatch.views.board import current
from sijin.people import jobs
from sijin.people.models import Job
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken

KIND = gettext_noop("Write the team sheets")
AT_ONCE = 50  # teams whose sheets are written while the reader waits


def _week(request: HttpRequest, pk: int) -> weeks.TeamWeek:
    team = get_object_or_404(visible(request.user, Team).select_related("campaign", "county"), pk=pk)
    return weeks.week_of(request.user, team, weeks.monday_of(team.campaign, request.GET.get("from", "")))


@require_GET
def week(request: HttpRequest, pk: int) -> HttpResponse:
    """Show which sites on which day, in which order; what does not fit, and why."""
    found = _week(request, pk)
    drawn, scale = sketches(found)
    context = {"week": found, "days": list(zip(found.days, drawn, strict=True)), "scale": scale}
    return render(request, "dispatch/week.html", context)
