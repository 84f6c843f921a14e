"""The pages that belong to no room: search, the served party's confirmation, what a failed form check answers."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.defaults import server_error

from sijin.ledger.domain import needs
from sijin.web.search import find

SUGGESTED, LISTED = 5, 20  # hits a kind


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Show what matches, by kind."""
    q = request.GET.get("q", "").strip()[:100]
    return render(request, "search.html", {"q": q, "groups": find(request.user, q, LISTED)})


@require_GET
def suggest(request: HttpRequest) -> HttpResponse:
    """Show the first hits below the search box, while the reader types."""
    q = request.GET.get("q", "").strip()[:100]
    return render(request, "_hits.html", {"q": q, "groups": find(request.user, q, SUGGESTED)})


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask the served party whether the problem was solved; no account is needed, the link works once."""
    if request.method == "POST":
        need = needs.confirm_by_link(token, request.POST.get("verdict", ""), request.POST.get("comment", ""))
        return render(request, "confirm.html", {"need": need, "thanks": True})
    link = needs.link_for(token)
    return render(request, "confirm.html", {"need": link.need, "measures": link.need.measures.all()})


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that nothing is at this address: a page to a reader, JSON to a caller of the API."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": _("Nothing is at this address.")}, status=404)
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that something broke on our side, without touching the database."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": _("Something broke on our side; nothing was changed.")}, status=500)
    return server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in plain words that the form was too old to be trusted."""
    return render(request, "403.html", {"reason": reason}, status=403)
