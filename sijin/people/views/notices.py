"""What the reader was told: the list, one with its way to what it tells of."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from sijin.people import notices
from sijin.people.models import Notice
from sijin.people.policy import require

PAGE = 30


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """List what the reader was told, the latest first."""
    require(request.user, "view", Notice)
    page = Paginator(notices.mine(request.user), PAGE).get_page(request.GET.get("page"))
    for notice in page:
        notice.words = notices.worded(notice)
    return render(request, "people/notices.html", {"page": page})


@require_POST
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notice as read and go to what it tells of."""
    found = get_object_or_404(notices.mine(request.user), pk=pk)
    notices.read(request.user, found, timezone.now())
    return redirect(found.url if found.url.startswith("/") and not found.url.startswith("//") else "people:notices")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    notices.read_all(request.user, timezone.now())
    return redirect("people:notices")
