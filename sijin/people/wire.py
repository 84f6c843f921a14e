"""What the routes of all rooms speak over HTTP: keys, days and moments within bounds, pages, refusals.

A value that a database column could not hold is refused here, with the name of its field, before any query.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Schema
from ninja.pagination import PaginationBase
from pydantic import AfterValidator, AwareDatetime

LARGEST = 2**63 - 1  # what a key column holds
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)


def _in_bounds(at: datetime) -> datetime:
    if not datetime(2000, 1, 1, tzinfo=UTC) <= at <= datetime(2100, 1, 1, tzinfo=UTC):
        raise ValueError("must lie between 2000 and 2099")
    return at


Key = Annotated[int, Field(ge=1, le=LARGEST)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="The version of the row that you read", examples=[1])]
Day = Annotated[date, Field(ge=FIRST, le=LAST, examples=["2020-05-26"])]
Moment = Annotated[AwareDatetime, AfterValidator(_in_bounds), Field(examples=["2020-05-26T10:30:00+08:00"])]
Quantity = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2, examples=["2"])]
Words = Annotated[str, Field(max_length=100, description="Words to look for, in either script")]


class Refusal(Schema):
    """Why a request was not carried out."""

    detail: str = Field(description="The reason, in the reader's language")
    field: str | None = Field(None, description="The value that it is about", examples=["body.version"])
    facts: dict[str, Any] | None = Field(None, description="What helps to go on, such as what changed since")


class Named(Schema):
    """A row of another kind, by key and name."""

    id: int
    name: str


class Page(PaginationBase):
    """Pages by limit and offset; the answer says how many rows there are in all."""

    class Input(Schema):
        limit: int = Field(50, ge=1, le=200, description="Rows a page")
        offset: int = Field(0, ge=0, le=10_000_000, description="Rows to leave out first")

    class Output(Schema):
        items: list[Any]
        total: int = Field(description="Rows in all, over every page")

    def paginate_queryset(self, queryset: QuerySet, pagination: Input, request: HttpRequest, **params: Any) -> Any:
        """Return one page and the total (two queries)."""
        rows = queryset[pagination.offset : pagination.offset + pagination.limit]
        return {"items": list(rows), "total": self._items_count(queryset)}
