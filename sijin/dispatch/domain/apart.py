"""Campaigns of many thousands are solved apart: which region a team and a site of a posed problem lie in."""

from dataclasses import dataclass

from sijin.engines import dispatch
from sijin.places.models import Region


@dataclass(frozen=True)
class Apart:
    """Whether a dispatch is solved county by county or prefecture by prefecture, and by which engine."""

    by: str = "county"
    engine: str = "local"


def regions_by(problem: dispatch.Problem, by: str) -> dict[str, dict[str, str]]:
    """Return the county or prefecture of every team and site of a posed problem; a team without one is a region's."""
    tables = {name: problem.table(name).select(name[:-1], "county").rows() for name in ("teams", "sites")}
    region = {str(pk): str(pk) for pk in Region.objects.filter(level="county").values_list("pk", flat=True)}
    if by == "prefecture":
        counties = Region.objects.filter(level="county").values_list("pk", "parent")
        region = {str(pk): str(parent or pk) for pk, parent in counties}
    rest = "*"  # a team that serves no county in particular
    found = {
        name: {key: region.get(county or "", county or rest) for key, county in rows} for name, rows in tables.items()
    }
    teams = set(found["teams"].values())
    found["sites"] = {key: own for key, own in found["sites"].items() if own in teams}  # others go to the nearest
    return found
