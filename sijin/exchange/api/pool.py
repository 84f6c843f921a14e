"""The pool's plans over HTTP, to read: the split of the orders with its proof, who makes what, what is late."""

from datetime import date, datetime
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Schema
from ninja.pagination import paginate

from sijin.exchange.api.routes import router
from sijin.exchange.domain.pool import words
from sijin.exchange.models import PoolOrder, PoolPlan
from sijin.people.policy import require, visible
from sijin.people.wire import Key


class PoolPlanOut(Schema):
    """A split of the orders over the makers, with its proof; costs are yuan."""

    id: int
    state: Literal[*PoolPlan.State.values]
    made_at: datetime
    published_at: datetime | None
    start: date = Field(description="A Monday")
    weeks: int
    cost: float
    bound: float = Field(description="No plan costs less: proven")
    gap: float = Field(description="0.01 is 1 %")
    seconds: float
    changed: bool = Field(description="By hand, since it was solved")
    version: int


class PoolShareOut(Schema):
    """How much of an order a maker takes."""

    id: int
    order: str = Field(alias="order.code")
    product: str = Field(alias="order.product")
    maker: str = Field(alias="maker.code")
    maker_name: str = Field(alias="maker.name")
    quantity: int = Field(description="Pieces")
    locked: bool
    by_hand: bool


class LateOut(Schema):
    """What of an order is not made in time."""

    order: str
    product: str
    quantity: int = Field(description="Pieces")
    why: str


class WholePlanOut(PoolPlanOut):
    """A plan with its shares and its late orders."""

    shares: list[PoolShareOut]
    late: list[LateOut]

    @staticmethod
    def resolve_shares(plan: PoolPlan) -> list[Any]:
        """Join what a share shows."""
        return list(plan.shares.select_related("order", "maker"))

    @staticmethod
    def resolve_late(plan: PoolPlan) -> list[dict[str, Any]]:
        """Name the orders and say why they are late."""
        orders = PoolOrder.objects.in_bulk([row["order"] for row in plan.late])
        return [
            {
                "order": orders[row["order"]].code,
                "product": orders[row["order"]].product,
                "quantity": row["quantity"],
                "why": words.late_words(row),
            }
            for row in plan.late
            if row["order"] in orders
        ]


@router.get("/pool/plans", response=list[PoolPlanOut], summary="List plans of the pool")
@paginate
def list_plans(request: HttpRequest, state: Literal[*PoolPlan.State.values] | None = None) -> QuerySet[PoolPlan]:
    """List the plans of the capacity pool, the latest first."""
    require(request.user, "view", PoolPlan)
    rows = visible(request.user, PoolPlan)
    return rows.filter(state=state) if state else rows


@router.get("/pool/plans/{id}", response=WholePlanOut, summary="One plan of the pool")
def one_plan(request: HttpRequest, id: Key) -> PoolPlan:
    """Return one plan with its shares and what is late."""
    return get_object_or_404(visible(request.user, PoolPlan), pk=id)
