"""What the map shows: the reader's sites with their worst light and open needs, under towns and counties."""

from math import cos, pi, sin, sqrt
from statistics import mean
from typing import Any

import polars as pl

from sijin.briefing.domain.figures import Figures
from sijin.ledger.models import Need
from sijin.people.policy import visible
from sijin.places.domain import FUNCTIONAL
from sijin.places.models import Door, Region, Site

LIGHTS = ("late", "soon", "none", "ok", "held", "done")  # worst first
HOME = "371002"  # the functional areas lie in the polygon of 环翠区
FINE = 4  # decimals of a degree: about ten metres, which no screen shows
STEP = 0.021  # degrees between towns whose own place is not known, laid out around the middle of their county


def places(figures: Figures) -> dict[str, Any]:
    """Return {doors, lights, areas, towns, sites} as compact rows (three queries beside those of the figures).

    areas: [code, name, lon, lat, polygon]; towns: [name, lon, lat, area, approximate];
    sites: [key, name, lon, lat, door, town, light, open needs, 1 when it may be opened]; door, area, town, light
    are positions in the other lists.
    """
    rows, openable = _sites(figures)
    regions = Region.objects.filter(pk__in={row[6] for row in rows} | {row[5] for row in rows})
    by_key = {region.pk: region for region in regions}
    areas = sorted({row[5] for row in rows}, key=lambda pk: by_key[pk].code)
    towns = sorted({(row[6] or row[5], row[5]) for row in rows}, key=lambda pair: by_key[pair[0]].code)
    town_at = {pair: n for n, pair in enumerate(towns)}
    area_at = {pk: n for n, pk in enumerate(areas)}
    door_at = {door: n for n, door in enumerate(Door.values)}
    lights = _lights(figures.needs)
    return {
        "doors": [{"key": door.value, "label": str(door.label)} for door in Door],
        "lights": LIGHTS,
        "areas": [_area(by_key[pk], _middle(rows, 5, pk)) for pk in areas],
        "towns": _towns([(by_key[town], area_at[area], _middle(rows, 6, town)) for town, area in towns]),
        "sites": [
            [
                *(pk, name, round(lon, FINE), round(lat, FINE), door_at[door], town_at[town or county, county]),
                *(*lights.get(pk, QUIET), int(pk in openable)),
            ]
            for pk, name, door, lon, lat, county, town in rows
        ],
    }


QUIET = (LIGHTS.index("done"), 0)


def _sites(figures: Figures) -> tuple[list[tuple], set[int]]:
    """Return the sites that the reader sees or has needs at, and the keys of those whose page the reader may open."""
    fields = ("pk", "name", "door", "lon", "lat", "county_id", "town_id")
    account = figures.account
    openable = set(visible(account, Site).order_by().values_list("pk", flat=True))
    needed = set(figures.needs["site_id"].unique())
    extra = Site.objects.filter(
        pk__in=visible(account, Need).filter(campaign=figures.campaign).order_by().values("site_id")
    )
    rows = list(visible(account, Site).order_by().values_list(*fields)) if openable else []
    if needed - openable:
        rows += [row for row in extra.values_list(*fields) if row[0] in needed and row[0] not in openable]
    return rows, openable


def _lights(needs: pl.DataFrame) -> dict[int, tuple[int, int]]:
    """Return the worst light of each site's open needs, as a position in LIGHTS, and how many are open."""
    opened = needs.filter(pl.col("light") != "done").with_columns(
        rank=pl.col("light").replace_strict({light: n for n, light in enumerate(LIGHTS)}, return_dtype=pl.Int64)
    )
    worst = opened.group_by("site_id").agg(pl.col("rank").min(), pl.len())
    return {site: (rank, count) for site, rank, count in worst.iter_rows()}


def _middle(rows: list[tuple], column: int, key: int) -> tuple[float, float]:
    """Return the mean place of the sites in one region: where it is drawn when its own place is not known."""
    placed = [(row[3], row[4]) for row in rows if row[column] == key] or [(row[3], row[4]) for row in rows]
    return mean(lon for lon, _ in placed), mean(lat for _, lat in placed)


def _area(region: Region, middle: tuple[float, float]) -> list[Any]:
    polygon = HOME if region.code in FUNCTIONAL else region.code
    return [region.code, region.name, region.lon or middle[0], region.lat or middle[1], polygon]


def _towns(towns: list[tuple[Region, int, tuple[float, float]]]) -> list[list[Any]]:
    """Lay out the towns; those that share the middle of their county are spread around it like seeds."""
    spread: dict[tuple[float, float], int] = {}
    rows = []
    for region, area, middle in towns:
        lon, lat = region.lon or middle[0], region.lat or middle[1]
        if region.approximate:
            n = spread[lon, lat] = spread.get((lon, lat), -1) + 1
            angle, radius = n * pi * (3 - sqrt(5)), STEP * sqrt(n)
            lon, lat = round(lon + radius * cos(angle) / 0.8, 4), round(lat + radius * sin(angle), 4)
        rows.append([region.name, lon, lat, area, region.approximate])
    return rows
