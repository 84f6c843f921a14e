"""The project register over HTTP: the list, one project with its milestones and approvals, its verbs, a tick."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_list_or_404, get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Schema
from ninja.pagination import paginate

from sijin.dispatch.models import Campaign
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken
from sijin.people.wire import Day, Key, Named, Version, Words
from sijin.works.api.routes import router
from sijin.works.domain.projects import milestones, reads, register
from sijin.works.models import ApprovalArc, ApprovalStep, Milestone, Project

Verb = Literal["start", "stop", "resume", "explain"]
Reason = Literal[*Project.Reason.values]


class ProjectOut(Schema):
    """A project of the register: its days as planned and as they came, and why it does not run."""

    id: int
    site: int = Field(alias="site_id", description="Key of its site")
    name: str = Field(alias="site.name")
    county: str = Field(alias="site.county.name")
    number: int | None = Field(description="In the list of key projects")
    unit: Named | None
    owner: str
    runs: bool
    start_by: date | None
    build_by: date | None
    produce_by: date | None
    pay_by: date | None
    started_on: date | None
    built_on: date | None
    produced_on: date | None
    paid_on: date | None
    stopped_on: date | None
    reason: str
    because: str
    expected_on: date | None
    weight: int | None = Field(description="Of a day late in the portfolio; empty: by investment")
    permit_by: date | None = Field(description="When its approvals are to be there")
    generated: bool
    version: int


class MilestoneOut(Schema):
    """A step of a chain; it can be ticked once all before it are."""

    id: int
    chain: str
    number: int
    name: str
    planned_on: date | None
    done_on: date | None


class StepOut(Schema):
    """A step of the approvals: an item, a material or a gate, and what it waits for."""

    id: int
    code: str
    stage: int
    kind: Literal[*ApprovalStep.Kind.values]
    name: str
    desk: str
    days: int = Field(description="Working days")
    earliest: date | None
    begun_on: date | None
    simulated_on: date | None
    done_on: date | None
    certificate: str
    blocked: str
    waits: list[str] = Field(description="Codes of the steps that it waits for")


class ProjectDetail(ProjectOut):
    """A project with its milestones and the steps of its approvals."""

    milestones: list[MilestoneOut]
    steps: list[StepOut]

    @staticmethod
    def resolve_steps(project: Project) -> list[dict[str, Any]]:
        """Give the steps with what each waits for (two queries)."""
        waits: dict[int, list[str]] = {}
        for after, code in ApprovalArc.objects.filter(after__project=project).values_list("after", "before__code"):
            waits.setdefault(after, []).append(code)
        names = [name for name in StepOut.model_fields if name != "waits"]
        return [
            {**{name: getattr(step, name) for name in names}, "waits": sorted(waits.get(step.pk, []))}
            for step in project.steps.all()
        ]


class SayIn(Schema):
    """What a verb needs: start and resume a day; stop a day and a reason; explain a reason and an owner."""

    version: Version
    on: Day | None = None
    reason: Reason | None = None
    because: Annotated[str, Field(max_length=200)] = ""
    owner: Annotated[str, Field(max_length=60)] = ""
    expected_on: Day | None = None


class TickIn(Schema):
    """The day on which a milestone was reached, and the version of the project that was read."""

    version: Version
    on: Day
    note: Annotated[str, Field(max_length=200)] = ""


def _now(request: HttpRequest) -> datetime:
    """Return the present of the campaign, in its time zone."""
    return timezone.localtime(get_list_or_404(visible(request.user, Campaign))[0].now())


def _projects(request: HttpRequest) -> QuerySet[Project]:
    return visible(request.user, Project).select_related("site__county", "unit")


@router.get("/projects", response=list[ProjectOut], summary="List projects")
@paginate
def projects(
    request: HttpRequest,
    state: Literal["", "idle", "running", "waiting", "stopped"] = "",
    key: Annotated[bool, Query(description="Key projects alone")] = False,
    county: Annotated[str, Query(max_length=20, description="Code of a county (bureau's system)")] = "",
    reason: Reason | None = None,
    q: Words = "",
) -> QuerySet[Project]:
    """List the projects that the account sees, those that do not run first."""
    require(request.user, "view", Project)
    return reads.listed(request.user, reads.Wanted(q=q, county=county, state=state, reason=reason or "", key=key))


@router.get("/projects/{id}", response=ProjectDetail, summary="One project")
def project(request: HttpRequest, id: Key) -> Project:
    """Return one project with its milestones and the steps of its approvals."""
    return get_object_or_404(_projects(request).prefetch_related("milestones"), pk=id)


@router.post("/projects/{id}/{verb}", response=ProjectOut, summary="Start, stop, resume or explain")
def say(request: HttpRequest, id: Key, verb: Verb, payload: SayIn) -> Project:
    """Say that a project started, stopped or went on, or why it does not run; 409 when it was changed meanwhile."""
    found = get_object_or_404(_projects(request), pk=id)
    require(request.user, "keep", found)
    facts: dict[str, Any] = {"version": payload.version, "at": _now(request)}
    if verb != "explain":
        if payload.on is None:
            raise RuleBroken("on: expected a day", field="on")
        facts["on"] = payload.on
    if verb in ("stop", "explain"):
        facts |= {"reason": payload.reason or "", "because": payload.because, "expected_on": payload.expected_on}
    if verb == "explain":
        facts["owner"] = payload.owner
    return getattr(register, verb)(request.user, found, **facts)


@router.post("/projects/{id}/milestones/{step}/tick", response=MilestoneOut, summary="Tick a milestone")
def tick(request: HttpRequest, id: Key, step: Key, payload: TickIn) -> Milestone:
    """Write down that a milestone is reached; 422 names what must come before it."""
    found = get_object_or_404(_projects(request), pk=id)
    require(request.user, "keep", found)
    row = get_object_or_404(Milestone, pk=step, project=found)
    return milestones.tick(
        request.user, row, on=payload.on, version=payload.version, at=_now(request), note=payload.note
    )
