"""Long work of the dispatch: solving a plan, taking in a roster, writing the team sheets."""

import secrets
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.translation import gettext as _
from django_tasks import task

from sijin.dispatch.domain import plans, publishing, rosters, team_sheets, what_if
from sijin.dispatch.files import team_sheet
from sijin.dispatch.files.reading import read
from sijin.dispatch.files.writing import rejected
from sijin.dispatch.models import Campaign, RosterImport, WhatIf
from sijin.people.jobs import Reporter, carry
from sijin.people.models import Job


@task()
def plan_dispatch(job_pk: int, campaign_pk: int, seconds: float, seed: int, change: float | None = None) -> None:
    """Solve a campaign's dispatch into a draft; `change` is the price of a change against what runs."""
    carry(job_pk, lambda job, report: _plan(job, report, campaign_pk, seconds, seed, change))


def _plan(
    job: Job, report: Reporter, campaign_pk: int, seconds: float, seed: int, change: float | None
) -> dict[str, Any]:
    campaign = Campaign.objects.get(pk=campaign_pk)

    def told(done: int, total: int, words: str) -> None:
        named = {"posting": _("Sites to teams"), "formation": _("People to teams")}
        report(round(done / 1000), round(total / 1000), named.get(words, words))

    plan = plans.solve(job.account, campaign, time_limit=seconds, seed=seed, change=change, progress=told)
    words = _("Gap %(gap)s %%, %(seconds)s s") % {"gap": f"{100 * plan.gap:.2f}", "seconds": f"{plan.seconds:.1f}"}
    return {"url": reverse("dispatch:plan", args=[plan.pk]), "message": words}


@task()
def answer_what_if(job_pk: int, what_if_pk: int) -> None:
    """Solve a what-if and keep its answer."""
    carry(job_pk, lambda job, report: _answer(job, report, what_if_pk))


def _answer(job: Job, report: Reporter, what_if_pk: int) -> dict[str, Any]:
    asked = WhatIf.objects.select_related("campaign").get(pk=what_if_pk)
    what_if.answer(job.account, asked, report)
    return {"url": reverse("dispatch:what_if", args=[asked.pk]), "message": asked.get_kind_display()}


@task()
def publish_dispatch(job_pk: int, campaign_pk: int) -> None:
    """Tell everyone whom the dispatch changes."""
    carry(job_pk, lambda job, report: _publish(job, report, campaign_pk))


def _publish(job: Job, report: Reporter, campaign_pk: int) -> dict[str, Any]:
    made = publishing.publish(job.account, Campaign.objects.get(pk=campaign_pk), report)
    words = _("%(told)s people were told, %(made)s accounts made") % {"told": made.told, "made": len(made.made)}
    return {"url": reverse("dispatch:publication", args=[made.pk]), "message": words}


@task()
def take_in_roster(job_pk: int, import_pk: int) -> None:
    """Write the good rows of a workbook that was handed in."""
    carry(job_pk, lambda job, report: _take_in(job, report, import_pk))


def _take_in(job: Job, report: Reporter, import_pk: int) -> dict[str, Any]:
    kept = RosterImport.objects.select_related("campaign").get(pk=import_pk)
    with kept.file.open("rb") as file:
        book = read(file.read())
    kept = rosters.apply(job.account, kept, book, rejected, report)
    taken = sum(sheet["new"] + sheet["changed"] for sheet in kept.summary["sheets"])
    words = _("%(taken)s rows written, %(bad)s came back") % {"taken": taken, "bad": kept.summary["bad_rows"]}
    return {"url": reverse("dispatch:roster", args=[kept.pk]), "message": words}


@task()
def write_sheets(job_pk: int, campaign_pk: int, county: str, monday: str) -> None:
    """Write the sheets of many teams into one file of the account."""
    carry(job_pk, lambda job, report: _write(job, report, campaign_pk, county, date.fromisoformat(monday)))


def _write(job: Job, report: Reporter, campaign_pk: int, county: str, monday: date) -> dict[str, Any]:
    teams = team_sheets.teams_of(job.account, Campaign.objects.get(pk=campaign_pk), county)
    total = teams.count()
    made = team_sheets.sheets_of(job.account, teams, monday, lambda done: report(done, total, _("Team sheets")))
    name = default_storage.save(f"sheets/{secrets.token_hex(16)}.docx", ContentFile(team_sheet.document(made)))
    report(total, total, _("Team sheets"))
    words = _("%(count)s team sheets written.") % {"count": total}
    return {"url": reverse("dispatch:sheets_made", args=[job.pk]), "message": words, "team_sheets": name}
