"""Return-to-work shuttles: the list of plans with the demand, a new plan, one plan with its map, buses and changes."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.people.digits import is_number
from sijin.people.jobs import start
from sijin.people.models import Job
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.works import jobs
from sijin.works.domain import sites
from sijin.works.domain.returning.reads import named
from sijin.works.domain.shuttles import demand, reads, replanning, verbs, words
from sijin.works.domain.shuttles.terms import cautions, read_terms, table, terms_of
from sijin.works.forms.shuttles import ActForm, ChangeForm, DriversForm, ShuttleForm, typed
from sijin.works.models import Bus, PickUp, Shuttle, ShuttleChange, ShuttleSeat, TravelTable, Worker
from sijin.works.views.projects import now
from sijin.works.views.sites import campaign_of

PAGE = 30
AT_WORK = (Job.State.WAITING, Job.State.RUNNING)
LIGHTS = {"draft": "soon", "proposed": "soon", "approved": "ok", "replaced": "none", "cancelled": "none"}
S = ShuttleSeat.State


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Show who needs a seat, and the plans there are."""
    require(request.user, "view", Shuttle)
    may_plan = may(request.user, "plan", Shuttle)
    context = {
        "page": Paginator(reads.listed(request.user), PAGE).get_page(request.GET.get("page")),
        "lights": LIGHTS,
        "states": demand.states(request.user),
        "asked": demand.asked(request.user),
        "buses": visible(request.user, Bus).filter(withdrawn_at=None).count(),
        "whole": reads.whole(request.user),
        "sees_fleet": may(request.user, "view", Bus),
        "may_plan": may_plan,
        "job": _job(request) if may_plan else None,
    }
    return render(request, "works/shuttles.html", context)


