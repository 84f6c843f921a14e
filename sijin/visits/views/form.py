"""The form: one visit recorded, or amended within a day. Sent by a browser or, with `X-Sijin-Send`, by its script.

The script gets JSON: `{"url"}` of what was kept, or `{"errors"}` by input name, so that typed text and chosen photos
stay where they are; a browser without script gets pages.
"""

import uuid
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sijin.dispatch.models import Campaign
from sijin.ledger.categories import units
from sijin.ledger.domain import triage
from sijin.people.digits import is_number
from sijin.people.models import Account
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.visits import domain
from sijin.visits.domain import rounds
from sijin.visits.finding_forms import FindingFormSet, Findings
from sijin.visits.forms import AmendForm, VisitForm, errors_of, now_local, refused
from sijin.visits.models import Visit
from sijin.visits.views.today import queue_words

FormLike = VisitForm | AmendForm


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Record one visit; the form carries its UUID, so a second sending changes nothing."""
    require(request.user, "record", Visit)
    campaign = get_object_or_404(visible(request.user, Campaign)[:1])
    if request.method == "GET":
        initial = {
            "client_uuid": uuid.uuid4(),
            "site": request.GET.get("site", ""),
            "at": now_local(campaign),
            "participants": [request.user.official_id],
        }
        form = VisitForm(account=request.user, campaign=campaign, initial=initial)
        door = form.places[initial["site"]][0].door if initial["site"] in form.places else ""
        return _page(request, form, FindingFormSet(prefix="findings", door=door), campaign)
    form = VisitForm(_given(request), request.FILES, account=request.user, campaign=campaign)
    findings = FindingFormSet(form.data, prefix="findings")
    if "more" in request.POST:
        return _page(request, form, findings, campaign, quiet=True)
    if form.is_valid() & findings.is_valid():
        site, team = form.place
        try:
            visit = domain.record(request.user, team, site, findings=findings.told(), **form.told())
        except RuleBroken as refusal:
            refused(form, findings, refusal.message, refusal.facts)
        else:
            _teach(request, findings)
            return _kept(request, reverse("visits:saved", args=[visit.pk]) + _arrival(visit))
    return _answer(request, form, findings, campaign)


@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Put right one's own visit within a day."""
    visit = get_object_or_404(domain.one(request.user, pk))
    require(request.user, "amend", visit)
    if not domain.may_amend(request.user, visit):
        raise RuleBroken(_("A visit can be amended for 24 hours; after that, add a note."))
    if request.method == "GET":
        names = ("version", "met", "said", "minutes", "people_met", "minutes_asked")
        initial = {name: getattr(visit, name) for name in names} | {"participants": visit.participants.all()}
        form = AmendForm(team=visit.team, initial=initial)
        return _page(request, form, FindingFormSet(prefix="findings", door=visit.site.door), visit.campaign, visit)
    form = AmendForm(_given(request), request.FILES, team=visit.team)
    findings = FindingFormSet(form.data, prefix="findings", door=visit.site.door)
    if "more" in request.POST:
        return _page(request, form, findings, visit.campaign, visit, quiet=True)
    if form.is_valid() & findings.is_valid():
        try:
            domain.amend(request.user, visit, findings=findings.told(), **form.told())
        except RuleBroken as refusal:
            refused(form, findings, refusal.message, refusal.facts)
        except Stale as refusal:
            return _stale(request, form, findings, visit, refusal)
        else:
            _teach(request, findings)
            return _kept(request, reverse("visits:visit", args=[visit.pk]))
    return _answer(request, form, findings, visit.campaign, visit)


