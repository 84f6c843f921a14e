"""The board: who goes where, and is it the best? With the map, and the why of whatever is selected."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from sijin.dispatch.domain import board as reads
from sijin.dispatch.domain import changes, pricing
from sijin.dispatch.domain.plans import usual_seconds
from sijin.dispatch.domain.rules import rules_of
from sijin.dispatch.domain.skills import levelled, skill_names
from sijin.dispatch.domain.ties import bonds_of
from sijin.dispatch.domain.wording import away_words, facts_of, reason
from sijin.dispatch.forms import SolveForm
from sijin.dispatch.models import (
    Campaign,
    DispatchPlan,
    Membership,
    Posting,
    Publication,
    RosterImport,
    Team,
    Tie,
    WhatIf,
)
from sijin.dispatch.views.plans import KIND
from sijin.people.models import HELD, Account, Job, Official
from sijin.people.policy import may, require, visible
from sijin.places.models import Door, Site

AT_WORK = (Job.State.WAITING, Job.State.RUNNING)
FILTERS = ("county", "level", "skill", "unit", "q", "warned", "page")
RECENT = 12  # plans among which the strip looks for the draft and the one that runs


def current(account: Account) -> Campaign | None:
    """Return the campaign that the pages are about: the latest that the account sees."""
    return visible(account, Campaign).first()


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the board, or the first steps while there is nothing on it."""
    require(request.user, "view", Team)
    campaign = request.campaign = current(request.user)
    if campaign is None:
        return render(request, "dispatch/first_steps.html", first_steps(request.user, campaign))
    given = {name: request.GET.get(name, "")[:80] for name in FILTERS}
    shown = reads.board(request.user, campaign, **given)
    if request.headers.get("HX-Target") == "more":  # the reader came to the end of what is there
        context = {"board": shown, "skills": skill_names(), "may_change": may(request.user, "change", Team)}
        context["graded"] = may(request.user, "view", Official)
        return render(request, "dispatch/_rows.html", context)
    if not shown.checks.total_teams and not campaign.teams.exists():
        return render(request, "dispatch/first_steps.html", first_steps(request.user, campaign))
    context = {
        "campaign": campaign,
        "board": shown,
        "skills": skill_names(),
        **_strip(request.user, campaign, shown.checks.tied),
    }
    context["graded"] = may(request.user, "view", Official)
    if context["may_change"]:
        loose = reads.loose_people(request.user, campaign)
        context["people"], context["people_count"] = reads.counted(loose, campaign.sent_on())
        context["sites"], context["sites_count"] = reads.counted(reads.loose_sites(request.user, campaign))
    return render(request, "dispatch/home.html", context)


def first_steps(account: Account, campaign: Campaign | None) -> dict[str, Any]:
    """Say how far a new campaign is: made, roster handed in, planned."""
    return {
        "campaign": campaign,
        "may_import": may(account, "import", Campaign),
        "rosters": list(visible(account, RosterImport)[:3]) if may(account, "view", RosterImport) else [],
    }


def _strip(account: Account, campaign: Campaign, tied: bool) -> dict[str, Any]:
    """Return what the solver strip shows: the last plan, a draft that waits, a search at work, the last change."""
    found: dict[str, Any] = {
        "may_make": may(account, "make", DispatchPlan),
        "may_change": may(account, "change", Team),
        "shows_what_if": may(account, "view", WhatIf),
        "may_publish": may(account, "publish", Publication),
    }
    if may(account, "view", DispatchPlan):
        kept = list(reads.plans(account, campaign).exclude(state=DispatchPlan.State.DISCARDED)[:RECENT])
        found["draft"] = next((plan for plan in kept if plan.state == DispatchPlan.State.DRAFT), None)
        found["plan"] = next((plan for plan in kept if plan.state == DispatchPlan.State.APPROVED), None)
    if found["may_make"]:
        rules = rules_of(campaign)
        initial = {"seconds": round(usual_seconds(rules, tied)), "change": f"{rules.change:g}"}
        found["form"] = SolveForm(initial=initial)
        found["job"] = visible(account, Job).filter(kind=KIND, state__in=AT_WORK).first()
    if found["may_change"]:
        found["undoable"] = changes.last_undoable(campaign)
    return found


@require_GET
def map_page(request: HttpRequest) -> HttpResponse:
    """Show bases and sites on the map."""
    require(request.user, "view", Team)
    campaign = current(request.user)
    if campaign is None:
        return redirect("dispatch:home")
    context = {"campaign": campaign, "door_names": Door.choices, "may_change": may(request.user, "change", Team)}
    context["shows_what_if"] = may(request.user, "view", WhatIf)
    return render(request, "dispatch/map.html", context)


