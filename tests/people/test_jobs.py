"""Jobs: their pages belong to who asked, the bar stops when the job has ended, cancelling keeps nothing."""

import contextlib
import os
import socket
import subprocess

import pytest
from django.test import Client

from sijin.people import jobs
from sijin.people.models import Account, Job
from sijin.people.refusals import NotAllowed, RuleBroken
from tests.web.test_access import signed_in

POLLS = 'hx-trigger="load delay:1s"'


def job_of(account: Account, **fields) -> Job:
    """Return a job of `account`."""
    return Job.objects.create(account=account, kind="Import", **fields)


def test_a_job_is_its_owners_alone(world) -> None:
    mine, office = job_of(world.accounts["leader"], message="机密进度"), signed_in(world.accounts["campaign_office"])
    for path in (f"/jobs/{mine.pk}/", f"/jobs/{mine.pk}/progress/"):
        assert office.get(path).status_code == 404
    assert office.post(f"/jobs/{mine.pk}/cancel/").status_code == 404
    assert "机密进度" not in office.get("/jobs/").content.decode()
    with pytest.raises(NotAllowed):
        jobs.cancel(world.accounts["campaign_office"], mine)
    owner = signed_in(world.accounts["leader"])
    assert "机密进度" in owner.get("/jobs/").content.decode()
    assert Client().get(f"/jobs/{mine.pk}/").status_code == 302


def test_the_bar_asks_again_until_the_end(world) -> None:
    client = signed_in(world.accounts["leader"])
    job = job_of(world.accounts["leader"], state="running", done=3, total=9)
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert POLLS in page and 'max="9" value="3"' in page and "3 / 9" in page
    Job.objects.filter(pk=job.pk).update(state="done", message="导入 9 行", result={"url": "/visits/"})
    fragment = client.get(f"/jobs/{job.pk}/progress/").content.decode()
    assert POLLS not in fragment and "<html" not in fragment
    assert "导入 9 行" in fragment and 'href="/visits/"' in fragment


def test_a_running_job_is_stopped_and_an_ended_one_is_not(world) -> None:
    client = signed_in(world.accounts["leader"])
    running, ended = job_of(world.accounts["leader"], state="running"), job_of(world.accounts["leader"])
    jobs.carry(ended.pk, lambda job, report: {"message": "done"})
    assert client.post(f"/jobs/{running.pk}/cancel/").headers["Location"] == f"/jobs/{running.pk}/"
    assert POLLS in client.post(f"/jobs/{running.pk}/cancel/", headers={"HX-Request": "true"}).content.decode()
    client.post(f"/jobs/{ended.pk}/cancel/")
    assert [Job.objects.get(pk=job.pk).cancel_asked for job in (running, ended)] == [True, False]


def test_a_cancelled_refused_or_broken_job_says_so(world) -> None:
    account = world.accounts["leader"]

    def outcome(work, **fields) -> tuple[str, str]:
        job = job_of(account, language="en", **fields)
        with contextlib.suppress(ZeroDivisionError):
            jobs.carry(job.pk, work)
        job.refresh_from_db()
        return job.state, job.message

    def refused(job, report):
        raise RuleBroken("row 7 has no name")

    def stopped(job, report):
        Job.objects.filter(pk=job.pk).update(cancel_asked=True)
        report(1, 1)

    assert outcome(refused) == ("failed", "row 7 has no name")
    assert outcome(stopped) == ("cancelled", "Stopped; nothing was changed.")
    assert outcome(lambda job, report: 1 / 0) == ("failed", "Something broke on our side; nothing was changed.")
    assert outcome(lambda job, report: {}, cancel_asked=True) == ("cancelled", "Stopped before it began.")


def test_a_job_whose_process_is_gone_is_failed_and_no_other(world) -> None:
    account, host = world.accounts["leader"], socket.gethostname()
    child = subprocess.Popen(["true"])
    child.wait()
    gone = job_of(account, state="running", worker=f"{host}:{child.pid}")
    ours = job_of(account, state="running", worker=f"{host}:{os.getpid()}")
    elsewhere = job_of(account, state="running", worker=f"not-{host}:{child.pid}")
    assert jobs.abandon() == 1
    assert [Job.objects.get(pk=job.pk).state for job in (gone, ours, elsewhere)] == ["failed", "running", "running"]


def test_the_menu_counts_the_jobs_at_work_and_the_list_stays_small(world, django_assert_max_num_queries) -> None:
    client = signed_in(world.accounts["leader"])
    assert 'title="正在进行的任务"' not in client.get("/jobs/").content.decode()
    Job.objects.bulk_create(Job(account=world.accounts["leader"], kind="Import", state="running") for _ in range(60))
    page = client.get("/jobs/").content.decode()
    assert '<i class="count" title="正在进行的任务">60</i>' in page
    with django_assert_max_num_queries(8):
        assert len(client.get("/jobs/").content) < 100_000