@require_GET
def saved(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what was kept: the needs with their numbers, and where to go next."""
    visit = get_object_or_404(domain.one(request.user, pk))
    context = {"visit": visit, "arrival": request.GET.get("arrival", ""), "next": None}
    if visit.recorded_by_id == request.user.pk:
        context["next"] = domain.today(request.user, visit.campaign).next
    return render(request, "visits/saved.html", context)


def _given(request: HttpRequest) -> Any:
    """Return what was posted; with one empty finding more when that was asked for, and none when there are none."""
    given = request.POST.copy()
    count = given.get("findings-TOTAL_FORMS", "")
    if not count:
        given.update({"findings-TOTAL_FORMS": "0", "findings-INITIAL_FORMS": "0"})
    asked = given.get("more", "")
    total = f"{asked}-TOTAL_FORMS"
    if asked and is_number(given.get(total, "")):
        given[total] = str(int(given[total]) + 1)
    return given


def _teach(request: HttpRequest, findings: Findings) -> None:
    """Let triage learn from the categories that were taken against its suggestion."""
    for text, category in findings.taught():
        triage.teach(request.user, text, category)


def _arrival(visit: Visit) -> str:
    return "" if visit.arrival == "new" else f"?arrival={visit.arrival}"


def _kept(request: HttpRequest, url: str) -> HttpResponse:
    return JsonResponse({"url": url}) if request.headers.get("X-Sijin-Send") else redirect(url)


def _answer(
    request: HttpRequest, form: FormLike, findings: Findings, campaign: Campaign, visit: Visit | None = None
) -> HttpResponse:
    """Answer 422: the form again with what was typed and the words beside the fields."""
    if request.headers.get("X-Sijin-Send"):
        return JsonResponse({"errors": errors_of(form, findings)}, status=422)
    return _page(request, form, findings, campaign, visit, status=422)


def _stale(request: HttpRequest, form: AmendForm, findings: Findings, visit: Visit, refusal: Stale) -> HttpResponse:
    """Answer 409: what the other change was, what was typed, and the new version to send it with."""
    form.data["version"] = str(refusal.facts["found"])
    form.add_error(None, refusal.message)
    for name, (_old, now) in refusal.facts["diff"].items():
        shown = "、".join(map(str, now)) if isinstance(now, list) else now
        label = form.fields[name].label if name in form.fields else _("Needs")
        form.add_error(
            name if name in form.fields else None, _("%(field)s is now: %(now)s") % {"field": label, "now": shown}
        )
    if request.headers.get("X-Sijin-Send"):
        errors = errors_of(form, findings)
        return JsonResponse({"errors": errors, "version": form.data["version"]}, status=409)
    return _page(request, form, findings, visit.campaign, visit, status=409)


def _page(
    request: HttpRequest,
    form: FormLike,
    findings: Findings,
    campaign: Campaign,
    visit: Visit | None = None,
    *,
    status: int = 200,
    quiet: bool = False,
) -> HttpResponse:
    """Render the form; `quiet` keeps back the words of a check that was not asked for."""
    day = timezone.localtime(campaign.now()).date()
    others = {} if visit else _others(request.user, form, day)
    beside = others.get(str(form["site"].value())) if visit is None else ""
    errors = {} if quiet else errors_of(form, findings) if form.is_bound else {}
    context = {
        "form": form,
        "findings": findings,
        "quiet": quiet,
        "errors": errors,
        "units": units(),
        "visit": visit,
        "day": day.isoformat(),
        "beside": beside,
        "beside_open": bool(beside or errors.get("same_day_reason")),
        "photos_lost": bool(request.FILES),
        "words": {**queue_words(), **_form_words(), "beside": others},
    }
    return render(request, "visits/form.html", context, status=status)


def _others(account: Account, form: VisitForm, day: date) -> dict[str, str]:
    """Return {site's key: who else is there today, in words}."""
    own = {team.pk for _site, team in form.places.values()}
    found = rounds.beside(account, [int(key) for key in form.places], own, day)
    return {str(key): "；".join(words) for key, words in found.items()}


def _form_words() -> dict[str, str]:
    return {
        "position": _("Position noted, to about %s metres"),
        "no_position": _("The position could not be found; the visit can be saved without it."),
        "seeking": _("Looking for the position…"),
        **triage.words(),
        "remove": _("Remove"),
        "restored": _("What you had typed is back."),
        "typed_at": _("Kept on this phone at"),
        "fix": _("Please look at what is marked."),
        "old_page": _("This page is too old to be trusted. Reload it: what you typed comes back."),
        "broken": _("The server could not take it. Everything is kept on this phone; send again later."),
    }
