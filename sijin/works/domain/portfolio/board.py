"""A plan as a board: rows by project in their counties or by desk, the critical chain, the load of each desk."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Region
from sijin.works.domain.portfolio.days import Days
from sijin.works.domain.portfolio.reading import weight_of
from sijin.works.models import ApprovalStep, Desk, PlannedStep, PortfolioPlan, Project

WEEK = 5  # working days for which the load of a desk is told together
TIGHT = 24  # rows that stand open above the counties


@dataclass(frozen=True)
class ProjectRow:
    """A project with its planned steps."""

    project: Project
    steps: tuple[PlannedStep, ...]

    @property
    def last(self) -> PlannedStep:
        """The step that all of it ends with."""
        return max(self.steps, key=lambda row: (row.due is not None, row.finish, row.pk))

    @property
    def critical(self) -> bool:
        """Whether one of its steps is on the critical chain."""
        return any(row.critical for row in self.steps)

    @property
    def urgent(self) -> float:
        """Weight × working days late."""
        return self.last.late * weight_of(self.project)


@dataclass(frozen=True)
class County:
    """A county's projects, most urgent first."""

    region: Region
    rows: tuple[ProjectRow, ...]

    @property
    def late(self) -> int:
        """How many of its projects are late."""
        return sum(row.last.late > 0 for row in self.rows)


@dataclass
class DeskRow:
    """A desk: its files in lanes, a lane for each clerk, its load week by week, and what one more clerk brings."""

    name: str
    clerks: int
    kept: Desk | None = None
    lanes: list[list[PlannedStep]] = field(default_factory=list)
    load: list[float] = field(default_factory=list)  # share of the clerks' days, by weeks of working days
    more: dict[str, Any] | None = None

    @property
    def files(self) -> int:
        """How many files come to it."""
        return sum(len(lane) for lane in self.lanes)

    @property
    def waits(self) -> int:
        """Working days for which files wait for it, together."""
        return sum(row.waited for lane in self.lanes for row in lane)

    @property
    def peak(self) -> float:
        """The share of its fullest week."""
        return max(self.load, default=0.0)

    @property
    def busy(self) -> float:
        """The share of its days until its last file that are used."""
        used = [share for share in self.load]
        while used and not used[-1]:
            used.pop()
        return sum(used) / len(used) if used else 0.0


@dataclass(frozen=True)
class Board:
    """A plan read for the page."""

    plan: PortfolioPlan
    rows: tuple[PlannedStep, ...]
    projects: tuple[ProjectRow, ...]
    counties: tuple[County, ...]
    desks: tuple[DeskRow, ...]

    @property
    def tight(self) -> tuple[ProjectRow, ...]:
        """The projects that are late or on the critical chain, most urgent first, as many as stand open."""
        return tuple(row for row in self.projects if row.last.late or row.critical)[:TIGHT]

    @property
    def late(self) -> int:
        """How many projects are late."""
        return sum(row.last.late > 0 for row in self.projects)

    @property
    def chain(self) -> list[PlannedStep]:
        """The critical chain, first to last."""
        return sorted((row for row in self.rows if row.critical), key=lambda row: (row.begins, row.finish))

    @property
    def first(self) -> date:
        """The first day that is drawn."""
        return self.plan.start

    @property
    def last(self) -> date:
        """The last day that is drawn: of the plan, or of a deadline soon after it."""
        return self.plan.last


def rows_of(account: Account, plan: PortfolioPlan) -> tuple[PlannedStep, ...]:
    """Return the steps of a plan, of the projects that `account` sees (three queries, each project read once)."""
    seen = visible(account, Project).filter(steps__planned__plan=plan).order_by().distinct()
    projects = {row.pk: row for row in seen.select_related("site__county", "site__project")}
    rows = PlannedStep.objects.filter(plan=plan, step__project__in=projects).select_related("step")
    kept = tuple(rows.order_by("begins", "step__stage", "step__number", "pk"))
    steps = {row.step_id: row.step for row in kept}
    lost = {row.behind_id for row in kept if row.behind_id is not None} - steps.keys()
    others = ApprovalStep.objects.select_related("project__site").in_bulk(lost) if lost else {}
    for row in kept:
        row.step.project = projects[row.step.project_id]
        if row.behind_id is not None:
            row.behind = steps.get(row.behind_id) or others.get(row.behind_id)
    return kept


