"""Pages of the exchange: the offers, and one offer."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from sijin.exchange.models import Offer
from sijin.people.policy import require, visible


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """List the offers that the reader sees."""
    require(request.user, "view", Offer)
    page = Paginator(visible(request.user, Offer), 40).get_page(request.GET.get("page"))
    return render(request, "exchange/home.html", {"page": page})


@require_GET
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one offer and what of it is promised."""
    found = get_object_or_404(visible(request.user, Offer), pk=pk)
    return render(request, "exchange/offer.html", {"offer": found})
