"""The overview: are we clearing what we find?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from sijin.dispatch.models import Campaign
from sijin.ledger.domain import clock, reads
from sijin.ledger.models import Need
from sijin.people.policy import may, visible


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the four doors, the funnel and what waits for the reader."""
    campaign = visible(request.user, Campaign).first()
    if campaign is None or not may(request.user, "view", Need):
        return render(request, "briefing/home.html", {"campaign": None})
    today = timezone.localtime(campaign.now()).date()
    waiting = reads.listed(request.user, campaign, tab="mine")[:8]
    context = {
        "campaign": campaign,
        "day": campaign.day(),
        "doors": reads.doors(request.user, campaign, today),
        "funnel": reads.funnel(request.user, campaign),
        "rows": [{"need": need, "light": clock.light(need, today)} for need in waiting],
    }
    return render(request, "briefing/home.html", context)
