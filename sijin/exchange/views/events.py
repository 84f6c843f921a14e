"""One matchmaking event: who was invited and came, what was signed, ordered and delivered since."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.exchange.domain.pool import settle
from sijin.exchange.forms import DeliveryForm
from sijin.exchange.models import Agreement, Delivery, MatchmakingEvent, PoolPlan
from sijin.people.digits import is_number
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken


def _event(request: HttpRequest, pk: int) -> MatchmakingEvent:
    return get_object_or_404(visible(request.user, MatchmakingEvent).select_related("plan", "campaign"), pk=pk)


@require_GET
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an event; whoever sees only some agreements sees no funnel, which counts all of them."""
    found = _event(request, pk)
    return render(request, "exchange/event.html", _context(request, found))


def _context(request: HttpRequest, found: MatchmakingEvent) -> dict[str, Any]:
    signed = visible(request.user, Agreement).filter(event=found).select_related("site", "offer")
    rows = list(signed.prefetch_related("deliveries"))
    for row in rows:
        row.delivered = sum(delivery.amount for delivery in row.deliveries.all())
    sees_all = len(rows) == found.agreements.count()
    may_sign = may(request.user, "sign", Agreement)
    today = timezone.localtime(found.campaign.now()).date()
    return {
        "event": found,
        "rows": rows,
        "funnel": settle.funnel(found) if sees_all and rows else settle.funnel(found)[:2],
        "guests": found.guests.all(),
        "may_hold": may(request.user, "hold", found),
        "may_sign": may_sign,
        "sees_plan": found.plan is not None and visible(request.user, PoolPlan).filter(pk=found.plan_id).exists(),
        "unsigned": _unsigned(found) if may_sign and found.plan is not None else 0,
        "deliveries": Delivery.objects.filter(agreement__in=rows).select_related("agreement").order_by("-on", "-pk"),
        "form": DeliveryForm(event=found, initial={"on": today.isoformat()}),
        "today": today,
    }


def _unsigned(found: MatchmakingEvent) -> int:
    """Return how many partners of the plan have not signed and did not stay away."""
    names = {one.name for one in settle.terms_of(found.plan)}
    names -= set(found.guests.filter(came=False).values_list("name", flat=True))
    return len(names - set(found.agreements.values_list("provider", flat=True)))


@require_POST
def guests(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down who came."""
    came = [int(key) for key in request.POST.getlist("came") if is_number(key)]
    settle.count_guests(request.user, _event(request, pk), came)
    messages.success(request, _("Who came is written down."))
    return redirect("exchange:event", pk=pk)


@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite one more firm."""
    settle.invite(request.user, _event(request, pk), request.POST.get("name", ""))
    messages.success(request, _("Invited."))
    return redirect("exchange:event", pk=pk)


@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign with the partners of the plan, on the day of the event."""
    found = _event(request, pk)
    require(request.user, "sign", Agreement)
    made = settle.sign(request.user, found, found.held_on)
    messages.success(request, _("%(count)s agreements stand now.") % {"count": len(made)})
    return redirect("exchange:event", pk=pk)


@require_POST
def deliver(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a delivery."""
    found = _event(request, pk)
    require(request.user, "sign", Agreement)
    form = DeliveryForm(request.POST, event=found)
    if form.is_valid():
        facts = form.cleaned_data
        try:
            settle.deliver(request.user, facts["agreement"], facts["on"], facts["amount"])
        except RuleBroken as refusal:
            field = refusal.facts.get("field")
            form.add_error(field if field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("The delivery is written down."))
            return redirect("exchange:event", pk=pk)
    return render(request, "exchange/event.html", _context(request, found) | {"form": form}, status=422)