def board(account: Account, plan: PortfolioPlan, rows: Sequence[PlannedStep] | None = None) -> Board:
    """Read a plan (four queries)."""
    rows = rows_of(account, plan) if rows is None else tuple(rows)
    by_project: dict[int, list[PlannedStep]] = defaultdict(list)
    for row in rows:
        by_project[row.step.project_id].append(row)
    projects = [ProjectRow(steps[0].step.project, tuple(steps)) for steps in by_project.values()]
    projects.sort(key=lambda row: (-row.urgent, not row.critical, row.last.finish, row.project.pk))
    places: dict[int, list[ProjectRow]] = defaultdict(list)
    for project in projects:
        places[project.project.site.county_id].append(project)
    counties = [County(found[0].project.site.county, tuple(found)) for found in places.values()]
    counties.sort(key=lambda county: county.region.code)
    return Board(plan, rows, tuple(projects), tuple(counties), tuple(_desks(plan, rows)))


def _desks(plan: PortfolioPlan, rows: Iterable[PlannedStep]) -> list[DeskRow]:
    """Return the desks that the plan used: those where one more clerk saves most come first."""
    kept = {desk.name: desk for desk in Desk.objects.select_related("unit")}
    found = {
        told["desk"]: DeskRow(told["desk"], told["clerks"], kept.get(told["desk"]), more=told) for told in plan.desks
    }
    files: dict[str, list[PlannedStep]] = defaultdict(list)
    for row in rows:
        if row.days and row.step.desk in found:
            files[row.step.desk].append(row)
    for name, desk in found.items():
        desk.lanes = lanes(files[name])
        desk.load = _load(files[name], desk.clerks)
    return sorted(found.values(), key=lambda desk: (-desk.more["saves"], -desk.waits, desk.name))  # type: ignore[index]


def lanes(rows: Iterable[PlannedStep]) -> list[list[PlannedStep]]:
    """Lay files side by side: each in the first lane that is free when it comes."""
    made: list[list[PlannedStep]] = []
    for row in sorted(rows, key=lambda row: (row.begins, row.pk)):
        for lane in made:
            if lane[-1].begins + lane[-1].days <= row.begins:
                lane.append(row)
                break
        else:
            made.append([row])
    return made


def _load(rows: Sequence[PlannedStep], clerks: int) -> list[float]:
    """Return by week of working days which share of the clerks' days is used."""
    ends = max((row.begins + row.days for row in rows), default=0)
    used = [0.0] * (-(-ends // WEEK))
    for row in rows:
        for week in range(row.begins // WEEK, (row.begins + row.days - 1) // WEEK + 1):
            inside = min(row.begins + row.days, (week + 1) * WEEK) - max(row.begins, week * WEEK)
            used[week] += inside / (WEEK * clerks) if clerks else 0.0
    return used


def weeks(plan: PortfolioPlan, n: int) -> list[date]:
    """Return the first days of `n` weeks of working days from a plan's start on."""
    days = Days.since(plan.start)
    return [days.day(week * WEEK) for week in range(n)]


def of_project(account: Account, project: Project) -> tuple[PortfolioPlan, tuple[PlannedStep, ...]] | None:
    """Return a project's steps in the approved plan, and that plan; None when there is none or it is not in it."""
    held = visible(account, PortfolioPlan).filter(state=PortfolioPlan.State.APPROVED).first()
    if held is None:
        return None
    rows = PlannedStep.objects.filter(plan=held, step__project=project)
    kept = tuple(rows.select_related("step__project__site", "behind__project__site"))
    return (held, kept) if kept else None


def current(account: Account, campaign: Any) -> PortfolioPlan | None:
    """Return the plan to show first: the newest draft that came after the approved plan, else that one."""
    rows = visible(account, PortfolioPlan).filter(campaign=campaign, state__in=("draft", "approved"))
    return rows.select_related("campaign", "made_by", "approved_by", "base").first()
