"""The pages that belong to no room: what a failed form check answers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in plain words that the form was too old to be trusted."""
    return render(request, "403.html", {"reason": reason}, status=403)
