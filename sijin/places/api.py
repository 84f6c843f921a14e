"""Regions over HTTP. They are public knowledge: whoever is signed in may read all of them."""

from typing import Annotated, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema
from ninja.pagination import paginate

from sijin.places.models import Region

Level = Literal[*Region.Level.values]
router = Router(tags=["regions"])
Year = Annotated[int, Field(ge=1949, le=2099, description="The year of the code table", examples=[2023])]
Code = Annotated[str, Field(max_length=20, description="The code within its system and year", examples=["371002"])]


class RegionOut(Schema):
    """A division or functional area. Its name is the triple of system, year and code; a bare code names nothing."""

    system: Region.System
    year: int = Field(examples=[2023])
    code: str = Field(examples=["371002"])
    name: str = Field(examples=["环翠区"])
    level: Level
    parent: str | None = Field(None, description="Code of the parent in the same system and year")
    lat: float | None = None
    lon: float | None = None
    approximate: bool = Field(description="The coordinates are those of a larger place around it")

    @staticmethod
    def resolve_parent(region: Region) -> str | None:
        """Name the parent by its code."""
        return region.parent.code if region.parent else None


class RegionDetail(RegionOut):
    """A region with its other names and, for a functional area, the regions it consists of."""

    aliases: list[str]
    members: list[str] = Field(description="Codes of the regions that a functional area consists of")

    @staticmethod
    def resolve_aliases(region: Region) -> list[str]:
        """List the other names."""
        return [alias.name for alias in region.aliases.all()]

    @staticmethod
    def resolve_members(region: Region) -> list[str]:
        """List the members' codes."""
        return [member.code for member in region.members.all()]


def _named(system: str, year: int, code: str) -> Region:
    rows = Region.objects.select_related("parent").prefetch_related("aliases", "members")
    return get_object_or_404(rows, system=system, year=year, code=code)


@router.get("", response=list[RegionOut], summary="List regions")
@paginate
def regions(
    request: HttpRequest,
    system: Region.System | None = None,
    year: Year | None = None,
    level: Level | None = None,
    q: Annotated[str, Query(max_length=40, description="Part of the name")] = "",
) -> QuerySet[Region]:
    """List regions by system, year and level, in the order of their codes."""
    rows = Region.objects.select_related("parent")
    given = {"system": system, "year": year, "level": level}
    return rows.filter(name__icontains=q.strip(), **{name: value for name, value in given.items() if value is not None})


@router.get("/{system}/{year}/{code}", response=RegionDetail, summary="One region")
def region(request: HttpRequest, system: Region.System, year: Year, code: Code) -> Region:
    """Return one region by system, year and code."""
    return _named(system, year, code)


@router.get("/{system}/{year}/{code}/children", response=list[RegionOut], summary="A region's children")
@paginate
def children(request: HttpRequest, system: Region.System, year: Year, code: Code) -> QuerySet[Region]:
    """List the regions right below one."""
    return Region.objects.filter(parent=_named(system, year, code)).select_related("parent")
