"""One need: its page, and one verb on it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sijin.engines.calendars import WorkCalendar
from sijin.ledger.domain import clock, confirmation, dossier, evidence, possible, similar, standing, words
from sijin.ledger.forms import VerbForm, initial_facts
from sijin.ledger.models import Need
from sijin.ledger.transitions import TABLE, fact_word, word
from sijin.ledger.views.confirm import remember
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken, Stale


def found_need(request: HttpRequest, pk: int) -> Need:
    """Return the need, or answer 404 for one that the reader may not see."""
    rows = visible(request.user, Need).select_related("site", "team__unit", "lead_unit", "campaign")
    return get_object_or_404(rows, pk=pk)


@require_GET
def need(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what happened to one need, what is next, by when."""
    return render(request, "ledger/need.html", _page(request, found_need(request, pk)))


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Ask for the facts of one verb (GET), or do it (POST); what is wrong is said beside the fields."""
    found = found_need(request, pk)
    if verb not in TABLE:
        raise RuleBroken(_("There is no such step."), verb=verb)
    require(request.user, verb, found)
    has_evidence = verb == "answer" and found.evidence.exists()
    if request.method == "GET":
        chosen = {name: request.GET[name] for name in ("done_measure", "item") if name in request.GET}
        initial = initial_facts(found, verb) | chosen
        form = VerbForm(need=found, verb=verb, has_evidence=has_evidence, initial=initial)
        return _ask(request, found, verb, form)
    form = VerbForm(request.POST, request.FILES, need=found, verb=verb, has_evidence=has_evidence)
    if not form.is_valid():
        return _ask(request, found, verb, form, status=422)
    facts = dict(form.cleaned_data)
    version = facts.pop("version")
    try:
        done = _do(request, found, verb, version, facts)
    except Stale as refusal:
        found = found_need(request, pk)
        form.data = form.data.copy()
        form.data["version"] = found.version  # what was typed may be sent again, knowing what changed
        return _ask(request, found, verb, form, status=409, diff=refusal.facts["diff"])
    except RuleBroken as refusal:
        field = refusal.facts.get("field")
        form.add_error(field if field in form.fields else None, refusal.message)
        return _ask(request, found, verb, form, status=422)
    return _go(request, done)


def _do(request: HttpRequest, found: Need, verb: str, version: int, facts: dict[str, Any]) -> str:
    """Do the verb and return where to go next."""
    if verb == "ask_confirm":
        token = confirmation.confirm_link(found, request.user, version=version)
        remember(request, found, token)
        return reverse("ledger:confirm_sheet", args=[found.pk])
    evidence.act_with(found, verb, request.user, facts.pop("evidence", None), version=version, **facts)
    messages.success(request, _("Done: %(verb)s") % {"verb": word(verb)})
    if not visible(request.user, Need).filter(pk=found.pk).exists():
        return reverse("ledger:home")  # sent back or handed on: it is no longer this unit's to see
    return reverse("ledger:need", args=[found.pk])


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def _ask(
    request: HttpRequest, found: Need, verb: str, form: VerbForm, status: int = 200, diff: list[Any] | None = None
) -> HttpResponse:
    """Show the form of one verb: alone for htmx, in the page otherwise."""
    asked = {"verb": verb, "transition": TABLE[verb], "form": form, "diff": diff, "need": found}
    if getattr(request, "htmx", False):
        return render(request, "ledger/need_form.html", asked, status=status)
    return render(request, "ledger/need.html", _page(request, found) | {"asked": asked}, status=status)


def _page(request: HttpRequest, found: Need) -> dict[str, Any]:
    """Return what the page shows."""
    read = dossier.gather(request.user, found)
    now = found.campaign.now()
    return {
        "need": found,
        "profile": (profile := clock.profile_of(found)),
        "assumed": [words.rule_word(field) for field in profile.assumed],
        "light": read.light,
        "receive_light": clock.receive_light(found, read.here.today),
        "left": words.time_left(found, read.here.today),
        "estimated": bool(found.due and WorkCalendar.estimated(found.due)),
        "waiting": words.waiting(found),
        "wish_missed": standing.wish_missed(found, read.here.today),
        "story": dossier.story(read),
        "loose": dossier.loose(read),
        "crumbs": dossier.crumbs(read.here.hand_overs),
        "escalated": any(given.kind == "escalated" for given in read.here.hand_overs),
        "limits": [(words.limit_word(limit.kind), limit) for limit in dossier.limits(read)],
        "measures": read.here.measures,
        "items": read.here.items,
        "next": read.next,
        "plain_next": read.next and not TABLE[read.next].requires,
        "others": [_offer(verb) for verb in read.others],
        "may": read.verbs,
        "link": read.link,
        "link_open": bool(read.link and not read.link.ended_at and read.link.expires_at >= now),
        "similar": similar.similar(request.user, found),
        "fitting": _fitting(found),
        "burden": dossier.burden(read.events),
    }


def _offer(verb: str) -> dict[str, Any]:
    transition = TABLE[verb]
    return {
        "verb": verb,
        "requires": "、".join(str(fact_word(name)) for name in transition.requires),
        "reason": transition.reason,
    }


def _fitting(found: Need) -> str:
    """Return the address at which the exchange shows the offers that fit, when that room is there."""
    try:
        return reverse("exchange:fitting", args=[found.pk])
    except NoReverseMatch:
        return ""


@require_GET
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Say of every verb that is not possible for the reader now, why."""
    found = found_need(request, pk)
    reasons = possible.reasons(dossier.gather(request.user, found).here)
    if getattr(request, "htmx", False):
        return render(request, "ledger/need_why.html", {"reasons": reasons})
    return render(request, "ledger/need.html", _page(request, found) | {"reasons": reasons})


@require_GET
def package(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the sheet that goes to the provincial department with an escalated need."""
    found = found_need(request, pk)
    read = dossier.gather(request.user, found)
    given = [given for given in read.here.hand_overs if given.kind == "escalated"]
    context = {
        "need": found,
        "given": given[-1] if given else None,
        "escalation": next((line for line in reversed(read.events) if line.verb == "escalate"), None),
        "story": dossier.story(read),
        "measures": read.here.measures,
        "files": read.files,
        "crumbs": dossier.crumbs(read.here.hand_overs),
    }
    return render(request, "ledger/need_package.html", context)
