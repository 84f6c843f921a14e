"""Clearings: run one, see what it proposes and what is short, fix pairs, publish; a price opens to its rows."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from sijin.exchange.domain import kinds
from sijin.exchange.domain.clearings import locks, publishing, reads, words
from sijin.exchange.files import clearing as files
from sijin.exchange.forms import ClearingForm, FixForm, PublishForm
from sijin.exchange.jobs import CLEARING, PUBLISHING, clear_market, publish_clearing
from sijin.exchange.models import Clearing, ClearingLock, ProposedMatch
from sijin.exchange.views.board import campaign_of
from sijin.people import jobs
from sijin.people.models import Job
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.places.models import Region

PAGE, ROWS, UNMET, SHOWN = 20, 50, 20, 20
AT_ONCE = 200  # rows that are published while the reader waits; more of them by a job
AT_WORK = (Job.State.WAITING, Job.State.RUNNING)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the clearings, with the form of the next one and what people fixed."""
    require(request.user, "view", Clearing)
    return _listed(request, ClearingForm(label_suffix=""))


def _listed(request: HttpRequest, form: ClearingForm, status: int = 200) -> HttpResponse:
    campaign = campaign_of(request.user)
    page = Paginator(reads.clearings(request.user, campaign), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "form": form,
        "job": visible(request.user, Job).filter(kind=CLEARING, state__in=AT_WORK).first(),
        "may_make": may(request.user, "make", Clearing),
        "locks": reads.locks(request.user, campaign)[:ROWS],
        "may_fix": may(request.user, "fix", ClearingLock),
    }
    return render(request, "exchange/clearings.html", context, status=status)


@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Start a clearing as a job."""
    require(request.user, "make", Clearing)
    form = ClearingForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _listed(request, form, status=422)
    job = jobs.start(request.user, CLEARING, clear_market, campaign=campaign_of(request.user).pk, terms=form.terms())
    return redirect("people:job", pk=job.pk)


def _found(request: HttpRequest, pk: int) -> Clearing:
    rows = visible(request.user, Clearing).select_related("campaign", "made_by", "published_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
def clearing(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one clearing: its proof, what is short, what it proposes, what stays unmet."""
    return _page(request, _found(request, pk))


def _page(request: HttpRequest, found: Clearing, status: int = 200, **more: Any) -> HttpResponse:
    asked = {name: request.GET.get(name, "")[:20] for name in ("kind", "county", "change")}
    rows = Paginator(reads.proposals(found, **asked), ROWS).get_page(request.GET.get("page"))
    fixed = {(lock.item_id, lock.offer_id): lock for lock in reads.locks(request.user, found.campaign)}
    for row in rows:
        row.lock = fixed.get((row.item_id, row.offer_id))
    unmet = reads.unmet(found, asked["kind"])
    may_publish = may(request.user, "publish", found)
    waiting = publishing.open_rows(found) if may_publish and found.state != Clearing.State.WITHDRAWN else []
    changed = publishing.changed(waiting) if waiting else []
    figures = found.figures
    context = {
        "clearing": found,
        "asked": asked,
        "rows": rows,
        "query": "&".join(f"{name}={value}" for name, value in asked.items() if value),
        "scarce": reads.scarcest(found),
        "unmet": unmet[:UNMET],
        "unmet_count": unmet.count(),
        "changes": _changes(found),
        "kinds": [(kind, kinds.name(kind)) for kind in found.kinds],
        "counties": Region.objects.filter(pk__in={row["county"] for row in figures.get("counties", [])}),
        "open_rows": len(waiting),
        "changed": changed[:SHOWN],
        "changed_count": len(changed),
        "changed_rows": {one.row.pk for one in changed},
        "standing": len(waiting) - len(changed),
        "held": reads.held(found).count() if found.state == Clearing.State.PUBLISHED else 0,
        "saved": _saved(figures),
        "form": ClearingForm(initial=_initial(found), label_suffix=""),
        "may_make": may(request.user, "make", Clearing),
        "may_publish": may_publish,
        "may_fix": may(request.user, "fix", ClearingLock),
        **more,
    }
    return render(request, "exchange/clearing.html", context, status=status)


def _changes(found: Clearing) -> list[tuple[str, str, int]]:
    counted = reads.changes(found)
    return [(code, str(label), counted[code]) for code, label in ProposedMatch.Change.choices if counted.get(code)]


def _saved(figures: dict[str, Any]) -> float | None:
    """Return by how many percent first come, first served would have cost more; the usual item of each kind counts one.

    Costs are points a unit: summed as they are, masks would outvote whatever is counted in ones.
    """
    weighed = [(row["items"] / row["wanted"], row) for row in figures.get("kinds", []) if row["wanted"]]
    cost = sum(weight * row["cost"] for weight, row in weighed)
    greedy = sum(weight * row["greedy"] for weight, row in weighed)
    return 100 * (greedy - cost) / cost if cost else None


