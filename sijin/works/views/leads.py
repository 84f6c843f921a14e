"""Investors as leads: the board by stage with its funnel, one lead with its log, its forms."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.places.domain import path_of
from sijin.works.domain import sites
from sijin.works.domain.village import leads, places
from sijin.works.forms.village import LeadForm, ReasonForm, SpokenForm
from sijin.works.models import Lead, LeadChange
from sijin.works.views.projects import now
from sijin.works.views.sites import campaign_of
from sijin.works.views.village import corrected, into


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Show the leads by stage."""
    require(request.user, "view", Lead)
    columns, shelved = leads.board(request.user)
    context = {
        "columns": columns,
        "shelved": shelved,
        "all": sum(len(column.leads) for column in columns) + len(shelved),
        "today": sites.today_of(campaign_of(request.user)),
        "may_keep": may(request.user, "keep", Lead),
    }
    return render(request, "works/village/leads.html", context)


def _lead(request: HttpRequest, pk: int) -> Lead:
    rows = visible(request.user, Lead).select_related("region__parent__parent", "site", "team", "unit", "made_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one lead."""
    return _page(request, _lead(request, pk))


def _page(request: HttpRequest, found: Lead, form: SpokenForm | None = None, status: int = 200) -> HttpResponse:
    today, to = sites.today_of(campaign_of(request.user)), leads.next_stage(found)
    here = leads.ORDER.index(found.stage)
    proposed = {"version": found.version, "on": today, "next_step": found.next_step, "next_on": found.next_on}
    context = {
        "lead": found,
        "path": path_of(found.region),
        "stages": [(str(name), n < here, n == here) for n, (_code, name) in enumerate(Lead.Stage.choices)],
        "to": to,
        "to_name": str(Lead.Stage(to).label) if to else "",
        "contacts": found.contacts.select_related("by"),
        "changes": _changes(found),
        "form": form or SpokenForm(initial=proposed),
        "undoable": leads.last_change(found),
        "today": today,
        "may_keep": may(request.user, "keep", found),
    }
    return render(request, "works/village/lead.html", context, status=status)


def _changes(found: Lead) -> list[tuple[str, str, LeadChange]]:
    rows = found.changes.select_related("by").order_by("-pk")[:20]
    return [(leads.word(row.verb), _told(row.change), row) for row in rows]


def _told(change: dict[str, Any]) -> str:
    if "stage" in change and change["stage"][1]:
        return str(Lead.Stage(change["stage"][1]).label)
    return str(change.get("because", ["", ""])[1] or change.get("next_step", ["", ""])[1] or "")


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a lead."""
    require(request.user, "keep", Lead)
    campaign = campaign_of(request.user)
    proposed = {"team": places.own_team(request.user, campaign)}
    form = LeadForm(request.POST or None, account=request.user, initial=proposed)
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        firm, purpose = facts.pop("firm"), facts.pop("purpose")
        try:
            made = leads.enter(request.user, campaign, firm, purpose, region=form.region(), **facts)
        except RuleBroken as refusal:
            into(form, refusal)
        else:
            messages.success(request, _("The lead is entered."))
            return redirect("works:lead", pk=made.pk)
    return render(request, "works/village/lead_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an entry; who was slower gets the form back with what the other changed."""
    found = _lead(request, pk)
    require(request.user, "keep", found)
    initial = {name: getattr(found, name) for name in ("version", *leads.CORRECTABLE)}
    form = LeadForm(request.POST or None, account=request.user, made=found, initial=initial)
    status, diff = corrected(request, form, partial(leads.correct, request.user, found))
    if status == 302:
        return redirect("works:lead", pk=pk)
    return render(request, "works/village/lead_form.html", {"form": form, "lead": found, "diff": diff}, status=status)


@require_POST
def spoken(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down who was spoken to, and what is next."""
    found = _lead(request, pk)
    require(request.user, "keep", found)
    form = SpokenForm(request.POST)

    def done() -> None:
        leads.log_contact(request.user, found, at=now(request), **form.cleaned_data)

    return _done(request, found, form, done)


@require_POST
def say(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Take a lead a stage further, shelve it, take it up again, or take its last change back."""
    found = _lead(request, pk)
    require(request.user, "keep", found)
    form = ReasonForm(request.POST)

    def done() -> None:
        facts: dict[str, Any] = {"version": form.cleaned_data["version"], "at": now(request)}
        if verb == "advance":
            leads.advance(request.user, found, request.POST.get("stage", ""), **facts)
        elif verb == "shelve":
            leads.shelve(request.user, found, because=form.cleaned_data["because"], **facts)
        elif verb in ("resume", "undo"):
            getattr(leads, verb)(request.user, found, **facts)
        else:
            raise RuleBroken(_("This cannot be done with a lead."))

    return _done(request, found, form, done)


def _done(request: HttpRequest, found: Lead, form: forms.Form, done: Callable[[], Any]) -> HttpResponse:
    """Run a verb and go back to the lead; what was refused stands on its page, beside what was typed."""
    status = 422
    if form.is_valid():
        try:
            done()
        except (RuleBroken, Stale) as refusal:
            status = refusal.status
            if isinstance(form, SpokenForm):
                _beside(form, refusal)
            else:
                messages.error(request, refusal.message)
        else:
            messages.success(request, _("Written down."))
            return redirect("works:lead", pk=found.pk)
    return _page(request, _lead(request, found.pk), form if isinstance(form, SpokenForm) else None, status)


def _beside(form: SpokenForm, refusal: RuleBroken | Stale) -> None:
    """Say what was refused beside its field; sent again, the form means the lead as it is now."""
    if isinstance(refusal, RuleBroken):
        into(form, refusal)
        return
    theirs = "、".join(str(there or "—") for _mine, there in refusal.facts["diff"].values())
    form.add_error("next_step", f"{refusal.message} {theirs}")
    form.data = {**form.data.dict(), "version": refusal.facts["found"]}
