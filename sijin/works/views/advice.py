"""Advice cards: the list of whom to ask again, one card, its form, its sheet for farmers, the follow-up."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.exchange.models import ExpertVisit
from sijin.people.digits import number
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.places.models import Site
from sijin.works.domain import sites
from sijin.works.domain.advice import cards
from sijin.works.domain.advice.topics import table, topic_name
from sijin.works.files import advice as papers
from sijin.works.forms import AdviceForm, FollowUpForm
from sijin.works.models import AdviceCard
from sijin.works.views.plans import DOCX
from sijin.works.views.sites import campaign_of

PAGE = 30
ACTS = {"withdraw": cards.withdraw, "restore": cards.restore, "undo": cards.undo_follow_up}


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the cards: whom to ask again first."""
    require(request.user, "view", AdviceCard)
    today = sites.today_of(campaign_of(request.user))
    waiting = request.GET.get("due") == "1"
    rows = cards.due(request.user, today) if waiting else cards.listed(request.user)
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "waiting": waiting,
        "all": cards.listed(request.user).count(),
        "due": cards.due(request.user, today).count(),
        "today": today,
    }
    return render(request, "works/advices.html", context)


@require_GET
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one card."""
    return _page(request, _card(request, pk), FollowUpForm())


def _card(request: HttpRequest, pk: int) -> AdviceCard:
    rows = visible(request.user, AdviceCard).select_related("site__county", "need__campaign", "visit", "made_by")
    return get_object_or_404(rows.prefetch_related("topics"), pk=pk)


def _page(request: HttpRequest, found: AdviceCard, form: FollowUpForm, status: int = 200) -> HttpResponse:
    today = sites.today_of(campaign_of(request.user))
    context = {
        "card": found,
        "advice": [(topic_name(one.topic), one) for one in cards.advice_of(found)],
        "form": form,
        "today": today,
        "may_advise": may(request.user, "advise", found),
        "sees_site": visible(request.user, Site).filter(pk=found.site_id).exists(),
        "overdue": found.followed_on is None and found.follow_up_on is not None and found.follow_up_on <= today,
        "changes": [(cards.word(row.verb), row) for row in found.changes.select_related("by")],
        "ratings": AdviceCard.Rating.choices,
    }
    return render(request, "works/advice.html", context, status=status)


@require_http_methods(["GET", "POST"])
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what was advised at a site."""
    require(request.user, "advise", AdviceCard)
    site, campaign = get_object_or_404(visible(request.user, Site), pk=pk), campaign_of(request.user)
    initial = {} if request.POST else _proposed(request, site)
    form = AdviceForm(request.POST or None, account=request.user, site=site, initial=initial)
    if request.method == "POST" and form.is_valid():
        facts, said = form.said()
        try:
            made = cards.give(request.user, site, campaign, said, **facts)
        except RuleBroken as refusal:
            _into(form, refusal)
        else:
            messages.success(request, _("The advice is written down."))
            return redirect("works:advice", pk=made.pk)
    return _form(request, site, form, 422 if form.errors else 200)


def _proposed(request: HttpRequest, site: Site) -> dict[str, Any]:
    """Return what the form begins with: the latest visit of an expert that has no card yet, or now."""
    now = timezone.localtime(campaign_of(request.user).now())
    came = visible(request.user, ExpertVisit).filter(need__site=site, came_on__isnull=False, advice_cards=None)
    visit = came.select_related("need").order_by("-came_on", "pk").first()
    day = visit.came_on if visit and visit.came_on else now.date()
    moment = datetime.combine(day, time(9), now.tzinfo)
    proposed = {"checked_in_at": moment, "follow_up_on": day + timedelta(days=table()["follow_up_days"])}
    if visit is not None:
        proposed |= {"visit": visit.pk, "need": visit.need_id, "adviser": visit.expert, "problem": visit.need.title}
    return proposed


def _into(form: AdviceForm, refusal: RuleBroken) -> None:
    field = refusal.facts.get("field")
    form.add_error(field if field in form.fields else None, refusal.message)


def _form(
    request: HttpRequest,
    site: Site,
    form: AdviceForm,
    status: int,
    found: AdviceCard | None = None,
    diff: list[Any] | None = None,
) -> HttpResponse:
    context = {"site": site, "form": form, "card": found, "diff": diff}
    return render(request, "works/advice_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a card right; who was slower gets the form back with what the other changed."""
    found = _card(request, pk)
    require(request.user, "advise", found)
    initial = {name: getattr(found, name) for name in ("version", *cards.FIELDS)}
    for one in cards.advice_of(found):
        initial |= {f"{part}_{one.topic}": getattr(one, part) for part in ("text", "material", "quantity", "unit")}
    form = AdviceForm(request.POST or None, account=request.user, site=found.site, initial=initial)
    status, diff = 422 if request.method == "POST" else 200, []
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        facts, said = form.said()
        try:
            cards.correct(request.user, found, said, version=version, **facts)
        except Stale as stale:
            status, diff = 409, [(form.fields[name].label, *pair) for name, pair in stale.facts["diff"].items()]
            form.data = {**request.POST.dict(), "version": stale.facts["found"]}
        except RuleBroken as refusal:
            _into(form, refusal)
        else:
            messages.success(request, _("The card was put right."))
            return redirect("works:advice", pk=pk)
    return _form(request, found.site, form, status, found, diff if status == 409 else None)


@require_POST
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down the follow-up: the farmer's rating and what came of it."""
    found, form = _card(request, pk), FollowUpForm(request.POST)
    require(request.user, "advise", found)
    status = 422
    if form.is_valid():
        try:
            cards.follow_up(request.user, found, **form.cleaned_data)
        except (RuleBroken, Stale) as refusal:
            field = refusal.facts.get("field")
            form.add_error(field if field in form.fields else None, refusal.message)
            status = refusal.status
        else:
            messages.success(request, _("The follow-up is written down."))
            return redirect("works:advice", pk=pk)
    return _page(request, found, form, status)


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Withdraw a card, put it back, or take its follow-up back."""
    found = _card(request, pk)
    require(request.user, "advise", found)
    if verb not in ACTS:
        raise RuleBroken(_("This cannot be done with an advice card."))
    version = request.POST.get("version", "")
    try:
        ACTS[verb](request.user, found, version=number(version))
    except RuleBroken as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{cards.word(verb)}。")
    return redirect("works:advice", pk=pk)


@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the card as a sheet for farmers, .docx on A4."""
    found = _card(request, pk)
    disposition = content_disposition_header(True, f"{found.site.name}{found.crop}技术明白纸.docx")
    return HttpResponse(
        papers.document(found), content_type=DOCX, headers={"Content-Disposition": disposition or "attachment"}
    )
