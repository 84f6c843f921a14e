"""Long work of the ledger in the background: bulk actions, exports, re-imports."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tasks import task

from sijin.ledger.domain import bulk, edits, filters, intake
from sijin.ledger.files import exports
from sijin.ledger.models import BulkAction, SheetImport
from sijin.people.jobs import Cancelled, Reporter, carry
from sijin.people.models import Job

RUNS = {SheetImport.Kind.EDITS: edits.run, SheetImport.Kind.NEEDS: intake.run}


@task()
def act_in_bulk(job_pk: int, action_pk: int) -> None:
    """Do a confirmed bulk action; what was done before a stop stays done and is listed."""

    def work(job: Job, reporter: Reporter) -> dict[str, Any]:
        action = BulkAction.objects.select_related("account", "campaign").get(pk=action_pk, account=job.account)
        url = f"/ledger/bulk/{action.pk}/"
        try:
            bulk.run(action, reporter)
        except Cancelled:
            left = len(action.rows) - len(action.results)
            return {"url": url, "message": _("Stopped: %(left)s needs were left as they were.") % {"left": left}}
        done = sum(outcome == "done" for _pk, outcome, _reason in action.results)
        words = _("%(done)s of %(all)s needs done.") % {"done": done, "all": len(action.rows)}
        return {"url": url, "message": words}

    carry(job_pk, work)


@task()
def export(job_pk: int, form: str, query: str) -> None:
    """Write the rows of a filter into a file of the account."""

    def work(job: Job, reporter: Reporter) -> dict[str, Any]:
        made = exports.make(job.account, form, filters.from_text(query), reporter)
        words = ngettext("%(n)s row written.", "%(n)s rows written.", made.rows) % {"n": made.rows}
        return {"url": f"/ledger/files/{made.pk}/", "message": words}

    carry(job_pk, work)


@task()
def take_in_sheet(job_pk: int, import_pk: int) -> None:
    """Apply a confirmed workbook row by row; what was done before a stop stays done and is listed."""

    def work(job: Job, reporter: Reporter) -> dict[str, Any]:
        upload = SheetImport.objects.select_related("account", "campaign").get(pk=import_pk, account=job.account)
        url = f"/ledger/import/{upload.pk}/"
        try:
            RUNS[upload.kind](upload, reporter)
        except Cancelled:
            return {"url": url, "message": _("Stopped; the rows done until then are listed.")}
        return {"url": url, "message": _("The workbook was taken in.")}

    carry(job_pk, work)
