"""A firm's relief sheet over HTTP, to read: one line a rule with base, rate, yuan and reason."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Schema

from sijin.dispatch.models import Campaign
from sijin.exchange.api.routes import router
from sijin.exchange.domain.relief import figures, sheets
from sijin.exchange.models import ReliefFigures
from sijin.people.policy import require, visible
from sijin.people.wire import Key


class ReliefLineOut(Schema):
    """One rule for the firm."""

    rule: str = Field(alias="rule.id")
    name: str
    status: str = Field(description="due, claimed, missed, unknown or no")
    periods: str
    base: Decimal | None
    rate: Decimal | None
    yuan: Decimal | None
    why: str
    deadline: date | None
    lacks: list[str] = Field(description="Figures that are not known")


class ReliefSheetOut(Schema):
    """What a firm is owed on a day."""

    site: int
    on: date
    total_due: Decimal = Field(description="Yuan that may be had and were never claimed")
    total_claimed: Decimal
    lines: list[ReliefLineOut]


@router.get("/relief/sites/{site}", response=ReliefSheetOut, summary="A firm's relief sheet")
def relief_sheet(request: HttpRequest, site: Key, on: date | None = None) -> dict[str, Any]:
    """Work out what a firm may have on the day `on` (the campaign's present day by default)."""
    require(request.user, "view", ReliefFigures)
    found = get_object_or_404(figures.firms(request.user), pk=site)
    campaign = get_object_or_404(visible(request.user, Campaign)[:1])
    made = sheets.sheet(found, on or timezone.localtime(campaign.now()).date())
    totals = {"total_due": made.total_due, "total_claimed": made.total_claimed}
    return {"site": found.pk, "on": made.on, **totals, "lines": made.lines}
