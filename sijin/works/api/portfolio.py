"""Plans of the portfolio over HTTP, to read: the proof, the desks, each step with its days and what decided them."""

from datetime import date, datetime
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Schema
from ninja.pagination import paginate

from sijin.people.policy import require, visible
from sijin.people.wire import Key
from sijin.works.api.routes import router
from sijin.works.domain.portfolio import board, words
from sijin.works.models import PlannedStep, PortfolioPlan


class PortfolioPlanOut(Schema):
    """A plan of all open approvals with its proof; costs are working days."""

    id: int
    state: Literal[*PortfolioPlan.State.values]
    made_at: datetime
    start: date
    last: date = Field(description="When all is there")
    makespan: int = Field(description="Working days")
    tardiness: float = Field(description="Weight × working days late")
    moved: int
    cost: float
    bound: float = Field(description="No plan costs less: proven")
    gap: float = Field(description="0.01 is 1 %")
    seconds: float
    desks: list[dict[str, Any]] = Field(description="What one more clerk at each desk brings, found and at most")
    version: int


class PlannedStepOut(Schema):
    """A step of a plan and what decided its start."""

    step: int = Field(description="Key of the approval step")
    project: int
    name: str
    desk: str
    start: date
    finish: date
    late: int = Field(description="Working days after the project's day, on its last step")
    locked: bool
    critical: bool
    why: str

    @staticmethod
    def of(row: PlannedStep) -> dict[str, Any]:
        """Return what is said of a row whose step is joined."""
        return {
            "step": row.step_id, "project": row.step.project_id, "name": row.step.name, "desk": row.step.desk,
            "start": row.start, "finish": row.finish, "late": row.late, "locked": row.locked,
            "critical": row.critical, "why": words.reason(row),
        }  # fmt: skip


class WholePortfolioOut(PortfolioPlanOut):
    """A plan with its steps."""

    steps: list[PlannedStepOut]


@router.get("/portfolio/plans", response=list[PortfolioPlanOut], summary="List plans of the portfolio")
@paginate
def portfolio_plans(request: HttpRequest) -> QuerySet[PortfolioPlan]:
    """List the plans, the latest first."""
    require(request.user, "view", PortfolioPlan)
    return visible(request.user, PortfolioPlan)


@router.get("/portfolio/plans/{id}", response=WholePortfolioOut, summary="One plan of the portfolio")
def portfolio_plan(request: HttpRequest, id: Key) -> dict[str, Any]:
    """Return one plan with its steps."""
    found = get_object_or_404(visible(request.user, PortfolioPlan), pk=id)
    rows = [PlannedStepOut.of(row) for row in board.rows_of(request.user, found)]
    return {**{name: getattr(found, name) for name in PortfolioPlanOut.model_fields}, "steps": rows}
