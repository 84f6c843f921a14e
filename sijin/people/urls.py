"""Addresses of accounts, of the first run and of the reader's jobs."""

from django.urls import path

from sijin.people.views import accounts, first_run, jobs, notices

app_name = "people"
urlpatterns = [
    path("first-run/", first_run.first_run, name="first_run"),
    path("accounts/", accounts.home, name="accounts"),
    path("accounts/new/", accounts.new, name="account_new"),
    path("accounts/choices/<str:kind>/", accounts.choices, name="choices"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/password/", accounts.password, name="account_password"),
    path("accounts/<int:pk>/second-step/", accounts.second_step, name="account_second_step"),
    path("accounts/<int:pk>/active/", accounts.active, name="account_active"),
    path("notices/", notices.home, name="notices"),
    path("notices/read/", notices.read_all, name="notices_read"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("jobs/", jobs.home, name="jobs"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("jobs/<int:pk>/progress/", jobs.progress, name="job_progress"),
    path("jobs/<int:pk>/cancel/", jobs.cancel, name="job_cancel"),
]
