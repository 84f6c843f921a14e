"""Travel times between the places of a plan: by great circle, from a table that was read in, or a routing service.

Holes and odd pairs are told in words; the rest of the plan goes on without them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from sijin.people.refusals import RuleBroken
from sijin.works.domain.shuttles import routing_service
from sijin.works.domain.shuttles.coast import around_water
from sijin.works.domain.shuttles.places import Place
from sijin.works.domain.shuttles.terms import table
from sijin.works.models import TravelTable

Floats = NDArray[np.float64]
SHOWN = 8  # holes or odd pairs that are named one by one
ODD = 1.5  # times as long there as back: told, and used as it stands
SOURCES = ("circle", "table", "service")


@dataclass(frozen=True)
class Travel:
    """Seconds and metres from place to place (NaN: no way), and what there was to say about them."""

    places: tuple[Place, ...]
    seconds: Floats
    metres: Floats
    notes: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Return it as a plan keeps it: whole seconds and metres."""
        cells = [[[None if np.isnan(cell) else round(cell) for cell in row] for row in grid.tolist()]
                 for grid in (self.seconds, self.metres)]  # fmt: skip
        return {"keys": [place.key for place in self.places], "seconds": cells[0], "metres": cells[1]}


def travel(places: Sequence[Place], wanted: dict[str, Any], stored: dict[str, Any] | None = None) -> Travel:
    """Return the travel times of `places`; what `stored` (of a plan before) knows of all of them is taken from there.

    `wanted` is {source, detour, kmh, table, fill}; `fill` closes holes of a table or a service by the great circle.
    """
    if stored and (known := _from(places, stored)):
        return known
    source = wanted.get("source", "circle")
    if source == "table":
        made = _of_table(places, wanted)
    elif source == "service":
        made = _of_service(places, wanted)
    else:
        made = _of_circle(places, wanted)
    return Travel(made.places, np.round(made.seconds), np.round(made.metres), made.notes)


def circle(places: Sequence[Place], detour: float, kmh: float) -> tuple[Floats, Floats]:
    """Return seconds and metres by great circle, around the sea, × `detour` at `kmh` km an hour."""
    km = around_water([p.lat for p in places], [p.lon for p in places]) * detour
    return km / kmh * 3600, km * 1000


def _of_circle(places: Sequence[Place], wanted: dict[str, Any]) -> Travel:
    return Travel(tuple(places), *circle(places, *_speed(wanted)))


def _speed(wanted: dict[str, Any]) -> tuple[float, float]:
    usual = table()["travel"]
    detour, kmh = float(wanted.get("detour") or usual["detour"]), float(wanted.get("kmh") or usual["kmh"])
    if not 1 <= detour <= 5 or not 5 <= kmh <= 150:
        raise RuleBroken(_("The detour lies between 1 and 5, the speed between 5 and 150 km/h."), field="kmh")
    return detour, kmh


def _of_table(places: Sequence[Place], wanted: dict[str, Any]) -> Travel:
    kept = TravelTable.objects.filter(pk=wanted.get("table")).first()
    if kept is None:
        raise RuleBroken(_("Choose a table of travel times, or read one in."), field="table")
    at = {name: n for n, name in enumerate(kept.places)}
    index = [next((at[name] for name in (p.name, p.code) if name in at), None) for p in places]
    seconds, metres = (np.full((len(places), len(places)), np.nan) for _n in range(2))
    for grid, cells, factor in ((seconds, kept.minutes, 60.0), (metres, kept.km, 1000.0)):
        for a, row in enumerate(index):
            for b, column in enumerate(index):
                if row is not None and column is not None and cells[row][column] is not None:
                    grid[a, b] = cells[row][column] * factor
    notes = list(kept.faults)
    if lost := [place.name for place, n in zip(places, index, strict=True) if n is None]:
        notes.append(_("The table does not have: %(places)s.") % {"places": "、".join(lost)})
    return _mended(places, seconds, metres, notes, wanted)


def _of_service(places: Sequence[Place], wanted: dict[str, Any]) -> Travel:
    url = settings.ROUTING_URL
    try:
        if not url:
            raise routing_service.NoAnswer(_("SIJIN_ROUTING_URL is not set"))
        seconds, metres = routing_service.table(url, [(place.lat, place.lon) for place in places])
    except routing_service.NoAnswer as error:
        detour, kmh = _speed(wanted)
        words = _("The routing service gave no table (%(why)s): great circle × %(detour)s at %(kmh)s km/h was taken.")
        note = words % {"why": error, "detour": f"{detour:g}", "kmh": f"{kmh:g}"}
        return Travel(tuple(places), *circle(places, detour, kmh), [note])
    return _mended(places, seconds, metres, [], wanted)


def _mended(
    places: Sequence[Place], seconds: Floats, metres: Floats, notes: list[str], wanted: dict[str, Any]
) -> Travel:
    """Name holes and odd pairs; with `fill` put the great circle where there is a hole."""
    for grid in (seconds, metres):
        grid[~np.isfinite(grid) | (grid < 0)] = np.nan
        np.fill_diagonal(grid, 0.0)
    holes = np.isnan(seconds) | np.isnan(metres)
    pairs = [f"{places[a].name}→{places[b].name}" for a, b in np.argwhere(holes)]
    if pairs and wanted.get("fill"):
        for grid, more in zip((seconds, metres), circle(places, *_speed(wanted)), strict=True):
            grid[holes] = more[holes]
        words = _("%(count)s ways are missing and were taken by great circle: %(pairs)s.")
        notes.append(words % {"count": len(pairs), "pairs": _some(pairs)})
    elif pairs:
        words = _("%(count)s ways are missing, no bus takes them: %(pairs)s.")
        notes.append(words % {"count": len(pairs), "pairs": _some(pairs)})
    with np.errstate(invalid="ignore", divide="ignore"):
        odd = np.argwhere((seconds > ODD * seconds.T) & (seconds > 600))
    if len(odd):
        told = [f"{places[a].name}→{places[b].name}" for a, b in odd]
        words = _("%(count)s ways take more than %(times)s times as long there as back: %(pairs)s. They are used so.")
        notes.append(words % {"count": len(told), "times": f"{ODD:g}", "pairs": _some(told)})
    return Travel(tuple(places), seconds, metres, notes)


def _some(pairs: list[str]) -> str:
    return "、".join(pairs[:SHOWN]) + ("…" if len(pairs) > SHOWN else "")


def _from(places: Sequence[Place], stored: dict[str, Any]) -> Travel | None:
    """Return the travel times out of those of a plan before; None when a place is new."""
    at = {key: n for n, key in enumerate(stored.get("keys", []))}
    if not all(place.key in at for place in places):
        return None
    index = [at[place.key] for place in places]
    grids = [
        np.array([[np.nan if cell is None else float(cell) for cell in row] for row in stored[name]])[
            np.ix_(index, index)
        ]
        for name in ("seconds", "metres")
    ]
    return Travel(tuple(places), *grids)
