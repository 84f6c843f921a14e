"""Briefs over HTTP: every figure opens to the rows that it counts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema
from ninja.pagination import paginate

from sijin.briefing.domain.rows import behind
from sijin.briefing.models import Brief, BriefFigure
from sijin.people.policy import require, visible
from sijin.people.wire import Key, Page

router = Router(tags=["briefs"])
FigureKey = Annotated[str, Field(max_length=80)]


class FigureOut(Schema):
    """A figure, frozen at issue: as a number and as it is printed."""

    key: str = Field(examples=["late.village"])
    label: str
    meaning: str
    value: Decimal | None = Field(description="A count, a share between 0 and 1 (unit %), or days; null when undefined")
    shown: str = Field(description="The value as the brief prints it")
    unit: str
    n: int | None = Field(description="How many a share or a median is of")
    low: Decimal | None = Field(description="Lower end of a share's 95 % interval")
    high: Decimal | None
    model: str = Field(description="What kind of rows it counts; empty when it is made of other figures")
    parts: list[str] = Field(description="Keys of the figures that it is made of")


class BriefOut(Schema):
    """An issued brief."""

    id: int
    number: int
    correction: int = Field(description="0 for the brief itself, then the number of the correction")
    reason: str
    title: str
    date: date
    cutoff: datetime
    issued_by: str
    issued_at: datetime

    @staticmethod
    def resolve_issued_by(brief: Brief) -> str:
        """Name who issued it."""
        return str(brief.issued_by)


class Behind(Schema):
    """The rows behind a figure that the account may see, and how many more there are."""

    model: str
    keys: list[int] = Field(description="Keys of the rows, one page of them")
    total: int = Field(description="Rows that the account may see")
    hidden: int = Field(description="Rows that it may not see")


class BriefDetail(BriefOut):
    """A brief with its figures."""

    figures: list[FigureOut]

    @staticmethod
    def resolve_figures(brief: Brief) -> QuerySet[BriefFigure]:
        """List the figures in the order in which they were written."""
        return brief.figures.defer("rows").order_by("pk")


@router.get("/briefs", response=list[BriefOut], summary="List briefs")
@paginate
def briefs(request: HttpRequest) -> QuerySet[Brief]:
    """List the issued briefs, the latest first."""
    require(request.user, "view", Brief)
    return visible(request.user, Brief).select_related("issued_by")


@router.get("/briefs/{id}", response=BriefDetail, summary="One brief")
def brief(request: HttpRequest, id: Key) -> Brief:
    """Return one brief with its figures."""
    return get_object_or_404(visible(request.user, Brief).select_related("issued_by"), pk=id)


@router.get("/briefs/{id}/figures/{key}/rows", response=Behind, summary="The rows behind a figure")
def rows(request: HttpRequest, id: Key, key: FigureKey, page: Query[Page.Input]) -> Behind:
    """List the rows that a figure counted when it was issued, as far as the account may see them."""
    figure = get_object_or_404(BriefFigure, brief=brief(request, id), key=key)
    found = behind(request.user, figure.model, figure.rows)
    keys = found.keys[page.offset : page.offset + page.limit]
    return Behind(model=figure.model, keys=keys, total=len(found.keys), hidden=found.hidden)
