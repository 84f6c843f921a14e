"""Shows at venues: the month, the list, booking, moving, cancelling; the calendar file."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.dispatch.files.calendar import MEDIA
from sijin.people.digits import is_number
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.works.domain import sites
from sijin.works.domain.village import places, shows
from sijin.works.files import shows as calendars
from sijin.works.forms.village import ReasonForm, ShowForm, VenueForm
from sijin.works.models import Booking, Venue, VillageWork
from sijin.works.views.projects import now
from sijin.works.views.sites import campaign_of
from sijin.works.views.village import into

YEARS = range(2000, 2100)  # of which months are shown


@require_http_methods(["GET", "POST"])
def month(request: HttpRequest) -> HttpResponse:
    """Show a month of shows, and book one more."""
    require(request.user, "view", Booking)
    if request.method == "POST":
        return _book(request)
    return _page(request, ShowForm(account=request.user, initial=_proposed(request)))


def _book(request: HttpRequest) -> HttpResponse:
    require(request.user, "book", Booking)
    form = ShowForm(request.POST, account=request.user)
    if form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("troupe", "note", "work", "client_uuid")}
        begins, ends = form.span()
        venue, title = form.cleaned_data["venue"], form.cleaned_data["title"]
        try:
            show = shows.book(request.user, venue, title, begins, ends, at=now(request), **facts)
        except RuleBroken as refusal:
            into(form, _renamed(refusal))
        else:
            messages.success(request, _("Booked: %(when)s.") % {"when": shows.span(show)})
            return redirect(f"{reverse('works:shows')}?month={timezone.localtime(show.begins_at):%Y-%m}")
    return _page(request, form, 422)


def _renamed(refusal: RuleBroken) -> RuleBroken:
    fields = {"begins_at": "begins", "ends_at": "ends"}
    field = refusal.facts.get("field", "")
    return RuleBroken(refusal.message, field=fields.get(field, field))


def _proposed(request: HttpRequest) -> dict[str, Any]:
    found = request.GET.get("work", "")
    work = visible(request.user, VillageWork).filter(pk=found).first() if is_number(found) else None
    venues = list(visible(request.user, Venue)[:2])
    return {"work": work, "venue": venues[0] if len(venues) == 1 else None}


def _month(request: HttpRequest) -> date:
    typed = request.GET.get("month") or request.POST.get("month") or ""
    try:
        found = date.fromisoformat(f"{typed}-01")
    except ValueError:
        found = date.min
    return found if found.year in YEARS else sites.today_of(campaign_of(request.user)).replace(day=1)


def _page(request: HttpRequest, form: ShowForm, status: int = 200, venue_form: VenueForm | None = None) -> HttpResponse:
    first = _month(request)
    chosen = request.GET.get("venue", "")
    venues = list(visible(request.user, Venue).select_related("region__parent"))
    venue = next((one for one in venues if str(one.pk) == chosen), None)
    weeks = shows.of_month(request.user, first.year, first.month, venue)
    listed = {show.pk: show for week in weeks for day in week if day.inside for show in day.shows}
    context = {
        "first": first,
        "before": _shifted(first, -1),
        "after": _shifted(first, 1),
        "weeks": weeks,
        "shows": list(listed.values()),
        "venues": venues,
        "venue": venue,
        "form": form,
        "venue_form": venue_form or VenueForm(account=request.user),
        "may_book": may(request.user, "book", Booking),
        "may_keep": may(request.user, "keep", Venue),
        "today": sites.today_of(campaign_of(request.user)),
    }
    return render(request, "works/village/shows.html", context, status=status)


def _shifted(first: date, by: int) -> date | None:
    months = first.year * 12 + first.month - 1 + by
    return date(months // 12, months % 12 + 1, 1) if months // 12 in YEARS else None


@require_POST
def venue(request: HttpRequest) -> HttpResponse:
    """Enter a venue."""
    require(request.user, "keep", Venue)
    form = VenueForm(request.POST, account=request.user)
    campaign = campaign_of(request.user)
    if form.is_valid():
        facts = {"seats": form.cleaned_data["seats"], "unit": form.cleaned_data["unit"]}
        facts["team"] = places.own_team(request.user, campaign)
        try:
            shows.open_venue(request.user, campaign, form.cleaned_data["name"], form.region(), **facts)
        except RuleBroken as refusal:
            into(form, refusal)
        else:
            messages.success(request, _("The venue is entered."))
            return redirect("works:shows")
    return _page(request, ShowForm(account=request.user), 422, venue_form=form)


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Give all shows that stand out as .ics."""
    require(request.user, "view", Booking)
    chosen = request.GET.get("venue", "")
    rows = shows.listed(request.user)
    if is_number(chosen):
        rows = rows.filter(venue=chosen)
    content = calendars.calendar(
        rows, campaign_of(request.user).now(),
        lambda show: request.build_absolute_uri(reverse("works:show", args=[show.pk])),
    )  # fmt: skip
    answer = HttpResponse(content, content_type=MEDIA)
    answer["Content-Disposition"] = content_disposition_header(True, "演出日历.ics")
    return answer


def _show(request: HttpRequest, pk: int) -> Booking:
    rows = visible(request.user, Booking).select_related("venue__region__parent", "venue__unit", "work")
    return get_object_or_404(rows, pk=pk)


@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one show."""
    return _one(request, _show(request, pk))


def _one(request: HttpRequest, found: Booking, form: ShowForm | None = None, status: int = 200) -> HttpResponse:
    begin, end = timezone.localtime(found.begins_at), timezone.localtime(found.ends_at)
    initial = {"day": begin.date(), "begins": begin.time(), "ends": end.time(), "version": found.version}
    context = {
        "show": found,
        "span": shows.span(found),
        "form": form or ShowForm(account=request.user, moving=True, initial=initial),
        "may_book": may(request.user, "book", found),
        "sees_work": found.work_id and visible(request.user, VillageWork).filter(pk=found.work_id).exists(),
    }
    return render(request, "works/village/show.html", context, status=status)


@require_POST
def show_say(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Move a show, cancel it, or put it back."""
    found = _show(request, pk)
    require(request.user, "book", found)
    moving = verb == "move"
    form: Any = ShowForm(request.POST, account=request.user, moving=True) if moving else ReasonForm(request.POST)
    status = 422
    if form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            if moving:
                shows.move(request.user, found, *form.span(), version=version)
            elif verb == "cancel":
                shows.cancel(request.user, found, version=version, at=now(request))
            elif verb == "restore":
                shows.restore(request.user, found, version=version)
            else:
                raise RuleBroken(_("This cannot be done with a show."))
        except (RuleBroken, Stale) as refusal:
            status = refusal.status
            if moving and isinstance(refusal, RuleBroken):
                into(form, _renamed(refusal))
            else:
                messages.error(request, refusal.message)
        else:
            messages.success(request, _("Written down."))
            return redirect("works:show", pk=pk)
    return _one(request, _show(request, pk), form if moving and status == 422 else None, status)
