"""Long work of the visits in the background: a workbook of many rows."""

import tempfile
from pathlib import Path
from typing import Any

from django.http import QueryDict
from django.utils.translation import ngettext
from django_tasks import task

from sijin.dispatch.models import Campaign
from sijin.ledger.files.exports import keep
from sijin.ledger.models import Need
from sijin.people.jobs import Reporter, carry
from sijin.people.models import Job
from sijin.people.policy import require, visible
from sijin.visits import domain, files
from sijin.visits.forms import ListFilter
from sijin.visits.models import Visit


@task()
def export(job_pk: int, query: str) -> None:
    """Write the visits of a list's filters into a file that belongs to the account."""

    def work(job: Job, reporter: Reporter) -> dict[str, Any]:
        require(job.account, "view", Visit)
        campaign = visible(job.account, Campaign)[0]
        rows = domain.listed(job.account, campaign, **ListFilter(QueryDict(query)).told())
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "visits.xlsx"
            count = files.write(str(path), rows, visible(job.account, Need), campaign, reporter)
            made = keep(job.account, path, files.name(campaign), count)
        words = ngettext("%(n)s visit written.", "%(n)s visits written.", count) % {"n": count}
        return {"url": f"/ledger/files/{made.pk}/", "message": words}

    carry(job_pk, work)
