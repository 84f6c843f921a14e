"""A team's week: the page, the calendar, the team sheet; and the sheets of many teams in one file."""

from datetime import date

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from sijin.dispatch.domain import team_sheets, weeks
from sijin.dispatch.domain.sketch import sketches
from sijin.dispatch.files import calendar, team_sheet
from sijin.dispatch.jobs import write_sheets
from sijin.dispatch.models import Campaign, Team
from sijin.dispatch.views.board import current
from sijin.people import jobs
from sijin.people.models import Job
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken

KIND = gettext_noop("Write the team sheets")
AT_ONCE = 25  # teams whose sheets are written while the reader waits, which takes a second


def _team(request: HttpRequest, pk: int) -> Team:
    rows = visible(request.user, Team).select_related("campaign", "county", "unit")
    return get_object_or_404(rows, pk=pk)


def _monday(request: HttpRequest, campaign: Campaign) -> date:
    return weeks.monday_of(campaign, request.GET.get("from", ""))


@require_GET
def week(request: HttpRequest, pk: int) -> HttpResponse:
    """Show which sites on which day, in which order; what does not fit, and why."""
    team = _team(request, pk)
    found = weeks.week_of(request.user, team, _monday(request, team.campaign))
    drawn, scale = sketches(found)
    present = weeks.monday_of(team.campaign)
    context = {
        "week": found,
        "days": list(zip(found.days, drawn, strict=True)),
        "scale": scale,
        "present": present,
        "earlier": weeks.monday_of(team.campaign, found.before.isoformat()) == found.before,
        "later": weeks.monday_of(team.campaign, found.after.isoformat()) == found.after,
    }
    return render(request, "dispatch/week.html", context)


@require_GET
def ics(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the week as a calendar."""
    team = _team(request, pk)
    monday = _monday(request, team.campaign)
    found = weeks.week_of(request.user, team, monday)
    address = request.build_absolute_uri(f"{reverse('dispatch:week', args=[pk])}?from={monday}")
    return _attached(calendar.calendar(found, address), calendar.MEDIA, f"{team.number}-{monday}.ics")


@require_GET
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a team's sheet."""
    team = _team(request, pk)
    monday = _monday(request, team.campaign)
    made = team_sheets.sheets_of(request.user, Team.objects.filter(pk=team.pk), monday)
    return _attached(team_sheet.document(made), team_sheet.MEDIA, team_sheet.name_of(team.number, monday))


@require_GET
def sheets(request: HttpRequest) -> HttpResponse:
    """Offer the sheets of all teams, county by county."""
    require(request.user, "view", Team)
    campaign = current(request.user)
    context = {"campaign": campaign, "at_once": AT_ONCE}
    if campaign is not None:
        rows = team_sheets.by_county(request.user, campaign)
        context |= {"rows": rows, "total": sum(row.teams for row in rows), "monday": _monday(request, campaign)}
    return render(request, "dispatch/sheets.html", context)


@require_http_methods(["GET", "POST"])
def sheets_file(request: HttpRequest) -> HttpResponse:
    """Return the sheets of a county's teams, or of all, in one file; many are written by a job, which POST starts."""
    require(request.user, "view", Team)
    campaign = current(request.user)
    if campaign is None:
        raise RuleBroken(_("There is no campaign yet."))
    county, monday = request.GET.get("county", ""), _monday(request, campaign)
    teams = team_sheets.teams_of(request.user, campaign, county)
    count = teams.count()
    if not count:
        raise RuleBroken(_("There is no team here whose sheet could be written."))
    if count <= AT_ONCE:
        made = team_sheets.sheets_of(request.user, teams, monday)
        return _attached(team_sheet.document(made), team_sheet.MEDIA, team_sheet.name_of(campaign.name, monday))
    if request.method == "GET":
        return redirect(f"{reverse('dispatch:sheets')}?from={monday}")
    facts = {"campaign_pk": campaign.pk, "county": county, "monday": monday.isoformat()}
    return redirect("people:job", pk=jobs.start(request.user, KIND, write_sheets, **facts).pk)


@require_GET
def sheets_made(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """Return the file that a job of the reader wrote."""
    job = get_object_or_404(visible(request.user, Job), pk=pk)
    kept = job.result.get("team_sheets", "")
    if not kept or not may(request.user, "view", Team) or not default_storage.exists(kept):
        raise Http404
    name = team_sheet.name_of(_("Teams"), timezone.localtime(job.created).date())
    return FileResponse(default_storage.open(kept), as_attachment=True, filename=name, content_type=team_sheet.MEDIA)


def _attached(content: bytes, media: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(content, content_type=media, headers=headers)
