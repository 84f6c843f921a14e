"""Rows 18 and 19: what 开沃 is stuck at and what it frees; three timelines, hard refusals, an overdue promise."""

from collections.abc import Callable
from typing import Any

from demo import approvals as played
from demo.figures.figure import Figure, campaign, office
from sijin.engines.approvals import Timelines
from sijin.people.refusals import RuleBroken
from sijin.works.domain import sites
from sijin.works.domain.approvals import reading, verbs
from sijin.works.domain.projects import reads
from sijin.works.models import ApprovalStep, PaperPromise, Project


def _project(**named: Any) -> Project:
    return next(row for row in reads.listed(office(), reads.Wanted()) if all(named[k](row) for k in named))


def _stuck_one() -> Project:
    return _project(code=lambda row: row.site.code == played.STUCK[0])


def _on_land() -> Project:
    return _project(number=lambda row: row.number == played.ON_LAND)


def _way(project: Project) -> reading.Way:
    return reading.of(project, sites.today_of(campaign()))


def _blocked_at() -> str:
    way = _way(_stuck_one())
    stuck = way.found.blocking if way.found else None
    return " · ".join((way.step(stuck.because).name, stuck.reason, stuck.ask)) if stuck else ""


def _frees() -> str:
    way = _way(_stuck_one())
    stuck = way.found.blocking if way.found else None
    return f"{len(stuck.frees)} of {len(stuck.downstream)} downstream, {len(way.steps)} items" if stuck else ""


def _capacity() -> str:
    return _stuck_one().site.project.capacity


def _timelines() -> tuple[reading.Way, Timelines]:
    way, start = _way(_on_land()), campaign().start
    return way, reading.from_the_start(way, start, played.contract_day(start))


def _days() -> str:
    found = _timelines()[1]
    return f"{found.parallel.workdays} → {found.relaxed.workdays}"


def _after_the_contract() -> str:
    """Return the working days from the land contract to the start, and those of the steps that are turned over."""
    way, found = _timelines()
    contract = found.relaxed.span("land").finish
    turned = sum(way.step(one.after).convert for one in found.deferrals if not one.before)
    return f"{verbs.china().workdays_between(contract, found.relaxed.target)} = {turned}"


def _refused() -> str:
    """Try to turn the simulated land permit over before the land contract; return what is missing."""
    step = ApprovalStep.objects.select_related("project").get(project=_on_land(), code="land-permit")
    at = campaign().now()
    try:
        verbs.certify(office(), step, on=at.date(), number="地字2020-004", version=None, at=at)
    except RuleBroken as refusal:
        return " ".join(refusal.facts.get("missing", [])) or str(refusal)
    return "given"


def _marked() -> str:
    """Return the numbers of certificates on simulated opinions."""
    rows = ApprovalStep.objects.filter(project=_on_land(), simulated_on__isnull=False, done_on=None)
    return f"{rows.exclude(certificate='').count()} of {rows.count()}"


def _owed() -> str:
    return str(reading.overdue(office(), sites.today_of(campaign())).count())


def _of_steps(code: str, **change: Any) -> Callable[[], int]:
    return lambda: ApprovalStep.objects.filter(project=_on_land(), code=code).update(**change)


FIGURES = [
    Figure(18, "what 开沃 is stuck at, why, whom to ask", "企业投资备案 · 无法立项 · 行政审批服务局", _blocked_at,
           lambda: ApprovalStep.objects.filter(project=_stuck_one(), code="filing").update(blocked="")),
    Figure(18, "items that go on once it is there", "8 of 8 downstream, 9 items", _frees,
           lambda: ApprovalStep.objects.filter(project=_stuck_one(), code="eia").update(done_on="2020-03-06")),
    Figure(18, "vehicles a year", "200,000辆/年", _capacity,
           lambda: type(_stuck_one().site.project).objects.filter(site=_stuck_one().site).update(capacity="")),
    Figure(19, "working days side by side → with promises and simulation", "61 → 36", _days,
           _of_steps("design", days=9)),
    Figure(19, "working days from the land contract to the start = those of converted steps", "5 = 5",
           _after_the_contract, _of_steps("start", convert=1)),
    Figure(19, "what a certificate is refused for", "land", _refused, _of_steps("land", done_on="2020-03-06")),
    Figure(19, "certificate numbers on simulated opinions", "0 of 1", _marked,
           _of_steps("land-permit", simulated_on=None, simulated_plan="")),
    Figure(19, "promised papers overdue, withdrawal proposed", "1", _owed,
           lambda: PaperPromise.objects.update(met_on="2020-03-27")),
]  # fmt: skip
