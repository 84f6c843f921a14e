"""Background work of the exchange: sheets read in, complements found, the pool planned, the market cleared."""

import re
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_tasks import task

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import imports, nightly
from sijin.exchange.domain.chain.sheets import SupplyRows
from sijin.exchange.domain.clearings import publishing, solving
from sijin.exchange.domain.employment import solving as employment
from sijin.exchange.domain.employment.sheets import SHEETS as EMPLOYMENT
from sijin.exchange.domain.pool import plans, scenarios
from sijin.exchange.domain.pool.sheets import SHEETS
from sijin.exchange.domain.relief import imports as relief_imports
from sijin.exchange.domain.sheet import Parser
from sijin.exchange.models import Clearing, OfferImport, PoolPlan, PoolScenario, ReliefImport
from sijin.people.jobs import Reporter, carry
from sijin.people.models import Job

CLEARING, PUBLISHING = gettext_noop("Clear the market"), gettext_noop("Publish a clearing")
MATCHING = gettext_noop("Match people and posts")


@task()
def take_sheet(job: int, sheet: int) -> None:
    """Take in the rows of the sheet `sheet`."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        found = OfferImport.objects.select_related("campaign", "made_by__unit").get(pk=sheet, made_by=job.account)
        done = take_in(found, report.inside)
        words = _("%(kept)s rows kept, %(bad)s come back") % {
            "kept": done.created + done.changed + done.same,
            "bad": len(done.bad),
        }
        return {"message": words, "url": reverse("exchange:import", args=[done.pk])}

    carry(job, work)


def take_in(sheet: OfferImport, report: imports.Progress = lambda done, total: None) -> OfferImport:
    """Take in a sheet by the rows of its kind."""
    if sheet.of == OfferImport.Of.OFFERS:
        return imports.take(sheet, Parser(sheet.made_by), report)
    rows = {**SHEETS, **EMPLOYMENT, OfferImport.Of.CHAIN.value: SupplyRows}[sheet.of](sheet.made_by)
    return imports.take(sheet, rows, report, rows.write)


def _heard(report: Reporter) -> plans.Progress:
    """Tell what the solver says in the words of the person who asked."""

    def told(done: int, total: int, words: str) -> None:
        found = re.search(r"cost ([\d,]+), gap ([\d.]+)", words)
        so_far = _("Best so far: %(cost)s yuan, gap %(gap)s %%")
        report(done, total, so_far % {"cost": found[1], "gap": found[2]} if found else _("Solving"))

    return told


@task()
def plan_pool(
    job: int, campaign: int, start: str, seconds: float, seed: int, change: float = 0.0, base: int | None = None
) -> None:
    """Solve the pool into a draft."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        before = PoolPlan.objects.get(pk=base, campaign=campaign) if base else None
        made = plans.solve(
            job.account, Campaign.objects.get(pk=campaign), start=date.fromisoformat(start) if start else None,
            base=before, time_limit=seconds, seed=seed, change_price=change, progress=_heard(report),
        )  # fmt: skip
        told = {"gap": f"{made.gap_percent:.2f}", "seconds": f"{made.seconds:.1f}"}
        words = _("Gap %(gap)s %%, %(seconds)s s") % told
        return {"message": words, "url": reverse("exchange:pool_plan", args=[made.pk])}

    carry(job, work)


@task()
def answer_scenario(job: int, scenario: int) -> None:
    """Solve a scenario beside a plan of the pool."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        found = PoolScenario.objects.select_related("plan__campaign", "maker").get(pk=scenario)
        scenarios.answer(job.account, found, _heard(report))
        address = reverse("exchange:pool_plan", args=[found.plan_id])
        return {"message": scenarios.words(found), "url": f"{address}#scenarios"}

    carry(job, work)


@task()
def search(job: int, campaign: int) -> None:
    """Search for complements of every open need of `campaign`; what was noted before a stop stays."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        done = nightly.ask(job.account, Campaign.objects.get(pk=campaign), report)
        words = _("%(needs)s open needs, %(pairs)s complements, %(new)s of them new") % {
            "needs": done.needs,
            "pairs": done.pairs,
            "new": done.new,
        }
        return {"message": words, "url": reverse("exchange:complements")}

    carry(job, work)


@task()
def take_firms(job: int, given: int) -> None:
    """Take in the figures of the list `given`."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        found = ReliefImport.objects.select_related("campaign", "made_by").get(pk=given, made_by=job.account)
        done = relief_imports.take(found, report.inside)
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
        # Also a refusal leads to the page, which names what changed.
        Job.objects.filter(pk=job.pk).update(result={"url": reverse("exchange:clearing", args=[clearing])})
        report(
            0,
            found.rows.filter(done=False).count() if rows is None else len(rows),
            _("Reserving; all of it or nothing"),
        )
        before = found.rows.filter(done=True).count()
        publishing.publish(job.account, found, rows=rows, version=version, progress=report.inside)
        words = _("%(count)s matches are reserved now.") % {"count": found.rows.filter(done=True).count() - before}
        return {"message": words, "url": reverse("exchange:clearing", args=[clearing])}

    carry(job, work)


@task()
def match_jobs(job: int, campaign: int, limit_km: int) -> None:
    """Match the people and posts of `campaign` within `limit_km`."""

    def work(job: Job, report: Reporter) -> dict[str, Any]:
        named = {"pairs": _("Finding what fits"), "clearing": _("Clearing"), "keeping": _("Keeping the answer")}

        def told(done: int, total: int, words: str) -> None:
            report(done, total, named[words])

        found = Campaign.objects.get(pk=campaign)
        made = employment.solve(job.account, found, limit_km=limit_km, progress=told)
        words = _("%(given)s of %(people)s have a suggestion") % made.figures
        return {"message": words, "url": reverse("exchange:jobs")}

    carry(job, work)
