"""Issuing a brief in the background: it reads the whole ledger twice, the day and the day before."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django_tasks import task

from sijin.briefing.domain import briefs
from sijin.dispatch.models import Campaign
from sijin.people.jobs import Reporter, carry
from sijin.people.models import Job
from sijin.people.policy import visible


@task()
def issue(job_pk: int, campaign: int, day: str, reason: str = "") -> None:
    """Issue the brief of `day` (ISO) for the account that asked."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        found = visible(job.account, Campaign).get(pk=campaign)
        brief = briefs.issue(job.account, found, date.fromisoformat(day), reason=reason, progress=report)
        report(2, 2)
        message = _("%(issue)s is issued.") % {"issue": brief.issue}
        return {"url": reverse("briefing:brief", args=[brief.pk]), "message": message}

    carry(job_pk, work)
