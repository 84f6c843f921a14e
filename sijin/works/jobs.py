"""Background work of the works room: long sheets read in, shuttles and the portfolio planned."""

import re
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_tasks import task

from sijin.dispatch.models import Campaign
from sijin.people.jobs import Reporter, carry
from sijin.people.models import Job
from sijin.places.models import Site
from sijin.works.domain import imports
from sijin.works.domain.portfolio import plans
from sijin.works.domain.returning import sheets
from sijin.works.domain.shuttles import reads, solving
from sijin.works.domain.shuttles.terms import read_terms
from sijin.works.models import PortfolioPlan, RegisterImport, WorkerImport

READING = gettext_noop("Read in workers")
SHUTTLE = gettext_noop("Plan the buses of a day")
PLANNING = gettext_noop("Plan the portfolio")


@task()
def take_workers(job: int, sheet: int) -> None:
    """Take in the rows of the sheet `sheet`."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        found = WorkerImport.objects.select_related("campaign", "made_by__site").get(pk=sheet, made_by=job.account)
        done = sheets.take(found, report.inside)
        kept = done.created + done.changed + done.same
        words = _("%(kept)s rows kept, %(bad)s come back") % {"kept": kept, "bad": len(done.bad)}
        return {"message": words, "url": reverse("works:returning_import", args=[done.pk])}

    carry(job, work)


@task()
def plan_shuttle(
    job: int, campaign: int, arrive_on: str, wanted_until: str, terms: dict[str, Any], travel: dict[str, Any],
    hub: int | None, seconds: float, seed: int,
) -> None:  # fmt: skip
    """Plan the buses that arrive on a day into a draft."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        report(0, 100, _("Reading people, buses and travel times"))

        def told(done: int, total: int, words: str) -> None:
            found = re.search(r"(\d+) trips, cost ([\d,]+)", words)
            so_far = _("Best so far: %(trips)s trips, %(cost)s yuan")
            report(done, total, so_far % {"trips": found[1], "cost": found[2]} if found else _("Solving"))

        made = solving.solve(
            job.account, Campaign.objects.get(pk=campaign), arrive_on=date.fromisoformat(arrive_on),
            wanted_until=date.fromisoformat(wanted_until), terms=read_terms(terms), travel=travel,
            hub=Site.objects.get(pk=hub) if hub else None, time_limit=seconds, seed=seed, progress=told,
        )  # fmt: skip
        found = reads.sums(made)
        words = _("%(riding)s people on %(buses)s buses, %(waiting)s wait; gap %(gap)s %%, %(seconds)s s") % {
            "riding": found.riding, "buses": found.buses, "waiting": found.waiting, "gap": f"{made.gap_percent:.1f}",
            "seconds": f"{made.seconds:.1f}",
        }  # fmt: skip
        return {"message": words, "url": reverse("works:shuttle", args=[made.pk])}

    carry(job, work)


@task()
def plan_portfolio(job: int, campaign: int, seconds: float, seed: int, price: float, base: int | None = None) -> None:
    """Solve the portfolio of `campaign` into a draft."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        def told(done: int, total: int, words: str) -> None:
            found = re.search(r"cost ([\d.e+]+), bound ([\d.e+]+)", words)
            so_far = _("Best so far: %(cost)s days, none below %(bound)s")
            report(done, total, so_far % {"cost": found[1], "bound": found[2]} if found else _("Solving"))

        before = PortfolioPlan.objects.get(pk=base, campaign=campaign) if base else None
        made = plans.solve(
            job.account, Campaign.objects.get(pk=campaign), base=before, time_limit=seconds, seed=seed, price=price,
            progress=told,
        )  # fmt: skip
        words = _("Gap %(gap)s %%, %(seconds)s s") % {
            "gap": f"{made.gap_percent:.2f}",
            "seconds": f"{made.seconds:.1f}",
        }
        return {"message": words, "url": reverse("works:portfolio_plan", args=[made.pk])}

    carry(job, work)


@task()
def take_register(job: int, sheet: int) -> None:
    """Take in the rows of the sheet `sheet`."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        found = RegisterImport.objects.select_related("campaign", "made_by").get(pk=sheet, made_by=job.account)
        done = imports.take(found, report.inside)
        words = _("%(kept)s rows kept, %(bad)s come back") % {
            "kept": done.created + done.changed + done.same,
            "bad": len(done.bad),
        }
        return {"message": words, "url": reverse("works:register_import", args=[done.pk])}

    carry(job, work)
