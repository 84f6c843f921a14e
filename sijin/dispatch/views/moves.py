"""Moving by hand: what it would cost and bend, then the move; locks, leaders, undo."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.dispatch.domain import board, changes, moves, pricing
from sijin.dispatch.domain.skills import skill_names
from sijin.dispatch.forms import LockForm, MoveForm, PickForm
from sijin.dispatch.models import Campaign, DispatchChange, Membership, Team
from sijin.dispatch.views.board import current, subject_of, subjects_of, why_of
from sijin.people.models import Official
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken

MOST = 40  # teams that are priced at once


def _campaign(request: HttpRequest) -> Campaign:
    found = current(request.user)
    if found is None:
        raise RuleBroken(_("There is no campaign yet."))
    return found


Seen = list[tuple[pricing.Subject, int | None]]  # people and sites, each with the team where the mover saw it


def _asked(request: HttpRequest, form: MoveForm, campaign: Campaign) -> tuple[Seen, Team | None]:
    """Return who and what is moved and to which team; RuleBroken in words when there is no such team."""
    subjects = _picked(request, form)
    facts, teams = form.cleaned_data, visible(request.user, Team).filter(campaign=campaign)
    if facts["number"]:
        team = teams.filter(number=facts["number"].strip()).first()
        if team is None:
            raise RuleBroken(_("There is no team %(number)s.") % {"number": facts["number"]})
        return subjects, team
    return subjects, get_object_or_404(teams, pk=facts["team"]) if facts["team"] else None


def _picked(request: HttpRequest, form: PickForm) -> Seen:
    if not form.is_valid():
        raise RuleBroken(" ".join(word for words in form.errors.values() for word in words))
    picks = form.cleaned_data["pick"]
    subjects = subjects_of(request, [(kind, pk) for kind, pk, _seen in picks])
    return [(subject, seen) for subject, (_kind, _pk, seen) in zip(subjects, picks, strict=True)]


@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """Say what a move would cost and bend; nothing is changed."""
    require(request.user, "change", Team)
    campaign, form = _campaign(request), MoveForm(request.GET)
    context: dict[str, Any] = {"campaign": campaign, "refused": "", "panel": request.headers.get("HX-Target") == "why"}
    try:
        subjects, team = _asked(request, form, campaign)
    except RuleBroken as refusal:
        context["refused"] = refusal.message
    else:
        seen = pricing.preview(request.user, campaign, [subject for subject, _seen in subjects], team)
        words = pricing.parts_words()
        parts = [(words.get(part, part), value) for part, value in seen.parts.items() if abs(value) >= 0.05]
        picks = [_pick(subject, source.pk if source else None) for subject, source in seen.rows]
        context |= {"seen": seen, "parts": parts, "refused": seen.forbidden, "picks": picks}
    return render(request, "dispatch/_preview.html" if request.htmx else "dispatch/preview.html", context)


def _pick(subject: pricing.Subject, team: int | None) -> str:
    kind = "official" if isinstance(subject, Official) else "site"
    return f"{kind}:{subject.pk}:{team or ''}"


@require_GET
def prices(request: HttpRequest) -> HttpResponse:
    """Return what moving the picked to each of some teams would cost: what the board shows while they are dragged."""
    require(request.user, "change", Team)
    campaign = _campaign(request)
    subjects = [subject for subject, _seen in _picked(request, PickForm(request.GET))]
    keys = [int(key) for key in request.GET.getlist("team")[:MOST] if key.isdecimal() and len(key) <= 18]
    teams = list(visible(request.user, Team).filter(campaign=campaign, pk__in=keys))
    found = {
        seen.target.pk: {
            "cost": seen.cost,
            "appear": [f"{finding.team.number} {finding.text}" for finding in seen.appear],
            "forbidden": seen.forbidden,
        }
        for seen in pricing.prices(request.user, campaign, subjects, teams)
    }
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False})


@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """Carry out a move."""
    require(request.user, "change", Team)
    campaign, form = _campaign(request), MoveForm(request.POST)
    subjects, team = _asked(request, form, campaign)
    change = moves.move_all(request.user, campaign, subjects, team, reason=form.cleaned_data["reason"])
    return _done(request, campaign, change, subjects, change.subject)


@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """Lock people and sites where they are, or unlock them."""
    require(request.user, "change", Team)
    campaign, form = _campaign(request), LockForm(request.POST)
    subjects = _picked(request, form)
    locked = form.cleaned_data["locked"]
    change = moves.lock_all(request.user, campaign, [subject for subject, _seen in subjects], locked)
    words = _("%(name)s is locked; plans leave it where it is.") if locked else _("%(name)s is unlocked.")
    names = "、".join(subject.name for subject, _seen in subjects)
    return _done(request, campaign, change, subjects, words % {"name": names})


@require_POST
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a member the leader of their team."""
    teams = visible(request.user, Team)
    member = get_object_or_404(
        Membership.objects.filter(team__in=teams).select_related("team__campaign", "official"), pk=pk
    )
    change = moves.lead(request.user, member)
    subject = subject_of(request, "official", member.official_id)
    return _done(request, member.team.campaign, change, [(subject, None)], change.subject)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last change back."""
    change = changes.undo(request.user, _campaign(request))
    messages.success(request, _("Undone: %(what)s") % {"what": change.subject})
    return _back(request)


def _done(request: HttpRequest, campaign: Campaign, change: DispatchChange, subjects: Seen, words: str) -> HttpResponse:
    """Answer a change: on the board with the teams that changed, elsewhere by going back."""
    messages.success(request, words)
    if not request.htmx:
        return _back(request)
    places = {
        seat["team"] if seat else None
        for snapshot in (change.before, change.after)
        for rows in (snapshot["officials"], snapshot["sites"])
        for seat in rows.values()
    }
    if None in places or request.headers.get("HX-Target") != "why":  # the lists of those in no team change too
        return HttpResponse(headers={"HX-Refresh": "true"})
    if "shown" in request.POST:  # the teams that are on the reader's board by now
        places &= {int(key) for key in request.POST["shown"].split(",") if key.isdecimal() and len(key) <= 18}
    context = {
        "rows": board.rows(request.user, campaign, places),
        "skills": skill_names(),
        "may_change": True,
        "graded": True,
        "undoable": changes.last_undoable(campaign),
        "back": _current(request),
    }
    context["many"] = [subject for subject, _seen in subjects]
    if len(subjects) == 1:
        subject = subjects[0][0]
        kind = "official" if isinstance(subject, Official) else "site"
        seat = pricing.seats_now(campaign, [subject])[0][1]
        context["why"] = why_of(request, kind, subject, seat)
    answer = render(request, "dispatch/_moved.html", context)
    answer["HX-Trigger-After-Settle"] = "moved"
    return answer


def _current(request: HttpRequest) -> str:
    """Return the address of the page that htmx asks from, without its host."""
    return urlsplit(request.headers.get("HX-Current-URL", ""))._replace(scheme="", netloc="", fragment="").geturl()


def _back(request: HttpRequest) -> HttpResponse:
    back = request.POST.get("back", "")
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(back if safe else "dispatch:home")