def _job(request: HttpRequest) -> Job | None:
    return visible(request.user, Job).filter(kind=jobs.SHUTTLE, state__in=AT_WORK).first()


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a plan: the form begins with the notice's rules, with a set that was chosen, or with those of a plan."""
    require(request.user, "plan", Shuttle)
    form = ShuttleForm(request.POST or None, account=request.user, sources=_sources(request), initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        try:
            terms = form.terms()
        except RuleBroken as refusal:
            field = refusal.facts.get("field")
            form.add_error(field if field in form.fields else None, refusal.message)
        else:
            given, campaign = form.cleaned_data, campaign_of(request.user)
            job = start(
                request.user, jobs.SHUTTLE, jobs.plan_shuttle, campaign=campaign.pk,
                arrive_on=given["arrive_on"].isoformat(), wanted_until=given["wanted_until"].isoformat(),
                terms=terms.plain(), travel=form.travel(), hub=given["hub"].pk if given["hub"] else None,
                seconds=float(given["seconds"]), seed=Shuttle.objects.count() + 1,
            )  # fmt: skip
            return redirect("people:job", pk=job.pk)
    context = {
        "form": form,
        "asked": demand.asked(request.user),
        "buses": visible(request.user, Bus).filter(withdrawn_at=None).count(),
        "presets": table()["presets"],
        "chosen": form["preset"].value(),
        "source": table()["source"],
        "routing": bool(settings.ROUTING_URL),
    }
    return render(request, "works/shuttle_form.html", context, status=422 if form.errors else 200)


def _sources(request: HttpRequest) -> list[tuple[str, str]]:
    found = [("circle", _("great circle × detour"))]
    if visible(request.user, TravelTable).exists():
        found.append(("table", _("a table that was read in")))
    if settings.ROUTING_URL:
        found.append(("service", _("the routing service")))
    return found


def _initial(request: HttpRequest) -> dict[str, Any]:
    """Return what the form begins with: the rules of `?like=`, or of the set `?preset=`."""
    like, preset = request.GET.get("like", ""), request.GET.get("preset", "")
    before = visible(request.user, Shuttle).filter(pk=like).first() if is_number(like) else None
    if before is not None:
        travel = before.travel
        days = {"arrive_on": before.arrive_on, "wanted_until": before.wanted_until, "hub": before.hub_id}
        terms = read_terms(before.rules)
    else:
        terms = terms_of(preset if preset in table()["presets"] else "day")
        today = sites.today_of(campaign_of(request.user))
        wanted = [day for day, _count in demand.asked(request.user).by_day if day]
        days = {"arrive_on": today + timedelta(days=3), "wanted_until": max([today + timedelta(days=3), *wanted])}
        travel = table()["travel"]
    shown = {name: travel.get(name) for name in ShuttleForm.TRAVEL}
    return {**typed(terms), **shown, **days, "seconds": 10}


def shuttle_of(request: HttpRequest, pk: int) -> Shuttle:
    rows = reads.plans(request.user).select_related("campaign", "made_by", "approved_by", "hub", "base")
    return get_object_or_404(rows.defer("matrix", "base__matrix"), pk=pk)


@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a plan: is everyone on a bus?"""
    return page(request, shuttle_of(request, pk))


def page(request: HttpRequest, shuttle: Shuttle, status: int = 200, **more: Any) -> HttpResponse:
    found = reads.read(request.user, shuttle)
    rows, live = found.rows, shuttle.state in verbs.LIVE
    may_plan = may(request.user, "plan", shuttle)
    difference = replanning.difference(shuttle) if shuttle.base_id and found.whole else None
    if difference is not None:
        _masked(request, difference)
    context = {
        "shuttle": shuttle,
        "light": LIGHTS[shuttle.state],
        "whole": found.whole,
        "cards": found.cards,
        "sums": found.sums,
        "why": words.reason(shuttle.why),
        "cautions": cautions(read_terms(shuttle.rules)),
        "waits": reads.waits(rows),
        "dropped": [row for row in rows if row.seat.state == S.DROPPED],
        "states": demand.states(request.user),
        "map": _map(found.cards),
        "live": live,
        "may_plan": may_plan and live,
        "may_approve": may(request.user, "approve", shuttle),
        "may_take": shuttle.state == Shuttle.State.PROPOSED
        and may(request.user, "approve" if shuttle.base and shuttle.base.state == "approved" else "plan", shuttle),
        "proposal": _proposal(shuttle) if live and found.whole else None,
        "difference": difference,
        "changes": _changes(shuttle) if found.whole else [],
        **({"gone": _gone(request, shuttle), "new": _new(request, shuttle)} if may_plan and live else {}),
        **more,
    }
    return render(request, "works/shuttle.html", context, status=status)


def _masked(request: HttpRequest, difference: replanning.Difference) -> None:
    """Mask names, and drop the lines of workers whom the reader may not see."""
    seen = set(visible(request.user, Worker).values_list("pk", flat=True))
    for part in ("dropped", "joined", "moved", "waiting", "later"):
        rows = [row for row in getattr(difference, part) if row.worker.pk in seen]
        named(request.user, [row.worker for row in rows])
        setattr(difference, part, rows)


def _changes(shuttle: Shuttle) -> list[tuple[str, ShuttleChange]]:
    return [(verbs.word(row.verb), row) for row in shuttle.changes.select_related("by")[:20]]


def _proposal(shuttle: Shuttle) -> Shuttle | None:
    return shuttle.proposals.filter(state=Shuttle.State.PROPOSED).defer("matrix").first()


def _gone(request: HttpRequest, shuttle: Shuttle) -> list[Worker]:
    workers = [seat.worker for seat in demand.gone(shuttle).select_related("worker")]
    named(request.user, workers)
    return workers


def _new(request: HttpRequest, shuttle: Shuttle) -> list[Worker]:
    workers = list(demand.new(shuttle)[:200])
    named(request.user, workers)
    return workers


def _map(cards: list[reads.Card]) -> dict[str, Any]:
    """Return what the map draws: places with their people, and the way of each bus."""
    places: dict[int, dict[str, Any]] = {}
    ways = []
    for card in cards:
        points = []
        for halt in card.halts:
            place: PickUp = halt.stop.place
            mine = places.setdefault(place.pk, {"name": place.name, "at": [place.lon, place.lat], "people": 0})
            mine["people"] += halt.stop.people
            points.append([place.lon, place.lat])
        end = card.trip.destination
        points.append([end.lon, end.lat])
        ways.append({
            "id": card.trip.pk, "name": card.trip.bus.plate, "people": card.trip.people, "points": points,
            "end": {"name": end.name, "at": [end.lon, end.lat]},
        })  # fmt: skip
    return {"places": list(places.values()), "ways": ways}


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Approve a plan, cancel it, take a proposal."""
    found = shuttle_of(request, pk)
    form = ActForm(request.POST)
    if verb not in ("approve", "cancel", "take") or not form.is_valid():
        raise RuleBroken(_("This cannot be done with a plan."))
    given = form.cleaned_data
    facts: dict[str, Any] = {"version": given["version"], "at": now(request)}
    try:
        if verb == "approve":
            verbs.approve(request.user, found, **facts)
            messages.success(request, _("The plan is approved: its seats hold."))
        elif verb == "take":
            replanning.take(request.user, found, **facts)
            messages.success(request, _("The change is taken."))
        else:
            verbs.cancel(request.user, found, reason=given["reason"], **facts)
            messages.success(request, _("The plan is put away."))
            return redirect("works:shuttle", pk=found.base_id or pk)
    except (RuleBroken, Stale) as refusal:
        messages.error(request, refusal.message)
        return page(request, shuttle_of(request, pk), refusal.status)
    return redirect("works:shuttle", pk=pk)


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan anew without who drops out and with who joins; the answer is shown before anything changes."""
    found = shuttle_of(request, pk)
    require(request.user, "plan", found)
    riding = found.seats.exclude(state=S.DROPPED).values_list("worker", flat=True)
    form = ChangeForm(request.POST, riding=riding, waiting=demand.new(found).values_list("pk", flat=True))
    if not form.is_valid():
        messages.error(request, _("One of these people is not in this plan, or cannot join it: read the page again."))
        return page(request, found, 422)
    given = form.cleaned_data
    try:
        made = replanning.propose(
            request.user, found, drop=given["drop"], join=given["join"], version=given["version"], at=now(request)
        )
    except (RuleBroken, Stale) as refusal:
        messages.error(request, refusal.message)
        return page(request, shuttle_of(request, pk), refusal.status)
    return redirect("works:shuttle", pk=made.pk)


@require_POST
def trip(request: HttpRequest, pk: int, trip: int, verb: str) -> HttpResponse:
    """Hold who rides on a bus, let them move again, or name its drivers."""
    found = shuttle_of(request, pk)
    require(request.user, "plan", found)
    row = get_object_or_404(found.trips.select_related("bus", "shuttle"), pk=trip)
    form = DriversForm(request.POST) if verb == "drivers" else ActForm(request.POST)
    if verb not in ("lock", "unlock", "drivers") or not form.is_valid():
        raise RuleBroken(_("This cannot be done with a bus."))
    facts: dict[str, Any] = {"version": form.cleaned_data["version"], "at": now(request)}
    try:
        if isinstance(form, DriversForm):
            verbs.name_drivers(request.user, row, form.drivers(), **facts)
        else:
            verbs.lock_trip(request.user, row, verb == "lock", **facts)
    except (RuleBroken, Stale) as refusal:
        messages.error(request, refusal.message)
        return page(request, shuttle_of(request, pk), refusal.status)
    messages.success(request, _("Written down."))
    return redirect("works:shuttle", pk=pk)
