"""The map's polygons: four counties, every placed town inside its own, small enough for a phone."""

import csv
import json

from django.test import Client
from shapely.geometry import Point, shape

from sijin.places.domain import DATA, FUNCTIONAL, boundaries
from tests.web.test_access import signed_in


def counties() -> dict:
    return {f["properties"]["code"]: f for f in json.loads(boundaries())["features"]}


def test_four_counties_with_their_centres_inside() -> None:
    found = counties()
    assert {code: f["properties"]["name"] for code, f in found.items()} == {
        "371002": "环翠区",
        "371003": "文登区",
        "371082": "荣成市",
        "371083": "乳山市",
    }
    assert all(shape(f["geometry"]).contains(Point(f["properties"]["centre"])) for f in found.values())
    assert len(boundaries()) < 60_000


def test_every_placed_town_lies_in_its_own_county() -> None:
    polygons = {code: shape(f["geometry"]) for code, f in counties().items()}
    towns = list(csv.DictReader((DATA / "towns.csv").open(encoding="utf-8")))
    placed = [town for town in towns if town["lat"] and town["nbs2023_code"]]
    assert len(placed) == 53
    for town in placed:
        code = town["nbs2023_code"][:6]
        point = Point(float(town["lon"]), float(town["lat"]))
        assert polygons["371002" if code in FUNCTIONAL else code].contains(point), town["nbs_name"]


def test_neighbours_do_not_overlap() -> None:
    polygons = [shape(f["geometry"]) for f in counties().values()]
    overlaps = [a.intersection(b).area for n, a in enumerate(polygons) for b in polygons[n + 1 :]]
    assert max(overlaps) < 1e-5  # square degrees: less than ten hectares of rounding


def test_the_boundaries_are_asked_for_once(world) -> None:
    client = signed_in(world.accounts["leader"])
    answer = client.get("/places/weihai.geojson")
    assert answer.status_code == 200 and json.loads(answer.content) == json.loads(boundaries())
    again = client.get("/places/weihai.geojson", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304 and not again.content
    assert Client().get("/places/weihai.geojson").status_code == 302
