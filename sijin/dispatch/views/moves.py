"""Moving by hand: what it would cost and bend, then the move; locks, leaders, undo."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.dispatch.domain import changes, moves
from sijin.dispatch.forms import LockForm, MoveForm
from sijin.dispatch.models import Campaign, Membership, Team
from sijin.dispatch.views.board import current, subject_of
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken


def _campaign(request: HttpRequest) -> Campaign:
    found = current(request.user)
    if found is None:
        raise RuleBroken(_("There is no campaign yet."))
    return found


def _asked(request: HttpRequest, form: MoveForm, campaign: Campaign) -> tuple[moves.Subject, Team | None]:
    """Return who or what is moved and to which team; RuleBroken in words when there is no such team."""
    if not form.is_valid():
        raise RuleBroken(" ".join(f"{name}: {' '.join(words)}" for name, words in form.errors.items()))
    facts = form.cleaned_data
    subject = subject_of(request, facts["kind"], facts["subject"])
    teams = visible(request.user, Team).filter(campaign=campaign)
    if facts["number"]:
        team = teams.filter(number=facts["number"].strip()).first()
        if team is None:
            raise RuleBroken(_("There is no team %(number)s.") % {"number": facts["number"]})
        return subject, team
    return subject, get_object_or_404(teams, pk=facts["team"]) if facts["team"] else None


@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """Say what a move would cost and bend; nothing is changed."""
    require(request.user, "change", Team)
    campaign, form = _campaign(request), MoveForm(request.GET)
    context: dict[str, Any] = {"kind": request.GET.get("kind", ""), "campaign": campaign, "refused": ""}
    try:
        subject, team = _asked(request, form, campaign)
    except RuleBroken as refusal:
        context["refused"] = refusal.message
    else:
        seen = moves.preview(request.user, campaign, subject, team)
        words = moves.parts_words()
        parts = [(words[part], value) for part, value in seen.parts.items() if abs(value) >= 0.05]
        context |= {"seen": seen, "subject": subject, "parts": parts, "refused": seen.forbidden}
    return render(request, "dispatch/_preview.html" if request.htmx else "dispatch/preview.html", context)


@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """Carry out a move."""
    require(request.user, "change", Team)
    campaign, form = _campaign(request), MoveForm(request.POST)
    subject, team = _asked(request, form, campaign)
    facts = form.cleaned_data
    change = moves.move(request.user, campaign, subject, team, expected=facts["expected"], reason=facts["reason"])
    return _done(request, change.subject)


@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """Lock a person or site where it is, or unlock it."""
    require(request.user, "change", Team)
    form = LockForm(request.POST)
    if not form.is_valid():
        raise RuleBroken(_("Nothing was named to lock."))
    facts = form.cleaned_data
    subject = subject_of(request, facts["kind"], facts["subject"])
    moves.lock(request.user, _campaign(request), subject, facts["locked"])
    words = _("%(name)s is locked; plans leave it where it is.") if facts["locked"] else _("%(name)s is unlocked.")
    return _done(request, words % {"name": subject.name})


@require_POST
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a member the leader of their team."""
    teams = visible(request.user, Team)
    member = get_object_or_404(
        Membership.objects.filter(team__in=teams).select_related("team__campaign", "official"), pk=pk
    )
    change = moves.lead(request.user, member)
    return _done(request, change.subject)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last change back."""
    change = changes.undo(request.user, _campaign(request))
    return _done(request, _("Undone: %(what)s") % {"what": change.subject})


def _done(request: HttpRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    if request.htmx:
        return HttpResponse(headers={"HX-Refresh": "true"})
    back = request.POST.get("back", "")
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(back if safe else "dispatch:home")