@require_GET
def points(request: HttpRequest) -> HttpResponse:
    """Return the points of the map: bases and sites that the reader sees."""
    require(request.user, "view", Team)
    campaign = current(request.user)
    found = reads.points(request.user, campaign) if campaign else {"bases": [], "sites": []}
    answer = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
    answer["Cache-Control"] = "private, no-cache"
    return answer


@require_GET
def official(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why a person is where they are, and what can be done about it."""
    campaign = current(request.user)
    teams = visible(request.user, Team).filter(campaign=campaign)
    seat = (
        Membership.objects.filter(official=pk, team__in=teams)
        .select_related("team", "official__unit__region", "official__home")
        .prefetch_related(*reads.SKILLS)
        .first()
    )
    rows = visible(request.user, Official).select_related("unit__region", "home").prefetch_related(HELD)
    person = seat.official if seat else get_object_or_404(rows, pk=pk)
    return _why(request, campaign, "official", person, seat)


@require_GET
def site(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why a site has its team, and what can be done about it."""
    campaign = current(request.user)
    found = get_object_or_404(visible(request.user, Site).select_related("town", "county"), pk=pk)
    posting = visible(request.user, Posting).filter(site=found, until=None, team__campaign=campaign)
    return _why(request, campaign, "site", found, posting.select_related("team").first())


def _why(
    request: HttpRequest,
    campaign: Campaign | None,
    kind: str,
    subject: pricing.Subject,
    seat: Membership | Posting | None,
) -> HttpResponse:
    context = why_of(request, kind, subject, seat) | {"campaign": campaign}
    return render(request, "dispatch/_why.html" if request.htmx else "dispatch/why.html", context)


def why_of(
    request: HttpRequest, kind: str, subject: pricing.Subject, seat: Membership | Posting | None
) -> dict[str, Any]:
    """Return what the panel says about one person or site."""
    return {
        "kind": kind,
        "subject": subject,
        "seat": seat,
        "reason": reason(seat.why, seat.reason) if seat else "",
        "skills": _skills(kind, subject),
        "may_change": may(request.user, "change", Team),
        **(_of_person(request, subject) if kind == "official" else {}),
    }


def _of_person(request: HttpRequest, person: Official) -> dict[str, Any]:
    """Return what is said of a person: grade, when they are free, whom they are tied to."""
    campaign = current(request.user)
    if campaign is None or not may(request.user, "view", Official):
        return {}
    bonds = bonds_of(campaign).of(person) if may(request.user, "view", Tie) else []
    day = campaign.sent_on()
    return {"facts": facts_of(person, day), "away": away_words(person, day), "bonds": bonds}


def _skills(kind: str, subject: Any) -> list[str]:
    if kind == "official":
        return levelled(subject.levels)
    codes = subject.skills
    names = skill_names()
    return [names.get(code, code) for code in codes]


@require_GET
def fits(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Return the teams where a person or site would fit best."""
    campaign = current(request.user)
    subject = subject_of(request, kind, pk)
    found = pricing.fits(request.user, campaign, subject) if campaign else []
    return render(request, "dispatch/_fits.html", {"fits": found, "kind": kind, "subject": subject})


def subject_of(request: HttpRequest, kind: str, pk: int) -> pricing.Subject:
    """Return the person or site that the reader names, when they see it."""
    return subjects_of(request, [(kind, int(pk))])[0]


def subjects_of(request: HttpRequest, named: Iterable[tuple[str, int]]) -> list[pricing.Subject]:
    """Return the people and sites that the reader names; Http404 when one of them is not theirs to see."""
    named = list(named)
    found: dict[tuple[str, int], pricing.Subject] = {}
    if people := [pk for kind, pk in named if kind == "official"]:
        rows = visible(request.user, Official).select_related("unit__region", "home").prefetch_related(HELD)
        found |= {("official", row.pk): row for row in rows.filter(pk__in=people)}
    if sites := [pk for kind, pk in named if kind == "site"]:
        rows = visible(request.user, Site).select_related("town", "county").filter(pk__in=sites)
        found |= {("site", row.pk): row for row in rows}
    if len(found) < len(set(named)):
        raise Http404
    return [found[name] for name in named]


@require_GET
def loose(request: HttpRequest, kind: str) -> HttpResponse:
    """Return the people or sites in no team that hold the words asked for."""
    require(request.user, "change", Team)
    campaign, q = current(request.user), request.GET.get("loose", "")
    if campaign is None:
        return HttpResponse("")
    found = (reads.loose_people if kind == "official" else reads.loose_sites)(request.user, campaign, q)
    rows, count = reads.counted(found, campaign.sent_on())
    context = {"rows": rows, "count": count, "kind": kind, "most": reads.LOOSE, "graded": True}
    return render(request, "dispatch/_loose.html", context)
