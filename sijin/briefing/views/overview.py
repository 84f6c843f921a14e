"""The overview: are we clearing what we find?"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sijin.briefing.domain import overview
from sijin.briefing.domain.figures import figures
from sijin.briefing.domain.map import LIGHTS, places
from sijin.briefing.domain.standing import closing
from sijin.briefing.models import Brief
from sijin.briefing.views.asked import as_of, campaign_of, figures_of
from sijin.dispatch.models import Campaign
from sijin.exchange.domain.clearings import reads as clearings
from sijin.ledger.domain import clock, reads
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import may, visible
from sijin.places.models import Door

WAITING = 8  # rows of what waits for the reader; the ledger has the rest


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the answer in a sentence, the four doors, the funnel, the trend and what waits for the reader."""
    campaign = campaign_of(request)
    if campaign is None:
        return render(request, "briefing/home.html", {"campaign": None})
    asked = as_of(request, campaign)
    counted = figures(request.user, campaign, closing(campaign, asked.day))
    waiting = [] if asked.past else reads.listed(request.user, campaign, tab="mine")[:WAITING]
    steps = overview.funnel(counted)
    context = {
        "campaign": campaign,
        "as_of": asked,
        "figures": counted,
        "answer": overview.answer(counted),
        "cards": overview.cards(counted),
        "steps": steps,
        "door_names": json.dumps([str(door.label) for door in Door], ensure_ascii=False),
        "lights": LIGHTS,
        "charts": {"steps": _bars(steps), "trend": overview.trend(counted)},
        "evaluation": overview.evaluation(counted),
        "coverage": overview.coverage(counted),
        "lacking": overview.lacking(counted),
        **_short(request.user, campaign, asked.past),
        "waiting": [{"need": need, "light": clock.light(need, asked.day)} for need in waiting],
        "may_post": bool(request.user.site_id) and may(request.user, "raise", Need),
        "may_brief": may(request.user, "view", Brief),
        "brief": visible(request.user, Brief).filter(campaign=campaign, date__lte=asked.day).defer("body").first(),
    }
    return render(request, "briefing/home.html", context)


def _short(account: Account, campaign: Campaign, past: bool) -> dict[str, Any]:
    """Return the scarcest things by shadow price, of the latest clearing that the reader sees; none on a past day."""
    cleared = [] if past else clearings.current(account, campaign)
    return {"short": clearings.scarcest(*cleared) if cleared else []}


def _bars(steps: list[dict]) -> list[dict]:
    """Return the funnel as the chart takes it: label, total, and key and value by door."""
    return [
        {"label": step["label"], "all": step["all"].value, "doors": [[f.key, f.value] for f in step["doors"]]}
        for step in steps
    ]


@require_GET
def map_data(request: HttpRequest) -> JsonResponse:
    """Return what the map shows to this reader, as of the day."""
    counted, _asked = figures_of(request)
    answer = JsonResponse(places(counted), json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
    answer["Cache-Control"] = "private, max-age=30"
    return answer
