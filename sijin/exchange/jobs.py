"""Background work of the exchange: a large sheet of offers, a long list of firms, clearing the market."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_tasks import task

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import imports
from sijin.exchange.domain.clearings import publishing, solving
from sijin.exchange.domain.relief import imports as relief_imports
from sijin.exchange.domain.sheet import Parser
from sijin.exchange.models import Clearing, OfferImport, ReliefImport
from sijin.people.jobs import Reporter, carry
from sijin.people.models import Job

CLEARING, PUBLISHING = gettext_noop("Clear the market"), gettext_noop("Publish a clearing")


@task()
def take_sheet(job: int, sheet: int) -> None:
    """Take in the rows of the sheet `sheet`."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        found = OfferImport.objects.select_related("campaign", "made_by__unit").get(pk=sheet, made_by=job.account)
        done = imports.take(found, Parser(found.made_by), report)
        words = _("%(kept)s rows kept, %(bad)s come back") % {
            "kept": done.created + done.changed + done.same,
            "bad": len(done.bad),
        }
        return {"message": words, "url": reverse("exchange:import", args=[done.pk])}

    carry(job, work)


@task()
def take_firms(job: int, given: int) -> None:
    """Take in the figures of the list `given`."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        found = ReliefImport.objects.select_related("campaign", "made_by").get(pk=given, made_by=job.account)
        done = relief_imports.take(found, report)
        words = _("%(kept)s rows kept, %(bad)s come back") % {
            "kept": done.created + done.changed + done.same,
            "bad": len(done.bad),
        }
        return {"message": words, "url": reverse("exchange:relief_import", args=[done.pk])}

    carry(job, work)


@task()
def clear_market(job: int, campaign: int, terms: dict[str, Any]) -> None:
    """Clear the market of `campaign` into a draft; `terms` as `solving.solve` takes them."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        named = {"pairs": _("Finding what fits"), "markets": _("Clearing"), "keeping": _("Keeping the answer")}

        def told(done: int, total: int, words: str) -> None:
            report(done, total, named[words])

        made = solving.solve(job.account, Campaign.objects.get(pk=campaign), progress=told, **terms)
        words = _("%(rows)s matches proposed, gap %(gap)s %%, %(seconds)s s") % {
            "rows": made.rows.count(),
            "gap": f"{made.gap_percent:.2f}",
            "seconds": f"{made.seconds:.1f}",
        }
        return {"message": words, "url": reverse("exchange:clearing", args=[made.pk])}

    carry(job, work)


@task()
def publish_clearing(job: int, clearing: int, rows: list[int] | None, version: int) -> None:
    """Publish many rows of a clearing at once; one transaction, so nothing shows before all is done."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        found = Clearing.objects.get(pk=clearing)
        before = found.rows.filter(done=True).count()
        publishing.publish(job.account, found, rows=rows, version=version)
        words = _("%(count)s matches are reserved now.") % {"count": found.rows.filter(done=True).count() - before}
        return {"message": words, "url": reverse("exchange:clearing", args=[clearing])}

    carry(job, work)
