"""Background work of the works room: a long sheet of workers read in."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_tasks import task

from sijin.people.jobs import Reporter, carry
from sijin.people.models import Job
from sijin.works.domain.returning import sheets
from sijin.works.models import WorkerImport

READING = gettext_noop("Read in workers")


@task()
def take_workers(job: int, sheet: int) -> None:
    """Take in the rows of the sheet `sheet`."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        found = WorkerImport.objects.select_related("campaign", "made_by__site").get(pk=sheet, made_by=job.account)
        done = sheets.take(found, report)
        kept = done.created + done.changed + done.same
        words = _("%(kept)s rows kept, %(bad)s come back") % {"kept": kept, "bad": len(done.bad)}
        return {"message": words, "url": reverse("works:returning_import", args=[done.pk])}

    carry(job, work)
