"""A long task for the test of `sijin serve`: the worker imports it by its name."""

import os
import time

from django_tasks import task

from sijin.people import jobs


@task()
def count(job_pk: int, seconds: float = 0.0, die: bool = False) -> None:
    """Count to three, slowly; or end the process the hard way."""

    def work(job, report):
        for step in range(3):
            report(step, 3)
            time.sleep(seconds)
        if die:
            os._exit(9)
        return {"message": "counted to three", "url": "/jobs/"}

    jobs.carry(job_pk, work)
