"""Loading the divisions of a city: both code systems, other names, places without a code, functional areas."""

import csv
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

import yaml
from django.db import transaction

from sijin.places.models import Alias, Region

DATA = Path(__file__).parents[1] / "data"
COUNTIES = {
    "环翠区": "371002",
    "文登区": "371003",
    "高区": "371071",
    "经区": "371072",
    "临港区": "371073",
    "荣成市": "371082",
    "乳山市": "371083",
}
FUNCTIONAL = frozenset({"371071", "371072", "371073"})
NBS = {"system": Region.System.NBS, "year": 2023}
MCA = {"system": Region.System.MCA, "year": 2025}


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@transaction.atomic
def load_weihai() -> int:
    """Load Weihai's regions in both code systems (idempotent); return how many the bureau's system holds."""
    nbs = Region.objects.filter(**NBS)
    if not nbs.exists():
        _divisions()
    _names()
    return nbs.count()


def _divisions() -> None:
    towns, villages = _rows("towns.csv"), _rows("villages.csv")
    city = Region.objects.create(**NBS, code="371000", name="威海市", level="city")
    civil_city = Region.objects.create(**MCA, code="371000", name="威海市", level="city")
    counties, civil = {}, {}
    for name, code in COUNTIES.items():
        placed = [t for t in towns if t["nbs2023_code"].startswith(code) and t["lat"]]
        level = "area" if code in FUNCTIONAL else "county"
        counties[code] = Region.objects.create(
            **NBS,
            code=code,
            name=name,
            level=level,
            parent=city,
            lat=mean(float(t["lat"]) for t in placed),
            lon=mean(float(t["lon"]) for t in placed),
            approximate=True,
        )
        if code not in FUNCTIONAL:
            civil[code] = Region.objects.create(**MCA, code=code, name=name, level="county", parent=civil_city)
    made = {}
    for row in towns:
        if row["nbs2023_code"]:
            county = counties[row["nbs2023_code"][:6]]
            made[row["nbs2023_code"]] = Region(
                **NBS,
                code=row["nbs2023_code"],
                name=row["nbs_name"],
                level="town",
                parent=county,
                lat=float(row["lat"]) if row["lat"] else county.lat,
                lon=float(row["lon"]) if row["lon"] else county.lon,
                approximate=not row["lat"],
            )
        if row["mca2025_code"]:
            Region.objects.create(
                **MCA,
                code=row["mca2025_code"],
                name=row["mca_name"],
                level="town",
                parent=civil[row["mca2025_code"][:6]],
            )
    Region.objects.bulk_create(made.values())
    Region.objects.bulk_create(
        Region(
            **NBS,
            code=row["nbs2023_code"],
            name=row["name"],
            level="village",
            parent=made[row["street_code"]],
            lat=made[row["street_code"]].lat,
            lon=made[row["street_code"]].lon,
            approximate=True,
        )
        for row in villages
    )


def _names() -> None:
    with (DATA / "names.yaml").open(encoding="utf-8") as file:
        names: dict[str, list[dict[str, Any]]] = yaml.safe_load(file)
    regions = {region.code: region for region in Region.objects.filter(**NBS)}
    for row in names["aliases"]:
        source = f"{row['source']} [{row['mark']}]"
        Alias.objects.get_or_create(region=regions[row["code"]], name=row["name"], defaults={"source": source})
    for row in names["places"]:
        town = next(r for r in regions.values() if r.name == row["town"] and regions[r.code[:6]].name == row["county"])
        add_place(row["name"], town)
    for row in names["areas"]:
        members = [regions[code] for code in row["members"]]
        add_area(row["name"], members)


@transaction.atomic
def add_place(name: str, town: Region) -> Region:
    """Return the user-defined place `name` under `town`, made when it is not there; it stands at the town's point."""
    number = Region.objects.filter(system=Region.System.USER, parent=town).count() + 1
    found, _made = Region.objects.get_or_create(
        system=Region.System.USER,
        name=name,
        parent=town,
        defaults={
            "year": town.year,
            "code": f"{town.code}-u{number:03d}",
            "level": Region.Level.VILLAGE,
            "lat": town.lat,
            "lon": town.lon,
            "approximate": True,
        },
    )
    return found


@transaction.atomic
def add_area(name: str, members: list[Region]) -> Region:
    """Return the functional area `name`, made or changed to consist of `members`; it stands in their middle."""
    placed = [member for member in members if member.lat is not None]
    number = Region.objects.filter(system=Region.System.USER, level=Region.Level.AREA).count() + 1
    found, _made = Region.objects.get_or_create(
        system=Region.System.USER,
        level=Region.Level.AREA,
        name=name,
        defaults={
            "year": members[0].year,
            "code": f"area-{number:03d}",
            "parent": _above(members[0]),
            "lat": mean(member.lat for member in placed) if placed else None,
            "lon": mean(member.lon for member in placed) if placed else None,
            "approximate": True,
        },
    )
    found.members.set(members)
    return found


def _above(region: Region) -> Region | None:
    """Return the city above `region`."""
    while region.parent is not None:
        region = region.parent
    return region


def region(code: str, system: str = Region.System.NBS) -> Region:
    """Return the region with `code` in `system`; a bare code is never enough."""
    return Region.objects.get(system=system, code=code)


@cache
def boundaries() -> bytes:
    """Return the county polygons of Weihai as GeoJSON (UTF-8): code, name and centre (longitude, latitude) of each."""
    return (DATA / "weihai.geojson").read_bytes()