def _initial(found: Clearing) -> dict[str, Any]:
    kind = found.kinds[0] if len(found.kinds) == 1 else ""
    return {
        "kind": kind,
        "floor": round(100 * found.floor),
        "change": f"{found.change:g}",
        "seconds": round(found.time_limit),
    }


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Reserve what is proposed; rows that changed are shown, and the others can be published."""
    found = _found(request, pk)
    require(request.user, "publish", found)
    form = PublishForm(request.POST)
    if not form.is_valid():
        raise RuleBroken(_("The rows that were ticked could not be read; tick them again."))
    which, ticked = form.cleaned_data["which"], form.cleaned_data["row"]
    if which == "chosen" and not ticked:
        messages.error(request, _("Nothing was ticked, so nothing was published."))
        return redirect("exchange:clearing", pk=pk)
    chosen = ticked if which == "chosen" else None
    if which == "standing":
        rows = publishing.open_rows(found)
        chosen = [row.pk for row in rows if row.pk not in {one.row.pk for one in publishing.changed(rows)}]
    if (len(chosen) if chosen is not None else found.rows.filter(done=False).count()) > AT_ONCE:
        job = jobs.start(request.user, PUBLISHING, publish_clearing, clearing=pk, rows=chosen, version=found.version)
        return redirect("people:job", pk=job.pk)
    before = found.rows.filter(done=True).count()
    try:
        publishing.publish(request.user, found, rows=chosen, version=form.cleaned_data["version"])
    except (Stale, RuleBroken) as refusal:
        return _page(request, _found(request, pk), refusal.status, refused=refusal)
    count = found.rows.filter(done=True).count() - before
    told = ngettext("%(count)s match is reserved now.", "%(count)s matches are reserved now.", count) % {"count": count}
    messages.success(request, told + " " + _("Whoever provides them agrees next; withdrawing gives them back."))
    return redirect("exchange:clearing", pk=pk)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft away, or give back what a published clearing reserved."""
    found = _found(request, pk)
    draft = found.state == Clearing.State.DRAFT
    publishing.withdraw(request.user, found)
    given_back = _("The clearing is withdrawn; what nobody had agreed to is free again.")
    messages.success(request, _("The draft was put away; nothing else changed.") if draft else given_back)
    return redirect("exchange:clearings")


@require_POST
def fix(request: HttpRequest, pk: int) -> HttpResponse:
    """Lock or forbid a proposed pair for the next clearings, or leave it free again."""
    found = _found(request, pk)
    require(request.user, "fix", ClearingLock)
    form = FixForm(request.POST)
    if not form.is_valid():
        raise RuleBroken(_("This row is not there any more."))
    row = get_object_or_404(
        found.rows.select_related("item__need__site", "offer__campaign"), pk=form.cleaned_data["row"]
    )
    says = form.cleaned_data["says"]
    there = ClearingLock.objects.filter(item=row.item, offer=row.offer).first()
    if says == "free":
        if there:
            locks.lift(request.user, there)
        words_of = _("The next clearing decides freely: %(row)s")
    else:
        locks.fix(request.user, row.item, row.offer, says, row.quantity if says == ClearingLock.Says.KEEP else None)
        kept, never = _("Locked for the next clearing: %(row)s"), _("Never proposed again: %(row)s")
        words_of = kept if says == ClearingLock.Says.KEEP else never
    messages.success(request, words_of % {"row": words.row(row)})
    query = request.GET.urlencode()
    return redirect(f"{reverse('exchange:clearing', args=[pk])}{'?' + query if query else ''}#rows")


@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget what was fixed of a pair."""
    locks.lift(request.user, get_object_or_404(visible(request.user, ClearingLock), pk=pk))
    messages.success(request, _("The next clearing decides freely."))
    return redirect("exchange:clearings")


@require_GET
def prices(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all that is scarce, the dearest first."""
    found = _found(request, pk)
    kind = request.GET.get("kind", "")[:20]
    page = Paginator(reads.scarcest(found, limit=None, kind=kind), ROWS).get_page(request.GET.get("page"))
    context = {
        "clearing": found,
        "page": page,
        "kind": kind,
        "kinds": [(k, kinds.name(k)) for k in found.kinds],
        "floored": any(not row["kept"] for row in found.figures.get("counties", [])),
    }
    return render(request, "exchange/clearing_prices.html", context)


@require_GET
def price(request: HttpRequest, pk: int, price: int) -> HttpResponse:
    """Show the rows behind a price: who competes for what is scarce, and who offers it."""
    found = _found(request, pk)
    row = get_object_or_404(found.prices.select_related("place", "clearing"), pk=price)
    context = {"clearing": found, "behind": reads.behind(request.user, row)}
    return render(request, "exchange/clearing_price.html", context)


@require_GET
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the matches, the prices and what stays unmet as .xlsx."""
    found = _found(request, pk)
    name = f"资源配置方案{found.made_at:%Y-%m-%d}.xlsx"
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(files.workbook(found), content_type=XLSX, headers={"Content-Disposition": disposition})
