"""Addresses of the reader's jobs."""

from django.urls import path

from sijin.people.views import jobs

app_name = "people"
urlpatterns = [
    path("jobs/", jobs.home, name="jobs"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("jobs/<int:pk>/progress/", jobs.progress, name="job_progress"),
    path("jobs/<int:pk>/cancel/", jobs.cancel, name="job_cancel"),
]
