"""Workers who come back: the board with whom to call next, one worker with the log, messages to many, places."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.exchange.views.board import way_back
from sijin.people.digits import number
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Site
from sijin.works.domain import sites
from sijin.works.domain.returning import calls, contacts, pick_ups, pins, reads, workers
from sijin.works.forms import ArrivedForm, MessageForm, PinForm, ReturningFilter, TalkForm, WorkerForm
from sijin.works.models import PickUp, Worker, WorkerContact
from sijin.works.views.projects import into, now
from sijin.works.views.sites import campaign_of

PAGE = 50
LIGHTS = {"unreached": "late", "hesitant": "soon", "promised": "held", "back": "ok", "away": "none"}


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Show how many stand where, the curve of promises, what worries them, and whom to call next."""
    require(request.user, "view", Worker)
    return _list(request)


def _list(request: HttpRequest, status: int = 200, **forms_: Any) -> HttpResponse:
    account, today = request.user, sites.today_of(campaign_of(request.user))
    form = ReturningFilter(request.GET)
    wanted, everyone = form.wanted(), request.GET.get("show") == "all"
    at = reads.Wanted(site=wanted.site)
    called = calls.listed(account, wanted, today)
    rows: Any = reads.listed(account, wanted) if everyone else called
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list) if everyone else calls.told(account, page.object_list)
    reads.named(account, shown if everyone else [one.worker for one in shown])
    whole, days = reads.tally(account, at), reads.curve(account, at)
    context = {
        "form": form,
        "wanted": wanted,
        "everyone": everyone,
        "page": page,
        "rows": [(worker, None) for worker in shown] if everyone else [(one.worker, one) for one in shown],
        "calling": len(called),
        "tally": whole,
        "columns": _columns(whole),
        "sites": reads.sites(account),
        "site": visible(account, Site).filter(pk=wanted.site).first() if wanted.site else None,
        "worries": reads.worries(account, at),
        "states": Worker.State.choices,
        "worry_choices": WorkerContact.Worry.choices,
        "curve": [[day.day.isoformat(), day.promised, day.back] for day in days],
        "last": days[-1] if days else None,
        "today": today,
        "batch": uuid4(),
        "next": request.get_full_path(),
        "may_keep": may(account, "keep", Worker),
        "may_log": may(account, "log", WorkerContact),
        "message_form": None,
        **forms_,
    }
    return render(request, "works/returning.html", context, status=status)


def _columns(tally: reads.Tally) -> list[tuple[str, str, int, str]]:
    """Return the columns: state, word, how many, its light."""
    words = dict(Worker.State.choices)
    return [(state, str(words[state]), n, LIGHTS[state]) for state, n in tally.states.items()]


def worker_of(request: HttpRequest, pk: int) -> Worker:
    """Return a worker that the reader sees."""
    return get_object_or_404(visible(request.user, Worker).select_related("site", "pick_up"), pk=pk)


