"""The board: needs left, offers right, between them what fits; reserving in place; the fragment for a need's page."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import complements, kinds, matches, reads, suggestions, words
from sijin.exchange.domain.experts import requests
from sijin.exchange.domain.soil.fitness import KIND as EARTH
from sijin.exchange.forms import ReserveForm
from sijin.exchange.models import Complement, ExpertVisit, Match, Offer, SoilSample
from sijin.ledger.domain import clock
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Need
from sijin.people.digits import is_number
from sijin.people.models import Account
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, Refused, RuleBroken

PAGE = 10
WAITING = 4
SHOWN = ("needs", "fits", "offers")


def campaign_of(account: Account) -> Campaign:
    """Return the campaign that the pages are about; 404 when there is none."""
    found = visible(account, Campaign).first()
    if found is None:
        raise Http404
    return found


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the board."""
    require(request.user, "view", Offer)
    return render(request, "exchange/home.html", board(request.user, request.GET))


def board(account: Account, asked: QueryDict) -> dict[str, Any]:
    """Return what the board shows for the query `asked`: one side's row is chosen, the other side's fits follow."""
    campaign = campaign_of(account)
    kind = asked.get("kind", "") if asked.get("kind", "") in kinds.table()["kinds"] else ""
    q, show = asked.get("q", "")[:100], asked.get("show", "")
    offers = reads.offers(account, campaign, reads.Filter(kind=kind, q=q, free=True))
    needs = reads.lacking(account, campaign, kind=kind, q=q)
    left = Paginator(needs, PAGE).get_page(asked.get("needs"))
    right = Paginator(offers, PAGE).get_page(asked.get("offers"))
    chosen_offer = _chosen(asked.get("offer"), visible(account, Offer).select_related("region", "site", "campaign"))
    asking = visible(account, Need).select_related("site__county", "campaign")
    chosen = None if chosen_offer else _chosen(asked.get("need"), asking)
    if chosen is None and chosen_offer is None and left.object_list:
        chosen = left.object_list[0]
    fits = []
    if chosen_offer:
        fits = suggestions.needs_for(account, chosen_offer)
    elif chosen:
        fits = suggestions.offers_for(account, chosen)
    today = timezone.localtime(campaign.now()).date()
    for need in left:
        need.lamp = clock.light(need, today)
    waiting = list(reads.waiting_for(account, campaign)[: WAITING + 1])
    return {
        "needs": left,
        "offers": right,
        "chosen": chosen,
        "chosen_offer": chosen_offer,
        "fits": fits,
        "kind": kind,
        "kinds": kinds.choices(),
        "q": q,
        "asked": asked,
        "next": f"{reverse('exchange:home')}?{asked.urlencode()}",
        "sides": (("needs", _("Needs")), ("fits", _("What fits")), ("offers", _("Offers"))),
        "show": show if show in SHOWN else "fits" if asked.get("need") or asked.get("offer") else "needs",
        "waiting": waiting[:WAITING],
        "more_waiting": len(waiting) > WAITING,
        "may_reserve": may(account, "reserve", Match) and (chosen is None or chosen.state not in ENDED),
        "may_offer": may(account, "offer", Offer),
        "may_judge": may(account, "judge", Complement),
        "refusals": kinds.refusals(),
        "new_count": complements.new_ones(account, campaign).count() if may(account, "view", Complement) else 0,
        "narrowed": bool(kind or q),
    }


def _chosen(key: str | None, rows: Any) -> Any:
    return rows.filter(pk=int(key)).first() if key and is_number(key) else None


@require_GET
def fitting(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the offers that fit one need, as a fragment of that need's page."""
    require(request.user, "view", Complement)
    need = get_object_or_404(visible(request.user, Need).select_related("site__county", "campaign"), pk=pk)
    fits = suggestions.offers_for(request.user, need, limit=4)
    promised = list(reads.promised(request.user, need))
    for match in promised:
        match.to_confirm = match.state == Match.State.DELIVERED and may(request.user, "confirm", match)
    refused = complements.judged(request.user, need).filter(verdict=Complement.Verdict.REFUSED)[:10]
    context = {
        "fits": fits,
        "asked": may(request.user, "view", ExpertVisit)
        and requests.request_if_any(request.user, need, {fit.offer.kind for fit in fits}),
        "earth": EARTH in kinds.asked(need.search, need.category) and may(request.user, "view", SoilSample),
        "promised": promised,
        "mutual": suggestions.needs_solving(request.user, need, limit=3),
        "refused": refused if may(request.user, "view", Offer) else (),  # what clerks say of a provider
        "refusals": kinds.refusals(),
        "may_judge": may(request.user, "judge", Complement) and need.state not in ENDED,
        "chosen": need,
        "may_reserve": may(request.user, "reserve", Match) and need.state not in ENDED,
        "next": reverse("ledger:need", args=[pk]),
    }
    return render(request, "exchange/fitting.html", context)


@require_POST
def reserve(request: HttpRequest) -> HttpResponse:
    """Reserve a quantity; when it is refused the form comes back with what was typed and why."""
    require(request.user, "reserve", Match)
    form = ReserveForm(request.POST, account=request.user)
    status, after = 422, way_back(request)
    if form.is_valid():
        need, offer, item, quantity = (form.cleaned_data[name] for name in ("need", "offer", "item", "quantity"))
        try:
            if item:
                made = matches.reserve(request.user, item, offer, quantity)
            else:
                made = matches.reserve_unlisted(request.user, need, offer, quantity)
        except NotAllowed:
            raise
        except Refused as refusal:
            form.add_error("quantity", refusal.message)
            status = refusal.status
        else:
            told = {"match": made, "day": words.day(made.expires_on)}
            messages.success(request, _("Reserved: %(match)s. It lapses after %(day)s if nobody agrees.") % told)
            return redirect(after or reverse("exchange:match", args=[made.pk]))
    home_url = reverse("exchange:home")
    if request.htmx and after.partition("?")[0] == home_url:
        context = board(request.user, QueryDict(after.partition("?")[2]))
        context["failed"] = _failed(form)
        return render(request, "exchange/home.html", context, status=status)
    if "need" not in form.cleaned_data or "offer" not in form.cleaned_data:
        raise RuleBroken(_("The need or the offer is not there any more."))
    return render(request, "exchange/reserve.html", {"form": form, "next": after, **form.cleaned_data}, status=status)


def _failed(form: ReserveForm) -> dict[str, Any]:
    """Return which card was refused, with what was typed and why."""
    typed = {name: form.data.get(name, "") for name in ("need", "offer", "item")}
    keys = {name: int(key) if is_number(key) else None for name, key in typed.items()}
    words = [error for errors in form.errors.values() for error in errors]
    return {**keys, "quantity": form.data.get("quantity", ""), "errors": words}


def way_back(request: HttpRequest) -> str:
    """Return the address to go back to, when it is one of ours."""
    after = request.POST.get("next", "")
    return after if after.startswith("/") and url_has_allowed_host_and_scheme(after, {request.get_host()}) else ""
