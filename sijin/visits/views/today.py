"""Where do I go next? The round of the day, and the calendar in which no two teams meet unawares."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.dispatch.models import Campaign, Team
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken
from sijin.places.models import Site
from sijin.visits import domain
from sijin.visits.domain.rounds import in_words, span
from sijin.visits.forms import PlanForm
from sijin.visits.models import PlannedVisit, Visit
from sijin.visits.views.listing import listing

LAST = 5  # visits shown under the round
WEEK = 7  # days


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show a team its round of the day; everybody else the list of visits."""
    require(request.user, "view", Visit)
    campaign = visible(request.user, Campaign).first()
    if campaign is None or not may(request.user, "record", Visit):
        return listing(request)
    context = {
        "round": domain.today(request.user, campaign),
        "last": domain.listed(request.user, campaign)[:LAST],
        "team": visible(request.user, Team).filter(campaign=campaign).first(),
        "words": queue_words(),
    }
    return render(request, "visits/today.html", context)


def queue_words() -> dict[str, str]:
    """Return the words of the queue of unsent visits, for the page's script."""
    return {
        "unsent": _("not sent yet"),
        "draft": _("begun, not sent"),
        "open": _("Open it"),
        "send": _("Send again"),
        "sending": _("Sending…"),
        "discard": _("Discard"),
        "sure": _("Discard what was typed here?"),
        "failed": _("No connection. Everything is kept on this phone; send again when there is signal."),
        "signed_out": _("You were signed out. Sign in, then send again: nothing is lost."),
        "errors": _("Something has to be put right first. Open it."),
        "photos": _("photos"),
        "unnamed": _("Visit"),
        "km": _("km"),
        "from_here": _("Distances from where you are"),
        "no_position": _("Your position could not be found; distances are from the last site."),
    }


@require_POST
def plan(request: HttpRequest) -> HttpResponse:
    """Plan a visit; whoever else is there on that day is named at once."""
    form = PlanForm(request.POST)
    if not form.is_valid():
        raise RuleBroken(_("Choose a team, a site and a day."))
    site = get_object_or_404(visible(request.user, Site), pk=form.cleaned_data["site"])
    team = get_object_or_404(visible(request.user, Team).select_related("campaign"), pk=form.cleaned_data["team"])
    try:
        planned, others = domain.plan(request.user, team, site, form.cleaned_data["day"])
    except RuleBroken as refusal:
        messages.error(request, refusal.message)
        return redirect(_back(request))
    if others:
        words = _("Planned, but take care: %(others)s. Talk to each other, one visit is enough for a site.")
        messages.warning(request, words % {"others": in_words(others)})
    else:
        words = _("Planned: %(site)s on %(day)s.")
        messages.success(request, words % {"site": site, "day": planned.day.isoformat()})
    return redirect(_back(request))


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a planned visit off the calendar."""
    planned = get_object_or_404(visible(request.user, PlannedVisit).select_related("site"), pk=pk)
    domain.cancel(request.user, planned)
    messages.success(request, _("No longer planned: %(site)s.") % {"site": planned.site})
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    return reverse("visits:calendar" if request.POST.get("back") == "calendar" else "visits:home")


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Show a week: what was visited, what is planned, and where two teams meet."""
    require(request.user, "view", PlannedVisit)
    campaign = visible(request.user, Campaign).first()
    if campaign is None:
        return render(request, "visits/calendar.html", {"days": []})
    today = timezone.localtime(campaign.now()).date()
    try:
        first = date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        first = today - timedelta(days=today.weekday())
    if not campaign.start.year - 1 <= first.year <= today.year + 1:  # also keeps off the ends of Python's calendar
        first = today - timedelta(days=today.weekday())
    last = first + timedelta(days=WEEK - 1)
    since, until = span(first, last)
    visits = visible(request.user, Visit).filter(campaign=campaign, at__gte=since, at__lt=until)
    made: dict[date, int] = {}
    for at in visits.values_list("at", flat=True):
        day = timezone.localtime(at).date()
        made[day] = made.get(day, 0) + 1
    plans: dict[date, list[PlannedVisit]] = {}
    rows = visible(request.user, PlannedVisit).filter(team__campaign=campaign, day__range=(first, last))
    for planned in rows.select_related("team", "site"):
        plans.setdefault(planned.day, []).append(planned)
    meeting = domain.clashes(request.user, campaign, first, last)
    days = []
    for n in range(WEEK):
        day = first + timedelta(days=n)
        days.append(
            {
                "day": day,
                "made": made.get(day, 0),
                "plans": plans.get(day, []),
                "clashes": [clash for clash in meeting if clash["day"] == day],
            }
        )
    context = {
        "days": days,
        "today": today,
        "before": (first - timedelta(days=WEEK)).isoformat(),
        "after": (first + timedelta(days=WEEK)).isoformat(),
        "may_plan": may(request.user, "plan", PlannedVisit),
    }
    return render(request, "visits/calendar.html", context)
