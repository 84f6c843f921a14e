"""One site: what it needs and what is done for it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from sijin.people.policy import visible
from sijin.places.models import Site


@require_GET
def site(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one site."""
    found = get_object_or_404(visible(request.user, Site).select_related("county", "town"), pk=pk)
    return render(request, "works/site.html", {"site": found})
