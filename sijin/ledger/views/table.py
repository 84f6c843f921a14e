"""The ledger as a table."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from sijin.dispatch.models import Campaign
from sijin.ledger.domain import clock, reads
from sijin.ledger.models import Need
from sijin.people.policy import require, visible

PAGE = 40


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show one tab of the ledger."""
    require(request.user, "view", Need)
    campaign = visible(request.user, Campaign).first()
    if campaign is None:
        return render(request, "ledger/home.html", {"page": None})
    tab = request.GET.get("tab", "open")
    tab = tab if tab in reads.TABS else "open"
    q, door = request.GET.get("q", "")[:100], request.GET.get("door", "")
    page = Paginator(reads.listed(request.user, campaign, tab=tab, q=q, door=door), PAGE).get_page(
        request.GET.get("page")
    )
    today = timezone.localtime(campaign.now()).date()
    rows = [{"need": need, "light": clock.light(need, today)} for need in page]
    context = {"page": page, "rows": rows, "tab": tab, "tabs": reads.TABS, "q": q, "door": door}
    return render(request, "ledger/home.html", context)
