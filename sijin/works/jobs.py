"""Background work of the works room: the portfolio planned, long sheets read in."""

import re
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_tasks import task

from sijin.dispatch.models import Campaign
from sijin.people.jobs import Reporter, carry
from sijin.people.models import Job
from sijin.works.domain import imports
from sijin.works.domain.portfolio import plans
from sijin.works.models import PortfolioPlan, RegisterImport

PLANNING = gettext_noop("Plan the portfolio")


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
