"""Long work in the background: started for an account, reporting how far it is, stopped when asked.

A room's `jobs.py` holds a `@task()` that takes a job's key and calls `carry(job_pk, work)`. `work` computes first and
writes in one transaction at the end. What it tells from within a transaction stands beside the store until the commit
(`Reporter.inside`, `shown`): the store shows it to nobody.
"""

import os
import socket
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tasks.base import Task

from sijin.people.models import Account, Job
from sijin.people.policy import require
from sijin.people.refusals import Refused

KEPT = 3600  # seconds after which what was told beside the store is forgotten
STEP = 0.5  # seconds between two writes of the progress
ENDED = gettext_lazy("The server was stopped while this job ran; nothing was changed. Start it again.")


class Cancelled(Exception):
    """The person asked to stop."""


class Reporter:
    """Tells a job's page how far the work is; raises Cancelled once the person has asked to stop."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.last = 0.0

    def __call__(self, done: int, total: int, message: str = "") -> None:
        """Report `done` of `total` steps (plain counts), at most twice a second."""
        if time.monotonic() - self.last < STEP and done < total:
            return
        self.last = time.monotonic()
        row = Job.objects.filter(pk=self.job.pk)
        row.update(done=done, total=total, message=message[:300])
        if row.filter(cancel_asked=True).exists():
            raise Cancelled

    def inside(self, done: int, total: int) -> None:
        """Report from within a transaction: beside the store, which shows nothing of it before the commit."""
        if time.monotonic() - self.last < STEP and done < total:
            return
        self.last = time.monotonic()
        beside = caches["progress"]
        beside.set(_name(self.job, "done"), [done, total], KEPT)
        if beside.get(_name(self.job, "stop")):
            raise Cancelled


def _name(job: Job, what: str) -> str:
    return f"{what}-{job.pk}-{job.created.timestamp()}"


def shown(job: Job) -> Job:
    """Return `job` with how far it is inside its transaction, where it told that on this machine."""
    if job.running and (told := caches["progress"].get(_name(job, "done"))):
        job.done, job.total = told
    return job


def start(account: Account, kind: str, task: Task, **arguments: Any) -> Job:
    """Queue `task(job.pk, **arguments)` for `account` once the present transaction is committed; return its job.

    `kind` is the heading of the job's page: an English phrase that the caller marks with `gettext_noop`.
    """
    job = Job.objects.create(account=account, kind=kind, language=translation.get_language() or "")
    transaction.on_commit(lambda: task.enqueue(job.pk, **arguments))
    return job


def cancel(by: Account, job: Job) -> Job:
    """Ask `job` to stop at its next report; one that has ended stays as it is."""
    require(by, "cancel", job)
    caches["progress"].set(_name(job, "stop"), True, KEPT)  # first: on SQLite the job's transaction may hold the store
    Job.objects.filter(pk=job.pk, finished=None).update(cancel_asked=True)
    job.refresh_from_db()
    return job


def carry(job_pk: int, work: Callable[[Job, Reporter], dict[str, Any]]) -> None:
    """Run `work(job, reporter)` and keep its result, or the words of its refusal, in the job.

    Words are written in the language of the person who asked. `result["url"]` leads to what was made, and
    `result["message"]` says it in a line.
    """
    job = Job.objects.select_related("account").get(pk=job_pk)
    with translation.override(job.language or translation.get_language()):
        _carry(job, work)


def _carry(job: Job, work: Callable[[Job, Reporter], dict[str, Any]]) -> None:
    if job.cancel_asked:
        _finish(job, Job.State.CANCELLED, _("Stopped before it began."))
        return
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, worker=f"{socket.gethostname()}:{os.getpid()}")
    try:
        result = work(job, Reporter(job))
    except Cancelled:
        _finish(job, Job.State.CANCELLED, _("Stopped; nothing was changed."))
    except Refused as refusal:
        _finish(job, Job.State.FAILED, refusal.message)
    except BaseException as error:  # an ending process raises SystemExit
        ended = not isinstance(error, Exception)
        _finish(job, Job.State.FAILED, str(ENDED) if ended else _("Something broke on our side; nothing was changed."))
        raise
    else:
        Job.objects.filter(pk=job.pk).update(result=result)
        _finish(job, Job.State.DONE, str(result.get("message", "")))


def abandon() -> int:
    """Fail the jobs of this machine whose process is gone (killed, or the power cut); return how many there were."""
    host = socket.gethostname()
    gone = [
        job
        for job in Job.objects.filter(state=Job.State.RUNNING, worker__startswith=f"{host}:")
        if not _alive(int(job.worker.rsplit(":", 1)[1]))
    ]
    for job in gone:
        with translation.override(job.language or translation.get_language()):
            _finish(job, Job.State.FAILED, str(ENDED))
    return len(gone)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # there, and someone else's
        return True
    return True


def _finish(job: Job, state: str, message: str) -> None:
    caches["progress"].delete_many([_name(job, "done"), _name(job, "stop")])
    Job.objects.filter(pk=job.pk).update(state=state, message=message[:300], finished=timezone.now())
