"""The places of a plan under names of their own: where people board, where buses arrive, where they begin."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sijin.places.models import Site
from sijin.works.domain.shuttles.terms import province_of_site
from sijin.works.models import PickUp


@dataclass(frozen=True)
class Place:
    """A place: `name` is unique in its plan and stands in every message; `key` says which row it is."""

    key: str
    name: str
    code: str
    lat: float
    lon: float
    province: str


def key_of(row: PickUp | Site) -> str:
    """Return the key of a pick-up place or a site."""
    return f"{'s' if isinstance(row, Site) else 'p'}{row.pk}"


def places_of(rows: Iterable[PickUp | Site]) -> dict[str, Place]:
    """Return {key: place}; where two share a name, each has its province or code beside it."""
    unique = {key_of(row): row for row in rows}
    names = Counter(row.name for row in unique.values())
    full = Counter((row.name, _beside(row)) for row in unique.values())
    found = {}
    for key, row in unique.items():
        name, beside = row.name, _beside(row)
        if names[name] > 1:
            name = f"{name}（{beside if full[name, beside] == 1 else row.code}）"
        found[key] = Place(key, name, row.code, row.lat, row.lon, _province(row))
    return found


def _beside(row: PickUp | Site) -> str:
    return row.province if isinstance(row, PickUp) else row.code


def _province(row: PickUp | Site) -> str:
    return province_of_site(row) if isinstance(row, Site) else row.province