@require_GET
def worker(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one worker: where they stand, the log, and the form for the next talk."""
    return _page(request, worker_of(request, pk))


def _page(request: HttpRequest, found: Worker, form: TalkForm | None = None, status: int = 200) -> HttpResponse:
    account, today = request.user, sites.today_of(campaign_of(request.user))
    log = list(visible(account, WorkerContact).filter(worker=found).select_related("by", "taken_back_by"))
    reads.named(account, [found])
    call = calls.of(found, [entry for entry in log if entry.taken_back_at is None], today)
    order = calls.listed(account, reads.Wanted(site=found.site_id), today)
    context = {
        "worker": found,
        "call": call,
        "after": next((one.key for one in order if one.key != found.pk), None),
        "log": log[::-1],
        "changes": [(row, workers.told(row)) for row in found.changes.select_related("by").order_by("-pk")[:10]],
        "why_placeless": pick_ups.why(found.home) if found.pick_up is None else "",
        "form": form,
        "newest": next((entry for entry in log[::-1] if entry.taken_back_at is None), None),
        "states": [
            (code, _("No answer") if code == "unreached" else name, LIGHTS[code])
            for code, name in Worker.State.choices
            if code != "back"
        ],
        "channels": WorkerContact.Channel.choices,
        "worries": WorkerContact.Worry.choices,
        "today": today,
        "present": now(request),
        "key": form.data.get("client_uuid") if form else uuid4(),
        "may_keep": may(account, "keep", found),
        "may_log": found.open and may(account, "log", WorkerContact),
        "sees_site": visible(account, Site).filter(pk=found.site_id).exists(),
    }
    return render(request, "works/worker.html", context, status=status)


@require_POST
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a talk; a refused one comes back with what was typed."""
    found = worker_of(request, pk)
    require(request.user, "log", WorkerContact)
    form, status, present = TalkForm(request.POST), 422, now(request)
    if form.is_valid():
        facts = dict(form.cleaned_data)
        version, key = facts.pop("version"), facts.pop("client_uuid") or uuid4()
        talk = contacts.Talk(found, at=facts.pop("at") or present, client_uuid=key, **facts)
        try:
            contacts.log(request.user, talk, now=present, version=version)
        except Stale as stale:
            status = stale.status
            kept = _("What you wrote is still here: look at the log, then send it again.")
            messages.error(request, f"{stale.message} {kept}")
            form.data = {**request.POST.dict(), "version": stale.facts["found"]}
        except RuleBroken as refusal:
            into(form, refusal)
        else:
            messages.success(request, _("Written down."))
            return redirect("works:worker", pk=pk)
    return _page(request, worker_of(request, pk), form, status)


@require_POST
def take_back(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    """Take an entry of the log back that was a mistake."""
    found = worker_of(request, pk)
    require(request.user, "log", WorkerContact)
    row = get_object_or_404(visible(request.user, WorkerContact), pk=entry, worker=found)
    contacts.take_back(request.user, row, version=number(request.POST.get("version", "")), at=now(request))
    messages.success(request, _("Taken back. It stays in the log, struck out."))
    return redirect("works:worker", pk=pk)


@require_POST
def message(request: HttpRequest) -> HttpResponse:
    """Write down one text message to all who were ticked."""
    require(request.user, "log", WorkerContact)
    form = MessageForm(request.POST, account=request.user)

    def done() -> str:
        facts = form.cleaned_data
        answer = facts["words"] if facts["worry"] else ""
        n = contacts.message(
            request.user, list(facts["pick"]), facts["words"], at=now(request), batch=facts["batch"],
            worry=facts["worry"], answer=answer,
        )  # fmt: skip
        return ngettext("Written down for %(n)s worker.", "Written down for %(n)s workers.", n) % {"n": n}

    return _many(request, form, done)


@require_POST
def arrived(request: HttpRequest) -> HttpResponse:
    """Write down that all who were ticked came back on a day."""
    require(request.user, "log", WorkerContact)
    form = ArrivedForm(request.POST, account=request.user)

    def done() -> str:
        facts = form.cleaned_data
        n = contacts.arrived(
            request.user, list(facts["pick"]), on=facts["on"], at=now(request), batch=facts["batch"]
        )  # fmt: skip
        return ngettext("%(n)s worker is back.", "%(n)s workers are back.", n) % {"n": n}

    return _many(request, form, done)


def _many(request: HttpRequest, form: forms.Form, done: Any) -> HttpResponse:
    """Run a verb on all who were ticked and go back to the list; what was refused is said there."""
    if form.is_valid():
        try:
            messages.success(request, done())
        except (RuleBroken, NotAllowed) as refusal:
            messages.error(request, refusal.message)
            return _list(request, refusal.status, message_form=form)
        return redirect(way_back(request) or reverse("works:returning"))
    messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
    return _list(request, 422, message_form=form)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a worker down."""
    require(request.user, "keep", Worker)
    initial = {"client_uuid": uuid4(), "site": request.GET.get("site") or request.user.site_id}
    form = WorkerForm(request.POST or None, account=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        site, code, key = facts.pop("site"), facts.pop("code"), facts.pop("client_uuid")
        facts.pop("version")
        try:
            code = code or workers.next_code(site)
            made = workers.enter(request.user, site, code, at=now(request), client_uuid=key, **facts)
        except (RuleBroken, NotAllowed) as refusal:
            into(form, refusal)
        else:
            messages.success(request, _placed(made))
            return redirect("works:worker", pk=made.pk)
    return render(request, "works/worker_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is written of a worker; who was slower gets the form back with what the other changed."""
    found = worker_of(request, pk)
    require(request.user, "keep", found)
    initial = {name: getattr(found, name) for name in ("version", *workers.FIELDS)}
    form = WorkerForm(request.POST or None, account=request.user, worker=found, initial=initial)
    status, diff = 422 if request.method == "POST" else 200, None
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        version = facts.pop("version")
        facts.pop("client_uuid")
        try:
            made = workers.correct(request.user, found, version=version or 0, at=now(request), **facts)
        except Stale as stale:
            status, diff = 409, [(form.fields[name].label, *pair) for name, pair in stale.facts["diff"].items()]
            form.data = {**request.POST.dict(), "version": stale.facts["found"]}
        except RuleBroken as refusal:
            into(form, refusal)
        else:
            messages.success(request, _placed(made))
            return redirect("works:worker", pk=pk)
    context = {"form": form, "worker": found, "diff": diff}
    return render(request, "works/worker_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def places(request: HttpRequest) -> HttpResponse:
    """Show homes that lead to no place, set a place by hand for them, put one right or take it away."""
    require(request.user, "keep", Worker)
    own = pins.seen(request.user).annotate(n=Count("workers"))
    chosen = number(request.POST.get("pin", "") or request.GET.get("pin", ""))
    pin = get_object_or_404(own, pk=chosen) if chosen and pins.keeps_all(request.user) else None
    initial = {"name": request.GET.get("name", "")[:80]}
    if pin is not None:
        initial = {name: getattr(pin, name) for name in PinForm.base_fields}
    removing = pin is not None and "remove" in request.POST
    form = PinForm(None if removing else request.POST or None, initial=initial)
    if removing or (request.method == "POST" and form.is_valid()):
        try:
            messages.success(request, _pinned(request, form, pin, removing))
        except RuleBroken as refusal:
            if not removing:
                into(form, refusal)
            else:
                messages.error(request, refusal.message)
        else:
            return redirect("works:returning_places")
    context = {
        "form": form,
        "unplaced": [(home, pick_ups.why(home), n) for home, n in reads.unplaced(request.user)],
        "own": own,
        "pin": pin,
        "may_correct": pins.keeps_all(request.user),
    }
    status = 422 if form.errors or removing else 200
    return render(request, "works/returning_places.html", context, status=status)


def _pinned(request: HttpRequest, form: PinForm, pin: PickUp | None, removing: bool) -> str:
    """Set a place, put one right or take it away; say what was done."""
    if pin is None:
        place, n = pins.make(request.user, at=now(request), **form.cleaned_data)
        words = ngettext("%(n)s worker boards at %(place)s now.", "%(n)s workers board at %(place)s now.", n)
        return words % {"n": n, "place": place}
    if removing:
        pins.remove(request.user, pin)
        return _("The place was taken away.")
    pins.correct(request.user, pin, **form.cleaned_data)
    return _("The place was put right.")


def _placed(worker: Worker) -> str:
    """Say where a worker boards, or why nobody knows."""
    if worker.own_way:
        return _("Written down. They come by their own means.")
    if worker.pick_up is None:
        lost = _("Written down, without a place to board.")
        return f"{lost} {pick_ups.why(worker.home)}"
    return _("Written down. They board at %(place)s.") % {"place": f"{worker.pick_up.province} {worker.pick_up}"}
