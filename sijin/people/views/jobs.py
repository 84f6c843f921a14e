"""The reader's long jobs: the list, one with its bar, and the wish to stop it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from sijin.people import jobs
from sijin.people.models import Job
from sijin.people.policy import require, visible

PAGE = 30


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """List the reader's jobs, the newest first."""
    require(request.user, "view", Job)
    page = Paginator(visible(request.user, Job), PAGE).get_page(request.GET.get("page"))
    return render(request, "people/jobs.html", {"page": page})


@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one job."""
    return render(request, "people/job.html", {"job": jobs.shown(get_object_or_404(visible(request.user, Job), pk=pk))})


@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Return how far a job is, as a fragment that asks again each second until the job has ended."""
    return render(
        request, "people/_job.html", {"job": jobs.shown(get_object_or_404(visible(request.user, Job), pk=pk))}
    )


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a job to stop; it ends at its next report."""
    found = jobs.cancel(request.user, get_object_or_404(visible(request.user, Job), pk=pk))
    if request.htmx:
        return render(request, "people/_job.html", {"job": found})
    return redirect("people:job", pk=pk)
